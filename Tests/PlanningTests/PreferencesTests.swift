import Testing

@testable import Planning

@Suite struct PreferencesTests {
  @Test(
    arguments: [
      ([], nil, []),
      (["odata.maxpagesize=100"], 100, []),
      (["maxpagesize = 5"], 5, []),
      (["ODATA.MaxPageSize=7; x=y"], 7, []),
      (["odata.maxpagesize=0"], nil, []),
      (["odata.maxpagesize=-3", "odata.maxpagesize=4"], 4, []),
      (["odata.maxpagesize=many"], nil, []),
      (["odata.maxpagesize=5,odata.maxpagesize=6"], 5, []),
      (["odata.include-annotations=\"a.b,c.*\", odata.maxpagesize=9"], 9, ["a.b", "c.*"]),
      (["respond-async, , =, odata.include-annotations=*"], nil, ["*"]),
      (["\"unterminated, odata.maxpagesize=3"], nil, []),
    ] as [([String], Int?, [String])])
  func headersAreRead(values: [String], size: Int?, annotations: [String]) {
    let preferences = Preferences(headerValues: values)
    #expect(preferences.maxPageSize == size)
    #expect(preferences.annotations == annotations)
  }

  @Test func annotationsAreBounded() {
    func value(_ count: Int) -> String {
      "odata.include-annotations=\"" + (0..<count).map { "a\($0)" }.joined(separator: ",") + "\""
    }
    #expect(Preferences(headerValues: [value(16)]).annotations.count == 16)
    #expect(Preferences(headerValues: [value(17)]).annotations.count == 16)
    for (count, isKept) in [(Preferences.longestAnnotation, true), (Preferences.longestAnnotation + 1, false)] {
      let name = String(repeating: "a", count: count)
      let value = "odata.include-annotations=\"\(name),b\""
      #expect(Preferences(headerValues: [value]).annotations == (isKept ? [name, "b"] : ["b"]))
    }
  }

  @Test(arguments: [
    PagingPayload(pageSize: 100, skiptoken: "<cookie pagenumber=\"2\" />"),
    PagingPayload(pageSize: nil, skiptoken: "a|b"),
    PagingPayload(pageSize: nil, skiptoken: ""),
  ])
  func pagingPayloadsComeBack(payload: PagingPayload) { #expect(PagingPayload(text: payload.text) == payload) }

  @Test(arguments: ["", "abc", "x|y"])
  func otherPayloadsDoNot(text: String) { #expect(PagingPayload(text: text) == nil) }
}
