import Dataverse
import ODataURL

extension RowFilters {
  /// A condition on rows of a table in which every part that looks at rows of another table also asks that they meet the
  /// row filters of theirs. Those of the table itself are not put in.
  ///
  /// With a lookup path, a condition `C` becomes `(C and path/RF)`: of rows that are hidden its outcome says nothing but
  /// that they are. So do `any(v: B)` as `any(v: B and RF)` and `all(v: B)` as `all(v: not RF or B)`.
  ///
  /// Conditions are three-valued: where a column of the row filter is null, `path/RF` is neither true nor false, and
  /// `not (C and path/RF)` would tell what `C` is. So the row filter of a path stands where only its being true counts:
  /// beside the outermost `not` around the condition, `not (C) and path/RF`, and among what `all` asks of the rows that
  /// it looks at, `all(v: not (RF and v/path/RF) or B)`. A row whose parent is hidden then never meets what is said of
  /// the parent, whether as it is or under `not`, and `all` passes over it.
  /// - Throws: also for forms that no condition has that was resolved without obscurities; what is not understood is
  ///   not sent.
  mutating func inserted(
    into expression: Expression, of rule: TableRule
  ) throws(RowFilterProblem) -> Expression {
    guard !expression.isFlat else { return expression }
    var insertion = try RowFilterInsertion(expression, rule, scope)
    return try insertion.run(&self)
  }
}

/// One expression while row filters are put into it.
private struct RowFilterInsertion {
  private let source: Expression
  private let root: TableRule
  private let scope: ScopeRule
  /// For each node the innermost lambda whose body it is in: ``RowFilterInsertion/none`` in no body.
  private var around: [Int]
  /// For each lambda, by its node, the rule of the rows that its variable stands for.
  private var rules: [Int: TableRule] = [:]
  /// For each node where the row filters of its paths belong: the outermost `not` around it, else the `all` whose body it
  /// is in; ``RowFilterInsertion/none`` for beside the condition itself. No further out than the body of its lambda.
  private var outlets: [Int]
  /// Row filters that wait for their outlet.
  private var waiting: [Int: [Hop]] = [:]
  private var result: Expression?
  /// Where nodes of the source are in the result.
  private var moved: [NodeID]

  private static let unreached = -2
  private static let none = -1

  /// A step of a path: the node that names it, and the rule of the table that it leads to.
  private struct Hop {
    var node: NodeID
    var rule: TableRule
    var isCollection: Bool
  }

  init(_ source: Expression, _ root: TableRule, _ scope: ScopeRule) throws(RowFilterProblem) {
    self.source = source
    self.root = root
    self.scope = scope
    around = [Int](repeating: RowFilterInsertion.unreached, count: source.nodes.count)
    outlets = [Int](repeating: RowFilterInsertion.none, count: source.nodes.count)
    moved = [NodeID](repeating: source.root, count: source.nodes.count)
    around[Int(source.root.index)] = RowFilterInsertion.none
    // Children stand before their parents, and so lambdas before those around them.
    for index in source.nodes.indices.reversed() where around[index] != RowFilterInsertion.unreached {
      let node = source.nodes[index]
      let outlet = outlets[index]
      switch node {
      case .lambda(let base, let op, _, let body):
        guard let last = try hops(base, in: around[index]).last, last.isCollection else { throw .structure }
        rules[index] = last.rule
        try reach(base, around[index], outlet)
        if let body { try reach(body, index, op == .all ? index : RowFilterInsertion.none) }
      case .not(let operand):
        try reach(operand, around[index], outlet == RowFilterInsertion.none ? index : outlet)
      default:
        for child in node.children { try reach(child, around[index], outlet) }
      }
    }
  }

  private mutating func reach(_ id: NodeID, _ lambda: Int, _ outlet: Int) throws(RowFilterProblem) {
    // A node below two parents would stand in two contexts at once.
    guard around[Int(id.index)] == RowFilterInsertion.unreached else { throw .structure }
    around[Int(id.index)] = lambda
    outlets[Int(id.index)] = outlet
  }

  // MARK: Paths

  /// The navigation properties of a path, outermost first.
  /// - Parameter id: the last of them; a lambda variable alone has none.
  private func hops(_ id: NodeID, in lambda: Int) throws(RowFilterProblem) -> [Hop] {
    var names: [(id: NodeID, name: String)] = []
    var current: NodeID? = id
    var rule = root
    while let next = current {
      switch source[next] {
      case .member(let base, let name):
        names.append((next, name))
        current = base
      case .variable(let name):
        rule = try self.rule(ofVariable: name, in: lambda)
        current = nil
      default: throw .structure
      }
    }
    var hops: [Hop] = []
    for (id, name) in names.reversed() {
      guard hops.last?.isCollection != true, let way = rule.navigations[name], way.isFilterable,
        let target = scope.table(named: way.navigation.target)
      else { throw .structure }
      hops.append(Hop(node: id, rule: target, isCollection: way.navigation.isCollection))
      rule = target
    }
    return hops
  }

