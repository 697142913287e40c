import Dataverse
import ODataURL
import YAMLFile

/// Checks on each level of rows: the path's, and those of every `$expand`, by the rule of its own table.
extension Judgement {
  /// - Parameter depth: 0 for the rows of the path, 1 for those expanded in them.
  mutating func checkLevel(_ level: Level, _ rule: TableRule, _ options: QueryOptions, depth: Int) {
    let number = levels
    levels += 1
    touch(rule, depth == 0 ? query.path.first?.span ?? .none : level.span)
    checkSelect(level, rule, options, depth: depth)
    checkOrder(level, rule)
    let passesWays = checkWays(level, rule, options)
    for condition in level.conditions {
      // Said already of the path.
      if condition.isKey, !rule.allows(.key) { continue }
      if condition.column.isOfLevel {
        check(condition, rule, level: number)
      } else if passesWays {
        if let target = target(of: condition.column.path, from: rule, allowsCollections: true) {
          check(condition, target, level: number)
        } else {
          denyWay("This way", condition.span, rule)
        }
      }
    }
    if options.hasRareOptions, options.apply != nil, passesWays { checkAggregation(level, rule, options) }
    if let expand = options.expand { checkExpands(level, rule, expand, depth: depth) }
  }

  /// Notes that rows of a table are read or looked at.
  mutating func touch(_ rule: TableRule, _ span: Span) {
    timeToLive = min(timeToLive, rule.timeToLive)
    guard !rule.rowFilters.isEmpty else { return }
    do throws(RowFilterProblem) {
      let filter = try rowFilters.filter(of: rule)
      if filter?.dependsOnRequest == true { timeToLive = 0 }
    } catch {
      deny(error, span, rule)
    }
  }

  // MARK: $select and $orderby

  private mutating func checkSelect(_ level: Level, _ rule: TableRule, _ options: QueryOptions, depth: Int) {
    guard let select = options.select, !select.value.isEmpty else {
      let isRead = depth > 0 || address != .count && options.apply == nil && !isOnward
      if isRead, policy.missingSelect == .deny {
        deny(
          .missingSelect, depth > 0 ? level.span : query.path.last?.span ?? .none,
          "`$select` is missing for \(rule.table.entitySetName).",
          "Write $select=\(Judgement.list(rule.selectItems.compactMap(\.path.first))).", about: rule)
      }
      return
    }
    let limit = scope.limits.selectColumns
    if select.value.count > limit, request.namedColumns ?? .max > limit {
      let count = min(select.value.count, request.namedColumns ?? .max)
      deny(
        .selectLimit, select.span, "`$select` names \(count) columns; \(limit) are allowed.",
        "Name fewer, or leave it out.")
    }
    let columns = level.select ?? []
    for index in columns.indices where !columns[index].isOfLevel || !uses(of: columns[index], in: rule).isSelectable {
      denyColumn(.selectColumn, columns[index], rule, "read", \.isSelectable)
    }
  }

  private mutating func checkOrder(_ level: Level, _ rule: TableRule) {
    for reference in level.order {
      guard reference.isOfLevel else {
        deny(
          .expression, reference.span, "`$orderby` takes columns of the rows themselves.",
          "Write `column asc` or `column desc`.", about: rule)
        continue
      }
      if !uses(of: reference, in: rule).isOrderable {
        denyColumn(.orderColumn, reference, rule, "ordered by", \.isOrderable)
      }
    }
  }

  // MARK: Columns

  /// What may be done with a column; nothing when it is not both in the schema and in the policy.
  @inline(__always)
  func uses(of reference: ColumnReference, in rule: TableRule) -> ColumnUses {
    if reference.place >= 0, reference.table === rule.table { return rule.uses[Int(reference.place)] }
    return place(of: reference, in: rule).map { ColumnUses(rule.columns[$0]) } ?? ColumnUses()
  }

