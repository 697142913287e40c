/// The target cut into path and query before anything is decoded.
struct TargetSplit {
  var path: Range<Int>
  /// The query part of the target itself, if there is a `?` or one is made out.
  var query: Range<Int>?
  /// The query that stood percent-encoded inside the path (`encodedQuestionMark`), decoded once.
  var embedded: EmbeddedQuery?
  /// What stands behind the number sign of `$metadata#…`.
  private(set) var fragment: Range<Int>?

  struct EmbeddedQuery {
    var text: RawText
    /// Whether the pieces are percent-encoded once more.
    var isEncoded: Bool
  }

  /// - Throws: `fragment` for one that does not stand behind `$metadata`, `stray-percent` (in an embedded query).
  init(_ text: RawText, leniencies: Leniencies) throws(SyntaxError) {
    let bytes = text.view
    var end = bytes.count
    if !text.isPlain, let hash = bytes.first(ASCII.hash, in: 0..<bytes.count) {
      end = hash
      fragment = hash + 1..<bytes.count
    }
    let question = bytes.first(ASCII.question, in: 0..<end)
    let pathEnd = question ?? end
    path = 0..<pathEnd
    query = question.map { $0 + 1..<end }
    if let fragment, !bytes.holds("$metadata", in: path), !bytes.holds("%24metadata", in: path) {
      throw SyntaxError(
        code: .fragment, span: text.span(fragment.lowerBound - 1..<fragment.lowerBound),
        message: "a request has no fragment; write a number sign itself as %23")
    }
    if leniencies.contains(.encodedQuestionMark), let mark = Self.encodedMark(bytes, path, leniencies) {
      try split(text, at: mark)
    } else if leniencies.contains(.missingQuestionMark), let dollar = Self.bareOption(bytes, path, leniencies) {
      path = 0..<dollar
      query = dollar..<end
    }
  }

  /// Where an encoded question mark is, and how its options are written.
  private struct Mark {
    var path: Int
    var options: Int
    var isEncoded: Bool
  }

  private mutating func split(_ text: RawText, at mark: Mark) throws(SyntaxError) {
    let pathEnd = path.upperBound
    path = 0..<mark.path
    guard mark.isEncoded else {
      // The options are written as they should be: everything behind the mark is the query.
      query = mark.options..<text.view.count
      return
    }
    let decoded = try text.decoded(mark.options..<pathEnd, plusAsSpace: false)
    embedded = EmbeddedQuery(text: decoded, isEncoded: Self.looksEncoded(decoded.view))
  }

  /// Finds `%3F`, outside of text in quotes, with the name of a system query option and `=` behind it.
  private static func encodedMark(_ bytes: Bytes, _ range: Range<Int>, _ leniencies: Leniencies) -> Mark? {
    var quotes = QuoteTracker()
    var index = range.lowerBound
    while index < range.upperBound {
      let byte = octet(bytes, index, range.upperBound)
      quotes.pass(byte.value)
      if byte.value == ASCII.question, byte.length == 3, !quotes.isInText {
        let options = index + 3
        if let length = optionName(bytes, options..<range.upperBound, dollarOptional: true, leniencies) {
          return Mark(path: index, options: options, isEncoded: bytes[options + length] == ASCII.percent)
        }
      }
      index += byte.length
    }
    return nil
  }

  /// Finds the dollar sign of `Set$filter=…`, outside of text in quotes.
  private static func bareOption(_ bytes: Bytes, _ range: Range<Int>, _ leniencies: Leniencies) -> Int? {
    var quotes = QuoteTracker()
    var index = range.lowerBound
    var previous = ASCII.slash
    while index < range.upperBound {
      let byte = octet(bytes, index, range.upperBound)
      quotes.pass(byte.value)
      if byte.value == ASCII.dollar, !quotes.isInText, previous.isWord || previous == ASCII.close || previous >= 0x80,
        let length = optionName(bytes, index..<range.upperBound, dollarOptional: false, leniencies),
        bytes[index + length] == ASCII.equals
      {
        return index
      }
      previous = byte.value
      index += byte.length
    }
    return nil
  }

  /// Where the option at the start of decoded text ends: at the first `&` that stands between no quotes, or in front of a
  /// system option. Quotes that nothing closes are none.
  static func endOfOption(_ bytes: Bytes, _ range: Range<Int>, _ leniencies: Leniencies) -> Int {
    var quotes = QuoteTracker()
    var first: Int?
    for index in range {
      if bytes[index] == ASCII.ampersand {
        let isNext = optionName(bytes, index + 1..<range.upperBound, dollarOptional: true, leniencies) != nil
        if !quotes.isInText || isNext { return quotes.isInText ? first.map { min($0, index) } ?? index : index }
        first = first ?? index
      }
      quotes.pass(bytes[index])
    }
    return quotes.isInText ? first ?? range.upperBound : range.upperBound
  }

  /// The length of the system option's name at the start of `range`, as written, if `=` (or `%3D`) follows.
  private static func optionName(
    _ bytes: Bytes, _ range: Range<Int>, dollarOptional: Bool, _ leniencies: Leniencies
  ) -> Int? {
    var name: [UInt8] = []
    var index = range.lowerBound
    while index < range.upperBound, name.count <= 14 {
      let byte = octet(bytes, index, range.upperBound)
      if byte.value == ASCII.equals {
        let option = SystemOption(
          name[...], dollarOptional: dollarOptional,
          ignoringCase: leniencies.contains(.caseInsensitiveOptions))
        return option == nil ? nil : index - range.lowerBound
      }
      name.append(byte.value)
      index += byte.length
    }
    return nil
  }

  /// The byte at `index`, decoded if it is percent-encoded.
  static func octet(_ bytes: Bytes, _ index: Int, _ end: Int) -> (value: UInt8, length: Int) {
    if bytes[index] == ASCII.percent, index + 2 < end, let high = bytes[index + 1].hexValue,
      let low = bytes[index + 2].hexValue
    {
      return (high << 4 | low, 3)
    }
    return (bytes[index], 1)
  }

  /// Whether text that was decoded once still is percent-encoded: it holds an encoded byte and nothing that encoding
  /// would have removed.
  private static func looksEncoded(_ bytes: Bytes) -> Bool {
    var hasEncoded = false
    for (index, byte) in bytes.enumerated() {
      if byte <= ASCII.space || byte >= 0x7F || byte == ASCII.doubleQuote { return false }
      guard byte == ASCII.percent else { continue }
      guard index + 2 < bytes.count, bytes[index + 1].hexValue != nil, bytes[index + 2].hexValue != nil else {
        return false
      }
      hasEncoded = true
    }
    return hasEncoded
  }
}

/// Follows quoted text through the brackets of a path: OData text in single quotes, JSON text in double quotes.
struct QuoteTracker {
  private var quote: UInt8 = 0
  private var isEscaped = false

  var isInText: Bool { quote != 0 }

  mutating func pass(_ byte: UInt8) {
    if isEscaped {
      isEscaped = false
    } else if quote == 0 {
      if byte == ASCII.quote || byte == ASCII.doubleQuote { quote = byte }
    } else if byte == quote {
      quote = 0
    } else if byte == ASCII.backslash, quote == ASCII.doubleQuote {
      isEscaped = true
    }
  }
}
