import CCurl
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// A client behind its ``RequestBudget``.
package final class UpstreamGate: Sendable {
  private struct State {
    var budget: RequestBudget
    var waiters: [Waiter] = []
    var nextWaiter: UInt64 = 1
    /// Arrivals that were cancelled before they came in.
    var cancelled: Set<UInt64> = []
    var counts = Counts()

    /// - Returns: one that waits no longer; `nil` where it does not wait.
    mutating func removeWaiter(_ id: UInt64) -> Waiter? {
      guard let index = waiters.firstIndex(where: { $0.id == id }) else { return nil }
      budget.giveUp()
      return waiters.remove(at: index)
    }
  }

  private struct Waiter {
    var id: UInt64
    var continuation: CheckedContinuation<Entry, Never>
    /// Ends the wait when the request's time is over.
    var timer: Task<Void, Never>?

    func end(_ entry: Entry) {
      timer?.cancel()
      continuation.resume(returning: entry)
    }
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
  /// - Throws: `busy` with `retryAfter` while the gate is closed or the queue is full, `timeout` when the request's time is
  ///   over before there is a slot, and as ``UpstreamClient/send(_:onEnd:)``.
  package func send(_ request: UpstreamRequest) async throws(UpstreamError) -> UpstreamResponse {
    let response: UpstreamResponse
    do throws(UpstreamError) {
      try await enter(by: request.deadline)
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

  private enum Entry: Sendable { case admitted, refused(retryAfter: Int), cancelled, late }

  private func enter(by deadline: ContinuousClock.Instant?) async throws(UpstreamError) {
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
            state.waiters.append(
              Waiter(id: id, continuation: continuation, timer: deadline.map { timer(of: id, until: $0) }))
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
    case .late: throw UpstreamError(.timeout, "The request's time was over before it could be sent.")
    }
  }

  /// Only what waits has one: a timer costs more than all else here.
  private func timer(of id: UInt64, until deadline: ContinuousClock.Instant) -> Task<Void, Never> {
    Task { [self] in
      do {
        try await Task.sleep(until: deadline, clock: .continuous)
      } catch {
        // The wait has ended before.
        return
      }
      state.withLock { $0.removeWaiter(id) }?.end(.late)
    }
  }

  private func withdraw(_ id: UInt64) {
    let waiter = state.withLock { state in
      let waiter = state.removeWaiter(id)
      if waiter == nil { state.cancelled.insert(id) }
      return waiter
    }
    waiter?.end(.cancelled)
  }

  private func leave() {
    let next = state.withLock { state in
      // The budget counts a waiter for each one in the list: both change under this one lock.
      state.budget.leave() ? state.waiters.removeFirst() : nil
    }
    next?.end(.admitted)
  }
}
