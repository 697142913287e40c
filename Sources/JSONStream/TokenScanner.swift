/// Finds the end of whole tokens, many bytes at a time.
///
/// It gives up on whatever is not sound or not whole: ``JSONReader`` then reads the token byte by byte, and says what is
/// wrong and where, or keeps what is there until the next chunk. So this decides nothing that the slow way would not.
///
/// Unsafe pointers, because bounds checks for each byte more than halve the speed. The invariant: callers give a pointer
/// to at least `end` bytes and `from <= end` (`from < end` for numbers and blanks); here no byte at or behind `end` is touched, since each load of n bytes is
/// behind a check that n bytes are left before `end`.
@usableFromInline
enum TokenScanner {
  /// What is given for a token that is not sound or not whole before `end`.
  @usableFromInline static let none = -1

  /// - Parameter from: behind the opening quote.
  /// - Returns: behind the closing quote, or ``none``.
  @usableFromInline
  static func stringEnd(_ bytes: UnsafePointer<UInt8>, from: Int, end: Int) -> Int {
    let raw = UnsafeRawPointer(bytes)
    var index = from
    while true {
      while end - index >= 8 {
        let found = special(raw.loadUnaligned(fromByteOffset: index, as: UInt64.self).littleEndian)
        if found != 0 {
          index += found.trailingZeroBitCount >> 3
          break
        }
        index += 8
      }
      // Fewer than eight bytes are left, or the byte here is special.
      while index < end, isPlain(bytes[index]) { index += 1 }
      guard index < end else { return none }
      let byte = bytes[index]
      if byte == UInt8(ascii: "\"") { return index + 1 }
      if byte == UInt8(ascii: "\\") {
        // JSON that lies in a string has a quote behind most backslashes.
        if end - index >= 2, bytes[index + 1] == UInt8(ascii: "\"") {
          index += 2
        } else {
          let length = escapeLength(bytes + index, end - index)
          guard length > 0 else { return none }
          index += length
        }
      } else {
        guard byte >= 0x80 else { return none }
        repeat {
          let length = characterLength(bytes + index, end - index)
          guard length > 0 else { return none }
          index += length
        } while index < end && bytes[index] >= 0x80
      }
    }
  }

