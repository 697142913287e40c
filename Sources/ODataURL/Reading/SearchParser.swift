/// ABNF `search`: words, phrases, `NOT`, `AND`, `OR` and brackets.
///
/// `NOT` binds tightest, then `AND` (also left out: two terms in a row), then `OR`. An operator's word that lacks an
/// operand is a word to look for: `NOT`, `OR AND`. Like expressions, operators are resolved on a stack, and only brackets
/// recurse.
extension Reader {
  private enum SearchOperator {
    case or, and
    case not(start: Int)

    var precedence: UInt8 {
      switch self {
      case .or: 1
      case .and: 2
      case .not: 3
      }
    }
  }

  private enum Keyword { case not, and, or }

  /// Reads the expression up to the end of the piece, or inside `$expand` and `$apply` up to the `;` or `)` behind it.
  @inline(never)
  mutating func searchExpression() throws(SyntaxError) -> SearchExpression {
    searchIsNested = isNested
    skipBlanks()
    if byte == ASCII.quote {
      let start = at
      let text = try quotedText()
      skipBlanks()
      guard isAtSearchEnd else {
        throw failure(
          .unexpectedText, here, "free text in single quotes stands alone; a phrase stands in double quotes")
      }
      return SearchExpression(.text(text), span: span(from: start))
    }
    var pool = SearchExpression()
    pool.root = try searchOperands(&pool)
    skipBlanks()
    guard isAtSearchEnd else {
      throw failure(
        .unexpectedText, here,
        byte == ASCII.close ? "this bracket was not opened" : "expected a blank, `AND` or `OR` between two terms")
    }
    return pool
  }

  private var isAtSearchEnd: Bool {
    isAtEnd || (searchIsNested && (byte == ASCII.close || byte == ASCII.semicolon))
  }

  private mutating func searchOperands(_ pool: inout SearchExpression) throws(SyntaxError) -> NodeID {
    var operators: [SearchOperator] = []
    var operands: [NodeID] = []
    while true {
      while let start = try searchPrefix() { operators.append(.not(start: start)) }
      operands.append(try searchOperand(&pool))
      guard let infix = searchInfix() else { break }
      try reduceSearch(&operators, &operands, &pool, precedence: infix.precedence)
      operators.append(infix)
    }
    try reduceSearch(&operators, &operands, &pool, precedence: 0)
    return operands[0]
  }

  private mutating func reduceSearch(
    _ operators: inout [SearchOperator], _ operands: inout [NodeID], _ pool: inout SearchExpression, precedence: UInt8
  ) throws(SyntaxError) {
    while let top = operators.last, top.precedence >= precedence {
      operators.removeLast()
      let right = operands.removeLast()
      let end = pool.span(of: right).end
      let node: SearchExpression.Node
      let start: Int32
      switch top {
      case .not(let place):
        leave()
        (node, start) = (.not(right), span(place..<place).start)
      case .and:
        let left = operands.removeLast()
        (node, start) = (.and(left, right), pool.span(of: left).start)
      case .or:
        let left = operands.removeLast()
        (node, start) = (.or(left, right), pool.span(of: left).start)
      }
      let place = Span(start: start, end: end)
      try countNode(place)
      operands.append(pool.append(node, span: place))
    }
  }

  /// Takes `NOT` in front of an operand; where it was.
  private mutating func searchPrefix() throws(SyntaxError) -> Int? {
    guard keyword(at: at) == .not, let operand = operandBehind(keyword: 3) else { return nil }
    let start = at
    try enter(at: start)
    at = operand
    return start
  }

  /// Takes `AND`, `OR` or the blanks that stand for `AND`, if an operand follows.
  private mutating func searchInfix() -> SearchOperator? {
    let end = at
    skipBlanks()
    let hasBlank = at > end
    if hasBlank, let keyword = keyword(at: at), keyword != .not,
      let operand = operandBehind(keyword: keyword == .and ? 3 : 2)
    {
      at = operand
      return keyword == .and ? .and : .or
    }
    // Two terms need a blank between them; a bracket or phrase sets itself off.
    if !isAtSearchEnd, hasBlank, byte != ASCII.close { return .and }
    at = end
    return nil
  }

  /// Where the operand behind a keyword of `length` letters starts, if there is one.
  private func operandBehind(keyword length: Int) -> Int? {
    var index = at + length
    while index < end, isBlank(bytes[index]) { index += 1 }
    guard index > at + length, index < end, bytes[index] != ASCII.close else { return nil }
    if searchIsNested, bytes[index] == ASCII.semicolon { return nil }
    return index
  }

  private func keyword(at index: Int) -> Keyword? {
    for (word, keyword) in [("NOT", Keyword.not), ("AND", .and), ("OR", .or)] {
      let stop = index + word.utf8.count
      guard stop <= end, spells(index..<stop, word, ignoringCase: false) else { continue }
      if stop == end || isBlank(bytes[stop]) || bytes[stop] == ASCII.close || bytes[stop] == ASCII.semicolon {
        return keyword
      }
    }
    return nil
  }

  private mutating func searchOperand(_ pool: inout SearchExpression) throws(SyntaxError) -> NodeID {
    let start = at
    switch byte {
    case ASCII.open:
      try enter(at: start)
      at += 1
      skipBlanks()
      let inner = try searchOperands(&pool)
      skipBlanks()
      guard take(ASCII.close) else {
        throw failure(.expectedToken, start..<start + 1, "the bracket is not closed", expected: [")"])
      }
      leave()
      return inner
    case ASCII.doubleQuote:
      return try addSearch(.phrase(try searchPhrase()), from: start, to: &pool)
    default:
      while at < end, isSearchCharacter(bytes[at], isFirst: at == start) { at += 1 }
      guard at > start else {
        throw isAtSearchEnd
          ? failure(.emptyValue, here, "expected a word or a phrase in double quotes")
          : failure(
            .unexpectedText, here, "this character cannot start a word to search for; put it in double quotes",
            expected: ["\""])
      }
      return try addSearch(.word(text(start..<at)), from: start, to: &pool)
    }
  }

  private mutating func addSearch(
    _ node: SearchExpression.Node, from start: Int, to pool: inout SearchExpression
  ) throws(SyntaxError) -> NodeID {
    try countNode(span(from: start))
    return pool.append(node, span: span(from: start))
  }

  /// Text between double quotes; a backslash takes the meaning off a quote or backslash behind it.
  private mutating func searchPhrase() throws(SyntaxError) -> String {
    let start = at
    at += 1
    var letters: [UInt8] = []
    while at < end, bytes[at] != ASCII.doubleQuote {
      if bytes[at] == ASCII.backslash, peek(1) == ASCII.doubleQuote || peek(1) == ASCII.backslash { at += 1 }
      letters.append(bytes[at])
      at += 1
    }
    guard take(ASCII.doubleQuote) else {
      throw failure(
        .unterminatedString, start..<end, "a phrase in double quotes ends at the next double quote", expected: ["\""])
    }
    _ = try plainText(start..<at)
    guard !letters.isEmpty else { throw failure(.emptyValue, start..<at, "the phrase is empty") }
    return String(decoding: letters, as: UTF8.self)
  }

  /// What a word is made of: everything but blanks, brackets and double quotes; inside brackets a `;` ends it.
  private func isSearchCharacter(_ byte: UInt8, isFirst: Bool) -> Bool {
    switch byte {
    case ASCII.open, ASCII.close, ASCII.doubleQuote: false
    case ASCII.quote: !isFirst
    case ASCII.semicolon: !searchIsNested
    default: !isBlank(byte) && !byte.isControl
    }
  }
}
