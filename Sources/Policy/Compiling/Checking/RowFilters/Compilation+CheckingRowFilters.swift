import Dataverse
import ODataURL

/// Checks on row filters: conditions that no row can meet, together with those that a scope inherits, and conditions that
/// every row meets.
extension Compilation {
  func checkRowFilters() {
    for table in resolved {
      guard let filter = table.rowFilter, let word = table.source.rowFilter else { continue }
      reportContradiction([filter], of: table.table, at: word)
      reportEmptiness(filter, of: table.table, at: word)
    }
    for scope in resolvedScopes {
      for added in scope.addedRowFilters {
        guard let index = resolvedIndex[added.table] else { continue }
        let table = resolved[index]
        reportEmptiness(added.filter, of: table.table, at: added.word)
        let inherited = (table.rowFilter.map { [$0] } ?? []) + added.inherited
        // What contradicts itself without the scope is said where it stands.
        guard contradictions(inherited, of: table.table) == nil else { continue }
        reportContradiction(inherited + [added.filter], of: table.table, at: added.word)
      }
    }
  }

  private func contradictions(_ filters: [RowFilter], of table: Table) -> [String]? {
    filters.isEmpty ? nil : RowFilterTerms.joined(filters, of: table)?.contradictions
  }

  private func reportContradiction(_ filters: [RowFilter], of table: Table, at word: PolicySource.Word) {
    guard let columns = contradictions(filters, of: table) else { return }
    report(
      word.node, word.path,
      "No row can be read: the row filters want \(Compilation.quoted(columns)) to be two different things at once.",
      help: "Write `or` between them, or remove one.")
  }

  private func reportEmptiness(_ filter: RowFilter, of table: Table, at word: PolicySource.Word) {
    guard let columns = RowFilterTerms.hidden(by: filter, of: table)?.contradictions else { return }
    let names = Compilation.quoted(columns)
    report(
      word.node, word.path, "This row filter hides no row but those with a null: whatever is in \(names) meets it.",
      help: "Remove it; to hide rows with a null, write `\(columns.first ?? "column") ne null`.")
  }

  private static func quoted(_ names: [String]) -> String { list(names.map { "`\($0)`" }) }
}
