import Dataverse
import ODataURL
import YAMLFile

/// Checks on the request as a whole: aliases, path, options, limits.
extension Judgement {
  mutating func checkAliases(_ problems: [AliasSubstitution.Problem]) {
    for problem in problems {
      switch problem.reason {
      case .unassigned: continue  // DV016.
      case .unused: deny(.alias, problem.span, "This alias is not used.", "Leave it out.")
      case .repeated: deny(.alias, problem.span, "This alias is given twice.", "Give it once.")
      case .chained: deny(.alias, problem.span, "The value of an alias names an alias.", "Write the value itself.")
      case .tooLarge:
        deny(
          .nodesLimit, problem.span,
          "With its aliases written out the query is larger than \(scope.limits.nodes) nodes.",
          "Ask in several requests.", isFirm: true)
      }
    }
  }

  // MARK: Path

  /// The rule of the table that is read; `nil` after a finding when there is none.
  mutating func checkPath() -> TableRule? {
    guard let first = query.path.first else {
      deny(.path, .none, "The service document is not served.", "Read an entity set: \(setNames).")
      return nil
    }
    if let context = query.path.last, case .context = context.kind {
      deny(.path, context.span, Judgement.words(context.kind), "Leave out the number sign and what follows it.")
      return nil
    }
    guard case .name(let set, let keys) = first.kind else {
      deny(.path, first.span, "This is no entity set.", "Read an entity set: \(setNames).")
      return nil
    }
    guard let rule = scope.table(entitySet: set) else {
      let nearest = NearestName.nearest(to: set, among: scope.tables.map(\.table.entitySetName).sorted())
      deny(
        .table, first.span, "`\(set)` is not an entity set that may be read here.",
        nearest.map { "Did you mean `\($0)`?" } ?? "Allowed: \(setNames).")
      return nil
    }
    if address == .other, query.path.count > 1 {
      // With a key before it, `/$count` is the segment too many.
      let segment = query.path.dropFirst().first { $0.kind != .keyword("$count") } ?? query.path[1]
      var remedy = "Read \(forms(rule))."
      if keys != nil, rule.options.contains(.key), case .name(let name, nil) = query.path[1].kind,
        rule.column(name)?.isSelectable == true
      {
        remedy = "Read \(set)(key)?$select=\(name)."
      }
      deny(.path, segment.span, Judgement.words(segment.kind), remedy, about: rule)
    }
    return rule
  }

  private var setNames: String { Judgement.list(scope.tables.map(\.table.entitySetName).sorted()) }

  private func forms(_ rule: TableRule) -> String {
    let set = rule.table.entitySetName
    var forms = [set]
    if rule.options.contains(.key) {
      forms.append("\(set)(key)")
      let ways = rule.navigations.values.filter { way in
        way.isExpandable && scope.table(named: way.navigation.target) != nil
      }
      forms += ways.map { "\(set)(key)/\($0.navigation.name)" }.sorted().prefix(12)
    }
    if rule.options.contains(.countSegment) { forms.append("\(set)/$count") }
    return forms.joined(separator: ", ")
  }

  private static func words(_ kind: PathSegment.Kind) -> String {
    switch kind {
    case .keyword("$ref"): "References of rows are not served."
    case .keyword("$value"): "Raw values are not served: they leave no members to check."
    case .keyword("$count"): "Only the rows of an entity set can be counted."
    case .keyword, .filter, .crossjoin, .key: "This segment is not served."
    case .context: "What follows a number sign describes an answer; a request has none."
    case .name: "A path cannot go on to this here: neither to a property nor along this name to another table."
    case .qualified, .function: "A path cannot call a function or cast a type."
    }
  }

  // MARK: Options

