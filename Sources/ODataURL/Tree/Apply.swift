/// One step of `$apply` (OData Extension for Data Aggregation 4.0, ABNF `transformation`).
///
/// Transformations nest; the parser nests them no deeper than ``Limits/depth``.
public struct Transformation: Hashable, Sendable {
  /// What it does.
  public var kind: Kind
  /// Where it stood in the source.
  public var span: Span

  /// What a step does to the rows that reach it.
  public enum Kind: Hashable, Sendable {
    /// ABNF `aggregateTrafo`: `aggregate(Amount with sum as Total)`
    case aggregate([AggregateItem])
    /// ABNF `groupbyTrafo`: `groupby((Country,rollup(Year,Month)),aggregate(…)/…)`; no transformations for a plain list
    /// of groups.
    case groupby([GroupingElement], [Transformation])
    /// ABNF `concatTrafo`: `concat(…,…)`, two or more sequences of transformations.
    case concat([[Transformation]])
    /// ABNF `identityTrafo`: hands the rows on as they are.
    case identity
    /// ABNF `filterTrafo`: `filter(Amount gt 3)`
    case filter(Expression)
    /// ABNF `computeTrafo`: `compute(Amount mul 2 as Twice)`
    case compute([ComputeItem])
    /// ABNF `searchTrafo`: `search(coffee)`
    case search(SearchExpression)
    /// ABNF `orderbyTrafo`: `orderby(Amount desc)`
    case orderby([OrderItem])
    /// ABNF `topTrafo`: `top(3)`
    case top(Int64)
    /// ABNF `skipTrafo`: `skip(3)`
    case skip(Int64)
    /// ABNF `topcountTrafo` and its siblings: `topcount(2,Amount)`
    case ranking(Ranking, amount: Expression, by: Expression)
    /// ABNF `nestTrafo`: `nest(groupby((Name)) as Names)`
    case nest([NestedSet])
    /// ABNF `addnestedTrafo`: `addnested(Items,filter(Shipped) as Done)`; a path of names to a collection.
    case addnested(path: [String], [NestedSet])
    /// ABNF `joinTrafo`, `outerjoinTrafo`: `join(Sales as Sale,filter(…))`; a path of names to a collection.
    case join(Join, path: [String], alias: String, [Transformation])
    /// ABNF `ancestorsTrafo`, `descendantsTrafo`: `ancestors($root/Nodes,Hierarchy,ID,filter(…),2,keep start)`;
    /// `distance` in levels, `nil` for all of them.
    case related(Kinship, Hierarchy, start: [Transformation], distance: Int64?, keepsStart: Bool)
    /// ABNF `traverseTrafo`: `traverse($root/Nodes,Hierarchy,ID,preorder,filter(…),Name desc)`; `order` sorts siblings.
    case traverse(Hierarchy, Traversal, [Transformation], order: [OrderItem])
    /// ABNF `customFunction`: a function of the service by its qualified name, with named parameters.
    case function(String, parameters: [FunctionArgument])
  }

  /// ABNF `topcountTrafo` and its siblings: how the first argument limits the rows that rank highest or lowest.
  public enum Ranking: String, Hashable, Sendable, CaseIterable {
    /// ABNF `topcountTrafo`: so many rows with the highest values.
    case topcount
    /// ABNF `topsumTrafo`: the rows with the highest values that together reach the amount.
    case topsum
    /// ABNF `toppercentTrafo`: the rows with the highest values that together reach so many percent of all.
    case toppercent
    /// ABNF `bottomcountTrafo`: so many rows with the lowest values.
    case bottomcount
    /// ABNF `bottomsumTrafo`: the rows with the lowest values that together reach the amount.
    case bottomsum
    /// ABNF `bottompercentTrafo`: the rows with the lowest values that together reach so many percent of all.
    case bottompercent
  }

  /// Which rows a join keeps.
  public enum Join: String, Hashable, Sendable {
    /// ABNF `joinTrafo`: those that have a partner.
    case join
    /// ABNF `outerjoinTrafo`: all of them.
    case outerjoin
  }

  /// Which way a hierarchy is followed.
  public enum Kinship: String, Hashable, Sendable {
    /// ABNF `ancestorsTrafo`: towards the roots.
    case ancestors
    /// ABNF `descendantsTrafo`: away from the roots.
    case descendants
  }

  /// The order of ABNF `traverseTrafo`.
  public enum Traversal: String, Hashable, Sendable, CaseIterable {
    /// ABNF `traverseTrafo`: a node before its children.
    case preorder
    /// ABNF `traverseTrafo`: a node behind its children.
    case postorder
  }

  /// A transformation; without a span when it is built rather than read.
  public init(_ kind: Kind, span: Span = .none) {
    self.kind = kind
    self.span = span
  }

  /// The same meaning, wherever it stood.
  public static func == (left: Self, right: Self) -> Bool { left.kind == right.kind }
  public func hash(into hasher: inout Hasher) { hasher.combine(kind) }
}

/// ABNF `computeItem`: an expression and the name that its value gets.
public struct ComputeItem: Hashable, Sendable {
  /// What is computed.
  public var expression: Expression
  /// The name that its value gets.
  public var name: String
  /// Where it stood in the source.
  public var span: Span

  /// An item; without a span when it is built rather than read.
  public init(_ expression: Expression, as name: String, span: Span = .none) {
    self.expression = expression
    self.name = name
    self.span = span
  }

