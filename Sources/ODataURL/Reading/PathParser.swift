/// ABNF `resourcePath`: segments, key predicates, functions.
extension Reader {
  /// Reads the resource path in `range`.
  mutating func resourcePath(_ text: RawText, _ range: Range<Int>) throws(SyntaxError) -> [PathSegment] {
    var range = range
    if leniencies.contains(.trailingSlash), range.count > 1, text.bytes[range.upperBound - 1] == ASCII.slash {
      range = range.lowerBound..<range.upperBound - 1
    }
    guard !range.isEmpty else { return [] }
    var segments: [PathSegment] = []
    var start = range.lowerBound
    while true {
      var stop = start
      while stop < range.upperBound, text.bytes[stop] != ASCII.slash { stop += 1 }
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
      let segment = try segment()
      try check(segment, after: segments, isLast: stop == range.upperBound)
      segments.append(segment)
      guard stop < range.upperBound else { return segments }
      start = stop + 1
    }
  }

  mutating func segment() throws(SyntaxError) -> PathSegment {
    let start = at
    if byte == ASCII.dollar { return try keywordSegment() }
    guard isAtName else { throw notASegment() }
    let (range, isQualified) = try dottedName("a name")
    let name = text(range)
    if isAtEnd {
      return PathSegment(isQualified ? .qualified(name, keys: nil) : .name(name, keys: nil), span: span(from: start))
    }
    guard byte == ASCII.open else {
      throw failure(.invalidSegment, here, "expected `(`, `/` or the end of the path after a name")
    }
    let kind = try arguments(name, isQualified: isQualified)
    guard isAtEnd else {
      if byte == ASCII.open {
        throw failure(.invalidSegment, here, "a segment has one pair of brackets")
      }
      throw failure(.invalidSegment, here, "expected `/` or the end of the path after the bracket")
    }
    return PathSegment(kind, span: span(from: start))
  }

  private func notASegment() -> SyntaxError {
    let first = byte
    if first.isDigit || first == ASCII.quote || first == ASCII.minus {
      return failure(
        .keyAsSegment, at..<end, "keys as path segments are not supported; put the key in brackets: Set(key)")
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
      at += 1
      try skipNestedText()
      guard byte == ASCII.close, at == end - 1, at > word.upperBound + 1 else {
        throw failure(.invalidSegment, start..<end, "a filter segment is written $filter(condition)")
      }
      at = end
      return PathSegment(.keyword(text(start..<end)), span: span(from: start))
    }
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

  private static let keywords = [
    "$count", "$value", "$ref", "$metadata", "$batch", "$entity", "$all", "$query", "$each",
  ]

  /// Where segments may stand (OData URL Conventions, section 4), as far as no schema is needed to tell.
  private func check(_ segment: PathSegment, after: [PathSegment], isLast: Bool) throws(SyntaxError) {
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
    case .function(let name, _) where name.utf8.contains(ASCII.dot):
      try checkQualified(segment, after: after)
    case .name, .function: break
    }
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
      case .function, .keyword: return false
      }
    }
    return false
  }

  /// The brackets after a name: `()`, one key, or names with values.
  ///
  /// `Name(a=1)` may be a key predicate or a function call, which only a schema can tell. It is read as a key predicate
  /// when the name has no dot and every value can be a key, as a call otherwise.
  private mutating func arguments(_ name: String, isQualified: Bool) throws(SyntaxError) -> PathSegment.Kind {
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
    var isKey = !isQualified
    repeat {
      skipBlanks()
      try checkList(result.count)
      let start = at
      let range = try identifier("the name of a key property or parameter")
      let argument = text(range)
      if result.contains(where: { $0.name == argument }) {
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
  private func isNamedArgument() -> Bool {
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
    case .literal(.null), .array, .object: return (value, false)
    case .literal, .alias: return (value, true)
    default:
      throw SyntaxError(
        code: .invalidKey, span: value.span(of: value.root),
        message: "a value in a path is a literal, a parameter alias or JSON; text stands in single quotes")
    }
  }
}
