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

  /// The target that makes the parser read the row's text by its rule; `nil` for rules that it does not read.
  static func target(_ row: Row) -> String? {
    var input = row.input
    if row.encoding == "decoded" {
      let isURI = row.rule == "odataRelativeUri" || row.rule == "queryOptions"
      for (plain, encoded) in [("%", "%25"), ("+", "%2B"), ("#", "%23"), ("&", "%26")] where plain != "&" || !isURI {
        input = input.replacingOccurrences(of: plain, with: encoded)
      }
    }
    switch row.rule {
    case "odataUri":
      for root in ["/api/data/v9.2/", "/api/data/v9.0/", "/data/"] {
        if let range = input.range(of: root) { return String(input[range.upperBound...]) }
      }
      return nil
    case "odataRelativeUri", "resourcePath": return input
    case "queryOptions", "systemQueryOption", "customQueryOption", "filter", "orderby", "select", "expand",
      "compute":
      return "x?" + input
    case "commonExpr", "boolCommonExpr", "firstMemberExpr", "propertyPathExpr", "isofExpr", "primitiveLiteral",
      "binaryLiteral", "enumLiteral", "durationLiteral", "guid", "boolean", "doubleLiteral",
      "singleLiteral", "sbyteLiteral", "int64Literal", "timeOfDayLiteral":
      return "x?$filter=" + input
    default: return nil
    }
  }

  /// What later versions bring: the temporal extension.
  static func isInScope(_ row: Row) -> Bool {
    let input = row.input.lowercased()
    return !["$from=", "$at="].contains {
      input.contains($0)
    }
  }

  static func tally(_ rows: [Row]) -> Tally {
    var tally = Tally()
    let parser = Parser(settings: settings)
    for row in rows {
      guard let valid = row.valid, let target = target(row), isInScope(row) else { continue }
      var problem: SyntaxError?
      do {
        let tree = try parser.relativeURI(target)
        #expect((try? parser.relativeURI(tree.printed())) == tree, "\(row.id): \(target)")
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
    let tally = Self.tally(rows.filter { $0.needsConstraints != true })
    Self.report("ABNF suite", tally)
    #expect(tally.acceptance >= 0.992)
    #expect(tally.refusal >= 1)
  }

  @Test func realWorldSuite() throws {
    guard let rows = try Self.rows("odata-realworld-public.jsonl") else { return Self.skip() }
    let tally = Self.tally(rows.filter { $0.agreement == "agree" })
    Self.report("real-world suite", tally)
    #expect(tally.acceptance >= 0.995)
    #expect(tally.refusal >= 0.988)
  }

  /// Printed without its last bracket.
  static let misprints: Set = ["rw-dataverse-0079"]

  /// Whatever Microsoft's pages print for Dataverse and for Customer Insights is read in their dialects.
  @Test func documentedRequests() throws {
    guard let rows = try Self.rows("odata-realworld-public.jsonl") else { return Self.skip() }
    var count = 0
    for row in rows where row.valid == true && Self.isInScope(row) && !Self.misprints.contains(row.id) {
      let isLegacy = row.id.hasPrefix("rw-ci")
      guard isLegacy || row.id.hasPrefix("rw-dataverse"), let target = Self.target(row) else { continue }
      count += 1
      for settings in isLegacy ? [ParserSettings.legacy] : [.dataverse, .legacy] {
        #expect(throws: Never.self, "\(row.id): \(target)") { try Parser(settings: settings).relativeURI(target) }
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
