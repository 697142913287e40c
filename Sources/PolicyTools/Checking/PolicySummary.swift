package import Dataverse
package import Policy
package import YAMLFile

/// `sluice policy check`: what a policy says, counted, for a terminal.
package struct PolicySummary: Sendable {
  package let text: String

  /// - Parameter file: name for the first line.
  package init(of policy: Policy, file: String) {
    let annotates = !policy.annotations.isEmpty
    var out = "\(file): sound\n  policy `\(policy.name)`, version \(policy.version)\n  tables\n"
    for rule in policy.tables {
      let facts = PolicyFact.facts(of: rule, annotates: annotates)
      func columns(_ kinds: PolicyItem.Kind...) -> Int {
        Set(facts.filter { kinds.contains($0.item.kind) }.map(\.item.name)).count
      }
      out += "    \(rule.table.logicalName): \(count(rule.columns.count, "column"))"
      let uses = [
        ("select", columns(.select)), ("filter", columns(.filter)), ("order", columns(.order)),
        ("aggregate", columns(.group, .aggregate)), ("annotate", columns(.annotate)),
      ]
      out += PolicySummary.list(uses)
      out += "; options \(QueryOption.allCases.filter(rule.options.contains).map(\.rawValue).joined(separator: " "))"
      let others = [
        ("navigation properties", rule.navigations.count), ("transformations", rule.transformations.count),
        ("requirements", rule.requirements.count), ("row filters", rule.rowFilters.count),
      ]
      for (name, number) in others where number > 0 { out += "; \(name) \(number)" }
      out += "; ttl \(rule.timeToLive) s\n"
    }
    out += "  scopes\n"
    for scope in policy.scopes {
      let columns = scope.tables.reduce(0) { $0 + $1.columns.count }
      let filters = scope.tables.reduce(0) { $0 + $1.rowFilters.count }
      out += "    \(scope.name): \(count(scope.tables.count, "table")), \(count(columns, "column"))"
      if filters > 0 { out += ", \(count(filters, "row filter"))" }
      if scope.isReportOnly { out += ", only reports" }
      out += "\n"
    }
    for scope in policy.scopes where scope.isReportOnly {
      guard let parent = scope.parent, policy.scope(parent)?.isReportOnly == false else { continue }
      out +=
        "  warning: scope \(scope.name) only reports: what `\(parent)`, from which it inherits, refuses passes in it\n"
    }
    text = out
  }

  private static func list(_ uses: [(String, Int)]) -> String {
    let used = uses.filter { $0.1 > 0 }
    return used.isEmpty ? "" : " (" + used.map { "\($0.0) \($0.1)" }.joined(separator: ", ") + ")"
  }
}

/// `1 query`, `2 queries`.
func count(_ number: Int, _ noun: String, _ plural: String? = nil) -> String {
  "\(number) \(number == 1 ? noun : plural ?? noun + "s")"
}

/// What became of one file.
package enum PolicyCheck: Sendable {
  case sound(PolicySummary)
  /// There are mistakes in it.
  case mistakes(DiagnosticList)
  /// It cannot be read.
  case unreadable(DiagnosticList)

  /// Compiles a file.
  package init(path: String, schema: Schema) {
    let text: String
    do throws(DiagnosticList) {
      text = try YAMLDocument.readText(path: path)
    } catch {
      self = .unreadable(error)
      return
    }
    do throws(DiagnosticList) {
      self = .sound(PolicySummary(of: try Policy.load(text: text, file: path, schema: schema), file: path))
    } catch {
      self = .mistakes(error)
    }
  }
}
