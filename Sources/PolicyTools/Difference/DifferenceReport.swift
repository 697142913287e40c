/// Both differences for a terminal, and which directions are in them.
package struct DifferenceReport: Sendable {
  package let text: String
  package let directions: Set<ChangeDirection>

  /// - Parameter corpus: `nil` when no queries were given.
  package init(_ policy: PolicyDifference, corpus: CorpusDifference?) {
    var directions = Set(policy.changes.map(\.direction))
    var out = "policy: \(policy.changes.isEmpty ? "no change" : count(policy.changes.count, "change"))\n"
    for change in policy.changes {
      let scopes = change.scopes.isEmpty ? "" : " (scope \(change.scopes.joined(separator: ", ")))"
      out += "  \(DifferenceReport.padded(change.direction))  \(change.item) \(change.words)\(scopes)\n"
    }
    if let corpus {
      let groups = corpus.changed
      out += "queries: \(count(corpus.queries, "query", "queries")) of \(count(corpus.shapeCount, "shape"))"
      out += "; \(Set(groups.map(\.shape)).count) of them changed\n"
      if corpus.unread > 0 {
        out += "  \(count(corpus.unread, "query", "queries")) refused before any policy is asked\n"
      }
      if corpus.unjudged > 0 {
        let claims = corpus.missingClaims.map { "--claim \($0)" }.joined(separator: " ")
        out += "  \(count(corpus.unjudged, "query", "queries")) cannot be judged without \(claims)\n"
      }
      if corpus.unusable > 0 { out += "  \(count(corpus.unusable, "line")) without a query\n" }
      let decisions = corpus.decisions
      if decisions.all > 0 {
        out += "  \(count(decisions.all, "decision")), \(decisions.unknown) of shapes that no query here has\n"
      }
      for group in groups {
        directions.formUnion(group.changes.map(\.direction))
        out +=
          "  \(DifferenceReport.padded(group.direction))  \(group.queries)×  \(group.shape)  (scope \(group.scope))\n"
        if decisions.all > 0 { out += "    \(count(group.decisions, "decision")) of shape \(group.hash)\n" }
        for change in group.changes { out += "    \(change.direction.rawValue): \(change.words)\n" }
      }
    }
    let found = ChangeDirection.allCases.filter(directions.contains).map(\.rawValue)
    out += "changes: \(found.isEmpty ? "none" : found.joined(separator: ", "))\n"
    text = out
    self.directions = directions
  }

  private static func padded(_ direction: ChangeDirection) -> String {
    direction.rawValue + String(repeating: " ", count: 9 - direction.rawValue.count)
  }
}
