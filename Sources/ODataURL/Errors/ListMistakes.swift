/// The mistakes of an option that is a list, behind the first: for ``Parser/diagnose(_:offset:)``.
///
/// The value is cut at the commas between its items, and the brackets behind an item at their semicolons, as long as
/// brackets and quotes are closed; each piece is then read on its own, so that a mistake in one says nothing of another.
struct ListMistakes {
  private let settings: ParserSettings
  /// The mistake that is told already: nothing more is said of the piece that it stands in.
  private let first: SyntaxError
  private(set) var found: [SyntaxError] = []
  /// How many brackets the piece at hand stands in.
  private var depth = 0
  private let stack: StackLimit

  init(settings: ParserSettings, first: SyntaxError) {
    self.settings = settings
    self.first = first
    stack = StackLimit(bytes: settings.limits.stackBytes)
  }

  /// - Parameter value: the value of the option, decoded.
  mutating func collect(_ option: SystemOption, _ value: RawText) {
    guard Self.isList(option), !first.code.isLimit, let items = Self.pieces(of: value.bytes, at: ASCII.comma) else {
      return
    }
    for item in items where found.count < Diagnosis.most { collectItem(option, value.slice(item)) }
  }

  private static func isList(_ option: SystemOption) -> Bool {
    switch option {
    case .expand, .select, .orderby, .compute: true
    default: false
    }
  }

  private mutating func collectItem(_ option: SystemOption, _ item: RawText) {
    guard let mistake = mistake(of: option, item) else { return }
    // Each level reads again what stands in it: deeper than the limit that would take forever, and all of the stack.
    let mayNest = !mistake.code.isLimit && depth < settings.limits.expandDepth && !stack.isExceeded
    if mayNest, option == .expand || option == .select {
      depth += 1
      defer { depth -= 1 }
      if collectNested(option, item) { return }
    }
    add(mistake, in: item)
  }

  /// Reads what stands in brackets behind an item; `false` when the item is of another form.
  private mutating func collectNested(_ option: SystemOption, _ item: RawText) -> Bool {
    let bytes = item.bytes
    guard let open = bytes.firstIndex(of: ASCII.open),
      let close = bytes.lastIndex(where: { $0 != ASCII.space && $0 != ASCII.tab }), bytes[close] == ASCII.close,
      open < close
    else { return false }
    let inside = item.slice(open + 1..<close)
    guard let pieces = Self.pieces(of: inside.bytes, at: ASCII.semicolon) else { return false }
    let head = item.slice(0..<open)
    var path = String(decoding: head.bytes, as: UTF8.self)
    if let mistake = mistake(of: option, head) {
      add(mistake, in: head)
      path = "x"
    }
    let before = found.count
    var hasFirst = contains(head)
    for range in pieces where found.count < Diagnosis.most {
      let piece = inside.slice(range)
      hasFirst = hasFirst || contains(piece)
      guard let mistake = mistake(of: option, piece.wrapped(path + "(", ")")) else { continue }
      guard let (inner, value) = Self.option(in: piece), Self.isList(inner) else {
        add(mistake, in: piece)
        continue
      }
      let known = found.count
      collect(inner, value)
      if found.count == known { add(mistake, in: piece) }
    }
    // What no piece has by itself is a mistake of the pieces together.
    return found.count > before || hasFirst
  }

  /// The name and the value of an option in brackets.
  private static func option(in piece: RawText) -> (SystemOption, RawText)? {
    let bytes = piece.bytes
    guard let equals = bytes.firstIndex(of: ASCII.equals) else { return nil }
    let name = bytes[..<equals].drop { $0 == ASCII.space }.prefix { $0 != ASCII.space }
    guard let option = SystemOption(name, dollarOptional: true, ignoringCase: true) else { return nil }
    return (option, piece.slice(equals + 1..<bytes.count))
  }

  private func contains(_ piece: RawText) -> Bool {
    let span = piece.span(0..<piece.bytes.count)
    return span.start <= first.span.start && first.span.start <= span.end
  }

