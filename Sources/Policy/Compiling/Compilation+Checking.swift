import Dataverse
import ODataURL
import YAMLFile

/// Stage `check`: rules that contradict the schema or one another, or can never apply.
extension Compilation {
  mutating func check() {
    guard let source else { return }
    for table in resolved {
      let options = table.source.options ?? source.options
      for column in table.columns { check(column, in: table, options) }
      let reads = table.columns.contains { $0.source.isSelectable }
      if !reads, !options.contains(.countSegment), table.columns.count == table.source.columns.count {
        reader.report(
          at: table.source.keyNode, path: table.source.path,
          message: "Nothing of \(table.source.name) can be read: no column has `select: true`.")
      }
    }
    for scope in source.scopes { checkNarrowing(scope, source.options) }
  }

  private func checkNarrowing(_ scope: PolicySource.ScopeSource, _ defaults: Set<QueryOption>) {
    for narrowing in scope.tables ?? [] {
      guard let columns = narrowing.columns, let table = resolved.first(where: { $0.source.name == narrowing.name }),
        !(table.source.options ?? defaults).contains(.countSegment)
      else { continue }
      let names = Set(columns.map(\.name))
      guard !table.columns.contains(where: { $0.source.isSelectable && names.contains($0.source.name) }) else {
        continue
      }
      reader.report(
        at: narrowing.keyNode, path: narrowing.path,
        message: "Nothing of \(narrowing.name) can be read in this scope: none of these columns has `select: true`.")
    }
  }

  private func check(_ resolved: ResolvedColumn, in table: ResolvedTable, _ options: Set<QueryOption>) {
    let source = resolved.source
    let type = resolved.column.type
    func report(_ node: YAMLNode, _ path: String, _ message: String, help: String? = nil) {
      reader.report(at: node, path: path, message: message, help: help)
    }
    if !source.isSelectable, source.filters.isEmpty, source.order?.isAllowed != true {
      report(
        source.keyNode, source.path, "Nothing is allowed for this column.", help: "Name a use, or remove the column.")
    }
    if source.displayName != nil, source.type == nil {
      report(source.keyNode, source.path, "`displayName` belongs to a declaration by `type`.")
    }
    if let order = source.order, order.isAllowed {
      if case .lookup = type {
        report(
          order.node, "\(source.path).order", "Ordering by a lookup sorts by the name of the related row.",
          help: "Remove `order`.")
      }
      if !options.contains(.orderby) {
        report(order.node, "\(source.path).order", "This never applies: `$orderby` is not in `options`.")
      }
    }
    for filter in source.filters {
      checkOperation(filter, type)
      if let shape = filter.shape { checkShape(shape, type, hasText: filter.word != Compilation.nullWord) }
    }
    let operations = source.filters.filter { Condition.Operation(word: $0.word) != nil }
    if operations.isEmpty, let first = source.filters.first,
      first.word == Compilation.notWord || first.word == Compilation.nullWord
    {
      report(first.node, first.path, "`\(first.word)` adds to operators; none is named.", help: "Add `eq`.")
    }
    if let first = source.filters.first, !options.contains(.filter), !options.contains(.key) {
      report(first.node, first.path, "This never applies: neither `$filter` nor `key` is in `options`.")
    }
    if let shape = source.shape {
      checkShape(shape, type, hasText: true)
      if source.filters.isEmpty { report(shape.node, shape.path, "This never applies: the column has no `filter`.") }
    }
  }

  private func checkOperation(_ filter: PolicySource.FilterSource, _ type: ColumnType) {
    if filter.word == Compilation.notWord || filter.word == Compilation.nullWord { return }
    guard let operation = Condition.Operation(word: filter.word) else {
      let words = Condition.Operation.words + [Compilation.notWord, Compilation.nullWord]
      reader.report(
        at: filter.node, path: filter.path, message: "`\(filter.word)` is no operator or function of a filter.",
        help: NearestName.nearest(to: filter.word, among: words).map { "Did you mean `\($0)`?" }
          ?? "One of eq, ne, gt, ge, lt, le, contains, startswith, endswith, not, isNull, or a query function like In.")
      return
    }
    let isText = type == .text || type == .memo
    switch operation {
    case .text where !isText:
      reader.report(
        at: filter.node, path: filter.path, message: "`\(filter.word)` takes text; this column is \(type.name).")
    case .comparison(let op) where op != .eq && op != .ne && !type.isOrdered:
      reader.report(
        at: filter.node, path: filter.path, message: "`\(filter.word)` has no meaning for \(type.name).",
        help: "Use `eq` or `ne`.")
    default: return
    }
  }

  private func checkShape(_ source: PolicySource.ShapeSource, _ type: ColumnType, hasText: Bool) {
    let shape = source.shape
    let isEmpty = shape.minLength == nil && shape.maxLength == nil && shape.pattern == nil && !shape.unescapesQuotes
    if !isEmpty, !hasText || (type != .text && type != .memo) {
      reader.report(at: source.node, path: source.path, message: "The form of text is given where there is no text.")
    }
    if let min = shape.minLength, let max = shape.maxLength, min > max {
      reader.report(
        at: source.node, path: source.path, message: "No text is both \(min) or longer and \(max) or shorter.")
    }
  }
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
