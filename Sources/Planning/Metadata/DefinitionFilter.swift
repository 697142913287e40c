import ODataURL
import Policy

/// `$filter` of definitions: properties compared with literals by `eq`, joined by `and` and `or`.
struct DefinitionFilter: Sendable {
  enum Kind: Sendable { case text, boolean }

  private let expression: Expression

  /// - Throws: ``Refusal`` for anything else.
  init(
    _ expression: Expression, properties: [String: Kind], limits: PolicyLimits
  ) throws(Refusal) {
    guard expression.nodes.count <= limits.nodes else {
      throw Refusal(
        findings: [
          Finding(
            rule: FindingRule.nodesLimit.rawValue, span: expression.span(of: expression.root),
            message: "The conditions have \(expression.nodes.count) parts; \(limits.nodes) are allowed.",
            remedy: "Ask in several requests.")
        ], dialect: .dataverse)
    }
    // A stack of its own: a chain of `or` is as deep as it is long.
    var waiting = [expression.root]
    while let id = waiting.popLast() {
      switch expression[id] {
      case .binary(.and, let left, let right), .binary(.or, let left, let right): waiting += [right, left]
      case .binary(.eq, let left, let right):
        guard case .member(base: nil, let name) = expression[left], let kind = properties[name],
          case .literal(let literal) = expression[right], DefinitionFilter.fits(literal, kind)
        else { throw DefinitionFilter.unserved(expression.span(of: id), properties) }
      default: throw DefinitionFilter.unserved(expression.span(of: id), properties)
      }
    }
    self.expression = expression
  }

  private static func fits(_ literal: Literal, _ kind: Kind) -> Bool {
    switch (literal, kind) {
    case (.string, .text), (.boolean, .boolean): true
    default: false
    }
  }

  private static func unserved(_ span: Span, _ properties: [String: Kind]) -> Refusal {
    MetadataRequest.refusal(
      span, "This condition on definitions is not served.",
      "Compare with `eq` and join by `and`, `or`: \(properties.keys.sorted().joined(separator: ", ")).")
  }

  /// Whether the definition with these values is asked for. Texts are compared byte by byte: names of Dataverse are in
  /// one case.
  func matches(_ value: (String) -> Literal?) -> Bool {
    // Children come before their parents.
    var truths = [Bool](repeating: false, count: expression.nodes.count)
    for (index, node) in expression.nodes.enumerated() {
      switch node {
      case .binary(.and, let left, let right): truths[index] = truths[left] && truths[right]
      case .binary(.or, let left, let right): truths[index] = truths[left] || truths[right]
      case .binary(.eq, let left, let right):
        if case .member(base: nil, let name) = expression[left], case .literal(let literal) = expression[right] {
          truths[index] = value(name) == literal
        }
      default: continue
      }
    }
    return truths[expression.root]
  }
}

extension [Bool] {
  fileprivate subscript(id: NodeID) -> Bool { self[Int(id.index)] }
}
