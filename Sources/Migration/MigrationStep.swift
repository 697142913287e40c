import CustomerInsights
import ODataURL
import Planning

/// One read of Dataverse among those that replace a legacy request, in the order they are made.
package struct MigrationStep: Sendable, Hashable {
  /// Path and query, percent-encoded; begins with `/api/data/`.
  package var target: String
  /// The same with its literals lifted out.
  package var shape: String
  /// Value of the header field `Prefer`; `nil` for none.
  package var prefer: String?
  /// What the caller has to do with the answer, one sentence each: before the next read, or to have what the old API gave.
  package var tasks: [String]
}

/// What replaces one legacy request.
package struct MigrationPlan: Sendable, Hashable {
  /// At least one.
  package var steps: [MigrationStep]
  /// The legacy entity.
  package var entity: String
  /// Columns that are read under another name than the old answer had: Dataverse's name → the legacy one.
  package var columns: [String: String]

  package init(steps: [MigrationStep], entity: String, columns: [String: String]) {
    self.steps = steps
    self.entity = entity
    self.columns = columns
  }

  /// The one place that knows what a gateway's plan is made of.
  /// - Returns: `nil` for a plan of the Dataverse dialect, which nothing has to replace.
  init?(_ plan: Plan) {
    guard case .legacy(let shape, _, _) = plan.shape else { return nil }
    var tasks: [String] = []
    if let unfold = shape.unfold, plan.query.options.select?.value.contains(where: { $0.path == [unfold] }) ?? true {
      let wanted = shape.unfoldMembers.map { ": \($0.sorted().joined(separator: ", "))" } ?? ""
      tasks.append("`\(unfold)` holds JSON, whose members were columns of the old answer\(wanted).")
    }
    steps = [
      MigrationStep(
        target: plan.upstreamTarget, shape: Route.serviceRoot + QueryShape(plan.query, dialect: .dataverse).text,
        prefer: plan.prefer, tasks: tasks)
    ]
    entity = shape.entity
    let selected = plan.query.options.select.map { Set($0.value.flatMap(\.path)) }
    columns = shape.columns.filter { name, shown in name != shown && selected?.contains(name) ?? true }
  }
}
