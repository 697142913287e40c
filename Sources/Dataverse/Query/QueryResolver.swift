package import ODataURL

/// Resolves the names of queries against a schema.
package struct QueryResolver: Sendable {
  package let schema: Schema

  package init(schema: Schema) { self.schema = schema }

  /// - Parameter query: with aliases substituted; those left are obscurities.
  package func resolve(_ query: RelativeURI) -> Resolution {
    var resolution = Resolution(address: .other, root: Level(table: nil))
    let keys = readPath(query.path, into: &resolution)
    let table = resolution.root.table
    var conditions = ConditionResolver(table: table)
    if let keys { conditions.key(keys) }
    if let filter = query.options.filter { conditions.filter(filter.value) }
    resolution.root.conditions = conditions.conditions
    resolution.obscurities += conditions.obscurities
    resolution.measure = conditions.measure
    if query.options.select != nil { resolution.root.select = [] }
    for item in query.options.select?.value ?? [] {
      guard item.path.count == 1, item.path[0] != "*", !item.path[0].utf8.contains(UInt8(ascii: ".")),
        item.parameters == nil, item.options == QueryOptions()
      else {
        resolution.obscurities.append(Obscurity(reason: .select, span: item.span))
        continue
      }
      resolution.root.select?.append(ColumnReference(item.path[0], in: table, span: item.span))
    }
    for item in query.options.orderby?.value ?? [] {
      let expression = item.expression
      resolution.measure.nodes += expression.nodes.count
      switch expression[expression.root] {
      case .member(base: nil, let name):
        resolution.root.order.append(ColumnReference(name, in: table, span: expression.span(of: expression.root)))
      case .alias:
        resolution.obscurities.append(Obscurity(reason: .alias, span: item.span))
      default:
        resolution.obscurities.append(Obscurity(reason: .order, span: item.span))
      }
    }
    return resolution
  }

  /// Sets address and table; gives the key predicate.
  private func readPath(_ path: [PathSegment], into resolution: inout Resolution) -> KeyPredicate? {
    guard let first = path.first, case .name(let set, let keys) = first.kind else { return nil }
    resolution.root.table = schema.table(entitySet: set)
    if path.count == 1 {
      resolution.address = keys == nil ? .collection : .entity
    } else if path.count == 2, keys == nil, path[1].kind == .keyword("$count") {
      resolution.address = .count
    }
    return keys
  }
}

/// Reads a key and a filter into conditions on columns.
private struct ConditionResolver {
  let table: Table?
  var conditions: [Condition] = []
  var obscurities: [Obscurity] = []
  var measure = Resolution.Measure()

  init(table: Table?) { self.table = table }

  // MARK: Key

  mutating func key(_ keys: KeyPredicate) {
    switch keys {
    case .single(let value):
      keyCondition(table?.primaryKey ?? "", value, value.span(of: value.root))
    case .compound(let arguments):
      for argument in arguments { keyCondition(argument.name, argument.value, argument.span) }
    }
  }

  private mutating func keyCondition(_ name: String, _ value: Expression, _ span: Span) {
    measure.nodes += value.nodes.count
    guard case .literal(let literal) = value[value.root] else {
      obscurities.append(Obscurity(reason: .key, span: span))
      return
    }
    conditions.append(
      Condition(
        column: ColumnReference(name, in: table, span: span), operation: .comparison(.eq),
        values: [Condition.Value(literal: literal, span: value.span(of: value.root), node: value.root)],
        isNegated: false, isKey: true, span: span, node: value.root))
  }

  // MARK: Filter

  private struct Visit {
    var id: NodeID
    var isNegated: Bool
    var depth: Int
    /// The chain this node is a link or an operand of.
    var chain: BinaryOperator?
  }

  mutating func filter(_ expression: Expression) {
    measure.nodes += expression.nodes.count
    var pending = [Visit(id: expression.root, isNegated: false, depth: 1, chain: nil)]
    // A pool may share nodes; visiting each way to them could take exponential time.
    var visits = 0
    while let visit = pending.popLast() {
      visits += 1
      guard visits <= expression.nodes.count else {
        obscurities.append(Obscurity(reason: .bareOperand, span: expression.span(of: visit.id)))
        return
      }
      let span = expression.span(of: visit.id)
      if visit.depth > measure.depth { (measure.depth, measure.deepestSpan) = (visit.depth, span) }
      switch expression[visit.id] {
      case .binary(let op, let left, let right) where op == .and || op == .or:
        if op == .or, visit.chain != .or {
          let width = orWidth(visit.id, in: expression)
          if width > measure.widestOr { (measure.widestOr, measure.widestOrSpan) = (width, span) }
        }
        let depth = visit.chain == op ? visit.depth : visit.depth + 1
        pending.append(Visit(id: right, isNegated: visit.isNegated, depth: depth, chain: op))
        pending.append(Visit(id: left, isNegated: visit.isNegated, depth: depth, chain: op))
      case .not(let operand):
        pending.append(Visit(id: operand, isNegated: !visit.isNegated, depth: visit.depth + 1, chain: nil))
      default:
        condition(visit.id, in: expression, isNegated: visit.isNegated)
      }
    }
  }

