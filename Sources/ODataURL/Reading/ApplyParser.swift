/// ABNF `applyExpr`: sequences of transformations (OData Extension for Data Aggregation 4.0).
///
/// Words are taken only as the specification spells them, whatever the leniencies are.
extension Reader {
  /// Reads transformations separated by `/`.
  @inline(never)
  mutating func transformations() throws(SyntaxError) -> [Transformation] {
    var result: [Transformation] = []
    repeat {
      try checkList(result.count)
      let start = at
      let kind = try transformation()
      result.append(Transformation(kind, span: span(from: start)))
    } while take(ASCII.slash)
    return result
  }

  /// Transformations that may hold others, or lists of their own.
  private enum Verb: String, CaseIterable {
    case aggregate, groupby, concat, nest, addnested, join, outerjoin, ancestors, descendants, traverse
  }

  /// Transformations with the arguments of a query option.
  private enum PlainVerb: String, CaseIterable {
    case filter, compute, search, orderby, top, skip
  }

  private static let transformationWords =
    ["identity"] + PlainVerb.allCases.map(\.rawValue) + Transformation.Ranking.allCases.map(\.rawValue)
    + Verb.allCases.map(\.rawValue)

  private enum Head {
    case identity
    case verb(Verb)
    case plain(PlainVerb)
    case ranking(Transformation.Ranking)
    case function(Range<Int>)
  }

  @inline(never)
  private mutating func transformation() throws(SyntaxError) -> Transformation.Kind {
    let head = try transformationHead()
    let bracket = at
    let kind: Transformation.Kind
    switch head {
    case .identity: return .identity
    case .verb(let verb):
      try openBracket()
      kind = try arguments(of: verb)
    case .plain(let verb):
      try openBracket()
      kind = try arguments(of: verb)
    case .ranking(let ranking):
      try openBracket()
      kind = try arguments(of: ranking)
    case .function(let name):
      try openBracket()
      kind = try customTransformation(name)
    }
    try endOfArguments(bracket)
    return kind
  }

  /// Reads the name of a transformation; the place is then its bracket, unless it is `identity`.
  @inline(never)
  private mutating func transformationHead() throws(SyntaxError) -> Head {
    guard isAtName else {
      throw failure(
        isAtEnd ? .emptyValue : .expectedOperand, here, "expected a transformation",
        expected: Self.transformationWords)
    }
    let (name, isQualified) = try dottedName("a transformation")
    if !isQualified, spells(name, "identity", ignoringCase: false) {
      if byte == ASCII.open { throw failure(.unexpectedText, here, "`identity` stands without brackets") }
      return .identity
    }
    let head = try headWithArguments(name, isQualified: isQualified)
    guard byte == ASCII.open else {
      throw failure(.expectedToken, here, "expected `(` after the transformation", expected: ["("])
    }
    return head
  }

  private func headWithArguments(_ name: Range<Int>, isQualified: Bool) throws(SyntaxError) -> Head {
    if isQualified { return .function(name) }
    let word = text(name)
    if let verb = Verb(rawValue: word) { return .verb(verb) }
    if let verb = PlainVerb(rawValue: word) { return .plain(verb) }
    if let ranking = Transformation.Ranking(rawValue: word) { return .ranking(ranking) }
    throw unknownTransformation(name)
  }

  private func unknownTransformation(_ name: Range<Int>) -> SyntaxError {
    if spells(name, "expand", ignoringCase: true) {
      return failure(
        .unknownFunction, name, "`expand` is no transformation any more; related rows come in by `addnested` or `join`",
        expected: ["addnested", "join"], suggestion: "addnested")
    }
    return failure(
      .unknownFunction, name, "there is no transformation of this name; those of a service have a qualified name",
      expected: Self.transformationWords,
      suggestion: Suggestion.nearest(to: bytes[name], among: Self.transformationWords))
  }

  @inline(never)
  private mutating func endOfArguments(_ bracket: Int) throws(SyntaxError) {
    let start = at
    skipBlanks()
    // The blank in front of a word tells an operator that is misspelt.
    if byte.isLetter { at = start }
    try closeBracket(bracket, "the transformation is not closed")
  }

  @inline(never)
  private mutating func arguments(of verb: Verb) throws(SyntaxError) -> Transformation.Kind {
    switch verb {
    case .aggregate: .aggregate(try aggregateItems())
    case .groupby: try groupby()
    case .concat: try concat()
    case .nest: .nest(try nestedSets())
    case .addnested: try addnested()
    case .join: try join(.join)
    case .outerjoin: try join(.outerjoin)
    case .ancestors: try related(.ancestors)
    case .descendants: try related(.descendants)
    case .traverse: try traverse()
    }
  }

