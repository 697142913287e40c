import Dataverse
import YAMLFile

/// Stage `check`: rules that contradict the schema or one another, or can never apply.
extension Compilation {
  /// What other tables say of one.
  struct Mentions {
    /// Logical names of tables that conditions reach through a navigation property.
    var filtered: Set<String> = []
  }

  mutating func check() {
    var mentions = Mentions()
    for table in resolved {
      for navigation in table.navigations where navigation.source.filter?.isAllowed == true {
        mentions.filtered.insert(navigation.navigation.target)
      }
    }
    for table in resolved {
      checkColumns(of: table, mentions)
      checkReading(table)
      checkKeys(of: table)
      checkDisplayNames(of: table)
      checkRequirements(table.source.requirements, in: table, columns: nil)
      checkApply(table)
      for navigation in table.navigations { checkNavigation(navigation, of: table) }
    }
    checkOptions()
    checkAnnotations()
    checkRowFilters()
    for scope in resolvedScopes { checkScope(scope) }
  }

  func report(_ node: YAMLNode, _ path: String, _ message: String, help: String? = nil) {
    reader.report(at: node, path: path, message: message, help: help)
  }

  // MARK: Tables

  private func checkReading(_ table: ResolvedTable) {
    // With a column that is not known, or has a mistake, too little is known of the table.
    guard table.columns.count == table.source.columns.count else { return }
    let options = table.options.options
    let reads = table.columns.contains { $0.source.isSelectable }
    let aggregates = options.contains(.apply) && table.source.apply != nil
    if !reads, !aggregates, !options.contains(.countSegment) {
      report(
        table.source.keyNode, table.source.path,
        "Nothing of \(table.source.name) can be read: no column has `select: true`.")
    }
    if let missing = source.missingSelect, missing.word == .deny, reads, !aggregates, !options.contains(.select),
      !options.contains(.countSegment)
    {
      report(
        table.source.keyNode, table.source.path,
        "Nothing of \(table.source.name) can be read: `missingSelect: deny` wants `$select`, which is not in `options`.",
        help: "Put `$select` into `options`.")
    }
  }

  /// - Parameter columns: those that are left in a scope; `nil` for all.
  func checkRequirements(
    _ requirements: [PolicySource.RequirementSource], in table: ResolvedTable, columns: Set<String>?
  ) {
    var seen: Set<Set<String>> = []
    for requirement in requirements {
      let options = table.options.options
      if !options.contains(.filter), !options.contains(.key) {
        report(
          requirement.node, requirement.path, "No query could pass: neither `$filter` nor `key` is in `options`.")
      }
      if !requirement.columns.isEmpty, !seen.insert(Set(requirement.columns.map(\.text))).inserted {
        report(requirement.node, requirement.path, "This requirement stands twice.")
      }
      for word in requirement.columns {
        guard let column = table.column(word.text) else { continue }
        if !column.source.canBeNamedByEquality {
          report(
            word.node, word.path,
            "No query can name `\(word.text)` by equality: its `filter` has neither `eq` nor `In`.",
            help: "Put `eq` into the `filter` of the column.")
        } else if let columns, !columns.contains(word.text) {
          report(word.node, word.path, "No query can name `\(word.text)`: this scope does not have it.")
        } else if !options.contains(.filter), options.contains(.key), let keyed = table.keyColumns,
          !keyed.contains(word.text)
        {
          report(
            word.node, word.path,
            "No query can name `\(word.text)`: `$filter` is not in `options`, and the column is in no key.")
        }
      }
    }
  }

  private func checkApply(_ table: ResolvedTable) {
    let grouped = table.columns.filter { $0.source.aggregate.contains { $0.text == Compilation.groupbyWord } }
    let computed = table.columns.first { $0.source.aggregate.contains { $0.text != Compilation.groupbyWord } }
    guard let apply = table.source.apply else {
      for column in table.columns {
        guard let word = column.source.aggregate.first else { continue }
        report(
          word.node, word.path, "This never applies: the table has no `apply`.",
          help: "Add `apply: [\(TransformationKind.groupby.rawValue), …]` to it.")
      }
      return
    }
    guard !apply.kinds.isEmpty else { return }
    if !table.options.options.contains(.apply) {
      report(apply.node, apply.path, "This never applies: `$apply` is not in `options`.")
    }
    if !apply.names(.groupby), !apply.names(.aggregate) {
      report(
        apply.node, apply.path, "This never applies: `filter` alone computes nothing.",
        help: "Name `groupby` or `aggregate`, or use `$filter`.")
    }
    for (kind, node) in apply.kinds {
      switch kind {
      case .groupby where grouped.isEmpty:
        report(node, apply.path, "This never applies: no column has `aggregate: [groupby]`.")
      case .filter where !table.columns.contains(where: { $0.source.hasOperation }):
        report(node, apply.path, "This never applies: no column has a `filter`.")
      default: continue
      }
    }
    if !apply.names(.groupby) {
      for column in grouped {
        guard let word = column.source.aggregate.first(where: { $0.text == Compilation.groupbyWord }) else { continue }
        report(word.node, word.path, "This never applies: `groupby` is not in the table's `apply`.")
      }
    }
    if !apply.names(.aggregate),
      let word = computed?.source.aggregate.first(where: { $0.text != Compilation.groupbyWord })
    {
      report(word.node, word.path, "This never applies: `aggregate` is not in the table's `apply`.")
    }
  }

  // MARK: Navigation properties

