import Dataverse
import Planning
import Policy
import Testing

@Suite struct DataverseShaperTests {
  @Test func tagsLeaveOnlyWhereTheyMay() {
    for result in [ResultShape.collection, .entity] {
      let shape = testShape(result, MemberTree(["a"]), hasTags: false)
      let row = #"{"@odata.etag":"W/\"1\"","a":1}"#
      let answer = shaping(result == .entity ? row : #"{"value":[\#(row)]}"#, shape)
      #expect(answer.error == nil && answer.text.contains(#""a":1"#) && !answer.text.contains("etag"))
    }
  }

  static let context = #""@odata.context":"https://gate.example/api/data/v9.2/$metadata#rows(a,b)""#

  @Test(arguments: [
    (#"{"value":[]}"#, #""value":[]"#, 0),
    (#"{"@odata.context":"https://org.example/$metadata#x","value":[{"a":1}]}"#, #""value":[{"a":1}]"#, 1),
    (#"{"@odata.count":12,"value":[{},{}]}"#, #""@odata.count":12,"value":[{},{}]"#, 2),
    (#"{"value":[],"@odata.count":-1}"#, #""value":[],"@odata.count":-1"#, 0),
    // Values keep their bytes.
    (
      #"{"value":[{"a":20000.0000,"b":9007199254740993,"_c_value":"\u00e9\/ \"{}\""}]}"#,
      #""value":[{"a":20000.0000,"b":9007199254740993,"_c_value":"\u00e9\/ \"{}\""}]"#, 1
    ),
    (#"{"value":[{"a":null,"b":true}]}"#, #""value":[{"a":null,"b":true}]"#, 1),
    // Unknown members go, with all that is in them.
    (#"{"value":[{"x":1,"a":1,"y":{"a":2,"z":[{"a":3}]},"b":2,"w":[]}]}"#, #""value":[{"a":1,"b":2}]"#, 1),
    (#"{"value":[{"A":1,"a ":2,"aa":3,"":4}]}"#, #""value":[{}]"#, 1),
    (
      #"{"odata.metadata":"m","@Microsoft.Dynamics.CRM.totalrecordcount":-1,"@odata.deltaLink":"d","value":[]}"#,
      #""value":[]"#, 0
    ),
    // The row's tag stays, other control information goes.
    (
      #"{"value":[{"@odata.etag":"W/\"1\"","@odata.id":"https://org.example/x","@odata.type":"t","a":1}]}"#,
      #""value":[{"@odata.etag":"W/\"1\"","a":1}]"#, 1
    ),
    // A name is what it spells.
    (#"{"v\u0061lue":[{"\u0061":1,"\u0078":2}]}"#, #""value":[{"a":1}]"#, 1),
    (" {\r\n \"value\" : [ { \"a\" : 1 , \"x\" : 2 } ] } \n", #""value":[{"a":1}]"#, 1),
    ("\u{FEFF}{\"value\":[]}", #""value":[]"#, 0),
  ])
  func collection(_ answer: String, _ rest: String, _ rows: Int) {
    let whole = shaping(answer)
    #expect(whole == Shaped(text: "{\(DataverseShaperTests.context),\(rest)}", rows: rows))
    for chunks in everySplit(Array(answer.utf8)) { #expect(shaping(chunks) == whole) }
  }

  @Test func aCountThatNobodyAskedForStays() {
    let shape = testShape(.collection, MemberTree(["a"]), hasCount: false)
    let shaped = shaping([Array(#"{"@odata.count":12,"value":[{"a":1}]}"#.utf8)], shape)
    #expect(shaped == Shaped(text: "{\(DataverseShaperTests.context),\"value\":[{\"a\":1}]}", rows: 1))
  }

  @Test(arguments: [
    (
      #"{"@odata.context":"x","@odata.etag":"W/\"7\"","a":1,"x":2,"_c_value":"z"}"#,
      #","@odata.etag":"W/\"7\"","a":1,"_c_value":"z""#
    ),
    (#"{"@odata.id":"https://org.example/x","x":[{"a":1}],"b":null}"#, #","b":null"#),
    (#"{}"#, ""),
  ])
  func entity(_ answer: String, _ rest: String) {
    let whole = shaping(answer, testShape(.entity))
    #expect(whole == Shaped(text: "{\(DataverseShaperTests.context)\(rest)}", rows: 1))
    for chunks in everySplit(Array(answer.utf8)) { #expect(shaping(chunks, testShape(.entity)) == whole) }
  }

  @Test(
    arguments: [
      ([], #"{"a":1}"#),
      (["T.One"], #"{"a@T.One":"1","a":1}"#),
      (["T.Two"], #"{"a@T.Two":2,"a":1}"#),
      (["T.One", "T.Two"], #"{"a@T.One":"1","a@T.Two":2,"a":1}"#),
      (["*"], #"{"a":1}"#),
      (["T.*"], #"{"a":1}"#),
      (["t.one"], #"{"a":1}"#),
      ([""], #"{"a":1}"#),
    ] as [([String], String)])
  func annotations(_ terms: [String], _ row: String) {
    let answer =
      #"{"value":[{"a@T.One":"1","a@T.Two":2,"a":1,"x@T.One":"1","x":2,"@T.One":"3","a@":"4","a@T.*":5,"a@*":6,"a@T.One@T.One":7}]}"#
    #expect(
      shaping(answer, testShape(annotations: terms)).text == "{\(DataverseShaperTests.context),\"value\":[\(row)]}")
  }

  /// A member that only normalisation makes equal is another member.
  @Test func namesAreComparedByteForByte() {
    let answer = "{\"value\":[{\"e\u{301}\":1,\"\u{E9}\":2}]}"
    #expect(
      Array(shaping(answer, testShape(members: ["\u{E9}"])).text.utf8)
        == Array("{\(DataverseShaperTests.context),\"value\":[{\"\u{E9}\":2}]}".utf8))
  }

  @Test func aMemberNamedAsAnAnnotationIsNotAMember() {
    let answer = #"{"value":[{"x@T":1,"@odata.id":2,"a":3}]}"#
    let shape = testShape(members: ["a", "x@T", "@odata.id"])
    #expect(shaping(answer, shape).text == "{\(DataverseShaperTests.context),\"value\":[{\"a\":3}]}")
  }

  @Test(arguments: [
    // Not an answer with rows.
    ("", "The answer is not whole"), ("{}", "holds no rows"), (#"{"@odata.count":1}"#, "holds no rows"),
    ("[]", "not of the form"), ("null", "not of the form"), (#"[{"value":[]}]"#, "not of the form"),
    (#"{"value":null}"#, "no list"), (#"{"value":"x"}"#, "no list"), (#"{"value":{"a":1}}"#, "structure beside"),
    (#"{"value":[1]}"#, "not of the form"), (#"{"value":[null]}"#, "not of the form"),
    (#"{"value":[[]]}"#, "not of the form"),
    (#"{"value":[],"value":[]}"#, "two lists"), (#"{"value":[],"valu\u0065":[]}"#, "two lists"),
    (#"{"value":[],"x":{}}"#, "structure beside"), (#"{"x":[],"value":[]}"#, "structure beside"),
    // Structure where a column's value is expected.
    (#"{"value":[{"a":{}}]}"#, "structure where"), (#"{"value":[{"a":[]}]}"#, "structure where"),
    (#"{"value":[{"a@T":{}}]}"#, "structure where"), (#"{"value":[{"@odata.etag":[]}]}"#, "structure where"),
    // Errors behind a good status, also in the middle of the rows.
    (#"{"error":{"code":"0x80040217","message":"m"}}"#, "beside"), (#"{"error":"m","value":[]}"#, "an error"),
    (#"{"value":[{"a":1}],"error":{"code":""}}"#, "beside"), (#"{"value":[{"a":1,"error":{"code":""}}]}"#, "an error"),
    (#"{"value":[{"a":1},{"error":{"message":"m"}}]}"#, "an error"),
    // Twice the same.
    (#"{"value":[{"a":1,"a":2}]}"#, "two members"), (#"{"value":[{"a":1,"\u0061":2}]}"#, "two members"),
    (#"{"@odata.count":1,"@odata.count":2,"value":[]}"#, "count is misplaced"),
    (#"{"@odata.count":"1","value":[]}"#, "count is misplaced"),
    (#"{"@odata.count":null,"value":[]}"#, "count is misplaced"),
    (#"{"value":[{"@odata.etag":1}]}"#, "tag of a row"),
    // Not whole, or more than whole.
    (#"{"value":["#, "not whole"), (#"{"value":[{"a":"#, "not whole"), (#"{"value":[{"a":1}]"#, "not whole"),
    (#"{"value":[]}{"value":[]}"#, "not sound"), (#"{"value":[]},"#, "not sound"),
    (#"{"value":[]}<html>"#, "not sound"),
    ("<html></html>", "not sound"), (#"{"value":[{"a":01}]}"#, "not sound"),
    ("{\"value\":[{\"a\":\"\n\"}]}", "not sound"),
    (#"{"value":[{"a":"\ud800"}]}"#, "not sound"),
  ])
  func aCollectionFails(_ answer: String, _ reason: String) {
    let shape = testShape(annotations: ["T"])
    for chunks in [[Array(answer.utf8)]] + everySplit(Array(answer.utf8)) {
      let error = shaping(chunks, shape).error
      #expect(error?.description.contains(reason) == true, "\(error?.description ?? "passed")")
    }
  }

  @Test(arguments: [
    (#"{"error":{"code":"","message":"m"}}"#, "an error"), (#"{"error":"m"}"#, "an error"),
    (#"{"a":1,"error":null}"#, "an error"),
    (#"{"@odata.context":"x","value":[{"a":1}]}"#, "a list where"), (#"{"value":1}"#, "a list where"),
    (#"{"@odata.nextLink":"https://org.example/?$skiptoken=1"}"#, "misplaced"), (#"{"@odata.count":1}"#, "misplaced"),
    (#"{"a":{}}"#, "structure where"), (#"{"a":1,"a":1}"#, "two members"),
    (#"{"@odata.etag":"1","@odata.etag":"1"}"#, "two members"), (#"{"@odata.etag":1}"#, "tag of a row"),
    (#"{"a":1"#, "not whole"), ("", "not whole"), ("[]", "not of the form"), (#"{"a":1}{}"#, "not sound"),
  ])
  func anEntityFails(_ answer: String, _ reason: String) {
    for chunks in [[Array(answer.utf8)]] + everySplit(Array(answer.utf8)) {
      let error = shaping(chunks, testShape(.entity)).error
      #expect(error?.description.contains(reason) == true, "\(error?.description ?? "passed")")
    }
  }

  @Test func columnsNamedErrorAndValueAreColumns() {
    let shaped = shaping(#"{"error":1,"value":2}"#, testShape(.entity, members: ["error", "value"]))
    #expect(shaped.text == "{\(DataverseShaperTests.context),\"error\":1,\"value\":2}")
  }

  @Test func nothingGoesOnAfterAnError() throws {
    var shaper = DataverseShaper(shape: testShape())
    #expect(throws: ShapeError.self) { try shaper.feed(Array(#"{"value":[true"#.utf8)) }
    #expect(throws: ShapeError.self) { try shaper.feed(Array("]}".utf8)) }
    #expect(throws: ShapeError.self) { try shaper.finish() }
  }

  @Test func nothingGoesOnAfterTheEnd() throws {
    var shaper = DataverseShaper(shape: testShape())
    _ = try shaper.feed(Array(#"{"value":[]}"#.utf8))
    _ = try shaper.finish()
    #expect(throws: ShapeError.self) { try shaper.feed([]) }
    #expect(throws: ShapeError.self) { try shaper.finish() }
  }

  /// Rows leave as they come: nothing is held back but a cut token.
  @Test func streams() throws {
    var shaper = DataverseShaper(shape: testShape())
    _ = try shaper.feed(Array(#"{"value":["#.utf8))
    for number in 0..<2000 {
      let out = try shaper.feed(
        Array("\(number == 0 ? "" : ","){\"x\":\"\(String(repeating: "x", count: 500))\",\"a\":\(number)}".utf8))
      #expect(out == Array("\(number == 0 ? "" : ","){\"a\":\(number)}".utf8))
      #expect(shaper.rows == number + 1)
    }
    _ = try shaper.feed(Array("]}".utf8))
    #expect(String(decoding: try shaper.finish(), as: UTF8.self) == "")
  }
}
