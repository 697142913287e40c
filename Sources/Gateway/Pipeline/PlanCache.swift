import Planning
import Synchronization

/// Remembers plans: what Router to Planner make of a target depends only on the target, the scopes and the preferences.
///
/// Two generations: when the young one is full it becomes the old one and the old one is dropped; what is used moves
/// back into the young one. That bounds memory and keeps what is in use without a list to maintain on every hit.
/// Refusals are not remembered: a client that invents queries must not push out those that are used.
final class PlanCache: Sendable {
  struct Key: Hashable, Sendable {
    var target: String
    var scope: PlanScope
    var preferences: Preferences

    /// Byte by byte: `==` of strings takes different spellings of one accented letter for equal, and Dataverse does not.
    static func == (left: Self, right: Self) -> Bool {
      left.target.utf8.elementsEqual(right.target.utf8) && left.scope == right.scope
        && left.preferences == right.preferences
    }

    func hash(into hasher: inout Hasher) {
      var target = target
      target.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
      hasher.combine(scope)
      hasher.combine(preferences)
    }
  }

  private struct Generations {
    var young: [Key: PlannedRequest] = [:]
    var old: [Key: PlannedRequest] = [:]
    var youngBytes = 0
  }

  private let generations = Mutex(Generations())
  private let limit: Int

  /// - Parameter bytes: of both generations together, by estimate.
  init(bytes: Int) { limit = max(1, bytes / 2) }

  subscript(key: Key) -> PlannedRequest? {
    generations.withLock { state in
      if let plan = state.young[key] { return plan }
      guard let plan = state.old[key] else { return nil }
      insert(plan, for: key, into: &state)
      return plan
    }
  }

  func insert(_ plan: PlannedRequest, for key: Key) {
    generations.withLock { insert(plan, for: key, into: &$0) }
  }

  func removeAll() { generations.withLock { $0 = Generations() } }

  /// Bytes of a plan with its key, by estimate. A plan holds the tree and several printed forms of what is sent, which row
  /// filters and injected columns make longer than the target; the key holds what the caller brings.
  static func cost(of key: Key, sentBytes: Int) -> Int {
    let annotations = key.preferences.annotations.reduce(0) { $0 + $1.utf8.count + 32 }
    let claims = key.scope.claims.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count + 64 }
    let scope = key.scope.policy.utf8.count + key.scope.cache.utf8.count + claims
    return 2048 + 6 * (key.target.utf8.count + sentBytes) + 4 * annotations + 2 * scope
  }

  private func insert(_ plan: PlannedRequest, for key: Key, into state: inout Generations) {
    let cost = PlanCache.cost(of: key, sentBytes: plan.plan.upstreamTarget.utf8.count)
    guard cost <= limit else { return }
    if state.youngBytes + cost > limit {
      state.old = state.young
      state.young = [:]
      state.youngBytes = 0
    }
    if state.young.updateValue(plan, forKey: key) == nil { state.youngBytes += cost }
  }
}
