import Dataverse
import YAMLFile

/// A navigation whose other end is not looked up yet.
struct PendingNavigation {
  /// Index of the entities it begins at: one, or all of a family.
  var sources: Range<Int>
  var navigation: LegacyNavigation
  var entry: MappingReader
}

extension MappingLoader {
  /// One entry of `entities`.
  func readEntity(_ name: String, _ keyNode: YAMLNode, _ node: YAMLNode, _ section: MappingReader) {
    reader.mapping(node, path: section.path(of: name)) { entry in
      var conditions: [(String, YAMLNode, YAMLNode)] = []
      entry.mapping("where") { section in conditions = section.mappingEntries().map { ($0.key, $0.keyNode, $0.node) } }
      guard let table = table(of: entry) else {
        absent.insert(name.lowercased())
        return pass(entry, MappingLoader.entityKeys)
      }
      guard var entity = entity(entry, of: table), identifier(name, at: keyNode, section.path(of: name)) else { return }
      let path = entry.path(of: "where")
      for (column, keyNode, node) in conditions {
        guard let column = checked(column, at: keyNode, "\(path).\(column)", in: table),
          let value = reader.string(node, path: "\(path).\(column)")
        else { continue }
        entity.conditions.append(.init(column: column, value: value))
      }
      entity.name = name
      let first = entities.count
      add(entity, at: keyNode, section)
      readExpansions(entry, of: table, sources: first..<entities.count)
    }
  }

  /// Entities that differ in the value of one column alone, which is their name: `enrichments` and `predictions`.
  func readFamily(_ entry: MappingReader) {
    let items = entry.list("entities", required: true) ?? []
    let path = entry.path(of: "entities")
    let names = items.enumerated().compactMap { index, item -> (String, YAMLNode)? in
      guard let name = reader.string(item, path: "\(path)[\(index)]"),
        identifier(name, at: item, "\(path)[\(index)]")
      else { return nil }
      return (name, item)
    }
    guard let table = table(of: entry) else {
      absent.formUnion(names.map { $0.0.lowercased() })
      return pass(entry, MappingLoader.entityKeys + ["nameColumn"])
    }
    let nameColumn = column("nameColumn", of: entry, in: table, required: true)
    guard let template = entity(entry, of: table) else { return }
    let first = entities.count
    for (name, node) in names {
      var entity = template
      entity.name = name
      entity.conditions = nameColumn.map { [.init(column: $0, value: name)] } ?? []
      add(entity, at: node, entry)
    }
    readExpansions(entry, of: table, sources: first..<entities.count)
  }

  private func add(_ entity: LegacyEntity, at node: YAMLNode, _ section: MappingReader) {
    guard !entities.contains(where: { $0.name.lowercased() == entity.name.lowercased() }) else {
      return section.report(at: node, message: "This entity stands twice; names are compared without case.")
    }
    entities.append(entity)
  }

  private static let entityKeys = ["unfold", "columns", "key", "search", "names", "aliases", "expand"]

  /// Passes over what is not served, without a table to look its columns up in; other keys than these stay unknown.
  func pass(_ entry: MappingReader, _ keys: [String]) { for key in keys { _ = entry.node(key) } }

