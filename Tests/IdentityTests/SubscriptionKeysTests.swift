import Testing

@testable import Identity

@Suite struct SubscriptionKeysTests {
  static func entry(_ key: String, _ id: String, scope: String = "readers") -> SubscriptionKey {
    SubscriptionKey(callerID: id, sha256: SubscriptionKeys.hash(ofKey: key), policyScope: scope)
  }

  static let two = [entry("alpha-key", "crm"), entry("beta-key", "web", scope: "web")]

  /// Key sent → the caller's id, `missing` or `unknown`.
  @Test(arguments: [
    ("alpha-key", "crm"), ("beta-key", "web"), (nil, "missing"), ("", "missing"), ("Alpha-key", "unknown"),
    ("alpha-key ", "unknown"), ("alpha-ke", "unknown"), ("alpha-key\u{0}", "unknown"),
    (SubscriptionKeys.hash(ofKey: "alpha-key"), "unknown"), (String(repeating: "x", count: 512), "unknown"),
    (String(repeating: "x", count: 100_000), "unknown"),
  ])
  func keysNameTheirCaller(key: String?, expected: String) throws {
    let keys = try SubscriptionKeys(Self.two, anonymousScope: nil)
    switch keys.caller(subscriptionKey: key) {
    case .caller(let caller): #expect(caller.id == expected)
    case .missingKey: #expect(expected == "missing")
    case .unknownKey: #expect(expected == "unknown")
    }
  }

  @Test func aKeyOfTheLongestLengthCounts() throws {
    for (count, isKnown) in [(SubscriptionKeys.keyLimit, true), (SubscriptionKeys.keyLimit + 1, false)] {
      let key = String(repeating: "k", count: count)
      let keys = try SubscriptionKeys([Self.entry(key, "long")], anonymousScope: nil)
      #expect((keys.caller(subscriptionKey: key) != .unknownKey) == isKnown)
    }
  }

  @Test func anonymousCallersNeedAScopeAndAWrongKeyIsNotAnonymous() throws {
    let keys = try SubscriptionKeys(Self.two, anonymousScope: "public")
    #expect(
      keys.caller(subscriptionKey: nil)
        == .caller(Caller(id: "anonymous", policyScope: "public", cacheScope: "anonymous")))
    #expect(keys.caller(subscriptionKey: "nobody's") == .unknownKey)
    #expect(try SubscriptionKeys([], anonymousScope: nil).caller(subscriptionKey: nil) == .missingKey)
  }

  @Test func callersShareNoAnswersAndKeysOfOneCallerDo() throws {
    let keys = try SubscriptionKeys(Self.two + [Self.entry("next", "crm")], anonymousScope: "readers")
    func scope(_ key: String?) throws -> String {
      guard case .caller(let caller) = keys.caller(subscriptionKey: key) else {
        throw IdentityError("refused", index: 0)
      }
      return caller.cacheScope
    }
    #expect(try scope("alpha-key") == scope("next"))
    #expect(try Set([scope("alpha-key"), scope("beta-key"), scope(nil)]).count == 3)
  }

  @Test func aCallerNamedLikeTheAnonymousScopeIsKeptApart() throws {
    let keys = try SubscriptionKeys([Self.entry("k", "key:anonymous")], anonymousScope: "readers")
    #expect(keys.caller(subscriptionKey: "k") != keys.caller(subscriptionKey: nil))
  }

  /// A list that is wrong, and a word of what is said about it.
  @Test(arguments: [
    ([SubscriptionKey(callerID: "a", sha256: "abc", policyScope: "r")], "SHA-256"),
    ([SubscriptionKey(callerID: "a", sha256: String(repeating: "0", count: 62), policyScope: "r")], "SHA-256"),
    ([SubscriptionKey(callerID: "a", sha256: String(repeating: "g", count: 64), policyScope: "r")], "SHA-256"),
    ([SubscriptionKey(callerID: "a", sha256: String(repeating: "\u{661}", count: 64), policyScope: "r")], "SHA-256"),
    ([entry("k", "")], "empty"), ([entry("k", "anonymous")], "anonymous"),
    ([entry("k", "a"), entry("k", "b")], "twice"),
    ([entry("k", "a"), entry("l", "a", scope: "other")], "different policy scopes"),
  ])
  func wrongListsAreRefused(list: [SubscriptionKey], word: String) {
    let error = #expect(throws: IdentityError.self) { try SubscriptionKeys(list, anonymousScope: nil) }
    #expect(error?.description.contains(word) == true, "\(error?.description ?? "")")
    #expect(error?.index == list.count - 1)
  }

  /// Digests from FIPS 180-4's own examples.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
  ])
  func hashesAreSHA256(key: String, hex: String) { #expect(SubscriptionKeys.hash(ofKey: key) == hex) }

  @Test(
    arguments: [
      ([], [], true), ([1, 2], [1, 2], true), ([1, 2], [1, 3], false), ([1], [1, 2], false), ([0x80], [0], false),
    ] as [([UInt8], [UInt8], Bool)])
  func comparisonIsExact(left: [UInt8], right: [UInt8], isEqual: Bool) {
    #expect(ConstantTime.equal(left, right) == isEqual)
  }
}
