import Glibc
import Yams

/// One YAML document, read into nodes that know their places.
///
/// A subset of YAML: no anchors, aliases, tags, merge keys or second documents, keys are text and differ from one
/// another, at most ``maximumBytes`` and ``maximumDepth``. What is left means the same to every reader.
package struct YAMLDocument: Sendable {
  /// Bytes of a file: 1 MiB.
  package static let maximumBytes = 1 << 20
  /// Nesting of mappings and lists.
  package static let maximumDepth = 32

  package let file: String
  package let text: String
  package let root: YAMLNode

  /// - Parameter file: name for messages.
  /// - Throws: everything that is wrong with the text as YAML. A syntax error or a repeated key ends the reading.
  package init(text: String, file: String) throws(DiagnosticList) {
    self.file = file
    // YAML 1.2, section 5.2: a byte order mark may stand at the start and is no part of the text.
    let text = text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
    self.text = text
    guard text.utf8.count <= YAMLDocument.maximumBytes else { throw YAMLDocument.tooLarge(file) }
    if let alias = AliasScan.firstAlias(in: text) {
      throw DiagnosticList(
        [
          Diagnostic(
            file: file, line: alias.line, column: alias.column, path: "", message: "Aliases are not supported.",
            help: "Write the value out; put text that begins with `*` in quotes.")
        ], source: text)
    }
    let diagnostics: [Diagnostic]
    do {
      // The parser holds the anchors that nodes refer to weakly: it has to outlive the conversion.
      let parser = try Yams.Parser(yaml: text, resolver: .basic, encoding: .utf8)
      var converter = NodeConverter(file: file, text: text)
      let composed = try parser.singleRoot()
      root = withExtendedLifetime(parser) {
        composed.map { converter.convert($0, path: "", depth: 1) }
          ?? YAMLNode(line: 1, column: 1, content: .scalar("", isPlain: true))
      }
      diagnostics = converter.diagnostics
    } catch {
      throw DiagnosticList([YAMLDocument.diagnostic(of: error, file: file)], source: text)
    }
    guard diagnostics.isEmpty else { throw DiagnosticList(diagnostics, source: text) }
  }

  /// Reads and composes a file.
  /// - Throws: also when it cannot be read, is too large or is not UTF-8.
  package static func load(path: String) throws(DiagnosticList) -> YAMLDocument {
    try YAMLDocument(text: readText(path: path), file: path)
  }

  /// The text of a file of at most ``maximumBytes``.
  /// - Throws: one diagnostic without a place when it cannot be read, is too large or is not UTF-8.
  package static func readText(path: String) throws(DiagnosticList) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw unreadable(path, errno) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    while bytes.count <= maximumBytes {
      var failure: CInt = 0
      let chunk = [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, count in
        let result = read(descriptor, buffer.baseAddress, buffer.count)
        if result < 0 { failure = errno }
        count = max(0, result)
      }
      if failure == EINTR { continue }
      guard failure == 0 else { throw unreadable(path, failure) }
      if chunk.isEmpty { break }
      bytes += chunk
    }
    guard bytes.count <= maximumBytes else { throw tooLarge(path) }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw DiagnosticList(
        [
          Diagnostic(
            file: path, line: 0, column: 0, path: "", message: "The file is not UTF-8.", help: "Save it as UTF-8.")
        ], source: nil)
    }
    return text
  }

  private static func unreadable(_ file: String, _ code: CInt) -> DiagnosticList {
    let reason = String(cString: strerror(code))
    return DiagnosticList(
      [Diagnostic(file: file, line: 0, column: 0, path: "", message: "The file cannot be read: \(reason).")],
      source: nil)
  }

  private static func tooLarge(_ file: String) -> DiagnosticList {
    DiagnosticList(
      [
        Diagnostic(
          file: file, line: 0, column: 0, path: "", message: "The file is larger than \(maximumBytes) bytes.",
          help: "Split what it says into several files, or make it shorter.")
      ], source: nil)
  }

  private static func diagnostic(of error: any Error, file: String) -> Diagnostic {
    func make(_ line: Int, _ column: Int, _ message: String, help: String? = nil) -> Diagnostic {
      Diagnostic(file: file, line: line, column: column, path: "", message: message, help: help)
    }
    guard let error = error as? YamlError else { return make(0, 0, "The text cannot be read as YAML.") }
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      return make(mark.line, mark.column, "The text is not YAML: \(problem).")
    case .reader(let problem, let offset, _, let text):
      let before = text.prefix(offset ?? 0)
      let line = before.count { $0.isNewline } + 1
      let column = before.reversed().prefix { !$0.isNewline }.reduce(1) { $0 + $1.unicodeScalars.count }
      return make(line, column, "The text is not YAML: \(problem).")
    case .duplicatedKeysInMapping(let keys, let context):
      let names = keys.map { "`\($0)`" }.joined(separator: ", ")
      return make(
        context.mark.line, context.mark.column, "Repeated in one mapping: \(names).", help: "Keep one of them.")
    default:
      return make(0, 0, "The text cannot be read as YAML.")
    }
  }
}

