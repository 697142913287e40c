import ODataURL

/// Where each of a fixed set of names is, found by its bytes.
///
/// A `Dictionary` of strings hashes what Unicode's rules make of them, with a hash that withstands keys chosen to
/// collide; looking names up so took a third of a judgement. Here the keys are those of a schema or a policy, which the
/// operator gives, and names that are only canonically equivalent are not the same, as for Dataverse itself.
package struct NameIndex: Sendable {
  private struct Slot {
    var hash: UInt32
    /// -1 for a free slot.
    var place: Int32 = -1
    /// In ``NameIndex/bytes``.
    var start: Int32 = 0
    var count: Int32 = 0
  }

  /// A power of two, at most half of them taken: a search ends at a free slot.
  private var slots: [Slot]
  /// All names, one behind the other.
  private var bytes: [UInt8]

  /// - Parameter names: of two that are the same the first is found. Names beyond 2 GiB in all are not found.
  package init(_ names: some Sequence<String>) {
    let names = Array(names)
    var size = 2
    while size < 2 * names.count { size *= 2 }
    slots = Array(repeating: Slot(hash: 0), count: size)
    bytes = []
    bytes.reserveCapacity(names.reduce(0) { $0 + $1.utf8.count })
    for (place, name) in names.enumerated() { insert(Array(name.utf8), place) }
  }

  private mutating func insert(_ name: [UInt8], _ place: Int) {
    guard let place = Int32(exactly: place), let start = Int32(exactly: bytes.count),
      let count = Int32(exactly: name.count)
    else { return }
    let hash = name.withUnsafeBufferPointer(NameIndex.hash)
    guard name.withUnsafeBufferPointer({ find($0, hash) }) == nil else { return }
    var slot = Int(hash) & (slots.count - 1)
    while slots[slot].place >= 0 { slot = (slot + 1) & (slots.count - 1) }
    slots[slot] = Slot(hash: hash, place: place, start: start, count: count)
    bytes += name
  }

  /// Where the name was among those that the index was made of.
  package subscript(_ name: String) -> Int? {
    name.utf8.withContiguousStorageIfAvailable { find($0, NameIndex.hash($0)) }
      ?? Array(name.utf8).withUnsafeBufferPointer { find($0, NameIndex.hash($0)) }
  }

  private func find(_ name: UnsafeBufferPointer<UInt8>, _ hash: UInt32) -> Int? {
    slots.withUnsafeBufferPointer { slots in
      bytes.withUnsafeBufferPointer { bytes in
        var index = Int(hash) & (slots.count - 1)
        while slots[index].place >= 0 {
          let slot = slots[index]
          if slot.hash == hash, Int(slot.count) == name.count,
            isSame(UnsafeBufferPointer(rebasing: bytes[Int(slot.start)..<Int(slot.start + slot.count)]), name)
          {
            return Int(slot.place)
          }
          index = (index + 1) & (slots.count - 1)
        }
        return nil
      }
    }
  }

  /// Mixes eight bytes at a time by the two halves of a product.
  private static func hash(_ name: UnsafeBufferPointer<UInt8>) -> UInt32 {
    let raw = UnsafeRawBufferPointer(name)
    var hash = UInt64(truncatingIfNeeded: raw.count)
    func mix(_ word: UInt64) {
      let product = (hash ^ word).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
      hash = product.high ^ product.low
    }
    var index = 0
    while index + 8 <= raw.count {
      mix(raw.loadUnaligned(fromByteOffset: index, as: UInt64.self))
      index += 8
    }
    if index < raw.count, raw.count >= 8 {
      // Some bytes once more: cheaper than one by one.
      mix(raw.loadUnaligned(fromByteOffset: raw.count - 8, as: UInt64.self))
    } else if index < raw.count {
      var word: UInt64 = 0
      while index < raw.count {
        word = word << 8 | UInt64(raw[index])
        index += 1
      }
      mix(word)
    }
    return UInt32(truncatingIfNeeded: hash ^ hash >> 32)
  }
}
