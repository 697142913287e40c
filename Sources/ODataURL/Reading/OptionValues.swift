/// Values of system query options that are no expressions.
extension Reader {
  /// Whether `$expand=…(` is being read: `;` and `)` end a value there.
  var isNested: Bool { depth > 0 }

  mutating func nonNegativeInteger() throws(SyntaxError) -> Int64 {
    let start = at
    skipDigits()
    guard at > start else {
      throw isAtEnd || isNested
        ? failure(.emptyValue, here, "expected a number")
        : failure(.invalidValue, start..<end, "expected a number without sign")
    }
    guard let value = int64(start..<at) else {
      throw failure(.literalOutOfRange, start..<at, "the number is too large")
    }
    return value
  }

  mutating func booleanValue() throws(SyntaxError) -> Bool {
    let start = at
    while byte.isWord { at += 1 }
    if spells(start..<at, "true", ignoringCase: true) { return true }
    if spells(start..<at, "false", ignoringCase: true) { return false }
    throw failure(
      at > start ? .invalidValue : .emptyValue, at > start ? start..<at : here, "expected true or false",
      expected: ["true", "false"])
  }

  /// `max` or a positive number without leading zeros.
  mutating func levels() throws(SyntaxError) -> String {
    let start = at
    while byte.isWord { at += 1 }
    if spells(start..<at, "max", ignoringCase: true) { return "max" }
    if at > start, bytes[start] != UInt8(ascii: "0"), bytes[start..<at].allSatisfy(\.isDigit),
      let value = int64(start..<at)
    {
      return String(value)
    }
    throw failure(
      .invalidValue, at > start ? start..<at : here, "expected a positive number or `max`", expected: ["max"])
  }

  mutating func integerText() throws(SyntaxError) -> String {
    let start = at
    if byte == ASCII.minus { at += 1 }
    let digits = at
    skipDigits()
    guard at > digits, let value = int64(digits..<at, isNegative: digits > start) else {
      throw failure(.invalidValue, at > start ? start..<at : here, "expected an integer")
    }
    return String(value)
  }

  /// A date or a point in time (OData Extension for Temporal Data), or the word for the end of time.
  mutating func timeText(orEnd word: String?) throws(SyntaxError) -> String {
    let start = at
    if let word, isAtWord(word, at: at) {
      at += word.utf8.count
      return word
    }
    let value = try expression()
    switch value[value.root] {
    case .literal(.date), .literal(.dateTimeOffset): return value.printed()
    default:
      throw failure(.invalidValue, start..<at, "expected a date or a point in time", expected: word.map { [$0] } ?? [])
    }
  }

  /// ABNF `schemaversion`: `*` or unreserved characters.
  mutating func versionText() throws(SyntaxError) -> String {
    let start = at
    let value = try optionText()
    guard value == "*" || value.utf8.allSatisfy({ $0.isWord || "-.~".utf8.contains($0) }) else {
      throw failure(.invalidValue, start..<at, "expected a version or `*`")
    }
    return value
  }

  /// ABNF `format`: `json`, `xml`, `atom`, in any case, or a media type.
  mutating func formatText() throws(SyntaxError) -> String {
    let start = at
    let value = try optionText()
    let word = start..<at
    for name in ["json", "xml", "atom"] where spells(word, name, ignoringCase: true) { return name }
    var parts = [0]
    for index in word {
      if bytes[index] == ASCII.slash {
        parts.append(0)
      } else {
        guard isMediaTypeCharacter(at: index) else {
          throw failure(.invalidValue, index..<index + 1, "this character cannot stand in a media type")
        }
        parts[parts.count - 1] += 1
      }
    }
    guard parts.count == 2, !parts.contains(0) else {
      throw failure(
        .invalidValue, word, "expected json, xml, atom or a media type",
        suggestion: Suggestion.nearest(to: value.utf8, among: ["json", "xml", "atom"]))
    }
    return value
  }

  /// ABNF `pchar`: what is percent-encoded, and what need not be. Blanks between the parameters of a media type are for
  /// the leniency.
  private func isMediaTypeCharacter(at index: Int) -> Bool {
    let byte = bytes[index]
    if byte.isWord || "-.~!$&'()*+,;=:@".utf8.contains(byte) || byte >= 0x80 { return true }
    return isEncoded(at: index) || (isBlank(byte) && leniencies.contains(.blanksInLists))
  }

  /// The text of an option that is kept whole: up to the end, or inside `$expand` up to the `;` or `)` outside of
  /// brackets and quotes.
  mutating func optionText() throws(SyntaxError) -> String {
    let start = at
    if isNested {
      try skipNestedText()
    } else {
      at = end
    }
    guard at > start else { throw failure(.emptyValue, here, "expected a value") }
    return try plainText(start..<at)
  }

  /// Skips text up to a `;` or `)` that stands outside of brackets and quotes.
  /// - Throws: `unterminated-string` for a quote that is not closed.
  mutating func skipNestedText() throws(SyntaxError) {
    var brackets = 0
    while at < end {
      switch bytes[at] {
      case ASCII.open: brackets += 1
      case ASCII.close:
        if brackets == 0 { return }
        brackets -= 1
      case ASCII.semicolon where brackets == 0: return
      case ASCII.quote, ASCII.doubleQuote:
        let start = at
        at += 1
        while at < end, bytes[at] != bytes[start] { at += 1 }
        if at >= end {
          at = start
          throw failure(.unterminatedString, start..<end, "the quote is not closed")
        }
      default: break
      }
      at += 1
    }
  }
}
