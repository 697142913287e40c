import ODataURL

/// Reads keys and conditions.
extension LevelReader {
  // MARK: Key

  mutating func key(_ keys: KeyPredicate, into level: inout Level) {
    switch keys {
    case .single(let value):
      keyCondition(level.table?.primaryKey ?? "", value, value.span(of: value.root), into: &level)
    case .compound(let arguments):
      for argument in arguments { keyCondition(argument.name, argument.value, argument.span, into: &level) }
    }
  }

  private mutating func keyCondition(_ name: String, _ value: Expression, _ span: Span, into level: inout Level) {
    measure.nodes += value.nodes.count
    guard case .literal(let literal) = value[value.root] else { return obscure(.key, span) }
    if case .geo = literal { measure.hasUnusualConditions = true }
    level.conditions.append(
      Condition(
        column: ColumnReference(name, in: level.table, span: span), operation: .comparison(.eq),
        values: .one(Condition.Value(literal: literal, span: value.span(of: value.root), node: value.root)),
        isNegated: false, origin: .key, span: span, node: value.root))
  }

  // MARK: Filter

  /// Adds the conditions of a filter, and the navigation properties that they go through, to a level.
  mutating func filter(_ expression: Expression, _ origin: Condition.Origin, into level: inout Level) {
    let nodes = expression.nodes
    measure.nodes += nodes.count
    var reader = FilterReader(
      reader: self, nodes: nodes, spans: expression.spans, origin: origin, table: level.table)
    reader.read(expression.root, into: &level)
    self = reader.reader
  }
}

/// Reads one filter.
private struct FilterReader {
  var reader: LevelReader
  let nodes: Expression.Nodes
  let spans: Expression.Spans
  let origin: Condition.Origin
  /// Of the level.
  let table: Table?
  /// Lambdas that have been met.
  var scopes: [Scope] = []
  /// Chains of `or` that have been met, each by its uppermost node, and their operands so far.
  var alternatives: [(top: NodeID, width: Int)] = []

  /// What the variable of a lambda stands for.
  struct Scope {
    var variable: String?
    var table: Table?
    /// Navigation properties from the rows of the level to those of the variable.
    var path: [String]
    var lambda: NodeID
  }

  struct Visit {
    var id: NodeID
    var isNegated: Bool
    var depth: Int
    /// The chain this node is a link or an operand of.
    var chain: BinaryOperator?
    /// Of ``scopes``; -1 outside of lambdas.
    var scope: Int
    /// Of ``alternatives``: the chain that it is a link or an operand of; -1 for none.
    var alternative = -1
  }

  init(reader: LevelReader, nodes: Expression.Nodes, spans: Expression.Spans, origin: Condition.Origin, table: Table?) {
    self.reader = reader
    self.nodes = nodes
    self.spans = spans
    self.origin = origin
    self.table = table
  }

  private func node(_ id: NodeID) -> Expression.Node { nodes[Int(id.index)] }
  private func span(_ id: NodeID) -> Span { spans[Int(id.index)] }

  mutating func read(_ root: NodeID, into level: inout Level) {
    level.conditions.reserveCapacity(level.conditions.count + nodes.count / 3)
    var pending: [Visit] = []
    pending.reserveCapacity(8)
    pending.append(Visit(id: root, isNegated: false, depth: 1, chain: nil, scope: -1))
    // A pool may share nodes; visiting each way to them could take exponential time.
    var visits = 0
    while let visit = pending.popLast() {
      visits += 1
      guard visits <= nodes.count else { return reader.obscure(.bareOperand, span(visit.id)) }
      if visit.depth > reader.measure.depth {
        (reader.measure.depth, reader.measure.deepestSpan) = (visit.depth, span(visit.id))
      }
      switch node(visit.id) {
      case .binary(let op, let left, let right) where op == .and || op == .or:
        var operand = visit
        if op == .and {
          countAlternative(visit)
          operand.alternative = -1
        } else if visit.chain != .or {
          operand.alternative = alternatives.count
          alternatives.append((visit.id, 0))
        }
        operand.depth = visit.chain == op ? visit.depth : visit.depth + 1
        operand.chain = op
        operand.id = right
        pending.append(operand)
        operand.id = left
        pending.append(operand)
      case .not(let operand):
        countAlternative(visit)
        pending.append(
          Visit(
            id: operand, isNegated: !visit.isNegated, depth: visit.depth + 1, chain: nil, scope: visit.scope))
      case .lambda(let base, let op, let variable, let body):
        countAlternative(visit)
        reader.measure.hasUnusualConditions = true
        guard lambda(visit, base, op, variable, into: &level) else { continue }
        if let body {
          pending.append(
            Visit(
              id: body, isNegated: visit.isNegated, depth: visit.depth + 1, chain: nil, scope: scopes.count - 1))
        }
      default:
        countAlternative(visit)
        condition(visit, into: &level)
      }
    }
    for chain in alternatives where chain.width > reader.measure.widestOr {
      (reader.measure.widestOr, reader.measure.widestOrSpan) = (chain.width, span(chain.top))
    }
  }

