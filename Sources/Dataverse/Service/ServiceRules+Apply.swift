import ODataURL

/// Rules on `$apply`.
extension ServiceRules {
  static func checkApply(
    _ transformations: [Transformation], _ options: QueryOptions, _ level: Level, into findings: inout [ServiceFinding]
  ) {
    func refuse(_ span: Span, _ message: String, _ remedy: String) {
      findings.append(ServiceFinding(rule: "DV012", span: span, message: message, remedy: remedy))
    }
    if let span = options.orderby?.span {
      refuse(span, "Dataverse does not order what $apply computes.", "Order the rows after they have been read.")
    }
    checkTransformations(transformations, isInner: false, into: &findings)
    for group in level.aggregation?.groups ?? [] {
      guard let type = group.column.column?.type, type == .dateTime || type == .dateOnly else { continue }
      refuse(
        group.column.span, "Dataverse does not group by a time.", "Filter for a span of time for each group.")
    }
    for aggregate in level.aggregation?.aggregates ?? [] where aggregate.method == .sum || aggregate.method == .average
    {
      guard let type = aggregate.column.column?.type, !type.isNumber else { continue }
      refuse(
        aggregate.column.span, "Only numbers have a sum and an average.", "Use min, max or $count.")
    }
  }

  private static func checkTransformations(
    _ transformations: [Transformation], isInner: Bool, into findings: inout [ServiceFinding]
  ) {
    func refuse(_ span: Span, _ message: String, _ remedy: String) {
      findings.append(ServiceFinding(rule: "DV012", span: span, message: message, remedy: remedy))
    }
    for transformation in transformations {
      switch transformation.kind {
      case .filter(let condition) where !isInner: checkExpression(condition, into: &findings)
      case .aggregate(let items):
        for item in items {
          if let operand = item.operand { checkExpression(operand, into: &findings) }
          switch item.steps.method {
          case .countdistinct, .custom:
            refuse(item.span, "Dataverse has no such method.", "Use sum, average, min, max or $count.")
          case .sum, .average, .min, .max, nil:
            if item.alias == nil || !item.steps.from.isEmpty || (item.steps.method == nil && item.operand != nil) {
              refuse(item.span, "Dataverse does not aggregate like this.", "Write `column with sum as name`.")
            }
          }
        }
      case .groupby(let elements, let inner) where !isInner:
        for element in elements {
          if case .property = element.kind { continue }
          refuse(element.span, "Dataverse has no `rollup`.", "Name the columns to group by.")
        }
        // One level: what it holds is inner.
        checkTransformations(inner, isInner: true, into: &findings)
      default:
        refuse(
          transformation.span, "Dataverse does not have this transformation here.",
          "Use filter(…), then groupby(…) or aggregate(…).")
      }
    }
  }
}

extension ColumnType {
  fileprivate var isNumber: Bool {
    switch self {
    case .wholeNumber, .bigInt, .decimal, .double, .money: true
    default: false
    }
  }
}