  /// Options of the rows of the path.
  mutating func checkOptions(_ rule: TableRule) {
    let pathSpan = query.path.last?.span ?? .none
    if address == .entity, !rule.allows(.key) {
      deny(.option, pathSpan, "Rows of this table cannot be read by key.", "Use $filter.", about: rule)
    }
    if address == .count, !rule.allows(.countSegment) {
      deny(.option, pathSpan, "Rows of this table cannot be counted.", "Read them, with $top.", about: rule)
    }
    // Without any column to select, Dataverse would give all.
    if rule.selectItems.isEmpty, address != .count, !isOnward, query.options.apply == nil {
      deny(
        .option, pathSpan, "Rows of this table cannot be read as they are.",
        "Read \(rule.table.entitySetName)/$count.", about: rule)
    }
    if !isOnward {
      check(.select, query.options.select?.span, rule, goesWith: address == .collection || address == .entity)
    }
    check(.expand, query.options.expand?.span, rule, goesWith: address == .collection || address == .entity)
    check(.filter, query.options.filter?.span, rule, goesWith: address == .collection || address == .count)
    check(.orderby, query.options.orderby?.span, rule, goesWith: address == .collection)
    check(.top, top?.span, rule, goesWith: address == .collection)
    if query.options.hasRareOptions || query.options.hasUnknown { checkRareOptions(query.options, rule) }
  }

  private mutating func checkRareOptions(_ options: QueryOptions, _ rule: TableRule) {
    check(.count, options.count?.span, rule, goesWith: address == .collection)
    check(.skiptoken, options.skiptoken?.span, rule, goesWith: address == .collection)
    check(.apply, options.apply?.span, rule, goesWith: address == .collection)
    if let token = options.skiptoken, !request.pagingTokenVouched {
      deny(
        .option, token.span, "This paging token was not made here.", "Follow @odata.nextLink as it was given.",
        about: rule)
    }
    if options.apply != nil { denyBesideApply(options, rule) }
    denyUnknown(options, rule)
  }

  private mutating func check(_ option: QueryOption, _ span: Span?, _ rule: TableRule, goesWith: Bool) {
    guard let span else { return }
    if !rule.allows(option) {
      denyOption(option.rawValue, span, rule)
    } else if !goesWith, address != .other {
      let what = address == .count ? "a count" : "a single row"
      deny(.option, span, "`\(option.rawValue)` does not go with \(what).", "Leave it out.", about: rule)
    }
  }

  /// What the other options mean beside `$apply`, and in which order they work, Dataverse does not document. A paging
  /// token stays: it is none of the caller's making.
  private mutating func denyBesideApply(_ options: QueryOptions, _ rule: TableRule) {
    let others: [(QueryOption, Span?)] = [
      (.select, options.select?.span), (.expand, options.expand?.span), (.filter, options.filter?.span),
      (.orderby, options.orderby?.span), (.top, options.top?.span), (.count, options.count?.span),
    ]
    for case (let option, let span?) in others {
      deny(
        .option, span, "`$apply` stands alone; `\(option.rawValue)` cannot be combined with it.",
        option == .filter ? "Write $apply=filter(…)/…" : "Leave it out.", about: rule)
    }
  }

  /// Options of an item of `$expand`; judged by the rule of the table that it leads to.
  mutating func checkOptions(of item: ExpandItem, _ rule: TableRule, isCollection: Bool) {
    let options = item.options
    func check(_ option: QueryOption, _ span: Span?, onRow: Bool = false) {
      guard let span else { return }
      if !rule.allows(option) {
        denyOption(option.rawValue, span, rule)
      } else if !isCollection, !onRow {
        deny(.option, span, "`\(option.rawValue)` does not go with a single row.", "Leave it out.", about: rule)
      }
    }
    check(.select, options.select?.span, onRow: true)
    check(.expand, options.expand?.span, onRow: true)
    check(.filter, options.filter?.span)
    check(.orderby, options.orderby?.span)
    check(.top, options.top?.span)
    let others: [(String, Span?)] = [
      ("$count", options.count?.span), ("$skiptoken", options.skiptoken?.span), ("$apply", options.apply?.span),
    ]
    for case (let name, let span?) in others {
      deny(.option, span, "`\(name)` is not allowed behind a navigation property.", "Leave it out.", about: rule)
    }
    // Without any column to select, Dataverse would give all.
    if rule.selectItems.isEmpty {
      deny(
        .option, item.span, "Rows of this table cannot be read.", "Leave it out.", about: rule)
    }
    denyUnknown(options, rule)
  }

