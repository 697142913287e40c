import CustomerInsights
package import Planning
package import PolicyTools
import Policy

/// What becomes of one request when the old API is gone.
package enum MigrationOutcome: Sendable, Hashable {
  case moves(MigrationPlan)
  case cannot(Reason)
  /// A request of Dataverse already.
  case isDataverse
  /// A request of neither API.
  case isForeign

  /// Why nothing replaces a request.
  package struct Reason: Sendable, Hashable {
    /// Stable: a rule of the policy, a syntax error, or an error of the legacy dialect.
    package var code: String
    package var message: String
    /// What to do; empty where nothing is known.
    package var remedy: String
  }
}

/// Finds the Dataverse requests that replace legacy ones, by the stages of the gateway, so that what is printed here is
/// what the gateway would send and its policy would allow.
package struct Migrator: Sendable {
  private let planner: QueryPlanner
  private let mapping: LegacyMapping
  private let scope: PlanScope

  /// - Parameters:
  ///   - scope: policy scope to judge by.
  ///   - claims: values that the caller brings for row filters, by name.
  package init(rules: RuleBook, scope: String = "default", claims: [String: String] = [:]) {
    mapping = rules.mapping
    planner = QueryPlanner(
      policy: rules.policy, mapping: rules.mapping, instances: .any, origin: "https://gateway.example",
      tokens: NoPagingTokens())
    self.scope = PlanScope(policy: scope, cache: "migrate", claims: claims)
  }

  package func outcome(of query: RecordedQuery) -> MigrationOutcome {
    let route = Array(query.target.utf8).withUnsafeBufferPointer { Route.match($0) }
    switch route {
    case .dataverse: return .isDataverse
    case .refused(let refusal) where refusal.dialect == .dataverse: return .isForeign
    case .refused, .legacy, .operation: break
    }
    guard query.method == "GET" || query.method == "HEAD" else {
      let error = LegacyError.writeRefused(method: query.method, target: query.target)
      return .cannot(.init(code: error.errorCode, message: "\(query.method) is not a read.", remedy: error.remedy))
    }
    if case .operation(let call) = route, let outcome = ManagementReplacement.outcome(of: call, mapping) {
      return outcome
    }
    do throws(Refusal) {
      let plan = try planner.plan(query.target, scope: scope)
      return try MigrationPlan(plan).map { .moves($0) } ?? .isDataverse
    } catch {
      return .cannot(.init(code: error.code, message: error.message, remedy: error.remedy))
    }
  }

  /// The request without its literals: names, operators and the types of what stood there; of one that cannot be read,
  /// the path alone.
  package func shape(of query: RecordedQuery) -> String {
    let target = query.target
    guard let facts = planner.facts(of: target, plan: nil, scope: scope) else {
      return String(target.prefix { $0 != "?" && $0 != "(" && $0 != "%" })
    }
    return facts.shape.text
  }
}
