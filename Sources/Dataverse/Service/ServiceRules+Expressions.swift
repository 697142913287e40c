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
    case .literal, .member, .variable, .alias, .not: false
    case .binary(let op, _, _):
      switch op {
      case .or, .and, .eq, .ne, .gt, .ge, .lt, .le: false
      case .add, .sub, .mul, .div, .divby, .mod, .has, .in: true
      }
    case .call(let name, _): TextFunction.named(name) == nil
    default: true
    }
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
