/// ABNF `resourcePath`: segments, key predicates, functions.
extension Reader {
  /// Reads the resource path in `range`.
  mutating func resourcePath(_ text: RawText, _ range: Range<Int>) throws(SyntaxError) -> [PathSegment] {
    var range = range
    if leniencies.contains(.trailingSlash), range.count > 1, text.view[range.upperBound - 1] == ASCII.slash {
      range = range.lowerBound..<range.upperBound - 1
    }
    guard !range.isEmpty else { return [] }
    var segments: [PathSegment] = []
    var start = range.lowerBound
    // The next raw slash, looked for once: many segments may end in encoded ones in front of it.
    var raw = start - 1
    while true {
      if raw < start { raw = text.view.first(ASCII.slash, in: start..<range.upperBound) ?? range.upperBound }
      let (stop, next) = slash(text.view, in: start..<raw, upTo: range.upperBound)
      guard stop > start else {
        throw SyntaxError(
          code: .emptySegment, span: text.span(start..<min(start + 1, range.upperBound)),
          message: "the path has an empty segment")
      }
      if segments.count >= limits.segments {
        throw SyntaxError(
          code: .limitSegments, span: text.span(start..<stop),
          message: "the path has more than \(limits.segments) segments")
      }
      try open(text, start..<stop, plusAsSpace: false)
      if leniencies.contains(.blanksAroundOptions) { trimBlanks() }
      let segment = try segment(isFirst: segments.isEmpty)
      try check(segment, after: segments, isLast: stop == range.upperBound)
      if segments.isEmpty { segments = [segment] } else { segments.append(segment) }
      guard stop < range.upperBound else { return segments }
      start = next
    }
  }

  /// Where the segment at the start of `range`, which ends at a raw slash or at `end`, ends, and where the next one
  /// begins.
  private func slash(_ bytes: Bytes, in range: Range<Int>, upTo end: Int) -> (stop: Int, next: Int) {
    let raw = range.upperBound
    guard leniencies.contains(.encodedSlash), bytes.first(ASCII.percent, in: range) != nil else {
      return (raw, raw + 1)
    }
    // In brackets it belongs to an argument.
    var quotes = QuoteTracker()
    var depth = 0
    var index = range.lowerBound
    while index < raw {
      let byte = TargetSplit.octet(bytes, index, end)
      quotes.pass(byte.value)
      if !quotes.isInText {
        switch byte.value {
        case ASCII.open: depth += 1
        case ASCII.close: depth -= 1
        case ASCII.slash where byte.length == 3 && depth == 0: return (index, index + 3)
        default: break
        }
      }
      index += byte.length
    }
    return (raw, raw + 1)
  }

  mutating func segment(isFirst: Bool) throws(SyntaxError) -> PathSegment {
    let start = at
    if byte == ASCII.dollar { return try keywordSegment() }
    guard isAtName else {
      if leniencies.contains(.keysAsSegments), !isFirst, !isAtEnd { return try keySegment(from: start) }
      throw notASegment()
    }
    let isKeyAllowed = leniencies.contains(.keysAsSegments) && !isFirst
    let (range, isQualified): (Range<Int>, Bool)
    do throws(SyntaxError) {
      (range, isQualified) = try dottedName("a name")
    } catch {
      // What is no name may be a key: `v1.2`.
      guard isKeyAllowed else { throw error }
      return try keySegment(from: start)
    }
    let name = text(range)
    if isAtEnd {
      return PathSegment(isQualified ? .qualified(name, keys: nil) : .name(name, keys: nil), span: span(from: start))
    }
    if byte != ASCII.open, isKeyAllowed { return try keySegment(from: start) }
    guard byte == ASCII.open else {
      throw failure(.invalidSegment, here, "expected `(`, `/` or the end of the path after a name")
    }
    var kind = try arguments(name, isQualified: isQualified)
    if byte == ASCII.open { kind = try keys(behind: kind, isQualified: isQualified) }
    guard isAtEnd else {
      throw failure(.invalidSegment, here, "expected `/` or the end of the path after the bracket")
    }
    return PathSegment(kind, span: span(from: start))
  }

  /// What is left of the segment, as the text of a key.
  private mutating func keySegment(from start: Int) throws(SyntaxError) -> PathSegment {
    at = end
    let key = try plainText(start..<end)
    if let blank = (start..<end).first(where: { isBlank(bytes[$0]) && !isEncoded(at: $0) }) {
      throw failure(.invalidSegment, blank..<blank + 1, "a blank in a key is written %20")
    }
    guard key != ".", key != ".." else {
      throw failure(.invalidSegment, start..<end, "dots alone are no key: HTTP takes them for a way through the path")
    }
    return PathSegment(.key(key), span: span(from: start))
  }

