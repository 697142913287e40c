import TestSupport
import Testing

@testable import Cache

/// The policy with names of what it holds, as its owner keeps it.
private final class Held {
  var policy: S3FIFO
  var names: [Int: String] = [:]
  var pushedOut: [String] = []

  init(bytes: Int = .max, entries: Int) {
    policy = S3FIFO(limits: S3FIFO.Limits(bytes: bytes, entries: entries))
  }

  @discardableResult
  func insert(_ name: String, cost: Int = 1, expiresAt: Int64 = .max, now: Int64 = 0) -> Bool {
    var gone: [Int] = []
    let slot = policy.insert(
      CacheKey(text: name), cost: cost, expiresAt: expiresAt, now: now, pushedOut: { gone.append($0) })
    for old in gone {
      if let lost = names.removeValue(forKey: old), lost != name { pushedOut.append(lost) }
    }
    guard let slot else { return false }
    names[slot] = name
    return true
  }

  func use(_ name: String, now: Int64 = 0) -> Bool {
    guard let slot = policy.use(CacheKey(text: name), at: now) else { return false }
    return names[slot] == name
  }

  func has(_ name: String) -> Bool { policy.slot(of: CacheKey(text: name)) != nil }
}

@Suite struct S3FIFOTests {
  @Test func unusedKeysGoInTheOrderTheyCame() {
    let held = Held(entries: 4)
    for name in ["a", "b", "c", "d", "e", "f"] { held.insert(name) }
    #expect(held.pushedOut == ["a", "b"])
    #expect(["c", "d", "e", "f"].allSatisfy(held.has))
  }

  @Test func whatIsUsedAgainOutlivesWhatIsNot() {
    let held = Held(entries: 4)
    for name in ["a", "b", "c", "d"] { held.insert(name) }
    #expect(held.use("a") && held.use("a"))
    // Once is not enough to leave the small queue.
    #expect(held.use("b"))
    for name in ["e", "f", "g"] { held.insert(name) }
    #expect(held.pushedOut == ["b", "c", "d"])
    #expect(held.has("a"))
  }

  @Test func aScanDoesNotPushOutWhatIsInUse() {
    let held = Held(entries: 100)
    let hot = (0..<50).map { "hot\($0)" }
    for name in hot {
      held.insert(name)
      #expect(held.use(name) && held.use(name))
    }
    for number in 0..<10_000 { held.insert("scan\(number)") }
    #expect(hot.allSatisfy(held.has))
    #expect(held.policy.count == 100)
  }

