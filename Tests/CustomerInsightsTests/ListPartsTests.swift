import Foundation
import ODataURL
import TestSupport
import Testing

@testable import CustomerInsights

@Suite struct ListPartsTests {
  /// Texts that some collation takes for equal.
  @Test(arguments: [
    ["cafe", "Caf\u{E9}", "CAFE\u{301}", "cafe ", "ca-fe", "\u{FF43}\u{FF41}\u{FF46}\u{FF45}"],
    ["stra\u{DF}e", "STRASSE", "STRA\u{1E9E}E"], ["\u{C6}gir", "aegir", "\u{1FC}gir"], ["\u{153}uvre", "OEUVRE"],
    ["\u{D8}re", "ore", "\u{F6}re"], ["\u{141}\u{F3}d\u{17A}", "lodz"], ["\u{DE}or", "thor"],
    ["\u{131}", "I", "\u{130}", "i"],
    ["\u{111}", "d", "\u{F0}"], ["\u{FB01}", "fi"], ["\u{435}\u{43B}\u{43A}\u{430}", "\u{401}\u{41B}\u{41A}\u{410}"],
    ["\u{439}", "\u{418}"], ["\u{457}", "\u{406}"], ["\u{3B1}", "\u{3AC}", "\u{391}", "\u{1F00}"],
    ["\u{3C3}", "\u{3C2}", "\u{3A3}"], ["\u{304B}", "\u{30AC}", "\u{FF76}\u{FF9E}", "\u{30AB}"],
    ["\u{30C4}", "\u{3063}", "\u{30C3}"], ["\u{306F}", "\u{3071}", "\u{30D0}"], ["1", "\u{FF11}"], ["2", "\u{B2}"],
    ["\u{1C5}", "\u{1C4}", "dz"], ["\u{212A}", "k"], ["\u{FB00}", "ff"],
    ["", " ", "\u{200B}", "-"], ["a'b", "ab"], ["\u{1F600}", ""], ["\u{627}", "\u{627}\u{64E}"],
  ])
  func whatMayBeEqualIsAlike(texts: [String]) {
    #expect(Set(texts.map(AlikeText.init)).count == 1, "\(texts)")
  }

