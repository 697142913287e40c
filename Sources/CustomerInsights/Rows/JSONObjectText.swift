import JSONStream

/// JSON that lies as text in a string.
enum JSONObjectText {
  /// Levels of nesting that such text may have; deeper text counts as no JSON.
  static let depth = 16

  /// Reads the JSON document in a string token.
  /// - Returns: whether it was one, and taken to its end.
  static func read(_ token: [UInt8], into handler: inout some JSONEventHandler) -> Bool {
    var reader = JSONTextReader()
    return token.withUnsafeBufferPointer { reader.read($0, into: &handler) }
  }
}

/// Reads JSON documents that lie as text in strings, one after the other, in memory that it keeps.
struct JSONTextReader: Sendable {
  private var json = JSONReader(limits: JSONLimits(depth: JSONObjectText.depth))
  private var text: [UInt8] = []

  /// Text beyond this is given back when it is read.
  private static let keptBytes = 1 << 16

  /// Reads the JSON document in a string token.
  /// - Returns: whether it was one, and taken to its end.
  mutating func read(
    _ token: UnsafeBufferPointer<UInt8>, into handler: inout some JSONEventHandler
  ) -> Bool {
    json.restart()
    defer { if text.count > JSONTextReader.keptBytes { text = [] } }
    do throws(JSONStreamError) {
      let count = try JSONText.decode(token, into: &text)
      try text.withUnsafeBufferPointer { (text) throws(JSONStreamError) in
        try json.read(UnsafeBufferPointer(rebasing: text[..<count]), into: &handler)
      }
      try json.finish(into: &handler)
      return true
    } catch {
      return false
    }
  }
}

/// Follows the events of one JSON object and tells its own members from what is inside of their values.
struct ObjectMembers: Sendable {
  enum Step {
    /// The event's text is the name of a member.
    case name
    /// The event's text is the value of the member named last.
    case scalar
    /// The value of the member named last, an array or object, has ended; ``takeStructure()`` gives it.
    case structure
    /// Nothing to be done.
    case inside
  }

  private var structure = JSONWriter()
  private var depth = 0

  /// - Throws: when the document is no object.
  mutating func take(_ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>) throws(JSONStreamError) -> Step {
    switch event {
    case .beginObject, .beginArray:
      depth += 1
      guard depth == 1 else { break }
      guard event == .beginObject else { throw JSONStreamError(.unexpected, at: 0, "No object.") }
      return .inside
    case .endObject, .endArray:
      depth -= 1
      guard depth > 0 else { return .inside }
      structure.write(event, text)
      // A value is whole when it ends on the object's own level.
      return depth == 1 ? .structure : .inside
    case .name where depth == 1: return .name
    case .name: break
    case .string, .number, .bool, .null:
      guard depth > 0 else { throw JSONStreamError(.unexpected, at: 0, "No object.") }
      if depth == 1 { return .scalar }
    }
    structure.write(event, text)
    return .inside
  }

  /// The array or object that has ended, white space left out.
  mutating func takeStructure() -> [UInt8] {
    defer { structure = JSONWriter() }
    return structure.take()
  }
}
