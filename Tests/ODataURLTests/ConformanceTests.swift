import Foundation
import ODataURL
import Testing

/// Vectors from public test suites, which lie beside the project when it is developed; see the README there.
///
/// The floors are what the parser reached when they were last measured: they may be raised, never lowered.
struct ConformanceTests {
  struct Row: Decodable {
    var id: String
    var rule: String
    var input: String
    var valid: Bool?
    var encoding: String?
    var agreement: String?
    var needsConstraints: Bool?
  }

  struct Tally {
    var accepted = 0
    var valid = 0
    var refused = 0
    var invalid = 0
    var misses: [String] = []

    var acceptance: Double { valid == 0 ? 1 : Double(accepted) / Double(valid) }
    var refusal: Double { invalid == 0 ? 1 : Double(refused) / Double(invalid) }
  }

  /// What OData 4.01 lets clients write, which the settings count as leniencies because Dataverse does not.
  static let settings = ParserSettings(leniencies: [
    .optionsWithoutDollar, .caseInsensitiveOptions, .caseInsensitiveOperators, .keysAsSegments,
  ])

  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../../shared/conformance").standardizedFileURL

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

  static func tally(_ rows: [Row], _ settings: ParserSettings = settings) throws -> Tally {
    var tally = Tally()
    let parser = Parser(settings: settings)
    for row in rows {
      guard let valid = row.valid else { continue }
      let (rule, encoding) = try form(row)
      var problem: SyntaxError?
      do throws(SyntaxError) {
        let parsed = try parser.parse(row.input, as: rule, encoding: encoding)
        #expect((try? parser.parse(parsed.canonical, as: rule)) == parsed, "\(row.id): \(row.input)")
      } catch {
        problem = error
      }
      if valid {
        tally.valid += 1
        if problem == nil { tally.accepted += 1 }
      } else {
        tally.invalid += 1
        if problem != nil { tally.refused += 1 }
      }
      if valid != (problem == nil) {
        let verdict = problem.map { "\($0)" } ?? "accepted"
        tally.misses.append("\(row.id) \(row.rule) \(valid ? "valid" : "invalid"): \(row.input)\n    \(verdict)")
      }
    }
    return tally
  }

  @Test func grammarSuite() throws {
    guard let rows = try Self.rows("odata-abnf-public.jsonl") else { return Self.skip() }
    let tally = try Self.tally(rows.filter { $0.needsConstraints != true })
    Self.report("ABNF suite", tally)
    #expect(tally.acceptance >= 0.995)
    #expect(tally.refusal >= 1)
  }

  @Test func realWorldSuite() throws {
    guard let rows = try Self.rows("odata-realworld-public.jsonl") else { return Self.skip() }
    let tally = try Self.tally(rows.filter { $0.agreement == "agree" })
    Self.report("real-world suite", tally)
    #expect(tally.acceptance >= 0.998)
    #expect(tally.refusal >= 1)
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

  /// Misses are printed only when asked for, so that a failure can be looked into.
  static func report(_ name: String, _ tally: Tally) {
    print(
      "\(name): accepted \(tally.accepted) of \(tally.valid) valid, refused \(tally.refused) of \(tally.invalid) invalid"
    )
    guard ProcessInfo.processInfo.environment["CONFORMANCE_MISSES"] != nil else { return }
    for miss in tally.misses { print("  \(miss)") }
  }
}
