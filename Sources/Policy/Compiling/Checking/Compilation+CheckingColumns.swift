import Dataverse
import ODataURL
import YAMLFile

/// Checks on single columns: uses that go with neither the type nor the options.
extension Compilation {
  func checkColumns(of table: ResolvedTable, _ mentions: Mentions) {
    let compared = table.columns.filter { $0.source.names(Compilation.columnWord) }
    for column in table.columns {
      check(column, in: table)
      checkFilters(column, in: table, mentions)
      checkAggregate(column)
      checkComparedColumn(column, with: compared, in: table)
    }
  }

  private func check(_ resolved: ResolvedColumn, in table: ResolvedTable) {
    let source = resolved.source
    let type = resolved.column.type
    if !source.isSelectable, source.filters.isEmpty, source.order?.isAllowed != true, source.aggregate.isEmpty {
      report(
        source.keyNode, source.path, "Nothing is allowed for this column.", help: "Name a use, or remove the column.")
    } else if let annotate = source.annotate, !source.isSelectable, source.aggregate.isEmpty {
      report(
        annotate.node, "\(source.path).annotate",
        "This never applies: annotations leave with their column, which has no `select: true`.")
    }
    if source.displayName != nil, source.type == nil {
      report(source.keyNode, source.path, "`displayName` belongs to a declaration by `type`.")
    }
    if let annotate = source.annotate, source.isSelectable || !source.aggregate.isEmpty, !namesTerms {
      report(
        annotate.node, "\(source.path).annotate",
        "This never applies: `annotations` names no term that a column could have.", help: "Remove `annotate`.")
    }
    guard let order = source.order, order.isAllowed else { return }
    let path = "\(source.path).order"
    switch type {
    case .lookup:
      report(
        order.node, path, "Ordering by a lookup sorts by the name of the related row.", help: "Remove `order`.")
    case .file, .image: report(order.node, path, "Rows cannot be ordered by \(type.name).", help: "Remove `order`.")
    default: break
    }
    if !table.options.options.contains(.orderby) {
      report(order.node, path, "This never applies: `$orderby` is not in `options`.")
    }
  }

  // MARK: Filter

  private func checkFilters(_ resolved: ResolvedColumn, in table: ResolvedTable, _ mentions: Mentions) {
    let source = resolved.source
    let type = resolved.column.type
    for filter in source.filters {
      checkOperation(filter, type)
      guard let shape = filter.shape else { continue }
      checkShape(
        shape, filled: shape.shape.filled(from: source.shape?.shape ?? .any), resolved.column,
        hasText: !Compilation.addedWords.contains(filter.word))
    }
    if let shape = source.shape {
      checkShape(shape, filled: shape.shape, resolved.column, hasText: true)
      if source.filters.isEmpty { report(shape.node, shape.path, "This never applies: the column has no `filter`.") }
    }
    checkAddedWords(source)
    let options = table.options.options
    let appliesFilter = options.contains(.apply) && table.source.apply?.names(.filter) == true
    guard let first = source.filters.first, !options.contains(.filter), !appliesFilter,
      !mentions.filtered.contains(table.table.logicalName)
    else { return }
    guard options.contains(.key) else {
      report(first.node, first.path, "This never applies: neither `$filter` nor `key` is in `options`.")
      return
    }
    // Conditions are those of keys alone.
    guard let keyed = table.keyColumns else { return }
    if !keyed.contains(resolved.column.propertyName) {
      report(
        first.node, first.path,
        "This never applies: `$filter` is not in `options`, and no key that can be named has this column.",
        help:
          "Key predicates name the primary key or an alternate key; `alternateKeys` of the table tells which it has.")
    } else if let other = source.filters.first(where: { $0.word != "eq" }) {
      report(
        other.node, other.path, "This never applies: `$filter` is not in `options`, and keys are compared by `eq`.")
    }
  }

  /// Words that add to operations, without the ones that they add to.
  private func checkAddedWords(_ source: PolicySource.ColumnSource) {
    let operations = source.filters.compactMap { Condition.Operation(word: $0.word) }
    for filter in source.filters {
      switch filter.word {
      case Compilation.notWord where operations.isEmpty:
        report(filter.node, filter.path, "`not` adds to operators; none is named.", help: "Add `eq`.")
      case Compilation.nullWord where !operations.contains(.comparison(.eq)) && !operations.contains(.comparison(.ne)):
        report(
          filter.node, filter.path, "`isNull` adds to `eq` and `ne`; neither is named.", help: "Add `eq`.")
      case Compilation.columnWord where !operations.contains(where: \.isComparison):
        report(filter.node, filter.path, "`column` adds to comparisons; none is named.", help: "Add `eq`.")
      default: continue
      }
    }
  }

  /// A column that can be compared with others, while there is nothing that Dataverse or the legacy API would compare it
  /// with.
  private func checkComparedColumn(
    _ resolved: ResolvedColumn, with compared: [ResolvedColumn], in table: ResolvedTable
  ) {
    guard let filter = resolved.source.filters.first(where: { $0.word == Compilation.columnWord }),
      !compared.contains(where: { $0.isOther(than: resolved) && $0.column.type.compares(with: resolved.column.type) }),
      !canMeetMembers(resolved, in: table)
    else { return }
    report(
      filter.node, filter.path, "This never applies: no other column of this type has the word `column`.",
      help:
        "Both columns need it. A comparison with members of JSON in the legacy API takes `$filter` in `options`, and "
        + "`select: true` on this column and on the one of text that holds the JSON.")
  }

