package import Dataverse
import Policy
package import YAMLFile

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
  /// Legacy names and aliases in lower case → property name.
  var properties: [String: String]

  package struct Condition: Sendable, Hashable {
    package var column: String
    package var value: String
  }

  /// The column behind a legacy name in any case.
  package func property(_ name: String) -> String? { properties[name.lowercased()] }

  fileprivate func narrowed(to schema: Schema) -> LegacyEntity? {
    guard let known = schema.table(named: table.logicalName),
      conditions.allSatisfy({ known.column($0.column) != nil })
    else { return nil }
    var entity = self
    entity.table = known
    entity.unfold = unfold.flatMap { known.column($0)?.propertyName }
    entity.columns = columns.filter { known.column($0.key) != nil }
    entity.properties = properties.filter { known.column($0.value) != nil }
    return entity
  }
}

/// The legacy entities that are served, from `policies/legacy-names.yaml`.
package struct LegacyNames: Sendable {
  private let entities: [String: LegacyEntity]
  /// Changes with the file: what rows show depends on it.
  package let version: String
  /// As the file spells them, in its order.
  package let entityNames: [String]

  /// The names as far as `schema` has what is behind them: what is told to callers who may know no other. Entities are
  /// left out without their table or the columns of their conditions, and properties without their column.
  package func narrowed(to schema: Schema) -> LegacyNames {
    let kept = entityNames.compactMap { entity($0)?.narrowed(to: schema) }
    return LegacyNames(
      entities: Dictionary(kept.map { ($0.name.lowercased(), $0) }, uniquingKeysWith: { first, _ in first }),
      version: version, entityNames: kept.map(\.name))
  }

  /// The entity with this name in any case.
  package func entity(_ name: String) -> LegacyEntity? { entities[name.lowercased()] }

  /// - Throws: everything that is wrong with the file, tables and columns that the schema lacks included.
  package static func load(text: String, file: String, schema: Schema) throws(DiagnosticList) -> LegacyNames {
    let document = try YAMLDocument(text: text, file: file)
    let reader = YAMLReader(document)
    var found: [LegacyEntity] = []
    var aliases: [String: [String: String]] = [:]
    reader.mapping(document.root, path: "") { root in
      _ = root.int("version", in: 1...1, required: true)
      root.mapping("aliases") { section in
        for (table, keyNode, node) in section.mappingEntries() {
          guard let known = schema.table(named: table) else {
            section.report(at: keyNode, message: "The schema has no table `\(table)`.")
            continue
          }
          reader.mapping(node, path: section.path(of: table)) { names in
            for (alias, _, target) in names.mappingEntries() {
              guard let column = reader.string(target, path: names.path(of: alias)) else { continue }
              if known.column(column) == nil {
                names.report(at: target, message: "The table has no column `\(column)`.")
              }
              aliases[table, default: [:]][alias.lowercased()] = column
            }
          }
        }
      }
      root.mapping("entities", required: true) { section in
        for (name, keyNode, node) in section.mappingEntries() {
          reader.mapping(node, path: section.path(of: name)) { entry in
            guard let entity = entity(name, entry, reader, schema, aliases) else { return }
            if found.contains(where: { $0.name.lowercased() == name.lowercased() }) {
              section.report(at: keyNode, message: "This entity stands twice; names are compared without case.")
            }
            found.append(entity)
          }
        }
      }
    }
    try reader.finish()
    return LegacyNames(
      entities: Dictionary(found.map { ($0.name.lowercased(), $0) }, uniquingKeysWith: { first, _ in first }),
      version: Policy.fingerprint(of: text), entityNames: found.map(\.name))
  }

  private static func entity(
    _ name: String, _ entry: MappingReader, _ reader: YAMLReader, _ schema: Schema,
    _ aliases: [String: [String: String]]
  ) -> LegacyEntity? {
    let tableName = entry.string("table", required: true)
    let unfold = entry.string("unfold")
    let shown = entry.stringList("columns")
    var conditions: [LegacyEntity.Condition] = []
    entry.mapping("where") { section in
      for (column, _, node) in section.mappingEntries() {
        guard let value = reader.string(node, path: section.path(of: column)) else { continue }
        conditions.append(LegacyEntity.Condition(column: column, value: value))
      }
    }
    guard let tableName else { return nil }
    guard let table = schema.table(named: tableName) else {
      entry.report(at: entry.keyNode("table"), message: "The schema has no table `\(tableName)`.")
      return nil
    }
    for column in conditions.map(\.column) + [unfold].compactMap(\.self) + (shown ?? [])
    where table.column(column) == nil {
      entry.report(at: entry.node, message: "The table `\(tableName)` has no column `\(column)`.")
    }
    let visible = table.columns.filter { column in
      guard column.propertyName != unfold else { return false }
      return shown?.contains(column.propertyName) ?? isLegacy(column, of: table)
    }
    let columns = Dictionary(
      visible.map { ($0.propertyName, legacyName(of: $0)) }, uniquingKeysWith: { first, _ in first })
    var properties = Dictionary(
      columns.map { ($0.value.lowercased(), $0.key) }, uniquingKeysWith: { first, _ in first })
    properties.merge(aliases[tableName] ?? [:]) { column, _ in column }
    return LegacyEntity(
      name: name, table: table, conditions: conditions, unfold: unfold, columns: columns, properties: properties)
  }

  /// The legacy API knew no system columns, no row keys and no lookups.
  private static func isLegacy(_ column: Column, of table: Table) -> Bool {
    if case .lookup = column.type { return false }
    return !column.isSystem && column.logicalName != table.primaryKey
  }

  /// A column's legacy name: its DisplayName where that differs from the logical name in case alone, which is how
  /// Customer Insights publishes them; the logical name without its prefix where somebody has renamed it.
  static func legacyName(of column: Column) -> String {
    let prefix = "msdynci_"
    let bare =
      column.logicalName.hasPrefix(prefix) ? String(column.logicalName.dropFirst(prefix.count)) : column.logicalName
    return column.displayName.lowercased() == bare ? column.displayName : bare
  }
}
