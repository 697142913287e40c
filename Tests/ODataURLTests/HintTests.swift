import ODataURL
import Testing

/// What a message says of how a mistake came about.
struct HintTests {
  static func error(_ target: String, _ settings: ParserSettings = .strict) throws -> SyntaxError {
    let error = #expect(throws: SyntaxError.self, "\(target)") {
      try Parser(settings: settings).relativeURI(target)
    }
    return try #require(error)
  }

  @Test(
    arguments: [
      ("a?$filter=equals(b,1)", "eq"), ("a?$filter=add(b,1) gt 2", "add"), ("a?$filter=greaterThan(b,1)", "gt"),
      ("a?$orderby=b descending", "desc"), ("a?$orderby=b ascending,c", "asc"), ("a?$filter=!b", "not"),
      ("a?$filter=x eq 1 && y", "and"), ("a?$filter=x%20eq%201%20&&%20y", "and"), ("a?$filter=x eq 1 || y", "or"),
      ("a?$filter=b+eq+1", nil), ("a?$orderby=b+desc", nil), ("a?$filter=b + 1 gt 2", "add"),
      ("a?$filter=b eq 1 descending", nil),
    ] as [(String, String?)])
  func suggestions(target: String, suggestion: String?) throws {
    let error = try Self.error(target)
    #expect(error.suggestion == suggestion, "\(error)")
  }

  @Test(arguments: ["a?$filter=x eq 1 && y", "a?$filter=x eq 1 && y eq 2"])
  func doubledAmpersandsInEveryDialect(target: String) throws {
    for settings in [ParserSettings.strict, .dataverse] {
      let error = try Self.error(target, settings)
      #expect(error.suggestion == "and" && error.message.contains("ampersands"), "\(error)")
    }
  }

  @Test(
    arguments: [
      ("a?$filter=b eq 'A&B'", "an ampersand inside of text is written %26"),
      ("a?$filter=b+eq+1", "a plus sign is no blank here"), ("a?$search=a%0Ab", "expected a blank"),
      ("a?$search=a)", "this bracket was not opened"),
    ])
  func messages(target: String, part: String) throws {
    let error = try Self.error(target)
    #expect(error.message.contains(part), "\(error)")
  }

  /// No hint where nothing stands round the mistake that it would speak of.
  @Test(arguments: ["a?$filter=b eq 'A", "a?$filter=b eq 'A;c"])
  func noHint(target: String) throws {
    #expect(try !Self.error(target).message.contains("%26"))
    #expect(throws: SyntaxError.self) { try Parser().expression("b eq 'A") }
  }
}
