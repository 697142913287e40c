import ODataURL
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// The reads of one run, counted.
final class LegacyReads: Sendable {
  fileprivate struct Spent {
    var reads = 0
    var rows = 0
    var bytes = 0

    static func + (left: Spent, right: Spent) -> Spent {
      Spent(reads: left.reads + right.reads, rows: left.rows + right.rows, bytes: left.bytes + right.bytes)
    }
  }

  private struct Account {
    /// By all reads of the run.
    var spent = Spent()
    /// Of it, what rows took that were left out.
    var leftOut = Spent()
    /// Whether rows are left out still: what is read for them has a limit of its own.
    var isLeavingOut: Bool
    /// Whether there is a page, or a row of one.
    var hasRead = false
    /// Whether something was given up for want of time.
    var isLate = false
  }

  let limits: LegacyPlanLimits
  /// Whether a read could be sent.
  let allows: @Sendable (LegacyRead) -> Bool
  private let read: LegacyRun.Reader
  private let account: Mutex<Account>
  /// What all may take while rows are left out, and what may be taken beside what rows took that were left out.
  private let largest: (leavingOut: Spent, shown: Spent)
  private let clock: @Sendable () -> ContinuousClock.Instant
  private let deadline: ContinuousClock.Instant

  /// - Parameter leavesOut: what reads are for whose rows `$skip` leaves out, before any is shown; `nil` where none are.
  init(
    limits: LegacyPlanLimits, leavesOut: LeftOut? = nil,
    clock: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
    allows: @escaping @Sendable (LegacyRead) -> Bool = { _ in true }, read: @escaping LegacyRun.Reader
  ) {
    self.limits = limits
    self.allows = allows
    self.read = read
    self.clock = clock
    deadline = clock() + .milliseconds(limits.milliseconds)
    let own = Spent(reads: limits.reads, rows: limits.rows, bytes: limits.bytes)
    largest = (own + (leavesOut?.allowance(limits) ?? Spent()), own)
    account = Mutex(Account(isLeavingOut: leavesOut != nil))
  }

  /// Whether a read was given up for want of time: what came of the run is then not what another would give.
  var isLate: Bool { account.withLock { $0.isLate } }

  /// A read that the plan's time ends is the plan's fault where it has read something: it takes too much. Where nothing has
  /// come by then, the service has not answered, and that is told as for any other read.
  /// - Parameter trial: what the read may spend, where its rows can be given up.
  /// - Throws: `LegacyError` when the plan has used up what it may; ``GivenUp``; `CancellationError` before the read, when
  ///   nobody wants it any more; what the reader throws.
  func page(_ request: LegacyRead, within trial: Trial? = nil) async throws -> RowPage {
    try Task.checkCancellation()
    let (spent, largest) = account.withLock { account in
      account.spent.reads += 1
      return (account.spent, self.largest(account))
    }
    if let trial, trial.isOver(spent) {
      account.withLock { $0.spent.reads -= 1 }
      throw GivenUp()
    }
    guard spent.reads <= largest.all.reads else {
      throw LegacyError.tooManyReads(largest.told.reads)
    }
    let lease = ReadLease(of: self, within: trial)
    try lease.hold(rows: 0, bytes: 0)
    var request = request
    request.lease = lease
    let page: RowPage
    do {
      page = try await read(request)
    } catch let refused as any RefusedRead {
      // It was never sent.
      account.withLock { $0.spent.reads -= 1 }
      throw refused
    } catch {
      // Whatever it says, most likely it comes of that.
      try checkTime(within: trial, orElse: error)
      throw error
    }
    try lease.hold(rows: page.rows.count, bytes: page.byteCount)
    account.withLock { $0.hasRead = true }
    return page
  }

  /// When a read of the run must have ended, by the clock that all go by: the plan's own may be another.
  fileprivate func realDeadline(within trial: Trial?) -> ContinuousClock.Instant {
    .now + (min(deadline, trial?.end ?? deadline) - clock())
  }

  /// - Parameter silence: what is thrown where nothing has been read.
  /// - Throws: when the time of the plan or the trial is over.
  private func checkTime(within trial: Trial?, orElse silence: @autoclosure () -> any Error) throws {
    let now = clock()
    guard now > min(deadline, trial?.end ?? deadline) else { return }
    let hasRead = account.withLock { account in
      account.isLate = true
      return account.hasRead
    }
    if now <= deadline { throw GivenUp() }
    throw hasRead ? LegacyError.tooMuchTime(limits.milliseconds) : silence()
  }

