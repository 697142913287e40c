import Identity
import Planning
import Policy

/// One JSON line for each decision about a request, told apart from the request's fate, which the access log tells
/// under the same id. Described in `docs/decisions.md`.
struct DecisionLog: Sendable {
  var lines: LineLog
  var literals: LiteralHash
  /// Literals of every query are told as hashes, not only of those whose tables' rules say so.
  var hashesAll: Bool

  func record(_ decision: DecisionRecord, time: Int64, id: String) {
    lines.record(time: time, id: id) { $0.append(contentsOf: decision.members) }
  }

  /// A request that passed; made once for each plan.
  func allowed(_ plan: Plan, target: String, scope: PlanScope, caller: Caller, planner: QueryPlanner) -> DecisionRecord
  {
    let reported = plan.obligations.findings.contains { $0.severity == .report }
    return record(
      planner.policy, dialect: plan.dialect, verdict: reported ? "report" : "allow", caller: caller.id,
      scope: scope.policy
    ) { bytes in
      JSONMember.append("table", plan.obligations.table, to: &bytes)
      JSONMember.append("rule", plan.obligations.rule, to: &bytes)
      if reported { bytes.append(contentsOf: ",\"report\":true,\"would\":\"deny\"".utf8) }
      findings(plan.obligations.findings, to: &bytes)
      facts(planner.facts(of: target, plan: plan, scope: scope), to: &bytes)
    }
  }

  /// A request about tables and columns that was answered from the scope, with nothing sent.
  func served(
    target: String, dialect: Dialect, scope: PlanScope, caller: Caller, planner: QueryPlanner
  ) -> DecisionRecord {
    record(planner.policy, dialect: dialect, verdict: "allow", caller: caller.id, scope: scope.policy) { bytes in
      JSONMember.append("rule", AnswerNote.metadataRule, to: &bytes)
      facts(planner.facts(of: target, plan: nil, scope: scope), to: &bytes)
    }
  }

  /// A request that did not.
  /// - Parameters:
  ///   - target: `nil` for one that was refused before anybody asked what it is.
  ///   - caller: `nil` while it is not known.
  func refused(
    _ refusal: Refusal, target: String?, scope: PlanScope?, caller: Caller?, planner: QueryPlanner
  ) -> DecisionRecord {
    record(
      planner.policy, dialect: refusal.dialect, verdict: "deny", caller: caller?.id, scope: scope?.policy
    ) { bytes in
      JSONMember.append("rule", refusal.code, to: &bytes)
      findings(refusal.findings, to: &bytes)
      if let target, let scope { facts(planner.facts(of: target, plan: nil, scope: scope), to: &bytes) }
    }
  }

  private func record(
    _ policy: Policy, dialect: Dialect, verdict: String, caller: String?, scope: String?,
    _ rest: (inout [UInt8]) -> Void
  ) -> DecisionRecord {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(512)
    JSONMember.append("policy", policy.name, to: &bytes)
    JSONMember.append("version", policy.version, to: &bytes)
    JSONMember.append("dialect", dialect.rawValue, to: &bytes)
    JSONMember.append("verdict", verdict, to: &bytes)
    JSONMember.append("caller", caller, to: &bytes)
    JSONMember.append("scope", scope, to: &bytes)
    rest(&bytes)
    return DecisionRecord(members: bytes)
  }

  /// Each rule and severity once for a table and a column: a query may break one rule at many places. Findings are few:
  /// a judgement gives no more than some twenty.
  private func findings(_ findings: [Finding], to bytes: inout [UInt8]) {
    var unique: [Finding] = []
    for finding in findings
    where !unique.contains(where: {
      $0.rule == finding.rule && $0.severity == finding.severity && $0.table == finding.table
        && $0.column == finding.column
    }) {
      unique.append(finding)
    }
    JSONMember.append("rules", unique, to: &bytes) { finding, bytes in
      bytes.append(contentsOf: "{\"id\":".utf8)
      JSONMember.text(finding.rule, to: &bytes)
      bytes.append(contentsOf: ",\"severity\":".utf8)
      JSONMember.text(finding.severity.rawValue, to: &bytes)
      JSONMember.append("table", finding.table, to: &bytes)
      JSONMember.append("column", finding.column, to: &bytes)
      bytes.append(UInt8(ascii: "}"))
    }
  }

  private func facts(_ facts: QueryFacts?, to bytes: inout [UInt8]) {
    guard let facts else { return }
    // One is `table` already.
    if facts.tables.count > 1 { JSONMember.append("tables", facts.tables, to: &bytes) }
    JSONMember.append("obligations", facts.obligations, to: &bytes)
    JSONMember.append("shape", facts.shape.hash, to: &bytes)
    guard hashesAll || facts.hashesLiterals else { return }
    JSONMember.append(
      "literals", facts.shape.literals.prefix(DecisionLog.literalLimit).map { literals.mark(of: $0) }, to: &bytes)
    let more = facts.shape.literals.count - DecisionLog.literalLimit
    if more > 0 { bytes.append(contentsOf: ",\"moreLiterals\":\(more)".utf8) }
  }

  /// Literals of one line.
  private static let literalLimit = 64
}

/// What a decision's line says after time and id, in its outgoing form. A class, so that a plan that is looked up for
/// every request hands on a reference and no copy.
final class DecisionRecord: Sendable {
  let members: [UInt8]

  init(members: [UInt8]) { self.members = members }
}
