import Synchronization
import Testing

@testable import Cache

/// A clock that only the test moves.
final class FakeClock: Sendable {
  private let time: Atomic<Int64>
  init(_ start: Int64 = 1_000_000) { time = Atomic(start) }
  var now: Int64 {
    get { time.load(ordering: .relaxed) }
    set { time.store(newValue, ordering: .relaxed) }
  }
  var read: @Sendable () -> Int64 { { self.now } }
}

/// Collects values from any thread.
final class Log<Value: Sendable>: Sendable {
  private let list = Mutex<[Value]>([])
  func append(_ value: Value) { list.withLock { $0.append(value) } }
  var values: [Value] { list.withLock { $0 } }
}

struct TestFailure: Error, Equatable {
  var number = 0
}

/// Waits until something holds that another task brings about.
func until(_ condition: () -> Bool) async throws {
  let deadline = ContinuousClock.now + .seconds(120)
  while !condition() {
    guard ContinuousClock.now < deadline else { throw TestFailure(number: -1) }
    await Task.yield()
  }
}

extension CacheKey {
  init(_ query: String) {
    self.init(service: "o", scope: "s", policyVersion: "1", schemaVersion: "1", shape: "legacy", query: query)
  }
}

extension CachedAnswer {
  init(_ body: String, at now: Int64 = 1_000_000, ttl: Int64 = 60_000, status: Int = 200, etag: String? = "\"1\"") {
    self.init(
      status: status, contentType: "application/json", etag: etag, body: Array(body.utf8), storedAt: now,
      timeToLive: ttl)
  }
}

/// The rendering of tests: the body as text.
typealias TextCache = AnswerCache<String>

extension AnswerCache where Rendering == String {
  convenience init(_ configuration: CacheConfiguration, _ clock: FakeClock) throws {
    try self.init(
      configuration: configuration, clock: clock.read, render: { String(decoding: $0.body, as: UTF8.self) })
  }

  /// The answer under a key, or what the fetch of a miss gives.
  func text(_ query: String, fetch: String? = nil, at now: Int64 = 1_000_000, ttl: Int64 = 60_000) async throws
    -> (String, CacheOutcome)
  {
    let (_, text, outcome) = try await answer(for: CacheKey(query)) {
      guard let fetch else { throw TestFailure() }
      return (CachedAnswer(fetch, at: now, ttl: ttl), storable: true)
    }
    return (text, outcome)
  }
}
