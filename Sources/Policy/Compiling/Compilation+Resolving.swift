import Dataverse
import YAMLFile

/// Stage `resolve`: every name in the file gets its meaning, or is reported with the nearest known one.
extension Compilation {
  /// Tables whose columns follow from the tenant's own data, so that a policy may declare some.
  private static let tenantTables: Set<String> = ["msdynci_customerprofile"]

  mutating func resolve() {
    guard let source else { return }
    for table in source.tables { resolveTable(table) }
    resolveScopes(source)
  }

  private mutating func resolveTable(_ source: PolicySource.TableSource) {
    guard let known = schema.table(named: source.name) else {
      let isSet = schema.table(entitySet: source.name)
      let nearest = isSet?.logicalName ?? NearestName.nearest(to: source.name, among: schema.tables.map(\.logicalName))
      reader.report(
        at: source.keyNode, path: source.path, message: "There is no table `\(source.name)`.",
        help: nearest.map { "Did you mean `\($0)`?" }
          ?? "Tables are named by their logical name. Known: \(Compilation.list(schema.tables.map(\.logicalName))).")
      return
    }
    var declared: [Column] = []
    var table = known
    for column in source.columns {
      guard let type = column.type, let made = declaration(column, type, in: known) else { continue }
      declared.append(made)
    }
    if !declared.isEmpty {
      schema = schema.declaring(declared, inTable: known.logicalName)
      table = schema.table(named: known.logicalName) ?? known
    }
    var columns: [ResolvedColumn] = []
    for column in source.columns {
      if let known = table.column(column.name) {
        columns.append(ResolvedColumn(source: column, column: known))
      } else if column.type == nil {
        reportUnknown(column, in: table)
      }
    }
    resolved.append(ResolvedTable(source: source, table: table, columns: columns))
  }

  private func declaration(
    _ source: PolicySource.ColumnSource, _ type: (name: String, node: YAMLNode), in table: Table
  ) -> Column? {
    let path = "\(source.path).type"
    guard let columnType = ColumnType.simple.first(where: { $0.name == type.name }) else {
      let names = ColumnType.simple.map(\.name)
      reader.report(
        at: type.node, path: path, message: "There is no column type `\(type.name)`.",
        help: NearestName.nearest(to: type.name, among: names).map { "Did you mean `\($0)`?" }
          ?? "One of: \(names.joined(separator: ", ")).")
      return nil
    }
    guard Compilation.tenantTables.contains(table.logicalName) else {
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
    return Column(source.name, columnType, displayName: source.displayName ?? bare)
  }

  private func reportUnknown(_ column: PolicySource.ColumnSource, in table: Table) {
    let help: String
    if let lookup = table.columns.first(where: { $0.logicalName == column.name }) {
      help = "A lookup is named as in URLs: `\(lookup.propertyName)`."
    } else if let nearest = NearestName.nearest(to: column.name, among: table.columns.map(\.propertyName)) {
      help = "Did you mean `\(nearest)`?"
    } else if Compilation.tenantTables.contains(table.logicalName) {
      help = "Declare a column of your tenant by its `type`, for example `type: text`."
    } else {
      help = "Known: \(Compilation.list(table.columns.filter { !$0.isSystem }.map(\.propertyName)))."
    }
    reader.report(
      at: column.keyNode, path: column.path, message: "\(table.logicalName) has no column `\(column.name)`.", help: help
    )
  }

  // MARK: Scopes

  private func resolveScopes(_ source: PolicySource) {
    for scope in source.scopes {
      guard let parent = scope.parent else {
        resolveNarrowing(scope, of: source.tables.map { ($0.name, $0.columns.map(\.name)) }, what: "`tables`")
        continue
      }
      let path = "\(scope.path).inherit"
      guard source.scopes.contains(where: { $0.name == parent.name }) else {
        let nearest = NearestName.nearest(to: parent.name, among: source.scopes.map(\.name))
        reader.report(
          at: parent.node, path: path, message: "There is no scope `\(parent.name)`.",
          help: nearest.map { "Did you mean `\($0)`?" })
        continue
      }
      guard let inherited = allowed(parent.name, in: source, depth: 0) else {
        reader.report(at: parent.node, path: path, message: "These scopes inherit from one another in a circle.")
        continue
      }
      resolveNarrowing(scope, of: inherited, what: "the scope `\(parent.name)`")
    }
  }

  private typealias Names = [(table: String, columns: [String])]

  /// What a scope has; `nil` when its chain of `inherit` does not end.
  private func allowed(_ name: String, in source: PolicySource, depth: Int) -> Names? {
    guard depth <= source.scopes.count else { return nil }
    let all = source.tables.map { ($0.name, $0.columns.map(\.name)) }
    guard let scope = source.scopes.first(where: { $0.name == name }) else { return all }
    var inherited: Names = all
    if let parent = scope.parent {
      guard let names = allowed(parent.name, in: source, depth: depth + 1) else { return nil }
      inherited = names
    }
    guard let tables = scope.tables else { return inherited }
    return tables.map { table in
      (table.name, table.columns?.map(\.name) ?? inherited.first { $0.table == table.name }?.columns ?? [])
    }
  }

  private func resolveNarrowing(_ scope: PolicySource.ScopeSource, of parent: Names, what: String) {
    for table in scope.tables ?? [] {
      guard let inherited = parent.first(where: { $0.table == table.name }) else {
        let nearest = NearestName.nearest(to: table.name, among: parent.map(\.table))
        reader.report(
          at: table.keyNode, path: table.path,
          message: "A scope can only narrow: `\(table.name)` is not in \(what).",
          help: nearest.map { "Did you mean `\($0)`?" })
        continue
      }
      for (index, column) in (table.columns ?? []).enumerated() where !inherited.columns.contains(column.name) {
        let nearest = NearestName.nearest(to: column.name, among: inherited.columns)
        reader.report(
          at: column.node, path: "\(table.path)[\(index)]",
          message: "A scope can only narrow: \(what) has no `\(column.name)` in `\(table.name)`.",
          help: nearest.map { "Did you mean `\($0)`?" })
      }
    }
  }

  // MARK: Words

  private static func isLogicalName(_ name: String) -> Bool {
    (1...128).contains(name.utf8.count)
      && name.utf8.allSatisfy { ($0 >= 0x61 && $0 <= 0x7A) || ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x5F }
  }

  /// At most twelve names.
  static func list(_ names: [String]) -> String {
    names.prefix(12).joined(separator: ", ") + (names.count > 12 ? ", and \(names.count - 12) more" : "")
  }
}

extension ColumnType {
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
    let refined = table.columns.map { column in
      guard let other = declared.first(where: { $0.logicalName == column.logicalName }) else { return column }
      return Column(
        column.logicalName, other.type, displayName: column.displayName, maxLength: column.maxLength,
        isSystem: column.isSystem, isComputed: column.isComputed)
    }
    return replacingColumns(ofTable: logicalName, with: refined).addingColumns(toTable: logicalName, declared)
  }
}
