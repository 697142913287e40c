/// A view of bytes that something else keeps: a pointer, where array accesses cost a check of bounds, of uniqueness and
/// a retain for each piece, which together were a third of the time of a parse.
///
/// The invariant: whoever holds a view holds the ``RawText`` that it was taken from, too, and while a ``RawText`` lives
/// its bytes are neither moved nor freed; they change only under a ``Reader`` that is done with them. An index beyond the
/// bytes gives 0, never memory of others.
struct Bytes: RandomAccessCollection {
  private let start: UnsafePointer<UInt8>
  let count: Int

  /// - Parameter start: `count` bytes that are initialised and stay where they are for as long as the view is used.
  init(start: UnsafePointer<UInt8>, count: Int) {
    self.start = start
    self.count = count
  }

  /// The bytes of `buffer`, under the same condition.
  init(_ buffer: UnsafeBufferPointer<UInt8>) {
    // An empty buffer may have no address; no index leads to what this one points to.
    start = buffer.baseAddress ?? UnsafePointer(Self.nowhere.utf8Start)
    count = buffer.count
  }

  private static var nowhere: StaticString { "" }

  /// Whether both are the same memory.
  func isIdentical(to other: Bytes) -> Bool { start == other.start && count == other.count }

  var startIndex: Int { 0 }
  var endIndex: Int { count }

  @inline(__always) subscript(_ index: Int) -> UInt8 {
    UInt(bitPattern: index) < UInt(bitPattern: count) ? start[index] : 0
  }

  /// Lends the bytes of `range`, cut to those that there are.
  @inline(__always)
  func withBuffer<Result>(_ range: Range<Int>, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
    let range = range.clamped(to: 0..<count)
    return body(UnsafeBufferPointer(start: start + range.lowerBound, count: range.count))
  }

  /// `range` made larger until it begins and ends between characters, as far as that is UTF-8.
  func wholeCharacters(_ range: Range<Int>) -> Range<Int> {
    func isInside(_ index: Int) -> Bool { index > 0 && index < count && self[index] & 0xC0 == 0x80 }
    var (start, end) = (range.lowerBound, range.upperBound)
    // A character has four bytes at most; what has more is none.
    for _ in 0..<3 where isInside(start) { start -= 1 }
    if !range.isEmpty { for _ in 0..<3 where isInside(end) { end += 1 } }
    return start..<Swift.max(start, range.isEmpty ? start : end)
  }

  /// The text of `range`; what is no UTF-8 is replaced.
  func text(_ range: Range<Int>) -> String { withBuffer(range) { String(decoding: $0, as: UTF8.self) } }

  /// The text of `range`, where all bytes are known to be ASCII: they are not looked at again.
  @inline(__always) func asciiText(_ range: Range<Int>) -> String {
    #if compiler(>=6.2)
      // ASCII is UTF-8, which is all that the span may not be made without.
      withBuffer(range) { String(copying: UTF8Span(unchecked: $0.span, isKnownASCII: true)) }
    #else
      text(range)
    #endif
  }

  /// Whether `range` holds the bytes of `text`.
  func holds(_ text: String, in range: Range<Int>) -> Bool {
    guard text.utf8.count == range.count else { return false }
    let result = text.utf8.withContiguousStorageIfAvailable { text in withBuffer(range) { isSame($0, text) } }
    return result ?? text.utf8.elementsEqual(self[range])
  }
}

// MARK: - Sixteen and eight at a time

/// A byte in each eighth of a word.
@inline(__always) private func repeated(_ byte: UInt8) -> UInt64 { 0x0101_0101_0101_0101 &* UInt64(byte) }

/// The highest bit of each byte that is no letter of ASCII, no digit, no `_`, and no `-` where that counts; exact.
@inline(__always) func noWords(_ block: SIMD2<UInt64>, orHyphens: Bool = false) -> SIMD2<UInt64> {
  func all(_ byte: UInt8) -> SIMD2<UInt64> { SIMD2(repeating: repeated(byte)) }
  // Without their highest bits no sum of two bytes reaches the next one.
  let low = block & all(0x7F)
  let lower = low | all(0x20)
  let letters = (lower &+ all(0x80 - 0x61)) & ~(lower &+ all(0x80 - 0x7B))
  let digits = (low &+ all(0x80 - 0x30)) & ~(low &+ all(0x80 - 0x3A))
  var words = letters | digits | ~((low ^ all(ASCII.underscore)) &+ all(0x7F))
  if orHyphens { words |= ~((low ^ all(ASCII.minus)) &+ all(0x7F)) }
  return (~words | block) & all(0x80)
}

