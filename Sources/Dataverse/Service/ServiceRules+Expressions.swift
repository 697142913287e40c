import ODataURL

/// Rules on expressions: operators, functions, lambdas, literals.
extension ServiceRules {
  static func checkExpression(_ expression: Expression, into findings: inout [ServiceFinding]) {
    // Nearly all expressions hold nothing to look at more closely.
    guard expression.nodes.contains(where: isSuspect) else { return }
    var pending = [expression.root]
    var visits = 0
    // Pools may share nodes; each way to one counts, up to the size of the pool.
    while let id = pending.popLast(), visits <= expression.nodes.count {
      visits += 1
      let span = expression.span(of: id)
      func refuse(_ rule: String, _ message: String, _ remedy: String) {
        findings.append(ServiceFinding(rule: rule, span: span, message: message, remedy: remedy))
      }
      for literal in expression.uncheckedOperands(of: id) where expression.isNotFinite(literal) {
        findings.append(notFinite(expression.span(of: literal)))
      }
      switch expression[id] {
      case .binary(.in, _, _):
        refuse(
          "DV003", "Dataverse has no `in`.",
          "Join comparisons with `or`, or use Microsoft.Dynamics.CRM.In(PropertyName='column',PropertyValues=[…]).")
        continue
      case .binary(let op, _, _) where arithmetic.contains(op):
        refuse("DV003", "Dataverse has no operator `\(op.rawValue)`.", "Compare a column with a value.")
      case .negate: refuse("DV003", "Dataverse has no arithmetic.", "Compare a column with a value.")
      case .call(let name, _) where TextFunction.named(name) == nil:
        refuse(
          "DV003", "Dataverse has no function `\(name)`.",
          "Use contains, startswith or endswith, or compare the column itself.")
      case .count: refuse("DV003", "Dataverse cannot compare the size of a collection.", "Use any().")
      case .aggregate: refuse("DV003", "Dataverse has no `aggregate` in an expression.", "Compare a column.")
      case .literal(.geo):
        refuse("DV003", "Dataverse has no geographic values.", "Compare a column with a value of its type.")
      case .key, .annotation:
        refuse("DV003", "Dataverse takes neither keys nor annotations here.", "Name the column alone.")
      case .cast, .implicit:
        refuse("DV003", "Dataverse takes no type casts and no `$it` or `$root`.", "Name the column alone.")
      case .list, .array, .object:
        refuse("DV003", "This cannot stand in an expression of Dataverse.", "Compare a column with a value.")
      case .not(let operand):
        if case .function(_, let name, _) = expression[operand] {
          let twin = QueryFunction.named(name, isQualified: true)?.twin
          refuse(
            "DV004", "`not` cannot stand before a query function.",
            twin.map { "Use its twin, \(QueryFunction.namespace)\($0)." } ?? "Say which rows are wanted.")
        }
      case .function(let base, let name, let parameters):
        if base != nil {
          refuse("DV014", "This calls a function bound to a row.", "Compare a column with a value.")
        } else {
          checkQueryFunction(name, parameters, in: expression, span, into: &findings)
        }
        // Its parameters are looked at as a whole.
        continue
      case .lambda(let base, _, _, _):
        if case .member(base: .some(let step), _) = expression[base], case .member = expression[step] {
          refuse(
            "DV006", "Dataverse takes no `any` or `all` beneath a lookup.",
            "Start from the table that has the collection.")
        }
      default: break
      }
      pending += expression[id].children.reversed()
    }
  }

  /// Whether a node can be at fault; children of harmless nodes are looked at by themselves.
  private static func isSuspect(_ node: Expression.Node) -> Bool {
    switch node {
    case .literal(.geo): true
    case .literal(let literal): literal.isNotFinite
    case .member, .variable, .alias, .not: false
    case .binary(let op, _, _):
      switch op {
      case .or, .and, .eq, .ne, .gt, .ge, .lt, .le: false
      case .add, .sub, .mul, .div, .divby, .mod, .has, .in: true
      }
    case .call(let name, _): TextFunction.named(name) == nil
    default: true
    }
  }

