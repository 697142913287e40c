extension Schema {
  /// This schema with what a CSDL document does not tell taken from another one: for tables and columns of the same name
  /// the kind of table, its primary name and alternate keys, the columns' display names (and with them the legacy
  /// spelling), their lengths, and what they are where one CSDL type stands for several.
  ///
  /// What this schema says itself stays. No table or column is added: what the organization does not have is not there.
  /// - Parameter known: the built-in tables, usually.
  package func completed(from known: Schema) -> Schema {
    Schema(
      tables: tables.map { table in
        known.table(named: table.logicalName).map { table.completed(from: $0) } ?? table
      })
  }
}

extension Table {
  fileprivate func completed(from known: Table) -> Table {
    Table(
      logicalName: logicalName, entitySetName: entitySetName, primaryKey: primaryKey,
      primaryName: primaryName.isEmpty && known.primaryName.isKnown(in: self) ? known.primaryName : primaryName,
      kind: kind == .standard ? known.kind : kind,
      columns: columns.map { column in
        known.column(column.propertyName).map { column.completed(fromCSDL: $0) } ?? column
      },
      navigations: navigations,
      alternateKeys: alternateKeys.isEmpty
        ? known.alternateKeys.filter { key in key.columns.allSatisfy { $0.isKnown(in: self) } } : alternateKeys)
  }
}

extension String {
  fileprivate func isKnown(in table: Table) -> Bool { table.column(self) != nil }
}

extension Column {
  fileprivate func completed(fromCSDL known: Column) -> Column {
    let type =
      switch (type, known.type) {
      case (.text, .memo), (.text, .choices), (.wholeNumber, .choice), (.decimal, .money), (.dateTime, .dateOnly),
        (.image, .file), (.lookup(target: ""), .lookup):
        known.type
      default: type
      }
    return Column(
      logicalName, type, displayName: displayName == logicalName ? known.displayName : displayName,
      maxLength: maxLength ?? known.maxLength, isSystem: isSystem || known.isSystem,
      isComputed: isComputed || known.isComputed)
  }
}
