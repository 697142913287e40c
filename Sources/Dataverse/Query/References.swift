package import ODataURL

/// A name where a column is meant.
package struct ColumnReference: Sendable, Hashable {
  /// As written.
  package var name: String
  /// The table the column belongs to; `nil` when the schema does not know it.
  package var table: Table?
  /// Where in ``Table/columns`` it is; `nil` when the table has no column of this name.
  package var index: Int?
  /// Navigation properties between the level's table and ``table``, outermost first; empty for its own columns.
  package var path: [String] = []
  package var span: Span
  /// The name was given as text (`PropertyName='…'`): until it is found to be a column it may be anything, and no
  /// message may repeat it.
  package var isText = false

  /// A column of `table` by its property name.
  package init(
    _ name: String, in table: Table?, path: [String] = [], span: Span, isText: Bool = false
  ) {
    self.name = name
    self.table = table
    index = table?.columnIndex(name)
    self.path = path
    self.span = span
    self.isText = isText
  }

  /// The column; `nil` when the table has none of this name.
  package var column: Column? {
    guard let table, let index else { return nil }
    return table.columns[index]
  }

  /// The property name that was meant, where the logical name of a lookup or the name of its navigation property stands:
  /// `_x_value` for `x`; `nil` when the name is right, or nothing like it is known. Tells that the column exists: only
  /// for those who may see it.
  package var meant: String? {
    guard let table, index == nil else { return nil }
    let property = "_\(table.navigation(name)?.lookup ?? name)_value"
    return table.columnIndex(property) == nil ? nil : property
  }
}

/// A name where a navigation property is meant.
package struct NavigationReference: Sendable, Hashable {
  /// As written.
  package var name: String
  /// The table that it starts from; `nil` when the schema does not know it.
  package var source: Table?
  /// `nil` when the table has no navigation property of this name.
  package var navigation: NavigationProperty?
  /// The table that it leads to; `nil` when the schema does not know it.
  package var target: Table?
  package var span: Span
  /// Navigation properties between the level's table and ``source``, outermost first.
  package var path: [String] = []
  /// What it is followed for.
  package var use: Use
  /// Stands under an odd number of `not`.
  package var isNegated = false
  /// Where the expression is that ``step`` and ``node`` are nodes of; means nothing for ``Use/expand``.
  package var origin = Condition.Origin.filter
  /// The step of the path that names it: what a column of ``target`` is a `member` of. `nil` in `$expand`, and for
  /// ``Use/group``, which is no expression.
  package var step: NodeID?
  /// The condition or lambda that goes through it; for the steps in front of a collection, its lambda.
  package var node: NodeID?

  package enum Use: Sendable, Hashable {
    case expand
    /// A condition on a column behind it, or a lambda on a collection behind it.
    case lookup
    /// A lambda on the collection. `any` without a condition asks whether there are rows.
    case any, all
    /// A column behind it that `$apply` groups by or aggregates.
    case group
  }
}
