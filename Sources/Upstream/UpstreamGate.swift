import CCurl
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// A client behind its ``RequestBudget``.
package final class UpstreamGate: Sendable {
  private struct State {
    var budget: RequestBudget
    var waiters: [(id: UInt64, continuation: CheckedContinuation<Entry, Never>)] = []
    var nextWaiter: UInt64 = 1
    /// Arrivals that were cancelled before they came in.
    var cancelled: Set<UInt64> = []
    var counts = Counts()
  }

  /// Requests since the start.
  package struct Counts: Sendable, Hashable {
    /// Whatever the status.
    package var answered = 0
    /// Without an answer, those included that were not let through.
    package var failed = 0
  }

  private let client: UpstreamClient
  private let state: Mutex<State>
  private let clock: @Sendable () -> Int64

  /// - Parameter clock: Unix time in milliseconds.
  package init(client: UpstreamClient, clock: @escaping @Sendable () -> Int64 = UpstreamGate.systemClock) {
    self.client = client
    self.clock = clock
    state = Mutex(
      State(
        budget: RequestBudget(
          concurrency: client.configuration.maxConcurrentRequests, queueLimit: client.configuration.maxQueuedRequests)))
  }

  package static let systemClock: @Sendable () -> Int64 = {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }

  /// Sends when there is a slot. A 429 or 503 closes the gate for as long as the organization asks.
  /// - Throws: `busy` with `retryAfter` while the gate is closed, `overloaded` when the queue is full.
  package func send(_ request: UpstreamRequest) async throws(UpstreamError) -> UpstreamResponse {
    let response: UpstreamResponse
    do throws(UpstreamError) {
      try await enter()
      response = try await client.send(request, onEnd: { [self] in leave() })
    } catch {
      state.withLock { $0.counts.failed += 1 }
      throw error
    }
    state.withLock { $0.counts.answered += 1 }
    if response.status == 429 || response.status == 503 {
      let now = clock()
      let seconds = RetryAfter.seconds(response.headers["retry-after"], now: now / 1000)
      state.withLock { $0.budget.pause(seconds: seconds, at: now) }
    }
    return response
  }

  /// Seconds until requests are sent again; `nil` while they are.
  package var remainingPause: Int? {
    let now = clock()
    return state.withLock { $0.budget.remainingPause(at: now) }
  }

  package var counts: Counts { state.withLock { $0.counts } }

  private enum Entry: Sendable { case admitted, refused(retryAfter: Int), cancelled }

  private func enter() async throws(UpstreamError) {
    let now = clock()
    let id = state.withLock { state in
      defer { state.nextWaiter += 1 }
      return state.nextWaiter
    }
    let entry = await withTaskCancellationHandler {
      await withCheckedContinuation { (continuation: CheckedContinuation<Entry, Never>) in
        // Arriving and beginning to wait are one step, so that no slot is handed to a waiter that is not there yet.
        let entry: Entry? = state.withLock { state in
          guard state.cancelled.remove(id) == nil else { return .cancelled }
          switch state.budget.arrive(at: now) {
          case .go: return .admitted
          case .refuse(let seconds): return .refused(retryAfter: seconds)
          case .queue:
            state.waiters.append((id, continuation))
            return nil
          }
        }
        if let entry { continuation.resume(returning: entry) }
      }
    } onCancel: {
      withdraw(id)
    }
    // A cancellation that came when the matter was decided has left a mark behind.
    state.withLock { _ = $0.cancelled.remove(id) }
    switch entry {
    case .admitted: return
    case .refused(let seconds):
      throw UpstreamError(.busy, "The organization's request limit is reached.", retryAfter: seconds)
    case .cancelled: throw UpstreamError(.cancelled, "The request was cancelled.")
    }
  }

  private func withdraw(_ id: UInt64) {
    let continuation: CheckedContinuation<Entry, Never>? = state.withLock { state in
      guard let index = state.waiters.firstIndex(where: { $0.id == id }) else {
        state.cancelled.insert(id)
        return nil
      }
      state.budget.giveUp()
      return state.waiters.remove(at: index).continuation
    }
    continuation?.resume(returning: .cancelled)
  }

  private func leave() {
    let next: CheckedContinuation<Entry, Never>? = state.withLock { state in
      // The budget counts a waiter for each one in the list: both change under this one lock.
      state.budget.leave() ? state.waiters.removeFirst().continuation : nil
    }
    next?.resume(returning: .admitted)
  }
}
