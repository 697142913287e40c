import Cache
import CustomerInsights
import Dataverse
import Identity
import NIOCore
import NIOHTTP1
import Planning
import Policy
import Synchronization
import Upstream

/// A plan, the key of its answer and what the decision log says of it, so that a repeated query computes none of them.
struct PlannedRequest: Sendable {
  var plan: Plan
  var key: CacheKey
  /// Where it is sent.
  var organization: OrganizationService
  /// The header line for what replaces the request.
  var link: ByteBuffer?
  /// `nil` when no decisions are logged.
  var record: DecisionRecord?
}

/// What the pipeline says of a request at once.
enum Decision: Sendable {
  /// Answered from memory, or refused: no task, no wait.
  case answer(Answer, DecisionRecord?)
  /// Not in memory: ``Pipeline/complete(_:to:)`` has the answer later.
  case pending(PendingRequest)
}

/// A planned request that must wait for the disk or the upstream.
struct PendingRequest: Sendable {
  var request: ReadRequest
  /// Id of the caller, whose budget it is on.
  var caller: String
  var planned: PlannedRequest
}

/// The stages from Identity to Shaper for one request. Shared by all event loops; everything in it is immutable or
/// behind a short lock.
final class Pipeline: Sendable {
  /// What a reload or a learned schema replaces, all at once.
  struct Rules: Sendable {
    var environments: Environments
    /// Grows with every replacement; part of nothing a client sees.
    var generation: Int
  }

  let clock: @Sendable () -> Int64
  let legacy: LegacyService
  private let identity: SubscriptionKeys
  private let rules: Mutex<Rules>
  private let plans: PlanCache
  let cache: AnswerCache<RenderedAnswer>
  /// Bytes beyond which an answer goes out while it comes, and of the largest one that the cache keeps.
  let limits: Configuration.Limits
  private let targetBytes: Int
  private let localAnswers = LocalAnswers()
  /// `nil` when no decisions are logged.
  private let decisions: DecisionLog?

  init(
    environments: Environments, identity: SubscriptionKeys, legacy: LegacyService, plans: PlanCache,
    cache: AnswerCache<RenderedAnswer>,
    limits: Configuration.Limits, targetBytes: Int, decisions: DecisionLog?, clock: @escaping @Sendable () -> Int64
  ) {
    rules = Mutex(Rules(environments: environments, generation: 0))
    self.identity = identity
    self.legacy = legacy
    self.plans = plans
    self.cache = cache
    self.limits = limits
    self.targetBytes = targetBytes
    self.decisions = decisions
    self.clock = clock
  }

  /// Replaces the rules of all; remembered plans are forgotten, so that no request is answered by rules that are gone.
  func replace(environments: Environments) {
    rules.withLock {
      $0 = Rules(environments: environments, generation: $0.generation + 1)
      plans.removeAll()
    }
  }

  /// Guard stage; the answer of a refused request is in the dialect its path belongs to.
  func admit(_ head: HTTPHead) -> Result<ReadRequest, RefusedRequest> {
    do throws(GuardRefusal) {
      return .success(try RequestGuard.admit(head, targetBytes: targetBytes))
    } catch {
      return .failure(RefusedRequest(error))
    }
  }

  /// Identifies the caller of a request.
  func identify(_ request: ReadRequest) -> Result<Caller, Refusal> {
    switch identity.caller(subscriptionKey: request.subscriptionKey) {
    case .caller(let caller): .success(caller)
    case .missingKey: .failure(unauthorized(request, "A subscription key is needed and none was sent."))
    case .unknownKey: .failure(unauthorized(request, "The subscription key is not known."))
    }
  }

  /// The official clients of the legacy API take a 401 for an empty success and say nothing: they get what they raise.
  private func unauthorized(_ request: ReadRequest, _ message: String) -> Refusal {
    Refusal(
      dialect: request.dialect, status: request.dialect == .legacy ? 403 : 401, code: "identity.subscription-key",
      message: message, remedy: "Send a valid key in the header field \(SubscriptionKeys.headerName)."
    ).styled(target: request.target)
  }

  /// The caller of a request that was refused before it was taken apart; `nil` when its key is not known.
  func caller(of head: HTTPHead) -> String? {
    let keys = head.headers[SubscriptionKeys.headerName]
    guard keys.count <= 1, case .caller(let caller) = identity.caller(subscriptionKey: keys.first) else { return nil }
    return caller.id
  }

