import CustomerInsights
import Dataverse
import ODataURL
import Policy

/// What the gateway itself adds to the reads of a legacy plan, which the client has no words for: further pages, and the
/// columns of reads that it makes of its own.
extension QueryPlanner {
  // MARK: Pages

  /// Refuses a plan that may need a further page of a table whose pages the policy does not give: before anything is sent,
  /// and not by a link that leads nowhere.
  /// - Parameter judged: what became of the plan's reads, in their order.
  func checkPages(
    of plan: LegacyPlan, _ judged: [Obligations], _ request: LegacyRequest
  ) throws(Refusal) {
    guard let scope = policy.scope(request.scope.policy) else { return }
    for (index, obligations) in judged.enumerated() {
      guard scope.table(named: obligations.table)?.options.contains(.skiptoken) == false else { continue }
      let own = judged.count - plan.expansions.count
      let what: String
      if index < own {
        guard mayGoOn(plan, read: index) else { continue }
        what = index < plan.rowsIndex ? "what tells who is in a segment" : plan.shape.entity
      } else {
        let expansion = plan.expansions[index - own]
        guard expansion.navigation.isCollection else { continue }
        what = expansion.shape.entity
      }
      throw QueryPlanner.withoutPages(
        what, "Ask for \(LegacyWindow.page) rows at most with `$top`, without `$skip`, or for one row by its key.",
        canAskForLess: index >= plan.rowsIndex && index < own && plan.window.order == nil && !plan.window.looksAtRows,
        dialect: .legacy)
    }
  }

  /// - Parameter canAskForLess: whether the client can do something about it.
  static func withoutPages(
    _ what: String, _ remedy: String = "", canAskForLess: Bool = false, dialect: Dialect
  ) -> Refusal {
    Refusal(
      findings: [
        Finding(
          rule: FindingRule.option.rawValue, span: .none,
          message: "This can take more than one page of rows, and the policy gives no further pages of \(what).",
          remedy: canAskForLess
            ? remedy : "Whoever runs this gateway can allow it with `$skiptoken` among the `options` of the table.")
      ], dialect: dialect)
  }

  /// Whether one of a plan's own reads may have a further page that the plan, or a link, leads to.
  private func mayGoOn(_ plan: LegacyPlan, read index: Int) -> Bool {
    guard plan.result == .collection else { return false }
    // Those of a segment are all read; customers are then read by ids, fewer than a page has rows.
    if case .members = plan.rows { return index < plan.rowsIndex }
    let window = plan.window
    if window.top != nil, window.order == nil, !window.looksAtRows,
      window.skip <= plan.rowPageSize, window.rowLimit <= plan.rowPageSize - window.skip
    {
      return false
    }
    guard let key = mapping.entity(plan.shape.entity)?.key else { return true }
    return plan.ownReads[index].options.filter?.value.requires(key) != true
  }

  // MARK: Columns

  /// Names the columns of reads for which the client has no `$select` to write, where the policy wants one on every read:
  /// those that are shown or needed, as far as the scope lets them be read.
  /// - Parameter all: whether the client wrote `$select`: where it then stands for all columns (`*`), they are named.
  func selecting(_ plan: LegacyPlan, all: Bool, _ scope: PlanScope) -> LegacyPlan {
    guard let scope = policy.scope(scope.policy) else { return plan }
    var plan = plan
    func items(_ shape: LegacyShape, _ needed: Set<String>) -> Spanned<[SelectItem]>? {
      guard let table = mapping.entity(shape.entity)?.table, let rule = scope.table(named: table.logicalName) else {
        return nil
      }
      let items = rule.selectItems.filter { item in
        item.path.first.map { shape.columns[$0] != nil || shape.unfold == $0 || needed.contains($0) } ?? false
      }
      return items.isEmpty ? nil : Spanned(items)
    }
    if all, plan.result != .count {
      let named = items(plan.shape, plan.neededColumns)
      plan.rows.change { query in if query.options.select == nil { query.options.select = named } }
    }
    for index in plan.expansions.indices {
      let expansion = plan.expansions[index]
      plan.expansions[index].read.query.options.select = items(expansion.shape, [expansion.navigation.column])
    }
    return plan
  }
}

extension Expression {
  /// Whether no row meets it that has not one certain value in a column.
  fileprivate func requires(_ column: String) -> Bool {
    var pending = [root]
    while let id = pending.popLast() {
      switch self[id] {
      case .binary(.and, let left, let right): pending += [left, right]
      case .binary(.eq, let left, let right):
        if case .member(base: nil, column) = self[left], case .literal(let value) = self[right], value != .null {
          return true
        }
      default: continue
      }
    }
    return false
  }
}
