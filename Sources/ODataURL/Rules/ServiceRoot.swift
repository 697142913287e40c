/// ABNF `serviceRoot`: scheme, host and port, then any number of segments, each with a `/` behind it.
struct ServiceRoot {
  /// Where the root may end, shortest first; the first is behind the `/` after host and port.
  private(set) var ends: [Int] = []

  /// - Throws: `invalid-segment` when the text does not begin with a scheme and a host.
  init(_ text: RawText) throws(SyntaxError) {
    let bytes = text.bytes
    guard let scheme = ["https://", "http://"].first(where: { Self.begins(bytes, $0) }) else {
      throw Self.failure(text, 0, "expected https:// or http://")
    }
    let host = scheme.utf8.count
    let stop = bytes[host...].firstIndex { $0 == ASCII.slash || $0 == ASCII.question } ?? bytes.count
    guard stop < bytes.count, bytes[stop] == ASCII.slash else {
      throw Self.failure(text, stop, "expected `/` after host and port")
    }
    try Self.checkAuthority(text, host..<stop)
    ends = [stop + 1]
    var start = stop + 1
    for index in stop + 1..<bytes.count {
      guard bytes[index] == ASCII.slash else {
        guard Self.isPathCharacter(bytes[index]) else { return }
        continue
      }
      guard index > start else { return }
      start = index + 1
      ends.append(start)
    }
  }

  /// The root that ends at `end`, scheme and host in lower case.
  func canonical(_ text: RawText, _ end: Int) -> String {
    let host = ends.first.map { min($0, end) } ?? end
    return String(decoding: text.bytes[..<host].map(lowercase) + text.bytes[host..<end], as: UTF8.self)
  }

  /// Whether what is percent-encoded in the root that ends at `end` is text.
  /// - Throws: `stray-percent`, `invalid-utf8`, `control-character`.
  func check(_ text: RawText, to end: Int) throws(SyntaxError) {
    var reader = Reader(settings: .strict, text)
    try reader.open(text, 0..<end, plusAsSpace: false)
  }

  private static func checkAuthority(_ text: RawText, _ range: Range<Int>) throws(SyntaxError) {
    let bytes = text.bytes
    var end = range.lowerBound
    if end < range.upperBound, bytes[end] == ASCII.openBracket {
      end += 1
      while end < range.upperBound, bytes[end].hexValue != nil || bytes[end] == ASCII.colon || bytes[end] == ASCII.dot {
        end += 1
      }
      guard end < range.upperBound, bytes[end] == ASCII.closeBracket else {
        throw failure(text, end, "an IPv6 address stands in square brackets")
      }
      end += 1
    } else {
      while end < range.upperBound, isPathCharacter(bytes[end]), bytes[end] != ASCII.colon, bytes[end] != ASCII.at {
        end += 1
      }
    }
    guard end > range.lowerBound else { throw failure(text, end, "expected the name of a host") }
    if end < range.upperBound, bytes[end] == ASCII.colon {
      end += 1
      while end < range.upperBound, bytes[end].isDigit { end += 1 }
    }
    guard end == range.upperBound else { throw failure(text, end, "this cannot be part of host and port") }
  }

  private static func begins(_ bytes: [UInt8], _ scheme: String) -> Bool {
    bytes.count >= scheme.utf8.count && zip(bytes, scheme.utf8).allSatisfy { lowercase($0) == $1 }
  }

  /// RFC 3986 `pchar`; what stands behind a percent sign is looked at by ``check(_:to:)``.
  private static func isPathCharacter(_ byte: UInt8) -> Bool {
    byte.isWord || "-.~%!$&'()*+,;=:@".utf8.contains(byte)
  }

  private static func failure(_ text: RawText, _ index: Int, _ message: String) -> SyntaxError {
    SyntaxError(
      code: .invalidSegment, span: text.span(index..<min(index + 1, text.bytes.count)), message: message)
  }
}
