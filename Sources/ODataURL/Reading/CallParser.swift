/// Brackets behind names in expressions: canonical functions, functions of the service, key predicates.
extension Reader {
  /// A canonical function with positional arguments; the place is the opening bracket after `range`.
  @inline(never)
  mutating func canonicalCall(_ range: Range<Int>) throws(SyntaxError) -> NodeID {
    let ignoringCase = leniencies.contains(.caseInsensitiveOperators)
    if spells(range, "case", ignoringCase: ignoringCase) { return try caseCall(range) }
    guard let function = CanonicalFunction.named(bytes[range], ignoringCase: ignoringCase) else {
      guard let name = positionalFunctions.first(where: { spells(range, $0, ignoringCase: true) }) else {
        throw unknownFunction(range)
      }
      return try add(
        .call(name: name, arguments: try positionalArguments(lastIsType: false)), span(from: range.lowerBound))
    }
    let arguments = try positionalArguments(lastIsType: function.lastIsType)
    try check(arguments, of: function, range)
    return try add(.call(name: function.name, arguments: arguments), span(from: range.lowerBound))
  }

  /// The place is the opening bracket.
  private mutating func positionalArguments(lastIsType: Bool) throws(SyntaxError) -> [NodeID] {
    let bracket = at
    try openBracket()
    var arguments: [NodeID] = []
    if byte != ASCII.close {
      repeat {
        skipBlanks()
        try checkList(arguments.count)
        if lastIsType, let type = try collectionType() {
          arguments.append(type)
          skipBlanks()
          break
        }
        arguments.append(try subexpression())
        skipBlanks()
      } while take(ASCII.comma)
    }
    try closeBracket(bracket, "the argument list is not closed")
    return arguments
  }

  /// `Collection(Type)`, the name of a type, as the last argument of `cast` and `isof`.
  @inline(never)
  private mutating func collectionType() throws(SyntaxError) -> NodeID? {
    let start = at
    let prefix = "Collection("
    guard spells(at..<min(at + prefix.utf8.count, end), prefix, ignoringCase: false) else { return nil }
    at += prefix.utf8.count
    let type = try dottedName("the name of a type").range
    guard take(ASCII.close) else {
      throw failure(.expectedToken, here, "expected `)` after the name of a type", expected: [")"])
    }
    return try add(.cast(base: nil, type: prefix + text(type) + ")"), span(from: start))
  }

  @inline(never)
  private func check(
    _ arguments: [NodeID], of function: CanonicalFunction, _ name: Range<Int>
  ) throws(SyntaxError) {
    guard function.arity.contains(arguments.count) else {
      let wanted =
        function.arity.count == 1
        ? "\(function.arity.lowerBound)" : "\(function.arity.lowerBound) or \(function.arity.upperBound)"
      throw failure(
        .argumentCount, name.lowerBound..<at,
        "`\(function.spelling)` takes \(wanted) argument(s), here are \(arguments.count)")
    }
    if function.lastIsType, let last = arguments.last { try checkType(last, only: arguments.count == 1) }
  }

  /// The last argument of `cast` and `isof` names a type, alone also in quotes.
  private func checkType(_ id: NodeID, only: Bool) throws(SyntaxError) {
    switch entries[Int(id.index)].node {
    case .cast(base: nil, _), .member(base: nil, _): return
    case .literal(.string) where only: return
    default:
      throw SyntaxError(
        code: .invalidArgument, span: entries[Int(id.index)].span,
        message: "the last argument must be the name of a type, for example Edm.String")
    }
  }

