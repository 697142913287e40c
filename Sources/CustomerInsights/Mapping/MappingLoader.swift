import Dataverse
import YAMLFile

/// Reads a mapping; what is wrong goes to the reader, which throws it in the end.
final class MappingLoader {
  let reader: YAMLReader
  let schema: Schema
  /// Parts without their table are left out as if they said `optional`.
  let leavesOutAbsent: Bool
  var entities: [LegacyEntity] = []
  var segments: SegmentMapping?
  var keyring: KeyringMapping?
  var limits = LegacyPlanLimits()
  var wildcards = Wildcards.bracket
  var privateMetadata = false
  /// Begins the logical names of columns, and no legacy name.
  var prefix = "msdynci_"
  /// Columns with ids of customers, in whatever table, and how those are written there.
  var ids: [String: CustomerID.Form] = [:]
  /// What holds for all entities of a table, by its logical name.
  var tableNames: [String: ColumnNames] = [:]
  /// Entities that are not served, since the organization lacks their tables, in lower case.
  var absent: Set<String> = []
  /// Checked when all entities are known.
  var navigations: [PendingNavigation] = []

  init(reader: YAMLReader, schema: Schema, leavesOutAbsent: Bool) {
    self.leavesOutAbsent = leavesOutAbsent
    self.reader = reader
    self.schema = schema
  }

  func read() {
    reader.mapping(reader.document.root, path: "") { root in
      guard root.int("version", in: 1...1, required: true) != nil else {
        _ = root.mappingEntries()
        return
      }
      if root.node("prefix") != nil, let text = root.string("prefix") { prefix = text }
      if let word = root.choice("wildcards", of: Wildcards.allCases.map(\.rawValue)) {
        wildcards = Wildcards(rawValue: word) ?? wildcards
      }
      if let value = root.bool("privateMetadata") { privateMetadata = value }
      root.mapping("limits", readLimits)
      root.mapping("ids", readIDs)
      root.mapping("tables") { section in
        for (name, keyNode, node) in section.mappingEntries() { readTable(name, keyNode, node, section) }
      }
      root.mapping("entities", required: true) { section in
        for (name, keyNode, node) in section.mappingEntries() { readEntity(name, keyNode, node, section) }
      }
      root.mapping("enrichments", readFamily)
      root.mapping("predictions", readFamily)
      connect()
      root.mapping("segments", readSegments)
      root.mapping("keyring", readKeyring)
    }
  }

  // MARK: Tables and columns

  /// The table that a mapping names; its absence is reported unless the mapping says `optional: true`.
  func table(of entry: MappingReader) -> Table? {
    let isOptional = (entry.bool("optional") ?? false) || leavesOutAbsent
    guard let name = entry.string("table", required: true) else { return nil }
    if let table = schema.table(named: name) { return table }
    if !isOptional { reportAbsence(ofTable: name, at: entry.node("table") ?? entry.node, entry) }
    return nil
  }

  func reportAbsence(ofTable name: String, at node: YAMLNode, _ mapping: MappingReader) {
    let nearest = NearestName.nearest(to: name, among: schema.tables.map(\.logicalName))
    mapping.report(
      at: node, message: "There is no table `\(name)`.",
      help: nearest.map { "Did you mean `\($0)`?" }
        ?? "With `optional: true` this part is left out where the organization has no such table.")
  }

  /// The column that the value of `key` names.
  func column(_ key: String, of entry: MappingReader, in table: Table, required: Bool = false) -> String? {
    guard let name = entry.string(key, required: required) else { return nil }
    return checked(name, at: entry.node(key) ?? entry.node, entry.path(of: key), in: table)
  }

  /// The name of a column that is there; anything else is reported.
  func checked(_ name: String, at node: YAMLNode, _ path: String, in table: Table) -> String? {
    if table.column(name) != nil { return name }
    let help: String
    if let lookup = table.columns.first(where: { $0.logicalName == name }) {
      help = "A lookup is named as in URLs: `\(lookup.propertyName)`."
    } else if let nearest = NearestName.nearest(to: name, among: table.columns.map(\.propertyName)) {
      help = "Did you mean `\(nearest)`?"
    } else {
      help = "Names are those of Dataverse, in lower case."
    }
    reader.report(
      at: node, path: path, message: "\(table.logicalName) has no column `\(name)`.", help: help)
    return nil
  }

