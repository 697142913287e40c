import Dataverse
import YAMLFile

/// Stage `resolve`: every name in the file gets its meaning, or is reported with the nearest known one.
extension Compilation {
  /// Types that unification can give to a column.
  static let declarableTypes = ColumnType.simple.filter { $0 != .file && $0 != .image }

  mutating func resolve() {
    leaveOutAbsentTables()
    for table in source.tables { resolveTable(table) }
    declareColumns()
    declareKeys()
    for (index, table) in resolved.enumerated() {
      resolvedIndex[table.table.logicalName] = index
    }
    let targets = Set(source.tables.map(\.name))
    for index in resolved.indices {
      resolved[index].navigations = resolved[index].source.navigations.compactMap {
        navigation($0, of: resolved[index].table, among: targets)
      }
      for requirement in resolved[index].source.requirements { resolve(requirement, in: resolved[index]) }
      if let filter = resolved[index].source.rowFilter { resolved[index].rowFilter = rowFilter(filter, index) }
    }
    resolveScopes()
  }

  /// Forgets what the file says of optional tables that are not there, in scopes, too.
  private mutating func leaveOutAbsentTables() {
    optionalTables = Set(source.tables.filter(\.isOptional).map(\.name))
    let absent = Set(source.tables.filter { $0.isOptional && schema.table(named: $0.name) == nil }.map(\.name))
    guard !absent.isEmpty else { return }
    source.tables.removeAll { absent.contains($0.name) }
    for index in source.scopes.indices {
      source.scopes[index].tables?.removeAll { absent.contains($0.name) }
      source.scopes[index].rowFilters.removeAll { absent.contains($0.table.text) }
      source.scopes[index].requirements.removeAll { absent.contains($0.table.text) }
    }
  }

  /// Reads a condition on the rows of a table.
  func rowFilter(_ word: PolicySource.Word, _ index: Int) -> RowFilter? {
    RowFilterReader(reader: reader, table: resolved[index].table, schema: schema, word: word).read()
  }

  private mutating func resolveTable(_ source: PolicySource.TableSource) {
    guard let known = schema.table(named: source.name) else {
      let isSet = schema.table(entitySet: source.name)
      let nearest = isSet?.logicalName ?? reader.nearest(to: source.name, among: schema.tables.map(\.logicalName))
      reader.report(
        at: source.keyNode, path: source.path, message: "There is no table `\(source.name)`.",
        help: nearest.map { "Did you mean `\($0)`?" }
          ?? "Tables are named by their logical name. Known: \(Compilation.list(schema.tables.map(\.logicalName))).")
      return
    }
    resolved.append(
      ResolvedTable(
        source: source, table: known, columns: [], columnIndex: [:], options: source.options ?? self.source.options))
  }

  /// Puts declared columns into the schema, and finds the columns of all tables.
  private mutating func declareColumns() {
    for index in resolved.indices {
      let declared = resolved[index].source.columns.compactMap { column in
        column.type.flatMap { declaration(column, $0, in: resolved[index].table) }
      }
      if !declared.isEmpty {
        schema = schema.declaring(declared, inTable: resolved[index].table.logicalName)
        resolved[index].table = schema.table(named: resolved[index].table.logicalName) ?? resolved[index].table
      }
      let table = resolved[index].table
      for column in resolved[index].source.columns {
        if let known = table.column(column.name) {
          resolved[index].columnIndex[column.name] = resolved[index].columns.count
          resolved[index].columns.append(ResolvedColumn(source: column, column: known))
        } else if column.type == nil {
          reportUnknown(column.name, at: column.keyNode, column.path, in: table)
        }
      }
    }
  }

  private func declaration(
    _ source: PolicySource.ColumnSource, _ type: PolicySource.Word, in table: Table
  ) -> Column? {
    let path = type.path
    guard let columnType = Compilation.declarableTypes.first(where: { $0.name == type.text }) else {
      let names = Compilation.declarableTypes.map(\.name)
      reader.report(
        at: type.node, path: path, message: "There is no column type `\(type.text)`.",
        help: reader.nearest(to: type.text, among: names).map { "Did you mean `\($0)`?" }
          ?? "One of: \(names.joined(separator: ", ")).")
      return nil
    }
    guard Policy.tenantTables.contains(table.logicalName) else {
      reader.report(
        at: type.node, path: path,
        message: "Columns cannot be declared in \(table.logicalName): it is the same in every organization.",
        help: "Remove `type`.")
      return nil
    }
    guard Compilation.isLogicalName(source.name) else {
      reader.report(
        at: source.keyNode, path: source.path,
        message: "`\(source.name)` cannot be a column: names are lower-case letters, digits and `_`.")
      return nil
    }
    if let known = table.column(source.name), !known.type.agrees(with: columnType) {
      reader.report(
        at: type.node, path: path, message: "The organization says that this column is \(known.type.name).",
        help: "Write `type: \(known.type.name)`, or remove it.")
      return nil
    }
    let prefix = "msdynci_"
    let bare = source.name.hasPrefix(prefix) ? String(source.name.dropFirst(prefix.count)) : source.name
    return Column(source.name, columnType, displayName: source.displayName?.text ?? bare)
  }

  /// Puts the alternate keys that the file names into the schema.
  private mutating func declareKeys() {
    var keys: [String: [[String]]] = [:]
    for table in resolved {
      for key in table.source.alternateKeys where isSound(key, in: table) {
        keys[table.table.logicalName, default: []].append(key.columns.map(\.text))
      }
    }
    guard !keys.isEmpty else { return }
    schema = schema.adding(alternateKeys: keys)
    for index in resolved.indices {
      resolved[index].table = schema.table(named: resolved[index].table.logicalName) ?? resolved[index].table
    }
  }

