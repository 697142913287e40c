import Dataverse

/// Checks on what can never be asked for by name: legacy names of declared columns, and annotations.
extension Compilation {
  /// The legacy names that the file gives: each has to be one, and only one column's.
  func checkDisplayNames(of table: ResolvedTable) {
    let declared = table.columns.filter { $0.source.displayName != nil && $0.source.type != nil }
    guard !declared.isEmpty else { return }
    let given = Set(declared.map(\.column.propertyName))
    // In lower case: the legacy API compares names without case.
    var taken: [String: String] = [:]
    for column in table.table.columns
    where !given.contains(column.propertyName) && column.hasLegacyName(in: table.table) {
      taken[column.legacyName] = column.propertyName
    }
    for column in declared {
      guard let word = column.source.displayName else { continue }
      let name = word.text.lowercased()
      if !word.text.isIdentifier {
        report(
          word.node, word.path, "This is no name that a query could have.",
          help: "Write letters, digits and `_`, no digit first, 128 characters at most.")
      } else if let other = taken[name] {
        report(
          word.node, word.path, "`\(other)` has this name in the legacy API already; case makes no difference.",
          help: "Give each column a name of its own.")
      } else if !column.column.canHaveLegacyName(name) {
        report(
          word.node, word.path,
          "This never applies: in the legacy API the column has the name `\(column.column.bareName)`, in any case.",
          help: "Write that name, with its capitals; the mapping of the legacy API can give any other.")
      }
      taken[name] = taken[name] ?? column.column.propertyName
    }
  }

  /// Whether `annotations` has a term besides that for the tags of rows.
  var namesTerms: Bool { !source.annotations.subtracting([JudgingManner.tagTerm]).isEmpty }

  /// Terms that nobody can ask for. Tags of rows come without being asked for.
  func checkAnnotations() {
    let preference = "odata.include-annotations"
    guard namesTerms, !source.preferences.contains(preference), let node = source.annotationsNode else { return }
    report(
      node, "annotations",
      "This never applies: callers ask for annotations by the preference `\(preference)`, which is not in `prefer`.",
      help: "Add it to `prefer`, or leave `annotations` out.")
  }
}

extension Column {
  private static let prefix = "msdynci_"

  /// Without the publisher's prefix.
  fileprivate var bareName: String {
    logicalName.hasPrefix(Column.prefix) && logicalName != Column.prefix
      ? String(logicalName.dropFirst(Column.prefix.count)) : logicalName
  }

  /// The name in the legacy API where nothing else is said, in lower case.
  fileprivate var legacyName: String { bareName.lowercased() }

  /// Customer Insights publishes the legacy name as display name, and the logical name is made of it: it differs in case
  /// and by a prefix. Which prefix there is, is said by the mapping.
  fileprivate func canHaveLegacyName(_ name: String) -> Bool {
    logicalName == name || logicalName.hasSuffix("_\(name)")
  }

  /// The legacy API had neither system columns, lookups nor the keys of rows.
  fileprivate func hasLegacyName(in table: Table) -> Bool {
    if case .lookup = type { return false }
    return !isSystem && propertyName != table.primaryKey
  }
}

extension String {
  /// A letter or `_`, then letters, digits and `_`; 128 characters at most (ABNF `odataIdentifier`).
  fileprivate var isIdentifier: Bool {
    guard let first = unicodeScalars.first, unicodeScalars.count <= 128 else { return false }
    func isLetter(_ scalar: Unicode.Scalar) -> Bool { scalar == "_" || scalar.properties.isAlphabetic }
    return isLetter(first)
      && unicodeScalars.dropFirst().allSatisfy {
        isLetter($0) || $0.properties.generalCategory == .decimalNumber
      }
  }
}