  private mutating func add(_ mistake: SyntaxError, in piece: RawText) {
    // What was counted of the whole is not known here.
    guard !mistake.code.isLimit, !contains(piece), !found.contains(where: { $0.span.start == mistake.span.start })
    else {
      return
    }
    found.append(mistake)
  }

  /// The first mistake of a list that is the whole of `text`.
  private func mistake(of option: SystemOption, _ text: RawText) -> SyntaxError? {
    do throws(SyntaxError) {
      var reader = Reader(settings: settings, text)
      try reader.openDecoded(text, 0..<text.view.count)
      reader.skipLenientBlanks()
      var options = QueryOptions()
      try reader.value(of: option, at: .whole(text.span(0..<text.view.count)), into: &options)
      let stop = reader.at
      reader.skipLenientBlanks()
      guard !reader.isAtEnd else { return nil }
      reader.at = stop
      return reader.trailing(option)
    } catch {
      return error
    }
  }

  /// The ranges between separators outside of brackets and quotes; `nil` when one of those is not closed.
  private static func pieces(of bytes: [UInt8], at separator: UInt8) -> [Range<Int>]? {
    var pieces: [Range<Int>] = []
    var start = 0
    var depth = 0
    var quote: UInt8?
    for (index, byte) in bytes.enumerated() {
      if let open = quote {
        if byte == open { quote = nil }
        continue
      }
      switch byte {
      case ASCII.quote, ASCII.doubleQuote: quote = byte
      case ASCII.open: depth += 1
      case ASCII.close:
        depth -= 1
        if depth < 0 { return nil }
      case separator where depth == 0:
        pieces.append(start..<index)
        start = index + 1
      default: break
      }
    }
    guard depth == 0, quote == nil else { return nil }
    pieces.append(start..<bytes.count)
    return pieces
  }
}

extension Reader {
  /// What else is wrong in an option besides `error`.
  func furtherMistakes(_ text: RawText, _ piece: OptionPiece, behind error: SyntaxError) -> [SyntaxError] {
    let plusAsSpace = leniencies.contains(.plusAsSpace)
    var settings = ParserSettings(
      leniencies: leniencies, limits: limits, keysInExpressions: keysInExpressions,
      positionalFunctions: positionalFunctions)
    settings.shadowedVariables = shadowedVariables
    // A mistake in the encoding itself is the first, and told already.
    guard piece.equals != nil,
      let name = piece.isEncoded
        ? try? text.decoded(piece.name, plusAsSpace: plusAsSpace) : text.slice(piece.name),
      let option = SystemOption(
        name.bytes, dollarOptional: leniencies.contains(.optionsWithoutDollar),
        ignoringCase: leniencies.contains(.caseInsensitiveOptions)),
      let value = piece.isEncoded
        ? try? text.decoded(piece.value, plusAsSpace: plusAsSpace) : text.slice(piece.value)
    else { return [] }
    var mistakes = ListMistakes(settings: settings, first: error)
    mistakes.collect(option, value)
    return mistakes.found
  }

  /// Where reading goes on when a quote is not closed before `stop`, the end of its option: behind the option in which
  /// the text ends that the ampersand cut in two.
  func endOfText(_ text: RawText, _ range: Range<Int>, _ stop: Int, _ error: SyntaxError) -> Int? {
    guard error.code == .unterminatedString,
      let start = (range.lowerBound..<stop).first(where: { text.position($0) == Int(error.span.start) })
    else { return nil }
    let quote = TargetSplit.octet(text.view, start, range.upperBound).value
    guard quote == ASCII.quote || quote == ASCII.doubleQuote else { return nil }
    var index = stop
    while index < range.upperBound {
      let octet = TargetSplit.octet(text.view, index, range.upperBound)
      if octet.value == quote {
        return text.view.first(ASCII.ampersand, in: index..<range.upperBound) ?? range.upperBound
      }
      index += octet.length
    }
    return nil
  }
}