  /// The same meaning, wherever it stood. Names byte for byte.
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
  /// How the values of the operand become one.
  public var steps: AggregateSteps
  /// The name of the result; `nil` only for a custom aggregate that keeps its own.
  public var alias: String?
  /// Where it stood in the source.
  public var span: Span

  /// An item; without a span when it is built rather than read.
  public init(
    _ operand: Expression?, _ steps: AggregateSteps = AggregateSteps(), as alias: String?, span: Span = .none
  ) {
    self.operand = operand
    self.steps = steps
    self.alias = alias
    self.span = span
  }

  /// The same meaning, wherever it stood. Names byte for byte.
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

  /// Steps in source order.
  public init(_ method: AggregateMethod? = nil, from: [AggregateFrom] = []) {
    self.method = method
    self.from = from
  }
}

/// ABNF `aggregateFrom`: `from Time,Product/Name with average`.
public struct AggregateFrom: Hashable, Sendable {
  /// Paths of names to grouping properties, at least one.
  public var properties: [[String]]
  /// How the values of one group become one.
  public var method: AggregateMethod
  /// Where it stood in the source.
  public var span: Span

  /// A clause; without a span when it is built rather than read.
  public init(_ properties: [[String]], with method: AggregateMethod, span: Span = .none) {
    self.properties = properties
    self.method = method
    self.span = span
  }

  /// The same meaning, wherever it stood. Names byte for byte.
  public static func == (left: Self, right: Self) -> Bool {
    left.properties.elementsEqual(right.properties, by: isSame) && left.method == right.method
  }
  public func hash(into hasher: inout Hasher) {
    hasher.combine(properties)
    hasher.combine(method)
  }
}

/// How the values of a group become one: ABNF `aggregateMethod`.
public enum AggregateMethod: Hashable, Sendable {
  /// ABNF `aggregateMethod`: the sum.
  case sum
  /// ABNF `aggregateMethod`: the smallest value.
  case min
  /// ABNF `aggregateMethod`: the largest value.
  case max
  /// ABNF `aggregateMethod`: the arithmetic mean.
  case average
  /// ABNF `aggregateMethod`: the number of different values.
  case countdistinct
  /// ABNF `aggregateMethod`: a method of the service by its qualified name.
  case custom(String)
}

/// ABNF `groupbyElement`.
public struct GroupingElement: Hashable, Sendable {
  /// What it groups by.
  public var kind: Kind
  /// Where it stood in the source.
  public var span: Span

  /// What rows are grouped by.
  public enum Kind: Hashable, Sendable {
    /// ABNF `groupingProperty`: a path of names.
    case property([String])
    /// ABNF `rollupSpec`: `rollup(Country,City)`, coarsest first; one path alone is the name of a leveled hierarchy.
    case rollup([[String]])
    /// ABNF `rolluprecursive`: `rolluprecursive($root/Nodes,Hierarchy,ID,filter(…))`
    case rollupRecursive(Hierarchy, [Transformation])
  }

  /// An element; without a span when it is built rather than read.
  public init(_ kind: Kind, span: Span = .none) {
    self.kind = kind
    self.span = span
  }

  /// The same meaning, wherever it stood.
  public static func == (left: Self, right: Self) -> Bool { left.kind == right.kind }
  public func hash(into hasher: inout Hasher) { hasher.combine(kind) }
}

/// `transformations as Alias` in ABNF `nestTrafo` and `addnestedTrafo`.
public struct NestedSet: Hashable, Sendable {
  /// What makes the nested rows.
  public var transformations: [Transformation]
  /// The name that the nested rows get.
  public var alias: String
  /// Where it stood in the source.
  public var span: Span

  /// A nested set; without a span when it is built rather than read.
  public init(_ transformations: [Transformation], as alias: String, span: Span = .none) {
    self.transformations = transformations
    self.alias = alias
    self.span = span
  }

  /// The same meaning, wherever it stood. Names byte for byte.
  public static func == (left: Self, right: Self) -> Bool {
    left.transformations == right.transformations && isSame(left.alias, right.alias)
  }
  public func hash(into hasher: inout Hasher) {
    hasher.combine(transformations)
    hasher.combine(alias)
  }
}

/// The first three arguments of everything that works on a recursive hierarchy: of ABNF `ancestorsTrafo`,
/// `descendantsTrafo`, `traverseTrafo` and `rolluprecursive`.
public struct Hierarchy: Hashable, Sendable {
  /// Where the nodes are, a path below `$root`.
  public var nodes: Expression
  /// Which hierarchy of these nodes.
  public var qualifier: String
  /// A path of names to the property that identifies a node.
  public var node: [String]
  /// Where it stood in the source.
  public var span: Span

  /// A hierarchy; without a span when it is built rather than read.
  public init(nodes: Expression, qualifier: String, node: [String], span: Span = .none) {
    self.nodes = nodes
    self.qualifier = qualifier
    self.node = node
    self.span = span
  }

  /// The same meaning, wherever it stood. Names byte for byte.
  public static func == (left: Self, right: Self) -> Bool {
    left.nodes == right.nodes && isSame(left.qualifier, right.qualifier) && isSame(left.node, right.node)
  }
  public func hash(into hasher: inout Hasher) {
    hasher.combine(nodes)
    hasher.combine(qualifier)
    hasher.combine(node)
  }
}

extension Transformation.Kind {
  /// Names byte for byte, as everywhere in the tree.
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
  /// Names byte for byte.
  public static func == (left: Self, right: Self) -> Bool { isSame(left.name, right.name) }
  public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

extension GroupingElement.Kind {
  /// Names byte for byte.
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
