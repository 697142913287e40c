import Synchronization

/// Rendered answers in memory, in shards, each behind a lock of its own that is held for one look-up or one insertion.
///
/// Not generic over the rendering: generic code that is called from another module looks its types up at run time, which
/// was more than half of the cost of a hit (430 ns against 190).
final class MemoryTier: Sendable {
  /// What a slot holds. One object, so that under the lock only a reference is copied.
  final class Entry: Sendable {
    let freshness: Freshness
    /// A box that the owner of the tier made and knows the type of.
    let rendering: any AnyObject & Sendable

    init(rendering: any AnyObject & Sendable, freshness: Freshness) {
      self.freshness = freshness
      self.rendering = rendering
    }
  }

  enum Found {
    case fresh(Entry)
    case stale
    case nothing
  }

  private struct State {
    var policy: S3FIFO
    /// By the policy's slots.
    var entries: [Entry?] = []
    var hits = 0
    var evictions = 0
  }

  private final class Shard: Sendable {
    let state: Mutex<State>
    init(_ limits: S3FIFO.Limits) { state = Mutex(State(policy: S3FIFO(limits: limits))) }
  }

  private let shards: [Shard]
  private let mask: Int

  /// - Parameter largest: the cost of the largest answer there may be. Limits are split between the shards, so there are
  ///   only as many (up to 16) as leave each room for several of these.
  init(bytes: Int, entries: Int, largest: Int) {
    var count = 16
    while count > 1, bytes / count < 4 * largest || entries / count < 64 { count /= 2 }
    mask = count - 1
    shards = (0..<count).map { index in
      // Divided without a rest, so that the shards together have exactly the limits.
      Shard(
        S3FIFO.Limits(
          bytes: bytes / count + (index < bytes % count ? 1 : 0),
          entries: entries / count + (index < entries % count ? 1 : 0)))
    }
  }

  /// The top bits: the dictionary inside the shard goes by a hash of all of them.
  private func shard(of key: CacheKey) -> Shard { shards[(key.hash >> 48) & mask] }

  /// The hot path: one lock, one look-up, no allocation.
  func use(_ key: CacheKey, at now: Int64) -> Entry? {
    shard(of: key).state.withLock { state in
      // The policy goes by expiry alone; a clock that was set back shows in the age.
      guard let slot = state.policy.use(key, at: now), let entry = state.entries[slot],
        entry.freshness.isFresh(at: now)
      else { return nil }
      state.hits += 1
      return entry
    }
  }

  /// As ``use(_:at:)``, telling why there is nothing.
  func find(_ key: CacheKey, at now: Int64) -> Found {
    if let entry = use(key, at: now) { return .fresh(entry) }
    return shard(of: key).state.withLock { $0.policy.slot(of: key) != nil } ? .stale : .nothing
  }

  /// - Parameter isCurrent: asked under the lock that ``removeAll()`` takes later, so that what was fetched before a purge
  ///   cannot slip in after it.
  func insert(_ entry: Entry, for key: CacheKey, cost: Int, now: Int64, isCurrent: () -> Bool) {
    // Let go of after the lock: freeing bodies takes time.
    var released: [Entry] = []
    shard(of: key).state.withLock { state in
      guard isCurrent() else { return }
      let replaced = state.policy.slot(of: key)
      var evicted: [Int] = []
      let slot = state.policy.insert(
        key, cost: cost, expiresAt: entry.freshness.expiresAt, now: now, pushedOut: { evicted.append($0) })
      for old in evicted {
        if let entry = state.entries[old] { released.append(entry) }
        state.entries[old] = nil
        if old != replaced { state.evictions += 1 }
      }
      guard let slot else { return }
      if slot == state.entries.count { state.entries.append(nil) }
      state.entries[slot] = entry
    }
    withExtendedLifetime(released) {}
  }

  func removeAll() {
    for shard in shards {
      let released = shard.state.withLock { state in
        let entries = state.entries
        state.entries = []
        state.policy.removeAll()
        return entries
      }
      withExtendedLifetime(released) {}
    }
  }

  func add(to statistics: inout CacheStatistics) {
    for shard in shards {
      shard.state.withLock { state in
        statistics.hits += state.hits
        statistics.evictions += state.evictions
        statistics.entries += state.policy.count
        statistics.bytes += state.policy.bytes
      }
    }
  }
}
