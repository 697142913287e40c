import ODataURL
import Testing

/// Several mistakes of one target at once.
struct DiagnosisTests {
  /// Brackets that nobody could have read are not looked into for more mistakes, however small the stack.
  @Test(arguments: [20, 700, 2900])
  func nestedBeyondTheLimits(_ count: Int) async {
    let target =
      "a?$expand=zz zz," + String(repeating: "a($expand=", count: count) + "b" + String(repeating: ")", count: count)
    let codes = await onSmallStack(256 * 1024) { Parser(settings: .dataverse).diagnose(target).errors.map(\.code) }
    #expect(codes.first == .unexpectedText || codes.first == .unknownOperator, "\(codes)")
    #expect(codes.count <= Diagnosis.most)
  }

  static func codes(_ target: String, _ settings: ParserSettings = .strict) -> [String] {
    Parser(settings: settings).diagnose(target).errors.map { error in
      "\(error.code.rawValue): \(String(decoding: Array(target.utf8)[error.span.range], as: UTF8.self))"
    }
  }

  @Test(
    arguments: [
      ("a?$filter=b eq 1&$top=2", []),
      ("a?$filter=b eqq 1&$top=x&$select=c", ["unknown-operator: eqq", "invalid-value: x"]),
      (
        "a(?$filter=(b&$fliter=c&$top=1&$top=2",
        [
          "expected-operand: ", "expected-token: (", "unknown-option: $fliter", "repeated-option: $top",
        ]
      ),
      ("a/1?$orderby=b%", ["key-as-segment: 1", "stray-percent: %"]),
      ("a?&&$top=1&", ["empty-option: &", "empty-option: &", "empty-option: "]),
      ("a?$filter=b/any(x:((x&$filter=c", ["expected-token: (", "repeated-option: $filter"]),
      ("a?$expand=b($expand=c($filter=d in (1&$filter=x/any(x:true)", ["expected-token: ("]),
      ("a#b", ["fragment: #"]),
      // Items of lists, and options nested in them.
      ("a?$select=b c,d,e f", ["unexpected-text:  ", "unexpected-text:  "]),
      ("a?$orderby=b ascc,c eqq 1,d", ["unknown-operator: ascc", "unknown-operator: eqq"]),
      (
        "a?$expand=b($select=1;$filter=c eqq 1;$top=2),d($top=x),e",
        ["invalid-name: 1", "unknown-operator: eqq", "empty-value: x"]
      ),
      (
        "a?$expand=b($expand=c($top=y;$skip=z);$fliter=d)",
        ["empty-value: y", "empty-value: z", "unknown-option: $fliter"]
      ),
      ("a?$expand=b($top=1;$top=2),c($levels=0)", ["repeated-option: $top", "invalid-value: 0"]),
      ("a?$expand=b($top=x", ["empty-value: x"]),
      // An ampersand inside of text.
      ("a?$filter=b eq 'x&$top=y'", ["unterminated-string: 'x"]),
      ("a?$filter=b eq %27x&$top=y%27&$skip=z", ["unterminated-string: %27x", "invalid-value: z"]),
      ("a?$filter=b eq 'x&$top=y", ["unterminated-string: 'x", "invalid-value: y"]),
      ("$metadata?$top=1&$filter=(", ["expected-operand: ", "misplaced-option: $top=1"]),
    ] as [(String, [String])])
  func allMistakesAreTold(target: String, errors: [String]) {
    #expect(Self.codes(target).sorted() == errors.sorted(), "\(Self.codes(target))")
  }

  @Test func lenientSettingsNameTheSameMistakes() {
    for settings in ParserSettings.all {
      #expect(
        Self.codes("a?$filter=b eqq 1&$orderby=b c", settings) == ["unknown-operator: eqq", "unknown-operator: c"])
    }
  }

  /// The first mistake in reading order is the one that reading alone reports; a sound target is read the same.
  @Test(arguments: Corpus.all)
  func itAgreesWithReading(target: String) throws {
    for settings in ParserSettings.all {
      let parser = Parser(settings: settings)
      for text in [target, target + "&$top=x", String(target.dropLast(3)), target + "'"] {
        let diagnosis = parser.diagnose(text)
        do {
          let request = try parser.relativeURI(text)
          #expect(diagnosis.errors.isEmpty && diagnosis.request == request)
        } catch {
          #expect(diagnosis.request == nil)
          #expect(diagnosis.errors.contains(error), "\(text)")
          let starts = diagnosis.errors.map(\.span.start)
          #expect(starts == starts.sorted())
        }
      }
    }
  }

  @Test func theirNumberIsBounded() {
    let target = "a?" + (0..<60).map { _ in "$nothing=1" }.joined(separator: "&")
    #expect(Parser().diagnose(target).errors.count == Diagnosis.most)
    let long = "a?" + (0..<200).map { "$n\($0)=1" }.joined(separator: "&")
    #expect(Parser().diagnose(long).errors.count == Diagnosis.most)
  }

  /// After a mistake deep inside, nothing of it is left.
  @Test func nothingIsLeftOfAMistake() throws {
    for mistake in ["((((((", "not not not (", "b/any(x:b/all(y:(", "case(a:case(b", "Ns.F(x=[{\"a\":("] {
      let diagnosis = Parser().diagnose("a?$filter=\(mistake)&$orderby=x/any(x:true),y/any(y:12:30:00 eq x)&$top=1")
      #expect(diagnosis.errors.count == 1)
    }
  }
}
