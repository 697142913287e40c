import Terminal
import Testing

@Suite struct VisibleTextTests {
  @Test(arguments: [
    ("plain text, é 漢 😀", "plain text, é 漢 😀"), ("", ""),
    ("a\u{1B}[2J", "a [2J"), ("a\tb\r\nc", "a b  c"), ("\u{0}\u{7F}\u{9B}", "   "),
    ("a\u{202E}b\u{2066}c\u{200F}", "a b c "), ("a\u{2028}b\u{2029}", "a b "), ("a\u{200B}b\u{FEFF}", "a b "),
    ("a\u{E0041}b", "a b"),
  ])
  func becomesBlank(_ text: String, _ shown: String) {
    #expect(visibleText(text) == shown)
    #expect(visibleText(text).unicodeScalars.count == text.unicodeScalars.count)
  }

  @Test func countsWithTheNoun() {
    #expect(counted(0, "row") == "0 rows")
    #expect(counted(1, "row") == "1 row")
    #expect(counted(2, "query", "queries") == "2 queries")
  }
}
