import Testing

@testable import Gateway

@Suite struct CallerBudgetTests {
  private static func budget(perMinute: Int, burst: Int, concurrent: Int = 1000) -> CallerBudget {
    CallerBudget(
      limits: CallerBudget.Limits(requestsPerMinute: perMinute, burst: burst, concurrent: concurrent))
  }

  @Test func aBurstPassesAndThenTheRate() {
    let budget = Self.budget(perMinute: 60, burst: 3)
    for _ in 0..<3 { #expect(budget.arrive("a", at: 1_000_000) == .go) }
    #expect(budget.arrive("a", at: 1_000_000) == .refuse(retryAfter: 1))
    #expect(budget.arrive("a", at: 1_000_999) == .refuse(retryAfter: 1))
    #expect(budget.arrive("a", at: 1_001_000) == .go)
    #expect(budget.arrive("a", at: 1_001_000) == .refuse(retryAfter: 1))
    // After a pause the whole burst is there again, and no more.
    for _ in 0..<3 { #expect(budget.arrive("a", at: 9_000_000) == .go) }
    #expect(budget.arrive("a", at: 9_000_000) == .refuse(retryAfter: 1))
  }

  @Test func callersDoNotTakeFromOneAnother() {
    let budget = Self.budget(perMinute: 6, burst: 1, concurrent: 1)
    #expect(budget.arrive("a", at: 0) == .go)
    #expect(budget.arrive("a", at: 0) == .refuse(retryAfter: 1), "one is under way")
    budget.leave("a")
    #expect(budget.arrive("a", at: 0) == .refuse(retryAfter: 10), "the next is due in ten seconds")
    #expect(budget.arrive("b", at: 0) == .go)
  }

  @Test func refusedRequestsCostNothing() {
    let budget = Self.budget(perMinute: 60, burst: 1)
    #expect(budget.arrive("a", at: 0) == .go)
    for time in 1..<1000 { #expect(budget.arrive("a", at: Int64(time)) != .go) }
    #expect(budget.arrive("a", at: 1000) == .go)
  }

  /// A request of many reads goes on, and its caller waits the longer for the next.
  @Test func furtherReadsAreChargedToTheNextRequests() {
    let budget = Self.budget(perMinute: 60, burst: 2)
    let charge = ReadCharge { budget.charge("a", at: 0) }
    #expect(budget.arrive("a", at: 0) == .go)
    charge.read()
    for _ in 0..<10 { charge.read() }
    #expect(budget.arrive("a", at: 0) == .refuse(retryAfter: 10))
    #expect(budget.arrive("a", at: 9_999) == .refuse(retryAfter: 1))
    #expect(budget.arrive("a", at: 10_000) == .go)
    #expect(budget.arrive("b", at: 0) == .go)
  }

  @Test func concurrencyIsGivenBack() {
    let budget = Self.budget(perMinute: 1_000_000, burst: 1_000_000, concurrent: 2)
    #expect(budget.arrive("a", at: 0) == .go && budget.arrive("a", at: 0) == .go)
    #expect(budget.arrive("a", at: 0) == .refuse(retryAfter: 1))
    budget.leave("a")
    #expect(budget.arrive("a", at: 0) == .go)
    budget.leave("nobody")
    for _ in 0..<5 { budget.leave("a") }
    #expect(budget.arrive("a", at: 0) == .go && budget.arrive("a", at: 0) == .go)
    #expect(budget.arrive("a", at: 0) == .refuse(retryAfter: 1), "what was never taken is not given back")
  }
}
