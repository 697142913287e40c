/// Rules for parts of a construct; see ``Rule/Part``.
extension Parser {
  func part(_ text: RuleText, _ part: Rule.Part) throws(SyntaxError) -> Parsed {
    switch part {
    case .serviceRoot: return try serviceRoot(text)
    case .segments(let prefix, let shape): return try segments(text, behind: prefix, shape)
    case .options, .anyOption, .nested, .customName, .customValue: return try optionPart(text, part)
    case .infix(let op):
      let (expression, _) = try wrappedExpression(text, "$it")
      guard expression.leadingOperator == op else { throw notThePart(text) }
      if op == .and || op == .or {
        try RuleCheck(expression: expression, whole: text.span).check(.boolean)
      }
      return Parsed(expression, without: "$it")
    case .search(let shape): return try searchPart(text, shape)
    case .searchInfix(let isOr):
      let parsed = try searchValue(text, behind: "x")
      guard parsed.search.leadingOperator == (isOr ? .or : .and) else { throw notThePart(text) }
      return parsed.parsed.without("x")
    case .brackets:
      let decoded = try text.decoded(plusAsSpace: plusAsSpace)
      let (inner, _) = try wholeExpression(decoded.insideBrackets())
      let parsed = Parsed(inner)
      return Parsed(canonical: "(" + parsed.canonical + ")", tree: parsed.tree)
    case .steps(let shape): return try steps(text, shape)
    case .aggregateCall:
      let (expression, whole) = try wrappedExpression(text, "$it/")
      guard case .aggregate(let base, _, _) = expression[expression.root], case .implicit(.it) = expression[base],
        expression.span(of: expression.root) == whole
      else { throw notThePart(text) }
      return Parsed(expression, without: "$it/")
    case .jsonNumber:
      let (expression, _) = try wrappedExpression(text, "[", "]")
      guard case .array(let items) = expression[expression.root], items.count == 1,
        case .literal(let literal) = expression[items[0]], LiteralKind.double.admits(literal)
      else { throw notThePart(text) }
      return Parsed(expression, without: "%5B", "%5D", shown: items[0])
    case .type(let shape): return try type(text, shape)
    case .geo(let prefix, let suffix, let shape, let isOne):
      return try geo(text, prefix, suffix, shape: shape, isOne: isOne)
    case .apply(let prefix, let suffix, let shape): return try applyPart(text, prefix, suffix, shape)
    case .path(let isSelect, let shape): return try namePath(text, isSelect: isSelect, shape)
    case .keyPair:
      let parsed = try segment(text, "x(", ")")
      guard case .name("x", keys: .compound(let values)) = parsed.segment.kind, values.count == 1 else {
        throw notThePart(text)
      }
      return parsed.parsed
    case .enumerationMember:
      guard !(try text.decoded(plusAsSpace: false).bytes.contains(ASCII.comma)) else { throw notThePart(text) }
      return try literal(text, .bare(.enumeration))
    case .identifierCharacter:
      let parsed = try name(text, .name(.plain))
      guard let bytes = try? text.decoded(plusAsSpace: false).bytes,
        String(decoding: bytes, as: UTF8.self).unicodeScalars.count == 1
      else { throw notThePart(text) }
      return parsed
    }
  }

  func notThePart(_ text: RuleText) -> SyntaxError {
    mismatch(text.span, "this is not the part of a construct that the rule has")
  }

  /// `text` as it is printed in a URL, for text of the parser's own.
  private func encoded(_ text: String) -> String {
    text.split(separator: " ", omittingEmptySubsequences: false).joined(separator: "%20")
  }

  // MARK: Paths

  private func serviceRoot(_ text: RuleText) throws(SyntaxError) -> Parsed {
    let raw = text.encoded()
    let root = try ServiceRoot(raw)
    guard root.ends.last == raw.bytes.count else { throw notThePart(text) }
    try root.check(raw, to: raw.bytes.count)
    let written = root.canonical(raw, raw.bytes.count)
    return Parsed(canonical: written, tree: "(root \"\(written)\")")
  }

