/// A decimal number of any length, compared digit by digit: `9007199254740993` and `9007199254740992.9` differ, and
/// `1e999999999` is as cheap as 1.
struct ExactNumber: Sendable, Hashable {
  private enum Form: Sendable, Hashable { case finite, infinite, notANumber }

  private var form = Form.finite
  /// -1, 0 or 1.
  private var sign = 0
  /// Digits 0 to 9 without zeros at either end: the value is `0.digits` times ten to the power of `exponent`.
  private var digits: [UInt8] = []
  private var exponent = 0

  /// Digits that an exponent may have; with more of them sums of exponents could leave `Int`.
  private static let exponentDigits = 17

  /// A JSON number (RFC 8259, section 6), which may have leading zeros here, or one of the words `INF`, `-INF` and `NaN`
  /// (OData JSON 4.01, section 7.1); `nil` for all other text, and for an exponent of more than 17 digits.
  init?(_ text: some Collection<UInt8>) {
    var rest = Array(text)[...]
    if rest.elementsEqual("NaN".utf8) {
      form = .notANumber
      return
    }
    let isNegative = rest.first == UInt8(ascii: "-")
    if isNegative { rest.removeFirst() }
    if rest.elementsEqual("INF".utf8) {
      form = .infinite
      sign = isNegative ? -1 : 1
      return
    }
    let whole = ExactNumber.takeDigits(&rest)
    guard !whole.isEmpty else { return nil }
    var fraction: ArraySlice<UInt8> = []
    if rest.first == UInt8(ascii: ".") {
      rest.removeFirst()
      fraction = ExactNumber.takeDigits(&rest)
      guard !fraction.isEmpty else { return nil }
    }
    var power: Int? = 0
    if let mark = rest.first, mark | 0x20 == UInt8(ascii: "e") {
      rest.removeFirst()
      let isNegative = rest.first == UInt8(ascii: "-")
      if isNegative || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
      let exponent = ExactNumber.takeDigits(&rest)
      guard !exponent.isEmpty else { return nil }
      power = ExactNumber.value(exponent).map { isNegative ? -$0 : $0 }
    }
    guard rest.isEmpty else { return nil }
    digits = (whole + fraction).map { $0 - 0x30 }
    let leading = digits.prefix { $0 == 0 }.count
    // Zero is zero with any sign and any exponent.
    guard leading < digits.count else {
      digits = []
      return
    }
    guard let power else { return nil }
    digits.removeFirst(leading)
    while digits.last == 0 { digits.removeLast() }
    exponent = whole.count - leading + power
    sign = isNegative ? -1 : 1
  }

  init(_ value: Int64) {
    // The digits of an integer are always a number.
    self = ExactNumber(String(value).utf8) ?? ExactNumber.zero
  }

  private init() {}
  private static let zero = ExactNumber()

  /// Whether this is `NaN`, which compares with nothing.
  var isNaN: Bool { form == .notANumber }

  /// -1, 0 or 1; `nil` when one of both is `NaN`.
  func compared(with other: ExactNumber) -> Int? {
    guard !isNaN, !other.isNaN else { return nil }
    guard sign == other.sign else { return sign < other.sign ? -1 : 1 }
    return sign * comparedMagnitude(with: other)
  }

  /// Compares two numbers of one sign, the sign left out.
  private func comparedMagnitude(with other: ExactNumber) -> Int {
    switch (form, other.form) {
    case (.infinite, .infinite): return 0
    case (.infinite, _): return 1
    case (_, .infinite): return -1
    default: break
    }
    guard exponent == other.exponent else { return exponent < other.exponent ? -1 : 1 }
    for (left, right) in zip(digits, other.digits) where left != right { return left < right ? -1 : 1 }
    // Neither ends with a zero, so that the longer one is the larger.
    return (digits.count - other.digits.count).signum()
  }

  private static func takeDigits(_ text: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let digits = text.prefix { (0x30...0x39).contains($0) }
    text = text[digits.endIndex...]
    return digits
  }

  /// - Returns: `nil` for more digits than an exponent may have.
  private static func value(_ text: ArraySlice<UInt8>) -> Int? {
    let digits = text.drop { $0 == 0x30 }
    guard digits.count <= exponentDigits else { return nil }
    return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
  }
}
