import Synchronization

/// Calls off what is still under way when its time is over. One sleep serves all: a timer of its own for each read would
/// cost more than all else that a plan does for the read, and would stay behind until it went off, long after the read had
/// ended. Nor does anything wait for a deadline: to begin and to end a watch is one short lock each, no task is woken.
final class DeadlineWatch: Sendable {
  static let shared = DeadlineWatch()

  /// Names what is watched.
  struct ID: Hashable {
    fileprivate let number: UInt64
  }

  private struct Watched {
    /// When to look at it.
    var due: ContinuousClock.Instant
    let whenDue: @Sendable () -> ContinuousClock.Instant?
  }

  private struct State {
    var watched: [ID: Watched] = [:]
    var nextNumber: UInt64 = 0
    /// Whether a task looks at the deadlines.
    var isWatching = false
    /// Whether something has come since that task looked last.
    var hasNew = false
  }

  /// The longest that something is called off too late.
  static let step = Duration.milliseconds(100)

  private let state = Mutex(State())

  /// Watches until ``end(_:)``.
  /// - Parameters:
  ///   - due: when to call `whenDue` first, up to ``step`` later.
  ///   - whenDue: calls off what is watched; or says when to be called again, should it not be time yet. It is called at most
  ///     once more after `end`, by a thread that had begun to.
  func begin(due: ContinuousClock.Instant, whenDue: @escaping @Sendable () -> ContinuousClock.Instant?) -> ID {
    let (id, begins) = state.withLock { state in
      let id = ID(number: state.nextNumber)
      state.nextNumber += 1
      state.watched[id] = Watched(due: due, whenDue: whenDue)
      state.hasNew = true
      defer { state.isWatching = true }
      return (id, !state.isWatching)
    }
    // Ends by itself when nothing has come for a while.
    if begins { Task.detached { await self.watch() } }
    return id
  }

  /// Ends a watch that has begun; of one that has called off what it watched nothing is left to end.
  func end(_ id: ID) {
    // What a closure holds is let go of outside the lock.
    let ended = state.withLock { $0.watched.removeValue(forKey: id) }
    _ = consume ended
  }

  /// Of those that are watched just now.
  var count: Int { state.withLock { $0.watched.count } }

  private func watch() async {
    while callOffWhatIsDue() {
      do {
        try await Task.sleep(for: DeadlineWatch.step)
      } catch {
        // Only a cancelled task does not sleep, and nobody has a hold of this one.
        continue
      }
    }
  }

  /// - Returns: whether to look again.
  private func callOffWhatIsDue() -> Bool {
    let now = ContinuousClock.now
    let due = state.withLock { state in state.watched.filter { $0.value.due <= now } }
    for (id, watched) in due {
      let next = watched.whenDue()
      state.withLock { state in
        // What has ended meanwhile is not watched again.
        guard let index = state.watched.index(forKey: id) else { return }
        if let next { state.watched.values[index].due = next } else { state.watched.remove(at: index) }
      }
    }
    return state.withLock { state in
      state.isWatching = state.hasNew || !state.watched.isEmpty
      state.hasNew = false
      return state.isWatching
    }
  }
}
