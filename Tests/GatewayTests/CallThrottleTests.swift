import Testing

@testable import Gateway

@Suite struct CallThrottleTests {
  private static func throttle(_ calls: Int, period: Int64 = 60_000) throws -> CallThrottle {
    try #require(CallThrottle(limits: .init(calls: calls, period: period)))
  }

  @Test func theLimitPassesAndOneMoreDoesNot() throws {
    let throttle = try Self.throttle(100)
    for call in 0..<100 { #expect(throttle.arrive("a", at: 1_000_000 + Int64(call) * 10) == .go, "\(call)") }
    #expect(throttle.arrive("a", at: 1_001_000) == .refuse(retryAfter: 59))
    #expect(throttle.arrive("a", at: 1_059_999) == .refuse(retryAfter: 1))
    // The first call is a minute ago, the second not yet.
    #expect(throttle.arrive("a", at: 1_060_000) == .go)
    #expect(throttle.arrive("a", at: 1_060_009) == .refuse(retryAfter: 1))
    #expect(throttle.arrive("a", at: 1_060_010) == .go)
  }

  /// In no period of any begin are there more calls than the limit.
  @Test(arguments: [1, 2, 3, 7])
  func noPeriodHasMore(calls: Int) throws {
    let throttle = try Self.throttle(calls, period: 1000)
    var passed: [Int64] = []
    var state: UInt64 = 42
    var now: Int64 = 5_000
    for _ in 0..<2000 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      now += Int64(state >> 33) % 400
      if throttle.arrive("a", at: now) == .go { passed.append(now) }
    }
    for (index, time) in passed.enumerated().dropFirst(calls) { #expect(time - passed[index - calls] >= 1000) }
    #expect(passed.count > calls * 3)
  }

  @Test func callersDoNotTakeFromOneAnother() throws {
    let throttle = try Self.throttle(1)
    #expect(throttle.arrive("a", at: 0) == .go)
    #expect(throttle.arrive("b", at: 0) == .go)
    #expect(throttle.arrive("a", at: 1) == .refuse(retryAfter: 60))
  }

  @Test func refusedCallsCostNothing() throws {
    let throttle = try Self.throttle(1)
    #expect(throttle.arrive("a", at: 0) == .go)
    for time in 1..<60 { #expect(throttle.arrive("a", at: Int64(time) * 1000) != .go) }
    #expect(throttle.arrive("a", at: 60_000) == .go)
  }

  /// A clock that is set back locks nobody out.
  @Test func theClockMayBeSetBack() throws {
    let throttle = try Self.throttle(2)
    #expect(throttle.arrive("a", at: 10_000_000) == .go)
    #expect(throttle.arrive("a", at: 10_000_000) == .go)
    #expect(throttle.arrive("a", at: 1_000_000) == .go)
    #expect(throttle.arrive("a", at: 1_000_000) == .go)
    #expect(throttle.arrive("a", at: 1_000_000) == .refuse(retryAfter: 60))
  }

  @Test func noneIsNoLimit() { #expect(CallThrottle(limits: .init(calls: 0)) == nil) }
}
