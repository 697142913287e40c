/// Index of a node in the ``Expression`` that made it.
public struct NodeID: Hashable, Sendable {
  public let index: Int32

  @usableFromInline
  init(index: Int) { self.index = Int32(truncatingIfNeeded: index) }
}

/// A `commonExpr` as a flat pool of nodes.
///
/// Children are indices, not references: building costs one append a node, and releasing a deep tree costs one
/// deallocation instead of a recursion as deep as the tree (which overflows a small thread stack). A child always has a
/// smaller index than its parent, so a loop over `nodes` visits children first.
public struct Expression: Sendable {
  public private(set) var nodes: [Node]
  /// Where each node stood; same count and order as `nodes`.
  public private(set) var spans: [Span]
  /// The node the expression stands for.
  public var root: NodeID

  /// One operator, operand or path step.
  public enum Node: Hashable, Sendable {
    /// A primitive literal.
    case literal(Literal)
    /// A property or navigation property; `base` is `nil` for a name on the implicit `$it`.
    case member(base: NodeID?, name: String)
    /// A type-cast segment in a path, for example `Model.VipCustomer`; the name is qualified.
    case cast(base: NodeID?, type: String)
    /// `coll/$count`, and with options `coll/$count($filter=…;$search=…)`.
    case count(base: NodeID, filter: NodeID? = nil, search: SearchExpression? = nil)
    /// A key predicate behind a collection in a path, for example `Orders(1)/Amount`. A single value has the empty name.
    case key(base: NodeID, [NamedParameter])
    /// ABNF `annotationExpr`: the term with its qualifier, without the `@`; `base` is `nil` for one of `$it`.
    case annotation(base: NodeID?, term: String)
    /// `coll/any(v: body)` and `coll/all(v: body)`; `any()` has neither variable nor body.
    case lambda(base: NodeID, LambdaOperator, variable: String?, body: NodeID?)
    /// A lambda variable of an enclosing `any` or `all`.
    case variable(String)
    /// `coll/aggregate(Amount with sum)`; the operand is `nil` for `$count`, the number of rows.
    case aggregate(base: NodeID, operand: NodeID?, AggregateSteps)
    /// `$it`, `$root`, `$this`, `$these`.
    case implicit(ImplicitVariable)
    /// A canonical function called with positional arguments, for example `contains(a,'b')`; the name in lower case. The
    /// arguments of `case` are its conditions and values in turn.
    case call(name: String, arguments: [NodeID])
    /// A bound or unbound function called with named parameters, for example
    /// `Microsoft.Dynamics.CRM.In(PropertyName='a',PropertyValues=['x'])`, or by its short name behind `$root`.
    case function(base: NodeID?, name: String, parameters: [NamedParameter])
    /// A parameter alias, without the `@`.
    case alias(String)
    /// The list on the right of `in`.
    case list([NodeID])
    /// A JSON array given as a function argument or alias value.
    case array([NodeID])
    /// A JSON object given as a function argument or alias value.
    case object([NamedParameter])
    case binary(BinaryOperator, NodeID, NodeID)
    case not(NodeID)
    case negate(NodeID)
  }

  /// Starts an expression of one node.
  public init(_ node: Node, span: Span = .none) {
    nodes = [node]
    spans = [span]
    root = NodeID(index: 0)
  }

  /// Takes over a pool made by the parser or a rewriter: every child before its parent, as many spans as nodes.
  init(nodes: [Node], spans: [Span], root: NodeID) {
    self.nodes = nodes
    self.spans = spans
    self.root = root
  }

  /// Adds a node whose children are in this expression already; the caller sets ``root`` when the tree is whole.
  @discardableResult
  public mutating func append(_ node: Node, span: Span = .none) -> NodeID {
    nodes.append(node)
    spans.append(span)
    return NodeID(index: nodes.count - 1)
  }

  public subscript(_ id: NodeID) -> Node { nodes[Int(id.index)] }

  /// Where `id` stood in the source.
  public func span(of id: NodeID) -> Span { spans[Int(id.index)] }
}

/// `name=value` in a function call or JSON object.
public struct NamedParameter: Hashable, Sendable {
  public var name: String
  public var value: NodeID

  public init(name: String, value: NodeID) {
    self.name = name
    self.value = value
  }
}

/// ABNF `anyExpr`, `allExpr`.
public enum LambdaOperator: String, Hashable, Sendable { case any, all }

/// ABNF `implicitVariableExpr`, `rootExpr`, and the rows at hand that `$these/aggregate(…)` runs over.
public enum ImplicitVariable: String, Hashable, Sendable {
  case it = "$it"
  case root = "$root"
  case this = "$this"
  case these = "$these"
}

/// The infix operators, loosest first (OData URL Conventions 4.01, section 5.1.1.17).
public enum BinaryOperator: String, Hashable, Sendable, CaseIterable {
  case or, and
  case eq, ne
  case gt, ge, lt, le
  case add, sub
  case mul, div, divby, mod
  case has, `in`
}