  @Test(arguments: [
    ["cafe", "cafes", "cave", "face"], ["1", "2", "12", "a1", "\u{B2}\u{B3}"], ["\u{430}", "a", "\u{431}"],
    ["\u{304B}", "\u{305F}", "\u{304D}"], ["\u{4E2D}", "\u{6587}"], ["\u{AC00}", "\u{AC01}"],
  ])
  func whatDiffersIsNot(texts: [String]) { #expect(Set(texts.map(AlikeText.init)).count == texts.count, "\(texts)") }

  private static func values(_ list: String) throws -> [Literal] {
    let filter = try #require(try parsed("Customer?$filter=A in (\(list))").options.filter?.value)
    return try #require(filter.alternatives?.values)
  }

  /// Two values at the ends of a list, and how many parts have one of them.
  @Test(arguments: [
    ("'a'", "'A '", true), ("1", "1.0", true), ("1", "1e0", true), ("0", "-0.0", true), ("1", "1.5", false),
    ("2020-01-01T00:00:00Z", "2020-01-01T01:00:00%2B01:00", true), ("2020-01-01", "2020-01-01T00:00:00.5Z", true),
    ("2020-01-01T00:00:00Z", "2020-01-01T00:00:01Z", false),
    ("00000000-0000-0000-0000-00000000000a", "'00000000-0000-0000-0000-00000000000A'", true),
    ("00000000-0000-0000-0000-00000000000a", "'0000000000000000000000000000000A'", true), ("true", "false", false),
    ("null", "'null'", false),
  ])
  func valuesThatMayBeEqualAreInOnePart(first: String, last: String, areAlike: Bool) throws {
    let others = (0..<100).map { "'v\($0)'" }.joined(separator: ",")
    let values = try Self.values("\(first),\(others),\(last)")
    let parts = try #require(ListParts.parts(values, of: "A", limit: 50, bytes: .max))
    #expect(parts.flatMap(\.self).count == 102 && parts.allSatisfy { (1...50).contains($0.count) })
    #expect(parts.filter { $0.contains(values[0]) || $0.contains(values[101]) }.count == (areAlike ? 1 : 2))
  }

  /// Every value is in one part, no part is larger than it may be, and what is alike stands in one: or there are none.
  @Test func partsAreWhole() {
    var random = SeededGenerator(seed: 11)
    let letters = ["a", "\u{E1}", "A", "b", " "]
    for round in 0..<300 {
      let limit = 1 + random.below(6)
      var texts: Set<String> = []
      for _ in 0..<random.below(40) { texts.insert((0...random.below(3)).map { _ in random.pick(letters) }.joined()) }
      let values = texts.sorted().map(Literal.string)
      let groups = Dictionary(grouping: texts, by: AlikeText.init)
      let found = ListParts.parts(values, of: "A", limit: limit, bytes: .max)
      #expect((found == nil) == groups.values.contains { $0.count > limit })
      guard let parts = found else { continue }
      #expect(parts.allSatisfy { (1...limit).contains($0.count) })
      #expect(parts.flatMap(\.self).map(\.text).sorted() == texts.sorted())
      for (likeness, group) in groups {
        let holding = parts.filter { $0.contains { AlikeText($0.text) == likeness } }
        #expect(holding.count == 1, "round \(round): \(group)")
      }
    }
  }

  /// As many bytes as may be sent, and one more; a value that is too long stands alone.
  @Test func bytesOfAPartHaveALimit() {
    let values = ["\u{4E2D}\u{6587}", "'", "abc", "\u{4E2D}"].map(Literal.string)
    // `Name eq '…' or `, percent-encoded.
    let sizes = [20 + 6 + 18, 20 + 6 + 6, 20 + 6 + 3, 20 + 6 + 9]
    #expect(values.map { ListParts.byteCount(of: $0, in: "Name") } == sizes)
    func counts(_ bytes: Int) -> [Int] {
      ListParts.parts(values, of: "Name", limit: 50, bytes: bytes)?.map(\.count) ?? []
    }
    #expect(counts(sizes.reduce(0, +)) == [4] && counts(sizes.reduce(0, +) - 1) == [3, 1])
    #expect(counts(sizes[0] + sizes[1]) == [2, 2] && counts(sizes[0] + sizes[1] - 1) == [1, 2, 1])
    #expect(counts(1) == [1, 1, 1, 1])
  }

  /// As many that are alike as one part takes, by number and by bytes, and one more.
  @Test func whatIsAlikeIsNeverParted() {
    let values = ["z", "a", "\u{E1}", "\u{E0}", "y"].map(Literal.string)
    func parts(_ limit: Int, _ bytes: Int = .max) -> [[Literal]]? {
      ListParts.parts(values, of: "A", limit: limit, bytes: bytes)
    }
    #expect(parts(3)?.map(\.count) == [1, 3, 1] && parts(2) == nil)
    let bytes = values[1...3].reduce(0) { $0 + ListParts.byteCount(of: $1, in: "A") }
    #expect(parts(50, bytes)?.map(\.count) == [1, 3, 1] && parts(50, bytes - 1) == nil)
  }

  /// Spellings of one number or instant are one value, whatever their number; those of two types are two.
  @Test func spellingsAreOneValue() throws {
    let zeros = (0..<130).map { String(repeating: "0", count: $0) }
    func conditions(_ values: [String]) throws -> [String] {
      let list = values.joined(separator: ",")
      let reads = try translated("Customer?$select=City&$filter=LifeTimeValue in (\(list))").reads.map(printed)
      return reads.flatMap { $0.matches(of: /eq ([^ &]*)/).map { String($0.1) } }
    }
    #expect(try conditions(zeros.map { "7.5" + $0 }) == ["7.5"])
    #expect(try conditions(zeros.map { $0 + "7" }) == ["7"])
    #expect(try conditions(zeros.map { "7.0" + $0 } + ["7", "7e0", "70e-1"]).count == 3)
    let others = (0..<60).map { "\($0).5" }
    let found = try conditions(others + zeros.map { "7.5" + $0 })
    #expect(found.sorted() == others.sorted())
    // The same digits as doubles, and not the same.
    let close = (10..<70).map { "7.500000000000000000\($0)" }
    #expect(throws: LegacyError.self) { try conditions(close) }
    let instants = (0..<60).map {
      "2020-01-01T0\($0 % 10):00:00.\(String(repeating: "0", count: 1 + $0 / 10))%2B0\($0 % 10):00"
    }
    let times = try translated(
      "UnifiedActivity?$filter=ActivityTime in (\(instants.joined(separator: ",")))"
    ).reads
    #expect(times.count == 1 && printed(times[0]).matches(of: #/ eq /#).count == 1, "\(times.map(printed))")
  }

  /// Whole numbers that no double tells apart: the service does, where the column holds nothing else.
  @Test func wholeNumbersAreThemselves() throws {
    let numbers = (0..<60).map { "\(9_007_199_254_740_993_000 + $0)" }.joined(separator: ",")
    let values = try Self.values(numbers)
    #expect(ListParts.parts(values, of: "A", limit: 50, bytes: .max) == nil)
    #expect(ListParts.parts(values, of: "A", isWhole: true, limit: 50, bytes: .max)?.map(\.count) == [50, 10])
    let mixed = try Self.values(numbers + ",1.5")
    #expect(ListParts.parts(mixed, of: "A", isWhole: true, limit: 50, bytes: .max) == nil)
  }

  /// Lists that are short by their number and long by their bytes, alone and several.
  @Test(arguments: [1, 2, 4])
  func longTextsArePartedByTheirBytes(lists: Int) throws {
    let columns = ["City", "FullName", "FirstName", "LastName"].prefix(lists)
    let value = String(repeating: "\u{4E2D}", count: 41)
    let conditions = columns.map { column in
      "\(column) in (\((0..<12).map { "'\(column)\($0)\(value)'" }.joined(separator: ",")))"
    }
    let plan = try translated("Customer?$filter=\(conditions.joined(separator: " and "))")
    for query in plan.reads { #expect(query.printed().utf8.count <= 12_000) }
    #expect(plan.reads.count >= (lists == 1 ? 1 : 2))
    // 49 of them are no chain that is too long, and no URL that any policy allows.
    let many = (0..<49).map { "'\($0)\(value)'" }.joined(separator: ",")
    let reads = try translated("Customer?$filter=City in (\(many))").reads
    #expect(reads.count > 1 && reads.allSatisfy { $0.printed().utf8.count <= 9_000 })
    let text = reads.map(printed).joined()
    for number in 0..<49 { #expect(text.components(separatedBy: "'\(number)\(value)'").count == 2) }
  }

  /// Distinct values stay in their order, as many in a part as it takes.
  @Test func plainListsAreCut() {
    let values = (0..<101).map { Literal.string("v\($0)") }
    #expect(
      ListParts.parts(values, of: "A", limit: 50, bytes: .max) == [
        Array(values[..<50]), Array(values[50..<100]), [values[100]],
      ])
    #expect(ListParts.parts([], of: "A", limit: 5, bytes: .max) == [])
    #expect(ListParts.parts(Array(values[..<5]), of: "A", limit: 5, bytes: .max)?.count == 1)
  }
}

extension Literal {
  fileprivate var text: String {
    if case .string(let text) = self { text } else { "" }
  }
}
