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
  }

  let limits: LegacyPlanLimits
  /// Whether a read could be sent.
  let allows: @Sendable (LegacyRead) -> Bool
  private let read: LegacyRun.Reader
  private let spent = Mutex(Spent())
  private let clock: @Sendable () -> ContinuousClock.Instant
  private let deadline: ContinuousClock.Instant

  init(
    limits: LegacyPlanLimits, clock: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
    allows: @escaping @Sendable (LegacyRead) -> Bool = { _ in true }, read: @escaping LegacyRun.Reader
  ) {
    self.limits = limits
    self.allows = allows
    self.read = read
    self.clock = clock
    deadline = clock() + .milliseconds(limits.milliseconds)
  }

  /// - Parameter trial: what the read may spend, where its rows can be given up.
  /// - Throws: `LegacyError` when the plan has used up what it may; ``GivenUp``; `CancellationError` before the read, when
  ///   nobody wants it any more.
  func page(_ request: LegacyRead, within trial: Trial? = nil) async throws -> RowPage {
    try Task.checkCancellation()
    let reads = spent.withLock { spent in
      spent.reads += 1
      return spent.reads
    }
    guard reads <= limits.reads else {
      throw LegacyReads.tooLarge("takes more than \(limits.reads) reads of Dataverse")
    }
    let held = Held()
    var request = request
    request.hold = { [self] rows, bytes in try hold(rows, bytes, held, trial) }
    try request.hold(0, 0)
    let page: RowPage
    do {
      page = try await readInTime(request)
    } catch let refused as any RefusedRead {
      // It was never sent.
      spent.withLock { $0.reads -= 1 }
      throw refused
    }
    try request.hold(page.rows.count, page.byteCount)
    return page
  }

  /// Reads, and gives the read up when the plan's time is over, though nothing of the answer may have come.
  private func readInTime(_ request: LegacyRead) async throws -> RowPage {
    try await withThrowingTaskGroup(of: RowPage?.self) { [read, clock, deadline] group in
      // Each runs here until it waits: no other thread is woken for it.
      group.addImmediateTask { try await read(request) }
      group.addImmediateTask {
        // The plan's own clock has the last word.
        repeat {
          try await DeadlineWatch.shared.wait(until: .now + (deadline - clock()))
        } while clock() <= deadline
        return nil
      }
      // Both have ended when this returns or throws.
      defer { group.cancelAll() }
      guard let first = try await group.next(), let page = first else { throw timeIsOver }
      return page
    }
  }

  private var timeIsOver: LegacyError {
    LegacyReads.tooLarge("takes longer than \(limits.milliseconds) milliseconds")
  }

  /// What one read has been counted with.
  private final class Held: Sendable {
    let total = Mutex((rows: 0, bytes: 0))
  }

  /// Counts what a read holds more than before.
  private func hold(_ rows: Int, _ bytes: Int, _ held: Held, _ trial: Trial?) throws {
    let before = held.total.withLock { total in
      defer { total = (max(rows, total.rows), max(bytes, total.bytes)) }
      return total
    }
    let total = spent.withLock { spent in
      spent.rows += max(0, rows - before.rows)
      spent.bytes += max(0, bytes - before.bytes)
      return spent
    }
    guard total.rows <= limits.rows else { throw LegacyReads.tooLarge("reads more than \(limits.rows) rows") }
    guard total.bytes <= limits.bytes else { throw LegacyReads.tooLarge("reads more than \(limits.bytes) bytes") }
    let now = clock()
    guard now <= deadline else { throw timeIsOver }
    if let trial, trial.isOver(total, at: now) { throw GivenUp() }
  }

  /// A part of what the plan may.
  struct Trial: Sendable {
    fileprivate let start: Spent
    fileprivate let largest: Spent
    fileprivate let end: ContinuousClock.Instant

    fileprivate func isOver(_ spent: Spent, at now: ContinuousClock.Instant) -> Bool {
      spent.reads > largest.reads || spent.rows > largest.rows || spent.bytes > largest.bytes || now > end
    }
  }

  /// What is thrown when a ``Trial`` is over and the plan is not.
  struct GivenUp: Error {}

  /// Half of what is left.
  func trial() -> Trial {
    let spent = spent.withLock { $0 }
    let now = clock()
    return Trial(
      start: spent,
      largest: Spent(
        reads: (spent.reads + limits.reads) / 2, rows: (spent.rows + limits.rows) / 2,
        bytes: (spent.bytes + limits.bytes) / 2),
      end: now + (deadline - now) / 2)
  }

  /// Counts what a trial has read as held no longer. None of its reads is under way.
  func release(_ trial: Trial) {
    spent.withLock { ($0.rows, $0.bytes) = (trial.start.rows, trial.start.bytes) }
  }

  /// Whether half of what the plan may is used up: an answer that can go on behind a link ends there, before a limit ends
  /// it without one.
  var isHalfSpent: Bool {
    let spent = spent.withLock { $0 }
    return spent.reads * 2 >= limits.reads || spent.rows * 2 >= limits.rows || spent.bytes * 2 >= limits.bytes
      || clock() + .milliseconds(limits.milliseconds / 2) >= deadline
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

  /// `errorCode` of what ends a plan that has used up what it may.
  static let tooLargeCode = "planTooLarge"

  private static func tooLarge(_ what: String) -> LegacyError {
    LegacyError(
      status: 400, errorCode: tooLargeCode, message: "What answers this request \(what), which is the limit.",
      remedy: "Narrow the filter, or ask for fewer rows at once.")
  }
}

/// What a reader throws for a read that may not be sent.
package protocol RefusedRead: Error {}

extension ArraySlice<String> {
  /// Where two halves meet; `nil` for a single one.
  fileprivate var middle: Int? { count > 1 ? startIndex + count / 2 : nil }
}
