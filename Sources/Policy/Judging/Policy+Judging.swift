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
    // Nearly all queries have no alias, and their resolution proves it; their paths do not go on either.
    if query.options.aliases.isEmpty {
      let resolution = resolver.resolve(query)
      if resolution.hasNoAliases(in: query) { return judge(query, query, [], request, scope, resolution) }
    }
    let substitution = AliasSubstitution(query, maximumNodes: scope.limits.nodes)
    if let onward = OnwardPath(substitution.query, scope)?.query {
      return judge(
        onward, onward, substitution.problems, request, scope, resolver.resolve(onward), isOnward: true)
    }
    return judge(
      query, substitution.query, substitution.problems, request, scope, resolver.resolve(substitution.query))
  }

  /// The schema as the callers of a scope may know it; `nil` without the scope.
  package func knownSchema(scope name: String) -> Schema? { scope(name).map { knownNames($0).schema } }

  private func knownNames(_ scope: ScopeRule) -> QueryResolver {
    scope.known.resolver(hidesColumns: !scope.isReportOnly && !manner.reportsColumns)
  }

  /// - Parameters:
  ///   - query: with its aliases.
  ///   - substituted: without them; what is sent is made of it.
  ///   - resolution: of `substituted`.
  private func judge(
    _ query: RelativeURI, _ substituted: RelativeURI, _ problems: [AliasSubstitution.Problem],
    _ request: JudgeRequest, _ scope: ScopeRule, _ resolution: Resolution, isOnward: Bool = false
  ) -> Verdict {
    let verdict = verdict(query, substituted, problems, request, scope, resolution, isOnward: isOnward)
    guard case .deny = verdict else { return verdict }
    // What a refusal says is found without the names that the scope does not have: so it cannot tell which of them exist.
    let known = knownNames(scope).resolve(substituted)
    let told = self.verdict(query, substituted, problems, request, scope, known, isOnward: isOnward)
    if case .deny = told { return told }
    return verdict
  }

  private func verdict(
    _ query: RelativeURI, _ substituted: RelativeURI, _ problems: [AliasSubstitution.Problem],
    _ request: JudgeRequest, _ scope: ScopeRule, _ resolution: Resolution, isOnward: Bool
  ) -> Verdict {
    var judgement = Judgement(
      policy: manner, scope: scope, request: request, query: substituted, resolution: resolution, isOnward: isOnward)
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
          substituted, resolution,
          preferences: (request.advisedPageSize(hasTop: query.options.top != nil), request.annotations)))
    }
    // The gateway lowers it.
    judgement.remark(request.preferPageSize.flatMap(ServiceRules.checkPageSize))
    guard let rule, !judgement.isDenied else { return .deny(judgement.refusal()) }
    return judgement.verdict(rule, resolution.root)
  }
}
