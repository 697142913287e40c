import TestSupport
import ODataURL

/// Makes trees that a parse can yield, at random.
struct RandomTree {
  var generator: SeededGenerator
  private var expression = Expression(.literal(.null))
  private var scope: [String] = []

  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  static let names = [
    "a", "b", "name", "_x_value", "eq", "and", "or", "in", "has", "mod", "not", "any", "all", "contains", "asc", "desc",
    "gr\u{F6}\u{DF}e", "\u{4E2D}\u{6587}", "INFO", "nullable", "deadbeef", "E1", "duration", "filter",
  ]
  static let qualified = ["Ns.T", "Microsoft.Dynamics.CRM.In", "A.B.C", "eq.eq"]
  static let texts = [
    "", "a", "O'Brien", "''", "a b", "100%", "%41", "a+b", "a&b=c", "#x", "/?;:@$,", "(", "a)b;c", "\"q\"", "\\",
    "[%_]",
    "caf\u{E9}", "\u{1F600}", "\u{2018}x\u{2019}", "<script>", "{}|^`~", "-._!*", "a?$filter=b", " edge ", "\u{202E}",
  ]

  mutating func name() -> String { generator.pick(Self.names) }
  mutating func text() -> String {
    generator.chance(80) ? generator.pick(Self.texts) : generator.pick(Self.texts) + generator.pick(Self.texts)
  }

  // MARK: Expressions

  mutating func tree(_ depth: Int = 4) -> Expression {
    expression = Expression(.literal(.null))
    scope = []
    let root = node(depth)
    expression.root = root
    return expression
  }

  private mutating func add(_ node: Expression.Node) -> NodeID { expression.append(node) }

  private mutating func node(_ depth: Int) -> NodeID {
    guard depth > 0 else { return leaf() }
    switch generator.below(15) {
    case 0...4:
      let op = generator.pick(BinaryOperator.allCases.filter { $0 != .in && $0 != .has })
      let left = node(depth - 1)
      return add(.binary(op, left, node(depth - 1)))
    case 5:
      let left = node(depth - 1)
      var right = node(depth - 1)
      switch expression[right] {
      case .literal, .cast(base: nil, _):
        right = add(.literal(.enumeration(type: generator.pick(Self.qualified), value: "A,B")))
      default: break
      }
      return add(.binary(.has, left, right))
    case 6:
      let left = node(depth - 1)
      let right = generator.chance(60) ? add(.list(items(depth - 1))) : generator.chance(50) ? path() : array(depth - 1)
      return add(.binary(.in, left, right))
    case 7: return add(.not(node(depth - 1)))
    case 8: return add(.negate(node(depth - 1)))
    case 9: return call(depth - 1)
    case 10: return lambda(depth - 1)
    case 11:
      return generator.chance(70) ? function(base: generator.chance(50) ? path() : nil, depth - 1) : array(depth - 1)
    case 12: return generator.chance(50) ? object(depth - 1) : count(depth - 1)
    case 13: return aggregate(depth - 1)
    default: return leaf()
    }
  }

  private mutating func items(_ depth: Int) -> [NodeID] {
    (0..<generator.below(4)).map { _ in node(min(depth, 1)) }
  }

  private mutating func array(_ depth: Int) -> NodeID { add(.array(items(depth))) }

  private mutating func object(_ depth: Int) -> NodeID {
    var members: [NamedParameter] = []
    for key in Set((0..<generator.below(3)).map { _ in text() }).sorted() {
      members.append(NamedParameter(name: key, value: node(min(depth, 1))))
    }
    return add(.object(members))
  }

  private mutating func function(base: NodeID?, _ depth: Int) -> NodeID {
    var parameters: [NamedParameter] = []
    for key in Set((0..<generator.below(3)).map { _ in name() }).sorted() {
      parameters.append(NamedParameter(name: key, value: node(depth)))
    }
    let call = add(.function(base: base, name: generator.pick(Self.qualified), parameters: parameters))
    return generator.chance(15) ? add(.key(base: call, keyValues())) : call
  }

  private mutating func call(_ depth: Int) -> NodeID {
    let (name, count) = generator.pick([
      ("contains", 2), ("startswith", 2), ("tolower", 1), ("now", 0), ("substring", 3), ("matchespattern", 2),
      ("geo.distance", 2), ("geo.length", 1),
      ("cast", -2),
      ("isof", -1), ("case", 2), ("case", 4),
    ])
    if count >= 0 { return add(.call(name: name, arguments: (0..<count).map { _ in node(depth) })) }
    var arguments = count == -2 ? [node(depth)] : []
    arguments.append(add(.cast(base: nil, type: generator.pick(Self.qualified))))
    return add(.call(name: name, arguments: arguments))
  }

  private mutating func lambda(_ depth: Int) -> NodeID {
    var base = path()
    if case .key = expression[base] { base = add(.member(base: base, name: name())) }
    if generator.chance(15) { return add(.lambda(base: base, .any, variable: nil, body: nil)) }
    let variable = generator.pick(["x", "y", "o", "eq", "not"].filter { !scope.contains($0) } + ["v\(scope.count)"])
    scope.append(variable)
    let body = node(depth)
    scope.removeLast()
    return add(.lambda(base: base, generator.chance(50) ? .any : .all, variable: variable, body: body))
  }

