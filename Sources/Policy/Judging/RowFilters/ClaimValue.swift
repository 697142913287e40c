import Dataverse
import ODataURL

/// A value that a caller brings, as a literal. It is read by the type of a column, strictly, and never as OData syntax.
enum ClaimValue {
  /// What it stands for.
  enum Use {
    /// The side of a comparison.
    case comparison
    /// The second argument of `contains`, `startswith`, `endswith`, where Dataverse reads wildcards.
    case pattern
    /// The argument of a query function.
    case argument
    /// An item of a list of a query function, all of which are text.
    case item
  }

  /// `nil` for text that is not of the form of the type. Empty text is of no form: it would match where nothing is
  /// known of the caller.
  static func literal(_ text: String, comparedWith type: ColumnType, as use: Use) -> Literal? {
    guard !text.isEmpty, text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }), let literal = literal(text, type) else {
      return nil
    }
    switch use {
    case .comparison: return literal
    case .pattern:
      guard case .string = literal, !text.utf8.contains(where: { "%_[]".utf8.contains($0) }) else { return nil }
      return literal
    case .argument:
      if case .integer = literal { return literal }
      return .string(text)
    case .item: return .string(text)
    }
  }

  private static func literal(_ text: String, _ type: ColumnType) -> Literal? {
    switch type {
    case .text, .memo: .string(text)
    case .uniqueIdentifier, .lookup: guid(text).map(Literal.guid)
    case .wholeNumber, .choice: whole(text).flatMap { Int32(exactly: $0) }.map { .integer(Int64($0)) }
    case .bigInt: whole(text).map(Literal.integer)
    case .decimal, .double, .money: number(text)
    case .boolean: text == "true" ? .boolean(true) : text == "false" ? .boolean(false) : nil
    case .dateOnly: date(text[...]).map(Literal.date)
    case .dateTime: dateTime(text)
    case .choices, .file, .image: nil
    }
  }

  /// `-?(0|[1-9][0-9]*)`
  private static func whole(_ text: String) -> Int64? {
    guard isCanonical(text.utf8.first == UInt8(ascii: "-") ? text.dropFirst() : text[...]) else { return nil }
    return Int64(text)
  }

  /// Digits without a zero in front.
  private static func isCanonical(_ digits: Substring) -> Bool {
    !digits.isEmpty && digits.utf8.allSatisfy(isDigit)
      && (digits.utf8.first != UInt8(ascii: "0") || digits.utf8.count == 1)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

  /// A whole number, or one with a fraction of at most 18 digits.
  private static func number(_ text: String) -> Literal? {
    if let whole = whole(text) { return .integer(whole) }
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, (1...18).contains(parts[1].utf8.count), parts[1].utf8.allSatisfy(isDigit),
      parts[0].utf8.count <= 19,
      isCanonical(parts[0].utf8.first == UInt8(ascii: "-") ? parts[0].dropFirst() : parts[0])
    else { return nil }
    return .decimal(text)
  }

  /// `8-4-4-4-12` hex digits.
  private static func guid(_ text: String) -> GUID? {
    let groups = text.split(separator: "-", omittingEmptySubsequences: false)
    guard groups.map(\.utf8.count) == [8, 4, 4, 4, 12],
      groups.allSatisfy({ $0.utf8.allSatisfy { isDigit($0) || (0x61...0x66).contains($0 | 0x20) } }),
      let high = UInt64(groups[0] + groups[1] + groups[2], radix: 16),
      let low = UInt64(groups[3] + groups[4], radix: 16)
    else { return nil }
    return GUID(high: high, low: low)
  }

  /// Exactly so many digits.
  private static func digits(_ text: Substring, _ count: Int) -> Int? {
    text.utf8.count == count && text.utf8.allSatisfy(isDigit) ? Int(text) : nil
  }

  /// `YYYY-MM-DD`
  private static func date(_ text: Substring) -> CalendarDate? {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 3, let year = digits(parts[0], 4), let month = digits(parts[1], 2), (1...12).contains(month),
      let day = digits(parts[2], 2), day >= 1
    else { return nil }
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    guard day <= days[month - 1] else { return nil }
    return CalendarDate(year: Int32(year), month: UInt8(month), day: UInt8(day))
  }

  /// `YYYY-MM-DDThh:mm:ss`, a fraction of at most 7 digits, `Z`.
  private static func dateTime(_ text: String) -> Literal? {
    let parts = text.split(separator: "T", omittingEmptySubsequences: false)
    guard parts.count == 2, let date = date(parts[0]), parts[1].utf8.last == UInt8(ascii: "Z") else { return nil }
    let clock = parts[1].dropLast().split(separator: ".", omittingEmptySubsequences: false)
    let time = clock[0].split(separator: ":", omittingEmptySubsequences: false)
    guard clock.count <= 2, time.count == 3, let hour = digits(time[0], 2), hour < 24,
      let minute = digits(time[1], 2), minute < 60, let second = digits(time[2], 2), second < 60
    else { return nil }
    var picoseconds: UInt64 = 0
    if clock.count == 2 {
      guard (1...7).contains(clock[1].utf8.count), clock[1].utf8.allSatisfy(isDigit) else { return nil }
      let padded = clock[1] + String(repeating: "0", count: 12 - clock[1].utf8.count)
      picoseconds = UInt64(padded) ?? 0
    }
    return .dateTimeOffset(
      DateTimeOffset(
        date: date,
        time: TimeOfDay(hour: UInt8(hour), minute: UInt8(minute), second: UInt8(second), picoseconds: picoseconds)))
  }
}