  private func segments(
    _ text: RuleText, behind prefix: String, _ shape: Rule.SegmentShape
  ) throws(SyntaxError) -> Parsed {
    var settings = settings
    // The path ends as it stands, and the blanks round it are no part of it.
    settings.leniencies.remove(.trailingSlash)
    switch shape {
    case .keys, .key: settings.leniencies.insert(.keysAsSegments)
    default: break
    }
    let raw = text.encoded().wrapped(prefix)
    if let question = raw.bytes.firstIndex(of: ASCII.question) {
      throw mismatch(raw.span(question..<question + 1), "a resource path has no query part")
    }
    var reader = Reader(settings: settings, raw)
    var path = try reader.resourcePath(raw, 0..<raw.bytes.count)
    var keys: KeyPredicate?
    if !prefix.isEmpty {
      guard case .name("x", let read)? = path.first?.kind else { throw notThePart(text) }
      keys = read
    }
    let tail = prefix.isEmpty ? path[...] : path.dropFirst()
    guard shape.admits(tail.map(\.kind), keys: keys) else { throw notThePart(text) }
    let canonical = Parsed(RelativeURI(path: path)).without(prefix).canonical
    if keys == nil { path = Array(tail) }
    return Parsed(canonical: canonical, tree: RelativeURI(path: path).treeDump())
  }

  /// One segment with something round the text.
  private func segment(
    _ text: RuleText, _ prefix: String, _ suffix: String
  ) throws(SyntaxError) -> (segment: PathSegment, parsed: Parsed) {
    let wrapped = try text.decoded(plusAsSpace: false).wrapped(prefix, suffix)
    var reader = Reader(settings: settings, wrapped)
    try reader.openDecoded(wrapped, 0..<wrapped.bytes.count)
    let segment = try reader.segment(isFirst: true)
    return (segment, Parsed(RelativeURI(path: [segment])).without(prefix, suffix).unwrapped().unwrapped().unwrapped())
  }

  private func steps(_ text: RuleText, _ shape: Rule.StepShape) throws(SyntaxError) -> Parsed {
    var prefix = "$it"
    if case .collectionNavigation = shape { prefix = "collection" }
    let (expression, whole) = try wrappedExpression(text, prefix)
    let check = RuleCheck(expression: expression, whole: whole)
    guard expression.span(of: expression.root) == whole, let step = check.firstStep else { throw notThePart(text) }
    switch check.start {
    case .implicit(.it): break
    case .member(base: nil, "collection"): break
    default: throw notThePart(text)
    }
    let isSo =
      switch (shape, step) {
      case (_, .function), (_, .annotation): true
      case (.member, .member), (.member, .cast): true
      case (.collection, .count), (.collection, .lambda), (.collection, .aggregate), (.collection, .cast): true
      case (.collectionNavigation, let step):
        switch step {
        case .member: false
        default: true
        }
      default: false
      }
    guard isSo else { throw notThePart(text) }
    return Parsed(expression, without: prefix)
  }

  private func namePath(_ text: RuleText, isSelect: Bool, _ shape: Rule.PathShape) throws(SyntaxError) -> Parsed {
    let option = isSelect ? SystemOption.select : .expand
    let (parsed, options) = try value(text, of: option, "", "")
    let path: [String]
    if isSelect {
      guard let items = options.select?.value, items.count == 1, !items[0].hasOptions, items[0].parameters == nil else {
        throw notThePart(text)
      }
      path = items[0].path
    } else {
      guard let items = options.expand?.value, items.count == 1, items[0].options.isEmpty else {
        throw notThePart(text)
      }
      path = items[0].path
    }
    let isSo =
      switch shape {
      case .allOperations: path.count == 1 && path[0].utf8.count > 2 && path[0].utf8.reversed().starts(with: "*.".utf8)
      default: path.allSatisfy { $0.utf8.first != ASCII.dollar && !$0.utf8.contains(ASCII.star) }
      }
    guard isSo else { throw notThePart(text) }
    return parsed
  }

  private func type(_ text: RuleText, _ shape: Rule.TypeShape) throws(SyntaxError) -> Parsed {
    let decoded = try text.decoded(plusAsSpace: false)
    let bytes = decoded.bytes
    let prefix = "Collection("
    if bytes.starts(with: prefix.utf8), bytes.last == ASCII.close {
      guard case .qualified = shape else {
        guard case .optional = shape else { throw notThePart(text) }
        return try collection(decoded, .optional)
      }
      return try collection(decoded, .qualified)
    }
    let parsed = try typeName(decoded, shape)
    if case .primitive = shape, !Self.primitiveTypes.contains(String(decoding: bytes, as: UTF8.self)) {
      throw mismatch(text.span, "this is no primitive type, for example Edm.String")
    }
    return parsed
  }

  private func collection(_ decoded: RawText, _ shape: Rule.TypeShape) throws(SyntaxError) -> Parsed {
    let inner = try typeName(decoded.slice("Collection(".utf8.count..<decoded.bytes.count - 1), shape)
    return Parsed(canonical: "Collection(" + inner.canonical + ")", tree: "(collection\n  " + inner.tree + ")")
  }

