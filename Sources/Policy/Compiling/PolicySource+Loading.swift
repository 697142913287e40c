import YAMLFile

extension PolicySource {
  /// Reads the file's structure; everything that is wrong goes to `reader`.
  init(_ reader: YAMLReader) {
    var source = PolicySource()
    reader.mapping(reader.document.root, path: "") { root in
      if let version = root.int("version", in: 1...Int.max, required: true), version != 1 {
        root.report(
          at: root.keyNode("version"), message: "This program reads version 1 of the policy language.",
          help: "Write `version: 1`.")
      }
      source.name = root.string("name", required: true) ?? ""
      root.mapping("limits") { source.limits = PolicyLimits($0) }
      source.options = PolicySource.options(root, required: true) ?? []
      source.annotations = Set(root.stringList("annotations") ?? [])
      root.mapping("tables", required: true) { tables in
        let entries = tables.mappingEntries()
        if entries.isEmpty { tables.report(at: tables.node, message: "No table is named: nothing could be read.") }
        for entry in entries {
          let path = tables.path(of: entry.key)
          reader.mapping(entry.node, path: path) {
            source.tables.append(TableSource(entry.key, entry.keyNode, path, $0))
          }
        }
      }
      root.mapping("scopes", required: true) { scopes in
        let entries = scopes.mappingEntries()
        if entries.isEmpty {
          scopes.report(
            at: scopes.node, message: "No scope is named: no caller could have one.", help: "Write `default: {}`.")
        }
        for entry in entries {
          let path = scopes.path(of: entry.key)
          reader.mapping(entry.node, path: path) {
            source.scopes.append(ScopeSource(entry.key, entry.keyNode, path, $0))
          }
        }
      }
    }
    self = source
  }

  fileprivate static func options(_ mapping: MappingReader, required: Bool) -> Set<QueryOption>? {
    guard let items = mapping.list("options", required: required) else { return nil }
    var options: Set<QueryOption> = []
    for (index, item) in items.enumerated() {
      let path = "\(mapping.path(of: "options"))[\(index)]"
      let words = QueryOption.allCases.map(\.rawValue)
      guard let word = mapping.reader.choice(item, path: path, of: words), let option = QueryOption(rawValue: word)
      else {
        continue
      }
      if !options.insert(option).inserted {
        mapping.reader.report(at: item, path: path, message: "`\(word)` stands twice in this list.")
      }
    }
    return options
  }
}

extension PolicyLimits {
  fileprivate init(_ mapping: MappingReader) {
    func read(_ key: String, _ limit: WritableKeyPath<PolicyLimits, Int>, _ range: ClosedRange<Int>) {
      if let value = mapping.int(key, in: range) { self[keyPath: limit] = value }
    }
    self.init()
    read("top", \.top, 1...5_000)
    read("pageSize", \.pageSize, 1...5_000)
    read("urlBytes", \.urlBytes, 100...32_768)
    read("nodes", \.nodes, 1...10_000)
    read("depth", \.depth, 1...64)
    read("orWidth", \.orWidth, 1...1_000)
    read("listItems", \.listItems, 1...1_000)
    read("selectColumns", \.selectColumns, 1...1_000)
    read("filterLiteralLength", \.filterLiteralLength, 1...32_768)
  }
}

extension PolicySource.TableSource {
  fileprivate init(_ name: String, _ keyNode: YAMLNode, _ path: String, _ mapping: MappingReader) {
    var columns: [PolicySource.ColumnSource] = []
    // The longest time is a day: what a revoked right or a changed row may stay visible for.
    let timeToLive = mapping.duration("ttl", in: 0...86_400_000, required: true) ?? 0
    let options = PolicySource.options(mapping, required: false)
    mapping.mapping("columns", required: true) { entries in
      for entry in entries.mappingEntries() {
        let path = entries.path(of: entry.key)
        mapping.reader.mapping(entry.node, path: path) {
          columns.append(PolicySource.ColumnSource(entry.key, entry.keyNode, path, $0))
        }
      }
    }
    if timeToLive % 1000 != 0 {
      mapping.report(at: mapping.node, message: "`ttl` has to be whole seconds.")
    }
    self.init(
      name: name, keyNode: keyNode, path: path, timeToLive: Int(timeToLive / 1000), options: options, columns: columns)
  }
}

