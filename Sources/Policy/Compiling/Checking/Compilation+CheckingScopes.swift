import Dataverse
import YAMLFile

/// Checks on scopes: what a narrowing leaves that no query could pass.
extension Compilation {
  func checkScope(_ scope: ResolvedScope) {
    let narrowed = Dictionary(
      (scope.source.tables ?? []).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    for table in scope.tables {
      guard let index = resolvedIndex[table.name], let columns = table.columns,
        let narrowing = narrowed[table.name], let names = narrowing.columns,
        // Of names that are none too little is known.
        names.count == columns.count
      else { continue }
      let own = scope.source.requirements.filter { $0.table.text == table.name }
        .flatMap { $0.requirements.map { Requirement(columns: $0.columns.map(\.text)) } }
      checkNarrowing(
        narrowing, columns, table.requirements.filter { !own.contains($0) }, resolved[index])
    }
    for (word, requirements) in scope.source.requirements {
      guard let index = resolvedIndex[word.text], let table = scope.tables.first(where: { $0.name == word.text })
      else { continue }
      checkRequirements(requirements, in: resolved[index], columns: table.columns)
    }
  }

  private func checkNarrowing(
    _ narrowing: PolicySource.NarrowedTable, _ columns: Set<String>, _ inherited: [Requirement], _ table: ResolvedTable
  ) {
    let options = table.options.options
    let aggregates = options.contains(.apply) && table.source.apply != nil
    if !aggregates, !options.contains(.countSegment),
      !table.columns.contains(where: { $0.source.isSelectable && columns.contains($0.source.name) })
    {
      report(
        narrowing.keyNode, narrowing.path,
        "Nothing of \(narrowing.name) can be read in this scope: none of these columns has `select: true`.")
    }
    // Those that the scope itself adds are looked at where they stand.
    let required = table.source.requirements.map { $0.columns.map(\.text) } + inherited.map(\.columns)
    for names in required where !names.isEmpty && !names.contains(where: columns.contains) {
      report(
        narrowing.keyNode, narrowing.path,
        "No query could pass: the scope has none of the columns that one has to name: \(Compilation.list(names)).",
        help: "Add one of them.")
    }
  }
}
