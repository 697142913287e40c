/// The tables of an organization that Sluice knows of, found by entity set name or logical name. A class, as ``Table`` is.
package final class Schema: Sendable {
  package let tables: [Table]
  /// Changes whenever any table or column does; part of every cache key.
  package let version: String
  private let bySet: NameIndex
  private let byLogicalName: NameIndex

  /// - Precondition-free: of two tables with one entity set name or logical name the first is found.
  package init(tables: [Table]) {
    self.tables = tables
    bySet = NameIndex(tables.map(\.entitySetName))
    byLogicalName = NameIndex(tables.map(\.logicalName))
    version = Schema.fingerprint(of: tables)
  }

  /// The table behind an entity set; names are case-sensitive.
  package func table(entitySet name: String) -> Table? { bySet[name].map { tables[$0] } }
  /// The table with a logical name.
  package func table(named name: String) -> Table? { byLogicalName[name].map { tables[$0] } }
}

/// A Dataverse table (CSDL `EntityType` with its `EntitySet`). A class, since every name of a query refers to one: a
/// reference costs one count, a struct of this size many.
package final class Table: Sendable {
  package let logicalName: String
  package let entitySetName: String
  /// The `Guid` key column.
  package let primaryKey: String
  package let primaryName: String
  package let kind: TableKind
  package let columns: [Column]
  package let navigations: [NavigationProperty]
  package let alternateKeys: [AlternateKey]
  private let columnPlaces: NameIndex
  private let navigationPlaces: NameIndex
  /// Whether no column has a name that means something else in a query: `*`, or one with a dot.
  let hasPlainNames: Bool

  /// Of two columns or navigation properties of one name the first is found.
  package init(
    logicalName: String, entitySetName: String, primaryKey: String, primaryName: String, kind: TableKind = .elastic,
    columns: [Column], navigations: [NavigationProperty] = [], alternateKeys: [AlternateKey] = []
  ) {
    self.logicalName = logicalName
    self.entitySetName = entitySetName
    self.primaryKey = primaryKey
    self.primaryName = primaryName
    self.kind = kind
    self.columns = columns
    self.navigations = navigations
    self.alternateKeys = alternateKeys
    columnPlaces = NameIndex(columns.map(\.propertyName))
    navigationPlaces = NameIndex(navigations.map(\.name))
    hasPlainNames = columns.allSatisfy(\.propertyName.isPlainName)
  }

  /// The column whose Web API property name is `name` (for a lookup: `_x_value`); names are case-sensitive.
  package func column(_ name: String) -> Column? { columnPlaces[name].map { columns[$0] } }

  /// Where in ``columns`` the column of this property name is.
  package func columnIndex(_ name: String) -> Int? { columnPlaces[name] }

  /// The navigation property of this name; names are case-sensitive.
  package func navigation(_ name: String) -> NavigationProperty? { navigationPlaces[name].map { navigations[$0] } }

  /// Rows a page holds unless the client asks for fewer.
  package var pageSize: Int { kind == .elastic ? 500 : 5000 }
}

extension Table: Hashable {
  package static func == (left: Table, right: Table) -> Bool {
    left === right
      || left.logicalName == right.logicalName && left.entitySetName == right.entitySetName
        && left.primaryKey == right.primaryKey && left.primaryName == right.primaryName && left.kind == right.kind
        && left.columns == right.columns && left.navigations == right.navigations
        && left.alternateKeys == right.alternateKeys
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(logicalName) }
}

/// Where the rows of a table are, and so what queries on it can do (Dataverse: Standard, Elastic, Virtual).
package enum TableKind: String, Sendable, Hashable { case standard, elastic, virtual }

/// The way from the rows of a table to those of another (CSDL `NavigationProperty`).
package struct NavigationProperty: Sendable, Hashable {
  package var name: String
  /// Logical name of the table it leads to.
  package var target: String
  package var isCollection: Bool
  /// Logical name of the lookup column that a single-valued one follows.
  package var lookup: String?
  /// A collection through an intersect table, which Dataverse expands with further restrictions.
  package var isManyToMany: Bool

  package init(
    _ name: String, target: String, isCollection: Bool, lookup: String? = nil, isManyToMany: Bool = false
  ) {
    self.name = name
    self.target = target
    self.isCollection = isCollection
    self.lookup = lookup
    self.isManyToMany = isManyToMany
  }
}

/// Columns that name one row together.
package struct AlternateKey: Sendable, Hashable {
  package var name: String
  /// Property names.
  package var columns: [String]

  package init(_ name: String, columns: [String]) {
    self.name = name
    self.columns = columns
  }
}

/// A column of a table.
package struct Column: Sendable, Hashable {
  package let logicalName: String
  package let type: ColumnType
  /// The column's DisplayName: for Customer Insights columns it keeps the legacy spelling (`ActivityTypeDisplay`).
  package var displayName: String
  /// Longest text in characters, for text and memo.
  package var maxLength: Int?
  /// Present on every table (`createdon`, `ownerid`, …); the legacy API had none of them.
  package var isSystem: Bool
  /// Computed when it is read (formula, calculated, rollup): conditions on it are slow.
  package var isComputed: Bool
  /// The name in Web API queries and answers: `_x_value` for a lookup, the logical name otherwise.
  package let propertyName: String

  package init(
    _ logicalName: String, _ type: ColumnType, displayName: String, maxLength: Int? = nil, isSystem: Bool = false,
    isComputed: Bool = false
  ) {
    self.logicalName = logicalName
    self.type = type
    self.displayName = displayName
    self.maxLength = maxLength
    self.isSystem = isSystem
    self.isComputed = isComputed
    propertyName =
      switch type {
      case .lookup: "_\(logicalName)_value"
      default: logicalName
      }
  }
}

/// Dataverse column types as far as reads tell them apart.
package enum ColumnType: Sendable, Hashable {
  case text, memo, uniqueIdentifier, dateTime, dateOnly, wholeNumber, bigInt, decimal, double, money, boolean
  /// A choice, state or status: a whole number.
  case choice
  /// Several choices: text like `1,9`.
  case choices
  /// Bytes outside the row: no conditions, and `/$value` leads out of the JSON.
  case file, image
  /// A lookup; the logical name of the table it points at.
  case lookup(target: String)
}
