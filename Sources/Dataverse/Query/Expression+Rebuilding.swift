package import ODataURL

extension Expression {
  /// A copy in which some nodes are replaced.
  ///
  /// - Parameter replacement: gives the expression that takes a node's place, or `nil` to keep the node; called with the
  ///   index of the node in this expression. Children of a replaced node are dropped.
  package func replacing(_ replacement: (Int, Node) -> Expression?) -> Expression {
    var result: Expression?
    // Where each node of this expression is in the result. Children stand before their parents.
    var moved: [NodeID] = []
    moved.reserveCapacity(nodes.count)
    func place(_ node: Node, _ span: Span) -> NodeID {
      if let id = result?.append(node, span: span) { return id }
      let first = Expression(node, span: span)
      result = first
      return first.root
    }
    for (index, node) in nodes.enumerated() {
      if let other = replacement(index, node) {
        var inner: [NodeID] = []
        for (innerIndex, innerNode) in other.nodes.enumerated() {
          inner.append(place(innerNode.withChildren { inner[Int($0.index)] }, other.spans[innerIndex]))
        }
        moved.append(inner[Int(other.root.index)])
      } else {
        moved.append(place(node.withChildren { moved[Int($0.index)] }, spans[index]))
      }
    }
    guard var result else { return self }
    result.root = moved[Int(root.index)]
    return result
  }
}

extension Expression.Node {
  fileprivate func withChildren(_ map: (NodeID) -> NodeID) -> Expression.Node {
    func values(_ members: [NamedParameter]) -> [NamedParameter] {
      members.map { NamedParameter(name: $0.name, value: map($0.value)) }
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
