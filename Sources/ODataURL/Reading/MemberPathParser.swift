/// ABNF `firstMemberExpr`, `memberExpr`, lambdas, and calls: everything that starts with a name, `$` or `@`.
extension Reader {
  /// Takes a property on the implicit `$it` as most are written: a name in ASCII that no literal, variable or function
  /// can be, alone. Nothing else is taken.
  @inline(never)
  mutating func plainMember() throws(SyntaxError) -> NodeID? {
    guard let name = plainName() else { return nil }
    at = name.upperBound
    return try add(.member(base: nil, name: self.name(name)), span(name))
  }

  /// Where such a name stands if one is next.
  @inline(__always) func plainName() -> Range<Int>? {
    guard byte.isLetter || byte == ASCII.underscore else { return nil }
    let name = at..<bytes.endOfWord(from: at + 1, to: end)
    // Literals that are words have five letters at most, and names a number of characters that the slow way tells.
    guard name.count > 5, name.count <= 128, variables.isEmpty else { return nil }
    if name.upperBound < end {
      let next = bytes[name.upperBound]
      guard next == ASCII.space || next == ASCII.close || next == ASCII.comma else { return nil }
    }
    return name
  }

  /// Reads what starts with a name: keyword literal, enumeration or prefixed literal, call, variable, or path.
  ///
  /// This function and those between it and ``subexpression()`` are on the stack once for each bracket; what needs room
  /// for its errors is in functions of its own.
  @inline(never)
  mutating func namedOperand() throws(SyntaxError) -> NodeID {
    let start = at
    switch try nameOrLiteral() {
    case .whole(let id): return id
    case .head(let id): return try pathTail(id, start: start)
    case .call(let name, isQualified: false):
      if isAtKey(name) { return try pathTail(try unqualifiedCall(nil, name, start: start), start: start) }
      return try canonicalCall(name)
    case .call(let name, isQualified: true):
      if CanonicalFunction.named(bytes[name], ignoringCase: false) != nil { return try canonicalCall(name) }
      return try pathTail(try namedCall(base: nil, name: name, start: start), start: start)
    }
  }

  /// Whether the bracket after an unqualified name at the start of an operand can only be that of a key predicate or of
  /// a function of the service.
  private func isAtKey(_ name: Range<Int>) -> Bool {
    guard keysInExpressions, CanonicalFunction.named(bytes[name], ignoringCase: true) == nil else { return false }
    for word in ["any", "all", "case", "substringof"] where spells(name, word, ignoringCase: true) { return false }
    return Suggestion.nearest(to: bytes[name], among: CanonicalFunction.spellings) == nil
  }

  enum Named {
    case whole(NodeID)
    case head(NodeID)
    /// The name before an opening bracket.
    case call(Range<Int>, isQualified: Bool)
  }

  @inline(never)
  mutating func nameOrLiteral() throws(SyntaxError) -> Named {
    if let guid = try guidLiteral() { return .whole(guid) }
    let (name, isQualified) = try dottedName("a name")
    let next = byte
    if next == ASCII.quote || isAtTypographicQuote {
      return .whole(try prefixedLiteral(name, isQualified: isQualified))
    }
    if next == ASCII.open { return .call(name, isQualified: isQualified) }
    if !isQualified, next != ASCII.slash, let literal = keywordLiteral(name) {
      return .whole(try add(.literal(literal), span(name)))
    }
    let head = self.name(name)
    let node: Expression.Node =
      isQualified
      ? .cast(base: nil, type: head)
      : variables.contains(where: { isSame($0, head) }) ? .variable(head) : .member(base: nil, name: head)
    return .head(try add(node, span(name)))
  }

  /// `@alias`, and a path below it.
  @inline(never)
  mutating func aliasPath() throws(SyntaxError) -> NodeID {
    let start = at
    at += 1
    let name = try identifier("a parameter alias after `@`")
    if byte == ASCII.dot || byte == ASCII.hash {
      at = start
      let term = try annotationTerm()
      return try pathTail(try add(.annotation(base: nil, term: term), span(from: start)), start: start)
    }
    let id = try add(.alias(text(name)), span(from: start))
    return try pathTail(id, start: start)
  }

