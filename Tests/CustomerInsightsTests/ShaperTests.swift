import Dataverse
import Testing

@testable import CustomerInsights

@Suite struct ShaperTests {
  static let customer = LegacyShape(
    entity: "Customer", columns: ["msdynci_customerid": "CustomerId", "msdynci_fullname": "FullName"])
  static let measure = LegacyShape(
    entity: "Customer_Measure", columns: ["msdynci_customerid": "CustomerId"], unfold: "msdynci_measures")
  static let context = #"{"@odata.context":"https://gate.example/$metadata#X","value":["#

  /// The number that was asked for stands in front of the rows, or there is no answer.
  @Test func aCountThatWasAskedForMustCome() {
    var shape = Self.customer
    shape.hasCount = true
    let counted = try? Self.shaped(#"{"@odata.count":1,"value":[{"msdynci_fullname":"a"}]}"#, shape).get()
    #expect(counted?.contains(#""@odata.count":1,"value":[{"FullName":"a"}]"#) == true)
    for answer in [#"{"value":[]}"#, #"{"value":[],"@odata.count":1}"#] {
      #expect(throws: ShapeError.self) { try Self.shaped(answer, shape).get() }
      _ = try? Self.shaped(answer, Self.customer).get()
    }
  }

  /// Cut at each place, whole, and byte by byte; the same each time.
  static func shaped(_ answer: String, _ shape: LegacyShape) -> Result<String, ShapeError> {
    let bytes = Array(answer.utf8)
    let cuts = [[bytes], bytes.map { [$0] }] + bytes.indices.map { [Array(bytes[..<$0]), Array(bytes[$0...])] }
    var results: [Result<String, ShapeError>] = []
    for chunks in cuts {
      var shaper = LegacyShaper(
        shape: shape, context: "https://gate.example/$metadata#X",
        nextLink: { "https://gate.example/X?$skiptoken=<\($0)>" })
      var out: [UInt8] = []
      let result: Result<String, ShapeError>
      do throws(ShapeError) {
        for chunk in chunks { out += try shaper.feed(chunk) }
        out += try shaper.finish()
        result = .success(String(decoding: out, as: UTF8.self))
      } catch {
        result = .failure(error)
      }
      results.append(result)
    }
    for result in results.dropFirst() {
      switch (result, results[0]) {
      case (.success(let left), .success(let right)): #expect(left == right)
      case (.failure, .failure): continue
      default: Issue.record("\(result) and \(results[0])")
      }
    }
    return results[0]
  }

  @Test(arguments: [
    (#"{"value":[]}"#, ""),
    (
      #"{"@odata.context":"https://org/$metadata#x","@odata.count":2,"value":[{"@odata.etag":"W/\"1\"","msdynci_customerid":"1","msdynci_fullname":"\u00e9 A","createdon":"2026-01-01T00:00:00Z","_ownerid_value":"x"}]}"#,
      #"{"CustomerId":"1","FullName":"\u00e9 A"}"#
    ),
    (#"{"value":[{"msdynci_fullname":null,"msdynci_customerid":"1"},{}]}"#, #"{"FullName":null,"CustomerId":"1"},{}"#),
    (#"{"value":[{"msdynci_fullname@OData.Community.Display.V1.FormattedValue":"x","MSDYNCI_FULLNAME":"y"}]}"#, "{}"),
    (#"{"value":[{"more":{"msdynci_fullname":"no"},"list":[{"msdynci_customerid":"no"}]}]}"#, "{}"),
  ])
  func rowsHaveTheirLegacyNames(answer: String, rows: String) throws {
    #expect(try Self.shaped(answer, Self.customer).get() == Self.context + rows + "]}")
  }

  /// What one row has in its JSON column leaves nothing behind for the next.
  @Test func jsonColumnsOfRowsAreApart() throws {
    let columns = [
      #""{\"A\":1,\"b\":[1]}""#, #""{\"A\":[""#, "null", #""{\"a\":2}""#, #""plain""#, #""{}""#, #""{\"A\":3}""#,
    ]
    let rows = columns.enumerated().map { #"{"msdynci_customerid":"\#($0)","msdynci_measures":\#($1)}"# }
    let missing = #"{"msdynci_customerid":"7"}"#
    #expect(
      try Self.shaped(#"{"value":[\#(rows.joined(separator: ",")),\#(missing)]}"#, Self.measure).get() == Self.context
        + #"{"CustomerId":"0","A":1,"b":[1]},{"CustomerId":"1"},{"CustomerId":"2"},"#
        + #"{"CustomerId":"3","a":2},{"CustomerId":"4"},{"CustomerId":"5"},{"CustomerId":"6","A":3},"#
        + #"{"CustomerId":"7"}]}"#)
  }

  @Test(
    arguments: [
      (#"{\"TotalSpend\":12.50,\"Visits\":3}"#, #""TotalSpend":12.50,"Visits":3"#),
      (#"{}"#, nil),
      // The row's own column wins over the model's; of two spellings the first.
      (#"{\"CustomerID\":\"9\",\"A\":1,\"a\":2}"#, #""A":1"#),
      (
        #"{\"Deep\":{\"x\":[1,{\"y\":null}]},\"Big\":9007199254740993}"#,
        #""Deep":{"x":[1,{"y":null}]},"Big":9007199254740993"#
      ),
      (#"{\"q\":\"\\\"\\u00e9\"}"#, #""q":"\"\u00e9""#),
      // Read on the fast way, and not.
      (
        #"{ \"a\": \"x\", \"b\" :-1.5e3 ,\"c\":true,\"d\":false,\"e\":null }"#,
        #""a":"x","b":-1.5e3,"c":true,"d":false,"e":null"#
      ),
      (#"{\"\":\"\",\"Zoë\":\"漢\"}"#, #""":"","Zoë":"漢""#),
      (#"{\"a\":\"\u00e9\",\"\u0062\":1,\"c\":\"\/\"}"#, #""a":"é","b":1,"c":"/""#),
      (#"{\"a\":\"x\n\"}"#, nil), (#"{\n\"a\":1\n}"#, #""a":1"#),
      // Names that only look the same are two.
      ("{\\\"\u{E9}\\\":1,\\\"e\u{301}\\\":2}", "\"\u{E9}\":1,\"e\u{301}\":2"),
      // What would be read as an annotation of the answer.
      (#"{\"@odata.x\":1,\"A@odata.type\":\"y\",\"A\":2,\"\u0040odata.id\":3}"#, #""A":2"#),
      // What is no object has no members, and its text is not shown.
      ("[1]", nil), ("broken {", nil), ("", nil), (#"{\"a\":1}x"#, nil),
    ] as [(String, String?)])
  func jsonColumnsAreUnfoldedBehindTheRow(text: String, members: String?) throws {
    for answer in [
      #"{"value":[{"msdynci_measures":"\#(text)","msdynci_customerid":"1"}]}"#,
      #"{"value":[{"msdynci_customerid":"1","msdynci_measures":"\#(text)"}]}"#,
    ] {
      let expected = #"{"CustomerId":"1"\#(members.map { "," + $0 } ?? "")}"#
      #expect(try Self.shaped(answer, Self.measure).get() == Self.context + expected + "]}")
    }
  }

  @Test func aJSONColumnThatIsNullShowsNothing() throws {
    let answer = #"{"value":[{"msdynci_customerid":"1","msdynci_measures":null}]}"#
    #expect(try Self.shaped(answer, Self.measure).get() == Self.context + #"{"CustomerId":"1"}]}"#)
  }

  /// Each member that was asked for is in each row, under the name that it has there or else the one it was asked by.
  @Test(arguments: [
    (#""{\"TotalSpend\":1,\"VISITS\":3}""#, #""VISITS":3,"store":null"#),
    (#""{\"store\":\"x\",\"visits\":null,\"Visits\":4}""#, #""store":"x","visits":null"#),
    (#""{\"Store\":[1]}""#, #""Store":[1],"Visits":null"#),
    (#""{}""#, #""Visits":null,"store":null"#), ("null", #""Visits":null,"store":null"#),
    (#""broken {""#, #""Visits":null,"store":null"#), (#""[1]""#, #""Visits":null,"store":null"#),
    ("7", #""Visits":null,"store":null"#),
  ])
  func onlySelectedMembersAreShown(value: String, members: String) throws {
    var shape = Self.measure
    shape.unfoldMembers = ["Visits", "store"]
    shape.columns = [:]
    let answer = #"{"value":[{"msdynci_measures":\#(value)},{}]}"#
    #expect(
      try Self.shaped(answer, shape).get() == Self.context + "{\(members)}," + #"{"Visits":null,"store":null}]}"#)
  }

  /// The JSON column is read for a condition, and shown for nothing.
  @Test func aJSONColumnThatWasNotAskedForIsNotShown() throws {
    var shape = Self.measure
    shape.unfoldMembers = []
    for value in [#""{\"A\":1}""#, #""broken {""#, "null", "1"] {
      let answer = #"{"value":[{"msdynci_customerid":"1","msdynci_measures":\#(value)}]}"#
      #expect(try Self.shaped(answer, shape).get() == Self.context + #"{"CustomerId":"1"}]}"#)
    }
  }

  @Test(
    arguments: [
      (#""ce759201-f786-d590-bf21-34bff576c369""#, #""ce759201f786d590bf2134bff576c369""#),
      (#""CE759201-F786-D590-BF21-34BFF576C369""#, #""CE759201F786D590BF2134BFF576C369""#),
      (#""ce759201f786d590bf2134bff576c369""#, nil), (#""ce759201-f786-d590-bf21-34bff576c36g""#, nil),
      (#""ce759201f-786-d590-bf21-34bff576c369""#, nil), (#""{ce759201-f786-d590-bf21-34bff576c3}""#, nil),
      (#""""#, nil), ("null", nil), ("7", nil),
    ] as [(String, String?)])
  func idsOfCustomersAreDigits(value: String, shown: String?) throws {
    var shape = Self.customer
    shape.ids = ["msdynci_customerid"]
    let answer = #"{"value":[{"msdynci_fullname":\#(value),"msdynci_customerid":\#(value)}]}"#
    #expect(
      try Self.shaped(answer, shape).get() == Self.context
        + #"{"FullName":\#(value),"CustomerId":\#(shown ?? value)}]}"#)
  }

  /// Names are known again by their bytes: rows with other names, in other orders and spelled otherwise.
  @Test func namesAreFoundInAnyOrder() throws {
    let rows = [
      (#"{"msdynci_customerid":1,"a":{"msdynci_fullname":0},"msdynci_fullname":2}"#, #"{"CustomerId":1,"FullName":2}"#),
      (#"{"msdynci_customerid":1,"msdynci_fullname":2}"#, #"{"CustomerId":1,"FullName":2}"#),
      (#"{"msdynci_fullname":2,"msdynci_customerid":1}"#, #"{"FullName":2,"CustomerId":1}"#),
      (#"{"msdynci_fullname" :2, "msdynci_customerid": 1}"#, #"{"FullName":2,"CustomerId":1}"#),
      (#"{"msdynci_full\u006eame":2,"msdynci_customeri":3}"#, #"{"FullName":2}"#), ("{}", "{}"),
      (#"{"msdynci_full\u006eame":2,"msdynci_customeridx":3}"#, #"{"FullName":2}"#),
      (#"{"a":1,"msdynci_customerid":5}"#, #"{"CustomerId":5}"#), (#"{"a":1,"b":5}"#, "{}"),
      (#"{"b":1,"a":5,"msdynci_customerid":6}"#, #"{"CustomerId":6}"#),
    ]
    let (given, expected) = (rows.map(\.0), rows.map(\.1))
    #expect(
      try Self.shaped(#"{"value":[\#((given + given.reversed()).joined(separator: ","))]}"#, Self.customer).get()
        == Self.context + (expected + expected.reversed()).joined(separator: ",") + "]}")
  }

  @Test func theNextLinkIsOurs() throws {
    let answer =
      #"{"value":[{}],"@odata.nextLink":"https://org/api/data/v9.2/x?$select=a&$skiptoken=%3Ccookie%20n=%222%22/%3E"}"#
    let text = try Self.shaped(answer, Self.customer).get()
    #expect(text.hasSuffix(#"],"@odata.nextLink":"https://gate.example/X?$skiptoken=<<cookie n=\"2\"/>>"}"#), "\(text)")
    #expect(!text.contains("https://org"))
  }

  @Test(arguments: [
    "", "{", #"{"value":[{"#, #"{"value":[]"#, "[]", #"{"error":{"code":"1","message":"m"}}"#, #"{"value":{}}"#,
    #"{"value":[1]}"#, #"{"value":[{"msdynci_customerid":{"a":1}}]}"#, #"{"value":[{"msdynci_customerid":["a"]}]}"#,
    #"{"value":[],"@odata.nextLink":7}"#, #"{"value":[],"@odata.nextLink":"https://org/x"}"#, "{}",
    #"{"value":[],"value":[]}"#, "<html>",
    #"{"value":[{"msdynci_fullname":"a","msdynci_fullname":"b"}]}"#,
    #"{"value":[{"msdynci_customerid":"a"},{"msdynci_customerid":"b","msdynci_customeri\u0064":"c"}]}"#,
  ])
  func whatIsNoAnswerFails(answer: String) {
    #expect(throws: ShapeError.self) { try Self.shaped(answer, Self.customer).get() }
  }

  @Test func aJSONColumnThatStandsTwiceFails() {
    for second in ["null", #""{}""#] {
      let answer = #"{"value":[{"msdynci_measures":null,"msdynci_measures":\#(second)}]}"#
      #expect(throws: ShapeError.self) { try Self.shaped(answer, Self.measure).get() }
    }
  }

  /// Nothing is given of an empty page that others follow, and all of any other.
  @Test(
    arguments: [
      (#"{"value":[],"@odata.nextLink":"https://o/x?$skiptoken=a%20b"}"#, "a b"),
      (#"{"@odata.nextLink":"https://o/x?$skiptoken=2","value":[]}"#, "2"), (#"{"value":[]}"#, nil),
      (#"{"value":[{}],"@odata.nextLink":"https://o/x?$skiptoken=2"}"#, nil),
      (#"{"@odata.nextLink":"https://o/x?$skiptoken=2","value":[{"msdynci_fullname":"a"}]}"#, nil),
    ] as [(String, String?)])
  func emptyPagesArePassed(answer: String, skiptoken: String?) throws {
    for size in 1...answer.utf8.count {
      var shaper = LegacyShaper(shape: Self.customer, context: "c", nextLink: { "<\($0)>" })
      var bytes = Array(answer.utf8)[...]
      var out: [UInt8] = []
      while !bytes.isEmpty {
        out += try shaper.feed(Array(bytes.prefix(size)))
        bytes = bytes.dropFirst(size)
      }
      out += try shaper.finish()
      #expect(shaper.passed == skiptoken)
      let text = String(decoding: out, as: UTF8.self)
      #expect(text.isEmpty == (skiptoken != nil))
      #expect(text.contains("<2>") == (skiptoken == nil && answer.contains("nextLink")))
    }
  }

  /// Pages in the order in which they are read, the last of them answered → its number of rows and what stands behind it;
  /// `nil` where there is none that may be shown.
  @Test(
    arguments: [
      // Of a page that is passed over, wherever it stands there.
      ([#"{"@odata.count":7,"value":[],@}"#, #"{"value":[{}]}"#], #""@odata.count":7,"value":[{}]}"#),
      ([#"{"value":[],@,"@odata.count":7}"#, #"{"value":[{}]}"#], #""@odata.count":7,"value":[{}]}"#),
      ([#"{"@odata.count":7,"value":[],@}"#, #"{"value":[]}"#], #""@odata.count":7,"value":[]}"#),
      // The first counts, also where a later one differs.
      (
        [
          #"{"@odata.count":7,"value":[],@}"#, #"{"@odata.count":8,"value":[],@}"#,
          #"{"@odata.count":9,"value":[{}]}"#,
        ], #""@odata.count":7,"value":[{}]}"#
      ),
      ([#"{"@odata.count":7,"value":[],@}"#, #"{"value":[{}],"@odata.count":8}"#], #""@odata.count":7,"value":[{}]}"#),
      ([#"{"@odata.count":0,"value":[],@}"#, #"{"value":[{}]}"#], #""@odata.count":0,"value":[{}]}"#),
      // The first that any gave.
      (
        [#"{"value":[],@}"#, #"{"@odata.count":8,"value":[],@}"#, #"{"value":[{}]}"#],
        #""@odata.count":8,"value":[{}]}"#
      ),
      ([#"{"value":[],@}"#, #"{"@odata.count":8,"value":[{}]}"#], #""@odata.count":8,"value":[{}]}"#),
      // None, not in front of the rows, or no number.
      ([#"{"value":[],@}"#, #"{"value":[{}]}"#], nil), ([#"{"value":[],@}"#, #"{"value":[]}"#], nil),
      ([#"{"value":[],@}"#, #"{"value":[{}],"@odata.count":8}"#], nil),
      ([#"{"value":[],@}"#, #"{"value":[],"@odata.count":8}"#], nil),
      ([#"{"@odata.count":"7","value":[],@}"#], nil), ([#"{"value":[],@,"@odata.count":null}"#], nil),
      ([#"{"@odata.count":7,"value":[],@}"#, #"{"@odata.count":-1,"value":[{}]}"#], nil),
    ] as [([String], String?)])
  func countsOfPagesThatArePassedOverAreKept(pages: [String], shown: String?) throws {
    for hasCount in [true, false] {
      for size in [1, 7, 1000] {
        let result = Result { try Self.answered(pages, hasCount: hasCount, size: size) }
        switch (shown, hasCount) {
        case (let shown?, true): #expect(try result.get() == #"{"@odata.context":"c","# + shown)
        case (_?, false): #expect(try !result.get().contains("count"))
        case (nil, true): #expect(throws: ShapeError.self) { try result.get() }
        // What is no number fails whoever asked for it.
        case (nil, false): #expect(((try? result.get()) ?? "").contains("count") == false)
        }
      }
    }
  }

  /// What is given of pages of which all but the last are passed over; `@` stands for a link.
  private static func answered(_ pages: [String], hasCount: Bool, size: Int) throws -> String {
    var shape = Self.customer
    shape.hasCount = hasCount
    let first = LegacyShaper(shape: shape, context: "c", nextLink: { $0 })
    var shaper = first
    var out: [UInt8] = []
    for (number, page) in pages.enumerated() {
      if number > 0 {
        #expect(out.isEmpty && shaper.passed == "2")
        shaper = first.behind(shaper)
      }
      var bytes = Array(page.replacing(",@", with: #","@odata.nextLink":"https://o/x?$skiptoken=2""#).utf8)[...]
      while !bytes.isEmpty {
        out += try shaper.feed(Array(bytes.prefix(size)))
        bytes = bytes.dropFirst(size)
      }
      out += try shaper.finish()
    }
    #expect(shaper.passed == nil)
    return String(decoding: out, as: UTF8.self)
  }

  @Test func nothingGoesOnAfterAnError() {
    var shaper = LegacyShaper(shape: Self.customer, context: "c", nextLink: { $0 })
    #expect(throws: ShapeError.self) { _ = try shaper.feed(Array("[".utf8)) }
    #expect(throws: ShapeError.self) { _ = try shaper.feed(Array(#"{"value":[]}"#.utf8)) }
    #expect(throws: ShapeError.self) { _ = try shaper.finish() }
  }
}
