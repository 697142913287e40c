import Dataverse
import Foundation
import Testing

@testable import Sandbox

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// What the sandbox says about its tables is what it serves.
@Suite struct MetadataTests {
  private static let schema = Schema.customerInsights(profileColumns: Schema.sampleProfileColumns)

  /// Reads a CSDL document with a parser that knows nothing of us.
  private final class Reader: NSObject, XMLParserDelegate {
    struct EntityType {
      var properties: [String: String] = [:]
      var key: String?
      var navigations: [String: String] = [:]
      var constraints: [String: String] = [:]
    }
    var types: [String: EntityType] = [:]
    var sets: [String: String] = [:]
    private var current: String?

    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
      attributes: [String: String]
    ) {
      if name == "EntityType", let type = attributes["Name"] {
        current = type
        types[type] = EntityType()
      }
      if name == "EntitySet", let set = attributes["Name"] { sets[set] = attributes["EntityType"] }
      guard let current else { return }
      switch name {
      case "Property": types[current]?.properties[attributes["Name"] ?? ""] = attributes["Type"]
      case "PropertyRef": types[current]?.key = attributes["Name"]
      case "NavigationProperty": types[current]?.navigations[attributes["Name"] ?? ""] = attributes["Type"]
      case "ReferentialConstraint":
        types[current]?.constraints[attributes["Property"] ?? ""] = attributes["ReferencedProperty"]
      default: return
      }
    }
  }

  @Test func theDocumentNamesWhatIsServed() async throws {
    let organization = try Organization.shared()
    let answer = await organization.get("$metadata")
    #expect(answer.contentType == "application/xml")
    let reader = Reader()
    let parser = XMLParser(data: Data(answer.body))
    parser.delegate = reader
    try #require(parser.parse(), "\(parser.parserError.map { "\($0)" } ?? "")")
    #expect(reader.sets.count == 9)
    for (set, typeName) in reader.sets {
      #expect(typeName.hasPrefix("Microsoft.Dynamics.CRM."))
      let type = try #require(reader.types[String(typeName.dropFirst("Microsoft.Dynamics.CRM.".count))])
      let row = try #require(try await organization.rows("\(set)?$top=1").first, "\(set) is empty")
      #expect(Set(row.keys).subtracting(["@odata.etag"]) == Set(type.properties.keys), "\(set)")
      let key = try #require(type.key)
      #expect(type.properties[key] == "Edm.Guid")
      for (name, edmType) in type.properties {
        switch (edmType, row[name]) {
        case (_, is NSNull): continue
        case ("Edm.String", let value): #expect(value is String)
        case ("Edm.Guid", let value): #expect((value as? String).flatMap(UUID.init(uuidString:)) != nil, "\(name)")
        case ("Edm.Date", let value): #expect((value as? String)?.wholeMatch(of: /\d{4}-\d\d-\d\d/) != nil)
        case ("Edm.DateTimeOffset", let value):
          #expect((value as? String)?.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/) != nil)
        case ("Edm.Decimal", let value), ("Edm.Int32", let value), ("Edm.Int64", let value): #expect(value is NSNumber)
        case (let other, _): Issue.record("\(name) is \(other)")
        }
      }
      if set != "msdynci_customerprofiles" {
        #expect(type.navigations == ["msdynci_lookupfield_customer": "mscrm.msdynci_customerprofile"])
        #expect(type.constraints == ["_msdynci_lookupfield_customer_value": "msdynci_customerprofileid"])
      }
    }
    let document = try await organization.get("").json()
    let sets = try #require(document["value"] as? [[String: String]])
    #expect(Set(sets.compactMap { $0["url"] }) == Set(reader.sets.keys))
    #expect(sets.allSatisfy { $0["kind"] == "EntitySet" })
  }

  private static func label(_ attribute: [String: Any]) -> String? {
    ((attribute["DisplayName"] as? [String: Any])?["UserLocalizedLabel"] as? [String: Any])?["Label"] as? String
  }

  @Test func definitionsKeepTheLegacySpelling() async throws {
    let organization = try Organization.shared()
    for table in MetadataTests.schema.tables {
      let path = "EntityDefinitions(LogicalName='\(table.logicalName)')"
      let definition = try await organization.get(path).json()
      #expect(definition["EntitySetName"] as? String == table.entitySetName)
      #expect(definition["PrimaryIdAttribute"] as? String == table.primaryKey)
      #expect(definition["TableType"] as? String == "Elastic")
      #expect(definition["DataProviderId"] is NSNull)
      let attributes = try await organization.get("\(path)/Attributes").rows()
      #expect(attributes.compactMap { $0["LogicalName"] as? String } == table.columns.map(\.logicalName))
      for attribute in attributes {
        guard let name = attribute["LogicalName"] as? String, name.hasPrefix("msdynci_") else { continue }
        let label = try #require(MetadataTests.label(attribute))
        // The legacy name is the logical one in its own case.
        if !name.hasSuffix(table.primaryKey), name != "msdynci_fk_customerid" {
          #expect("msdynci_" + label.lowercased() == name)
        }
        #expect(label.first?.isUppercase == true || label.hasPrefix("eCommerce"), "\(label)")
      }
      #expect(attributes.filter { $0["IsPrimaryId"] as? Bool == true }.count == 1)
    }
  }

  @Test(
    arguments: [
      ("msdynci_unifiedactivity", "msdynci_activitytypedisplay", "ActivityTypeDisplay", "String"),
      ("msdynci_unifiedactivity", "msdynci_activitytime", "ActivityTime", "DateTime"),
      ("msdynci_unifiedactivity", "msdynci_lookupfield_customer", "LookupField_Customer", "Lookup"),
      ("msdynci_alternatekey", "msdynci_keyring", "KeyRing", "Memo"),
      ("msdynci_customerprofile", "msdynci_lifetimevalue", "LifeTimeValue", "Decimal"),
      (
        "msdynci_customerprofile", "msdynci_ecommerce_ecommercecontacts_contactid",
        "eCommerce_eCommerceContacts_ContactId", "String"
      ), ("msdynci_customerprofile", "versionnumber", "Version Number", "BigInt"),
      ("msdynci_prediction", "msdynci_predictionid", "Prediction", "Uniqueidentifier"),
    ])
  func displayNames(table: String, column: String, label: String, type: String) async throws {
    let attributes = try await Organization.shared().rows(
      "EntityDefinitions(LogicalName='\(table)')/Attributes?$select=LogicalName,DisplayName,AttributeType")
    let found = try #require(attributes.first { $0["LogicalName"] as? String == column })
    #expect(MetadataTests.label(found) == label)
    #expect(found["AttributeType"] as? String == type)
    #expect(found["@odata.type"] as? String == "#Microsoft.Dynamics.CRM.\(type)AttributeMetadata")
    #expect(Set(found.keys) == ["LogicalName", "DisplayName", "AttributeType", "MetadataId", "@odata.type"])
  }

  @Test func definitionsAreListedAndFiltered() async throws {
    let organization = try Organization.shared()
    let all = try await organization.rows("EntityDefinitions?$select=LogicalName")
    #expect(all.compactMap { $0["LogicalName"] as? String } == MetadataTests.schema.tables.map(\.logicalName))
    #expect(all.allSatisfy { Set($0.keys) == ["LogicalName", "MetadataId"] })
    let one = try await organization.rows("EntityDefinitions?$filter=LogicalName eq 'msdynci_enrichment'")
    #expect(one.compactMap { $0["EntitySetName"] as? String } == ["msdynci_enrichments"])
    let none = try await organization.rows("EntityDefinitions?$filter=LogicalName eq 'account'")
    #expect(none.isEmpty)
  }
}