  private func orWidth(_ id: NodeID, in expression: Expression) -> Int {
    var width = 0
    var pending = [id]
    while let next = pending.popLast(), width <= expression.nodes.count {
      if case .binary(.or, let left, let right) = expression[next] {
        pending.append(right)
        pending.append(left)
      } else {
        width += 1
      }
    }
    return width
  }

  private mutating func condition(_ id: NodeID, in expression: Expression, isNegated: Bool) {
    let span = expression.span(of: id)
    func value(_ id: NodeID) -> Condition.Value? {
      guard case .literal(let literal) = expression[id] else { return nil }
      return Condition.Value(literal: literal, span: expression.span(of: id), node: id)
    }
    func column(_ id: NodeID) -> ColumnReference? {
      guard case .member(base: nil, let name) = expression[id] else { return nil }
      return ColumnReference(name, in: table, span: expression.span(of: id))
    }
    func add(_ column: ColumnReference, _ operation: Condition.Operation, _ values: [Condition.Value]) {
      conditions.append(
        Condition(
          column: column, operation: operation, values: values, isNegated: isNegated, isKey: false, span: span,
          node: id))
    }
    switch expression[id] {
    case .binary(let op, let left, let right):
      guard [.eq, .ne, .gt, .ge, .lt, .le].contains(op) else { return obscure(.unsupportedOperator, span) }
      guard let column = column(left), let value = value(right) else {
        let isAlias = [left, right].contains { if case .alias = expression[$0] { true } else { false } }
        return obscure(isAlias ? .alias : .comparison, span)
      }
      add(column, .comparison(op), [value])
    case .call(let name, let arguments):
      guard let function = TextFunction(rawValue: name), arguments.count == 2, let column = column(arguments[0]),
        let value = value(arguments[1])
      else { return obscure(.function, span) }
      add(column, .text(function), [value])
    case .function(base: nil, let name, let parameters):
      guard name.hasPrefix(QueryFunction.namespace) else { return obscure(.function, span) }
      queryFunction(
        String(name.dropFirst(QueryFunction.namespace.count)), parameters, in: expression, id, isNegated: isNegated)
    case .member(base: nil, _), .literal, .list, .array, .object: obscure(.bareOperand, span)
    case .alias: obscure(.alias, span)
    case .negate: obscure(.unsupportedOperator, span)
    case .member, .cast, .count, .key, .annotation, .aggregate, .lambda, .variable, .implicit, .function:
      obscure(.path, span)
    case .not: obscure(.bareOperand, span)
    }
  }

  private mutating func queryFunction(
    _ name: String, _ parameters: [NamedParameter], in expression: Expression, _ id: NodeID, isNegated: Bool
  ) {
    let span = expression.span(of: id)
    var column: ColumnReference?
    var values: [Condition.Value] = []
    for parameter in parameters {
      let place = expression.span(of: parameter.value)
      switch expression[parameter.value] {
      case .literal(.string(let text)) where parameter.name == "PropertyName":
        guard column == nil else { return obscure(.function, span) }
        column = ColumnReference(text, in: table, span: place, isText: true)
      case .literal(let literal) where parameter.name != "PropertyName":
        values.append(Condition.Value(literal: literal, span: place, node: parameter.value))
      case .array(let items) where parameter.name != "PropertyName":
        if items.count > measure.longestList { (measure.longestList, measure.longestListSpan) = (items.count, place) }
        for item in items {
          guard case .literal(let literal) = expression[item] else { return obscure(.function, span) }
          values.append(Condition.Value(literal: literal, span: expression.span(of: item), node: item))
        }
      default: return obscure(.function, span)
      }
    }
    guard let column else { return obscure(.function, span) }
    conditions.append(
      Condition(
        column: column, operation: .queryFunction(name), values: values, isNegated: isNegated, isKey: false, span: span,
        node: id))
  }

  private mutating func obscure(_ reason: Obscurity.Reason, _ span: Span) {
    obscurities.append(Obscurity(reason: reason, span: span))
  }
}
