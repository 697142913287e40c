import Foundation
import JSONStream
import ODataURL
import Testing

@testable import CustomerInsights

/// What plans take for equal: letters of either case, never two texts that only look the same; and what they make of rows
/// of which nothing can be said. The service here is one that gives more than was asked for.
@Suite struct LegacyEqualityTests {
  private static let composed = "caf\u{E9}"
  private static let decomposed = "cafe\u{301}"

  private static func profile(_ id: String) -> DataverseRow {
    row(["msdynci_customerid": "\"\(id)\"", "msdynci_fullname": #""A""#])
  }

  private static func measures(_ id: String, _ json: String?) -> DataverseRow {
    var result = row(["msdynci_customerid": "\"\(id)\""])
    if let json { result.append("msdynci_measures", JSONText.encode(json)) }
    return result
  }

  @Test(arguments: [(composed, composed, true), ("CAF\u{C9}", composed, true), (decomposed, composed, false)])
  func onlyRowsOfTheCustomerAreExpanded(id: String, other: String, isSame: Bool) async throws {
    let runner = try PlanRunner(
      TableService([
        "msdynci_customerprofiles": [Self.profile(id)],
        "msdynci_customermeasures": [Self.measures(other, #"{"T":1}"#)],
      ]))
    let shown = isSame ? #"{"CustomerId":"\#(other)","T":1}"# : "null"
    #expect(
      try await runner.answer("Customer?$select=FullName&$expand=Customer_Measure")
        == #"{"@odata.context":"c","value":[{"FullName":"A","Customer_Measure":\#(shown)}]}"#)
  }

  @Test(arguments: [(composed, composed, true), ("CAF\u{C9}", composed, true), (decomposed, composed, false)])
  func onlyCustomersOfTheSegmentAreShown(id: String, member: String, isSame: Bool) async throws {
    let membership = row(["msdynci_customerid": "\"\(member)\"", "msdynci_segments": #""{\"Segments\":[\"S\"]}""#])
    let runner = try PlanRunner(
      TableService(["msdynci_customerprofiles": [Self.profile(id)], "msdynci_segmentmemberships": [membership]]))
    #expect(
      try await runner.answer("Customer?$select=FullName&$filter=IsMemberOfSegment('S')")
        == #"{"@odata.context":"c","value":[\#(isSame ? #"{"FullName":"A"}"# : "")]}"#)
  }

  /// Of a long list both are asked for, and what differs in case only is asked for once.
  @Test func valuesThatOnlyLookTheSameAreBothAskedFor() throws {
    let others = (0..<60).map { "'v\($0)'" }.joined(separator: ",")
    let plan = try translated(
      "Customer?$filter=City in ('\(Self.composed)','\(Self.decomposed)','CAF\u{C9}',\(others))")
    guard case .lists(let queries) = plan.rows else {
      Issue.record("The list was not split.")
      return
    }
    let text = queries.map(printed).joined(separator: " or ")
    // Byte for byte: text compares otherwise.
    func count(_ value: String) -> Int {
      let (text, value) = (Array(text.utf8), Array("'\(value)'".utf8))
      return text.indices.filter { text[$0...].starts(with: value) }.count
    }
    #expect(count(Self.composed) == 1 && count(Self.decomposed) == 1 && count("CAF\u{C9}") == 0 && count("v59") == 1)
  }

  /// As Dataverse's own: without case, accents, width and the blanks at the end.
  private static let collation: TableService.Collation = {
    $0.folding(options: [.caseInsensitive, .diacriticInsensitive, .widthInsensitive], locale: nil)
      .trimmingCharacters(in: .whitespaces)
  }

  /// A row that the service finds by values at both ends of a list comes once, over all pages.
  @Test(arguments: [
    ("Zurich", "Z\u{FC}rich"), ("Zu\u{308}rich", "Z\u{DC}RICH "), ("\u{FF21}\u{FF22}C", "abc"), (composed, "CAFE"),
  ])
  func noRowIsFoundInTwoParts(first: String, last: String) async throws {
    let cities = [first, last, "v3", "v70", first.uppercased()]
    let rows = cities.enumerated().map { index, city in
      row(["msdynci_customerid": "\"\(index)\"", "msdynci_city": "\"\(city)\""])
    }
    let others = (0..<120).map { "v\($0)" }
    for pages in TableService.Pages.allCases {
      for values in [[first] + others + [last], [last] + others + [first]] {
        let service = TableService(
          ["msdynci_customerprofiles": rows], largestPage: 2, pages: pages, collation: Self.collation)
        let runner = try PlanRunner(service)
        let list = values.map { "'\($0)'" }.joined(separator: ",")
        for more in ["", "&$orderby=City", "&$top=100", "&$skip=0"] {
          let found = try await runner.pages("Customer?$select=CustomerId&$filter=City in (\(list))\(more)")
          #expect(found.flatMap(\.rows).compactMap { $0["CustomerId"] }.sorted() == ["0", "1", "2", "3", "4"])
        }
      }
    }
  }

  /// As many values that are alike as one read can ask for: each row comes once. One more is refused, since rows would
  /// come twice.
  @Test func valuesThatAreAlikeHaveALimit() async throws {
    // Each vowel in one of several accents.
    let accents = ["a", "\u{E0}", "\u{E1}", "\u{E2}", "\u{E3}", "\u{E4}", "\u{E5}", "\u{101}"]
    let alike = accents.flatMap { first in accents.map { "B\(first)s\($0)l" } }
    try #require(Set(alike.map(collationOf)).count == 1 && alike.count > 51)
    let rows = alike.enumerated().map { index, city in
      row(["msdynci_customerid": "\"\(index)\"", "msdynci_city": "\"\(city)\""])
    }
    let runner = try PlanRunner(
      TableService(["msdynci_customerprofiles": rows], largestPage: 20, collation: Self.collation))
    func query(_ count: Int) -> String {
      let values = alike[..<count] + (0..<80).map { "v\($0)" }
      return "Customer?$select=CustomerId&$filter=City in (\(values.map { "'\($0)'" }.joined(separator: ",")))"
    }
    let found = try await runner.pages(query(50)).flatMap(\.rows).compactMap { $0["CustomerId"] }
    #expect(found.count == alike.count && Set(found).count == alike.count)
    #expect(runner.service.reads.count > 2)
    let error = try #require(throws: LegacyError.self) { try runner.plan(query(51)) }
    #expect(error.status == 400 && error.errorCode == "listAlike" && error.remedy.contains("at most 50"))
    #expect(error.span != .none && !"\(error.message) \(error.remedy)".contains("B"))
  }

  private func collationOf(_ text: String) -> String { Self.collation(text) }

  /// The same of rows that are expanded, of customers whose ids such a service takes for equal.
  @Test func expandedRowsComeOnce() async throws {
    let ids = ["cafe"] + (0..<60).map { "c\($0)" } + [Self.composed]
    let runner = try PlanRunner(
      TableService(
        [
          "msdynci_customerprofiles": ids.map(Self.profile),
          "msdynci_unifiedactivities": ids.map { row(["msdynci_customerid": "\"\($0)\"", "msdynci_title": #""t""#]) },
        ], collation: Self.collation))
    let page = try await runner.page("Customer?$select=CustomerId&$expand=UnifiedActivity")
    #expect(page.rows.count == ids.count)
    for row in page.rows {
      let id = try #require(row["CustomerId"])
      #expect(row["UnifiedActivity"] == #"[{"CustomerId":"\#(id)","Title":"t"}]"#)
    }
  }

  /// Conditions on members of JSON, which nobody but the gateway decides.
  @Test(
    arguments: [
      (#"{"T":1e99999999999999999999}"#, "T eq 5", false), (#"{"T":1e99999999999999999999}"#, "T gt 5", true),
      (#"{"T":1e-99999999999999999999}"#, "T eq 0", false), (#"{"T":123456789012345678e1}"#, "T eq 5", false),
      (#"{"T":123456789012345678e1}"#, "T eq 1234567890123456780", true), (#"{"T":{}}"#, "T eq 5", false),
      ("broken {", "T eq 5", false), ("broken {", "T eq null", true), (#"{"T":5}"#, "T eq 5", true),
      // The service left the column out: nothing can be said, not even that the condition does not hold.
      (nil, "T eq 5", false), (nil, "T ne 5", false), (nil, "not (T eq 5)", false), (nil, "T eq null", false),
      (nil, "T ne 5 and contains(CustomerId,'_')", false),
    ] as [(String?, String, Bool)])
  func rowsOfWhichNothingCanBeSaidAreLeftOut(json: String?, filter: String, isShown: Bool) async throws {
    let runner = try PlanRunner(TableService(["msdynci_customermeasures": [Self.measures("a_b", json)]]))
    #expect(
      try await runner.answer("Customer_Measure?$select=CustomerId&$filter=\(filter)")
        == #"{"@odata.context":"c","value":[\#(isShown ? #"{"CustomerId":"a_b"}"# : "")]}"#)
  }

  /// Ids in the form of the column, where rows are looked for and where they are shown.
  @Test(arguments: ["digits", "dashes"])
  func idsHaveTwoForms(form: String) async throws {
    let (digits, dashes) = ("ce759201f786d590bf2134bff576c369", "ce759201-f786-d590-bf21-34bff576c369")
    let stored = form == "digits" ? digits : dashes
    var runner = try PlanRunner(
      TableService([
        "msdynci_customerprofiles": [Self.profile(stored)],
        "msdynci_customermeasures": [Self.measures(stored, #"{"T":1,"CUSTOMERID":"x"}"#)],
      ]))
    runner.mapping = try shippedMapping("msdynci_customerid: digits", "msdynci_customerid: \(form)")
    for id in [digits, dashes] {
      for query in [
        "Customer?$skip=0&$filter=CustomerId eq '\(id)'", "Customer?$filter=CustomerId in ('x','\(id)')",
      ] {
        #expect(
          try await runner.answer("\(query)&$select=CustomerId&$expand=Customer_Measure")
            == #"{"@odata.context":"c","value":[{"CustomerId":"\#(digits)","#
            + #""Customer_Measure":{"CustomerId":"\#(digits)","T":1}}]}"#)
      }
      #expect(
        try await runner.answer("Customer('\(id)')?$select=CustomerId")
          == #"{"@odata.context":"c","CustomerId":"\#(digits)"}"#)
    }
  }
}
