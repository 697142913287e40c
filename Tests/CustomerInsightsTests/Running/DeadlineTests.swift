import ODataURL
import Synchronization
import TestSupport
import Testing

@testable import CustomerInsights

/// Reads that do not end by themselves.
@Suite(.timeLimit(.minutes(2))) struct DeadlineTests {
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

  /// An organization that says nothing: the plan's time ends the reads, and they have ended when the error comes.
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
    let error = try await #require(throws: LegacyError.self) { _ = try await run.next() }
    #expect(error.errorCode == "planTooLarge" && error.message.contains("50 milliseconds"))
    #expect(begun.value > 0 && begun.value == ended.value)
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
    #expect(error.errorCode == "planTooLarge")
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
