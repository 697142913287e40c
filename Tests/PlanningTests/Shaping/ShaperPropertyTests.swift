import TestSupport
import Dataverse
import JSONStream
import Planning
import Policy
import Testing

/// Whatever the service sends, no name leaves that is not allowed.
@Suite struct ShaperPropertyTests {
  private static let columns: Set<String> = ["a", "b", "msdynci_customerid", "_c_value", "value", "error"]
  private static let term = "T.FormattedValue"
  private static let rowNames = columns.union(columns.map { "\($0)@\(term)" }).union(["@odata.etag"])
  private static let topNames: Set<String> = ["@odata.context", "@odata.count", "@odata.nextLink", "value"]

  /// Collects every name with its depth.
  private struct Names: JSONEventHandler {
    var names: [(depth: Int, name: String)] = []
    private var depth = 0

    mutating func handle(_ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>) throws(JSONStreamError) {
      switch event {
      case .beginObject, .beginArray: depth += 1
      case .endObject, .endArray: depth -= 1
      case .name: names.append((depth, try JSONText.decodeString(text)))
      case .string, .number, .bool, .null: break
      }
    }
  }

  /// Answers that are mostly of the right form, with much that does not belong there.
  private struct Generator {
    var random: SeededGenerator

    mutating func answer() -> String {
      var members = [#""@odata.context":"https://org.example/$metadata#secret""#]
      if oneIn(2) { members.append(#""@odata.count":3"#) }
      if oneIn(4) { members.append("\(name()):\(value(depth: 0))") }
      members.append(
        "\"value\":[\((0..<Int.random(in: 0..<4, using: &random)).map { _ in row() }.joined(separator: ","))]")
      if oneIn(2) { members.append(#""@odata.nextLink":"https://org.example/secret?$skiptoken=x&$select=secret""#) }
      if oneIn(20) { members.append(#""error":{"code":"secret"}"#) }
      return "{\(members.joined(separator: ","))}"
    }

    mutating func row() -> String {
      var taken: Set<String> = []
      let members = (0..<Int.random(in: 0..<8, using: &random)).map { _ in name() }
        .filter { taken.insert($0).inserted }
        .map { name in
          let isAllowed = ShaperPropertyTests.rowNames.contains(String(name.dropFirst().dropLast()))
          return "\(name):\(value(depth: isAllowed && !oneIn(40) ? 0 : 2))"
        }
      return "{\(members.joined(separator: ","))}"
    }

    mutating func name() -> String {
      let bases = [
        "a", "b", "msdynci_customerid", "_c_value", "secret", "A", "a ", "", "\\u0061", "\\u0073ecret", "createdon",
      ]
      let suffixes = [
        "", "", "", "@T.FormattedValue", "@T.*", "@odata.type", "@odata.nextLink", "@", "@T.FormattedValue@secret",
      ]
      let whole = ["@odata.etag", "@odata.id", "@odata.editLink", "@T.FormattedValue", "@odata.context"]
      if oneIn(5) { return "\"\(whole.randomElement(using: &random) ?? "")\"" }
      return "\"\(bases.randomElement(using: &random) ?? "")\(suffixes.randomElement(using: &random) ?? "")\""
    }

    mutating func value(depth: Int) -> String {
      switch Int.random(in: 0..<(depth > 0 ? 6 : 4), using: &random) {
      case 0: return #""https://org.example/secret""#
      case 1: return "1.50"
      case 2: return "null"
      case 3: return #""{\"a\":{\"secret\":1}}""#
      case 4: return "[\(value(depth: depth - 1)),\(value(depth: depth - 1))]"
      default: return "{\(name()):\(value(depth: depth - 1))}"
      }
    }

    private mutating func oneIn(_ count: Int) -> Bool { Int.random(in: 0..<count, using: &random) == 0 }
  }

  @Test func noOtherNameLeaves() throws {
    var passed = 0
    let shape = testShape(members: ShaperPropertyTests.columns, annotations: [ShaperPropertyTests.term])
    for seed in 0..<3000 {
      var generator = Generator(random: SeededGenerator(seed: UInt64(seed)))
      let answer = Array(generator.answer().utf8)
      let cut = Int.random(in: 0...answer.count, using: &generator.random)
      let shaped = shaping([Array(answer[..<cut]), Array(answer[cut...])], shape)
      var reader = JSONReader()
      var names = Names()
      // Also of an answer that failed: what left before is looked at, whole or not.
      try reader.read(Array(shaped.text.utf8), into: &names)
      for (depth, name) in names.names {
        let allowed = depth == 1 ? ShaperPropertyTests.topNames : ShaperPropertyTests.rowNames
        #expect((depth == 1 || depth == 3) && allowed.contains(name), "\(name) at \(depth) of seed \(seed)")
      }
      if shaped.error == nil {
        passed += 1
        try reader.finish(into: &names)
        #expect(!shaped.text.contains("org.example/$metadata") && !shaped.text.contains("$select=secret"))
      }
    }
    #expect(passed > 500)
  }

  /// Damaged answers: never a crash, and nothing that passes is other than sound JSON.
  @Test func whatPassesIsSound() throws {
    let shape = testShape(members: ShaperPropertyTests.columns, annotations: [ShaperPropertyTests.term])
    let bytes = Array("{}[]\":,\\@ae0-".utf8) + [0x00, 0x80, 0xFF]
    for seed in 0..<2000 {
      var generator = Generator(random: SeededGenerator(seed: 50_000 + UInt64(seed)))
      var answer = Array(generator.answer().utf8)
      let place = Int.random(in: 0..<answer.count, using: &generator.random)
      answer[place] = bytes.randomElement(using: &generator.random) ?? 0
      for result in [ResultShape.collection, .entity, .count] {
        var shape = shape
        shape.result = result
        let shaped = shaping([answer], shape)
        guard shaped.error == nil else { continue }
        var reader = JSONReader()
        var names = Names()
        try reader.read(Array(shaped.text.utf8), into: &names)
        try reader.finish(into: &names)
      }
    }
  }
}
