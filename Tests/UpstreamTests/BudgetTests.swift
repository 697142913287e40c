import Testing

@testable import Upstream

@Suite struct BudgetTests {
  @Test func slotsThenAQueueThenRefusal() {
    var budget = RequestBudget(concurrency: 2, queueLimit: 1)
    #expect(budget.arrive(at: 0) == .go)
    #expect(budget.arrive(at: 0) == .go)
    #expect(budget.arrive(at: 0) == .queue)
    #expect(budget.arrive(at: 0) == .refuse(retryAfter: 1))
    let handed = budget.leave()
    #expect(handed && budget.running == 2 && budget.queued == 0)
    let freed = budget.leave()
    #expect(!freed && budget.running == 1)
    #expect(budget.arrive(at: 0) == .go)
  }

  @Test func apauseHoldsUntilItsEnd() {
    var budget = RequestBudget(concurrency: 2, queueLimit: 1)
    budget.pause(seconds: 10, at: 1000)
    #expect(budget.arrive(at: 1000) == .refuse(retryAfter: 10))
    #expect(budget.arrive(at: 10_999) == .refuse(retryAfter: 1))
    #expect(budget.remainingPause(at: 10_999) == 1)
    #expect(budget.arrive(at: 11_000) == .go)
    budget.pause(seconds: 5, at: 20_000)
    budget.pause(seconds: 1, at: 20_000)
    #expect(budget.remainingPause(at: 20_000) == 5)
    budget.pause(seconds: .max / 2000, at: 30_000)
    #expect(budget.remainingPause(at: 30_000) == 3600)
    budget.pause(seconds: -5, at: 30_000)
    #expect(budget.remainingPause(at: 40_000_000) == nil)
  }

  /// Whatever comes, the counts stay what a plain list of running and waiting requests would say.
  @Test func countsAgreeWithAModel() {
    var seed: UInt64 = 42
    func random(_ bound: UInt64) -> UInt64 {
      seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (seed >> 33) % bound
    }
    for _ in 0..<200 {
      let concurrency = Int(random(4)) + 1
      let limit = Int(random(4))
      var budget = RequestBudget(concurrency: concurrency, queueLimit: limit)
      var running = 0
      var queued = 0
      for _ in 0..<200 {
        switch random(4) {
        case 0, 1:
          let expected: RequestBudget.Decision =
            running < concurrency ? .go : queued < limit ? .queue : .refuse(retryAfter: 1)
          let decision = budget.arrive(at: 0)
          #expect(decision == expected)
          if decision == .go { running += 1 }
          if decision == .queue { queued += 1 }
        case 2 where running > 0:
          let handed = budget.leave()
          #expect(handed == (queued > 0))
          if handed { queued -= 1 } else { running -= 1 }
        case 3 where queued > 0:
          budget.giveUp()
          queued -= 1
        default: continue
        }
        #expect(budget.running == running && budget.queued == queued)
      }
    }
  }

  /// Values as of 2023-11-14T22:13:20Z, and two around the leap day of 2024.
  @Test(
    arguments: [
      ("120", 1_700_000_000, 120), ("0", 1_700_000_000, 0), (nil, 1_700_000_000, 5), ("", 1_700_000_000, 5),
      ("-1", 1_700_000_000, 5), ("soon", 1_700_000_000, 5), ("3600", 1_700_000_000, 3600),
      ("3601", 1_700_000_000, 3600), ("9223372036854775807", 1_700_000_000, 3600),
      ("99999999999999999999999", 1_700_000_000, 3600), ("+5", 1_700_000_000, 5), ("\u{661}", 1_700_000_000, 5),
      ("Tue, 14 Nov 2023 22:14:20 GMT", 1_700_000_000, 60), ("Tue, 14 Nov 2023 22:12:20 GMT", 1_700_000_000, 0),
      ("Thu, 29 Feb 2024 00:00:00 GMT", 1_700_000_000, 3600), ("Thu, 29 Feb 2024 00:30:00 GMT", 1_709_164_800, 1800),
      ("Fri, 01 Mar 2024 00:00:00 GMT", 1_709_250_000, 1200), ("Tue, 99 Nov 2023 22:14:20 GMT", 1_700_000_000, 5),
      ("Fri, 31 Dec 9999 23:59:59 GMT", 1_700_000_000, 3600), ("Fri, 31 Dec 9999 23:59:59 GMT", .min / 2, 3600),
    ] as [(String?, Int64, Int)])
  func retryAfterIsRead(value: String?, now: Int64, seconds: Int) {
    #expect(RetryAfter.seconds(value, now: now) == seconds)
  }

  @Test(arguments: [(0, 1), (1, 1), (3600, 3600), (3601, 3600), (.max, 3600), (.min, 1)])
  func noPauseIsLongerThanAnHour(asked: Int, seconds: Int) {
    var budget = RequestBudget(concurrency: 1, queueLimit: 1)
    budget.pause(seconds: asked, at: 0)
    #expect(budget.remainingPause(at: 0) == seconds)
  }
}