  @inline(never)
  private func unknownFunction(_ range: Range<Int>) -> SyntaxError {
    if bytes[range].contains(ASCII.dot) {
      return failure(
        .positionalArgument, range,
        "functions called by their full name take named parameters, and behind a type a key is one literal or alias")
    }
    if spells(range, "any", ignoringCase: true) || spells(range, "all", ignoringCase: true) {
      return failure(.unknownFunction, range, "a lambda stands after a collection, for example `orders/any(o:…)`")
    }
    if spells(range, "substringof", ignoringCase: true) {
      return failure(
        .unknownFunction, range, "OData 4 has no `substringof`; the arguments of `contains` stand the other way round",
        suggestion: "contains")
    }
    return failure(
      .unknownFunction, range,
      "OData has no function of this name; functions of a service are called by their full name",
      suggestion: Suggestion.nearest(to: bytes[range], among: CanonicalFunction.spellings))
  }

  /// A function by its qualified name with named parameters; the place is the opening bracket after `name`.
  @inline(never)
  mutating func namedCall(base: NodeID?, name: Range<Int>, start: Int) throws(SyntaxError) -> NodeID {
    let bracket = at
    try openBracket()
    var parameters: [NamedParameter] = []
    var names = NameCheck()
    if byte != ASCII.close {
      repeat {
        skipBlanks()
        try checkList(parameters.count)
        let parameter = try parameterName(after: parameters, &names)
        parameters.append(NamedParameter(name: parameter, value: try subexpression()))
        skipBlanks()
      } while take(ASCII.comma)
    }
    try closeBracket(bracket, "the parameter list is not closed")
    let call = try add(.function(base: base, name: text(name), parameters: parameters), span(from: start))
    return byte == ASCII.open && keysInExpressions ? try key(of: call, name, start: start) : call
  }

  /// `name=`, the beginning of a named parameter.
  @inline(never)
  mutating func parameterName(
    after parameters: [NamedParameter], _ names: inout NameCheck
  ) throws(SyntaxError) -> String {
    let start = at
    let named: Range<Int>? = isAtName ? try identifier("a parameter name") : nil
    skipLenientBlanks()
    guard let named, take(ASCII.equals) else {
      throw failure(
        .positionalArgument, start..<max(at, here.upperBound),
        "functions called by their full name take named parameters: `Name(Parameter=value)`")
    }
    skipLenientBlanks()
    let parameter = text(named)
    if names.repeats(parameter, after: parameters, \.name) {
      throw failure(.repeatedParameter, named, "the parameter is given twice")
    }
    return parameter
  }
}

// MARK: - Without namespace

extension Reader {
  /// `Name(…)` without namespace; the place is the opening bracket after `name`. What names literals only may be a key or
  /// a call; it is read as a key.
  @inline(never)
  mutating func unqualifiedCall(_ base: NodeID?, _ name: Range<Int>, start: Int) throws(SyntaxError) -> NodeID {
    let bracket = at
    try openBracket()
    guard byte == ASCII.close || isNamedArgument() else {
      leave()
      at = bracket
      return try keyed(base, name, start: start)
    }
    return try unqualifiedEnd(base, name, try unqualifiedArguments(), bracket: bracket, start: start)
  }

  @inline(never)
  private mutating func unqualifiedEnd(
    _ base: NodeID?, _ name: Range<Int>, _ arguments: [NamedParameter], bracket: Int, start: Int
  ) throws(SyntaxError) -> NodeID {
    try closeBracket(bracket, "the parameter list is not closed")
    let isKey = !arguments.isEmpty && arguments.allSatisfy { isKeyValue($0.value) }
    guard isKey else {
      return try add(.function(base: base, name: text(name), parameters: arguments), span(from: start))
    }
    let set = try add(.member(base: base, name: text(name)), span(start..<name.upperBound))
    return try add(.key(base: set, arguments), span(from: start))
  }

  @inline(never)
  private mutating func unqualifiedArguments() throws(SyntaxError) -> [NamedParameter] {
    if byte == ASCII.close { return [] }
    var arguments: [NamedParameter] = []
    var names = NameCheck()
    repeat {
      skipBlanks()
      try checkList(arguments.count)
      let name = try parameterName(after: arguments, &names)
      arguments.append(NamedParameter(name: name, value: try subexpression()))
      skipBlanks()
    } while take(ASCII.comma)
    return arguments
  }

