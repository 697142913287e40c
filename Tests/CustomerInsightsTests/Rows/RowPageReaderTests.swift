import Dataverse
import JSONStream
import Testing

@testable import CustomerInsights

@Suite struct RowPageReaderTests {
  /// Read whole, byte by byte and cut at each place; the same each time.
  private static func page(_ answer: String, _ columns: Set<String>?) -> Result<RowPage, ShapeError> {
    let bytes = Array(answer.utf8)
    let cuts = [[bytes], bytes.map { [$0] }] + bytes.indices.map { [Array(bytes[..<$0]), Array(bytes[$0...])] }
    let results = cuts.map { chunks -> Result<RowPage, ShapeError> in
      var reader = RowPageReader(columns: columns)
      do throws(ShapeError) {
        for chunk in chunks { try reader.feed(chunk) }
        return .success(try reader.finish())
      } catch {
        return .failure(error)
      }
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

  private static func shown(_ row: DataverseRow) -> String {
    row.names.map { "\($0)=\(String(decoding: row[$0] ?? [], as: UTF8.self))" }.joined(separator: " ")
  }

  @Test(
    arguments: [
      (#"{"value":[]}"#, nil, []),
      (
        #"{"@odata.context":"c","value":[{"@odata.etag":"e","a":"1","b":12.50,"b@x.y":"f"},{"b":null,"a":"\u00e9"},{}]}"#,
        nil, ["a=\"1\" b=12.50", "b=null a=\"\\u00e9\"", ""]
      ),
      (#"{"value":[{"a":true,"b":2,"A":3}]}"#, ["b", "c"], ["b=2"]),
      (#"{"value":[{"\u0061":1}]}"#, ["a"], ["a=1"]),
      (#"{"value":[{"x":{"a":1},"y":[{"a":2}],"a":3,"z@q":[1]}]}"#, ["a"], ["a=3"]),
      (#"{"value":[{"z@q":[1],"a":3}]}"#, nil, ["a=3"]),
    ] as [(String, Set<String>?, [String])])
  func rowsKeepTheirValuesAndTheirOrder(answer: String, columns: Set<String>?, rows: [String]) throws {
    #expect(try Self.page(answer, columns).get().rows.map(Self.shown) == rows)
  }

  @Test func whatStandsBesideTheRowsIsTold() throws {
    let answer =
      #"{"@odata.count":12345678901234567890123,"value":[],"@odata.nextLink":"https://org/x?$select=a&$skiptoken=%3Cc%20n=%221%22/%3E"}"#
    let page = try Self.page(answer, nil).get()
    #expect(page.skiptoken == #"<c n="1"/>"#)
    #expect(page.count == Array("12345678901234567890123".utf8))
    let bare = try Self.page(#"{"value":[]}"#, nil).get()
    #expect(bare.skiptoken == nil && bare.count == nil && bare.byteCount == 0)
  }

  @Test(arguments: [
    "", "{", #"{"value":[{"#, #"{"value":[]"#, "[]", "{}", "<html>", #"{"value":{}}"#, #"{"value":[1]}"#,
    #"{"error":{"code":"1","message":"m"}}"#, #"{"error":"m","value":[]}"#, #"{"value":[],"error":null}"#,
    #"{"value":[],"value":[]}"#, #"{"value":[{"a":1,"a":1}]}"#, #"{"value":[{"a":1},{"a":2,"\u0061":3}]}"#,
    #"{"value":[{"a":{}}]}"#, #"{"value":[{"a":[]}]}"#, #"{"value":[],"@odata.nextLink":7}"#,
    #"{"value":[],"@odata.nextLink":null}"#, #"{"value":[],"@odata.nextLink":"https://org/x"}"#,
    #"{"@odata.nextLink":"https://o/x?$skiptoken=a","value":[],"@odata.nextLink":"https://o/x?$skiptoken=a"}"#,
    #"{"@odata.count":"1","value":[]}"#, #"{"@odata.count":-1,"value":[]}"#, #"{"@odata.count":1.0,"value":[]}"#,
    #"{"@odata.count":1,"@odata.count":1,"value":[]}"#, #"{"value":[{"a":"\ud800"}]}"#, #"{"value":[{"a":01}]}"#,
  ])
  func whatIsNoAnswerFails(answer: String) {
    for columns in [nil, ["a"]] as [Set<String>?] {
      #expect(throws: ShapeError.self) { try Self.page(answer, columns).get() }
    }
  }

  @Test func aMemberThatIsNotKeptMayStandTwice() throws {
    #expect(try Self.page(#"{"value":[{"b":1,"b":2,"a":3}]}"#, ["a"]).get().rows.map(Self.shown) == ["a=3"])
  }

  @Test func nothingGoesOnAfterAnErrorOrTheEnd() throws {
    var failed = RowPageReader(columns: nil)
    #expect(throws: ShapeError.self) { try failed.feed(Array("[".utf8)) }
    #expect(throws: ShapeError.self) { try failed.feed(Array(#"{"value":[]}"#.utf8)) }
    #expect(throws: ShapeError.self) { _ = try failed.finish() }
    var whole = RowPageReader(columns: nil)
    try whole.feed(Array(#"{"value":[]}"#.utf8))
    _ = try whole.finish()
    #expect(throws: ShapeError.self) { _ = try whole.finish() }
    #expect(throws: ShapeError.self) { try whole.feed([]) }
  }

  @Test func whatIsHeldIsToldWhileTheAnswerComes() throws {
    var reader = RowPageReader(columns: ["a"])
    try reader.feed(Array(#"{"value":["#.utf8))
    #expect(reader.rowCount == 0 && reader.byteCount == 0)
    var last = 0
    for index in 1...5 {
      try reader.feed(Array("\(index == 1 ? "" : ","){\"a\":\"\(String(repeating: "x", count: 1000))\",\"b\":1}".utf8))
      #expect(reader.rowCount == index)
      #expect((last + 1002...last + 1302).contains(reader.byteCount))
      last = reader.byteCount
    }
    try reader.feed(Array("]}".utf8))
    let page = try reader.finish()
    #expect(page.byteCount == last && page.rows.reduce(0) { $0 + $1.byteCount } == last)
  }

  @Test func theLimitsOfTheJSONHold() throws {
    let answer = Array(#"{"value":[{"a":"1234"}]}"#.utf8)
    for (bytes, fits) in [(answer.count, true), (answer.count - 1, false)] {
      var reader = RowPageReader(columns: nil, limits: JSONLimits(documentBytes: bytes))
      if fits {
        try reader.feed(answer)
        #expect(try reader.finish().rows.count == 1)
      } else {
        #expect(throws: ShapeError.self) { try reader.feed(answer) }
      }
    }
  }

  @Test func aRowIsLookedUpByName() {
    let row = DataverseRow(members: ["b": Array("\"\\u0041\"".utf8), "a": Array("7".utf8), "c": Array("null".utf8)])
    #expect(row.names == ["a", "b", "c"])
    #expect(row["b"] == Array("\"\\u0041\"".utf8) && row["B"] == nil)
    #expect(row.string("b") == "A" && row.string("a") == nil && row.string("c") == nil && row.string("d") == nil)
    #expect(DataverseRow(members: row.members) == row)
  }
}
