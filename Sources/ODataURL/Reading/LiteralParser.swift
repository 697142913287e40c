/// ABNF `primitiveLiteral`: text, prefixed and keyword literals. Numbers and times are in files of their own.
extension Reader {
  /// Whether U+2018 or U+2019 is next and counts as a quote.
  var isAtTypographicQuote: Bool {
    leniencies.contains(.typographicQuotes) && typographicQuote(at: at)
  }

  private func typographicQuote(at index: Int) -> Bool {
    index + 2 < end && bytes[index] == 0xE2 && bytes[index + 1] == 0x80
      && (bytes[index + 2] == 0x98 || bytes[index + 2] == 0x99)
  }

  @inline(never)
  mutating func stringLiteral() throws(SyntaxError) -> NodeID {
    let start = at
    if bytes[start] == ASCII.quote, let quote = bytes.first(ASCII.quote, in: start + 1..<end) {
      let next = quote + 1 < end ? bytes[quote + 1] : 0
      if next == 0 || next == ASCII.space || next == ASCII.close || next == ASCII.comma {
        at = quote + 1
        return try add(.literal(.string(text(start + 1..<quote))), span(from: start))
      }
    }
    let value = try quotedText()
    try endOfLiteral(start)
    return try add(.literal(.string(value)), span(from: start))
  }

  /// Text in single quotes, a quote inside doubled.
  ///
  /// Text that a typographic quote opened ends at the next quote of either kind; between straight quotes typographic
  /// ones are text.
  /// - Throws: `unterminated-string`, `control-character`.
  mutating func quotedText() throws(SyntaxError) -> String {
    let start = at
    let typographic = byte != ASCII.quote
    at += typographic ? 3 : 1
    if !typographic, let quote = bytes.first(ASCII.quote, in: at..<end),
      quote + 1 == end || bytes[quote + 1] != ASCII.quote
    {
      return closed(quote)
    }
    var from = at
    var parts = ""
    while at < end {
      let byte = bytes[at]
      if byte == ASCII.quote {
        if peek(1) == ASCII.quote {
          parts += text(from..<at + 1)
          at += 2
          from = at
          continue
        }
        return finish(&parts, from: from, closing: 1)
      }
      if typographic, byte == 0xE2, typographicQuote(at: at) {
        guard typographicQuote(at: at + 3) else { return finish(&parts, from: from, closing: 3) }
        parts += text(from..<at) + "'"
        at += 6
        from = at
        continue
      }
      at += 1
    }
    throw failure(
      .unterminatedString, start..<end, "the text has no closing quote; a quote inside text is written twice",
      expected: ["'"])
  }

  /// The text from here to `quote`, which closes it.
  private mutating func closed(_ quote: Int) -> String {
    let range = at..<quote
    at = quote + 1
    return text(range)
  }

  private mutating func finish(_ parts: inout String, from: Int, closing: Int) -> String {
    let last = text(from..<at)
    at += closing
    return parts.isEmpty ? last : parts + last
  }

  /// `null`, `true`, `false`, `INF`, `NaN`. The Boolean ones in any case, as ABNF literals are.
  func keywordLiteral(_ range: Range<Int>) -> Literal? {
    guard range.count <= 5 else { return nil }
    switch bytes[range.lowerBound] {
    case UInt8(ascii: "t"), UInt8(ascii: "T"):
      return spells(range, "true", ignoringCase: true) ? .boolean(true) : nil
    case UInt8(ascii: "f"), UInt8(ascii: "F"):
      return spells(range, "false", ignoringCase: true) ? .boolean(false) : nil
    case UInt8(ascii: "n"):
      return spells(range, "null", ignoringCase: false) ? .null : nil
    case UInt8(ascii: "I"):
      return spells(range, "INF", ignoringCase: false) ? .double("INF") : nil
    case UInt8(ascii: "N"):
      return spells(range, "NaN", ignoringCase: false) ? .double("NaN") : nil
    default:
      return nil
    }
  }

  /// `duration'…'`, `binary'…'`, `Ns.T'…'`; the place is the quote after `prefix`.
  @inline(never)
  mutating func prefixedLiteral(_ prefix: Range<Int>, isQualified: Bool) throws(SyntaxError) -> NodeID {
    if isQualified { return try prefixed(prefix, .enumeration) }
    if spells(prefix, "duration", ignoringCase: true) { return try prefixed(prefix, .duration) }
    if spells(prefix, "binary", ignoringCase: true) { return try prefixed(prefix, .binary) }
    if spells(prefix, "geography", ignoringCase: true) { return try prefixed(prefix, .geo(.geography)) }
    if spells(prefix, "geometry", ignoringCase: true) { return try prefixed(prefix, .geo(.geometry)) }
    throw obsoleteLiteral(prefix)
  }

  private enum Prefix {
    case duration, binary, enumeration
    case geo(GeoKind)
  }

  private mutating func prefixed(_ name: Range<Int>, _ kind: Prefix) throws(SyntaxError) -> NodeID {
    let content = at
    let value = try quotedText()
    try endOfLiteral(name.lowerBound)
    let place = span(from: content)
    let literal: Literal =
      switch kind {
      case .duration: .duration(try durationText(value, span: place))
      case .binary: .binary(try binaryBytes(value, span: place))
      case .geo(let kind): .geo(kind, try geoText(value, content, place))
      case .enumeration: .enumeration(type: text(name), value: try enumerationText(value, span: place))
      }
    return try add(.literal(literal), span(from: name.lowerBound))
  }

