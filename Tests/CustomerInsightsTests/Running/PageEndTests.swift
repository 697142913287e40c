import Foundation
import JSONStream
import Synchronization
import TestSupport
import Testing

@testable import CustomerInsights

/// Where pages end that cannot have all their rows: never without a row, and never without a way on.
@Suite struct PageEndTests {
  private static func ids(_ pages: [AnswerPage]) -> [String] { pages.flatMap(\.rows).map { $0["CustomerId"] ?? "" } }

  /// What is left out may use up half of what a plan may, exactly or nearly.
  @Test(arguments: [19, 20, 21, 39, 40, 41, 59, 60, 61])
  func skippedRowsLeaveNoEmptyPage(skip: Int) async throws {
    var random = SeededGenerator(seed: 21)
    let world = World(&random, customers: 150)
    var limits = LegacyPlanLimits()
    limits.reads = 4
    let runner = try PlanRunner(TableService(world.tables, largestPage: 20), limits: limits)
    let pages = try await runner.pages("Customer?$select=CustomerId&$skip=\(skip)")
    #expect(Self.ids(pages) == world.customers.dropFirst(skip).map(\.id))
    #expect(pages.allSatisfy { !$0.rows.isEmpty }, "\(pages.map(\.rows.count))")
    limits.reads = 16
    let members = try await PlanRunner(TableService(world.tables, largestPage: 20), limits: limits)
      .pages("Customer?$select=CustomerId&$skip=\(skip)&$filter=IsMemberOfSegment('Old')")
    let old = world.members("Old")
    let inOrder = world.memberships.map(\.customer).filter(old.contains)
    #expect(Self.ids(members) == Array(inOrder.dropFirst(skip)))
    #expect(members.allSatisfy { !$0.rows.isEmpty } || inOrder.count <= skip, "\(members.map(\.rows.count))")
  }

  /// A page that is read again, to go on within it, may be shorter than it was: its link is the service's own, and leads to
  /// what stands behind the rows that it has now.
  @Test(arguments: ["$skip=1", "$expand=Customer_Measure", "$filter=IsMemberOfSegment('Old')"], [3, 7, 11, 24])
  func pagesThatShrinkShowEachRowOnce(query: String, size: Int) async throws {
    var random = SeededGenerator(seed: 26)
    let world = World(&random, customers: 260)
    let usual = try PlanRunner(TableService(world.tables))
    let wanted = try await Self.ids(usual.pages("Customer?$select=CustomerId&\(query)"))
    let wide = TableService(world.tables, largestPage: 150)
    let narrow = TableService(world.tables, largestPage: size)
    let plan = PreparedPlan(try usual.plan("Customer?$select=CustomerId&\(query)"))
    var found: [String] = []
    var start: LegacyCursor?
    repeat {
      let isFirst = Mutex(start != nil)
      var run = LegacyRun(
        plan: plan, limits: usual.limits, context: "c", start: start, nextLink: { "link:\($0.text)" },
        clock: { [now = ContinuousClock.now] in now },
        read: { read in
          // What a link leads to comes short, and then as it did at first.
          let isShort =
            read.number != nil
            && isFirst.withLock { first in
              defer { first = false }
              return first
            }
          return try await (isShort ? narrow : wide).read(read)
        })
      var out: [UInt8] = []
      while let part = try await run.next() { out += part }
      let page = try AnswerPage(String(decoding: out, as: UTF8.self))
      found += Self.ids([page])
      start = page.next
    } while start != nil && found.count <= wanted.count
    #expect(found == wanted && wanted.count > 100)
  }

  /// What `$skip` leaves out has a limit of its own: that one, and none of the rows that are shown.
  @Test func skippedRowsTakeNoneOfTheRows() async throws {
    var random = SeededGenerator(seed: 22)
    let world = World(&random, customers: 150)
    var limits = LegacyPlanLimits()
    limits.rows = 20
    let runner = try PlanRunner(TableService(world.tables, largestPage: 10), limits: limits)
    let page = try await runner.page("Customer?$select=CustomerId&$skip=100&$top=10")
    #expect(Self.ids([page]) == world.customers[100..<110].map(\.id))
    await #expect(throws: LegacyError.self) { _ = try await runner.page("Customer?$top=30&$select=CustomerId") }
  }