  private func typeName(_ decoded: RawText, _ shape: Rule.TypeShape) throws(SyntaxError) -> Parsed {
    let form: Rule.NameShape =
      switch shape {
      case .optional, .single: .dotted
      case .qualified, .primitive: .qualified
      }
    return try name(decoded, .name(form), whole: decoded.span(0..<decoded.bytes.count))
  }

  private static let primitiveTypes: Set<String> = Set(
    ([
      "Binary", "Boolean", "Byte", "Date", "DateTimeOffset", "Decimal", "Double", "Duration", "Guid", "Int16", "Int32",
      "Int64", "SByte", "Single", "Stream", "String", "TimeOfDay",
    ]
      + ["Geography", "Geometry"].flatMap { space in
        ["", "Collection", "LineString", "MultiLineString", "MultiPoint", "MultiPolygon", "Point", "Polygon"]
          .map { space + $0 }
      }).map { "Edm." + $0 })

  // MARK: Options

  private func optionPart(_ text: RuleText, _ part: Rule.Part) throws(SyntaxError) -> Parsed {
    switch part {
    case .options(let allowed, let needsID, let isOne):
      let (parsed, options, state) = try allOptions(text)
      guard state.seen & ~allowed == 0, options.aliases.isEmpty, !isOne || state.count == 1,
        !needsID || state.seen & SystemOption.id.bit != 0
      else { throw mismatch(text.span, "these are not the options that the rule has") }
      return isOne ? parsed.unwrapped() : parsed
    case .anyOption:
      let (parsed, _, state) = try allOptions(text)
      guard state.count == 1 else { throw mismatch(text.span, "the rule takes one option") }
      return parsed.unwrapped()
    case .nested(let isSelect, let allowed, let aliases):
      return try nestedOption(text, isSelect: isSelect, allowed: allowed, aliases: aliases)
    case .customName:
      guard !text.raw.bytes.contains(ASCII.equals) else { throw notThePart(text) }
      return try options(text, .option(.custom)).without("", "=")
    case .customValue: return try options(text.behind("x="), .option(.custom)).without("x=")
    default: throw notThePart(text)
    }
  }

  private func allOptions(
    _ text: RuleText
  ) throws(SyntaxError) -> (parsed: Parsed, options: QueryOptions, state: Reader.OptionsState) {
    var reader = Reader(settings: settings, text.raw)
    var options = QueryOptions()
    var state = Reader.OptionsState()
    var mistakes: [SyntaxError]?
    try reader.queryOptions(
      text.raw, text.whole, isEncoded: text.encoding == .url, into: &options, &state, mistakes: &mistakes)
    let parsed = Parsed(options: options)
    guard !parsed.canonical.isEmpty else {
      throw SyntaxError(code: .emptyOption, span: text.span, message: "the text has no option")
    }
    guard state.conditions.isEmpty else { throw mismatch(text.span, "this is no option with a name") }
    return (parsed, options, state)
  }

  private func nestedOption(
    _ text: RuleText, isSelect: Bool, allowed: UInt32, aliases: Bool
  ) throws(SyntaxError) -> Parsed {
    let wrapped = try text.decoded(plusAsSpace: plusAsSpace).wrapped("x(", ")")
    var reader = Reader(settings: settings, wrapped)
    try reader.openDecoded(wrapped, 0..<wrapped.bytes.count)
    var whole = QueryOptions()
    var inner: QueryOptions?
    if isSelect {
      let items = try reader.selectList()
      if items.count == 1, items[0].path == ["x"], items[0].hasOptions { inner = items[0].options }
      whole.select = Spanned(items)
    } else {
      let items = try reader.expandList()
      if items.count == 1, items[0].path == ["x"] { inner = items[0].options }
      whole.expand = Spanned(items)
    }
    guard reader.isAtEnd, let inner, inner.given.count == 1, inner.given.bits & ~allowed == 0,
      aliases || inner.aliases.isEmpty
    else { throw mismatch(text.span, "this is not one option that the rule has") }
    let canonical = Parsed(options: whole).without(isSelect ? "$select=x(" : "$expand=x(", ")").canonical
    return Parsed(canonical: canonical, tree: Parsed(options: inner).unwrapped().tree)
  }

  /// The value of an option with something round the text.
  private func value(
    _ text: RuleText, of option: SystemOption, _ prefix: String, _ suffix: String
  ) throws(SyntaxError) -> (parsed: Parsed, options: QueryOptions) {
    let name = option.rawValue + "="
    let decoded = try text.decoded(plusAsSpace: plusAsSpace).wrapped(name + prefix, suffix)
    var reader = Reader(settings: settings, decoded)
    var options = QueryOptions()
    var state = Reader.OptionsState()
    let piece = Reader.OptionPiece(range: 0..<decoded.bytes.count, equals: name.utf8.count - 1, isEncoded: false)
    try reader.option(decoded, piece, into: &options, &state)
    let parsed = Parsed(options: options).unwrapped()
    return (parsed.without(name + encoded(prefix), encoded(suffix)), options)
  }

