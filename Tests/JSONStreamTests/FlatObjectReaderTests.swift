import JSONStream
import TestSupport
import Testing

@Suite struct FlatObjectReaderTests {
  /// Names and values of the object in a token; `nil` when it is refused.
  private static func members(_ reader: inout FlatObjectReader, _ token: [UInt8], _ names: inout [String]) -> [String]?
  {
    token.withUnsafeBufferPointer { token in
      let isRead = reader.read(token) { name in
        names.append(String(decoding: name, as: UTF8.self))
        return names.count - 1
      }
      guard isRead else { return nil }
      return reader.members.map {
        "\(names[$0.name])=\(String(decoding: reader.text[$0.value], as: UTF8.self))"
      }
    }
  }

  private static func members(of text: String) -> [String]? {
    var (reader, names) = (FlatObjectReader(), [String]())
    // The second time its names are known.
    let first = members(&reader, JSONText.encode(text), &names)
    #expect(members(&reader, JSONText.encode(text), &names) == first)
    return first
  }

  @Test(arguments: [
    ("{}", []), ("{  }", []), (#"{"a":1}"#, ["a=1"]), (#"{"":""}"#, [#"="""#]),
    (
      #"{ "a" : -1.50e+3 , "b":"x y","c":true,"d":false , "e": null }"#,
      ["a=-1.50e+3", #"b="x y""#, "c=true", "d=false", "e=null"]
    ),
    (#"{"Zoë":"漢","a":"é😀"}"#, [#"Zoë="漢""#, #"a="é😀""#]), (#"{"a":1,"a":2}"#, ["a=1", "a=2"]),
    (#"{"a":"{}[]:,/","b":0}"#, [#"a="{}[]:,/""#, "b=0"]), (#"{"a":9007199254740993}"#, ["a=9007199254740993"]),
  ])
  func flatObjectsAreRead(text: String, expected: [String]) { #expect(Self.members(of: text) == expected) }

  /// Some of these are sound, for another reader.
  @Test(arguments: [
    "", "[]", "[1]", "7", "null", #""x""#, "{", "}", "{,}", #"{"a"}"#, #"{"a":}"#, #"{"a":1"#, #"{"a":1,}"#,
    #"{"a" 1}"#,
    #"{"a":1}}"#, #"{"a":1} "#, #" {"a":1}"#, #"{"a":1}x"#, #"{"a":01}"#, #"{"a":1.}"#, #"{"a":-}"#, #"{"a":+1}"#,
    #"{"a":nul}"#, #"{"a":truex}"#, #"{"a":tru"#, #"{"a":"x}"#, #"{"a}"#, "{a:1}", #"{"a":1 "b":2}"#, #"{"a"::1}"#,
    #"{"a":{}}"#, #"{"a":[1]}"#, #"{"a":"\n"}"#, #"{"a":"\"x\""}"#, #"{"\u0061":1}"#, "{\n\"a\":1}", #"{"a":"\"}"#,
    #"{"a":1,"b"}"#, #"{"a":"b""c":1}"#, #"{"a":NaN}"#, "{'a':1}",
  ])
  func allElseIsRefused(text: String) { #expect(Self.members(of: text) == nil) }

  @Test(arguments: ["7", "null", "true", #""""#, #""{""#, #""{}"#, "{}", ""])
  func tokensThatHoldNoObjectAreRefused(token: String) {
    var (reader, names) = (FlatObjectReader(), [String]())
    #expect(Self.members(&reader, Array(token.utf8), &names) == nil && names.isEmpty)
  }

  /// What is taken is what a reader of the decoded text finds, whatever came before; damaged objects, too.
  @Test func agreesWithAReaderOfTheText() throws {
    struct Collector: JSONEventHandler {
      var found: [String] = []
      private var name = ""
      private var depth = 0

      mutating func handle(_ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>) throws(JSONStreamError) {
        switch event {
        case .beginObject, .beginArray: depth += 1
        case .endObject, .endArray: depth -= 1
        case .name: name = try JSONText.decodeString(text)
        default: found.append("\(name)=\(String(decoding: text, as: UTF8.self))")
        }
        guard depth < 2 else { throw JSONStreamError(.unexpected, at: 0, "Nested.") }
      }
    }
    var random = SeededGenerator(seed: 17)
    var (reader, names, taken, refused) = (FlatObjectReader(), [String](), 0, 0)
    for _ in 0..<3000 {
      let members = (0..<random.below(5)).map { _ in
        #""\#(random.pick(["Visits", "Total", "é", "LastStoreOfTheCustomer", "x"]))"\#(random.pick([":", ": ", " :"]))"#
          + random.pick(["1", "-2.5e3", #""Redmond Town Center""#, #""""#, "null", "true", "false", #""a\nb""#, "[]"])
      }
      var bytes = Array("{\(members.joined(separator: random.pick([",", ", "])))}".utf8)
      if random.below(2) == 0 { bytes[random.below(bytes.count)] = random.pick(Array("\"\\{}:, 0-ntf".utf8)) }
      let text = String(decoding: bytes, as: UTF8.self)
      guard let found = Self.members(&reader, JSONText.encode(text), &names) else {
        refused += 1
        continue
      }
      taken += 1
      var (json, collector) = (JSONReader(), Collector())
      try json.read(Array(text.utf8), into: &collector)
      try json.finish(into: &collector)
      #expect(found == collector.found, "\(text)")
    }
    #expect(taken > 800 && refused > 800, "\(taken) \(refused)")
  }
}
