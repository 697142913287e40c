import Dataverse

/// Checks on alternate keys: those that no query could name.
extension Compilation {
  func checkKeys(of table: ResolvedTable) {
    guard table.columns.count == table.source.columns.count else { return }
    var seen: Set<Set<String>> = []
    for key in table.source.alternateKeys {
      let names = Set(key.columns.map(\.text))
      // What the table cannot have is said already.
      guard table.table.keys.contains(names) else { continue }
      if !seen.insert(names).inserted {
        report(key.node, key.path, "This key stands twice.")
      } else if !table.options.options.contains(.key) {
        report(
          key.node, key.path, "This never applies: `key` is not in `options`.", help: "Put `key` into `options`.")
      } else if let word = key.columns.first(where: { table.column($0.text)?.source.names("eq") != true }) {
        report(
          word.node, word.path,
          "This never applies: no query can name `\(word.text)`, which has no `eq` in a `filter` in `columns`.",
          help: "Put `\(word.text)` there with `filter: [eq]`.")
      }
    }
  }
}

extension Compilation.ResolvedTable {
  /// Columns of keys that a query can name: all their columns can be compared by `eq`. `nil` where a column of the file is
  /// not known, so that too little is.
  var keyColumns: Set<String>? {
    guard columns.count == source.columns.count else { return nil }
    let named = Set(columns.filter { $0.source.names("eq") }.map(\.column.propertyName))
    return table.keys.filter(named.isSuperset).reduce(into: []) { $0.formUnion($1) }
  }
}
