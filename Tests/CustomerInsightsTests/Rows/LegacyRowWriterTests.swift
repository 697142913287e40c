import TestSupport
import Dataverse
import JSONStream
import Testing

@testable import CustomerInsights

@Suite struct LegacyRowWriterTests {
  private static let customer = LegacyRowWriter(shape: customerColumns)
  private static let measures = LegacyRowWriter(shape: measureColumns)

  private static func written(
    _ writer: LegacyRowWriter, _ row: DataverseRow, _ expanded: [[DataverseRow]?] = []
  ) -> String {
    var writer = writer
    var json = JSONWriter()
    writer.write(row, expanded: expanded, into: &json)
    return String(decoding: json.take(), as: UTF8.self)
  }

  private static let customerColumns = LegacyShape(
    entity: "Customer", columns: ["cid": "CustomerId", "name": "FullName", "at": "At"], times: ["at"])
  private static let measureColumns = LegacyShape(
    entity: "Customer_Measure", columns: ["cid": "CustomerId"], unfold: "json")

  @Test func valuesStayAsTheyAre() {
    let text = #""\u00e9""#
    #expect(
      Self.written(Self.customer, row(["name": text, "other": "1", "cid": "9007199254740993.10"]))
        == #"{"FullName":\#(text),"CustomerId":9007199254740993.10}"#)
  }

  @Test func timesAreInUTCAndTextIsNot() {
    let time = #""2020-01-01T02:00:00.10+02:00""#
    #expect(
      Self.written(Self.customer, row(["at": time, "name": time]))
        == #"{"At":"2020-01-01T00:00:00.10Z","FullName":\#(time)}"#)
    #expect(Self.written(Self.customer, row(["at": "null"])) == #"{"At":null}"#)
    #expect(Self.written(Self.customer, row(["at": "7"])) == #"{"At":7}"#)
  }

  /// A writer of rows in which others can be expanded that are written as customers are.
  private static func writer(
    of shape: LegacyShape, _ expansions: [(name: String, isCollection: Bool)]
  ) -> LegacyRowWriter {
    LegacyRowWriter(
      shape: shape,
      expansions: expansions.map {
        LegacyRowWriter.Expansion(name: $0.name, writer: customer, isCollection: $0.isCollection)
      })
  }

