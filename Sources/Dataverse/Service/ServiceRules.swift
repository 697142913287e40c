package import ODataURL

/// What the Dataverse Web API does not take, by rule:
///
/// | Rule | Refuses | Why | What passes |
/// |---|---|---|---|
/// | DV001 | `$skip $search $format $compute $levels…` | system query options the service lacks | paging by its links, `$filter` |
/// | DV002 | options that are unknown or miss their `$` | names are case-sensitive; what is ignored misleads | `$name` |
/// | DV003 | operators and functions the service lacks | 400 or 501 | comparisons, `contains startswith endswith` |
/// | DV004 | `not` before a query function | an error | its twin: `NotIn` for `In` |
/// | DV005 | query functions by a wrong name, or with wrong parameters | every parameter is compulsory and named | the usage |
/// | DV006 | `any` and `all` beneath a lookup | an error | starting at the other table |
/// | DV007 | more or other `$expand` than the service takes | an error | fewer, or a request of its own |
/// | DV008 | values, columns and functions of types that do not go together | an error, or no row | a literal of the type |
/// | | `INF` and `NaN`, on either side of a comparison, in lists and functions | no column holds them | a number, null |
/// | DV009 | a wildcard on the open side of `startswith` and `endswith` | unsupported | `contains` |
/// | DV010 | a URL over 32,768 bytes (``checkLength(_:)``) | the limit of the service | several requests |
/// | DV011 | `odata.maxpagesize` over 5,000 (``checkPageSize(_:)``) | the limit of the service | 5,000 or fewer |
/// | DV012 | aggregations the service lacks: by time, ordered, other transformations | an error | `groupby`, `aggregate` |
/// | DV013 | alternate keys whose value cannot stand in a path, or of virtual tables | no row is found | `$filter` |
/// | DV014 | whole queries in an option, function calls, `$batch` | they do what nobody looked at | an entity set |
/// | DV016 | aliases without a value | taken for null | a value |
///
/// DV015 is a name that a policy does not have: policies say it themselves.
package enum ServiceRules {
  /// - Parameters:
  ///   - query: as parsed, aliases included.
  ///   - substitution: of its aliases.
  ///   - resolution: of the substituted query.
  /// - Returns: findings in no particular order, all of them errors.
  package static func check(
    _ query: RelativeURI, substitution: AliasSubstitution, resolution: Resolution
  ) -> [ServiceFinding] {
    check(query, substituted: substitution.query, problems: substitution.problems, resolution: resolution)
  }

  /// The same, with the query without aliases and the problems of its ``AliasSubstitution``.
  package static func check(
    _ query: RelativeURI, substituted: RelativeURI, problems: [AliasSubstitution.Problem], resolution: Resolution
  ) -> [ServiceFinding] {
    var findings: [ServiceFinding] = []
    // Other paths are entity sets, with a key or `$count`.
    if resolution.address == .other || resolution.root.table == nil {
      checkPath(query.path, resolution, into: &findings)
    }
    if query.options.hasRareOptions || !query.options.unparsed.isEmpty || !query.options.custom.isEmpty {
      checkOptions(query.options, into: &findings)
    }
    for problem in problems where problem.reason == .unassigned {
      findings.append(
        ServiceFinding(
          rule: "DV016", span: problem.span, message: "This alias has no value; Dataverse takes it for null.",
          remedy: "Give it one: &@name=value."))
    }
    // Whatever is unusual in an expression is one of both.
    let isPlain = resolution.obscurities.isEmpty && !resolution.measure.hasUnusualConditions
    checkLevel(substituted.options, resolution.root, isPlain: isPlain, into: &findings)
    checkExpand(query, resolution.root, into: &findings)
    return findings
  }

  /// Expressions and conditions of a level and of those below it, which the resolver nests no deeper than
  /// ``LevelReader/maximumNesting``.
  /// - Parameter isPlain: no expression has anything that has to be looked at.
  private static func checkLevel(
    _ options: QueryOptions, _ level: Level, isPlain: Bool, into findings: inout [ServiceFinding]
  ) {
    if !isPlain {
      if let filter = options.filter { checkExpression(filter.value, into: &findings) }
      if let order = options.orderby {
        for item in order.value { checkExpression(item.expression, into: &findings) }
      }
    }
    if options.hasRareOptions, let apply = options.apply { checkApply(apply.value, options, level, into: &findings) }
    checkConditions(level.conditions, level.table, into: &findings)
    guard let items = options.expand?.value else { return }
    for inner in level.expands {
      guard let index = inner.item, items.indices.contains(index) else { continue }
      checkLevel(items[index].options, inner, isPlain: isPlain, into: &findings)
    }
  }

  // MARK: Options

  private static func checkOptions(_ options: QueryOptions, into findings: inout [ServiceFinding]) {
    func unsupported(_ name: String, _ span: Span?, _ remedy: String) {
      guard let span else { return }
      findings.append(
        ServiceFinding(rule: "DV001", span: span, message: "Dataverse has no \(name).", remedy: remedy))
    }
    unsupported("$skip", options.skip?.span, "Follow @odata.nextLink from page to page, or use $top.")
    unsupported("$search", options.search?.span, "Filter with contains(column,'text').")
    unsupported("$format", options.format?.span, "Leave it out: answers are JSON.")
    unsupported("$compute", options.compute?.span, "Leave it out.")
    // The service has `$apply`; only a policy can refuse it.
    for option in options.unparsed { unsupported(option.name, option.span, "Leave it out.") }
    for option in options.custom { findings.append(finding(forCustom: option)) }
  }

  private static func finding(forCustom option: CustomOption) -> ServiceFinding {
    let name = option.name.lowercased()
    if let known = dangerousOptions.first(where: { $0.name.lowercased() == name }) {
      return ServiceFinding(
        rule: "DV014", span: option.span, message: "`\(known.name)` \(known.effect).", remedy: known.remedy)
    }
    let bare = name.hasPrefix("$") ? String(name.dropFirst()) : name
    if systemOptions.contains(bare) {
      return ServiceFinding(
        rule: "DV002", span: option.span, message: "A system query option starts with `$`, in lower case.",
        remedy: "Write $\(bare).")
    }
    return ServiceFinding(
      rule: "DV002", span: option.span, message: "This is no query option that is known here.",
      remedy: "Leave it out.")
  }

  private static let systemOptions: Set<String> = [
    "select", "filter", "orderby", "top", "count", "expand", "skip", "skiptoken", "search", "format", "apply",
    "compute",
    "deltatoken", "levels", "index", "schemaversion", "id",
  ]

  /// Options whose value replaces or widens the query that was looked at.
  private static let dangerousOptions: [(name: String, effect: String, remedy: String)] = [
    ("fetchXml", "carries a whole query that is not looked at", "Write it with $select and $filter."),
    ("savedQuery", "runs a stored query that others can change", "Write it with $select and $filter."),
    ("userQuery", "runs a stored query that others can change", "Write it with $select and $filter."),
    ("UnMaskedData", "asks for masked columns in clear text", "Leave it out."),
    ("tag", "hands text to plug-ins", "Leave it out."),
  ]
}
