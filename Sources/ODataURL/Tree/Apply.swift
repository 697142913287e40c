/// One step of `$apply` (OData Extension for Data Aggregation 4.0, ABNF `transformation`).
///
/// Transformations nest; the parser nests them no deeper than ``Limits/depth``.
public struct Transformation: Hashable, Sendable {
  public var kind: Kind
  public var span: Span

  public enum Kind: Hashable, Sendable {
    /// `aggregate(Amount with sum as Total)`
    case aggregate([AggregateItem])
    /// `groupby((Country,rollup(Year,Month)),aggregate(…)/…)`; no transformations for a plain list of groups.
    case groupby([GroupingElement], [Transformation])
    /// `concat(…,…)`: two or more sequences of transformations.
    case concat([[Transformation]])
    case identity
    case filter(Expression)
    case compute([ComputeItem])
    case search(SearchExpression)
    case orderby([OrderItem])
    case top(Int64)
    case skip(Int64)
    /// `topcount(2,Amount)` and its siblings.
    case ranking(Ranking, amount: Expression, by: Expression)
    /// `nest(groupby((Name)) as Names)`
    case nest([NestedSet])
    /// `addnested(Items,filter(Shipped) as Done)`; a path of names to a collection.
    case addnested(path: [String], [NestedSet])
    /// `join(Sales as Sale,filter(…))`; a path of names to a collection.
    case join(Join, path: [String], alias: String, [Transformation])
    /// `ancestors($root/Nodes,Hierarchy,ID,filter(…),2,keep start)`; `distance` in levels, `nil` for all of them.
    case related(Kinship, Hierarchy, start: [Transformation], distance: Int64?, keepsStart: Bool)
    /// `traverse($root/Nodes,Hierarchy,ID,preorder,filter(…),Name desc)`; `order` sorts siblings.
    case traverse(Hierarchy, Traversal, [Transformation], order: [OrderItem])
    /// A function of the service by its qualified name, with named parameters.
    case function(String, parameters: [FunctionArgument])
  }

  /// ABNF `topcountTrafo` and its siblings: how the first argument limits the rows that rank highest or lowest.
  public enum Ranking: String, Hashable, Sendable, CaseIterable {
    case topcount, topsum, toppercent, bottomcount, bottomsum, bottompercent
  }

  /// ABNF `joinTrafo`, `outerjoinTrafo`.
  public enum Join: String, Hashable, Sendable { case join, outerjoin }

  /// ABNF `ancestorsTrafo`, `descendantsTrafo`.
  public enum Kinship: String, Hashable, Sendable { case ancestors, descendants }

  /// The order of ABNF `traverseTrafo`.
  public enum Traversal: String, Hashable, Sendable, CaseIterable { case preorder, postorder }

  public init(_ kind: Kind, span: Span = .none) {
    self.kind = kind
    self.span = span
  }

  public static func == (left: Self, right: Self) -> Bool { left.kind == right.kind }
  public func hash(into hasher: inout Hasher) { hasher.combine(kind) }
}

/// ABNF `computeItem`: an expression and the name that its value gets.
public struct ComputeItem: Hashable, Sendable {
  public var expression: Expression
  public var name: String
  public var span: Span

  public init(_ expression: Expression, as name: String, span: Span = .none) {
    self.expression = expression
    self.name = name
    self.span = span
  }

  public static func == (left: Self, right: Self) -> Bool {
    left.expression == right.expression && isSame(left.name, right.name)
  }
  public func hash(into hasher: inout Hasher) {
    hasher.combine(expression)
    hasher.combine(name)
  }
}

/// ABNF `aggregateExpr` with its alias.
public struct AggregateItem: Hashable, Sendable {
  /// What is aggregated; `nil` for `$count`, the number of rows. A custom aggregate is a path without method, and so is
  /// `Sales/$count`.
  public var operand: Expression?
  public var steps: AggregateSteps
  /// The name of the result; `nil` only for a custom aggregate that keeps its own.
  public var alias: String?
  public var span: Span

  public init(
    _ operand: Expression?, _ steps: AggregateSteps = AggregateSteps(), as alias: String?, span: Span = .none
  ) {
    self.operand = operand
    self.steps = steps
    self.alias = alias
    self.span = span
  }

  public static func == (left: Self, right: Self) -> Bool {
    left.operand == right.operand && left.steps == right.steps && isSame(left.alias, right.alias)
  }
  public func hash(into hasher: inout Hasher) {
    hasher.combine(operand)
    hasher.combine(steps)
    hasher.combine(alias)
  }
}

/// How values become one: ABNF `aggregateWith` and the `aggregateFrom` clauses behind it.
public struct AggregateSteps: Hashable, Sendable {
  /// `nil` for `$count` and custom aggregates.
  public var method: AggregateMethod?
  /// Applied one after the other, in source order.
  public var from: [AggregateFrom]

  public init(_ method: AggregateMethod? = nil, from: [AggregateFrom] = []) {
    self.method = method
    self.from = from
  }
}

/// ABNF `aggregateFrom`: `from Time,Product/Name with average`.
public struct AggregateFrom: Hashable, Sendable {
  /// Paths of names to grouping properties, at least one.
  public var properties: [[String]]
  public var method: AggregateMethod
  public var span: Span

  public init(_ properties: [[String]], with method: AggregateMethod, span: Span = .none) {
    self.properties = properties
    self.method = method
    self.span = span
  }