  @Test func expandedRowsStandBehindTheColumns() {
    let activities = [row(["name": #""a""#]), row(["name": #""b""#])]
    let writer = Self.writer(
      of: Self.customerColumns, [("UnifiedActivity", true), ("None", true), ("One", false), ("No", false)])
    let parent = row(["cid": #""1""#])
    #expect(
      Self.written(writer, parent, [activities, [], activities, []])
        == #"{"CustomerId":"1","UnifiedActivity":[{"FullName":"a"},{"FullName":"b"}],"None":[],"#
        + #""One":{"FullName":"a"},"No":null}"#)
    // Of what nobody knows whether it is there nothing is said.
    #expect(Self.written(writer, parent, [nil, activities, nil]) == Self.written(writer, parent, [nil, activities]))
    #expect(
      Self.written(writer, parent, [nil, activities])
        == #"{"CustomerId":"1","None":[{"FullName":"a"},{"FullName":"b"}]}"#)
  }

  @Test func anExpandedNameStandsOnce() {
    var parent = unfolded(#"{"ONE":1,"Two":2}"#)
    parent.append("cid", "1".utf8)
    let one = Self.writer(of: Self.measureColumns, [("One", true)])
    #expect(Self.written(one, parent, [[]]) == #"{"CustomerId":1,"Two":2,"One":[]}"#)
    #expect(Self.written(one, parent, [nil]) == #"{"CustomerId":1,"ONE":1,"Two":2}"#)
    let id = Self.writer(of: Self.measureColumns, [("customerid", true)])
    #expect(Self.written(id, parent, [[]]) == #"{"ONE":1,"Two":2,"customerid":[]}"#)
    #expect(Self.written(id, parent, [nil]) == #"{"CustomerId":1,"ONE":1,"Two":2}"#)
  }

  @Test func expandedRowsAreUnfoldedToo() {
    let writer = LegacyRowWriter(
      shape: Self.customerColumns,
      expansions: [LegacyRowWriter.Expansion(name: "Customer_Measure", writer: Self.measures, isCollection: false)])
    #expect(
      Self.written(writer, row([:]), [[unfolded(#"{"Total":1.50}"#)]])
        == #"{"Customer_Measure":{"Total":1.50}}"#)
  }

  /// What one row showed says nothing of the next.
  @Test func aWriterIsUsedForManyRows() {
    var writer = Self.writer(of: Self.measureColumns, [("One", true)])
    var json = JSONWriter()
    json.beginArray()
    var both = unfolded(#"{"CustomerID":"9","One":1}"#)
    both.append("cid", "1".utf8)
    writer.write(both, expanded: [[]], into: &json)
    writer.write(unfolded(#"{"CustomerID":"9","One":1}"#), expanded: [nil], into: &json)
    writer.write(row([:]), into: &json)
    writer.write(both, expanded: [nil], into: &json)
    json.endArray()
    #expect(
      String(decoding: json.take(), as: UTF8.self)
        == #"[{"CustomerId":1,"One":[]},{"CustomerID":"9","One":1},{},{"CustomerId":1,"One":1}]"#)
  }

  // MARK: As the shaper

  private static let values = [
    "null", "true", "false", "0", "-1.50", "9007199254740993", "1e999999999", #""""#, #""x""#, #""\u00e9\n\"""#,
    #""2020-01-01T02:00:00Z""#, #""2020-01-01T02:00:00.10+02:00""#, #""ünï""#,
  ]

  private static let texts = [
    "{}", "", "[1]", "7", "null", "broken {", #"{"Total":12.50,"Visits":3}"#, #"{"CustomerID":"9","A":1,"a":2}"#,
    #"{"Deep":{"x":[1,{"y":null}]},"Big":9007199254740993}"#, #"{"q":"\"\u00e9"}"#, #"{"a":"\ud800"}"#,
    #"{"a":1,"a":2}"#, #"{"":1}"#, #"{"\u0041":true,"É":1,"é":2}"#, #" {"a" : [ ] } "#, #"{"a":1e999999999}"#,
    "{\"d\":" + String(repeating: "[", count: 15) + String(repeating: "]", count: 15) + "}",
    "{\"d\":" + String(repeating: "[", count: 16) + String(repeating: "]", count: 16) + "}",
    String(repeating: "[", count: 40),
  ]

  private static func answer(_ random: inout SeededGenerator) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.name("@odata.context")
    json.string("c")
    json.name("value")
    json.beginArray()
    for _ in 0..<random.below(4) {
      json.beginObject()
      let names = ["cid", "name", "at", "other", "json", "@odata.etag", "name@x.y", "CID"].shuffled(using: &random)
      for name in names.prefix(random.below(names.count + 1)) {
        json.name(name)
        if name == "json", random.below(5) > 0 {
          json.string(random.pick(texts))
        } else {
          json.raw(random.pick(values).utf8)
        }
      }
      json.endObject()
    }
    json.endArray()
    json.endObject()
    return json.take()
  }

  private static func shapes(_ random: inout SeededGenerator) -> LegacyShape {
    let names = [("cid", "CustomerId"), ("name", "FullName"), ("at", "a"), ("CID", "Big")].shuffled(using: &random)
    let columns = Dictionary(uniqueKeysWithValues: names.prefix(random.below(5)))
    let members = random.pick([nil, [], ["a", "total", "é"], ["customerid", "deep"]] as [[String]?])
    return LegacyShape(
      entity: "E", columns: columns, unfold: random.below(4) == 0 ? nil : "json", unfoldMembers: members,
      times: ["at", "name"], ids: ["cid"])
  }

  /// What is read into memory and written gives the bytes that the shaper gives on the way.
  @Test func rowsAreWrittenAsTheShaperWritesThem() throws {
    var random = SeededGenerator(seed: 8)
    for _ in 0..<300 {
      let (answer, shape) = (Self.answer(&random), Self.shapes(&random))
      var shaper = LegacyShaper(shape: shape, context: "x", nextLink: { $0 })
      let expected = try shaper.feed(answer) + shaper.finish()
      let columns = Set(shape.columns.keys).union(shape.unfold.map { [$0] } ?? [])
      for columns in [nil, columns] {
        var reader = RowPageReader(columns: columns)
        try reader.feed(answer)
        var json = JSONWriter()
        json.beginObject()
        json.name("@odata.context")
        json.string("x")
        json.name("value")
        json.beginArray()
        var writer = LegacyRowWriter(shape: shape)
        for row in try reader.finish().rows { writer.write(row, into: &json) }
        json.endArray()
        json.endObject()
        #expect(String(decoding: json.take(), as: UTF8.self) == String(decoding: expected, as: UTF8.self))
      }
    }
  }
}
