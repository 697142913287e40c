import Dataverse
import ODataURL

/// Why a row filter cannot be put where it has to be.
enum RowFilterProblem: Error, Hashable {
  /// The caller brings no value of this name.
  case missingClaim(String)
  /// The caller's value of this name is not of the type of the column.
  case malformedClaim(String)
  /// The row filter of this entity set calls query functions, which name columns of the rows of the path only.
  case functionBehindPath(String)
  /// The condition is not of a form that is understood.
  case structure
}

/// The row filters of one scope with the values of one caller.
struct RowFilters {
  let scope: ScopeRule
  let claims: [String: String]
  /// Made so far, by entity set: a query touches few tables.
  private var made: [(set: String, filter: Filter)] = []

  /// All row filters of one table as one condition on its columns.
  struct Filter {
    var expression: Expression
    /// It calls query functions.
    var callsFunctions: Bool
    /// Its outcome depends on the clock or on who asks.
    var dependsOnRequest: Bool
  }

  init(scope: ScopeRule, claims: [String: String]) {
    self.scope = scope
    self.claims = claims
  }

  /// The condition that rows of a table have to meet; `nil` when it has none.
  mutating func filter(of rule: TableRule) throws(RowFilterProblem) -> Filter? {
    guard !rule.rowFilters.isEmpty else { return nil }
    let set = rule.table.entitySetName
    if let known = made.first(where: { $0.set == set }) { return known.filter }
    var whole: Expression?
    for rowFilter in rule.rowFilters {
      for name in rowFilter.claims.sorted() where claims[name] == nil { throw .missingClaim(name) }
      let part = try withValues(rowFilter.expression, of: rule)
      whole = whole.map { $0.and(part) } ?? part
    }
    guard let whole else { return nil }
    let functions = whole.nodes.compactMap { node in
      if case .function(_, let name, _) = node {
        QueryFunction.unqualified(name).flatMap(QueryFunction.named)
      } else {
        nil
      }
    }
    let filter = Filter(
      expression: whole,
      callsFunctions: whole.nodes.contains { if case .function = $0 { true } else { false } },
      dependsOnRequest: functions.contains { $0.dependency != nil })
    made.append((set, filter))
    return filter
  }

  /// `expression`, a condition on rows of a table, and the row filters of that table.
  mutating func with(_ expression: Expression?, _ rule: TableRule) throws(RowFilterProblem) -> Expression? {
    guard let filter = try filter(of: rule) else { return expression }
    return expression.map { $0.and(filter.expression) } ?? filter.expression
  }

  /// The row filters of the table at the end of a path of lookups, with that path in front of their columns.
  mutating func filter(
    of rule: TableRule, behind path: some Collection<String>
  ) throws(RowFilterProblem) -> Expression? {
    guard let filter = try filter(of: rule) else { return nil }
    guard !filter.callsFunctions else { throw .functionBehindPath(rule.table.entitySetName) }
    return try filter.expression.replacing { (_, node) throws(RowFilterProblem) -> Expression? in
      guard case .member(base: nil, let name) = node else { return nil }
      guard let first = path.first else { throw .structure }
      var column = Expression(.member(base: nil, name: first))
      for step in path.dropFirst() { column.root = column.append(.member(base: column.root, name: step)) }
      column.root = column.append(.member(base: column.root, name: name))
      return column
    }
  }

  // MARK: Values of the caller

  private static let prefix = "caller."

  /// A row filter with the caller's values as literals: they are never read as syntax.
  private func withValues(
    _ expression: Expression, of rule: TableRule
  ) throws(RowFilterProblem) -> Expression {
    guard expression.nodes.contains(where: { if case .alias = $0 { true } else { false } }) else { return expression }
    let literals = try literals(in: expression, of: rule)
    return try expression.replacing { (id, node) throws(RowFilterProblem) -> Expression? in
      guard case .alias = node else { return nil }
      guard let literal = literals[id] else { throw .structure }
      return Expression(.literal(literal))
    }
  }

  /// What the aliases stand for, each typed by the column it is compared with.
  private func literals(
    in expression: Expression, of rule: TableRule
  ) throws(RowFilterProblem) -> [NodeID: Literal] {
    var literals: [NodeID: Literal] = [:]
    func set(_ id: NodeID, _ column: Column?, _ use: ClaimValue.Use) throws(RowFilterProblem) {
      guard case .alias(let alias) = expression[id] else { return }
      guard alias.hasPrefix(RowFilters.prefix), let column else { throw .structure }
      let name = String(alias.dropFirst(RowFilters.prefix.count))
      guard let text = claims[name] else { throw .missingClaim(name) }
      guard text.unicodeScalars.count <= scope.limits.filterLiteralLength,
        let literal = ClaimValue.literal(text, comparedWith: column.type, as: use)
      else { throw .malformedClaim(name) }
      literals[id] = literal
    }
    func column(_ id: NodeID) -> Column? {
      switch expression[id] {
      case .member(base: nil, let name), .literal(.string(let name)): rule.table.column(name)
      default: nil
      }
    }
    for node in expression.nodes {
      switch node {
      case .binary(_, let left, let right):
        try set(right, column(left), .comparison)
        try set(left, column(right), .comparison)
      case .call(_, let arguments) where arguments.count == 2: try set(arguments[1], column(arguments[0]), .pattern)
      case .function(_, _, let parameters):
        let named = parameters.first { $0.name == "PropertyName" }.flatMap { column($0.value) }
        for parameter in parameters {
          guard case .array(let items) = expression[parameter.value] else {
            try set(parameter.value, named, .argument)
            continue
          }
          for item in items { try set(item, named, .item) }
        }
      default: continue
      }
    }
    return literals
  }
}

extension Expression {
  /// Both conditions joined by `and`.
  func and(_ other: Expression) -> Expression {
    var result = self
    let right = result.copy(other)
    result.root = result.append(.binary(.and, root, right))
    return result
  }

  /// Adds all nodes of another expression, without their places in a source.
  /// - Returns: where its root is in this one.
  mutating func copy(_ other: Expression) -> NodeID {
    var moved: [NodeID] = []
    moved.reserveCapacity(other.nodes.count)
    for node in other.nodes { moved.append(append(node.mappingChildren { moved[Int($0.index)] })) }
    return moved[Int(other.root.index)]
  }

  /// Whether every name in it is one of the rows themselves: no paths, no lambdas.
  var isFlat: Bool {
    // By index: a copy of a node costs more than a look at its kind.
    for index in nodes.indices {
      switch nodes[index] {
      case .literal, .member(base: nil, _), .binary, .not, .negate, .call, .function(base: nil, _, _), .array, .alias:
        continue
      default: return false
      }
    }
    return true
  }
}
