/// ABNF `queryOptions`: options cut at raw `&` and `=`, then decoded and read one by one.
extension Reader {
  /// What the options of one query have so far.
  struct OptionsState {
    var aliases = NameCheck()
    var seen: UInt32 = 0
    var count = 0
    /// Conditions that stand between ampersands, in their order.
    var conditions: [Spanned<Expression>] = []
  }

  /// Reads the options in `range` and adds them to `options`.
  /// - Parameters:
  ///   - isEncoded: whether the pieces are percent-encoded.
  ///   - quotesAmpersands: whether an `&` between quotes may be part of the text there: where decoding has taken away what
  ///     told it from one that parts options. With the name of a system option and `=` behind it, it parts them all the same.
  ///   - mistakes: takes the mistake of an option, behind which reading goes on; when `nil`, the first one is thrown.
  mutating func queryOptions(
    _ text: RawText, _ range: Range<Int>, isEncoded: Bool = true, quotesAmpersands: Bool = false,
    into options: inout QueryOptions, _ state: inout OptionsState, mistakes: inout [SyntaxError]?
  ) throws(SyntaxError) {
    guard !range.isEmpty else { return }
    var start = range.lowerBound
    while true {
      var stop =
        quotesAmpersands
        ? TargetSplit.endOfOption(text.view, start..<range.upperBound, leniencies)
        : text.view.first(ASCII.ampersand, in: start..<range.upperBound) ?? range.upperBound
      let equals = text.view.first(ASCII.equals, in: start..<stop)
      let piece = OptionPiece(range: start..<stop, equals: equals, isEncoded: isEncoded)
      do throws(SyntaxError) {
        try optionOrNothing(text, piece, into: &options, &state)
      } catch {
        // Options are cut apart before they are read: a mistake in one says nothing of the next. Beyond their number
        // nothing is read.
        if mistakes == nil || error.code == .limitOptions { throw error }
        mistakes?.append(error)
        mistakes?.append(contentsOf: furtherMistakes(text, piece, behind: error))
        stop = endOfText(text, range, stop, error) ?? stop
        recover()
      }
      guard stop < range.upperBound else { return }
      start = stop + 1
    }
  }

  private mutating func optionOrNothing(
    _ text: RawText, _ piece: OptionPiece, into options: inout QueryOptions, _ state: inout OptionsState
  ) throws(SyntaxError) {
    if piece.range.isEmpty {
      if leniencies.contains(.blanksAroundOptions) { return }
      let start = piece.range.lowerBound
      throw SyntaxError(
        code: .emptyOption, span: text.span(start..<min(start + 1, text.view.count)),
        message: "the query has an empty option")
    }
    state.count += 1
    if state.count > limits.options {
      throw SyntaxError(
        code: .limitOptions, span: text.span(piece.range), message: "the query has more than \(limits.options) options")
    }
    try option(text, piece, into: &options, &state)
  }

  /// One option before decoding.
  struct OptionPiece {
    var range: Range<Int>
    var equals: Int?
    var isEncoded: Bool

    var name: Range<Int> { range.lowerBound..<(equals ?? range.upperBound) }
    var value: Range<Int> { (equals.map { $0 + 1 } ?? range.upperBound)..<range.upperBound }
  }

  /// - Parameter isText: whether the value is kept as it is. Blanks round it that are percent-encoded belong to it; round
  ///   others they are as good as raw ones.
  private mutating func open(
    _ text: RawText, _ piece: OptionPiece, _ range: Range<Int>, isText: Bool = false
  ) throws(SyntaxError) {
    var range = range
    let trims = leniencies.contains(.blanksAroundOptions)
    if trims, isText {
      while !range.isEmpty, isBlank(text.view[range.lowerBound]) { range = range.dropFirst() }
      while !range.isEmpty, isBlank(text.view[range.upperBound - 1]) { range = range.dropLast() }
    }
    if piece.isEncoded {
      try open(text, range, plusAsSpace: leniencies.contains(.plusAsSpace))
    } else {
      try openDecoded(text, range)
    }
    if trims, !isText { trimBlanks() }
  }

  /// Cuts blanks off both ends of the piece.
  mutating func trimBlanks() {
    skipBlanks()
    while end > at, isBlank(bytes[end - 1]) { end -= 1 }
  }

