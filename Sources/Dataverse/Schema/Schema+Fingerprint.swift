extension Schema {
  /// 32 hex digits (FNV-1a, 128 bits) over every field of every table and column.
  ///
  /// The order of the tables does not matter; the order of columns does, since `$select` is injected in that order.
  /// Not a cryptographic hash: it tells schemas apart that differ by accident, not by malice.
  package static func fingerprint(of tables: [Table]) -> String {
    var hash = Fingerprint()
    for table in tables.sorted(by: { $0.logicalName < $1.logicalName }) {
      hash.add(table.logicalName)
      hash.add(table.entitySetName)
      hash.add(table.primaryKey)
      hash.add(table.primaryName)
      hash.add(table.kind.rawValue)
      hash.add(String(table.columns.count))
      for column in table.columns {
        hash.add(column.logicalName)
        hash.add(column.type.name)
        if case .lookup(let target) = column.type { hash.add(target) }
        hash.add(column.displayName)
        hash.add(column.maxLength.map(String.init) ?? "")
        hash.add(column.isSystem ? "system" : "")
        hash.add(column.isComputed ? "computed" : "")
      }
      hash.add(String(table.navigations.count))
      for navigation in table.navigations {
        hash.add(navigation.name)
        hash.add(navigation.target)
        hash.add(navigation.isCollection ? "collection" : "single")
        hash.add(navigation.lookup ?? "")
        hash.add(navigation.isManyToMany ? "many" : "")
      }
      hash.add(String(table.alternateKeys.count))
      for key in table.alternateKeys {
        hash.add(key.name)
        hash.add(String(key.columns.count))
        for column in key.columns { hash.add(column) }
      }
    }
    let digits = String(hash.value, radix: 16)
    return String(repeating: "0", count: 32 - digits.count) + digits
  }
}

/// FNV-1a of 128 bits over length-prefixed fields, so that no two lists of fields run together.
private struct Fingerprint {
  private(set) var value: UInt128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d

  mutating func add(_ field: String) {
    var length = UInt32(truncatingIfNeeded: field.utf8.count)
    for _ in 0..<4 {
      add(UInt8(truncatingIfNeeded: length))
      length >>= 8
    }
    for byte in field.utf8 { add(byte) }
  }

  private mutating func add(_ byte: UInt8) {
    value ^= UInt128(byte)
    value = value &* 0x0000_0000_0100_0000_0000_0000_0000_013b
  }
}

extension ColumnType {
  /// The word for this type in policies and messages.
  package var name: String {
    switch self {
    case .text: "text"
    case .memo: "memo"
    case .uniqueIdentifier: "uniqueIdentifier"
    case .dateTime: "dateTime"
    case .dateOnly: "dateOnly"
    case .wholeNumber: "wholeNumber"
    case .bigInt: "bigInt"
    case .decimal: "decimal"
    case .double: "double"
    case .boolean: "boolean"
    case .money: "money"
    case .choice: "choice"
    case .choices: "choices"
    case .file: "file"
    case .image: "image"
    case .lookup: "lookup"
    }
  }

  /// The types that need nothing but their name.
  package static let simple: [ColumnType] = [
    .text, .memo, .uniqueIdentifier, .dateTime, .dateOnly, .wholeNumber, .bigInt, .decimal, .double, .money, .boolean,
    .choice, .choices, .file, .image,
  ]
}