extension Bytes {
  /// Eight bytes from `index` on, the first in the lowest bits; the caller sees to it that there are as many.
  @inline(__always) private func word(at index: Int) -> UInt64 {
    UInt64(littleEndian: UnsafeRawPointer(start + index).loadUnaligned(as: UInt64.self))
  }

  /// Sixteen bytes from `index` on; the caller sees to it that there are as many.
  @inline(__always) private func block(at index: Int) -> SIMD16<UInt8> {
    UnsafeRawPointer(start + index).loadUnaligned(as: SIMD16<UInt8>.self)
  }

  /// The same as two words.
  @inline(__always) private func words(at index: Int) -> SIMD2<UInt64> {
    UnsafeRawPointer(start + index).loadUnaligned(as: SIMD2<UInt64>.self)
  }

  /// All bits of each byte of `block` that is the one in `pattern`, none of the others.
  @inline(__always) private func matches(_ block: SIMD16<UInt8>, _ pattern: SIMD16<UInt8>) -> SIMD2<UInt64> {
    unsafeBitCast(block .== pattern, to: SIMD2<UInt64>.self)
  }

  /// The place of the first byte whose bits are set in `found`, 16 if there is none; bytes have all bits or none.
  @inline(__always) private static func lowest(_ found: SIMD2<UInt64>) -> Int {
    found[0] != 0 ? found[0].trailingZeroBitCount >> 3 : 8 + found[1].trailingZeroBitCount >> 3
  }

  /// `found` without its first `count` bytes, 0 to 15 of them.
  @inline(__always) private static func behind(_ count: Int, _ found: SIMD2<UInt64>) -> SIMD2<UInt64> {
    let rest = UInt64.max &<< (UInt64(truncatingIfNeeded: count & 7) &* 8)
    return count < 8 ? SIMD2(found[0] & rest, found[1]) : SIMD2(0, found[1] & rest)
  }

  /// Where `byte` stands first in `range`, which is cut to the bytes that there are.
  func first(_ byte: UInt8, in range: Range<Int>) -> Int? {
    let range = range.clamped(to: 0..<count)
    var index = range.lowerBound
    let bytes = SIMD16(repeating: byte)
    while index &+ 32 <= range.upperBound {
      let near = matches(block(at: index), bytes)
      let far = matches(block(at: index &+ 16), bytes)
      let found = near | far
      if found[0] | found[1] != 0 {
        return near[0] | near[1] != 0 ? index &+ Self.lowest(near) : index &+ 16 &+ Self.lowest(far)
      }
      index &+= 32
    }
    // Looks beyond the range, but not beyond the bytes.
    while index < range.upperBound, index &+ 16 <= count {
      let found = matches(block(at: index), bytes)
      if found[0] | found[1] != 0 {
        let place = index &+ Self.lowest(found)
        return place < range.upperBound ? place : nil
      }
      index &+= 16
    }
    guard index < range.upperBound else { return nil }
    if count >= 16 {
      // The last sixteen bytes: those in front of `index` are left out.
      let last = count - 16
      let found = last + Self.lowest(Self.behind(index - last, matches(block(at: last), bytes)))
      return found < range.upperBound ? found : nil
    }
    while index < range.upperBound {
      if start[index] == byte { return index }
      index += 1
    }
    return nil
  }

  /// The end of the letters, digits and underscores that stand from `index` on, at most `limit`.
  func endOfWord(from index: Int, to limit: Int) -> Int {
    let limit = Swift.min(limit, count)
    guard index >= 0 else { return limit }
    var index = index
    // Looks beyond the limit, but not beyond the bytes.
    while index < limit, index &+ 16 <= count {
      let found = noWords(words(at: index))
      if found[0] | found[1] != 0 { return Swift.min(index &+ Self.lowest(found), limit) }
      index &+= 16
    }
    if index < limit, count >= 16 {
      // The last sixteen bytes: those in front of `index` are left out.
      let last = count - 16
      return Swift.min(last + Self.lowest(Self.behind(index - last, noWords(words(at: last)))), limit)
    }
    while index < limit, start[index].isWord { index += 1 }
    return Swift.min(index, limit)
  }

