import JSONStream
import Testing

/// Rules written as a table: path and name, joined by `/`, to decision; what is not there stays.
private struct TableRules: MemberRules {
  var table: [String: MemberDecision]
  var asked: [String] = []

  init(_ table: [String: MemberDecision]) { self.table = table }

  mutating func decide(
    _ name: UnsafeBufferPointer<UInt8>, at path: [String]
  ) throws(JSONStreamError) -> MemberDecision {
    let key = (path + [try JSONText.decodeString(name)]).joined(separator: "/")
    asked.append(key)
    if key.hasSuffix("refused") { throw JSONStreamError(.unexpected, at: 0, "Refused.") }
    return table[key] ?? .keep
  }
}

@Suite struct MemberRewriterTests {
  private static func rewriting(
    _ chunks: [[UInt8]], _ table: [String: MemberDecision], valueBytes: Int = 1 << 20
  ) throws(JSONStreamError) -> (text: String, asked: [String]) {
    var reader = JSONReader()
    var rewriter = MemberRewriter(rules: TableRules(table), valueBytes: valueBytes)
    var out: [UInt8] = []
    for chunk in chunks {
      try reader.read(chunk, into: &rewriter)
      out += rewriter.writer.take()
    }
    try reader.finish(into: &rewriter)
    out += rewriter.writer.take()
    return (String(decoding: out, as: UTF8.self), rewriter.rules.asked)
  }

  private static func brackets(_ value: [UInt8]) -> [UInt8] { Array("[".utf8) + value + Array("]".utf8) }

  @Test(
    arguments: [
      (#"{"a":1,"b":2}"#, [:], #"{"a":1,"b":2}"#),
      (#" { "a" : [ 1 , { } ] } "#, [:], #"{"a":[1,{}]}"#),
      (#"{"a":1,"b":2,"c":3}"#, ["a": .drop], #"{"b":2,"c":3}"#),
      (#"{"a":1,"b":2,"c":3}"#, ["b": .drop, "c": .drop], #"{"a":1}"#),
      (#"{"a":1}"#, ["a": .drop], #"{}"#),
      (#"{"a":{"b":[1,{"c":2}]},"d":[]}"#, ["a": .drop], #"{"d":[]}"#),
      (#"{"a":[[],[{}]],"d":0}"#, ["a": .drop], #"{"d":0}"#),
      (#"{"a":{"b":1},"c":2}"#, ["a": .rename("z\""), "a/b": .rename("y")], #"{"z\"":{"y":1},"c":2}"#),
      (#"{"a":{"b":1},"c":2}"#, ["a": .replace(Array("null".utf8))], #"{"a":null,"c":2}"#),
      (#"{"a":{"b":1},"c":2}"#, ["c": .replace(Array("[0]".utf8))], #"{"a":{"b":1},"c":[0]}"#),
      (
        #"{"a":{"b": [1, 2]},"c":2}"#, ["a": .transform(brackets), "c": .transform(brackets)],
        #"{"a":[{"b":[1,2]}],"c":[2]}"#
      ),
      (#"{"a":[],"c":"x y"}"#, ["a": .transform(brackets), "c": .transform(brackets)], #"{"a":[[]],"c":["x y"]}"#),
      // One name, many places.
      (
        #"{"id":1,"value":[{"id":2,"in":{"id":3}},{"id":4}]}"#, ["id": .drop],
        #"{"value":[{"id":2,"in":{"id":3}},{"id":4}]}"#
      ),
      (
        #"{"id":1,"value":[{"id":2,"in":{"id":3}},{"id":4}]}"#, ["value/id": .drop],
        #"{"id":1,"value":[{"in":{"id":3}},{}]}"#
      ),
      (
        #"{"id":1,"value":[{"id":2,"in":{"id":3}},{"id":4}]}"#, ["value/in/id": .drop],
        #"{"id":1,"value":[{"id":2,"in":{}},{"id":4}]}"#
      ),
      // Arrays in arrays add nothing to the path; what follows them is where it was.
      (#"{"v":[[[{"a":1}]],[{"a":2}]],"a":3}"#, ["v/a": .drop], #"{"v":[[[{}]],[{}]],"a":3}"#),
      (#"[{"a":1},{"a":2}]"#, ["a": .drop], #"[{},{}]"#),
      // An escaped name is the name that it spells; what stays keeps its bytes.
      (#"{"\u0061":1,"\u0062":2}"#, ["a": .drop], #"{"\u0062":2}"#),
      (#"{"\u0061":{"b":1}}"#, ["a/b": .drop], #"{"\u0061":{}}"#),
      (#"{"":{"":1,"x":2}}"#, ["/": .drop], #"{"":{"x":2}}"#),
      // An annotation before its property.
      (#"{"x@T":"1","x":1,"y@T":"2","y":2}"#, ["x": .drop, "x@T": .drop], #"{"y@T":"2","y":2}"#),
      ("12.50", [:], "12.50"),
    ] as [(String, [String: MemberDecision], String)])
  func rewrites(_ source: String, _ table: [String: MemberDecision], _ target: String) throws {
    for chunks in everySplit(Array(source.utf8)) {
      #expect(try MemberRewriterTests.rewriting(chunks, table).text == target)
    }
  }

  @Test func asksOnlyForWhatStays() throws {
    let source = #"{"a":{"b":1},"c":{"d":{"e":2}},"f":[{"g":3}]}"#
    let asked = try MemberRewriterTests.rewriting(
      [Array(source.utf8)], ["a": .drop, "c": .replace(Array("0".utf8)), "f": .rename("z")]
    ).asked
    #expect(asked == ["a", "c", "f", "f/g"])
  }

  @Test func limitsWhatATransformHolds() throws {
    let source = Array(#"{"a":[10, 20]}"#.utf8)
    let table = ["a": MemberDecision.transform(MemberRewriterTests.brackets)]
    #expect(try MemberRewriterTests.rewriting([source], table, valueBytes: 7).text == #"{"a":[[10,20]]}"#)
    let error = #expect(throws: JSONStreamError.self) {
      try MemberRewriterTests.rewriting([source], table, valueBytes: 6)
    }
    #expect(error?.code == .tokenTooLong)
  }

  @Test func passesRefusalsOn() {
    let error = #expect(throws: JSONStreamError.self) {
      try MemberRewriterTests.rewriting([Array(#"{"a":{"refused":1}}"#.utf8)], [:])
    }
    #expect(error?.code == .unexpected)
    #expect(error?.offset == 6)
    let failing = MemberDecision.transform { (_) throws(JSONStreamError) in
      throw JSONStreamError(.unexpected, at: 0, "No.")
    }
    #expect(throws: JSONStreamError.self) {
      try MemberRewriterTests.rewriting([Array(#"{"a":1}"#.utf8)], ["a": failing])
    }
  }

  @Test func aCopyReadsAsTheOriginal() throws {
    for seed in 0..<100 {
      var generator = DocumentGenerator(seed: 900 + UInt64(seed))
      let document = generator.document()
      let copy = try MemberRewriterTests.rewriting([document], [:]).text
      #expect(reading(copy.utf8) == reading(document))
    }
  }
}
