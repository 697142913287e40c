import CustomerInsights
import ODataURL
package import Planning
import Policy

/// Runs the gateway's own stages from Router to Planner over queries, with no network.
package struct Linter: Sendable {
  private let planner: QueryPlanner
  private let legacyEntities: Set<String>
  private let scope: PlanScope
  private let preferences: Preferences
  private let advice: LintAdvice

  /// - Parameters:
  ///   - scope: policy scope to judge by.
  ///   - claims: values that the caller brings for row filters, by name.
  ///   - preferences: those that all queries are sent with.
  ///   - advice: what is told beside refusals.
  package init(
    rules: RuleBook, scope: String = "default", claims: [String: String] = [:], preferences: Preferences = .none,
    advice: LintAdvice = .none
  ) {
    planner = QueryPlanner(
      policy: rules.policy, mapping: rules.mapping, instances: .any, origin: "https://gateway.example",
      tokens: NoPagingTokens())
    legacyEntities = Set(rules.mapping.entityNames.map { $0.lowercased() })
    self.scope = PlanScope(policy: scope, cache: "lint", claims: claims)
    self.preferences = preferences
    self.advice = advice
  }

  /// Findings of every query in `text`, one query a line, in order. Lines end with LF, CR LF or CR; a byte order mark
  /// before the first one is no part of it. A ``LintDirective`` holds for the query that follows it.
  package func lint(_ text: String, file: String) -> (findings: [LintFinding], queries: Int) {
    var findings: [LintFinding] = []
    var queries = 0
    var ignored: Set<String> = []
    for (index, line) in Linter.lines(of: text).enumerated() {
      guard let source = queryLine(line, file: file, number: index + 1) else {
        guard let directive = LintDirective(line) else { continue }
        ignored.formUnion(directive.ignored)
        let comment = QueryLine(comment: line, file: file, line: index + 1)
        findings += directive.mistakes.map { LintFinding(source: comment, finding: $0.finding, columns: $0.columns) }
        continue
      }
      queries += 1
      findings += lint(source).filter { !ignored.contains($0.finding.rule) || $0.level == .error }
      ignored = []
    }
    return (findings, queries)
  }

  /// Byte by byte: to `Character`, CR LF is one element that is neither of the two.
  static func lines(of text: String) -> [String] {
    var bytes = text.utf8[...]
    if text.unicodeScalars.first == "\u{FEFF}" { bytes = bytes.dropFirst(3) }
    var lines: [String] = []
    while let end = bytes.firstIndex(where: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }) {
      lines.append(String(bytes[..<end]) ?? "")
      let isPair = bytes[end...].starts(with: "\r\n".utf8)
      bytes = bytes[end...].dropFirst(isPair ? 2 : 1)
    }
    lines.append(String(bytes) ?? "")
    return lines
  }

  /// A line as a query; `nil` for blank lines and comments.
  func queryLine(_ text: String, file: String, number: Int) -> QueryLine? {
    QueryLine(file: file, line: number, text: text, legacyEntities: legacyEntities)
  }

  /// What the gateway would answer by itself; `nil` for a query that it would plan.
  func metadata(_ source: QueryLine) throws(Refusal) -> MetadataAnswer? {
    guard source.method == "GET" || source.method == "HEAD" else { return nil }
    return try planner.metadata(source.target, scope: scope)
  }

  /// What the gateway would do with a query that is not ``metadata(_:)``.
  func plan(_ source: QueryLine) throws(Refusal) -> Plan {
    guard source.method == "GET" || source.method == "HEAD" else {
      let isLegacy = LegacyRoute.isLegacy(source.target)
      let error = LegacyError.writeRefused(method: source.method, target: isLegacy ? source.target : "")
      if isLegacy { throw Refusal(legacy: error) }
      throw Refusal(
        dialect: .dataverse, status: error.status, code: "guard.write", message: "\(source.method) is not a read.",
        remedy: error.remedy)
    }
    return try planner.plan(
      source.target, scope: scope, preferences: preferences, wantsAdvice: advice != .none)
  }

  /// Findings of one query: what refuses it, and the advice that is wanted.
  package func lint(_ source: QueryLine) -> [LintFinding] {
    var found: [Finding] = []
    do throws(Refusal) {
      if try metadata(source) == nil { found = try plan(source).obligations.findings }
    } catch {
      found = error.findings.isEmpty ? findings(of: error, in: source) : error.findings
    }
    return found.filter(advice.tells).map {
      LintFinding(source: source, finding: $0, columns: Linter.columns($0.span, in: source))
    }
  }

  /// A refusal as findings: of a target that cannot be read, one for each of its mistakes.
  private func findings(of refusal: Refusal, in source: QueryLine) -> [Finding] {
    let errors = refusal.code.hasPrefix("syntax.") ? planner.syntaxErrors(of: source.target) : []
    return (errors.isEmpty ? [refusal] : errors).map {
      Finding(rule: $0.code, span: $0.span, message: $0.message, remedy: $0.remedy)
    }
  }

  private static func columns(_ span: Span, in source: QueryLine) -> Range<Int> {
    guard span != .none else { return 0..<0 }
    let count = source.text.utf8.count
    let start = min(max(0, span.range.lowerBound + source.offset), count)
    return start..<min(max(start, span.range.upperBound + source.offset), count)
  }
}
