import ODataURL

/// The id of a customer: 32 hexadecimal digits in text, which some write with the dashes of a GUID (`8-4-4-4-12`).
package enum CustomerID {
  /// How the values of a column are written in Dataverse.
  package enum Form: String, Sendable, CaseIterable {
    case digits, dashes
  }

  /// By what the ids of two columns are compared: letters of either case, and dashes or none where the values are ids of
  /// customers.
  /// - Parameter form: that of a column with such ids; `nil` for values of another kind.
  static func key(_ id: String, as form: Form?) -> FoldedText {
    guard form != nil, id.utf8.count == dashedLength, let digits = digits(Array(id.utf8)) else { return FoldedText(id) }
    return FoldedText(digits)
  }

  /// An id as the column has it; other text as it is.
  static func text(_ id: String, as form: Form) -> String {
    guard id.utf8.count == (form == .digits ? dashedLength : digitCount),
      case .string(let text) = literal(.string(id), as: form)
    else { return id }
    return text
  }

  private static let digitCount = 32
  private static let dashedLength = 36

  /// A JSON string token without dashes.
  /// - Returns: `nil` for what is no GUID with dashes, and so stays as it is.
  static func digits(ofToken token: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    guard token.count == 38, token[0] == UInt8(ascii: "\""), token[37] == UInt8(ascii: "\""),
      let digits = digits(token[1..<37])
    else { return nil }
    return [UInt8(ascii: "\"")] + digits + [UInt8(ascii: "\"")]
  }

  /// A literal as the column has it: text that is an id with or without dashes, or a GUID; others as they are.
  static func literal(_ literal: Literal, as form: Form) -> Literal {
    let bytes: [UInt8]
    switch literal {
    case .string(let text): bytes = Array(text.utf8)
    case .guid(let guid): bytes = Array(Expression(.literal(.guid(guid))).printed().utf8)
    default: return literal
    }
    guard let digits = bytes.count == digitCount && bytes.allSatisfy(isHex) ? bytes : digits(bytes) else {
      return literal
    }
    guard form == .dashes else { return .string(String(decoding: digits, as: UTF8.self)) }
    var text: [UInt8] = []
    for (index, digit) in digits.enumerated() {
      if [8, 12, 16, 20].contains(index) { text.append(UInt8(ascii: "-")) }
      text.append(digit)
    }
    return .string(String(decoding: text, as: UTF8.self))
  }

  /// The 32 digits of a GUID with dashes.
  private static func digits<Bytes: RandomAccessCollection<UInt8>>(_ text: Bytes) -> [UInt8]? {
    guard text.count == dashedLength else { return nil }
    var digits: [UInt8] = []
    digits.reserveCapacity(32)
    for (index, byte) in text.enumerated() {
      if index == 8 || index == 13 || index == 18 || index == 23 {
        guard byte == UInt8(ascii: "-") else { return nil }
      } else {
        guard isHex(byte) else { return nil }
        digits.append(byte)
      }
    }
    return digits
  }

  private static func isHex(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x46, 0x61...0x66: true
    default: false
    }
  }
}
