import Cache
import Dataverse
import Identity
import NIOCore
import Planning
import Policy
import Synchronization
import Upstream

/// A plan and the key of its answer, so that a repeated query computes neither.
struct PlannedRequest: Sendable {
  var plan: Plan
  var key: CacheKey
}

/// What the pipeline says of a request at once.
enum Decision: Sendable {
  /// Answered from memory, or refused: no task, no wait.
  case answer(Answer)
  /// Not in memory: ``Pipeline/complete(_:)`` has the answer later.
  case pending(PendingRequest)
}

/// A planned request that must wait for the disk or the upstream.
struct PendingRequest: Sendable {
  var request: ReadRequest
  var planned: PlannedRequest
}

/// The stages from Identity to Shaper for one request. Shared by all event loops; everything in it is immutable or
/// behind a short lock.
final class Pipeline: Sendable {
  /// What a reload or a learned schema replaces, all at once.
  struct Rules: Sendable {
    var planner: QueryPlanner
    /// Grows with every replacement; part of nothing a client sees.
    var generation: Int
  }

  let clock: @Sendable () -> Int64
  private let identity: SubscriptionKeys
  private let rules: Mutex<Rules>
  private let plans: PlanCache
  private let cache: AnswerCache<RenderedAnswer>
  private let fetcher: Fetcher
  private let targetBytes: Int
  private let service: String
  private let localAnswers = LocalAnswers()

  /// - Parameter service: names the organization, and whose rights it is read with, and the origin of our links.
  init(
    planner: QueryPlanner, service: String, identity: SubscriptionKeys, plans: PlanCache,
    cache: AnswerCache<RenderedAnswer>,
    fetcher: Fetcher, targetBytes: Int, clock: @escaping @Sendable () -> Int64
  ) {
    rules = Mutex(Rules(planner: planner, generation: 0))
    self.service = service
    self.identity = identity
    self.plans = plans
    self.cache = cache
    self.fetcher = fetcher
    self.targetBytes = targetBytes
    self.clock = clock
  }

  /// Replaces the planner; remembered plans are forgotten, so that no request is answered by rules that are gone.
  func replace(planner: QueryPlanner) {
    rules.withLock {
      $0 = Rules(planner: planner, generation: $0.generation + 1)
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

  private func unauthorized(_ request: ReadRequest, _ message: String) -> Refusal {
    Refusal(
      dialect: Dialect(path: request.target), status: 401, code: "identity.subscription-key", message: message,
      remedy: "Send a valid key in the header field \(SubscriptionKeys.headerName).")
  }

  /// Everything that needs no waiting: plan, judge, memory tier.
  func decide(_ request: ReadRequest, caller: Caller) -> Decision {
    let scope = PlanScope(policy: caller.policyScope, cache: caller.cacheScope)
    let preferences = request.prefer.isEmpty ? Preferences.none : Preferences(headerValues: request.prefer)
    let planKey = PlanCache.Key(target: request.target, scope: scope, preferences: preferences)
    let planned: PlannedRequest
    if let known = plans[planKey] {
      planned = known
    } else {
      let rules = rules.withLock { $0 }
      do throws(Refusal) {
        if let local = try rules.planner.metadata(request.target, scope: scope) {
          let rendered = localAnswers.rendered(
            local, scope: scope.policy, generation: rules.generation, now: clock())
          return .answer(Answer(local: rendered, request: request))
        }
        let plan = try rules.planner.plan(request.target, scope: scope, preferences: preferences)
        let key = CacheKey(
          service: service, scope: scope.cache, policyVersion: "\(rules.planner.policy.version)/\(scope.policy)",
          schemaVersion: rules.planner.policy.schema.version, shape: plan.dialect.rawValue, query: plan.identity)
        planned = PlannedRequest(plan: plan, key: key)
      } catch {
        return .answer(Answer(error))
      }
      self.rules.withLock {
        if $0.generation == rules.generation { plans.insert(planned, for: planKey) }
      }
    }
    if let hit = cache.fromMemory(planned.key) {
      let now = clock()
      return .answer(
        Answer(
          hit.rendering, request: request, cacheStatus: hit.outcome(at: now).cacheStatus(name: "Sluice"),
          age: hit.age(at: now), plan: planned.plan))
    }
    return .pending(PendingRequest(request: request, planned: planned))
  }

  /// Disk tier, then one flight to the upstream for all who wait for the same key.
  func complete(_ pending: PendingRequest) async -> Answer {
    let plan = pending.planned.plan
    do {
      let (answer, rendered, outcome) = try await cache.answer(for: pending.planned.key) { [fetcher] in
        let answer = try await fetcher.fetch(plan)
        return (answer, storable: plan.timeToLive > 0)
      }
      return Answer(
        rendered, request: pending.request, cacheStatus: outcome.cacheStatus(name: "Sluice"),
        age: outcome.isHit ? answer.age(at: clock()) : nil, plan: plan)
    } catch let failure as FetchFailure {
      return Answer(
        failure.refusal(dialect: plan.dialect), extraFields: failure.fields,
        cacheStatus: "Sluice; fwd=uri-miss; detail=\(failure.code)")
    } catch {
      let failure = FetchFailure(status: 500, code: "internal", message: "The request could not be completed.")
      return Answer(failure.refusal(dialect: plan.dialect))
    }
  }
}
