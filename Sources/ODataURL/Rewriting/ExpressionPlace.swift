/// Where in a request an expression stands; see ``RelativeURI/expressions``.
public struct ExpressionPlace: Hashable, Sendable {
  /// The items of `$expand` and `$select` in whose brackets the expression stands, outermost first.
  public var nesting: [Nesting]
  /// Which part of the path or of the options it is.
  public var kind: Kind

  /// An item whose brackets hold options.
  public enum Nesting: Hashable, Sendable {
    /// ABNF `expandItem`, by its path.
    case expand([String])
    /// ABNF `selectItem`, by its path.
    case select([String])
  }

  /// A part of a request that is an expression.
  public enum Kind: Hashable, Sendable {
    /// A value in the ABNF `keyPredicate` behind a segment of the path, or of the path in a ``ContextFragment``, whose
    /// first segment has the number of the fragment; no name for a single value.
    case key(segment: Int, name: String?)
    /// ABNF `functionParameter` of a segment of the path.
    case argument(segment: Int, name: String)
    /// ABNF `filterInPath`.
    case filterSegment(segment: Int)
    /// ABNF `filter`.
    case filter
    /// ABNF `orderbyItem`, counted from 0.
    case orderby(item: Int)
    /// ABNF `computeItem`, by the name that its value gets.
    case compute(name: String)
    /// ABNF `apply`: the transformation of the outermost sequence that it belongs to, counted from 0, and what the
    /// expression is there or in a transformation nested in it.
    case apply(transformation: Int, ApplyRole)
    /// ABNF `aliasAndValue`, by its name without the `@`.
    case alias(name: String)
  }

  /// What an expression is in a ``Transformation``.
  public enum ApplyRole: Hashable, Sendable {
    /// What ABNF `aggregateExpr` aggregates.
    case aggregate
    /// The condition of ABNF `filterTrafo`.
    case filter
    /// An item of ABNF `computeTrafo`, by the name that its value gets.
    case compute(name: String)
    /// A key to sort by, of ABNF `orderbyTrafo` or of siblings in `traverseTrafo`.
    case orderby
    /// The first argument of ABNF `topcountTrafo` and its siblings.
    case rankingAmount
    /// The second argument of ABNF `topcountTrafo` and its siblings.
    case rankingValue
    /// The nodes of a ``Hierarchy``.
    case hierarchy
    /// An argument of a function of the service, by its name.
    case argument(name: String)
  }

  /// A place in the options of the request itself or, with `nesting`, of an item.
  public init(_ kind: Kind, nesting: [Nesting] = []) {
    self.kind = kind
    self.nesting = nesting
  }
}

/// An expression of a request and where it stands in it.
public struct PlacedExpression: Hashable, Sendable {
  /// Where it stands.
  public var place: ExpressionPlace
  /// The expression itself.
  public var expression: Expression

  /// Puts an expression and its place together.
  public init(_ expression: Expression, at place: ExpressionPlace) {
    self.expression = expression
    self.place = place
  }
}

extension ExpressionPlace: CustomStringConvertible {
  /// The place in words, without any literal: `$expand=Orders/Items $filter`.
  public var description: String {
    (nesting.map(\.description) + [kind.description]).joined(separator: " ")
  }
}

extension ExpressionPlace.Nesting: CustomStringConvertible {
  /// The item in words.
  public var description: String {
    switch self {
    case .expand(let path): "$expand=" + path.joined(separator: "/")
    case .select(let path): "$select=" + path.joined(separator: "/")
    }
  }

  /// Names byte for byte.
  public static func == (left: Self, right: Self) -> Bool {
    switch (left, right) {
    case (.expand(let path), .expand(let other)), (.select(let path), .select(let other)): isSame(path, other)
    case (.expand, .select), (.select, .expand): false
    }
  }
}

extension ExpressionPlace.Kind: CustomStringConvertible {
  /// The part in words; segments and items counted from 1.
  public var description: String {
    switch self {
    case .key(let segment, let name): "segment \(segment + 1) key" + (name.map { " " + $0 } ?? "")
    case .argument(let segment, let name): "segment \(segment + 1) argument \(name)"
    case .filterSegment(let segment): "segment \(segment + 1) $filter"
    case .filter: "$filter"
    case .orderby(let item): "$orderby item \(item + 1)"
    case .compute(let name): "$compute \(name)"
    case .apply(let transformation, let role): "$apply transformation \(transformation + 1) \(role)"
    case .alias(let name): "@" + name
    }
  }

  /// Names byte for byte: every part is in the description, and only names vary in more than digits.
  public static func == (left: Self, right: Self) -> Bool { isSame(left.description, right.description) }
}

extension ExpressionPlace.ApplyRole: CustomStringConvertible {
  /// The role in words.
  public var description: String {
    switch self {
    case .aggregate: "aggregate"
    case .filter: "filter"
    case .compute(let name): "compute \(name)"
    case .orderby: "orderby"
    case .rankingAmount: "ranking amount"
    case .rankingValue: "ranking value"
    case .hierarchy: "hierarchy"
    case .argument(let name): "argument \(name)"
    }
  }

  /// Names byte for byte.
  public static func == (left: Self, right: Self) -> Bool { isSame(left.description, right.description) }
}
