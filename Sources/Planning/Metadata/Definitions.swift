import Dataverse
import JSONStream
import ODataURL
import Policy

/// Properties of `EntityMetadata` that are served, in the order of answers.
enum TableDefinition: String, CaseIterable {
  case metadataID = "MetadataId"
  case logicalName = "LogicalName"
  case schemaName = "SchemaName"
  case entitySetName = "EntitySetName"
  case logicalCollectionName = "LogicalCollectionName"
  case displayName = "DisplayName"
  case primaryID = "PrimaryIdAttribute"
  case primaryName = "PrimaryNameAttribute"
  case tableType = "TableType"
  case isPrivate = "IsPrivate"

  static let comparable: [String: DefinitionFilter.Kind] = [
    logicalName.rawValue: .text, schemaName.rawValue: .text, entitySetName.rawValue: .text,
    logicalCollectionName.rawValue: .text, isPrivate.rawValue: .boolean,
  ]
}

/// Properties of `AttributeMetadata` that are served, in the order of answers.
enum ColumnDefinition: String, CaseIterable {
  case metadataID = "MetadataId"
  case logicalName = "LogicalName"
  case schemaName = "SchemaName"
  case entityLogicalName = "EntityLogicalName"
  case attributeType = "AttributeType"
  case attributeOf = "AttributeOf"
  case displayName = "DisplayName"
  case isPrimaryID = "IsPrimaryId"
  case isPrimaryName = "IsPrimaryName"
  case isValidForRead = "IsValidForRead"
  case isValidODataAttribute = "IsValidODataAttribute"

  static let comparable: [String: DefinitionFilter.Kind] = [
    logicalName.rawValue: .text, schemaName.rawValue: .text, isPrimaryID.rawValue: .boolean,
    isPrimaryName.rawValue: .boolean, isValidForRead.rawValue: .boolean, isValidODataAttribute.rawValue: .boolean,
  ]
}

/// A value of a definition.
private enum DefinitionValue {
  case null
  case literal(Literal)
  case label(String)

  static func text(_ text: String) -> DefinitionValue { .literal(.string(text)) }
  static func bool(_ value: Bool) -> DefinitionValue { .literal(.boolean(value)) }

  var literal: Literal? {
    if case .literal(let literal) = self { literal } else { nil }
  }

  func write(_ out: inout JSONWriter) {
    switch self {
    case .null: out.null()
    case .literal(.string(let text)): out.string(text)
    case .literal(.boolean(let value)): out.bool(value)
    case .literal(let other): out.string(Expression(.literal(other)).printed())
    case .label(let text):
      out.beginObject()
      out.name("LocalizedLabels")
      out.beginArray()
      DefinitionValue.write(label: text, &out)
      out.endArray()
      out.name("UserLocalizedLabel")
      DefinitionValue.write(label: text, &out)
      out.endObject()
    }
  }

  private static func write(label: String, _ out: inout JSONWriter) {
    out.beginObject()
    out.name("Label")
    out.string(label)
    out.name("LanguageCode")
    // Of the labels that the gateway reads; it keeps one.
    out.integer(1033)
    out.endObject()
  }
}

/// `EntityDefinitions` and `Attributes` as Dataverse writes them, from what a scope may use.
struct Definitions {
  let scope: ServedScope
  /// The service root on our side.
  let root: String

  func tables(select: [String]?, filter: DefinitionFilter?) -> [UInt8] {
    let found = scope.tables.filter { table in
      filter?.matches { name in TableDefinition(rawValue: name).flatMap { value($0, of: table).literal } } ?? true
    }
    var out = JSONWriter()
    out.beginObject()
    context("EntityDefinitions\(columns(select))", &out)
    out.name("value")
    out.beginArray()
    for table in found {
      out.beginObject()
      write(table, select, &out)
      out.endObject()
    }
    out.endArray()
    out.endObject()
    return out.take()
  }

  func table(_ table: VisibleTable, select: [String]?) -> [UInt8] {
    var out = JSONWriter()
    out.beginObject()
    context("EntityDefinitions\(columns(select))/$entity", &out)
    write(table, select, &out)
    out.endObject()
    return out.take()
  }

