import Dataverse
import YAMLFile

/// Scopes in the stage `resolve`: each with all that it inherits, from the outermost on.
extension Compilation {
  /// What names of tables and columns a scope may take from.
  private struct Sources {
    /// Columns by table, of the whole policy; in the order of the file.
    var columns: [String: [String]]
    var columnSets: [String: Set<String>]
    var scopes: [String: Int]
  }

  mutating func resolveScopes() {
    let sources = Sources(
      columns: Dictionary(source.tables.map { ($0.name, $0.columns.map(\.name)) }, uniquingKeysWith: { $1 }),
      columnSets: Dictionary(source.tables.map { ($0.name, Set($0.columns.map(\.name))) }, uniquingKeysWith: { $1 }),
      scopes: Dictionary(source.scopes.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first }))
    let base = source.tables.map { ScopeTable(name: $0.name) }
    var made: [ResolvedScope?] = Array(repeating: nil, count: source.scopes.count)
    for index in source.scopes.indices {
      guard let chain = chain(from: index, sources, isMade: { made[$0] != nil }) else { continue }
      for (place, parent) in chain {
        let scope = source.scopes[place]
        guard let parent else {
          made[place] = resolve(scope, tables: base, limits: source.limits, what: "`tables`", sources)
          continue
        }
        guard let inherited = made[parent] else { break }
        made[place] = resolve(
          scope, tables: inherited.tables, limits: inherited.limits, what: "the scope `\(inherited.source.name)`",
          sources)
      }
    }
    resolvedScopes = made.compactMap(\.self)
  }

  /// The scopes that have to be made for one, outermost first, each with its parent; `nil` when the chain leads nowhere.
  private func chain(
    from index: Int, _ sources: Sources, isMade: (Int) -> Bool
  ) -> [(place: Int, parent: Int?)]? {
    var chain: [(place: Int, parent: Int?)] = []
    var seen: Set<Int> = []
    var next: Int? = index
    while let place = next, !isMade(place) {
      let scope = source.scopes[place]
      guard seen.insert(place).inserted else {
        // Reported once for each scope: `index` is where this look began.
        if let parent = source.scopes[index].parent {
          reader.report(
            at: parent.node, path: parent.path, message: "These scopes inherit from one another in a circle.")
        }
        return nil
      }
      guard let parent = scope.parent else {
        chain.append((place, nil))
        break
      }
      guard let known = sources.scopes[parent.text] else {
        if place == index {
          let nearest = reader.nearest(to: parent.text, among: source.scopes.map(\.name))
          reader.report(
            at: parent.node, path: parent.path, message: "There is no scope `\(parent.text)`.",
            help: nearest.map { "Did you mean `\($0)`?" })
        }
        return nil
      }
      chain.append((place, known))
      next = known
    }
    return chain.reversed()
  }

  private func resolve(
    _ scope: PolicySource.ScopeSource, tables: [ScopeTable], limits: PolicyLimits, what: String, _ sources: Sources
  ) -> ResolvedScope {
    var resolved = ResolvedScope(
      source: scope, tables: narrowed(tables, by: scope, what: what, sources), limits: limits)
    for limit in scope.limits {
      let inherited = limits[keyPath: limit.field.value]
      if limit.value > inherited {
        reader.report(
          at: limit.node, path: limit.path,
          message: "A scope can only narrow: `\(limit.field.name)` is \(inherited) where this scope comes from.",
          help: "Give \(inherited) or less.")
      }
      resolved.limits[keyPath: limit.field.value] = min(inherited, limit.value)
    }
    let places = Dictionary(
      resolved.tables.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    for (table, filter) in scope.rowFilters {
      guard let place = place(of: table, places, resolved.tables), let index = resolvedIndex[table.text],
        let rowFilter = rowFilter(filter, index)
      else { continue }
      let inherited = resolved.tables[place].rowFilters
      resolved.addedRowFilters.append(
        AddedRowFilter(table: table.text, word: filter, filter: rowFilter, inherited: inherited))
      if !inherited.contains(rowFilter) { resolved.tables[place].rowFilters.append(rowFilter) }
    }
    for (table, requirements) in scope.requirements {
      guard let place = place(of: table, places, resolved.tables), let index = resolvedIndex[table.text] else {
        continue
      }
      for source in requirements {
        resolve(source, in: self.resolved[index])
        let requirement = Requirement(columns: source.columns.map(\.text))
        if !resolved.tables[place].requirements.contains(requirement) {
          resolved.tables[place].requirements.append(requirement)
        }
      }
    }
    return resolved
  }

  /// Where a table of `rowFilters` or `requires` is in its scope; reported when it is not there.
  private func place(of table: PolicySource.Word, _ places: [String: Int], _ tables: [ScopeTable]) -> Int? {
    if let place = places[table.text] { return place }
    let nearest = reader.nearest(to: table.text, among: tables.map(\.name))
    reader.report(
      at: table.node, path: table.path, message: "This never applies: `\(table.text)` is not in this scope.",
      help: nearest.map { "Did you mean `\($0)`?" })
    return nil
  }

  private func narrowed(
    _ tables: [ScopeTable], by scope: PolicySource.ScopeSource, what: String, _ sources: Sources
  ) -> [ScopeTable] {
    guard let narrowings = scope.tables else { return tables }
    let places = Dictionary(tables.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    return narrowings.compactMap { narrowing in
      guard let place = places[narrowing.name] else {
        let nearest = reader.nearest(to: narrowing.name, among: tables.map(\.name))
        reader.report(
          at: narrowing.keyNode, path: narrowing.path,
          message: "A scope can only narrow: `\(narrowing.name)` is not in \(what).",
          help: nearest.map { "Did you mean `\($0)`?" })
        return nil
      }
      var table = tables[place]
      guard let columns = narrowing.columns else { return table }
      let inherited = table.columns ?? sources.columnSets[table.name] ?? []
      for (index, column) in columns.enumerated() where !inherited.contains(column.name) {
        let names = (sources.columns[table.name] ?? []).filter(inherited.contains)
        let nearest = reader.nearest(to: column.name, among: names)
        reader.report(
          at: column.node, path: "\(narrowing.path)[\(index)]",
          message: "A scope can only narrow: \(what) has no `\(column.name)` in `\(narrowing.name)`.",
          help: nearest.map { "Did you mean `\($0)`?" })
      }
      table.columns = inherited.intersection(columns.map(\.name))
      return table
    }
  }
}
