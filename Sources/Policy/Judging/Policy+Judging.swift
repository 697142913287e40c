import Dataverse
package import ODataURL

extension Policy {
  /// Decides whether a query may be sent, and with what obligations.
  ///
  /// Aliases are substituted first, every name is resolved to (table, column, use), and what is not allowed by name is
  /// denied. All findings are given, in the order in which they stand in the query.
  /// - Parameter query: relative to the service root; parsed or built.
  package func judge(_ query: RelativeURI, request: JudgeRequest) -> Verdict {
    guard let scope = scope(request.scope) else {
      return .deny([
        Finding(
          rule: FindingRule.scope.rawValue, span: .none, message: "The policy has no scope of this caller's name.",
          remedy: "Ask the operator of this gateway for one that it has.")
      ])
    }
    let substitution = AliasSubstitution(query, maximumNodes: limits.nodes)
    let resolution = resolver.resolve(substitution.query)
    var judgement = Judgement(
      policy: self, scope: scope, request: request, query: substitution.query, resolution: resolution)
    judgement.checkAliases(substitution)
    let rule = judgement.checkPath()
    judgement.checkLimits()
    if let rule {
      judgement.checkOptions(rule)
      // Of a path that leads elsewhere the columns say nothing.
      if resolution.address != .other {
        judgement.checkColumns(rule)
        judgement.checkConditions(rule)
      }
    }
    let service = ServiceRules.check(query, substitution: substitution, resolution: resolution)
    let findings = judgement.merged(with: service)
    guard findings.isEmpty, let rule else { return .deny(findings) }
    let obligations = judgement.obligations(rule)
    let bytes = obligations.query.printed().utf8.count
    guard bytes <= limits.urlBytes else {
      return .deny([
        Finding(
          rule: FindingRule.urlLimit.rawValue, span: .none,
          message: "The query is \(bytes) bytes long as it would be sent; \(limits.urlBytes) are allowed.",
          remedy: "Ask in several requests.")
      ])
    }
    return .allow(obligations)
  }
}

/// One judgement while it is made.
struct Judgement {
  let policy: Policy
  let scope: ScopeRule
  let request: JudgeRequest
  /// Without aliases.
  let query: RelativeURI
  let resolution: Resolution
  private(set) var findings: [Finding] = []
  private var unsaid = 0
  /// Texts of the filter that are sent in another form than they were written, by node.
  var rewritten: [Int: String] = [:]

  init(
    policy: Policy, scope: ScopeRule, request: JudgeRequest, query: RelativeURI, resolution: Resolution
  ) {
    self.policy = policy
    self.scope = scope
    self.request = request
    self.query = query
    self.resolution = resolution
  }

  /// Findings that are given; a refusal must not be many times as large, or as dear, as its request.
  static let findingLimit = 20

  mutating func deny(_ rule: FindingRule, _ span: Span, _ message: String, _ remedy: String) {
    guard hasRoom() else { return }
    findings.append(Finding(rule: rule.rawValue, span: span, message: message, remedy: remedy))
  }

  /// Whether another finding is given; one that is not is counted.
  mutating func hasRoom() -> Bool {
    if findings.count < Judgement.findingLimit { return true }
    unsaid += 1
    return false
  }

  // MARK: Merging

  /// Policy rules that say less than a service rule at the same place.
  private static let vague: Set<String> = Set(
    [FindingRule.option, .path, .expression, .operator, .function].map(\.rawValue))

  /// All findings in source order. Where the service refuses, too, its rule speaks alone: it knows the remedy.
  func merged(with service: [ServiceFinding]) -> [Finding] {
    let fromService = service.prefix(Judgement.findingLimit).map {
      Finding(rule: $0.rule, span: $0.span, message: $0.message, remedy: $0.remedy)
    }
    let own = findings.filter { finding in
      !Judgement.vague.contains(finding.rule) || !fromService.contains { $0.span.isInside(finding.span) }
    }
    let all = (fromService + own).enumerated()
      .sorted { ($0.element.span.start, $0.offset) < ($1.element.span.start, $1.offset) }
      .map(\.element)
    let rest = unsaid + service.count - fromService.count + max(0, all.count - Judgement.findingLimit)
    guard rest > 0 else { return all }
    let more = Finding(
      rule: FindingRule.more.rawValue, span: .none, message: "There is more that may not be: \(rest) findings.",
      remedy: "Mend the ones above first.")
    return all.prefix(Judgement.findingLimit) + [more]
  }
}

extension Span {
  fileprivate func isInside(_ other: Span) -> Bool {
    start >= other.start && end <= other.end
  }
}
