/// Turns nodes into typed values and collects every mistake on the way, so that one run shows them all.
///
/// A reader method gives `nil` for a value that is wrong, after reporting it; ``finish()`` throws what was reported.
package final class YAMLReader {
  package let document: YAMLDocument
  private var diagnostics: [Diagnostic] = []

  package init(_ document: YAMLDocument) { self.document = document }

  /// Whether anything was reported so far.
  package var hasErrors: Bool { !diagnostics.isEmpty }

  /// The known name nearest to a misspelt one, as long as anybody will read it: of a file with more mistakes than are
  /// shown, looking for it costs more than it helps.
  package func nearest(to name: String, among candidates: some Sequence<String>) -> String? {
    diagnostics.count < DiagnosticList.most ? NearestName.nearest(to: name, among: candidates) : nil
  }

  /// Reads a mapping; keys that `body` never asks for are reported as unknown, with the nearest known key.
  package func mapping(_ node: YAMLNode, path: String, _ body: (MappingReader) -> Void) {
    guard case .mapping(let entries) = node.content else {
      report(at: node, path: path, message: "A mapping is wanted here, this is \(node.kind).")
      return
    }
    let mapping = MappingReader(reader: self, node: node, entries: entries, path: path)
    body(mapping)
    mapping.reportUnknownKeys()
  }

  /// Reports a mistake at a node.
  package func report(at node: YAMLNode, path: String = "", message: String, help: String? = nil) {
    diagnostics.append(
      Diagnostic(
        file: document.file, line: node.line, column: node.column, path: path, message: message, help: help))
  }

  /// - Throws: everything that was reported, if anything was.
  package func finish() throws(DiagnosticList) {
    guard diagnostics.isEmpty else { throw DiagnosticList(diagnostics, source: document.text) }
  }

  // MARK: Scalars

  /// Text: quoted, or unquoted where no reader of YAML would take it for anything else.
  package func string(_ node: YAMLNode, path: String) -> String? {
    guard case .scalar(let text, let isPlain) = node.content else {
      return wrong(node, path, wanted: "Text")
    }
    guard isPlain else { return text }
    let kind = PlainScalar(text)
    if kind == .null { return wrong(node, path, wanted: "Text") }
    guard kind == .text else {
      report(
        at: node, path: path, message: "Text is wanted here, but without quotes this is \(kind.kind) to YAML.",
        help: "Put it in quotes.")
      return nil
    }
    return text
  }

  /// A whole number in decimal digits, unquoted, within `range`.
  package func int(_ node: YAMLNode, path: String, in range: ClosedRange<Int>) -> Int? {
    guard case .scalar(let text, isPlain: true) = node.content, YAMLReader.isDecimal(text) else {
      return wrong(node, path, wanted: "A whole number", help: "Write it in decimal digits, for example 500.")
    }
    guard let value = Int(text), range.contains(value) else {
      report(
        at: node, path: path,
        message: "The number has to be from \(range.lowerBound) to \(range.upperBound).")
      return nil
    }
    return value
  }

  /// `true` or `false`.
  package func bool(_ node: YAMLNode, path: String) -> Bool? {
    switch node.content {
    case .scalar("true", isPlain: true): return true
    case .scalar("false", isPlain: true): return false
    case .scalar(let text, isPlain: true) where PlainScalar(text) == .boolean:
      report(
        at: node, path: path, message: "`true` or `false` is wanted here, in this spelling.",
        help: "Write `true` or `false`: versions of YAML differ about other words.")
      return nil
    default: return wrong(node, path, wanted: "`true` or `false`", help: "Write `true` or `false`, without quotes.")
    }
  }

  /// A span of time in milliseconds: digits and a unit, `250ms`, `30s`, `5m`, `1h`, `2d`.
  package func duration(
    _ node: YAMLNode, path: String, in range: ClosedRange<Int64> = 0...YAMLReader.longestDuration
  ) -> Int64? {
    let help = "Write digits and a unit: 250ms, 30s, 5m, 1h or 2d."
    guard case .scalar(let text, _) = node.content, !text.isEmpty else {
      return wrong(node, path, wanted: "A duration", help: help)
    }
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let units: [Substring: Int64] = ["ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000]
    guard !digits.isEmpty, let unit = units[text[digits.endIndex...]] else {
      report(at: node, path: path, message: "A duration is wanted here.", help: help)
      return nil
    }
    guard let count = Int64(digits), case (let value, false) = count.multipliedReportingOverflow(by: unit),
      range.contains(value)
    else {
      report(
        at: node, path: path,
        message: "The duration has to be from \(range.lowerBound) to \(range.upperBound) milliseconds.")
      return nil
    }
    return value
  }

  /// One of a closed set of words.
  package func choice(_ node: YAMLNode, path: String, of words: [String]) -> String? {
    let all = words.map { "`\($0)`" }.joined(separator: ", ")
    guard case .scalar(let text, _) = node.content, words.contains(text) else {
      let written: String
      if case .scalar(let text, _) = node.content { written = text } else { written = "" }
      let nearest = nearest(to: written, among: words).map { "Did you mean `\($0)`? " } ?? ""
      report(
        at: node, path: path, message: "This is none of the words that may stand here.",
        help: "\(nearest)One of: \(all).")
      return nil
    }
    return text
  }

  // MARK: Lists

  /// The items of a list.
  package func list(_ node: YAMLNode, path: String) -> [YAMLNode]? {
    guard case .sequence(let items) = node.content else { return wrong(node, path, wanted: "A list") }
    return items
  }

  /// A list of text; a repeated item is a mistake.
  package func stringList(_ node: YAMLNode, path: String) -> [String]? {
    guard let items = list(node, path: path) else { return nil }
    var seen: Set<String> = []
    var texts: [String] = []
    for (index, item) in items.enumerated() {
      guard let text = string(item, path: "\(path)[\(index)]") else { continue }
      if seen.insert(text).inserted {
        texts.append(text)
      } else {
        report(at: item, path: "\(path)[\(index)]", message: "`\(text)` stands twice in this list.")
      }
    }
    return texts
  }

  /// Ten years.
  package static let longestDuration: Int64 = 3653 * 86_400_000

  private func wrong<Value>(_ node: YAMLNode, _ path: String, wanted: String, help: String? = nil) -> Value? {
    report(at: node, path: path, message: "\(wanted) is wanted here, this is \(node.kind).", help: help)
    return nil
  }

  private static func isDecimal(_ text: String) -> Bool {
    var digits = text.utf8[...]
    if digits.first == UInt8(ascii: "-") { digits = digits.dropFirst() }
    guard let first = digits.first, digits.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return false }
    return first != 0x30 || digits.count == 1
  }
}
