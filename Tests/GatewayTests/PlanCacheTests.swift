import Planning
import Testing

@testable import Gateway

@Suite struct PlanCacheTests {
  private static func cost(claims: [String: String] = [:], target: String = "/a", sent: Int = 0) -> Int {
    PlanCache.cost(
      of: PlanCache.Key(
        target: target, scope: PlanScope(policy: "default", cache: "a", claims: claims), preferences: .none),
      sentBytes: sent)
  }

  /// Whatever a caller can make longer costs at least as much as it is long.
  @Test(arguments: [0, 1, 100, 10_000])
  func everythingThatGrowsIsCounted(bytes: Int) {
    let text = String(repeating: "x", count: bytes)
    let nothing = Self.cost(claims: ["a": ""])
    #expect(Self.cost(claims: ["a": text]) >= nothing + bytes)
    #expect(Self.cost(claims: ["a" + text: ""]) >= nothing + bytes)
    #expect(Self.cost(target: "/a" + text) >= Self.cost() + bytes)
    #expect(Self.cost(sent: bytes) >= Self.cost() + bytes)
  }

  @Test func claimsAreCountedEachByItself() {
    let many = Dictionary(uniqueKeysWithValues: (0..<32).map { ("claim\($0)", "v") })
    #expect(Self.cost(claims: many) >= Self.cost() + 32 * 64)
  }
}
