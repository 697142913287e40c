import Synchronization

/// Wakes whoever waits for a deadline. One sleep serves all: a timer of its own for each read would cost more than all else
/// that a plan does for the read, and would stay behind until it went off, long after the read had ended.
final class DeadlineWatch: Sendable {
  static let shared = DeadlineWatch()

  private typealias Waiter = CheckedContinuation<Void, any Error>

  private struct State {
    var waiting: [UInt64: (deadline: ContinuousClock.Instant, waiter: Waiter)] = [:]
    var nextID: UInt64 = 0
    /// Whether a task looks at the deadlines.
    var isWatched = false
    /// Whether somebody has come since that task looked last.
    var hasNew = false
  }

  /// The longest that somebody is woken too late.
  static let step = Duration.milliseconds(100)

  private let state = Mutex(State())

  /// Returns when the deadline has passed, up to ``step`` later.
  /// - Throws: `CancellationError` as soon as the task is cancelled.
  func wait(until deadline: ContinuousClock.Instant) async throws {
    let id = state.withLock { state in
      defer { state.nextID += 1 }
      return state.nextID
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (waiter: Waiter) in
        let (isCancelled, begins) = state.withLock { state in
          // A task counts as cancelled before its handlers run: whoever is not seen here is found by ``giveUp(_:)``.
          guard !Task.isCancelled else { return (true, false) }
          state.waiting[id] = (deadline, waiter)
          state.hasNew = true
          defer { state.isWatched = true }
          return (false, !state.isWatched)
        }
        if isCancelled { waiter.resume(throwing: CancellationError()) }
        // Ends by itself when nobody has come for a while.
        if begins { Task.detached { await self.watch() } }
      }
    } onCancel: {
      giveUp(id)
    }
  }

  /// Those who wait just now.
  var waiterCount: Int { state.withLock { $0.waiting.count } }

  private func giveUp(_ id: UInt64) {
    let waiter = state.withLock { $0.waiting.removeValue(forKey: id)?.waiter }
    waiter?.resume(throwing: CancellationError())
  }

  private func watch() async {
    while wakeWhoIsDue() {
      do {
        try await Task.sleep(for: DeadlineWatch.step)
      } catch {
        // Only a cancelled task does not sleep, and nobody has a hold of this one.
        continue
      }
    }
  }

  /// - Returns: whether to look again.
  private func wakeWhoIsDue() -> Bool {
    let now = ContinuousClock.now
    let (due, goesOn) = state.withLock { state in
      let due = state.waiting.filter { $0.value.deadline <= now }
      for id in due.keys { state.waiting[id] = nil }
      state.isWatched = state.hasNew || !state.waiting.isEmpty
      state.hasNew = false
      return (due.values.map(\.waiter), state.isWatched)
    }
    for waiter in due { waiter.resume() }
    return goesOn
  }
}