  /// Whether legacy queries may compare a column with members of JSON. That is worked out on rows that hold both, so both
  /// columns are read. Any column of text may hold JSON: the mapping of the legacy API says which does, and no policy
  /// knows it.
  private func canMeetMembers(_ resolved: ResolvedColumn, in table: ResolvedTable) -> Bool {
    table.options.options.contains(.filter) && resolved.source.isSelectable
      && table.columns.contains { $0.isOther(than: resolved) && $0.source.isSelectable && $0.column.type.isText }
  }

  private func checkOperation(_ filter: PolicySource.FilterSource, _ type: ColumnType) {
    if Compilation.addedWords.contains(filter.word) { return }
    guard let operation = Condition.Operation(word: filter.word) else {
      let words = Condition.Operation.words + Compilation.addedWords
      report(
        filter.node, filter.path, "`\(filter.word)` is no operator or function of a filter.",
        help: reader.nearest(to: filter.word, among: words).map { "Did you mean `\($0)`?" }
          ?? "One of eq, ne, gt, ge, lt, le, contains, startswith, endswith, not, isNull, column, or a query function "
          + "like In.")
      return
    }
    if type == .file || type == .image {
      report(filter.node, filter.path, "No condition can be put on \(type.name).", help: "Remove `filter`.")
      return
    }
    switch operation {
    case .text where !type.isText:
      report(filter.node, filter.path, "`\(filter.word)` takes text; this column is \(type.name).")
    case .comparison(let op) where op != .eq && op != .ne && !type.isOrdered:
      report(
        filter.node, filter.path, "`\(filter.word)` has no meaning for \(type.name).", help: "Use `eq` or `ne`.")
    case .queryFunction(let name):
      if QueryFunction.named(name)?.dependency == .clock || Compilation.dateFunctions.contains(name), !type.isDate {
        report(filter.node, filter.path, "`\(name)` takes a date; this column is \(type.name).")
      }
      if Compilation.choicesFunctions.contains(name), type != .choices {
        report(filter.node, filter.path, "`\(name)` takes choices; this column is \(type.name).")
      }
    default: return
    }
  }

  private static let dateFunctions: Set<String> = ["On", "OnOrAfter", "OnOrBefore"]
  private static let choicesFunctions: Set<String> = ["ContainValues", "DoesNotContainValues"]

  /// - Parameter filled: the form with what the column says beside it.
  private func checkShape(_ source: PolicySource.ShapeSource, filled: LiteralShape, _ column: Column, hasText: Bool) {
    let shape = source.shape
    let isEmpty = shape.minLength == nil && shape.maxLength == nil && shape.pattern == nil && !shape.unescapesQuotes
    if !isEmpty, !hasText || !column.type.isText {
      report(source.node, source.path, "The form of text is given where there is no text.")
      return
    }
    // What the column says alone is reported there.
    guard !isEmpty else { return }
    let limit = self.source.limits.filterLiteralLength
    var form = filled.pattern.flatMap { PatternLength(of: $0.text) } ?? PatternLength(least: 0, most: nil)
    form.least = max(form.least, filled.pattern?.leastLength ?? 0)
    if let min = filled.minLength, let max = filled.maxLength, min > max {
      report(source.node, source.path, "No text is both \(min) or longer and \(max) or shorter.")
    } else if let min = filled.minLength, min > limit {
      report(
        source.node, source.path, "No text can be \(min) or longer: the limit `filterLiteralLength` is \(limit).")
    } else if let min = filled.minLength, let max = column.maxLength, min > max {
      report(source.node, source.path, "No text of this column is \(min) or longer: it holds \(max) characters.")
    } else if let max = filled.maxLength, form.least > max {
      report(source.node, source.path, "No text that matches the pattern is \(max) or shorter.")
    } else if let min = filled.minLength, let most = form.most, most < min {
      report(source.node, source.path, "No text that matches the pattern is \(min) or longer.")
    } else if form.least > limit {
      report(
        source.node, source.path,
        "No text that matches the pattern can pass: the limit `filterLiteralLength` is \(limit).")
    }
  }

  // MARK: Aggregate

  private func checkAggregate(_ resolved: ResolvedColumn) {
    let type = resolved.column.type
    for word in resolved.source.aggregate {
      let wanted: String? =
        switch AggregationMethod(rawValue: word.text) {
        case .sum, .average: type.isNumber ? nil : "takes numbers"
        case .min, .max: type.isNumber || type.isDate ? nil : "takes numbers and dates"
        case nil:
          switch type {
          case .dateTime, .dateOnly: "does not go with dates and times: Dataverse does not group by them (DV012)"
          case .memo, .file, .image: "does not go with long values"
          default: nil
          }
        }
      guard let wanted else { continue }
      report(word.node, word.path, "`\(word.text)` \(wanted); this column is \(type.name).")
    }
  }
}

extension Compilation.ResolvedColumn {
  fileprivate func isOther(than column: Compilation.ResolvedColumn) -> Bool {
    self.column.propertyName != column.column.propertyName
  }
}

extension Condition.Operation {
  fileprivate var isComparison: Bool { if case .comparison = self { true } else { false } }
}

extension ColumnType {
  /// Whether values have an order that a comparison can use.
  fileprivate var isOrdered: Bool {
    switch self {
    case .text, .memo, .dateTime, .dateOnly, .wholeNumber, .bigInt, .decimal, .double, .money: true
    case .uniqueIdentifier, .boolean, .choice, .choices, .file, .image, .lookup: false
    }
  }
}