  /// What no condition on a column has said already: a number that is none, where it is not the value of one.
  private static func notFinite(_ span: Span) -> ServiceFinding {
    ServiceFinding(
      rule: "DV008", span: span, message: "Dataverse has neither INF nor NaN among its numbers.",
      remedy: "Compare a column with a number, or with null.")
  }

  private static let arithmetic: Set<BinaryOperator> = [.add, .sub, .mul, .div, .divby, .mod, .has]

  private static func checkQueryFunction(
    _ qualified: String, _ parameters: [NamedParameter], in expression: Expression, _ span: Span,
    into findings: inout [ServiceFinding]
  ) {
    func refuse(_ span: Span, _ message: String, _ remedy: String) {
      findings.append(ServiceFinding(rule: "DV005", span: span, message: message, remedy: remedy))
    }
    guard let function = QueryFunction.named(qualified, isQualified: true) else {
      refuse(
        span, "Dataverse has no query function of this name.",
        "Query functions are called Microsoft.Dynamics.CRM.Name, for example Microsoft.Dynamics.CRM.In.")
      return
    }
    let usage = "\(function.name)(\(function.parameters.map { "\($0.name)=…" }.joined(separator: ",")))"
    guard Set(parameters.map(\.name)) == Set(function.parameters.map(\.name)),
      parameters.count == function.parameters.count
    else {
      refuse(span, "The parameters of \(function.name) are not the ones it takes.", "Write \(usage).")
      return
    }
    for wanted in function.parameters {
      guard let given = parameters.first(where: { $0.name == wanted.name }) else { continue }
      let place = expression.span(of: given.value)
      guard !wanted.kind.takes(given.value, in: expression) else { continue }
      refuse(place, "\(wanted.name) of \(function.name) has to be \(wanted.kind.words).", "Write \(usage).")
    }
  }
}

extension Expression {
  fileprivate func isNotFinite(_ id: NodeID) -> Bool {
    if case .literal(let literal) = self[id] { literal.isNotFinite } else { false }
  }

  /// The operands of a comparison, a list of `in` or a function that are no values of a condition
  /// (``Condition/values``), and so are looked at nowhere else: one on the left side, and all where no column stands.
  fileprivate func uncheckedOperands(of id: NodeID) -> [NodeID] {
    switch self[id] {
    case .binary(.and, _, _), .binary(.or, _, _): return []
    case .binary(.in, let left, let right):
      guard case .list(let items) = self[right] else { return [left, right] }
      return [left] + items
    case .binary(let op, let left, let right):
      return op.isComparison && isMember(left) ? [] : [left, right]
    case .call(let name, let arguments):
      let isCondition = TextFunction.named(name) != nil && arguments.count == 2 && isMember(arguments[0])
      return isCondition ? [] : arguments
    case .negate(let operand): return [operand]
    default: return []
    }
  }

  private func isMember(_ id: NodeID) -> Bool {
    if case .member = self[id] { true } else { false }
  }
}

extension QueryFunction.Kind {
  fileprivate func takes(_ id: NodeID, in expression: Expression) -> Bool {
    switch (self, expression[id]) {
    case (.column, .literal(.string)), (.text, .literal(.string)), (.wholeNumber, .literal(.integer)): true
    case (.texts(let count), .array(let items)):
      !items.isEmpty && (count ?? items.count) == items.count
        && items.allSatisfy { if case .literal(.string) = expression[$0] { true } else { false } }
    default: false
    }
  }

  fileprivate var words: String {
    switch self {
    case .column: "the name of a column in quotes"
    case .text: "text in quotes"
    case .wholeNumber: "a whole number"
    case .texts(count: nil): "an array of text"
    case .texts(count: .some(let count)): "an array of \(count) texts"
    }
  }
}
