import ODataURL
import Synchronization
import TestSupport
import Testing

@testable import CustomerInsights

/// What a plan may cost: as much as the limit passes, one more does not.
@Suite struct PlanLimitTests {
  /// Answers without a link.
  private static let queries = [
    "Customer?$top=153", "Customer?$top=150&$filter=IsMemberOfSegment('Old') and IsMemberOfSegment('Young_S')",
    "Customer_Measure?$orderby=Total desc", "Customer('c1003')?$expand=UnifiedActivity",
    "Customer?$top=120&$expand=UnifiedActivity,Customer_Measure",
  ]
  /// Answers that can go on behind one, and fewer reads than they take.
  private static let paged = [
    ("Customer?$skip=60", 4), ("Customer?$filter=IsMemberOfSegment('Old')", 8),
    ("Customer_Measure?$filter=Total gt 50", 4), ("Customer?$expand=UnifiedActivity,Customer_Measure", 8),
    ("Customer?$filter=CustomerId in (\((0..<120).map { "'c\(1000 + $0)'" }.joined(separator: ",")))", 3),
  ]

  @Test(arguments: ["9223372036854775807", "1099511627776", "5000"])
  func noNumberOfRowsIsTooMuchToCount(top: String) async throws {
    for query in ["Customer?$top=\(top)&$skip=1", "Customer?$top=\(top)&$filter=IsMemberOfSegment('Old')"] {
      #expect(try await !isTooLarge(query, LegacyPlanLimits()))
    }
  }

  /// What is read side by side may be more than what is needed.
  private static var oneByOne: LegacyPlanLimits {
    var limits = LegacyPlanLimits()
    limits.concurrency = 1
    return limits
  }

  private struct Cost {
    var reads = 0
    var rows = 0
    var bytes = 0
  }

  private func world() -> World {
    var random = SeededGenerator(seed: 11)
    return World(&random, customers: 160, copies: 2)
  }

  /// What a query costs, by a count beside the run.
  private func cost(_ query: String) async throws -> Cost {
    let cost = Mutex(Cost())
    let service = TableService(world().tables, largestPage: 60)
    let runner = try PlanRunner(service)
    var run = LegacyRun(
      plan: PreparedPlan(try runner.plan(query)), limits: Self.oneByOne, context: "c", start: nil,
      nextLink: { $0.text },
      clock: { [now = ContinuousClock.now] in now },
      read: { read in
        let page = try await service.read(read)
        cost.withLock {
          $0.reads += 1
          $0.rows += page.rows.count
          $0.bytes += page.byteCount
        }
        return page
      })
    while try await run.next() != nil {}
    return cost.withLock { $0 }
  }

  private func isTooLarge(_ query: String, _ limits: LegacyPlanLimits) async throws -> Bool {
    let runner = try PlanRunner(TableService(world().tables, largestPage: 60), limits: limits)
    do {
      _ = try await runner.answer(query)
      return false
    } catch let error as LegacyError {
      #expect(error.status == 400 && error.errorCode == "planTooLarge" && !error.remedy.isEmpty)
      return true
    }
  }

  @Test(arguments: queries)
  func readsRowsAndBytesHaveLimits(query: String) async throws {
    let cost = try await cost(query)
    #expect(cost.reads > 1 && cost.rows > 0 && cost.bytes > 0)
    for (path, value) in [
      (\LegacyPlanLimits.reads, cost.reads), (\.rows, cost.rows), (\.bytes, cost.bytes),
    ] {
      var limits = Self.oneByOne
      limits[keyPath: path] = value
      #expect(try await !isTooLarge(query, limits), "\(query) with \(value)")
      limits[keyPath: path] = value - 1
      #expect(try await isTooLarge(query, limits), "\(query) with \(value - 1)")
    }
  }

  /// An answer that a limit would end goes on behind a link, with fewer rows on its page.
  @Test(arguments: paged)
  func pagesEndAtTheirLimits(query: String, reads: Int) async throws {
    func ids(_ limits: LegacyPlanLimits) async throws -> (all: [String], pages: Int) {
      let runner = try PlanRunner(TableService(world().tables, largestPage: 20), limits: limits)
      let pages = try await runner.pages(query)
      return (pages.flatMap(\.rows).map { $0["CustomerId"] ?? "" }, pages.count)
    }
    let whole = try await ids(LegacyPlanLimits())
    var limits = LegacyPlanLimits()
    limits.reads = reads
    let parts = try await ids(limits)
    #expect(parts.all == whole.all && parts.pages > whole.pages, "\(whole.pages) \(parts.pages)")
  }

