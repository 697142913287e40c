/// ABNF `select`, `orderby` and `expand`: lists, and the options nested in `$expand`.
extension Reader {
  /// Skips blanks round a comma or semicolon, where the leniency allows them.
  @inline(never)
  mutating func nextItem(_ separator: UInt8, count: Int) throws(SyntaxError) -> Bool {
    let start = at
    skipLenientBlanks()
    guard take(separator) else {
      at = start
      return false
    }
    skipLenientBlanks()
    try checkList(count)
    return true
  }

  @inline(never)
  mutating func selectList() throws(SyntaxError) -> [SelectItem] {
    var items: [SelectItem] = []
    // As many as there are, for names of usual length; inside brackets the rest of the piece is that of others, too.
    if depth == 0 { items.reserveCapacity(min((end - at) / 16 + 1, 64)) }
    skipLenientBlanks()
    repeat {
      let start = at
      if let name = plainItem() {
        items.append(SelectItem(name, span(from: start)))
      } else {
        items.append(try selectItem())
      }
    } while try nextItem(ASCII.comma, count: items.count)
    return items
  }

  /// An item of `$select` and what stands in brackets behind its path: the names of a function's parameters, or options.
  @inline(never)
  private mutating func selectItem() throws(SyntaxError) -> SelectItem {
    let start = at
    let path = try itemPath(isSelect: true)
    guard byte == ASCII.open else { return SelectItem(path, span: span(from: start)) }
    let parameters = try parameterNames()
    var options = QueryOptions()
    if parameters == nil || byte == ASCII.open { try nestedOptions(of: &options, behind: path, in: .select) }
    return SelectItem(path, parameters: parameters, options: options, span: span(from: start))
  }

  /// ABNF `parameterNames` in brackets; `nil`, and nothing read, where something else stands in them.
  private mutating func parameterNames() throws(SyntaxError) -> [String]? {
    let start = at
    at += 1
    var names: [String] = []
    repeat {
      skipLenientBlanks()
      guard isAtName else { break }
      try checkList(names.count)
      names.append(text(try identifier("the name of a parameter")))
      skipLenientBlanks()
    } while take(ASCII.comma)
    guard take(ASCII.close), !names.isEmpty else {
      at = start
      return nil
    }
    return names
  }

  @inline(never)
  mutating func orderList() throws(SyntaxError) -> [OrderItem] {
    var items: [OrderItem] = []
    skipLenientBlanks()
    repeat {
      let start = at
      let item = if let plain = try plainOrderItem() { plain } else { try orderItem(from: start) }
      if items.isEmpty { items = [item] } else { items.append(item) }
    } while try nextItem(ASCII.comma, count: items.count)
    return items
  }

  @inline(never)
  private mutating func orderItem(from start: Int) throws(SyntaxError) -> OrderItem {
    let expression = try expression(isItem: true)
    let descending = takeDirection()
    return OrderItem(expression, descending: descending, span: span(from: start))
  }

  /// Takes an item of one property, as most are, up to the end or a comma. Nothing else is taken.
  private mutating func plainOrderItem() throws(SyntaxError) -> OrderItem? {
    guard let name = plainName() else { return nil }
    at = name.upperBound
    let descending = takeDirection()
    guard isAtEnd || byte == ASCII.comma else {
      at = name.lowerBound
      return nil
    }
    let place = span(name)
    try countNode(place)
    return OrderItem(
      Expression(.member(base: nil, name: self.name(name)), span: place), descending: descending,
      span: span(from: name.lowerBound))
  }

  /// Takes `asc` or `desc` after a blank; whether it was `desc`.
  mutating func takeDirection() -> Bool {
    guard at < end, isBlank(bytes[at]) else { return false }
    var index = at + 1
    while index < end, isBlank(bytes[index]) { index += 1 }
    let word = index..<bytes.endOfWord(from: index, to: end)
    guard word.count <= 4 else { return false }
    // In lower case; no other byte of a word becomes a letter by it.
    let spelling = bytes.packed(word) | (leniencies.contains(.caseInsensitiveOperators) ? 0x2020_2020 : 0)
    let isDescending = word.count == 4 && spelling == 0x6465_7363
    guard isDescending || (word.count == 3 && spelling & 0xFF_FFFF == 0x61_7363) else { return false }
    at = word.upperBound
    return isDescending
  }

  @inline(never)
  mutating func expandList() throws(SyntaxError) -> [ExpandItem] {
    try enterExpand()
    var items: [ExpandItem] = []
    skipLenientBlanks()
    repeat {
      let start = at
      try appendItem(to: &items)
      let last = items.count - 1
      if byte == ASCII.open { try nestedOptions(of: &items[last].options, behind: items[last].path, in: .nested) }
      items[last].span = span(from: start)
    } while try nextItem(ASCII.comma, count: items.count)
    leaveExpand()
    return items
  }

  @inline(never)
  private mutating func appendItem(to items: inout [ExpandItem]) throws(SyntaxError) {
    items.append(ExpandItem(try itemPath(isSelect: false)))
  }

  /// A path of names in `$select` or `$expand`.
  @inline(never)
  private mutating func itemPath(isSelect: Bool) throws(SyntaxError) -> [String] {
    if let name = plainItem() { return [name] }
    var path: [String] = []
    repeat {
      if path.count >= limits.segments {
        throw failure(.limitSegments, here, "the path has more than \(limits.segments) segments")
      }
      let start = at
      if byte == ASCII.star {
        at += 1
        path.append("*")
        if isSelect { return path }
        if byte == ASCII.slash, peek(1) != ASCII.dollar || peek(2) != UInt8(ascii: "r") {
          throw failure(.unexpectedText, here, "only /$ref can follow `*`")
        }
        continue
      }
      if byte == ASCII.at {
        path.append("@" + (try annotationTerm()))
        return path
      }
      if byte == ASCII.dollar, !isSelect {
        path.append(try expandKeyword(isFirst: path.isEmpty))
        return path
      }
      if !isAtName { throw notAnItem(isFirst: path.isEmpty) }
      _ = try dottedName("a name")
      path.append(name(start..<at))
      if isSelect, byte == ASCII.dot, peek(1) == ASCII.star {
        at += 2
        path[path.count - 1] += ".*"
        return path
      }
    } while take(ASCII.slash)
    return path
  }

