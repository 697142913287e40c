/// ABNF `commonExpr`: operators, brackets and lists.
///
/// Operators are resolved on a stack of pending operators, not by recursion: the call stack grows with brackets alone,
/// and brackets are limited by ``Limits/depth`` and ``Limits/stackBytes``.
extension Reader {
  /// Reads one expression into a pool of its own, up to the first byte that cannot belong to it.
  /// - Parameter isItem: whether others may stand behind it in the same piece.
  mutating func expression(isItem: Bool = false) throws(SyntaxError) -> Expression {
    // Conditions have a node for a dozen bytes or more. Items, and what stands in brackets, share their piece with
    // others: with room for all of the piece each, their memory would grow with the square of the input.
    let estimate = isItem || depth > 0 ? 3 : 3 + min(end - at, 1 << 19) / 12
    entries = []
    entries.reserveCapacity(estimate)
    let root = try subexpression()
    var finished: [Expression.Entry] = []
    swap(&finished, &entries)
    return Expression(entries: finished, root: root)
  }

  /// Reads one expression that must reach the end of the piece.
  mutating func wholeExpression() throws(SyntaxError) -> Expression {
    let result = try expression()
    guard isAtEnd else { throw unexpectedAfterOperand(expected: "an operator or the end") }
    return result
  }

  /// Reads an expression into the pool being built.
  @inline(never)
  mutating func subexpression() throws(SyntaxError) -> NodeID {
    let operatorBase = operators.count
    var tight = false
    var list = false
    while true {
      while !tight, byte == ASCII.minus || byte | 0x20 == UInt8(ascii: "n"), let prefix = try prefixOperator() {
        try enter(at: at)
        operators.append(prefix)
      }
      var operand = try operand(listAllowed: list)
      if tight, !list { try checkFlags(operand) }
      guard var op = try infixOperator() else {
        return operators.count > operatorBase
          ? try reduce(operand, downTo: operatorBase, precedence: 0) : operand
      }
      if operators.count > operatorBase {
        operand = try reduce(operand, downTo: operatorBase, precedence: op.precedence)
      }
      if op.isComparison, byte == ASCII.quote || byte.isDigit {
        // A literal that no operator binds tighter makes the comparison whole: it need not wait.
        let right = byte == ASCII.quote ? try stringLiteral() : try numericLiteral()
        let next = try infixOperator()
        if let next, next.precedence > op.precedence {
          operators.append(.binary(op, operand))
          (operand, op) = (right, next)
        } else {
          operand = try addBinary(op, operand, right)
          guard let next else {
            return operators.count > operatorBase
              ? try reduce(operand, downTo: operatorBase, precedence: 0) : operand
          }
          if operators.count > operatorBase {
            operand = try reduce(operand, downTo: operatorBase, precedence: next.precedence)
          }
          op = next
        }
      }
      operators.append(.binary(op, operand))
      tight = op == .has || op == .in
      list = op == .in
    }
  }

  @inline(__always)
  private mutating func addBinary(_ op: BinaryOperator, _ left: NodeID, _ right: NodeID) throws(SyntaxError) -> NodeID {
    try add(
      .binary(op, left, right),
      Span(start: entries[Int(left.index)].span.start, end: entries[Int(right.index)].span.end))
  }

  /// What `has` looks for is an enumeration value, whose type may be left out: no literal of another kind.
  @inline(never)
  private func checkFlags(_ id: NodeID) throws(SyntaxError) {
    switch entries[Int(id.index)].node {
    case .literal(.enumeration), .literal(.string): return
    case .literal, .cast(base: nil, _):
      throw SyntaxError(
        code: .invalidArgument, span: entries[Int(id.index)].span,
        message: "`has` looks for an enumeration value: Namespace.Type'Value'")
    default: return
    }
  }

  /// Applies the pending operators that bind at least as tightly as `precedence` to `operand`, the right one of the
  /// last of them.
  @inline(never)
  private mutating func reduce(
    _ operand: NodeID, downTo base: Int, precedence: UInt8
  ) throws(SyntaxError) -> NodeID {
    var operand = operand
    while operators.count > base, let top = operators.last, top.precedence >= precedence {
      operators.removeLast()
      let end = entries[Int(operand.index)].span.end
      switch top {
      case .binary(let op, let left): operand = try addBinary(op, left, operand)
      case .not(let start):
        leave()
        operand = try add(.not(operand), Span(start: start, end: end))
      case .negate(let start):
        leave()
        operand = try add(.negate(operand), Span(start: start, end: end))
      }
    }
    return operand
  }