  mutating func option(
    _ text: RawText, _ piece: OptionPiece, into options: inout QueryOptions, _ state: inout OptionsState
  ) throws(SyntaxError) {
    if text.isPlain, let option = SystemOption(common: text.view, piece.name) {
      // What most queries are made of: the name needs no decoding.
      openDecoded(plain: text, piece.name)
      return try systemOption(option, piece.name, text, piece, into: &options, &state)
    }
    try open(text, piece, piece.name)
    if isAtEnd {
      if piece.equals == nil { return }
      throw failure(.emptyOption, at..<at, "the option has no name")
    }
    if byte == ASCII.at { return try alias(text, piece, into: &options, &state.aliases) }
    let name = at..<end
    let isSystem = byte == ASCII.dollar
    let option =
      SystemOption(common: bytes, name)
      ?? SystemOption(
        bytes[name], dollarOptional: leniencies.contains(.optionsWithoutDollar),
        ignoringCase: leniencies.contains(.caseInsensitiveOptions))
    if let option { return try systemOption(option, name, text, piece, into: &options, &state) }
    if isSystem { throw unknownOption(name, in: .top) }
    if bytes[name].contains(where: { $0 == ASCII.open || $0 == ASCII.quote || isBlank($0) }) {
      guard leniencies.contains(.conditionsAsOptions) else { throw strayOption(name) }
      try open(text, piece, piece.range)
      state.conditions.append(Spanned(try wholeExpression(), span: text.span(piece.range)))
      return
    }
    try checkCustomName(name)
    let customName = try plainText(name)
    try open(text, piece, piece.value, isText: true)
    options.custom.append(
      CustomOption(name: customName, value: try plainText(at..<end), span: text.span(piece.range)))
  }

  /// Reads the value of `option`, whose name stands at `name` of the piece.
  @inline(__always)
  private mutating func systemOption(
    _ option: SystemOption, _ name: Range<Int>, _ text: RawText, _ piece: OptionPiece,
    into options: inout QueryOptions, _ state: inout OptionsState
  ) throws(SyntaxError) {
    try admit(option, name, in: .top, seen: &state.seen)
    guard piece.equals != nil else {
      throw failure(.missingValue, name, "expected `=` and a value after the option", expected: ["="])
    }
    try open(text, piece, piece.value, isText: option.isText)
    if !option.isText { skipLenientBlanks() }
    try value(of: option, at: .whole(text.span(piece.range)), into: &options)
    if isAtEnd { return }
    let stop = at
    skipLenientBlanks()
    guard isAtEnd else {
      // The blanks tell a misspelt operator from text that runs on.
      at = stop
      throw trailing(option)
    }
  }

  /// The error for what looks like a condition, or like an option with blanks in front that a service may take for one
  /// and another for none.
  private func strayOption(_ name: Range<Int>) -> SyntaxError {
    if isBlank(bytes[name.lowerBound]) {
      return failure(.strayOption, name, "a blank stands in front of the option; there is none round an ampersand")
    }
    return failure(
      .strayOption, name, "this is no query option; conditions are joined by `and`, not by an ampersand",
      suggestion: "and")
  }

  /// ABNF `customName`. Text beyond ASCII may be raw, here as everywhere.
  /// - Throws: `stray-option` for what no name holds raw, `unknown-option` for the name of a system query option, or of
  ///   an alias, that is encoded twice: whoever decodes it once more would take it for one.
  private func checkCustomName(_ name: Range<Int>) throws(SyntaxError) {
    let head = text(name.prefix(3))
    if head == "%24" || head == "%25" || head == "%40" {
      throw failure(
        .unknownOption, name, "the name of the option is percent-encoded twice",
        suggestion: head == "%24"
          ? Suggestion.nearest(to: [ASCII.dollar] + bytes[name.dropFirst(3)], among: SystemOption.spellings) : nil)
    }
    for index in name where !bytes[index].isWord {
      guard "\"<>[]\\^`{|}".utf8.contains(bytes[index]), !isEncoded(at: index) else { continue }
      throw failure(.strayOption, index..<index + 1, "this character cannot stand in the name of an option")
    }
  }

  /// Joins the conditions that stand between ampersands to `$filter`, in their order.
  mutating func joinConditions(
    of state: inout OptionsState, to options: inout QueryOptions
  ) throws(SyntaxError) {
    guard !state.conditions.isEmpty else { return }
    // Taken out of the options, so that it grows in place.
    var filter: Spanned<Expression>?
    swap(&filter, &options.filter)
    for condition in state.conditions {
      guard let span = filter.map({ $0.value.span(of: $0.value.root) }) else {
        filter = condition
        continue
      }
      let other = condition.value.span(of: condition.value.root)
      // A condition may stand in front of `$filter`.
      let both = Span(start: min(span.start, other.start), end: max(span.end, other.end))
      try countNode(both)
      filter?.value.join(condition.value, by: .and, span: both)
    }
    options.filter = filter
    state.conditions = []
  }

