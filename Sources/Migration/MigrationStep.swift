import CustomerInsights
import ODataURL
package import Planning

/// One read of Dataverse among those that replace a legacy request, in the order they are made.
package struct MigrationStep: Sendable, Hashable {
  /// Path and query, percent-encoded; begins with `/api/data/`. `{id}` stands for values that earlier answers tell.
  package var target: String
  /// The same with its literals lifted out.
  package var shape: String
  /// Value of the header field `Prefer`; `nil` for none.
  package var prefer: String?
  /// For which values of earlier answers it is sent, some at a time; `nil` for a read that is sent once.
  package var repetition: ReadStep.Repetition?
  /// Whether it is one of several for parts of one list of values, which together take the place of one read.
  package var isPart = false
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
  /// The same of the entities that stand inside its rows, by their names.
  package var expanded: [String: [String: String]]

  /// - Parameter steps: not empty; the others are as the properties of their names say.
  package init(
    steps: [MigrationStep], entity: String, columns: [String: String], expanded: [String: [String: String]] = [:]
  ) {
    self.steps = steps
    self.entity = entity
    self.columns = columns
    self.expanded = expanded
  }

  /// The one place that knows what a gateway's plan is made of.
  /// - Returns: `nil` for a plan of the Dataverse dialect, which nothing has to replace.
  /// - Throws: what refuses a read of the plan.
  init?(_ plan: Plan) throws(Refusal) {
    guard plan.dialect == .legacy else { return nil }
    let reads = try plan.steps()
    steps = reads.map { read in
      MigrationStep(
        target: read.target, shape: Route.serviceRoot + QueryShape(read.query, dialect: .dataverse).text,
        prefer: read.prefer, repetition: read.repetition, isPart: read.isPart, tasks: read.tasks)
    }
    expanded = [:]
    switch plan.shape {
    case .dataverse, .management:
      // A number of rows has no columns, and what is told of rows has none of theirs.
      (entity, columns) = ("", [:])
    case .legacy(let shape, _, _, _):
      (entity, columns) = (shape.entity, MigrationPlan.columns(shape, of: plan.query))
    case .program(let program):
      (entity, columns) = (program.plan.shape.entity, MigrationPlan.columns(program.plan.shape, of: plan.query))
      for expansion in program.plan.expansions {
        expanded[expansion.shape.entity] = MigrationPlan.columns(expansion.shape, of: expansion.read.query)
      }
    }
  }

  /// Whether the old request and the new one are one each.
  package var isOneRead: Bool { steps.count == 1 && !steps.contains(where: \.isPart) }

  /// Whether the caller has to do something with an answer that the gateway does for legacy clients.
  package var needsWork: Bool { steps.contains { !$0.tasks.isEmpty } }

  /// Makes one step of those for parts of a list: without literals they are the same.
  mutating func liftLists() {
    guard let first = steps.firstIndex(where: \.isPart), let last = steps.lastIndex(where: \.isPart) else { return }
    steps.removeSubrange(first..<last)
    for index in steps.indices where steps[index].repetition?.reads == first + 1...last + 1 {
      steps[index].repetition?.reads = first + 1...first + 1
    }
  }

  private static func columns(_ shape: LegacyShape, of query: RelativeURI) -> [String: String] {
    let selected = query.options.select.map { Set($0.value.flatMap(\.path)) }
    return shape.columns.filter { name, shown in name != shown && selected?.contains(name) ?? true }
  }
}