  /// ABNF `annotation`: `@Ns.Term` or `@Ns.Term#Qualifier`; gives the text behind the `@`.
  @inline(never)
  mutating func annotationTerm() throws(SyntaxError) -> String {
    at += 1
    let start = at
    _ = try dottedName("the name of an annotation term after `@`")
    if take(ASCII.hash) { _ = try identifier("a qualifier after `#`") }
    return text(start..<at)
  }

  /// `$it`, `$root`, `$this`, `$these`, and a path below it.
  @inline(never)
  mutating func implicitPath() throws(SyntaxError) -> NodeID {
    let start = at
    return try pathTail(try implicitHead(), start: start)
  }

  @inline(never)
  private mutating func implicitHead() throws(SyntaxError) -> NodeID {
    let start = at
    at += 1
    while byte.isWord { at += 1 }
    guard let variable = ImplicitVariable(rawValue: text(start..<at)) else {
      let words = ["$it", "$root", "$this", "$these"]
      throw failure(
        .expectedOperand, start..<at,
        "of the words with a dollar sign only $it, $root, $this and $these begin an operand",
        expected: words, suggestion: Suggestion.nearest(to: bytes[start..<at], among: words))
    }
    if variable == .root, byte != ASCII.slash {
      throw failure(.expectedToken, here, "expected `/` after $root", expected: ["/"])
    }
    if variable == .these, !spells(at..<min(at + 11, end), "/aggregate(", ignoringCase: false) {
      throw failure(.expectedToken, here, "expected `/aggregate(` after $these", expected: ["/aggregate("])
    }
    return try add(.implicit(variable), span(from: start))
  }

  /// The segments after the head of a path.
  @inline(never)
  private mutating func pathTail(_ head: NodeID, start: Int) throws(SyntaxError) -> NodeID {
    var base = head
    while take(ASCII.slash) {
      switch try pathSegment(base, start: start) {
      case .step(let id): base = id
      case .end(let id): return id
      case .call(let name): base = try namedCall(base: base, name: name, start: start)
      case .aggregate: return try aggregateCall(base: base, start: start)
      case .unqualified(let name): base = try unqualifiedCall(base, name, start: start)
      case .keyed(let name): base = try keyedType(base, name, start: start)
      case .lambda(let op):
        try checkCollection(base)
        return try lambda(op, base: base, start: start)
      }
    }
    return base
  }

  /// What a key picks out of a collection is none.
  private func checkCollection(_ base: NodeID) throws(SyntaxError) {
    guard case .key = entries[Int(base.index)].node else { return }
    throw failure(.unexpectedText, here, "a key stands for one entity; only collections have `any`, `all` and $count")
  }

  private enum Segment {
    case step(NodeID)
    case end(NodeID)
    /// A qualified name before an opening bracket.
    case call(Range<Int>)
    /// `aggregate` before an opening bracket.
    case aggregate
    /// Another name before an opening bracket: a collection with a key, or a function.
    case unqualified(Range<Int>)
    /// A qualified name before the bracket of a key: a type that a collection is cast to.
    case keyed(Range<Int>)
    case lambda(LambdaOperator)
  }