  private func rule(ofVariable name: String, in lambda: Int) throws(RowFilterProblem) -> TableRule {
    var index = lambda
    while index >= 0 {
      guard case .lambda(_, _, let variable, _) = source.nodes[index] else { throw .structure }
      if let variable, variable.utf8.elementsEqual(name.utf8), let rule = rules[index] { return rule }
      index = around[index]
    }
    throw .structure
  }

  /// The hops in front of the column that an operand is; none for other operands.
  private func hops(ofOperand id: NodeID, in lambda: Int) throws(RowFilterProblem) -> [Hop] {
    guard case .member(let base?, _) = source[id] else { return [] }
    let hops = try hops(base, in: lambda)
    guard hops.last?.isCollection != true else { throw .structure }
    return hops
  }

  /// Whether two columns are of one row: their paths are the same.
  private func areOfOneRow(_ left: NodeID, _ right: NodeID) -> Bool { areAlike(left, right, isColumn: true) }

  /// Whether two paths are the same.
  private func isOneWay(_ left: NodeID, _ right: NodeID) -> Bool { areAlike(left, right, isColumn: false) }

  /// - Parameter isColumn: both end with a column, whatever its name.
  private func areAlike(_ left: NodeID, _ right: NodeID, isColumn: Bool) -> Bool {
    var pair: (NodeID?, NodeID?) = (left, right)
    var isColumn = isColumn
    while let a = pair.0, let b = pair.1 {
      switch (source[a], source[b]) {
      case (.member(let first, let name), .member(let second, let other)):
        guard isColumn || name.utf8.elementsEqual(other.utf8) else { return false }
        pair = (first, second)
      case (.variable(let name), .variable(let other)): return name.utf8.elementsEqual(other.utf8)
      default: return false
      }
      isColumn = false
    }
    return pair.0 == nil && pair.1 == nil
  }

  // MARK: Rebuilding

  mutating func run(_ filters: inout RowFilters) throws(RowFilterProblem) -> Expression {
    for index in source.nodes.indices where around[index] != RowFilterInsertion.unreached {
      moved[index] = try rebuilt(index, &filters)
    }
    guard var result else { throw .structure }
    result.root = moved[Int(source.root.index)]
    return result
  }

  private mutating func rebuilt(_ index: Int, _ filters: inout RowFilters) throws(RowFilterProblem) -> NodeID {
    let node = source.nodes[index]
    let lambda = around[index]
    switch node {
    case .literal, .variable, .array, .binary(.and, _, _), .binary(.or, _, _), .member: return copy(index)
    case .not:
      // Nothing waits for one that stands in another.
      return try joined(copy(index), waiting.removeValue(forKey: index) ?? [], &filters)
    case .binary(_, let left, let right):
      let hops = try hops(ofOperand: left, in: lambda)
      if case .member = source[right], !areOfOneRow(left, right) { throw .structure }
      return try guarded(copy(index), hops, outlets[index], &filters)
    case .call(_, let arguments):
      guard let first = arguments.first else { throw .structure }
      for other in arguments.dropFirst() { guard case .literal = source[other] else { throw .structure } }
      return try guarded(copy(index), try hops(ofOperand: first, in: lambda), outlets[index], &filters)
    case .function(base: nil, _, let parameters):
      // Their columns are text: of which rows, inside a lambda or behind a path, is not documented.
      for parameter in parameters {
        if case .literal(.string(let name)) = source[parameter.value], parameter.name == "PropertyName" {
          guard lambda == RowFilterInsertion.none, !name.utf8.contains(UInt8(ascii: "/")) else { throw .structure }
        }
      }
      return copy(index)
    case .lambda(let base, let op, let variable, let body):
      return try lambdaNode(index, base, op, variable, body, &filters)
    case .cast, .count, .key, .annotation, .aggregate, .implicit, .function, .alias, .list, .object, .negate:
      throw .structure
    }
  }

