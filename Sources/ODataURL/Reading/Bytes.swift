/// A view of bytes that something else keeps: a pointer, where array accesses cost a check of bounds, of uniqueness and
/// a retain for each piece, which together were a third of the time of a parse.
///
/// The invariant: whoever holds a view holds the ``RawText`` that it was taken from, too, and a ``RawText`` neither
/// moves nor changes nor frees its bytes while it lives. An index beyond the bytes gives 0, never memory of others.
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

  /// The text of `range`; what is no UTF-8 is replaced.
  func text(_ range: Range<Int>) -> String { withBuffer(range) { String(decoding: $0, as: UTF8.self) } }

  /// Whether `range` holds the bytes of `text`.
  func holds(_ text: String, in range: Range<Int>) -> Bool {
    guard text.utf8.count == range.count else { return false }
    var text = text
    return text.withUTF8 { text in withBuffer(range) { isSame($0, text) } }
  }
}

// MARK: - Eight at a time

/// A byte in each eighth of a word.
@inline(__always) private func repeated(_ byte: UInt8) -> UInt64 { 0x0101_0101_0101_0101 &* UInt64(byte) }

/// The highest bit of each eighth that is zero. Above the lowest of them there may be false ones, never without it.
@inline(__always) private func zeros(_ word: UInt64) -> UInt64 {
  (word &- repeated(1)) & ~word & repeated(0x80)
}

extension Bytes {
  /// Eight bytes from `index` on, the first in the lowest bits; the caller sees to it that there are as many.
  @inline(__always) private func word(at index: Int) -> UInt64 {
    UInt64(littleEndian: UnsafeRawPointer(start + index).loadUnaligned(as: UInt64.self))
  }

  /// Where `byte` stands first in `range`, which is cut to the bytes that there are.
  func first(_ byte: UInt8, in range: Range<Int>) -> Int? {
    let range = range.clamped(to: 0..<count)
    var index = range.lowerBound
    let pattern = repeated(byte)
    while index + 8 <= range.upperBound {
      let found = zeros(word(at: index) ^ pattern)
      if found != 0 { return index + found.trailingZeroBitCount / 8 }
      index += 8
    }
    while index < range.upperBound {
      if start[index] == byte { return index }
      index += 1
    }
    return nil
  }

  /// Whether every byte of `range` stands for itself: ASCII, no control, no `%`, and no `+` where that is a blank.
  func isPlain(_ range: Range<Int>, plusAsSpace: Bool) -> Bool {
    let range = range.clamped(to: 0..<count)
    // Where a plus sign is plain, looks for the percent sign twice.
    let plus = plusAsSpace ? ASCII.plus : ASCII.percent
    let pattern = repeated(plus)
    var index = range.lowerBound
    while index + 8 <= range.upperBound {
      let word = word(at: index)
      // With a byte of 0x80 or more the first term tells; without one no subtraction borrows from the next byte but
      // below a byte that is itself found.
      let found =
        word | (word &- repeated(0x20)) | zeros(word ^ repeated(0x7F)) | zeros(word ^ repeated(ASCII.percent))
        | zeros(word ^ pattern)
      if found & repeated(0x80) != 0 { return false }
      index += 8
    }
    while index < range.upperBound {
      let byte = start[index]
      if byte.isControl || byte >= 0x80 || byte == ASCII.percent || byte == plus { return false }
      index += 1
    }
    return true
  }
}
