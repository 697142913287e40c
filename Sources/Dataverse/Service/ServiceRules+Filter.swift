package import ODataURL

/// Rules on expressions: operators, functions, lambdas, literals.
extension ServiceRules {
  static func checkExpression(_ expression: Expression, isFilter: Bool, into findings: inout [ServiceFinding]) {
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
      case .call(let name, _) where TextFunction(rawValue: name) == nil:
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
      case .list, .object:
        refuse("DV003", "This cannot stand in an expression of Dataverse.", "Compare a column with a value.")
      case .not(let operand):
        if case .function = expression[operand] {
          refuse("DV004", "`not` cannot stand before a query function.", "Use its twin, for example NotIn for In.")
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
        if case .member(base: .some, _) = expression[base] {
          refuse(
            "DV006", "Dataverse takes no `any` or `all` beneath a lookup.",
            "Start from the table that has the collection.")
        }
      default: break
      }
      pending += expression[id].children.reversed()
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
    guard qualified.hasPrefix(QueryFunction.namespace),
      let function = QueryFunction.named(String(qualified.dropFirst(QueryFunction.namespace.count)))
    else {
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

  // MARK: Conditions

  static func checkCondition(_ condition: Condition, _ table: Table?, into findings: inout [ServiceFinding]) {
    guard let column = condition.column.column else { return }
    switch condition.operation {
    case .comparison(let op):
      for value in condition.values {
        if case .null = value.literal {
          if condition.isKey || (op != .eq && op != .ne) {
            findings.append(
              ServiceFinding(
                rule: "DV008", span: value.span, message: "null can only be compared with `eq` and `ne`.",
                remedy: "Compare with a value."))
          }
        } else if !column.type.compares(with: value.literal) {
          findings.append(mismatch(column, value))
        }
      }
      if condition.isKey { checkAlternateKey(condition, table, into: &findings) }
    case .text(let function):
      guard column.type == .text || column.type == .memo else {
        findings.append(
          ServiceFinding(
            rule: "DV008", span: condition.span,
            message: "`\(function.rawValue)` takes a text column; \(column.propertyName) is \(column.type.name).",
            remedy: "Compare it with `eq`, `gt` or `lt`."))
        return
      }
      for value in condition.values {
        guard case .string(let text) = value.literal else {
          findings.append(mismatch(column, value))
          continue
        }
        checkWildcard(function, text, value.span, into: &findings)
      }
    case .queryFunction: break
    }
  }

  private static func mismatch(_ column: Column, _ value: Condition.Value) -> ServiceFinding {
    ServiceFinding(
      rule: "DV008", span: value.span,
      message: "\(column.propertyName) is \(column.type.name); this literal is of another type.",
      remedy: "Write \(column.type.literalForm).")
  }

  private static func checkWildcard(
    _ function: TextFunction, _ text: String, _ span: Span, into findings: inout [ServiceFinding]
  ) {
    let isOnTheOpenSide =
      switch function {
      case .contains: false
      case .startswith: text.utf8.first == UInt8(ascii: "%")
      case .endswith: text.utf8.last == UInt8(ascii: "%")
      }
    guard isOnTheOpenSide else { return }
    findings.append(
      ServiceFinding(
        rule: "DV009", span: span,
        message: "`\(function.rawValue)` takes no `%` at its open side, where Dataverse puts one itself.",
        remedy: "Use contains, or write [%] for the character itself."))
  }

  private static func checkAlternateKey(
    _ condition: Condition, _ table: Table?, into findings: inout [ServiceFinding]
  ) {
    guard condition.column.name != table?.primaryKey else { return }
    for case .string(let text) in condition.values.map(\.literal)
    where text.utf8.contains(where: { "/<>*%&:\\?+".utf8.contains($0) }) {
      findings.append(
        ServiceFinding(
          rule: "DV013", span: condition.span,
          message: "Dataverse finds no row by an alternate key that holds one of / < > * % & : \\ ? +.",
          remedy: "Use $filter with `eq`."))
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

extension ColumnType {
  /// Whether a column of this type can be compared with a literal other than null.
  package func compares(with literal: Literal) -> Bool {
    switch (self, literal) {
    case (.text, .string), (.memo, .string), (.uniqueIdentifier, .guid), (.lookup, .guid), (.dateTime, .dateTimeOffset),
      (.dateTime, .date), (.dateOnly, .date), (.wholeNumber, .integer), (.bigInt, .integer), (.choice, .integer),
      (.decimal, .integer), (.decimal, .decimal), (.decimal, .double), (.money, .integer), (.money, .decimal),
      (.money, .double), (.double, .integer), (.double, .decimal), (.double, .double), (.boolean, .boolean),
      (.choices, .string):
      true
    default: false
    }
  }

  fileprivate var literalForm: String {
    switch self {
    case .text, .memo: "text in single quotes"
    case .uniqueIdentifier, .lookup: "a GUID without quotes"
    case .dateTime: "a time like 2017-01-01T00:00:00Z, without quotes"
    case .dateOnly: "a date like 2017-01-01, without quotes"
    case .wholeNumber, .bigInt, .choice: "a whole number without quotes"
    case .decimal, .money, .double: "a number without quotes"
    case .choices: "numbers in one text, like '1,9'"
    case .file, .image: "nothing: it cannot be compared"
    case .boolean: "true or false"
    }
  }
}