  private mutating func aggregate(_ depth: Int) -> NodeID {
    let base = generator.chance(40) ? add(.implicit(.these)) : path()
    switch generator.below(4) {
    case 0: return add(.aggregate(base: base, operand: nil, AggregateSteps(from: aggregateFrom())))
    case 1:
      let operand = add(.member(base: add(.member(base: nil, name: "total")), name: name()))
      return add(.aggregate(base: base, operand: operand, AggregateSteps()))
    default:
      let operand = node(depth)
      return add(.aggregate(base: base, operand: operand, AggregateSteps(aggregateMethod(), from: aggregateFrom())))
    }
  }

  private mutating func keyed() -> NodeID {
    let set = add(.member(base: add(.implicit(.root)), name: name()))
    return add(.key(base: set, keyValues()))
  }

  private mutating func head() -> NodeID {
    switch generator.below(11) {
    case 0: return add(.cast(base: nil, type: generator.pick(Self.qualified)))
    case 1: return add(.implicit(generator.chance(50) ? .it : .this))
    case 2: return add(.member(base: add(.implicit(.root)), name: name()))
    case 3: return add(.alias(name()))
    case 6:
      return generator.chance(70) ? keyed() : add(.function(base: add(.implicit(.root)), name: "F", parameters: []))
    case 4, 5:
      guard let variable = scope.isEmpty ? nil : generator.pick(scope) else { fallthrough }
      return add(.variable(variable))
    default:
      let chosen = name()
      return add(scope.contains(chosen) ? .variable(chosen) : .member(base: nil, name: chosen))
    }
  }

  private mutating func path() -> NodeID {
    var base = head()
    for _ in 0..<generator.below(3) {
      switch generator.below(10) {
      case 0, 1: base = add(.cast(base: base, type: generator.pick(Self.qualified)))
      case 2: base = add(.annotation(base: base, term: generator.pick(["Ns.T", "Ns.T#q", "T#eq", "A.B.C"])))
      case 3: base = add(.key(base: add(.member(base: base, name: collection())), keyValues()))
      default:
        base = add(.member(base: base, name: generator.chance(90) ? name() : generator.pick(["null", "true", "INF"])))
      }
    }
    return base
  }

  /// A name that no function has, nor one that is like it.
  private mutating func collection() -> String {
    generator.pick(["Orders", "orderlines", "gr\u{F6}\u{DF}e", "_x_value"])
  }

  private mutating func keyValues() -> [NamedParameter] {
    if generator.chance(50) { return [NamedParameter(name: "", value: keyValue())] }
    return Set((0...generator.below(2)).map { _ in name() }).sorted().map {
      NamedParameter(name: $0, value: keyValue())
    }
  }

  private mutating func keyValue() -> NodeID {
    if generator.chance(20) { return add(.alias(name())) }
    let literal = literal()
    return add(.literal(literal == .null ? .integer(1) : literal))
  }

  private mutating func count(_ depth: Int) -> NodeID {
    var base = path()
    if case .key = expression[base] { base = add(.member(base: base, name: name())) }
    let filter = depth > 0 && generator.chance(30) ? node(depth - 1) : nil
    return add(.count(base: base, filter: filter, search: generator.chance(20) ? search() : nil))
  }

  private mutating func leaf() -> NodeID {
    switch generator.below(5) {
    case 0: return count(0)
    case 1, 2: return add(.literal(literal()))
    default: return path()
    }
  }

  mutating func literal() -> Literal {
    generator.chance(40) ? .string(text()) : generator.pick(LiteralTests.table).1
  }

  // MARK: Options

  mutating func options(nested depth: Int = 0) -> QueryOptions {
    var options = QueryOptions()
    if generator.chance(40) { options.select = Spanned((0...generator.below(3)).map { _ in selectItem(depth) }) }
    if generator.chance(60) { options.filter = Spanned(tree()) }
    if generator.chance(30) {
      options.orderby = Spanned(
        (0...generator.below(2)).map { _ in OrderItem(tree(2), descending: generator.chance(50)) })
    }
    if generator.chance(30) { options.top = Spanned(Int64(generator.below(1000))) }
    if generator.chance(20) { options.skip = Spanned(Int64.max) }
    if generator.chance(20) { options.count = Spanned(generator.chance(50)) }
    if generator.chance(20) {
      options.search = Spanned(search())
    }
    if depth < 2, generator.chance(40) {
      options.expand = Spanned((0...generator.below(2)).map { _ in expandItem(depth + 1) })
    }
    if generator.chance(20) { options.compute = Spanned(computeItems()) }
    if generator.chance(20) { options.apply = Spanned(transformations(2)) }
    if generator.chance(20) { options.aliases = aliases() }
    return depth == 0 ? topOnly(options) : nestedOnly(options)
  }

