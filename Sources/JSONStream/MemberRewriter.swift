/// What becomes of one member of an object.
package enum MemberDecision: Sendable {
  /// Name and value stay; members inside the value are asked about in turn.
  case keep
  /// Name and value go, with all that is inside.
  case drop
  /// As `keep`, under another name.
  case rename(String)
  /// The name stays, the value becomes this JSON value, taken as it is.
  case replace([UInt8])
  /// The name stays; the closure is given the whole value, without white space, and gives the JSON value to write.
  case transform(@Sendable (_ value: [UInt8]) throws(JSONStreamError) -> [UInt8])
}

/// Decides member by member, from the name and where it stands alone: the value is not there yet, and an annotation
/// comes before its property (OData JSON 4.01, section 4.6).
package protocol MemberRules {
  /// - Parameters:
  ///   - name: the name's token, with quotes; `JSONText.equals` compares it.
  ///   - path: names of the members that the object lies in, outermost first, as the source spells them; arrays add
  ///     nothing. Its count is the depth.
  /// - Throws: to refuse the document.
  mutating func decide(
    _ name: UnsafeBufferPointer<UInt8>, at path: [String]
  ) throws(JSONStreamError) -> MemberDecision
}

/// Copies a document while rules decide over each of its members. Keeps the names of open members, and of values only
/// one that is being transformed.
package struct MemberRewriter<Rules: MemberRules>: JSONEventHandler {
  private enum Mode {
    case copying
    /// Over a value that goes; so many of its levels are open.
    case dropping(depth: Int)
    /// Over a value that is being collected for a closure.
    case holding(depth: Int, @Sendable ([UInt8]) throws(JSONStreamError) -> [UInt8])
  }

  /// What is written; take from it at any time.
  package var writer = JSONWriter()
  package private(set) var rules: Rules
  private let valueBytes: Int
  private var mode = Mode.copying
  private var held = JSONWriter()
  private var path: [String] = []
  /// For each open level, whether it added a name to the path.
  private var levels: [Bool] = []
  /// The name whose value comes next, as its token; empty for items of arrays.
  private var name: [UInt8] = []

  /// - Parameter valueBytes: the most bytes that a value to be transformed may have.
  package init(rules: Rules, valueBytes: Int = 1 << 20) {
    self.rules = rules
    self.valueBytes = valueBytes
  }

  package mutating func handle(
    _ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>
  ) throws(JSONStreamError) {
    switch mode {
    case .copying: try copy(event, text)
    case .dropping(let depth):
      let left = depth + MemberRewriter.step(event)
      mode = left == 0 ? .copying : .dropping(depth: left)
    case .holding(let depth, let transform):
      held.write(event, text)
      guard held.bytes.count <= valueBytes else {
        throw JSONStreamError(.tokenTooLong, at: 0, "A value to be rewritten is longer than \(valueBytes) bytes.")
      }
      let left = depth + MemberRewriter.step(event)
      guard left == 0 else {
        mode = .holding(depth: left, transform)
        return
      }
      writer.raw(try transform(held.take()))
      held = JSONWriter()
      mode = .copying
    }
  }

  private mutating func copy(
    _ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>
  ) throws(JSONStreamError) {
    switch event {
    case .name: return try decide(text)
    case .beginObject, .beginArray:
      levels.append(!name.isEmpty)
      if !name.isEmpty {
        path.append(
          try name.withUnsafeBufferPointer { (raw) throws(JSONStreamError) in try JSONText.decodeString(raw) })
      }
    case .endObject, .endArray:
      if levels.popLast() == true { path.removeLast() }
    case .string, .number, .bool, .null: break
    }
    name.removeAll(keepingCapacity: true)
    writer.write(event, text)
  }

  private mutating func decide(_ text: UnsafeBufferPointer<UInt8>) throws(JSONStreamError) {
    switch try rules.decide(text, at: path) {
    case .keep:
      writer.rawName(text)
      name.append(contentsOf: text)
    case .rename(let new):
      writer.name(new)
      name.append(contentsOf: text)
    case .drop: mode = .dropping(depth: 0)
    case .replace(let value):
      writer.rawName(text)
      writer.raw(value)
      mode = .dropping(depth: 0)
    case .transform(let transform):
      writer.rawName(text)
      mode = .holding(depth: 0, transform)
    }
  }

  /// How the event changes the number of open levels.
  private static func step(_ event: JSONEvent) -> Int {
    switch event {
    case .beginObject, .beginArray: 1
    case .endObject, .endArray: -1
    case .name, .string, .number, .bool, .null: 0
    }
  }
}

extension JSONWriter {
  /// Writes one event of a ``JSONReader`` as it came.
  package mutating func write(_ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>) {
    switch event {
    case .beginObject: beginObject()
    case .endObject: endObject()
    case .beginArray: beginArray()
    case .endArray: endArray()
    case .name: rawName(text)
    case .string, .number, .bool, .null: raw(text)
    }
  }
}
