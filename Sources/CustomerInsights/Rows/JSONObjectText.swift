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
    var reader = JSONReader(limits: JSONLimits(depth: depth))
    do throws(JSONStreamError) {
      let text = try token.withUnsafeBufferPointer { (token) throws(JSONStreamError) in try JSONText.decode(token) }
      try reader.read(text, into: &handler)
      try reader.finish(into: &handler)
      return true
    } catch {
      return false
    }
  }

  private struct Collector: JSONEventHandler {
    var members: [(name: String, value: [UInt8])] = []
    private var depth = 0
    private var name = ""
    private var value = JSONWriter()

    mutating func handle(_ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>) throws(JSONStreamError) {
      switch event {
      case .beginObject, .beginArray:
        depth += 1
        if depth == 1 {
          guard event == .beginObject else { throw JSONStreamError(.unexpected, at: 0, "No object.") }
        } else {
          value.write(event, text)
        }
      case .endObject, .endArray:
        depth -= 1
        guard depth > 0 else { return }
        value.write(event, text)
        close()
      case .name where depth == 1: name = String(decoding: try JSONText.decode(text), as: UTF8.self)
      case .name: value.write(event, text)
      case .string, .number, .bool, .null:
        guard depth > 0 else { throw JSONStreamError(.unexpected, at: 0, "No object.") }
        value.write(event, text)
        close()
      }
    }

    /// A value is whole when it ends on the object's own level.
    private mutating func close() {
      guard depth == 1 else { return }
      members.append((name, value.take()))
      value = JSONWriter()
    }
  }
}

extension LegacyShape {
  /// The name of the JSON column where it is shown as the text that it is.
  var bareName: String { unfold.map { $0.hasPrefix("msdynci_") ? String($0.dropFirst(8)) : $0 } ?? "" }

  /// Writes the members of the JSON column into a row that is being written, behind its other members.
  ///
  /// Of each name (without case) the first spelling counts. Text that holds no object is written as it is, under the
  /// column's own name, unless the row has a member of that name.
  /// - Parameters:
  ///   - token: the column's value, a JSON string token.
  ///   - names: names that the row has already, in lower case; gets those that are written.
  func unfold(_ token: [UInt8], names: inout Set<String>, into writer: inout JSONWriter) {
    guard let members = JSONObjectText.members(ofStringToken: token) else {
      guard names.insert(bareName.lowercased()).inserted else { return }
      writer.name(bareName)
      writer.raw(token)
      return
    }
    for (name, value) in members {
      let key = name.lowercased()
      guard unfoldMembers?.contains(key) ?? true, names.insert(key).inserted else { continue }
      writer.name(name)
      writer.raw(value)
    }
  }
}
