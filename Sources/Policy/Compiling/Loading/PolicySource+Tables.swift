import YAMLFile

extension PolicySource.TableSource {
  init(_ name: String, _ keyNode: YAMLNode, _ path: String, _ mapping: MappingReader, _ patterns: PatternCache) {
    self.init(name: name, keyNode: keyNode, path: path)
    isOptional = mapping.bool("optional") ?? false
    // The longest time is a day: what a revoked right or a changed row may stay visible for.
    let milliseconds = mapping.duration("ttl", in: 0...86_400_000, required: true) ?? 0
    if milliseconds % 1000 != 0, let node = mapping.node("ttl") {
      mapping.reader.report(at: node, path: mapping.path(of: "ttl"), message: "`ttl` has to be whole seconds.")
    }
    timeToLive = Int(milliseconds / 1000)
    options = mapping.options(required: false)
    alternateKeys = mapping.alternateKeys()
    mapping.mapping("columns", required: true) { entries in
      for entry in entries.mappingEntries() {
        let path = entries.path(of: entry.key)
        mapping.reader.mapping(entry.node, path: path) {
          columns.append(PolicySource.ColumnSource(entry.key, entry.keyNode, path, $0, patterns))
        }
      }
    }
    mapping.mapping("navigations") { entries in
      for entry in entries.mappingEntries() {
        let path = entries.path(of: entry.key)
        mapping.reader.mapping(entry.node, path: path) {
          navigations.append(PolicySource.NavigationSource(entry.key, entry.keyNode, path, $0))
        }
      }
    }
    if let node = mapping.node("requires") {
      requirements = PolicySource.requirements(node, mapping.path(of: "requires"), mapping.reader)
    }
    rowFilter = mapping.word("rowFilter")
    apply = mapping.transformations()
    help = mapping.help()
    logsLiterals = mapping.choice("logLiterals", of: ["omitted", "hashed"]) == "hashed"
  }
}

extension PolicySource.NavigationSource {
  fileprivate init(_ name: String, _ keyNode: YAMLNode, _ path: String, _ mapping: MappingReader) {
    self.init(
      name: name, keyNode: keyNode, path: path, expand: mapping.flag("expand"), filter: mapping.flag("filter"),
      top: mapping.node("top").flatMap { node in mapping.int("top", in: 1...5_000).map { ($0, node) } },
      depth: mapping.node("depth").flatMap { node in mapping.int("depth", in: 1...15).map { ($0, node) } })
  }
}

extension PolicySource {
  /// Columns that an alternate key can have (Dataverse: "Define alternate keys to reference rows").
  static let mostKeyColumns = 16

  /// `{ oneOf: [column, …] }`, or a list of such.
  static func requirements(_ node: YAMLNode, _ path: String, _ reader: YAMLReader) -> [RequirementSource] {
    guard node.isSequence else { return requirement(node, path, reader).map { [$0] } ?? [] }
    let items = reader.list(node, path: path) ?? []
    if items.isEmpty {
      reader.report(at: node, path: path, message: "No requirement is named.", help: "Leave `requires` out.")
    }
    return items.enumerated().compactMap { requirement($1, "\(path)[\($0)]", reader) }
  }

  private static func requirement(_ node: YAMLNode, _ path: String, _ reader: YAMLReader) -> RequirementSource? {
    var source: RequirementSource?
    reader.mapping(node, path: path) { mapping in
      guard let items = mapping.list("oneOf", required: true) else { return }
      let path = mapping.path(of: "oneOf")
      if items.isEmpty {
        mapping.report(at: mapping.node("oneOf") ?? node, message: "No column is named: no query could pass.")
      }
      source = RequirementSource(columns: names(items, path, reader), node: node, path: path)
    }
    return source
  }

  /// Names, each once.
  fileprivate static func names(_ items: [YAMLNode], _ path: String, _ reader: YAMLReader) -> [Word] {
    var seen: Set<String> = []
    return items.enumerated().compactMap { index, item in
      let path = "\(path)[\(index)]"
      guard let name = reader.string(item, path: path) else { return nil }
      guard seen.insert(name).inserted else {
        reader.report(at: item, path: path, message: "`\(name)` stands twice in this list.")
        return nil
      }
      return Word(text: name, node: item, path: path)
    }
  }
}

extension MappingReader {
  /// Text with its place.
  func word(_ key: String) -> PolicySource.Word? {
    guard let node = node(key), let text = reader.string(node, path: path(of: key)) else { return nil }
    return PolicySource.Word(text: text, node: node, path: path(of: key))
  }

  /// `true` or `false` with its place.
  func flag(_ key: String) -> (isAllowed: Bool, node: YAMLNode)? {
    guard let node = node(key), let value = reader.bool(node, path: path(of: key)) else { return nil }
    return (value, node)
  }

  /// `[[column, …], …]`
  fileprivate func alternateKeys() -> [PolicySource.AlternateKeySource] {
    guard let node = node("alternateKeys"), let items = list("alternateKeys") else { return [] }
    if items.isEmpty {
      reader.report(
        at: node, path: path(of: "alternateKeys"), message: "No key is named.", help: "Leave `alternateKeys` out.")
    }
    return items.enumerated().compactMap { index, item in
      let path = "\(path(of: "alternateKeys"))[\(index)]"
      guard let names = reader.list(item, path: path) else { return nil }
      if names.isEmpty || names.count > PolicySource.mostKeyColumns {
        reader.report(
          at: item, path: path,
          message: "A key has 1 to \(PolicySource.mostKeyColumns) columns; here are \(names.count).")
        return nil
      }
      return PolicySource.AlternateKeySource(
        columns: PolicySource.names(names, path, reader), node: item, path: path)
    }
  }

  fileprivate func transformations() -> PolicySource.TransformationsSource? {
    guard let node = node("apply"), let items = list("apply") else { return nil }
    var source = PolicySource.TransformationsSource(kinds: [], node: node, path: path(of: "apply"))
    if items.isEmpty {
      reader.report(at: node, path: source.path, message: "No transformation is named.", help: "Leave `apply` out.")
    }
    for (index, item) in items.enumerated() {
      let path = "\(source.path)[\(index)]"
      let words = TransformationKind.allCases.map(\.rawValue)
      guard let word = reader.choice(item, path: path, of: words), let kind = TransformationKind(rawValue: word) else {
        continue
      }
      if source.names(kind) { reader.report(at: item, path: path, message: "`\(word)` stands twice in this list.") }
      source.kinds.append((kind, item))
    }
    return source
  }
}
