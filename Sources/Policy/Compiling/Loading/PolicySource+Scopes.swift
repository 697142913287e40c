import YAMLFile

extension PolicySource.ScopeSource {
  init(_ name: String, _ keyNode: YAMLNode, _ path: String, _ mapping: MappingReader) {
    self.init(name: name, keyNode: keyNode, path: path, parent: mapping.word("inherit"))
    mapping.mapping("tables") { entries in tables = PolicySource.ScopeSource.tables(entries) }
    mapping.mapping("rowFilters") { entries in
      for entry in entries.mappingEntries() {
        let path = entries.path(of: entry.key)
        guard let text = mapping.reader.string(entry.node, path: path) else { continue }
        rowFilters.append(
          (
            PolicySource.Word(text: entry.key, node: entry.keyNode, path: path),
            PolicySource.Word(text: text, node: entry.node, path: path)
          ))
      }
    }
    mapping.mapping("requires") { entries in
      for entry in entries.mappingEntries() {
        let path = entries.path(of: entry.key)
        requirements.append(
          (
            PolicySource.Word(text: entry.key, node: entry.keyNode, path: path),
            PolicySource.requirements(entry.node, path, mapping.reader)
          ))
      }
    }
    mapping.mapping("limits") { limits = PolicyLimits.read($0) }
    isReportOnly = mapping.bool("reportOnly") ?? false
  }

  private static func tables(_ entries: MappingReader) -> [PolicySource.NarrowedTable] {
    let reader = entries.reader
    let tables = entries.mappingEntries().map { entry in
      let path = entries.path(of: entry.key)
      guard !isAll(entry.node) else {
        return PolicySource.NarrowedTable(name: entry.key, keyNode: entry.keyNode, path: path, columns: nil)
      }
      guard entry.node.isSequence else {
        reader.report(
          at: entry.node, path: path, message: "A list of columns is wanted here, this is \(entry.node.kind).",
          help: "Write `[column, …]`, or `all`.")
        return PolicySource.NarrowedTable(name: entry.key, keyNode: entry.keyNode, path: path, columns: nil)
      }
      var seen: Set<String> = []
      let columns = (reader.list(entry.node, path: path) ?? []).enumerated().compactMap {
        index, item -> (name: String, node: YAMLNode)? in
        guard let name = reader.string(item, path: "\(path)[\(index)]") else { return nil }
        guard seen.insert(name).inserted else {
          reader.report(at: item, path: "\(path)[\(index)]", message: "`\(name)` stands twice in this list.")
          return nil
        }
        return (name, item)
      }
      return PolicySource.NarrowedTable(name: entry.key, keyNode: entry.keyNode, path: path, columns: columns)
    }
    if tables.isEmpty {
      entries.report(
        at: entries.node, message: "No table is named: nothing could be read in this scope.",
        help: "Leave `tables` out for all of them.")
    }
    return tables
  }

  private static func isAll(_ node: YAMLNode) -> Bool {
    if case .scalar("all", _) = node.content { true } else { false }
  }
}
