import Dataverse
package import ODataURL

extension Policy {
  /// Decides whether a query may be sent, and with what obligations.
  ///
  /// Aliases are substituted first, every name is resolved to (table, column, use), and what is not allowed by name is
  /// denied, on every level of `$expand` by the rules of its own table. All findings are given, in the order in which
  /// they stand in the query.
  /// - Parameter query: relative to the service root; parsed or built.
  package func judge(_ query: RelativeURI, request: JudgeRequest) -> Verdict {
    guard let scope = scope(request.scope) else {
      return .deny([
        Finding(
          rule: FindingRule.scope.rawValue, span: .none, message: "The policy has no scope of this caller's name.",
          remedy: "Ask the operator of this gateway for one that it has.")
      ])
    }
    let substitution = AliasSubstitution(query, maximumNodes: scope.limits.nodes)
    let resolution = resolver.resolve(substitution.query)
    var judgement = Judgement(
      policy: manner, scope: scope, request: request, query: substitution.query, resolution: resolution)
    judgement.checkAliases(substitution)
    let rule = judgement.checkPath()
    judgement.checkLimits()
    if let rule {
      judgement.checkOptions(rule)
      // Of a path that leads elsewhere the columns say nothing.
      if resolution.address != .other {
        judgement.checkLevel(resolution.root, rule, judgement.query.options, depth: 0)
        judgement.checkObscurities(rule)
        judgement.checkRequirements(rule)
      }
    }
    judgement.heed(ServiceRules.check(query, substitution: substitution, resolution: resolution))
    if manner.heedsAdvice || request.wantsAdvice {
      judgement.heed(
        advice: ServiceAdvice.check(
          substitution.query, resolution,
          preferences: (request.advisedPageSize(hasTop: query.options.top != nil), request.annotations)))
    }
    // The gateway lowers it.
    judgement.remark(request.preferPageSize.flatMap(ServiceRules.checkPageSize))
    if let rule, !judgement.isDenied, let obligations = judgement.obligations(rule) { return .allow(obligations) }
    return .deny(judgement.refusal())
  }
}