  private func isKeyValue(_ id: NodeID) -> Bool {
    switch entries[Int(id.index)].node {
    case .literal(let literal): literal != .null
    case .alias: true
    default: false
    }
  }

  /// `Name(key)`; the place is the opening bracket after `name`.
  @inline(never)
  mutating func keyed(_ base: NodeID?, _ name: Range<Int>, start: Int) throws(SyntaxError) -> NodeID {
    let member = try add(.member(base: base, name: text(name)), span(start..<name.upperBound))
    return try key(of: member, name, start: start)
  }

  /// Whether the bracket that is next holds one literal or alias without a name, as far as its first byte tells.
  func isAtSingleKey() -> Bool {
    var index = at + 1
    while index < end, isBlank(bytes[index]) { index += 1 }
    guard index < end else { return false }
    switch bytes[index] {
    case ASCII.quote, ASCII.minus, ASCII.plus, ASCII.at, UInt8(ascii: "0")...UInt8(ascii: "9"): return true
    default: return false
    }
  }

  /// `Ns.Type(key)` in a path; the place is the opening bracket after `name`.
  @inline(never)
  mutating func keyedType(_ base: NodeID, _ name: Range<Int>, start: Int) throws(SyntaxError) -> NodeID {
    let type = try add(.cast(base: base, type: text(name)), span(start..<name.upperBound))
    return try key(of: type, name, start: start)
  }

  /// ABNF `keyPathLiteral` in a path, as far as it cannot be a name: `$root/People/1245/Name`.
  @inline(never)
  mutating func keySegment(_ base: NodeID, start: Int) throws(SyntaxError) -> NodeID {
    let place = at
    let isCollection: Bool
    switch entries[Int(base.index)].node {
    // A cast at the head is one of `$it`, a single row.
    case .cast(base: nil, _): isCollection = false
    case .member, .cast, .function: isCollection = true
    default: isCollection = false
    }
    let value = byte == ASCII.quote ? try stringLiteral() : try numericLiteral()
    guard isCollection else {
      throw failure(.keyAsSegment, place..<at, "a key as a segment of its own stands behind a collection")
    }
    return try add(.key(base: base, [NamedParameter(name: "", value: value)]), span(from: start))
  }

  /// A key predicate behind `base`; the place is its opening bracket.
  @inline(never)
  private mutating func key(of base: NodeID, _ name: Range<Int>, start: Int) throws(SyntaxError) -> NodeID {
    let bracket = at
    try openBracket()
    var values: [NamedParameter] = []
    var names = NameCheck()
    if isNamedArgument() {
      repeat {
        skipBlanks()
        try checkList(values.count)
        let property = try parameterName(after: values, &names)
        values.append(NamedParameter(name: property, value: try keyValue(name)))
        skipBlanks()
      } while take(ASCII.comma)
    } else {
      values.append(NamedParameter(name: "", value: try keyValue(name)))
      skipBlanks()
    }
    guard byte == ASCII.close || isAtEnd else { throw unknownFunction(name) }
    try closeBracket(bracket, "the key is not closed")
    return try add(.key(base: base, values), span(from: start))
  }

  /// A literal other than null, or an alias; nothing recurses from here.
  @inline(never)
  private mutating func keyValue(_ name: Range<Int>) throws(SyntaxError) -> NodeID {
    let next = byte
    if next == ASCII.quote || isAtTypographicQuote { return try stringLiteral() }
    if next.isDigit || next == ASCII.minus || next == ASCII.plus { return try numericLiteral() }
    if next == ASCII.at {
      let start = at
      at += 1
      let alias = try identifier("a parameter alias after `@`")
      return try add(.alias(text(alias)), span(from: start))
    }
    if isAtName, case .whole(let id) = try nameOrLiteral(), entries[Int(id.index)].node != .literal(.null) { return id }
    throw unknownFunction(name)
  }
}
