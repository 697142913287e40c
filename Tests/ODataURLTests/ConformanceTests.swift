import Foundation
import ODataURL
import Testing

/// Vectors from public test suites, which lie beside the project when it is developed; see the README there. Another
/// folder is named by the environment variable `CONFORMANCE_VECTORS`.
///
/// Rows that are decided otherwise than their source does are listed by id in ``ConformanceExceptions``, each with the
/// cause. Any other difference fails, and so does a row that need not be listed any more.
struct ConformanceTests {
  struct Row: Decodable {
    var id: String
    var rule: String
    var input: String
    var valid: Bool?
    var encoding: String?
    var agreement: String?
    var constraints: String?
    var needsConstraints: Bool?
  }

  /// What OData 4.01 lets clients write, which the settings count as leniencies because Dataverse does not.
  static let settings = ParserSettings(leniencies: [
    .optionsWithoutDollar, .caseInsensitiveOptions, .caseInsensitiveOperators, .keysAsSegments,
  ])

  static let folder =
    ProcessInfo.processInfo.environment["CONFORMANCE_VECTORS"].map { URL(filePath: $0) }
    ?? URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../shared/conformance")
    .standardizedFileURL

  static func rows(_ name: String) throws -> [Row]? {
    let file = folder.appending(path: name)
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map {
      try JSONDecoder().decode(Row.self, from: Data($0.utf8))
    }
  }

