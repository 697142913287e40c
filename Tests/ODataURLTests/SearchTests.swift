import ODataURL
import Testing

struct SearchTests {
  static func read(_ text: String) throws -> (tree: String, printed: String) {
    let query = try Parser().relativeURI("x?$search=" + text)
    let printed = query.printed()
    #expect(try Parser().relativeURI(printed) == query, "\(printed)")
    let dump = query.treeDump().split(separator: "\n").drop { !$0.contains("(search") }.dropFirst()
    return (dump.map { $0.trimmingPrefix { $0 == " " } }.joined(separator: " "), String(printed.dropFirst(10)))
  }

  /// Text → canonical text.
  @Test(arguments: [
    ("blue", "blue"), ("blue green", "blue%20AND%20green"), ("blue  AND  green", "blue%20AND%20green"),
    ("a OR b c", "a%20OR%20b%20AND%20c"), ("a b OR c", "a%20AND%20b%20OR%20c"),
    ("(a OR b) c", "(a%20OR%20b)%20AND%20c"), ("NOT a b", "NOT%20a%20AND%20b"),
    ("NOT (a b)", "NOT%20(a%20AND%20b)"), ("NOT NOT a", "NOT%20NOT%20a"), ("a AND NOT b", "a%20AND%20NOT%20b"),
    ("a NOT b", "a%20AND%20NOT%20b"), ("\"a b\" c", "%22a%20b%22%20AND%20c"), ("a \"b\"", "a%20AND%20%22b%22"),
    ("((a))", "a"), ("a (b)", "a%20AND%20b"), ("a AND (b AND c)", "a%20AND%20(b%20AND%20c)"),
    // Words of operators without operands.
    ("NOT", "%22NOT%22"), ("NOT NOT", "NOT%20%22NOT%22"), ("OR AND", "%22OR%22%20AND%20%22AND%22"),
    ("a OR", "a%20AND%20%22OR%22"), ("NOTE", "NOTE"), ("not a", "not%20AND%20a"),
    // What words are made of.
    ("Daniel's", "Daniel's"), ("9,81", "9,81"), ("brand-new", "brand-new"), ("%231", "%231"), ("a%3Bb", "%22a%3Bb%22"),
    ("%CE%94", "%CE%94"), ("$search", "$search"), ("a=b", "a%3Db"),
    ("\"a\\\"b\\\\c\\d\"", "%22a%5C%22b%5C%5Cc%5C%5Cd%22"),
    // Free text.
    ("'\"blue\" \"green'", "'%22blue%22%20%22green'"), ("'it''s'", "'it''s'"), (" 'a' ", "'a'"),
  ])
  func expressionsHaveOneSpelling(text: String, printed: String) throws {
    #expect(try Self.read(text).printed == printed)
  }

  @Test(arguments: [
    ("a OR b c", "(or (word \"a\") (and (word \"b\") (word \"c\")))))"), ("NOT \"a b\"", "(not (phrase \"a b\"))))"),
    ("'t'", "(text \"t\")))"),
  ])
  func treesHaveTheirShape(text: String, dump: String) throws {
    #expect(try Self.read(text).tree == dump)
  }

  /// Text, error code, and the text that the error points at.
  @Test(arguments: [
    ("", "empty-value", ""), (" ", "empty-value", ""), ("()", "unexpected-text", ")"), ("(a", "expected-token", "("),
    ("a)", "unexpected-text", ")"), ("\"a", "unterminated-string", "\"a"), ("\"\"", "empty-value", "\"\""),
    ("a\"b\"", "unexpected-text", "\""), ("'a' b", "unexpected-text", "b"), ("(a)b", "unexpected-text", "b"),
  ])
  func othersAreRefused(text: String, code: String, place: String) throws {
    let target = "x?$search=" + text
    let error = try #require(throws: SyntaxError.self) { try Parser().relativeURI(target) }
    #expect(error.code.rawValue == code)
    #expect(String(decoding: Array(target.utf8)[error.span.range], as: UTF8.self) == place)
  }

  @Test func insideExpandAndBeyondLimits() throws {
    let query = try Parser().relativeURI("x?$expand=a($search=b OR (c \"d;e)\");$top=1),f($search='g;h)')")
    #expect(try Parser().relativeURI(query.printed()) == query)
    #expect(query.options.expand?.value.map { $0.options.search != nil } == [true, true])
    var limits = Limits()
    limits.depth = 3
    limits.nodes = 7
    let parser = Parser(settings: ParserSettings(limits: limits))
    #expect(throws: Never.self) { try parser.relativeURI("x?$search=(((a))) b c d") }
    #expect(throws: SyntaxError.self) { try parser.relativeURI("x?$search=((((a))))") }
    #expect(throws: SyntaxError.self) { try parser.relativeURI("x?$search=NOT NOT NOT NOT a") }
    #expect(throws: SyntaxError.self) { try parser.relativeURI("x?$search=a b c d e") }
  }
}
