/// Names that stand in CSDL documents: of Dataverse, of vocabularies, and of this program's own terms.
package enum CSDLNames {
  /// XML namespace of the wrapper (CSDL 4.0, section 2.1).
  static let edmx = "http://docs.oasis-open.org/odata/ns/edmx"
  /// XML namespace of everything inside (CSDL 4.0, section 2.2).
  static let edm = "http://docs.oasis-open.org/odata/ns/edm"
  /// What Dataverse calls its schema, and for short.
  static let namespace = "Microsoft.Dynamics.CRM"
  static let alias = "mscrm"
  static let container = "System"

  /// Namespace of the standard vocabulary of capabilities.
  package static let capabilities = "Org.OData.Capabilities.V1"
  /// Namespace of the standard core vocabulary.
  package static let core = "Org.OData.Core.V1"
  /// In documents of Dataverse, alternate keys stand in this one.
  static let communityKeys = "OData.Community.Keys.V1"

  /// Where the documents of standard vocabularies are, and their usual aliases.
  static let vocabularies: [(namespace: String, alias: String, address: String)] = [
    "Core", "Capabilities", "Aggregation", "Measures", "Validation",
  ].map { name in
    let namespace = "Org.OData.\(name).V1"
    return (namespace, name, "https://oasis-tcs.github.io/odata-vocabularies/vocabularies/\(namespace).xml")
  }

  /// Namespace of ``SluiceTerm``.
  static let own = "Sluice.V1"
}

/// What a ``Schema`` knows and CSDL has no word for. Written only where it is not what a reader takes for granted.
enum SluiceTerm: String, CaseIterable {
  case tableKind = "TableKind"
  case primaryName = "PrimaryName"
  case columnType = "ColumnType"
  case lookupTarget = "LookupTarget"
  case displayName = "DisplayName"
  case maxLength = "MaxLength"
  case isSystem = "IsSystem"
  case isComputed = "IsComputed"
  /// The property is there for the `Key` only: rows have it, the schema has no such column.
  case keyOnly = "KeyOnly"
  case manyToMany = "ManyToMany"
  case lookup = "Lookup"
  case keyName = "KeyName"

  var qualified: String { "\(CSDLNames.own).\(rawValue)" }

  var type: String {
    switch self {
    case .tableKind, .primaryName, .columnType, .lookupTarget, .displayName, .lookup, .keyName: "Edm.String"
    case .maxLength: "Edm.Int32"
    case .isSystem, .isComputed, .keyOnly, .manyToMany: "Edm.Boolean"
    }
  }

  var appliesTo: String {
    switch self {
    case .tableKind, .primaryName: "EntityType"
    case .columnType, .lookupTarget, .displayName, .maxLength, .isSystem, .isComputed, .keyOnly: "Property"
    case .manyToMany, .lookup: "NavigationProperty"
    case .keyName: "Record"
    }
  }
}

/// What column types are meant by CSDL. Several share one primitive type, so that the way back is a guess.
enum CSDLTypes {
  /// The longest single line of text that Dataverse has, in characters; what may be longer is a memo.
  static let longestText = 4000

  /// What a property is unless something else says more; `nil` for a type that is no column's.
  ///
  /// A lookup's target is not known from here and empty.
  static func column(primitive: String, property: String, maxLength: Int?) -> ColumnType? {
    switch primitive {
    case "Edm.String": (maxLength ?? 0) > longestText ? .memo : .text
    case "Edm.Guid": lookupName(property) == nil ? .uniqueIdentifier : .lookup(target: "")
    case "Edm.DateTimeOffset": .dateTime
    case "Edm.Date": .dateOnly
    case "Edm.Int32", "Edm.Int16", "Edm.Byte", "Edm.SByte": .wholeNumber
    case "Edm.Int64": .bigInt
    case "Edm.Decimal": .decimal
    case "Edm.Double", "Edm.Single": .double
    case "Edm.Boolean": .boolean
    case "Edm.Binary": .image
    case "Edm.Stream": .file
    default: nil
    }
  }

  /// `x` of `_x_value`.
  static func lookupName(_ property: String) -> String? {
    guard property.hasPrefix("_"), property.hasSuffix("_value"), property.utf8.count > 7 else { return nil }
    return String(property.dropFirst().dropLast("_value".utf8.count))
  }

  /// A table is elastic when its rows have a partition and an end of life, unless something says otherwise.
  static func kind(properties: (String) -> Bool) -> TableKind {
    properties("partitionid") && properties("ttlinseconds") ? .elastic : .standard
  }
}
