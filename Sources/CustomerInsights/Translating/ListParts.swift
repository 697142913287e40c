import ODataURL

/// The values of a list that is too long for one read, in parts for one read each.
///
/// Values that the service may take for equal stand in one part, so that no row is in two: within one condition a row is
/// found once, however many of its values it meets.
enum ListParts {
  /// - Parameters:
  ///   - values: each other than the rest.
  ///   - column: what they are compared with.
  ///   - isWhole: whether the column holds whole numbers, which the service then compares digit by digit.
  ///   - limit: values of a part, at least 1.
  ///   - bytes: of a part's conditions as they are sent. A single value may take more.
  /// - Returns: `nil` where more of them are alike than a part may have.
  static func parts(
    _ values: [Literal], of column: String, isWhole: Bool = false, limit: Int, bytes: Int
  ) -> [[Literal]]? {
    let isExact = isWhole && values.allSatisfy { if case .integer = $0 { true } else { false } }
    var order: [Likeness] = []
    var alike: [Likeness: [Literal]] = [:]
    for value in values {
      let likeness = isExact ? .other(Expression(.literal(value)).printed()) : Likeness(value)
      if alike[likeness] == nil { order.append(likeness) }
      alike[likeness, default: []].append(value)
    }
    var parts: [[Literal]] = []
    var part: [Literal] = []
    var size = 0
    func end() {
      if !part.isEmpty { parts.append(part) }
      part = []
      size = 0
    }
    for group in order.lazy.compactMap({ alike[$0] }) {
      let own = group.reduce(0) { $0 + byteCount(of: $1, in: column) }
      guard group.count <= limit, group.count == 1 || own <= bytes else { return nil }
      if part.count + group.count > limit || size + own > bytes { end() }
      part += group
      size += own
    }
    end()
    return parts
  }

  /// Bytes of `column eq value or ` as they are sent, percent-encoded; rather more than fewer.
  static func byteCount(of value: Literal, in column: String) -> Int {
    let text = Expression(.literal(value)).printed().utf8
    return text.reduce(column.utf8.count + 16) { $0 + (isPlain($1) ? 1 : 3) }
  }

  /// Whether a byte is sent as it is.
  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: true
    default: false
    }
  }

  /// What is the same for values that may be equal.
  private enum Likeness: Hashable {
    case text(AlikeText)
    /// By bits: a number that no other one equals is one of these, too.
    case number(UInt64)
    /// Seconds since 1970: columns keep no more of a time.
    case second(Int64)
    case other(String)

    init(_ literal: Literal) {
      switch literal {
      case .string(let text): self = .text(AlikeText(text))
      // Columns of text can hold one.
      case .guid: self = .text(AlikeText(Expression(.literal(literal)).printed()))
      case .integer(let value): self = .number(Double(value).bitPattern)
      case .decimal(let text), .double(let text):
        // With zeros of one sign.
        self = Double(text).map { .number(($0 + 0).bitPattern) } ?? .other(text)
      case .date(let date): self = .second(Instant(date).wholeSeconds)
      case .dateTimeOffset(let time): self = .second(Instant(time).wholeSeconds)
      case .null, .boolean, .timeOfDay, .duration, .binary, .geo, .enumeration:
        self = .other(Expression(.literal(literal)).printed())
      }
    }
  }
}
