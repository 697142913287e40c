package import Dataverse
package import ODataURL

extension Policy {
  /// Decides whether a query may be sent, and with what obligations.
  ///
  /// Aliases are substituted first, every name is resolved to (table, column, use), and what is not allowed by name is
  /// denied, on every level of `$expand` by the rules of its own table. All findings are given, in the order in which
  /// they stand in the query. A name that the scope does not have gets the same findings whether or not the organization
  /// has it.
  /// - Parameter query: relative to the service root; parsed or built.
  package func judge(_ query: RelativeURI, request: JudgeRequest) -> Verdict {
    guard let scope = scope(request.scope) else {
      return .deny([
        Finding(
          rule: FindingRule.scope.rawValue, span: .none, message: "The policy has no scope of this caller's name.",
          remedy: "Ask the operator of this gateway for one that it has.")
      ])
    }
    var substitution = AliasSubstitution(query, maximumNodes: scope.limits.nodes)
    let onward = OnwardPath(substitution.query, scope)
    if let onward { substitution.query = onward.query }
    let asked = onward?.query ?? query
    func judge(_ resolver: QueryResolver) -> Verdict {
      self.judge(asked, substitution, request, scope, resolver, isOnward: onward != nil)
    }
    let verdict = judge(resolver)
    guard case .deny = verdict else { return verdict }
    // What a refusal says is found without the names that the scope does not have: so it cannot tell which of them exist.
    let told = judge(knownNames(scope))
    if case .deny = told { return told }
    return verdict
  }

  /// The schema as the callers of a scope may know it; `nil` without the scope.
  package func knownSchema(scope name: String) -> Schema? { scope(name).map { knownNames($0).schema } }

  private func knownNames(_ scope: ScopeRule) -> QueryResolver {
    scope.known.resolver(hidesColumns: !scope.isReportOnly && !manner.reportsColumns)
  }

  private func judge(
    _ query: RelativeURI, _ substitution: AliasSubstitution, _ request: JudgeRequest, _ scope: ScopeRule,
    _ resolver: QueryResolver, isOnward: Bool
  ) -> Verdict {
    let resolution = resolver.resolve(substitution.query)
    var judgement = Judgement(
      policy: manner, scope: scope, request: request, query: substitution.query, resolution: resolution,
      isOnward: isOnward)
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
          substitution.query, resolution, preferences: (request.preferPageSize, request.annotations)))
    }
    if let rule, !judgement.isDenied, let obligations = judgement.obligations(rule) { return .allow(obligations) }
    return .deny(judgement.refusal())
  }
}
