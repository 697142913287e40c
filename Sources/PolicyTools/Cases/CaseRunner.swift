import CustomerInsights
import Dataverse
import Lint
import ODataURL
package import Planning
import Policy

/// What became of one case.
package struct CaseResult: Sendable {
  package var item: PolicyCase
  /// Empty when everything was as expected.
  package var failures: [Failure] = []
  /// What the case shows of the policy; nothing unless it passed.
  package var shown: Set<PolicyItem> = []

  package struct Failure: Sendable, Hashable {
    /// Which expectation was not met: `verdict`, `rules`, `at`, `upstream`, `report`, `request`.
    package var what: String
    package var expected: String
    package var got: String
  }
}

/// Runs cases through the gateway's own stages, with no network.
package struct CaseRunner: Sendable {
  private let rules: RuleBook
  private let planner: QueryPlanner
  private let reader: TargetReader
  private let legacyEntities: Set<String>

  package init(rules: RuleBook) {
    self.rules = rules
    planner = QueryPlanner(
      policy: rules.policy, mapping: rules.mapping, instances: .any, origin: "https://gateway.example",
      tokens: TrustedPagingTokens())
    reader = TargetReader(mapping: rules.mapping)
    legacyEntities = Set(rules.mapping.entityNames.map { $0.lowercased() })
  }

  package func run(_ item: PolicyCase) -> CaseResult {
    var result = CaseResult(item: item)
    guard let line = QueryLine(file: item.file, line: item.line, text: item.request, legacyEntities: legacyEntities)
    else {
      result.failures = [CaseResult.Failure(what: "request", expected: "a request", got: "an empty text")]
      return result
    }
    do throws(Refusal) {
      if try isServed(line, item) {
        result.failures = CaseRunner.failures(ofServed: item.expected)
        return result
      }
      let plan = try plan(line, item)
      result.failures = CaseRunner.failures(of: plan, expected: item.expected)
      if result.failures.isEmpty { result.shown = shown(by: plan, line, item) }
    } catch {
      let rules = CaseRunner.rules(of: error)
      result.failures = CaseRunner.failures(of: error, rules, line, expected: item.expected)
      if result.failures.isEmpty { result.shown = Set(rules.flatMap { [PolicyItem(.rule, $0), setting($0)] }) }
    }
    return result
  }

  /// Whether the gateway answers it itself, from the scope.
  private func isServed(_ line: QueryLine, _ item: PolicyCase) throws(Refusal) -> Bool {
    guard line.method == "GET" || line.method == "HEAD" else { return false }
    return try planner.metadata(line.target, scope: PlanScope(policy: item.scope, cache: "policy test")) != nil
  }

  private func plan(_ line: QueryLine, _ item: PolicyCase) throws(Refusal) -> Plan {
    guard line.method == "GET" || line.method == "HEAD" else {
      throw Refusal(
        dialect: .dataverse, status: 405, code: "guard.write", message: "\(line.method) is not a read.",
        remedy: "Use GET.")
    }
    let scope = PlanScope(policy: item.scope, cache: "policy test", claims: item.claims)
    let preferences = Preferences(headerValues: item.prefer.map { [$0] } ?? [])
    return try planner.plan(line.target, scope: scope, preferences: preferences)
  }

  // MARK: Expectations

  private static func rules(of refusal: Refusal) -> Set<String> {
    refusal.findings.isEmpty ? [refusal.code] : Set(refusal.findings.map(\.rule))
  }

  private static func failures(ofServed expected: PolicyCase.Expectation) -> [CaseResult.Failure] {
    switch expected {
    case .deny: [CaseResult.Failure(what: "verdict", expected: words(expected), got: "allow, answered by the gateway")]
    case .allow(let upstream?, _):
      [CaseResult.Failure(what: "upstream", expected: upstream, got: "nothing is sent")]
    case .allow(nil, let report):
      report.map { $0.isEmpty ? [] : [CaseResult.Failure(what: "report", expected: list($0), got: list([]))] } ?? []
    }
  }

  private static func failures(of plan: Plan, expected: PolicyCase.Expectation) -> [CaseResult.Failure] {
    guard case .allow(let upstream, let report) = expected else {
      let got = "allow, sent as \(CaseRunner.query(of: plan))"
      return [CaseResult.Failure(what: "verdict", expected: words(expected), got: got)]
    }
    var failures: [CaseResult.Failure] = []
    if let upstream {
      let sent = query(of: plan)
      let wanted =
        upstream.hasPrefix(Route.serviceRoot) ? String(upstream.dropFirst(Route.serviceRoot.count)) : upstream
      // Either as it is sent or as people read it.
      if wanted != sent, wanted != sent.percentDecoded {
        let readable = wanted.contains("%") ? sent : sent.percentDecoded
        failures.append(CaseResult.Failure(what: "upstream", expected: wanted, got: readable))
      }
    }
    if let report {
      let got = Set(plan.obligations.findings.filter { $0.severity == .report }.map(\.rule))
      if got != report {
        failures.append(CaseResult.Failure(what: "report", expected: list(report), got: list(got)))
      }
    }
    return failures
  }

  private static func failures(
    of refusal: Refusal, _ rules: Set<String>, _ line: QueryLine, expected: PolicyCase.Expectation
  ) -> [CaseResult.Failure] {
    guard case .deny(let wanted, let at) = expected else {
      let got = "deny \(list(rules)): \(refusal.fullMessage)"
      return [CaseResult.Failure(what: "verdict", expected: words(expected), got: got)]
    }
    if wanted != rules { return [CaseResult.Failure(what: "rules", expected: list(wanted), got: list(rules))] }
    guard let at else { return [] }
    let spans = refusal.findings.isEmpty ? [refusal.span] : refusal.findings.map(\.span)
    let target = Array(line.target.utf8)
    let marked = spans.map { String(decoding: target[$0.range.clamped(to: 0..<target.count)], as: UTF8.self) }
    if marked.contains(at) { return [] }
    return [CaseResult.Failure(what: "at", expected: at, got: marked.joined(separator: " | "))]
  }

  private static func words(_ expected: PolicyCase.Expectation) -> String {
    switch expected {
    case .allow: "allow"
    case .deny(let rules, _): "deny \(list(rules))"
    }
  }

  private static func list(_ rules: Set<String>) -> String {
    rules.isEmpty ? "none" : rules.sorted().joined(separator: ", ")
  }

  private static func query(of plan: Plan) -> String { String(plan.upstreamTarget.dropFirst(Route.serviceRoot.count)) }

  // MARK: Coverage

  private func setting(_ rule: String) -> PolicyItem {
    PolicyItem(.setting, rule, rules.policy.settings[rule]?.mode.rawValue ?? "")
  }

  private func shown(by plan: Plan, _ line: QueryLine, _ item: PolicyCase) -> Set<PolicyItem> {
    let policy = rules.policy
    var shown: Set<PolicyItem> = [PolicyItem(.scope, item.scope)]
    for finding in plan.obligations.findings { shown.insert(setting(finding.rule)) }
    // The client's own query: what the policy puts in shows nothing that was asked for, unless the case says what is
    // sent and so holds the columns fixed that a missing `$select` becomes.
    guard let read = try? reader.read(line.target) else { return shown }
    for (index, judged) in read.judged.enumerated() {
      var query = AliasSubstitution(judged, maximumNodes: policy.limits.nodes).query
      if index == 0, case .allow(upstream: .some, _) = item.expected {
        query.options.select = query.options.select ?? plan.query.options.select
      }
      query = policy.judgedForm(of: query, scope: item.scope)
      let resolution = QueryResolver(schema: policy.schema).resolve(query)
      shown.formUnion(QueryUse(query, resolution).items)
    }
    let tables = Set(shown.map(\.table))
    for rule in policy.scope(item.scope)?.tables ?? [] where tables.contains(rule.table.logicalName) {
      for fact in PolicyFact.facts(of: rule, annotates: false) {
        switch fact.item.kind {
        case .requirement, .rowFilter: shown.insert(fact.item)
        default: continue
        }
      }
    }
    for annotation in plan.obligations.annotations { shown.insert(PolicyItem(.annotation, annotation)) }
    if plan.preferenceApplied != nil { shown.insert(PolicyItem(.preference, "odata.maxpagesize")) }
    if !plan.obligations.annotations.isEmpty { shown.insert(PolicyItem(.preference, "odata.include-annotations")) }
    return shown
  }
}

extension String {
  /// Without percent-encoding, for people; as it is when that gives no text.
  var percentDecoded: String {
    var bytes: [UInt8] = []
    var rest = utf8[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), rest.count >= 2, let value = UInt8(String(rest.prefix(2)) ?? "", radix: 16) {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(validating: bytes, as: UTF8.self) ?? self
  }
}
