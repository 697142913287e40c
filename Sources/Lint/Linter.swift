package import Planning
import CustomerInsights
import ODataURL
package import Policy

/// A finding at its place in a source.
package struct LintFinding: Sendable, Hashable {
  package var source: QueryLine
  package var finding: Finding
  /// 0-based byte columns of the line; empty at the line's start where no place is to blame.
  package var columns: Range<Int>
}

/// Runs the gateway's own stages from Router to Planner over queries, with no network.
package struct Linter: Sendable {
  private let planner: QueryPlanner
  private let legacyEntities: Set<String>
  private let scope: PlanScope

  /// - Parameter scope: policy scope to judge by.
  package init(rules: RuleBook, scope: String = "default") {
    planner = QueryPlanner(
      policy: rules.policy, names: rules.names, instances: .any, origin: "https://gateway.example",
      tokens: NoPagingTokens())
    legacyEntities = Set(rules.names.entityNames.map { $0.lowercased() })
    self.scope = PlanScope(policy: scope, cache: "lint")
  }

  /// Findings of every query in `text`, one query a line, in order.
  package func lint(_ text: String, file: String) -> (findings: [LintFinding], queries: Int) {
    var findings: [LintFinding] = []
    var queries = 0
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      guard
        let source = QueryLine(file: file, line: index + 1, text: String(line), legacyEntities: legacyEntities)
      else { continue }
      queries += 1
      findings.append(contentsOf: lint(source))
    }
    return (findings, queries)
  }

  /// Findings of one query.
  package func lint(_ source: QueryLine) -> [LintFinding] {
    guard source.method == "GET" || source.method == "HEAD" else {
      let finding = Finding(
        rule: "guard.write", span: .none, message: "\(source.method) is not a read.",
        remedy: LegacyError.writeRefused(method: source.method).message)
      return [LintFinding(source: source, finding: finding, columns: 0..<0)]
    }
    do throws(Refusal) {
      _ = try planner.plan(source.target, scope: scope)
      return []
    } catch {
      let all =
        error.findings.isEmpty
        ? [Finding(rule: error.code, span: error.span, message: error.message, remedy: error.remedy)] : error.findings
      return all.map { LintFinding(source: source, finding: $0, columns: Linter.columns($0.span, in: source)) }
    }
  }

  private static func columns(_ span: Span, in source: QueryLine) -> Range<Int> {
    guard span != .none else { return 0..<0 }
    let count = source.text.utf8.count
    let start = min(max(0, span.range.lowerBound + source.offset), count)
    return start..<min(max(start, span.range.upperBound + source.offset), count)
  }
}