  /// - Returns: behind the number when it is sound and a byte that ends it is there, or ``none``.
  @usableFromInline
  static func numberEnd(_ bytes: UnsafePointer<UInt8>, from: Int, end: Int) -> Int {
    var index = from
    if bytes[index] == UInt8(ascii: "-") {
      index += 1
      guard index < end else { return none }
    }
    if bytes[index] == UInt8(ascii: "0") {
      index += 1
    } else {
      guard skipDigits(bytes, &index, end) else { return none }
    }
    if index < end, bytes[index] == UInt8(ascii: ".") {
      index += 1
      guard skipDigits(bytes, &index, end) else { return none }
    }
    if index < end, bytes[index] | 0x20 == UInt8(ascii: "e") {
      index += 1
      if index < end, bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "-") { index += 1 }
      guard skipDigits(bytes, &index, end) else { return none }
    }
    return index < end ? index : none
  }

  /// Whether `true`, `false` or `null` stands there; `tail` is all of the word but its first byte, which is known.
  @usableFromInline
  static func isWord(_ bytes: UnsafePointer<UInt8>, from: Int, end: Int, tail: StaticString) -> Bool {
    let count = tail.utf8CodeUnitCount
    guard end - from > count else { return false }
    for place in 0..<count where bytes[from + 1 + place] != tail.utf8Start[place] { return false }
    return true
  }

  /// Behind the white space that begins at `from`.
  @usableFromInline
  static func spaceEnd(_ bytes: UnsafePointer<UInt8>, from: Int, end: Int) -> Int {
    let raw = UnsafeRawPointer(bytes)
    var index = from
    while index < end {
      // Indented documents have many blanks in a row.
      while end - index >= 8, raw.loadUnaligned(fromByteOffset: index, as: UInt64.self) == 0x2020_2020_2020_2020 {
        index += 8
      }
      guard index < end else { return index }
      switch bytes[index] {
      case 0x20, 0x09, 0x0A, 0x0D: index += 1
      default: return index
      }
    }
    return index
  }

  /// Whether two places hold the same `count` bytes; nothing behind those is touched.
  static func isEqual(_ left: UnsafeRawPointer, _ right: UnsafeRawPointer, _ count: Int) -> Bool {
    func word(_ bytes: UnsafeRawPointer, _ index: Int) -> UInt64 {
      bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
    }
    guard count >= 8 else {
      for index in 0..<count
      where left.load(fromByteOffset: index, as: UInt8.self)
        != right.load(fromByteOffset: index, as: UInt8.self)
      { return false }
      return true
    }
    var index = 0
    while count - index > 8 {
      guard word(left, index) == word(right, index) else { return false }
      index += 8
    }
    // The last eight may overlap those before.
    return word(left, count - 8) == word(right, count - 8)
  }

  /// The high bit of each byte of `word` that is a quote, a backslash, a control byte or beyond ASCII. A borrow may mark
  /// bytes behind such a byte too, never before it, so that the lowest mark is right.
  static func special(_ word: UInt64) -> UInt64 {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let highs = ones << 7
    let quotes = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
    let backslashes = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
    let matches =
      ((quotes &- ones) & ~quotes) | ((backslashes &- ones) & ~backslashes) | ((word &- ones &* 0x20) & ~word) | word
    return matches & highs
  }

  static func isPlain(_ byte: UInt8) -> Bool {
    byte >= 0x20 && byte < 0x80 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
  }

  /// At least one digit.
  private static func skipDigits(_ bytes: UnsafePointer<UInt8>, _ index: inout Int, _ end: Int) -> Bool {
    let start = index
    while index < end, bytes[index] &- 0x30 < 10 { index += 1 }
    return index > start
  }

  /// Bytes of the escape at `bytes`, both halves of a surrogate pair together; 0 when it is not sound or not whole.
  private static func escapeLength(_ bytes: UnsafePointer<UInt8>, _ left: Int) -> Int {
    guard left >= 2 else { return 0 }
    switch bytes[1] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
      UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      return 2
    case UInt8(ascii: "u"):
      guard left >= 6, let digits = hexDigits(bytes + 2) else { return 0 }
      guard isSurrogate(digits) else { return 6 }
      guard !isLow(digits), left >= 12, bytes[6] == UInt8(ascii: "\\"), bytes[7] == UInt8(ascii: "u"),
        let low = hexDigits(bytes + 8), isSurrogate(low), isLow(low)
      else { return 0 }
      return 12
    default: return 0
    }
  }

  /// Bytes in front of the first backslash; `left` without one.
  static func escapeDistance(_ bytes: UnsafePointer<UInt8>, _ left: Int) -> Int {
    let raw = UnsafeRawPointer(bytes)
    let ones: UInt64 = 0x0101_0101_0101_0101
    var index = 0
    while left - index >= 8 {
      let word = raw.loadUnaligned(fromByteOffset: index, as: UInt64.self).littleEndian
      let other = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
      // As in ``special(_:)``: the lowest mark is right.
      let found = (other &- ones) & ~other & (ones << 7)
      if found != 0 { return index + found.trailingZeroBitCount >> 3 }
      index += 8
    }
    while index < left, bytes[index] != UInt8(ascii: "\\") { index += 1 }
    return index
  }

  /// The four bytes at `bytes`, the first as the lowest, if all of them are hexadecimal digits.
  private static func hexDigits(_ bytes: UnsafePointer<UInt8>) -> UInt32? {
    let word = UnsafeRawPointer(bytes).loadUnaligned(as: UInt32.self).littleEndian
    let highs: UInt32 = 0x8080_8080
    guard word & highs == 0 else { return nil }
    // All bytes at once, none of which can carry into the next: 0 to 9 for digits, 1 to 6 for letters of either case.
    let digits = word ^ 0x3030_3030
    let letters = (word | 0x2020_2020) ^ 0x6060_6060
    let isDigit = ~(digits &+ 0x7676_7676)
    let isLetter = ~(letters &+ 0x7979_7979) & (letters &+ 0x7F7F_7F7F)
    return (isDigit | isLetter) & highs == highs ? word : nil
  }

  /// Whether digits of ``hexDigits(_:)`` begin with `D`, as those of surrogates do, and go on with 8 or more.
  private static func isSurrogate(_ digits: UInt32) -> Bool {
    digits & 0x5F == 0x44 && digits >> 8 & 0xFF >= 0x38
  }

  /// Whether the second digit of a surrogate says that it is the second half of a pair.
  private static func isLow(_ digits: UInt32) -> Bool { digits >> 8 & 0x5F >= 0x43 }

  /// Bytes of the character beyond ASCII at `bytes` (Unicode Standard, table 3-7); 0 when it is ill-formed or not whole.
  private static func characterLength(_ bytes: UnsafePointer<UInt8>, _ left: Int) -> Int {
    let first = bytes[0]
    guard left >= 2, isContinuation(bytes[1]) else { return 0 }
    // Most common first.
    switch first {
    case 0xC2...0xDF: return 2
    case 0xE0...0xEF:
      guard left >= 3, isContinuation(bytes[2]) else { return 0 }
      guard first != 0xE0 || bytes[1] >= 0xA0, first != 0xED || bytes[1] < 0xA0 else { return 0 }
      return 3
    case 0xF0...0xF4:
      guard left >= 4, isContinuation(bytes[2]), isContinuation(bytes[3]) else { return 0 }
      guard first != 0xF0 || bytes[1] >= 0x90, first != 0xF4 || bytes[1] < 0x90 else { return 0 }
      return 4
    default: return 0
    }
  }

  private static func isContinuation(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }
}