  /// Options that no policy can allow in this version.
  private mutating func denyUnknown(_ options: QueryOptions, _ rule: TableRule) {
    if let span = options.deltatoken?.span {
      deny(
        .option, span, "`$deltatoken` is not allowed: a feed of changes takes no filter.", "Read the rows.",
        about: rule)
    }
    if let span = options.skip?.span { denyOption("$skip", span, rule) }
    if let span = options.search?.span { denyOption("$search", span, rule) }
    if let span = options.format?.span { denyOption("$format", span, rule) }
    if let span = options.compute?.span { denyOption("$compute", span, rule) }
    for option in options.unparsed { denyOption(option.name, option.span, rule) }
    for option in options.custom { deny(.option, option.span, "This query option is not allowed.", "Leave it out.") }
    for alias in options.aliases {
      deny(.alias, alias.span, "This alias was not substituted.", "Write the value itself.")
    }
  }

  private mutating func denyOption(_ name: String, _ span: Span, _ rule: TableRule) {
    let allowed = QueryOption.allCases.filter { rule.options.contains($0) && $0 != .key && $0 != .countSegment }
    deny(
      .option, span, "`\(name)` is not allowed on \(rule.table.entitySetName).",
      allowed.isEmpty ? "Leave it out." : "Allowed: \(allowed.map(\.rawValue).joined(separator: ", ")).", about: rule)
  }

  // MARK: Limits

  /// Rows that the caller wants at most, whoever counts them.
  private var top: Spanned<Int64>? { query.options.top ?? request.countedTop }

  mutating func checkLimits() {
    let limits = scope.limits
    if let top, top.value > Int64(limits.top) || top.value < 0 {
      deny(
        .topLimit, top.span, "`$top` is larger than \(limits.top).",
        "Use $top=\(limits.top) or less, or leave it out and follow @odata.nextLink.", isFirm: top.value < 0)
    }
    if measure.nodes > limits.nodes {
      deny(
        .nodesLimit, query.options.filter?.span ?? .none,
        "The conditions have \(measure.nodes) parts; \(limits.nodes) are allowed.", "Ask in several requests.")
    }
    if measure.depth > limits.depth {
      deny(
        .depthLimit, measure.deepestSpan,
        "The filter is nested \(measure.depth) levels deep; \(limits.depth) are allowed.",
        "Write it flatter.")
    }
    if measure.widestOr > limits.orWidth {
      deny(
        .orLimit, measure.widestOrSpan,
        "\(measure.widestOr) alternatives stand here; \(limits.orWidth) are allowed.", "Ask in several requests.")
    }
    if measure.longestList > limits.listItems {
      deny(
        .listLimit, measure.longestListSpan,
        "This list has \(measure.longestList) values; \(limits.listItems) are allowed.", "Ask in several requests.")
    }
    if measure.expands > limits.expands {
      deny(
        .expandLimit, query.options.expand?.span ?? .none,
        "\(measure.expands) items stand in `$expand`; \(limits.expands) are allowed.",
        "Read the rest in a request of its own.")
    }
    if measure.expandDepth > limits.expandDepth {
      deny(
        .expandLimit, query.options.expand?.span ?? .none,
        "`$expand` is nested \(measure.expandDepth) levels deep; \(limits.expandDepth) are allowed.",
        "Read the other table in a request of its own.")
    }
  }
}

extension QueryOptions {
  /// Whether options are given that no policy knows by name.
  fileprivate var hasUnknown: Bool { !unparsed.isEmpty || !custom.isEmpty || !aliases.isEmpty }
}
