/// ABNF `dateValue`, `dateTimeOffsetValue`, `timeOfDayValue` and `durationValue`.
extension Reader {
  /// Takes a point in time as most are written, `2017-01-01T00:00:00Z`. Of anything else nothing is taken, and what may
  /// be amiss with it the other functions tell.
  mutating func plainInstant() -> DateTimeOffset? {
    guard end - at >= 20 else { return nil }
    let next = at + 20 < end ? bytes[at + 20] : ASCII.space
    guard next == ASCII.space || next == ASCII.close || next == ASCII.comma,
      let instant = bytes.withBuffer(at..<at + 20, Self.instant(in:))
    else { return nil }
    at += 20
    return instant
  }

  @inline(__always)
  private static func instant(in text: UnsafeBufferPointer<UInt8>) -> DateTimeOffset? {
    guard text.count == 20 else { return nil }
    // `2017-01-`, `-01T00:0` and `0:00:00Z`, the first byte the lowest, with a mask that turns digits to their values and
    // signs to zero.
    let words = UnsafeRawBufferPointer(text)
    func word(_ index: Int) -> UInt64 {
      UInt64(littleEndian: words.loadUnaligned(fromByteOffset: index, as: UInt64.self))
    }
    let date = word(0) ^ 0x2D30_302D_3030_3030
    let middle = word(7) ^ 0x303A_3030_5430_302D
    let last = word(12) ^ 0x5A30_303A_3030_3A30
    let signs = date & 0xFF00_00FF_0000_0000 | middle & 0x00FF_0000_FF00_00FF | last & 0xFF00_00FF_0000_FF00
    // A byte beyond nine has, it or its sum with six, a bit in its upper half; below sixteen no sum reaches the next byte.
    let all: UInt64 = 0xF0F0_F0F0_F0F0_F0F0
    let six: UInt64 = 0x0606_0606_0606_0606
    guard signs == 0, (date | middle | last) & all == 0,
      ((date &+ six) | (middle &+ six) | (last &+ six)) & all == 0
    else { return nil }
    // Tens in the even bytes of a pair: ten times each byte and the one behind it.
    func two(_ word: UInt64, _ index: UInt64) -> UInt8 {
      UInt8(truncatingIfNeeded: (word &>> (8 &* index)) &* 10 &+ (word &>> (8 &* index &+ 8)))
    }
    let (month, day) = (two(date, 5), two(middle, 1))
    let (hour, minute, second) = (two(middle, 4), two(last, 2), two(last, 5))
    let year = Int32(two(date, 0)) &* 100 &+ Int32(two(date, 2))
    guard month >= 1, month <= 12, day >= 1, day <= 28 || day <= days(in: month, year: Int64(year)), hour < 24,
      minute < 60, second < 60
    else { return nil }
    return DateTimeOffset(
      date: CalendarDate(year: year, month: month, day: day),
      time: TimeOfDay(hour: hour, minute: minute, second: second))
  }

  /// A date, or the date of a point in time; the digits of the year are read.
  mutating func dateLiteral(start: Int, digits: Int) throws(SyntaxError) -> NodeID {
    if bytes[start] == ASCII.plus { throw failure(.invalidLiteral, start..<at, "a year has no plus sign") }
    let year = digits..<at
    if year.count > 4, bytes[digits] == UInt8(ascii: "0") {
      throw failure(.invalidLiteral, start..<at, "a year of more than four digits does not start with 0")
    }
    at += 1
    let month = try twoDigits(start, "the month")
    try requireInLiteral(ASCII.minus, start)
    let day = try twoDigits(start, "the day")
    guard let value = int64(year, isNegative: bytes[start] == ASCII.minus), let number = Int32(exactly: value),
      (1...12).contains(month), day >= 1, day <= Self.days(in: month, year: value)
    else {
      throw failure(.literalOutOfRange, start..<at, "there is no such date")
    }
    let date = CalendarDate(year: number, month: month, day: day)
    guard byte | 0x20 == UInt8(ascii: "t") else {
      try endOfLiteral(start)
      return try add(.literal(.date(date)), span(from: start))
    }
    at += 1
    let time = try timeOfDay()
    let offset = try offsetMinutes(start)
    try endOfLiteral(start)
    let instant = DateTimeOffset(date: date, time: time, offsetMinutes: offset)
    return try add(.literal(.dateTimeOffset(instant)), span(from: start))
  }

  /// `hh:mm[:ss[.fraction]]`.
  mutating func timeOfDay() throws(SyntaxError) -> TimeOfDay {
    let start = at
    let hour = try twoDigits(start, "the hour")
    try requireInLiteral(ASCII.colon, start)
    let minute = try twoDigits(start, "the minute")
    var second: UInt8 = 0
    var picoseconds: UInt64 = 0
    if byte == ASCII.colon {
      at += 1
      second = try twoDigits(start, "the second")
      if byte == ASCII.dot {
        at += 1
        let from = at
        skipDigits()
        guard (1...12).contains(at - from) else {
          throw failure(.invalidLiteral, start..<at, "a fraction of a second has one to twelve digits")
        }
        for index in from..<from + 12 {
          picoseconds = picoseconds * 10 + (index < at ? UInt64(bytes[index] &- 0x30) : 0)
        }
      }
    }
    guard hour < 24, minute < 60, second < 60 else {
      throw failure(.literalOutOfRange, start..<at, "there is no such time of day")
    }
    return TimeOfDay(hour: hour, minute: minute, second: second, picoseconds: picoseconds)
  }

