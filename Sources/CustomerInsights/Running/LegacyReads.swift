import ODataURL
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// The reads of one run, counted.
final class LegacyReads: Sendable {
  private struct Spent {
    var reads = 0
    var rows = 0
    var bytes = 0
  }

  let limits: LegacyPlanLimits
  private let read: LegacyRun.Reader
  private let spent = Mutex(Spent())
  private let clock: @Sendable () -> ContinuousClock.Instant
  private let deadline: ContinuousClock.Instant

  init(
    limits: LegacyPlanLimits, clock: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
    read: @escaping LegacyRun.Reader
  ) {
    self.limits = limits
    self.read = read
    self.clock = clock
    deadline = clock() + .milliseconds(limits.milliseconds)
  }

  /// - Throws: `LegacyError` when the plan has used up what it may.
  func page(_ request: LegacyRead) async throws -> RowPage {
    let reads = spent.withLock { spent in
      spent.reads += 1
      return spent.reads
    }
    guard reads <= limits.reads else {
      throw LegacyReads.tooLarge("takes more than \(limits.reads) reads of Dataverse")
    }
    let held = Held()
    var request = request
    request.hold = { [self] rows, bytes in try hold(rows, bytes, held) }
    try request.hold(0, 0)
    let page = try await read(request)
    try request.hold(page.rows.count, page.byteCount)
    return page
  }

  /// What one read has been counted with.
  private final class Held: Sendable {
    let total = Mutex((rows: 0, bytes: 0))
  }

  /// Counts what a read holds more than before.
  private func hold(_ rows: Int, _ bytes: Int, _ held: Held) throws {
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
    guard clock() <= deadline else {
      throw LegacyReads.tooLarge("takes longer than \(limits.milliseconds) milliseconds")
    }
  }

  /// All rows of a query.
  func all(_ query: RelativeURI) async throws -> [DataverseRow] {
    var rows: [DataverseRow] = []
    var request = LegacyRead(query: query, pageSize: LegacyRead.wholePage)
    while true {
      let page = try await page(request)
      rows.append(contentsOf: page.rows)
      guard let token = page.skiptoken else { return rows }
      request.skiptoken = token
    }
  }

  /// Runs the jobs, as many at once as the limits allow; results in the order of the jobs. The first failure ends all.
  func each<Result: Sendable>(
    _ jobs: [@Sendable () async throws -> Result]
  ) async throws -> [Result] {
    try await withThrowingTaskGroup(of: (Int, Result).self) { group in
      var results: [Result?] = Array(repeating: nil, count: jobs.count)
      var next = 0
      while next < min(max(1, limits.concurrency), jobs.count) {
        let (index, job) = (next, jobs[next])
        group.addTask { (index, try await job()) }
        next += 1
      }
      while let (index, result) = try await group.next() {
        results[index] = result
        guard next < jobs.count else { continue }
        let (index, job) = (next, jobs[next])
        group.addTask { (index, try await job()) }
        next += 1
      }
      return results.compactMap(\.self)
    }
  }

  private static func tooLarge(_ what: String) -> LegacyError {
    LegacyError(
      status: 400, errorCode: "planTooLarge", message: "What answers this request \(what), which is the limit.",
      remedy: "Narrow the filter, or ask for fewer rows at once.")
  }
}
