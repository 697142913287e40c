import Testing
import YAMLFile

@testable import CustomerInsights

/// Mistakes in mappings are told all at once, each at its place.
@Suite struct MappingMistakeTests {
  private func mistakes(_ text: String) -> [Diagnostic] {
    do throws(DiagnosticList) {
      _ = try LegacyMapping.load(text: text, file: "mapping.yaml", schema: schema)
      return []
    } catch {
      return error.diagnostics
    }
  }

  /// The text from a place on.
  private func text(_ text: String, from place: Diagnostic) -> Substring {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard place.line > 0, place.line <= lines.count else { return "" }
    return lines[(place.line - 1)...].joined(separator: "\n").dropFirst(place.column - 1)
  }

  /// A file behind its version, what stands at the place of the mistake, and words of its message or help.
  private static let files: [(text: String, place: String, words: String)] = [
    ("entities:\n  A: { table: account }", "account", "no table"),
    ("entities: {}\nids: { msdynci_nothing: digits }", "msdynci_nothing", "No table"),
    ("entities: {}\nids: { msdynci_activitytime: digits }", "msdynci_activitytime", "text"),
    ("entities: {}\nids: { msdynci_customerid: guid }", "guid", "`digits` or `dashes`"),
    (
      "entities: {}\nids: { msdynci_customerid: digits, msdynci_customerid?: dashes }", "msdynci_customerid?", "twice"
    ),
    ("entities:\n  A: { tabel: msdynci_enrichment }", "tabel", "not a key"),
    ("entities:\n  A: {}", "{}", "`table` is missing"),
    ("entities:\n  A: 1", "1", "mapping"),
    ("entities:\n  A: { table: msdynci_enrichment, unfold: nothing }", "nothing", "no column"),
    (
      "entities:\n  A: { table: msdynci_unifiedactivity, unfold: msdynci_activitytime }",
      "msdynci_activitytime", "text"
    ),
    (
      "entities:\n  A: { table: msdynci_unifiedactivity, search: [msdynci_activitytime] }",
      "[msdynci_activitytime]", "text"
    ),
    ("entities:\n  A: { table: msdynci_enrichment, key: CustomerId }", "CustomerId", "no column"),
    ("entities:\n  A: { table: msdynci_enrichment, key: createdby }", "createdby", "_createdby_value"),
    ("entities:\n  A: { table: msdynci_enrichment, where: { nothing: x } }", "nothing", "no column"),
    ("entities:\n  A: { table: msdynci_enrichment, where: { msdynci_identifier: 1 } }", "1 ", "quotes"),
    ("entities:\n  A: { table: msdynci_enrichment, columns: [nothing] }", "nothing", "no column"),
    (
      "entities:\n  A: { table: msdynci_enrichment, columns: [msdynci_values, msdynci_values?] }",
      "msdynci_values?", "twice"
    ),
    ("entities:\n  A: { table: msdynci_enrichment, search: [nothing] }", "nothing", "no column"),
    ("entities:\n  A: { table: msdynci_enrichment }\n  a: { table: msdynci_enrichment }", "a: {", "twice"),
    ("entities:\n  A B: { table: msdynci_enrichment }", "A B", "no name"),
    ("entities: {}\ntables:\n  account: {}", "account", "no table"),
    ("entities: {}\ntables:\n  msdynci_enrichment: { aliases: { x: other } }", "other", "no column"),
    ("entities: {}\ntables:\n  msdynci_enrichment: { names: { other: X } }", "other", "no column"),
    ("entities: {}\ntables:\n  msdynci_enrichment: { names: { msdynci_values: 'X Y' } }", "'X Y'", "no name"),
    ("entities: {}\ntables:\n  msdynci_enrichment: { aliases: { X Y: msdynci_values } }", "X Y", "no name"),
    (
      "entities: {}\ntables:\n  msdynci_enrichment: { aliases: { X: msdynci_values, x: msdynci_values } }",
      "x: ms", "twice"
    ),
    (
      "entities:\n  A: { table: msdynci_enrichment, names: { msdynci_values: Id, msdynci_identifier: iD } }",
      "iD", "Two columns"
    ),
    (
      "entities:\n  A: { table: msdynci_enrichment, columns: [msdynci_values], names: { "
        + "msdynci_identifier: X } }",
      "X ", "not among"
    ),
    ("entities: {}\nmore: 1", "more", "not a key"),
    ("prefix: 1\nentities: {}", "1", "quotes"),
    ("wildcards: keep\nentities: {}", "keep", "none of the words"),
    ("privateMetadata: maybe\nentities: {}", "maybe", "true"),
    ("limits: { reads: 0 }\nentities: {}", "0", "from 1 to 1000"),
    ("limits: { time: 1h }\nentities: {}", "1h", "from 100 to 600000"),
    ("limits: { row: 7 }\nentities: {}", "row", "not a key"),
    ("entities: {}\nenrichments: { entities: [A] }", "{ entities", "`table` is missing"),
    ("entities: {}\nenrichments: { table: msdynci_enrichment, entities: [A] }", "{ table", "`nameColumn` is missing"),
    (
      "entities: {}\npredictions: { table: msdynci_prediction, nameColumn: msdynci_model }",
      "{ table", "`entities` is missing"
    ),
    (
      "entities: {}\npredictions: { table: msdynci_prediction, nameColumn: msdynci_mode, entities: [] }",
      "msdynci_mode,", "`msdynci_model`"
    ),
    (
      "entities: {}\npredictions: { table: msdynci_prediction, nameColumn: msdynci_model, entities: [A, a] "
        + "}",
      "a]", "twice"
    ),
    (
      "entities: {}\npredictions: { table: msdynci_prediction, nameColumn: msdynci_model, entities: [1] }",
      "1]", "quotes"
    ),
    ("entities: {}\nsegments: { table: x }", "x }", "no table"),
    ("entities: {}\nkeyring: { table: msdynci_alternatekey, dataSource: x }", "x }", "no column"),
    (
      "entities:\n  A: { table: msdynci_enrichment, unfold: msdynci_values }\n  C: { table: none, "
        + "optional: true }\nsegments: { table: msdynci_segmentmembership, customer: msdynci_customerid, list: "
        + "msdynci_segments,\n  member: S, entity: A, names: [] }",
      "A, names", "no key"
    ),
    (
      "entities:\n  A: { table: msdynci_enrichment, key: msdynci_customerid }\n  C: { table: none, "
        + "optional: true }\nsegments: { table: msdynci_segmentmembership, customer: msdynci_customerid, list: "
        + "msdynci_segments,\n  member: S, entity: B, names: [] }",
      "B, names", "no entity"
    ),
    (
      "entities:\n  A: { table: msdynci_enrichment, key: msdynci_customerid }\n  C: { table: none, "
        + "optional: true }\nsegments: { table: msdynci_segmentmembership, customer: msdynci_customerid, list: "
        + "msdynci_segments,\n  member: S, entity: A, names: [a] }",
      "a]", "already"
    ),
    (
      "entities:\n  A: { table: msdynci_enrichment, key: msdynci_customerid }\n  C: { table: none, "
        + "optional: true }\nsegments: { table: msdynci_segmentmembership, customer: msdynci_customerid, list: "
        + "msdynci_segments,\n  member: S, entity: A, names: [c] }",
      "c]", "already"
    ),
    (
      "entities:\n  A: { table: msdynci_enrichment, key: msdynci_customerid }\n  C: { table: none, "
        + "optional: true }\nsegments: { table: msdynci_segmentmembership, customer: msdynci_customerid, list: "
        + "msdynci_segments,\n  member: S, entity: A, names: [S, s] }",
      "s]", "twice"
    ),
    (
      "entities:\n  A: { table: msdynci_enrichment, key: msdynci_customerid }\n  C: { table: none, "
        + "optional: true }\nsegments: { table: msdynci_segmentmembership, customer: msdynci_customerid, list: "
        + "msdynci_segments,\n  member: S, entity: A, names: ['S 1'] }",
      "'S 1'", "no name"
    ),
    (
      "entities:\n  A: { table: msdynci_enrichment, key: msdynci_customerid }\nsegments: { table: "
        + "msdynci_segmentmembership, customer: msdynci_customerid, list: msdynci_segments,\n  member: S, entity: A, "
        + "names: [], row: msdynci_segments }",
      "msdynci_segments }", "does not tell"
    ),
    (
      "entities:\n  A: { table: msdynci_enrichment, expand: { X: {\n    entity: D, from: "
        + "msdynci_customerid, column: msdynci_customerid } } }",
      "D,", "no entity"
    ),
    (
      "entities:\n  A: { table: msdynci_enrichment, expand: { X: {\n    entity: A, from: customerid, "
        + "column: msdynci_customerid } } }",
      "customerid,", "no column"
    ),
    (
      "entities:\n  A: { table: msdynci_enrichment, expand: { X: {\n    entity: A, from: "
        + "msdynci_customerid, column: customerid } } }",
      "customerid }", "no column"
    ),
    (
      "entities:\n  A: { table: msdynci_enrichment, expand: { X: {\n    entity: A, from: "
        + "msdynci_customerid } } }",
      "{\n", "`column` is missing"
    ),
    (
      "entities:\n  A: { table: msdynci_enrichment, expand: { Values: {\n    entity: A, from: "
        + "msdynci_customerid, column: msdynci_customerid } } }",
      "{\n", "already"
    ),
    (
      "entities:\n  A: { table: msdynci_enrichment, expand: { X Y: {\n    entity: A, from: "
        + "msdynci_customerid, column: msdynci_customerid } } }",
      "X Y", "no name"
    ),
  ]

