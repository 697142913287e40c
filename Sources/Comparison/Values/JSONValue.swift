package import JSONStream

/// A JSON document as a tree. Numbers stay as they are written; names and texts are compared by bytes, never as `String`.
package indirect enum JSONValue: Sendable {
  case null
  case bool(Bool)
  /// As it stands in the source.
  case number(String)
  case string(String)
  case array([JSONValue])
  case object([JSONMember])

  /// Levels of nesting that are read.
  package static let depth = 64

  /// Reads one whole document (RFC 8259), strictly.
  /// - Throws: what is wrong with it, without any of its text; `unexpected` for an object that has one name twice,
  ///   since nobody can tell which of the two counts.
  package init(_ bytes: [UInt8]) throws(JSONStreamError) {
    var tree = JSONTree()
    var reader = JSONReader(limits: JSONLimits(depth: JSONValue.depth, tokenBytes: bytes.count + 1))
    try reader.read(bytes, into: &tree)
    try reader.finish(into: &tree)
    guard let value = tree.value else {
      throw JSONStreamError(.truncated, at: bytes.count, "The document ends before it is whole.")
    }
    self = value
  }

  /// The member of that name, byte by byte; `nil` in what is no object.
  package func member(_ name: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.name.utf8.elementsEqual(name.utf8) }?.value
  }

  var isObject: Bool {
    if case .object = self { true } else { false }
  }
}

/// A member of a JSON object.
package struct JSONMember: Sendable {
  /// Decoded.
  package var name: String
  /// Decoded but for numbers, which keep their digits.
  package var value: JSONValue
}

/// Builds the tree; as deep as the reader lets it.
private struct JSONTree: JSONEventHandler {
  private struct Level {
    var isObject: Bool
    var items: [JSONValue] = []
    var members: [JSONMember] = []
    var name = ""
  }

  private(set) var value: JSONValue?
  private var levels: [Level] = []

  mutating func handle(_ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>) throws(JSONStreamError) {
    switch event {
    case .beginObject: levels.append(Level(isObject: true))
    case .beginArray: levels.append(Level(isObject: false))
    case .endObject, .endArray: try close()
    case .name:
      let name = try JSONText.decodeString(text)
      if !levels.isEmpty { levels[levels.count - 1].name = name }
    case .string: put(.string(try JSONText.decodeString(text)))
    case .number: put(.number(String(decoding: text, as: UTF8.self)))
    case .bool: put(.bool(text.first == UInt8(ascii: "t")))
    case .null: put(.null)
    }
  }

  private mutating func close() throws(JSONStreamError) {
    guard let level = levels.popLast() else { return }
    guard level.isObject else { return put(.array(level.items)) }
    guard Set(level.members.map { Array($0.name.utf8) }).count == level.members.count else {
      throw JSONStreamError(.unexpected, at: 0, "An object has one name twice.")
    }
    put(.object(level.members))
  }

  private mutating func put(_ new: JSONValue) {
    let top = levels.count - 1
    guard top >= 0 else {
      value = new
      return
    }
    if levels[top].isObject {
      levels[top].members.append(JSONMember(name: levels[top].name, value: new))
    } else {
      levels[top].items.append(new)
    }
  }
}