  private func geoText(_ value: String, _ content: Int, _ place: Span) throws(SyntaxError) -> String {
    do throws(GeoParser.Failure) {
      return try GeoParser.canonical(value, limits, stack)
    } catch {
      // A shape holds no quotes, so that bytes of the value are bytes of the piece.
      let mistake = content + 1 + error.at
      guard mistake < at else { throw SyntaxError(code: error.code, span: place, message: error.message) }
      throw failure(error.code, mistake..<mistake + 1, error.message)
    }
  }

  private func obsoleteLiteral(_ prefix: Range<Int>) -> SyntaxError {
    let old: [(String, String)] = [
      ("guid", "a GUID stands without prefix and quotes"),
      ("datetime", "a point in time stands without prefix and quotes, with its offset: 2017-01-01T00:00:00Z"),
      ("datetimeoffset", "a point in time stands without prefix and quotes, with its offset: 2017-01-01T00:00:00Z"),
      ("time", "a time of day stands without prefix and quotes; a duration is written duration'PT1H'"),
      ("x", "bytes are written binary'…' in base64url"),
    ]
    for (word, message) in old where spells(prefix, word, ignoringCase: true) {
      return failure(.obsoleteLiteral, prefix, message)
    }
    return failure(
      .invalidLiteral, prefix,
      "an enumeration value is written with the qualified name of its type: Namespace.Type'Value'")
  }

  /// ABNF `enumValue`: member names or integers, separated by commas.
  private func enumerationText(_ value: String, span: Span) throws(SyntaxError) -> String {
    for (index, item) in value.utf8.split(separator: ASCII.comma, omittingEmptySubsequences: false).enumerated() {
      if index >= limits.listItems {
        throw SyntaxError(
          code: .limitList, span: span, message: "the list has more than \(limits.listItems) items")
      }
      let isNumber = !item.isEmpty && (item.first == ASCII.minus ? item.dropFirst() : item).allSatisfy(\.isDigit)
      let isName = item.first.map { !$0.isDigit } == true && item.allSatisfy { $0.isWord || $0 >= 0x80 }
      guard isName || (isNumber && item.last != ASCII.minus) else {
        throw SyntaxError(
          code: .invalidLiteral, span: span,
          message: "an enumeration value is member names or integers, separated by commas without blanks")
      }
      if isNumber, Int64(Substring(item)) == nil {
        throw SyntaxError(
          code: .literalOutOfRange, span: span, message: "the integer is beyond the range of Edm.Int64")
      }
    }
    return value
  }

  /// ABNF `binaryValue`: base64url, padding optional, unused bits zero. The common alphabet (`+`, `/`) is taken, too.
  private func binaryBytes(_ value: String, span: Span) throws(SyntaxError) -> [UInt8] {
    var text = Array(value.utf8)
    let written = text.count
    while text.last == ASCII.equals, written - text.count < 2 { text.removeLast() }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count * 3 / 4)
    var bits: UInt32 = 0
    var count = 0
    var isSound = text.count % 4 != 1 && (written == text.count || written % 4 == 0)
    for byte in text {
      let value: UInt8
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = byte - 65
      case UInt8(ascii: "a")...UInt8(ascii: "z"): value = byte - 71
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = byte + 4
      case ASCII.minus, ASCII.plus: value = 62
      case ASCII.underscore, ASCII.slash: value = 63
      default:
        isSound = false
        continue
      }
      bits = bits << 6 | UInt32(value)
      count += 6
      if count >= 8 {
        count -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
        bits &= (1 << UInt32(count)) - 1
      }
    }
    guard isSound, bits == 0 else {
      throw SyntaxError(code: .invalidLiteral, span: span, message: "the bytes are not well-formed base64url")
    }
    return bytes
  }

  /// Reads a GUID if one stands here: 8-4-4-4-12 hexadecimal digits.
  mutating func guidLiteral() throws(SyntaxError) -> NodeID? {
    guard end - at >= 36, bytes[at + 8] == ASCII.minus, bytes[at + 13] == ASCII.minus, bytes[at + 18] == ASCII.minus,
      bytes[at + 23] == ASCII.minus
    else { return nil }
    var high: UInt64 = 0
    var low: UInt64 = 0
    for index in 0..<36 where index != 8 && index != 13 && index != 18 && index != 23 {
      guard let digit = bytes[at + index].hexValue else { return nil }
      if index < 18 {
        high = high << 4 | UInt64(digit)
      } else {
        low = low << 4 | UInt64(digit)
      }
    }
    let start = at
    at += 36
    try endOfLiteral(start)
    return try add(.literal(.guid(GUID(high: high, low: low))), span(from: start))
  }

  /// Refuses a literal that runs into a name or another literal, such as `12L` or `'O'Neil'`.
  func endOfLiteral(_ start: Int) throws(SyntaxError) {
    let next = byte
    if next.isWord || next >= 0x80 || next == ASCII.quote || next == ASCII.dot { throw runningOn(start) }
  }

  @inline(never)
  private func runningOn(_ start: Int) -> SyntaxError {
    if bytes[start] == ASCII.quote {
      return failure(
        .unexpectedText, here, "text goes on after its closing quote; a quote inside text is written twice")
    }
    let isSuffix = byte.isLetter && (peek(1) == 0 || !peek(1).isWord)
    return failure(
      .invalidLiteral, start..<here.upperBound,
      isSuffix && bytes[start].isDigit
        ? "OData 4 has no number suffixes" : "the literal runs into what follows it")
  }
}
