import ODataURL

/// Members of a JSON column in expressions that are calculated here. They are paths through the column, in all other
/// respects a form that no expression here has: what a column is and what a member is depends on the mapping alone, and
/// never on what a name is like.
extension Expression {
  /// A member of a column that holds JSON objects.
  /// - Parameter column: property name.
  init(member name: String, ofJSON column: String, span: Span) {
    self.init(.member(base: nil, name: column), span: span)
    root = append(.member(base: root, name: name), span: span)
  }

  /// The column and the name of the member that a node of this expression is; `nil` for all other nodes.
  func jsonMember(_ node: Node) -> (column: String, name: String)? {
    guard case .member(let base?, let name) = node, case .member(base: nil, let column) = self[base] else { return nil }
    return (column, name)
  }
}
