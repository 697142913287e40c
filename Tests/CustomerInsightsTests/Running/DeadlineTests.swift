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

  /// Waits until the task is cancelled.
  private static func stall() async {
    let (stream, continuation) = AsyncStream<Never>.makeStream()
    for await _ in stream {}
    continuation.finish()
  }

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
      read: { _ in
        begun.add()
        await Self.stall()
        ended.add()
        throw CancellationError()
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
        if read.query.options.filter != nil { await Self.stall() }
        return try await service.read(read)
      })
    let error = try await #require(throws: LegacyError.self) { while try await run.next() != nil {} }
    #expect(error.errorCode == "planTooLarge")
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

  // MARK: The watch

  /// Each when its time is over, and not before; one that says when to be called again is.
  @Test func whatIsDueIsCalledOff() async throws {
    let watch = DeadlineWatch()
    let start = ContinuousClock.now
    let (calls, call) = AsyncStream<(delay: Int, number: Int)>.makeStream()
    for delay in [-5, 0, 1, 30, 120] {
      let counter = Counter()
      _ = watch.begin(due: start + .milliseconds(delay)) {
        #expect(ContinuousClock.now >= start + .milliseconds(delay))
        counter.add()
        call.yield((delay, counter.value))
        return counter.value == 1 ? .now + .milliseconds(20) : nil
      }
    }
    var called: [Int: [Int]] = [:]
    for await (delay, number) in calls {
      called[delay, default: []].append(number)
      if called.values.map(\.count).reduce(0, +) == 10 { break }
    }
    #expect(called == [-5: [1, 2], 0: [1, 2], 1: [1, 2], 30: [1, 2], 120: [1, 2]])
    // It begins anew for whoever comes later.
    while watch.count > 0 { await Task.yield() }
    _ = watch.begin(due: .now) {
      call.finish()
      return nil
    }
    for await _ in calls { Issue.record("called once more") }
    while watch.count > 0 { await Task.yield() }
  }

  /// Before it is due, and out of the call itself.
  @Test func whatHasEndedIsNotCalled() async throws {
    let watch = DeadlineWatch()
    let calls = Counter()
    for index in 0..<200 {
      let id = watch.begin(due: .now + .seconds(3600)) {
        calls.add()
        return nil
      }
      if index.isMultiple(of: 3) { await Task.yield() }
      watch.end(id)
      watch.end(id)
    }
    #expect(calls.value == 0 && watch.count == 0)
    let (ends, end) = AsyncStream<Void>.makeStream()
    let own = Mutex<DeadlineWatch.ID?>(nil)
    own.withLock {
      $0 = watch.begin(due: .now) {
        calls.add()
        if let id = own.withLock({ $0 }) { watch.end(id) }
        end.finish()
        // Not heard: nothing is watched any more.
        return .now
      }
    }
    for await _ in ends {}
    while watch.count > 0 { await Task.yield() }
    #expect(calls.value == 1)
  }
}

private final class Counter: Sendable {
  private let count = Mutex(0)
  var value: Int { count.withLock { $0 } }
  func add() { count.withLock { $0 += 1 } }
}
