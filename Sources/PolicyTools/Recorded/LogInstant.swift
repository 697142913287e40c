/// A moment in a log, to the second.
package struct LogInstant: Sendable, Hashable, Comparable {
  /// Seconds since 1970-01-01T00:00:00Z.
  package var seconds: Int64

  package static func < (left: LogInstant, right: LogInstant) -> Bool { left.seconds < right.seconds }

  /// Reads RFC 3339 (`2026-11-21T09:51:03.2Z`) or the time of combined logs (`21/Nov/2026:09:51:03 +0000`); `nil` for
  /// anything else.
  init?(_ text: some StringProtocol) {
    let bytes = Array(text.utf8)
    var fields = Fields(bytes: bytes)
    let (year, month, day): (Int64, Int64, Int64)
    if bytes.count > 4, bytes[4] == UInt8(ascii: "-") {
      guard let y = fields.number(4), fields.skip("-"), let m = fields.number(2), fields.skip("-"),
        let d = fields.number(2), fields.skip("T") || fields.skip("t") || fields.skip(" ")
      else { return nil }
      (year, month, day) = (y, m, d)
    } else {
      guard let d = fields.number(2), fields.skip("/"), let m = fields.month(), fields.skip("/"),
        let y = fields.number(4), fields.skip(":")
      else { return nil }
      (year, month, day) = (y, m, d)
    }
    guard let hour = fields.number(2), fields.skip(":"), let minute = fields.number(2), fields.skip(":"),
      let second = fields.number(2), (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60,
      second <= 60
    else { return nil }
    fields.skipFraction()
    guard let offset = fields.offset(), fields.isAtEnd else { return nil }
    seconds = LogInstant.days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset
  }

  /// Days since 1970-01-01 in the proleptic Gregorian calendar, counted in years that begin with March so that the leap
  /// day is the last.
  private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let year = month <= 2 ? year - 1 : year
    let era = (year >= 0 ? year : year - 399) / 400
    let yearOfEra = year - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  private struct Fields {
    let bytes: [UInt8]
    var position = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    mutating func number(_ digits: Int) -> Int64? {
      guard position + digits <= bytes.count else { return nil }
      var value: Int64 = 0
      for byte in bytes[position..<position + digits] {
        guard byte >= 0x30, byte <= 0x39 else { return nil }
        value = value * 10 + Int64(byte - 0x30)
      }
      position += digits
      return value
    }

    mutating func skip(_ text: StaticString) -> Bool {
      guard position < bytes.count, bytes[position] == text.utf8Start[0] else { return false }
      position += 1
      return true
    }

    mutating func month() -> Int64? {
      let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
      guard position + 3 <= bytes.count,
        let index = names.firstIndex(where: { bytes[position..<position + 3].elementsEqual($0.utf8) })
      else { return nil }
      position += 3
      return Int64(index + 1)
    }

    mutating func skipFraction() {
      guard skip(".") else { return }
      while position < bytes.count, bytes[position] >= 0x30, bytes[position] <= 0x39 { position += 1 }
    }

    /// Seconds east of UTC.
    mutating func offset() -> Int64? {
      if skip("Z") || skip("z") { return 0 }
      _ = skip(" ")
      let sign: Int64
      if skip("+") {
        sign = 1
      } else if skip("-") {
        sign = -1
      } else {
        return nil
      }
      guard let hours = number(2) else { return nil }
      _ = skip(":")
      guard let minutes = number(2) else { return nil }
      return sign * (hours * 3600 + minutes * 60)
    }
  }
}

extension LogInstant: CustomStringConvertible {
  /// `2026-11-21T09:51Z`, to the minute.
  package var description: String {
    let days = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
    let rest = seconds - days * 86_400
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    let month = shiftedMonth + (shiftedMonth < 10 ? 3 : -9)
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    func padded(_ number: Int64, _ width: Int) -> String {
      let digits = String(number)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))T\(padded(rest / 3600, 2)):"
      + "\(padded(rest % 3600 / 60, 2))Z"
  }
}