  /// Counts what one of the reads holds more than before.
  fileprivate func hold(rows: Int, bytes: Int, within trial: Trial?) throws {
    let (total, largest) = account.withLock { account in
      account.spent.rows += rows
      account.spent.bytes += bytes
      if rows > 0 { account.hasRead = true }
      return (account.spent, self.largest(account))
    }
    // First: what a trial holds is let go of, however much came at once.
    if let trial, trial.isOver(total) { throw GivenUp() }
    guard total.rows <= largest.all.rows else {
      throw LegacyError.planTooLarge("reads more than \(largest.told.rows) rows")
    }
    guard total.bytes <= largest.all.bytes else {
      throw LegacyError.planTooLarge("reads more than \(largest.told.bytes) bytes")
    }
    try checkTime(within: trial, orElse: LegacyError.noAnswer)
  }

  /// A part of what the plan may.
  struct Trial: Sendable {
    fileprivate let start: Spent
    fileprivate let largest: Spent
    fileprivate let end: ContinuousClock.Instant

    /// But for its time.
    fileprivate func isOver(_ spent: Spent) -> Bool {
      spent.reads > largest.reads || spent.rows > largest.rows || spent.bytes > largest.bytes
    }
  }

  /// What is thrown when a ``Trial`` is over and the plan is not.
  struct GivenUp: Error {}

  /// Half of what is left.
  func trial() -> Trial {
    let (spent, largest) = account.withLock { ($0.spent, self.largest($0).all) }
    let now = clock()
    return Trial(
      start: spent,
      largest: Spent(
        reads: (spent.reads + largest.reads) / 2, rows: (spent.rows + largest.rows) / 2,
        bytes: (spent.bytes + largest.bytes) / 2),
      end: now + (deadline - now).half)
  }

  /// Counts what a trial has read as held no longer. None of its reads is under way.
  func release(_ trial: Trial) {
    account.withLock { ($0.spent.rows, $0.spent.bytes) = (trial.start.rows, trial.start.bytes) }
  }

  // MARK: Rows that are left out

  /// What `$skip` leaves out, which takes nothing of what the rows behind may.
  struct LeftOut {
    /// How many rows.
    var count: Int
    /// Rows of Dataverse that are read for each of them.
    var rows: Int
    /// Reads for as many of them as one read asks for by their ids; 0 where none does.
    var reads: Int

    /// What it may take beside what a plan may: these rows and reads, and the same bytes again.
    fileprivate func allowance(_ limits: LegacyPlanLimits) -> Spent {
      let perRead = max(1, limits.idsPerRead)
      return Spent(reads: reads * ((count + perRead - 1) / perRead), rows: rows * count, bytes: limits.bytes)
    }
  }

  /// Tells what became of the rows that were read last, as long as some are left out.
  /// - Parameters:
  ///   - rows: how many of them are left out, or `nil` for all that was read.
  ///   - isEnd: whether no more will be.
  func leaveOut(_ rows: Int?, isEnd: Bool) {
    account.withLock { account in
      guard account.isLeavingOut else { return }
      if let rows { account.leftOut.rows += rows } else { account.leftOut = account.spent }
      account.isLeavingOut = !isEnd
    }
  }

  /// What all may take by now, and what the caller is told of it.
  private func largest(_ account: Account) -> (all: Spent, told: Spent) {
    account.isLeavingOut
      ? (largest.leavingOut, largest.leavingOut) : (largest.shown + account.leftOut, largest.shown)
  }

  /// The number of rows of a query, of which one page is held at a time.
  func count(_ query: RelativeURI) async throws -> Int {
    var request = LegacyRead(query: query, pageSize: LegacyRead.wholePage)
    var count = 0
    while true {
      let page = try await page(request)
      count += page.rows.count
      guard let token = page.skiptoken else { return count }
      request.skiptoken = token
    }
  }

  /// All rows of a query.
  /// - Parameter number: as ``LegacyRead/number``.
  func all(_ query: RelativeURI, number: Int? = nil) async throws -> [DataverseRow] {
    let request = LegacyRead(query: query, pageSize: LegacyRead.wholePage, number: number)
    return try await all(request, behind: try await page(request))
  }

