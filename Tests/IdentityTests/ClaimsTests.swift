import Testing

@testable import Identity

@Suite struct ClaimsTests {
  @Test(arguments: ["region", "_", "a1", "Country_2", String(repeating: "a", count: 128)])
  func identifiersAreNames(text: String) { #expect(Claims.isName(text)) }

  @Test(arguments: ["", "1a", "a b", "a-b", "a.b", "é", "e\u{301}", "\u{212A}", String(repeating: "a", count: 129)])
  func nothingElseIs(text: String) { #expect(!Claims.isName(text)) }

  @Test func valuesHaveAnEnd() {
    #expect(Claims.isValue(String(repeating: "é", count: 256)))
    #expect(!Claims.isValue(String(repeating: "é", count: 257)))
  }

  @Test(arguments: ["", "a\nb", "\u{0}", "\u{7F}", "\u{85}"])
  func valuesAreText(text: String) { #expect(!Claims.isValue(text)) }

  @Test func aKeyBringsItsClaims() throws {
    let keys = try SubscriptionKeys(
      [
        SubscriptionKey(
          callerID: "shop", sha256: SubscriptionKeys.hash(ofKey: "a"), policyScope: "default",
          claims: ["region": "EMEA"]),
        SubscriptionKey(
          callerID: "shop", sha256: SubscriptionKeys.hash(ofKey: "b"), policyScope: "default",
          claims: ["region": "APAC"]),
      ], anonymousScope: "default", anonymousClaims: ["region": "none"])
    func claims(_ key: String?) -> [String: String]? {
      guard case .caller(let caller) = keys.caller(subscriptionKey: key) else { return nil }
      return caller.claims
    }
    #expect(claims("a") == ["region": "EMEA"])
    #expect(claims("b") == ["region": "APAC"])
    #expect(claims(nil) == ["region": "none"])
    #expect(claims("c") == nil)
  }
}

@Suite struct LiteralHashTests {
  /// The first 8 bytes of an HMAC-SHA256 under a random key: nothing but equality can be told.
  @Test func equalTextsHaveEqualMarksUnderOneKey() {
    let hash = LiteralHash(key: .random())
    let mark = hash.mark(of: "'Smith'")
    #expect(mark == hash.mark(of: "'Smith'"))
    #expect(mark != hash.mark(of: "'smith'"))
    #expect(mark != LiteralHash(key: .random()).mark(of: "'Smith'"))
    #expect(mark.count == 16 && mark.allSatisfy { $0.isHexDigit && !$0.isUppercase })
  }
}
