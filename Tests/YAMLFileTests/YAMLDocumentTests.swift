import FoundationEssentials
import Testing
import YAMLFile

private func problem(_ text: String) -> String {
  do throws(DiagnosticList) {
    _ = try YAMLDocument(text: text, file: "a.yaml")
    return ""
  } catch {
    return error.diagnostics.map { "\($0.line):\($0.column) \($0.message)" }.joined(separator: " | ")
  }
}

@Suite struct YAMLDocumentTests {
  @Test(arguments: [
    ("a: 1\nb: 2\n", ""),
    ("a: &x 1\n", "1:4 Anchors are not supported."),
    ("a: &x {b: 1}\nc: 2\n", "1:4 Anchors are not supported."),
    ("a: 1\nb: *x\n", "2:4 Aliases are not supported."),
    ("a: [1, *x]\n", "1:8 Aliases are not supported."),
    ("? *x\n: 1\n", "1:3 Aliases are not supported."),
    ("*x : 1\n", "1:1 Aliases are not supported."),
    ("a: '*x'\nb: \"\\\"*x\"\n# *x\nc: a *b\nd: 2 * 3\ne: ^[a-z]*$\n", ""),
    ("a: 1\na: 2\n", "1:1 Repeated in one mapping: `a`."),
    ("a: {b: 1, b: 2}\n", "1:5 Repeated in one mapping: `b`."),
    ("a: !!int '1'\n", "1:4 Tags are not supported."),
    ("a: !secret x\n", "1:4 Tags are not supported."),
    ("a: !!set {x}\n", "1:4 Tags are not supported."),
    // Tags that change nothing, too.
    ("a: !!str base\n", "1:4 Tags are not supported."), ("a: ! base\n", "1:4 Tags are not supported."),
    ("a: !!str '30s'\n", "1:4 Tags are not supported."), ("a: ! \"x\"\n", "1:4 Tags are not supported."),
    ("a: !!seq [b]\n", "1:4 Tags are not supported."), ("a: ! [b]\n", "1:4 Tags are not supported."),
    ("a: !!seq\n- b\n", "1:4 Tags are not supported."), ("a: !!map {b: 1}\n", "1:4 Tags are not supported."),
    ("a: !!map\n  b: 1\n", "1:4 Tags are not supported."), ("!!str a: 1\n", "1:1 Tags are not supported."),
    ("--- !!map\na: 1\n", "1:5 Tags are not supported."), ("a: [x, ! y]\n", "1:8 Tags are not supported."),
    ("{! a: 1}\n", "1:2 Tags are not supported."), ("a: !<tag:yaml.org,2002:str> b\n", "1:4 Tags are not supported."),
    ("%TAG !e! tag:yaml.org,2002:\n---\na: !e!str b\n", "3:4 Tags are not supported."),
    ("a: !!str |\n  b\n", "1:4 Tags are not supported."), ("a: !!str\nb: 1\n", "1:4 Tags are not supported."),
    ("# \u{2028}# \u{85}# x\r\na: 'b'\r\nc: !!str d\r", "5:4 Tags are not supported."),
    ("a: b!c\nb: '!x'\nc: |\n  !x\n# !x\nd: [a!, \"!\"]\ne: x\n  !y\n", ""),
    ("<<: {a: 1}\n", "1:1 This key is a YAML keyword to YAML, not text."),
    ("no: 1\n", "1:1 This key is a boolean to YAML, not text."),
    ("7: 1\n", "1:1 This key is a number to YAML, not text."),
    ("'no': 1\n'7': 1\n", ""),
    ("[a]: 1\n", "1:1 A key has to be text."),
    ("a: b: c\n", "1:5 The text is not YAML: mapping values are not allowed in this context."),
    ("a: [1\n", "2:1 The text is not YAML: did not find expected ',' or ']'."),
    ("\ta: 1\n", "1:1 The text is not YAML: found character that cannot start any token."),
    ("a: 1\n---\nb: 2\n", "2:1 The text is not YAML: but found another document."),
    ("a: 'x\n", "2:1 The text is not YAML: found unexpected end of stream."),
    ("ab: 1\nc: \u{1}\n", "2:4 The text is not YAML: control characters are not allowed."),
  ])
  func findsWhatIsNotSupported(_ text: String, _ expected: String) { #expect(problem(text) == expected) }

  @Test func refusesNestingOnePastTheLimit() {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    #expect(problem(nested(32)) == "")
    #expect(problem(nested(33)) == "1:33 Nested deeper than 32 levels.")
    #expect(problem(String(repeating: "[", count: 500_000)).contains("aximum nesting"))
    #expect(problem(String(repeating: "- ", count: 500_000)).contains("aximum nesting"))
  }

  @Test func refusesOneByteTooMuch() {
    let text = "a: " + String(repeating: "x", count: YAMLDocument.maximumBytes - 3)
    #expect(problem(text) == "")
    #expect(problem(text + "x") == "0:0 The file is larger than 1048576 bytes.")
  }

  @Test func refusesAliasesThatGrowWithoutBound() {
    var text = "a0: &a0 [x, x]\n"
    for level in 1..<40 { text += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
    #expect(problem(text + "? *a39\n: 1\n").hasPrefix("2:10 Aliases are not supported."))
  }

  @Test func keepsPlacesAndOrder() throws {
    let root = try YAMLDocument(text: "b: 1\näö: [x, 'y']\n", file: "a.yaml").root
    guard case .mapping(let entries) = root.content else {
      Issue.record("not a mapping")
      return
    }
    #expect(entries.map(\.key) == ["b", "äö"])
    #expect(
      entries.map { [$0.keyNode.line, $0.keyNode.column, $0.value.line, $0.value.column] } == [
        [1, 1, 1, 4], [2, 1, 2, 5],
      ])
    #expect(entries[1].value.isSequence && !entries[1].value.isMapping && entries[0].value.isScalar)
  }

  @Test func readsFiles() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "yaml-\(UInt64.random(in: 0 ... .max))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "a.yaml").path
    func failure() -> String {
      do throws(DiagnosticList) {
        _ = try YAMLDocument.load(path: path)
        return ""
      } catch { return error.rendered() }
    }
    #expect(failure() == "\(path): error: The file cannot be read: No such file or directory.\n")
    try Data("a: 1\n".utf8).write(to: URL(filePath: path))
    #expect(try YAMLDocument.load(path: path).root.isMapping)
    try Data([0x61, 0xFF]).write(to: URL(filePath: path))
    #expect(failure() == "\(path): error: The file is not UTF-8.\n  help: Save it as UTF-8.\n")
    try Data(repeating: 0x23, count: YAMLDocument.maximumBytes + 1).write(to: URL(filePath: path))
    #expect(failure().hasPrefix("\(path): error: The file is larger than"))
    #expect(throws: DiagnosticList.self) { try YAMLDocument.readText(path: folder.path) }
  }

  @Test func showsAWindowOfALongLineWithoutControlCharacters() throws {
    let diagnostic = Diagnostic(file: "f", line: 1, column: 301, path: "", message: "m")
    let source = String(repeating: "a", count: 300) + "X\u{1B}[31m" + String(repeating: "b", count: 300)
    let lines = diagnostic.rendered(source: source).split(separator: "\n")
    #expect(lines[1].hasPrefix("  …aaaa") && lines[1].hasSuffix("b…") && lines[1].contains("X [31m"))
    let caret = try #require(Array(lines[2]).firstIndex(of: "^"))
    #expect(Array(lines[1])[caret] == "X")
  }

  @Test(
    arguments: [
      ("msdynci_lastnam", "msdynci_lastname"), ("MSDYNCI_LASTNAME", "msdynci_lastname"), ("contain", "contains"),
      ("zzz", nil), ("", nil), ("msdynci_birthdate", nil), ("msdynci_top", nil),
      (String(repeating: "x", count: 100_000), nil),
    ] as [(String, String?)])
  func findsTheNearestName(_ name: String, _ expected: String?) {
    #expect(NearestName.nearest(to: name, among: ["msdynci_lastname", "contains", "top"]) == expected)
  }
}