  /// Reports a key that the table cannot have.
  private func isSound(_ key: PolicySource.AlternateKeySource, in resolved: ResolvedTable) -> Bool {
    let table = resolved.table
    if table.kind == .virtual {
      reader.report(at: key.node, path: key.path, message: "A virtual table has no alternate keys.")
      return false
    }
    var isSound = true
    for word in key.columns {
      guard let column = table.column(word.text) else {
        reportUnknown(word.text, at: word.node, word.path, in: table, declares: false)
        isSound = false
        continue
      }
      if !column.type.canBeKey {
        reader.report(
          at: word.node, path: word.path, message: "`\(word.text)` is \(column.type.name), which no key can have.")
        isSound = false
      }
    }
    guard isSound, !key.columns.isEmpty else { return false }
    let names = Set(key.columns.map(\.text))
    if names == [table.primaryKey] {
      reader.report(
        at: key.node, path: key.path, message: "`\(table.primaryKey)` is the primary key.",
        help: "Leave it out: the primary key is always known.")
      return false
    }
    guard !table.alternateKeys.isEmpty, !table.keys.contains(names) else { return true }
    let known = table.alternateKeys.map { "[\($0.columns.joined(separator: ", "))]" }
    reader.report(
      at: key.node, path: key.path, message: "The organization says that \(table.logicalName) has no such key.",
      help: "Its alternate keys are: \(Compilation.list(known)).")
    return false
  }

  func reportUnknown(_ name: String, at node: YAMLNode, _ path: String, in table: Table, declares: Bool = true) {
    let help: String
    if let lookup = table.columns.first(where: { $0.logicalName == name }) {
      help = "A lookup is named as in URLs: `\(lookup.propertyName)`."
    } else if let nearest = reader.nearest(to: name, among: table.columns.map(\.propertyName)) {
      help = "Did you mean `\(nearest)`?"
    } else if declares, Policy.tenantTables.contains(table.logicalName) {
      help = "Declare a column of your tenant by its `type`, for example `type: text`."
    } else {
      help = "Known: \(Compilation.list(table.columns.filter { !$0.isSystem }.map(\.propertyName)))."
    }
    reader.report(at: node, path: path, message: "\(table.logicalName) has no column `\(name)`.", help: help)
  }

  // MARK: Navigation properties and requirements

  private func navigation(
    _ source: PolicySource.NavigationSource, of table: Table, among targets: Set<String>
  ) -> ResolvedNavigation? {
    guard let navigation = table.navigation(source.name) else {
      let nearest = reader.nearest(to: source.name, among: table.navigations.map(\.name))
      let known = table.navigations.map(\.name)
      reader.report(
        at: source.keyNode, path: source.path,
        message: "\(table.logicalName) has no navigation property `\(source.name)`.",
        help: nearest.map { "Did you mean `\($0)`?" }
          ?? (known.isEmpty ? "It has none." : "Known: \(Compilation.list(known))."))
      return nil
    }
    guard targets.contains(navigation.target) else {
      reader.report(
        at: source.keyNode, path: source.path,
        message: "This never applies: it leads to \(navigation.target), which is not in `tables`.",
        help: "Name that table, too, with the columns that may be read.")
      return nil
    }
    return ResolvedNavigation(source: source, navigation: navigation)
  }

  /// Reports names that are no columns, of the table or of what the policy says of it.
  func resolve(_ requirement: PolicySource.RequirementSource, in table: ResolvedTable) {
    for column in requirement.columns where table.column(column.text) == nil {
      guard table.table.column(column.text) != nil else {
        reportUnknown(column.text, at: column.node, column.path, in: table.table, declares: false)
        continue
      }
      reader.report(
        at: column.node, path: column.path,
        message: "No query can name this column: `\(column.text)` is not in the table's `columns`.",
        help: "Put it there with `filter: [eq]`.")
    }
  }

  // MARK: Words

  private static func isLogicalName(_ name: String) -> Bool {
    (1...128).contains(name.utf8.count)
      && name.utf8.allSatisfy { ($0 >= 0x61 && $0 <= 0x7A) || ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x5F }
  }
}

extension ColumnType {
  /// Dataverse makes alternate keys of these types, and of lookups and dates (documented under "Define alternate keys").
  fileprivate var canBeKey: Bool {
    switch self {
    case .text, .wholeNumber, .bigInt, .decimal, .dateTime, .dateOnly, .choice, .lookup, .uniqueIdentifier: true
    case .memo, .double, .money, .boolean, .choices, .file, .image: false
    }
  }

  /// Whether a declaration may say `declared` of a column that the organization describes as this type. Table
  /// definitions do not always tell text from memo and dates from times.
  fileprivate func agrees(with declared: ColumnType) -> Bool {
    switch (self, declared) {
    case (.text, .memo), (.memo, .text), (.dateTime, .dateOnly): true
    default: self == declared
    }
  }
}

extension Schema {
  /// Adds declared columns; of those that are there, only the type can become more exact.
  fileprivate func declaring(_ declared: [Column], inTable logicalName: String) -> Schema {
    guard let table = table(named: logicalName) else { return self }
    let types = Dictionary(declared.map { ($0.logicalName, $0.type) }, uniquingKeysWith: { first, _ in first })
    let refined = table.columns.map { column in
      guard let type = types[column.logicalName] else { return column }
      return Column(
        column.logicalName, type, displayName: column.displayName, maxLength: column.maxLength,
        isSystem: column.isSystem, isComputed: column.isComputed)
    }
    let known = Set(table.columns.map(\.logicalName))
    return replacingColumns(
      ofTable: logicalName, with: refined + declared.filter { !known.contains($0.logicalName) })
  }
}
