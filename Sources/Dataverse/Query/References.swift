package import ODataURL

/// A name where a column is meant.
///
/// Small, since a query has many and each is handed on often: one reference to count, and what few of them have kept
/// apart.
package struct ColumnReference: Sendable {
  /// The table the column belongs to; `nil` when the schema does not know it.
  package let table: Table?
  package let span: Span
  /// Whether ``path`` is empty.
  package let isOfLevel: Bool
  /// ``index``, but -1 for a name that is no column.
  package let place: Int32
  private let rare: Rare?

  /// What only names have that are unknown, given as text, or behind a navigation property.
  private final class Rare: Sendable {
    let name: String
    let path: [String]
    let isText: Bool

    init(name: String, path: [String], isText: Bool) {
      self.name = name
      self.path = path
      self.isText = isText
    }
  }

  /// A column of `table` by its property name.
  package init(
    _ name: String, in table: Table?, path: [String] = [], span: Span, isText: Bool = false
  ) {
    let place = table?.columnIndex(name).flatMap(Int32.init(exactly:)) ?? -1
    self.table = table
    self.span = span
    self.place = place
    isOfLevel = path.isEmpty
    rare = place < 0 || isText || !path.isEmpty ? Rare(name: name, path: path, isText: isText) : nil
  }

  /// As written.
  package var name: String {
    if let rare { return rare.name }
    // Found by its bytes, so that this is what was written.
    guard let table, place >= 0 else { return "" }
    return table.columns[Int(place)].propertyName
  }

  /// Where in ``Table/columns`` it is; `nil` when the table has no column of this name.
  package var index: Int? { place < 0 ? nil : Int(place) }

  /// Navigation properties between the level's table and ``table``, outermost first; empty for its own columns.
  package var path: [String] { rare?.path ?? [] }

  /// The name was given as text (`PropertyName='…'`): until it is found to be a column it may be anything, and no
  /// message may repeat it.
  package var isText: Bool { rare?.isText ?? false }

  /// The column; `nil` when the table has none of this name.
  package var column: Column? {
    guard let table, let index else { return nil }
    return table.columns[index]
  }

  /// The type of the column.
  @inline(__always)
  var type: ColumnType? {
    guard let table, place >= 0 else { return nil }
    return table.columns[Int(place)].type
  }
}

extension ColumnReference: Hashable {
  package static func == (left: ColumnReference, right: ColumnReference) -> Bool {
    left.place == right.place && left.span == right.span && left.isText == right.isText && left.table == right.table
      && left.path == right.path && left.name == right.name
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(path)
    hasher.combine(span)
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
