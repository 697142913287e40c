import ODataURL
import Policy
import Testing

/// Wildcards are no characters of what is looked for.
@Suite struct EffectiveLengthTests {
  @Test(arguments: [
    ("abc", 3), ("", 0), ("%", 0), ("%%%", 0), ("___", 0), ("a%b", 2), ("[a-z][a-z][a-z]", 0), ("[%][_][[]", 3),
    ("[^a]", 0), ("[^]", 0), ("[]", 0), ("[ab]c", 1), ("[abc", 3), ("a]b", 3), ("é%é", 2), ("[é]", 1), ("%[%]%", 1),
  ]) func onlyWhatARowHasToHaveCounts(_ text: String, _ length: Int) {
    #expect(LiteralShape.effectiveLength(of: text) == length)
  }

  @Test(
    arguments: [
      ("contains(name,'a%b')", "at least 3"), ("contains(name,'abc')", nil),
      ("contains(name,'[a-z][a-z][a-z]')", "at least 3"),
      ("startswith(name,'___')", "at least 3"), ("endswith(name,'[a][b][c]')", nil), ("name eq 'a%_'", nil),
      ("name eq 'abcdefghijkl'", "3 to 10"),
      ("contains(name,'abcdefghijk%')", "besides wildcards and at most 10 characters in all"),
    ] as [(String, String?)]) func minLengthIsOfThem(_ condition: String, _ remedy: String?) throws
  {
    let policy = try Policy.load(
      text: """
        version: 1
        name: p
        options: [$filter]
        tables:
          account:
            ttl: 1m
            columns:
              name:
                select: true
                filter: [eq, contains, startswith, endswith]
                value: { minLength: 3, maxLength: 10 }
        scopes: { s: {} }

        """, file: "p.yaml", schema: shopSchema)
    let text = "accounts?$filter=\(condition.replacing("%", with: "%25"))"
    let outcome = shopOutcome(text, policy)
    #expect(outcome.hasPrefix("deny policy.literal[") == (remedy != nil), "\(outcome)")
    guard let remedy else { return }
    let query = try Parser(settings: .dataverse).relativeURI(text)
    guard case .deny(let findings) = policy.judge(query, request: JudgeRequest(scope: "s")) else { return }
    #expect(findings.first?.remedy.contains(remedy) == true, "\(findings)")
  }
}
