import Dataverse
import YAMLFile

extension PolicySource {
  /// Scopes that a file may have: each of them is kept with all its tables.
  static let mostScopes = 1_000

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
      root.mapping("limits") { limits in
        for limit in PolicyLimits.read(limits) { source.limits[keyPath: limit.field.value] = limit.value }
      }
      source.options = root.options(required: true) ?? source.options
      if let node = root.node("missingSelect"),
        let word = root.choice("missingSelect", of: MissingSelect.allCases.map(\.rawValue))
          .flatMap(MissingSelect.init(rawValue:))
      {
        source.missingSelect = (word, node)
      }
      source.annotations = Set(root.stringList("annotations") ?? [])
      source.annotationsNode = root.node("annotations")
      if let term = source.annotations.filter({ $0.contains("*") || $0.isEmpty }).sorted().first,
        let node = root.node("annotations")
      {
        root.reader.report(
          at: node, path: root.path(of: "annotations"), message: "`\(term)` is no annotation term.",
          help: "Name each term in full, for example OData.Community.Display.V1.FormattedValue.")
      }
      source.preferences = root.words("prefer", of: Policy.knownPreferences.sorted()) ?? source.preferences
      if let words = root.words("metadata", of: MetadataDocument.allCases.map(\.rawValue)) {
        source.metadata = Set(words.compactMap(MetadataDocument.init(rawValue:)))
      }
      source.ignoredHeaders = root.headers()
      root.mapping("tables", required: true) { source.loadTables($0) }
      root.mapping("scopes", required: true) { source.loadScopes($0) }
      root.mapping("rules") { source.loadRules($0) }
    }
    self = source
  }

  private mutating func loadTables(_ mapping: MappingReader) {
    let entries = mapping.mappingEntries()
    if entries.isEmpty { mapping.report(at: mapping.node, message: "No table is named: nothing could be read.") }
    let patterns = PatternCache()
    for entry in entries {
      let path = mapping.path(of: entry.key)
      mapping.reader.mapping(entry.node, path: path) {
        tables.append(TableSource(entry.key, entry.keyNode, path, $0, patterns))
      }
    }
  }

  private mutating func loadScopes(_ mapping: MappingReader) {
    let entries = mapping.mappingEntries()
    if entries.isEmpty {
      mapping.report(
        at: mapping.node, message: "No scope is named: no caller could have one.", help: "Write `default: {}`.")
    }
    if entries.count > PolicySource.mostScopes {
      mapping.report(
        at: mapping.node, message: "There are \(entries.count) scopes; \(PolicySource.mostScopes) are supported.")
      return
    }
    for entry in entries {
      let path = mapping.path(of: entry.key)
      mapping.reader.mapping(entry.node, path: path) {
        scopes.append(ScopeSource(entry.key, entry.keyNode, path, $0))
      }
    }
  }
}

extension MappingReader {
  func options(required: Bool) -> PolicySource.OptionsSource? {
    guard let items = list("options", required: required) else { return nil }
    let words = QueryOption.allCases.map(\.rawValue)
    var source = PolicySource.OptionsSource(options: [], node: node("options"), path: path(of: "options"))
    for (index, item) in items.enumerated() {
      let path = "\(source.path)[\(index)]"
      guard let word = reader.choice(item, path: path, of: words), let option = QueryOption(rawValue: word) else {
        continue
      }
      if !source.options.insert(option).inserted {
        reader.report(at: item, path: path, message: "`\(word)` stands twice in this list.")
      }
      source.nodes[option] = item
    }
    return source
  }

  /// A list of some of `choices`, each once; `nil` where there is no such key.
  fileprivate func words(_ key: String, of choices: [String]) -> Set<String>? {
    guard let items = list(key) else { return nil }
    var names: Set<String> = []
    for (index, item) in items.enumerated() {
      let path = "\(path(of: key))[\(index)]"
      guard let name = reader.choice(item, path: path, of: choices) else { continue }
      if !names.insert(name).inserted {
        reader.report(at: item, path: path, message: "`\(name)` stands twice in this list.")
      }
    }
    return names
  }

  /// Names of header fields in lower case.
  fileprivate func headers() -> Set<String> {
    var names: Set<String> = []
    for (index, item) in (list("headers") ?? []).enumerated() {
      let path = "\(path(of: "headers"))[\(index)]"
      guard let name = reader.string(item, path: path) else { continue }
      guard HeaderWord.hasMeaning(name) else {
        reader.report(
          at: item, path: path,
          message: "This never applies: no header field of this name means anything to Dataverse.",
          help: "One of: \(HeaderWord.names.joined(separator: ", ")), or a field MSCRM.… by its whole name.")
        continue
      }
      if !names.insert(name.lowercased()).inserted {
        reader.report(at: item, path: path, message: "`\(name)` stands twice in this list.")
      }
    }
    return names
  }
}

/// Header fields of requests that change what Dataverse does; any other is no matter of a policy.
enum HeaderWord {
  static let names = ["CallerObjectId", "MSCRMCallerID", "Consistency"]
  private static let family = "mscrm."

  /// Names of fields are compared without case (RFC 9110, section 5.1).
  static func hasMeaning(_ name: String) -> Bool {
    let name = name.lowercased()
    if names.contains(where: { $0.lowercased() == name }) { return true }
    guard name.hasPrefix(family), name.utf8.count > family.utf8.count, name.utf8.count <= 100 else { return false }
    return name.utf8.dropFirst(family.utf8.count).allSatisfy {
      ($0 >= 0x61 && $0 <= 0x7A) || ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x2E || $0 == 0x2D || $0 == 0x5F
    }
  }
}
