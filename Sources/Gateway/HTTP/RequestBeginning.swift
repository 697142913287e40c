/// What the request that is being received began with. The decoder tells of a request when its head is whole; of one that
/// never becomes whole this tells whose error shape its client looks for.
///
/// It is known for a request that begins where bytes came in: behind another one in the same bytes it is not, and nothing
/// is guessed.
struct RequestBeginning {
  /// Bytes that are kept: method, host of an absolute-form, and the segments that tell dialect and operation.
  static let limit = 512

  private var bytes: [UInt8] = []
  /// Whether the next bytes are the first ones of a request, or go on with ``bytes``.
  private var isKnown = true
  /// Whether the bytes at hand have made a request whole.
  private var hasHead = false
  /// Whether these end where a request without content does.
  private var endsHead = false

  /// Takes bytes before the decoder gets them.
  mutating func take(_ chunk: UnsafeRawBufferPointer) {
    if isKnown, bytes.count < RequestBeginning.limit {
      bytes.append(contentsOf: chunk.prefix(RequestBeginning.limit - bytes.count))
    }
    hasHead = false
    let end = chunk.suffix(4)
    endsHead = end.elementsEqual("\r\n\r\n".utf8) || end.suffix(2).elementsEqual("\n\n".utf8)
  }

  /// The decoder has told of a head.
  mutating func noteHead() { hasHead = true }

  /// The decoder has had the bytes.
  mutating func settle() {
    guard hasHead else { return }
    hasHead = false
    bytes.removeAll(keepingCapacity: true)
    // Otherwise the next request has begun within them, or its content has.
    isKnown = endsHead
  }

  /// Method and target (in origin-form, perhaps cut) of the request that is being received; `nil` where they are not known.
  var line: (method: String, target: String)? {
    guard isKnown, !hasHead else { return nil }
    // Empty lines in front of a request mean nothing (RFC 9112, section 2.2).
    let text = bytes.drop { $0 == 0x0D || $0 == 0x0A }
    let method = text.prefix { (0x41...0x5A).contains($0 & 0xDF) }
    let rest = text.dropFirst(method.count)
    guard !method.isEmpty, rest.first == 0x20 else { return nil }
    let target = String(decoding: rest.dropFirst().prefix { $0 > 0x20 }, as: UTF8.self)
    let path = RequestGuard.originForm(target)
    return path.utf8.first == UInt8(ascii: "/") ? (String(decoding: method, as: UTF8.self), path) : nil
  }
}
