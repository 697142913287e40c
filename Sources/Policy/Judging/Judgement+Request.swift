import Dataverse
import ODataURL
import YAMLFile

/// Checks on the request as a whole: aliases, path, options, limits.
extension Judgement {
  mutating func checkAliases(_ substitution: AliasSubstitution) {
    for problem in substitution.problems {
      switch problem.reason {
      case .unassigned: continue  // DV016.
      case .unused: deny(.alias, problem.span, "This alias is not used.", "Leave it out.")
      case .repeated: deny(.alias, problem.span, "This alias is given twice.", "Give it once.")
      case .chained: deny(.alias, problem.span, "The value of an alias names an alias.", "Write the value itself.")
      case .tooLarge:
        deny(
          .nodesLimit, problem.span,
          "With its aliases written out the query is larger than \(policy.limits.nodes) nodes.",
          "Ask in several requests.")
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
    if resolution.address == .other, query.path.count > 1 {
      // With a key before it, `/$count` is the segment too many.
      let segment = query.path.dropFirst().first { $0.kind != .keyword("$count") } ?? query.path[1]
      deny(.path, segment.span, Judgement.words(segment.kind), "Read \(forms(rule, hasKey: keys != nil)).")
    }
    return rule
  }

  private var setNames: String { Judgement.list(scope.tables.map(\.table.entitySetName).sorted()) }

  private func forms(_ rule: TableRule, hasKey: Bool) -> String {
    let set = rule.table.entitySetName
    var forms = [set]
    if rule.options.contains(.key) { forms.append("\(set)(key)") }
    if rule.options.contains(.countSegment) { forms.append("\(set)/$count") }
    return forms.joined(separator: ", ")
  }

  private static func words(_ kind: PathSegment.Kind) -> String {
    switch kind {
    case .keyword("$ref"): "References of rows are not served."
    case .keyword("$value"): "Raw values are not served: they leave no members to check."
    case .keyword("$count"): "Only the rows of an entity set can be counted."
    case .keyword, .filter, .crossjoin, .key: "This segment is not served."
    case .name: "A path cannot go on to a property or another table."
    case .qualified, .function: "A path cannot call a function or cast a type."
    }
  }

  // MARK: Options

  mutating func checkOptions(_ rule: TableRule) {
    let options = query.options
    let address = resolution.address
    let pathSpan = query.path.last?.span ?? .none
    if address == .entity, !rule.options.contains(.key) {
      deny(.option, pathSpan, "Rows of this table cannot be read by key.", "Use $filter.")
    }
    if address == .count, !rule.options.contains(.countSegment) {
      deny(.option, pathSpan, "Rows of this table cannot be counted.", "Read them, with $top.")
    }
    // Without any column to select, Dataverse would give all.
    if address != .count, rule.selectItems.isEmpty {
      deny(
        .option, pathSpan, "Rows of this table cannot be read, only counted.",
        "Read \(rule.table.entitySetName)/$count.")
    }
    let system: [(QueryOption, Span?, goesWith: Set<Resolution.Address>)] = [
      (.select, options.select?.span, [.collection, .entity]), (.filter, options.filter?.span, [.collection, .count]),
      (.orderby, options.orderby?.span, [.collection]), (.top, options.top?.span, [.collection]),
      (.count, options.count?.span, [.collection]), (.skiptoken, options.skiptoken?.span, [.collection]),
    ]
    for (option, span, addresses) in system {
      guard let span else { continue }
      if !rule.options.contains(option) {
        denyOption(option.rawValue, span, rule)
      } else if !addresses.contains(address), address != .other {
        let what = address == .count ? "a count" : "a single row"
        deny(.option, span, "`\(option.rawValue)` does not go with \(what).", "Leave it out.")
      }
    }
    if let token = options.skiptoken, !request.pagingTokenVouched {
      deny(.option, token.span, "This paging token was not made here.", "Follow @odata.nextLink as it was given.")
    }
    denyUnknown(options, rule)
  }

  /// Options that no policy can allow in this version.
  private mutating func denyUnknown(_ options: QueryOptions, _ rule: TableRule) {
    if let span = options.expand?.span {
      deny(
        .option, span, "`$expand` is not allowed: it reads other tables.",
        "Read the other table in a request of its own.")
    }
    if let span = options.deltatoken?.span {
      deny(.option, span, "`$deltatoken` is not allowed: a feed of changes takes no filter.", "Read the rows.")
    }
    let others: [(String, Span?)] = [
      ("$skip", options.skip?.span), ("$search", options.search?.span), ("$format", options.format?.span),
      ("$compute", options.compute?.span), ("$apply", options.apply?.span),
    ]
    for (name, span) in others {
      if let span { denyOption(name, span, rule) }
    }
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
      allowed.isEmpty ? "Leave it out." : "Allowed: \(allowed.map(\.rawValue).joined(separator: ", ")).")
  }

  // MARK: Limits

  mutating func checkLimits() {
    let limits = policy.limits
    let measure = resolution.measure
    if let top = query.options.top, top.value > Int64(limits.top) || top.value < 0 {
      deny(
        .topLimit, top.span, "`$top` is larger than \(limits.top).",
        "Use $top=\(limits.top) or less, or leave it out and follow @odata.nextLink.")
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
    if let select = query.options.select, select.value.count > limits.selectColumns {
      deny(
        .selectLimit, select.span,
        "`$select` names \(select.value.count) columns; \(limits.selectColumns) are allowed.",
        "Name fewer, or leave it out.")
    }
  }

  /// At most twelve names.
  static func list(_ names: [String]) -> String {
    guard !names.isEmpty else { return "none" }
    return names.prefix(12).joined(separator: ", ") + (names.count > 12 ? ", and \(names.count - 12) more" : "")
  }
}