  mutating func search() -> SearchExpression {
    if generator.chance(10) { return SearchExpression(.text(generator.pick(["", "a;b) 'c'", "\" OR"]))) }
    func term(_ generator: inout SeededGenerator) -> SearchExpression.Node {
      let text = generator.pick([
        "a", "b;c", "NOT", "AND", "a\"b\\", "x (y z)", "a%2B+&#", "\u{E9}", "e\u{301}", "O'N", "'q",
      ])
      return generator.chance(50) ? .word(text) : .phrase(text)
    }
    var search = SearchExpression(term(&generator))
    for _ in 0..<generator.below(6) {
      let other = search.append(term(&generator))
      switch generator.below(5) {
      case 0: search.root = search.append(.not(search.root))
      case 1: search.root = search.append(.and(search.root, other))
      case 2: search.root = search.append(.or(search.root, other))
      case 3: search.root = search.append(.and(other, search.root))
      default: search.root = search.append(.or(other, search.root))
      }
    }
    return search
  }

  private mutating func aliases() -> [FunctionArgument] {
    Array(Set((0...generator.below(2)).map { _ in name() })).sorted().map { FunctionArgument(name: $0, value: tree(2)) }
  }

  private mutating func topOnly(_ options: QueryOptions) -> QueryOptions {
    var options = options
    if generator.chance(15) {
      options.format = Spanned(generator.pick(["json", "application/json;odata.metadata=full"]))
    }
    if generator.chance(15) { options.skiptoken = Spanned("<cookie pagenumber=\"2\" x=\"%253c\" />") }
    if generator.chance(15) { options.deltatoken = Spanned("919042!08/22/2017 08:10:44") }
    if generator.chance(15) { options.unparsed = [CustomOption(name: "$index", value: "-3")] }
    for key in ["forceSearch", "!x", "k=y", "fetchXml", "caf\u{E9}-x"] where generator.chance(10) {
      options.custom.append(CustomOption(name: key, value: generator.pick(Self.texts.filter { !$0.contains("edge") })))
    }
    return options
  }

  private mutating func nestedOnly(_ options: QueryOptions) -> QueryOptions {
    var options = options
    if generator.chance(15) { options.unparsed = [CustomOption(name: "$levels", value: generator.pick(["max", "3"]))] }
    return options
  }

  private mutating func selectPath() -> [String] {
    switch generator.below(6) {
    case 0: ["*"]
    case 1: [generator.pick(Self.qualified) + ".*"]
    case 2: [generator.pick(Self.qualified), name()]
    case 3: [name(), name()]
    default: [name()]
    }
  }

  private mutating func selectItem(_ depth: Int) -> SelectItem {
    switch generator.below(8) {
    case 0: return SelectItem(["@Ns.T#q"])
    case 1:
      return SelectItem([name(), generator.pick(Self.qualified)], parameters: generator.pick([["a"], ["a", "eq"]]))
    case 2 where depth < 2:
      var options = QueryOptions()
      if generator.chance(50) { options.select = Spanned([selectItem(depth + 1)]) }
      if generator.chance(50) { options.filter = Spanned(tree(2)) }
      if generator.chance(50) { options.top = Spanned(3) }
      return SelectItem([name()], options: options)
    default: return SelectItem(selectPath())
    }
  }

  private mutating func expandItem(_ depth: Int) -> ExpandItem {
    switch generator.below(7) {
    case 6: ExpandItem(["@Ns.T"])
    case 0: ExpandItem([name(), "$ref"])
    case 1: ExpandItem(["*"])
    case 2: ExpandItem([generator.pick(Self.qualified), name(), "$count"])
    default: ExpandItem([name()], options: options(nested: depth))
    }
  }

  mutating func uri() -> RelativeURI {
    var path = [PathSegment(.name(name(), keys: keys()))]
    for _ in 0..<generator.below(3) {
      switch generator.below(4) {
      case 0: path.append(PathSegment(.qualified(generator.pick(Self.qualified), keys: nil)))
      case 1:
        let parameters = ["p", "eq"].prefix(generator.below(3)).map { FunctionArgument(name: $0, value: argument()) }
        let keys = generator.chance(30) ? keys() : nil
        path.append(PathSegment(.function(generator.pick(Self.qualified), parameters: parameters, keys: keys)))
      case 2 where generator.chance(40): path.append(PathSegment(.filter(tree(2))))
      default: path.append(PathSegment(.name(name(), keys: keys())))
      }
    }
    if generator.chance(20) { path.append(PathSegment(.keyword(generator.pick(["$count", "$ref", "$value"])))) }
    return RelativeURI(path: path, options: options())
  }

  private mutating func keyLiteral() -> Expression {
    let literal = literal()
    return Expression(literal == .null ? .alias("p") : .literal(literal))
  }

  private mutating func keys() -> KeyPredicate? {
    switch generator.below(4) {
    case 0: .single(keyLiteral())
    case 1:
      .compound(["k", "name"].prefix(1 + generator.below(2)).map { FunctionArgument(name: $0, value: keyLiteral()) })
    default: nil
    }
  }

  private mutating func argument() -> Expression {
    if generator.chance(50) { return keyLiteral() }
    expression = Expression(.literal(.null))
    scope = []
    let root = generator.chance(50) ? array(2) : object(2)
    expression.root = root
    return expression
  }
}
