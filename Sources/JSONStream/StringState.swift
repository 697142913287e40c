/// Where the reader stands inside a string: escapes and multi-byte characters may be split over chunks.
struct StringState: Sendable {
  enum Failure: Error { case control, encoding }

  private enum Phase {
    case plain, escape
    /// Hex digits of `\u` to come, and the value so far.
    case hex(left: Int, value: UInt32)
    /// The `\` and `u` of a low surrogate must follow.
    case lowEscape, lowMark
    /// Continuation bytes to come, and the range of the next one.
    case continuation(left: Int, next: ClosedRange<UInt8>)
  }

  private var phase = Phase.plain
  private var highSurrogate = false

  /// Whether the next byte stands for itself unless it is a quote, a backslash, a control byte or beyond ASCII.
  var isPlain: Bool {
    if case .plain = phase { true } else { false }
  }

  /// - Returns: whether the byte closes the string.
  mutating func take(_ byte: UInt8) throws(Failure) -> Bool {
    switch phase {
    case .plain: return try plain(byte)
    case .escape:
      switch byte {
      case UInt8(ascii: "u"): phase = .hex(left: 4, value: 0)
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
        UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
        phase = .plain
      default: throw .control
      }
    case .hex(let left, let value): try hex(byte, left, value)
    case .lowEscape:
      guard byte == UInt8(ascii: "\\") else { throw .encoding }
      phase = .lowMark
    case .lowMark:
      guard byte == UInt8(ascii: "u") else { throw .encoding }
      phase = .hex(left: 4, value: 0)
    case .continuation(let left, let next):
      guard next.contains(byte) else { throw .encoding }
      phase = left == 1 ? .plain : .continuation(left: left - 1, next: 0x80...0xBF)
    }
    return false
  }

  private mutating func plain(_ byte: UInt8) throws(Failure) -> Bool {
    switch byte {
    case UInt8(ascii: "\""): return true
    case UInt8(ascii: "\\"): phase = .escape
    case 0x00..<0x20: throw .control
    case 0x20..<0x80: break
    // Unicode Standard, table 3-7: no overlong forms, no surrogates, nothing beyond U+10FFFF.
    case 0xC2...0xDF: phase = .continuation(left: 1, next: 0x80...0xBF)
    case 0xE0: phase = .continuation(left: 2, next: 0xA0...0xBF)
    case 0xED: phase = .continuation(left: 2, next: 0x80...0x9F)
    case 0xE1...0xEF: phase = .continuation(left: 2, next: 0x80...0xBF)
    case 0xF0: phase = .continuation(left: 3, next: 0x90...0xBF)
    case 0xF1...0xF3: phase = .continuation(left: 3, next: 0x80...0xBF)
    case 0xF4: phase = .continuation(left: 3, next: 0x80...0x8F)
    default: throw .encoding
    }
    return false
  }

  private mutating func hex(_ byte: UInt8, _ left: Int, _ value: UInt32) throws(Failure) {
    guard let digit = JSONText.hexValue(byte) else { throw .control }
    let value = value << 4 | UInt32(digit)
    guard left == 1 else {
      phase = .hex(left: left - 1, value: value)
      return
    }
    switch value {
    case 0xD800...0xDBFF where !highSurrogate:
      highSurrogate = true
      phase = .lowEscape
    case 0xDC00...0xDFFF where highSurrogate:
      highSurrogate = false
      phase = .plain
    case 0xD800...0xDFFF: throw .encoding
    default:
      guard !highSurrogate else { throw .encoding }
      phase = .plain
    }
  }
}
