package import ODataURL

/// What `$apply` computes: a sequence of `filter(…)`, then one of `aggregate(…)` and `groupby(…)`, which is what
/// Dataverse takes.
package struct Aggregation: Sendable {
  /// Columns that rows are grouped by, with the names of the members they become (`{table}_{column}` behind a lookup).
  package var groups: [Output] = []
  /// Aggregated columns.
  package var aggregates: [Output] = []
  /// Names of members that hold a number of rows (`$count as n`).
  package var counts: [String] = []
  package var span: Span

  package struct Output: Sendable, Hashable {
    package var column: ColumnReference
    /// `nil` for a group.
    package var method: AggregationMethod?
    /// The member of the answer.
    package var member: String
  }
}

/// How values become one (`aggregate(column with METHOD as name)`), as far as Dataverse has it.
package enum AggregationMethod: String, Sendable, Hashable, CaseIterable { case sum, average, min, max }
