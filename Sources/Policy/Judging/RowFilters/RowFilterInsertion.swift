import Dataverse
import ODataURL

extension RowFilters {
  /// A condition on rows of a table in which every part that looks at rows of another table also asks that they meet the
  /// row filters of theirs. Those of the table itself are not put in.
  ///
  /// With a lookup path, a condition `C` becomes `(C and path/RF)`: of rows that are hidden its outcome says nothing but
  /// that they are. So do `any(v: B)` as `any(v: B and RF)` and `all(v: B)` as `all(v: not RF or B)`.
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
    moved = [NodeID](repeating: source.root, count: source.nodes.count)
    around[Int(source.root.index)] = RowFilterInsertion.none
    // Children stand before their parents, and so lambdas before those around them.
    for index in source.nodes.indices.reversed() where around[index] != RowFilterInsertion.unreached {
      let node = source.nodes[index]
      if case .lambda(let base, _, _, let body) = node {
        guard let last = try hops(base, in: around[index]).last, last.isCollection else { throw .structure }
        rules[index] = last.rule
        try reach(base, around[index])
        if let body { try reach(body, index) }
      } else {
        for child in node.children { try reach(child, around[index]) }
      }
    }
  }

  private mutating func reach(_ id: NodeID, _ lambda: Int) throws(RowFilterProblem) {
    // A node below two parents would stand in two contexts at once.
    guard around[Int(id.index)] == RowFilterInsertion.unreached else { throw .structure }
    around[Int(id.index)] = lambda
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
  private func areOfOneRow(_ left: NodeID, _ right: NodeID) -> Bool {
    var pair: (NodeID?, NodeID?) = (left, right)
    var isColumn = true
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
    case .literal, .variable, .array, .not, .binary(.and, _, _), .binary(.or, _, _), .member: return copy(index)
    case .binary(_, let left, let right):
      let hops = try hops(ofOperand: left, in: lambda)
      if case .member = source[right], !areOfOneRow(left, right) { throw .structure }
      return try guarded(copy(index), hops, &filters)
    case .call(_, let arguments):
      guard let first = arguments.first else { throw .structure }
      for other in arguments.dropFirst() { guard case .literal = source[other] else { throw .structure } }
      return try guarded(copy(index), try hops(ofOperand: first, in: lambda), &filters)
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
    var id: NodeID
    if let filter = try usable(last.rule, &filters) {
      let name = variable ?? freshVariable()
      let condition = append(filter, behind: add(.variable(name)), isVariable: true)
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
    id = try guarded(id, hops.dropLast(), &filters)
    return id
  }

  /// A condition with the row filters of the rows that its path goes through.
  private mutating func guarded(
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
