import Dataverse
import ODataURL

/// `$metadata`, the service document and the table definitions.
enum SandboxMetadata {
  /// CSDL 4.0 in XML.
  static func csdl(_ schema: Schema) -> [UInt8] {
    var out = """
      <?xml version="1.0" encoding="utf-8"?>
      <edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>\
      <Schema Namespace="Microsoft.Dynamics.CRM" Alias="mscrm" xmlns="http://docs.oasis-open.org/odata/ns/edm">\
      <EntityType Name="crmbaseentity" Abstract="true" />
      """
    for table in schema.tables {
      out += "<EntityType Name=\"\(table.logicalName)\" BaseType=\"mscrm.crmbaseentity\">"
      out += "<Key><PropertyRef Name=\"\(table.primaryKey)\" /></Key>"
      for column in table.columns {
        out += "<Property Name=\"\(column.propertyName)\" Type=\"\(column.type.primitiveType)\""
        if let length = column.maxLength { out += " MaxLength=\"\(length)\"" }
        if column.type == .decimal { out += " Scale=\"2\"" }
        out += column.logicalName == table.primaryKey ? " Nullable=\"false\" />" : " />"
      }
      for navigation in table.navigations { out += element(navigation, of: table, schema) }
      out += "</EntityType>"
    }
    out += "<EntityContainer Name=\"System\">"
    for table in schema.tables {
      out += "<EntitySet Name=\"\(table.entitySetName)\" EntityType=\"Microsoft.Dynamics.CRM.\(table.logicalName)\">"
      for navigation in table.navigations {
        guard let target = schema.table(named: navigation.target) else { continue }
        out += "<NavigationPropertyBinding Path=\"\(navigation.name)\" Target=\"\(target.entitySetName)\" />"
      }
      out += "</EntitySet>"
    }
    out += "</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>"
    return Array(out.utf8)
  }

  /// A navigation property with its way back; nothing for one that leads to a table that is not here.
  private static func element(_ navigation: NavigationProperty, of table: Table, _ schema: Schema) -> String {
    guard let target = schema.table(named: navigation.target) else { return "" }
    let type = "mscrm.\(target.logicalName)"
    let back = target.navigations.first {
      $0.target == table.logicalName && $0.isCollection != navigation.isCollection
    }
    let partner = back.map { " Partner=\"\($0.name)\"" } ?? ""
    let start = "<NavigationProperty Name=\"\(navigation.name)\""
    guard !navigation.isCollection, let lookup = navigation.lookup else {
      return "\(start) Type=\"\(navigation.isCollection ? "Collection(\(type))" : type)\"\(partner) />"
    }
    return "\(start) Type=\"\(type)\" Nullable=\"true\"\(partner)>"
      + "<ReferentialConstraint Property=\"_\(lookup)_value\" ReferencedProperty=\"\(target.primaryKey)\" />"
      + "</NavigationProperty>"
  }

  static func serviceDocument(_ schema: Schema, origin: String) -> [UInt8] {
    let sets = schema.tables.map { table in
      "{\"name\":\"\(table.entitySetName)\",\"kind\":\"EntitySet\",\"url\":\"\(table.entitySetName)\"}"
    }
    return Array(
      "{\"@odata.context\":\"\(origin)/api/data/v9.2/$metadata\",\"value\":[\(sets.joined(separator: ","))]}".utf8)
  }

  /// `EntityDefinitions`, one definition, or the attributes of one.
  static func definitions(_ uri: RelativeURI, schema: Schema, origin: String) throws(DataverseError) -> [UInt8] {
    guard case .name(_, let keys)? = uri.path.first?.kind else {
      throw SandboxRefusal.unknownSegment("EntityDefinitions")
    }
    let select = uri.options.select?.value.compactMap(\.path.first)
    let root = "\(origin)/api/data/v9.2/$metadata#EntityDefinitions"
    guard let keys else {
      let name = try filteredName(uri.options.filter?.value)
      let tables = schema.tables.filter { name == nil || $0.logicalName == name }
      return Array(
        "{\"@odata.context\":\"\(root)\",\"value\":[\(tables.map { definition($0, select) }.joined(separator: ","))]}"
          .utf8)
    }
    guard case .compound(let arguments) = keys, arguments.count == 1, arguments[0].name == "LogicalName",
      case .literal(.string(let name)) = arguments[0].value[arguments[0].value.root],
      let table = schema.table(named: name)
    else {
      throw DataverseError(status: 404, code: "0x80060888", message: "Could not find an entity with the given key.")
    }
    guard uri.path.count > 1 else {
      let body = definition(table, select)
      return Array("{\"@odata.context\":\"\(root)/$entity\",\(body.dropFirst())".utf8)
    }
    guard uri.path.count == 2, case .name("Attributes", keys: nil) = uri.path[1].kind else {
      throw SandboxRefusal.unsupported("Only Attributes are part of the sandbox.")
    }
    let rows = table.columns.map { attribute($0, of: table, select) }
    return Array(
      "{\"@odata.context\":\"\(root)('\(name)')/Attributes\",\"value\":[\(rows.joined(separator: ","))]}".utf8)
  }

  private static func filteredName(_ filter: Expression?) throws(DataverseError) -> String? {
    guard let filter else { return nil }
    guard case .binary(.eq, let left, let right) = filter[filter.root],
      case .member(base: nil, "LogicalName") = filter[left], case .literal(.string(let name)) = filter[right]
    else { throw SandboxRefusal.unsupported("Only LogicalName eq '…' is part of the sandbox.") }
    return name
  }

  private static func object(_ members: [(String, String)], _ select: [String]?) -> String {
    let kept = members.filter { select?.contains($0.0) ?? true }
    return "{" + kept.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}"
  }

  private static func text(_ value: String) -> String { String(decoding: SandboxJSON.string(value), as: UTF8.self) }

  private static func label(_ value: String) -> String {
    let label = "{\"Label\":\(text(value)),\"LanguageCode\":1033,\"IsManaged\":true,\"HasChanged\":null}"
    return "{\"LocalizedLabels\":[\(label)],\"UserLocalizedLabel\":\(label)}"
  }

  private static func definition(_ table: Table, _ select: [String]?) -> String {
    object(
      [
        ("MetadataId", text(DerivedGUID.text("table|\(table.logicalName)"))),
        ("LogicalName", text(table.logicalName)), ("SchemaName", text(table.logicalName)),
        ("EntitySetName", text(table.entitySetName)), ("PrimaryIdAttribute", text(table.primaryKey)),
        ("PrimaryNameAttribute", text(table.primaryName)),
        ("TableType", text(table.kind.rawValue.prefix(1).uppercased() + table.kind.rawValue.dropFirst())),
        ("DataProviderId", "null"),
      ], select.map { $0 + ["MetadataId"] })
  }

  private static func attribute(_ column: Column, of table: Table, _ select: [String]?) -> String {
    object(
      [
        ("@odata.type", text("#Microsoft.Dynamics.CRM.\(column.type.attributeTypeCode)AttributeMetadata")),
        ("LogicalName", text(column.logicalName)), ("SchemaName", text(column.logicalName)),
        ("AttributeType", text(column.type.attributeTypeCode)), ("DisplayName", label(column.displayName)),
        ("AttributeOf", "null"), ("SourceType", column.isComputed ? "1" : "0"),
        ("IsPrimaryId", column.logicalName == table.primaryKey ? "true" : "false"),
        ("MetadataId", text(DerivedGUID.text("column|\(table.logicalName)|\(column.logicalName)"))),
      ], select.map { $0 + ["MetadataId", "@odata.type"] })
  }
}
