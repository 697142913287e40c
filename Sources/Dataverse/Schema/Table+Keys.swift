extension Table {
  /// Every set of columns that a key predicate can name together, by their property names: the primary key, in elastic
  /// tables also with the `partitionid` that the row was written with, and the alternate keys.
  package var keys: [Set<String>] {
    var keys: [Set<String>] = [[primaryKey]]
    if kind == .elastic { keys.append([primaryKey, Table.partition]) }
    return keys + alternateKeys.map { Set($0.columns.map(propertyName)) }
  }

  /// Whether a key predicate can name exactly these columns.
  func hasKey(of names: Set<String>) -> Bool { names == [primaryKey] || keys.contains(names) }

  private static let partition = "partitionid"

  /// As URLs name a column that keys name by its logical name.
  private func propertyName(ofColumn name: String) -> String {
    column(name)?.propertyName ?? columns.first { $0.logicalName == name }?.propertyName ?? name
  }
}

extension Schema {
  /// This schema with further alternate keys in some tables; a key that a table has already is not added.
  /// - Parameter keys: columns of each, by logical name of the table.
  package func adding(alternateKeys keys: [String: [[String]]]) -> Schema {
    guard !keys.isEmpty else { return self }
    return Schema(
      tables: tables.map { table in
        guard let added = keys[table.logicalName] else { return table }
        var all = table.alternateKeys
        for columns in added where !all.contains(where: { Set($0.columns) == Set(columns) }) {
          all.append(AlternateKey(columns.joined(separator: "_"), columns: columns))
        }
        return Table(
          logicalName: table.logicalName, entitySetName: table.entitySetName, primaryKey: table.primaryKey,
          primaryName: table.primaryName, kind: table.kind, columns: table.columns, navigations: table.navigations,
          alternateKeys: all)
      })
  }
}
