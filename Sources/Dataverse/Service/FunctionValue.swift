import ODataURL

/// The form of a value in a query function, which gives most of them as text.
enum FunctionValue: Hashable {
  /// Digits with a sign in front, if any, of 32 or 64 bits.
  case wholeNumber(bits: Int)
  case number
  case guid
  /// A date, or a time with a date in front.
  case date
  case boolean
  /// A whole number that counts from one.
  case count(most: Int64)

  var words: String {
    switch self {
    case .wholeNumber(32): "a whole number from -2147483648 to 2147483647"
    case .wholeNumber: "a whole number of 64 bits"
    case .number: "a number"
    case .guid: "a GUID"
    case .date: "a date like 2017-01-01, or a time like 2017-01-01T00:00:00Z, from 1753 on"
    case .boolean: "true, false, 1 or 0"
    case .count(let most): "a whole number from 1 to \(most)"
    }
  }

  func takes(_ literal: Literal) -> Bool {
    switch (self, literal) {
    case (.count(let most), .integer(let number)): return (1...most).contains(number)
    case (.count, _): return true
    case (_, .string(let text)): return takes(text)
    // Of another type than the parameter: DV005 says so.
    default: return true
    }
  }

  private func takes(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    switch self {
    case .wholeNumber(let bits):
      guard FunctionValue.isWhole(bytes[...]), let number = Int64(text) else { return false }
      return bits != 32 || Int32(exactly: number) != nil
    case .number:
      let parts = bytes.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
      return FunctionValue.isWhole(parts[0])
        && (parts.count == 1 || !parts[1].isEmpty && parts[1].allSatisfy(FunctionValue.isDigit))
    case .guid:
      let dashes: Set = [8, 13, 18, 23]
      return bytes.count == 36
        && bytes.indices.allSatisfy {
          dashes.contains($0)
            ? bytes[$0] == UInt8(ascii: "-")
            : FunctionValue.isDigit(bytes[$0]) || (0x61...0x66).contains(bytes[$0] | 0x20)
        }
    case .date: return FunctionValue.isDate(text)
    case .boolean: return ["true", "false", "1", "0"].contains(text.lowercased())
    case .count: return false
    }
  }

  private static func isWhole(_ bytes: ArraySlice<UInt8>) -> Bool {
    let digits = bytes.first == UInt8(ascii: "-") ? bytes.dropFirst() : bytes
    return !digits.isEmpty && digits.allSatisfy(isDigit)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

  /// As the grammar of OData reads dates and times, with or without their zone.
  private static func isDate(_ text: String) -> Bool {
    let parser = Parser(settings: .strict)
    for candidate in [text, text + "Z"] {
      guard let expression = try? parser.expression("x eq \(candidate)"),
        case .binary(.eq, _, let right) = expression[expression.root]
      else { continue }
      switch expression[right] {
      case .literal(.date(let date)): return date.year >= 1753
      case .literal(.dateTimeOffset(let time)): return time.date.year >= 1753
      default: continue
      }
    }
    return false
  }
}

extension QueryFunction {
  /// The form of the values that it takes on a column of a type; `nil` where any text may stand.
  func valueForm(on type: ColumnType) -> FunctionValue? {
    switch name {
    case "On", "OnOrAfter", "OnOrBefore": return .date
    case "Above", "AboveOrEqual", "Under", "UnderOrEqual", "NotUnder": return .guid
    case "ContainValues", "DoesNotContainValues": return .wholeNumber(bits: 32)
    case "In", "NotIn", "Between", "NotBetween":
      switch type {
      case .wholeNumber, .choice, .choices: return .wholeNumber(bits: 32)
      case .bigInt: return .wholeNumber(bits: 64)
      case .decimal, .double, .money: return .number
      case .uniqueIdentifier, .lookup: return .guid
      case .dateTime, .dateOnly: return .date
      case .boolean: return .boolean
      case .text, .memo, .file, .image: return nil
      }
    case _ where parameters.contains(where: { $0.kind == .wholeNumber }): return .count(most: mostUnits)
    default: return nil
    }
  }

  /// As many hours, days, years… as there are in 250 years: with more Dataverse leaves its calendar, which begins in 1753.
  /// Of fiscal periods and years the number itself stands there.
  private var mostUnits: Int64 {
    let years: Int64 = 250
    let units: [(String, Int64)] = [
      ("XMinutes", 525_600), ("XHours", 8_760), ("XDays", 365), ("XWeeks", 52), ("XMonths", 12),
      ("XFiscalPeriods", 12), ("XYears", 1), ("XFiscalYears", 1),
    ]
    return units.first { name.hasSuffix($0.0) }.map { $0.1 * years } ?? 9_999
  }
}
