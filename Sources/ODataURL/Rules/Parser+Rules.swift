extension Parser {
  /// Reads a text that is, as a whole, of one rule of the grammar, and checks that it is of that rule and not merely of
  /// a wider one: a GUID is no `dateValue`, a sum no `boolCommonExpr`.
  ///
  /// The parser has no schema, so names are not looked up; see ``Rule``. Blanks round the text are a mistake unless the
  /// settings allow them.
  /// - Parameters:
  ///   - text: at most ``Limits/targetBytes``.
  ///   - rule: what the text should be.
  ///   - encoding: whether the text is percent-encoded.
  /// - Throws: the first mistake found, `rule-mismatch` when the text is sound but not of this rule; spans count in the
  ///   UTF-8 of `text`.
  public func parse(
    _ text: String, as rule: Rule, encoding: TextEncoding = .url
  ) throws(SyntaxError) -> Parsed {
    if text.utf8.count > settings.limits.targetBytes { throw tooLong(text, offset: 0) }
    do throws(SyntaxError) {
      return try parse(RuleText(text, encoding: encoding, for: rule.form), as: rule.form)
    } catch {
      throw error.hinted(in: Array(text.utf8), isTarget: encoding == .url && rule.form.hasOptions)
    }
  }

  func parse(_ text: RuleText, as form: Rule.Form) throws(SyntaxError) -> Parsed {
    switch form {
    case .relative:
      let uri = try read(text.encoded())
      guard !uri.path.isEmpty else {
        throw SyntaxError(code: .emptySegment, span: text.span, message: "the path has no segment")
      }
      return Parsed(uri)
    case .absolute: return try absolute(text.encoded())
    case .context(let sign): return try context(text, sign: sign)
    case .path: return try path(text)
    case .options, .option, .value, .levels: return try options(text, form)
    case .expression, .lambda, .list, .parameters, .parameter, .jsonString:
      return try expression(text, form)
    case .enumeration, .duration, .bare, .geographic: return try literal(text, form)
    case .keyPredicate, .simpleKey, .compoundKey: return try key(text, form)
    case .parameterNames, .name: return try name(text, form)
    case .part(let part): return try self.part(text, part)
    case .oneOf(let forms):
      var first: SyntaxError?
      for form in forms {
        do throws(SyntaxError) {
          return try parse(text, as: form)
        } catch {
          if error.code.isLimit { throw error }
          first = first ?? error
        }
      }
      throw first ?? mismatch(text.span, "the rule takes no text")
    }
  }

  // MARK: Targets

  private func path(_ text: RuleText) throws(SyntaxError) -> Parsed {
    let raw = text.encoded()
    if let question = raw.bytes.firstIndex(of: ASCII.question) {
      throw mismatch(raw.span(question..<question + 1), "a resource path has no query part")
    }
    var reader = Reader(settings: settings, raw)
    let segments = try reader.resourcePath(raw, 0..<raw.bytes.count)
    guard !segments.isEmpty else {
      throw SyntaxError(code: .emptySegment, span: text.span, message: "the path has no segment")
    }
    return Parsed(RelativeURI(path: segments))
  }

  /// ABNF `context`, or `contextFragment`, which has no number `sign`.
  private func context(_ text: RuleText, sign: Bool) throws(SyntaxError) -> Parsed {
    let raw = text.raw
    guard !sign || raw.bytes.first == ASCII.hash else {
      throw SyntaxError(
        code: .expectedToken, span: raw.span(0..<min(1, raw.bytes.count)), message: "expected a number sign",
        expected: ["#"])
    }
    let fragment = (sign ? 1 : 0)..<raw.bytes.count
    let piece = RuleText(raw: raw.slice(fragment), encoding: text.encoding).encoded()
    var reader = Reader(settings: settings, piece)
    let parsed = Parsed(RelativeURI(path: [try reader.context(piece, 0..<piece.bytes.count)])).unwrapped()
    return sign ? parsed : parsed.without("#")
  }

  /// ABNF `odataUri`. Where the service root ends is not written in a URL: the shortest root is taken that leaves
  /// something to be read behind it. Where a missing or encoded `?` is let pass, a root ends before anything that could
  /// be an option: otherwise what is printed could be cut in another place.
  /// - Throws: of the mistakes that the possible roots give, the one furthest on.
  private func absolute(_ text: RawText) throws(SyntaxError) -> Parsed {
    let root = try ServiceRoot(text)
    var furthest: SyntaxError?
    let last =
      settings.leniencies.isDisjoint(with: [.missingQuestionMark, .encodedQuestionMark])
      ? text.bytes.count : Parser.firstOptionMark(text.bytes)
    for end in root.ends.prefix(settings.limits.segments + 1) where end <= last {
      do throws(SyntaxError) {
        try root.check(text, to: end)
        let parsed = Parsed(try read(text.dropping(end)))
        let written = root.canonical(text, end)
        return Parsed(
          canonical: written + parsed.canonical,
          tree: "(uri\n  (root \"\(written)\")" + parsed.tree.dropFirst("(uri".count))
      } catch {
        // With a longer root less is left to be read: what was too large would be read otherwise instead of refused.
        if error.code.isLimit { throw error }
        if error.span.start > furthest?.span.start ?? -1 { furthest = error }
      }
    }
    throw furthest ?? SyntaxError(code: .invalidSegment, span: text.span(0..<0), message: "expected a service root")
  }

  /// Where the first `$` or `?` stands, encoded or not.
  private static func firstOptionMark(_ bytes: [UInt8]) -> Int {
    for (index, byte) in bytes.enumerated() {
      if byte == ASCII.dollar || byte == ASCII.question { return index }
      guard byte == ASCII.percent, index + 2 < bytes.count else { continue }
      let escape = String(decoding: bytes[index + 1...index + 2], as: UTF8.self).uppercased()
      if escape == "24" || escape == "3F" { return index }
    }
    return bytes.count
  }

  // MARK: Options

  func options(_ text: RuleText, _ form: Rule.Form) throws(SyntaxError) -> Parsed {
    let none = SyntaxError(code: .emptyOption, span: text.span, message: "the text has no option")
    guard !text.whole.isEmpty else { throw none }
    var reader = Reader(settings: settings, text.raw)
    var options = QueryOptions()
    var state = Reader.OptionsState()
    switch form {
    case .option(let kind):
      if text.encoding == .url, let end = text.raw.bytes.firstIndex(of: ASCII.ampersand) {
        throw SyntaxError(
          code: .unexpectedText, span: text.raw.span(end..<end + 1),
          message: "one option ends here; write an ampersand itself as %26")
      }
      let piece = Reader.OptionPiece(
        range: text.whole, equals: text.raw.bytes.firstIndex(of: ASCII.equals),
        isEncoded: text.encoding == .url)
      if case .system(let option) = kind, piece.equals == nil {
        throw SyntaxError(
          code: .ruleMismatch, span: text.span, message: "the rule takes the option with its name",
          expected: [option.rawValue + "="])
      }
      try reader.option(text.raw, piece, into: &options, &state)
      guard state.isOf(kind, options) else {
        throw mismatch(text.raw.span(piece.name), "this is not the option of the rule")
      }
      return Parsed(options: options).unwrapped()
    case .value(let option, let isItem):
      let prefix = option.rawValue + "="
      let decoded = try text.decoded(plusAsSpace: settings.leniencies.contains(.plusAsSpace)).wrapped(prefix)
      let piece = Reader.OptionPiece(
        range: 0..<decoded.bytes.count, equals: prefix.utf8.count - 1, isEncoded: false)
      try reader.option(decoded, piece, into: &options, &state)
      if isItem, options.longestList > 1 { throw mismatch(text.span, "the rule takes one item, not a list") }
      return Parsed(options: options).unwrapped().without(prefix)
    case .levels: return try levels(text, &reader)
    default:
      var mistakes: [SyntaxError]?
      try reader.queryOptions(
        text.raw, text.whole, isEncoded: text.encoding == .url, into: &options, &state, mistakes: &mistakes)
      try reader.joinConditions(of: &state, to: &options)
      let parsed = Parsed(options: options)
      // Leniently, blanks alone are no mistake in a query; they are no option either.
      guard !parsed.canonical.isEmpty else { throw none }
      return parsed
    }
  }

  /// `$levels=…`, read inside the brackets where it belongs.
  private func levels(_ text: RuleText, _ reader: inout Reader) throws(SyntaxError) -> Parsed {
    let decoded = try text.decoded(plusAsSpace: false)
    if let end = decoded.bytes.firstIndex(where: { $0 == ASCII.semicolon || $0 == ASCII.close }) {
      throw SyntaxError(code: .unexpectedText, span: decoded.span(end..<end + 1), message: "the option ends here")
    }
    let wrapped = decoded.wrapped("x(", ")")
    try reader.openDecoded(wrapped, 0..<wrapped.bytes.count)
    let items = try reader.expandList()
    guard items.count == 1, items[0].options.unparsed.map(\.name) == [SystemOption.levels.rawValue] else {
      throw mismatch(text.span, "this is not the option of the rule")
    }
    return Parsed(options: QueryOptions(expand: Spanned(items))).unwrapped().without("$expand=x(", ")").unwrapped()
  }

  // MARK: Names and keys

  private func key(_ text: RuleText, _ form: Rule.Form) throws(SyntaxError) -> Parsed {
    let wrapped = try text.decoded(plusAsSpace: false).wrapped("x")
    var reader = Reader(settings: settings, wrapped)
    try reader.openDecoded(wrapped, 0..<wrapped.bytes.count)
    let segment = try reader.segment(isFirst: true)
    switch (form, segment.kind) {
    case (.keyPredicate, .name("x", keys: .some)), (.simpleKey, .name("x", keys: .single)),
      (.compoundKey, .name("x", keys: .compound)):
      return Parsed(RelativeURI(path: [segment])).without("x").unwrapped().unwrapped()
    default: throw mismatch(text.span, "this is not a key in brackets as the rule has it")
    }
  }

  func name(_ text: RuleText, _ form: Rule.Form) throws(SyntaxError) -> Parsed {
    try name(text.decoded(plusAsSpace: false), form, whole: text.span)
  }

  /// - Parameter whole: what a mistake of the whole is shown at.
  func name(_ decoded: RawText, _ form: Rule.Form, whole: Span) throws(SyntaxError) -> Parsed {
    var reader = Reader(settings: settings, decoded)
    try reader.openDecoded(decoded, 0..<decoded.bytes.count)
    var isQualified = false
    var names: [String] = []
    switch form {
    case .name(.plain): names = [reader.text(try reader.identifier("a name"))]
    case .name(let shape):
      let name = try reader.dottedName("a name")
      names = [reader.text(name.range)]
      isQualified = name.isQualified
      if shape == .qualified, !isQualified { throw mismatch(whole, "the name has no namespace in front") }
    default:
      repeat {
        try reader.checkList(names.count)
        names.append(reader.text(try reader.identifier("the name of a parameter")))
      } while reader.take(ASCII.comma)
    }
    guard reader.isAtEnd else { throw reader.failure(.unexpectedText, reader.here, "the name ends here") }
    let parts = names.map { name in
      Parsed(RelativeURI(path: [PathSegment(isQualified ? .qualified(name, keys: nil) : .name(name, keys: nil))]))
        .unwrapped()
    }
    return Parsed(
      canonical: parts.map(\.canonical).joined(separator: ","), tree: parts.map(\.tree).joined(separator: "\n"))
  }

  func mismatch(_ span: Span, _ message: String) -> SyntaxError {
    SyntaxError(code: .ruleMismatch, span: span, message: message)
  }
}

extension Reader.OptionsState {
  fileprivate func isOf(_ kind: Rule.OptionKind, _ options: QueryOptions) -> Bool {
    switch kind {
    case .system(let option): seen == option.bit
    case .anySystem: seen != 0
    case .custom: !options.custom.isEmpty
    case .alias: !options.aliases.isEmpty
    }
  }
}

extension QueryOptions {
  fileprivate var longestList: Int {
    max(select?.value.count ?? 0, expand?.value.count ?? 0, orderby?.value.count ?? 0, compute?.value.count ?? 0)
  }
}