  @inline(never)
  private mutating func arguments(of verb: PlainVerb) throws(SyntaxError) -> Transformation.Kind {
    switch verb {
    case .filter: .filter(try expression())
    case .compute: .compute(try computeList())
    case .search: .search(try searchExpression())
    case .orderby: .orderby(try orderArguments())
    case .top: .top(try nonNegativeInteger())
    case .skip: .skip(try nonNegativeInteger())
    }
  }

  @inline(never)
  private mutating func arguments(of ranking: Transformation.Ranking) throws(SyntaxError) -> Transformation.Kind {
    let amount = try expression()
    try argumentComma("the number and the expression to rank by")
    return .ranking(ranking, amount: amount, by: try expression())
  }

  // MARK: Lists

  /// Takes a comma and the blanks round it. When none is next, nothing is taken.
  @inline(never)
  mutating func takeComma() -> Bool {
    let start = at
    skipBlanks()
    guard take(ASCII.comma) else {
      at = start
      return false
    }
    skipBlanks()
    return true
  }

  /// Takes the comma that must stand between two arguments.
  @inline(never)
  mutating func argumentComma(_ between: StaticString) throws(SyntaxError) {
    guard takeComma() else {
      skipBlanks()
      throw failure(.expectedToken, here, "expected a comma between \(between)", expected: [","])
    }
  }

  /// ABNF `computeExpr`: `commonExpr RWS "as" RWS computedProperty`, separated by commas.
  /// - Parameter isOption: whether it is the value of `$compute`, where no blanks stand round the commas.
  @inline(never)
  mutating func computeList(isOption: Bool = false) throws(SyntaxError) -> [ComputeItem] {
    var items: [ComputeItem] = []
    repeat {
      try checkList(items.count)
      let start = at
      let expression = try expression(isItem: true)
      guard try takeWord("as") else {
        throw expectedWord(["as"], "a computed value needs a name: `… as Name`")
      }
      let name = text(try identifier("the name of the computed property"))
      items.append(ComputeItem(expression, as: name, span: span(from: start)))
    } while isOption ? try nextItem(ASCII.comma, count: items.count) : takeComma()
    return items
  }

  /// ABNF `orderbyItem`, separated by commas.
  @inline(never)
  mutating func orderArguments() throws(SyntaxError) -> [OrderItem] {
    var items: [OrderItem] = []
    repeat {
      try checkList(items.count)
      let start = at
      let expression = try expression(isItem: true)
      let descending = takeDirection()
      items.append(OrderItem(expression, descending: descending, span: span(from: start)))
    } while takeComma()
    return items
  }

  // MARK: Functions

  /// ABNF `customFunction`; the place is after the opening bracket.
  @inline(never)
  private mutating func customTransformation(_ name: Range<Int>) throws(SyntaxError) -> Transformation.Kind {
    var parameters: [FunctionArgument] = []
    if byte != ASCII.close {
      var earlier: [NamedParameter] = []
      var names = NameCheck()
      repeat {
        try checkList(parameters.count)
        let start = at
        let parameter = try parameterName(after: earlier, &names)
        earlier.append(NamedParameter(name: parameter, value: NodeID(index: 0)))
        let value = try expression()
        parameters.append(FunctionArgument(name: parameter, value: value, span: span(from: start)))
      } while takeComma()
    }
    return .function(text(name), parameters: parameters)
  }
}

// MARK: - Sequences inside

extension Reader {
  @inline(never)
  private mutating func concat() throws(SyntaxError) -> Transformation.Kind {
    var sequences = [try transformations()]
    try argumentComma("the sequences that `concat` joins")
    repeat {
      try checkList(sequences.count)
      sequences.append(try transformations())
    } while takeComma()
    return .concat(sequences)
  }

  /// `transformations as Alias`, separated by commas.
  @inline(never)
  private mutating func nestedSets() throws(SyntaxError) -> [NestedSet] {
    var sets: [NestedSet] = []
    repeat {
      try checkList(sets.count)
      let start = at
      let inner = try transformations()
      let alias = try alias()
      sets.append(NestedSet(inner, as: alias, span: span(from: start)))
    } while takeComma()
    return sets
  }

  @inline(never)
  private mutating func addnested() throws(SyntaxError) -> Transformation.Kind {
    let path = try namePath("a path to a collection", endsInType: true)
    try argumentComma("the collection and what is nested")
    return .addnested(path: path, try nestedSets())
  }

  @inline(never)
  private mutating func join(_ join: Transformation.Join) throws(SyntaxError) -> Transformation.Kind {
    let path = try namePath("a path to a collection", endsInType: true)
    let alias = try alias()
    return .join(join, path: path, alias: alias, takeComma() ? try transformations() : [])
  }

  @inline(never)
  private mutating func groupby() throws(SyntaxError) -> Transformation.Kind {
    let elements = try groupingElements()
    return .groupby(elements, takeComma() ? try transformations() : [])
  }
}
