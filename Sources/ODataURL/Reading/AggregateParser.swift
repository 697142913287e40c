/// ABNF `aggregateExpr` and `groupbyElement`, in `$apply` and in expressions.
extension Reader {
  /// The arguments of `aggregate`, separated by commas.
  @inline(never)
  mutating func aggregateItems() throws(SyntaxError) -> [AggregateItem] {
    var items: [AggregateItem] = []
    repeat {
      try checkList(items.count)
      items.append(try aggregateItem())
    } while takeComma()
    return items
  }

  @inline(never)
  private mutating func aggregateItem() throws(SyntaxError) -> AggregateItem {
    let start = at
    let operand = takeRowCount() ? nil : try expression()
    let isCustom = operand.map { $0.isNamePath } ?? false
    let steps = try aggregateSteps(
      needsMethod: !(operand.map { $0.isNamePath || $0.isCountPath } ?? true), allowsMethod: operand != nil)
    let keepsName = isCustom && steps.method == nil
    var alias: String?
    if isAtWordAfterBlank("as") {
      alias = try self.alias()
    } else if !keepsName || isAtLetterAfterBlank {
      throw expectedWord(
        (keepsName && steps.from.isEmpty ? ["with"] : []) + ["as", "from"], "an aggregate needs a name: `… as Name`")
    }
    return AggregateItem(operand, steps, as: alias, span: span(from: start))
  }

  /// Takes `$count`, the number of rows.
  private mutating func takeRowCount() -> Bool {
    guard byte == ASCII.dollar, isAtWord("$count", at: at) else { return false }
    at += 6
    return true
  }

  /// ABNF `[ aggregateWith ] *aggregateFrom`.
  @inline(never)
  private mutating func aggregateSteps(
    needsMethod: Bool, allowsMethod: Bool
  ) throws(SyntaxError) -> AggregateSteps {
    var steps = AggregateSteps()
    let start = at
    if try takeWord("with") {
      guard allowsMethod else {
        throw failure(.unexpectedText, start..<at, "`$count` is a number already and takes no method")
      }
      steps.method = try aggregateMethod()
    } else if needsMethod {
      throw expectedWord(["with"], "an aggregated expression needs a method: `with sum`")
    }
    while true {
      let start = at
      guard try takeWord("from") else { return steps }
      try checkList(steps.from.count)
      steps.from.append(try aggregateFrom(from: start))
    }
  }

  @inline(never)
  private mutating func aggregateFrom(from start: Int) throws(SyntaxError) -> AggregateFrom {
    var properties: [[String]] = []
    repeat {
      try checkList(properties.count)
      properties.append(try groupingProperty())
    } while takeComma()
    guard try takeWord("with") else {
      throw expectedWord(["with"], "the grouping properties need a method: `from … with max`")
    }
    let method = try aggregateMethod()
    var first = start
    while isBlank(bytes[first]) { first += 1 }
    return AggregateFrom(properties, with: method, span: span(from: first))
  }

  @inline(never)
  private mutating func aggregateMethod() throws(SyntaxError) -> AggregateMethod {
    let (name, isQualified) = try dottedName("the method of an aggregate")
    if isQualified { return .custom(text(name)) }
    let word = text(name)
    guard let method = AggregateMethod.standard.first(where: { $0.name == word }) else {
      let words = AggregateMethod.standard.map(\.name)
      throw failure(
        .unknownFunction, name, "there is no aggregate method of this name; those of a service have a qualified name",
        expected: words, suggestion: Suggestion.nearest(to: bytes[name], among: words))
    }
    return method
  }

  /// `aggregate(…)` at the end of a path in an expression (ABNF `aggregateFunctionExpr`); the place is its bracket.
  @inline(never)
  mutating func aggregateCall(base: NodeID, start: Int) throws(SyntaxError) -> NodeID {
    let bracket = at
    try openBracket()
    var operand: NodeID?
    var needsMethod = false
    if !takeRowCount() {
      let id = try subexpression()
      needsMethod = !mayLackMethod(id)
      operand = id
    }
    let steps = try aggregateSteps(needsMethod: needsMethod, allowsMethod: operand != nil)
    let end = at
    skipBlanks()
    if byte.isLetter { at = end }
    try closeBracket(bracket, "the aggregate is not closed")
    if byte == ASCII.slash { throw failure(.unexpectedText, here, "nothing can follow an aggregate in a path") }
    return try add(.aggregate(base: base, operand: operand, steps), span(from: start))
  }

  private func mayLackMethod(_ id: NodeID) -> Bool {
    if case .count = entries[Int(id.index)].node { return true }
    return Expression.isNamePath(id, in: entries)
  }
}

// MARK: - Grouping

extension Reader {
  /// ABNF `groupbyElement`, separated by commas, in brackets of their own.
  @inline(never)
  mutating func groupingElements() throws(SyntaxError) -> [GroupingElement] {
    let bracket = at
    guard byte == ASCII.open else {
      throw failure(
        .expectedToken, here, "the grouping properties stand in brackets of their own: `groupby((Name))`",
        expected: ["("])
    }
    try openBracket()
    var elements: [GroupingElement] = []
    repeat {
      try checkList(elements.count)
      let start = at
      let kind = try groupingElement()
      elements.append(GroupingElement(kind, span: span(from: start)))
    } while takeComma()
    skipBlanks()
    guard take(ASCII.close) else {
      throw isAtEnd
        ? failure(.expectedToken, bracket..<bracket + 1, "the list of groups is not closed", expected: [")"])
        : failure(.unexpectedText, here, "expected a comma or `)` after a grouping property", expected: [",", ")"])
    }
    leave()
    return elements
  }

