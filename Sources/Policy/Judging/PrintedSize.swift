import ODataURL

/// How long queries can be when they are printed: a bound that costs much less than printing.
struct PrintedSize {
  /// Letters and digits are told from what may be encoded. Dearer, and still much less than printing.
  private let isClose: Bool

  /// Whether ``ODataURL/RelativeURI/printed()`` has no more bytes than the limit for certain; `false` also where a part
  /// has no bound here, or none so close: printing has to tell.
  static func isSurely(_ query: RelativeURI, within limit: Int) -> Bool {
    guard let most = most(query, isClose: false) else { return false }
    return most <= limit || self.most(query, isClose: true).map { $0 <= limit } ?? false
  }

  /// Most bytes of ``ODataURL/RelativeURI/printed()``; `nil` where a part has no bound here.
  static func most(_ query: RelativeURI, isClose: Bool) -> Int? { PrintedSize(isClose: isClose).most(query) }

  private func most(_ query: RelativeURI) -> Int? {
    var size = 0
    for segment in query.path {
      switch segment.kind {
      case .name(let name, let keys):
        size += text(name) + PrintedSize.syntax
        switch keys {
        case .single(let value): size += most(value)
        case .compound(let values): for value in values { size += text(value.name) + most(value.value) }
        case nil: break
        }
      case .keyword(let word): size += text(word) + PrintedSize.syntax
      default: return nil
      }
    }
    guard let options = most(query.options) else { return nil }
    return size + options
  }

  /// Bytes of a name or literal: a byte becomes three; in a list, `\` or `u00XX` may stand in front of it as well.
  private func text(_ text: String) -> Int {
    guard isClose else { return 10 * text.utf8.count }
    return text.utf8.reduce(0) { $0 + (PrintedSize.isPlain($1) ? 1 : 10) }
  }

  /// A letter or digit, which stands as it is everywhere.
  private static func isPlain(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF)
  }

  /// What a node or an item has around its text: operator, brackets, blanks, all encoded; numbers, dates, GUIDs.
  private static let syntax = 96
  /// The same of an operator alone: a blank on both sides of at most five letters, brackets of an operand.
  private static let infix = 24
  /// The same of a name or a text alone.
  private static let quotes = 16

  private func most(_ options: QueryOptions) -> Int? {
    guard options.unparsed.isEmpty, options.aliases.isEmpty, options.custom.isEmpty else { return nil }
    // Names of the options, `$top`, `$count`.
    var size = 2 * PrintedSize.syntax
    if options.hasRareOptions {
      guard options.skip == nil, options.search == nil, options.format == nil, options.deltatoken == nil,
        options.compute == nil, options.apply == nil
      else { return nil }
      if let token = options.skiptoken { size += text(token.value) }
    }
    if let select = options.select, !isClose {
      guard let bytes = SelectItem.nameBytes(of: select.value) else { return nil }
      size += 10 * bytes + 8 * select.value.count
    } else if let select = options.select {
      // By index: an item holds options of its own, and a copy of it costs more than its name.
      for index in select.value.indices {
        guard let name = select.value[index].name else { return nil }
        size += text(name) + 8
      }
    }
    for item in options.expand?.value ?? [] {
      guard let inner = most(item.options) else { return nil }
      size += item.path.reduce(0) { $0 + text($1) } + inner + PrintedSize.syntax
    }
    if let filter = options.filter { size += most(filter.value) }
    if let orderby = options.orderby {
      for item in orderby.value { size += most(item.expression) + PrintedSize.syntax }
    }
    return size
  }

  private func most(_ expression: Expression) -> Int {
    var size = 0
    for index in expression.nodes.indices {
      switch expression.nodes[index] {
      case .literal(.string(let text)): size += self.text(text) + PrintedSize.quotes
      case .literal(let literal): size += most(literal) + PrintedSize.syntax
      case .member(_, let name), .variable(let name), .alias(let name): size += text(name) + PrintedSize.quotes
      case .binary: size += PrintedSize.infix
      case .lambda(_, _, let variable, _): size += (variable.map { 2 * text($0) } ?? 0) + PrintedSize.syntax
      case .call(let name, _): size += text(name) + PrintedSize.syntax
      case .function(_, let name, let parameters):
        size += text(name) + PrintedSize.syntax
        for parameter in parameters { size += text(parameter.name) + PrintedSize.syntax }
      case .array(let items), .list(let items): size += 8 * items.count + PrintedSize.syntax
      case .not, .negate: size += PrintedSize.syntax
      case .cast, .count, .key, .annotation, .aggregate, .implicit, .object: size += 1 << 32
      }
    }
    return size
  }

  private func most(_ literal: Literal) -> Int {
    switch literal {
    case .string(let text), .decimal(let text), .double(let text), .duration(let text), .geo(_, let text):
      self.text(text)
    case .enumeration(let type, let value): text(type) + text(value)
    case .binary(let bytes): 10 * bytes.count
    case .null, .boolean, .integer, .guid, .date, .dateTimeOffset, .timeOfDay: 0
    }
  }
}
