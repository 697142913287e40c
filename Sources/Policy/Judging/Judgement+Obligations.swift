import Dataverse
import ODataURL

extension Judgement {
  /// What an allowed query must be sent with.
  func obligations(_ rule: TableRule) -> Obligations {
    var query = query
    var members = rule.selectable
    let result: ResultShape
    switch resolution.address {
    case .count: (result, members) = (.count, [])
    case .entity: result = .entity
    case .collection, .other: result = .collection
    }
    if result != .count {
      if let select = query.options.select, !select.value.isEmpty {
        var seen: Set<String> = []
        let items = select.value.filter { item in seen.insert(item.path.joined(separator: "/")).inserted }
        query.options.select = Spanned(items, span: select.span)
        members = seen
      } else {
        query.options.select = Spanned(rule.selectItems)
      }
    }
    if let filter = query.options.filter, !rewritten.isEmpty {
      query.options.filter = Spanned(
        filter.value.replacing { id, _ in
          rewritten[Int(id.index)].map { Expression(.literal(.string($0)), span: filter.value.span(of: id)) }
        }, span: filter.span)
    }
    return Obligations(
      query: query, table: rule.table.logicalName, result: result,
      members: MemberTree(members, annotated: rule.annotated),
      pageSize: result == .collection ? pageSize(rule) : nil,
      annotations: result == .count ? [] : annotations, timeToLive: timeToLive(rule),
      rule: "\(request.scope):\(rule.table.logicalName)")
  }

  /// `nil` with `$top`: Dataverse wants one or the other.
  private func pageSize(_ rule: TableRule) -> Int? {
    guard query.options.top == nil else { return nil }
    let most = min(policy.limits.pageSize, rule.table.pageSize)
    return max(1, min(request.preferPageSize ?? request.defaultPageSize ?? most, most))
  }

  private var annotations: [String] {
    var seen: Set<String> = []
    return request.annotations.filter { policy.annotations.contains($0) && seen.insert($0).inserted }
  }

  /// Never kept when the answer depends on the clock or on who asks.
  private func timeToLive(_ rule: TableRule) -> Int {
    let depends = resolution.root.conditions.contains { condition in
      guard case .queryFunction(let name) = condition.operation else { return false }
      return QueryFunction.named(name)?.dependency != nil
    }
    return depends ? 0 : rule.timeToLive
  }
}
