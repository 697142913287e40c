package import ODataURL

/// Resolves the names of queries against a schema.
package struct QueryResolver: Sendable {
  package let schema: Schema

  package init(schema: Schema) { self.schema = schema }

  /// - Parameter query: with aliases substituted; those left are obscurities.
  package func resolve(_ query: RelativeURI) -> Resolution {
    var address = Resolution.Address.other
    var table: Table?
    var keys: KeyPredicate?
    if let first = query.path.first, case .name(let set, let predicate) = first.kind {
      table = schema.table(entitySet: set)
      keys = predicate
      if query.path.count == 1 {
        address = keys == nil ? .collection : .entity
      } else if query.path.count == 2, keys == nil, case .keyword("$count") = query.path[1].kind {
        address = .count
      }
    }
    var reader = LevelReader(schema: schema)
    let root = reader.level(query.options, keys: keys, table: table, nesting: 0)
    return Resolution(address: address, root: root, obscurities: reader.obscurities, measure: reader.measure)
  }
}

/// Reads the options of a set of rows into a ``Level``, and those of its `$expand` into levels below it.
struct LevelReader {
  let schema: Schema
  var obscurities: [Obscurity] = []
  var measure = Resolution.Measure()

  /// Parsed queries nest less deep (`Limits.expandDepth`); queries that were built could exhaust the stack.
  static let maximumNesting = 32

  init(schema: Schema) { self.schema = schema }

  mutating func level(_ options: QueryOptions, keys: KeyPredicate?, table: Table?, nesting: Int) -> Level {
    var level = Level(table: table)
    if let keys { key(keys, into: &level) }
    if let filter = options.filter { self.filter(filter.value, .filter, into: &level) }
    if let select = options.select { self.select(select.value, into: &level) }
    if let order = options.orderby { self.order(order.value, into: &level) }
    if let apply = options.apply {
      self.apply(apply, into: &level)
      let others = [options.select?.span, options.filter?.span, options.orderby?.span, options.expand?.span]
      for case .some(let span) in others { obscure(.apply, span) }
    }
    if let expand = options.expand { self.expand(expand.value, into: &level, nesting: nesting + 1) }
    return level
  }

  mutating func obscure(_ reason: Obscurity.Reason, _ span: Span) {
    obscurities.append(Obscurity(reason: reason, span: span))
  }

  // MARK: $select and $orderby

  private mutating func select(_ items: [SelectItem], into level: inout Level) {
    var columns: [ColumnReference] = []
    columns.reserveCapacity(items.count)
    let hasPlainNames = level.table?.hasPlainNames ?? false
    for index in items.indices {
      guard let name = items[index].nameAlone else {
        obscure(.select, items[index].span)
        continue
      }
      let column = ColumnReference(name, in: level.table, span: items[index].span)
      // What is found among plain names is one.
      guard hasPlainNames && column.index != nil || name.isPlainName else {
        obscure(.select, items[index].span)
        continue
      }
      columns.append(column)
    }
    level.select = columns
  }

  private mutating func order(_ items: [OrderItem], into level: inout Level) {
    level.order.reserveCapacity(items.count)
    for item in items {
      let expression = item.expression
      measure.nodes += expression.nodes.count
      switch expression[expression.root] {
      case .member(base: nil, let name):
        level.order.append(ColumnReference(name, in: level.table, span: expression.span(of: expression.root)))
      case .alias: obscure(.alias, item.span)
      default: obscure(.order, item.span)
      }
    }
  }

  // MARK: $expand

  private mutating func expand(_ items: [ExpandItem], into level: inout Level, nesting: Int) {
    measure.expands += items.count
    measure.expandDepth = max(measure.expandDepth, nesting)
    level.expands.reserveCapacity(items.count)
    for (index, item) in items.enumerated() {
      guard nesting <= Self.maximumNesting, item.path.count == 1, item.path[0].isPlainName else {
        obscure(.expand, item.span)
        continue
      }
      for span in item.options.opaqueSpans { obscure(.expand, span ?? item.span) }
      let reference = navigation(item.path[0], from: level.table, path: [], .expand, item.span)
      var inner = self.level(item.options, keys: nil, table: reference.target, nesting: nesting)
      inner.navigation = reference
      inner.item = index
      inner.span = item.span
      level.expands.append(inner)
    }
  }

  /// The navigation property of a name, as far as the schema knows it.
  func navigation(
    _ name: String, from source: Table?, path: [String], _ use: NavigationReference.Use, _ span: Span
  ) -> NavigationReference {
    let navigation = source?.navigation(name)
    return NavigationReference(
      name: name, source: source, navigation: navigation, target: navigation.flatMap { schema.table(named: $0.target) },
      span: span, path: path, use: use)
  }
}

extension String {
  /// Neither `*`, a keyword, an annotation nor a qualified name.
  var isPlainName: Bool {
    func isPlain(_ bytes: some Collection<UInt8>) -> Bool {
      guard let first = bytes.first, first != UInt8(ascii: "*"), first != UInt8(ascii: "$"), first != UInt8(ascii: "@")
      else { return false }
      return !bytes.contains(UInt8(ascii: "."))
    }
    // Far faster over the bytes themselves than through the view.
    return utf8.withContiguousStorageIfAvailable { isPlain($0) } ?? isPlain(utf8)
  }
}

extension SelectItem {
  /// The one segment of the path, if nothing stands behind it. Inlined, since a call would copy the item.
  @inline(__always)
  fileprivate var nameAlone: String? { parameters == nil && options.isEmpty ? name : nil }
}

extension QueryOptions {
  /// Where options stand that may name columns, or rows of further levels, and are not read into a ``Level``.
  fileprivate var opaqueSpans: [Span?] {
    guard hasRareOptions || !unparsed.isEmpty || !custom.isEmpty || !aliases.isEmpty else { return [] }
    let single = [search?.span, compute?.span, format?.span, skiptoken?.span, deltatoken?.span].filter { $0 != nil }
    return single + unparsed.map(\.span) + custom.map(\.span) + aliases.map(\.span)
  }
}
