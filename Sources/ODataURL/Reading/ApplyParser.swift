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

  /// The transformations with arguments that the specification names.
  enum Verb: String, CaseIterable {
    case aggregate, groupby, concat, filter, compute, search, orderby, top, skip
    case topcount, topsum, toppercent, bottomcount, bottomsum, bottompercent
    case nest, addnested, join, outerjoin, ancestors, descendants, traverse

    static let spellings = ["identity"] + allCases.map(\.rawValue)
  }

  private enum Head {
    case identity
    case verb(Verb)
    case function(Range<Int>)
  }

  @inline(never)
  private mutating func transformation() throws(SyntaxError) -> Transformation.Kind {
    let head = try transformationHead()
    if case .identity = head { return .identity }
    let bracket = at
    try openBracket()
    let kind: Transformation.Kind
    switch head {
    case .verb(let verb): kind = try arguments(of: verb)
    case .function(let name): kind = try customTransformation(name)
    case .identity: kind = .identity
    }
    try endOfArguments(bracket)
    return kind
  }

  /// Reads the name of a transformation; the place is then its bracket, unless it is `identity`.
  @inline(never)
  private mutating func transformationHead() throws(SyntaxError) -> Head {
    guard isAtName else {
      throw failure(
        isAtEnd ? .emptyValue : .expectedOperand, here, "expected a transformation", expected: Verb.spellings)
    }
    let (name, isQualified) = try dottedName("a transformation")
    let head: Head
    if isQualified {
      head = .function(name)
    } else if spells(name, "identity", ignoringCase: false) {
      head = .identity
    } else if let verb = Verb(rawValue: text(name)) {
      head = .verb(verb)
    } else {
      throw unknownTransformation(name)
    }
    if case .identity = head {
      if byte == ASCII.open { throw failure(.unexpectedText, here, "`identity` stands without brackets") }
    } else if byte != ASCII.open {
      throw failure(.expectedToken, here, "expected `(` after the transformation", expected: ["("])
    }
    return head
  }

  private func unknownTransformation(_ name: Range<Int>) -> SyntaxError {
    if spells(name, "expand", ignoringCase: true) {
      return failure(
        .unknownFunction, name, "`expand` is no transformation any more; related rows come in by `addnested` or `join`",
        expected: ["addnested", "join"], suggestion: "addnested")
    }
    return failure(
      .unknownFunction, name, "there is no transformation of this name; those of a service have a qualified name",
      expected: Verb.spellings, suggestion: Suggestion.nearest(to: bytes[name], among: Verb.spellings))
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
    case .aggregate: return .aggregate(try aggregateItems())
    case .groupby: return try groupby()
    case .concat: return try concat()
    case .nest: return .nest(try nestedSets())
    case .addnested: return try addnested()
    case .join: return try join(.join)
    case .outerjoin: return try join(.outerjoin)
    case .ancestors: return try related(.ancestors)
    case .descendants: return try related(.descendants)
    case .traverse: return try traverse()
    default: return try plainArguments(of: verb)
    }
  }

  /// The arguments of transformations that hold no others.
  @inline(never)
  private mutating func plainArguments(of verb: Verb) throws(SyntaxError) -> Transformation.Kind {
    switch verb {
    case .filter: return .filter(try expression())
    case .compute: return .compute(try computeList())
    case .search: return .search(try searchExpression())
    case .orderby: return .orderby(try orderArguments())
    case .top: return .top(try nonNegativeInteger())
    case .skip: return .skip(try nonNegativeInteger())
    default:
      guard let ranking = Transformation.Ranking(rawValue: verb.rawValue) else { return .identity }
      let amount = try expression()
      try argumentComma("the number and the expression to rank by")
      return .ranking(ranking, amount: amount, by: try expression())
    }
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

  /// ABNF `compute`: `commonExpr RWS "as" RWS computedProperty`, separated by commas.
  @inline(never)
  mutating func computeList() throws(SyntaxError) -> [ComputeItem] {
    var items: [ComputeItem] = []
    repeat {
      try checkList(items.count)
      let start = at
      let expression = try expression()
      guard try takeWord("as") else {
        throw expectedWord(["as"], "a computed value needs a name: `… as Name`")
      }
      let name = text(try identifier("the name of the computed property"))
      items.append(ComputeItem(expression, as: name, span: span(from: start)))
    } while takeComma()
    return items
  }

  /// ABNF `orderbyItem`, separated by commas.
  @inline(never)
  mutating func orderArguments() throws(SyntaxError) -> [OrderItem] {
    var items: [OrderItem] = []
    repeat {
      try checkList(items.count)
      let start = at
      let expression = try expression()
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
      var names: [NamedParameter] = []
      repeat {
        try checkList(parameters.count)
        let start = at
        let parameter = try parameterName(after: names)
        names.append(NamedParameter(name: parameter, value: NodeID(index: 0)))
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