  /// All rows with one of these ids. An id that the policy does not let be asked for, since it has not the form that ids
  /// have there, is left out and named: what is refused is data, of which the caller wrote nothing.
  /// - Parameters:
  ///   - ids: not empty.
  ///   - trial: as in ``page(_:within:)``.
  func all(_ read: LegacyIDRead, ids: ArraySlice<String>, within trial: Trial? = nil) async throws -> IDRows {
    let request = LegacyRead(query: read.query(ids: ids), pageSize: LegacyRead.wholePage)
    let first: RowPage
    do {
      first = try await page(request, within: trial)
    } catch is any RefusedRead {
      // With an id of the usual form the same read was allowed: it is an id that is not.
      guard let middle = ids.middle else { return IDRows(refused: Array(ids)) }
      let one = try await all(read, ids: ids[..<middle], within: trial)
      let other = try await all(read, ids: ids[middle...], within: trial)
      return IDRows(rows: one.rows + other.rows, refused: one.refused + other.refused)
    }
    return IDRows(rows: try await all(request, behind: first, within: trial))
  }

  /// What ``all(_:ids:within:)`` gives.
  struct IDRows {
    var rows: [DataverseRow] = []
    var refused: [String] = []
  }

  /// All rows of a query whose first page is read.
  func all(_ request: LegacyRead, behind first: RowPage, within trial: Trial? = nil) async throws -> [DataverseRow] {
    guard var token = first.skiptoken else { return first.rows }
    var request = request
    var rows = first.rows
    while true {
      request.skiptoken = token
      let page = try await page(request, within: trial)
      rows.append(contentsOf: page.rows)
      guard let next = page.skiptoken else { return rows }
      token = next
    }
  }

  /// Runs the jobs, as many at once as the limits allow; results in the order of the jobs. The first failure ends all.
  func each<Result: Sendable>(
    _ jobs: [@Sendable () async throws -> Result]
  ) async throws -> [Result] {
    // A task for what nothing runs beside would only cost.
    if jobs.count == 1 { return [try await jobs[0]()] }
    return try await withThrowingTaskGroup(of: (Int, Result).self) { group in
      var results: [Result?] = Array(repeating: nil, count: jobs.count)
      var next = 0
      // Each runs here until it waits: a read is sent without another thread being woken for it.
      while next < min(max(1, limits.concurrency), jobs.count) {
        let (index, job) = (next, jobs[next])
        group.addImmediateTask { (index, try await job()) }
        next += 1
      }
      while let (index, result) = try await group.next() {
        results[index] = result
        guard next < jobs.count else { continue }
        let (index, job) = (next, jobs[next])
        group.addImmediateTask { (index, try await job()) }
        next += 1
      }
      return results.compactMap(\.self)
    }
  }
}

/// What one read may take of what its plan may, told while its answer comes.
package final class ReadLease: Sendable {
  private let reads: LegacyReads
  private let trial: LegacyReads.Trial?
  /// What has been counted.
  private let held = Mutex((rows: 0, bytes: 0))

  fileprivate init(of reads: LegacyReads, within trial: LegacyReads.Trial?) {
    self.reads = reads
    self.trial = trial
  }

  /// When the read must have ended, at the latest; its reader sees to it. In nearly all plans that is far off: a reader that
  /// gives it to whatever it waits for costs nothing, and a task beside the read would cost more than the read.
  package var deadline: ContinuousClock.Instant { reads.realDeadline(within: trial) }

  /// Is told what is held so far of the answer, so that a plan that has used up what it may ends while an answer comes.
  /// - Throws: what ends the read.
  package func hold(rows: Int, bytes: Int) throws {
    let more = held.withLock { held in
      defer { held = (max(rows, held.rows), max(bytes, held.bytes)) }
      return (rows: max(0, rows - held.rows), bytes: max(0, bytes - held.bytes))
    }
    try reads.hold(rows: more.rows, bytes: more.bytes, within: trial)
  }
}

/// What a reader throws for a read that may not be sent.
package protocol RefusedRead: Error {}

extension Duration {
  /// To the millisecond. Division of durations is generic, and dear.
  fileprivate var half: Duration {
    .milliseconds(components.seconds * 500 + components.attoseconds / 2_000_000_000_000_000)
  }
}

extension ArraySlice<String> {
  /// Where two halves meet; `nil` for a single one.
  fileprivate var middle: Int? { count > 1 ? startIndex + count / 2 : nil }
}
