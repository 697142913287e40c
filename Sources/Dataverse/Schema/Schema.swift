/// The tables of an organization that Sluice knows of, found by entity set name or logical name.
package struct Schema: Sendable {
  package let tables: [Table]
  /// Changes whenever any table or column does; part of every cache key.
  package let version: String
  private let bySet: [String: Int]
  private let byLogicalName: [String: Int]

  /// - Precondition-free: of two tables with one entity set name or logical name the first is found.
  package init(tables: [Table]) {
    self.tables = tables
    bySet = Dictionary(tables.enumerated().map { ($1.entitySetName, $0) }, uniquingKeysWith: { first, _ in first })
    byLogicalName = Dictionary(
      tables.enumerated().map { ($1.logicalName, $0) }, uniquingKeysWith: { first, _ in first })
    version = Schema.fingerprint(of: tables)
  }

  /// The table behind an entity set; names are case-sensitive.
  package func table(entitySet name: String) -> Table? { bySet[name].map { tables[$0] } }
  /// The table with a logical name.
  package func table(named name: String) -> Table? { byLogicalName[name].map { tables[$0] } }
}

/// A Dataverse table (CSDL `EntityType` with its `EntitySet`).
package struct Table: Sendable, Hashable {
  package var logicalName: String
  package var entitySetName: String
  /// The `Guid` key column.
  package var primaryKey: String
  package var primaryName: String
  /// Elastic tables page by 500, standard ones by 5,000.
  package var isElastic: Bool
  package var columns: [Column]
  private var index: [String: Int]

  package init(
    logicalName: String, entitySetName: String, primaryKey: String, primaryName: String, isElastic: Bool = true,
    columns: [Column]
  ) {
    self.logicalName = logicalName
    self.entitySetName = entitySetName
    self.primaryKey = primaryKey
    self.primaryName = primaryName
    self.isElastic = isElastic
    self.columns = columns
    index = Dictionary(columns.enumerated().map { ($1.propertyName, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The column whose Web API property name is `name` (for a lookup: `_x_value`); names are case-sensitive.
  package func column(_ name: String) -> Column? { index[name].map { columns[$0] } }

  /// Rows a page holds unless the client asks for fewer.
  package var pageSize: Int { isElastic ? 500 : 5000 }
}

/// A column of a table.
package struct Column: Sendable, Hashable {
  package var logicalName: String
  package var type: ColumnType
  /// The column's DisplayName: for Customer Insights columns it keeps the legacy spelling (`ActivityTypeDisplay`).
  package var displayName: String
  /// Longest text in characters, for text and memo.
  package var maxLength: Int?
  /// Present on every table (`createdon`, `ownerid`, …); the legacy API had none of them.
  package var isSystem: Bool

  package init(
    _ logicalName: String, _ type: ColumnType, displayName: String, maxLength: Int? = nil, isSystem: Bool = false
  ) {
    self.logicalName = logicalName
    self.type = type
    self.displayName = displayName
    self.maxLength = maxLength
    self.isSystem = isSystem
  }

  /// The name in Web API queries and answers: `_x_value` for a lookup, the logical name otherwise.
  package var propertyName: String {
    switch type {
    case .lookup: "_\(logicalName)_value"
    default: logicalName
    }
  }
}

/// Dataverse column types as far as reads tell them apart.
package enum ColumnType: Sendable, Hashable {
  case text, memo, uniqueIdentifier, dateTime, dateOnly, wholeNumber, bigInt, decimal, double, boolean, choice
  /// A lookup; the logical name of the table it points at.
  case lookup(target: String)
}
