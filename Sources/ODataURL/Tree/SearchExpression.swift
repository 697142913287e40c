/// ABNF `searchExpr`: what `$search` looks for, as a flat pool of nodes like ``Expression``.
public struct SearchExpression: Sendable {
  /// The pool, every child before its parents; may hold nodes that ``root`` does not reach.
  public private(set) var nodes: [Node]
  /// Where each node stood; same count and order as `nodes`.
  public private(set) var spans: [Span]
  /// The node the expression stands for.
  public var root: NodeID

  /// One term or operator.
  public enum Node: Hashable, Sendable {
    /// ABNF `searchWord`, decoded. A word that could be read as anything else becomes a ``phrase(_:)`` when it is
    /// added.
    case word(String)
    /// ABNF `searchPhrase`: the text between the double quotes, decoded; not empty.
    case phrase(String)
    /// Free text in single quotes, which has no rule of its own in the ABNF; its meaning is the service's own.
    case text(String)
    /// ABNF `searchNegateExpr`: `NOT a`.
    case not(NodeID)
    /// ABNF `searchAndExpr`: `a AND b`, or `a b`, which means the same (URL Conventions 4.01, section 5.1.8).
    case and(NodeID, NodeID)
    /// ABNF `searchOrExpr`: `a OR b`.
    case or(NodeID, NodeID)
  }

  /// Starts an expression of one node.
  public init(_ node: Node, span: Span = .none) {
    nodes = [node.plain]
    spans = [span]
    root = NodeID(index: 0)
  }

  /// An empty pool for the parser, which fills it and then sets ``root``.
  init() {
    nodes = []
    spans = []
    root = NodeID(index: 0)
  }

  /// Adds a node whose children are in this expression already; the caller sets ``root`` when the tree is whole.
  @discardableResult
  public mutating func append(_ node: Node, span: Span = .none) -> NodeID {
    nodes.append(node.plain)
    spans.append(span)
    return NodeID(index: nodes.count - 1)
  }

  /// The node at `id`, which must be of this expression.
  public subscript(_ id: NodeID) -> Node { nodes[Int(id.index)] }

  /// Where `id` stood in the source.
  public func span(of id: NodeID) -> Span { spans[Int(id.index)] }
}

extension SearchExpression.Node {
  /// The nodes directly below, in source order.
  public var children: [NodeID] {
    switch self {
    case .word, .phrase, .text: []
    case .not(let operand): [operand]
    case .and(let left, let right), .or(let left, let right): [left, right]
    }
  }

  /// The node as it can be written.
  fileprivate var plain: Self {
    guard case .word(let text) = self, !Self.isPlain(text) else { return self }
    return .phrase(text)
  }

  /// Whether `text` is read as one word wherever it stands.
  private static func isPlain(_ text: String) -> Bool {
    guard !["NOT", "AND", "OR"].contains(text), let first = text.utf8.first, first != ASCII.quote else { return false }
    return text.utf8.allSatisfy { byte in
      byte > ASCII.space && byte != ASCII.open && byte != ASCII.close && byte != ASCII.doubleQuote
        && byte != ASCII.semicolon
    }
  }

  /// The node without its children.
  fileprivate var head: (kind: UInt8, text: String) {
    switch self {
    case .word(let text): (0, text)
    case .phrase(let text): (1, text)
    case .text(let text): (2, text)
    case .not: (3, "")
    case .and: (4, "")
    case .or: (5, "")
    }
  }
}

extension SearchExpression: Hashable {
  /// Structural equality from the roots, text byte for byte.
  public static func == (left: Self, right: Self) -> Bool {
    var pending = [(left.root, right.root)]
    while let (a, b) = pending.popLast() {
      let (first, second) = (left[a], right[b])
      guard first.head.kind == second.head.kind, first.head.text.utf8.elementsEqual(second.head.text.utf8) else {
        return false
      }
      pending.append(contentsOf: zip(first.children, second.children))
    }
    return true
  }

  public func hash(into hasher: inout Hasher) {
    var pending = [root]
    while let id = pending.popLast() {
      hasher.combine(self[id].head.kind)
      hasher.combine(self[id].head.text)
      pending.append(contentsOf: self[id].children)
    }
  }
}