  // MARK: Searches

  private func searchValue(
    _ text: RuleText, behind prefix: String = ""
  ) throws(SyntaxError) -> (parsed: Parsed, search: SearchExpression) {
    let decoded = try text.decoded(plusAsSpace: plusAsSpace)
    guard prefix.isEmpty || decoded.bytes.first == ASCII.space || decoded.bytes.first == ASCII.tab else {
      throw notThePart(text)
    }
    return try searchValue(decoded.wrapped(prefix))
  }

  private func searchValue(_ decoded: RawText) throws(SyntaxError) -> (parsed: Parsed, search: SearchExpression) {
    var reader = Reader(settings: settings, decoded)
    try reader.openDecoded(decoded, 0..<decoded.bytes.count)
    let search = try reader.searchExpression()
    let parsed = Parsed(options: QueryOptions(search: Spanned(search))).unwrapped().without("$search=")
    return (parsed, search)
  }

  private func searchPart(_ text: RuleText, _ shape: Rule.SearchShape) throws(SyntaxError) -> Parsed {
    let decoded = try text.decoded(plusAsSpace: plusAsSpace)
    if case .brackets = shape {
      let inner = try searchValue(decoded.insideBrackets())
      if case .text = inner.search[inner.search.root] { throw notThePart(text) }
      return Parsed(canonical: "(" + inner.parsed.canonical + ")", tree: inner.parsed.tree)
    }
    let (parsed, search) = try searchValue(decoded)
    let isWhole = search.span(of: search.root).start == decoded.span(0..<decoded.bytes.count).start
    let isSo =
      switch (shape, search[search.root]) {
      case (.word, .word), (.phrase, .phrase), (.negation, .not): isWhole
      default: false
      }
    guard isSo else { throw notThePart(text) }
    return parsed
  }

  // MARK: Geographic literals and transformations

  private func geo(
    _ text: RuleText, _ prefix: String, _ suffix: String, shape: String?, isOne: Bool
  ) throws(SyntaxError) -> Parsed {
    let bytes = try text.decoded(plusAsSpace: false).bytes
    let (expression, whole) = try wrappedExpression(text, "geography'" + prefix, suffix + "'")
    guard case .literal(.geo) = expression[expression.root], expression.span(of: expression.root) == whole else {
      throw notThePart(text)
    }
    if let shape {
      let start = prefix.isEmpty ? (bytes.firstIndex(of: ASCII.semicolon) ?? -1) + 1 : 0
      guard bytes[start...].map(lowercase).starts(with: (shape + "(").utf8) else { throw notThePart(text) }
    }
    if isOne {
      var depth = 0
      for byte in bytes {
        if byte == ASCII.open { depth += 1 }
        if byte == ASCII.close { depth -= 1 }
        guard depth >= 0, depth > 0 || byte != ASCII.comma else { throw notThePart(text) }
      }
    }
    return Parsed(expression, without: "geography" + quoted(prefix).dropLast(), String(quoted(suffix).dropFirst()))
  }

  /// `text` in quotes as it is printed in a URL.
  private func quoted(_ text: String) -> String {
    var output = Output(isEncoded: true)
    LiteralPrinter.quoted(text, to: &output)
    return output.string
  }

  private func applyPart(
    _ text: RuleText, _ prefix: String, _ suffix: String, _ shape: Rule.ApplyShape
  ) throws(SyntaxError) -> Parsed {
    let (parsed, options) = try value(text, of: .apply, prefix, suffix)
    guard let items = options.apply?.value, items.count == 1, shape.admits(items[0].kind) else {
      throw notThePart(text)
    }
    return parsed
  }
}

extension RawText {
  /// What stands between a bracket at the very beginning and one at the very end.
  /// - Throws: `rule-mismatch` when there are none. Whether the two belong together, reading tells.
  fileprivate func insideBrackets() throws(SyntaxError) -> RawText {
    let bytes = bytes
    guard bytes.count >= 2, bytes.first == ASCII.open, bytes.last == ASCII.close else {
      throw SyntaxError(
        code: .ruleMismatch, span: span(0..<bytes.count), message: "the rule has brackets round the whole")
    }
    var range = 1..<bytes.count - 1
    while let first = range.first, bytes[first] == ASCII.space || bytes[first] == ASCII.tab {
      range = first + 1..<range.upperBound
    }
    while let last = range.last, bytes[last] == ASCII.space || bytes[last] == ASCII.tab {
      range = range.lowerBound..<last
    }
    return slice(range)
  }
}
