import JSONStream

/// JSON that lies as text in a string.
enum JSONObjectText {
  /// Levels of nesting that such text may have; deeper text counts as no JSON.
  static let depth = 16

  /// Members of the object in their order, values as they stand; `nil` when the string holds anything else.
  static func members(ofStringToken token: [UInt8]) -> [(name: String, value: [UInt8])]? {
    var collector = Collector()
    guard read(token, into: &collector) else { return nil }
    return collector.members
  }

  /// Reads the JSON document in a string token.
  /// - Returns: whether it was one, and taken to its end.
  static func read(_ token: [UInt8], into handler: inout some JSONEventHandler) -> Bool {
    var reader = JSONTextReader()
    return token.withUnsafeBufferPointer { reader.read($0, into: &handler) }
  }

  private struct Collector: JSONEventHandler {
    var members: [(name: String, value: [UInt8])] = []
    private var object = ObjectMembers()
    private var name = ""

    mutating func handle(_ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>) throws(JSONStreamError) {
      switch try object.take(event, text) {
      case .name: name = String(decoding: try JSONText.decode(text), as: UTF8.self)
      case .scalar: members.append((name, Array(text)))
      case .structure: members.append((name, object.takeStructure()))
      case .inside: return
      }
    }
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

extension LegacyShape {
  /// Writes the members of the JSON column into a row that is being written, behind its other members: what
  /// ``LegacyShaper`` says of them.
  /// - Parameters:
  ///   - token: the column's value, a JSON token; `nil` when the row does not have it.
  ///   - names: names that the row has already; gets those that are written.
  func unfold(_ token: [UInt8]?, names: inout Set<FoldedText>, into writer: inout JSONWriter) {
    let wanted = unfoldMembers.map { Set($0.map(FoldedText.init)) }
    for (name, value) in token.flatMap({ JSONObjectText.members(ofStringToken: $0) }) ?? [] {
      let key = FoldedText(name)
      guard !LegacyShape.isAnnotation(name), wanted?.contains(key) ?? true, names.insert(key).inserted else { continue }
      writer.name(name)
      writer.raw(value)
    }
    for name in unfoldMembers ?? [] where !LegacyShape.isAnnotation(name) && names.insert(FoldedText(name)).inserted {
      writer.name(name)
      writer.null()
    }
  }
}