  /// What entities and families have in common; without a name.
  private func entity(_ entry: MappingReader, of table: Table) -> LegacyEntity? {
    let unfold = column("unfold", of: entry, in: table)
    let shown = columnList("columns", of: entry, in: table)
    let key = column("key", of: entry, in: table)
    let searched = columnList("search", of: entry, in: table) ?? []
    let own = columnNames(entry, of: table)
    let names = own.over(tableNames[table.logicalName] ?? ColumnNames())
    if let unfold { check(isText: unfold, of: table, "unfold", entry, what: "JSON is kept in") }
    for column in searched { check(isText: column, of: table, "search", entry, what: "`$search` looks through") }
    let visible = table.columns.filter { column in
      guard column.propertyName != unfold else { return false }
      return shown?.contains(column.propertyName) ?? isLegacy(column, of: table)
    }
    for (column, name) in own.names where !visible.contains(where: { $0.propertyName == column }) {
      entry.report(
        at: name.node, message: "`\(column)` is not among the columns that rows show.",
        help: "Put it into `columns`, or leave its name out.")
    }
    let columns = names.legacyNames(of: visible, prefix: prefix) { node, message in
      entry.report(at: node ?? entry.node, message: message)
    }
    var properties: [String: String] = [:]
    for (property, name) in columns { properties[name.lowercased()] = property }
    // A column's own name wins over an alias: an organization may have what documentation only speaks of.
    properties.merge(names.aliases) { column, _ in column }
    let times = table.columns.filter { $0.type == .dateTime && columns[$0.propertyName] != nil }.map(\.propertyName)
    return LegacyEntity(
      name: "", table: table, conditions: [], unfold: unfold, columns: columns, key: key, searched: searched,
      expansions: [], times: Set(times), ids: ids.filter { table.column($0.key) != nil }, properties: properties)
  }

  private func check(isText column: String, of table: Table, _ key: String, _ entry: MappingReader, what: String) {
    guard let type = table.column(column)?.type, type != .text, type != .memo else { return }
    entry.report(
      at: entry.node(key) ?? entry.node, message: "\(what) columns of text, and `\(column)` is of another type.")
  }

  /// The legacy API knew no system columns, no row keys and no lookups.
  private func isLegacy(_ column: Column, of table: Table) -> Bool {
    if case .lookup = column.type { return false }
    return !column.isSystem && column.logicalName != table.primaryKey
  }

  // MARK: Expansions

  private func readExpansions(_ entry: MappingReader, of table: Table, sources: Range<Int>) {
    entry.mapping("expand") { section in
      for (name, keyNode, node) in section.mappingEntries() {
        reader.mapping(node, path: section.path(of: name)) { way in
          let entity = way.string("entity", required: true)
          let from = column("from", of: way, in: table, required: true)
          let column = way.string("column", required: true)
          let isCollection = way.bool("collection") ?? true
          guard identifier(name, at: keyNode, section.path(of: name)), let entity, let from, let column else { return }
          navigations.append(
            PendingNavigation(
              sources: sources,
              navigation: LegacyNavigation(
                name: name, entity: entity, from: from, column: column, isCollection: isCollection),
              entry: way))
        }
      }
    }
  }

  /// Looks up where navigations lead.
  func connect() {
    for pending in navigations {
      var navigation = pending.navigation
      let place = pending.entry.node("entity") ?? pending.entry.node
      guard let target = served(navigation.entity, at: place, pending.entry),
        checked(
          navigation.column, at: pending.entry.node("column") ?? pending.entry.node,
          pending.entry.path(of: "column"), in: target.table) != nil
      else { continue }
      navigation.entity = target.name
      let isTaken = pending.sources.contains { index in
        entities[index].expansion(navigation.name) != nil || entities[index].property(navigation.name) != nil
      }
      if isTaken {
        pending.entry.report(
          at: pending.entry.node, message: "The entity has something else named `\(navigation.name)` already.")
      }
      for index in pending.sources { entities[index].expansions.append(navigation) }
    }
  }

  /// The entity of this name. `nil` without a report when it is left out in this organization.
  func served(_ name: String, at node: YAMLNode, _ entry: MappingReader) -> LegacyEntity? {
    if let entity = entities.first(where: { $0.name.lowercased() == name.lowercased() }) { return entity }
    if !absent.contains(name.lowercased()) {
      let nearest = NearestName.nearest(to: name, among: entities.map(\.name))
      entry.report(
        at: node, message: "There is no entity `\(name)`.", help: nearest.map { "Did you mean `\($0)`?" })
    }
    return nil
  }
}
