/// Writes JSON; the commas are its own affair. What is finished can be taken while the document goes on.
///
/// Callers keep to the order of JSON: in an object a name before each value, an end for each beginning. The writer does
/// not judge that.
@usableFromInline
package struct JSONWriter: Sendable {
  /// Room for what is written and not taken yet; its first `used` bytes are.
  @usableFromInline var room: [UInt8] = []
  @usableFromInline var used = 0
  /// Whether the next item needs a comma before it: not the first behind a bracket or of the document.
  @usableFromInline var needsComma = false
  @usableFromInline var isAfterName = false

  /// Room beyond this is given back when what is in it is taken.
  private static let keptRoom = 1 << 18

  package init() {}

  /// What is written and not taken yet.
  package var bytes: [UInt8] { Array(room[..<used]) }

  package mutating func beginObject() { open(UInt8(ascii: "{")) }
  package mutating func endObject() { close(UInt8(ascii: "}")) }
  package mutating func beginArray() { open(UInt8(ascii: "[")) }
  package mutating func endArray() { close(UInt8(ascii: "]")) }

  /// A member's name, escaped as needed.
  package mutating func name(_ text: String) { rawName(JSONText.encode(text)) }

  /// A member's name as it stood in a source, with its quotes.
  package mutating func rawName(_ raw: some Collection<UInt8>) {
    separate()
    append(raw)
    append(UInt8(ascii: ":"))
    isAfterName = true
  }

  /// A string value, escaped as needed.
  package mutating func string(_ text: String) { raw(JSONText.encode(text)) }

  /// A value as it stood in a source: one whole token, or a whole object or array.
  package mutating func raw(_ value: some Collection<UInt8>) {
    separate()
    append(value)
  }

  /// ``raw(_:)`` of a token that lies in memory, as those of a ``JSONReader`` do.
  @inlinable
  package mutating func raw(_ value: UnsafeBufferPointer<UInt8>) {
    separate()
    append(value)
  }

  /// A member with its name, quotes and colon made once and written often, and its value as it stood in a source. The
  /// value is to follow when `value` is empty.
  @inlinable
  package mutating func member(
    nameAndColon name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>
  ) {
    let count = name.count + value.count + 1
    if room.count - used < count { grow(by: count) }
    let isFirst = !needsComma
    var place = used
    room.withUnsafeMutableBufferPointer { room in
      // `place + count <= room.count` after the lines above, so that what is written lies inside.
      guard let target = room.baseAddress else { return }
      if !isFirst {
        target[place] = UInt8(ascii: ",")
        place += 1
      }
      JSONWriter.copy(name, to: target + place)
      place += name.count
      JSONWriter.copy(value, to: target + place)
      place += value.count
    }
    used = place
    needsComma = true
    isAfterName = value.isEmpty
  }

  /// Names and most values are so short that a call for copying takes longer than copying.
  @inlinable
  @inline(__always)
  static func copy(_ bytes: UnsafeBufferPointer<UInt8>, to target: UnsafeMutablePointer<UInt8>) {
    guard let start = bytes.baseAddress else { return }
    let count = bytes.count
    guard count >= 8, count <= 64 else { return target.update(from: start, count: count) }
    let (source, target) = (UnsafeRawPointer(start), UnsafeMutableRawPointer(target))
    var index = 0
    // No load or store reaches beyond `count` bytes; the last eight may overlap those before.
    while count - index > 8 {
      target.storeBytes(
        of: source.loadUnaligned(fromByteOffset: index, as: UInt64.self), toByteOffset: index, as: UInt64.self)
      index += 8
    }
    target.storeBytes(
      of: source.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self), toByteOffset: count - 8, as: UInt64.self)
  }

  package mutating func integer(_ value: Int) { raw(Array(String(value).utf8)) }

  package mutating func bool(_ value: Bool) { raw(Array((value ? "true" : "false").utf8)) }

  package mutating func null() { raw(Array("null".utf8)) }

  /// Hands over what is written so far, also in the middle of an object or array.
  package mutating func take() -> [UInt8] {
    let taken = Array(room[..<used])
    used = 0
    // One large token must not hold its memory for the rest of a long answer.
    if room.count > JSONWriter.keptRoom { room = [] }
    return taken
  }

  private mutating func open(_ bracket: UInt8) {
    separate()
    append(bracket)
    needsComma = false
  }

  private mutating func close(_ bracket: UInt8) {
    append(bracket)
    needsComma = true
  }

  /// Before a name or a value: the comma that the item before it calls for.
  @inlinable
  mutating func separate() {
    if isAfterName {
      isAfterName = false
      return
    }
    if needsComma { append(UInt8(ascii: ",")) }
    needsComma = true
  }

  private mutating func append(_ raw: some Collection<UInt8>) {
    let isDone: Void? = raw.withContiguousStorageIfAvailable { append($0) }
    if isDone == nil { for byte in raw { append(byte) } }
  }

  @inlinable
  mutating func append(_ byte: UInt8) {
    if used == room.count { grow(by: 1) }
    room[used] = byte
    used += 1
  }

  @inlinable
  mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard let source = bytes.baseAddress, bytes.count > 0 else { return }
    if room.count - used < bytes.count { grow(by: bytes.count) }
    let used = used
    room.withUnsafeMutableBufferPointer { room in
      // `used + bytes.count <= room.count` after the line above, so that what is written lies inside.
      guard let target = room.baseAddress else { return }
      (target + used).update(from: source, count: bytes.count)
    }
    self.used = used + bytes.count
  }

  @usableFromInline
  mutating func grow(by count: Int) {
    let wanted = max(used + count, room.count * 2, 4096)
    room.append(contentsOf: repeatElement(0, count: wanted - room.count))
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
