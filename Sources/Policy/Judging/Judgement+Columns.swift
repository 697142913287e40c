import Dataverse
import ODataURL
import YAMLFile

/// Checks on every column that the query names, by use.
extension Judgement {
  mutating func checkColumns(_ rule: TableRule) {
    for reference in (resolution.root.select ?? []) where allowed(reference, rule, \.isSelectable) == nil {
      denyColumn(.selectColumn, reference, rule, "read", \.isSelectable)
    }
    for reference in resolution.root.order {
      guard let column = allowed(reference, rule, \.isOrderable), !column.column.isLookup else {
        denyColumn(.orderColumn, reference, rule, "ordered by", \.isOrderable)
        continue
      }
    }
    for obscurity in resolution.obscurities { denyObscurity(obscurity, rule) }
  }

  mutating func checkConditions(_ rule: TableRule) {
    for condition in resolution.root.conditions {
      // Said already of the path.
      if condition.isKey, !rule.options.contains(.key) { continue }
      guard let column = allowed(condition.column, rule, \.isFilterable) else {
        denyColumn(.filterColumn, condition.column, rule, "compared", \.isFilterable)
        continue
      }
      guard let shape = column.operations[condition.operation] else {
        denyOperation(condition, column)
        continue
      }
      let name = column.column.propertyName
      if condition.isNegated, !column.allowsNot {
        deny(
          .operator, condition.span, "Conditions on `\(name)` cannot stand under `not`.", "Say which rows are wanted.")
      }
      for value in condition.values { checkValue(value, condition, column, shape) }
    }
  }

  private mutating func checkValue(
    _ value: Condition.Value, _ condition: Condition, _ rule: ColumnRule, _ shape: LiteralShape
  ) {
    let name = rule.column.propertyName
    switch value.literal {
    case .null:
      if !rule.allowsNull {
        deny(.operator, value.span, "`\(name)` cannot be compared with null.", "Compare it with a value.")
      }
    case .string(let written):
      let limit = policy.limits.filterLiteralLength
      guard written.unicodeScalars.count <= limit else {
        deny(.literalLimit, value.span, "This text is longer than \(limit) characters.", "Use a shorter one.")
        return
      }
      // A key is sent as it was written.
      let text = condition.isKey ? written : shape.normalized(written)
      guard shape.admits(text) else {
        deny(
          .literal, value.span, "`\(condition.operation.word)` on `\(name)` wants text of another form.",
          "Write \(shape.words).")
        return
      }
      if text != written { rewritten[Int(value.node.index)] = text }
    default: return
    }
  }

  /// The rule of a column if it has the use; the name has to be both in the schema and in the policy.
  private func allowed(
    _ reference: ColumnReference, _ rule: TableRule, _ use: KeyPath<ColumnRule, Bool>
  ) -> ColumnRule? {
    guard reference.column != nil, let column = rule.column(reference.name), column[keyPath: use] else { return nil }
    return column
  }

  /// Says the same of columns that are not allowed and columns that do not exist, so that nobody learns which do.
  private mutating func denyColumn(
    _ id: FindingRule, _ reference: ColumnReference, _ rule: TableRule, _ use: String, _ flag: KeyPath<ColumnRule, Bool>
  ) {
    guard hasRoom() else { return }
    let names = rule.columns.filter { $0[keyPath: flag] }.map(\.column.propertyName)
    let isNamable = !reference.isText || rule.column(reference.name) != nil
    let what = isNamable ? "`\(reference.name)`" : "This column"
    let nearest = isNamable ? NearestName.nearest(to: reference.name, among: names) : nil
    deny(
      id, reference.span, "\(what) of \(rule.table.entitySetName) cannot be \(use) here.",
      nearest.map { "Did you mean `\($0)`?" } ?? "Allowed: \(Judgement.list(names)).")
  }

  private mutating func denyOperation(_ condition: Condition, _ rule: ColumnRule) {
    let name = rule.column.propertyName
    let words = rule.operations.keys.map(\.word).sorted()
    switch condition.operation {
    case .comparison(let op):
      deny(
        .operator, condition.span, "`\(op.rawValue)` is not allowed on `\(name)`.",
        "Allowed on it: \(Judgement.list(words)).")
    case .text(let function):
      deny(
        .function, condition.span, "`\(function.rawValue)` is not allowed on `\(name)`.",
        "Allowed on it: \(Judgement.list(words)).")
    case .queryFunction(let function):
      let isKnown = QueryFunction.named(function) != nil
      deny(
        .function, condition.span, "\(isKnown ? "`\(function)`" : "This function") is not allowed on `\(name)`.",
        "Allowed on it: \(Judgement.list(words)).")
    }
  }

  private mutating func denyObscurity(_ obscurity: Obscurity, _ rule: TableRule) {
    let span = obscurity.span
    switch obscurity.reason {
    case .select:
      let names = rule.selectItems.compactMap(\.path.first)
      deny(
        .selectColumn, span, "`$select` takes names of columns alone, no `*` and no path.",
        "Leave $select out for all of: \(Judgement.list(names)).")
    case .order:
      deny(.expression, span, "`$orderby` takes names of columns alone.", "Write `column asc` or `column desc`.")
    case .unsupportedOperator:
      deny(.operator, span, "This operator is not allowed.", "Use eq, ne, gt, ge, lt, le, and, or.")
    case .comparison:
      deny(
        .expression, span, "A comparison has a column on its left and a literal on its right.",
        "Write it like `column eq 'value'`.")
    case .function:
      deny(
        .function, span, "This function is not allowed, or not with these arguments.",
        "Write it like contains(column,'text').")
    case .path:
      deny(
        .expression, span, "A condition cannot go through a path, a lambda or a cast.",
        "Compare a column of \(rule.table.entitySetName) itself.")
    case .bareOperand:
      deny(.expression, span, "A condition is wanted here.", "Write it like `column eq 'value'`.")
    case .key:
      deny(.expression, span, "A key is a literal.", "Write it like (column='value').")
    case .alias:
      deny(.expression, span, "An alias without a value stands here.", "Write the value itself.")
    case .expand:
      deny(.expression, span, "`$expand` takes names of navigation properties alone.", "Write name($select=…).")
    case .apply:
      deny(
        .expression, span, "This transformation is not allowed.",
        "Write filter(…), groupby((column),aggregate(…)) or aggregate(…).")
    }
  }
}

extension Column {
  fileprivate var isLookup: Bool {
    if case .lookup = type { true } else { false }
  }
}