  /// Keys that are all in use must not make an eviction go through every one of them: one has to go.
  @Test func anEvictionKeepsOnlySoMany() {
    let held = Held(entries: 2000)
    for number in 0..<2000 { held.insert("k\(number)") }
    for number in 0..<2000 { #expect(held.use("k\(number)") && held.use("k\(number)")) }
    held.insert("new")
    #expect(held.pushedOut == ["k256"])
    held.insert("k256")
    #expect(held.pushedOut.count == 2 && held.has("k256") && held.has("k0"))
  }

  @Test func whatComesBackSoonGoesToTheMainQueue() {
    let held = Held(entries: 20)
    for number in 0..<20 { held.insert("a\(number)") }
    held.insert("b")
    #expect(held.pushedOut == ["a0"])
    held.insert("a0")
    // It would be the last of the small queue's; from the main queue a scan does not push it out.
    for number in 0..<200 { held.insert("scan\(number)") }
    #expect(held.has("a0"))
    #expect(!held.has("b"))
  }

  @Test func limitsHoldToTheLastByteAndEntry() {
    let bytes = Held(bytes: 10, entries: 100)
    #expect(bytes.insert("a", cost: 4) && bytes.insert("b", cost: 6))
    #expect(bytes.pushedOut.isEmpty && bytes.policy.bytes == 10)
    #expect(bytes.insert("c", cost: 1))
    #expect(bytes.pushedOut == ["a"] && bytes.policy.bytes == 7)
    #expect(bytes.insert("d", cost: 10) && bytes.policy.bytes == 10 && bytes.policy.count == 1)
    #expect(!bytes.insert("e", cost: 11))
    #expect(bytes.has("d"))
    // A new value that is too large must not leave the old one.
    #expect(!bytes.insert("d", cost: 11))
    #expect(!bytes.has("d") && bytes.policy.bytes == 0)

    let entries = Held(entries: 2)
    for name in ["a", "b"] { entries.insert(name) }
    #expect(entries.pushedOut.isEmpty)
    entries.insert("c")
    #expect(entries.pushedOut == ["a"])
    let none = Held(entries: 0)
    #expect(!none.insert("a"))
  }

  @Test func replacingKeepsThePlaceAndCountsTheNewCost() {
    let held = Held(bytes: 100, entries: 4)
    for name in ["a", "b", "c", "d"] { held.insert(name, cost: 10) }
    held.insert("a", cost: 30)
    #expect(held.policy.bytes == 60 && held.policy.count == 4 && held.pushedOut.isEmpty)
    #expect(held.use("a"))
  }

  @Test func staleKeysAreNotFoundAndGoFirst() {
    let held = Held(entries: 3)
    held.insert("a", expiresAt: 10)
    for _ in 0..<3 { #expect(held.use("a", now: 9)) }
    #expect(!held.use("a", now: 10))
    held.insert("b", now: 10)
    held.insert("c", now: 10)
    held.insert("d", now: 10)
    #expect(held.pushedOut == ["a"])
  }

  /// Whatever happens, it holds what it says it holds, within its limits, and knows every key it holds.
  @Test(arguments: 0..<20 as Range<UInt64>) func itAgreesWithAModel(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let limits = S3FIFO.Limits(
      bytes: Int.random(in: 1...500, using: &random), entries: Int.random(in: 1...40, using: &random))
    var policy = S3FIFO(limits: limits)
    var model: [Int: (name: String, cost: Int, expiresAt: Int64)] = [:]
    var now: Int64 = 0
    for _ in 0..<3000 {
      now += Int64.random(in: 0...2, using: &random)
      let name = "k\(Int.random(in: 0..<80, using: &random))"
      let key = CacheKey(text: name)
      if Bool.random(using: &random) {
        let known = model.first { $0.value.name == name }
        let slot = policy.use(key, at: now)
        #expect(slot == known.flatMap { $0.value.expiresAt > now ? $0.key : nil })
      } else {
        let cost = Int.random(in: 0...60, using: &random)
        let expiresAt = now + Int64.random(in: 0...300, using: &random)
        let slot = policy.insert(key, cost: cost, expiresAt: expiresAt, now: now) { slot in
          #expect(model.removeValue(forKey: slot) != nil)
        }
        #expect((slot == nil) == (cost > limits.bytes))
        if let slot {
          #expect(model[slot] == nil)
          model[slot] = (name, cost, expiresAt)
        }
      }
      #expect(policy.count == model.count && policy.count <= limits.entries)
      #expect(policy.bytes == model.values.reduce(0) { $0 + $1.cost } && policy.bytes <= limits.bytes)
      #expect(policy.ghostCount <= limits.entries)
    }
    #expect(Set(model.values.map(\.name)).count == model.count)
  }

  @Test func ghostsAreTheLatestOnly() {
    var list = GhostList(capacity: 3)
    for hash in [1, 2, 3, 4] { list.insert(hash) }
    #expect([1, 2, 2].map { list.take($0) } == [false, true, false])
    // A hash that came back lives as long as its latest entry, not its first.
    for hash in [3, 5, 6] { list.insert(hash) }
    #expect([4, 3, 5, 6].map { list.take($0) } == [false, true, true, true])
    #expect(list.count == 0)
    var none = GhostList(capacity: 0)
    none.insert(1)
    #expect(none.count == 0)
  }
}
