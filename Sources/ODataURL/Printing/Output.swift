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
    let raw: RawBytes = !isEncoded ? .all : encodesSlash ? .syntaxWithoutSlash : .syntax
    text.withUTF8Buffer { append($0, raw) }
  }

  /// Appends a delimiter that must reach the server as it is, such as `&`, `?`, `#` or `;` between options.
  mutating func delimiter(_ byte: UInt8) { bytes.append(byte) }

  /// Appends text of the client: names, literals, option values. Delimiters in it are encoded.
  mutating func text(_ text: some Sequence<UInt8>) {
    for byte in text { self.text(byte: byte) }
  }

  mutating func text(_ text: String) {
    var text = text
    text.withUTF8 { self.text($0) }
  }

  mutating func text(_ text: UnsafeBufferPointer<UInt8>) { append(text, isEncoded ? .text : .all) }

  mutating func text(byte: UInt8) {
    if !isEncoded || RawBytes.text.contains(byte) { bytes.append(byte) } else { appendEncoded(byte) }
  }

  /// Appends the digits of a number that is not negative, with zeros in front up to `width`.
  mutating func digits(_ value: UInt64, width: Int) {
    var power: UInt64 = 1
    var length = 1
    while length < width || (length < 20 && value / power >= 10) {
      power *= 10
      length += 1
    }
    while power > 0 {
      bytes.append(0x30 + UInt8(value / power % 10))
      power /= 10
    }
  }

  /// Runs of raw bytes at once.
  private mutating func append(_ text: UnsafeBufferPointer<UInt8>, _ raw: RawBytes) {
    var start = 0
    for index in 0..<text.count where !raw.contains(text[index]) {
      append(run: text[start..<index])
      appendEncoded(text[index])
      start = index + 1
    }
    append(run: text[start...])
  }

  private mutating func append(run: Slice<UnsafeBufferPointer<UInt8>>) {
    // For a few bytes, the call that copies a run costs more than it saves.
    if run.count < 8 {
      for byte in run { bytes.append(byte) }
    } else {
      bytes.append(contentsOf: UnsafeBufferPointer(rebasing: run))
    }
  }

  private mutating func appendEncoded(_ byte: UInt8) {
    bytes.append(ASCII.percent)
    bytes.append(Self.digit(byte >> 4))
    bytes.append(Self.digit(byte & 0xF))
  }

  private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x37 + value }
}

/// Bytes that are written as they are: one bit for each of ASCII, and all or none of those beyond.
private struct RawBytes {
  var low: UInt64
  var high: UInt64
  var beyond = false

  @inline(__always) func contains(_ byte: UInt8) -> Bool {
    if byte >= 0x80 { return beyond }
    return (byte < 64 ? low : high) >> UInt64(byte & 63) & 1 == 1
  }

  static var all: RawBytes { RawBytes(low: .max, high: .max, beyond: true) }

  /// What may stand raw in text, both in a path and in a query: letters, digits, `-._~` and `$'()*,:@`. What could end
  /// a segment, an option or its name may not.
  static var text: RawBytes { RawBytes(low: 0x07FF_7790_0000_0000, high: 0x47FF_FFFE_87FF_FFFF) }
  /// As ``text`` with `=`.
  static var syntaxWithoutSlash: RawBytes { RawBytes(low: 0x27FF_7790_0000_0000, high: 0x47FF_FFFE_87FF_FFFF) }
  /// As ``text`` with `=` and `/`.
  static var syntax: RawBytes { RawBytes(low: 0x27FF_F790_0000_0000, high: 0x47FF_FFFE_87FF_FFFF) }
}
