import Synchronization

/// Lets all who ask for the same key at the same time share one piece of work.
///
/// The work runs in a task of its own: the cancellation of one who waits ends only that wait; when the last has gone, the
/// work is cancelled. A failure reaches all who wait and is forgotten with the flight.
final class SingleFlight<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private typealias Table = FlightTable<Key>
  private typealias Waiter = CheckedContinuation<Value, any Error>

  private struct State {
    var table = Table()
    var waiters: [Table.WaiterID: Waiter] = [:]
    var tasks: [Table.FlightID: Task<Void, Never>] = [:]
    var leaders: Set<Table.WaiterID> = []
  }

  private let state = Mutex(State())

  /// - Returns: what the work gave, and whether it was started for this call.
  /// - Throws: what the work threw, or `CancellationError` when the calling task was cancelled.
  func value(
    for key: Key, _ work: @escaping @Sendable () async throws -> Value
  ) async throws -> (value: Value, isLeader: Bool) {
    let waiter = state.withLock { $0.table.admit() }
    defer { state.withLock { _ = $0.leaders.remove(waiter) } }
    let value = try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: Waiter) in
        let isRefused = state.withLock { state in
          switch state.table.join(key, as: waiter) {
          case .refuse: return true
          case .wait: break
          case .start(let flight):
            state.leaders.insert(waiter)
            // Made under the lock, so that whoever cancels the flight finds its task. The task does not run here.
            state.tasks[flight] = Task { await self.fly(flight, work) }
          }
          state.waiters[waiter] = continuation
          return false
        }
        if isRefused { continuation.resume(throwing: CancellationError()) }
      }
    } onCancel: {
      leave(waiter)
    }
    return (value, state.withLock { $0.leaders.contains(waiter) })
  }

  /// Whoever comes from now on starts anew.
  func detachAll() {
    state.withLock { $0.table.detachAll() }
  }

  /// Nothing is under way.
  var isIdle: Bool {
    state.withLock { $0.table.isEmpty && $0.waiters.isEmpty && $0.tasks.isEmpty && $0.leaders.isEmpty }
  }

  /// Those who wait just now.
  var waiterCount: Int { state.withLock { $0.waiters.count } }

  private func fly(_ flight: Table.FlightID, _ work: @Sendable () async throws -> Value) async {
    let result: Result<Value, any Error>
    do {
      result = .success(try await work())
    } catch {
      result = .failure(error)
    }
    let landed = state.withLock { state in
      state.tasks[flight] = nil
      return state.table.land(flight).compactMap { state.waiters.removeValue(forKey: $0) }
    }
    for waiter in landed { waiter.resume(with: result) }
  }

  private func leave(_ waiter: Table.WaiterID) {
    let (continuation, task): (Waiter?, Task<Void, Never>?) = state.withLock { state in
      switch state.table.leave(waiter) {
      case .nothing: (nil, nil)
      case .go: (state.waiters.removeValue(forKey: waiter), nil)
      case .goAndCancel(let flight):
        (state.waiters.removeValue(forKey: waiter), state.tasks.removeValue(forKey: flight))
      }
    }
    task?.cancel()
    continuation?.resume(throwing: CancellationError())
  }
}
