import CustomerInsights
package import Planning
package import PolicyTools
import Policy

/// What becomes of one request when the old API is gone.
package enum MigrationOutcome: Sendable, Hashable {
  case moves(MigrationPlan)
  case cannot(Reason)
  /// A further page of a legacy request that moves: it has a `$skiptoken`, which only its own server understands.
  case isContinuation
  /// A request of Dataverse already.
  case isDataverse
  /// A request of neither API.
  case isForeign

  /// Why nothing replaces a request.
  package struct Reason: Sendable, Hashable {
    /// Stable: a rule of the policy, a syntax error, or an error of the legacy dialect.
    package var code: String
    /// One sentence or two, without any literal of the request.
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

  /// A migrator that plans as a gateway with these rules does, for any instance.
  /// - Parameters:
  ///   - rules: the policy and the mapping.
  ///   - scope: policy scope to judge by.
  ///   - claims: values that the caller brings for row filters, by name.
  package init(rules: RuleBook, scope: String = "default", claims: [String: String] = [:]) {
    mapping = rules.mapping
    planner = QueryPlanner(
      policy: rules.policy, mapping: rules.mapping, instances: .any, origin: "https://gateway.example",
      tokens: NoPagingTokens())
    self.scope = PlanScope(policy: scope, cache: "migrate", claims: claims)
  }

  /// What becomes of a request by the policy and the mapping; nothing is sent.
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
      // Nothing else is wrong with it: a token is opened when all the rest has passed.
      guard error.code != QueryPlanner.foreignTokenCode else { return .isContinuation }
      return .cannot(.init(code: error.code, message: error.message, remedy: error.remedy))
    }
  }

  /// The request without its literals: names, operators and the types of what stood there. Of a write, of an operation
  /// and of what cannot be read it is the path alone, without anything that a client filled in but names of entities.
  package func shape(of query: RecordedQuery) -> String {
    let reads = query.method == "GET" || query.method == "HEAD"
    if reads, let facts = planner.facts(of: query.target, plan: nil, scope: scope) { return facts.shape.text }
    let bytes = Array(query.target.utf8)
    return RequestTemplate.text(query.method, bytes) { mapping.entity($0)?.name ?? mapping.segments?.name($0) }
      ?? Migrator.shownPath(query.target)
  }

  /// The path of a request that cannot be read and is none of the legacy API, as far as it can hold no id: a root of
  /// Dataverse with an entity set, or the first segment.
  private static func shownPath(_ target: String) -> String {
    let path = target.prefix { $0 != "?" }
    let segments = path.split(separator: "/", omittingEmptySubsequences: true)
    let isDataverse =
      path.lowercased().hasPrefix("/api/data/") && segments.count > 2
      && Route.knownVersions.contains(String(segments[2]))
    let root = isDataverse ? segments.prefix(3) : []
    guard segments.count > root.count else { return "/" + root.joined(separator: "/") }
    let name = segments[root.count].prefix { $0 == "_" || $0.isLetter || $0.isNumber }
    let shown = NameText.isName(name) ? String(name) : ""
    let isWhole = segments.count == root.count + 1 && shown == segments[root.count]
    return "/" + (root.map(String.init) + [shown + (isWhole ? "" : "…")]).joined(separator: "/")
  }
}
