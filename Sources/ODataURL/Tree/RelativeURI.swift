/// A read request below a service root (ABNF `odataRelativeUri`): resource path and query options.
///
/// Equality and hash look at the meaning, never at spans.
public struct RelativeURI: Hashable, Sendable {
  /// Resource path, one element a segment; empty for the service document.
  public var path: [PathSegment]
  /// What stands behind the `?`.
  public var options: QueryOptions

  /// A request from its parts; without any, the one for the service document.
  public init(path: [PathSegment] = [], options: QueryOptions = QueryOptions()) {
    self.path = path
    self.options = options
  }
}

/// One segment of a path: ABNF `resourcePath`, and the words of `odataRelativeUri` such as `$metadata`.
public struct PathSegment: Hashable, Sendable {
  /// What it is, as far as its form tells.
  public var kind: Kind
  /// Where it stood in the source.
  public var span: Span

  /// What a segment is, as far as its form tells; the rest only a schema knows.
  public enum Kind: Hashable, Sendable {
    /// ABNF `entitySetName`, `singletonEntity`, `navigationProperty`, `primitiveProperty` and its siblings,
    /// `functionImportCallNoParens`: which of them only the schema knows. `keys` is the key predicate behind it, if
    /// any.
    case name(String, keys: KeyPredicate?)
    /// ABNF `qualifiedEntityTypeName`, `qualifiedComplexTypeName`, or the name in `boundOperation`: a name that holds a
    /// dot; `keys` as above.
    case qualified(String, keys: KeyPredicate?)
    /// ABNF `functionParameters` behind the name in `boundOperation` or of a function import: a call with parentheses;
    /// `keys` is the key predicate behind it. `Name(a=1)` is a name with keys unless a value cannot be a key: which of the
    /// two it is only the schema knows.
    case function(String, parameters: [FunctionArgument], keys: KeyPredicate? = nil)
    /// ABNF `count`, `value`, `ref`, `each` and other words: `$count`, `$value`, `$ref`, `$metadata`, `$batch`,
    /// `$entity`, `$all`, `$query`, `$each`.
    case keyword(String)
    /// ABNF `filterInPath`: `$filter(condition)`.
    case filter(Expression)
    /// ABNF `crossjoin`: `$crossjoin(Products,Sales)`.
    case crossjoin([String])
    /// ABNF `keyPathLiteral`: a key as a segment of its own, `Customers/17` (URL Conventions 4.01, section 4.3.6): its
    /// text, decoded. Only with ``Leniencies/keysAsSegments``, and only where the text cannot be a name: which names
    /// are keys a schema says.
    case key(String)
    /// ABNF `context`: what stands behind the number sign of a context URL; only behind `$metadata`. A part of answers,
    /// which no request has; it is printed behind the options.
    indirect case context(ContextFragment)
  }

  /// A segment; without a span when it is built rather than read.
  public init(_ kind: Kind, span: Span = .none) {
    self.kind = kind
    self.span = span
  }

  /// The same meaning, wherever it stood.
  public static func == (left: Self, right: Self) -> Bool { left.kind == right.kind }
  public func hash(into hasher: inout Hasher) { hasher.combine(kind) }
}

extension PathSegment.Kind {
  /// Names byte for byte.
  public static func == (left: Self, right: Self) -> Bool {
    switch (left, right) {
    case (.name(let name, let keys), .name(let other, let others)),
      (.qualified(let name, let keys), .qualified(let other, let others)):
      isSame(name, other) && keys == others
    case (.function(let name, let values, let keys), .function(let other, let otherValues, let others)):
      isSame(name, other) && values == otherValues && keys == others
    case (.keyword(let word), .keyword(let other)), (.key(let word), .key(let other)): isSame(word, other)
    case (.filter(let condition), .filter(let other)): condition == other
    case (.crossjoin(let names), .crossjoin(let others)): isSame(names, others)
    case (.context(let fragment), .context(let other)): fragment == other
    default: false
    }
  }