  private mutating func offsetMinutes(_ start: Int) throws(SyntaxError) -> Int16 {
    if byte | 0x20 == UInt8(ascii: "z") {
      at += 1
      return 0
    }
    guard byte == ASCII.plus || byte == ASCII.minus else {
      if byte == ASCII.space, peek(1).isDigit, peek(3) == ASCII.colon {
        throw failure(
          .invalidLiteral, start..<at + 1, "a raw plus sign means a blank here: write the offset with %2B, or use Z")
      }
      throw failure(
        .invalidLiteral, start..<at, "a point in time needs `Z` or an offset such as +02:00", expected: ["Z"])
    }
    let isNegative = byte == ASCII.minus
    at += 1
    let hours = try twoDigits(start, "the hours of the offset")
    try requireInLiteral(ASCII.colon, start)
    let minutes = try twoDigits(start, "the minutes of the offset")
    let offset = (Int(hours) * 60 + Int(minutes)) * (isNegative ? -1 : 1)
    guard hours < 24, minutes < 60 else {
      throw failure(.literalOutOfRange, start..<at, "an offset from UTC is less than 24 hours")
    }
    return Int16(offset)
  }

  private mutating func twoDigits(_ start: Int, _ what: StaticString) throws(SyntaxError) -> UInt8 {
    guard byte.isDigit, peek(1).isDigit else {
      throw failure(.invalidLiteral, start..<here.upperBound, "\(what) has two digits")
    }
    let value = (byte &- 0x30) * 10 + (peek(1) &- 0x30)
    at += 2
    return value
  }

  private mutating func requireInLiteral(_ expected: UInt8, _ start: Int) throws(SyntaxError) {
    guard take(expected) else {
      throw failure(.invalidLiteral, start..<here.upperBound, "expected `\(UnicodeScalar(expected))` in a date or time")
    }
  }

  static func days(in month: UInt8, year: Int64) -> UInt8 {
    switch month {
    case 4, 6, 9, 11: 30
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    default: 31
    }
  }

  /// The canonical text of a duration: no plus sign, no leading zeros, no parts that are zero, fraction as short as it
  /// can be; `PT0S` for none at all.
  func durationText(_ value: String, span: Span) throws(SyntaxError) -> String {
    var scanner = DurationScanner(text: Array(value.utf8))
    guard let canonical = scanner.canonical() else {
      throw SyntaxError(
        code: .invalidLiteral, span: span,
        message: "a duration is written like P1DT2H3M4.5S: days, then after T hours, minutes, seconds")
    }
    return canonical
  }
}

/// Reads ABNF `durationValue`.
private struct DurationScanner {
  let text: [UInt8]
  var index = 0
  /// Digits that one part may have; keeps every part within what consumers can hold in 64 bits.
  static let longestPart = 12

  init(text: [UInt8]) { self.text = text }

  private var byte: UInt8 { index < text.count ? text[index] : 0 }

  mutating func canonical() -> String? {
    let isNegative = byte == ASCII.minus
    if isNegative || byte == ASCII.plus { index += 1 }
    guard takeLetter("p") else { return nil }
    var days = ""
    var time = ""
    var hasPart = false
    if byte.isDigit {
      guard let part = part(fraction: false), takeLetter("d") else { return nil }
      if part != "0" { days = part + "D" }
      hasPart = true
    }
    if takeLetter("t") {
      var hasTime = false
      for (letter, fraction) in [("h", false), ("m", false), ("s", true)] as [(Unicode.Scalar, Bool)] where byte.isDigit
      {
        let from = index
        guard let part = part(fraction: fraction) else { return nil }
        guard takeLetter(letter) else {
          index = from
          continue
        }
        if part != "0" { time += part + String(letter).uppercased() }
        hasTime = true
      }
      guard hasTime else { return nil }
      hasPart = true
    }
    guard hasPart, index == text.count else { return nil }
    if days.isEmpty, time.isEmpty { return "PT0S" }
    return (isNegative ? "-P" : "P") + days + (time.isEmpty ? "" : "T" + time)
  }

  private mutating func takeLetter(_ letter: Unicode.Scalar) -> Bool {
    guard byte | 0x20 == UInt8(ascii: letter) else { return false }
    index += 1
    return true
  }

  private mutating func part(fraction: Bool) -> String? {
    var digits = digits()
    guard !digits.isEmpty, digits.count <= Self.longestPart else { return nil }
    digits = digits.drop { $0 == UInt8(ascii: "0") }
    var result = digits.isEmpty ? "0" : String(decoding: digits, as: UTF8.self)
    if fraction, byte == ASCII.dot {
      index += 1
      var decimals = self.digits()
      guard !decimals.isEmpty, decimals.count <= Self.longestPart else { return nil }
      while decimals.last == UInt8(ascii: "0") { decimals.removeLast() }
      if !decimals.isEmpty { result += "." + String(decoding: decimals, as: UTF8.self) }
    }
    return result
  }

  private mutating func digits() -> ArraySlice<UInt8> {
    let from = index
    while byte.isDigit { index += 1 }
    return text[from..<index]
  }
}
