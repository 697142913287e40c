/// A plan and what all its runs have in common. A class: a run and its parts hold on to it.
package final class PreparedPlan: Sendable {
  package let plan: LegacyPlan
  /// Writes the rows that are shown and what is expanded in them. Each run works on a copy.
  let writer: LegacyRowWriter

  package init(_ plan: LegacyPlan) {
    self.plan = plan
    writer = LegacyRowWriter(
      shape: plan.shape,
      expansions: plan.expansions.map { expansion in
        LegacyRowWriter.Expansion(
          name: expansion.navigation.name, writer: expansion.writer ?? LegacyRowWriter(shape: expansion.shape),
          isCollection: expansion.navigation.isCollection)
      })
  }
}
