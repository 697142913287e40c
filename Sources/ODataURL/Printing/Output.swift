/// Collects what is printed: syntax as it stands, text percent-encoded where the target needs it.
///
/// Memory of its own instead of an array, which would check for every byte whether it is shared and has room: that was
/// half of the time of printing. The invariant: `start` has room for `capacity` bytes, of which the first `count` are
/// initialised; nothing is written before ``reserve(_:)`` has made room; nobody else has the pointer, since the value
/// cannot be copied, and it is freed with the value.
struct Output: ~Copyable {
  /// Whether text is percent-encoded, for a request line, or plain, for people.
  let isEncoded: Bool
  /// Whether a `/` of the syntax is encoded as well: inside the brackets of a path segment.
  var encodesSlash = false
  private var start: UnsafeMutablePointer<UInt8>
  private var count = 0
  private var capacity: Int

  init(isEncoded: Bool, reserving capacity: Int = 128) {
    self.isEncoded = isEncoded
    self.capacity = capacity
    start = UnsafeMutablePointer.allocate(capacity: capacity)
  }

  deinit { start.deallocate() }

  /// Lends what was written so far.
  func withBytes<Result>(_ body: (Bytes) -> Result) -> Result {
    body(Bytes(UnsafeBufferPointer(start: start, count: count)))
  }

  var bytes: [UInt8] { Array(UnsafeBufferPointer(start: start, count: count)) }

