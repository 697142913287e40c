import Dataverse
import ODataURL
import TestSupport
import Testing

@testable import CustomerInsights

/// What plans answer over tables in memory, page by page, against a reckoning without plans.
@Suite struct LegacyRunTests {
  private static func list(_ ids: [String]) -> String { "(\(ids.map { "'\($0)'" }.joined(separator: ",")))" }

  /// The rows of all pages, whose sizes are checked: full ones but the last, and none behind the end but where the service
  /// itself says that there is more.
  private func rows(_ query: String, _ runner: PlanRunner) async throws -> [[String: String]] {
    let pages = try await runner.pages(query)
    for page in pages.dropLast() { #expect(page.rows.count == 100, "\(query): \(pages.map(\.rows.count))") }
    #expect(pages.count < 200, "\(query) has no end")
    return pages.flatMap(\.rows)
  }

  private func ids(_ query: String, _ runner: PlanRunner) async throws -> [String] {
    try await rows(query, runner).map { $0["CustomerId"] ?? "" }
  }

  /// Sizes at which something ends exactly where something else does: pages of 100, of 500, chunks of 50.
  @Test(arguments: [0, 1, 50, 51, 99, 100, 101, 200, 201])
  func everyRowComesOnceAndInOrder(count: Int) async throws {
    var random = SeededGenerator(seed: UInt64(count))
    for (largest, pages) in zip([500, 100, 37], TableService.Pages.allCases.shuffled(using: &random)) {
      let world = World(&random, customers: count, copies: 3)
      let all = world.customers.map(\.id)
      let runner = try PlanRunner(TableService(world.tables, largestPage: largest, pages: pages))
      let select = "Customer?$select=CustomerId"
      for skip in Set([1, 100, count]) where skip > 0 {
        #expect(try await ids("\(select)&$skip=\(skip)", runner) == Array(all.dropFirst(skip)))
      }
      for (skip, top) in [(0, 101), (0, count), (0, count + 1), (7, 100), (100, 100), (5, 0)] {
        let page = try await runner.page("\(select)&$skip=\(skip)&$top=\(top)")
        #expect(page.rows.map { $0["CustomerId"] ?? "" } == Array(all.dropFirst(skip).prefix(top)), "\(skip) \(top)")
        #expect(page.next == nil)
      }
      // A list in reads of 50, with an id twice, in another case, and one that is nobody's.
      var wanted = Array(all.shuffled(using: &random).prefix(130))
      if let first = wanted.first { wanted += [first, first.uppercased(), "nobody"] }
      if wanted.count > 1 {
        let found = try await ids("\(select)&$filter=CustomerId in \(Self.list(wanted))", runner)
        #expect(Set(found) == Set(wanted.filter { $0.hasPrefix("c") }))
        #expect(found.count == Set(found).count)
      }
      // Segments whose names Dataverse cannot tell apart, and customers with several rows.
      for segment in World.segments.prefix(largest == 37 ? 4 : 1) {
        let found = try await ids("\(select)&$filter=IsMemberOfSegment('\(segment)')", runner)
        #expect(Set(found) == world.members(segment), "\(segment)")
        #expect(found.count == Set(found).count, "\(segment): \(count) \(largest)")
      }
      let both = "IsMemberOfSegment('Old') and IsMemberOfSegment('Young_S') and City eq 'Bern'"
      let inBern = Set(world.customers.filter { $0.city == "Bern" }.map(\.id))
      let found = try await ids("\(select)&$filter=\(both)", runner)
      #expect(Set(found) == world.members("Old").intersection(world.members("Young_S")).intersection(inBern))
      #expect(found.count == Set(found).count)
    }
  }

  /// `$skip` and `$top` go over what passed the tests, whatever pages it stood on.
  @Test(arguments: TableService.Pages.allCases)
  func conditionsAndOrderOfMembersAreAnsweredHere(pages: TableService.Pages) async throws {
    var random = SeededGenerator(seed: 5)
    for count in [0, 130] {
      let world = World(&random, customers: count)
      let runner = try PlanRunner(TableService(world.tables, largestPage: 90, pages: pages))
      let rich = world.measures.filter { $0.total >= 30 }
      let query = "Customer_Measure?$select=CustomerId"
      #expect(try await ids("\(query)&$filter=Total ge 30", runner) == rich.map(\.customer))
      #expect(
        try await ids("\(query)&$filter=Total ge 30&$skip=11", runner) == Array(rich.map(\.customer).dropFirst(11)))
      // Equal ones keep their places.
      let sorted = rich.enumerated().sorted { ($1.element.total, $0.offset) < ($0.element.total, $1.offset) }
        .map(\.element.customer)
      #expect(try await ids("\(query)&$filter=Total ge 30&$orderby=Total desc", runner) == sorted)
      #expect(
        try await ids("\(query)&$filter=Total ge 30&$orderby=total desc&$skip=2", runner) == Array(sorted.dropFirst(2)))
      let top = try await runner.page("\(query)&$filter=Total ge 30&$orderby=Total desc&$top=120&$skip=1")
      #expect(top.rows.map { $0["CustomerId"] ?? "" } == Array(sorted.dropFirst(1).prefix(120)))
      #expect(top.next == nil)
      // Members and lists are sorted here, too.
      let young = world.members("Young_S")
      let names = world.customers.filter { young.contains($0.id) }.map(\.name).sorted()
      let shown = try await rows(
        "Customer?$select=FullName&$orderby=FullName&$filter=IsMemberOfSegment('Young_S')", runner)
      #expect(shown.map { $0["FullName"] } == names && shown.allSatisfy { $0.count == 1 })
      if count > 60, pages == .plain {
        let wanted = world.customers.prefix(60)
        let shown = try await rows(
          "Customer?$select=FullName&$orderby=FullName desc&$filter=CustomerId in \(Self.list(wanted.map(\.id)))",
          runner)
        #expect(shown.map { $0["FullName"] } == wanted.map(\.name).sorted(by: >))
      }
    }
  }

  /// What Dataverse's wildcards let pass is looked at again.
  @Test(arguments: ["a_b", "%25", "[x]", "_", "100%25"])
  func wildcardsStandForThemselves(text: String) async throws {
    var random = SeededGenerator(seed: 6)
    let world = World(&random, customers: 120)
    for wildcards in ["bracket", "leave"] {
      var runner = try PlanRunner(TableService(world.tables))
      runner.mapping = try shippedMapping("wildcards: bracket", "wildcards: \(wildcards)")
      let query = "Customer?$select=CustomerId&$filter=contains(City,'\(text)')"
      let expected = world.customers.filter { $0.city.contains(text.replacing("%25", with: "%")) }.map(\.id)
      #expect(try await ids(query, runner) == expected && !expected.isEmpty)
      let sent = try #require(runner.service.log.first)
      #expect((sent.contains("[_]") || sent.contains("[%]") || sent.contains("[[]")) == (wildcards == "bracket"))
    }
  }

  // MARK: Expanded rows

  @Test(arguments: [0, 1, 50, 51, 101])
  func expandedRowsAreThoseOfTheCustomer(count: Int) async throws {
    var random = SeededGenerator(seed: 7)
    let world = World(&random, customers: count)
    let runner = try PlanRunner(TableService(world.tables, largestPage: 60))
    for query in ["$select=CustomerId", "$select=FullName", "$top=\(count)"] {
      let shown = try await rows("Customer?\(query)&$expand=unifiedactivity,Customer_Measure", runner)
      #expect(shown.count == count)
      for (row, customer) in zip(shown, world.customers) {
        let titles = world.activities.filter { $0.customer.lowercased() == customer.id }
        #expect(
          row["UnifiedActivity"]
            == "[\(titles.map { #"{"CustomerId":"\#($0.customer)","Title":"\#($0.title)"}"# }.joined(separator: ","))]")
        let total = world.measures.first { $0.customer == customer.id }?.total
        #expect(
          row["Customer_Measure"]
            == (total.map { #"{"CustomerId":"\#(customer.id)","Name":"\#(customer.id)","Total":\#($0)}"# } ?? "null"))
      }
    }
  }

  /// Of several measures of a customer the first stands; a row without an id has nobody's.
  @Test func expansionsWithoutIdAndWithSeveralRows() async throws {
    let runner = try PlanRunner(
      TableService([
        "msdynci_customerprofiles": [
          row(["msdynci_customerid": "null", "msdynci_fullname": #""A""#]), row(["msdynci_fullname": #""B""#]),
          row(["msdynci_customerid": #""1""#]), row(["msdynci_customerid": #""É""#]),
        ],
        "msdynci_customermeasures": [
          row(["msdynci_customerid": #""1""#, "msdynci_measures": #""{\"T\":1}""#]),
          row(["msdynci_customerid": #""1""#, "msdynci_measures": #""{\"T\":2}""#]),
          row(["msdynci_customerid": #""é""#, "msdynci_measures": "null"]),
        ],
      ]))
    #expect(
      try await runner.answer("Customer?$expand=Customer_Measure&$select=FullName&$skip=1")
        == #"{"@odata.context":"c","value":[{"FullName":"B","Customer_Measure":null},"#
        + #"{"Customer_Measure":{"CustomerId":"1","T":1}},{"Customer_Measure":{"CustomerId":"é"}}]}"#)
    #expect(runner.service.reads.count == 2)
  }

  // MARK: One row

  @Test func aKeyGivesOneRowOrNone() async throws {
    var random = SeededGenerator(seed: 8)
    let world = World(&random, customers: 3)
    let runner = try PlanRunner(TableService(world.tables, pages: .hollow))
    let name = world.customers[1].name
    #expect(
      try await runner.answer("Customer('c1001')?$select=FullName") == #"{"@odata.context":"c","FullName":"\#(name)"}"#)
    #expect(try await runner.answer("Customer(customerid='c1001')?$select=FullName").contains(#""\#(name)""#))
    let measured = try await runner.answer("Customer('c1001')?$select=FullName&$expand=Customer_Measure")
    #expect(measured.hasPrefix(#"{"@odata.context":"c","FullName":"\#(name)","Customer_Measure":"#))
    // A row that shows nothing.
    let bare = try PlanRunner(TableService(["msdynci_customerprofiles": [row(["msdynci_customerid": #""x""#])]]))
    #expect(try await bare.answer("Customer('x')?$select=City") == #"{"@odata.context":"c"}"#)
    let error = try await #require(throws: LegacyError.self) { try await runner.answer("Customer('nobody')") }
    #expect(error.status == 404 && error.errorCode == "entityNotFound" && !error.message.contains("nobody"))
  }

  // MARK: Counts

  /// Dataverse's number goes out where it was asked for, also where rows are sorted here.
  @Test(arguments: [
    ("Customer?$skip=1&$count=true", "3"), ("Customer_Measure?$orderby=Total&$count=true", "3"),
    ("Customer?$skip=1&$count=false", nil), ("Customer?$skip=1", nil),
  ])
  func countsAreThoseOfTheService(query: String, count: String?) async throws {
    let rows = (1...3).map { row(["msdynci_customerid": "\"\($0)\""]) }
    let runner = try PlanRunner(
      TableService(["msdynci_customerprofiles": rows, "msdynci_customermeasures": rows]))
    #expect(try await runner.page(query).count == count)
  }

  /// A number that was asked for and does not come ends the answer before it begins; 0 is one, too.
  @Test(arguments: [
    "Customer?$skip=1", "Customer?$top=101", "Customer_Measure?$orderby=Total",
    "Customer?$expand=UnifiedActivity&$select=FullName",
  ])
  func aCountThatDoesNotComeIsNotLeftOut(query: String) async throws {
    func first(_ query: String, _ count: String?) async throws -> String? {
      var run = LegacyRun(
        plan: PreparedPlan(try PlanRunner(TableService([:])).plan(query)), limits: LegacyPlanLimits(), context: "c",
        start: nil, nextLink: { $0.text }, clock: { [now = ContinuousClock.now] in now },
        read: { _ in RowPage(rows: [], count: count.map { Array($0.utf8) }, byteCount: 0) })
      return try await run.next().map { String(decoding: $0, as: UTF8.self) }
    }
    await #expect(throws: ShapeError.self) { try await first(query + "&$count=true", nil) }
    #expect(
      try await first(query + "&$count=true", "0") == #"{"@odata.context":"c","@odata.count":0,"value":[]}"#)
    for query in [query, query + "&$count=false"] {
      #expect(try await first(query, nil) == #"{"@odata.context":"c","value":[]}"#)
    }
  }

  /// It may come with the page that is read in the place of one without rows; the first that comes is shown.
  @Test(
    arguments: [
      ([nil, "7"], "7"), ([nil, nil, "7", "8"], "7"), (["6", "7"], "6"), ([nil, nil], nil), ([nil], nil),
    ] as [([String?], String?)])
  func aCountMayComeLater(pages: [String?], shown: String?) async throws {
    let row = DataverseRow(members: ["msdynci_city": Array(#""Bern""#.utf8)])
    for query in ["Customer?$top=101", "Customer?$skip=0&$expand=UnifiedActivity"] {
      var run = LegacyRun(
        plan: PreparedPlan(try PlanRunner(TableService([:])).plan("\(query)&$select=City&$count=true")),
        limits: LegacyPlanLimits(), context: "c", start: nil, nextLink: { $0.text },
        clock: { [now = ContinuousClock.now] in now },
        read: { read in
          let index = Int(read.skiptoken ?? "0") ?? 0
          let isLast = index == pages.count - 1
          return RowPage(
            rows: isLast ? [row] : [], skiptoken: isLast ? nil : "\(index + 1)",
            count: pages[index].map { Array($0.utf8) }, byteCount: 0)
        })
      var out: [UInt8] = []
      do {
        while let part = try await run.next() { out += part }
        let page = try AnswerPage(String(decoding: out, as: UTF8.self))
        #expect(page.count == shown && page.rows.map { $0["City"] } == ["Bern"])
      } catch is ShapeError {
        #expect(shown == nil)
      }
    }
  }

  @Test func aCountThatNobodyAskedForIsNotShown() async throws {
    let runner = try PlanRunner(TableService([:]))
    var run = LegacyRun(
      plan: PreparedPlan(try runner.plan("Customer?$skip=1")), limits: LegacyPlanLimits(), context: "c", start: nil,
      nextLink: { $0.text }, clock: { [now = ContinuousClock.now] in now },
      read: { _ in RowPage(rows: [], count: Array("7".utf8), byteCount: 0) })
    #expect(try await run.next().map { String(decoding: $0, as: UTF8.self) } == #"{"@odata.context":"c","value":[]}"#)
    #expect(try await run.next() == nil)
  }
}
