package import YAMLFile

extension CaseFile {
  /// Reads a file of cases.
  /// - Throws: everything that is wrong with it, with its place.
  package static func load(path: String) throws(DiagnosticList) -> CaseFile {
    try CaseFile(text: YAMLDocument.readText(path: path), path: path)
  }

  /// - Parameter path: name for messages, and what paths in the file are relative to.
  /// - Throws: everything that is wrong with the text.
  package init(text: String, path: String) throws(DiagnosticList) {
    let reader = YAMLReader(try YAMLDocument(text: text, file: path))
    var policy: String?
    var mapping: String?
    var cases: [PolicyCase] = []
    reader.mapping(reader.document.root, path: "") { root in
      policy = root.string("policy")
      mapping = root.string("mapping")
      let items = root.list("cases", required: true) ?? []
      for (index, item) in items.enumerated() {
        if let made = CaseFile.read(item, "cases[\(index)]", reader) { cases.append(made) }
      }
      if items.isEmpty { root.report(at: root.keyNode("cases"), message: "There is no case in this file.") }
    }
    try reader.finish()
    self.init(path: path, policy: policy, mapping: mapping, cases: cases)
  }

  private static func read(_ node: YAMLNode, _ path: String, _ reader: YAMLReader) -> PolicyCase? {
    var made: PolicyCase?
    reader.mapping(node, path: path) { mapping in
      let name = mapping.string("name", required: true)
      let request = mapping.string("request", required: true)
      var scope = "default"
      var claims: [String: String] = [:]
      mapping.mapping("caller") { caller in
        if let written = caller.string("scope") { scope = written }
        caller.mapping("claims") { entries in
          for entry in entries.mappingEntries() {
            guard let value = reader.string(entry.node, path: entries.path(of: entry.key)) else { continue }
            claims[entry.key] = value
          }
        }
      }
      let prefer = mapping.string("prefer")
      var expected: PolicyCase.Expectation?
      mapping.mapping("expect", required: true) { expected = CaseFile.expectation($0) }
      guard let name, let request, let expected else { return }
      made = PolicyCase(
        name: name, file: reader.document.file, line: node.line, request: request, scope: scope, claims: claims,
        prefer: prefer, expected: expected)
    }
    return made
  }

  private static func expectation(_ mapping: MappingReader) -> PolicyCase.Expectation? {
    let allow = mapping.bool("allow")
    let denyNode = mapping.node("deny")
    let at = mapping.string("at")
    let upstream = mapping.string("upstream")
    let report = mapping.stringList("report")
    func reject(_ key: String, _ message: String, _ help: String) {
      mapping.report(at: mapping.keyNode(key), message: message, help: help)
    }
    if allow == false {
      reject("allow", "This does not say what denies the request.", "Write the rules: `deny: policy.table`.")
      return nil
    }
    guard (allow == nil) != (denyNode == nil) else {
      mapping.report(
        at: mapping.node, message: "A case expects either `allow: true` or `deny`.",
        help: "Write `allow: true`, or `deny:` and the rules that deny.")
      return nil
    }
    if let denyNode {
      for (key, isThere) in [("upstream", upstream != nil), ("report", report != nil)] where isThere {
        reject(key, "Nothing is sent of a request that is denied.", "Remove `\(key)`.")
      }
      let path = mapping.path(of: "deny")
      let rules =
        denyNode.isSequence
        ? mapping.reader.stringList(denyNode, path: path)
        : mapping.reader.string(denyNode, path: path).map { [$0] }
      guard let rules else { return nil }
      if rules.isEmpty { reject("deny", "No rule is named.", "Write the rules: `deny: policy.table`.") }
      return .deny(rules: Set(rules), at: at)
    }
    if at != nil { reject("at", "Nothing is marked in a request that is allowed.", "Remove `at`.") }
    return .allow(upstream: upstream, report: report.map { Set($0) })
  }
}
