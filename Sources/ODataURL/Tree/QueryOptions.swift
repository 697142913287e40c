/// ABNF `queryOptions`: the query part, or the options in brackets behind an item of `$expand` or `$select`. At most
/// one of each system query option: a repeated one is a parse error.
public struct QueryOptions: Hashable, Sendable {
  /// ABNF `select`, in source order.
  public var select: Spanned<[SelectItem]>?
  /// ABNF `expand`, in source order.
  public var expand: Spanned<[ExpandItem]>?
  /// ABNF `filter`: a condition.
  public var filter: Spanned<Expression>?
  /// ABNF `orderby`: the first key counts most.
  public var orderby: Spanned<[OrderItem]>?
  /// ABNF `top`: at most so many rows.
  public var top: Spanned<Int64>?
  /// ABNF `skip`: so many rows are left out first.
  public var skip: Spanned<Int64>? {
    get { rare?.values.skip }
    set { change { $0.skip = newValue } }
  }
  /// ABNF `inlinecount`: whether the answer tells the number of rows.
  public var count: Spanned<Bool>? {
    get { rare?.values.count }
    set { change { $0.count = newValue } }
  }
  /// ABNF `search`.
  public var search: Spanned<SearchExpression>? {
    get { rare?.values.search }
    set { change { $0.search = newValue } }
  }
  /// ABNF `format`: `json`, `xml`, `atom` or a media type, decoded.
  public var format: Spanned<String>? {
    get { rare?.values.format }
    set { change { $0.format = newValue } }
  }
  /// ABNF `skiptoken`: text of the service's own making, decoded.
  public var skiptoken: Spanned<String>? {
    get { rare?.values.skiptoken }
    set { change { $0.skiptoken = newValue } }
  }
  /// ABNF `deltatoken`: text of the service's own making, decoded.
  public var deltatoken: Spanned<String>? {
    get { rare?.values.deltatoken }
    set { change { $0.deltatoken = newValue } }
  }
  /// ABNF `compute`, in source order.
  public var compute: Spanned<[ComputeItem]>? {
    get { rare?.values.compute }
    set { change { $0.compute = newValue } }
  }
  /// ABNF `apply`: transformations, each working on the result of the one in front.
  public var apply: Spanned<[Transformation]>? {
    get { rare?.values.apply }
    set { change { $0.apply = newValue } }
  }
  /// ABNF `levels`, `index`, `schemaversion`, `id`: system query options whose values this version keeps as decoded
  /// text (`$levels`, `$index`, `$schemaversion`, `$id`): name with the `$`, value. Whoever judges a query must refuse
  /// what it does not know here. Kept in the order of their names: that of the request means nothing.
  public var unparsed: [CustomOption] {
    didSet { unparsed.sortByName() }
  }
  /// ABNF `aliasAndValue`: parameter aliases, `@p1=…`, in source order; names without the `@`.
  public var aliases: [FunctionArgument]
  /// ABNF `customQueryOption`: options that are neither system options nor aliases, in source order.
  public var custom: [CustomOption]

  /// Options from their parts; without any, a request without query.
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
    self.unparsed = unparsed
    self.unparsed.sortByName()
    self.aliases = aliases
    self.custom = custom
    let values = RareOptions(
      skip: skip, count: count, search: search, format: format, skiptoken: skiptoken, deltatoken: deltatoken,
      compute: compute, apply: apply)
    rare = values.isEmpty ? nil : RareBox(values)
  }

  /// A request without query.
  public init() {
    unparsed = []
    aliases = []
    custom = []
  }

  /// What few queries have; `nil` when this one has none of it. Kept apart, so that options are small: they are copied
  /// and released with every item of `$select` and `$expand`.
  @usableFromInline private(set) var rare: RareBox?

  /// Whether one of ``skip``, ``count``, ``search``, ``format``, ``skiptoken``, ``deltatoken``, ``compute`` and ``apply``
  /// is given: cheaper than to ask for each.
  @inlinable package var hasRareOptions: Bool { rare != nil }

  /// Whether nothing is given at all.
  @inlinable package var isEmpty: Bool {
    select == nil && expand == nil && filter == nil && orderby == nil && top == nil && rare == nil && unparsed.isEmpty
      && aliases.isEmpty && custom.isEmpty
  }

  private mutating func change(_ body: (inout RareOptions) -> Void) {
    var values = rare?.values ?? RareOptions()
    body(&values)
    rare = values.isEmpty ? nil : RareBox(values)
  }
}

/// The options that ``QueryOptions`` keeps apart.
private struct RareOptions: Sendable {
  var skip: Spanned<Int64>?
  var count: Spanned<Bool>?
  var search: Spanned<SearchExpression>?
  var format: Spanned<String>?
  var skiptoken: Spanned<String>?
  var deltatoken: Spanned<String>?
  var compute: Spanned<[ComputeItem]>?
  var apply: Spanned<[Transformation]>?

  var isEmpty: Bool {
    skip == nil && count == nil && search == nil && format == nil && skiptoken == nil && deltatoken == nil
      && compute == nil && apply == nil
  }
}

@usableFromInline
final class RareBox: Sendable {
  fileprivate let values: RareOptions

  fileprivate init(_ values: RareOptions) { self.values = values }
}

extension QueryOptions {
  /// Texts byte for byte.
  public static func == (left: Self, right: Self) -> Bool {
    left.select == right.select && left.expand == right.expand && left.filter == right.filter
      && left.orderby == right.orderby && left.top == right.top && left.unparsed == right.unparsed
      && left.aliases == right.aliases && left.custom == right.custom && left.hasSameRareOptions(as: right)
  }

  private func hasSameRareOptions(as other: Self) -> Bool {
    guard let left = rare?.values, let right = other.rare?.values else { return rare == nil && other.rare == nil }
    return left.skip == right.skip && left.count == right.count && left.search == right.search
      && isSame(left.format?.value, right.format?.value) && isSame(left.skiptoken?.value, right.skiptoken?.value)
      && isSame(left.deltatoken?.value, right.deltatoken?.value) && left.compute == right.compute
      && left.apply == right.apply
  }

  /// Each option with a number of its own; those that are not given leave no trace.
  public func hash(into hasher: inout Hasher) {
    Self.hash(0, select, &hasher)
    Self.hash(1, expand, &hasher)
    Self.hash(2, filter, &hasher)
    Self.hash(3, orderby, &hasher)
    Self.hash(4, top, &hasher)
    if !unparsed.isEmpty { Self.hash(5, unparsed, &hasher) }
    if !aliases.isEmpty { Self.hash(6, aliases, &hasher) }
    if !custom.isEmpty { Self.hash(7, custom, &hasher) }
    if let rare = rare?.values {
      Self.hash(8, rare.skip, &hasher)
      Self.hash(9, rare.count, &hasher)
      Self.hash(10, rare.search, &hasher)
      Self.hash(11, rare.format, &hasher)
      Self.hash(12, rare.skiptoken, &hasher)
      Self.hash(13, rare.deltatoken, &hasher)
      Self.hash(14, rare.compute, &hasher)
      Self.hash(15, rare.apply, &hasher)
    }
    hasher.combine(UInt8(0xFF))
  }

  private static func hash(_ kind: UInt8, _ option: (some Hashable)?, _ hasher: inout Hasher) {
    guard let option else { return }
    hasher.combine(kind)
    option.hash(into: &hasher)
  }
}