  /// Counts an operand of a chain of `or`.
  private mutating func countAlternative(_ visit: Visit) {
    if visit.alternative >= 0 { alternatives[visit.alternative].width += 1 }
  }

  // MARK: Paths

  /// A column, and the navigation properties in front of it.
  private struct ColumnPath {
    var column: ColumnReference
    var hops: [NavigationReference]
  }

  /// The column that a path ends in; `nil` when it is no path from the row at hand through single rows.
  private func column(_ id: NodeID, _ visit: Visit) -> ColumnPath? {
    guard case .member(let base, let name) = node(id) else { return nil }
    guard let base else {
      guard visit.scope < 0 else { return nil }
      return ColumnPath(column: ColumnReference(name, in: table, span: span(id)), hops: [])
    }
    guard let hops = hops(base, visit), hops.allSatisfy({ !($0.navigation?.isCollection ?? false) }) else {
      return nil
    }
    let (table, path) = end(hops, visit)
    return ColumnPath(column: ColumnReference(name, in: table, path: path, span: span(id)), hops: hops)
  }

  /// Where a path of navigation properties leads.
  private func end(_ hops: [NavigationReference], _ visit: Visit) -> (Table?, [String]) {
    if let last = hops.last { return (last.target, last.path + [last.name]) }
    return visit.scope < 0 ? (table, []) : (scopes[visit.scope].table, scopes[visit.scope].path)
  }

  /// The navigation properties of a path from the row at hand, outermost first; `nil` when it has other steps.
  private func hops(_ id: NodeID, _ visit: Visit) -> [NavigationReference]? {
    var steps: [NodeID] = []
    var next = Optional(id)
    climb: while let step = next {
      switch node(step) {
      case .member(let base, _):
        steps.append(step)
        next = base
        // A bare name in a lambda belongs to a row outside of it.
        if base == nil, visit.scope >= 0 { return nil }
      case .variable(let name):
        guard visit.scope >= 0, scopes[visit.scope].variable == name else { return nil }
        break climb
      default: return nil
      }
    }
    var result: [NavigationReference] = []
    var (table, path) = end([], visit)
    for step in steps.reversed() {
      guard case .member(_, let name) = node(step) else { return nil }
      var hop = reader.navigation(name, from: table, path: path, .lookup, span(step))
      hop.isNegated = visit.isNegated
      hop.origin = origin
      hop.step = step
      hop.node = visit.id
      result.append(hop)
      table = hop.target
      path.append(name)
    }
    return result
  }

  /// Opens a scope; false when the lambda is not on a collection.
  private mutating func lambda(
    _ visit: Visit, _ base: NodeID, _ op: LambdaOperator, _ variable: String?, into level: inout Level
  ) -> Bool {
    guard var hops = hops(base, visit), var last = hops.popLast(), last.navigation?.isCollection ?? true,
      hops.allSatisfy({ !($0.navigation?.isCollection ?? false) })
    else {
      reader.obscure(.path, span(visit.id))
      return false
    }
    last.use = op == .any ? .any : .all
    level.navigations += hops
    level.navigations.append(last)
    scopes.append(
      Scope(variable: variable, table: last.target, path: last.path + [last.name], lambda: visit.id))
    return true
  }