  public func hash(into hasher: inout Hasher) {
    switch self {
    case .name(let name, let keys): Self.hash(0, name, keys, &hasher)
    case .qualified(let name, let keys): Self.hash(1, name, keys, &hasher)
    case .function(let name, let parameters, let keys):
      Self.hash(2, name, keys, &hasher)
      hasher.combine(parameters)
    case .keyword(let word): Self.hash(3, word, nil, &hasher)
    case .key(let text): Self.hash(4, text, nil, &hasher)
    case .filter(let condition):
      hasher.combine(UInt8(5))
      hasher.combine(condition)
    case .crossjoin(let sets):
      hasher.combine(UInt8(6))
      hasher.combine(sets.count)
      for name in sets { hasher.combine(bytesOf: name) }
    case .context(let fragment):
      hasher.combine(UInt8(7))
      hasher.combine(fragment)
    }
  }

  private static func hash(_ kind: UInt8, _ name: String, _ keys: KeyPredicate?, _ hasher: inout Hasher) {
    hasher.combine(kind)
    hasher.combine(bytesOf: name)
    if let keys { hasher.combine(keys) }
  }
}

/// ABNF `keyPredicate`: the values that pick one entity.
public enum KeyPredicate: Hashable, Sendable {
  /// ABNF `simpleKey`: `('x')`
  case single(Expression)
  /// ABNF `compoundKey`: `(a='x',b=1)`, in source order.
  case compound([FunctionArgument])
}

/// A name and its value: ABNF `functionParameter`, `keyValuePair` or `aliasAndValue`.
public struct FunctionArgument: Hashable, Sendable {
  /// The name, without the `@` of an alias.
  public var name: String
  /// The value, an expression of its own.
  public var value: Expression
  /// Where it stood in the source.
  public var span: Span

  /// An argument; without a span when it is built rather than read.
  public init(name: String, value: Expression, span: Span = .none) {
    self.name = name
    self.value = value
    self.span = span
  }

  /// The same meaning, wherever it stood. Names byte for byte.
  public static func == (left: Self, right: Self) -> Bool { isSame(left.name, right.name) && left.value == right.value }
  public func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(value)
  }
}

/// ABNF `selectItem` as a path of names; `*` is one segment named `*`, `Ns.*` one of this name, and an annotation one
/// that begins with `@`.
public struct SelectItem: Hashable, Sendable {
  /// The segments of the path, at least one.
  public var path: [String] {
    get {
      switch names {
      case .one(let name): [name]
      case .several(let names): names
      }
    }
    set { names = Names(newValue) }
  }
  /// The path of one segment; `nil` for a longer one. Cheaper than ``path``, which makes a list.
  package var name: String? {
    if case .one(let name) = names { name } else { nil }
  }
  /// UTF-8 bytes of the names of all items; `nil` where one is more than a name. Cheaper than to ask each for its
  /// ``name``, which is a copy of it.
  package static func nameBytes(of items: [SelectItem]) -> Int? {
    var bytes = 0
    for index in items.indices {
      guard case .one(let name) = items[index].names else { return nil }
      bytes += name.utf8.count
    }
    return bytes
  }
  /// ABNF `parameterNames`: the names of the parameters of a function that the path ends in, `Ns.Near(place,distance)`;
  /// they tell overloads apart.
  public var parameters: [String]?
  /// The options in brackets behind the path.
  public var options: QueryOptions {
    get { box?.options ?? QueryOptions() }
    set { box = newValue.isEmpty ? nil : OptionsBox(newValue) }
  }
  /// Where it stood in the source.
  public var span: Span
  /// The options, `nil` when there are none: few items have any, and lists of small items are cheaper.
  private var box: OptionsBox?
  private var names: Names

  /// Most paths are one name, which needs no list; `several` never holds one alone.
  private enum Names: Sendable {
    case one(String)
    case several([String])

    init(_ path: [String]) { self = path.count == 1 ? .one(path[0]) : .several(path) }
  }

  /// An item; without a span when it is built rather than read.
  public init(
    _ path: [String], parameters: [String]? = nil, options: QueryOptions = QueryOptions(), span: Span = .none
  ) {
    names = Names(path)
    self.parameters = parameters
    self.span = span
    self.options = options
  }

