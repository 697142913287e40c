import Testing
import YAMLFile

private struct Row: Sendable, CustomTestStringConvertible {
  var text: String
  var rendered: String
  init(_ text: String, _ rendered: String) {
    self.text = text
    self.rendered = rendered
  }
  var testDescription: String { text }
}

/// Reads a small made-up configuration and gives what was wrong with it, as shown to its author.
private func problems(_ text: String) -> String {
  do throws(DiagnosticList) {
    let document = try YAMLDocument(text: text, file: "a.yaml")
    let reader = YAMLReader(document)
    reader.mapping(document.root, path: "") { root in
      _ = root.string("name", required: true)
      _ = root.int("top", in: 1...500)
      _ = root.bool("count")
      _ = root.duration("ttl")
      _ = root.choice("mode", of: ["strict", "lenient"])
      _ = root.stringList("words")
      root.mapping("inner") { inner in _ = inner.int("depth", in: 1...9, required: true) }
    }
    try reader.finish()
    return ""
  } catch {
    return error.rendered()
  }
}

@Suite struct YAMLReaderTests {
  @Test(arguments: [
    Row("name: x\ntop: 5\ncount: true\nttl: 5m\nmode: strict\nwords: [a, 'b']\ninner: {depth: 1}\n", ""),
    Row(
      "name: no\n",
      """
      a.yaml:1:7: error: Text is wanted here, but without quotes this is a boolean to YAML.
        name: no
              ^
        help: Put it in quotes.

      """),
    Row("name: 'no'\n", ""),
    Row(
      "name: 1e3\n",
      """
      a.yaml:1:7: error: Text is wanted here, but without quotes this is a number to YAML.
        name: 1e3
              ^
        help: Put it in quotes.

      """),
    Row(
      "name: 2026-01-31\n",
      """
      a.yaml:1:7: error: Text is wanted here, but without quotes this is a date to YAML.
        name: 2026-01-31
              ^
        help: Put it in quotes.

      """),
    Row(
      "name: [x]\n",
      """
      a.yaml:1:7: error: Text is wanted here, this is a list.
        name: [x]
              ^

      """),
    Row(
      "top: 501\nname: x\ntpo: 1\nzzzzz: 2\n",
      """
      a.yaml:1:6: error: The number has to be from 1 to 500.
        top: 501
             ^
      a.yaml:3:1: error: `tpo` is not a key of this mapping.
        tpo: 1
        ^
        help: Did you mean `top`?
      a.yaml:4:1: error: `zzzzz` is not a key of this mapping.
        zzzzz: 2
        ^
        help: Known here: `name`, `top`, `count`, `ttl`, `mode`, `words`, `inner`.

      """),
    Row(
      "top: 0x10\ncount: yes\nttl: 5\nmode: lenint\nwords: [a, a, 7]\n",
      """
      a.yaml:1:1: error: `name` is missing here.
        top: 0x10
        ^
      a.yaml:1:6: error: A whole number is wanted here, this is a number.
        top: 0x10
             ^
        help: Write it in decimal digits, for example 500.
      a.yaml:2:8: error: `true` or `false` is wanted here, in this spelling.
        count: yes
               ^
        help: Write `true` or `false`: versions of YAML differ about other words.
      a.yaml:3:6: error: A duration is wanted here.
        ttl: 5
             ^
        help: Write digits and a unit: 250ms, 30s, 5m, 1h or 2d.
      a.yaml:4:7: error: This is none of the words that may stand here.
        mode: lenint
              ^
        help: Did you mean `lenient`? One of: `strict`, `lenient`.
      a.yaml:5:12: error: `a` stands twice in this list.
        words: [a, a, 7]
                   ^
      a.yaml:5:15: error: Text is wanted here, but without quotes this is a number to YAML.
        words: [a, a, 7]
                      ^
        help: Put it in quotes.

      """),
    Row(
      "name: x\ninner:\n  depht: 1\n",
      """
      a.yaml:3:3: error: `depth` is missing here.
          depht: 1
          ^
      a.yaml:3:3: error: `depht` is not a key of this mapping.
          depht: 1
          ^
        help: Did you mean `depth`?

      """),
    Row(
      "name: x\ninner: 5\n",
      """
      a.yaml:2:8: error: A mapping is wanted here, this is a number.
        inner: 5
               ^

      """),
    Row(
      "",
      """
      a.yaml:1:1: error: A mapping is wanted here, this is nothing.
        \u{20}
        ^

      """.replacingFirst("  \u{20}\n", with: "  \n")),
  ])
  fileprivate func rendersEveryMistake(_ row: Row) {
    #expect(problems(row.text) == row.rendered)
  }

