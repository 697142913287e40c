/// A point in time, of a text with date, time and offset (RFC 3339; seconds may be missing, as OData allows).
struct Instant: Hashable {
  /// Since 1970 in UTC.
  var seconds: Int64
  /// Digits behind the point, without zeros at the end; any number of them.
  var fraction: [UInt8]

  /// `nil` for any other text, also for a date alone, a time without offset, and a leap second.
  init?(_ text: String) {
    var cursor = Cursor(rest: Array(text.utf8)[...])
    guard (16...64).contains(cursor.rest.count),
      let year = cursor.number(4), cursor.take("-"), let month = cursor.number(2), (1...12).contains(month),
      cursor.take("-"), let day = cursor.number(2), (1...Instant.days(in: month, of: year)).contains(day),
      cursor.take("T") || cursor.take("t"),
      let hour = cursor.number(2), hour < 24, cursor.take(":"), let minute = cursor.number(2), minute < 60
    else { return nil }
    var second: Int64 = 0
    fraction = []
    if cursor.take(":") {
      guard let value = cursor.number(2), value < 60 else { return nil }
      second = value
      if cursor.take(".") {
        fraction = cursor.digits()
        guard !fraction.isEmpty else { return nil }
        while fraction.last == UInt8(ascii: "0") { fraction.removeLast() }
      }
    }
    guard let offset = cursor.offset(), cursor.rest.isEmpty else { return nil }
    seconds = (Instant.daysSince1970(year, month, day) * 24 + hour) * 3600 + minute * 60 + second - offset * 60
  }

  private static func days(in month: Int64, of year: Int64) -> Int64 {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// Proleptic Gregorian; years begin in March here, so that the leap day is the last of its year.
  private static func daysSince1970(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let shifted = month >= 3 ? year : year - 1
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month >= 3 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  private struct Cursor {
    var rest: ArraySlice<UInt8>

    mutating func take(_ character: Unicode.Scalar) -> Bool {
      guard let first = rest.first, UInt32(first) == character.value else { return false }
      rest = rest.dropFirst()
      return true
    }

    mutating func digits() -> [UInt8] {
      let found = rest.prefix { (0x30...0x39).contains($0) }
      rest = rest[found.endIndex...]
      return Array(found)
    }

    mutating func number(_ count: Int) -> Int64? {
      let found = rest.prefix(count)
      guard found.count == count, found.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
      rest = rest[found.endIndex...]
      return found.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    }

    /// Minutes east of UTC.
    mutating func offset() -> Int64? {
      if take("Z") || take("z") { return 0 }
      let isWest = take("-")
      guard isWest || take("+"), let hours = number(2), hours < 24, take(":"), let minutes = number(2), minutes < 60
      else { return nil }
      return (hours * 60 + minutes) * (isWest ? -1 : 1)
    }
  }
}
