import JSONStream
import ODataURL

/// A value of a row or of a literal, in the form in which it compares.
enum RowValue: Sendable {
  /// Nobody can tell: a column that was not read, an operation that is not calculated here.
  case unknown
  case null
  case bool(Bool)
  /// With its text as it stands.
  case number(ExactNumber, token: [UInt8])
  /// - Parameter isUnfolded: whether it is a member of the JSON column, where numbers may be written as text.
  case text(FoldedText, isUnfolded: Bool)
  case instant(Instant)
  case guid(GUID)
  /// An object or array inside a JSON column.
  case structure

  /// - Parameter token: one whole JSON value.
  init(token: [UInt8], isUnfolded: Bool) {
    switch token.first {
    case UInt8(ascii: "\""):
      let text = token.withUnsafeBufferPointer { token -> [UInt8]? in
        do throws(JSONStreamError) {
          return try JSONText.decode(token)
        } catch {
          // No JSON, which no reader would have handed on.
          return nil
        }
      }
      self = text.map { .text(FoldedText($0), isUnfolded: isUnfolded) } ?? .unknown
    case UInt8(ascii: "n"): self = .null
    case UInt8(ascii: "t"): self = .bool(true)
    case UInt8(ascii: "f"): self = .bool(false)
    case UInt8(ascii: "{"), UInt8(ascii: "["): self = .structure
    default: self = ExactNumber(token).map { .number($0, token: token) } ?? .unknown
    }
  }

  init(_ literal: Literal) {
    switch literal {
    case .null: self = .null
    case .boolean(let value): self = .bool(value)
    case .string(let text): self = .text(FoldedText(text), isUnfolded: false)
    case .integer(let value): self = .number(ExactNumber(value), token: Array(String(value).utf8))
    case .decimal(let text), .double(let text):
      let token = Array(text.utf8)
      self = ExactNumber(token).map { .number($0, token: token) } ?? .unknown
    case .guid(let guid): self = .guid(guid)
    case .date(let date): self = .instant(Instant(date))
    case .dateTimeOffset(let time): self = .instant(Instant(time))
    case .timeOfDay, .duration, .binary, .geo, .enumeration: self = .unknown
    }
  }

  static func number(_ value: Int) -> RowValue {
    .number(ExactNumber(Int64(value)), token: Array(String(value).utf8))
  }

  /// What a condition says of the row; `nil` when nobody can tell. Null says no.
  var truth: Bool? {
    switch self {
    case .bool(let value): value
    case .null: false
    case .text(let text, _): RowValue.truth(text)
    case .unknown, .number, .instant, .guid, .structure: nil
    }
  }

  /// The text that the text functions see; `nil` when there is none.
  var text: FoldedText? {
    switch self {
    case .text(let text, _): text
    case .number(_, let token): FoldedText(token)
    case .bool(let value): FoldedText(value ? "true" : "false")
    case .unknown, .null, .instant, .guid, .structure: nil
    }
  }

  /// How two values stand to each other.
  enum Relation: Sendable, Hashable {
    case less, equal, greater
    /// Of kinds that have nothing in common, null among them: not equal, and neither before the other.
    case unlike
    /// Not equal, and nobody can tell which is the first.
    case different
    case unknown
  }

  /// Values of two kinds compare as the kind that says more: text that is a number with a number as numbers, text that is
  /// a time with a time as instants, and so for booleans and GUIDs. Customer Insights writes measures as text too.
  /// - Parameter readsTimes: whether two texts that are both times with offsets are compared as instants.
  func relation(to other: RowValue, readsTimes: Bool) -> Relation {
    switch (self, other) {
    case (.unknown, _), (_, .unknown): .unknown
    case (.null, .null): .equal
    case (.null, _), (_, .null), (.structure, _), (_, .structure): .unlike
    case (.bool(let left), .bool(let right)): RowValue.relation((left ? 1 : 0) - (right ? 1 : 0))
    case (.number(let left, _), .number(let right, _)): RowValue.relation(left.compared(with: right))
    case (.instant(let left), .instant(let right)): RowValue.relation(left.compared(with: right))
    case (.guid(let left), .guid(let right)): left == right ? .equal : .different
    case (.text(let left, _), .text(let right, _)):
      if readsTimes, let left = RowValue.instant(left, needsOffset: true),
        let right = RowValue.instant(right, needsOffset: true)
      {
        RowValue.relation(left.compared(with: right))
      } else {
        RowValue.relation(left.compared(with: right))
      }
    case (.text(let text, _), _): text.value(like: other)?.relation(to: other, readsTimes: false) ?? .unlike
    case (_, .text(let text, _)): text.value(like: self).map { relation(to: $0, readsTimes: false) } ?? .unlike
    case (.bool, _), (.number, _), (.instant, _), (.guid, _): .unlike
    }
  }

  private static func relation(_ order: Int?) -> Relation {
    guard let order else { return .unlike }
    return order < 0 ? .less : order > 0 ? .greater : .equal
  }

  /// - Returns: `nil` for text that is none of the two words.
  fileprivate static func truth(_ text: FoldedText) -> Bool? {
    text.folded.elementsEqual("true".utf8) ? true : text.folded.elementsEqual("false".utf8) ? false : nil
  }

  static func instant(_ text: FoldedText, needsOffset: Bool) -> Instant? {
    guard let time = Timestamp(text.bytes[...]), !needsOffset || time.offset != nil else { return nil }
    return Instant(time)
  }
}

extension FoldedText {
  /// The value that this text stands for when it is one of the other value's kind.
  fileprivate func value(like other: RowValue) -> RowValue? {
    switch other {
    case .number: ExactNumber(bytes).map { .number($0, token: bytes) }
    case .bool: RowValue.truth(self).map { .bool($0) }
    case .instant: RowValue.instant(self, needsOffset: false).map { .instant($0) }
    case .guid: guid.map { .guid($0) }
    case .text, .unknown, .null, .structure: nil
    }
  }

  /// 32 hexadecimal digits with dashes, as Dataverse writes GUIDs.
  private var guid: GUID? {
    guard bytes.count == 36 else { return nil }
    var halves: [UInt64] = [0, 0]
    var digits = 0
    for (index, byte) in bytes.enumerated() {
      if index == 8 || index == 13 || index == 18 || index == 23 {
        guard byte == UInt8(ascii: "-") else { return nil }
      } else {
        guard byte < 0x80, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
        halves[digits / 16] = halves[digits / 16] << 4 | UInt64(digit)
        digits += 1
      }
    }
    return GUID(high: halves[0], low: halves[1])
  }
}
