import Dataverse
import ODataURL

/// What an allowed query must be sent with, on each of its levels.
extension Judgement {
  /// Of a query that nothing has refused so far; ``query`` is used up.
  /// - Parameter root: the rows of the path.
  mutating func verdict(_ rule: TableRule, _ root: Level) -> Verdict {
    // Taken, not copied.
    var sent = RelativeURI()
    swap(&sent, &query)
    var result: ResultShape =
      switch address {
      case .count: .count
      case .entity: .entity
      case .collection, .other: .collection
      }
    if result == .entity, !rule.rowFilters.isEmpty {
      deny(
        .rowFilter, sent.path.last?.span ?? .none,
        "Rows of \(rule.table.entitySetName) cannot be read by key: a row filter cannot be put beside a key.",
        isOnward ? "Use $filter and $expand." : "Use $filter.", about: rule)
      return .deny(refusal())
    }
    var members = MemberTree([])
    var outputs: [String] = []
    var isAggregated = false
    do throws(RowFilterProblem) {
      var number = 0
      if sent.options.hasRareOptions, let apply = sent.options.apply {
        isAggregated = true
        (sent.options.apply, outputs, members) = try filtered(apply, root, rule)
      } else if result == .count {
        try filter(&sent.options, rule, level: 0)
      } else {
        members = try oblige(root, rule, &sent.options, &number, isCollection: result == .collection)
      }
    } catch {
      deny(error, sent.options.filter?.span ?? sent.path.last?.span ?? .none, rule)
      return .deny(refusal())
    }
    var read = rule
    if isOnward {
      guard let end = end(of: sent, members, rule) else {
        deny(.structure, sent.path.last?.span ?? .none, rule)
        return .deny(refusal())
      }
      (sent, members, result, read) = (end.query, end.members, end.result, end.rule)
    }
    guard isWithinBytes(sent) else { return .deny(refusal()) }
    // `nil` with `$top`: Dataverse wants one or the other. What it means beside `$apply` is not documented. Rows that are
    // gone to are as many as those expanded: their `$top` stands alone.
    let hasPages = result == .collection && !isAggregated && !isOnward && sent.options.top == nil
    return .allow(
      Obligations(
        query: sent, table: read.table.logicalName, result: result, members: members,
        pageSize: hasPages ? pageSize(rule) : nil,
        annotations: result == .count || request.annotations.isEmpty ? [] : annotations,
        hasTags: policy.allowsTags || read.showsVersion,
        timeToLive: timeToLive, rule: scope.id(ofTable: read.table.logicalName), outputs: outputs, findings: passing))
  }

  /// Puts `$select`, `$top` and row filters into the options of one level and of those below it.
  private mutating func oblige(
    _ level: Level, _ rule: TableRule, _ options: inout QueryOptions, _ number: inout Int, isCollection: Bool
  ) throws(RowFilterProblem) -> MemberTree {
    let own = number
    number += 1
    var members = MemberTree(rule.selectable, annotated: rule.annotated)
    if let select = options.select, !select.value.isEmpty {
      var items = select.value
      if !Judgement.areDistinct(level.select ?? []) {
        var seen: Set<String> = []
        items = items.filter { seen.insert($0.path[0]).inserted }
        options.select = Spanned(items, span: select.span)
      }
      members.names = .selected(items)
    } else {
      options.select = Spanned(rule.selectItems)
    }
    if isCollection { try filter(&options, rule, level: own) }
    guard let expand = options.expand else { return members }
    var items = expand.value
    for (place, child) in level.expands.enumerated() {
      guard place < items.count, let name = child.navigation?.name, let way = rule.navigations[name],
        let target = scope.table(named: way.navigation.target)
      else { throw .structure }
      if way.navigation.isCollection, items[place].options.top == nil {
        items[place].options.top = Spanned(Int64(way.top ?? scope.limits.expandTop))
      }
      members.expanded[name] = try oblige(
        child, target, &items[place].options, &number, isCollection: way.navigation.isCollection)
    }
    options.expand = Spanned(items, span: expand.span)
    return members
  }

  /// Whether no column is named twice; `false` also where that is not known at a glance.
  private static func areDistinct(_ columns: [ColumnReference]) -> Bool {
    var seen: UInt64 = 0
    for index in columns.indices {
      let bit: UInt64 = 1 << UInt64(columns[index].place & 63)
      guard columns[index].place >= 0, seen & bit == 0 else { return false }
      seen |= bit
    }
    return true
  }

  /// What an ``OnwardPath`` leads to: its options and members become those of the whole.
  private func end(
    of query: RelativeURI, _ members: MemberTree, _ rule: TableRule
  ) -> (query: RelativeURI, members: MemberTree, result: ResultShape, rule: TableRule)? {
    guard let row = query.path.first, let item = query.options.expand?.value.first, let name = item.path.first,
      let way = rule.navigations[name], let target = scope.table(named: way.navigation.target),
      let members = members.expanded[name]
    else { return nil }
    let path = [row, PathSegment(.name(name, keys: nil), span: item.span)]
    return (
      RelativeURI(path: path, options: item.options), members, way.navigation.isCollection ? .collection : .entity,
      target
    )
  }

  // MARK: Conditions

  /// Makes the `$filter` of a level what is sent.
  private mutating func filter(
    _ options: inout QueryOptions, _ rule: TableRule, level: Int
  ) throws(RowFilterProblem) {
    if rule.rowFilters.isEmpty, rewritten.isEmpty, options.filter?.value.isFlat != false { return }
    options.filter = try filtered(options.filter, rule, level: level)
  }