  /// An item of one name, without options.
  init(_ name: String, _ span: Span) {
    names = .one(name)
    self.span = span
  }

  /// Whether there are options in brackets behind the path; cheaper than to look at them.
  var hasOptions: Bool { box != nil }

  private final class OptionsBox: Sendable {
    let options: QueryOptions

    init(_ options: QueryOptions) { self.options = options }
  }

  /// The same meaning, wherever it stood. Names byte for byte.
  public static func == (left: Self, right: Self) -> Bool {
    hasSameNames(left, right) && (left.box == nil && right.box == nil || left.options == right.options)
      && (left.parameters == nil) == (right.parameters == nil) && isSame(left.parameters ?? [], right.parameters ?? [])
  }

  private static func hasSameNames(_ left: Self, _ right: Self) -> Bool {
    switch (left.names, right.names) {
    case (.one(let name), .one(let other)): isSame(name, other)
    case (.several(let names), .several(let others)): isSame(names, others)
    default: false
    }
  }

  public func hash(into hasher: inout Hasher) {
    switch names {
    case .one(let name):
      hasher.combine(1)
      hasher.combine(bytesOf: name)
    case .several(let names):
      hasher.combine(names.count)
      for name in names { hasher.combine(bytesOf: name) }
    }
    if let parameters {
      hasher.combine(parameters.count)
      for name in parameters { hasher.combine(bytesOf: name) }
    }
    if let box { hasher.combine(box.options) } else { hasher.combine(UInt8(0xFE)) }
  }
}

/// ABNF `expandItem`: a path of names (a trailing `$ref` or `$count` is its last segment; an annotation begins with
/// `@`) and the options in parentheses.
public struct ExpandItem: Hashable, Sendable {
  /// The segments of the path, at least one.
  public var path: [String]
  /// The options in brackets behind the path.
  public var options: QueryOptions
  /// Where it stood in the source.
  public var span: Span

  /// An item; without a span when it is built rather than read.
  public init(_ path: [String], options: QueryOptions = QueryOptions(), span: Span = .none) {
    self.path = path
    self.options = options
    self.span = span
  }

  /// The same meaning, wherever it stood. Names byte for byte.
  public static func == (left: Self, right: Self) -> Bool {
    isSame(left.path, right.path) && left.options == right.options
  }
  public func hash(into hasher: inout Hasher) {
    hasher.combine(path.count)
    for name in path { hasher.combine(bytesOf: name) }
    hasher.combine(options)
  }
}

/// ABNF `orderbyItem`: a key to sort by, and which way.
public struct OrderItem: Hashable, Sendable {
  /// The key to sort by.
  public var expression: Expression
  /// Whether `desc` stands behind it; `asc` is the default and leaves no trace.
  public var descending: Bool
  /// Where it stood in the source.
  public var span: Span

  /// An item; without a span when it is built rather than read.
  public init(_ expression: Expression, descending: Bool = false, span: Span = .none) {
    self.expression = expression
    self.descending = descending
    self.span = span
  }

  /// The same meaning, wherever it stood.
  public static func == (left: Self, right: Self) -> Bool {
    left.expression == right.expression && left.descending == right.descending
  }
  public func hash(into hasher: inout Hasher) {
    hasher.combine(expression)
    hasher.combine(descending)
  }
}

/// `name=value`, decoded: ABNF `customQueryOption`, or a system query option in ``QueryOptions/unparsed``.
public struct CustomOption: Hashable, Sendable {
  /// The name, decoded.
  public var name: String
  /// The value, decoded; empty when there is none.
  public var value: String
  /// Where it stood in the source.
  public var span: Span

  /// An option; without a span when it is built rather than read.
  public init(name: String, value: String, span: Span = .none) {
    self.name = name
    self.value = value
    self.span = span
  }

  /// Names and values byte for byte, wherever they stood.
  public static func == (left: Self, right: Self) -> Bool {
    isSame(left.name, right.name) && isSame(left.value, right.value)
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(value)
  }
}

extension [CustomOption] {
  /// Sorts by the bytes of the names; those of one name stay in their order.
  mutating func sortByName() {
    if count > 1 { sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) } }
  }
}
