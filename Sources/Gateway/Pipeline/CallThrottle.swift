import Synchronization

/// How often a caller may call the legacy API, as the old service limited each connection: so many calls in any period,
/// whatever answers them. Whoever relied on being slowed down finds it so; whoever asks too much hears it here and not
/// from the organization.
///
/// Beside ``CallerBudget``, which is about what the organization is asked: this one counts answers from memory, too. For
/// each caller it keeps the times of its last calls in a ring, made when the caller comes first: a call afterwards
/// allocates nothing. The callers are those of the configuration, so there are never many.
final class CallThrottle: Sendable {
  enum Decision: Sendable, Hashable {
    case go
    /// Seconds after which to try again.
    case refuse(retryAfter: Int)
  }

  private struct Calls {
    /// Unix milliseconds of calls that passed; when there are as many as may be, a ring.
    var times: [Int64] = []
    /// Where the oldest stands once the ring is closed.
    var oldest = 0

    mutating func arrive(at now: Int64, _ limits: Configuration.LegacyCalls) -> Decision {
      guard times.count == limits.calls else {
        times.append(now)
        return .go
      }
      let end = times[oldest] + limits.period
      // Seen from before the oldest call the clock has been set back, and the times say nothing.
      guard now >= end || now < times[oldest] else {
        return .refuse(retryAfter: Int((end - now + 999) / 1000))
      }
      times[oldest] = now
      oldest = (oldest + 1) % limits.calls
      return .go
    }
  }

  private let callers = Mutex<[String: Calls]>([:])
  private let limits: Configuration.LegacyCalls

  /// - Returns: `nil` for 0 calls: nothing is limited then.
  init?(limits: Configuration.LegacyCalls) {
    guard limits.calls > 0 else { return nil }
    self.limits = limits
  }

  /// A call of a caller.
  /// - Parameters:
  ///   - caller: its id.
  ///   - now: Unix milliseconds.
  func arrive(_ caller: String, at now: Int64) -> Decision {
    callers.withLock { callers in
      if let known = callers.index(forKey: caller) { return callers.values[known].arrive(at: now, limits) }
      var calls = Calls()
      calls.times.reserveCapacity(limits.calls)
      let decision = calls.arrive(at: now, limits)
      callers[caller] = calls
      return decision
    }
  }
}
