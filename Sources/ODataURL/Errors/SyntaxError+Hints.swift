extension SyntaxError {
  /// The mistake with what the text round it tells of how it came about: a piece that is read on its own does not see
  /// that an ampersand stands behind it. Code and place stay as they are.
  /// - Parameters:
  ///   - bytes: the text as it was sent.
  ///   - offset: where it starts in what spans count in.
  ///   - isTarget: whether options of a URL are cut at its ampersands.
  func hinted(in bytes: [UInt8], offset: Int = 0, isTarget: Bool) -> SyntaxError {
    let range = Int(span.start) - offset..<max(Int(span.start), Int(span.end)) - offset
    guard range.lowerBound >= 0, range.upperBound <= bytes.count else { return self }
    let next = range.upperBound < bytes.count ? bytes[range.upperBound] : 0
    switch code {
    case .unterminatedString where isTarget && next == ASCII.ampersand:
      return said(message + "; an ampersand inside of text is written %26")
    case .unexpectedText, .emptyOption:
      guard isTarget, Self.isDoubledAmpersand(bytes, range.lowerBound) else { return self }
      return said("conditions are joined by `and`, not by ampersands", suggesting: "and")
    case .unknownOperator: return hintedOperator(bytes, range)
    case .expectedOperand where range.lowerBound < bytes.count && bytes[range.lowerBound] == UInt8(ascii: "!"):
      return said("operators are words in OData", suggesting: "not")
    case .unknownFunction, .positionalArgument, .unsupported:
      let word = String(decoding: bytes[range].map(lowercase), as: UTF8.self)
      guard next == ASCII.open, let op = Self.operators[word] ?? BinaryOperator(rawValue: word)?.rawValue else {
        return self
      }
      return said("an operator stands between its operands and has no brackets of its own", suggesting: op)
    default: return self
    }
  }

  private func said(_ message: String, suggesting suggestion: String? = nil) -> SyntaxError {
    SyntaxError(code: code, span: span, message: message, expected: expected, suggestion: suggestion)
  }

  /// Whether two ampersands stand here behind a blank, as other languages join conditions.
  private static func isDoubledAmpersand(_ bytes: [UInt8], _ start: Int) -> Bool {
    var index = start
    // An empty option is shown at its second ampersand, blanks at the end of one at the first of them.
    if index > 0, index < bytes.count, bytes[index] == ASCII.ampersand, bytes[index - 1] == ASCII.ampersand {
      index -= 1
    }
    while let length = blank(bytes, index) { index += length }
    guard index + 1 < bytes.count, bytes[index] == ASCII.ampersand, bytes[index + 1] == ASCII.ampersand else {
      return false
    }
    return index > 0 && (blank(bytes, index - 1) != nil || (index > 2 && blank(bytes, index - 3) == 3))
  }

  /// The length of a blank as it is sent.
  private static func blank(_ bytes: [UInt8], _ index: Int) -> Int? {
    guard index < bytes.count else { return nil }
    switch bytes[index] {
    case ASCII.space, ASCII.tab, ASCII.plus: return 1
    case ASCII.percent
    where index + 2 < bytes.count && bytes[index + 1] == UInt8(ascii: "2")
      && bytes[index + 2] == UInt8(ascii: "0"):
      return 3
    default: return nil
    }
  }

  private func hintedOperator(_ bytes: [UInt8], _ range: Range<Int>) -> SyntaxError {
    let word = String(decoding: bytes[range].map(lowercase), as: UTF8.self)
    if word == "+" {
      let next = String(decoding: bytes[range.upperBound...].prefix { $0.isLetter }.prefix(8), as: UTF8.self)
      let isWord = BinaryOperator(rawValue: next) != nil || next == "asc" || next == "desc"
      return isWord ? said("a plus sign is no blank here; write a blank as %20") : self
    }
    if expected.contains("desc"), let direction = ["descending": "desc", "ascending": "asc"][word] {
      return said(message, suggesting: direction)
    }
    return self
  }

  /// What people call operators when they write them as functions.
  private static let operators = [
    "equals": "eq", "equal": "eq", "notequals": "ne", "notequal": "ne", "neq": "ne", "greaterthan": "gt",
    "greater": "gt", "greaterthanorequal": "ge", "gte": "ge", "lessthan": "lt", "less": "lt", "lessthanorequal": "le",
    "lte": "le", "plus": "add", "minus": "sub", "times": "mul", "multiply": "mul", "divide": "div", "modulo": "mod",
  ]
}
