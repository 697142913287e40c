import TestSupport
import ODataURL

/// `$apply` and `$compute` at random.
extension RandomTree {
  /// Names that are words of the grammar as well.
  private mutating func alias() -> String {
    generator.chance(60)
      ? name()
      : generator.pick(["as", "with", "from", "identity", "rollup", "null", "sum", "keep", "filter", "compute"])
  }

  private mutating func path(_ last: String? = nil) -> [String] {
    var path: [String] = []
    for _ in 0..<generator.below(3) { path.append(generator.chance(30) ? generator.pick(Self.qualified) : alias()) }
    return path + [last ?? alias()]
  }

  mutating func computeItems() -> [ComputeItem] {
    (0...generator.below(2)).map { _ in ComputeItem(tree(3), as: alias()) }
  }

  mutating func aggregateMethod() -> AggregateMethod {
    generator.pick([.sum, .min, .max, .average, .countdistinct, .custom("Ns.median"), .custom("eq.eq")])
  }

  mutating func aggregateFrom() -> [AggregateFrom] {
    (0..<max(0, generator.below(6) - 3)).map { _ in
      AggregateFrom((0...generator.below(2)).map { _ in path() }, with: aggregateMethod())
    }
  }

  mutating func transformations(_ depth: Int) -> [Transformation] {
    (0...generator.below(3)).map { _ in Transformation(transformation(depth)) }
  }

  /// Transformations that may stand in a hierarchy; may be none.
  private mutating func starts(_ depth: Int, atLeast least: Int) -> [Transformation] {
    (0..<least + generator.below(3)).map { _ in
      switch generator.below(8) {
      case 0: Transformation(.identity)
      case 1: Transformation(.top(2))
      case 2: Transformation(function())
      case 3 where depth > 0: Transformation(related(depth - 1))
      case 4 where depth > 0: Transformation(traverse(depth - 1))
      case 5: Transformation(.ranking(.topsum, amount: tree(1), by: tree(1)))
      default: Transformation(.filter(tree(2)))
      }
    }
  }

  private mutating func transformation(_ depth: Int) -> Transformation.Kind {
    let isLeaf = depth == 0
    switch generator.below(isLeaf ? 11 : 19) {
    case 0: return .identity
    case 1: return .filter(tree(3))
    case 2: return .compute(computeItems())
    case 3: return .orderby(order(least: 1))
    case 4: return .top(Int64(generator.below(100)))
    case 5: return .skip(Int64(generator.below(100)))
    case 6: return .search(search())
    case 7: return .ranking(generator.pick(Transformation.Ranking.allCases), amount: tree(1), by: tree(2))
    case 8: return function()
    case 9, 10: return .aggregate((0...generator.below(3)).map { _ in aggregateItem() })
    case 11, 12:
      let elements = (0...generator.below(3)).map { _ in GroupingElement(grouping(depth - 1)) }
      return .groupby(elements, generator.chance(50) ? transformations(depth - 1) : [])
    case 13: return .concat((0..<2 + generator.below(2)).map { _ in transformations(depth - 1) })
    case 14: return .nest(nestedSets(depth - 1))
    case 15: return .addnested(path: path(), nestedSets(depth - 1))
    case 16:
      return .join(
        generator.chance(50) ? .join : .outerjoin, path: path(), alias: alias(),
        generator.chance(50) ? transformations(depth - 1) : [])
    case 17: return related(depth - 1)
    default: return traverse(depth - 1)
    }
  }

  private mutating func order(least: Int) -> [OrderItem] {
    (0..<least + generator.below(2)).map { _ in
      let expression =
        generator.chance(70)
        ? tree(2)
        : Expression(
          generator.chance(50)
            ? .member(base: nil, name: "identity") : .function(base: nil, name: "Ns.f", parameters: []))
      return OrderItem(expression, descending: generator.chance(50))
    }
  }

  private mutating func function() -> Transformation.Kind {
    let parameters = ["p", "filter"].prefix(generator.below(3)).map { FunctionArgument(name: $0, value: tree(2)) }
    return .function(generator.pick(Self.qualified), parameters: parameters)
  }

  private mutating func aggregateItem() -> AggregateItem {
    let steps = AggregateSteps(from: aggregateFrom())
    switch generator.below(4) {
    case 0: return AggregateItem(nil, steps, as: alias())
    case 1: return AggregateItem(member(path("total")), steps, as: generator.chance(50) ? alias() : nil)
    case 2:
      var count = member(path("items"))
      count.root = count.append(.count(base: count.root))
      return AggregateItem(count, steps, as: alias())
    default: return AggregateItem(tree(3), AggregateSteps(aggregateMethod(), from: aggregateFrom()), as: alias())
    }
  }

  /// A path as an expression; `null` and the like would be literals there.
  private func member(_ path: [String]) -> Expression {
    var expression = Expression(.member(base: nil, name: "x"))
    for name in path {
      let base = expression.root
      let isQualified = name.contains(".")
      expression.root = expression.append(isQualified ? .cast(base: base, type: name) : .member(base: base, name: name))
    }
    return expression
  }

  private mutating func grouping(_ depth: Int) -> GroupingElement.Kind {
    switch generator.below(6) {
    case 0: .rollup((0...generator.below(3)).map { _ in path() })
    case 1: .rollupRecursive(hierarchy(), starts(max(0, depth), atLeast: 0))
    default: .property(path())
    }
  }

  private mutating func nestedSets(_ depth: Int) -> [NestedSet] {
    (0...generator.below(2)).map { _ in NestedSet(transformations(depth), as: alias()) }
  }

  private mutating func hierarchy() -> Hierarchy {
    var nodes = Expression(.implicit(.root))
    nodes.root = nodes.append(.member(base: nodes.root, name: name()))
    if generator.chance(40) {
      let key = nodes.append(.literal(.string(text())))
      nodes.root = nodes.append(.key(base: nodes.root, [NamedParameter(name: "", value: key)]))
      if generator.chance(50) { nodes.root = nodes.append(.member(base: nodes.root, name: name())) }
    }
    return Hierarchy(nodes: nodes, qualifier: name(), node: path())
  }

  private mutating func related(_ depth: Int) -> Transformation.Kind {
    .related(
      generator.chance(50) ? .ancestors : .descendants, hierarchy(), start: starts(max(0, depth), atLeast: 1),
      distance: generator.chance(30) ? Int64(1 + generator.below(9)) : nil, keepsStart: generator.chance(30))
  }

  private mutating func traverse(_ depth: Int) -> Transformation.Kind {
    .traverse(
      hierarchy(), generator.chance(50) ? .preorder : .postorder, starts(max(0, depth), atLeast: 0),
      order: order(least: 0))
  }
}