  // MARK: Conditions

  private mutating func condition(_ visit: Visit, into level: inout Level) {
    let id = visit.id
    switch node(id) {
    case .binary(let op, let left, let right):
      switch op {
      case .eq, .ne, .gt, .ge, .lt, .le: comparison(op, left, right, visit, into: &level)
      default: reader.obscure(.unsupportedOperator, span(id))
      }
    case .call(let name, let arguments):
      guard let function = TextFunction.named(name), arguments.count == 2,
        let column = column(arguments[0], visit), let value = value(arguments[1])
      else { return reader.obscure(.function, span(id)) }
      add(column, .text(function), .one(value), nil, visit, to: &level)
    case .function(base: nil, let name, let parameters):
      reader.measure.hasUnusualConditions = true
      guard visit.scope < 0, let name = QueryFunction.unqualified(name) else {
        return reader.obscure(.function, span(id))
      }
      queryFunction(name, parameters, visit, into: &level)
    case .member(base: nil, _), .literal, .list, .array, .object, .not: reader.obscure(.bareOperand, span(id))
    case .alias: reader.obscure(.alias, span(id))
    case .negate: reader.obscure(.unsupportedOperator, span(id))
    case .member, .cast, .count, .key, .annotation, .aggregate, .lambda, .variable, .implicit, .function:
      reader.obscure(.path, span(id))
    }
  }

  private mutating func value(_ id: NodeID) -> Condition.Value? {
    guard case .literal(let literal) = node(id) else { return nil }
    if case .geo = literal { reader.measure.hasUnusualConditions = true }
    return Condition.Value(literal: literal, span: span(id), node: id)
  }

  private mutating func comparison(
    _ op: BinaryOperator, _ left: NodeID, _ right: NodeID, _ visit: Visit, into level: inout Level
  ) {
    if let column = column(left, visit) {
      if let value = value(right) { return add(column, .comparison(op), .one(value), nil, visit, to: &level) }
      // Through single rows, equal paths from one row lead to one row.
      if let other = self.column(right, visit), other.column.path == column.column.path {
        return add(column, .comparison(op), .many([]), other.column, visit, to: &level)
      }
    }
    let isAlias = [left, right].contains { if case .alias = node($0) { true } else { false } }
    reader.obscure(isAlias ? .alias : .comparison, span(visit.id))
  }

  private mutating func add(
    _ path: ColumnPath, _ operation: Condition.Operation, _ values: Condition.Values,
    _ other: ColumnReference?, _ visit: Visit, to level: inout Level
  ) {
    if !path.hops.isEmpty { level.navigations += path.hops }
    level.conditions.append(
      Condition(
        column: path.column, operation: operation, values: values, other: other, isNegated: visit.isNegated,
        origin: origin, span: span(visit.id), node: visit.id,
        lambda: visit.scope < 0 ? nil : scopes[visit.scope].lambda))
  }

  private mutating func queryFunction(
    _ name: String, _ parameters: [NamedParameter], _ visit: Visit, into level: inout Level
  ) {
    let whole = span(visit.id)
    var column: ColumnReference?
    var values: [Condition.Value] = []
    for parameter in parameters {
      let place = span(parameter.value)
      switch node(parameter.value) {
      case .literal(.string(let text)) where parameter.name == "PropertyName":
        guard column == nil else { return reader.obscure(.function, whole) }
        column = ColumnReference(text, in: table, span: place, isText: true)
      case .literal(let literal) where parameter.name != "PropertyName":
        values.append(Condition.Value(literal: literal, span: place, node: parameter.value))
      case .array(let items) where parameter.name != "PropertyName":
        if items.count > reader.measure.longestList {
          (reader.measure.longestList, reader.measure.longestListSpan) = (items.count, place)
        }
        for item in items {
          guard let value = value(item) else { return reader.obscure(.function, whole) }
          values.append(value)
        }
      default: return reader.obscure(.function, whole)
      }
    }
    guard let column else { return reader.obscure(.function, whole) }
    add(ColumnPath(column: column, hops: []), .queryFunction(name), Condition.Values(values), nil, visit, to: &level)
  }
}
