/// A stretch of the target before percent-decoding, and where its bytes stand in what the client sent.
///
/// A view of the bytes is sound for as long as somebody holds the text that it was taken from.
struct RawText {
  /// Bytes that do not change while the text is held: those of `memory`, or the caller's.
  let view: Bytes
  /// Offset of the first byte, when `memory` keeps no offsets.
  let base: Int
  /// Whether every byte of the text stands for itself, in a path as in a query; `false` says nothing.
  let isPlain: Bool
  /// The memory of the bytes, `nil` where it is somebody else's: reading in place costs no allocation.
  private let memory: TextMemory?

  /// Text that stays where it is: the caller's buffer, which must outlive this value and its copies.
  init(borrowing bytes: UnsafeBufferPointer<UInt8>, base: Int) {
    view = Bytes(bytes)
    self.base = base
    memory = nil
    isPlain = view.isPlainEverywhere
  }

  /// - Parameter positions: offset of each byte and of the end, for text that was itself obtained by decoding.
  init(_ bytes: [UInt8], base: Int, positions: [Int32] = []) {
    let isWhole = positions.count == bytes.count + 1
    let memory = TextMemory(capacity: bytes.count, keepsOffsets: isWhole)
    _ = UnsafeMutableBufferPointer(start: memory.bytes, count: bytes.count).initialize(from: bytes)
    if let offsets = memory.offsets {
      _ = UnsafeMutableBufferPointer(start: offsets, count: positions.count).initialize(from: positions)
    }
    self.init(memory, count: bytes.count, base: base)
  }

  init(_ text: String, base: Int) {
    let count = text.utf8.count
    let memory = TextMemory(capacity: count, keepsOffsets: false)
    _ = UnsafeMutableBufferPointer(start: memory.bytes, count: count).initialize(from: text.utf8)
    self.init(memory, count: count, base: base, isPlain: Bytes(start: memory.bytes, count: count).isPlainEverywhere)
  }

  /// The first `count` bytes of `memory`, which are initialised, and so are their offsets and that of their end if it
  /// keeps any.
  private init(_ memory: TextMemory, count: Int, base: Int, isPlain: Bool = false) {
    self.memory = memory
    self.isPlain = isPlain
    view = Bytes(start: memory.bytes, count: count)
    self.base = base
  }

  /// A copy of the bytes.
  var bytes: [UInt8] { withExtendedLifetime(memory) { view.withBuffer(0..<view.count) { Array($0) } } }

  func position(_ index: Int) -> Int { Int(offset(index)) }

  @inline(__always) func span(_ range: Range<Int>) -> Span {
    Span(start: offset(range.lowerBound), end: offset(range.upperBound))
  }

  @inline(__always) private func offset(_ index: Int) -> Int32 {
    guard let offsets = memory?.offsets else { return Int32(clamping: base + index) }
    // Offsets are initialised from 0 up to that of the end; an index beyond them gives the nearest.
    return offsets[max(0, min(index, view.count))]
  }

  /// Whether this text and `other` are the same bytes in the same place.
  func isIdentical(to other: RawText) -> Bool { view.isIdentical(to: other.view) && memory === other.memory }

  /// Percent-decodes `range` once, remembering where every byte came from.
  /// - Parameter plusAsSpace: whether a raw `+` stands for a blank.
  /// - Throws: `stray-percent`.
  func decoded(_ range: Range<Int>, plusAsSpace: Bool) throws(SyntaxError) -> RawText {
    let result = TextMemory(capacity: range.count, keepsOffsets: true)
    var count = 0
    var index = range.lowerBound
    // Every turn writes one byte and reads one at least: `count` stays below `range.count`.
    while index < range.upperBound {
      result.offsets?[count] = offset(index)
      var byte = view[index]
      if byte == ASCII.percent {
        guard index + 2 < range.upperBound, let high = view[index + 1].hexValue, let low = view[index + 2].hexValue
        else {
          throw SyntaxError(
            code: .strayPercent, span: span(view.wholeCharacters(index..<min(index + 3, range.upperBound))),
            message: "a percent sign must be followed by two hexadecimal digits; write a percent sign itself as %25")
        }
        byte = high << 4 | low
        index += 2
      } else if byte == ASCII.plus, plusAsSpace {
        byte = ASCII.space
      }
      result.bytes[count] = byte
      count += 1
      index += 1
    }
    result.offsets?[count] = offset(range.upperBound)
    return RawText(result, count: count, base: 0)
  }

