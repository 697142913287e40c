/// ABNF `firstMemberExpr`, `memberExpr`, lambdas, and calls: everything that starts with a name, `$` or `@`.
extension Reader {
  /// Reads what starts with a name: keyword literal, enumeration or prefixed literal, call, variable, or path.
  mutating func namedOperand() throws(SyntaxError) -> NodeID {
    let start = at
    if let guid = try guidLiteral() { return guid }
    let (name, isQualified) = try dottedName("a name")
    let next = byte
    if next == ASCII.quote || isAtTypographicQuote {
      return try prefixedLiteral(name, isQualified: isQualified)
    }
    if next == ASCII.open {
      guard isQualified else { return try canonicalCall(name) }
      let function = try namedCall(base: nil, name: name, start: start)
      return try pathTail(function, start: start)
    }
    if !isQualified, next != ASCII.slash, let literal = keywordLiteral(name) {
      return try add(.literal(literal), span(name))
    }
    let head = text(name)
    let node: Expression.Node =
      isQualified ? .cast(base: nil, type: head)
      : variables.contains(head) ? .variable(head) : .member(base: nil, name: head)
    let id = try add(node, span(name))
    return next == ASCII.slash ? try pathTail(id, start: start) : id
  }

  /// `@alias`, and a path below it.
  mutating func aliasPath() throws(SyntaxError) -> NodeID {
    let start = at
    at += 1
    let name = try identifier("a parameter alias after `@`")
    if byte == ASCII.dot || byte == ASCII.hash {
      throw failure(.unsupported, start..<at, "annotations in expressions are not supported")
    }
    let id = try add(.alias(text(name)), span(from: start))
    return try pathTail(id, start: start)
  }

  /// `$it`, `$root`, `$this`, and a path below it.
  mutating func implicitPath() throws(SyntaxError) -> NodeID {
    let start = at
    at += 1
    while byte.isWord { at += 1 }
    guard let variable = ImplicitVariable(rawValue: text(start..<at)) else {
      let words = ["$it", "$root", "$this"]
      throw failure(
        .expectedOperand, start..<at, "of the words with a dollar sign only $it, $root and $this begin an operand",
        expected: words, suggestion: Suggestion.nearest(to: bytes[start..<at], among: words))
    }
    if variable == .root, byte != ASCII.slash {
      throw failure(.expectedToken, here, "expected `/` after $root", expected: ["/"])
    }
    let id = try add(.implicit(variable), span(from: start))
    return try pathTail(id, start: start)
  }

  /// The segments after the head of a path.
  private mutating func pathTail(_ head: NodeID, start: Int) throws(SyntaxError) -> NodeID {
    var base = head
    while byte == ASCII.slash {
      at += 1
      if byte == ASCII.dollar { return try countSegment(base, start: start) }
      if byte == ASCII.at {
        throw failure(.unsupported, here, "annotations in expressions are not supported")
      }
      let (name, isQualified) = try dottedName("a path segment")
      if byte == ASCII.open {
        if isQualified {
          base = try namedCall(base: base, name: name, start: start)
          continue
        }
        let ignoringCase = leniencies.contains(.caseInsensitiveOperators)
        if spells(name, "any", ignoringCase: ignoringCase) { return try lambda(.any, base: base, start: start) }
        if spells(name, "all", ignoringCase: ignoringCase) { return try lambda(.all, base: base, start: start) }
        throw failure(
          .unsupported, name, "only `any`, `all` and functions by their qualified name can be called in a path",
          suggestion: Suggestion.nearest(to: bytes[name], among: ["any", "all"]))
      }
      let text = text(name)
      base = try add(isQualified ? .cast(base: base, type: text) : .member(base: base, name: text), span(from: start))
    }
    return base
  }

  private mutating func countSegment(_ base: NodeID, start: Int) throws(SyntaxError) -> NodeID {
    let word = at
    at += 1
    while byte.isWord { at += 1 }
    guard spells(word..<at, "$count", ignoringCase: false) else {
      throw failure(.unsupported, word..<at, "in an expression only $count may end a path", expected: ["$count"])
    }
    if byte == ASCII.open {
      throw failure(.unsupported, here, "options in brackets after $count are not supported in an expression")
    }
    if byte == ASCII.slash { throw failure(.unexpectedText, here, "nothing can follow $count in a path") }
    return try add(.count(base: base), span(from: start))
  }

  /// `any(v:…)`, `any()`, `all(v:…)`; the place is the opening bracket.
  private mutating func lambda(_ op: LambdaOperator, base: NodeID, start: Int) throws(SyntaxError) -> NodeID {
    let bracket = at
    try enter(at: bracket)
    at += 1
    skipBlanks()
    if op == .any, take(ASCII.close) {
      leave()
      return try add(.lambda(base: base, op, variable: nil, body: nil), span(from: start))
    }
    let range = try identifier("a lambda variable")
    let variable = text(range)
    if variables.contains(variable) {
      throw failure(.repeatedVariable, range, "an enclosing lambda has a variable of this name already")
    }
    skipBlanks()
    try require(ASCII.colon, in: "after the lambda variable")
    skipBlanks()
    variables.append(variable)
    let body = try subexpression()
    variables.removeLast()
    skipBlanks()
    guard take(ASCII.close) else { throw unclosed(bracket, "the lambda is not closed") }
    leave()
    if byte == ASCII.slash { throw failure(.unexpectedText, here, "nothing can follow a lambda in a path") }
    return try add(.lambda(base: base, op, variable: variable, body: body), span(from: start))
  }