extension PolicySource.ColumnSource {
  fileprivate init(_ name: String, _ keyNode: YAMLNode, _ path: String, _ mapping: MappingReader) {
    let type = mapping.node("type").flatMap { node in
      mapping.reader.string(node, path: mapping.path(of: "type")).map { ($0, node) }
    }
    let order = mapping.node("order").flatMap { node in
      mapping.reader.bool(node, path: mapping.path(of: "order")).map { ($0, node) }
    }
    self.init(
      name: name, keyNode: keyNode, path: path, type: type, displayName: mapping.string("displayName"),
      isSelectable: mapping.bool("select") ?? false, order: order,
      filters: PolicySource.ColumnSource.filters(mapping),
      shape: mapping.node("value").map { PolicySource.ShapeSource($0, mapping.path(of: "value"), mapping.reader) })
  }

  /// `filter: [eq, contains]` or `filter: {eq: {}, contains: {minLength: 3}}`.
  private static func filters(_ mapping: MappingReader) -> [PolicySource.FilterSource] {
    guard let node = mapping.node("filter") else { return [] }
    let path = mapping.path(of: "filter")
    let reader = mapping.reader
    var filters: [PolicySource.FilterSource] = []
    if node.isMapping {
      reader.mapping(node, path: path) { entries in
        for entry in entries.mappingEntries() {
          let path = entries.path(of: entry.key)
          filters.append(
            PolicySource.FilterSource(
              word: entry.key, node: entry.keyNode, path: path,
              shape: PolicySource.ShapeSource(entry.node, path, reader)))
        }
      }
    } else {
      let items = reader.list(node, path: path) ?? []
      for (index, item) in items.enumerated() {
        let path = "\(path)[\(index)]"
        guard let word = reader.string(item, path: path) else { continue }
        if filters.contains(where: { $0.word == word }) {
          reader.report(at: item, path: path, message: "`\(word)` stands twice in this list.")
        }
        filters.append(PolicySource.FilterSource(word: word, node: item, path: path, shape: nil))
      }
    }
    if filters.isEmpty, !reader.hasErrors {
      reader.report(
        at: node, path: path, message: "No operator is named.", help: "Leave `filter` out, or name some: `[eq]`.")
    }
    return filters
  }
}

extension PolicySource.ShapeSource {
  fileprivate init(_ node: YAMLNode, _ path: String, _ reader: YAMLReader) {
    var shape = LiteralShape()
    reader.mapping(node, path: path) { mapping in
      shape.minLength = mapping.int("minLength", in: 1...32_768)
      shape.maxLength = mapping.int("maxLength", in: 1...32_768)
      shape.unescapesQuotes = mapping.bool("unescapeQuotes") ?? false
      if let patternNode = mapping.node("pattern"),
        let text = reader.string(patternNode, path: mapping.path(of: "pattern"))
      {
        do throws(Pattern.Failure) {
          shape.pattern = try Pattern(text)
        } catch {
          reader.report(
            at: patternNode, path: mapping.path(of: "pattern"),
            message: "The pattern is not one: \(error.message), at character \(error.offset + 1) of it.")
        }
      }
    }
    self.init(shape: shape, node: node, path: path)
  }
}

extension PolicySource.ScopeSource {
  fileprivate init(_ name: String, _ keyNode: YAMLNode, _ path: String, _ mapping: MappingReader) {
    let parent = mapping.node("inherit").flatMap { node in
      mapping.reader.string(node, path: mapping.path(of: "inherit")).map { ($0, node) }
    }
    var tables: [PolicySource.NarrowedTable]?
    mapping.mapping("tables") { entries in
      tables = entries.mappingEntries().map { entry in
        let path = entries.path(of: entry.key)
        var columns: [(name: String, node: YAMLNode)]?
        if case .scalar("all", isPlain: true) = entry.node.content {
          columns = nil
        } else {
          columns = (mapping.reader.list(entry.node, path: path) ?? []).enumerated().compactMap { index, item in
            mapping.reader.string(item, path: "\(path)[\(index)]").map { ($0, item) }
          }
        }
        return PolicySource.NarrowedTable(name: entry.key, keyNode: entry.keyNode, path: path, columns: columns)
      }
    }
    self.init(name: name, keyNode: keyNode, path: path, parent: parent, tables: tables)
  }
}
