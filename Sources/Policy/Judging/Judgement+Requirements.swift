import Dataverse
import ODataURL

/// Checks that a query says what its table requires of it.
///
/// Only the rows of the path have to be asked for in this way: expanded rows are those that belong to their parent.
extension Judgement {
  /// - Parameter root: the rows of the path.
  mutating func checkRequirements(_ rule: TableRule, _ root: Level) {
    guard !rule.requirements.isEmpty else { return }
    var conditions: [Expression] = []
    if let filter = query.options.filter { conditions.append(filter.value) }
    for transformation in query.options.apply?.value ?? [] {
      guard case .filter(let condition) = transformation.kind else { break }
      conditions.append(condition)
    }
    for requirement in rule.requirements {
      let isMet =
        conditions.contains { $0.implies(requirement) }
        || root.conditions.contains { $0.isKey && requirement.columns.contains($0.column.name) }
      guard !isMet else { continue }
      let names = requirement.columns.map { "`\($0)`" }.joined(separator: " or ")
      deny(
        .requirement, query.options.filter?.span ?? query.options.apply?.span ?? query.path.last?.span ?? .none,
        "Rows of \(rule.table.entitySetName) have to be asked for by \(names).",
        "Compare one of them with `eq` or Microsoft.Dynamics.CRM.In, so that no row can match without.", about: rule)
    }
  }
}

extension Expression {
  /// Whether no row can match without one of the columns being equal to a value that is given.
  fileprivate func implies(_ requirement: Requirement) -> Bool {
    func names(_ name: String) -> Bool { requirement.columns.contains { $0.utf8.elementsEqual(name.utf8) } }
    func isValue(_ id: NodeID) -> Bool {
      if case .literal(let literal) = self[id], literal != .null { true } else { false }
    }
    // Children stand before their parents. What a `not`, a lambda or a path holds never counts.
    var implies = [Bool](repeating: false, count: nodes.count)
    for (index, node) in nodes.enumerated() {
      switch node {
      case .binary(.and, let left, let right):
        implies[index] = implies[Int(left.index)] || implies[Int(right.index)]
      case .binary(.or, let left, let right):
        implies[index] = implies[Int(left.index)] && implies[Int(right.index)]
      case .binary(.eq, let left, let right):
        if case .member(base: nil, let name) = self[left] { implies[index] = names(name) && isValue(right) }
      case .function(base: nil, "Microsoft.Dynamics.CRM.In", let parameters):
        var isNamed = false
        var hasValues = false
        for parameter in parameters {
          switch self[parameter.value] {
          case .literal(.string(let name)) where parameter.name == "PropertyName": isNamed = names(name)
          case .array(let items) where parameter.name == "PropertyValues":
            hasValues = !items.isEmpty && items.allSatisfy(isValue)
          default: return false
          }
        }
        implies[index] = isNamed && hasValues
      default: continue
      }
    }
    return implies[Int(root.index)]
  }
}