  /// Refuses an option that is repeated or out of place.
  func admit(
    _ option: SystemOption, _ name: Range<Int>, in place: SystemOption.Place, seen: inout UInt32
  ) throws(SyntaxError) {
    guard option.isLegal(in: place) else {
      throw failure(
        .misplacedOption, name,
        place == .top
          ? "`\(option.rawValue)` stands only inside $expand"
          : "`\(option.rawValue)` cannot stand inside \(place == .select ? "$select" : "$expand")")
    }
    guard seen & option.bit == 0 else {
      throw failure(.repeatedOption, name, "`\(option.rawValue)` is given twice")
    }
    seen |= option.bit
  }

  func unknownOption(_ name: Range<Int>, in place: SystemOption.Place) -> SyntaxError {
    let legal = SystemOption.allCases.filter { $0.isLegal(in: place) }.map(\.rawValue)
    return failure(
      .unknownOption, name, "there is no system query option of this name here", expected: legal,
      suggestion: Suggestion.nearest(to: bytes[name], among: legal))
  }

  /// `@name=value`; the place is the `@`.
  private mutating func alias(
    _ text: RawText, _ piece: OptionPiece, into options: inout QueryOptions, _ names: inout NameCheck
  ) throws(SyntaxError) {
    at += 1
    let range = try identifier("a parameter alias after `@`")
    guard isAtEnd else { throw failure(.invalidName, here, "a parameter alias is a plain name") }
    let name = self.text(range)
    guard piece.equals != nil else {
      throw failure(.missingValue, range, "expected `=` and a value after the alias", expected: ["="])
    }
    if names.repeats(name, after: options.aliases, \.name) {
      throw failure(.repeatedAlias, range, "the alias is given twice")
    }
    try open(text, piece, piece.value)
    options.aliases.append(FunctionArgument(name: name, value: try wholeExpression(), span: text.span(piece.range)))
  }

  func trailing(_ option: SystemOption) -> SyntaxError {
    if at < end, bytes[at..<end].allSatisfy({ $0 == ASCII.space || $0 == ASCII.tab }) {
      return failure(.unexpectedText, here, "blanks cannot stand at the end of an option")
    }
    return switch option {
    case .orderby: unexpectedAfterOperand(expected: "an operator or the end of the option", orWords: ["desc", "asc"])
    case .filter: unexpectedAfterOperand(expected: "an operator or the end of the option")
    case .select, .expand, .compute: failure(.unexpectedText, here, "expected a comma or the end of the option")
    case .apply: failure(.unexpectedText, here, "expected `/` or the end of the option", expected: ["/"])
    default: failure(.unexpectedText, here, "expected the end of the option")
    }
  }

  /// Where an option stands, name and value together.
  enum OptionPlace {
    case whole(Span)
    /// From here to wherever its value will end.
    case from(Int)
  }

  /// Reads the value of a system query option and stores it. Reads up to the end of the piece, or up to `;` or `)` inside
  /// brackets.
  @inline(never)
  mutating func value(
    of option: SystemOption, at place: OptionPlace, into options: inout QueryOptions
  ) throws(SyntaxError) {
    switch option {
    case .select: options.select = Spanned(try selectList(), span: span(of: place))
    case .expand: options.expand = Spanned(try expandList(), span: span(of: place))
    case .filter: options.filter = Spanned(try expression(), span: span(of: place))
    case .orderby: options.orderby = Spanned(try orderList(), span: span(of: place))
    case .top: options.top = Spanned(try nonNegativeInteger(), span: span(of: place))
    case .skip: options.skip = Spanned(try nonNegativeInteger(), span: span(of: place))
    case .count: options.count = Spanned(try booleanValue(), span: span(of: place))
    case .search: options.search = Spanned(try searchExpression(), span: span(of: place))
    case .format: options.format = Spanned(try formatText(), span: span(of: place))
    case .skiptoken: options.skiptoken = Spanned(try optionText(), span: span(of: place))
    case .deltatoken: options.deltatoken = Spanned(try optionText(), span: span(of: place))
    case .compute: options.compute = Spanned(try computeList(isOption: true), span: span(of: place))
    case .apply: options.apply = Spanned(try transformations(), span: span(of: place))
    case .levels, .index, .schemaversion, .id, .at, .from, .to, .toInclusive:
      let text = try unparsedValue(of: option)
      options.unparsed.append(CustomOption(name: option.rawValue, value: text, span: span(of: place)))
    }
  }

  private func span(of place: OptionPlace) -> Span {
    switch place {
    case .whole(let span): span
    case .from(let start): span(from: start)
    }
  }

  private mutating func unparsedValue(of option: SystemOption) throws(SyntaxError) -> String {
    switch option {
    case .levels: try levels()
    case .index: try integerText()
    case .schemaversion: try versionText()
    case .at, .from, .to, .toInclusive: try timeText(orEnd: option == .from ? "min" : option == .to ? "max" : nil)
    default: try optionText()
    }
  }
}