  /// Takes a path of one name in ASCII, as most are. Nothing else is taken.
  private mutating func plainItem() -> String? {
    let name = at..<bytes.endOfWord(from: at, to: end)
    guard !name.isEmpty, !byte.isDigit, name.count <= 128, limits.segments > 0,
      name.upperBound == end || bytes[name.upperBound] == ASCII.comma
    else { return nil }
    at = name.upperBound
    return self.name(name)
  }

  private func notAnItem(isFirst: Bool) -> SyntaxError {
    if byte == ASCII.space {
      return failure(.missingValue, here, "blanks are not allowed in this list", expected: ["a name"])
    }
    return isAtEnd && isFirst
      ? failure(.emptyValue, here, "expected a name") : failure(.invalidName, here, "expected a name")
  }

  private mutating func expandKeyword(isFirst: Bool) throws(SyntaxError) -> String {
    let start = at
    at += 1
    while byte.isWord { at += 1 }
    let word = text(start..<at)
    guard isFirst ? word == "$value" : word == "$ref" || word == "$count" else {
      throw failure(
        .unknownKeyword, start..<at, "a path in $expand ends in $ref or $count if in a keyword",
        expected: isFirst ? ["$value"] : ["$ref", "$count"])
    }
    if byte == ASCII.slash { throw failure(.unexpectedText, here, "nothing can follow the keyword") }
    return word
  }

  /// The options in brackets after an item of `$expand` or `$select`.
  @inline(never)
  private mutating func nestedOptions(
    of options: inout QueryOptions, behind path: [String], in place: SystemOption.Place
  ) throws(SyntaxError) {
    let bracket = at
    try enter(at: bracket)
    at += 1
    var seen: UInt32 = 0
    var count = 0
    var aliases = NameCheck()
    skipLenientBlanks()
    repeat {
      let start = at
      switch try nestedOptionName(path, in: place, seen: &seen) {
      case nil: try nestedAlias(into: &options, &aliases)
      // Straight on, past the frames of the other options: this is the way that recursion takes.
      case .expand?: options.expand = Spanned(try expandList(), span: span(from: start))
      case let option?: try value(of: option, at: .from(start), into: &options)
      }
      count += 1
      skipLenientBlanks()
    } while try nextItem(ASCII.semicolon, count: count)
    try closeOptions(bracket)
  }

  @inline(never)
  private mutating func closeOptions(_ bracket: Int) throws(SyntaxError) {
    guard take(ASCII.close) else {
      throw isAtEnd
        ? failure(.expectedToken, bracket..<bracket + 1, "the bracket is not closed", expected: [")"])
        : unexpectedAfterOperand(expected: "`;`, `,` or `)`")
    }
    leave()
  }

  /// Reads the name of an option and the `=` behind it; `nil`, and nothing read, for an alias.
  @inline(never)
  mutating func nestedOptionName(
    _ path: [String], in place: SystemOption.Place, seen: inout UInt32
  ) throws(SyntaxError) -> SystemOption? {
    let start = at
    if byte == ASCII.at, path.first != "*" { return nil }
    if byte == ASCII.dollar { at += 1 }
    while byte.isWord { at += 1 }
    let name = start..<at
    let option = SystemOption(
      bytes[name], dollarOptional: leniencies.contains(.optionsWithoutDollar),
      ignoringCase: leniencies.contains(.caseInsensitiveOptions))
    guard let option else {
      if name.isEmpty { throw failure(.emptyOption, here, "expected an option inside the brackets") }
      throw unknownOption(name, in: place)
    }
    try admit(option, name, in: place, seen: &seen)
    try checkOption(option, name, suits: path)
    skipLenientBlanks()
    guard take(ASCII.equals) else {
      throw failure(.missingValue, name, "expected `=` and a value after the option", expected: ["="])
    }
    skipLenientBlanks()
    return option
  }

  /// `/$ref` takes no options that shape the row, `/$count` only those that choose rows.
  private func checkOption(_ option: SystemOption, _ name: Range<Int>, suits path: [String]) throws(SyntaxError) {
    let isLegal =
      switch path.last {
      case "*": option == .levels
      case "$ref" where path.first == "*": false
      case "$count": option == .filter || option == .search
      case "$ref": option != .select && option != .expand && option != .levels && option != .compute
      default: true
      }
    if !isLegal {
      throw failure(.misplacedOption, name, "`\(option.rawValue)` cannot stand after `*`, $ref or $count")
    }
  }

  @inline(never)
  private mutating func nestedAlias(into options: inout QueryOptions, _ names: inout NameCheck) throws(SyntaxError) {
    let start = at
    at += 1
    let range = try identifier("a parameter alias after `@`")
    let name = text(range)
    if names.repeats(name, after: options.aliases, \.name) {
      throw failure(.repeatedAlias, range, "the alias is given twice")
    }
    skipLenientBlanks()
    try require(ASCII.equals, in: "after the alias")
    skipLenientBlanks()
    let value = try expression()
    options.aliases.append(FunctionArgument(name: name, value: value, span: span(from: start)))
  }
}