  /// A list of columns; one with `?` behind its name is left out where the table does not have it.
  func columnList(_ key: String, of entry: MappingReader, in table: Table) -> [String]? {
    guard let items = entry.list(key) else { return nil }
    var found: [String] = []
    for (index, item) in items.enumerated() {
      let path = "\(entry.path(of: key))[\(index)]"
      guard let text = reader.string(item, path: path) else { continue }
      let isOptional = text.hasSuffix("?")
      let name = isOptional ? String(text.dropLast()) : text
      if isOptional, table.column(name) == nil { continue }
      guard let column = checked(name, at: item, path, in: table) else { continue }
      if found.contains(column) {
        reader.report(at: item, path: path, message: "`\(column)` stands twice in this list.")
      }
      found.append(column)
    }
    return found
  }

  /// A name that answers and URLs can hold.
  func identifier(_ text: String, at node: YAMLNode, _ path: String) -> Bool {
    if ColumnNames.isIdentifier(text) { return true }
    reader.report(
      at: node, path: path, message: "This is no name for an entity or a property.",
      help: "Write letters, digits and `_`, no digit first, 128 characters at most.")
    return false
  }

  private func readTable(_ name: String, _ keyNode: YAMLNode, _ node: YAMLNode, _ section: MappingReader) {
    reader.mapping(node, path: section.path(of: name)) { entry in
      let isOptional = (entry.bool("optional") ?? false) || leavesOutAbsent
      guard let table = schema.table(named: name) else {
        if !isOptional { reportAbsence(ofTable: name, at: keyNode, section) }
        return pass(entry, ["names", "aliases"])
      }
      tableNames[name] = columnNames(entry, of: table)
    }
  }

  /// The keys `names` and `aliases`.
  func columnNames(_ entry: MappingReader, of table: Table) -> ColumnNames {
    var result = ColumnNames()
    entry.mapping("names") { section in
      for (column, keyNode, node) in section.mappingEntries() {
        let path = section.path(of: column)
        guard let column = checked(column, at: keyNode, path, in: table),
          let name = reader.string(node, path: path), identifier(name, at: node, path)
        else { continue }
        result.names[column] = (name, node)
      }
    }
    entry.mapping("aliases") { section in
      for (alias, keyNode, node) in section.mappingEntries() {
        let path = section.path(of: alias)
        guard let name = reader.string(node, path: path), let column = checked(name, at: node, path, in: table),
          identifier(alias, at: keyNode, path)
        else { continue }
        if result.aliases.updateValue(column, forKey: alias.lowercased()) != nil {
          section.report(at: keyNode, message: "This alias stands twice; names are compared without case.")
        }
      }
    }
    return result
  }

  /// Ids of customers. A column that no table has is a mistake, unless `?` stands behind its name.
  private func readIDs(_ section: MappingReader) {
    for (key, keyNode, node) in section.mappingEntries() {
      let path = section.path(of: key)
      let isOptional = key.hasSuffix("?") || leavesOutAbsent
      let name = key.hasSuffix("?") ? String(key.dropLast()) : key
      let columns = schema.tables.compactMap { $0.column(name) }
      if columns.isEmpty, !isOptional {
        reader.report(
          at: keyNode, path: path, message: "No table has a column `\(name)`.",
          help: "Names are those of Dataverse, in lower case. With `?` behind it, a column may be absent.")
      }
      if columns.contains(where: { $0.type != .text && $0.type != .memo }) {
        reader.report(
          at: keyNode, path: path, message: "Ids of customers are text, and `\(name)` is of another type.")
      }
      guard let text = reader.string(node, path: path) else { continue }
      guard let form = CustomerID.Form(rawValue: text) else {
        reader.report(at: node, path: path, message: "The form of ids is `digits` or `dashes`.")
        continue
      }
      if ids.updateValue(form, forKey: name) != nil {
        reader.report(at: keyNode, path: path, message: "`\(name)` stands twice.")
      }
    }
  }

  // MARK: Limits

  private func readLimits(_ section: MappingReader) {
    if let value = section.int("reads", in: 1...1_000) { limits.reads = value }
    if let value = section.int("rows", in: 1...100_000) { limits.rows = value }
    if let value = section.int("bytes", in: 65_536...1 << 30) { limits.bytes = value }
    if let value = section.duration("time", in: 100...600_000) { limits.milliseconds = Int(value) }
    if let value = section.int("concurrency", in: 1...32) { limits.concurrency = value }
    if let value = section.int("idsPerRead", in: 1...500) { limits.idsPerRead = value }
    if let value = section.int("skip", in: 0...100_000) { limits.skip = value }
  }
}
