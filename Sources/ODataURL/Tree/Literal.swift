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
  /// ABNF `geographyPoint` to `geometryPolygon`: canonical well-known text with its reference, for example
  /// `SRID=4326;Point(7.4 46.9)`.
  case geo(GeoKind, String)
  /// ABNF `enum`: qualified type name (may be empty in lenient modes) and the member text between the quotes.
  case enumeration(type: String, value: String)
}

extension Literal {
  /// Equal values of one type, texts byte for byte.
  public static func == (left: Self, right: Self) -> Bool {
    switch (left, right) {
    case (.null, .null): true
    case (.boolean(let left), .boolean(let right)): left == right
    case (.integer(let left), .integer(let right)): left == right
    case (.guid(let left), .guid(let right)): left == right
    case (.date(let left), .date(let right)): left == right
    case (.dateTimeOffset(let left), .dateTimeOffset(let right)): left == right
    case (.timeOfDay(let left), .timeOfDay(let right)): left == right
    case (.binary(let left), .binary(let right)): left == right
    case (.string(let left), .string(let right)), (.decimal(let left), .decimal(let right)),
      (.double(let left), .double(let right)), (.duration(let left), .duration(let right)):
      isSame(left, right)
    case (.geo(let kind, let left), .geo(let other, let right)): kind == other && isSame(left, right)
    case (.enumeration(let type, let left), .enumeration(let other, let right)):
      isSame(type, other) && isSame(left, right)
    default: false
    }
  }

  public func hash(into hasher: inout Hasher) {
    switch self {
    case .null: hasher.combine(UInt8(0))
    case .boolean(let value): hasher.combine(UInt8(value ? 1 : 2))
    case .string(let text): Self.hash(3, text, &hasher)
    case .integer(let value):
      hasher.combine(UInt8(4))
      hasher.combine(value)
    case .decimal(let text): Self.hash(5, text, &hasher)
    case .double(let text): Self.hash(6, text, &hasher)
    case .guid(let guid):
      hasher.combine(UInt8(7))
      hasher.combine(guid)
    case .date(let date):
      hasher.combine(UInt8(8))
      hasher.combine(date)
    case .dateTimeOffset(let instant):
      hasher.combine(UInt8(9))
      hasher.combine(instant)
    case .timeOfDay(let time):
      hasher.combine(UInt8(10))
      hasher.combine(time)
    case .duration(let text): Self.hash(11, text, &hasher)
    case .binary(let bytes):
      hasher.combine(UInt8(12))
      hasher.combine(bytes)
    case .geo(let kind, let text): Self.hash(kind == .geography ? 13 : 14, text, &hasher)
    case .enumeration(let type, let value):
      Self.hash(15, type, &hasher)
      hasher.combine(bytesOf: value)
    }
  }

  private static func hash(_ kind: UInt8, _ text: String, _ hasher: inout Hasher) {
    hasher.combine(kind)
    hasher.combine(bytesOf: text)
  }
}

/// On the earth, or on a plane.
public enum GeoKind: String, Hashable, Sendable {
  /// On the earth: ABNF `geographyPoint` and its siblings.
  case geography
  /// On a plane: ABNF `geometryPoint` and its siblings.
  case geometry
}

/// 128 bits of a GUID (ABNF `guidValue`) in the order they are written.
public struct GUID: Hashable, Sendable {
  /// The first eight bytes.
  public var high: UInt64
  /// The last eight bytes.
  public var low: UInt64

  /// A GUID from its halves.
  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }
}

/// A proleptic Gregorian calendar date (ABNF `dateValue`).
public struct CalendarDate: Hashable, Sendable {
  /// Astronomical year: 0 is the year before 1, which may be written `0000`.
  public var year: Int32
  /// 1 to 12.
  public var month: UInt8
  /// 1 to 31, as many as the month has.
  public var day: UInt8

  /// A date from its parts, which are not checked.
  public init(year: Int32, month: UInt8, day: UInt8) {
    self.year = year
    self.month = month
    self.day = day
  }
}

/// A time of day (ABNF `timeOfDayValue`) with a fraction of at most twelve digits.
public struct TimeOfDay: Hashable, Sendable {
  /// 0 to 23.
  public var hour: UInt8
  /// 0 to 59.
  public var minute: UInt8
  /// 0 to 59.
  public var second: UInt8
  /// Picoseconds within the second: 0 ..< 1,000,000,000,000.
  public var picoseconds: UInt64

  /// A time from its parts, which are not checked.
  public init(hour: UInt8, minute: UInt8, second: UInt8 = 0, picoseconds: UInt64 = 0) {
    self.hour = hour
    self.minute = minute
    self.second = second
    self.picoseconds = picoseconds
  }
}

/// An instant with its offset from UTC as written (ABNF `dateTimeOffsetValue`).
public struct DateTimeOffset: Hashable, Sendable {
  /// The date in the zone of the offset.
  public var date: CalendarDate
  /// The time in the zone of the offset.
  public var time: TimeOfDay
  /// Minutes east of UTC; 0 for `Z`.
  public var offsetMinutes: Int16

  /// An instant from its parts, which are not checked.
  public init(date: CalendarDate, time: TimeOfDay, offsetMinutes: Int16 = 0) {
    self.date = date
    self.time = time
    self.offsetMinutes = offsetMinutes
  }
}