  public static func == (left: Self, right: Self) -> Bool {
    left.properties.elementsEqual(right.properties, by: isSame) && left.method == right.method
  }
  public func hash(into hasher: inout Hasher) {
    hasher.combine(properties)
    hasher.combine(method)
  }
}

/// ABNF `aggregateMethod`.
public enum AggregateMethod: Hashable, Sendable {
  case sum, min, max, average, countdistinct
  /// A method of the service by its qualified name.
  case custom(String)
}

/// ABNF `groupbyElement`.
public struct GroupingElement: Hashable, Sendable {
  public var kind: Kind
  public var span: Span

  public enum Kind: Hashable, Sendable {
    /// A path of names to a grouping property.
    case property([String])
    /// `rollup(Country,City)`, coarsest first; one path alone is the name of a leveled hierarchy.
    case rollup([[String]])
    /// `rolluprecursive($root/Nodes,Hierarchy,ID,filter(…))`
    case rollupRecursive(Hierarchy, [Transformation])
  }

  public init(_ kind: Kind, span: Span = .none) {
    self.kind = kind
    self.span = span
  }

  public static func == (left: Self, right: Self) -> Bool { left.kind == right.kind }
  public func hash(into hasher: inout Hasher) { hasher.combine(kind) }
}

/// `transformations as Alias` in `nest` and `addnested`.
public struct NestedSet: Hashable, Sendable {
  public var transformations: [Transformation]
  public var alias: String
  public var span: Span

  public init(_ transformations: [Transformation], as alias: String, span: Span = .none) {
    self.transformations = transformations
    self.alias = alias
    self.span = span
  }

  public static func == (left: Self, right: Self) -> Bool {
    left.transformations == right.transformations && isSame(left.alias, right.alias)
  }
  public func hash(into hasher: inout Hasher) {
    hasher.combine(transformations)
    hasher.combine(alias)
  }
}

/// The first three arguments of everything that works on a recursive hierarchy.
public struct Hierarchy: Hashable, Sendable {
  /// Where the nodes are, a path below `$root`.
  public var nodes: Expression
  /// Which hierarchy of these nodes.
  public var qualifier: String
  /// A path of names to the property that identifies a node.
  public var node: [String]
  public var span: Span

  public init(nodes: Expression, qualifier: String, node: [String], span: Span = .none) {
    self.nodes = nodes
    self.qualifier = qualifier
    self.node = node
    self.span = span
  }

  public static func == (left: Self, right: Self) -> Bool {
    left.nodes == right.nodes && isSame(left.qualifier, right.qualifier) && isSame(left.node, right.node)
  }
  public func hash(into hasher: inout Hasher) {
    hasher.combine(nodes)
    hasher.combine(qualifier)
    hasher.combine(node)
  }
}

// Names byte for byte, as everywhere in the tree.

extension Transformation.Kind {
  public static func == (left: Self, right: Self) -> Bool {
    switch (left, right) {
    case (.aggregate(let items), .aggregate(let others)): items == others
    case (.groupby(let elements, let inner), .groupby(let others, let otherInner)):
      elements == others && inner == otherInner
    case (.concat(let sequences), .concat(let others)): sequences == others
    case (.identity, .identity): true
    case (.filter(let condition), .filter(let other)): condition == other
    case (.compute(let items), .compute(let others)): items == others
    case (.search(let search), .search(let other)): search == other
    case (.orderby(let items), .orderby(let others)): items == others
    case (.top(let count), .top(let other)), (.skip(let count), .skip(let other)): count == other
    case (.ranking(let ranking, let amount, let by), .ranking(let other, let otherAmount, let otherBy)):
      ranking == other && amount == otherAmount && by == otherBy
    case (.nest(let sets), .nest(let others)): sets == others
    case (.addnested(let path, let sets), .addnested(let other, let others)): isSame(path, other) && sets == others
    case (.join(let join, let path, let alias, let inner), .join(let other, let otherPath, let otherAlias, let others)):
      join == other && isSame(path, otherPath) && isSame(alias, otherAlias) && inner == others
    case (
      .related(let kinship, let hierarchy, let start, let distance, let keeps),
      .related(let other, let otherHierarchy, let otherStart, let otherDistance, let otherKeeps)
    ):
      kinship == other && hierarchy == otherHierarchy && start == otherStart && distance == otherDistance
        && keeps == otherKeeps
    case (
      .traverse(let hierarchy, let traversal, let start, let order),
      .traverse(let other, let otherTraversal, let otherStart, let otherOrder)
    ):
      hierarchy == other && traversal == otherTraversal && start == otherStart && order == otherOrder
    case (.function(let name, let parameters), .function(let other, let others)):
      isSame(name, other) && parameters == others
    default: false
    }
  }
}

extension AggregateMethod {
  public static func == (left: Self, right: Self) -> Bool { isSame(left.name, right.name) }
}

extension GroupingElement.Kind {
  public static func == (left: Self, right: Self) -> Bool {
    switch (left, right) {
    case (.property(let path), .property(let other)): isSame(path, other)
    case (.rollup(let paths), .rollup(let others)): paths.elementsEqual(others, by: isSame)
    case (.rollupRecursive(let hierarchy, let inner), .rollupRecursive(let other, let others)):
      hierarchy == other && inner == others
    default: false
    }
  }
}
