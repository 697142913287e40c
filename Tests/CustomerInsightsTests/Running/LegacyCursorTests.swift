import Testing

@testable import CustomerInsights

@Suite struct LegacyCursorTests {
  @Test(
    arguments: [
      (0, nil, 0), (3, nil, 7), (0, "t", 0), (1, "a.b.c", 99), (0, "<cookie a=\"1.5\"/>|%", 1), (0, " ", 0),
      (0, ".", 2),
    ] as [(Int, String?, Int)])
  func textLeadsBack(list: Int, skiptoken: String?, offset: Int) {
    for isCareful in [false, true] {
      let cursor = LegacyCursor(place: .init(list: list, skiptoken: skiptoken, offset: offset), isCareful: isCareful)
      #expect(LegacyCursor(text: cursor.text) == cursor)
    }
  }

  @Test(arguments: [
    "", ".", "1.2", "a.0.", "0.a.", "-1.0.", "0.-1.", "99999999999999999999.0.", "0. 1.", "0x1.0.", "~~1.0.", "~",
  ])
  func otherTextIsNone(text: String) { #expect(LegacyCursor(text: text) == nil) }

  /// A place that is no longer there gives an empty page, not a failure.
  @Test func aPlaceBehindTheEndIsEmpty() async throws {
    let runner = try PlanRunner(
      TableService(["msdynci_customerprofiles": [DataverseRow(members: ["msdynci_city": Array("1".utf8)])]]))
    for place in [LegacyCursor.Place(offset: 9), .init(list: 5), .init(skiptoken: "p1", offset: 3)] {
      for query in ["Customer?$skip=1", "Customer?$filter=IsMemberOfSegment('S')", "Customer_Measure?$orderby=T"] {
        let page = try await runner.page(query, from: LegacyCursor(place: place))
        #expect(page.rows.isEmpty && page.next == nil)
      }
    }
  }
}
