/// The rules by which a policy denies, by their stable ids. Findings with an id `DV…` come from ``ServiceRules``.
package enum FindingRule: String, Sendable, CaseIterable {
  /// The caller's scope is not in the policy.
  case scope = "policy.scope"
  /// The path is none of `set`, `set(key)`, `set/$count`.
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
  /// Stands for the findings beyond those that are given.
  case more = "policy.more"
  case topLimit = "policy.limit.top"
  case urlLimit = "policy.limit.url"
  case nodesLimit = "policy.limit.nodes"
  case depthLimit = "policy.limit.depth"
  case orLimit = "policy.limit.or"
  case selectLimit = "policy.limit.select"
  case literalLimit = "policy.limit.literal"
}