  /// Where in ``TableRule/columns`` the rule of a column is; the name has to be both in the schema and in the policy.
  func place(of reference: ColumnReference, in rule: TableRule) -> Int? {
    guard let table = reference.table, let index = reference.index else { return nil }
    if table === rule.table { return rule.place(at: index) }
    // The table of a policy that was not made from the schema itself.
    guard table.logicalName == rule.table.logicalName else { return nil }
    return rule.table.columnIndex(reference.name).flatMap(rule.place)
  }

  /// Says the same of columns that are not allowed and columns that do not exist, so that nobody learns which do.
  mutating func denyColumn(
    _ id: FindingRule, _ reference: ColumnReference, _ rule: TableRule, _ use: String, _ flag: (ColumnRule) -> Bool
  ) {
    // Of a column that the schema lacks nobody knows what sending it would mean.
    let isFirm = reference.column == nil || !reference.isOfLevel && id == .selectColumn
    var message = ""
    var remedy = ""
    if hasRoom(isReport: !isFirm && onlyReports(id)) {
      let isNamable = !reference.isText || rule.column(reference.name) != nil
      let names = rule.columns.filter(flag).map(\.column.propertyName)
      let nearest = isNamable ? NearestName.nearest(to: reference.name, among: names) : nil
      let what = isNamable ? "`\(reference.name)`" : "This column"
      message = "\(what) of \(rule.table.entitySetName) cannot be \(use) here."
      remedy = nearest.map { "Did you mean `\($0)`?" } ?? "Allowed: \(Judgement.list(names))."
    }
    deny(
      id, reference.span, message, remedy, about: rule, column: reference.column?.propertyName, isFirm: isFirm)
  }

  // MARK: $expand

  private mutating func checkExpands(
    _ level: Level, _ rule: TableRule, _ expand: Spanned<[ExpandItem]>, depth: Int
  ) {
    // Said already of the option; of an item that is no navigation property alone, too.
    guard rule.allows(.expand), depth < scope.limits.expandDepth else { return }
    guard level.expands.count == expand.value.count else {
      if obscurities.isEmpty {
        deny(.expression, expand.span, "This `$expand` cannot be read.", "Leave it out.")
      }
      return
    }
    var names: [String] = []
    for (item, child) in zip(expand.value, level.expands) {
      guard let reference = child.navigation, item.path.count == 1, item.path[0] == reference.name,
        reference.navigation != nil, let way = rule.navigations[reference.name], way.isExpandable,
        let target = scope.table(named: way.navigation.target), child.table?.logicalName == target.table.logicalName
      else {
        let span = child.navigation?.span ?? item.span
        denyWay(child.navigation.map { "`\($0.name)`" } ?? "This", span, rule, isExpand: true)
        continue
      }
      if names.contains(reference.name) {
        deny(
          .navigation, item.span, "`\(reference.name)` is expanded twice.", "Expand it once, with all its columns.",
          about: rule)
      }
      names.append(reference.name)
      checkExpand(item, child, way, target, depth: depth + 1)
    }
  }

  private mutating func checkExpand(
    _ item: ExpandItem, _ level: Level, _ way: NavigationRule, _ rule: TableRule, depth: Int
  ) {
    let isCollection = way.navigation.isCollection
    checkOptions(of: item, rule, isCollection: isCollection)
    if isCollection {
      if depth > 1 || !level.expands.isEmpty {
        deny(
          .navigation, item.span,
          "Beside a nested `$expand` Dataverse takes no `$top`, so that this collection would have no limit.",
          "Expand it on the first level, with nothing expanded in it.", about: rule)
      }
      let limit = way.top ?? scope.limits.expandTop
      if let top = item.options.top, top.value > Int64(limit) || top.value < 0 {
        deny(
          .topLimit, top.span, "`$top` of \(rule.table.entitySetName) is larger than \(limit) here.",
          "Use $top=\(limit) or less.", about: rule, isFirm: top.value < 0)
      }
    } else if !rule.rowFilters.isEmpty {
      deny(
        .rowFilter, item.span,
        "A row of \(rule.table.entitySetName) cannot be expanded: a row filter cannot be put on a single row.",
        "Read it in a request of its own.", about: rule)
    }
    checkLevel(level, rule, item.options, depth: depth)
  }
}
