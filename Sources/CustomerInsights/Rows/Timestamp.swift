import ODataURL

/// A date, or a date and a time, as JSON text has it (ISO 8601 as OData writes it): `2020-01-31`,
/// `2020-01-31T10:00:00.5+02:00`. The seconds and the offset may be left out.
struct Timestamp: Sendable, Hashable {
  /// Days since 1970-01-01.
  private(set) var days: Int64
  /// Minutes since midnight, in the zone of the offset.
  private(set) var minutes = 0
  /// `nil` when the text has none.
  private(set) var seconds: Int?
  /// Digits behind the point as they stand.
  private(set) var fraction: ArraySlice<UInt8> = []
  /// Minutes east of UTC; `nil` when the text does not tell.
  private(set) var offset: Int?

  init?(_ text: ArraySlice<UInt8>) {
    var rest = text
    guard let year = Timestamp.take(4, &rest), Timestamp.take("-", &rest), let month = Timestamp.take(2, &rest),
      Timestamp.take("-", &rest), let day = Timestamp.take(2, &rest), (1...12).contains(month),
      (1...Timestamp.length(ofMonth: month, year)).contains(day)
    else { return nil }
    days = Timestamp.days(Int64(year), month, day)
    if rest.isEmpty { return }
    guard Timestamp.take("T", &rest) || Timestamp.take("t", &rest), let hour = Timestamp.take(2, &rest),
      Timestamp.take(":", &rest), let minute = Timestamp.take(2, &rest), hour < 24, minute < 60
    else { return nil }
    minutes = hour * 60 + minute
    if Timestamp.take(":", &rest) {
      guard let second = Timestamp.take(2, &rest), second < 60 else { return nil }
      seconds = second
      if Timestamp.take(".", &rest) {
        fraction = rest.prefix { (0x30...0x39).contains($0) }
        guard !fraction.isEmpty else { return nil }
        rest = rest[fraction.endIndex...]
      }
    }
    if rest.isEmpty { return }
    if Timestamp.take("Z", &rest) || Timestamp.take("z", &rest) {
      offset = 0
    } else {
      guard let sign = rest.popFirst(), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"),
        let hours = Timestamp.take(2, &rest), Timestamp.take(":", &rest), let minutes = Timestamp.take(2, &rest),
        minutes < 60, hours * 60 + minutes <= 14 * 60
      else { return nil }
      offset = (hours * 60 + minutes) * (sign == UInt8(ascii: "-") ? -1 : 1)
    }
    guard rest.isEmpty else { return nil }
  }

  /// The same instant in UTC, as a JSON string token; digits behind the point stay as they are.
  /// - Returns: `nil` for what needs no change or is no time with an offset: `Z` at its end, other text, other kinds of
  ///   values, and instants outside the years 0 to 9999.
  static func utc(ofToken token: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    // The shortest form with an offset has 22 characters, and two quotes around it.
    guard token.count >= 24, token.first == UInt8(ascii: "\""), token.last == UInt8(ascii: "\""),
      token[token.count - 2] | 0x20 != UInt8(ascii: "z")
    else { return nil }
    guard let time = Timestamp(Array(token)[1..<token.count - 1]), let offset = time.offset else { return nil }
    let minutes = time.minutes - offset
    let shift = minutes < 0 ? -1 : minutes >= 1440 ? 1 : 0
    let (year, month, day) = civil(time.days + Int64(shift))
    guard (0...9999).contains(year) else { return nil }
    let minute = minutes - shift * 1440
    var out = Array("\"\(padded(Int(year), 4))-\(padded(month, 2))-\(padded(day, 2))T".utf8)
    out += "\(padded(minute / 60, 2)):\(padded(minute % 60, 2))".utf8
    if let seconds = time.seconds { out += ":\(padded(seconds, 2))".utf8 }
    if !time.fraction.isEmpty { out += [UInt8(ascii: ".")] + time.fraction }
    return out + Array("Z\"".utf8)
  }

  private static func padded(_ value: Int, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  private static func take(_ count: Int, _ text: inout ArraySlice<UInt8>) -> Int? {
    let digits = text.prefix(count)
    guard digits.count == count, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    text = text.dropFirst(count)
    return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
  }

  private static func take(_ mark: Unicode.Scalar, _ text: inout ArraySlice<UInt8>) -> Bool {
    guard text.first == UInt8(ascii: mark) else { return false }
    text = text.dropFirst()
    return true
  }

  private static func length(ofMonth month: Int, _ year: Int) -> Int {
    switch month {
    case 2: year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400)) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// Days from 1970-01-01 to a date of the proleptic Gregorian calendar.
  ///
  /// Years are counted from March here, so that the leap day is a year's last, and in eras of 400 years, which all have
  /// 146,097 days.
  static func days(_ year: Int64, _ month: Int, _ day: Int) -> Int64 {
    let year = month <= 2 ? year - 1 : year
    let era = (year >= 0 ? year : year - 399) / 400
    let yearOfEra = year - era * 400
    let dayOfYear = Int64((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1)
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  /// The date that is so many days behind 1970-01-01.
  static func civil(_ days: Int64) -> (year: Int64, month: Int, day: Int) {
    let days = days + 719_468
    let era = (days >= 0 ? days : days - 146_096) / 146_097
    let dayOfEra = days - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let march = Int((5 * dayOfYear + 2) / 153)
    let day = Int(dayOfYear) - (153 * march + 2) / 5 + 1
    let month = march < 10 ? march + 3 : march - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
  }
}

/// A point in time, to any fraction of a second.
struct Instant: Sendable, Hashable {
  /// Since 1970-01-01T00:00:00Z.
  private var seconds: Int64
  /// Digits of the fraction without zeros at their end.
  private var fraction: [UInt8]

  /// Since 1970-01-01T00:00:00Z, without the fraction.
  var wholeSeconds: Int64 { seconds }

  /// A time without offset is one in UTC, and a date is its first instant.
  init(_ timestamp: Timestamp) {
    let minutes = Int64(timestamp.minutes - (timestamp.offset ?? 0))
    seconds = timestamp.days * 86_400 + minutes * 60 + Int64(timestamp.seconds ?? 0)
    fraction = Instant.trimmed(timestamp.fraction)
  }

  init(_ literal: DateTimeOffset) {
    self.init(literal.date)
    let minutes = Int64(literal.time.hour) * 60 + Int64(literal.time.minute) - Int64(literal.offsetMinutes)
    seconds += minutes * 60 + Int64(literal.time.second)
    let digits = Array(String(literal.time.picoseconds).utf8)
    fraction = Instant.trimmed([UInt8](repeating: 0x30, count: max(0, 12 - digits.count)) + digits)
  }

  init(_ literal: CalendarDate) {
    seconds = Timestamp.days(Int64(literal.year), Int(literal.month), Int(literal.day)) * 86_400
    fraction = []
  }

  /// -1, 0 or 1.
  func compared(with other: Instant) -> Int {
    if seconds != other.seconds { return seconds < other.seconds ? -1 : 1 }
    for (left, right) in zip(fraction, other.fraction) where left != right { return left < right ? -1 : 1 }
    return (fraction.count - other.fraction.count).signum()
  }

  private static func trimmed(_ digits: some BidirectionalCollection<UInt8>) -> [UInt8] {
    var digits = Array(digits)
    while digits.last == 0x30 { digits.removeLast() }
    return digits
  }
}