  @Test(arguments: 0..<files.count)
  func haveTheirPlace(_ number: Int) {
    let (body, place, words) = Self.files[number]
    let file = "version: 1\n\(body)\n"
    let found = mistakes(file)
    #expect(
      found.contains { text(file, from: $0).hasPrefix(place) && "\($0.message) \($0.help ?? "")".contains(words) },
      "\(body): \(found.map { "\($0.line):\($0.column) \($0.message) \($0.help ?? "")" })")
  }

  @Test(arguments: [
    ("version: 2\nentities: {}", 1, 10), ("version: 1", 1, 1), ("- 1", 1, 1), ("", 1, 1), ("version: [", 0, 0),
    ("version: 1\nentities:\n  A: { table: msdynci_enrichment }\n  A: { table: msdynci_enrichment }", 3, 3),
  ])
  func areRefused(file: String, line: Int, column: Int) {
    let found = mistakes(file)
    #expect(!found.isEmpty)
    if line > 0 { #expect(found.contains { $0.line == line && $0.column == column }, "\(found)") }
  }

  @Test func areToldAtOnceWithTheirLines() throws {
    let text = """
      version: 1
      entities:
        A: { table: x }
        B: { table: w, z: 1, optional: true }
        C: { table: msdynci_enrichmnt }
      """
    let error = try #require(throws: DiagnosticList.self) {
      try LegacyMapping.load(text: text, file: "mapping.yaml", schema: schema)
    }
    #expect(error.diagnostics.count == 3)
    let rendered = error.rendered()
    for word in ["mapping.yaml:3:15", "mapping.yaml:4:18", "mapping.yaml:5:15", "`msdynci_enrichment`", "^"] {
      #expect(rendered.contains(word), "\(rendered)")
    }
    #expect(rendered.contains("  C: { table: msdynci_enrichmnt }"))
  }
}
