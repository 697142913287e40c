import SQLite
import Synchronization

/// Answers in a SQLite file, behind a thread of its own. Reads wait for it; writes are handed over and done in batches.
///
/// Nothing here fails an answer: what cannot be read is a miss, what cannot be written is dropped and counted.
final class DiskTier: Sendable {
  enum Found {
    case fresh(CachedAnswer)
    case stale
    case nothing
  }

  /// Milliseconds between two removals of answers that are over their time: what nobody asks for must not stay on the
  /// disk for long after it.
  private static let sweepInterval = 60_000

  private let thread: DatabaseThread<DiskState>
  private let writes = Writes()
  private let clock: @Sendable () -> Int64
  private let report: @Sendable (CacheEvent) -> Void
  /// Larger answers are not kept here.
  private let largestBytes: Int

  /// What waits to be written. An object, so that jobs on the thread hold it and not the tier.
  private final class Writes: Sendable {
    let queue = Mutex(WriteQueue())
    let dropped = Atomic<Int>(0)
  }

  /// Opens the file on the new thread; blocks until that is done.
  init(
    path: String, fileBytes: Int, clock: @escaping @Sendable () -> Int64,
    report: @escaping @Sendable (CacheEvent) -> Void
  ) throws(CacheError) {
    self.clock = clock
    self.report = report
    largestBytes = fileBytes / 4
    do {
      thread = try DatabaseThread(name: "cache-file") {
        try DiskState(CacheFile(path: path, fileBytes: fileBytes, report: report))
      }
    } catch let error as CacheError {
      throw error
    } catch {
      throw .unusableFile("\(error)")
    }
    thread.schedule { [clock] state in DiskTier.sweep(state, clock()) }
    armSweep()
  }

  func find(_ key: CacheKey) async -> Found {
    if let waiting = writes.queue.withLock({ $0.answer(for: key) }) { return judge(waiting) }
    do {
      let found = try await thread.run { state in try state.attempt { table throws(SQLiteError) in try table.find(key) }
      }
      switch found {
      case .answer(let answer): return judge(answer)
      case .nothing: return .nothing
      case .torn:
        report(.tornRow)
        return .nothing
      }
    } catch {
      // Reported where it happened, when it means more than one miss.
      return .nothing
    }
  }

  /// Hands an answer over.
  /// - Parameter isCurrent: asked under the lock that ``removeAll()`` takes later, so that what was fetched before a purge
  ///   cannot slip in after it.
  func write(_ answer: CachedAnswer, for key: CacheKey, isCurrent: () -> Bool) {
    guard answer.byteCount + key.text.utf8.count <= largestBytes else { return }
    let advice = writes.queue.withLock { isCurrent() ? $0.add(answer, for: key) : .wait }
    let job: @Sendable (inout DiskState) -> Void = { [writes, clock, report] state in
      DiskTier.flush(state, writes, clock(), report)
    }
    let isTaken: Bool
    switch advice {
    case .wait: return
    case .full: isTaken = false
    case .writeSoon: isTaken = thread.schedule(afterMilliseconds: WriteQueue.delay, job)
    case .writeNow: isTaken = thread.schedule(job)
    }
    if !isTaken { drop(advice) }
  }

  /// Writes out what waits.
  func flush() async throws {
    try await thread.run { [writes, clock, report] state in DiskTier.flush(state, writes, clock(), report) }
  }

  func removeAll() async throws(CacheError) {
    writes.queue.withLock { _ = $0.take() }
    try await run { table throws(SQLiteError) in try table.removeAll() }
  }

  func blob(_ name: String) async throws(CacheError) -> [UInt8]? {
    try await run { table throws(SQLiteError) in try table.blob(name) }
  }

  /// - Throws: ``CacheError/metadataTooLarge`` when there are too many already.
  func setBlob(_ name: String, _ bytes: [UInt8]) async throws(CacheError) {
    let isSet = try await run { table throws(SQLiteError) -> Bool in
      guard try table.blobCount(without: name) < CacheConfiguration.mostMetadata else { return false }
      try table.setBlob(name, bytes)
      return true
    }
    guard isSet else { throw .metadataTooLarge }
  }

  var droppedWrites: Int { writes.dropped.load(ordering: .relaxed) }

  /// Writes out what waits, and closes the file.
  func close() async {
    // The stop itself runs what is scheduled, which includes the write of anything that waits.
    await thread.stop()
  }

  /// For tests that get at the file behind the tier's back.
  func withState<T: Sendable>(_ body: @escaping @Sendable (DiskState) throws -> T) async throws -> T {
    try await thread.run { try body($0) }
  }

  private func run<T: Sendable>(
    _ body: @escaping @Sendable (AnswerTable) throws(SQLiteError) -> T
  ) async throws(CacheError) -> T {
    do {
      return try await thread.run { state in try state.attempt(body) }
    } catch let error as CacheError {
      throw error
    } catch {
      throw .fileOff
    }
  }

  private func judge(_ answer: CachedAnswer) -> Found {
    answer.isFresh(at: clock()) ? .fresh(answer) : .stale
  }

  private func armSweep() {
    thread.schedule(afterMilliseconds: DiskTier.sweepInterval) { [weak self, clock] state in
      DiskTier.sweep(state, clock())
      self?.armSweep()
    }
  }

  /// After a close nobody will write what waits.
  private func drop(_ advice: WriteQueue.Advice) {
    let count = advice == .full ? 1 : writes.queue.withLock { $0.take().count }
    writes.dropped.add(count, ordering: .relaxed)
  }

  // MARK: On the thread

  private static func flush(
    _ state: DiskState, _ writes: Writes, _ now: Int64, _ report: @Sendable (CacheEvent) -> Void
  ) {
    let batch = writes.queue.withLock { $0.take() }
    guard !batch.isEmpty else { return }
    do throws(CacheError) {
      try state.attempt { table throws(SQLiteError) in try table.write(batch, now: now) }
    } catch {
      writes.dropped.add(batch.count, ordering: .relaxed)
      if error != .fileOff { report(.writesDropped(count: batch.count, reason: error.description)) }
    }
  }

  private static func sweep(_ state: DiskState, _ now: Int64) {
    // In parts with an end, so that reads do not wait for a sweep through a large file.
    for _ in 0..<16 {
      do throws(CacheError) {
        if try state.attempt({ table throws(SQLiteError) in try table.sweep(now: now) }) { return }
      } catch {
        // Off, or reported and replaced: the next sweep finds out.
        return
      }
    }
  }
}
