/// The form that text in a condition must have.
package struct LiteralShape: Sendable {
  /// In Unicode scalars; of the text of `contains`, `startswith` and `endswith` those that narrow what is found
  /// (``effectiveLength(of:)``).
  package var minLength: Int?
  /// In Unicode scalars.
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

  /// - Parameter isPattern: stands where Dataverse reads wildcards.
  func admits(_ text: String, isPattern: Bool) -> Bool {
    if let minLength {
      let length = isPattern ? LiteralShape.effectiveLength(of: text) : text.unicodeScalars.count
      if length < minLength { return false }
    }
    if let maxLength, text.unicodeScalars.count > maxLength { return false }
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
  func words(isPattern: Bool) -> String {
    var parts: [String] = []
    switch (minLength, maxLength) {
    case (let min?, let max?) where !isPattern: parts.append("\(min) to \(max) characters")
    case (let min?, let max):
      parts.append("at least \(min) characters\(isPattern ? " besides wildcards, blanks and marks" : "")")
      if let max { parts.append("at most \(max) characters in all") }
    case (nil, let max?): parts.append("at most \(max) characters")
    case (nil, nil): break
    }
    if let pattern { parts.append("the form \(pattern.text)") }
    return parts.isEmpty ? "any text" : parts.joined(separator: " and ")
  }
}
