/// The hashes of keys that were pushed out lately, oldest first; bounded.
struct GhostList {
  private let capacity: Int
  /// A ring of hashes; the one with number `n` is at `n % capacity`.
  private var ring: [Int] = []
  /// Hash → number of its latest entry. Numbers tell a hash that came back from the one that is about to fall out.
  private var numbers: [Int: Int] = [:]
  private var next = 0

  init(capacity: Int) { self.capacity = capacity }

  mutating func insert(_ hash: Int) {
    guard capacity > 0 else { return }
    let place = next % capacity
    if place < ring.count {
      let old = ring[place]
      if numbers[old] == next - capacity { numbers[old] = nil }
      ring[place] = hash
    } else {
      ring.append(hash)
    }
    numbers[hash] = next
    next += 1
  }

  /// Whether the hash is remembered; it is forgotten by this.
  mutating func take(_ hash: Int) -> Bool { numbers.removeValue(forKey: hash) != nil }

  var count: Int { numbers.count }
}