  /// A `$filter` with texts in the form in which they are sent and with all row filters.
  private mutating func filtered(
    _ filter: Spanned<Expression>?, _ rule: TableRule, level: Int
  ) throws(RowFilterProblem) -> Spanned<Expression>? {
    guard filter != nil || !rule.rowFilters.isEmpty else { return nil }
    var expression = filter?.value
    if let written = expression {
      expression = try rowFilters.inserted(into: inSentForm(written, .filter, level: level), of: rule)
    }
    guard let whole = try rowFilters.with(expression, rule) else { return nil }
    return Spanned(whole, span: filter?.span ?? .none)
  }

  /// An expression with its texts in the form in which they are sent.
  private func inSentForm(_ expression: Expression, _ origin: Condition.Origin, level: Int) -> Expression {
    let texts = rewritten.filter { $0.level == level && $0.origin == origin }
    guard !texts.isEmpty else { return expression }
    return expression.replacing { id, _ in
      texts.first { $0.node == id }.map { Expression(.literal(.string($0.text)), span: expression.span(of: id)) }
    }
  }

  // MARK: $apply

  /// `$apply` with all row filters in a `filter(…)` in front, and what it gives.
  private mutating func filtered(
    _ apply: Spanned<[Transformation]>, _ root: Level, _ rule: TableRule
  ) throws(RowFilterProblem) -> (Spanned<[Transformation]>, outputs: [String], members: MemberTree) {
    guard let aggregation = root.aggregation else { throw .structure }
    var transformations = apply.value
    for index in transformations.indices {
      guard case .filter(let condition) = transformations[index].kind else { continue }
      let written = inSentForm(condition, .apply(transformation: index), level: 0)
      transformations[index].kind = .filter(try rowFilters.inserted(into: written, of: rule))
    }
    var filter = try rowFilters.with(nil, rule)
    var paths: [[String]] = []
    for output in aggregation.groups + aggregation.aggregates {
      for count in 0..<output.column.path.count {
        let path = Array(output.column.path[...count])
        guard !paths.contains(path) else { continue }
        paths.append(path)
        guard let target = target(of: path, from: rule, allowsCollections: false) else { throw .structure }
        guard let part = try rowFilters.filter(of: target, behind: path) else { continue }
        filter = filter.map { $0.and(part) } ?? part
      }
    }
    if let filter {
      if let first = transformations.first, case .filter(let condition) = first.kind {
        transformations[0].kind = .filter(condition.and(filter))
      } else {
        transformations.insert(Transformation(.filter(filter)), at: 0)
      }
    }
    let outputs =
      aggregation.groups.map(\.member) + aggregation.aggregates.map(\.member) + aggregation.counts
    let annotated = aggregation.groups.filter { group in
      guard let target = target(of: group.column.path, from: rule, allowsCollections: false),
        let place = place(of: group.column, in: target)
      else { return false }
      return target.columns[place].allowsAnnotations
    }
    return (
      Spanned(transformations, span: apply.span), outputs,
      MemberTree(Set(outputs), annotated: Set(annotated.map(\.member)))
    )
  }

  // MARK: Refusals

  /// Says why a row filter cannot be put in; the caller's values stay unsaid.
  mutating func deny(_ problem: RowFilterProblem, _ span: Span, _ rule: TableRule) {
    switch problem {
    case .missingClaim(let name):
      deny(
        .rowFilter, span, "The rows of \(rule.table.entitySetName) depend on `\(name)` of the caller, who brings none.",
        "Ask the operator of this gateway for a caller with this value.", about: rule)
    case .malformedClaim(let name):
      deny(
        .rowFilter, span,
        "The rows of \(rule.table.entitySetName) depend on `\(name)` of the caller, whose value has not the form of the column.",
        "Ask the operator of this gateway for a caller with a value of the column's type.", about: rule)
    case .functionBehindPath(let set):
      deny(
        .rowFilter, span, "The row filter of \(set) calls query functions, which cannot stand behind a path.",
        "Read \(set) in a request of its own.", about: rule)
    case .structure:
      deny(
        .expression, span, "This condition goes a way on which no row filter can be put.",
        "Compare columns of \(rule.table.entitySetName) itself.", about: rule)
    }
  }

  private mutating func isWithinBytes(_ query: RelativeURI) -> Bool {
    let limit = scope.limits.urlBytes
    let harmless = request.wantsAdvice ? min(limit, ServiceRules.usualLength) : limit
    // Most queries are so far below the limit that nobody need print them to know.
    if PrintedSize.isSurely(query, within: harmless) { return true }
    let bytes = query.printed().utf8.count
    guard bytes > harmless else { return true }
    if let finding = ServiceRules.checkLength(bytes) {
      // Whatever the policy says of its own limit: the service has one.
      guard finding.severity == .warning else {
        heed([finding])
        return false
      }
      remark(finding)
    }
    guard bytes > limit else { return true }
    let refuses = deny(
      .urlLimit, .none, "The query is \(bytes) bytes long as it would be sent; \(limit) are allowed.",
      "Ask in several requests.")
    return !refuses
  }

  // MARK: Prefer

  private func pageSize(_ rule: TableRule) -> Int {
    let most = min(scope.limits.pageSize, rule.table.pageSize)
    return max(1, min(request.preferPageSize ?? request.defaultPageSize ?? most, most))
  }

  /// In one order, so that requests that mean the same are one to the cache.
  private var annotations: [String] {
    policy.annotations.filter { AnnotationChoice.includes($0, request.annotations) }.sorted()
  }
}
