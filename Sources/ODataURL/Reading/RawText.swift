/// A stretch of the target before percent-decoding, and where its bytes stand in what the client sent.
///
/// A class, so that the views that readers have of the bytes are sound for as long as they hold it.
final class RawText {
  /// Bytes that do not change: allocated for this object alone and freed with it, or the caller's. Only for those who
  /// see to it that the object outlives their use of the view.
  let view: Bytes
  /// Offset of the first byte, when `positions` is empty.
  let base: Int
  /// Offset of each byte and of the end, for text that was itself obtained by decoding; empty otherwise.
  let positions: [Int32]
  /// The memory of the bytes, `nil` where it is somebody else's.
  private let storage: UnsafeMutablePointer<UInt8>?

  /// Text that stays where it is: the caller's buffer, which must outlive this object.
  init(borrowing bytes: UnsafeBufferPointer<UInt8>, base: Int) {
    view = Bytes(bytes)
    storage = nil
    self.base = base
    positions = []
  }

  convenience init(_ bytes: [UInt8], base: Int, positions: [Int32] = []) {
    self.init(copying: bytes, base: base, positions: positions)
  }

  convenience init(_ text: String, base: Int) {
    self.init(copying: text.utf8, base: base, positions: [])
  }

  private convenience init(copying bytes: some Collection<UInt8>, base: Int, positions: [Int32]) {
    let count = bytes.count
    let storage = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: count)
    _ = storage.initialize(from: bytes)
    self.init(
      owning: storage.baseAddress ?? UnsafeMutablePointer.allocate(capacity: 0), count: count, base: base,
      positions: positions)
  }

  /// Takes over `count` initialised bytes at `storage`.
  private init(owning storage: UnsafeMutablePointer<UInt8>, count: Int, base: Int, positions: [Int32]) {
    self.storage = storage
    view = Bytes(start: storage, count: count)
    self.base = base
    self.positions = positions
  }

  deinit { storage?.deallocate() }

  /// A copy of the bytes.
  var bytes: [UInt8] { withExtendedLifetime(self) { view.withBuffer(0..<view.count) { Array($0) } } }

  func position(_ index: Int) -> Int { positions.isEmpty ? base + index : Int(positions[index]) }

  func span(_ range: Range<Int>) -> Span {
    positions.isEmpty
      ? Span(start: Int32(clamping: base + range.lowerBound), end: Int32(clamping: base + range.upperBound))
      : Span(start: positions[range.lowerBound], end: positions[range.upperBound])
  }

  /// Percent-decodes `range` once, remembering where every byte came from.
  /// - Parameter plusAsSpace: whether a raw `+` stands for a blank.
  /// - Throws: `stray-percent`.
  func decoded(_ range: Range<Int>, plusAsSpace: Bool) throws(SyntaxError) -> RawText {
    let storage = UnsafeMutablePointer<UInt8>.allocate(capacity: range.count)
    var count = 0
    var origin: [Int32] = []
    origin.reserveCapacity(range.count + 1)
    let isWhole = positions.isEmpty
    var index = range.lowerBound
    // Every turn writes one byte and reads one at least: `count` stays below `range.count`.
    while index < range.upperBound {
      origin.append(isWhole ? Int32(clamping: base + index) : positions[index])
      var byte = view[index]
      if byte == ASCII.percent {
        guard index + 2 < range.upperBound, let high = view[index + 1].hexValue, let low = view[index + 2].hexValue
        else {
          storage.deallocate()
          throw SyntaxError(
            code: .strayPercent, span: span(index..<min(index + 3, range.upperBound)),
            message: "a percent sign must be followed by two hexadecimal digits; write a percent sign itself as %25")
        }
        byte = high << 4 | low
        index += 2
      } else if byte == ASCII.plus, plusAsSpace {
        byte = ASCII.space
      }
      (storage + count).initialize(to: byte)
      count += 1
      index += 1
    }
    origin.append(Int32(clamping: position(range.upperBound)))
    return RawText(owning: storage, count: count, base: 0, positions: origin)
  }
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
