/// A read request below a service root (ABNF `odataRelativeUri`): resource path and query options.
///
/// Equality and hash look at the meaning, never at spans.
public struct RelativeURI: Hashable, Sendable {
  /// Resource path, one element a segment; empty for the service document.
  public var path: [PathSegment]
  public var options: QueryOptions

  public init(path: [PathSegment] = [], options: QueryOptions = QueryOptions()) {
    self.path = path
    self.options = options
  }
}

/// One segment of a resource path.
public struct PathSegment: Hashable, Sendable {
  public var kind: Kind
  public var span: Span

  public enum Kind: Hashable, Sendable {
    /// An entity set, singleton, property, navigation property or unbound function without parentheses: which of them
    /// only the schema knows. `keys` is the key predicate behind it, if any.
    case name(String, keys: KeyPredicate?)
    /// A qualified name (holds a dot): type cast, or bound function; `keys` as above.
    case qualified(String, keys: KeyPredicate?)
    /// A function call with parentheses; parameters by name, values as expressions; `keys` is the key predicate behind it.
    case function(String, parameters: [FunctionArgument], keys: KeyPredicate? = nil)
    /// `$count`, `$value`, `$ref`, `$metadata`, `$batch`, `$entity`, `$all`, `$query`, `$each`.
    case keyword(String)
    /// ABNF `filterInPath`: `$filter(condition)`.
    case filter(Expression)
    /// ABNF `crossjoin`: `$crossjoin(Products,Sales)`.
    case crossjoin([String])
    /// A key as a segment of its own, `Customers/17` (URL Conventions 4.01, section 4.3.6): its text, decoded. Only with
    /// ``ParserSettings/keysAsSegments``, and only where the text cannot be a name: which names are keys a schema says.
    case key(String)
  }

  public init(_ kind: Kind, span: Span = .none) {
    self.kind = kind
    self.span = span
  }

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
    default: false
    }
  }
}

/// ABNF `keyPredicate`.
public enum KeyPredicate: Hashable, Sendable {
  /// `('x')`
  case single(Expression)
  /// `(a='x',b=1)`; in source order.
  case compound([FunctionArgument])
}

/// `name=value` in a key predicate or path function.
public struct FunctionArgument: Hashable, Sendable {
  public var name: String
  public var value: Expression
  public var span: Span

  public init(name: String, value: Expression, span: Span = .none) {
    self.name = name
    self.value = value
    self.span = span
  }

  public static func == (left: Self, right: Self) -> Bool { isSame(left.name, right.name) && left.value == right.value }
  public func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(value)
  }
}

/// The query part. At most one of each system query option: a repeated one is a parse error.
public struct QueryOptions: Hashable, Sendable {
  public var select: Spanned<[SelectItem]>?
  public var expand: Spanned<[ExpandItem]>?
  public var filter: Spanned<Expression>?
  public var orderby: Spanned<[OrderItem]>?
  public var top: Spanned<Int64>?
  public var skip: Spanned<Int64>?
  public var count: Spanned<Bool>?
  public var search: Spanned<SearchExpression>?
  public var format: Spanned<String>?
  public var skiptoken: Spanned<String>?
  public var deltatoken: Spanned<String>?
  public var compute: Spanned<[ComputeItem]>?
  public var apply: Spanned<[Transformation]>?
  /// System query options whose values this version keeps as decoded text (`$levels`, `$index`, `$schemaversion`,
  /// `$id`): name with the `$`, value. Whoever judges a query must refuse what it does not know here.
  public var unparsed: [CustomOption]
  /// Parameter aliases, `@p1=…`, in source order; names without the `@`.
  public var aliases: [FunctionArgument]
  /// Options that are neither system options nor aliases, in source order.
  public var custom: [CustomOption]