  /// A second pair of brackets: the first was that of a call.
  private mutating func keys(behind kind: PathSegment.Kind, isQualified: Bool) throws(SyntaxError) -> PathSegment.Kind {
    let name: String
    let parameters: [FunctionArgument]
    switch kind {
    case .function(let function, let arguments, nil): (name, parameters) = (function, arguments)
    case .name(let function, .compound(let arguments)?): (name, parameters) = (function, arguments)
    default: throw failure(.invalidSegment, here, "a segment has one pair of brackets, behind a function call two")
    }
    let bracket = at
    switch try arguments("", isQualified: false) {
    case .name(_, let keys?): return .function(name, parameters: parameters, keys: keys)
    default: throw failure(.invalidKey, bracket..<at, "behind a function call stands a key: literals or aliases")
    }
  }

  private func notASegment() -> SyntaxError {
    let first = byte
    if first.isDigit || first == ASCII.quote || first == ASCII.minus {
      return failure(
        .keyAsSegment, at..<end, "keys are not path segments of their own here; put the key in brackets: Set(key)")
    }
    return failure(.invalidSegment, here, "a path segment starts with a letter, an underscore or a dollar sign")
  }

  /// `$count` and its like.
  private mutating func keywordSegment() throws(SyntaxError) -> PathSegment {
    let start = at
    at += 1
    while byte.isWord { at += 1 }
    let word = start..<at
    if spells(word, "$filter", ignoringCase: false), byte == ASCII.open {
      let bracket = at
      try openBracket()
      let condition = try expression()
      skipBlanks()
      try closeBracket(bracket, "the condition is not closed")
      guard isAtEnd else {
        throw failure(.invalidSegment, here, "expected `/` or the end of the path after the bracket")
      }
      return PathSegment(.filter(condition), span: span(from: start))
    }
    if spells(word, "$crossjoin", ignoringCase: false), byte == ASCII.open { return try crossjoin(from: start) }
    let keyword = text(word)
    guard Self.keywords.contains(keyword) else {
      throw failure(
        .unknownKeyword, word, "this is no keyword of a resource path, or one that is not supported",
        expected: Self.keywords, suggestion: Suggestion.nearest(to: bytes[word], among: Self.keywords))
    }
    guard isAtEnd else {
      throw failure(.invalidSegment, here, "nothing can follow this keyword in its segment")
    }
    return PathSegment(.keyword(keyword), span: span(from: start))
  }

  /// `$crossjoin(A,B)`; the place is the opening bracket.
  private mutating func crossjoin(from start: Int) throws(SyntaxError) -> PathSegment {
    let bracket = at
    try openBracket()
    var sets: [String] = []
    repeat {
      skipBlanks()
      try checkList(sets.count)
      sets.append(text(try identifier("the name of an entity set")))
      skipBlanks()
    } while take(ASCII.comma)
    try closeBracket(bracket, "the list of entity sets is not closed")
    guard isAtEnd else { throw failure(.invalidSegment, here, "nothing can follow $crossjoin in its segment") }
    return PathSegment(.crossjoin(sets), span: span(from: start))
  }

  private static let keywords = [
    "$count", "$value", "$ref", "$metadata", "$batch", "$entity", "$all", "$query", "$each",
  ]

  /// Where segments may stand (OData URL Conventions, section 4), as far as no schema is needed to tell.
  private func check(_ segment: PathSegment, after: [PathSegment], isLast: Bool) throws(SyntaxError) {
    if case .name = segment.kind, after.isEmpty { return }
    try checkPredecessor(segment, after: after)
    switch segment.kind {
    case .keyword(let keyword):
      let isAllowed =
        switch keyword {
        case "$metadata", "$batch": after.isEmpty && isLast
        case "$entity", "$all": after.isEmpty
        case "$count", "$value", "$ref", "$query": !after.isEmpty && isLast
        default: !after.isEmpty
        }
      if !isAllowed {
        throw SyntaxError(
          code: .misplacedKeyword, span: segment.span, message: "this keyword cannot stand at this place of a path")
      }
    case .qualified(_, let keys):
      try checkQualified(segment, after: after)
      if keys != nil, Self.isOneEntity(after) {
        throw SyntaxError(
          code: .invalidKey, span: segment.span,
          message: "a key cannot follow a path that stands for one entity already")
      }
    case .function(let name, _, _) where name.utf8.contains(ASCII.dot):
      try checkQualified(segment, after: after)
    case .filter:
      if after.isEmpty {
        throw SyntaxError(
          code: .misplacedKeyword, span: segment.span, message: "this keyword cannot stand at this place of a path")
      }
    case .crossjoin:
      if !after.isEmpty {
        throw SyntaxError(
          code: .misplacedKeyword, span: segment.span, message: "this keyword cannot stand at this place of a path")
      }
    case .name, .function, .key, .context: break
    }
  }

