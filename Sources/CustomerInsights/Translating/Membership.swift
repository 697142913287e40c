import Dataverse
import ODataURL

/// `x in (a,b)` as `x eq a or x eq b`: Dataverse has no `in`.
enum Membership {
  /// Expands each `in` of a property over literals; one of any other form stays, and is refused where it is judged.
  static func expanded(_ expression: Expression) -> Expression {
    guard expression.nodes.contains(where: { if case .binary(.in, _, _) = $0 { true } else { false } }) else {
      return expression
    }
    return expression.replacing { id, node in
      guard case .binary(.in, let left, let right) = node, case .list(let items) = expression[right],
        case .member(base: nil, _) = expression[left], let first = items.first,
        items.allSatisfy({ if case .literal = expression[$0] { true } else { false } })
      else { return nil }
      let span = expression.span(of: id)
      func add(_ id: NodeID, to chain: inout Expression) -> NodeID {
        chain.append(expression[id], span: expression.span(of: id))
      }
      var chain = Expression(expression[left], span: expression.span(of: left))
      var root = chain.append(.binary(.eq, chain.root, add(first, to: &chain)), span: span)
      for item in items.dropFirst() {
        let column = add(left, to: &chain)
        let value = add(item, to: &chain)
        let test = chain.append(.binary(.eq, column, value), span: span)
        root = chain.append(.binary(.or, root, test), span: span)
      }
      chain.root = root
      return chain
    }
  }
}