/// From Yams' nodes to ours; collects what we refuse of YAML.
private struct NodeConverter {
  let file: String
  var diagnostics: [Diagnostic] = []
  private let lines: TextLines

  init(file: String, text: String) {
    self.file = file
    lines = TextLines(text)
  }

  mutating func convert(_ node: Node, path: String, depth: Int) -> YAMLNode {
    let mark = place(of: node)
    func made(_ content: YAMLNode.Content) -> YAMLNode {
      YAMLNode(line: mark.line, column: mark.column, content: content)
    }
    let empty = made(.scalar("", isPlain: true))
    // Not descended into: a value with an anchor may hold itself many times over.
    guard node.anchor == nil else {
      report(mark, path, "Anchors are not supported.", help: "Remove the `&name`.")
      return empty
    }
    guard depth <= YAMLDocument.maximumDepth else {
      report(mark, path, "Nested deeper than \(YAMLDocument.maximumDepth) levels.")
      return empty
    }
    switch node {
    case .scalar(let scalar):
      checkTag(mark, path)
      return made(.scalar(scalar.string, isPlain: scalar.style == .plain))
    case .sequence(let items):
      checkTag(mark, path)
      return made(
        .sequence(items.enumerated().map { convert($0.element, path: "\(path)[\($0.offset)]", depth: depth + 1) }))
    case .mapping(let pairs):
      // One without braces begins with its first key, and a tag there is the key's.
      if pairs.first.map({ place(of: $0.key) != mark }) ?? true { checkTag(mark, path) }
      var entries: [YAMLNode.Entry] = []
      for (key, value) in pairs {
        guard let entry = entry(key, value, path: path, depth: depth) else { continue }
        entries.append(entry)
      }
      return made(.mapping(entries))
    case .alias:
      report(mark, path, "Aliases are not supported.", help: "Write the value out.")
      return empty
    }
  }

  private mutating func entry(_ key: Node, _ value: Node, path: String, depth: Int) -> YAMLNode.Entry? {
    let mark = place(of: key)
    guard case .scalar(let scalar) = key else {
      report(mark, path, "A key has to be text.")
      return nil
    }
    let keyNode = convert(key, path: path, depth: depth)
    let kind = PlainScalar(scalar.string)
    if scalar.style == .plain, kind != .text {
      report(
        mark, path, "This key is \(kind.kind) to YAML, not text.",
        help: kind == .special ? "Merge keys are not supported; write the values out." : "Put it in quotes.")
      return nil
    }
    let below = path.isEmpty ? scalar.string : "\(path).\(scalar.string)"
    return YAMLNode.Entry(
      key: scalar.string, keyNode: keyNode, value: convert(value, path: below, depth: depth + 1))
  }

  /// Looks at the text itself: the tag that the parser tells is the same for `a`, `!!str a` and `! a`. A node begins with
  /// its tag, and nothing else begins with `!` (YAML 1.2, sections 5.3 and 6.9).
  private mutating func checkTag(_ mark: Place, _ path: String) {
    guard lines.scalar(line: mark.line, column: mark.column) == "!" else { return }
    report(mark, path, "Tags are not supported.", help: "Remove the `!tag`; put text in quotes.")
  }

  private typealias Place = (line: Int, column: Int)

  private func place(of node: Node) -> Place { node.mark.map { ($0.line, $0.column) } ?? (1, 1) }

  private mutating func report(_ mark: Place, _ path: String, _ message: String, help: String? = nil) {
    diagnostics.append(
      Diagnostic(file: file, line: mark.line, column: mark.column, path: path, message: message, help: help))
  }
}
