extension Expression {
  /// How ``walk(from:_:)`` goes on from a node.
  public enum Visit: Hashable, Sendable {
    /// With the children of the node.
    case `continue`
    /// With what follows the node, leaving its children out.
    case skipChildren
    /// Not at all.
    case stop
  }

  /// Visits a node and everything below it: parents before their children, children in source order.
  ///
  /// ```swift
  /// var names: [String] = []
  /// expression.walk { _, node in
  ///   if case .member(_, let name) = node { names.append(name) }
  ///   return .continue
  /// }
  /// ```
  ///
  /// Works off a list instead of recursing, so that no depth overflows the stack. A node that was built to stand below
  /// two parents is visited below each of them.
  /// - Parameters:
  ///   - start: the node to begin with; the root unless told otherwise.
  ///   - visit: called with each node; says how to go on.
  /// - Throws: what `visit` throws.
  public func walk<Failure: Error>(
    from start: NodeID? = nil, _ visit: (NodeID, Node) throws(Failure) -> Visit
  ) throws(Failure) {
    var pending = [start ?? root]
    while let id = pending.popLast() {
      let node = self[id]
      switch try visit(id, node) {
      case .continue:
        switch node {
        // Most nodes, without a list of what is below them.
        case .literal, .variable, .implicit, .alias, .member(base: nil, _): continue
        case .binary(_, let left, let right):
          pending.append(right)
          pending.append(left)
        default: pending.append(contentsOf: node.children.reversed())
        }
      case .skipChildren: continue
      case .stop: return
      }
    }
  }
}
