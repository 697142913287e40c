/// Writes JSON; the commas are its own affair. What is finished can be taken while the document goes on.
///
/// Callers keep to the order of JSON: in an object a name before each value, an end for each beginning. The writer does
/// not judge that.
package struct JSONWriter: Sendable {
  /// What is written and not taken yet.
  package private(set) var bytes: [UInt8] = []
  /// For each open level, whether the next item needs a comma before it; the first is the document itself.
  private var needsComma: [Bool] = [false]
  private var afterName = false

  package init() {}

  package mutating func beginObject() { open(UInt8(ascii: "{")) }
  package mutating func endObject() { close(UInt8(ascii: "}")) }
  package mutating func beginArray() { open(UInt8(ascii: "[")) }
  package mutating func endArray() { close(UInt8(ascii: "]")) }

  /// A member's name, escaped as needed.
  package mutating func name(_ text: String) {
    separate()
    JSONText.append(text, to: &bytes)
    bytes.append(UInt8(ascii: ":"))
    afterName = true
  }

  /// A member's name as it stood in a source, with its quotes.
  package mutating func rawName(_ raw: some Collection<UInt8>) {
    separate()
    append(raw)
    bytes.append(UInt8(ascii: ":"))
    afterName = true
  }

  /// A string value, escaped as needed.
  package mutating func string(_ text: String) {
    separate()
    JSONText.append(text, to: &bytes)
  }

  /// A value as it stood in a source: one whole token, or a whole object or array.
  package mutating func raw(_ value: some Collection<UInt8>) {
    separate()
    append(value)
  }

  package mutating func integer(_ value: Int) {
    separate()
    bytes.append(contentsOf: String(value).utf8)
  }

  package mutating func bool(_ value: Bool) {
    separate()
    bytes.append(contentsOf: (value ? "true" : "false").utf8)
  }

  package mutating func null() {
    separate()
    bytes.append(contentsOf: "null".utf8)
  }

  /// Hands over what is written so far, also in the middle of an object or array.
  package mutating func take() -> [UInt8] {
    var taken: [UInt8] = []
    swap(&taken, &bytes)
    return taken
  }

  private mutating func open(_ bracket: UInt8) {
    separate()
    bytes.append(bracket)
    needsComma.append(false)
  }

  private mutating func close(_ bracket: UInt8) {
    bytes.append(bracket)
    if needsComma.count > 1 { needsComma.removeLast() }
  }

  /// Before a name or a value: the comma that the item before it calls for.
  private mutating func separate() {
    if afterName {
      afterName = false
      return
    }
    let level = needsComma.count - 1
    if needsComma[level] { bytes.append(UInt8(ascii: ",")) }
    needsComma[level] = true
  }

  private mutating func append(_ raw: some Collection<UInt8>) {
    // One copy of the whole where the bytes lie together, as they do in all but strange collections.
    let isDone: Void? = raw.withContiguousStorageIfAvailable { bytes.append(contentsOf: $0) }
    if isDone == nil { bytes.append(contentsOf: raw) }
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
