import ODataURL

/// The values of a list that is too long for one read, in parts for one read each.
///
/// Values that the service may take for equal stand in one part, so that no row is in two: within one condition a row is
/// found once, however many of its values it meets.
enum ListParts {
  /// - Parameters:
  ///   - values: each other than the rest.
  ///   - limit: values of a part, at least 1. More of them that are alike than that are parted all the same.
  static func parts(_ values: [Literal], limit: Int) -> [[Literal]] {
    var order: [Likeness] = []
    var alike: [Likeness: [Literal]] = [:]
    for value in values {
      let likeness = Likeness(value)
      if alike[likeness] == nil { order.append(likeness) }
      alike[likeness, default: []].append(value)
    }
    var parts: [[Literal]] = []
    var part: [Literal] = []
    for group in order.lazy.compactMap({ alike[$0] }) {
      if part.count + group.count > limit, !part.isEmpty {
        parts.append(part)
        part = []
      }
      part += group
      while part.count > limit {
        parts.append(Array(part.prefix(limit)))
        part.removeFirst(limit)
      }
    }
    return part.isEmpty ? parts : parts + [part]
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
