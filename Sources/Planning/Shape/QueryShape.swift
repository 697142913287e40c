import CustomerInsights
package import ODataURL

/// What is the same in queries that differ in their literals alone: `accounts?$filter=name eq 'a'` and the same with `'b'`.
///
/// The text is the printed query with the type of each literal in its place (`:string`, `:guid`), one item of each
/// list, the operands of a chain of `and` or `or` in order and without repetitions, and `$top`, `$skip`, tokens and
/// searches reduced to what they are. A name never begins with a colon, so that no query looks like a shape. What stands
/// where a value should and has no quotes counts as one (`:name`): names that could be none, keys, and in the legacy
/// dialect also what a name is compared with and what stands behind an entity.
package struct QueryShape: Sendable, Hashable {
  /// Canonical; equal for equal shapes, byte by byte.
  package let text: String
  /// 16 hex digits over dialect and text. Not cryptographic: it groups, it vouches for nothing.
  package let hash: String
  /// Every literal that was lifted out, printed, in the order of the query.
  package let literals: [String]

  package init(_ query: RelativeURI, dialect: Dialect) {
    var lift = Lift(isLegacy: dialect == .legacy)
    var shape = query.mapExpressions { (expression, place) in lift.expression(expression, place) }
    lift.path(&shape.path)
    for index in shape.path.indices {
      guard case .key(let text) = shape.path[index].kind else { continue }
      lift.literals.append(text)
      shape.path[index].kind = .key(":key")
    }
    lift.options(&shape.options)
    text = QueryShape.readable(shape.normalized().printed())
    hash = QueryShape.hash(of: "\(dialect.rawValue) \(text)")
    literals = lift.literals
  }

  /// Blanks, quotes and brackets as they are. A percent sign stays encoded, so that nothing else reads like them.
  private static func readable(_ printed: String) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(printed.utf8.count)
    var rest = Array(printed.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), let decoded = decodable[String(decoding: rest.prefix(2), as: UTF8.self)] {
        bytes.append(decoded)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static let decodable: [String: UInt8] = [
    "20": UInt8(ascii: " "), "22": UInt8(ascii: "\""), "5B": UInt8(ascii: "["), "5D": UInt8(ascii: "]"),
    "7B": UInt8(ascii: "{"), "7D": UInt8(ascii: "}"),
  ]

  /// FNV-1a of 128 bits, folded: its lower half alone would spread the last bytes badly.
  private static func hash(of text: String) -> String {
    var value: UInt128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d
    for byte in text.utf8 {
      value ^= UInt128(byte)
      value = value &* 0x0000_0000_0100_0000_0000_0000_0000_013b
    }
    let digits = String(UInt64(truncatingIfNeeded: value ^ value >> 64), radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

/// Takes the literals out of a query, in one pass.
private struct Lift {
  let isLegacy: Bool
  var literals: [String] = []

  init(isLegacy: Bool) { self.isLegacy = isLegacy }

  /// Every node keeps its place, so that the ids in its parents stay right.
  mutating func expression(_ source: Expression, _ place: ExpressionPlace) -> Expression {
    // Names in the form of text: they say which column is read.
    let names = columnNames(in: source)
    let values = unquotedValues(in: source, place)
    var result: Expression?
    for (index, node) in source.nodes.enumerated() {
      let lifted = names.contains(index) ? node : values[index].map { value($0, node) } ?? self.node(node)
      if result == nil { result = Expression(lifted) } else { result?.append(lifted) }
    }
    result?.root = source.root
    return result ?? source
  }

  private func columnNames(in expression: Expression) -> Set<Int> {
    var names: Set<Int> = []
    for node in expression.nodes {
      guard case .function(_, _, let parameters) = node else { continue }
      for parameter in parameters where parameter.name == "PropertyName" { names.insert(Int(parameter.value.index)) }
    }
    return names
  }

  /// Names where a value should stand, with the word for each.
  private func unquotedValues(in source: Expression, _ place: ExpressionPlace) -> [Int: String] {
    var found: [Int: String] = [:]
    func note(_ id: NodeID, _ word: String) {
      if case .member(base: nil, _) = source[id] { found[Int(id.index)] = word }
      if case .list(let items) = source[id] {
        for item in items { if case .member(base: nil, _) = source[item] { found[Int(item.index)] = word } }
      }
    }
    if case .key = place.kind { note(source.root, "name") }
    for (index, node) in source.nodes.enumerated() {
      switch node {
      case .member(base: nil, let name) where !NameText.isName(name): found[index] = "name"
      case .binary(let op, let left, let right) where isLegacy && op != .and && op != .or:
        if case .member(base: nil, _) = source[left] { note(right, "name") }
      case .call(let name, let arguments) where isLegacy:
        // Segments are also written without quotes.
        let isSegment = name == "ismemberofsegment"
        for argument in isSegment ? arguments[...] : arguments.dropFirst() {
          note(argument, isSegment ? "string" : "name")
        }
      default: continue
      }
    }
    return found
  }

  private mutating func value(_ word: String, _ node: Expression.Node) -> Expression.Node {
    literals.append(Expression(node).printed())
    return .member(base: nil, name: ":" + word)
  }

  /// Segments that could be values: those that are no names, and in the legacy dialect all behind the entity.
  mutating func path(_ path: inout [PathSegment]) {
    for index in path.indices {
      switch path[index].kind {
      case .name(let name, let keys) where !NameText.isName(name) || isLegacy && index > 0:
        literals.append(name)
        path[index].kind = .name(":name", keys: keys)
      case .qualified(let name, let keys) where isLegacy:
        literals.append(name)
        path[index].kind = .name(":name", keys: keys)
      case .function(let name, let parameters, let keys) where isLegacy:
        literals.append(name)
        path[index].kind = .function(":name", parameters: parameters, keys: keys)
      default: continue
      }
    }
  }

  private mutating func node(_ node: Expression.Node) -> Expression.Node {
    switch node {
    case .literal(let literal):
      literals.append(Expression(node).printed())
      return .member(base: nil, name: ":" + Lift.word(literal))
    case .list(let items): return .list(Array(items.prefix(1)))
    case .array(let items): return .array(Array(items.prefix(1)))
    case .count(let base, _, _?): return .member(base: base, name: ":search")
    default: return node
    }
  }

  mutating func options(_ options: inout QueryOptions) {
    var values: [CustomOption] = []
    func put(_ name: String, _ value: String) { values.append(CustomOption(name: name, value: value)) }
    if options.top != nil { put("$top", ":integer") }
    if options.skip != nil { put("$skip", ":integer") }
    if options.search != nil { put("$search", ":search") }
    if options.format != nil { put("$format", ":text") }
    if options.skiptoken != nil { put("$skiptoken", ":token") }
    if options.deltatoken != nil { put("$deltatoken", ":token") }
    options.top = nil
    options.skip = nil
    options.search = nil
    options.format = nil
    options.skiptoken = nil
    options.deltatoken = nil
    for option in options.unparsed + options.custom {
      literals.append(option.value)
      let isName = NameText.isName(option.name.drop { $0 == "$" })
      if !isName { literals.append(option.name) }
      put(isName ? option.name : ":name", ":text")
    }
    options.unparsed = []
    options.custom = values
    if var items = options.select?.value {
      for index in items.indices { self.options(&items[index].options) }
      options.select = Spanned(items)
    }
    if var items = options.expand?.value {
      for index in items.indices { self.options(&items[index].options) }
      options.expand = Spanned(items)
    }
    if let transformations = options.apply?.value { options.apply = Spanned(sequence(transformations)) }
  }

  private mutating func transformation(_ transformation: inout Transformation) {
    switch transformation.kind {
    case .top: transformation.kind = .top(0)
    case .skip: transformation.kind = .skip(0)
    case .search: transformation.kind = .function(":search", parameters: [])
    case .groupby(let elements, let inner): transformation.kind = .groupby(elements, sequence(inner))
    case .concat(let sequences): transformation.kind = .concat(sequences.map { sequence($0) })
    case .nest(let sets): transformation.kind = .nest(nested(sets))
    case .addnested(let path, let sets): transformation.kind = .addnested(path: path, nested(sets))
    case .join(let join, let path, let alias, let inner):
      transformation.kind = .join(join, path: path, alias: alias, sequence(inner))
    case .related(let kinship, let hierarchy, let start, let distance, let keepsStart):
      transformation.kind = .related(
        kinship, hierarchy, start: sequence(start), distance: distance.map { _ in 0 }, keepsStart: keepsStart)
    case .traverse(let hierarchy, let traversal, let start, let order):
      transformation.kind = .traverse(hierarchy, traversal, sequence(start), order: order)
    case .aggregate, .identity, .filter, .compute, .orderby, .ranking, .function: break
    }
  }

  private mutating func sequence(_ transformations: [Transformation]) -> [Transformation] {
    var result = transformations
    for index in result.indices { transformation(&result[index]) }
    return result
  }

  private mutating func nested(_ sets: [NestedSet]) -> [NestedSet] {
    sets.map { NestedSet(sequence($0.transformations), as: $0.alias, span: $0.span) }
  }

  private static func word(_ literal: Literal) -> String {
    switch literal {
    case .null: "null"
    case .boolean: "boolean"
    case .string: "string"
    case .integer: "integer"
    case .decimal: "decimal"
    case .double: "double"
    case .guid: "guid"
    case .date: "date"
    case .dateTimeOffset: "dateTimeOffset"
    case .timeOfDay: "timeOfDay"
    case .duration: "duration"
    case .binary: "binary"
    case .geo: "geo"
    case .enumeration: "enumeration"
    }
  }
}
