package import ODataURL

/// What the Dataverse Web API does not take, by rule:
///
/// | Rule | Refuses |
/// |---|---|
/// | DV001 | `$skip $search $format $compute $apply…`: system query options the service lacks |
/// | DV002 | options that are unknown or miss their `$` |
/// | DV003 | operators and functions the service lacks |
/// | DV004 | `not` before a query function |
/// | DV005 | query functions by a wrong name, or with wrong parameters |
/// | DV006 | `any` and `all` beneath a lookup |
/// | DV007 | more or other `$expand` than the service takes |
/// | DV008 | literals of another type than their column |
/// | DV009 | a wildcard on the open side of `startswith` and `endswith` |
/// | DV013 | alternate keys whose value cannot stand in a path |
/// | DV014 | whole queries in an option, function calls, `$batch` |
/// | DV016 | aliases without a value |
package enum ServiceRules {
  /// - Parameters:
  ///   - query: as parsed, aliases included.
  ///   - substitution: of its aliases.
  ///   - resolution: of the substituted query.
  /// - Returns: findings in no particular order.
  package static func check(
    _ query: RelativeURI, substitution: AliasSubstitution, resolution: Resolution
  ) -> [ServiceFinding] {
    var findings: [ServiceFinding] = []
    checkPath(query.path, into: &findings)
    checkOptions(query.options, into: &findings)
    checkExpand(query.options.expand?.value ?? [], into: &findings)
    for problem in substitution.problems where problem.reason == .unassigned {
      findings.append(
        ServiceFinding(
          rule: "DV016", span: problem.span, message: "This alias has no value; Dataverse takes it for null.",
          remedy: "Give it one: &@name=value."))
    }
    let options = substitution.query.options
    if let filter = options.filter { checkExpression(filter.value, isFilter: true, into: &findings) }
    for item in options.orderby?.value ?? [] { checkExpression(item.expression, isFilter: false, into: &findings) }
    for condition in resolution.root.conditions { checkCondition(condition, resolution.root.table, into: &findings) }
    return findings
  }

  // MARK: Path

  private static func checkPath(_ path: [PathSegment], into findings: inout [ServiceFinding]) {
    for segment in path {
      switch segment.kind {
      case .function:
        findings.append(
          ServiceFinding(
            rule: "DV014", span: segment.span,
            message: "This calls a function: functions can write, run custom code and read any table.",
            remedy: "Read an entity set."))
      case .qualified:
        findings.append(
          ServiceFinding(
            rule: "DV014", span: segment.span, message: "A segment with a dot calls a function or casts a type.",
            remedy: "Read an entity set."))
      case .keyword("$batch"):
        findings.append(
          ServiceFinding(
            rule: "DV014", span: segment.span, message: "$batch hides many requests in one.",
            remedy: "Send each read as a request of its own."))
      default: continue
      }
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

  // MARK: Expand

  /// Expands of one request.
  private static let maximumExpands = 15

  private static func checkExpand(_ items: [ExpandItem], into findings: inout [ServiceFinding]) {
    var count = 0
    var pending: [(item: ExpandItem, isNested: Bool)] = items.reversed().map { ($0, false) }
    func refuse(_ span: Span, _ message: String, _ remedy: String) {
      findings.append(ServiceFinding(rule: "DV007", span: span, message: message, remedy: remedy))
    }
    while let (item, isNested) = pending.popLast() {
      count += 1
      if count == maximumExpands + 1 {
        refuse(
          item.span, "Dataverse takes at most \(maximumExpands) expands.", "Read the rest in a request of its own.")
      }
      let options = item.options
      let unsupported: [(String, Span?)] = [
        ("$skip", options.skip?.span), ("$count", options.count?.span), ("$search", options.search?.span),
        ("$compute", options.compute?.span), ("$apply", options.apply?.span),
        ("$format", options.format?.span), (options.unparsed.first?.name ?? "", options.unparsed.first?.span),
      ]
      for (name, span) in unsupported {
        if let span { refuse(span, "Dataverse has no \(name) inside $expand.", "Leave it out.") }
      }
      let inner = options.expand?.value ?? []
      if isNested || !inner.isEmpty, let span = options.top?.span ?? options.orderby?.span {
        refuse(span, "With a nested $expand Dataverse takes neither $top nor $orderby.", "Leave it out.")
      }
      if let filter = options.filter?.value,
        filter.nodes.contains(where: { if case .alias = $0 { true } else { false } })
      {
        refuse(
          options.filter?.span ?? item.span, "Dataverse takes no alias inside $expand.", "Write the value in place.")
      }
      pending += inner.reversed().map { ($0, true) }
    }
  }
}
