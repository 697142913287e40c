/// Recursive hierarchies: ABNF `ancestorsTrafo`, `descendantsTrafo`, `traverseTrafo` and `rolluprecursive`.
extension Reader {
  /// The three arguments that name a hierarchy.
  @inline(never)
  private mutating func hierarchy() throws(SyntaxError) -> Hierarchy {
    let start = at
    let nodes = try rootPath()
    try argumentComma("the nodes and the qualifier of the hierarchy")
    let qualifier = text(try identifier("the qualifier of a hierarchy"))
    try argumentComma("the qualifier and the property of the hierarchy")
    let node = try namePath("a path to the property that identifies a node", endsInType: false)
    return Hierarchy(nodes: nodes, qualifier: qualifier, node: node, span: span(from: start))
  }

  /// ABNF `rootExpr`: a path below `$root`.
  @inline(never)
  private mutating func rootPath() throws(SyntaxError) -> Expression {
    let start = at
    guard spells(at..<min(at + 6, end), "$root/", ignoringCase: false) else {
      throw failure(.expectedOperand, here, "the nodes of a hierarchy are a path below $root", expected: ["$root/"])
    }
    let result = try expression()
    switch result[result.root] {
    case .member, .cast, .key, .function: return result
    default: throw failure(.invalidArgument, start..<at, "the nodes of a hierarchy are a path below $root")
    }
  }

  @inline(never)
  mutating func related(_ kinship: Transformation.Kinship) throws(SyntaxError) -> Transformation.Kind {
    let hierarchy = try hierarchy()
    try argumentComma("the hierarchy and the transformations that choose its nodes")
    let start = try rowPreserving()
    var distance: Int64?
    var keepsStart = false
    while !keepsStart, takeComma() {
      if distance == nil, byte.isDigit {
        distance = try positiveInteger()
      } else {
        try keepStart(orNumber: distance == nil)
        keepsStart = true
      }
    }
    return .related(kinship, hierarchy, start: start, distance: distance, keepsStart: keepsStart)
  }

  private mutating func positiveInteger() throws(SyntaxError) -> Int64 {
    let start = at
    let value = try nonNegativeInteger()
    guard value > 0 else { throw failure(.invalidValue, start..<at, "the number of levels is at least 1") }
    return value
  }

  /// `keep start` behind the comma.
  @inline(never)
  private mutating func keepStart(orNumber: Bool) throws(SyntaxError) {
    let start = at
    guard isAtWord("keep", at: at) else {
      while byte.isWord { at += 1 }
      throw failure(
        .expectedToken, at > start ? start..<at : here,
        orNumber ? "expected a number of levels or `keep start`" : "expected `keep start`", expected: ["keep start"],
        suggestion: Suggestion.nearest(to: bytes[start..<at], among: ["keep"]))
    }
    at += 4
    skipBlanks()
    guard at > start + 4, isAtWord("start", at: at) else {
      throw failure(.expectedToken, here, "`keep` must be followed by `start`", expected: ["start"])
    }
    at += 5
  }

  @inline(never)
  mutating func traverse() throws(SyntaxError) -> Transformation.Kind {
    let hierarchy = try hierarchy()
    try argumentComma("the hierarchy and `preorder` or `postorder`")
    let traversal = try traversal()
    guard takeComma() else { return .traverse(hierarchy, traversal, [], order: []) }
    guard isAtTransformation else { return .traverse(hierarchy, traversal, [], order: try orderArguments()) }
    let start = try rowPreserving()
    return .traverse(hierarchy, traversal, start, order: takeComma() ? try orderArguments() : [])
  }

  @inline(never)
  private mutating func traversal() throws(SyntaxError) -> Transformation.Traversal {
    let words = Transformation.Traversal.allCases.map(\.rawValue)
    let start = at
    while byte.isWord { at += 1 }
    guard let traversal = Transformation.Traversal(rawValue: text(start..<at)) else {
      throw failure(
        .expectedToken, at > start ? start..<at : here, "expected `preorder` or `postorder`", expected: words,
        suggestion: Suggestion.nearest(to: bytes[start..<at], among: words))
    }
    return traversal
  }

  /// The transformations with arguments that choose rows and make no new ones.
  private static let rowChoosers =
    ["filter", "search", "orderby", "top", "skip", "ancestors", "descendants", "traverse"]
    + Transformation.Ranking.allCases.map(\.rawValue)

  /// Whether a transformation that may choose where a traversal starts is next, and not an expression to sort by.
  private var isAtTransformation: Bool { Self.isTransformation(bytes[at..<end]) }

  /// Whether `text` begins with such a transformation, as far as its first word and what follows tell.
  static func isTransformation(_ text: Slice<Bytes>) -> Bool {
    let word = text.prefix { $0.isWord || $0 == ASCII.dot || $0 >= 0x80 }
    let next = word.endIndex < text.endIndex ? text[word.endIndex] : 0
    let name = String(decoding: word, as: UTF8.self)
    if name == "identity" { return next == ASCII.slash || next == ASCII.comma || next == ASCII.close }
    guard next == ASCII.open else { return false }
    return rowChoosers.contains(name)
      || (word.contains(ASCII.dot) && CanonicalFunction.named(word, ignoringCase: false) == nil)
  }

  /// ABNF `rolluprecursive`; the place is after the opening bracket.
  @inline(never)
  mutating func recursiveRollup() throws(SyntaxError) -> GroupingElement.Kind {
    let hierarchy = try hierarchy()
    return .rollupRecursive(hierarchy, takeComma() ? try rowPreserving() : [])
  }

  /// Transformations all of which choose rows.
  @inline(never)
  private mutating func rowPreserving() throws(SyntaxError) -> [Transformation] {
    let result = try transformations()
    for transformation in result where !transformation.kind.choosesRows {
      throw SyntaxError(
        code: .invalidArgument, span: transformation.span,
        message: "only transformations that choose rows can stand in a hierarchy",
        expected: ["identity"] + Self.rowChoosers)
    }
    return result
  }
}

extension Transformation.Kind {
  /// Whether its result has rows of its input only; of functions nothing is known.
  fileprivate var choosesRows: Bool {
    switch self {
    case .identity, .filter, .search, .orderby, .top, .skip, .ranking, .related, .traverse, .function: true
    case .aggregate, .groupby, .concat, .compute, .nest, .addnested, .join: false
    }
  }
}