  @inline(never)
  private mutating func pathSegment(_ base: NodeID, start: Int) throws(SyntaxError) -> Segment {
    if byte == ASCII.dollar { return .end(try countSegment(base, start: start)) }
    if byte == ASCII.at {
      let term = try annotationTerm()
      return .step(try add(.annotation(base: base, term: term), span(from: start)))
    }
    if byte.isDigit || byte == ASCII.quote, keysInExpressions, leniencies.contains(.keysAsSegments) {
      return .step(try keySegment(base, start: start))
    }
    let (name, isQualified) = try dottedName("a path segment")
    if byte == ASCII.open {
      if isQualified { return keysInExpressions && isAtSingleKey() ? .keyed(name) : .call(name) }
      if case .implicit(.root) = entries[Int(base.index)].node { return .unqualified(name) }
      let ignoringCase = leniencies.contains(.caseInsensitiveOperators)
      if spells(name, "any", ignoringCase: ignoringCase) { return .lambda(.any) }
      if spells(name, "all", ignoringCase: ignoringCase) { return .lambda(.all) }
      if spells(name, "aggregate", ignoringCase: false) { return .aggregate }
      let nearest = Suggestion.nearest(to: bytes[name], among: ["any", "all", "aggregate"])
      if keysInExpressions, nearest == nil { return .unqualified(name) }
      throw failure(
        .unsupported, name,
        "only `any`, `all`, `aggregate` and functions by their qualified name can be called in a path",
        suggestion: nearest)
    }
    let text = self.name(name)
    return .step(
      try add(isQualified ? .cast(base: base, type: text) : .member(base: base, name: text), span(from: start)))
  }

  @inline(never)
  private mutating func countSegment(_ base: NodeID, start: Int) throws(SyntaxError) -> NodeID {
    let word = at
    at += 1
    while byte.isWord { at += 1 }
    guard spells(word..<at, "$count", ignoringCase: false) else {
      throw failure(.unsupported, word..<at, "in an expression only $count may end a path", expected: ["$count"])
    }
    try checkCollection(base)
    var filter: NodeID?
    var search: SearchExpression?
    if byte == ASCII.open { (filter, search) = try countOptions() }
    if byte == ASCII.slash { throw failure(.unexpectedText, here, "nothing can follow $count in a path") }
    return try add(.count(base: base, filter: filter, search: search), span(from: start))
  }

  /// The options in brackets after `$count`: `$filter` and `$search`, each once.
  @inline(never)
  private mutating func countOptions() throws(SyntaxError) -> (filter: NodeID?, search: SearchExpression?) {
    let bracket = at
    try openBracket()
    var filter: NodeID?
    var search: SearchExpression?
    var seen: UInt32 = 0
    repeat {
      skipLenientBlanks()
      switch try nestedOptionName(["$count"], in: .nested, seen: &seen) {
      case .filter?: filter = try subexpression()
      default: search = try searchExpression()
      }
      skipLenientBlanks()
    } while take(ASCII.semicolon)
    try closeBracket(bracket, "the bracket is not closed")
    return (filter, search)
  }

  /// `any(v:…)`, `any()`, `all(v:…)`; the place is the opening bracket.
  @inline(never)
  private mutating func lambda(_ op: LambdaOperator, base: NodeID, start: Int) throws(SyntaxError) -> NodeID {
    let bracket = at
    try openBracket()
    if op == .any, take(ASCII.close) {
      leave()
      return try add(.lambda(base: base, op, variable: nil, body: nil), span(from: start))
    }
    try lambdaVariable()
    let body = try subexpression()
    let variable = variables.removeLast()
    try endOfLambda(bracket)
    return try add(.lambda(base: base, op, variable: variable, body: body), span(from: start))
  }

  /// Reads `v:` and brings the variable into scope.
  @inline(never)
  private mutating func lambdaVariable() throws(SyntaxError) {
    let range = try identifier("a lambda variable")
    let variable = text(range)
    if !shadowedVariables, variables.contains(where: { isSame($0, variable) }) {
      throw failure(.repeatedVariable, range, "an enclosing lambda has a variable of this name already")
    }
    skipBlanks()
    try require(ASCII.colon, in: "after the lambda variable")
    skipBlanks()
    variables.append(variable)
  }

  @inline(never)
  private mutating func endOfLambda(_ bracket: Int) throws(SyntaxError) {
    skipBlanks()
    try closeBracket(bracket, "the lambda is not closed")
    if byte == ASCII.slash { throw failure(.unexpectedText, here, "nothing can follow a lambda in a path") }
  }
}
