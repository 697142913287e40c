import TestSupport
import Dataverse
import JSONStream
import Planning
import Policy
import Testing

/// Expanded rows, each with members of its own.
@Suite struct ExpandedRowsTests {
  private static let tree = MemberTree(
    ["a"], annotated: ["a"],
    expanded: [
      "one": MemberTree(["b"], annotated: ["b"], expanded: ["inner": MemberTree(["c"])]),
      "many": MemberTree(["a", "b"]),
    ])

  private func shape(_ result: ResultShape = .collection) -> DataverseShape {
    testShape(result, ExpandedRowsTests.tree, annotations: ["T"])
  }

  @Test(arguments: [
    (#"{"a":1,"one":{"b":2}}"#, #"{"a":1,"one":{"b":2}}"#), (#"{"one":null,"a":1}"#, #"{"one":null,"a":1}"#),
    (#"{"many":[]}"#, #"{"many":[]}"#), (#"{"many":null}"#, #"{"many":null}"#),
    (#"{"many":[{"a":1},{"b":2},{}],"a":3}"#, #"{"many":[{"a":1},{"b":2},{}],"a":3}"#),
    // What one level allows, another does not.
    (#"{"b":1,"one":{"a":1,"b":2,"c":3,"many":[{"a":1}]},"c":4}"#, #"{"one":{"b":2}}"#),
    (#"{"one":{"inner":{"c":1,"b":2,"inner":{"c":3}},"b":4}}"#, #"{"one":{"inner":{"c":1},"b":4}}"#),
    (#"{"many":[{"one":{"b":1},"a":2,"x":[{"a":3}]}]}"#, #"{"many":[{"a":2}]}"#),
    (#"{"two":{"a":1,"one":{"b":1}},"x":[{"a":[{}]}]}"#, "{}"),
    // Control information inside rows goes; annotations stay where they may.
    (
      #"{"@odata.etag":"W/\"1\"","one":{"@odata.etag":"W/\"2\"","@odata.id":"x","b@T":"t","b":2,"@odata.context":"y"}}"#,
      #"{"@odata.etag":"W/\"1\"","one":{"b@T":"t","b":2}}"#
    ),
    (
      #"{"one@T":"x","one@odata.context":"y","many@odata.count":3,"many":[{"a@T":"t","a":1}],"a@T":"u"}"#,
      #"{"many":[{"a":1}],"a@T":"u"}"#
    ),
    (#"{"one":{"error":1,"value":2,"b":3}}"#, #"{"one":{"b":3}}"#),
    // A link to the collection itself is no sign of more rows.
    (#"{"many":[{"a":1}],"many@odata.nextLink":"https://org.example/rows(1)/many?$select=a"}"#, #"{"many":[{"a":1}]}"#),
    (#"{"x@odata.nextLink":"https://org.example/x?$skiptoken=1","a":1}"#, #"{"a":1}"#),
  ])
  func writesEachLevelByItsOwnList(_ row: String, _ written: String) {
    let collection = Array("{\"value\":[\(row),\(row)]}".utf8)
    let rows = Shaped(text: "{\(DataverseShaperTests.context),\"value\":[\(written),\(written)]}", rows: 2)
    for chunks in [[collection]] + everySplit(collection) { #expect(shaping(chunks, shape()) == rows) }
    let entity = Array(row.utf8)
    let members = written.dropFirst().dropLast()
    let whole = Shaped(
      text: "{\(DataverseShaperTests.context)\(members.isEmpty ? "" : ",\(members)")}", rows: 1)
    for chunks in [[entity]] + everySplit(entity) { #expect(shaping(chunks, shape(.entity)) == whole) }
  }

  @Test(arguments: [
    // The rest of the collection would be missed in silence.
    (#"{"many":[],"many@odata.nextLink":"https://org.example/x?$skiptoken=1"}"#, "not whole"),
    (#"{"many@odata.nextLink":"https://org.example/x?$select=a&%24skiptoken=1","many":[]}"#, "not whole"),
    (#"{"one":{"inner@odata.nextLink":"https://org.example/x"}}"#, "not whole"),
    (#"{"many@odata.nextLink":7}"#, "not whole"),
    // The form of what is expanded.
    (#"{"one":1}"#, "a value stands"), (#"{"many":"x"}"#, "a value stands"), (#"{"many":[1]}"#, "not of the form"),
    (#"{"many":[[]]}"#, "not of the form"), (#"{"many":[null]}"#, "not of the form"),
    (#"{"one":{"b":{}}}"#, "structure where"), (#"{"many":[{"a":[]}]}"#, "structure where"),
    (#"{"one":{"error":{"code":"1"}}}"#, "holds an error"), (#"{"many":[{"a":1},{"error":{}}]}"#, "holds an error"),
    // Twice the same.
    (#"{"one":{"b":1,"b":2}}"#, "two members"), (#"{"one":{},"one":{}}"#, "two members"),
    (#"{"many":[],"many":null}"#, "two members"), (#"{"many":[{"a":1,"\u0061":2}]}"#, "two members"),
    (#"{"one":{"inner":{},"inner":null}}"#, "two members"),
  ])
  func failsWhole(_ row: String, _ reason: String) {
    let collection = Array("{\"value\":[\(row)]}".utf8)
    for chunks in [[collection]] + everySplit(collection) {
      let error = shaping(chunks, shape()).error
      #expect(error?.description.lowercased().contains(reason) == true, "\(error?.description ?? "passed")")
    }
    #expect(shaping([Array(row.utf8)], shape(.entity)).error != nil)
  }

  @Test func anAnswerThatEndsInsideFails() {
    let answer = Array(#"{"value":[{"one":{"inner":{"c":1}},"many":[{"a":1}]}]}"#.utf8)
    for end in 0..<answer.count { #expect(shaping([Array(answer[..<end])], shape()).error != nil) }
  }

  /// Whatever comes, no name leaves that its own level does not allow.
  @Test func noOtherNameLeaves() throws {
    var passed = 0
    for seed in 0..<3000 {
      var random = SeededGenerator(seed: UInt64(seed))
      let answer = "{\"value\":[\(ExpandedRowsTests.object(&random, depth: 4))]}"
      let shaped = shaping([Array(answer.utf8)], shape())
      var names = Paths()
      var reader = JSONReader()
      try reader.read(Array(shaped.text.utf8), into: &names)
      for path in names.paths where path.first == "value" {
        #expect(ExpandedRowsTests.allowed.contains(path.dropFirst().joined(separator: "/")), "\(path) of seed \(seed)")
      }
      if shaped.error == nil { passed += 1 }
    }
    #expect(passed > 300)
  }

  private static let allowed: Set<String> = [
    "", "a", "a@T", "@odata.etag", "one", "one/b", "one/b@T", "one/inner", "one/inner/c", "many", "many/a", "many/b",
  ]

  private static func object(_ random: inout SeededGenerator, depth: Int) -> String {
    var taken: Set<String> = []
    let members = (0..<Int.random(in: 0..<6, using: &random)).compactMap { _ -> String? in
      let names = ["a", "b", "c", "a@T", "b@T", "one", "many", "inner", "secret", "@odata.etag", "one@T"]
      let name = names.randomElement(using: &random) ?? ""
      guard taken.insert(name).inserted else { return nil }
      let isNested = depth > 0 && ["one", "many", "inner", "secret"].contains(name)
      guard isNested else { return "\"\(name)\":\(name == "@odata.etag" ? "\"1\"" : "null")" }
      if Bool.random(using: &random) { return "\"\(name)\":\(object(&random, depth: depth - 1))" }
      return "\"\(name)\":[\(object(&random, depth: depth - 1)),\(object(&random, depth: depth - 1))]"
    }
    return "{\(members.joined(separator: ","))}"
  }

  /// The path of each name, without those of lists.
  private struct Paths: JSONEventHandler {
    var paths: [[String]] = []
    private var path: [String?] = []
    private var name: String?

    mutating func handle(_ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>) throws(JSONStreamError) {
      switch event {
      case .beginObject, .beginArray:
        path.append(name)
        name = nil
      case .endObject, .endArray: path.removeLast()
      case .name:
        let name = try JSONText.decodeString(text)
        paths.append(path.compactMap { $0 } + [name])
        self.name = name
      case .string, .number, .bool, .null: name = nil
      }
    }
  }
}
