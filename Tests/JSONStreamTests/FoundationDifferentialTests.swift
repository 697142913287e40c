import TestSupport
import Foundation
import JSONStream
import Testing

/// The same documents read by another reader.
@Suite struct FoundationDifferentialTests {
  /// Builds what `JSONSerialization` would have given.
  private struct Builder: JSONEventHandler {
    private enum Open {
      case object([String: Any])
      case array([Any])
    }

    var root: Any?
    private var open: [Open] = []
    private var names: [String] = []

    mutating func handle(_ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>) throws(JSONStreamError) {
      switch event {
      case .beginObject: open.append(.object([:]))
      case .beginArray: open.append(.array([]))
      case .endObject, .endArray:
        switch open.popLast() {
        case .object(let members): add(members)
        case .array(let items): add(items)
        case nil: Issue.record("An end without a beginning.")
        }
      case .name: names.append(try JSONText.decodeString(text))
      case .string: add(String(decoding: try JSONText.decode(text), as: UTF8.self))
      case .number: add(NSNumber(value: Double(String(decoding: text, as: UTF8.self)) ?? .nan))
      case .bool: add(NSNumber(value: text.count == 4))
      case .null: add(NSNull())
      }
    }

    private mutating func add(_ value: Any) {
      switch open.popLast() {
      case .object(var members):
        members[names.removeLast()] = value
        open.append(.object(members))
      case .array(let items): open.append(.array(items + [value]))
      case nil: root = value
      }
    }
  }

  /// A text in which equal values are equal and others are not; -0 is 0, as the other reader has it.
  private static func canonical(_ value: Any) -> String {
    switch value {
    case let members as [String: Any]:
      let parts = members.map { name, value in (Array(name.utf8).description, canonical(value)) }
      return "{" + parts.sorted { $0.0 < $1.0 }.map { "\($0.0):\($0.1)" }.joined(separator: ",") + "}"
    case let items as [Any]: return "[" + items.map(canonical).joined(separator: ",") + "]"
    case let text as String: return "s\(Array(text.utf8))"
    case is NSNull: return "null"
    case let number as NSNumber: return "n\(number.doubleValue + 0)"
    default: return "?"
    }
  }

  @Test func agreesOnRandomDocuments() throws {
    for seed in 0..<400 {
      var generator = DocumentGenerator(seed: 10_000 + UInt64(seed))
      let document = generator.document()
      var reader = JSONReader()
      var builder = Builder()
      try reader.read(document, into: &builder)
      try reader.finish(into: &builder)
      let other = try JSONSerialization.jsonObject(with: Data(document), options: [.fragmentsAllowed])
      let ours = try #require(builder.root)
      #expect(
        FoundationDifferentialTests.canonical(ours) == FoundationDifferentialTests.canonical(other), "seed \(seed)")
    }
  }

  /// What it refuses of damaged documents, we refuse too. (We are stricter: it takes some that RFC 8259 does not.)
  @Test func takesNothingThatTheOtherRefuses() {
    var random = SeededGenerator(seed: 99)
    let bytes = Array("{}[]\":,\\u09eE+-.tfn ".utf8)
    var taken = 0
    for seed in 0..<1200 {
      var generator = DocumentGenerator(seed: 20_000 + UInt64(seed % 150))
      var document = generator.document()
      guard !document.isEmpty else { continue }
      document[Int.random(in: 0..<document.count, using: &random)] = bytes.randomElement(using: &random) ?? 0
      guard reading(document).error == nil else { continue }
      taken += 1
      #expect(throws: Never.self, "\(String(decoding: document, as: UTF8.self))") {
        _ = try JSONSerialization.jsonObject(with: Data(document), options: [.fragmentsAllowed])
      }
    }
    #expect(taken > 50)
  }
}