  var string: String { String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self) }

  /// Appends ASCII syntax; blanks and what RFC 3986 does not allow in a query are encoded.
  mutating func syntax(_ text: StaticString) {
    let raw: RawBytes = !isEncoded ? .all : encodesSlash ? .syntaxWithoutSlash : .syntax
    append(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount), raw)
  }

  /// Appends a delimiter that must reach the server as it is, such as `&`, `?`, `#` or `;` between options.
  mutating func delimiter(_ byte: UInt8) {
    reserve(1)
    put(byte)
  }

  /// Appends a single quote, which stands raw everywhere.
  mutating func quote() {
    reserve(1)
    put(ASCII.quote)
  }

  /// Appends text of the client: names, literals, option values. Delimiters in it are encoded.
  mutating func text(_ text: some Sequence<UInt8>) {
    for byte in text { self.text(byte: byte) }
  }

  mutating func text(_ text: String) {
    // Without the mutable copy that `withUTF8` wants; all strings that Swift makes have their bytes in one place.
    if text.utf8.withContiguousStorageIfAvailable({ self.text($0) }) == nil { self.text(text.utf8) }
  }

  mutating func text(_ text: UnsafeBufferPointer<UInt8>) { append(text, isEncoded ? .text : .all) }

  mutating func text(byte: UInt8) {
    reserve(3)
    if !isEncoded || RawBytes.text.contains(byte) { put(byte) } else { putEncoded(byte) }
  }

  /// Appends the digits of a number, with zeros in front up to `width`.
  mutating func digits(_ value: UInt64, width: Int) {
    if width == 2, value < 100 {
      reserve(2)
      put(0x30 + UInt8(truncatingIfNeeded: value / 10))
      put(0x30 + UInt8(truncatingIfNeeded: value % 10))
      return
    }
    var power: UInt64 = 1
    var length = 1
    while length < width || (length < 20 && value / power >= 10) {
      power *= 10
      length += 1
    }
    reserve(length)
    while power > 0 {
      put(0x30 + UInt8(value / power % 10))
      power /= 10
    }
  }

  /// Appends one of two spellings of the same syntax.
  mutating func raw(_ plain: StaticString, encoded: StaticString) { self.plain(isEncoded ? encoded : plain) }

  /// Appends syntax that stands raw everywhere.
  @inline(__always) mutating func plain(_ text: StaticString) {
    reserve(text.utf8CodeUnitCount)
    (start + count).initialize(from: text.utf8Start, count: text.utf8CodeUnitCount)
    count &+= text.utf8CodeUnitCount
  }

  private mutating func append(_ text: UnsafeBufferPointer<UInt8>, _ raw: RawBytes) {
    // Room for every byte encoded, and behind it for the rest of a word of which only a part is text.
    reserve(3 * text.count + 8)
    var index = 0
    if text.count >= 8, let source = UnsafeRawPointer(text.baseAddress) {
      // Letters, digits, hyphens and underscores stand raw wherever text stands.
      while index + 16 <= text.count {
        let block = source.loadUnaligned(fromByteOffset: index, as: SIMD2<UInt64>.self)
        let others = noWords(block, orHyphens: true)
        if others[0] | others[1] == 0 {
          UnsafeMutableRawPointer(start + count).storeBytes(of: block, as: SIMD2<UInt64>.self)
          count &+= 16
        } else {
          put(text[index..<index + 16], raw)
        }
        index += 16
      }
      while index < text.count {
        // The last eight bytes: those that are written already are left out.
        let place = min(index, text.count - 8)
        let word = UInt64(littleEndian: source.loadUnaligned(fromByteOffset: place, as: UInt64.self))
        let done = index - place
        let others = noWords(SIMD2(word, 0), orHyphens: true)[0]
        guard others &>> UInt64(8 * done) == 0 else { break }
        UnsafeMutableRawPointer(start + count).storeBytes(of: (word &>> UInt64(8 * done)).littleEndian, as: UInt64.self)
        count &+= 8 - done
        index = place + 8
      }
    }
    while index < text.count {
      let byte = text[index]
      if raw.contains(byte) { put(byte) } else { putEncoded(byte) }
      index += 1
    }
  }

  /// Writes bytes for which there is room, also when they are encoded.
  @inline(__always) private mutating func put(_ bytes: Slice<UnsafeBufferPointer<UInt8>>, _ raw: RawBytes) {
    for byte in bytes {
      if raw.contains(byte) { put(byte) } else { putEncoded(byte) }
    }
  }

  // MARK: Memory

  /// Makes room for `more` bytes.
  @inline(__always) private mutating func reserve(_ more: Int) {
    if capacity - count < more { grow(more) }
  }

  @inline(never) private mutating func grow(_ more: Int) {
    let larger = max(2 * capacity, count + more)
    let new = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
    new.moveInitialize(from: start, count: count)
    start.deallocate()
    start = new
    capacity = larger
  }

  /// Writes a byte for which there is room.
  @inline(__always) private mutating func put(_ byte: UInt8) {
    (start + count).initialize(to: byte)
    count &+= 1
  }

  /// Writes three bytes for which there is room.
  @inline(__always) private mutating func putEncoded(_ byte: UInt8) {
    put(ASCII.percent)
    put(Self.digit(byte >> 4))
    put(Self.digit(byte & 0xF))
  }

  private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x37 + value }
}

/// Bytes that are written as they are: one bit for each of ASCII, and all or none of those beyond.
private struct RawBytes {
  var low: UInt64
  var high: UInt64
  var beyond = false

  @inline(__always) func contains(_ byte: UInt8) -> Bool {
    byte >= 0x80 ? beyond : (byte < 64 ? low : high) >> UInt64(byte & 63) & 1 == 1
  }

  static var all: RawBytes { RawBytes(low: .max, high: .max, beyond: true) }

  /// What may stand raw in text, both in a path and in a query: letters, digits, `-._~` and `$'()*,:@`. What could end
  /// a segment, an option or its name may not.
  static var text: RawBytes { RawBytes(low: 0x07FF_7790_0000_0000, high: 0x47FF_FFFE_87FF_FFFF) }
  /// As ``text`` with `=`.
  static var syntaxWithoutSlash: RawBytes { RawBytes(low: 0x27FF_7790_0000_0000, high: 0x47FF_FFFE_87FF_FFFF) }
  /// As ``text`` with `=` and `/`.
  static var syntax: RawBytes { RawBytes(low: 0x27FF_F790_0000_0000, high: 0x47FF_FFFE_87FF_FFFF) }
}
