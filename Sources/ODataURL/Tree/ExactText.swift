/// Equality of texts byte by byte.
///
/// `==` of strings is canonical equivalence: `é` equals `e` with a combining accent. Services may tell the two apart, so
/// trees do: a cache that merged them would answer one query with the rows of the other. Where a hash is made by hand,
/// it is of the bytes, too: that of `String` would normalise them first.
func isSame(_ left: String, _ right: String) -> Bool {
  guard left.utf8.count == right.utf8.count else { return false }
  let result = left.utf8.withContiguousStorageIfAvailable { left in
    right.utf8.withContiguousStorageIfAvailable { isSame(left, $0) }
  }
  return (result ?? nil) ?? left.utf8.elementsEqual(right.utf8)
}

/// Equality of as many bytes on both sides, eight at a time.
package func isSame(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Bool {
  guard left.count == right.count else { return false }
  let (first, second) = (UnsafeRawBufferPointer(left), UnsafeRawBufferPointer(right))
  var index = 0
  while index + 8 <= first.count {
    let (one, other) = (
      first.loadUnaligned(fromByteOffset: index, as: UInt64.self),
      second.loadUnaligned(fromByteOffset: index, as: UInt64.self)
    )
    if one != other { return false }
    index += 8
  }
  while index < first.count {
    if first[index] != second[index] { return false }
    index += 1
  }
  return true
}

func isSame(_ left: String?, _ right: String?) -> Bool {
  switch (left, right) {
  case (let left?, let right?): isSame(left, right)
  case (nil, nil): true
  default: false
  }
}

func isSame(_ left: [String], _ right: [String]) -> Bool { left.elementsEqual(right, by: isSame) }

extension Hasher {
  /// Takes in the bytes of `text` and its end, which no byte of UTF-8 looks like.
  mutating func combine(bytesOf text: String) {
    if text.utf8.withContiguousStorageIfAvailable({ combine(bytes: UnsafeRawBufferPointer($0)) }) == nil {
      for byte in text.utf8 { combine(byte) }
    }
    combine(UInt8(0xFF))
  }
}

/// What goes into a hash, collected, so that the hasher gets it in few large pieces: each call of it costs as much as
/// dozens of bytes.
///
/// The invariant: the first `count` bytes of `buffer` are initialised and it has room for more, which every write makes
/// sure of; whoever made the value keeps the buffer as long as it.
struct HashInput: ~Copyable {
  private var hasher: Hasher
  private let buffer: UnsafeMutableRawBufferPointer
  private var count = 0

  /// - Parameters:
  ///   - hasher: what has gone into the hash so far.
  ///   - buffer: sixteen bytes or more that nobody else uses.
  init(_ hasher: Hasher, _ buffer: UnsafeMutableRawBufferPointer) {
    self.hasher = hasher
    self.buffer = buffer
  }

  @inline(__always) mutating func combine(_ byte: UInt8) {
    if count + 1 > buffer.count { flush() }
    buffer[count] = byte
    count += 1
  }

  @inline(__always) mutating func combine(_ word: UInt64) {
    if count + 8 > buffer.count { flush() }
    buffer.storeBytes(of: word, toByteOffset: count, as: UInt64.self)
    count += 8
  }

  /// Takes in a kind, the bytes of `text` and its end, which no byte of UTF-8 looks like.
  mutating func combine(_ kind: UInt8, _ text: String) {
    combine(kind)
    let isWhole: Void? = text.utf8.withContiguousStorageIfAvailable { text in
      if text.count > buffer.count - count { flush() }
      if text.count > buffer.count { return hasher.combine(bytes: UnsafeRawBufferPointer(text)) }
      if let start = text.baseAddress, let place = buffer.baseAddress {
        (place + count).copyMemory(from: start, byteCount: text.count)
        count += text.count
      }
    }
    if isWhole == nil { for byte in text.utf8 { combine(byte) } }
    combine(UInt8(0xFF))
  }

  /// Lends the hasher, which has all that was taken in so far.
  mutating func withHasher(_ body: (inout Hasher) -> Void) {
    flush()
    body(&hasher)
  }

  /// The hasher with all that was taken in.
  consuming func hasherOfAll() -> Hasher {
    flush()
    return hasher
  }

  private mutating func flush() {
    hasher.combine(bytes: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    count = 0
  }
}