  /// Percent-decodes `range` once into `scratch`, which is made anew where it is too small: what texts lie in it
  /// already are overwritten, and whoever reads them must not go on.
  /// - Returns: `nil` unless every byte, decoded, is a printable one of ASCII, and for text that was decoded before.
  ///   What is amiss, if anything, ``decoded(_:plusAsSpace:)`` tells.
  func decodedPlain(_ range: Range<Int>, plusAsSpace: Bool, _ scratch: inout TextMemory?) -> RawText? {
    guard memory?.offsets == nil, Int32(exactly: base + range.upperBound) != nil else { return nil }
    if scratch.map({ $0.capacity < range.count || $0.offsets == nil }) ?? true {
      scratch = TextMemory(capacity: max(range.count, min(view.count, 1024)), keepsOffsets: true)
    }
    guard let scratch, let offsets = scratch.offsets else { return nil }
    let bytes = scratch.bytes
    var count = 0
    var index = range.lowerBound
    // As above, `count` stays below `range.count`, which the capacity is not.
    while index < range.upperBound {
      offsets[count] = Int32(truncatingIfNeeded: base &+ index)
      var byte = view[index]
      if byte == ASCII.percent {
        guard index + 2 < range.upperBound, let high = view[index + 1].hexValue, let low = view[index + 2].hexValue
        else { return nil }
        byte = high << 4 | low
        index += 2
      } else if byte == ASCII.plus, plusAsSpace {
        byte = ASCII.space
      }
      guard byte &- ASCII.space < 0x7F - ASCII.space else { return nil }
      bytes[count] = byte
      count += 1
      index += 1
    }
    offsets[count] = Int32(truncatingIfNeeded: base &+ range.upperBound)
    return RawText(scratch, count: count, base: 0)
  }
}

/// Memory for the bytes of a text and where they came from, freed with the last text in it.
final class TextMemory {
  /// How many bytes there is room for.
  let capacity: Int
  /// Room for as many bytes as `capacity` says; behind the offsets in the same block.
  let bytes: UnsafeMutablePointer<UInt8>
  /// Room for an offset of each byte and of the end, `nil` where none are kept.
  let offsets: UnsafeMutablePointer<Int32>?
  private let block: UnsafeMutableRawPointer

  init(capacity: Int, keepsOffsets: Bool) {
    self.capacity = capacity
    // The offsets stand first, where the block is aligned for them.
    let room = keepsOffsets ? (capacity + 1) * MemoryLayout<Int32>.stride : 0
    block = .allocate(byteCount: room + capacity, alignment: MemoryLayout<Int32>.alignment)
    offsets = keepsOffsets ? block.bindMemory(to: Int32.self, capacity: capacity + 1) : nil
    bytes = (block + room).bindMemory(to: UInt8.self, capacity: capacity)
  }

  deinit { block.deallocate() }
}

/// Well-formedness of UTF-8 (Unicode Standard, table 3-7): no overlong forms, surrogates or truncated sequences.
enum UTF8Check {
  /// The range of the first ill-formed sequence in `bytes[range]`.
  static func firstError(in bytes: Bytes, _ range: Range<Int>) -> Range<Int>? {
    var index = range.lowerBound
    while index < range.upperBound {
      let lead = bytes[index]
      if lead < 0x80 {
        index += 1
        continue
      }
      let length: Int
      var second: ClosedRange<UInt8> = 0x80...0xBF
      switch lead {
      case 0xC2...0xDF: length = 2
      case 0xE0: (length, second) = (3, 0xA0...0xBF)
      case 0xED: (length, second) = (3, 0x80...0x9F)
      case 0xE1...0xEF: length = 3
      case 0xF0: (length, second) = (4, 0x90...0xBF)
      case 0xF4: (length, second) = (4, 0x80...0x8F)
      case 0xF1...0xF3: length = 4
      default: return index..<index + 1
      }
      for step in 1..<length {
        guard index + step < range.upperBound else { return index..<range.upperBound }
        let allowed = step == 1 ? second : 0x80...0xBF
        guard allowed.contains(bytes[index + step]) else { return index..<index + step }
      }
      index += length
    }
    return nil
  }
}
