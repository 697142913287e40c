import ODataURL
import Policy
import Testing

/// Only characters that narrow what is found count: no wildcards, nothing that cannot be seen, no marks.
@Suite struct EffectiveLengthTests {
  @Test(arguments: [
    ("abc", 3), ("", 0), ("%", 0), ("%%%", 0), ("___", 0), ("a%b", 2), ("[a-z][a-z][a-z]", 0), ("[%][_][[]", 3),
    ("[^a]", 0), ("[^]", 0), ("[]", 0), ("[ab]c", 1), ("[abc", 3), ("a]b", 3), ("é%é", 2), ("[é]", 1), ("%[%]%", 1),
    // Blanks, also those beyond ASCII.
    ("   ", 0), ("\u{A0}\u{3000}\u{2009}", 0), ("a b c", 3), ("\t\n\r", 0), ("[ ]", 0),
    // What cannot be seen: zero-width characters, signs of direction, variation selectors, fillers, controls.
    ("\u{200B}\u{200B}\u{200B}", 0), ("\u{200D}\u{FEFF}\u{2060}", 0), ("\u{202E}\u{2066}a", 1),
    ("\u{FE0F}\u{E0101}", 0), ("\u{AD}\u{34F}\u{3164}\u{115F}", 0), ("\u{0}\u{7F}\u{9F}", 0), ("[\u{200B}]", 0),
    // Marks on the letter before them, or on none.
    ("e\u{301}\u{302}\u{303}", 1), ("\u{301}\u{301}\u{301}", 0), ("a\u{20DD}", 1), ("\u{93E}\u{940}", 0),
    // Nothing at all to Unicode.
    ("\u{378}\u{10FFFF}", 0),
    ("日本語", 3), ("Łódź", 4), ("a-b", 3), ("😀", 1), ("O'Neil", 6), ("+49", 3),
  ]) func onlyWhatARowHasToHaveCounts(_ text: String, _ length: Int) {
    #expect(LiteralShape.effectiveLength(of: text) == length)
  }

  @Test(
    arguments: [
      ("contains(name,'a%b')", "at least 3"), ("contains(name,'abc')", nil), ("contains(name,'   ')", "at least 3"),
      ("contains(name,'\u{200B}\u{200B}\u{200B}')", "at least 3"), ("contains(name,'e\u{301}\u{301}')", "at least 3"),
      ("startswith(name,'ab ')", "at least 3"), ("contains(name,'ab c')", nil), ("name eq '   '", nil),
      ("contains(name,'[a-z][a-z][a-z]')", "at least 3"),
      ("startswith(name,'___')", "at least 3"), ("endswith(name,'[a][b][c]')", nil), ("name eq 'a%_'", nil),
      ("name eq 'abcdefghijkl'", "3 to 10"),
      ("contains(name,'abcdefghijk%')", "besides wildcards, blanks and marks and at most 10 characters in all"),
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
