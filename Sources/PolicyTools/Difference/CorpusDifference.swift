import CustomerInsights
package import Planning
package import Policy

/// Which recorded queries two policies treat differently, grouped by shape.
package struct CorpusDifference {
  /// Queries of one shape that change in the same way.
  package struct Group: Sendable {
    /// The query with its literals lifted out.
    package var shape: String
    /// The hash of the shape, as decision logs have it.
    package var hash: String
    package var scope: String
    package var changes: [QueryChange]
    package var queries: Int
    /// How often the decision logs among the corpus name the shape.
    package var decisions: Int

    /// The strongest of its changes: widening, unclear, narrowing, other.
    package var direction: ChangeDirection {
      let strength: [ChangeDirection] = [.widening, .unclear, .narrowing, .other]
      return strength.first { direction in changes.contains { $0.direction == direction } } ?? .other
    }
  }

  private struct Key: Hashable {
    var shape: String
    var hash: String
    var scope: String
    var changes: [QueryChange]
  }

  package private(set) var queries = 0
  /// Lines that no query can be made of.
  package private(set) var unusable = 0
  /// Queries that are refused before any policy is asked: not readable, not a read, not a path that is served.
  package private(set) var unread = 0
  private var shapes: Set<String> = []
  private var decided: [String: Int] = [:]
  /// Queries, counted once for each scope, that both policies refuse where a row filter wants a value that was not given.
  package private(set) var unjudged = 0
  /// Names of those values, sorted.
  package private(set) var missingClaims: [String] = []
  private var groups: [Key: Int] = [:]
  private var order: [Key] = []
  private let reader: TargetReader
  private let old: QueryPlanner
  private let new: QueryPlanner
  private let scopes: [String]
  private let claims: [String: String]

  /// - Parameters:
  ///   - scopes: those that queries are judged in; both policies should have them.
  ///   - claims: values that the caller brings for row filters.
  package init(old: RuleBook, new: RuleBook, scopes: [String], claims: [String: String]) {
    func planner(_ rules: RuleBook) -> QueryPlanner {
      QueryPlanner(
        policy: rules.policy, mapping: rules.mapping, instances: .any, origin: "https://gateway.example",
        tokens: TrustedPagingTokens())
    }
    reader = TargetReader(mapping: old.mapping)
    self.old = planner(old)
    self.new = planner(new)
    self.scopes = scopes
    self.claims = claims
  }

  /// Names of the scopes that both have, in the order of the old one.
  package static func commonScopes(_ old: Policy, _ new: Policy) -> [String] {
    old.scopes.map(\.name).filter { new.scope($0) != nil }
  }

  package var shapeCount: Int { shapes.count }

  /// Entries of decision logs, and how many of them are of a shape that no query of the corpus has.
  package var decisions: (all: Int, unknown: Int) {
    (decided.values.reduce(0, +), decided.filter { !shapes.contains($0.key) }.values.reduce(0, +))
  }

  /// In the order in which they were met first.
  package var changed: [Group] {
    order.map {
      Group(
        shape: $0.shape, hash: $0.hash, scope: $0.scope, changes: $0.changes, queries: groups[$0] ?? 0,
        decisions: decided[$0.hash] ?? 0)
    }
  }

  private mutating func noteUnjudged(_ before: QueryOutcome, _ after: QueryOutcome, _ scope: String) {
    let rule = FindingRule.rowFilter.rawValue
    guard !before.passes, !after.passes, before.refusedBy.contains(rule) || after.refusedBy.contains(rule) else {
      return
    }
    let wanted = [old, new].compactMap { $0.policy.scope(scope)?.claims }.reduce(Set()) { $0.union($1) }
    let missing = wanted.subtracting(claims.keys)
    guard !missing.isEmpty else { return }
    unjudged += 1
    missingClaims = missing.union(missingClaims).sorted()
  }

  /// Judges one more query by both policies.
  package mutating func add(_ line: RecordedLine) {
    let query: RecordedQuery
    switch line {
    case .blank: return
    case .decision(let shape):
      decided[shape, default: 0] += 1
      return
    case .unusable:
      unusable += 1
      return
    case .query(let found): query = found
    }
    queries += 1
    guard query.method == "GET" || query.method == "HEAD", let read = try? reader.read(query.target) else {
      // Neither policy has a say in it.
      unread += 1
      return
    }
    let shape = QueryShape(read.written, dialect: read.dialect)
    shapes.insert(shape.hash)
    for scope in scopes {
      let caller = PlanScope(policy: scope, cache: "policy diff", claims: claims)
      let (before, after) = (
        QueryOutcome(query.target, planner: old, scope: caller), QueryOutcome(query.target, planner: new, scope: caller)
      )
      noteUnjudged(before, after, scope)
      let changes = before.changes(to: after)
      guard !changes.isEmpty else { continue }
      let key = Key(shape: shape.text, hash: shape.hash, scope: scope, changes: changes)
      if groups[key] == nil { order.append(key) }
      groups[key, default: 0] += 1
    }
  }
}
