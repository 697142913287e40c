import ODataURL

/// How long queries can be when they are printed: a bound that costs much less than printing.
enum PrintedSize {
  /// Most bytes of ``ODataURL/RelativeURI/printed()``; `nil` where a part has no bound here and printing has to tell.
  static func most(_ query: RelativeURI) -> Int? {
    var size = 0
    for segment in query.path {
      switch segment.kind {
      case .name(let name, let keys):
        size += text(name) + syntax
        switch keys {
        case .single(let value): size += most(value)
        case .compound(let values): for value in values { size += text(value.name) + most(value.value) }
        case nil: break
        }
      case .keyword(let word): size += text(word) + syntax
      default: return nil
      }
    }
    guard let options = most(query.options) else { return nil }
    return size + options
  }

  /// Bytes of a name or literal: a byte becomes three; in a list, `\` or `u00XX` may stand in front of it as well.
  private static func text(_ text: String) -> Int { 10 * text.utf8.count }
  /// What a node or an item has around its text: operator, brackets, blanks, all encoded; numbers, dates, GUIDs.
  private static let syntax = 96

  private static func most(_ options: QueryOptions) -> Int? {
    guard options.unparsed.isEmpty, options.aliases.isEmpty, options.custom.isEmpty else { return nil }
    // Names of the options, `$top`, `$count`.
    var size = 2 * syntax
    if options.hasRareOptions {
      guard options.skip == nil, options.search == nil, options.format == nil, options.deltatoken == nil,
        options.compute == nil, options.apply == nil
      else { return nil }
      if let token = options.skiptoken { size += text(token.value) }
    }
    if let select = options.select {
      // By index: an item holds options of its own, and a copy of it costs more than its name.
      for index in select.value.indices {
        guard select.value[index].path.count == 1 else { return nil }
        size += text(select.value[index].path[0]) + 8
      }
    }
    for item in options.expand?.value ?? [] {
      guard let inner = most(item.options) else { return nil }
      size += item.path.reduce(0) { $0 + text($1) } + inner + syntax
    }
    if let filter = options.filter { size += most(filter.value) }
    if let orderby = options.orderby {
      for item in orderby.value { size += most(item.expression) + syntax }
    }
    return size
  }

  private static func most(_ expression: Expression) -> Int {
    var size = syntax * expression.nodes.count
    for index in expression.nodes.indices {
      switch expression.nodes[index] {
      case .literal(let literal): size += most(literal)
      case .member(_, let name), .variable(let name), .alias(let name): size += text(name)
      case .lambda(_, _, let variable, _): size += variable.map { 2 * text($0) } ?? 0
      case .call(let name, _): size += text(name)
      case .function(_, let name, let parameters):
        size += text(name)
        for parameter in parameters { size += text(parameter.name) + syntax }
      case .array(let items), .list(let items): size += 8 * items.count
      case .binary, .not, .negate: break
      case .cast, .count, .key, .annotation, .aggregate, .implicit, .object: size += 1 << 32
      }
    }
    return size
  }

  private static func most(_ literal: Literal) -> Int {
    switch literal {
    case .string(let text), .decimal(let text), .double(let text), .duration(let text), .geo(_, let text):
      PrintedSize.text(text)
    case .enumeration(let type, let value): text(type) + text(value)
    case .binary(let bytes): 10 * bytes.count
    case .null, .boolean, .integer, .guid, .date, .dateTimeOffset, .timeOfDay: 0
    }
  }
}
