/// Finds names among a few known ones by their bytes, as they stand in a document: no string is made of them.
///
/// Open addressing over a power of two at least twice the number of names, so that a search always ends. Names are equal
/// byte for byte of their UTF-8. Which names a document asks for is the service's choice, but not which are in here, so
/// no document can make many names collide.
@usableFromInline
package struct NameTable: Sendable {
  /// What is given for a name that is not here.
  @usableFromInline package static let none = -1

  private struct Entry: Sendable {
    var hash: UInt64
    var start: Int
    var count: Int
    /// Whether a token without escapes can spell it.
    var isPlain: Bool
  }

  /// All names, one behind the other.
  private var text: [UInt8] = []
  private var entries: [Entry] = []
  /// Places in `entries`; -1 where there is none.
  private var slots: [Int32] = [-1, -1]

  package init() {}

  /// Names in the order of their numbers; one that stands twice has its first.
  package init(_ names: some Sequence<String>) {
    for name in names { _ = insert(name) }
  }

  /// Names in the table; their numbers begin at 0.
  package var count: Int { entries.count }

  /// The name of a number.
  package subscript(number: Int) -> String {
    let entry = entries[number]
    return String(decoding: text[entry.start..<entry.start + entry.count], as: UTF8.self)
  }

  /// Makes room for so many names, if there are none yet.
  package mutating func reserveCapacity(_ count: Int) {
    guard entries.isEmpty else { return }
    entries.reserveCapacity(count)
    text.reserveCapacity(count * NameTable.usualLength)
    var size = slots.count
    while size < count * 2 { size *= 2 }
    slots = [Int32](repeating: -1, count: size)
  }

  private static let usualLength = 24

  /// - Returns: the number of the name, old or new.
  package mutating func insert(_ name: String) -> Int {
    var name = name
    return name.withUTF8 { bytes in
      let known = find(bytes)
      guard known == NameTable.none else { return known }
      let entry = Entry(
        hash: NameTable.hash(bytes), start: text.count, count: bytes.count,
        isPlain: bytes.allSatisfy { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") })
      text.append(contentsOf: bytes)
      entries.append(entry)
      if entries.count * 2 > slots.count { grow() } else { place(entries.count - 1) }
      return entries.count - 1
    }
  }

  /// The number of the name that a JSON string token spells, its quotes included; ``none`` when it is not here.
  /// `"\u0061"` spells `a`.
  package func find(token: UnsafeBufferPointer<UInt8>) -> Int {
    guard token.count >= 2 else { return NameTable.none }
    let inner = UnsafeBufferPointer(rebasing: token[1..<token.count - 1])
    let found = find(inner)
    if found != NameTable.none, entries[found].isPlain { return found }
    guard NameTable.holdsBackslash(inner) else { return NameTable.none }
    do throws(JSONStreamError) {
      return try JSONText.decode(token).withUnsafeBufferPointer { find($0) }
    } catch {
      // Not a string token, so it spells nothing.
      return NameTable.none
    }
  }

  /// The number of a name given as UTF-8.
  package func find(_ name: UnsafeBufferPointer<UInt8>) -> Int {
    let hash = NameTable.hash(name)
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    while true {
      let place = Int(slots[slot])
      guard place >= 0 else { return NameTable.none }
      if entries[place].hash == hash, isEqual(entries[place], name) { return place }
      slot = (slot + 1) & mask
    }
  }

  private func isEqual(_ entry: Entry, _ name: UnsafeBufferPointer<UInt8>) -> Bool {
    guard entry.count == name.count else { return false }
    return text.withUnsafeBytes { text in
      guard let own = text.baseAddress, let other = name.baseAddress else { return entry.count == 0 }
      return TokenScanner.isEqual(own + entry.start, UnsafeRawPointer(other), entry.count)
    }
  }

  private mutating func grow() {
    slots = [Int32](repeating: -1, count: slots.count * 2)
    for index in entries.indices { place(index) }
  }

  private mutating func place(_ index: Int) {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: entries[index].hash) & mask
    while slots[slot] >= 0 { slot = (slot + 1) & mask }
    slots[slot] = Int32(index)
  }

  /// A hash of the length and all bytes, eight at a time; the last eight may overlap those before.
  static func hash(_ name: UnsafeBufferPointer<UInt8>) -> UInt64 {
    let bytes = UnsafeRawBufferPointer(name)
    let count = bytes.count
    let factor: UInt64 = 0x9E37_79B9_7F4A_7C15
    var hash = UInt64(truncatingIfNeeded: count) &* factor
    if count >= 8 {
      var index = 0
      while count - index > 8 {
        hash = (hash ^ bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)) &* factor
        hash ^= hash >> 32
        index += 8
      }
      hash = (hash ^ bytes.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self)) &* factor
    } else {
      for byte in bytes { hash = (hash ^ UInt64(byte)) &* factor }
    }
    return hash ^ (hash >> 32)
  }

  private static func holdsBackslash(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    let raw = UnsafeRawBufferPointer(bytes)
    let ones: UInt64 = 0x0101_0101_0101_0101
    var index = 0
    // No load reaches beyond the end, by the check before it.
    while raw.count - index >= 8 {
      let word =
        raw.loadUnaligned(fromByteOffset: index, as: UInt64.self) ^ (ones &* UInt64(UInt8(ascii: "\\")))
      if (word &- ones) & ~word & (ones << 7) != 0 { return true }
      index += 8
    }
    while index < raw.count {
      if raw[index] == UInt8(ascii: "\\") { return true }
      index += 1
    }
    return false
  }
}