  /// Behind `$crossjoin(…)` stands `$query` alone, behind `$entity` and `$all` the name of a type alone.
  private func checkPredecessor(_ segment: PathSegment, after: [PathSegment]) throws(SyntaxError) {
    let isAllowed: Bool
    switch (after.first?.kind, segment.kind) {
    case (.crossjoin?, .keyword(let word)): isAllowed = word == "$query"
    case (.crossjoin?, _): isAllowed = false
    case (.keyword("$entity")?, .name(_, nil)), (.keyword("$entity")?, .qualified(_, nil)): isAllowed = after.count == 1
    case (.keyword("$all")?, .name(_, nil)), (.keyword("$all")?, .qualified(_, nil)): isAllowed = after.count == 1
    case (.keyword("$entity")?, _), (.keyword("$all")?, _): isAllowed = false
    default: return
    }
    guard !isAllowed else { return }
    var code = SyntaxError.Code.invalidSegment
    if case .keyword = segment.kind { code = .misplacedKeyword }
    throw SyntaxError(code: code, span: segment.span, message: "this cannot follow what the path starts with")
  }

  private func checkQualified(_ segment: PathSegment, after: [PathSegment]) throws(SyntaxError) {
    guard after.isEmpty else { return }
    throw SyntaxError(
      code: .invalidSegment, span: segment.span,
      message:
        "a path does not start with a qualified name: functions that are not bound are called by their short name")
  }

  /// Whether a key has been given and only type casts stand behind it.
  private static func isOneEntity(_ path: [PathSegment]) -> Bool {
    for segment in path.reversed() {
      switch segment.kind {
      case .name(_, let keys): return keys != nil
      case .qualified(_, let keys): if keys != nil { return true }
      case .key: return true
      case .function, .keyword, .filter, .crossjoin, .context: return false
      }
    }
    return false
  }

  /// The brackets after a name: `()`, one key, or names with values.
  ///
  /// `Name(a=1)` may be a key predicate or a function call, which only a schema can tell. It is read as a key predicate
  /// when the name has no dot and every value can be a key, as a call otherwise.
  mutating func arguments(_ name: String, isQualified: Bool) throws(SyntaxError) -> PathSegment.Kind {
    let bracket = at
    try enter(at: bracket)
    at += 1
    skipBlanks()
    if take(ASCII.close) {
      leave()
      return .function(name, parameters: [])
    }
    if !isNamedArgument() {
      let value = try pathValue()
      guard value.isKey else {
        throw SyntaxError(
          code: .invalidKey, span: value.expression.span(of: value.expression.root),
          message: "a key is a literal other than null, or a parameter alias")
      }
      try closeArguments(bracket)
      return isQualified
        ? .qualified(name, keys: .single(value.expression)) : .name(name, keys: .single(value.expression))
    }
    var result: [FunctionArgument] = []
    var names = NameCheck()
    var isKey = !isQualified
    repeat {
      skipBlanks()
      try checkList(result.count)
      let start = at
      let range = try identifier("the name of a key property or parameter")
      let argument = text(range)
      if names.repeats(argument, after: result, \.name) {
        throw failure(.repeatedParameter, range, "this name is given twice")
      }
      skipLenientBlanks()
      try require(ASCII.equals, in: "after the name")
      skipLenientBlanks()
      let value = try pathValue()
      isKey = isKey && value.isKey
      result.append(FunctionArgument(name: argument, value: value.expression, span: span(from: start)))
      skipBlanks()
    } while take(ASCII.comma)
    try closeArguments(bracket)
    return isKey ? .name(name, keys: .compound(result)) : .function(name, parameters: result)
  }

  private mutating func closeArguments(_ bracket: Int) throws(SyntaxError) {
    skipBlanks()
    guard take(ASCII.close) else { throw unclosed(bracket, "the bracket is not closed") }
    leave()
  }

  /// Whether a name with `=` behind it is next.
  func isNamedArgument() -> Bool {
    var index = at
    while index < end, bytes[index].isWord || bytes[index] >= 0x80 { index += 1 }
    guard index > at else { return false }
    while index < end, leniencies.contains(.blanksInLists), isBlank(bytes[index]) { index += 1 }
    return index < end && bytes[index] == ASCII.equals
  }

  /// A value in a path: a literal, an alias, or a JSON array or object. The first two can be keys.
  private mutating func pathValue() throws(SyntaxError) -> (expression: Expression, isKey: Bool) {
    let value = try expression()
    switch value[value.root] {
    case .literal(.null): return (value, false)
    case .array, .object:
      guard leniencies.contains(.jsonInPaths) else {
        throw SyntaxError(
          code: .invalidArgument, span: value.span(of: value.root),
          message: "JSON cannot stand in a path; give it by a parameter alias: Name(x=@p)?@p=[…]")
      }
      return (value, false)
    case .literal, .alias: return (value, true)
    default:
      throw SyntaxError(
        code: .invalidKey, span: value.span(of: value.root),
        message: "a value in a path is a literal, a parameter alias or JSON; text stands in single quotes")
    }
  }
}
