import Dataverse
import ODataURL

/// A value of a row filter, as far as it is known how it compares with others.
enum ComparableValue: Hashable {
  /// In lower case and without blanks at its end: Dataverse compares text without both.
  case text(String)
  case integer(Int64)
  /// With its digits: beyond the precision of a `Double` only texts that are the same are known to be equal.
  case number(Double, digits: String)
  case boolean(Bool)
  case guid(GUID)
  /// Seconds since 1970-01-01 and picoseconds.
  case instant(Int64, UInt64)

  /// What is known of two values.
  enum Relation {
    case less, equal, greater
    /// Not equal; which is less depends on a collation.
    case different
    case unknown
  }

  /// - Returns: `nil` for literals of another type than the column, and those whose comparison is not known.
  init?(_ literal: Literal, of type: ColumnType) {
    switch (type, literal) {
    case (.text, .string(let text)), (.memo, .string(let text)):
      var scalars = text.lowercased().unicodeScalars[...]
      while scalars.last == " " { scalars.removeLast() }
      self = .text(String(scalars))
    case (.boolean, .boolean(let value)): self = .boolean(value)
    case (.uniqueIdentifier, .guid(let guid)), (.lookup, .guid(let guid)): self = .guid(guid)
    case (.dateOnly, .date(let date)): self = .integer(date.days)
    case (.dateTime, .date(let date)): self = .instant(date.days * 86_400, 0)
    case (.dateTime, .dateTimeOffset(let moment)):
      let clock = Int64(moment.time.hour) * 3600 + Int64(moment.time.minute) * 60 + Int64(moment.time.second)
      self = .instant(
        moment.date.days * 86_400 + clock - Int64(moment.offsetMinutes) * 60, moment.time.picoseconds)
    case (_, .integer(let number)) where type.isNumber || type == .choice: self = .integer(number)
    case (_, .decimal(let digits)) where type.isNumber, (_, .double(let digits)) where type.isNumber:
      guard let number = Double(digits), !number.isNaN else { return nil }
      self = .number(number, digits: digits)
    default: return nil
    }
  }

  func relation(to other: ComparableValue) -> Relation {
    switch (self, other) {
    case (.text(let left), .text(let right)):
      if left == right { return .equal }
      // A collation may take letters with marks for those without.
      return left.utf8.allSatisfy { $0 < 0x80 } && right.utf8.allSatisfy { $0 < 0x80 } ? .different : .unknown
    case (.boolean(let left), .boolean(let right)): return left == right ? .equal : .different
    case (.guid(let left), .guid(let right)): return left == right ? .equal : .different
    case (.integer(let left), .integer(let right)): return ComparableValue.order(left, right)
    case (.instant(let left, let part), .instant(let right, let other)):
      return left == right ? ComparableValue.order(part, other) : ComparableValue.order(left, right)
    case (.number(let left, let digits), .number(let right, let others)):
      return left == right ? (digits == others ? .equal : .unknown) : ComparableValue.order(left, right)
    case (.integer(let left), .number(let right, _)): return ComparableValue.order(rounded: Double(left), right)
    case (.number(let left, _), .integer(let right)): return ComparableValue.order(rounded: left, Double(right))
    default: return .unknown
    }
  }

  private static func order<Value: Comparable>(_ left: Value, _ right: Value) -> Relation {
    left < right ? .less : left == right ? .equal : .greater
  }

  /// Rounding keeps the order, but may make one of two.
  private static func order(rounded left: Double, _ right: Double) -> Relation {
    left == right ? .unknown : order(left, right)
  }

  /// The next value of a column that has whole ones alone; `nil` when there is none.
  func neighbour(_ step: Int64, of type: ColumnType) -> ComparableValue? {
    switch (self, type) {
    case (.integer(let number), .wholeNumber), (.integer(let number), .bigInt), (.integer(let number), .choice),
      (.integer(let number), .dateOnly):
      let (next, overflows) = number.addingReportingOverflow(step)
      return overflows ? nil : .integer(next)
    default: return nil
    }
  }
}

extension ComparableValue.Relation {
  /// Whether two values of this relation fail a comparison; `false` where that is not known.
  func refutes(_ op: BinaryOperator) -> Bool {
    switch op {
    case .eq: self == .less || self == .greater || self == .different
    case .ne: self == .equal
    case .lt: self == .equal || self == .greater
    case .le: self == .greater
    case .gt: self == .equal || self == .less
    case .ge: self == .less
    default: false
    }
  }
}

extension CalendarDate {
  /// Days since 1970-01-01, in the proleptic Gregorian calendar.
  fileprivate var days: Int64 {
    // Years begin in March, so that the leap day is their last.
    let year = Int64(year) - (month <= 2 ? 1 : 0)
    let month = (Int64(month) + 9) % 12
    let era = (year >= 0 ? year : year - 399) / 400
    let ofEra = year - era * 400
    let ofYear = (153 * month + 2) / 5 + Int64(day) - 1
    return era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468
  }
}
