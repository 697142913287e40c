/// Which keys stay within a number of bytes and entries, by S3-FIFO: a small queue that new keys pass through, a main
/// queue for those that were used again meanwhile, and a list of those pushed out lately, which go to the main queue at
/// once when they come back (Yang et al., "FIFO queues are all you need for cache eviction", SOSP 2023).
///
/// Pure state: it deals out slots, and its owner keeps the values. A use only raises a counter, so that the lock around
/// a hit is short; keys that are read once, such as the pages of a scan, never get past the small queue.
struct S3FIFO {
  struct Limits {
    var bytes: Int
    var entries: Int
  }

  private enum Queue { case small, main }

  private struct Node {
    var key: CacheKey?
    var cost = 0
    var expiresAt: Int64 = 0
    var newer: Int32 = -1
    var older: Int32 = -1
    var uses: UInt8 = 0
    var queue = Queue.small
  }

  private struct List {
    var newest: Int32 = -1
    var oldest: Int32 = -1
    var bytes = 0
    var count = 0
  }

  /// More uses than this are not told apart.
  private static let mostUses: UInt8 = 3
  /// Uses in the small queue that earn a place in the main queue.
  private static let usesToStay: UInt8 = 2
  /// Keys that one eviction may keep; the next is pushed out whatever its uses. Bounds the time under the lock to
  /// microseconds; who is wronged by it is among the ghosts and comes back into the main queue.
  private static let mostChances = 256

  let limits: Limits
  private var nodes: [Node] = []
  private var free: [Int32] = []
  private var slots: [CacheKey: Int32] = [:]
  private var small = List()
  private var main = List()
  private var ghosts: GhostList

  init(limits: Limits) {
    self.limits = limits
    ghosts = GhostList(capacity: limits.entries)
  }

  var bytes: Int { small.bytes + main.bytes }
  var count: Int { small.count + main.count }
  var ghostCount: Int { ghosts.count }

  /// The slot of a key, which counts as used; `nil` when it is not here or stale at `now`.
  mutating func use(_ key: CacheKey, at now: Int64) -> Int? {
    guard let slot = slots[key] else { return nil }
    let index = Int(slot)
    guard nodes[index].expiresAt > now else { return nil }
    if nodes[index].uses < S3FIFO.mostUses { nodes[index].uses += 1 }
    return index
  }

  /// The slot of a key, fresh or not; not a use.
  func slot(of key: CacheKey) -> Int? { slots[key].map(Int.init) }

  /// Makes room for a key, or takes its old place, and gives its slot; `nil` when it is too large for the limits (what was
  /// there under the key is then gone, too: it is out of date).
  /// - Parameter pushedOut: gets the slots that were given up, each before it can be dealt out again.
  mutating func insert(
    _ key: CacheKey, cost: Int, expiresAt: Int64, now: Int64, pushedOut: (Int) -> Void
  ) -> Int? {
    var queue: Queue?
    var uses: UInt8 = 0
    if let old = slots[key] {
      queue = nodes[Int(old)].queue
      uses = nodes[Int(old)].uses
      release(old)
      pushedOut(Int(old))
    }
    guard cost <= limits.bytes, limits.entries > 0 else { return nil }
    while bytes > limits.bytes - cost || count >= limits.entries { pushedOut(evict(now)) }
    let slot: Int32
    if let reused = free.popLast() {
      slot = reused
    } else {
      slot = Int32(nodes.count)
      nodes.append(Node())
    }
    nodes[Int(slot)] = Node(key: key, cost: cost, expiresAt: expiresAt, uses: uses)
    slots[key] = slot
    append(slot, to: queue ?? (ghosts.take(key.hash) ? .main : .small))
    return Int(slot)
  }

  mutating func removeAll() {
    self = S3FIFO(limits: limits)
  }

  // MARK: Eviction

  /// Gives up one key. There must be one.
  private mutating func evict(_ now: Int64) -> Int {
    var chances = S3FIFO.mostChances
    while true {
      let fromSmall =
        main.count == 0
        || small.count > 0 && (small.bytes > limits.bytes / 10 || small.count > limits.entries / 10)
      let slot = fromSmall ? small.oldest : main.oldest
      let node = nodes[Int(slot)]
      let stays = chances > 0 && node.expiresAt > now && node.uses >= (fromSmall ? S3FIFO.usesToStay : 1)
      guard stays else {
        if fromSmall, node.expiresAt > now, let key = node.key { ghosts.insert(key.hash) }
        release(slot)
        return Int(slot)
      }
      chances -= 1
      unlink(slot)
      nodes[Int(slot)].uses = fromSmall ? 0 : node.uses - 1
      append(slot, to: .main)
    }
  }

  private mutating func release(_ slot: Int32) {
    unlink(slot)
    if let key = nodes[Int(slot)].key { slots[key] = nil }
    nodes[Int(slot)] = Node()
    free.append(slot)
  }

  // MARK: Queues

  private mutating func append(_ slot: Int32, to queue: Queue) {
    nodes[Int(slot)].queue = queue
    switch queue {
    case .small: S3FIFO.append(slot, to: &small, &nodes)
    case .main: S3FIFO.append(slot, to: &main, &nodes)
    }
  }

  private mutating func unlink(_ slot: Int32) {
    switch nodes[Int(slot)].queue {
    case .small: S3FIFO.unlink(slot, from: &small, &nodes)
    case .main: S3FIFO.unlink(slot, from: &main, &nodes)
    }
  }

  private static func append(_ slot: Int32, to list: inout List, _ nodes: inout [Node]) {
    nodes[Int(slot)].older = list.newest
    nodes[Int(slot)].newer = -1
    if list.newest >= 0 { nodes[Int(list.newest)].newer = slot } else { list.oldest = slot }
    list.newest = slot
    list.bytes += nodes[Int(slot)].cost
    list.count += 1
  }

  private static func unlink(_ slot: Int32, from list: inout List, _ nodes: inout [Node]) {
    let node = nodes[Int(slot)]
    if node.newer >= 0 { nodes[Int(node.newer)].older = node.older } else { list.newest = node.older }
    if node.older >= 0 { nodes[Int(node.older)].newer = node.newer } else { list.oldest = node.newer }
    list.bytes -= node.cost
    list.count -= 1
  }
}
