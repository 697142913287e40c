/// Index of a node in the ``Expression`` that made it.
public struct NodeID: Hashable, Sendable {
  /// Where the node is in ``Expression/nodes``.
  public let index: Int32

  @usableFromInline
  init(index: Int) { self.index = Int32(truncatingIfNeeded: index) }
}

/// ABNF `commonExpr` as a flat pool of nodes.
///
/// Children are indices, not references: building costs one append a node, and releasing a deep tree costs one
/// deallocation instead of a recursion as deep as the tree (which overflows a small thread stack). A child always has a
/// smaller index than its parent, so a loop over `nodes` visits children first.
public struct Expression: Sendable {
  /// The pool, every child before its parents; may hold nodes that ``root`` does not reach.
  public var nodes: Nodes { Nodes(entries: entries) }
  /// Where each node stood; same count and order as `nodes`.
  public var spans: Spans { Spans(entries: entries) }
  /// Nodes and spans, in one list: one piece of memory, one append a node.
  private(set) var entries: [Entry]
  /// The node the expression stands for.
  public var root: NodeID

  /// One operator, operand or path step.
  public enum Node: Hashable, Sendable {
    /// ABNF `primitiveLiteral`.
    case literal(Literal)
    /// ABNF `propertyPathExpr`: a property or navigation property; `base` is `nil` for a name on the implicit `$it`.
    case member(base: NodeID?, name: String)
    /// ABNF `qualifiedEntityTypeName` and `qualifiedComplexTypeName` in `memberExpr`: a type-cast segment, for example
    /// `Model.VipCustomer`.
    case cast(base: NodeID?, type: String)
    /// ABNF `count` in `collectionPathExpr`: `coll/$count`, and with options `coll/$count($filter=…;$search=…)`.
    case count(base: NodeID, filter: NodeID? = nil, search: SearchExpression? = nil)
    /// ABNF `keyPredicate` behind a collection in a path, for example `Orders(1)/Amount`. A single value has the empty
    /// name.
    case key(base: NodeID, [NamedParameter])
    /// ABNF `annotationExpr`: the term with its qualifier, without the `@`; `base` is `nil` for one of `$it`.
    case annotation(base: NodeID?, term: String)
    /// ABNF `anyExpr`, `allExpr`: `coll/any(v: body)` and `coll/all(v: body)`; `any()` has neither variable nor body.
    case lambda(base: NodeID, LambdaOperator, variable: String?, body: NodeID?)
    /// ABNF `lambdaVariableExpr`: a lambda variable of an enclosing `any` or `all`.
    case variable(String)
    /// ABNF `aggregateFunctionExpr`: `coll/aggregate(Amount with sum)`; the operand is `nil` for `$count`, the number
    /// of rows.
    case aggregate(base: NodeID, operand: NodeID?, AggregateSteps)
    /// ABNF `implicitVariableExpr` and the head of `rootExpr`: `$it`, `$this`, `$root`, and `$these`.
    case implicit(ImplicitVariable)
    /// ABNF `methodCallExpr`, `boolMethodCallExpr`, `castExpr`, `isofExpr`, `caseMethodCallExpr`: a function that OData
    /// defines, for example `contains(a,'b')`; the name in lower case. The arguments of `case` are its conditions and
    /// values in turn.
    case call(name: String, arguments: [NodeID])
    /// ABNF `functionExpr`, `boundFunctionExpr`: a function of the service called with named parameters, for example
    /// `Microsoft.Dynamics.CRM.In(PropertyName='a',PropertyValues=['x'])`, or by its short name behind `$root`.
    case function(base: NodeID?, name: String, parameters: [NamedParameter])
    /// ABNF `parameterAlias`, without the `@`.
    case alias(String)
    /// ABNF `listExpr`: what stands on the right of `in`.
    case list([NodeID])
    /// ABNF `arrayOrObject`: a JSON array given as a function argument or alias value.
    case array([NodeID])
    /// ABNF `arrayOrObject`: a JSON object given as a function argument or alias value.
    case object([NamedParameter])
    /// ABNF `orExpr` to `inExpr`: an infix operator between its operands.
    case binary(BinaryOperator, NodeID, NodeID)
    /// ABNF `notExpr`.
    case not(NodeID)
    /// ABNF `negateExpr`.
    case negate(NodeID)
  }

  /// Starts an expression of one node.
  public init(_ node: Node, span: Span = .none) {
    entries = [Entry(node: node, span: span)]
    root = NodeID(index: 0)
  }

  /// Takes over a pool made by the parser or a rewriter: every child before its parent.
  init(entries: [Entry], root: NodeID) {
    self.entries = entries
    self.root = root
  }