  /// A client that knows no links asks with `$skip` until a page is not full: it has all rows then, whatever those cost that
  /// are left out, as long as a page by itself is within the limits.
  @Test(arguments: [
    ("$select=CustomerId", 7, 240), ("$select=CustomerId&$expand=UnifiedActivity", 40, 700),
    ("$filter=IsMemberOfSegment('Old')", 50, 600),
    ("$filter=IsMemberOfSegment('Old') and IsMemberOfSegment('Young_S')", 90, 1000),
    ("$filter=IsMemberOfSegment('Old')&$expand=UnifiedActivity,Customer_Measure", 80, 1000),
  ])
  func askedForWithSkipAllRowsCome(query: String, reads: Int, rows: Int) async throws {
    var random = SeededGenerator(seed: 24)
    let world = World(&random, customers: 700, copies: 2)
    var limits = LegacyPlanLimits()
    (limits.reads, limits.rows, limits.idsPerRead) = (reads, rows, 10)
    let runner = try PlanRunner(TableService(world.tables, largestPage: 110), limits: limits)
    let segments = ["Old", "Young_S"].filter { query.contains("'\($0)'") }
    let wanted = world.customers.map(\.id).filter { id in segments.allSatisfy { world.members($0).contains(id) } }
    var found: [String] = []
    var page: AnswerPage
    repeat {
      page = try await runner.page("Customer?\(query)&$skip=\(found.count)")
      found += Self.ids([page])
    } while page.rows.count == 100
    #expect(found.sorted() == wanted.sorted() && wanted.count > 100)
  }

