/// Collects what is printed: syntax as it stands, text percent-encoded where the target needs it.
struct Output {
  /// Whether text is percent-encoded, for a request line, or plain, for people.
  let isEncoded: Bool
  /// Whether a `/` of the syntax is encoded as well: inside the brackets of a path segment.
  var encodesSlash = false
  private(set) var bytes: [UInt8] = []

  init(isEncoded: Bool, reserving capacity: Int = 128) {
    self.isEncoded = isEncoded
    bytes.reserveCapacity(capacity)
  }

  var string: String { String(decoding: bytes, as: UTF8.self) }

  /// Appends ASCII syntax; blanks and what RFC 3986 does not allow in a query are encoded.
  mutating func syntax(_ text: StaticString) {
    text.withUTF8Buffer { buffer in
      for byte in buffer {
        append(byte, encoding: isEncoded && (!Self.isRaw(byte) || (encodesSlash && byte == ASCII.slash)))
      }
    }
  }

  /// Appends a delimiter that must reach the server as it is, such as `&`, `?`, `#` or `;` between options.
  mutating func delimiter(_ byte: UInt8) { bytes.append(byte) }

  /// Appends text of the client: names, literals, option values. Delimiters in it are encoded.
  mutating func text(_ text: some Sequence<UInt8>) {
    for byte in text { append(byte, encoding: isEncoded && !Self.isRawInText(byte)) }
  }

  mutating func text(_ text: String) { self.text(text.utf8) }

  private mutating func append(_ byte: UInt8, encoding: Bool) {
    guard encoding else { return bytes.append(byte) }
    bytes.append(ASCII.percent)
    bytes.append(Self.digit(byte >> 4))
    bytes.append(Self.digit(byte & 0xF))
  }

  private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x37 + value }

  private static func isUnreserved(_ byte: UInt8) -> Bool {
    byte.isWord || byte == ASCII.minus || byte == ASCII.dot || byte == UInt8(ascii: "~")
  }

  /// What syntax is made of and may stand raw both in a path and in a query.
  private static func isRaw(_ byte: UInt8) -> Bool {
    if isUnreserved(byte) { return true }
    switch byte {
    case ASCII.quote, ASCII.open, ASCII.close, ASCII.comma, ASCII.dollar, ASCII.at, ASCII.colon, ASCII.star,
      ASCII.equals, ASCII.slash:
      return true
    default:
      return false
    }
  }

  /// As ``isRaw(_:)`` without what could end a segment, an option or its name.
  private static func isRawInText(_ byte: UInt8) -> Bool {
    byte != ASCII.slash && byte != ASCII.equals && isRaw(byte)
  }
}
