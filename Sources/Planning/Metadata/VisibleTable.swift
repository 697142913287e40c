import Dataverse
import ODataURL
import Policy

/// What callers of a scope are told of one table: what they may use, and the key that CSDL wants.
struct VisibleTable: Sendable {
  let rule: TableRule
  /// Columns with any use, in the order of the schema.
  let columns: [ColumnRule]
  /// Navigation properties that may be followed, to tables of the scope, in the order of the schema.
  let navigations: [VisibleNavigation]
  /// The table with nothing but that. The primary key is always among its columns, used or not: an entity type of an
  /// entity set has to have one (CSDL 4.0, section 8.2).
  let table: Table

  init(_ rule: TableRule, scope: ScopeRule) {
    self.rule = rule
    let source = rule.table
    columns = rule.columns.filter(\.isUsable)
    navigations = source.navigations.compactMap { navigation in
      guard let use = rule.navigations[navigation.name], use.isExpandable || use.isFilterable,
        let target = scope.table(named: navigation.target)
      else { return nil }
      return VisibleNavigation(use, from: rule, to: target, limits: scope.limits)
    }
    let shown = Set(columns.map(\.column.propertyName)).union([source.primaryKey])
    let keys = rule.canReadByKey ? source.alternateKeys.filter { rule.canName($0.columns) } : []
    table = Table(
      logicalName: source.logicalName, entitySetName: source.entitySetName, primaryKey: source.primaryKey,
      primaryName: source.primaryName, kind: source.kind,
      columns: source.columns.filter { shown.contains($0.propertyName) },
      navigations: navigations.map(\.use.navigation), alternateKeys: keys)
  }

  /// Whether an address of the entity set has an answer: its rows, what `$apply` makes of them, or their number.
  var isListed: Bool { isReadable || rule.options.contains(.countSegment) }

  /// Whether a collection of rows, or what `$apply` makes of them, may leave.
  var isReadable: Bool { rule.canSelect || !transformations.isEmpty }

  /// What `$apply` may have; empty where `$apply` may not be.
  var transformations: [TransformationKind] {
    guard rule.options.contains(.apply), !rule.transformations.isSubset(of: [.filter]) else { return [] }
    return [.filter, .groupby, .aggregate].filter { rule.transformations.contains($0) }
  }

  /// Whether one row may be read by the primary key.
  var isReadableByKey: Bool { rule.canReadByKey && rule.canName([table.primaryKey]) }
}

/// What may be done with a navigation property from its own table.
struct VisibleNavigation: Sendable {
  let use: NavigationRule
  let isExpandable: Bool
  let isFilterable: Bool

  init(_ use: NavigationRule, from source: TableRule, to target: TableRule, limits: PolicyLimits) {
    self.use = use
    // A single row takes no row filter.
    isExpandable =
      use.isExpandable && source.options.contains(.expand) && limits.expandDepth > 0 && limits.expands > 0
      && target.canSelect && (use.navigation.isCollection || target.rowFilters.isEmpty)
    isFilterable = use.isFilterable && source.options.contains(.filter)
  }
}

extension ColumnRule {
  /// Whether a query may name it anywhere.
  var isUsable: Bool { isSelectable || isOrderable || isFilterable || isGroupable || !methods.isEmpty }

  /// Whether `$orderby` takes it: of lookups it would take the name of the related row.
  var isSortable: Bool {
    if case .lookup = column.type { false } else { isOrderable }
  }
}

extension TableRule {
  var canSelect: Bool { !selectItems.isEmpty }

  /// Whether the path `set(key)` may be; rows of a table with a row filter have none.
  var canReadByKey: Bool { options.contains(.key) && rowFilters.isEmpty && canSelect }

  /// Whether a key predicate may name all of these columns.
  func canName(_ columns: [String]) -> Bool {
    columns.allSatisfy { column($0)?.operations[.comparison(.eq)] != nil }
  }
}