  /// A segment of which the policy hides nearly all. No page is empty while rows follow, since clients take such a page
  /// for the end: they are found, or told to be out of reach.
  @Test func hiddenMembersDoNotEndAnAnswer() async throws {
    let row = Array(#""{\"Segments\":[\"Old\"]}""#.utf8)
    let members = (0..<400).map { number in
      DataverseRow(members: [
        "msdynci_customerid": Array("\"c\(number)\"".utf8), "msdynci_segments": row,
        "msdynci_identifier": Array("\"i\(number)\"".utf8),
      ])
    }
    let shown = DataverseRow(members: ["msdynci_customerid": Array("\"c399\"".utf8)])
    let tables = ["msdynci_segmentmemberships": members, "msdynci_customerprofiles": [shown]]
    let query = "Customer?$select=CustomerId&$filter=IsMemberOfSegment('Old')"
    let pages = try await PlanRunner(TableService(tables, largestPage: 100)).pages(query)
    #expect(pages.map { $0.rows.map { $0["CustomerId"] ?? "" } } == [["c399"]])
    var limits = LegacyPlanLimits()
    limits.reads = 16
    let runner = try PlanRunner(TableService(tables, largestPage: 100), limits: limits)
    let error = try await #require(throws: LegacyError.self) { _ = try await runner.page(query) }
    #expect(error.errorCode == "planTooLarge")
  }

  /// Each read takes 1,000 s by the run's clock.
  @Test func timeHasALimit() async throws {
    for (milliseconds, passes) in [(3_000_000, true), (2_999_999, false)] {
      let now = Mutex(ContinuousClock.now)
      let service = TableService(world().tables, largestPage: 50)
      var limits = LegacyPlanLimits()
      limits.milliseconds = milliseconds
      var run = LegacyRun(
        plan: PreparedPlan(try PlanRunner(service).plan("Customer?$top=150")), limits: limits, context: "c", start: nil,
        nextLink: { $0.text }, clock: { now.withLock { $0 } },
        read: { read in
          now.withLock { $0 += .seconds(1000) }
          return try await service.read(read)
        })
      do {
        while try await run.next() != nil {}
        #expect(passes)
      } catch let error as LegacyError {
        #expect(!passes && error.errorCode == "planTooLarge")
      }
      #expect(service.reads.count == 3)
    }
  }

  /// An answer that is too large, or too slow, ends while it comes.
  @Test(arguments: ["rows", "bytes", "time"])
  func aReadEndsWhenItHoldsTooMuch(what: String) async throws {
    var limits = LegacyPlanLimits()
    (limits.rows, limits.bytes, limits.milliseconds) = (10, 1000, 5_000_000)
    let held = Mutex(0)
    let now = Mutex(ContinuousClock.now)
    let plan = try PlanRunner(TableService([:])).plan("Customer?$top=150")
    var run = LegacyRun(
      plan: PreparedPlan(plan), limits: limits, context: "c", start: nil, nextLink: { $0.text },
      clock: { now.withLock { $0 } },
      read: { read in
        for step in 1...1000 {
          if what == "time" { now.withLock { $0 += .seconds(1000) } }
          try read.lease?.hold(rows: what == "rows" ? step : 1, bytes: what == "bytes" ? step * 100 : 0)
          held.withLock { $0 = step }
        }
        return RowPage(rows: [], byteCount: 0)
      })
    let error = try await #require(throws: LegacyError.self) { _ = try await run.next() }
    #expect(error.errorCode == "planTooLarge")
    #expect(held.withLock { $0 } == (what == "time" ? 5 : 10))
  }

  /// The last of what would be too much may come at once: what was tried for many rows is let go of, and read for fewer.
  @Test func howAnAnswerComesMakesNoDifference() async throws {
    var limits = LegacyPlanLimits()
    limits.rows = 300
    var random = SeededGenerator(seed: 11)
    let service = TableService(World(&random, customers: 160).tables)
    let plan = try PlanRunner(service).plan("Customer?$expand=UnifiedActivity,Customer_Measure")
    var answers: [[UInt8]] = []
    for step in [1, 7, 10_000] {
      var run = LegacyRun(
        plan: PreparedPlan(plan), limits: limits, context: "c", start: nil, nextLink: { "link:\($0.text)" },
        clock: { [now = ContinuousClock.now] in now },
        read: { read in
          let page = try await service.read(read)
          for rows in stride(from: min(step, page.rows.count), through: page.rows.count, by: step) {
            try read.lease?.hold(rows: rows, bytes: 0)
          }
          return page
        })
      var out: [UInt8] = []
      while let part = try await run.next() { out += part }
      answers.append(out)
      #expect(!run.isLate)
    }
    #expect(Set(answers).count == 1)
    #expect(try AnswerPage(String(decoding: answers[0], as: UTF8.self)).next != nil)
  }

  /// Of a single row nothing less can be tried: what is expanded in it is read once, and may take all that is left.
  @Test func whatIsExpandedInOneRowIsReadOnce() async throws {
    let customer = DataverseRow(members: ["msdynci_customerid": Array(#""c1""#.utf8)])
    let activity = DataverseRow(members: ["msdynci_customerid": Array(#""c1""#.utf8)])
    for (activities, passes) in [(9, true), (10, false)] {
      let service = TableService([
        "msdynci_customerprofiles": [customer],
        "msdynci_unifiedactivities": Array(repeating: activity, count: activities),
      ])
      var limits = LegacyPlanLimits()
      limits.rows = 10
      let runner = try PlanRunner(service, limits: limits)
      do {
        let page = try await runner.page("Customer?$select=CustomerId&$expand=UnifiedActivity")
        #expect(passes && page.rows.count == 1)
      } catch let error as LegacyError {
        #expect(!passes && error.message.contains("One row of Customer alone"))
      }
      #expect(service.reads.count == 2)
    }
  }

  /// What was told while an answer came is not counted again at its end.
  @Test func whatIsHeldIsCountedOnce() async throws {
    var limits = LegacyPlanLimits()
    (limits.rows, limits.bytes) = (2, 100)
    let row = DataverseRow(members: ["msdynci_customerid": Array("1".utf8)])
    let plan = try PlanRunner(TableService([:])).plan("Customer?$skip=1")
    var run = LegacyRun(
      plan: PreparedPlan(plan), limits: limits, context: "c", start: nil, nextLink: { $0.text },
      clock: { [now = ContinuousClock.now] in now },
      read: { read in
        try read.lease?.hold(rows: 1, bytes: 40)
        try read.lease?.hold(rows: 2, bytes: 90)
        return RowPage(rows: [row, row], byteCount: 100)
      })
    #expect(try await run.next() != nil)
  }

  @Test func skipHasALimit() throws {
    for (skip, passes) in [(5000, true), (5001, false)] {
      do {
        _ = try translated("Customer?$skip=\(skip)")
        #expect(passes)
      } catch let error as LegacyError {
        #expect(!passes && error.errorCode == "skipTooLarge")
      }
    }
  }

  @Test func idsOfOneReadHaveALimit() throws {
    func ids(_ count: Int) -> String { (0..<count).map { "'\($0)'" }.joined(separator: ",") }
    func reads(_ count: Int) throws -> Int {
      try translated("Customer?$filter=CustomerId in (\(ids(count)))").reads.count
    }
    #expect(try [1, 50, 51, 100, 101].map(reads) == [1, 1, 2, 2, 3])
    // As many reads as a plan may have, and one more: told before any is sent.
    let mapping = try shippedMapping("reads: 100 ", "reads: 3 ")
    #expect(mapping.limits.reads == 3)
    let translator = LegacyTranslator(mapping: mapping)
    #expect(try translator.translate(parsed("Customer?$filter=CustomerId in (\(ids(150)))")).reads.count == 3)
    let query = try parsed("Customer?$filter=CustomerId in (\(ids(151)))")
    let error = try #require(throws: LegacyError.self) { try translator.translate(query) }
    #expect(error.status == 400 && error.errorCode == "planTooLarge")
  }

  /// Reads of ids: 50 in each, as many at one time as may be, and no more.
  @Test(.timeLimit(.minutes(5)), arguments: [1, 3, 4])
  func concurrencyHasALimit(concurrency: Int) async throws {
    var limits = LegacyPlanLimits()
    limits.concurrency = concurrency
    let barrier = Barrier(of: concurrency)
    let service = TableService(world().tables)
    let plan = try PlanRunner(service).plan("Customer?$top=160&$expand=UnifiedActivity,Customer_Measure")
    var run = LegacyRun(
      plan: PreparedPlan(plan), limits: limits, context: "c", start: nil, nextLink: { $0.text },
      clock: { [now = ContinuousClock.now] in now },
      read: { read in
        // Customers come alone, and all else in a number that every one of these limits divides or leaves one of.
        if read.query.options.filter != nil { await barrier.enter() }
        defer { if read.query.options.filter != nil { barrier.leave() } }
        return try await service.read(read)
      })
    while try await run.next() != nil {}
    #expect(barrier.most == concurrency)
    #expect(service.reads.allSatisfy { $0.query.options.filter.map { $0.value.nodes.count <= 4 * 50 } ?? true })
  }
}

/// Counts who is inside; the first wait until as many are as can be.
private final class Barrier: Sendable {
  private struct State {
    var inside = 0
    var most = 0
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let size: Int
  private let state = Mutex(State())

  init(of size: Int) { self.size = size }

  var most: Int { state.withLock { $0.most } }

  func enter() async {
    await withCheckedContinuation { continuation in
      let released = state.withLock { state -> [CheckedContinuation<Void, Never>] in
        state.inside += 1
        state.most = max(state.most, state.inside)
        guard state.most < size else {
          defer { state.waiting = [] }
          return state.waiting + [continuation]
        }
        state.waiting.append(continuation)
        return []
      }
      for waiting in released { waiting.resume() }
    }
  }

  func leave() { state.withLock { $0.inside -= 1 } }
}
