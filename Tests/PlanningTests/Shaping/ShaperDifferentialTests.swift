import TestSupport
import Foundation
import Planning
import Policy
import Testing

/// What the shaper makes of random answers is what a plain reader makes of the whole answer, members dropped afterwards.
@Suite struct ShaperDifferentialTests {
  private static let tree = MemberTree(
    ["a", "msdynci_fullname", "_c_value", "value", "é"], annotated: ["a", "_c_value"],
    expanded: ["one": MemberTree(["a", "b"]), "many": MemberTree(["b"], annotated: ["b"])])
  private static let term = "T.FormattedValue"

  /// A random answer, and no member twice in an object.
  private struct Generator {
    var random: SeededGenerator

    mutating func pick(_ items: [String]) -> String { items[Int.random(in: 0..<items.count, using: &random)] }
    mutating func chance(_ count: Int) -> Bool { Int.random(in: 0..<count, using: &random) == 0 }
    mutating func space() -> String { pick(["", "", "", "", " ", "\n          ", "\t"]) }

    mutating func answer() -> String {
      let rows = (0..<Int.random(in: 0..<6, using: &random)).map { _ in row() }.joined(separator: "," + space())
      return "{\"@odata.context\":\"x\",\(space())\"value\":\(space())[\(rows)]\(space())}"
    }

    mutating func row() -> String {
      var taken: Set<String> = []
      var members: [String] = []
      for _ in 0..<Int.random(in: 0..<14, using: &random) {
        let name = pick([
          "a", "msdynci_fullname", "_c_value", "value", "é", "one", "many", "b", "createdon", "a@T.FormattedValue",
          "_c_value@T.FormattedValue", "b@T.FormattedValue", "@odata.etag", "a@odata.type", "msdynci_fullname@T.Other",
          "A", "msdynci_fullnam", "msdynci_fullname2", "",
        ])
        guard taken.insert(name).inserted else { continue }
        members.append("\(spelled(name))\(space()):\(space())\(value(of: name))")
      }
      return "{\(space())\(members.joined(separator: space() + "," + space()))\(space())}"
    }

    /// As it is, or with one character as an escape.
    mutating func spelled(_ name: String) -> String {
      guard chance(4), let place = name.unicodeScalars.indices.randomElement(using: &random) else {
        return "\"\(name)\""
      }
      let scalars = name.unicodeScalars
      let escape = "\\u" + String(scalars[place].value + 0x10000, radix: 16).dropFirst()
      return "\"" + String(scalars[..<place]) + escape + String(scalars[scalars.index(after: place)...]) + "\""
    }

    mutating func value(of name: String) -> String {
      switch name {
      case "one": return chance(4) ? "null" : row()
      case "many":
        return "[\((0..<Int.random(in: 0..<3, using: &random)).map { _ in row() }.joined(separator: ","))]"
      case "@odata.etag": return "\"W/\\\"\(Int.random(in: 0..<99, using: &random))\\\"\""
      case "createdon", "A", "": return structure(depth: 2)
      default: return scalar()
      }
    }

    mutating func scalar() -> String {
      pick([
        "null", "true", "false", "0", "-1", "12.50", "1e3", "9007199254740993", "\"\"", "\"plain text of some length\"",
        "\"\\\"quoted\\\" \\\\ \\/ \\n\"", "\"Zo\\u00eb Müller 漢字 😀 \\ud83d\\ude00\"",
        "\"\(String(repeating: "x", count: 70))\"",
        "\"seven77\"", "\"eight888\"", "\"sixteen 16161616\"", "\"1234567\\n\"", "\"12345678é\"",
      ])
    }

    mutating func structure(depth: Int) -> String {
      guard depth > 0, !chance(3) else { return scalar() }
      if chance(2) { return "[\(structure(depth: depth - 1)),\(structure(depth: depth - 1))]" }
      return "{\"a\":\(structure(depth: depth - 1)),\"]\":\(scalar())}"
    }
  }

  /// What may stay of a row.
  private static func kept(_ row: [String: Any], _ tree: MemberTree, isTop: Bool) -> [String: Any] {
    var out: [String: Any] = [:]
    for (name, value) in row {
      if let expanded = tree.expanded[name] {
        if let one = value as? [String: Any] {
          out[name] = kept(one, expanded, isTop: false)
        } else if let many = value as? [[String: Any]] {
          out[name] = many.map { kept($0, expanded, isTop: false) }
        } else {
          out[name] = value
        }
      } else if tree.names.all.contains(name) || (isTop && name == "@odata.etag")
        || tree.annotated.contains(where: { name == "\($0)@\(term)" })
      {
        out[name] = value
      }
    }
    return out
  }

  @Test func agreesWithAFullParse() throws {
    let shape = testShape(.collection, Self.tree, annotations: [Self.term])
    var passed = 0
    for seed in 0..<1500 {
      var generator = Generator(random: SeededGenerator(seed: UInt64(seed) + 900_000))
      let answer = Array(generator.answer().utf8)
      var chunks: [[UInt8]] = []
      var rest = answer[...]
      while !rest.isEmpty {
        let length = Int.random(in: 1...(seed % 3 == 0 ? rest.count : min(40, rest.count)), using: &generator.random)
        chunks.append(Array(rest.prefix(length)))
        rest = rest.dropFirst(length)
      }
      let shaped = shaping(chunks, shape)
      let text = String(decoding: answer, as: UTF8.self)
      try #require(shaped.error == nil, "\(shaped.error.debugDescription) seed \(seed): \(text)")
      let whole = try #require(try JSONSerialization.jsonObject(with: Data(answer)) as? [String: Any])
      let rows = try #require(whole["value"] as? [[String: Any]])
      let ours = try #require(try JSONSerialization.jsonObject(with: Data(shaped.text.utf8)) as? [String: Any])
      let expected = rows.map { Self.kept($0, Self.tree, isTop: true) }
      #expect(NSArray(array: expected) == NSArray(array: (ours["value"] as? [Any]) ?? []), "seed \(seed): \(text)")
      #expect(shaped.rows == rows.count)
      passed += rows.count
    }
    #expect(passed > 2000)
  }

  /// Every cut of some of them gives the same bytes.
  @Test func everySplitGivesTheSame() {
    let shape = testShape(.collection, Self.tree, annotations: [Self.term])
    for seed in 0..<12 {
      var generator = Generator(random: SeededGenerator(seed: UInt64(seed) + 800_000))
      let answer = Array(generator.answer().utf8)
      let whole = shaping([answer], shape)
      #expect(whole.error == nil)
      for chunks in everySplit(answer) { #expect(shaping(chunks, shape) == whole, "seed \(seed)") }
    }
  }
}
