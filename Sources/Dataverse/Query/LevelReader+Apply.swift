import ODataURL

/// Reads `$apply`.
extension LevelReader {
  /// Takes any number of `filter(…)` and then one `aggregate(…)` or `groupby(…)`; everything else is an obscurity.
  mutating func apply(_ apply: Spanned<[Transformation]>, into level: inout Level) {
    var aggregation = Aggregation(span: apply.span)
    var isAggregated = false
    for (index, transformation) in apply.value.enumerated() {
      let origin = Condition.Origin.apply(transformation: index)
      guard !isAggregated else {
        obscure(.apply, transformation.span)
        continue
      }
      switch transformation.kind {
      case .filter(let condition): filter(condition, origin, into: &level)
      case .aggregate(let items):
        isAggregated = true
        aggregate(items, origin, into: &aggregation, of: &level)
      case .groupby(let elements, let inner):
        isAggregated = true
        group(elements, origin, into: &aggregation, of: &level)
        for (index, transformation) in inner.enumerated() {
          if index == 0, case .aggregate(let items) = transformation.kind {
            aggregate(items, origin, into: &aggregation, of: &level)
          } else {
            obscure(.apply, transformation.span)
          }
        }
      default: obscure(.apply, transformation.span)
      }
    }
    if !isAggregated { obscure(.apply, apply.span) }
    let members = aggregation.groups.map(\.member) + aggregation.aggregates.map(\.member) + aggregation.counts
    // Two members of one name could show the one's values under the rules of the other.
    if Set(members).count != members.count { obscure(.apply, apply.span) }
    level.aggregation = aggregation
  }

  private mutating func group(
    _ elements: [GroupingElement], _ origin: Condition.Origin, into aggregation: inout Aggregation,
    of level: inout Level
  ) {
    for element in elements {
      guard case .property(let path) = element.kind, let column = column(path, origin, element.span, of: &level)
      else {
        obscure(.apply, element.span)
        continue
      }
      aggregation.groups.append(Aggregation.Output(column: column, member: Self.member(column)))
    }
  }

  /// Dataverse names a grouped column behind a lookup after the table that the column is of.
  private static func member(_ column: ColumnReference) -> String {
    guard !column.path.isEmpty, let table = column.table else { return column.name }
    return "\(table.logicalName)_\(column.name)"
  }

  private mutating func aggregate(
    _ items: [AggregateItem], _ origin: Condition.Origin, into aggregation: inout Aggregation, of level: inout Level
  ) {
    for item in items {
      measure.nodes += item.operand?.nodes.count ?? 0
      guard let alias = item.alias, item.steps.from.isEmpty else {
        obscure(.apply, item.span)
        continue
      }
      if item.operand == nil, item.steps.method == nil {
        aggregation.counts.append(alias)
      } else if let operand = item.operand, let path = operand.names, let method = item.steps.method?.known,
        let column = column(path, origin, operand.span(of: operand.root), of: &level)
      {
        aggregation.aggregates.append(Aggregation.Output(column: column, method: method, member: alias))
      } else {
        obscure(.apply, item.span)
      }
    }
  }

  /// The column at the end of a path of names through single rows; adds the navigation properties to the level.
  private mutating func column(
    _ path: [String], _ origin: Condition.Origin, _ span: Span, of level: inout Level
  ) -> ColumnReference? {
    guard let name = path.last, path.allSatisfy(\.isPlainName) else { return nil }
    var table = level.table
    var hops: [NavigationReference] = []
    for step in path.dropLast() {
      var hop = navigation(step, from: table, path: hops.map(\.name), .group, span)
      guard !(hop.navigation?.isCollection ?? false) else { return nil }
      hop.origin = origin
      table = hop.target
      hops.append(hop)
    }
    level.navigations += hops
    return ColumnReference(name, in: table, path: hops.map(\.name), span: span)
  }
}

extension Expression {
  /// The steps when it is a path of names alone.
  fileprivate var names: [String]? {
    var result: [String] = []
    var next = Optional(root)
    while let id = next {
      guard case .member(let base, let name) = self[id] else { return nil }
      result.append(name)
      next = base
    }
    return result.reversed()
  }
}

extension AggregateMethod {
  /// As far as Dataverse has it.
  fileprivate var known: AggregationMethod? {
    switch self {
    case .sum: .sum
    case .average: .average
    case .min: .min
    case .max: .max
    case .countdistinct, .custom: nil
    }
  }
}
