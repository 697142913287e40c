/// What one query may cost. Each is the largest value that passes.
package struct PolicyLimits: Sendable, Hashable {
  /// `$top`.
  package var top = 500
  /// Rows of a page; more are never asked for, fewer are when the caller prefers that.
  package var pageSize = 500
  /// Bytes of path and query below the service root, as printed for the upstream.
  package var urlBytes = 16_384
  /// Nodes of the key, `$filter` and `$orderby` together.
  package var nodes = 800
  /// Nesting of a filter; a chain of one operator counts once.
  package var depth = 8
  /// Operands of one chain of `or`.
  package var orWidth = 100
  /// Values of one list (`In`, `NotIn`, `ContainValues`, …).
  package var listItems = 100
  /// Columns in `$select`.
  package var selectColumns = 100
  /// Items of all `$expand` together; Dataverse takes 15.
  package var expands = 15
  /// Levels of `$expand` inside `$expand`; 1 for none inside another.
  package var expandDepth = 1
  /// Rows of an expanded collection for each row, where the navigation property says nothing else.
  package var expandTop = 100
  /// Navigation properties one after the other in a path of a condition or of `$apply`; those of lambdas around it count.
  package var pathDepth = 2
  /// Unicode scalars of one text in a key or filter.
  package var filterLiteralLength = 400

  /// The limits of a policy that says nothing of them.
  package init() {}
}
