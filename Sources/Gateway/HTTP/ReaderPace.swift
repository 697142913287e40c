/// How long a client has taken nothing of what waits for it. Looked at now and then; times are milliseconds of one clock.
struct ReaderPace {
  /// What was taken at the last look.
  private var taken = 0
  /// The look that first saw so many taken.
  private(set) var lastTaken: Int64
  /// The look that first saw bytes wait, since one that saw none; `nil` while none do.
  private var waitingSince: Int64?

  /// Milliseconds between two looks: a quarter of the time that a client has, and five seconds at most.
  ///
  /// What begins to wait is seen by the next look, and that its time is over by the first look behind that. So a client that
  /// takes nothing is seen by up to two such intervals late: half of its time, and ten seconds at most.
  /// - Parameter idleTimeout: milliseconds, 1,000 or more.
  static func interval(idleTimeout: Int64) -> Int64 { min(5_000, idleTimeout / 4) }

  /// - Parameter start: when the connection was made.
  init(start: Int64) { lastTaken = start }

  /// - Parameters:
  ///   - taken: what grows with each byte that the client takes.
  ///   - buffered: bytes that wait for it, besides those that the system holds.
  /// - Returns: since when the client has taken nothing though something waited for it, by the looks; `nil` where nothing
  ///   waits. What began to wait behind the last look has waited for no time: a client is not charged with the time in
  ///   which there was nothing to take.
  mutating func look(taken: Int, buffered: Int, at now: Int64) -> Int64? {
    if taken != self.taken {
      self.taken = taken
      lastTaken = now
    }
    guard buffered > 0 else {
      waitingSince = nil
      return nil
    }
    let since = waitingSince ?? now
    waitingSince = since
    return max(since, lastTaken)
  }
}
