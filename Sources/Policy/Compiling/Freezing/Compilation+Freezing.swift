import Dataverse

/// Stages `index` and `freeze`: from what was found sound to rules that a judgement only looks up.
extension Compilation {
  mutating func index() {
    tables = resolved.map { resolved in
      let columns = resolved.columns.map(Compilation.rule).sorted {
        (resolved.table.columnIndex($0.column.propertyName) ?? 0)
          < (resolved.table.columnIndex($1.column.propertyName) ?? 0)
      }
      var navigations: [String: NavigationRule] = [:]
      for navigation in resolved.navigations {
        navigations[navigation.navigation.name] = rule(navigation)
      }
      return TableRule(
        table: resolved.table, timeToLive: resolved.source.timeToLive, options: resolved.options.options,
        columns: columns, navigations: navigations,
        transformations: Set(resolved.source.apply?.kinds.map(\.kind) ?? []),
        requirements: resolved.source.requirements.map { Requirement(columns: $0.columns.map(\.text)) },
        rowFilters: resolved.rowFilter.map { [$0] } ?? [], help: resolved.source.help,
        logsLiterals: resolved.source.logsLiterals)
    }
  }

  private static func rule(_ resolved: ResolvedColumn) -> ColumnRule {
    let source = resolved.source
    let shape = source.shape?.shape ?? .any
    var rule = ColumnRule(column: resolved.column)
    rule.isSelectable = source.isSelectable
    rule.isOrderable = source.order?.isAllowed ?? false
    // The formatted value of a lookup is the name of a row that the caller may not be allowed to read.
    var isLookup = false
    if case .lookup = resolved.column.type { isLookup = true }
    rule.allowsAnnotations = source.annotate?.isAllowed ?? !isLookup
    for filter in source.filters {
      switch filter.word {
      case notWord: rule.allowsNot = true
      case nullWord: rule.allowsNull = true
      case columnWord: rule.allowsColumn = true
      default:
        guard let operation = Condition.Operation(word: filter.word) else { continue }
        rule.operations[operation] = filter.shape?.shape.filled(from: shape) ?? shape
      }
    }
    for word in source.aggregate {
      if word.text == groupbyWord { rule.isGroupable = true }
      if let method = AggregationMethod(rawValue: word.text) { rule.methods.insert(method) }
    }
    return rule
  }

  private func rule(_ resolved: ResolvedNavigation) -> NavigationRule {
    let source = resolved.source
    let isExpandable = source.expand?.isAllowed ?? false
    let isCollection = resolved.navigation.isCollection
    return NavigationRule(
      resolved.navigation, isExpandable: isExpandable, isFilterable: source.filter?.isAllowed ?? false,
      top: isExpandable && isCollection ? source.top?.rows ?? self.source.limits.expandTop : nil,
      depth: source.depth?.steps)
  }

  func freeze(version: String) -> Policy {
    Policy(
      name: source.name, version: version, schema: schema, limits: source.limits, annotations: source.annotations,
      missingSelect: source.missingSelect?.word ?? .inject, preferences: source.preferences,
      ignoredHeaders: source.ignoredHeaders, metadata: source.metadata, optionalTables: optionalTables,
      settings: source.settings, tables: tables,
      scopes: resolvedScopes.map { scope in
        let names = Set(scope.tables.map(\.name))
        return ScopeRule(
          name: scope.source.name,
          tables: scope.tables.compactMap { table in
            resolvedIndex[table.name].map { narrowed(tables[$0], to: table, names, scope.limits) }
          }, limits: scope.limits, isReportOnly: scope.source.isReportOnly,
          parent: scope.source.parent?.text)
      })
  }

  /// A rule as a scope has it. Ways to tables that the scope lacks are left out.
  private func narrowed(
    _ rule: TableRule, to table: ScopeTable, _ names: Set<String>, _ limits: PolicyLimits
  ) -> TableRule {
    var navigations = rule.navigations.filter { names.contains($0.value.navigation.target) }
    for (name, navigation) in navigations {
      if let top = navigation.top { navigations[name]?.top = min(top, limits.expandTop) }
    }
    let requirements = table.requirements.filter { !rule.requirements.contains($0) }
    let rowFilters = table.rowFilters.filter { !rule.rowFilters.contains($0) }
    let isWhole = table.columns == nil && requirements.isEmpty && rowFilters.isEmpty && navigations == rule.navigations
    if isWhole { return rule }
    return TableRule(
      table: rule.table, timeToLive: rule.timeToLive, options: rule.options,
      columns: table.columns.map { names in rule.columns.filter { names.contains($0.column.propertyName) } }
        ?? rule.columns,
      navigations: navigations, transformations: rule.transformations,
      requirements: rule.requirements + requirements, rowFilters: rule.rowFilters + rowFilters, help: rule.help,
      logsLiterals: rule.logsLiterals)
  }
}
