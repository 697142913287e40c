/// Equality of texts byte by byte.
///
/// `==` of strings is canonical equivalence: `é` equals `e` with a combining accent. Services may tell the two apart, so
/// trees do: a cache that merged them would answer one query with the rows of the other. Where a hash is made by hand,
/// it is of the bytes, too: that of `String` would normalise them first.
func isSame(_ left: String, _ right: String) -> Bool {
  guard left.utf8.count == right.utf8.count else { return false }
  var (left, right) = (left, right)
  return left.withUTF8 { left in right.withUTF8 { isSame(left, $0) } }
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
    var text = text
    text.withUTF8 { combine(bytes: UnsafeRawBufferPointer($0)) }
    combine(UInt8(0xFF))
  }
}
