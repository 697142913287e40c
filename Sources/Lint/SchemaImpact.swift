package import Planning
import Policy

/// What a changed schema means for a policy and for queries that were recorded.
package struct SchemaImpact: Sendable {
  /// A query that only one of two schemas lets pass.
  package struct VerdictChange: Sendable {
    package var source: QueryLine
    /// It passed before and does not now; otherwise the other way round.
    package var isBroken: Bool
    /// Why it does not pass, under the schema where it does not.
    package var findings: [LintFinding]
  }

  /// What became of the queries of a file.
  package struct Judged: Sendable {
    /// Queries whose verdict is another; in order.
    package var changes: [VerdictChange] = []
    /// Queries that both schemas refuse because the caller brings no value for a row filter: whether the change breaks
    /// them is not known.
    package var unjudged: [QueryLine] = []
    package var queries = 0
  }

  /// Names of values that row filters of the scope want, and that were not given.
  package let missingClaims: [String]
  private let before: Linter
  private let after: Linter

  /// - Parameters:
  ///   - scope: policy scope to judge by.
  ///   - claims: values that the caller brings for row filters, by name.
  package init(before: RuleBook, after: RuleBook, scope: String = "default", claims: [String: String] = [:]) {
    self.before = Linter(rules: before, scope: scope, claims: claims)
    self.after = Linter(rules: after, scope: scope, claims: claims)
    let wanted = [before, after].compactMap { $0.policy.scope(scope)?.claims }.reduce(Set()) { $0.union($1) }
    missingClaims = wanted.subtracting(claims.keys).sorted()
  }

  /// Judges the queries of a file, one a line, under both schemas.
  package func verdictChanges(_ text: String, file: String) -> Judged {
    var judged = Judged()
    for (index, line) in Linter.lines(of: text).enumerated() {
      guard let source = after.queryLine(line, file: file, number: index + 1) else { continue }
      judged.queries += 1
      let (old, new) = (before.lint(source), after.lint(source))
      guard old.isEmpty != new.isEmpty else {
        if !missingClaims.isEmpty, [old, new].contains(where: SchemaImpact.wantsClaims) {
          judged.unjudged.append(source)
        }
        continue
      }
      judged.changes.append(VerdictChange(source: source, isBroken: old.isEmpty, findings: old.isEmpty ? new : old))
    }
    return judged
  }

  private static func wantsClaims(_ findings: [LintFinding]) -> Bool {
    findings.contains { $0.finding.rule == FindingRule.rowFilter.rawValue }
  }
}
