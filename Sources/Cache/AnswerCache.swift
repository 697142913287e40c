import Synchronization

/// Answers by key: in memory, behind it on disk, and one flight to the upstream for all who ask for the same at once.
///
/// `Rendering` is the form in which an answer leaves; it is made once, when the answer enters memory, and shared.
///
/// Only answers with status 200, a time to live and a body within the limit are stored, and only when whoever fetched
/// them says so. Errors are never stored. See `docs/cache.md`.
package final class AnswerCache<Rendering: Sendable>: Sendable {
  struct Landed: Sendable {
    enum Source {
      case memory, disk
      case upstream(CacheOutcome.Forward, stored: Bool)
    }
    var entry: MemoryTier.Entry
    var source: Source
  }

  private struct Counters {
    var diskHits = 0
    var misses = 0
    var collapsed = 0
    var failures = 0
    var stores = 0
  }

  private let memory: MemoryTier
  let disk: DiskTier?
  let flights = SingleFlight<CacheKey, Landed>()
  private let largestAnswerBytes: Int
  private let clock: @Sendable () -> Int64
  private let render: @Sendable (CachedAnswer) -> Rendering
  private let counters = Mutex(Counters())
  /// Named blobs of a cache without a file.
  private let metadata = Mutex<[String: [UInt8]]>([:])
  /// Grows with every purge; what was fetched in an earlier epoch is not stored any more.
  private let epoch = Atomic<Int>(0)

  /// Opens the cache and its file; blocks while it does, so it belongs to start-up.
  ///
  /// A file that is damaged, foreign or of another version is moved aside and reported; a full disk turns the tier off.
  ///
  /// - Parameters:
  ///   - clock: Unix time in milliseconds.
  ///   - render: gives an answer its outgoing form. Runs off the event loops.
  /// - Throws: ``CacheError/configuration(_:)`` or ``CacheError/unusableFile(_:)``.
  package init(
    configuration: CacheConfiguration, clock: @escaping @Sendable () -> Int64,
    render: @escaping @Sendable (CachedAnswer) -> Rendering
  ) throws(CacheError) {
    try configuration.check()
    self.clock = clock
    self.render = render
    largestAnswerBytes = configuration.largestAnswerBytes
    memory = MemoryTier(
      bytes: configuration.memoryBytes, entries: configuration.memoryEntries,
      largest: configuration.largestAnswerBytes + CacheConfiguration.entryOverhead)
    if let file = configuration.file {
      disk = try DiskTier(
        path: file, fileBytes: configuration.fileBytes, clock: clock, report: configuration.report)
    } else {
      disk = nil
    }
  }

  // MARK: Answers

  /// A fresh answer from memory. The hot path: fit for an event loop.
  package func fromMemory(_ key: CacheKey) -> CacheHit<Rendering>? {
    guard let entry = memory.use(key, at: clock()) else { return nil }
    return CacheHit(entry)
  }

  /// The answer from memory, else from disk, else from `fetch`, which runs once for all who wait for the same key.
  ///
  /// The cancellation of a caller ends its own wait; when nobody waits any more, the task that runs `fetch` is cancelled.
  ///
  /// - Parameter fetch: gives the answer, and whether it may be stored.
  /// - Returns: since when and how long the answer holds, its outgoing form, and how it was come by.
  /// - Throws: what `fetch` throws, the same for all who wait and forgotten afterwards (counted as a failure, unless it is
  ///   a ``CachePassage``); `CancellationError` when the calling task is cancelled.
  package func answer(
    for key: CacheKey, fetch: @escaping @Sendable () async throws -> (CachedAnswer, storable: Bool)
  ) async throws -> (Freshness, Rendering, CacheOutcome) {
    if let hit = fromMemory(key) { return (hit.freshness, hit.rendering, hit.outcome(at: clock())) }
    let (landed, isLeader) = try await flights.value(for: key) { try await self.fly(key, fetch) }
    let freshness = landed.entry.freshness
    let outcome: CacheOutcome
    switch landed.source {
    case .memory: outcome = .hit(.memory, remaining: freshness.remaining(at: clock()))
    case .disk: outcome = .hit(.disk, remaining: freshness.remaining(at: clock()))
    case .upstream(let forward, let stored):
      outcome = isLeader ? .miss(forward, stored: stored) : .collapsed(forward)
      if !isLeader { counters.withLock { $0.collapsed += 1 } }
    }
    return (freshness, CacheHit(landed.entry).rendering, outcome)
  }

  /// Stores an answer that was come by otherwise.
  /// - Parameter since: taken before the answer was asked for; `nil` for one that no purge can have been meant for.
  /// - Returns: whether it may be stored: status 200, fresh, within the limit, and no purge came in between.
  @discardableResult
  package func store(_ answer: CachedAnswer, for key: CacheKey, since: CacheEpoch? = nil) -> Bool {
    guard isStorable(answer) else { return false }
    let entry = CacheHit.entry(answer, rendering: render(answer))
    return keep(entry, answer, key, epoch: since?.number ?? epoch.load(ordering: .acquiring))
  }

  /// The time between two purges that it is now, for ``store(_:for:since:)``.
  package var currentEpoch: CacheEpoch { CacheEpoch(number: epoch.load(ordering: .acquiring)) }

  /// Forgets every answer, in memory and on disk. Fetches under way answer those who wait for them and are not stored.
  /// Named blobs stay.
  /// - Throws: when the answers on disk could not be removed; those in memory are gone all the same.
  package func purge() async throws(CacheError) {
    // In this order: whoever stores looks at the epoch under the lock of the place, which is emptied afterwards.
    epoch.add(1, ordering: .acquiringAndReleasing)
    flights.detachAll()
    memory.removeAll()
    do throws(CacheError) {
      try await disk?.removeAll()
    } catch {
      // A file that is not in use gives no answer to anybody.
      if error != .fileOff { throw error }
    }
  }

  /// Writes out what waits to be written, and closes the file. Memory goes on answering.
  package func close() async {
    await disk?.close()
  }

  // MARK: Named blobs

  /// A small blob kept beside the answers; `nil` when there is none.
  /// - Throws: ``CacheError/fileOff`` or ``CacheError/file(_:)``.
  package func metadata(_ name: String) async throws(CacheError) -> [UInt8]? {
    guard let disk else { return metadata.withLock { $0[name] } }
    return try await disk.blob(name)
  }

  /// Keeps a blob under a name, over restarts if the cache has a file.
  /// - Throws: ``CacheError/metadataTooLarge`` beyond ``CacheConfiguration/largestMetadataBytes`` or
  ///   ``CacheConfiguration/mostMetadata`` names; ``CacheError/fileOff`` or ``CacheError/file(_:)``.
  package func setMetadata(_ name: String, _ bytes: [UInt8]) async throws(CacheError) {
    guard bytes.count <= CacheConfiguration.largestMetadataBytes else { throw .metadataTooLarge }
    if let disk { return try await disk.setBlob(name, bytes) }
    let isSet = metadata.withLock { blobs in
      guard blobs[name] != nil || blobs.count < CacheConfiguration.mostMetadata else { return false }
      blobs[name] = bytes
      return true
    }
    guard isSet else { throw .metadataTooLarge }
  }

  package var statistics: CacheStatistics {
    var statistics = CacheStatistics()
    memory.add(to: &statistics)
    let counters = counters.withLock { $0 }
    statistics.diskHits = counters.diskHits
    statistics.misses = counters.misses
    statistics.collapsed = counters.collapsed
    statistics.failures = counters.failures
    statistics.stores = counters.stores
    statistics.droppedWrites = disk?.droppedWrites ?? 0
    return statistics
  }

  // MARK: A flight

  private func fly(
    _ key: CacheKey, _ fetch: @Sendable () async throws -> (CachedAnswer, storable: Bool)
  ) async throws -> Landed {
    let epoch = epoch.load(ordering: .acquiring)
    var forward = CacheOutcome.Forward.uriMiss
    // Once more: an earlier flight may have landed between the caller's look and its joining.
    switch memory.find(key, at: clock()) {
    case .fresh(let entry): return Landed(entry: entry, source: .memory)
    case .stale: forward = .stale
    case .nothing: break
    }
    if let disk {
      switch await disk.find(key) {
      case .fresh(let answer):
        let entry = CacheHit.entry(answer, rendering: render(answer))
        remember(entry, answer, key, epoch: epoch)
        counters.withLock { $0.diskHits += 1 }
        return Landed(entry: entry, source: .disk)
      case .stale: forward = .stale
      case .nothing: break
      }
    }
    counters.withLock { $0.misses += 1 }
    do {
      let (answer, storable) = try await fetch()
      let entry = CacheHit.entry(answer, rendering: render(answer))
      let stored = storable && isStorable(answer) && keep(entry, answer, key, epoch: epoch)
      return Landed(entry: entry, source: .upstream(forward, stored: stored))
    } catch {
      if !(error is any CachePassage) { counters.withLock { $0.failures += 1 } }
      throw error
    }
  }

  private func isStorable(_ answer: CachedAnswer) -> Bool {
    answer.status == 200 && answer.body.count <= largestAnswerBytes && answer.isFresh(at: clock())
  }

  /// Keeps an answer in both tiers, unless a purge came between its fetch and now.
  private func keep(
    _ entry: MemoryTier.Entry, _ answer: CachedAnswer, _ key: CacheKey, epoch: Int
  ) -> Bool {
    remember(entry, answer, key, epoch: epoch)
    disk?.write(answer, for: key) { self.epoch.load(ordering: .acquiring) == epoch }
    guard self.epoch.load(ordering: .acquiring) == epoch else { return false }
    counters.withLock { $0.stores += 1 }
    return true
  }

  private func remember(
    _ entry: MemoryTier.Entry, _ answer: CachedAnswer, _ key: CacheKey, epoch: Int
  ) {
    memory.insert(
      entry, for: key, cost: key.text.utf8.count + answer.byteCount + CacheConfiguration.entryOverhead, now: clock()
    ) { self.epoch.load(ordering: .acquiring) == epoch }
  }
}

/// What a fetch throws when there is an answer, but none that waits for the cache: those who wait come by it otherwise.
package protocol CachePassage: Error {}

/// A time between two purges of an ``AnswerCache``.
package struct CacheEpoch: Sendable, Hashable {
  fileprivate let number: Int
}
