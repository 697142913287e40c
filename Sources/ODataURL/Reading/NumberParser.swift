/// Literals that start with a digit or a sign: numbers, and by their punctuation GUIDs, dates and times.
extension Reader {
  @inline(never)
  mutating func numericLiteral() throws(SyntaxError) -> NodeID {
    let start = at
    if let instant = plainInstant() { return try add(.literal(.dateTimeOffset(instant)), span(from: start)) }
    if bytes[at].isDigit, let guid = try guidLiteral() { return guid }
    if byte == ASCII.minus || byte == ASCII.plus {
      let isNegative = byte == ASCII.minus
      at += 1
      if isNegative, isAtWord("INF", at: at) {
        at += 3
        return try add(.literal(.double("-INF")), span(from: start))
      }
      guard byte.isDigit else {
        throw failure(.invalidLiteral, start..<here.upperBound, "expected a digit after the sign")
      }
    }
    let digits = at
    skipDigits()
    if at - digits >= 4, byte == ASCII.minus, peek(1).isDigit {
      return try dateLiteral(start: start, digits: digits)
    }
    if start == digits, at - digits == 2, byte == ASCII.colon, !colonEndsCondition {
      at = start
      let time = try timeOfDay()
      try endOfLiteral(start)
      return try add(.literal(.timeOfDay(time)), span(from: start))
    }
    return try number(start: start, digits: digits)
  }

  /// Takes as many digits as there are.
  mutating func skipDigits() {
    while at < end, bytes[at].isDigit { at += 1 }
  }

  /// The integer part is read; its value, fraction and exponent follow.
  private mutating func number(start: Int, digits: Int) throws(SyntaxError) -> NodeID {
    let integer = digits..<at
    var fraction = at..<at
    var exponent: String?
    if byte == ASCII.dot {
      at += 1
      let from = at
      skipDigits()
      guard at > from else { throw failure(.invalidLiteral, start..<at, "expected a digit after the decimal point") }
      fraction = from..<at
    }
    if byte | 0x20 == UInt8(ascii: "e") { exponent = try exponentText(start) }
    try endOfLiteral(start)
    let isNegative = bytes[start] == ASCII.minus
    if exponent == nil, fraction.isEmpty, let value = int64(integer, isNegative: isNegative) {
      return try add(.literal(.integer(value)), span(from: start))
    }
    var from = integer.lowerBound
    while from < integer.upperBound - 1, bytes[from] == UInt8(ascii: "0") { from += 1 }
    var canonical = (isNegative ? "-" : "") + text(from..<integer.upperBound)
    if !fraction.isEmpty { canonical += "." + text(fraction) }
    guard let exponent else { return try add(.literal(.decimal(canonical)), span(from: start)) }
    canonical += "e" + exponent
    guard let value = Double(canonical), value.isFinite else {
      throw failure(.literalOutOfRange, start..<at, "the number is beyond the range of Edm.Double")
    }
    return try add(.literal(.double(canonical)), span(from: start))
  }

  /// The exponent without `+` and leading zeros; the place is the `e`.
  private mutating func exponentText(_ start: Int) throws(SyntaxError) -> String {
    at += 1
    let isNegative = byte == ASCII.minus
    if isNegative || byte == ASCII.plus { at += 1 }
    var from = at
    skipDigits()
    guard at > from else { throw failure(.invalidLiteral, start..<at, "expected a digit in the exponent") }
    while from < at - 1, bytes[from] == UInt8(ascii: "0") { from += 1 }
    let digits = text(from..<at)
    return isNegative && digits != "0" ? "-" + digits : digits
  }

  /// The value of decimal digits, `nil` beyond `Int64`.
  func int64(_ range: Range<Int>, isNegative: Bool = false) -> Int64? {
    var value: Int64 = 0
    for index in range {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let digit = Int64(bytes[index] &- 0x30)
      let (sum, carry) =
        isNegative ? product.subtractingReportingOverflow(digit) : product.addingReportingOverflow(digit)
      if overflow || carry { return nil }
      value = sum
    }
    return value
  }
}