  /// So much may be read for rows that are left out, and no more: then it is told, with the limit that held.
  @Test func leavingOutHasALimit() async throws {
    var random = SeededGenerator(seed: 25)
    let world = World(&random, customers: 150)
    var limits = LegacyPlanLimits()
    (limits.reads, limits.idsPerRead) = (6, 10)
    // Each read gives one row: nothing but the plan's own reads is for rows that no ids are asked for.
    let runner = try PlanRunner(TableService(world.tables, largestPage: 1), limits: limits)
    let page = try await runner.page("Customer?$select=CustomerId&$skip=6")
    // As many reads again for the rows that are shown.
    #expect(Self.ids([page]) == world.customers[6..<12].map(\.id) && page.next != nil)
    let error = try await #require(throws: LegacyError.self) {
      _ = try await runner.page("Customer?$select=CustomerId&$skip=7")
    }
    #expect(error.message == "What answers this request takes more than 6 reads of Dataverse, which is the limit.")
    // Of members as many reads again as their rows may take: here four of one id each for ten of them.
    let members = try await #require(throws: LegacyError.self) {
      _ = try await runner.page("Customer?$filter=IsMemberOfSegment('Old')&$skip=20")
    }
    #expect(members.message == "What answers this request takes more than 10 reads of Dataverse, which is the limit.")
  }

  /// Rows that a test drops end a page behind those that were shown, when a limit is met; the last page has no link.
  @Test(arguments: [2, 3, 5, 8])
  func aLimitEndsAPageThatShowsRows(reads: Int) async throws {
    var random = SeededGenerator(seed: 26)
    let world = World(&random, customers: 300)
    var limits = LegacyPlanLimits()
    limits.reads = reads
    let runner = try PlanRunner(TableService(world.tables, largestPage: 20), limits: limits)
    let pages = try await runner.pages("Customer_Measure?$select=CustomerId&$filter=Total ge 50")
    #expect(Self.ids(pages) == world.measures.filter { $0.total >= 50 }.map(\.customer))
    #expect(pages.dropLast().allSatisfy { !$0.rows.isEmpty })
    // All the reads that a page may take are used.
    let all = (world.measures.count + 19) / 20
    #expect(pages.count == (all + reads - 1) / reads)
  }

  // MARK: Expanded rows

  /// Customers with so many activities each.
  private func runner(_ activities: [Int]) throws -> PlanRunner {
    func text(_ value: String) -> [UInt8] { JSONText.encode(value) }
    let customers = activities.indices.map { DataverseRow(members: ["msdynci_customerid": text("c\($0)")]) }
    let rows = activities.enumerated().flatMap { customer, count in
      (0..<count).map {
        DataverseRow(members: ["msdynci_customerid": text("c\(customer)"), "msdynci_title": text("t\($0)")])
      }
    }
    var limits = LegacyPlanLimits()
    limits.rows = 500
    return try PlanRunner(
      TableService(
        ["msdynci_customerprofiles": customers, "msdynci_unifiedactivities": rows], largestPage: 50),
      limits: limits)
  }

  private static let query = "Customer?$select=CustomerId&$expand=UnifiedActivity"

  /// More than one answer can hold, evenly and all at one customer, wherever that one stands.
  @Test(arguments: [
    [Int](repeating: 60, count: 20), [Int](repeating: 200, count: 5), [450, 5, 5, 5], [5, 5, 5, 450],
    [5, 5, 5, 5, 5, 450, 5, 5], [240, 240, 1], [Int](repeating: 24, count: 20),
  ])
  func expandedRowsShrinkThePage(activities: [Int]) async throws {
    let pages = try await runner(activities).pages(Self.query)
    #expect(Self.ids(pages) == activities.indices.map { "c\($0)" })
    #expect(pages.count > 1 || activities.reduce(activities.count, +) <= 500)
    #expect(pages.allSatisfy { !$0.rows.isEmpty })
    for (row, count) in zip(pages.flatMap(\.rows), activities) {
      #expect((row["UnifiedActivity"] ?? "").components(separatedBy: "\"Title\"").count == count + 1)
    }
  }

  /// What an answer can hold is one, in as many reads as before.
  @Test func expandedRowsThatFitAreReadTogether() async throws {
    let runner = try runner([Int](repeating: 10, count: 20))
    let pages = try await runner.pages(Self.query)
    #expect(pages.map(\.rows.count) == [20])
    // One of the customers, and four pages of what they have.
    #expect(runner.service.reads.count == 5)
  }

  /// One customer with more than a plan may read: those before come, and then it is told. So it is where no link leads on.
  @Test func whatNoPageCanHoldIsTold() async throws {
    let runner = try runner([5, 5, 600, 5])
    var page = try await runner.page(Self.query)
    var ids = Self.ids([page])
    let error = try await #require(throws: LegacyError.self) {
      while let next = page.next {
        page = try await runner.page(Self.query, from: next)
        ids += Self.ids([page])
      }
    }
    #expect(ids == ["c0", "c1"] && error.errorCode == "planTooLarge")
    let whole = try await #require(throws: LegacyError.self) {
      _ = try await self.runner([Int](repeating: 60, count: 20)).page(Self.query + "&$top=20")
    }
    #expect(whole.errorCode == "planTooLarge")
    // Of several rows nobody knows which of them is too much.
    #expect(whole.remedy == "Narrow the filter, or ask for fewer rows at once.")
  }

  /// What can be done about one customer who has too much: as many rows as the limit passes, and one more.
  @Test(arguments: [
    Self.query, Self.query + "&$filter=CustomerId eq 'c0'", Self.query + "&$top=1",
    Self.query + ",Customer_Measure&$filter=CustomerId eq 'c0'", "Customer('c0')?$expand=UnifiedActivity",
  ])
  func oneRowThatIsTooMuchIsToldWhatToDo(query: String) async throws {
    // The customer is a row as well, and is told apart from no other on a page of its own.
    #expect(try await self.runner([499]).answer(query).components(separatedBy: "\"Title\"").count == 500)
    let error = try await #require(throws: LegacyError.self) { try await self.runner([500]).answer(query) }
    #expect(error.status == 400 && error.errorCode == "planTooLarge")
    #expect(
      error.message == "What answers this request reads more than 500 rows, which is the limit. "
        + "One row of Customer alone takes that much, with UnifiedActivity in it.")
    #expect(
      error.remedy == "Leave UnifiedActivity out of `$expand`, and ask for UnifiedActivity?$filter=CustomerId eq '…' "
        + "by itself, which comes in pages.")
  }

  /// What the remedy says works.
  @Test func whatOneRowHasComesInPages() async throws {
    let runner = try runner([5, 1200])
    let pages = try await runner.pages("UnifiedActivity?$filter=CustomerId eq 'c1'")
    #expect(pages.flatMap(\.rows).count == 1200 && pages.count > 1)
  }
}
