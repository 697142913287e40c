/// Remembers the names that objects had, in their order: the next object mostly has the same ones, and then a name is
/// known by comparing its bytes with those of the name that came in this place before. Neither is it searched for its end
/// and checked, as it was when it was first met, nor looked up.
///
/// A name is remembered as it was spelled, with quotes and colon, so that what is equal to it is sound JSON, and with the
/// number that it was given then. Beyond a limit nothing more is remembered, since documents choose their names.
@usableFromInline
package struct NameTrail: Sendable {
  private struct Entry: Sendable {
    var hash: UInt64
    /// In `text`, quotes and colon included.
    var start: Int
    var count: Int
    var scope: Int
    var number: Int
    /// The entry that came behind this one last, and the one before that, which is another: members that not all objects
    /// have are passed over or come back without a search.
    var next = 0
    var other = 0
  }

  private var text: [UInt8] = []
  /// The first is none, in front of the first name.
  private var entries = [Entry(hash: 0, start: 0, count: 0, scope: 0, number: NameTable.none)]
  /// Places in `entries`; 0 where there is none.
  private var slots = [Int32](repeating: 0, count: 16)
  private var last = 0
  private let mostNames: Int

  /// - Parameter mostNames: spellings that are remembered.
  package init(mostNames: Int = 1024) { self.mostNames = mostNames }

  /// Takes the name that stands at `bytes`, if it is one that stood here before.
  /// - Parameters:
  ///   - left: bytes that may be looked at.
  ///   - number: becomes what the name was given.
  /// - Returns: bytes of the name with its quotes and colon; 0 when it is another, or its colon is not right behind it.
  @usableFromInline
  package mutating func take(_ bytes: UnsafePointer<UInt8>, _ left: Int, scope: Int, number: inout Int) -> Int {
    var place = entries[last].next
    if !isEntry(place, bytes, left, scope) {
      place = entries[last].other
      guard isEntry(place, bytes, left, scope) else { return 0 }
    }
    last = place
    number = entries[place].number
    return entries[place].count
  }

  /// The number that a name was remembered with; `nil` when it is not remembered.
  /// - Parameters:
  ///   - token: the name with its quotes.
  ///   - scope: the same name may have another number in another one.
  @usableFromInline
  package mutating func find(_ token: UnsafeBufferPointer<UInt8>, scope: Int) -> Int? {
    guard let bytes = token.baseAddress else { return nil }
    let hash = NameTrail.hash(token, scope)
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    while slots[slot] != 0 {
      let place = Int(slots[slot])
      if entries[place].hash == hash, entries[place].count == token.count + 1, entries[place].scope == scope,
        isEqual(entries[place], bytes, token.count)
      {
        follow(place)
        return entries[place].number
      }
      slot = (slot + 1) & mask
    }
    return nil
  }

  /// Remembers a name that ``find(_:scope:)`` did not find, if there is room.
  @usableFromInline
  package mutating func remember(_ token: UnsafeBufferPointer<UInt8>, scope: Int, number: Int) {
    guard entries.count <= mostNames else {
      last = 0
      return
    }
    entries.append(
      Entry(
        hash: NameTrail.hash(token, scope), start: text.count, count: token.count + 1, scope: scope, number: number))
    text.append(contentsOf: token)
    text.append(UInt8(ascii: ":"))
    follow(entries.count - 1)
    if entries.count * 2 > slots.count { grow() } else { place(entries.count - 1) }
  }

  private static func hash(_ token: UnsafeBufferPointer<UInt8>, _ scope: Int) -> UInt64 {
    NameTable.hash(token) &+ UInt64(truncatingIfNeeded: scope)
  }

  /// Notes that an entry came behind the last one.
  private mutating func follow(_ place: Int) {
    if entries[last].next != place {
      entries[last].other = entries[last].next
      entries[last].next = place
    }
    last = place
  }

  private mutating func grow() {
    slots = [Int32](repeating: 0, count: slots.count * 2)
    for index in entries.indices.dropFirst() { place(index) }
  }

  private mutating func place(_ index: Int) {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: entries[index].hash) & mask
    while slots[slot] != 0 { slot = (slot + 1) & mask }
    slots[slot] = Int32(truncatingIfNeeded: index)
  }

  private func isEntry(_ place: Int, _ bytes: UnsafePointer<UInt8>, _ left: Int, _ scope: Int) -> Bool {
    guard place != 0, entries[place].count <= left, entries[place].scope == scope else { return false }
    return isEqual(entries[place], bytes, entries[place].count)
  }

  /// Whether the first `count` bytes of an entry, which has as many, are those at `bytes`.
  private func isEqual(_ entry: Entry, _ bytes: UnsafePointer<UInt8>, _ count: Int) -> Bool {
    text.withUnsafeBytes { text in
      guard let own = text.baseAddress else { return false }
      return TokenScanner.isEqual(own + entry.start, UnsafeRawPointer(bytes), count)
    }
  }
}