  /// What the decision log says of a request that was refused before anybody asked what it is.
  func record(_ refusal: Refusal) -> DecisionRecord? {
    decisions?.refused(
      refusal, target: nil, scope: nil, caller: nil, planner: rules.withLock { $0.environments.dataverse.planner })
  }

  /// Puts a decision into its log; nothing when none is kept.
  func log(_ record: DecisionRecord?, time: Int64, id: String) {
    if let record, let decisions { decisions.record(record, time: time, id: id) }
  }

  /// Everything that needs no waiting: plan, judge, memory tier.
  func decide(_ request: ReadRequest, caller: Caller) -> Decision {
    if request.dialect == .legacy, let (refusal, fields) = refusal(legacy: request, caller) {
      let styled = refusal.styled(target: request.target)
      return .answer(
        Answer(styled, extraFields: fields),
        decisions?.refused(
          styled, target: nil, scope: nil, caller: caller,
          planner: rules.withLock { $0.environments.environment(for: request.target).planner }))
    }
    let scope = PlanScope(policy: caller.policyScope, cache: caller.cacheScope, claims: caller.claims)
    let preferences = request.prefer.isEmpty ? Preferences.none : Preferences(headerValues: request.prefer)
    let planKey = PlanCache.Key(target: request.target, scope: scope, preferences: preferences)
    let planned: PlannedRequest
    // Fields that only a policy can judge are judged by the rules that plan, not by those of a remembered plan.
    if request.meaningfulFields.isEmpty, let known = plans[planKey] {
      planned = known
    } else {
      // The target alone tells the environment, so that the memory of plans needs to know nothing of it.
      let rules = rules.withLock { $0 }
      let environment = rules.environments.environment(for: request.target)
      let planner = environment.planner
      do throws(Refusal) {
        try check(request, by: planner.policy)
        if let local = try planner.metadata(request.target, scope: scope) {
          let rendered = localAnswers.rendered(
            local, environment: environment.index, scope: scope.policy, generation: rules.generation, now: clock())
          let record = decisions?.served(
            target: request.target, dialect: local.dialect, scope: scope, caller: caller, planner: planner)
          return .answer(
            Answer(local: rendered, request: request, dialect: local.dialect, successor: local.successor), record)
        }
        planned = try plan(request, scope, preferences, caller, environment)
      } catch {
        let error = error.styled(target: request.target)
        let record = decisions?.refused(
          error, target: request.target, scope: scope, caller: caller, planner: planner)
        return .answer(Answer(error), record)
      }
      // A link that is followed is opened each time: it may be too old the next.
      if !planned.plan.followsLink {
        self.rules.withLock {
          if $0.generation == rules.generation { plans.insert(planned, for: planKey) }
        }
      }
    }
    if let hit = cache.fromMemory(planned.key) {
      let now = clock()
      return .answer(
        Answer(
          hit.rendering, request: request, cacheStatus: hit.outcome(at: now).cacheStatus(name: "Sluice"),
          age: hit.age(at: now), planned: planned), planned.record)
    }
    return .pending(PendingRequest(request: request, caller: caller.id, planned: planned))
  }

  /// Refuses header fields that would mean something to Dataverse, unless the policy says that they are to be ignored.
  private func check(_ request: ReadRequest, by policy: Policy) throws(Refusal) {
    for name in request.meaningfulFields where !policy.ignoredHeaders.contains(name) {
      throw Refusal(header: name, dialect: request.dialect)
    }
  }

  private func plan(
    _ request: ReadRequest, _ scope: PlanScope, _ preferences: Preferences, _ caller: Caller, _ environment: Environment
  ) throws(Refusal) -> PlannedRequest {
    let planner = environment.planner
    let plan = try planner.plan(
      request.target, scope: scope, preferences: preferences)
    let key = CacheKey(
      service: environment.organization.service, scope: scope.cache,
      policyVersion: "\(planner.policy.version)/\(scope.policy)",
      schemaVersion: planner.policy.schema.version, shape: plan.dialect.rawValue, query: plan.identity)
    return PlannedRequest(
      plan: plan, key: key, organization: environment.organization, link: LegacyService.link(plan.successor),
      record: decisions?.allowed(plan, target: request.target, scope: scope, caller: caller, planner: planner))
  }
}
