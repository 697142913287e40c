/// A primitive literal (ABNF `primitiveLiteral`), decoded and range-checked.
///
/// Numbers keep their exact digits: a `Decimal` or `Double` is its canonical text, never a binary float, so that
/// printing loses nothing.
public enum Literal: Hashable, Sendable {
  /// ABNF `nullValue`.
  case null
  /// ABNF `booleanValue`.
  case boolean(Bool)
  /// ABNF `string`: the text itself, quotes removed, doubled quotes halved, percent-encoding decoded.
  case string(String)
  /// ABNF `sbyteValue` to `int64Value`.
  case integer(Int64)
  /// ABNF `decimalValue` with a fraction or beyond `Int64`: canonical digits, for example `-12.50`.
  case decimal(String)
  /// ABNF `doubleValue` with an exponent, or `INF`, `-INF`, `NaN`: canonical text.
  case double(String)
  /// ABNF `guidValue`.
  case guid(GUID)
  /// ABNF `dateValue`.
  case date(CalendarDate)
  /// ABNF `dateTimeOffsetValue`.
  case dateTimeOffset(DateTimeOffset)
  /// ABNF `timeOfDayValue`.
  case timeOfDay(TimeOfDay)
  /// ABNF `duration`: canonical ISO 8601 text, for example `P1DT2H`.
  case duration(String)
  /// ABNF `binary`: the decoded bytes.
  case binary([UInt8])
  /// ABNF `enum`: qualified type name (may be empty in lenient modes) and the member text between the quotes.
  case enumeration(type: String, value: String)
}

/// 128 bits of a GUID in the order they are written.
public struct GUID: Hashable, Sendable {
  public var high: UInt64
  public var low: UInt64

  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }
}

/// A proleptic Gregorian calendar date (ABNF `dateValue`).
public struct CalendarDate: Hashable, Sendable {
  public var year: Int32
  public var month: UInt8
  public var day: UInt8

  public init(year: Int32, month: UInt8, day: UInt8) {
    self.year = year
    self.month = month
    self.day = day
  }
}

/// A time of day (ABNF `timeOfDayValue`) with a fraction of at most twelve digits.
public struct TimeOfDay: Hashable, Sendable {
  public var hour: UInt8
  public var minute: UInt8
  public var second: UInt8
  /// Picoseconds within the second: 0 ..< 1,000,000,000,000.
  public var picoseconds: UInt64

  public init(hour: UInt8, minute: UInt8, second: UInt8 = 0, picoseconds: UInt64 = 0) {
    self.hour = hour
    self.minute = minute
    self.second = second
    self.picoseconds = picoseconds
  }
}

/// An instant with its offset from UTC as written (ABNF `dateTimeOffsetValue`).
public struct DateTimeOffset: Hashable, Sendable {
  public var date: CalendarDate
  public var time: TimeOfDay
  /// Minutes east of UTC; 0 for `Z`.
  public var offsetMinutes: Int16

  public init(date: CalendarDate, time: TimeOfDay, offsetMinutes: Int16 = 0) {
    self.date = date
    self.time = time
    self.offsetMinutes = offsetMinutes
  }
}
