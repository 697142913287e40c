import Dataverse
import ODataURL

/// Checks on conditions: column, operation, form of the values.
extension Judgement {
  /// - Parameter rule: of the table that the column belongs to.
  mutating func check(_ condition: Condition, _ rule: TableRule, level: Int) {
    let uses = uses(of: condition.column, in: rule)
    if uses.isFilterable, isPlain(condition), uses.allowsAnyText(condition.operation) { return }
    guard let place = place(of: condition.column, in: rule), uses.isFilterable else {
      denyColumn(.filterColumn, condition.column, rule, "compared", \.isFilterable)
      return
    }
    if case .queryFunction(let name) = condition.operation, QueryFunction.named(name)?.dependency != nil {
      timeToLive = 0
    }
    guard let shape = rule.columns[place].operations[condition.operation] else {
      denyOperation(condition, rule.columns[place], rule)
      return
    }
    if condition.isNegated, !rule.columns[place].allowsNot {
      deny(
        .operator, condition.span,
        "Conditions on `\(rule.columns[place].column.propertyName)` cannot stand under `not`.",
        "Say which rows are wanted.", about: rule, column: rule.columns[place].column.propertyName)
    }
    if let other = condition.other { checkOther(other, condition, rule, place) }
    switch condition.values {
    case .one(let value): check(value, condition, rule, place, shape, level: level)
    case .many(let values): for value in values { check(value, condition, rule, place, shape, level: level) }
    }
  }

  /// Whether nothing has to be known of a condition but whether its operation is allowed with any text: one value, not
  /// null and not too long, and no `not` in front.
  @inline(__always)
  private func isPlain(_ condition: Condition) -> Bool {
    guard !condition.isNegated, condition.other == nil, case .one(let value) = condition.values else { return false }
    switch value.literal {
    case .null: return false
    case .string(let text): return text.utf8.count <= scope.limits.filterLiteralLength
    default: return true
    }
  }

  /// A comparison with another column of the row.
  private mutating func checkOther(
    _ other: ColumnReference, _ condition: Condition, _ rule: TableRule, _ place: Int
  ) {
    guard let otherPlace = self.place(of: other, in: rule),
      rule.columns[otherPlace].isFilterable || rule.columns[otherPlace].allowsColumn
    else {
      denyColumn(.filterColumn, other, rule, "compared", \.isFilterable)
      return
    }
    guard other.path == condition.column.path else {
      deny(
        .expression, condition.span, "Columns of different rows cannot be compared.",
        "Compare columns of one row, or with a value.", about: rule, isFirm: true)
      return
    }
    for column in [place, otherPlace] where !rule.columns[column].allowsColumn {
      deny(
        .operator, condition.span,
        "`\(rule.columns[column].column.propertyName)` cannot be compared with another column.",
        "Compare it with a value.", about: rule, column: rule.columns[column].column.propertyName)
    }
  }

  private mutating func check(
    _ value: Condition.Value, _ condition: Condition, _ rule: TableRule, _ place: Int, _ shape: LiteralShape,
    level: Int
  ) {
    switch value.literal {
    case .null:
      if !rule.columns[place].allowsNull {
        deny(
          .operator, value.span, "`\(rule.columns[place].column.propertyName)` cannot be compared with null.",
          "Compare it with a value.", about: rule, column: rule.columns[place].column.propertyName)
      }
    case .string(let written):
      let limit = scope.limits.filterLiteralLength
      // Never more characters than bytes, and bytes are known.
      if written.utf8.count > limit, written.unicodeScalars.count > limit {
        deny(
          .literalLimit, value.span, "This text is longer than \(limit) characters.", "Use a shorter one.",
          about: rule, column: rule.columns[place].column.propertyName)
      }
      let text = shape.normalized(written)
      var isPattern = false
      if case .text = condition.operation { isPattern = true }
      guard shape.admits(text, isPattern: isPattern) else {
        deny(
          .literal, value.span,
          "`\(condition.operation.word)` on `\(rule.columns[place].column.propertyName)` wants text of another form.",
          "Write \(shape.words(isPattern: isPattern)).", about: rule,
          column: rule.columns[place].column.propertyName)
        return
      }
      if text != written {
        rewritten.append(Rewriting(level: level, origin: condition.origin, node: value.node, text: text))
      }
    default: return
    }
  }

  private mutating func denyOperation(_ condition: Condition, _ column: ColumnRule, _ rule: TableRule) {
    let words = column.operations.keys.map(\.word).sorted()
    let id: FindingRule
    let what: String
    var isFirm = false
    switch condition.operation {
    case .comparison(let op): (id, what) = (.operator, "`\(op.rawValue)`")
    case .text(let function): (id, what) = (.function, "`\(function.rawValue)`")
    case .queryFunction(let function):
      isFirm = QueryFunction.named(function) == nil
      (id, what) = (.function, isFirm ? "This function" : "`\(function)`")
    }
    deny(
      id, condition.span, "\(what) is not allowed on `\(column.column.propertyName)`.",
      "Allowed on it: \(Judgement.list(words)).", about: rule, column: column.column.propertyName, isFirm: isFirm)
  }

  // MARK: Obscurities

  /// Refuses what no column can be made of, whatever the policy says of the rule.
  mutating func checkObscurities(_ rule: TableRule) {
    for obscurity in obscurities where !holdsDeniedWay(obscurity) {
      // Said already of an option beside `$apply`.
      if obscurity.reason == .apply, obscurity.span != query.options.apply?.span, isOption(obscurity.span) { continue }
      let (id, message, remedy) = Judgement.words(obscurity.reason, rule)
      deny(id, obscurity.span, message, remedy, isFirm: true)
    }
  }

  private func isOption(_ span: Span) -> Bool {
    let options = query.options
    return [options.select?.span, options.filter?.span, options.orderby?.span, options.expand?.span].contains(span)
  }

  private static func words(
    _ reason: Obscurity.Reason, _ rule: TableRule
  ) -> (FindingRule, message: String, remedy: String) {
    switch reason {
    case .select:
      (
        .selectColumn, "`$select` takes names of columns alone, no `*` and no path.",
        "Leave $select out for all of: \(list(rule.selectItems.compactMap(\.path.first)))."
      )
    case .order:
      (.expression, "`$orderby` takes names of columns alone.", "Write `column asc` or `column desc`.")
    case .unsupportedOperator:
      (.operator, "This operator is not allowed.", "Use eq, ne, gt, ge, lt, le, and, or.")
    case .comparison:
      (
        .expression, "A comparison has a column on its left and a literal on its right.",
        "Write it like `column eq 'value'`."
      )
    case .function:
      (
        .function, "This function is not allowed, or not with these arguments.",
        "Write it like contains(column,'text')."
      )
    case .path:
      (
        .expression, "A condition cannot go through this path.",
        "Compare a column of \(rule.table.entitySetName) itself."
      )
    case .bareOperand: (.expression, "A condition is wanted here.", "Write it like `column eq 'value'`.")
    case .key: (.expression, "A key is a literal.", "Write it like (column='value').")
    case .alias: (.expression, "An alias without a value stands here.", "Write the value itself.")
    case .expand:
      (.expression, "`$expand` takes names of navigation properties alone.", "Write name($select=…).")
    case .apply:
      (
        .expression, "This transformation is not allowed.",
        "Write filter(…), groupby((column),aggregate(…)) or aggregate(…)."
      )
    }
  }
}
