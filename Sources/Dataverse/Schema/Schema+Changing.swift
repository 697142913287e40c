extension Schema {
  /// This schema with other columns in one table; unchanged when there is no such table.
  ///
  /// What table definitions do not tell is kept from the column of the same name: the longest text, the target of a
  /// lookup, whether a date has no time.
  /// - Parameter logicalName: of the table.
  package func replacingColumns(ofTable logicalName: String, with columns: [Column]) -> Schema {
    Schema(
      tables: tables.map { table in
        guard table.logicalName == logicalName else { return table }
        var known: [String: Column] = [:]
        for column in table.columns { known[column.logicalName] = column }
        return table.with(columns: columns.map { $0.completed(from: known[$0.logicalName]) })
      })
  }

  /// This schema in the order of names, without the ways to tables that are not in it: what is left is the same for the
  /// same tables, in whatever order an organization told of them.
  package func sorted() -> Schema {
    Schema(
      tables: tables.sorted { $0.logicalName < $1.logicalName }.map { table in
        Table(
          logicalName: table.logicalName, entitySetName: table.entitySetName, primaryKey: table.primaryKey,
          primaryName: table.primaryName, kind: table.kind,
          columns: table.columns.sorted { $0.logicalName < $1.logicalName },
          navigations: table.navigations.filter { self.table(named: $0.target) != nil }.sorted { $0.name < $1.name },
          alternateKeys: table.alternateKeys.sorted { $0.name < $1.name })
      })
  }
}

extension Table {
  fileprivate func with(columns: [Column]) -> Table {
    Table(
      logicalName: logicalName, entitySetName: entitySetName, primaryKey: primaryKey, primaryName: primaryName,
      kind: kind, columns: columns, navigations: navigations, alternateKeys: alternateKeys)
  }
}

extension Column {
  /// This column with what table definitions do not tell taken from one of the same name.
  fileprivate func completed(from known: Column?) -> Column {
    guard let known else { return self }
    let type =
      switch (type, known.type) {
      case (.lookup(target: ""), .lookup), (.dateTime, .dateOnly): known.type
      default: type
      }
    return Column(
      logicalName, type, displayName: displayName, maxLength: maxLength ?? known.maxLength, isSystem: isSystem,
      isComputed: isComputed)
  }
}
