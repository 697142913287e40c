/// ABNF `context`: what stands behind the number sign of a context URL.
extension Reader {
  /// Reads the fragment in `range`, without its number sign.
  mutating func context(_ text: RawText, _ range: Range<Int>) throws(SyntaxError) -> PathSegment {
    try open(text, range, plusAsSpace: false)
    var fragment = ContextFragment(try contextSubject())
    if byte == ASCII.open { fragment.select = try contextItems() }
    if byte == ASCII.slash { fragment.suffix = try contextSuffix(of: fragment) }
    guard isAtEnd else { throw failure(.unexpectedText, here, "expected the end of the context") }
    return PathSegment(.context(fragment), span: text.span(range))
  }

  private mutating func contextSubject() throws(SyntaxError) -> ContextFragment.Subject {
    for (word, isCollection) in [("$ref", false), ("Collection($ref)", true)] where takes(word) {
      return .references(isCollection: isCollection)
    }
    let start = at
    if takes("Collection(") {
      let (name, isQualified) = try dottedName("the name of a type")
      if isQualified, take(ASCII.close) { return .type(text(name), isCollection: true) }
      // An entity set of this name, with a list of properties.
      at = start
    }
    let (name, isQualified) = try dottedName("the name of an entity set, a singleton or a type")
    if isQualified { return .type(text(name), isCollection: false) }
    return .path(try contextPath(behind: name))
  }

  private mutating func takes(_ word: String) -> Bool {
    let stop = at + word.utf8.count
    guard stop <= end, bytes.holds(word, in: at..<stop) else { return false }
    at = stop
    return true
  }

  /// The segments of a path whose first name has been read.
  private mutating func contextPath(behind first: Range<Int>) throws(SyntaxError) -> [PathSegment] {
    var segments: [PathSegment] = []
    var (name, isType, isBehindType) = (first, false, false)
    while true {
      if segments.count >= limits.segments {
        throw failure(.limitSegments, name, "the path has more than \(limits.segments) segments")
      }
      if isType, isBehindType { throw failure(.invalidSegment, name, "a type cannot follow a type") }
      let keys = byte == ASCII.open && isAtContextKey() ? try contextKeys() : nil
      let text = text(name)
      segments.append(
        PathSegment(isType ? .qualified(text, keys: keys) : .name(text, keys: keys), span: span(from: name.lowerBound)))
      guard byte == ASCII.slash, peek(1) != ASCII.dollar else {
        guard keys == nil else {
          throw failure(
            .expectedToken, here, "behind a key a context goes on to a property; of one entity it says /$entity",
            expected: ["/"])
        }
        return segments
      }
      at += 1
      isBehindType = isType && keys == nil
      (name, isType) = try dottedName("a name")
    }
  }

  /// Whether the bracket that is next holds a key rather than a list of properties: a literal, an alias, or a name with
  /// `=` behind it.
  private mutating func isAtContextKey() -> Bool {
    let bracket = at
    at += 1
    defer { at = bracket }
    if byte == ASCII.quote || byte.isDigit || byte == ASCII.minus || byte == ASCII.plus || isNamedArgument() {
      return true
    }
    let start = byte == ASCII.at ? at + 1 : at
    var stop = start
    while stop < end, bytes[stop].isWord || bytes[stop] >= 0x80 { stop += 1 }
    // An annotation has a dot in its name.
    if byte == ASCII.at { return stop > start && stop < end && bytes[stop] != ASCII.dot }
    // A GUID, or a literal with a prefix; the type of one with dots is looked for behind them.
    while stop < end, bytes[stop].isWord || bytes[stop] == ASCII.dot || bytes[stop] >= 0x80 { stop += 1 }
    if stop < end, stop > start, bytes[stop] == ASCII.quote || bytes[stop] == ASCII.minus { return true }
    // A property may be called `true`; but behind the properties stands a word, if anything.
    return stop + 2 < end && bytes[stop] == ASCII.close && bytes[stop + 1] == ASCII.slash
      && bytes[stop + 2] != ASCII.dollar && keywordLiteral(start..<stop) != nil
  }

  private mutating func contextKeys() throws(SyntaxError) -> KeyPredicate {
    let bracket = at
    guard case .name(_, let keys?) = try arguments("", isQualified: false) else {
      throw failure(.invalidKey, bracket..<at, "a key is a literal other than null, or a parameter alias")
    }
    return keys
  }

  /// ABNF `selectList`; the place is the opening bracket.
  @inline(never)
  private mutating func contextItems() throws(SyntaxError) -> [ContextItem] {
    let bracket = at
    try enter(at: bracket)
    at += 1
    var items: [ContextItem] = []
    repeat {
      try checkList(items.count)
      items.append(try contextItem())
    } while take(ASCII.comma)
    guard take(ASCII.close) else {
      throw isAtEnd
        ? failure(.expectedToken, bracket..<bracket + 1, "the list of properties is not closed", expected: [")"])
        : failure(.unexpectedText, here, "expected a comma or `)`")
    }
    leave()
    return items
  }

  @inline(never)
  private mutating func contextItem() throws(SyntaxError) -> ContextItem {
    let start = at
    if take(ASCII.star) { return ContextItem(["*"], span: span(from: start)) }
    let (path, isNavigation) = try contextItemPath()
    let isExpanded = isNavigation && take(ASCII.plus)
    let select = byte == ASCII.open && path.last?.utf8.first != ASCII.at ? try contextItems() : nil
    return ContextItem(path, isExpanded: isExpanded, select: select, span: span(from: start))
  }

  /// The path of an item, and whether it may end in a navigation property.
  @inline(never)
  private mutating func contextItemPath() throws(SyntaxError) -> (path: [String], isNavigation: Bool) {
    var path: [String] = []
    repeat {
      if path.count >= limits.segments {
        throw failure(.limitSegments, here, "the path has more than \(limits.segments) segments")
      }
      if byte == ASCII.at {
        path.append("@" + (try annotationTerm()))
        return (path, false)
      }
      let (name, isQualified) = try dottedName("a name")
      path.append(text(name))
      if path.count == 1, byte == ASCII.dot {
        // `Ns.*`: the reader of names leaves no other dot.
        at += 2
        return ([text(name) + ".*"], false)
      }
      if byte != ASCII.slash { return (path, !isQualified) }
    } while take(ASCII.slash)
    return (path, false)
  }

  private mutating func contextSuffix(of fragment: ContextFragment) throws(SyntaxError) -> ContextFragment.Suffix {
    at += 1
    let start = at
    if byte == ASCII.dollar { at += 1 }
    while byte.isWord { at += 1 }
    let words = ContextFragment.Suffix.allCases.map(\.rawValue)
    guard let suffix = ContextFragment.Suffix(rawValue: text(start..<at)) else {
      throw failure(
        .unknownKeyword, at > start ? start..<at : here, "this word does not stand at the end of a context",
        expected: words, suggestion: Suggestion.nearest(to: bytes[start..<at], among: words))
    }
    guard case .path = fragment.subject else {
      throw failure(.misplacedKeyword, start..<at, "this word stands behind an entity set, not behind a type")
    }
    if fragment.select != nil, suffix != .entity, suffix != .delta {
      throw failure(.misplacedKeyword, start..<at, "this word does not stand behind a list of properties")
    }
    return suffix
  }
}
