package import ODataURL

/// What Dataverse takes but answers slowly, or otherwise than the query seems to say, by rule:
///
/// | Rule | Tells of | Why | What is better |
/// |---|---|---|---|
/// | DV101 | no `$select`, at any level | every column is read, and new ones join by themselves | `$select` |
/// | DV102 | more than 30 columns in a `$select` | wide rows are slow | fewer |
/// | DV103 | `contains`, `endswith`, values that start with a wildcard | no index helps; such queries are throttled | `startswith`, `eq` |
/// | DV104 | conditions on memo columns and on text of more than 850 characters | such columns have no index | a shorter column |
/// | DV105 | conditions on computed columns | computed for every row | the columns it is made of |
/// | DV106 | order by a choice, a lookup, a computed or a related column | numbers, not labels; joins | a column of the row |
/// | DV107 | neither `$top` nor a page size | up to 5,000 rows come at once | one of them |
/// | DV108 | an expanded collection without `$top` or `$select` | up to 5,000 rows for each row | both |
/// | DV109 | pages in an order that is not unique | rows repeat or go missing between pages | the key as last item |
/// | DV110 | `$top` with a page size | the documentation contradicts itself | one of them |
/// | DV111 | `$count=true` | the number stops at 5,000 | `$apply=aggregate($count as n)` |
/// | DV112 | `$apply` without a condition | over 50,000 rows are an error | `filter(…)` in front |
/// | DV113 | an elastic table without its partition | every partition is asked | `partitionid eq '…'` |
/// | DV114 | all annotations | large answers, and more than was meant | the terms that are used |
/// | DV115 | functions of the clock or the caller | answers cannot be kept | a fixed value |
/// | DV201 | three and more `eq` on one column joined by `or` | long | `Microsoft.Dynamics.CRM.In` |
/// | DV202 | conditions that differ in upper and lower case alone | comparisons ignore case, so both are one | one of them |
/// | DV203 | `$skip`, and names like `CustomerId` on tables of Customer Insights | habits of the legacy API | links; `msdynci_…` |
///
/// DV1xx are warnings, DV113 and DV2xx advice. DV103 and DV104 also tell of the vendor's own example for segments. DV113
/// leaves out the tables of Customer Insights, whose partitions no reader knows. DV202 does not guess which literals rely
/// on case: it wants two conditions whose difference would have no effect.
package enum ServiceAdvice {
  /// - Parameters:
  ///   - query: without aliases, as it was resolved.
  ///   - resolution: of the query.
  ///   - preferences: what the caller prefers: rows of a page, and terms of annotations.
  /// - Returns: findings in no particular order.
  package static func check(
    _ query: RelativeURI, _ resolution: Resolution,
    preferences: (maxPageSize: Int?, annotations: [String]) = (nil, [])
  ) -> [ServiceFinding] {
    var advisor = Advisor()
    let head = query.path.first?.span ?? .none
    advisor.level(query.options, resolution.root, at: head, isCount: resolution.address == .count)
    if resolution.address == .collection {
      advisor.paging(query.options, resolution.root, head, preferences.maxPageSize)
    }
    if let count = query.options.count, count.value {
      advisor.warn(
        "DV111", count.span, "@odata.count stops at 5,000.", "Count with $apply=aggregate($count as n), or in pages.")
    }
    if let skip = query.options.skip {
      advisor.advise(
        "DV203", skip.span, "Paging by $skip is a habit of the legacy API.", "Follow @odata.nextLink as it is given.")
    }
    if preferences.annotations.contains("*") {
      advisor.warn("DV114", .none, "All annotations are asked for.", "Name the terms that are used.")
    }
    return advisor.findings
  }
}

/// Collects advice.
struct Advisor {
  private(set) var findings: [ServiceFinding] = []

  /// Columns of a `$select` that are taken without a warning; a figure of our own.
  static let usualColumns = 30

  mutating func warn(_ rule: String, _ span: Span, _ message: String, _ remedy: String) {
    findings.append(
      ServiceFinding(
        rule: rule, span: span, message: message, remedy: remedy, severity: .warning))
  }

  mutating func advise(_ rule: String, _ span: Span, _ message: String, _ remedy: String) {
    findings.append(
      ServiceFinding(rule: rule, span: span, message: message, remedy: remedy, severity: .advice))
  }

  /// A level and those below it, which the resolver nests no deeper than ``LevelReader/maximumNesting``.
  mutating func level(_ options: QueryOptions, _ level: Level, at place: Span, isCount: Bool = false) {
    if level.select == nil, level.aggregation == nil, !isCount {
      warn("DV101", place, "Without $select Dataverse reads every column.", "Name the columns that are used.")
    }
    if let columns = level.select?.count, columns > Self.usualColumns {
      warn(
        "DV102", options.select?.span ?? place, "$select names \(columns) columns; wide rows are slow.",
        "Name at most \(Self.usualColumns).")
    }
    conditions(level)
    order(options, level)
    if let filter = options.filter { alternatives(filter.value) }
    for case .filter(let condition) in options.apply?.value.map(\.kind) ?? [] { alternatives(condition) }
    if let aggregation = level.aggregation, level.conditions.isEmpty {
      warn(
        "DV112", aggregation.span, "Dataverse refuses to aggregate more than 50,000 rows.",
        "Put filter(…) in front.")
    }
    partition(level, place)
    legacyNames(level)
    guard let items = options.expand?.value else { return }
    for inner in level.expands {
      guard let index = inner.item, items.indices.contains(index) else { continue }
      expand(items[index], inner)
      self.level(items[index].options, inner, at: items[index].span)
    }
  }

  private mutating func expand(_ item: ExpandItem, _ level: Level) {
    guard let reference = level.navigation, reference.navigation?.isCollection ?? false else { return }
    // Dataverse takes no $top beside a nested $expand.
    let lacksTop = item.options.top == nil && item.options.expand == nil
    guard lacksTop || level.select == nil else { return }
    warn(
      "DV108", item.span, "An expanded collection can have 5,000 rows for each row.", "Give it $top and $select.")
  }

  /// Only for the rows of a path: expanded collections come whole.
  mutating func paging(_ options: QueryOptions, _ level: Level, _ place: Span, _ pageSize: Int?) {
    if let top = options.top {
      if pageSize != nil {
        warn("DV110", top.span, "What $top means beside a page size is not said clearly.", "Use one of them.")
      }
      return
    }
    guard level.aggregation == nil else { return }
    if pageSize == nil {
      warn(
        "DV107", place, "Without $top and page size up to \(level.table?.pageSize ?? 5000) rows come at once.",
        "Give $top, or prefer odata.maxpagesize.")
    }
    guard let table = level.table, !level.order.isEmpty, let order = options.orderby else { return }
    let unique = [table.primaryKey] + table.alternateKeys.filter { $0.columns.count == 1 }.flatMap(\.columns)
    guard !level.order.contains(where: { $0.column != nil && unique.contains($0.name) }) else { return }
    warn(
      "DV109", order.span, "Pages in an order that is not unique repeat rows or leave some out.",
      "Add the key of the table as last item.")
  }
}