  /// How the row's text is to be read.
  static func form(_ row: Row) throws -> (rule: Rule, encoding: TextEncoding) {
    (try Rule(named: row.rule), try #require(TextEncoding(rawValue: row.encoding ?? "url")))
  }

  /// The mistake that a row is refused for, `nil` when it is accepted; what is accepted reads back as the same.
  static func problem(
    _ row: Row, _ settings: ParserSettings = settings, names: NameLists? = nil
  ) throws -> SyntaxError? {
    let (rule, encoding) = try form(row)
    let parser = Parser(settings: settings)
    do throws(SyntaxError) {
      let parsed = try parser.parse(row.input, as: rule, encoding: encoding, names: names)
      #expect((try? parser.parse(parsed.canonical, as: rule)) == parsed, "\(row.id): \(row.input)")
      return nil
    } catch {
      return error
    }
  }

  /// Every row is decided as its source decides it; what is pending may differ.
  static func check(_ name: String, _ rows: [Row], lists: [String: NameLists] = [:]) throws {
    var counts = (accepted: 0, valid: 0, refused: 0, invalid: 0)
    for row in rows {
      guard let valid = row.valid else { continue }
      let problem = try Self.problem(row, names: row.constraints.flatMap { lists[$0] })
      let accepted = problem == nil
      if valid {
        counts.valid += 1
        counts.accepted += accepted ? 1 : 0
      } else {
        counts.invalid += 1
        counts.refused += accepted ? 0 : 1
      }
      if ConformanceExceptions.pending.contains(row.id) {
        print("\(row.id): pending, \(accepted ? "accepted by now: take it off the list" : "not accepted yet")")
      } else {
        #expect(accepted == valid, "\(row.id) \(row.rule): \(row.input) \(problem.map { "\($0)" } ?? "accepted")")
      }
    }
    print(
      "\(name): accepted \(counts.accepted) of \(counts.valid) valid,"
        + " refused \(counts.refused) of \(counts.invalid) invalid")
    #expect(counts.valid > 0 && counts.invalid > 0)
  }

  @Test func grammarSuite() throws {
    guard let rows = try Self.rows("odata-abnf-public.jsonl") else { return Self.skip() }
    try Self.check("ABNF suite", rows.filter { $0.needsConstraints != true })
  }

  /// With the lists of names that verdicts presume, every row is decided, those among them that nothing else tells.
  @Test func grammarSuiteWithNames() throws {
    guard let rows = try Self.rows("odata-abnf-public.jsonl") else { return Self.skip() }
    let file = Self.folder.appending(path: "odata-abnf-constraints.json")
    let lists = try JSONDecoder().decode([String: [String: [String]]].self, from: Data(contentsOf: file))
    try Self.check("ABNF suite with names", rows, lists: lists.mapValues { NameLists($0) })
  }

  @Test func realWorldSuite() throws {
    guard let rows = try Self.rows("odata-realworld-public.jsonl") else { return Self.skip() }
    try Self.check("real-world suite", rows.filter { $0.agreement == "agree" })
  }

  /// Each text beyond the grammar that a source accepts is accepted under one named leniency, or refused for a cause.
  @Test func leniencies() throws {
    guard let rows = try Self.rows("odata-realworld-public.jsonl") else { return Self.skip() }
    let lenient = rows.filter { $0.agreement == "source-laxer" }
    var refused = Set(ConformanceExceptions.refusedLeniencies.flatMap(\.ids))
    var sound = Set(ConformanceExceptions.sound.flatMap(\.ids))
    var accepted: [String: Leniencies] = [:]
    for (leniency, group) in ConformanceExceptions.leniencies { for id in group.ids { accepted[id] = leniency } }
    print(
      "beyond the grammar: \(lenient.count) rows, \(accepted.count) accepted under a leniency, \(sound.count) without,"
        + " \(refused.count) refused")
    for row in lenient {
      if refused.remove(row.id) != nil {
        for settings in [Self.settings] + ParserSettings.all {
          #expect(try Self.problem(row, settings) != nil, "\(row.id) is accepted by now: \(row.input)")
        }
      } else if sound.remove(row.id) != nil {
        #expect(try Self.problem(row) == nil, "\(row.id): \(row.input)")
      } else {
        let listed = accepted.removeValue(forKey: row.id)
        let leniency = try #require(listed, "\(row.id) is listed nowhere: \(row.input)")
        var settings = Self.settings
        #expect(try Self.problem(row, settings) != nil, "\(row.id) needs no leniency: \(row.input)")
        settings.leniencies.formUnion(leniency)
        #expect(try Self.problem(row, settings) == nil, "\(row.id): \(row.input)")
      }
    }
    #expect(refused.isEmpty && sound.isEmpty && accepted.isEmpty, "\(refused) \(sound) \(accepted.keys)")
  }

  /// What a source refuses for reasons of a schema is accepted; what can be seen to be wrong without one is listed.
  @Test func stricterSources() throws {
    guard let rows = try Self.rows("odata-realworld-public.jsonl") else { return Self.skip() }
    let strict = rows.filter { $0.agreement == "source-stricter" }
    var refused = Set(ConformanceExceptions.refusedGrammar.flatMap(\.ids))
    print("refused by their source alone: \(strict.count) rows, \(strict.count - refused.count) accepted here")
    for row in strict {
      let problem = try Self.problem(row)
      let isListed = refused.remove(row.id) != nil
      #expect((problem != nil) == isListed, "\(row.id): \(row.input) \(problem.map { "\($0)" } ?? "accepted")")
    }
    #expect(refused.isEmpty, "\(refused)")
  }

  /// Printed without its last bracket.
  static let misprints: Set = ["rw-dataverse-0079"]

  /// Whatever Microsoft's pages print for Dataverse and for Customer Insights is read in their dialects.
  @Test func documentedRequests() throws {
    guard let rows = try Self.rows("odata-realworld-public.jsonl") else { return Self.skip() }
    var count = 0
    for row in rows where row.valid == true && !Self.misprints.contains(row.id) {
      let isLegacy = row.id.hasPrefix("rw-ci")
      guard isLegacy || row.id.hasPrefix("rw-dataverse") else { continue }
      let (rule, encoding) = try Self.form(row)
      count += 1
      for settings in isLegacy ? [ParserSettings.legacy] : [.dataverse, .legacy] {
        #expect(throws: Never.self, "\(row.id): \(row.input)") {
          try Parser(settings: settings).parse(row.input, as: rule, encoding: encoding)
        }
      }
    }
    #expect(count > 50)
  }

  /// No row of any rule crashes the parser, under any setting.
  @Test func everyRowIsAnswered() throws {
    for file in ["odata-abnf-public.jsonl", "odata-realworld-public.jsonl"] {
      guard let rows = try Self.rows(file) else { return Self.skip() }
      for row in rows {
        for text in [row.input, "x?$filter=" + row.input] {
          for settings in ParserSettings.all {
            let printed = outcome(text, settings)
            #expect(!printed.contains("beyond the target"))
          }
        }
      }
    }
  }

  static func skip() { print("skipped: no conformance vectors at \(folder.path)") }
}
