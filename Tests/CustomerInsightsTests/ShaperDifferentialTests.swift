import Dataverse
import JSONStream
import Foundation
import TestSupport
import Testing

@testable import CustomerInsights

/// What the shaper makes of random answers is what a plain reader makes of the whole answer, members renamed afterwards.
@Suite struct ShaperDifferentialTests {
  private static let shape = LegacyShape(
    entity: "Customer_Measure", columns: ["msdynci_customerid": "CustomerId", "msdynci_fullname": "FullName"],
    unfold: "msdynci_measures")

  private struct Generator {
    var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    mutating func next(_ count: Int) -> Int { random.below(count) }

    mutating func pick(_ items: [String]) -> String { random.pick(items) }

    mutating func scalar() -> String {
      pick([
        "null", "true", "0", "-12.50", "1e3", "\"\"", "\"plain\"", "\"a \\\"b\\\" \\\\ \\n\"", "\"Zo\\u00eb 漢 😀\"",
        "\"\(String(repeating: "y", count: 33))\"",
      ])
    }

    mutating func object(depth: Int) -> String {
      var taken: Set<String> = []
      let members = (0..<next(5)).compactMap { _ -> String? in
        let name = pick(["TotalSpend", "Visits", "CustomerID", "fullname", "Last\\u0053tore", "é", "q\\\""])
        guard taken.insert(name).inserted else { return nil }
        let value = depth > 0 && next(4) == 0 ? "[1, \(object(depth: depth - 1)) ]" : scalar()
        return "\"\(name)\" : \(value)"
      }
      return "{\(members.joined(separator: ", "))}"
    }

    mutating func row() -> String {
      var members: [String] = []
      if next(4) > 0 { members.append("\"msdynci_customerid\":\(scalar())") }
      if next(2) > 0 { members.append("\"msdynci_full\\u006eame\": \(scalar())") }
      if next(2) > 0 { members.append("\"createdon\":{\"msdynci_fullname\":[\(scalar())]}") }
      if next(2) > 0 { members.append("\"msdynci_fullname@T\":\(scalar())") }
      switch next(5) {
      case 0: break
      case 1: members.append("\"msdynci_measures\":null")
      default:
        let text = object(depth: 2).replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        members.insert("\"msdynci_measures\":\"\(text)\"", at: next(members.count + 1))
      }
      return "{\(members.joined(separator: ","))}"
    }
  }

  private static func expected(_ row: [String: Any]) throws -> [String: Any] {
    var out: [String: Any] = [:]
    for (column, name) in shape.columns { out[name] = row[column] }
    let lower = Set(out.keys.map { $0.lowercased() })
    guard let text = row["msdynci_measures"] as? String else { return out }
    let members = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    for (name, value) in members where !lower.contains(name.lowercased()) { out[name] = value }
    return out
  }

  @Test func agreesWithAFullParse() throws {
    var seen = 0
    for seed in 0..<800 {
      var generator = Generator(seed: UInt64(seed) &* 7919)
      let rows = (0..<generator.next(5)).map { _ in generator.row() }
      let answer = "{\"@odata.context\":\"x\",\"value\":[\(rows.joined(separator: ", "))]}"
      let bytes = Array(answer.utf8)
      let cut = generator.next(bytes.count + 1)
      var shaper = LegacyShaper(shape: Self.shape, context: "c", nextLink: { $0 })
      let out =
        try shaper.feed(Array(bytes[..<cut])) + shaper.feed(Array(bytes[cut...])) + shaper.finish()
      let whole = try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
      let ours = try #require(try JSONSerialization.jsonObject(with: Data(out)) as? [String: Any])
      let expected = try #require(whole["value"] as? [[String: Any]]).map { try Self.expected($0) }
      #expect(NSArray(array: expected) == NSArray(array: (ours["value"] as? [Any]) ?? []), "seed \(seed): \(answer)")
      seen += expected.count
    }
    #expect(seen > 1000)
  }

  /// Rows in memory, with others expanded in them as a collection and as one row, both of a shape with a JSON column.
  @Test func rowsWithExpandedOnesAgreeWithAFullParse() throws {
    func read(_ answer: String) throws -> (rows: [DataverseRow], parsed: [[String: Any]]) {
      var reader = RowPageReader(columns: Set(Self.shape.columns.keys).union(["msdynci_measures"]))
      try reader.feed(Array(answer.utf8))
      let whole = try JSONSerialization.jsonObject(with: Data(answer.utf8)) as? [String: Any]
      return (try reader.finish().rows, whole?["value"] as? [[String: Any]] ?? [])
    }
    let inner = LegacyRowWriter(shape: Self.shape)
    var seen = 0
    for seed in 0..<300 {
      var generator = Generator(seed: UInt64(seed) &* 104_729)
      func rows(_ count: Int) -> String {
        "{\"value\":[\((0..<count).map { _ in generator.row() }.joined(separator: ","))]}"
      }
      let parents = try read(rows(1 + generator.next(3)))
      let others = try read(rows(generator.next(4)))
      // A name that a column has, one that a member of the JSON has, and one of its own.
      let (many, one) = seed.isMultiple(of: 2) ? ("Visits", "FULLNAME") : ("Others", "One")
      var writer = LegacyRowWriter(
        shape: Self.shape,
        expansions: [
          LegacyRowWriter.Expansion(name: many, writer: inner, isCollection: true),
          LegacyRowWriter.Expansion(name: one, writer: inner, isCollection: false),
        ])
      for (row, parsed) in zip(parents.rows, parents.parsed) {
        var json = JSONWriter()
        writer.write(row, expanded: [others.rows, others.rows], into: &json)
        let ours = try #require(try JSONSerialization.jsonObject(with: Data(json.take())) as? [String: Any])
        var expected = try Self.expected(parsed).filter {
          ![many.lowercased(), one.lowercased()].contains($0.key.lowercased())
        }
        let inner = try others.parsed.map { try Self.expected($0) }
        expected[many] = inner
        expected[one] = inner.first ?? NSNull()
        #expect(NSDictionary(dictionary: expected) == NSDictionary(dictionary: ours), "seed \(seed)")
        seen += 1
      }
    }
    #expect(seen > 300)
  }
}
