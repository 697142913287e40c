package import Dataverse

/// One legacy entity and where its rows come from.
package struct LegacyEntity: Sendable, Hashable {
  /// As documentation and answers spell it.
  package var name: String
  /// The Dataverse table.
  package var table: Table
  /// Columns with the value they must have, AND-ed to every query.
  package var conditions: [Condition]
  /// A column that holds a JSON object whose members the legacy rows had as columns.
  package var unfold: String?
  /// Property name → legacy name, of the columns that legacy rows show.
  package var columns: [String: String]
  /// The column whose value names one row: that of `Customer('…')`. `nil` where rows are not read by key.
  package var key: String?
  /// Columns that `$search` looks through, in the order of the file; none where it is not offered.
  package var searched: [String]
  /// Whether the scope that the entity was narrowed to has all of the columns that `$search` looks through: where one is
  /// hidden, a search is refused as a whole.
  var hasWholeSearch = true
  /// What `$expand` can add to rows, in the order of the file.
  package var expansions: [LegacyNavigation]
  /// Properties that hold points in time.
  package var times: Set<String>
  /// Properties that hold ids of customers, and how those are written there.
  package var ids: [String: CustomerID.Form]
  /// Legacy names and aliases in lower case → property name.
  var properties: [String: String]

  /// A column and the text that it must hold.
  package struct Condition: Sendable, Hashable {
    /// Property name.
    package var column: String
    /// Compared as Dataverse compares text: without case.
    package var value: String
  }

  /// The column behind a legacy name in any case.
  package func property(_ name: String) -> String? { properties[name.lowercased()] }

  /// A name by which queries may call a column that rows do not show, in lower case; `nil` where there is none.
  package func alias(of column: String) -> String? {
    properties.lazy.filter { $0.value == column }.map(\.key).min()
  }

  /// What `$expand` adds under this name, in any case.
  package func expansion(_ name: String) -> LegacyNavigation? {
    // As it is spelled in the documentation, mostly.
    if let found = expansions.first(where: { $0.name == name }) { return found }
    let name = name.lowercased()
    return expansions.first { $0.name.lowercased() == name }
  }
}

/// The way from the rows of one legacy entity to those of another: equal values of two columns.
package struct LegacyNavigation: Sendable, Hashable {
  /// As answers spell it.
  package var name: String
  /// Name of the entity whose rows are expanded; it is one of the mapping's.
  package var entity: String
  /// Column of the table that is expanded from.
  package var from: String
  /// Column of the other table that has the same value.
  package var column: String
  /// Shown as an array; as one object otherwise.
  package var isCollection: Bool
}
