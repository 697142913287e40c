import TestSupport
import Testing

@testable import Cache

@Suite(.timeLimit(.minutes(5))) struct AnswerCacheTests {
  private let clock = FakeClock()
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func onDisk(_ events: Log<CacheEvent> = Log()) -> CacheConfiguration {
    CacheConfiguration(file: folder.file("c.db"), fileBytes: 16 << 20, report: { events.append($0) })
  }

  private func status(_ outcome: CacheOutcome) -> String { outcome.cacheStatus(name: "S") }

  @Test func anAnswerIsFetchedOnceAndThenFound() async throws {
    let cache = try TextCache(CacheConfiguration(), clock)
    #expect(cache.fromMemory(CacheKey("a")) == nil)
    let first = try await cache.text("a", fetch: "one")
    #expect(first.0 == "one" && status(first.1) == "S; fwd=uri-miss; stored")
    clock.now += 1500
    let second = try await cache.text("a")
    #expect(second.0 == "one" && status(second.1) == "S; hit; ttl=58; detail=memory")
    let hit = try #require(cache.fromMemory(CacheKey("a")))
    #expect(hit.rendering == "one" && hit.storedAt == 1_000_000 && hit.timeToLive == 60_000)
    #expect(hit.age(at: clock.now) == 1 && status(hit.outcome(at: clock.now)) == status(second.1))
    #expect(cache.statistics.hits == 2 && cache.statistics.misses == 1 && cache.statistics.stores == 1)
  }

  @Test func anAnswerOverItsTimeIsFetchedAnew() async throws {
    let cache = try TextCache(onDisk(), clock)
    _ = try await cache.text("a", fetch: "one", ttl: 1000)
    clock.now += 999
    #expect(cache.fromMemory(CacheKey("a")) != nil)
    clock.now += 1
    #expect(cache.fromMemory(CacheKey("a")) == nil)
    let again = try await cache.text("a", fetch: "two", at: clock.now, ttl: 1000)
    #expect(again.0 == "two" && status(again.1) == "S; fwd=stale; stored")
    await cache.close()
  }

  @Test func aRestartFindsAnswersAndBlobsOnDisk() async throws {
    let first = try TextCache(onDisk(), clock)
    _ = try await first.text("a", fetch: "one")
    try await first.setMetadata("schema", [1, 2, 3])
    try await first.setMetadata("schema", [4])
    await first.close()
    let second = try TextCache(onDisk(), clock)
    let found = try await second.text("a")
    #expect(found.0 == "one" && status(found.1) == "S; hit; ttl=60; detail=disk")
    #expect(status(try await second.text("a").1) == "S; hit; ttl=60; detail=memory")
    #expect(try await second.metadata("schema") == [4])
    #expect(try await second.metadata("other") == nil)
    #expect(second.statistics.diskHits == 1 && second.statistics.misses == 0)
    await second.close()
  }

  @Test(arguments: [201, 204, 206, 301, 304, 404, 429, 500, 503]) func onlyStatus200IsStored(code: Int) async throws {
    let cache = try TextCache(onDisk(), clock)
    let (_, text, outcome) = try await cache.answer(for: CacheKey("a")) {
      (CachedAnswer("no", status: code), storable: true)
    }
    #expect(text == "no" && status(outcome) == "S; fwd=uri-miss")
    #expect(!cache.store(CachedAnswer("no", status: code), for: CacheKey("a")))
    await expectNothingStored(cache)
  }

  @Test func whatMayNotBeStoredIsNot() async throws {
    let cache = try TextCache(onDisk(), clock)
    for (answer, storable) in [
      (CachedAnswer("a", ttl: 0), true), (CachedAnswer("a", ttl: -1), true), (CachedAnswer("a"), false),
      (CachedAnswer("a", at: clock.now - 60_000), true),
    ] {
      let outcome = try await cache.answer(for: CacheKey("a")) { (answer, storable: storable) }.2
      #expect(status(outcome) == "S; fwd=uri-miss")
    }
    await expectNothingStored(cache)
  }

  private func expectNothingStored(_ cache: TextCache) async {
    #expect(cache.fromMemory(CacheKey("a")) == nil)
    #expect(cache.statistics.entries == 0 && cache.statistics.stores == 0)
    await #expect(throws: TestFailure.self) { try await cache.text("a") }
    await cache.close()
  }

  @Test(arguments: [(100, true), (101, false)]) func bodiesUpToTheLimitAreStored(count: Int, stored: Bool) async throws
  {
    let cache = try TextCache(CacheConfiguration(largestAnswerBytes: 100), clock)
    let text = String(repeating: "x", count: count)
    #expect(try await cache.text("a", fetch: text) == (text, .miss(stored: stored)))
    #expect((cache.fromMemory(CacheKey("a")) != nil) == stored)
  }

  @Test func memoryIsCountedToTheByte() async throws {
    let cache = try TextCache(CacheConfiguration(memoryBytes: 10_000, largestAnswerBytes: 1000), clock)
    var expected = 0
    for (name, body, etag) in [("a", "", "\"e\""), ("long name", "body", nil), ("é", "ö", "W/\"\"")] {
      let answer = CachedAnswer(body, etag: etag)
      #expect(cache.store(answer, for: CacheKey(name)))
      expected += 512 + CacheKey(name).text.utf8.count + body.utf8.count + 16 + (etag?.utf8.count ?? 0)
    }
    #expect(cache.statistics.bytes == expected)
    cache.store(CachedAnswer("replaced", etag: nil), for: CacheKey("long name"))
    #expect(cache.statistics.bytes == expected + 4)
    #expect(cache.statistics.entries == 3 && cache.statistics.evictions == 0)
    for number in 0..<100 { cache.store(CachedAnswer("body"), for: CacheKey("n\(number)")) }
    #expect(cache.statistics.bytes <= 10_000 && cache.statistics.bytes > 9000)
    #expect(cache.statistics.evictions == 103 - cache.statistics.entries)
  }

  @Test(arguments: [(64 << 20, 100_000), (1 << 20, 1000), (100_000, 100), (0, 10), (50_000, 0)])
  func limitsHoldOverAllShards(bytes: Int, entries: Int) throws {
    let cache = try TextCache(
      CacheConfiguration(memoryBytes: bytes, memoryEntries: entries, largestAnswerBytes: 4096), clock)
    for number in 0..<3000 {
      cache.store(CachedAnswer(String(repeating: "x", count: number % 700)), for: CacheKey("\(number)"))
      #expect(cache.statistics.bytes <= bytes && cache.statistics.entries <= entries)
    }
    let room = min(entries, bytes / 1400, 3000)
    // Shards fill unevenly, but not by half.
    #expect(cache.statistics.entries >= room / 2)
  }

  @Test func aHundredCallersShareOneFetch() async throws {
    let cache = try TextCache(onDisk(), clock)
    let outcomes = try await withThrowingTaskGroup(of: String.self) { group in
      for _ in 0..<100 {
        group.addTask {
          let (_, text, outcome) = try await cache.answer(for: CacheKey("a")) {
            try await until { cache.flights.waiterCount == 100 }
            return (CachedAnswer("one"), storable: true)
          }
          #expect(text == "one")
          return status(outcome)
        }
      }
      return try await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }
    #expect(outcomes == ["S; fwd=uri-miss; stored": 1, "S; fwd=uri-miss; collapsed": 99])
    #expect(cache.statistics.misses == 1 && cache.statistics.collapsed == 99)
    await cache.close()
  }

  /// Callers that come at any moment, also just when a flight lands.
  @Test func noSecondFetchWhileTheAnswerIsFresh() async throws {
    let cache = try TextCache(CacheConfiguration(), clock)
    let fetches = Log<Int>()
    await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<1000 {
        group.addTask {
          for _ in 0..<(number % 10) { await Task.yield() }
          _ = try await cache.answer(for: CacheKey("a")) {
            fetches.append(number)
            await Task.yield()
            return (CachedAnswer("one"), storable: true)
          }
        }
      }
    }
    #expect(fetches.values.count == 1)
  }

  @Test func aFailureIsNotRemembered() async throws {
    let cache = try TextCache(onDisk(), clock)
    await #expect(throws: TestFailure(number: 0)) { try await cache.text("a") }
    #expect(try await cache.text("a", fetch: "one").0 == "one")
    #expect(cache.statistics.failures == 1)
    await cache.close()
  }

  @Test func aPurgeForgetsEverythingButBlobs() async throws {
    let cache = try TextCache(onDisk(), clock)
    _ = try await cache.text("a", fetch: "one")
    try await cache.disk?.flush()
    _ = try await cache.text("b", fetch: "two")
    try await cache.setMetadata("schema", [9])
    try await cache.purge()
    #expect(cache.statistics.entries == 0 && cache.statistics.bytes == 0)
    for name in ["a", "b"] { #expect(try await cache.text(name, fetch: "new").0 == "new") }
    #expect(try await cache.metadata("schema") == [9])
    await cache.close()
  }

  @Test func whatWasAskedForBeforeAPurgeIsNotStoredAfterIt() async throws {
    let cache = try TextCache(CacheConfiguration(), clock)
    let before = cache.currentEpoch
    #expect(cache.store(CachedAnswer("one"), for: CacheKey("a"), since: before))
    #expect(cache.fromMemory(CacheKey("a")) != nil)
    try await cache.purge()
    #expect(cache.currentEpoch != before)
    #expect(!cache.store(CachedAnswer("two"), for: CacheKey("a"), since: before))
    #expect(cache.fromMemory(CacheKey("a")) == nil)
    #expect(cache.store(CachedAnswer("three"), for: CacheKey("a"), since: cache.currentEpoch))
  }

  @Test func anAnswerThatPassesByIsNoFailure() async throws {
    struct Passes: CachePassage {}
    struct Fails: Error {}
    let cache = try TextCache(CacheConfiguration(), clock)
    await #expect(throws: Passes.self) { try await cache.answer(for: CacheKey("a")) { throw Passes() } }
    #expect(cache.statistics.failures == 0 && cache.statistics.misses == 1)
    await #expect(throws: Fails.self) { try await cache.answer(for: CacheKey("a")) { throw Fails() } }
    #expect(cache.statistics.failures == 1)
  }

  @Test func whatWasFetchedBeforeAPurgeIsNotStoredAfterIt() async throws {
    let cache = try TextCache(onDisk(), clock)
    let isOpen = Log<Bool>()
    let old = Task {
      try await cache.answer(for: CacheKey("a")) {
        try await until { !isOpen.values.isEmpty }
        return (CachedAnswer("old"), storable: true)
      }
    }
    try await until { cache.flights.waiterCount == 1 && cache.statistics.misses == 1 }
    try await cache.purge()
    // Who asks after the purge does not board the flight from before it.
    #expect(try await cache.text("a", fetch: "new").0 == "new")
    isOpen.append(true)
    let (_, text, outcome) = try await old.value
    #expect(text == "old" && status(outcome) == "S; fwd=uri-miss")
    #expect(cache.fromMemory(CacheKey("a"))?.rendering == "new")
    await cache.close()
    let again = try TextCache(onDisk(), clock)
    #expect(try await again.text("a").0 == "new")
    await again.close()
  }

  @Test func blobsAreLimited() async throws {
    for configuration in [CacheConfiguration(), onDisk()] {
      let cache = try TextCache(configuration, clock)
      let most = CacheConfiguration.largestMetadataBytes
      try await cache.setMetadata("0", [UInt8](repeating: 1, count: most))
      #expect(try await cache.metadata("0")?.count == most)
      await #expect(throws: CacheError.metadataTooLarge) {
        try await cache.setMetadata("0", [UInt8](repeating: 1, count: most + 1))
      }
      for number in 1..<CacheConfiguration.mostMetadata { try await cache.setMetadata("\(number)", []) }
      await #expect(throws: CacheError.metadataTooLarge) { try await cache.setMetadata("one more", []) }
      try await cache.setMetadata("0", [])
      #expect(try await cache.metadata("0") == [])
      await cache.close()
    }
  }

  @Test(arguments: [
    (CacheConfiguration(memoryBytes: -1), "memoryBytes is -1 and must be at least 0"),
    (CacheConfiguration(memoryEntries: -1), "memoryEntries is -1 and must be at least 0"),
    (CacheConfiguration(memoryEntries: .max), "memoryEntries is \(Int.max) and must be at most \(Int32.max)"),
    (CacheConfiguration(largestAnswerBytes: 0), "largestAnswerBytes is 0 and must be at least 1"),
    (CacheConfiguration(file: "x", fileBytes: 1_048_575), "fileBytes is 1048575 and must be at least 1048576"),
  ])
  func limitsThatMakeNoSenseAreRefused(configuration: CacheConfiguration, message: String) {
    #expect(throws: CacheError.configuration(message)) { try TextCache(configuration, clock) }
  }

  /// Against a dictionary: a cache may forget, but what it gives is the last that was stored, it is fresh, and what is on
  /// disk is there after a restart.
  @Test(arguments: 0..<8 as Range<UInt64>) func itAgreesWithADictionary(seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed)
    let events = Log<CacheEvent>()
    var configuration = onDisk(events)
    // So small that most answers are on disk only.
    configuration.memoryBytes = 5000
    configuration.largestAnswerBytes = 1000
    var cache = try TextCache(configuration, clock)
    var model: [String: (text: String, expiresAt: Int64)] = [:]
    for step in 0..<400 {
      let name = "k\(Int.random(in: 0..<30, using: &random))"
      switch Int.random(in: 0..<20, using: &random) {
      case 0...7:
        let ttl = Int64.random(in: 1...3000, using: &random)
        let text = "\(step)" + String(repeating: "x", count: Int.random(in: 0...900, using: &random))
        #expect(cache.store(CachedAnswer(text, at: clock.now, ttl: ttl), for: CacheKey(name)))
        model[name] = (text, clock.now + ttl)
      case 8...12:
        if let hit = cache.fromMemory(CacheKey(name)) {
          #expect(hit.rendering == model[name]?.text)
          #expect(model[name].map { $0.expiresAt > clock.now } == true)
        }
      case 13...16:
        let expected = model[name].flatMap { $0.expiresAt > clock.now ? $0.text : nil }
        let fetched = try await cache.text(name, fetch: "fetched \(step)", at: clock.now, ttl: 500)
        #expect(fetched.0 == expected ?? "fetched \(step)")
        #expect(fetched.1.isHit == (expected != nil))
        if expected == nil { model[name] = (fetched.0, clock.now + 500) }
      case 17: clock.now += Int64.random(in: 1...800, using: &random)
      case 18:
        await cache.close()
        cache = try TextCache(configuration, clock)
      default:
        if Int.random(in: 0..<5, using: &random) == 0 {
          try await cache.purge()
          model = [:]
        }
      }
      #expect(cache.statistics.bytes <= configuration.memoryBytes)
    }
    await cache.close()
    #expect(events.values.isEmpty)
  }
}
