import Testing

@testable import Policy

@Suite struct FindingLimitTests {
  /// Unknown columns in `$select`, and `$skip` by the service's rules → findings given, and whether more are counted.
  @Test(arguments: [(1, 1), (19, 19), (20, 20), (21, 21), (90, 21), (1000, 21)])
  func aRefusalIsBoundedAndSaysSo(columns: Int, given: Int) throws {
    let policy = try shippedPolicy()
    let names = (0..<columns).map { "nothing\($0)" }.joined(separator: ",")
    let outcome = outcome("msdynci_customerprofiles?$select=\(names)", policy)
    let rules = outcome.split(separator: " ").dropFirst()
    #expect(rules.count == given, "\(outcome.prefix(400))")
    #expect(rules.last?.hasPrefix("policy.more") == (columns > Judgement.findingLimit))
  }
}
