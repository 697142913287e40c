import JSONStream
import Testing

@testable import CustomerInsights

@Suite struct SegmentListTests {
  private static func holds(_ text: String, _ segment: String = "A_1") -> Bool {
    SegmentList.holds(JSONText.encode(text), segment: segment, member: "Segments")
  }

  @Test(arguments: [
    #"{"Segments":["A_1"]}"#, #"{"Segments":["B","A_1","C"]}"#, #"["A_1"]"#, #" [ "x" , "A_1" ] "#,
    #"{"Other":["x"],"Segments":["A_1"],"More":{"Segments":[]}}"#, #"{"Segments":["\u0041_1"]}"#,
    #"{"\u0053egments":["A_1"]}"#, #"{"Segments":[1,null,{"a":["x"]},["x"],"A_1"]}"#,
  ])
  func theListHoldsTheSegment(text: String) { #expect(Self.holds(text)) }

  @Test(arguments: [
    "", "null", "{}", "[]", #""A_1""#, "A_1", #"{"Segments":"A_1"}"#, #"{"Segments":[]}"#, #"{"Segments":["AB1"]}"#,
    #"{"Segments":["a_1"]}"#, #"{"Segments":["A_12"]}"#, #"{"Segments":["XA_1"]}"#, #"{"Segments":["A_1 "]}"#,
    #"{"segments":["A_1"]}"#, #"{"Other":["A_1"]}"#, #"{"Segments":[["A_1"]]}"#, #"{"Segments":[{"a":"A_1"}]}"#,
    #"{"Segments":{"Segments":["A_1"]}}"#, #"{"Segments":[{"A_1":1}]}"#, #"{"A_1":["x"]}"#, #"[["A_1"]]"#,
    #"[{"Segments":["A_1"]}]"#, #"{"More":{"Segments":["A_1"]}}"#, #"{"Segments":1,"Other":["A_1"]}"#,
    // Hostile: what cannot be read, or can be read in two ways.
    #"{"Segments":["A_1"]"#, #"{"Segments":["A_1"]}x"#, #"{"Segments":["A_1",]}"#, #"{"Segments":["A_1","\ud800"]}"#,
    #"{"Segments":["A_1"],"Segments":["B"]}"#, #"{"Segments":["A_1"],"\u0053egments":[]}"#,
    #"{"Segments":["A_1",1e]}"#, #"{"Segments":['A_1']}"#,
    #"{"Segments":["A_1"],"x":"# + String(repeating: "[", count: 100_000) + "}",
  ])
  func theListDoesNotHoldTheSegment(text: String) { #expect(!Self.holds(text)) }

  @Test func whatLooksTheSameIsNotTheSame() {
    #expect(!Self.holds("[\"e\u{301}\"]", "\u{e9}"))
    #expect(Self.holds("[\"\u{e9}\"]", "\u{e9}"))
    #expect(Self.holds(#"["a\"b\\"]"#, #"a"b\"#))
  }

  @Test(arguments: ["null", "7", "[\"A_1\"]", "\"", ""])
  func onlyTextHoldsAList(token: String) {
    #expect(!SegmentList.holds(Array(token.utf8), segment: "A_1", member: "Segments"))
  }
}
