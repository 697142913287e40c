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
    // Nearly all queries have no alias, and their resolution proves it.
    if query.options.aliases.isEmpty {
      let resolution = resolver.resolve(query)
      if resolution.hasNoAliases(in: query) { return judge(query, query, [], resolution, scope, request) }
    }
    let substitution = AliasSubstitution(query, maximumNodes: scope.limits.nodes)
    return judge(
      query, substitution.query, substitution.problems, resolver.resolve(substitution.query), scope, request)
  }

  /// - Parameters:
  ///   - query: with its aliases.
  ///   - substituted: without them; what is sent is made of it.
  ///   - resolution: of `substituted`.
  private func judge(
    _ query: RelativeURI, _ substituted: RelativeURI, _ problems: [AliasSubstitution.Problem],
    _ resolution: Resolution, _ scope: ScopeRule, _ request: JudgeRequest
  ) -> Verdict {
    var judgement = Judgement(
      policy: manner, scope: scope, request: request, query: substituted, resolution: resolution)
    judgement.checkAliases(problems)
    let rule = judgement.checkPath()
    judgement.checkLimits()
    if let rule {
      judgement.checkOptions(rule)
      // Of a path that leads elsewhere the columns say nothing.
      if resolution.address != .other {
        judgement.checkLevel(resolution.root, rule, substituted.options, depth: 0)
        judgement.checkObscurities(rule)
        judgement.checkRequirements(rule, resolution.root)
      }
    }
    judgement.heed(
      ServiceRules.check(query, substituted: substituted, problems: problems, resolution: resolution))
    if manner.heedsAdvice || request.wantsAdvice {
      judgement.heed(
        advice: ServiceAdvice.check(
          substituted, resolution, preferences: (request.preferPageSize, request.annotations)))
    }
    guard let rule, !judgement.isDenied else { return .deny(judgement.refusal()) }
    return judgement.verdict(rule, resolution.root)
  }
}
