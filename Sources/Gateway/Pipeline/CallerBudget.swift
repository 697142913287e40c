import Synchronization

/// Keeps one caller from using up what the organization admits for all: a rate and a number at one time, for what has to
/// be asked of the disk tier or the organization. Answers from memory cost nothing.
///
/// The rate is a leaky bucket that holds one time for each caller (the generic cell rate algorithm, ITU-T I.371): a caller
/// may be ahead of its rate by a burst. The callers are those of the configuration, so there are never many.
package final class CallerBudget: Sendable {
  /// Each is the largest value that passes.
  package struct Limits: Sendable, Hashable {
    /// Requests that a caller may make in a minute, on the average.
    package var requestsPerMinute = 600
    /// Requests that it may make at once after a pause.
    package var burst = 100
    /// Requests of it that may be under way at one time.
    package var concurrent = 26

    /// Half of what an organization usually admits to one service principal.
    package init(requestsPerMinute: Int = 600, burst: Int = 100, concurrent: Int = 26) {
      self.requestsPerMinute = requestsPerMinute
      self.burst = burst
      self.concurrent = concurrent
    }
  }

  enum Decision: Sendable, Hashable {
    /// ``leave(_:)`` when it is over.
    case go
    /// Seconds after which to try again.
    case refuse(retryAfter: Int)
  }

  private struct Account {
    /// Unix microseconds at which the bucket will be empty.
    var emptyAt: Int64 = 0
    var running = 0
  }

  private let accounts = Mutex<[String: Account]>([:])
  private let limits: Limits
  /// Microseconds that one request takes of the rate.
  private let interval: Int64

  init(limits: Limits) {
    self.limits = limits
    interval = 60_000_000 / Int64(max(1, limits.requestsPerMinute))
  }

  /// A request of a caller begins.
  /// - Parameters:
  ///   - caller: its id.
  ///   - now: Unix milliseconds.
  func arrive(_ caller: String, at now: Int64) -> Decision {
    let now = now * 1000
    return accounts.withLock { accounts in
      var account = accounts[caller] ?? Account()
      guard account.running < limits.concurrent else { return .refuse(retryAfter: 1) }
      let start = max(account.emptyAt, now)
      let ahead = start + interval - now - Int64(max(1, limits.burst)) * interval
      guard ahead <= 0 else { return .refuse(retryAfter: Int((ahead + 999_999) / 1_000_000)) }
      account.emptyAt = start + interval
      account.running += 1
      accounts[caller] = account
      return .go
    }
  }

  /// A request that was let go takes one more read. It goes on, and the caller has to wait the longer before the next:
  /// an answer that has begun could only be cut.
  func charge(_ caller: String, at now: Int64) {
    accounts.withLock { accounts in
      var account = accounts[caller] ?? Account()
      account.emptyAt = max(account.emptyAt, now * 1000) + interval
      accounts[caller] = account
    }
  }

  /// A request that was let go is over.
  func leave(_ caller: String) {
    accounts.withLock { accounts in
      guard let account = accounts[caller], account.running > 0 else { return }
      accounts[caller]?.running -= 1
    }
  }
}

/// Puts the reads of one request on its caller's budget. The first is paid for: it is what the request was let go with.
final class ReadCharge: Sendable {
  private let isPaid = Mutex(true)
  private let charge: @Sendable () -> Void

  init(_ charge: @escaping @Sendable () -> Void) { self.charge = charge }

  /// One read is sent.
  func read() {
    let wasPaid = isPaid.withLock { isPaid in
      defer { isPaid = false }
      return isPaid
    }
    if !wasPaid { charge() }
  }
}
