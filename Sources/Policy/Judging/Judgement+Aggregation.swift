import Dataverse
import ODataURL

/// Checks on `$apply`.
extension Judgement {
  mutating func checkAggregation(_ level: Level, _ rule: TableRule, _ options: QueryOptions) {
    guard let apply = options.apply else { return }
    guard let aggregation = level.aggregation, Judgement.has(apply.value, theFormOf: aggregation) else {
      // Said already of the part that is none.
      if obscurities.isEmpty {
        deny(
          .expression, apply.span, "This `$apply` cannot be read.",
          "Write filter(…), groupby((column),aggregate(…)) or aggregate(…).", about: rule)
      }
      return
    }
    for transformation in apply.value { check(transformation, rule) }
    for group in aggregation.groups {
      guard let (target, place) = self.place(of: group.column, from: rule) else { continue }
      guard let place, target.columns[place].isGroupable else {
        denyColumn(
          .aggregateColumn, group.column, target, "grouped by", \.isGroupable)
        continue
      }
    }
    for aggregate in aggregation.aggregates {
      guard let (target, place) = self.place(of: aggregate.column, from: rule), let method = aggregate.method else {
        continue
      }
      guard let place, target.columns[place].methods.contains(method) else {
        denyColumn(
          .aggregateColumn, aggregate.column, target, "aggregated with \(method.rawValue)"
        ) { $0.methods.contains(method) }
        continue
      }
    }
  }

  /// The rule of the table that a column of `$apply` belongs to, and the place of the column's rule in it.
  /// - Returns: `nil` after a finding when there is no way to the table.
  private mutating func place(
    of reference: ColumnReference, from rule: TableRule
  ) -> (rule: TableRule, place: Int?)? {
    if reference.isOfLevel { return (rule, place(of: reference, in: rule)) }
    guard let target = target(of: reference.path, from: rule, allowsCollections: false) else {
      denyWay("This way", reference.span, rule)
      return nil
    }
    var path: [String] = []
    for name in reference.path {
      path.append(name)
      if let between = self.target(of: path, from: rule, allowsCollections: false) { touch(between, reference.span) }
    }
    return (target, place(of: reference, in: target))
  }

  private mutating func check(_ transformation: Transformation, _ rule: TableRule) {
    let kind: TransformationKind
    var inner: [Transformation] = []
    switch transformation.kind {
    case .filter: kind = .filter
    case .aggregate: kind = .aggregate
    case .groupby(_, let below): (kind, inner) = (.groupby, below)
    default: return
    }
    if !rule.transformations.contains(kind) {
      let names = TransformationKind.allCases.filter(rule.transformations.contains).map(\.rawValue)
      deny(
        .option, transformation.span,
        "`\(kind.rawValue)` is not allowed in `$apply` on \(rule.table.entitySetName).",
        "Allowed: \(Judgement.list(names)).", about: rule)
    }
    for transformation in inner { check(transformation, rule) }
  }

  /// Whether an aggregation says all of the transformations: filters, then one `aggregate` or `groupby`.
  static func has(_ transformations: [Transformation], theFormOf aggregation: Aggregation) -> Bool {
    let rest = transformations.drop { if case .filter = $0.kind { true } else { false } }
    guard rest.count == 1, let last = rest.first else { return false }
    var groups = 0
    var items: [AggregateItem] = []
    switch last.kind {
    case .aggregate(let all): items = all
    case .groupby(let elements, let inner):
      guard elements.allSatisfy({ if case .property = $0.kind { true } else { false } }) else { return false }
      groups = elements.count
      if let only = inner.first {
        guard inner.count == 1, case .aggregate(let all) = only.kind else { return false }
        items = all
      }
    default: return false
    }
    return groups == aggregation.groups.count && items.count == aggregation.aggregates.count + aggregation.counts.count
      && items.allSatisfy { $0.alias != nil && $0.steps.from.isEmpty }
  }
}
