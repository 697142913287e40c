package import Planning

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

  private let before: Linter
  private let after: Linter

  /// - Parameter scope: policy scope to judge by.
  package init(before: RuleBook, after: RuleBook, scope: String = "default") {
    self.before = Linter(rules: before, scope: scope)
    self.after = Linter(rules: after, scope: scope)
  }

  /// Queries of a file, one a line, whose verdict is another; in order.
  package func verdictChanges(_ text: String, file: String) -> (changes: [VerdictChange], queries: Int) {
    var changes: [VerdictChange] = []
    var queries = 0
    for (index, line) in Linter.lines(of: text).enumerated() {
      guard let source = after.queryLine(line, file: file, number: index + 1) else { continue }
      queries += 1
      let (old, new) = (before.lint(source), after.lint(source))
      guard old.isEmpty != new.isEmpty else { continue }
      changes.append(VerdictChange(source: source, isBroken: old.isEmpty, findings: old.isEmpty ? new : old))
    }
    return (changes, queries)
  }
}
