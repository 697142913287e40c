/// The grammar of numbers (RFC 8259, section 6), byte by byte; the value itself is nobody's concern here.
enum NumberScanner: Sendable {
  case minus, zero, whole, point, fraction, exponentMark, exponentSign, exponent

  /// The state behind the first byte of a number; `nil` for any other byte.
  init?(first byte: UInt8) {
    switch byte {
    case UInt8(ascii: "-"): self = .minus
    case UInt8(ascii: "0"): self = .zero
    case UInt8(ascii: "1")...UInt8(ascii: "9"): self = .whole
    default: return nil
    }
  }

  /// Whether a number may end here.
  var isWhole: Bool {
    switch self {
    case .zero, .whole, .fraction, .exponent: true
    case .minus, .point, .exponentMark, .exponentSign: false
    }
  }

  /// The state behind `byte`; `nil` when the number cannot go on with it.
  func next(_ byte: UInt8) -> NumberScanner? {
    let isDigit = byte >= 0x30 && byte <= 0x39
    switch self {
    case .minus: return NumberScanner(first: byte).flatMap { $0 == .minus ? nil : $0 }
    case .whole where isDigit: return .whole
    case .zero, .whole:
      if byte == UInt8(ascii: ".") { return .point }
      return NumberScanner.isExponentMark(byte) ? .exponentMark : nil
    case .point: return isDigit ? .fraction : nil
    case .fraction:
      if isDigit { return .fraction }
      return NumberScanner.isExponentMark(byte) ? .exponentMark : nil
    case .exponentMark:
      if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") { return .exponentSign }
      return isDigit ? .exponent : nil
    case .exponentSign, .exponent: return isDigit ? .exponent : nil
    }
  }

  private static func isExponentMark(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E")
  }
}
