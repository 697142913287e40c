import Dataverse
import ODataURL
package import Planning
import Policy

/// What the gateway makes of one request, as text: the same stages, told step by step.
package struct Explanation: Sendable {
  package let text: String
  package let isAllowed: Bool

  /// - Parameter claims: values that the caller brings for row filters, by name.
  /// - Returns: `nil` for blank text.
  package init?(_ url: String, rules: RuleBook, scope: String = "default", claims: [String: String] = [:]) {
    let linter = Linter(rules: rules, scope: scope, claims: claims)
    guard let line = linter.queryLine(url, file: "request", number: 1) else { return nil }
    var out = "request   \(line.method) \(line.target)\n"
    do throws(Refusal) {
      if let answer = try linter.metadata(line) {
        out += "dialect   \(answer.dialect.rawValue)\nverdict   allow (rule metadata)\nupstream  nothing is sent\n"
        out += "answer    \(answer.body.count) bytes of \(answer.contentType), made from the scope\n"
        (text, isAllowed) = (out, true)
        return
      }
      let plan = try linter.plan(line)
      let steps = try plan.steps()
      out += "dialect   \(plan.dialect.rawValue)\n"
      for (index, step) in steps.enumerated() {
        if steps.count > 1 {
          let repetition = step.repetition.map { "for \($0.text(calling: "read"))" } ?? "once"
          out += Explanation.section("read \(index + 1)", repetition)
        }
        out += Explanation.section("tree", step.tree)
        out += Explanation.columns(rules.policy.judgedForm(of: step.query, scope: scope), rules: rules)
        out += "verdict   allow (rule \(step.rule))\n"
        out += "upstream  GET \(step.target)\n"
        if let prefer = step.prefer { out += "          Prefer: \(prefer)\n" }
        out += Explanation.section("then", step.tasks.joined(separator: "\n"))
      }
      out += "cache     \(plan.timeToLive) s; key \(plan.identity)\n"
      isAllowed = true
    } catch {
      out += "dialect   \(error.dialect.rawValue)\n"
      out += "verdict   refuse with \(error.status)\n"
      out += "upstream  nothing is sent\n\n"
      out += linter.lint(line).map(TextReporter.render).joined(separator: "\n")
      isAllowed = false
    }
    text = out
  }

  private static func section(_ name: String, _ body: String) -> String {
    var label = name + String(repeating: " ", count: max(1, 10 - name.count))
    var out = ""
    for line in body.split(separator: "\n") {
      out += label + line + "\n"
      label = String(repeating: " ", count: 10)
    }
    return out
  }

  /// Every column that a query names, and for what, on all of its levels.
  private static func columns(_ query: RelativeURI, rules: RuleBook) -> String {
    var uses: [(name: String, uses: [String])] = []
    func add(_ column: ColumnReference, _ use: String) {
      let name = "\(column.table?.logicalName ?? "?").\(column.name)"
      guard let index = uses.firstIndex(where: { $0.name == name }) else {
        uses.append((name, [use]))
        return
      }
      if !uses[index].uses.contains(use) { uses[index].uses.append(use) }
    }
    // What is printed nests no deeper than the parser reads.
    func add(_ level: Level) {
      for column in level.select ?? [] { add(column, "select") }
      for condition in level.conditions { add(condition.column, condition.isKey ? "key" : "filter") }
      for column in level.order { add(column, "order") }
      for inner in level.expands { add(inner) }
    }
    add(QueryResolver(schema: rules.policy.schema).resolve(query).root)
    return section("columns", uses.map { "\($0.name): \($0.uses.joined(separator: ", "))" }.joined(separator: "\n"))
  }
}
