package import Policy

/// Which way a change goes.
package enum ChangeDirection: String, Sendable, Hashable, CaseIterable {
  /// More passes, or more leaves.
  case widening
  /// Less passes, or less leaves.
  case narrowing
  /// One or the other, or both: that cannot be told from the policy alone.
  case unclear
  /// Something else: how long answers are kept, how a query is written.
  case other
}

/// A thing that two policies say differently.
package struct PolicyChange: Sendable, Hashable {
  package var direction: ChangeDirection
  package var item: PolicyItem
  /// `added`, `removed`, `500 → 100`.
  package var words: String
  /// The scopes that it is about; empty for all.
  package var scopes: [String]
}

/// What differs between two policies by their text alone, whatever is asked of them.
package struct PolicyDifference: Sendable {
  package let changes: [PolicyChange]

  /// - Parameter scope: looks at this one alone.
  package init(old: Policy, new: Policy, scope: String? = nil) {
    func scopes(_ policy: Policy) -> [ScopeRule] { policy.scopes.filter { scope == nil || $0.name == scope } }
    var changes = PolicyDifference.changes(PolicyFact.general(of: old), PolicyFact.general(of: new))
      .map { PolicyChange(direction: $0.direction, item: $0.item, words: $0.words, scopes: []) }
    let oldScopes = scopes(old)
    let newScopes = scopes(new)
    for gone in oldScopes where !newScopes.contains(where: { $0.name == gone.name }) {
      changes.append(
        PolicyChange(direction: .narrowing, item: PolicyItem(.scope, gone.name), words: "removed", scopes: []))
    }
    for made in newScopes where !oldScopes.contains(where: { $0.name == made.name }) {
      changes.append(
        PolicyChange(direction: .widening, item: PolicyItem(.scope, made.name), words: "added", scopes: []))
    }
    // What changes alike in several scopes is one change.
    var shared: [Change: [String]] = [:]
    var order: [Change] = []
    var common = 0
    for before in oldScopes {
      guard let after = newScopes.first(where: { $0.name == before.name }) else { continue }
      common += 1
      let found = PolicyDifference.changes(
        PolicyFact.facts(of: before, annotates: !old.annotations.isEmpty),
        PolicyFact.facts(of: after, annotates: !new.annotations.isEmpty))
      for change in found {
        if shared[change] == nil { order.append(change) }
        shared[change, default: []].append(before.name)
      }
    }
    for change in order.sorted(by: { $0.item < $1.item }) {
      let names = shared[change] ?? []
      changes.append(
        PolicyChange(
          direction: change.direction, item: change.item, words: change.words,
          scopes: names.count == common ? [] : names))
    }
    self.changes = changes
  }

  private struct Change: Hashable {
    var direction: ChangeDirection
    var item: PolicyItem
    var words: String
  }

  private static func changes(_ old: [PolicyFact], _ new: [PolicyFact]) -> [Change] {
    let before = Dictionary(old.map { ($0.item, $0) }, uniquingKeysWith: { first, _ in first })
    let after = Dictionary(new.map { ($0.item, $0) }, uniquingKeysWith: { first, _ in first })
    var changes: [Change] = []
    for item in Set(before.keys).union(after.keys).sorted() {
      switch (before[item], after[item]) {
      case (nil, let made?):
        changes.append(Change(direction: made.effect.directionWhenAdded, item: item, words: words("added", made)))
      case (let gone?, nil):
        changes.append(
          Change(direction: gone.effect.directionWhenAdded.reversed, item: item, words: words("removed", gone)))
      case (let old?, let new?) where old.value != new.value:
        changes.append(
          Change(direction: direction(old, new), item: item, words: "\(old.value) → \(new.value)"))
      default: continue
      }
    }
    return withoutParts(changes)
  }

  private static func words(_ what: String, _ fact: PolicyFact) -> String {
    fact.value == .present || fact.effect == .neither ? what : "\(what): \(fact.value)"
  }

  private static func direction(_ old: PolicyFact, _ new: PolicyFact) -> ChangeDirection {
    switch (old.value, new.value) {
    case (.most(let before), .most(let after)): after > before ? .widening : .narrowing
    case (.least(let before), .least(let after)): after < before ? .widening : .narrowing
    default: old.effect == .neither ? .other : .unclear
    }
  }

  /// Of a table, or of an operation, that comes or goes as a whole, its parts say nothing more.
  private static func withoutParts(_ changes: [Change]) -> [Change] {
    var tables: Set<String> = []
    var operations: Set<PolicyItem> = []
    for change in changes where change.words == "added" || change.words == "removed" {
      if change.item.kind == .table { tables.insert(change.item.table) }
      if change.item.kind == .filter { operations.insert(change.item) }
    }
    return changes.filter { change in
      let item = change.item
      if item.kind != .table, item.kind != .optional, tables.contains(item.table) { return false }
      // They come and go with their column.
      if item.kind == .columnType || item.kind == .displayName, change.words.contains("→") == false { return false }
      guard item.kind == .form, let word = item.use.split(separator: " ").first else { return true }
      return !operations.contains(PolicyItem(.filter, table: item.table, item.name, String(word)))
    }
  }
}

extension PolicyFact.Effect {
  fileprivate var directionWhenAdded: ChangeDirection {
    switch self {
    case .grants: .widening
    case .restricts: .narrowing
    case .neither: .other
    case .shifts: .unclear
    }
  }
}

extension ChangeDirection {
  fileprivate var reversed: ChangeDirection {
    switch self {
    case .widening: .narrowing
    case .narrowing: .widening
    case .unclear, .other: self
    }
  }
}