  public init(
    select: Spanned<[SelectItem]>? = nil,
    expand: Spanned<[ExpandItem]>? = nil,
    filter: Spanned<Expression>? = nil,
    orderby: Spanned<[OrderItem]>? = nil,
    top: Spanned<Int64>? = nil,
    skip: Spanned<Int64>? = nil,
    count: Spanned<Bool>? = nil,
    search: Spanned<SearchExpression>? = nil,
    format: Spanned<String>? = nil,
    skiptoken: Spanned<String>? = nil,
    deltatoken: Spanned<String>? = nil,
    compute: Spanned<[ComputeItem]>? = nil,
    apply: Spanned<[Transformation]>? = nil,
    unparsed: [CustomOption] = [],
    aliases: [FunctionArgument] = [],
    custom: [CustomOption] = []
  ) {
    self.select = select
    self.expand = expand
    self.filter = filter
    self.orderby = orderby
    self.top = top
    self.skip = skip
    self.count = count
    self.search = search
    self.format = format
    self.skiptoken = skiptoken
    self.deltatoken = deltatoken
    self.compute = compute
    self.apply = apply
    self.unparsed = unparsed
    self.aliases = aliases
    self.custom = custom
  }
}

extension QueryOptions {
  /// Texts byte for byte.
  public static func == (left: Self, right: Self) -> Bool {
    left.select == right.select && left.expand == right.expand && left.filter == right.filter
      && left.orderby == right.orderby && left.top == right.top && left.skip == right.skip && left.count == right.count
      && left.search == right.search && isSame(left.format?.value, right.format?.value)
      && isSame(left.skiptoken?.value, right.skiptoken?.value)
      && isSame(left.deltatoken?.value, right.deltatoken?.value) && left.compute == right.compute
      && left.apply == right.apply && left.unparsed == right.unparsed
      && left.aliases == right.aliases && left.custom == right.custom
  }
}

/// ABNF `selectItem` as a path of names; `*` is one segment named `*`, `Ns.*` one of this name, and an annotation one
/// that begins with `@`.
public struct SelectItem: Hashable, Sendable {
  public var path: [String]
  /// The names of the parameters of a function that the path ends in, `Ns.Near(place,distance)`; they tell overloads
  /// apart.
  public var parameters: [String]?
  /// The options in brackets behind the path.
  public var options: QueryOptions
  public var span: Span

  public init(
    _ path: [String], parameters: [String]? = nil, options: QueryOptions = QueryOptions(), span: Span = .none
  ) {
    self.path = path
    self.parameters = parameters
    self.options = options
    self.span = span
  }

  public static func == (left: Self, right: Self) -> Bool {
    isSame(left.path, right.path) && left.options == right.options
      && (left.parameters == nil) == (right.parameters == nil) && isSame(left.parameters ?? [], right.parameters ?? [])
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(path)
    hasher.combine(parameters)
    hasher.combine(options)
  }
}

/// ABNF `expandItem`: a path of names (a trailing `$ref` or `$count` is its last segment; an annotation begins with `@`)
/// and the options in parentheses.
public struct ExpandItem: Hashable, Sendable {
  public var path: [String]
  public var options: QueryOptions
  public var span: Span

  public init(_ path: [String], options: QueryOptions = QueryOptions(), span: Span = .none) {
    self.path = path
    self.options = options
    self.span = span
  }

  public static func == (left: Self, right: Self) -> Bool {
    isSame(left.path, right.path) && left.options == right.options
  }
  public func hash(into hasher: inout Hasher) {
    hasher.combine(path)
    hasher.combine(options)
  }
}

/// ABNF `orderbyItem`.
public struct OrderItem: Hashable, Sendable {
  public var expression: Expression
  public var descending: Bool
  public var span: Span

  public init(_ expression: Expression, descending: Bool = false, span: Span = .none) {
    self.expression = expression
    self.descending = descending
    self.span = span
  }

  public static func == (left: Self, right: Self) -> Bool {
    left.expression == right.expression && left.descending == right.descending
  }
  public func hash(into hasher: inout Hasher) {
    hasher.combine(expression)
    hasher.combine(descending)
  }
}

/// `name=value` beyond the system query options, decoded.
public struct CustomOption: Hashable, Sendable {
  public var name: String
  public var value: String
  public var span: Span

  public init(name: String, value: String, span: Span = .none) {
    self.name = name
    self.value = value
    self.span = span
  }

  public static func == (left: Self, right: Self) -> Bool {
    isSame(left.name, right.name) && isSame(left.value, right.value)
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(value)
  }
}