  /// Whether every byte of `range` stands for itself: ASCII, no control, no `%`, and no `+` where that is a blank.
  func isPlain(_ range: Range<Int>, plusAsSpace: Bool) -> Bool {
    // Where a plus sign is plain, looks for the percent sign twice.
    isPlain(range, without: plusAsSpace ? ASCII.plus : ASCII.percent, ASCII.percent)
  }

  /// Whether every byte stands for itself wherever it stands: as above, no `+` and no `#`.
  var isPlainEverywhere: Bool { isPlain(0..<count, without: ASCII.plus, ASCII.hash) }

  /// Whether every byte stands for itself in text between double quotes: ASCII, no control, no `"`, no backslash; not
  /// true of those with `%`, which do as well.
  var isPlainJSON: Bool { isPlain(0..<count, without: ASCII.doubleQuote, ASCII.backslash) }

  /// Whether all bytes of `range` are ASCII, and none is a control, `%`, `first` or `second`.
  @inline(__always)
  private func isPlain(_ range: Range<Int>, without first: UInt8, _ second: UInt8) -> Bool {
    let range = range.clamped(to: 0..<count)
    var index = range.lowerBound
    if range.count >= 16 {
      let (percents, firsts) = (SIMD16(repeating: ASCII.percent), SIMD16(repeating: first))
      let (seconds, blanks, ones) = (
        SIMD16(repeating: second), SIMD16(repeating: ASCII.space), SIMD16<UInt8>(repeating: 1)
      )
      // Of all blocks together: most texts are plain, and a question after each block would cost as much as the block.
      var found = SIMD2<UInt64>()
      while true {
        let block = block(at: index)
        // One of both has the highest bit for every byte that is no printable one of ASCII.
        let beyond = unsafeBitCast((block &- blanks) | (block &+ ones), to: SIMD2<UInt64>.self)
        let special = unsafeBitCast(
          (block .== percents) .| (block .== firsts) .| (block .== seconds), to: SIMD2<UInt64>.self)
        found |= beyond | special
        if index &+ 16 == range.upperBound { return (found[0] | found[1]) & repeated(0x80) == 0 }
        // The last sixteen bytes may be some that have been looked at.
        index = Swift.min(index &+ 16, range.upperBound &- 16)
      }
    }
    while index < range.upperBound {
      let byte = start[index]
      if byte.isControl || byte >= 0x80 || byte == ASCII.percent || byte == first || byte == second { return false }
      index += 1
    }
    return true
  }

  /// The bytes of `range`, at most eight of them, as the lowest of a number, the first the highest.
  @inline(__always) func packed(_ range: Range<Int>) -> UInt64 {
    if range.lowerBound >= 0, range.upperBound <= count, 1...8 ~= range.count, count >= 8 {
      let others = 64 &- 8 &* UInt64(range.count)
      guard range.lowerBound &+ 8 > count else { return word(at: range.lowerBound).byteSwapped &>> others }
      // The last eight bytes: those behind the range are shifted out, those in front of it cut off.
      let last = word(at: count &- 8).byteSwapped &>> (8 &* UInt64(count &- range.upperBound))
      return last & (UInt64.max &>> others)
    }
    var word: UInt64 = 0
    for index in range { word = word << 8 | UInt64(self[index]) }
    return word
  }

  /// What tells the bytes of `range`, sixteen or more, which the caller sees to, from most others; and from all others if
  /// they are 24 at most.
  @inline(__always) func fingerprint(_ range: Range<Int>) -> Fingerprint {
    let range = range.clamped(to: 0..<count)
    guard range.count >= 16 else { return Fingerprint() }
    return Fingerprint(
      first: word(at: range.lowerBound), second: word(at: range.lowerBound + 8), last: word(at: range.upperBound - 8),
      count: range.count)
  }
}

/// The first sixteen and the last eight bytes of a text, and how many it has.
struct Fingerprint {
  var first: UInt64 = 0
  var second: UInt64 = 0
  var last: UInt64 = 0
  var count = 0

  @inline(__always) func isSame(as other: Fingerprint) -> Bool {
    (first ^ other.first) | (second ^ other.second) | (last ^ other.last) == 0 && count == other.count
  }
}