  /// A canonical function with positional arguments; the place is the opening bracket after `range`.
  private mutating func canonicalCall(_ range: Range<Int>) throws(SyntaxError) -> NodeID {
    let ignoringCase = leniencies.contains(.caseInsensitiveOperators)
    guard let function = CanonicalFunction.named(bytes[range], ignoringCase: ignoringCase) else {
      throw unknownFunction(range)
    }
    let bracket = at
    try enter(at: bracket)
    at += 1
    skipBlanks()
    var arguments: [NodeID] = []
    if byte != ASCII.close {
      repeat {
        skipBlanks()
        try checkList(arguments.count)
        arguments.append(try subexpression())
        skipBlanks()
      } while take(ASCII.comma)
    }
    guard take(ASCII.close) else { throw unclosed(bracket, "the argument list is not closed") }
    leave()
    guard function.arity.contains(arguments.count) else {
      let wanted =
        function.arity.count == 1
        ? "\(function.arity.lowerBound)" : "\(function.arity.lowerBound) or \(function.arity.upperBound)"
      throw failure(
        .argumentCount, range.lowerBound..<at,
        "`\(function.spelling)` takes \(wanted) argument(s), here are \(arguments.count)")
    }
    if function.lastIsType, let last = arguments.last { try checkType(last, only: arguments.count == 1) }
    return try add(.call(name: function.name, arguments: arguments), span(from: range.lowerBound))
  }

  /// The last argument of `cast` and `isof` names a type, alone also in quotes.
  private func checkType(_ id: NodeID, only: Bool) throws(SyntaxError) {
    switch nodes[Int(id.index)] {
    case .cast(base: nil, _), .member(base: nil, _): return
    case .literal(.string) where only: return
    default:
      throw SyntaxError(
        code: .invalidArgument, span: spans[Int(id.index)],
        message: "the last argument must be the name of a type, for example Edm.String")
    }
  }

  private func unknownFunction(_ range: Range<Int>) -> SyntaxError {
    if spells(range, "any", ignoringCase: true) || spells(range, "all", ignoringCase: true) {
      return failure(.unknownFunction, range, "a lambda stands after a collection, for example `orders/any(o:…)`")
    }
    if spells(range, "case", ignoringCase: true) {
      return failure(.unsupported, range, "`case` is not supported")
    }
    if spells(range, "substringof", ignoringCase: true) {
      return failure(
        .unknownFunction, range, "OData 4 has no `substringof`; the arguments of `contains` stand the other way round",
        suggestion: "contains")
    }
    return failure(
      .unknownFunction, range, "OData has no function of this name; functions of a service are called by their full name",
      suggestion: Suggestion.nearest(to: bytes[range], among: CanonicalFunction.spellings))
  }

  /// A function by its qualified name with named parameters; the place is the opening bracket after `name`.
  private mutating func namedCall(base: NodeID?, name: Range<Int>, start: Int) throws(SyntaxError) -> NodeID {
    if end - name.lowerBound > 4, spells(name.lowerBound..<name.lowerBound + 4, "geo.", ignoringCase: true) {
      throw failure(.unsupported, name, "geographic functions are not supported")
    }
    let bracket = at
    try enter(at: bracket)
    at += 1
    skipBlanks()
    var parameters: [NamedParameter] = []
    if byte != ASCII.close {
      repeat {
        skipBlanks()
        try checkList(parameters.count)
        let range = try parameterName()
        let parameter = text(range)
        if parameters.contains(where: { $0.name == parameter }) {
          throw failure(.repeatedParameter, range, "the parameter is given twice")
        }
        parameters.append(NamedParameter(name: parameter, value: try subexpression()))
        skipBlanks()
      } while take(ASCII.comma)
    }
    guard take(ASCII.close) else { throw unclosed(bracket, "the parameter list is not closed") }
    leave()
    return try add(.function(base: base, name: text(name), parameters: parameters), span(from: start))
  }

  /// `name=`, the beginning of a named parameter.
  private mutating func parameterName() throws(SyntaxError) -> Range<Int> {
    let start = at
    let named: Range<Int>? = isAtName ? try identifier("a parameter name") : nil
    skipLenientBlanks()
    guard let named, take(ASCII.equals) else {
      throw failure(
        .positionalArgument, start..<max(at, here.upperBound),
        "functions called by their full name take named parameters: `Name(Parameter=value)`")
    }
    skipLenientBlanks()
    return named
  }
}
