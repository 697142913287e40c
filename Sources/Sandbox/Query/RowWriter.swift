import Dataverse
import SQLite

/// Writes rows as the service does: the tag first, an annotation before its property, `null` for what is empty.
struct RowWriter {
  private(set) var bytes: [UInt8] = []
  /// Index of the primary key among the columns.
  let keyIndex: Int
  private let table: Table
  private let columns: [Column]
  private let names: [[UInt8]]
  private let versionIndex: Int?
  /// The version was read for the tag alone and is no member of the row.
  private let hidesVersion: Bool
  private let formatted: Bool
  private let lookupNames: Bool
  /// The columns that they start from are read behind ``columns``, in the same order.
  private let expansions: [Expansion]
  private var rows = 0

  private static let formattedTerm = "OData.Community.Display.V1.FormattedValue"
  private static let lookupTerm = "Microsoft.Dynamics.CRM.lookuplogicalname"

  init(
    table: Table, columns: [Column], hidesVersion: Bool, preferences: SandboxPreferences, expansions: [Expansion]
  ) {
    self.table = table
    self.expansions = expansions
    self.hidesVersion = hidesVersion
    self.columns = columns
    names = columns.map { Array("\"\($0.propertyName)\":".utf8) }
    keyIndex = columns.firstIndex { $0.logicalName == table.primaryKey } ?? 0
    versionIndex = columns.firstIndex { $0.logicalName == "versionnumber" }
    formatted = preferences.includes(RowWriter.formattedTerm)
    lookupNames = preferences.includes(RowWriter.lookupTerm)
  }

  mutating func begin(context: String) {
    bytes += "{\"@odata.context\":".utf8
    bytes += SandboxJSON.string(context)
  }

  mutating func count(_ count: Int) { bytes += ",\"@odata.count\":\(count)".utf8 }

  mutating func write(_ row: Statement) throws {
    bytes += (rows == 0 ? ",\"value\":[{" : ",{").utf8
    rows += 1
    try members(row)
    bytes.append(UInt8(ascii: "}"))
  }

  /// A row by itself, apart from what was written so far.
  mutating func object(_ row: Statement) throws -> [UInt8] {
    bytes = [UInt8(ascii: "{")]
    try members(row)
    bytes.append(UInt8(ascii: "}"))
    return bytes
  }

  /// - Returns: the row's tag.
  mutating func write(_ row: Statement, context: String) throws -> String {
    begin(context: context)
    bytes.append(UInt8(ascii: ","))
    try members(row)
    bytes.append(UInt8(ascii: "}"))
    return tag(row)
  }

  mutating func end(nextLink: String?) {
    bytes += (rows == 0 ? ",\"value\":[]" : "]").utf8
    if let nextLink {
      bytes += ",\"@odata.nextLink\":".utf8
      bytes += SandboxJSON.string(nextLink)
    }
    bytes.append(UInt8(ascii: "}"))
  }

  private func tag(_ row: Statement) -> String { "W/\"\(versionIndex.map { row.integer($0) } ?? 0)\"" }

  private mutating func members(_ row: Statement) throws {
    bytes += "\"@odata.etag\":".utf8
    bytes += SandboxJSON.string(tag(row))
    for (index, column) in columns.enumerated() where !hidesVersion || index != versionIndex {
      let isNull = row.isNull(index)
      if !isNull { annotate(row, index, column) }
      bytes.append(UInt8(ascii: ","))
      bytes += names[index]
      if isNull {
        bytes += "null".utf8
      } else {
        bytes += RowWriter.value(row, index, column)
      }
    }
    for (index, expansion) in expansions.enumerated() {
      bytes.append(UInt8(ascii: ","))
      let source = columns.count + index
      try expansion.write(row.isNull(source) ? nil : row.text(source), to: &bytes)
    }
  }

  /// JSON of a value that is not null.
  static func value(_ row: Statement, _ index: Int, _ column: Column) -> [UInt8] {
    switch column.type {
    case .decimal, .money: Array(Digits.hundredths(Int(row.integer(index))).utf8)
    case .wholeNumber, .bigInt, .choice: Array(String(row.integer(index)).utf8)
    case .boolean: Array((row.integer(index) == 0 ? "false" : "true").utf8)
    case .double: Array(String(row.real(index)).utf8)
    case .text, .memo, .uniqueIdentifier, .lookup, .dateTime, .dateOnly, .choices, .file, .image:
      SandboxJSON.string(row.text(index))
    }
  }

  private mutating func annotate(_ row: Statement, _ index: Int, _ column: Column) {
    if formatted, let text = format(row, index, column) {
      annotation(column, RowWriter.formattedTerm, text)
    }
    if lookupNames, case .lookup(let target) = column.type { annotation(column, RowWriter.lookupTerm, target) }
  }

  private mutating func annotation(_ column: Column, _ term: String, _ text: String) {
    bytes += ",\"\(column.propertyName)@\(term)\":".utf8
    bytes += SandboxJSON.string(text)
  }

  private func format(_ row: Statement, _ index: Int, _ column: Column) -> String? {
    switch column.type {
    case .dateTime, .dateOnly: String(row.text(index).map { $0 == "T" ? " " : $0 }.filter { $0 != "Z" })
    case .decimal: Digits.hundredths(Int(row.integer(index)))
    case .wholeNumber, .bigInt: String(row.integer(index))
    case .boolean: row.integer(index) == 0 ? "No" : "Yes"
    case .lookup: "Record \(row.text(index).prefix(8))"
    default: nil
    }
  }
}

enum SandboxJSON {
  /// A JSON string (RFC 8259, section 7), UTF-8.
  static func string(_ text: String) -> [UInt8] {
    var out: [UInt8] = [UInt8(ascii: "\"")]
    out.reserveCapacity(text.utf8.count + 2)
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): out += [UInt8(ascii: "\\"), byte]
      case 0x00..<0x20:
        let hex = String(byte, radix: 16)
        out += "\\u00\(hex.count == 1 ? "0" : "")\(hex)".utf8
      default: out.append(byte)
      }
    }
    out.append(UInt8(ascii: "\""))
    return out
  }
}
