/// The form that text in a condition must have.
package struct LiteralShape: Sendable {
  /// In Unicode scalars.
  package var minLength: Int?
  package var maxLength: Int?
  var pattern: Pattern?
  /// `\"` is read as `"`: Dataverse's documentation prints backslashes that the stored JSON does not have.
  package var unescapesQuotes = false

  package static let any = LiteralShape()

  /// Whether it takes every text, and leaves it as it is.
  var isAny: Bool { minLength == nil && maxLength == nil && pattern == nil && !unescapesQuotes }

  /// This shape, with what it leaves open taken from another.
  func filled(from other: LiteralShape) -> LiteralShape {
    LiteralShape(
      minLength: minLength ?? other.minLength, maxLength: maxLength ?? other.maxLength,
      pattern: pattern ?? other.pattern, unescapesQuotes: unescapesQuotes || other.unescapesQuotes)
  }

  func admits(_ text: String) -> Bool {
    if minLength != nil || maxLength != nil {
      let length = text.unicodeScalars.count
      if let minLength, length < minLength { return false }
      if let maxLength, length > maxLength { return false }
    }
    return pattern?.matches(text) ?? true
  }

  /// `text` as it is judged and sent.
  func normalized(_ text: String) -> String {
    guard unescapesQuotes, text.utf8.contains(UInt8(ascii: "\\")) else { return text }
    var result: [UInt8] = []
    result.reserveCapacity(text.utf8.count)
    for byte in text.utf8 {
      if byte == UInt8(ascii: "\""), result.last == UInt8(ascii: "\\") { result.removeLast() }
      result.append(byte)
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// What is wanted, for remedies.
  var words: String {
    var parts: [String] = []
    switch (minLength, maxLength) {
    case (let min?, let max?): parts.append("\(min) to \(max) characters")
    case (let min?, nil): parts.append("at least \(min) characters")
    case (nil, let max?): parts.append("at most \(max) characters")
    case (nil, nil): break
    }
    if let pattern { parts.append("the form \(pattern.text)") }
    return parts.isEmpty ? "any text" : parts.joined(separator: " and ")
  }
}
