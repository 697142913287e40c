/// The rules by which a policy denies, by their stable ids. Findings with an id `DV…` come from ``ServiceRules``.
package enum FindingRule: String, Sendable, CaseIterable {
  /// The caller's scope is not in the policy.
  case scope = "policy.scope"
  /// The path is none of `set`, `set(key)`, `set/$count` and, where the navigation property may be expanded,
  /// `set(key)/navigation`.
  case path = "policy.path"
  /// The entity set is not in the policy.
  case table = "policy.table"
  /// A query option or form of path that is not named, or does not go with the path.
  case option = "policy.option"
  /// A column in `$select` that is not selectable.
  case selectColumn = "policy.column.select"
  /// A column in a key or `$filter` that is not filterable.
  case filterColumn = "policy.column.filter"
  /// A column in `$orderby` that is not orderable.
  case orderColumn = "policy.column.order"
  /// A column that `$apply` may not group by or aggregate so.
  case aggregateColumn = "policy.column.aggregate"
  /// A navigation property that may not be expanded, or that conditions may not go through.
  case navigation = "policy.navigation"
  /// No `$select`, where the policy wants one.
  case missingSelect = "policy.select"
  /// No condition of those that the table requires.
  case requirement = "policy.requires"
  /// A row filter that cannot be put in: a value of the caller is missing or of the wrong form, or the place takes none.
  case rowFilter = "policy.row-filter"
  /// An operator that is not named for the column.
  case `operator` = "policy.operator"
  /// A function that is not named for the column.
  case function = "policy.function"
  /// A part of an expression that does not say which column it reads.
  case expression = "policy.expression"
  /// An alias that is unused, repeated or stands for an alias.
  case alias = "policy.alias"
  /// A text that does not have the form asked for.
  case literal = "policy.literal"
  /// A paging token that was not given out for this query, caller and policy.
  case pagingToken = "policy.paging-token"
  /// A request about tables and columns that is not answered: metadata, or a form of it, that is not served.
  case metadata = "policy.metadata"
  /// Stands for the findings beyond those that are given.
  case more = "policy.more"
  case topLimit = "policy.limit.top"
  case urlLimit = "policy.limit.url"
  case nodesLimit = "policy.limit.nodes"
  case depthLimit = "policy.limit.depth"
  case orLimit = "policy.limit.or"
  case selectLimit = "policy.limit.select"
  case listLimit = "policy.limit.list"
  case expandLimit = "policy.limit.expand"
  case literalLimit = "policy.limit.literal"
  /// More navigation properties one after the other than the limit `pathDepth`, or the navigation property, allows.
  case pathLimit = "policy.limit.path"

  /// Whether a policy may set it to report only: what it stands for is understood and can be sent as it is. The others
  /// always refuse.
  package var canReport: Bool {
    switch self {
    case .selectColumn, .filterColumn, .orderColumn, .aggregateColumn, .missingSelect, .requirement, .operator,
      .function,
      .literal, .topLimit, .urlLimit, .nodesLimit, .depthLimit, .orLimit, .listLimit, .selectLimit, .literalLimit,
      .pathLimit:
      true
    case .scope, .path, .table, .option, .navigation, .rowFilter, .expression, .alias, .pagingToken, .metadata, .more,
      .expandLimit:
      false
    }
  }
}
