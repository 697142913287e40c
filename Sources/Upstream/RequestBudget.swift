/// Keeps the gateway inside what the organization admits (service protection limits): a cap on requests at one time, a
/// bounded queue behind it, and no request at all while the organization has asked for a pause.
///
/// A pure state machine: events in, a decision out; ``UpstreamGate`` does what it says.
struct RequestBudget: Sendable {
  enum Decision: Sendable, Hashable {
    case go
    /// Wait for a slot.
    case queue
    /// Seconds after which to try again.
    case refuse(retryAfter: Int)
  }

  /// Longest pause that is taken from the organization, in milliseconds.
  static let longestPause: Int64 = 3_600_000

  private(set) var running = 0
  private(set) var queued = 0
  /// No request before this time; monotonic or Unix milliseconds, as the caller counts.
  private(set) var pausedUntil: Int64 = 0
  private let concurrency: Int
  private let queueLimit: Int

  init(concurrency: Int, queueLimit: Int) {
    self.concurrency = concurrency
    self.queueLimit = queueLimit
  }

  mutating func arrive(at now: Int64) -> Decision {
    if now < pausedUntil { return .refuse(retryAfter: seconds(from: now)) }
    if running < concurrency {
      running += 1
      return .go
    }
    guard queued < queueLimit else { return .refuse(retryAfter: 1) }
    queued += 1
    return .queue
  }

  /// A request is over.
  /// - Returns: whether the longest waiter takes its slot.
  mutating func leave() -> Bool {
    guard queued > 0 else {
      running -= 1
      return false
    }
    queued -= 1
    return true
  }

  /// A waiter has gone before its turn.
  mutating func giveUp() { queued -= 1 }

  /// The organization answered 429 or 503.
  mutating func pause(seconds: Int, at now: Int64) {
    let until = now + Int64(min(max(1, seconds), Int(RequestBudget.longestPause / 1000))) * 1000
    pausedUntil = max(pausedUntil, until)
  }

  /// Seconds left of a pause, or `nil`.
  func remainingPause(at now: Int64) -> Int? { now < pausedUntil ? seconds(from: now) : nil }

  private func seconds(from now: Int64) -> Int { Int((pausedUntil - now + 999) / 1000) }
}

/// `Retry-After` (RFC 9110, section 10.2.3).
package enum RetryAfter {
  /// What is taken when the header is missing or unreadable, in seconds.
  static let fallback = 5

  /// The longest delay that is believed, in seconds: an hour.
  static let longest = Int(RequestBudget.longestPause / 1000)

  /// Seconds from `now` (Unix time in seconds), for delay-seconds and the preferred form of HTTP-date; at most
  /// ``longest``, whatever the other side says.
  package static func seconds(_ value: String?, now: Int64) -> Int {
    guard let value else { return fallback }
    // More digits than fit are a delay all the same.
    if !value.isEmpty, value.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
      return min(Int(value) ?? longest, longest)
    }
    guard let date = imfFixdate(value) else { return fallback }
    return Int(min(max(0, date - now), Int64(longest)))
  }

  /// `Sun, 06 Nov 1994 08:49:37 GMT` as Unix time.
  private static func imfFixdate(_ text: String) -> Int64? {
    let parts = text.split(separator: " ")
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    guard parts.count == 6, parts[5] == "GMT", let day = Int64(parts[1]),
      let month = months.firstIndex(of: String(parts[2])), let year = Int64(parts[3]), (1970...9999).contains(year)
    else { return nil }
    let clock = parts[4].split(separator: ":").compactMap { Int64($0) }
    guard clock.count == 3, (0..<24).contains(clock[0]), (0..<60).contains(clock[1]), (0...60).contains(clock[2]),
      (1...31).contains(day)
    else { return nil }
    // Years begin in March here, so that the leap day is the last of its year.
    let shifted = month >= 2 ? year : year - 1
    let monthFromMarch = Int64(month >= 2 ? month - 2 : month + 10)
    let era = shifted / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
    let days = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    return days * 86_400 + clock[0] * 3600 + clock[1] * 60 + clock[2]
  }
}
