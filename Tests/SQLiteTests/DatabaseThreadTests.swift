import Glibc
import SQLite
import Synchronization
import Testing

@Suite struct DatabaseThreadTests {
  @Test func jobsRunInOrderOnOneThread() async throws {
    let thread = try DatabaseThread(name: "test") { [pthread_t]() }
    for _ in 0..<100 { thread.schedule { $0.append(pthread_self()) } }
    let threads = try await thread.run { $0 }
    #expect(threads.count == 100)
    #expect(Set(threads).count == 1)
    await thread.stop()
  }

  @Test func aConnectionServesConcurrentTasks() async throws {
    let thread = try DatabaseThread(name: "test") {
      let connection = try Connection(path: ":memory:")
      try connection.execute("CREATE TABLE t(a)")
      return connection
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<200 {
        group.addTask {
          try await thread.run { try $0.execute("INSERT INTO t VALUES(\(number))") }
        }
      }
      try await group.waitForAll()
    }
    let sum = try await thread.run { connection in
      let statement = try connection.prepare("SELECT sum(a) FROM t")
      _ = try statement.step()
      return statement.integer(0)
    }
    #expect(sum == 19_900)
    await thread.stop()
  }

  @Test func whatTheStartThrowsIsThrown() {
    let error = #expect(throws: SQLiteError.self) {
      try DatabaseThread(name: "test") { try Connection(path: "/nowhere/at/all") }
    }
    #expect(error?.what == "open database")
  }

  @Test func whatAJobThrowsIsThrown() async throws {
    let thread = try DatabaseThread(name: "test") { try Connection(path: ":memory:") }
    await #expect(throws: SQLiteError.self) { try await thread.run { try $0.execute("SELEKT") } }
    await thread.stop()
  }

  @Test func stoppingRunsWhatWasHandedOverAndRefusesMore() async throws {
    let done = Counter()
    let thread = try DatabaseThread(name: "test") { 0 }
    for _ in 0..<50 { thread.schedule { _ in done.add(1) } }
    // An hour from now, so only the stop can run it.
    thread.schedule(afterMilliseconds: 3_600_000) { _ in done.add(1000) }
    await thread.stop()
    #expect(done.value == 1050)
    #expect(!thread.schedule { _ in done.add(1) })
    await #expect(throws: DatabaseThreadError.stopped) { try await thread.run { _ in } }
    await thread.stop()
  }

  @Test func delayedJobsRunByTheirTime() async throws {
    let order = Mutex<[Int]>([])
    let shared = Shared(order)
    let thread = try DatabaseThread(name: "test") { 0 }
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
      // One job hands over all the others, so that none is due before the last is there.
      thread.schedule { [weak thread] _ in
        thread?.schedule(afterMilliseconds: 40) { _ in
          shared.append(40)
          continuation.resume()
        }
        thread?.schedule(afterMilliseconds: 10) { _ in shared.append(10) }
        thread?.schedule(afterMilliseconds: 20) { _ in shared.append(20) }
        thread?.schedule { _ in shared.append(0) }
      }
    }
    #expect(shared.values == [0, 10, 20, 40])
    await thread.stop()
  }

  @Test(.timeLimit(.minutes(5))) func theStateIsGoneWhenTheStopReturns() async throws {
    final class Witness: Sendable {
      let gone: Counter
      init(_ gone: Counter) { self.gone = gone }
      deinit { gone.add(1) }
    }
    let gone = Counter()
    let thread = try DatabaseThread(name: "test") { Witness(gone) }
    await thread.stop()
    #expect(gone.value == 1)
    // A thread that nobody stops ends when nobody holds it any more.
    _ = try DatabaseThread(name: "test") { Witness(gone) }
    while gone.value < 2 { await Task.yield() }
  }
}

final class Counter: Sendable {
  private let count = Atomic<Int>(0)
  func add(_ number: Int) { count.add(number, ordering: .relaxed) }
  var value: Int { count.load(ordering: .relaxed) }
}

final class Shared: Sendable {
  private let list: Mutex<[Int]>
  init(_ list: consuming Mutex<[Int]>) { self.list = list }
  func append(_ number: Int) { list.withLock { $0.append(number) } }
  var values: [Int] { list.withLock { $0 } }
}