  /// Reads a literal, path, call, bracketed expression, or a list where `in` allows one.
  @inline(never)
  private mutating func operand(listAllowed: Bool) throws(SyntaxError) -> NodeID {
    let next = byte
    switch next {
    case ASCII.quote:
      return try stringLiteral()
    case UInt8(ascii: "0")...UInt8(ascii: "9"), ASCII.minus, ASCII.plus:
      return try numericLiteral()
    case ASCII.open:
      return listAllowed ? try list() : try bracketed()
    case ASCII.openBracket:
      return try jsonArray()
    case ASCII.openBrace:
      return try jsonObject()
    case ASCII.at:
      return try aliasPath()
    case ASCII.dollar:
      return try implicitPath()
    default:
      if next.isLetter || next == ASCII.underscore {
        if let member = try plainMember() { return member }
        return try namedOperand()
      }
      if next >= 0x80 { return isAtTypographicQuote ? try stringLiteral() : try namedOperand() }
      throw expectedOperand()
    }
  }

  @inline(never)
  private mutating func bracketed() throws(SyntaxError) -> NodeID {
    let start = at
    try openBracket()
    let inner = try subexpression()
    skipBlanks()
    try closeBracket(start, "the bracket is not closed")
    return inner
  }

  /// ABNF `listExpr`, the right side of `in`.
  @inline(never)
  private mutating func list() throws(SyntaxError) -> NodeID {
    let start = at
    try openBracket()
    var items: [NodeID] = []
    if byte != ASCII.close {
      repeat {
        skipBlanks()
        try checkList(items.count)
        items.append(try subexpression())
        skipBlanks()
      } while take(ASCII.comma)
    }
    try closeBracket(start, "the list is not closed")
    return try add(.list(items), span(from: start))
  }

  /// Takes the opening bracket that is next, and blanks after it.
  @inline(never)
  mutating func openBracket() throws(SyntaxError) {
    try enter(at: at)
    at += 1
    skipBlanks()
  }

  /// Takes the `)` for the bracket that was opened at `start`.
  @inline(never)
  mutating func closeBracket(_ start: Int, _ message: String) throws(SyntaxError) {
    guard take(ASCII.close) else { throw unclosed(start, message) }
    leave()
  }

  // MARK: Errors

  @inline(never)
  private func expectedOperand() -> SyntaxError {
    switch byte {
    case ASCII.doubleQuote:
      failure(.expectedOperand, here, "text stands in single quotes", expected: ["'"])
    case ASCII.dot:
      failure(.invalidLiteral, here, "a number needs a digit before its decimal point")
    case 0:
      failure(.expectedOperand, here, "the expression ends where a value, name or bracket should follow")
    default:
      failure(.expectedOperand, here, "expected a value, name or bracket")
    }
  }

  /// The error for a bracket at `start` that something other than its end follows.
  func unclosed(_ start: Int, _ message: String) -> SyntaxError {
    if isAtEnd { return failure(.expectedToken, start..<start + 1, message, expected: [")"]) }
    return unexpectedAfterOperand(expected: "an operator, a comma where a list may stand, or `)`")
  }

  /// The error for what follows an operand and is no operator.
  @inline(never)
  func unexpectedAfterOperand(expected: String, orWords: [String] = []) -> SyntaxError {
    var index = at
    while index < end, isBlank(bytes[index]) { index += 1 }
    var stop = index
    while stop < end, bytes[stop].isWord { stop += 1 }
    if stop > index, index > at, bytes[index].isLetter {
      let words = BinaryOperator.allCases.map(\.rawValue) + orWords
      return failure(
        .unknownOperator, index..<stop, "this word is no operator", expected: words,
        suggestion: Self.synonyms[text(index..<min(stop, index + 16)).lowercased()]
          ?? Suggestion.nearest(to: bytes[index..<stop], among: words))
    }
    while stop < end, let symbol = Self.symbols[String(UnicodeScalar(bytes[stop]))], stop - index < 2 {
      stop += 1
      if stop == end || Self.symbols[String(UnicodeScalar(bytes[stop]))] == nil {
        return failure(
          .unknownOperator, index..<stop, "operators are words in OData",
          suggestion: Self.symbols[text(index..<stop)] ?? symbol)
      }
    }
    if index < end, bytes[index] == ASCII.comma {
      return failure(.unexpectedText, index..<index + 1, "a comma stands only in lists and between arguments")
    }
    let rest = index < end ? index : at
    return failure(.unexpectedText, rest..<max(rest, min(rest + 1, end)), "expected \(expected)")
  }

  /// What people say, and abbreviations that are nearer to another operator than to their own.
  private static let synonyms = [
    "equals": "eq", "equal": "eq", "equalto": "eq", "is": "eq", "notequals": "ne", "notequal": "ne", "noteq": "ne",
    "neq": "ne", "isnot": "ne", "greater": "gt", "greaterthan": "gt", "less": "lt", "lessthan": "lt", "gte": "ge",
    "geq": "ge", "lte": "le", "leq": "le", "plus": "add", "minus": "sub", "times": "mul", "modulo": "mod",
  ]

  /// What people coming from other languages write.
  private static let symbols = [
    "=": "eq", "==": "eq", "!": "not", "!=": "ne", "<>": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge",
    "&": "and", "&&": "and", "|": "or", "||": "or", "*": "mul", "/": "div", "%": "mod", "+": "add", "-": "sub",
  ]
}