  private func checkNavigation(_ resolved: ResolvedNavigation, of table: ResolvedTable) {
    let source = resolved.source
    let navigation = resolved.navigation
    let options = table.options.options
    let expands = source.expand?.isAllowed == true
    let filters = source.filter?.isAllowed == true
    if !expands, !filters {
      report(
        source.keyNode, source.path, "Nothing is allowed for this navigation property.",
        help: "Write `expand: true` or `filter: true`, or remove it.")
    }
    let target = resolvedIndex[navigation.target].map { self.resolved[$0] }
    if let expand = source.expand, expand.isAllowed {
      let path = "\(source.path).expand"
      if !options.contains(.expand) {
        report(expand.node, path, "This never applies: `$expand` is not in `options`.")
      }
      if let target, !navigation.isCollection, target.source.rowFilter != nil {
        report(
          expand.node, path,
          "This never applies: \(navigation.target) has a row filter, and a single row takes none.",
          help: "Read it in a request of its own.")
      }
      if let target, target.columns.count == target.source.columns.count,
        !target.columns.contains(where: { $0.source.isSelectable })
      {
        report(expand.node, path, "This never applies: no column of \(navigation.target) has `select: true`.")
      }
    }
    if let filter = source.filter, filter.isAllowed {
      let path = "\(source.path).filter"
      let appliesFilter = options.contains(.apply) && table.source.apply?.names(.filter) == true
      if !options.contains(.filter), !appliesFilter {
        report(filter.node, path, "This never applies: `$filter` is not in `options`.")
      }
      // A collection can be asked for any row, without a column.
      if let target, !navigation.isCollection, target.columns.count == target.source.columns.count,
        !target.columns.contains(where: { $0.source.hasOperation })
      {
        report(filter.node, path, "This never applies: no column of \(navigation.target) has a `filter`.")
      }
    }
    if let top = source.top { checkTop(top, source, navigation, expands: expands) }
    if let depth = source.depth {
      let path = "\(source.path).depth"
      let limit = self.source.limits.pathDepth
      if !filters {
        report(depth.node, path, "This never applies: `depth` belongs to `filter: true`.")
      } else if depth.steps > limit {
        report(
          depth.node, path, "`depth` is larger than the limit `pathDepth`, which is \(limit).",
          help: "Lower the one or raise the other.")
      }
    }
  }

  private func checkTop(
    _ top: (rows: Int, node: YAMLNode), _ source: PolicySource.NavigationSource, _ navigation: NavigationProperty,
    expands: Bool
  ) {
    let path = "\(source.path).top"
    if !expands {
      report(top.node, path, "This never applies: `top` belongs to `expand: true`.")
    } else if !navigation.isCollection {
      report(top.node, path, "This never applies: it leads to a single row.", help: "Remove `top`.")
    } else if top.rows > self.source.limits.expandTop {
      report(
        top.node, path, "`top` is larger than the limit `expandTop`, which is \(self.source.limits.expandTop).",
        help: "Lower the one or raise the other.")
    }
  }

  // MARK: Options

  /// Options that no table could make use of, and those that contradict a row filter.
  private func checkOptions() {
    for table in resolved {
      guard table.source.rowFilter != nil, table.options.options.contains(.key) else { continue }
      if let own = table.source.options {
        report(
          own.nodes[.key] ?? table.source.keyNode, own.path, "A table with a row filter cannot be read by `key`.",
          help: "Remove `key`.")
      } else {
        report(
          table.source.keyNode, table.source.path, "A table with a row filter cannot be read by `key`.",
          help: "Give it `options` of its own, without `key`.")
      }
    }
    for table in resolved {
      if let own = table.source.options { checkOptions(own, of: [table], where: "in this table") }
    }
    // With a table that is not known, or none that takes these options, too little is known.
    let inheriting = resolved.filter { $0.source.options == nil }
    if resolved.count == source.tables.count, !inheriting.isEmpty {
      checkOptions(source.options, of: inheriting, where: "in the tables without `options` of their own")
    }
  }

  private func checkOptions(
    _ options: PolicySource.OptionsSource, of tables: [ResolvedTable], where place: String
  ) {
    func isUsed(_ option: QueryOption) -> Bool? {
      switch option {
      case .expand:
        tables.contains {
          $0.navigations.count < $0.source.navigations.count
            || $0.navigations.contains { $0.source.expand?.isAllowed == true }
        }
      case .apply: tables.contains { $0.source.apply != nil }
      case .key:
        // Of tables with a row filter it is said already.
        tables.contains {
          $0.source.rowFilter != nil || $0.keyColumns?.isEmpty != true
        }
      default: nil
      }
    }
    let reasons: [(QueryOption, String)] = [
      (.expand, "no navigation property has `expand: true`"), (.apply, "there is no `apply`"),
      (.key, "no key can be named, as that wants `eq` in the `filter` of all its columns,"),
    ]
    for (option, reason) in reasons {
      guard options.options.contains(option), isUsed(option) == false, let node = options.nodes[option] else {
        continue
      }
      report(
        node, options.path, "This never applies: \(reason) \(place).",
        help: "Remove `\(option.rawValue)`.")
    }
  }
}

extension PolicySource.ColumnSource {
  /// Whether a word stands in `filter`.
  func names(_ word: String) -> Bool { filters.contains { $0.word == word } }

  /// Whether any condition can be put on it.
  var hasOperation: Bool { filters.contains { !Compilation.addedWords.contains($0.word) } }

  var canBeNamedByEquality: Bool { names("eq") || names("In") }
}
