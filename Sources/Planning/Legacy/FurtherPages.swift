import CustomerInsights

/// The pages behind the one that a direct read of the legacy API asks for: where that has no rows, they are read in its
/// place, as far as a plan goes.
package struct FurtherPages: Sendable {
  private let limits: LegacyPlanLimits
  private let judge: @Sendable (_ skiptoken: String) throws(Refusal) -> LegacyProgram.Read

  /// - Parameters:
  ///   - limits: how many reads one request may take, and how long.
  ///   - judge: makes the read of the page with a `$skiptoken` of the service's own.
  init(
    limits: LegacyPlanLimits, judge: @escaping @Sendable (_ skiptoken: String) throws(Refusal) -> LegacyProgram.Read
  ) {
    self.limits = limits
    self.judge = judge
  }

  /// Those of one request, whose first page is read now.
  package func run(clock: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) -> Run {
    Run(pages: self, clock: clock, deadline: clock() + .milliseconds(limits.milliseconds))
  }

  /// Counts the reads of one request.
  package struct Run: Sendable {
    fileprivate let pages: FurtherPages
    fileprivate let clock: @Sendable () -> ContinuousClock.Instant
    fileprivate let deadline: ContinuousClock.Instant
    /// Pages that were asked for, the first among them.
    private var reads = 1

    fileprivate init(
      pages: FurtherPages, clock: @escaping @Sendable () -> ContinuousClock.Instant, deadline: ContinuousClock.Instant
    ) {
      self.pages = pages
      self.clock = clock
      self.deadline = deadline
    }

    /// The read of the next page, judged as if the client had asked for it.
    /// - Parameter skiptoken: the service's own, of the page before, which had no rows.
    /// - Throws: when the request has read all that one may, or may not read further.
    package mutating func next(_ skiptoken: String) throws(Refusal) -> LegacyProgram.Read {
      let limits = pages.limits
      reads += 1
      guard reads <= limits.reads else { throw Refusal(legacy: .tooManyReads(limits.reads)) }
      guard clock() <= deadline else { throw Refusal(legacy: .tooMuchTime(limits.milliseconds)) }
      return try pages.judge(skiptoken)
    }
  }
}
