import ODataURL
import Planning
import Policy
import Dataverse

/// What a policy makes of one recorded query, as far as two policies can differ on it.
struct QueryOutcome: Sendable, Hashable {
  /// Ids of the rules that refuse; empty when it passes.
  var refusedBy: [String] = []
  /// Rules that would refuse but only report.
  var reported: [String] = []
  /// Everything that may leave in the answer: members with their path, annotations marked as such.
  var members: Set<String> = []
  /// Row filters that it is sent with, each with its table.
  var rowFilters: Set<String> = []
  /// The most rows that one answer may have, by the way to them; a missing one is unbounded.
  var rows: [String: Int64] = [:]
  /// What is sent, with literals lifted out.
  var upstream = ""

  var passes: Bool { refusedBy.isEmpty }

  /// Judges a target.
  init(_ target: String, planner: QueryPlanner, scope: PlanScope) {
    do throws(Refusal) {
      // What the gateway answers itself is about the scope; no row leaves by it.
      if try planner.metadata(target, scope: scope) != nil { return }
      let plan = try planner.plan(target, scope: scope)
      let obligations = plan.obligations
      reported = Set(obligations.findings.filter { $0.severity == .report }.map(\.rule)).sorted()
      collect(obligations.members, way: "", annotates: !obligations.annotations.isEmpty)
      for annotation in obligations.annotations { members.insert("annotation \(annotation)") }
      if let size = obligations.pageSize { rows[""] = Int64(size) }
      collect(plan.query.options, way: "")
      if let rule = planner.policy.scope(scope.policy) {
        let query = planner.policy.judgedForm(of: plan.query, scope: scope.policy)
        let resolution = QueryResolver(schema: planner.policy.schema).resolve(query)
        let tables = Set(QueryUse(query, resolution).items.map(\.table))
        for table in rule.tables where tables.contains(table.table.logicalName) {
          for part in table.rowFilterParts { rowFilters.insert("\(table.table.logicalName): \(part)") }
        }
      }
      upstream = QueryShape(plan.query, dialect: .dataverse).text
    } catch {
      refusedBy = error.findings.isEmpty ? [error.code] : Set(error.findings.map(\.rule)).sorted()
    }
  }

  private mutating func collect(_ tree: MemberTree, way: String, annotates: Bool) {
    for name in tree.names.all { members.insert(way + name) }
    for name in tree.annotated where annotates { members.insert("annotations of \(way)\(name)") }
    for (name, inner) in tree.expanded {
      members.insert(way + name)
      collect(inner, way: "\(way)\(name)/", annotates: annotates)
    }
  }

  private mutating func collect(_ options: QueryOptions, way: String) {
    if let top = options.top { rows[way] = top.value }
    for item in options.expand?.value ?? [] { collect(item.options, way: "\(way)\(item.path.joined(separator: "/"))/") }
  }

  // MARK: Comparing

  /// What is different in `new`, each with its direction; empty when nothing is.
  func changes(to new: QueryOutcome) -> [QueryChange] {
    switch (passes, new.passes) {
    case (false, false): return []
    case (false, true):
      return [QueryChange(direction: .widening, words: "passes; was refused by \(QueryOutcome.list(refusedBy))")]
    case (true, false):
      return [QueryChange(direction: .narrowing, words: "is refused by \(QueryOutcome.list(new.refusedBy))")]
    case (true, true): break
    }
    var changes: [QueryChange] = []
    func add(_ direction: ChangeDirection, _ what: String, _ names: Set<String>) {
      guard !names.isEmpty else { return }
      changes.append(QueryChange(direction: direction, words: "\(what) \(QueryOutcome.list(names.sorted()))"))
    }
    add(.widening, "answers gain", new.members.subtracting(members))
    add(.narrowing, "answers lose", members.subtracting(new.members))
    add(.widening, "without the row filter", rowFilters.subtracting(new.rowFilters))
    add(.narrowing, "with the row filter", new.rowFilters.subtracting(rowFilters))
    for way in Set(rows.keys).union(new.rows.keys).sorted() {
      let place = way.isEmpty ? "rows of an answer" : "rows of \(way.dropLast())"
      switch (rows[way], new.rows[way]) {
      case (let before?, let after?) where before != after:
        changes.append(
          QueryChange(direction: after > before ? .widening : .narrowing, words: "\(place): \(before) → \(after)"))
      case (nil, let after?):
        changes.append(QueryChange(direction: .narrowing, words: "\(place): at most \(after)"))
      case (let before?, nil):
        changes.append(QueryChange(direction: .widening, words: "\(place): were at most \(before)"))
      default: continue
      }
    }
    if reported != new.reported {
      let words = "would be refused by \(QueryOutcome.list(new.reported)), was by \(QueryOutcome.list(reported))"
      changes.append(QueryChange(direction: .other, words: words))
    }
    if upstream != new.upstream {
      changes.append(QueryChange(direction: .other, words: "is sent as\n      \(upstream)\n   →  \(new.upstream)"))
    }
    return changes
  }

  private static func list(_ names: [String]) -> String {
    guard !names.isEmpty else { return "nothing" }
    return names.prefix(12).joined(separator: ", ") + (names.count > 12 ? " and \(names.count - 12) more" : "")
  }
}

/// A way in which a policy treats a recorded query differently.
package struct QueryChange: Sendable, Hashable {
  package var direction: ChangeDirection
  package var words: String
}
