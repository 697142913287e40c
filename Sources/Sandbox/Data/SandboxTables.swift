import Dataverse

/// The SQL side of the schema: names come from it alone, never from a request.
enum SandboxTables {
  static func quoted(_ name: String) -> String {
    "\"\(name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\""))\""
  }

  /// How a column's text compares without case: by SQLite itself where the data is ASCII, by ``TextFolding`` where names
  /// of people and places are.
  static func isUnicode(_ column: Column, of table: Table) -> Bool {
    guard column.type == .text || column.type == .memo else { return false }
    return table.logicalName == "msdynci_customerprofile" && !column.logicalName.hasSuffix("id") && !column.isSystem
  }

  static func definition(of table: Table) -> String {
    let columns = table.columns.map { column in
      let name = quoted(column.propertyName)
      switch column.logicalName {
      case table.primaryKey: return "\(name) TEXT NOT NULL PRIMARY KEY COLLATE NOCASE"
      // The same on every row, as far as any query can tell.
      case "createdon", "modifiedon": return "\(name) TEXT DEFAULT '2026-01-05T03:00:00Z'"
      case "ownerid": return "\(name) TEXT COLLATE NOCASE DEFAULT '5a7f0000-0000-5000-8000-0000000000aa'"
      case "owningbusinessunit": return "\(name) TEXT COLLATE NOCASE DEFAULT '5a7f0000-0000-5000-8000-0000000000bb'"
      case "partitionid": return "\(name) TEXT COLLATE NOCASE DEFAULT 'CustomerInsights'"
      case "versionnumber": return "\(name) INTEGER DEFAULT 1048577"
      default: break
      }
      switch column.type {
      case .text, .memo, .uniqueIdentifier, .lookup, .choices, .file, .image: return "\(name) TEXT COLLATE NOCASE"
      case .dateTime, .dateOnly: return "\(name) TEXT"
      case .wholeNumber, .bigInt, .boolean, .choice, .decimal, .money: return "\(name) INTEGER"
      case .double: return "\(name) REAL"
      }
    }
    return "CREATE TABLE \(quoted(table.logicalName)) (\(columns.joined(separator: ", "))) WITHOUT ROWID"
  }
}

/// Text without case, for comparison.
enum TextFolding {
  static func folded(_ text: String) -> String { text.lowercased() }
}
