/// Numbers by their value, digit by digit; none goes through binary floating point.
enum ExactNumber {
  /// Digits of an exponent that are reckoned with.
  private static let exponentDigits = 18

  /// One spelling for each value: `1.0`, `1` and `10e-1` have the same. A number whose exponent has more than 18
  /// digits equals only what is written like it.
  /// - Parameter text: a number as JSON writes it (RFC 8259, section 6).
  static func canonical(_ text: String) -> [UInt8] {
    var rest = Array(text.utf8)[...]
    let isNegative = rest.first == UInt8(ascii: "-")
    if isNegative { rest = rest.dropFirst() }
    let whole = rest.prefix(while: isDigit)
    rest = rest[whole.endIndex...]
    var fraction: ArraySlice<UInt8> = []
    if rest.first == UInt8(ascii: ".") {
      fraction = rest.dropFirst().prefix(while: isDigit)
      rest = rest[fraction.endIndex...]
    }
    guard let written = exponent(rest) else { return Array(text.utf8) }
    var digits = Array((whole + fraction).drop { $0 == zero })
    var exponent = written - fraction.count
    while digits.last == zero {
      digits.removeLast()
      exponent += 1
    }
    guard !digits.isEmpty else { return [zero] }
    return (isNegative ? [UInt8(ascii: "-")] : []) + digits + Array("e\(exponent)".utf8)
  }

  private static let zero = UInt8(ascii: "0")
  private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

  /// `nil` when it has too many digits.
  private static func exponent(_ text: ArraySlice<UInt8>) -> Int? {
    guard let mark = text.first, mark | 0x20 == UInt8(ascii: "e") else { return 0 }
    var rest = text.dropFirst()
    let isNegative = rest.first == UInt8(ascii: "-")
    if isNegative || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
    let digits = rest.drop { $0 == zero }
    guard digits.count <= exponentDigits else { return nil }
    let value = digits.reduce(0) { $0 * 10 + Int($1 - zero) }
    return isNegative ? -value : value
  }
}
