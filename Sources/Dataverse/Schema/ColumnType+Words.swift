extension ColumnType {
  /// The primitive type of its property (CSDL 4.0, section 4.4). Several column types share one.
  package var primitiveType: String {
    switch self {
    case .text, .memo, .choices: "Edm.String"
    case .uniqueIdentifier, .lookup: "Edm.Guid"
    case .dateTime: "Edm.DateTimeOffset"
    case .dateOnly: "Edm.Date"
    case .wholeNumber, .choice: "Edm.Int32"
    case .bigInt: "Edm.Int64"
    case .decimal, .money: "Edm.Decimal"
    case .double: "Edm.Double"
    case .boolean: "Edm.Boolean"
    case .file, .image: "Edm.Binary"
    }
  }

  /// Its word of `AttributeTypeCode`, the `AttributeType` of table definitions. Several column types share one.
  package var attributeTypeCode: String {
    switch self {
    case .text: "String"
    case .memo: "Memo"
    case .uniqueIdentifier: "Uniqueidentifier"
    case .dateTime, .dateOnly: "DateTime"
    case .wholeNumber: "Integer"
    case .bigInt: "BigInt"
    case .decimal: "Decimal"
    case .money: "Money"
    case .double: "Double"
    case .boolean: "Boolean"
    case .choice: "Picklist"
    case .choices, .file, .image: "Virtual"
    case .lookup: "Lookup"
    }
  }
}