  @inline(never)
  private mutating func groupingElement() throws(SyntaxError) -> GroupingElement.Kind {
    var stop = at
    while stop < end, bytes[stop].isWord { stop += 1 }
    guard stop > at, stop < end, bytes[stop] == ASCII.open else { return .property(try groupingProperty()) }
    let word = at..<stop
    let words = ["rollup", "rolluprecursive"]
    guard words.contains(text(word)) else {
      throw failure(
        .unknownFunction, word, "among grouping properties only `rollup` and `rolluprecursive` have brackets",
        expected: words, suggestion: Suggestion.nearest(to: bytes[word], among: words))
    }
    let isRecursive = word.count > 6
    at = stop
    try openBracket()
    let kind = isRecursive ? try recursiveRollup() : .rollup(try rollupPaths())
    skipBlanks()
    try closeBracket(stop, "the rollup is not closed")
    return kind
  }

  @inline(never)
  private mutating func rollupPaths() throws(SyntaxError) -> [[String]] {
    var paths: [[String]] = []
    repeat {
      try checkList(paths.count)
      paths.append(try groupingProperty())
    } while takeComma()
    return paths
  }

  /// ABNF `groupingProperty`: a path that ends in a property.
  private mutating func groupingProperty() throws(SyntaxError) -> [String] {
    try namePath("a grouping property", endsInType: false)
  }

  /// A path of names and type casts.
  /// - Parameter endsInType: whether its last segment may be a type.
  @inline(never)
  mutating func namePath(_ what: StaticString, endsInType: Bool) throws(SyntaxError) -> [String] {
    var path: [String] = []
    while true {
      if path.count >= limits.segments {
        throw failure(.limitSegments, here, "the path has more than \(limits.segments) segments")
      }
      let (name, isQualified) = try dottedName(what)
      path.append(text(name))
      guard take(ASCII.slash) else {
        if isQualified, !endsInType { throw failure(.invalidName, name, "the path cannot end in a type") }
        return path
      }
    }
  }
}

// MARK: - Words

extension Reader {
  /// ABNF `asAlias`.
  @inline(never)
  mutating func alias() throws(SyntaxError) -> String {
    guard try takeWord("as") else { throw expectedWord(["as"], "the result needs a name: `… as Name`") }
    return text(try identifier("an alias after `as`"))
  }

  /// Takes `word` with the blanks that must stand before and after it. When it is not next, nothing is taken.
  @inline(never)
  mutating func takeWord(_ word: String) throws(SyntaxError) -> Bool {
    guard isAtWordAfterBlank(word) else { return false }
    skipBlanks()
    let start = at
    at += word.utf8.count
    guard isBlank(byte) else {
      throw failure(.missingValue, start..<at, "a blank and a name must follow the word")
    }
    skipBlanks()
    return true
  }

  /// Whether blanks and then `word` are next.
  private func isAtWordAfterBlank(_ word: String) -> Bool {
    let index = afterBlanks
    return index > at && isAtWord(word, at: index)
  }

  private var isAtLetterAfterBlank: Bool {
    let index = afterBlanks
    return index > at && index < end && bytes[index].isLetter
  }

  private var afterBlanks: Int {
    var index = at
    while index < end, isBlank(bytes[index]) { index += 1 }
    return index
  }

  /// The error for anything but one of `words` here; operators count as what may have been meant.
  @inline(never)
  func expectedWord(_ words: [String], _ message: String) -> SyntaxError {
    let index = afterBlanks
    var stop = index
    while stop < end, bytes[stop].isWord { stop += 1 }
    guard stop > index else { return failure(.expectedToken, here, message, expected: words) }
    return failure(
      .expectedToken, index..<stop, message, expected: words,
      suggestion: Suggestion.nearest(
        to: bytes[index..<stop], among: words + BinaryOperator.allCases.map(\.rawValue)))
  }
}

extension AggregateMethod {
  /// The methods that the specification names.
  static let standard: [AggregateMethod] = [.sum, .min, .max, .average, .countdistinct]

  /// As it is written after `with`.
  var name: String {
    switch self {
    case .sum: "sum"
    case .min: "min"
    case .max: "max"
    case .average: "average"
    case .countdistinct: "countdistinct"
    case .custom(let name): name
    }
  }
}

extension Expression {
  /// Whether the expression is a path of names and types that ends in a name, as that to a custom aggregate is.
  var isNamePath: Bool { Self.isNamePath(root, in: entries) }

  /// Whether the expression is a path that ends in `$count`.
  var isCountPath: Bool {
    if case .count = self[root] { return true }
    return false
  }

  static func isNamePath(_ id: NodeID, in entries: [Entry]) -> Bool {
    guard case .member(var next, _) = entries[Int(id.index)].node else { return false }
    while let id = next {
      switch entries[Int(id.index)].node {
      case .member(let base, _), .cast(let base, _): next = base
      default: return false
      }
    }
    return true
  }
}
