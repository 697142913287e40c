import ODataURL
import Synchronization
import TestSupport
import Testing

@testable import CustomerInsights

/// Reads that do not end by themselves.
@Suite(.timeLimit(.minutes(5))) struct DeadlineTests {
  private static func limits(milliseconds: Int) -> LegacyPlanLimits {
    var limits = LegacyPlanLimits()
    limits.milliseconds = milliseconds
    return limits
  }

  private static func world() -> World {
    var random = SeededGenerator(seed: 23)
    return World(&random, customers: 160)
  }

  /// As one that hears nothing of the organization until the read's time is over.
  private static func stall(_ read: LegacyRead) async throws -> Never {
    let lease = try #require(read.lease)
    try await Task.sleep(until: lease.deadline, clock: .continuous)
    throw Late()
  }

  private struct Late: Error {}

  /// An organization that says nothing: the plan's time ends the reads, and they have ended when the error comes, which is
  /// theirs. The request is not to blame.
  @Test(arguments: [
    "Customer?$skip=1", "Customer?$filter=IsMemberOfSegment('Old') and IsMemberOfSegment('Young_S')",
    "Customer?$filter=CustomerId in (\((0..<120).map { "'c\($0)'" }.joined(separator: ",")))",
  ])
  func aReadThatStallsEndsWithThePlan(query: String) async throws {
    let (begun, ended) = (Counter(), Counter())
    var run = LegacyRun(
      plan: PreparedPlan(try PlanRunner(TableService([:])).plan(query)), limits: Self.limits(milliseconds: 50),
      context: "c", start: nil, nextLink: { $0.text },
      read: { read in
        begun.add()
        defer { ended.add() }
        try await Self.stall(read)
      })
    await #expect(throws: Late.self) { _ = try await run.next() }
    #expect(begun.value > 0 && begun.value == ended.value)
    #expect(run.isLate)
  }

  /// One that never comes to a row.
  @Test func anAnswerWithoutRowsEndsToo() async throws {
    let now = Mutex(ContinuousClock.now)
    var run = LegacyRun(
      plan: PreparedPlan(try PlanRunner(TableService([:])).plan("Customer?$skip=1")),
      limits: Self.limits(milliseconds: 5000), context: "c", start: nil, nextLink: { $0.text },
      clock: { now.withLock { $0 } },
      read: { read in
        while true {
          now.withLock { $0 += .seconds(1) }
          try read.lease?.hold(rows: 0, bytes: 0)
        }
      })
    let error = try await #require(throws: LegacyError.self) { _ = try await run.next() }
    #expect(error.status == 504 && error.errorCode == "upstream.timeout")
  }

  /// One that stalls behind others, within what is expanded.
  @Test func aLaterReadThatStallsEndsToo() async throws {
    let service = TableService(Self.world().tables)
    var run = LegacyRun(
      plan: PreparedPlan(try PlanRunner(service).plan("Customer?$expand=UnifiedActivity")),
      limits: Self.limits(milliseconds: 1000), context: "c", start: nil, nextLink: { $0.text },
      read: { read in
        if read.query.options.filter != nil { try await Self.stall(read) }
        return try await service.read(read)
      })
    let error = try await #require(throws: LegacyError.self) { while try await run.next() != nil {} }
    #expect(error.status == 400 && error.errorCode == "planTooLarge" && error.message.contains("1000 milliseconds"))
    #expect(run.isLate)
  }

  /// What is read for many rows at once and stalls is read for fewer, in the time that is left: an hour by the plan's
  /// clock, of which the first of these reads takes 40 minutes.
  @Test func whatStallsForManyIsReadForFewer() async throws {
    let service = TableService(Self.world().tables)
    let now = Mutex(ContinuousClock.now)
    let stalls = Counter()
    var run = LegacyRun(
      plan: PreparedPlan(try PlanRunner(service).plan("Customer?$expand=UnifiedActivity")),
      limits: Self.limits(milliseconds: 3_600_000), context: "c", start: nil, nextLink: { "link:\($0.text)" },
      clock: { now.withLock { $0 } },
      read: { read in
        if read.query.options.filter != nil, stalls.value == 0 {
          stalls.add()
          let lease = try #require(read.lease)
          #expect(lease.deadline < .now + .seconds(1800))
          now.withLock { $0 += .seconds(2400) }
          throw Late()
        }
        return try await service.read(read)
      })
    var out: [UInt8] = []
    while let part = try await run.next() { out += part }
    let page = try AnswerPage(String(decoding: out, as: UTF8.self))
    #expect(page.rows.count == 100 && page.next != nil)
    #expect(run.isLate)
  }

  /// What a read that fails in time says is what the caller hears.
  @Test func whatFailsInTimeIsTold() async throws {
    var run = LegacyRun(
      plan: PreparedPlan(try PlanRunner(TableService([:])).plan("Customer?$skip=1")), limits: LegacyPlanLimits(),
      context: "c", start: nil, nextLink: { $0.text }, read: { _ in throw Late() })
    await #expect(throws: Late.self) { _ = try await run.next() }
  }

  /// The same for all reads of a plan, by the plan's own clock.
  @Test func deadlinesAreThoseOfThePlan() async throws {
    let service = TableService(Self.world().tables, largestPage: 10)
    let start = ContinuousClock.now
    let now = Mutex(start)
    let left = Mutex<[Duration]>([])
    var run = LegacyRun(
      plan: PreparedPlan(try PlanRunner(service).plan("Customer?$top=20&$skip=1")),
      limits: Self.limits(milliseconds: 3_600_000), context: "c", start: nil, nextLink: { $0.text },
      clock: { now.withLock { $0 } },
      read: { read in
        let lease = try #require(read.lease)
        left.withLock { $0.append(lease.deadline - .now) }
        now.withLock { $0 += .seconds(1000) }
        return try await service.read(read)
      })
    while try await run.next() != nil {}
    // The test's own time is within what is spent here: less than 1,000 s.
    let spent = ContinuousClock.now - start
    for (index, left) in left.withLock({ $0 }).enumerated() {
      let whole = Duration.seconds(3600 - 1000 * index)
      #expect(left <= whole && left >= whole - spent)
    }
    #expect(left.withLock { $0.count } == 3)
  }

  /// Whoever asked has gone: nothing more is read.
  @Test func nothingIsReadForNobody() async throws {
    let service = TableService(Self.world().tables, largestPage: 10)
    let plan = PreparedPlan(try PlanRunner(service).plan("Customer?$top=150"))
    let (tasks, gate) = AsyncStream<Task<Void, any Error>>.makeStream()
    let reads = Counter()
    let task = Task {
      var run = LegacyRun(
        plan: plan, limits: LegacyPlanLimits(), context: "c", start: nil, nextLink: { $0.text },
        read: { read in
          reads.add()
          if reads.value == 2 {
            for await task in tasks {
              task.cancel()
              break
            }
          }
          return try await service.read(read)
        })
      while try await run.next() != nil {}
    }
    gate.yield(task)
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(reads.value == 2)
  }
}

private final class Counter: Sendable {
  private let count = Mutex(0)
  var value: Int { count.withLock { $0 } }
  func add() { count.withLock { $0 += 1 } }
}