  private mutating func lambdaNode(
    _ index: Int, _ base: NodeID, _ op: LambdaOperator, _ variable: String?, _ body: NodeID?,
    _ filters: inout RowFilters
  ) throws(RowFilterProblem) -> NodeID {
    let hops = try hops(base, in: around[index])
    guard let last = hops.last else { throw .structure }
    let filter = try usable(last.rule, &filters)
    var paths: [(hop: Hop, filter: Expression)] = []
    for hop in waiting.removeValue(forKey: index) ?? [] {
      if let filter = try usable(hop.rule, &filters) { paths.append((hop, filter)) }
    }
    var id: NodeID
    if filter != nil || !paths.isEmpty {
      let name = variable ?? freshVariable()
      var conditions: [NodeID] = []
      if let filter { conditions.append(append(filter, behind: add(.variable(name)), isVariable: true)) }
      for (hop, filter) in paths { conditions.append(append(filter, behind: hop.node, isVariable: false)) }
      guard var condition = conditions.first else { throw .structure }
      for other in conditions.dropFirst() { condition = add(.binary(.and, condition, other)) }
      let inner: NodeID
      switch (op, body) {
      case (.any, nil): inner = condition
      case (.any, let body?): inner = add(.binary(.and, moved[Int(body.index)], condition))
      case (.all, let body?): inner = add(.binary(.or, add(.not(condition)), moved[Int(body.index)]))
      case (.all, nil): throw .structure
      }
      id = add(.lambda(base: moved[Int(base.index)], op, variable: name, body: inner), source.spans[index])
    } else {
      id = copy(index)
    }
    id = try guarded(id, hops.dropLast(), outlets[index], &filters)
    return id
  }

  /// A condition with the row filters of the rows that its path goes through, where these can stand beside it; otherwise
  /// they wait for their outlet.
  private mutating func guarded(
    _ condition: NodeID, _ hops: some Collection<Hop>, _ outlet: Int, _ filters: inout RowFilters
  ) throws(RowFilterProblem) -> NodeID {
    guard outlet != RowFilterInsertion.none else { return try joined(condition, hops, &filters) }
    for hop in hops where !(waiting[outlet] ?? []).contains(where: { isOneWay($0.node, hop.node) }) {
      waiting[outlet, default: []].append(hop)
    }
    return condition
  }

  /// A condition and the row filters of rows.
  private mutating func joined(
    _ condition: NodeID, _ hops: some Collection<Hop>, _ filters: inout RowFilters
  ) throws(RowFilterProblem) -> NodeID {
    var id = condition
    for hop in hops {
      guard let filter = try usable(hop.rule, &filters) else { continue }
      let right = append(filter, behind: hop.node, isVariable: false)
      id = add(.binary(.and, id, right))
    }
    return id
  }

  /// The row filter of a table as it can stand behind a path.
  private func usable(_ rule: TableRule, _ filters: inout RowFilters) throws(RowFilterProblem) -> Expression? {
    guard let filter = try filters.filter(of: rule) else { return nil }
    guard !filter.callsFunctions else { throw .functionBehindPath(rule.table.entitySetName) }
    return filter.expression
  }

  /// Adds a row filter with a path in front of its columns.
  /// - Parameter path: of a node of the result that is a variable, or of one of the source that ends the path.
  private mutating func append(_ filter: Expression, behind path: NodeID, isVariable: Bool) -> NodeID {
    var places: [NodeID] = []
    for node in filter.nodes {
      if case .member(base: nil, let name) = node {
        let base = isVariable ? variableCopy(path) : pathCopy(path)
        places.append(add(.member(base: base, name: name)))
      } else {
        places.append(add(node.mappingChildren { places[Int($0.index)] }))
      }
    }
    return places[Int(filter.root.index)]
  }

  /// No node below two parents: each column has a path of its own.
  private mutating func variableCopy(_ id: NodeID) -> NodeID { result.map { $0[id] }.map { add($0) } ?? id }

  private mutating func pathCopy(_ id: NodeID) -> NodeID {
    var nodes: [Expression.Node] = []
    var current: NodeID? = id
    while let next = current {
      let node = source[next]
      nodes.append(node)
      current = node.children.first
    }
    var base: NodeID?
    for node in nodes.reversed() { base = add(node.mappingChildren { base ?? $0 }) }
    return base ?? id
  }

  /// A name that no variable around has.
  private func freshVariable() -> String {
    var number = 0
    let taken = source.nodes.compactMap { node in
      if case .lambda(_, _, let variable, _) = node { variable } else { nil }
    }
    while taken.contains("row\(number)") { number += 1 }
    return "row\(number)"
  }

  private mutating func copy(_ index: Int) -> NodeID {
    add(source.nodes[index].mappingChildren { moved[Int($0.index)] }, source.spans[index])
  }

  @discardableResult
  private mutating func add(_ node: Expression.Node, _ span: Span = .none) -> NodeID {
    guard result != nil else {
      let first = Expression(node, span: span)
      result = first
      return first.root
    }
    return result?.append(node, span: span) ?? source.root
  }
}
