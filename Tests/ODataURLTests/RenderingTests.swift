import ODataURL
import Testing

struct RenderingTests {
  private func rendered(_ target: String, _ settings: ParserSettings = .strict) -> String {
    do {
      _ = try Parser(settings: settings).relativeURI(target)
      return "no error"
    } catch {
      return error.rendered(in: target)
    }
  }

  @Test func caretUnderTheSpan() {
    #expect(
      rendered("accounts?$fliter=name eq 'x'") == """
        accounts?$fliter=name eq 'x'
                 ^^^^^^^
        unknown-option: there is no system query option of this name here; did you mean `$filter`?
        """)
  }

  @Test func caretBehindTheEnd() {
    #expect(
      rendered("accounts?$filter=") == """
        accounts?$filter=
                         ^
        expected-operand: the expression ends where a value, name or bracket should follow
        """)
  }

  @Test func charactersNotBytesAreCounted() {
    #expect(
      rendered("gr\u{F6}\u{DF}e?$filter=caf\u{E9} eqq 1") == """
        gr\u{F6}\u{DF}e?$filter=caf\u{E9} eqq 1
                           ^^^
        unknown-operator: this word is no operator; did you mean `eq`?
        """)
  }

  @Test func caretsCountColumns() {
    let lines = rendered("a?$filter=\u{65E5}\u{672C} eq e\u{301} equals 1").split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines[1] == String(repeating: " ", count: 20) + "^^^^^^")
  }

  @Test(arguments: [
    ("equals", "eq"), ("Equal", "eq"), ("neq", "ne"), ("notequals", "ne"), ("gte", "ge"), ("lte", "le"),
    ("greaterthan", "gt"), ("adn", "and"), ("quux", nil),
  ])
  func wordsForOperators(_ word: String, _ suggestion: String?) {
    let error = #expect(throws: SyntaxError.self) { try Parser().expression("a \(word) 1") }
    #expect(error?.suggestion == suggestion)
  }

  @Test(arguments: [
    ("a?$orderby=b dsc", "dsc", "desc"), ("a?$format=jsno", "jsno", "json"), ("a?$filter=x/any(y:y eq)", ")", nil),
    ("a?$filter=contains(b,c eq,d)", ",", nil), ("a?$filter=b && c", " ", "and"),
  ])
  func mistakesInPlace(_ target: String, _ text: String, _ suggestion: String?) {
    let error = #expect(throws: SyntaxError.self) { try Parser().relativeURI(target) }
    #expect(error.map { marked($0.span, in: target) } == text)
    #expect(error?.suggestion == suggestion)
    #expect(error?.code != .missingBlank)
  }

  @Test func longTargetsAreCutRoundTheSpan() {
    let target =
      "a?$filter=" + String(repeating: "b eq 1 or ", count: 50) + "c eqq 2 or " + String(repeating: "d", count: 99)
    let lines = rendered(target).split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count == 3)
    #expect(lines[0].count < 130)
    #expect(lines[0].hasPrefix("\u{2026}") && lines[0].hasSuffix("\u{2026}"))
    let caret = lines[1].prefix { $0 == " " }.count
    #expect(lines[0].dropFirst(caret).hasPrefix("eqq"))
    #expect(lines[1].drop { $0 == " " } == "^^^")
  }

  @Test func nothingActsOnATerminal() {
    let target = "a\u{1B}[31m?x=\u{202E}\u{2028}\r\n"
    let text = rendered(target)
    #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || $0.properties.generalCategory != .control })
    #expect(!text.unicodeScalars.contains("\u{202E}") && !text.unicodeScalars.contains("\u{2028}"))
    #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count == 3)
  }

  /// An error of one target rendered in another, or with spans that lie outside: text, never a crash.
  @Test func anySpanCanBeRendered() {
    for (start, end) in [(-1, -1), (0, 0), (3, 1), (0, 1000), (999, 1000), (5, 6), (Int(Int32.max), Int(Int32.max))] {
      let span = Span(start: Int32(start), end: Int32(end))
      let error = SyntaxError(code: .unexpectedText, span: span, message: "m")
      for target in ["", "a", "caf\u{E9}\u{E9}", String(repeating: "\u{1F600}", count: 60)] {
        #expect(error.rendered(in: target).hasSuffix("\nunexpected-text: m"))
      }
    }
  }

  @Test(arguments: Corpus.all)
  func descriptionsHoldNoDataOfTheClient(_ target: String) {
    // Break the target at many places and look for the one word that can only come from it.
    let secret = "Zq7secretZq7"
    let bytes = Array(target.utf8)
    for index in stride(from: 0, through: bytes.count, by: 3) {
      let broken =
        String(decoding: bytes[..<index], as: UTF8.self) + secret + "'"
        + String(decoding: bytes[index...], as: UTF8.self)
      for settings in ParserSettings.all {
        do { _ = try Parser(settings: settings).relativeURI(broken) } catch {
          #expect(!error.description.contains(secret))
          #expect(!error.description.contains("\n"))
          #expect(error.description.hasPrefix(error.code.rawValue))
        }
      }
    }
  }

  @Test func codesAreStableWords() {
    for code in SyntaxError.Code.allCases {
      #expect(code.rawValue.utf8.allSatisfy { ($0 >= 97 && $0 <= 122) || $0 == 45 || $0 == 56 })
    }
    #expect(Set(SyntaxError.Code.allCases.map(\.rawValue)).count == SyntaxError.Code.allCases.count)
  }
}
