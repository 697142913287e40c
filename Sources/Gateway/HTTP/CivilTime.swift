/// Seconds since 1970 as a civil UTC date and time, by arithmetic alone: no locale, no time zone database.
struct CivilTime {
  var year: Int64
  var month: Int64
  var day: Int64
  var hour: Int64
  var minute: Int64
  var second: Int64
  /// 0 is Thursday, the day of 1970-01-01.
  var weekday: Int

  init(unixSeconds: Int64) {
    let days = unixSeconds >= 0 ? unixSeconds / 86_400 : (unixSeconds - 86_399) / 86_400
    let rest = unixSeconds - days * 86_400
    // Days since 0000-03-01 split into 400-year eras, so that leap days fall at the end of a year.
    let z = days + 719_468
    let era = (z >= 0 ? z : z - 146_096) / 146_097
    let dayOfEra = z - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthIndex = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * monthIndex + 2) / 5 + 1
    month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    hour = rest / 3600
    minute = rest / 60 % 60
    second = rest % 60
    weekday = Int(((days % 7) + 7) % 7)
  }

  /// Seconds since 1970 of the beginning of a day in UTC; `nil` for one that no calendar has.
  static func unixSeconds(year: Int64, month: Int64, day: Int64) -> Int64? {
    guard (1...12).contains(month), (1...31).contains(day) else { return nil }
    // As in `init`, the other way: years begin in March.
    let shifted = month <= 2 ? year - 1 : year
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let days = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    let time = CivilTime(unixSeconds: days * 86_400)
    return time.month == month && time.day == day ? days * 86_400 : nil
  }

  static func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
}

/// Time in log lines: ISO 8601, UTC, milliseconds.
enum LogTime {
  static func format(_ unixMilliseconds: Int64) -> String {
    var cache = LogTimeCache()
    var bytes: [UInt8] = []
    cache.append(unixMilliseconds, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// ``LogTime`` for many lines a second, of which only the milliseconds differ.
struct LogTimeCache {
  private var second: Int64?
  /// As far as the point before the milliseconds.
  private var text: [UInt8] = []

  mutating func append(_ unixMilliseconds: Int64, to bytes: inout [UInt8]) {
    let seconds = unixMilliseconds / 1000
    if seconds != second {
      let time = CivilTime(unixSeconds: seconds)
      second = seconds
      text = Array(
        ("\(time.year)-\(CivilTime.two(time.month))-\(CivilTime.two(time.day))T\(CivilTime.two(time.hour)):"
          + "\(CivilTime.two(time.minute)):\(CivilTime.two(time.second)).").utf8)
    }
    bytes.append(contentsOf: text)
    let fraction = unixMilliseconds % 1000
    bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: fraction / 100))
    bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: fraction / 10 % 10))
    bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: fraction % 10))
    bytes.append(UInt8(ascii: "Z"))
  }
}
