/// A decimal number of any length, compared digit by digit: `9007199254740993` and `9007199254740992.9` differ, and
/// `1e999999999` is as cheap as 1.
struct ExactNumber: Sendable, Hashable {
  private enum Form: Sendable, Hashable { case finite, infinite, notANumber }

  private var form = Form.finite
  /// -1, 0 or 1.
  private var sign = 0
  /// Digits 0 to 9 without zeros at either end: the value is `0.digits` times ten to the power of `exponent`.
  private var digits: [UInt8] = []
  private var exponent = PowerOfTen(0)

  /// A JSON number (RFC 8259, section 6), which may have leading zeros here, or one of the words `INF`, `-INF` and `NaN`
  /// (OData JSON 4.01, section 7.1); `nil` for all other text.
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
    var power: (digits: ArraySlice<UInt8>, isNegative: Bool) = ([], false)
    if let mark = rest.first, mark | 0x20 == UInt8(ascii: "e") {
      rest.removeFirst()
      let isNegative = rest.first == UInt8(ascii: "-")
      if isNegative || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
      let exponent = ExactNumber.takeDigits(&rest)
      guard !exponent.isEmpty else { return nil }
      power = (exponent, isNegative)
    }
    guard rest.isEmpty else { return nil }
    digits.reserveCapacity(whole.count + fraction.count)
    for digit in whole { digits.append(digit - 0x30) }
    for digit in fraction { digits.append(digit - 0x30) }
    let leading = digits.prefix { $0 == 0 }.count
    // Zero is zero with any sign and any exponent.
    guard leading < digits.count else {
      digits = []
      return
    }
    digits.removeFirst(leading)
    while digits.last == 0 { digits.removeLast() }
    exponent = PowerOfTen(digits: power.digits, isNegative: power.isNegative, plus: whole.count - leading)
    sign = isNegative ? -1 : 1
  }

  init(_ value: Int64) {
    sign = Int(value.signum())
    var rest = value.magnitude
    while rest > 0 {
      digits.append(UInt8(truncatingIfNeeded: rest % 10))
      rest /= 10
    }
    exponent = PowerOfTen(digits.count)
    digits.reverse()
    while digits.last == 0 { digits.removeLast() }
  }

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
    let order = exponent.compared(with: other.exponent)
    guard order == 0 else { return order }
    for (left, right) in zip(digits, other.digits) where left != right { return left < right ? -1 : 1 }
    // Neither ends with a zero, so that the longer one is the larger.
    return (digits.count - other.digits.count).signum()
  }

  private static func takeDigits(_ text: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let digits = text.prefix { (0x30...0x39).contains($0) }
    text = text[digits.endIndex...]
    return digits
  }
}

/// An exponent of any length.
private struct PowerOfTen: Sendable, Hashable {
  /// The value; its sign times the largest number where it has more digits than ``nearDigits``.
  private var near = 0
  /// The digits of such a value, its sign left out; none otherwise.
  private var far: [UInt8] = []

  /// Digits of values that sums with lengths of texts cannot take out of an `Int`.
  private static let nearDigits = 18

  init(_ value: Int) {
    if value.magnitude < PowerOfTen.firstFar {
      near = value
    } else {
      self = PowerOfTen(isNegative: value < 0, digits: Array(String(value.magnitude).utf8)[...])
    }
  }

  /// The first value with more digits.
  private static let firstFar: UInt = 1_000_000_000_000_000_000

  /// - Parameters:
  ///   - digits: ASCII, of any number.
  ///   - plus: added to it; as small as the length of a text.
  init(digits: ArraySlice<UInt8>, isNegative: Bool, plus: Int) {
    let digits = digits.drop { $0 == 0x30 }
    guard digits.count > PowerOfTen.nearDigits else {
      let magnitude = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
      self.init((isNegative ? -magnitude : magnitude) + plus)
      return
    }
    // What is added is far smaller than the value, and does not change its sign.
    var sum = Array(digits)
    var rest = isNegative ? -plus : plus
    for index in sum.indices.reversed() where rest != 0 {
      let digit = Int(sum[index] - 0x30) + rest % 10
      sum[index] = UInt8(truncatingIfNeeded: (digit + 10) % 10) + 0x30
      rest = rest / 10 + (digit < 0 ? -1 : digit / 10)
    }
    if rest > 0 { sum.insert(contentsOf: String(rest).utf8, at: 0) }
    self.init(isNegative: isNegative, digits: sum.drop { $0 == 0x30 })
  }

  /// - Parameter digits: without zeros in front.
  private init(isNegative: Bool, digits: ArraySlice<UInt8>) {
    if digits.count > PowerOfTen.nearDigits {
      near = isNegative ? -.max : .max
      far = Array(digits)
    } else {
      let magnitude = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
      near = isNegative ? -magnitude : magnitude
    }
  }

  /// -1, 0 or 1.
  func compared(with other: PowerOfTen) -> Int {
    if near != other.near { return near < other.near ? -1 : 1 }
    guard far != other.far else { return 0 }
    let isLess = far.count == other.far.count ? far.lexicographicallyPrecedes(other.far) : far.count < other.far.count
    return isLess == (near > 0) ? -1 : 1
  }
}
