import Testing

@testable import Comparison

@Suite struct AnswerTests {
  static func rows(_ rows: String...) -> String { #"{"@odata.context":"x","value":[\#(rows.joined(separator: ","))]}"# }

  /// Left rows, right rows, target → lines of the report.
  static let tables: [(String, String, String, [String])] = [
    (rows(#"{"CustomerId":"a","N":1}"#), rows(#"{"CustomerId":"a","N":1}"#), "/data/Customer", []),
    (
      rows(#"{"CustomerId":"a","N":1}"#, #"{"CustomerId":"b","N":2}"#),
      rows(#"{"CustomerId":"b","N":2}"#, #"{"CustomerId":"a","N":3}"#), "/data/Customer",
      [#"value[0→1 CustomerId="a"]/N: 1 and 3"#]
    ),
    (
      rows(#"{"CustomerId":"a"}"#, #"{"CustomerId":"b"}"#), rows(#"{"CustomerId":"b"}"#, #"{"CustomerId":"c"}"#),
      "/data/Customer",
      [
        #"value[0→ CustomerId="a"]: a row only on the left"#, #"value[→1 CustomerId="c"]: a row only on the right"#,
      ]
    ),
    // Two activities of one customer: the customer's id names no row, the activity's does.
    (
      rows(#"{"CustomerId":"a","ActivityId":"1","T":1}"#, #"{"CustomerId":"a","ActivityId":"2","T":2}"#),
      rows(#"{"CustomerId":"a","ActivityId":"2","T":2}"#, #"{"CustomerId":"a","ActivityId":"1","T":9}"#),
      "/data/UnifiedActivity", [#"value[0→1 ActivityId="1"]/T: 1 and 9"#]
    ),
    // The primary id by the name of the entity set.
    (
      rows(#"{"msdynci_unifiedactivityid":"1","n":1}"#, #"{"msdynci_unifiedactivityid":"2","n":2}"#),
      rows(#"{"msdynci_unifiedactivityid":"2","n":2}"#, #"{"msdynci_unifiedactivityid":"1","n":0}"#),
      "/api/data/v9.2/msdynci_unifiedactivities?$top=2",
      [#"value[0→1 msdynci_unifiedactivityid="1"]/n: 1 and 0"#]
    ),
    // No key: rows that are the same find each other, the others by place.
    (
      rows(#"{"N":1}"#, #"{"N":2}"#, #"{"N":2}"#), rows(#"{"N":2}"#, #"{"N":5}"#, #"{"N":2}"#), "/data/Customer",
      ["value[0→1]/N: 1 and 5"]
    ),
    (rows(#"{"N":1}"#), rows(), "/data/Customer", ["value[0→]: a row only on the left"]),
    (rows(), rows(), "/data/Customer", []),
    // Ids of both spellings name the same row.
    (
      rows(#"{"CustomerId":"ce759201f786d590bf2134bff576c369","N":1}"#),
      rows(#"{"CustomerId":"CE759201-F786-D590-BF21-34BFF576C369","N":2}"#), "/data/Customer",
      [#"value[0 CustomerId="ce759201f786d590bf2134bff576c369"]/N: 1 and 2"#]
    ),
    (
      rows(#"{"CustomerId":"a","M":{"x":[1,2]},"U":[{"ActivityId":"1"},{"ActivityId":"2"}]}"#),
      rows(#"{"CustomerId":"a","M":{"x":[1,3]},"U":[{"ActivityId":"2"}]}"#), "/data/Customer",
      [
        #"value[0 CustomerId="a"]/M/x[1]: 2 and 3"#,
        #"value[0 CustomerId="a"]/U[0→ ActivityId="1"]: a row only on the left"#,
      ]
    ),
    (
      #"{"@odata.context":"http://a/x","@odata.count":5,"value":[]}"#,
      #"{"@odata.context":"http://b/y","@odata.count":6,"value":[]}"#, "/data/Customer", ["@odata.count: 5 and 6"]
    ),
    (#"[{"id":1,"n":1},{"id":2}]"#, #"[{"id":2},{"id":1,"n":2}]"#, "/instances", ["value[0→1 id=1]/n: 1 and 2"]),
    (#"{"value":[]}"#, #"{"value":{}}"#, "/data/x", ["the bodies are a collection of 0 and an object"]),
    (#"{"a":1}"#, "", "/data/x", ["the bodies are an object and nothing"]),
    ("<a/>", "<a/>", "/$metadata", []),
    (
      "<a/>", "<b/>", "/$metadata",
      [
        "the bodies are 4 bytes, no JSON (syntax at byte 0: A byte begins nothing that JSON has.) and 4 bytes, no JSON "
          + "(syntax at byte 0: A byte begins nothing that JSON has.)"
      ]
    ),
    ("7", "7.0", "/accounts/$count", []),
    (
      #"{"a":1,"b":"x"}"#, #"{"a":"1","c":"x"}"#, "/x",
      [
        #"a: 1 and "1", which are of different types"#, #"b: only on the left ("x")"#, #"c: only on the right ("x")"#,
      ]
    ),
  ]

  @Test(arguments: tables)
  func differencesAreNamed(left: String, right: String, target: String, expected: [String]) throws {
    #expect(try differences(left, right, target: target) == expected)
  }

  @Test func valuesAreHiddenUnlessAskedFor() throws {
    let comparison = AnswerComparer(rules: ComparisonRules()).compare(
      try answer(200, Self.rows(#"{"CustomerId":"hidden","Name":"hidden1","D":"2020-01-01T00:00:00Z","E":"hidden"}"#)),
      try answer(200, Self.rows(#"{"CustomerId":"hidden","Name":"hidden2","D":"hidden","F":"hidden"}"#)),
      target: "/data/Customer")
    let shown = lines(of: comparison, showsValues: false)
    #expect(
      shown == [
        "value[0]/Name: another value (text)", "value[0]/D: date and time and text",
        "value[0]/E: only on the left (text)", "value[0]/F: only on the right (text)",
      ])
    let extent = QueryReport.Extent(try answer(200, "[]"))
    let report = QueryReport(source: "s", request: "r", outcome: .compared(comparison, left: extent, right: extent))
    #expect(!JSONReport.line(report, showsValues: false).contains("hidden"))
    #expect(JSONReport.line(report, showsValues: true).contains("hidden2"))
  }

  @Test func keysCanBeChosen() throws {
    let left = Self.rows(#"{"A":"1","B":"1","N":1}"#, #"{"A":"1","B":"2","N":2}"#)
    let right = Self.rows(#"{"A":"1","B":"2","N":2}"#, #"{"A":"1","B":"1","N":3}"#)
    let expected = [#"value[0→1 A="1",B="1"]/N: 1 and 3"#]
    #expect(try differences(left, right) { $0.keys = [["A"], ["A", "B"]] } == expected)
    #expect(try differences(left, right) { $0.isOrdered = true }.count == 4)
  }

  /// Left order, right order of rows that are sorted by `N` → whether that is a difference.
  @Test(arguments: [
    ("1a 2b 3c", "1a 2b 3c", true), ("1a 2b 3c", "2b 1a 3c", false), ("1a 1b 2c", "1b 1a 2c", true),
    ("1a 2b 2c", "1a 2c 2b", true), ("1a 2b 3c", "1a 3c", true),
  ])
  func orderCountsWhereItIsAskedFor(left: String, right: String, same: Bool) throws {
    func body(_ text: String) -> String {
      let items = text.split(separator: " ").map { #"{"CustomerId":"\#($0.dropFirst())","N":\#($0.prefix(1))}"# }
      return #"{"value":[\#(items.joined(separator: ","))]}"#
    }
    for option in ["$orderby=N", "%24orderby=n%20desc", "orderby=N+asc", "$top=3&$OrderBy=N"] {
      let found = try differences(body(left), body(right), target: "/data/Customer?\(option)")
      #expect(found.contains { $0.contains("sorted otherwise") } == !same, "\(option)")
    }
    #expect(try !differences(body(left), body(right)).contains { $0.contains("sorted") })
  }

  @Test func anOrderThatCannotBeSeenIsSaid() throws {
    let left = Self.rows(#"{"CustomerId":"a"}"#, #"{"CustomerId":"b"}"#)
    let right = Self.rows(#"{"CustomerId":"b"}"#, #"{"CustomerId":"a"}"#)
    #expect(
      try differences(left, right, target: "/c?$orderby=N")
        == ["note: The order was not compared: the rows do not show what they are sorted by."])
    #expect(
      try differences(left, right, target: "/c?$orderby=tolower(N)")
        == ["note: The order was not compared: it is not by plain columns."])
  }

  @Test func errorsAreComparedByClassAndCode() throws {
    let legacy = #"{"errorCode":"propertyNotFound","message":"a"}"#
    func compare(
      _ left: (Int, String), _ right: (Int, String), _ change: (inout ComparisonRules) -> Void = { _ in }
    ) throws -> [String] {
      var rules = ComparisonRules()
      change(&rules)
      return lines(
        of: AnswerComparer(rules: rules).compare(
          try answer(left.0, left.1), try answer(right.0, right.1), target: "/x"))
    }
    #expect(try compare((400, legacy), (404, #"{"errorCode":"propertyNotFound","message":"b"}"#)) == [])
    #expect(
      try compare((400, legacy), (400, #"{"errorCode":"propertyNotFound","message":"b"}"#)) {
        $0.comparesErrorBodies = true
      } == [#"message: "a" and "b""#])
    let other = #"{"error":{"code":"0x80060888","message":"b"}}"#
    #expect(try compare((400, legacy), (400, other)) == ["code: error codes propertyNotFound and 0x80060888"])
    #expect(try compare((400, legacy), (400, other)) { try? $0.ignored.add("errorCode") } == [])
    #expect(try compare((400, legacy), (403, "no JSON")) == ["code: error codes propertyNotFound and nothing"])
    #expect(try compare((200, "{}"), (400, legacy)) == ["status 200 and 400"])
    #expect(try compare((500, ""), (400, "")) == ["status 500 and 400"])
    #expect(try compare((200, "{}"), (203, "{}")) == [])
  }

  @Test func pagesAreOneStream() throws {
    let whole = try answer(200, #"{"value":[{"CustomerId":"a"},{"CustomerId":"b"},{"CustomerId":"c"}]}"#)
    let cut = try answer(
      200, #"{"value":[{"CustomerId":"c"}],"@odata.nextLink":"/2"}"#,
      #"{"value":[{"CustomerId":"a"},{"CustomerId":"b"}]}"#)
    #expect(cut.pages == 2)
    let comparer = AnswerComparer(rules: ComparisonRules())
    #expect(lines(of: comparer.compare(whole, cut, target: "/data/Customer")) == [])
    let first = try answer(200, #"{"value":[{"CustomerId":"c","N":1}],"nextLink":"/2"}"#, "unread", limit: 1)
    #expect(
      lines(of: comparer.compare(whole, first, target: "/data/Customer")) == [
        #"value[2→0 CustomerId="c"]/N: only on the right (1)"#,
        "note: The right side has more pages than the 1 that were read.", "note: 2 rows left out for that.",
      ])
    let keyless = try answer(200, #"{"value":[{"N":1},{"N":2}],"nextLink":"/2"}"#, limit: 1)
    let other = try answer(200, #"{"value":[{"N":2},{"N":3}]}"#)
    let comparison = comparer.compare(keyless, other, target: "/data/Customer")
    #expect(comparison.isSame && comparison.rowsLeftOut == 2)
  }

  @Test func pagesThatCannotBeReadAreADifference() throws {
    var collector = AnswerCollector(pageLimit: 5)
    #expect(
      collector.add(status: 200, body: Array(#"{"value":[{"CustomerId":"a"}],"nextLink":"n"}"#.utf8)) == .follow("n"))
    #expect(collector.add(status: 500, body: []) == .done)
    let broken = try #require(collector.answer)
    let whole = try answer(200, #"{"value":[{"CustomerId":"a"},{"CustomerId":"b"}]}"#)
    let comparer = AnswerComparer(rules: ComparisonRules())
    #expect(
      lines(of: comparer.compare(broken, whole, target: "/c"))
        == ["page 2: status 500 and 1 page", "note: 1 row left out for that."])
    #expect(lines(of: comparer.compare(broken, broken, target: "/c")) == [])
    var endless = AnswerCollector(pageLimit: 3)
    let page = Array(#"{"value":[],"nextLink":"same"}"#.utf8)
    #expect(endless.add(status: 200, body: page) == .follow("same"))
    #expect(endless.add(status: 200, body: page) == .follow("same"))
    #expect(endless.add(status: 200, body: page) == .done)
    #expect(endless.answer?.hasMore == true)
  }

  // MARK: Hostile bodies

  @Test func bodiesThatAreNoJSONAreADifferenceOnlyWhenTheyDiffer() throws {
    let good = #"{"value":[]}"#
    let deep = String(repeating: "[", count: 5000) + String(repeating: "]", count: 5000)
    let hostile = [
      "{", #"{"a":1,"a":2}"#, #"{"value":[{"x":1,"\u0078":2}]}"#, deep, "\u{0}", "[1,]", "{\"a\":\"\u{1}\"}", "nul",
      #"{"a":"\ud800"}"#, "[][]",
    ]
    for body in hostile {
      #expect(try differences(body, body).isEmpty)
      #expect(try differences(good, body).count == 1, "\(body.prefix(20))")
    }
    let limit = String(repeating: "[", count: JSONValue.depth) + String(repeating: "]", count: JSONValue.depth)
    #expect(throws: Never.self) { try JSONValue(Array(limit.utf8)) }
    #expect(throws: (any Error).self) { try JSONValue(Array("[\(limit)]".utf8)) }
  }

  @Test func wideAnswersAreComparedInReasonableTime() throws {
    let count = 4_000
    let members = (0..<count).map { #""m\#($0)":\#($0)"# }
    let wide = "{\(members.joined(separator: ","))}"
    let turned = "{\(members.reversed().joined(separator: ","))}"
    #expect(try differences(wide, turned).isEmpty)
    let rows = (0..<count).map { #"{"CustomerId":"\#($0)"}"# }
    let left = #"{"value":[\#(rows.joined(separator: ","))]}"#
    let right = #"{"value":[\#(rows.reversed().joined(separator: ","))]}"#
    #expect(try differences(left, right).isEmpty)
    #expect(try differences(left, #"{"value":[]}"#).last == "and \(count - 20) more")
  }

  @Test func nothingThatActsOnATerminalIsPrinted() throws {
    let shown = try differences(#"{"a\u001b[2J":"x\u202ey\u0007"}"#, #"{}"#)
    #expect(shown == ["a [2J: only on the left (\"x y \")"])
  }
}
