import TestSupport
import Testing

@testable import Cache

@Suite struct CacheKeyTests {
  @Test func everyFieldStandsInTheKey() {
    let key = CacheKey(
      service: "org", scope: "a", policyVersion: "b2", schemaVersion: "", shape: "shape", query: "/x?$top=1")
    #expect(key.text == "3:org1:a2:b20:5:shape9:/x?$top=1")
  }

  /// Fields of the characters that the form itself uses: the likeliest to be confused.
  @Test func keysAreEqualOnlyIfAllFieldsAre() {
    var random = SeededGenerator(seed: 7)
    let pieces = ["", "1", ":", "1:", "0:", "2:1:", "a", "é", "e\u{301}", "\0"]
    func field() -> String {
      (0..<Int.random(in: 0...2, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
    }
    var seen: [CacheKey: [[UInt8]]] = [:]
    for _ in 0..<20_000 {
      let fields = (0..<6).map { _ in field() }
      let key = CacheKey(
        service: fields[0], scope: fields[1], policyVersion: fields[2], schemaVersion: fields[3], shape: fields[4],
        query: fields[5])
      let bytes = fields.map { Array($0.utf8) }
      #expect(seen[key, default: bytes] == bytes)
      seen[key] = bytes
    }
    #expect(seen.count > 10_000)
  }

  @Test func canonicallyEquivalentTextsAreDifferentKeys() {
    // Equal as strings, different on the wire and perhaps for the service.
    #expect("Zo\u{e9}" == "Zoe\u{301}")
    #expect(CacheKey(text: "Zo\u{e9}") != CacheKey(text: "Zoe\u{301}"))
    #expect(CacheKey(text: "") == CacheKey(text: ""))
    #expect(CacheKey(text: String(repeating: "a", count: 3)) == CacheKey(text: "aaa"))
  }
}

@Suite struct FreshnessTests {
  @Test(
    arguments: [
      (0, 0, 0, false), (0, 1, 0, true), (0, 1000, 999, true), (0, 1000, 1000, false), (0, -5, 0, false),
      // The clock was set back by as much as is let pass, and by more.
      (5000, 60_000, 4000, true), (5000, 60_000, 3999, false),
      // Numbers from a damaged row.
      (.min, .max, .max, false), (.max, .max, .min, false), (.max, .max, .max, true), (.min, .min, 0, false),
    ] as [(Int64, Int64, Int64, Bool)])
  func anAnswerIsFreshWhileItsLifetimeExceedsItsAge(storedAt: Int64, ttl: Int64, now: Int64, isFresh: Bool) {
    let freshness = Freshness(storedAt: storedAt, timeToLive: ttl)
    #expect(freshness.isFresh(at: now) == isFresh)
    if isFresh { #expect(freshness.remaining(at: now) >= 0) }
  }

  @Test(arguments: [(0, 0), (999, 0), (1000, 1), (-500, 0), (.min, 0)] as [(Int64, Int64)])
  func ageIsInWholeSeconds(now: Int64, age: Int64) {
    #expect(Freshness(storedAt: 0, timeToLive: 1).age(at: now) == age)
  }

  @Test(arguments: [(0, 10), (1, 9), (10_000, 0), (10_001, -1), (12_000, -2)] as [(Int64, Int64)])
  func whatRemainsIsRoundedDown(now: Int64, remaining: Int64) {
    #expect(Freshness(storedAt: 0, timeToLive: 10_000).remaining(at: now) == remaining)
  }
}

@Suite struct CacheOutcomeTests {
  @Test(
    arguments: [
      (.hit(.memory, remaining: 293), "Sluice; hit; ttl=293; detail=memory", true),
      (.hit(.disk, remaining: 0), "Sluice; hit; ttl=0; detail=disk", true),
      (.hit(.disk, remaining: .max), "Sluice; hit; ttl=999999999999999; detail=disk", true),
      (.miss(stored: true), "Sluice; fwd=uri-miss; stored", false),
      (.miss(stored: false), "Sluice; fwd=uri-miss", false),
      (.miss(.stale, stored: true), "Sluice; fwd=stale; stored", false),
      (.collapsed(), "Sluice; fwd=uri-miss; collapsed", false),
      (.collapsed(.stale), "Sluice; fwd=stale; collapsed", false),
      (.bypass(), "Sluice; fwd=bypass", false),
      (.bypass(detail: "refused"), "Sluice; fwd=bypass; detail=refused", false),
      (.failed(detail: "upstream.timeout"), "Sluice; fwd=uri-miss; detail=upstream.timeout", false),
      (.failed(.stale, detail: "say \"no\" \\ é"), #"Sluice; fwd=stale; detail="say \"no\" \\ ?""#, false),
    ] as [(CacheOutcome, String, Bool)])
  func outcomesPrintAsStructuredFields(outcome: CacheOutcome, text: String, isHit: Bool) {
    #expect(outcome.cacheStatus(name: "Sluice") == text)
    #expect(outcome.isHit == isHit)
  }

  @Test(arguments: [
    ("Sluice", "Sluice"), ("a b", "\"a b\""), ("", "\"\""), ("1a", "\"1a\""), ("*a/b:c", "*a/b:c"),
    ("a\r\nX: y", "\"a??X: y\""), ("a;b", "\"a;b\""), ("[x]", "\"[x]\""),
  ])
  func namesAreTokensOrQuoted(name: String, text: String) {
    #expect(CacheOutcome.bypass().cacheStatus(name: name) == text + "; fwd=bypass")
  }
}