  /// Adds a node whose children are in this expression already; the caller sets ``root`` when the tree is whole.
  @discardableResult
  public mutating func append(_ node: Node, span: Span = .none) -> NodeID {
    entries.append(Entry(node: node, span: span))
    return NodeID(index: entries.count - 1)
  }

  /// The node at `id`, which must be of this expression.
  public subscript(_ id: NodeID) -> Node { entries[Int(id.index)].node }

  /// Where `id` stood in the source.
  public func span(of id: NodeID) -> Span { entries[Int(id.index)].span }
}

extension UnsafeBufferPointer<Expression.Entry> {
  /// The entry of `id`, where it lies. An id of another expression stops the program, as it does where
  /// ``Expression/subscript(_:)`` is asked: a buffer itself looks beyond its end.
  @inline(__always) subscript(checked id: NodeID) -> Expression.Entry {
    _read {
      precondition(UInt(bitPattern: Int(id.index)) < UInt(bitPattern: count), "the node is of another expression")
      yield self[Int(id.index)]
    }
  }
}

// MARK: - The pool

extension Expression {
  /// A node and where it stood.
  @usableFromInline
  struct Entry: Sendable {
    @usableFromInline var node: Node
    @usableFromInline var span: Span
  }

  /// The nodes of an expression by their index, a view of its pool: taking it copies nothing.
  public struct Nodes: RandomAccessCollection, Sendable {
    @usableFromInline let entries: [Entry]

    /// Always 0.
    @inlinable public var startIndex: Int { 0 }
    /// How many nodes the pool has.
    @inlinable public var endIndex: Int { entries.count }
    /// The node of ``NodeID/index`` `index`, which must be below ``endIndex``.
    @inlinable public subscript(_ index: Int) -> Node { entries[index].node }
  }

  /// The spans of an expression by the index of their node, a view of its pool: taking it copies nothing.
  public struct Spans: RandomAccessCollection, Sendable {
    @usableFromInline let entries: [Entry]

    /// Always 0.
    @inlinable public var startIndex: Int { 0 }
    /// How many nodes the pool has.
    @inlinable public var endIndex: Int { entries.count }
    /// Where the node of ``NodeID/index`` `index` stood; must be below ``endIndex``.
    @inlinable public subscript(_ index: Int) -> Span { entries[index].span }
  }
}

/// A name and its value: ABNF `functionExprParameter`, a member of a JSON object, or a value of a `keyPredicate`.
public struct NamedParameter: Hashable, Sendable {
  /// The name as it was written; byte for byte what the service sees.
  public var name: String
  /// The node of the value, in the expression that the parameter is part of.
  public var value: NodeID

  /// A name and the node of its value.
  public init(name: String, value: NodeID) {
    self.name = name
    self.value = value
  }
}

/// Whether a lambda asks for one item or for all.
public enum LambdaOperator: String, Hashable, Sendable {
  /// ABNF `anyExpr`: one item at least.
  case any
  /// ABNF `allExpr`: every item.
  case all
}

/// What a path can begin with instead of a name: ABNF `implicitVariableExpr`, `rootExpr`, and the rows at hand that
/// `$these/aggregate(…)` runs over.
public enum ImplicitVariable: String, Hashable, Sendable {
  /// ABNF `implicitVariableExpr`: the row at hand of the resource that the path names.
  case it = "$it"
  /// ABNF `rootExpr`: the service root, in front of a path.
  case root = "$root"
  /// ABNF `implicitVariableExpr`: the item at hand of the nearest collection.
  case this = "$this"
  /// The rows at hand, in front of ABNF `aggregateFunctionExpr`.
  case these = "$these"
}

/// The infix operators, loosest first (OData URL Conventions 4.01, section 5.1.1.17).
public enum BinaryOperator: String, Hashable, Sendable, CaseIterable {
  /// ABNF `orExpr`.
  case or
  /// ABNF `andExpr`.
  case and
  /// ABNF `eqExpr`.
  case eq
  /// ABNF `neExpr`.
  case ne
  /// ABNF `gtExpr`.
  case gt
  /// ABNF `geExpr`.
  case ge
  /// ABNF `ltExpr`.
  case lt
  /// ABNF `leExpr`.
  case le
  /// ABNF `addExpr`.
  case add
  /// ABNF `subExpr`.
  case sub
  /// ABNF `mulExpr`.
  case mul
  /// ABNF `divExpr`: of two integers, an integer.
  case div
  /// ABNF `divbyExpr`: always with a fraction.
  case divby
  /// ABNF `modExpr`: the remainder of `div`.
  case mod
  /// ABNF `hasExpr`: whether an enumeration has these flags.
  case has
  /// ABNF `inExpr`.
  case `in`
}