  func columns(of table: VisibleTable, select: [String]?, filter: DefinitionFilter?) -> [UInt8] {
    let found = table.columns.filter { column in
      filter?.matches { name in
        ColumnDefinition(rawValue: name).flatMap { value($0, of: column, in: table).literal }
      } ?? true
    }
    var out = JSONWriter()
    out.beginObject()
    context("EntityDefinitions('\(table.table.logicalName)')/Attributes\(columns(select))", &out)
    out.name("value")
    out.beginArray()
    for column in found {
      out.beginObject()
      out.name("@odata.type")
      out.string("#Microsoft.Dynamics.CRM.\(column.column.definitionType)AttributeMetadata")
      for property in ColumnDefinition.allCases where property == .metadataID || isWanted(property.rawValue, select) {
        out.name(property.rawValue)
        value(property, of: column, in: table).write(&out)
      }
      out.endObject()
    }
    out.endArray()
    out.endObject()
    return out.take()
  }

  private func context(_ fragment: String, _ out: inout JSONWriter) {
    out.name("@odata.context")
    out.string("\(root)$metadata#\(fragment)")
  }

  private func columns(_ select: [String]?) -> String { select.map { "(\($0.joined(separator: ",")))" } ?? "" }

  /// `MetadataId` comes in any case, as it does from Dataverse.
  private func write(_ table: VisibleTable, _ select: [String]?, _ out: inout JSONWriter) {
    for property in TableDefinition.allCases where property == .metadataID || isWanted(property.rawValue, select) {
      out.name(property.rawValue)
      value(property, of: table).write(&out)
    }
  }

  private func isWanted(_ property: String, _ select: [String]?) -> Bool { select?.contains(property) ?? true }

  private func value(_ property: TableDefinition, of visible: VisibleTable) -> DefinitionValue {
    let table = visible.table
    switch property {
    case .metadataID: return .literal(.guid(DefinitionID.table(table)))
    // The schema keeps no second spelling; the tables of Customer Insights have none.
    case .logicalName, .schemaName: return .text(table.logicalName)
    case .entitySetName, .logicalCollectionName: return .text(table.entitySetName)
    case .displayName:
      // Dataverse gives the key column the display name of its table.
      return .label(table.column(table.primaryKey)?.displayName ?? table.logicalName)
    case .primaryID: return .text(table.primaryKey)
    case .primaryName:
      return visible.rule.column(table.primaryName)?.isUsable == true ? .text(table.primaryName) : .null
    case .tableType: return .text(table.kind.tableType)
    case .isPrivate: return .bool(false)
    }
  }

  private func value(
    _ property: ColumnDefinition, of rule: ColumnRule, in visible: VisibleTable
  ) -> DefinitionValue {
    let (column, table) = (rule.column, visible.table)
    switch property {
    case .metadataID: return .literal(.guid(DefinitionID.column(column, of: table)))
    case .logicalName, .schemaName: return .text(column.logicalName)
    case .entityLogicalName: return .text(table.logicalName)
    case .attributeType: return .text(column.type.attributeTypeCode)
    case .attributeOf: return .null
    case .displayName: return .label(column.displayName)
    case .isPrimaryID: return .bool(column.propertyName == table.primaryKey)
    case .isPrimaryName: return .bool(column.propertyName == table.primaryName)
    case .isValidForRead: return .bool(rule.isSelectable)
    case .isValidODataAttribute: return .bool(true)
    }
  }
}

extension TableKind {
  /// The word of `EntityMetadata.TableType`.
  fileprivate var tableType: String {
    switch self {
    case .standard: "Standard"
    case .elastic: "Elastic"
    case .virtual: "Virtual"
    }
  }
}

extension Column {
  /// What the type of the definition begins with: that of the column, but for types that are newer than the codes.
  fileprivate var definitionType: String {
    switch type {
    case .choices: "MultiSelectPicklist"
    case .file: "File"
    case .image: "Image"
    case .uniqueIdentifier: "UniqueIdentifier"
    default: type.attributeTypeCode
    }
  }
}
