import Dataverse
import YAMLFile

/// What the file says of the names of one table's columns, or of one entity's.
struct ColumnNames {
  /// Property name → legacy name, with its place.
  var names: [String: (text: String, node: YAMLNode)] = [:]
  /// Alias in lower case → property name.
  var aliases: [String: String] = [:]

  /// These names; where they say nothing, those of the table.
  func over(_ table: ColumnNames) -> ColumnNames {
    ColumnNames(
      names: table.names.merging(names) { _, own in own }, aliases: table.aliases.merging(aliases) { _, own in own })
  }

  /// The legacy name of each column that is shown.
  ///
  /// A name that the file gives wins. Otherwise it is the DisplayName where that differs from the logical name in case
  /// alone, which is how Customer Insights publishes them, and the logical name without its prefix where somebody has
  /// renamed it; where another column has that already, the whole logical name.
  /// - Parameter report: is told of names that two columns would have.
  func legacyNames(
    of shown: [Column], prefix: String, report: (_ node: YAMLNode?, _ message: String) -> Void
  ) -> [String: String] {
    var result: [String: String] = [:]
    var taken: Set<String> = []
    for column in shown {
      guard let given = names[column.propertyName] else { continue }
      result[column.propertyName] = given.text
      if !taken.insert(given.text.lowercased()).inserted {
        report(given.node, "Two columns are named `\(given.text)`; names are compared without case.")
      }
    }
    for column in shown where result[column.propertyName] == nil {
      let usual = ColumnNames.legacyName(of: column, prefix: prefix)
      let name = taken.contains(usual.lowercased()) ? column.logicalName : usual
      result[column.propertyName] = name
      if !taken.insert(name.lowercased()).inserted {
        report(
          names.values.first { $0.text.lowercased() == name.lowercased() }?.node, "Two columns are named `\(name)`.")
      }
    }
    return result
  }

  /// The name that a column has without a word of the file.
  static func legacyName(of column: Column, prefix: String) -> String {
    let name = column.logicalName
    let bare = name.hasPrefix(prefix) && name != prefix ? String(name.dropFirst(prefix.count)) : name
    return column.displayName.lowercased() == bare ? column.displayName : bare
  }

  /// Names of entities and properties: a letter or `_`, then letters, digits and `_`, 128 characters at most (OData
  /// identifiers), so that every URL can hold them.
  static func isIdentifier(_ text: String) -> Bool {
    guard let first = text.unicodeScalars.first, text.unicodeScalars.count <= 128 else { return false }
    func isLetter(_ scalar: Unicode.Scalar) -> Bool { scalar == "_" || scalar.properties.isAlphabetic }
    return isLetter(first)
      && text.unicodeScalars.dropFirst().allSatisfy {
        isLetter($0) || $0.properties.generalCategory == .decimalNumber
      }
  }
}