  @Test(
    arguments: [
      ("250ms", 250), ("0s", 0), ("30s", 30_000), ("5m", 300_000), ("1h", 3_600_000), ("2d", 172_800_000),
      ("'30s'", 30_000), ("30", nil), ("s", nil), ("5 m", nil), ("-5m", nil), ("1.5h", nil), ("5w", nil),
      ("3653d", 3653 * 86_400_000), ("3654d", nil), ("99999999999999999999d", nil), ("9223372036854775807d", nil),
    ] as [(String, Int64?)])
  func readsDurations(_ text: String, _ expected: Int64?) throws {
    let document = try YAMLDocument(text: "ttl: \(text)\n", file: "a.yaml")
    let reader = YAMLReader(document)
    var value: Int64?
    reader.mapping(document.root, path: "") { value = $0.duration("ttl") }
    #expect(value == expected)
    #expect(reader.hasErrors == (expected == nil))
  }

  @Test(
    arguments: [
      ("1", 1), ("500", 500), ("0", nil), ("501", nil), ("+5", nil), ("05", nil), ("5.0", nil), ("'5'", nil),
      ("1_0", nil), ("٥", nil), ("99999999999999999999", nil),
    ] as [(String, Int?)])
  func readsWholeNumbers(_ text: String, _ expected: Int?) throws {
    let document = try YAMLDocument(text: "top: \(text)\n", file: "a.yaml")
    let reader = YAMLReader(document)
    var value: Int?
    reader.mapping(document.root, path: "") { value = $0.int("top", in: 1...500) }
    #expect(value == expected)
    #expect(reader.hasErrors == (expected == nil))
  }

  @Test(arguments: [
    "y", "No", "TRUE", "off", "~", "null", "1", "-1", "0x1F", "0o17", "0b1", "1_000", "1:30", "1.5", ".5", "5.", "1e3",
    "1E-3", ".inf", "-.inf", ".nan", "2026-01-31", "2026-01-31T10:00:00Z", "=",
  ])
  func plainTextThatYAMLReadsOtherwiseHasToBeQuoted(_ text: String) throws {
    #expect(problems("name: \(text)\n").isEmpty == false)
    #expect(problems("name: '\(text)'\n").isEmpty)
    #expect(problems("name: \"\(text)\"\n").isEmpty)
  }

  @Test(arguments: ["a", "127.0.0.1:8080", "30s", "1.2.3", "^[0-9]+$", "x-1", "nope", "e3", "v9.2", "."])
  func plainTextPasses(_ text: String) { #expect(problems("name: \(text)\n").isEmpty) }

  @Test func keepsCountOfWhatItOmits() throws {
    let text = "name: x\n" + (0..<150).map { "unknownkey\($0): 1\n" }.joined()
    #expect(problems(text).hasSuffix("and 50 more errors\n"))
  }

  @Test func givesPathsOfValues() throws {
    let document = try YAMLDocument(text: "tables:\n  a:\n    ttl: x\n", file: "a.yaml")
    let reader = YAMLReader(document)
    reader.mapping(document.root, path: "") { root in
      root.mapping("tables") { tables in
        for entry in tables.mappingEntries() {
          reader.mapping(entry.node, path: tables.path(of: entry.key)) { _ = $0.duration("ttl") }
        }
      }
    }
    let error = #expect(throws: DiagnosticList.self) { try reader.finish() }
    #expect(error?.diagnostics.map(\.path) == ["tables.a.ttl"])
  }
}

extension String {
  fileprivate func replacingFirst(_ part: String, with other: String) -> String {
    guard let range = firstRange(of: part) else { return self }
    return replacingCharacters(in: range, with: other)
  }

  private func firstRange(of part: String) -> Range<Index>? {
    indices.first { self[$0...].hasPrefix(part) }.map { $0..<index($0, offsetBy: part.count) }
  }

  private func replacingCharacters(in range: Range<Index>, with other: String) -> String {
    String(self[..<range.lowerBound]) + other + String(self[range.upperBound...])
  }
}
