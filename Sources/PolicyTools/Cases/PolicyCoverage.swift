import Dataverse
package import Policy

/// Which parts of a policy some passing case shows.
///
/// Tables, options, uses of columns, navigation properties, transformations, requirements, row filters and scopes are
/// shown by a case that is allowed; limits and rules by one that is denied; settings of rules by either.
package struct PolicyCoverage: Sendable {
  package let covered: [PolicyItem]
  package let uncovered: [PolicyItem]

  /// - Parameter shown: by all cases together.
  package init(of policy: Policy, shown: Set<PolicyItem>) {
    let all = PolicyCoverage.items(of: policy)
    covered = all.filter { PolicyCoverage.isShown($0, shown) }
    uncovered = all.filter { !PolicyCoverage.isShown($0, shown) }
  }

  /// Rounded down, so that 100 means all.
  package var percent: Int { covered.count * 100 / max(1, covered.count + uncovered.count) }

  private static func isShown(_ item: PolicyItem, _ shown: Set<PolicyItem>) -> Bool {
    guard item.kind == .limit, let rule = limitRules[item.name] else { return shown.contains(item) }
    return shown.contains(PolicyItem(.rule, rule.rawValue))
  }

  /// What cases could show of a policy, in order.
  package static func items(of policy: Policy) -> [PolicyItem] {
    var items: Set<PolicyItem> = []
    for scope in policy.scopes { items.insert(PolicyItem(.scope, scope.name)) }
    for (name, _) in policy.limits.named where limitRules[name] != nil { items.insert(PolicyItem(.limit, name)) }
    for annotation in policy.annotations { items.insert(PolicyItem(.annotation, annotation)) }
    for (id, setting) in policy.settings { items.insert(PolicyItem(.setting, id, setting.mode.rawValue)) }
    let tables = policy.tables + policy.scopes.flatMap(\.tables)
    for fact in tables.flatMap({ PolicyFact.facts(of: $0, annotates: false) }) {
      switch fact.item.kind {
      case .table, .option, .select, .filter, .filterWord, .order, .group, .aggregate, .expand, .through,
        .transformation, .requirement, .rowFilter:
        items.insert(fact.item)
      case .policyName, .scope, .limit, .missingSelect, .annotation, .preference, .header, .metadata, .setting, .help,
        .reportOnly, .optional, .timeToLive, .logLiterals, .alternateKey, .columnType, .displayName, .form, .annotate,
        .expandTop,
        .pathDepth, .rule:
        continue
      }
    }
    // A rule that a limit stands for is that limit's line already.
    let limits = Set(limitRules.values)
    for rule in FindingRule.allCases where !limits.contains(rule) && canDeny(rule, policy, tables) {
      items.insert(PolicyItem(.rule, rule.rawValue))
    }
    return items.sorted()
  }

  /// Limits with the rule that denies what is beyond them. `pageSize` and `expandTop` deny nothing: they are put in.
  private static let limitRules: [String: FindingRule] = [
    "top": .topLimit, "urlBytes": .urlLimit, "nodes": .nodesLimit, "depth": .depthLimit, "orWidth": .orLimit,
    "selectColumns": .selectLimit, "filterLiteralLength": .literalLimit,
  ]

  /// Whether a policy has anything that the rule could deny by.
  private static func canDeny(_ rule: FindingRule, _ policy: Policy, _ tables: [TableRule]) -> Bool {
    switch rule {
    case .path, .table, .option, .selectColumn, .filterColumn, .scope, .operator, .function, .expression, .alias,
      .metadata:
      true
    case .orderColumn: tables.contains { $0.options.contains(.orderby) }
    case .aggregateColumn: tables.contains { $0.options.contains(.apply) }
    case .navigation, .expandLimit: tables.contains { !$0.navigations.isEmpty }
    case .missingSelect: policy.missingSelect == .deny
    case .requirement: tables.contains { !$0.requirements.isEmpty }
    case .rowFilter: tables.contains { !$0.rowFilters.isEmpty }
    case .literal:
      tables.contains { table in
        table.columns.contains { column in
          column.operations.values.contains { $0.minLength != nil || $0.maxLength != nil || $0.patternText != nil }
        }
      }
    case .listLimit:
      tables.contains { table in
        table.columns.contains { column in column.operations.keys.contains(.queryFunction("In")) }
      }
    case .pathLimit: tables.contains { $0.navigations.values.contains(where: \.isFilterable) }
    // Tools take every paging token for one of the gateway's.
    case .pagingToken, .more: false
    case .topLimit, .urlLimit, .nodesLimit, .depthLimit, .orLimit, .selectLimit, .literalLimit: true
    }
  }
}
