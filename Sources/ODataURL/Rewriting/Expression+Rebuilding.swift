extension Expression {
  /// A copy in which some nodes are replaced.
  ///
  /// ```swift
  /// let hidden = expression.replacing { _, node in
  ///   if case .literal = node { Expression(.literal(.null)) } else { nil }
  /// }
  /// ```
  ///
  /// Takes time and memory linear in the sizes of this expression and of the replacements, and does not recurse. Kept
  /// nodes keep their spans, replacements bring their own. Nodes that the root of the result does not reach are left out
  /// of it.
  /// - Parameter replacement: gives the expression that takes a node's place, or `nil` to keep the node; called once for
  ///   each node that the root reaches, parents before their children, and not for what is below a replaced node.
  /// - Throws: what `replacement` throws.
  public func replacing<Failure: Error>(
    _ replacement: (NodeID, Node) throws(Failure) -> Expression?
  ) throws(Failure) -> Expression {
    var replacements = [Expression?](repeating: nil, count: nodes.count)
    var isUsed = [Bool](repeating: false, count: nodes.count)
    isUsed[Int(root.index)] = true
    // Children stand before their parents.
    for index in nodes.indices.reversed() where isUsed[index] {
      if let other = try replacement(NodeID(index: index), nodes[index]) {
        replacements[index] = other
      } else {
        nodes[index].markChildren(in: &isUsed)
      }
    }
    var result = Expression(entries: [], root: root)
    var moved = [NodeID](repeating: root, count: nodes.count)
    for index in nodes.indices where isUsed[index] {
      moved[index] =
        if let other = replacements[index] {
          result.append(contentsOf: other)
        } else {
          result.append(nodes[index].mappingChildren { moved[Int($0.index)] }, span: spans[index])
        }
    }
    result.root = moved[Int(root.index)]
    return result
  }

  /// Puts this expression under an operator, `other` on the right, in time linear in the size of `other`.
  /// - Parameter span: that of the operator and both operands.
  mutating func join(_ other: Expression, by op: BinaryOperator, span: Span) {
    let left = root
    let right = append(contentsOf: other)
    root = append(.binary(op, left, right), span: span)
  }

  /// Adds all nodes of `other`.
  /// - Returns: where its root is in this expression.
  private mutating func append(contentsOf other: Expression) -> NodeID {
    let offset = nodes.count
    // A leaf alone is what most replacements are.
    if other.nodes.count == 1 { return append(other.nodes[0], span: other.span(of: other.root)) }
    for entry in other.entries {
      append(entry.node.mappingChildren { NodeID(index: Int($0.index) + offset) }, span: entry.span)
    }
    return NodeID(index: Int(other.root.index) + offset)
  }
}

extension Expression.Node {
  /// Marks the nodes directly below; the most frequent kinds without a list of them.
  fileprivate func markChildren(in isUsed: inout [Bool]) {
    switch self {
    case .literal, .variable, .implicit, .alias, .member(base: nil, _): break
    case .binary(_, let left, let right):
      isUsed[Int(left.index)] = true
      isUsed[Int(right.index)] = true
    default: for child in children { isUsed[Int(child.index)] = true }
    }
  }

  /// The node with other children: `map` is called for each of ``children``, in source order.
  ///
  /// For whoever copies nodes from one ``Expression`` into another, where they have other indices.
  public func mappingChildren(_ map: (NodeID) -> NodeID) -> Expression.Node {
    func values(_ parameters: [NamedParameter]) -> [NamedParameter] {
      parameters.map { NamedParameter(name: $0.name, value: map($0.value)) }
    }
    return switch self {
    case .literal, .variable, .implicit, .alias: self
    case .member(let base, let name): .member(base: base.map(map), name: name)
    case .cast(let base, let type): .cast(base: base.map(map), type: type)
    case .count(let base, let filter, let search): .count(base: map(base), filter: filter.map(map), search: search)
    case .key(let base, let keys): .key(base: map(base), values(keys))
    case .annotation(let base, let term): .annotation(base: base.map(map), term: term)
    case .lambda(let base, let op, let variable, let body):
      .lambda(base: map(base), op, variable: variable, body: body.map(map))
    case .aggregate(let base, let operand, let steps): .aggregate(base: map(base), operand: operand.map(map), steps)
    case .call(let name, let arguments): .call(name: name, arguments: arguments.map(map))
    case .function(let base, let name, let parameters):
      .function(base: base.map(map), name: name, parameters: values(parameters))
    case .list(let items): .list(items.map(map))
    case .array(let items): .array(items.map(map))
    case .object(let members): .object(values(members))
    case .binary(let op, let left, let right): .binary(op, map(left), map(right))
    case .not(let operand): .not(map(operand))
    case .negate(let operand): .negate(map(operand))
    }
  }
}

extension Expression {
  /// Both expressions under one operator, this one on the left; each keeps its spans.
  public func joined(with other: Expression, by op: BinaryOperator) -> Expression {
    var result = compact
    result.join(other.compact, by: op, span: .none)
    return result
  }

  /// The expression without nodes that its root does not reach.
  private var compact: Expression {
    if Int(root.index) == nodes.count - 1, reachesAllNodes { return self }
    return replacing { _, _ in nil }
  }

  private var reachesAllNodes: Bool {
    // Each node but the root is a child of one that stands behind it.
    var isUsed = [Bool](repeating: false, count: nodes.count)
    isUsed[Int(root.index)] = true
    for index in nodes.indices.reversed() {
      guard isUsed[index] else { return false }
      nodes[index].markChildren(in: &isUsed)
    }
    return true
  }
}
