/// A plan and what all its runs have in common. A class: a run and its parts hold on to it.
package final class PreparedPlan: Sendable {
  /// What is read, and what becomes of the rows.
  package let plan: LegacyPlan
  /// Writes the rows that are shown and what is expanded in them. Each run works on a copy.
  let writer: LegacyRowWriter

  /// Makes what all runs of the plan share: once for a plan that is kept.
  /// - Parameter writer: what writes rows of the plan's shape, where it has been made for many plans that expand nothing.
  package init(_ plan: LegacyPlan, writer: LegacyRowWriter? = nil) {
    self.plan = plan
    self.writer =
      writer
      ?? LegacyRowWriter(
        shape: plan.shape,
        expansions: plan.expansions.map { expansion in
          LegacyRowWriter.Expansion(
            name: expansion.navigation.name, writer: expansion.writer ?? LegacyRowWriter(shape: expansion.shape),
            isCollection: expansion.navigation.isCollection)
        })
  }
}
