import Dataverse
import Testing

@Suite struct SchemaTests {
  private let schema = Schema.customerInsights(profileColumns: Schema.sampleProfileColumns)

  @Test(arguments: [
    ("msdynci_customerprofile", "msdynci_customerprofiles", "msdynci_customerid"),
    ("msdynci_alternatekey", "msdynci_alternatekeys", "msdynci_identifier"),
    ("msdynci_unifiedactivity", "msdynci_unifiedactivities", "msdynci_activityid"),
    ("msdynci_customermeasure", "msdynci_customermeasures", "msdynci_identifier"),
    ("msdynci_enrichment", "msdynci_enrichments", "msdynci_identifier"),
    ("msdynci_prediction", "msdynci_predictions", "msdynci_identifier"),
    ("msdynci_segmentmembership", "msdynci_segmentmemberships", "msdynci_identifier"),
  ])
  func hasTheDocumentedTables(_ logicalName: String, _ set: String, _ primaryName: String) throws {
    let table = try #require(schema.table(entitySet: set))
    #expect(table == schema.table(named: logicalName))
    #expect(table.primaryKey == "\(logicalName)id" && table.primaryName == primaryName)
    #expect(table.isElastic && table.pageSize == 500)
    #expect(table.column(table.primaryKey)?.type == .uniqueIdentifier)
    #expect(table.column(primaryName)?.type == .text)
    #expect(Set(table.columns.map(\.logicalName)).count == table.columns.count)
    #expect(table.columns.count { $0.isSystem } == 15)
    #expect(table.column("_ownerid_value")?.isSystem == true && table.column("ownerid") == nil)
    let customer = table.column("_msdynci_lookupfield_customer_value")
    #expect(
      (customer?.type == .lookup(target: "msdynci_customerprofile")) == (logicalName != "msdynci_customerprofile"))
  }

  @Test func namesAreCaseSensitive() {
    #expect(schema.table(entitySet: "MSDYNCI_customerprofiles") == nil)
    #expect(schema.table(entitySet: "msdynci_customerprofiles")?.column("MSDYNCI_CUSTOMERID") == nil)
  }

  @Test func profileHasTheTenantsColumns() throws {
    let profile = try #require(schema.table(named: "msdynci_customerprofile"))
    #expect(profile.column("msdynci_birthdate")?.type == .dateOnly)
    #expect(profile.column("msdynci_loyalty_loycustomers_loyaltyid")?.displayName == "Loyalty_loyCustomers_LoyaltyID")
    let bare = Schema.customerInsights(profileColumns: []).table(named: "msdynci_customerprofile")
    #expect(bare?.column("msdynci_fullname") == nil && bare?.column("msdynci_customerid") != nil)
  }

  @Test func fingerprintSeesEveryFieldAndNoTableOrder() {
    let tables = schema.tables
    #expect(Schema(tables: tables.reversed()).version == schema.version)
    #expect(schema.version.count == 32)
    var versions: Set<String> = [schema.version]
    func changed(_ body: (inout Table) -> Void) -> String {
      var changed = tables
      body(&changed[2])
      return Schema.fingerprint(of: changed)
    }
    versions.insert(changed { $0.logicalName += "x" })
    versions.insert(changed { $0.entitySetName += "x" })
    versions.insert(changed { $0.primaryKey += "x" })
    versions.insert(changed { $0.primaryName += "x" })
    versions.insert(changed { $0.isElastic = false })
    versions.insert(changed { $0.columns[1].logicalName += "x" })
    versions.insert(changed { $0.columns[1].type = .memo })
    versions.insert(changed { $0.columns[1].displayName += "x" })
    versions.insert(changed { $0.columns[1].maxLength = nil })
    versions.insert(changed { $0.columns[1].isSystem = true })
    versions.insert(changed { $0.columns[1].type = .lookup(target: "a") })
    versions.insert(changed { $0.columns[1].type = .lookup(target: "b") })
    versions.insert(changed { $0.columns.swapAt(0, 1) })
    versions.insert(changed { $0.columns.removeLast() })
    versions.insert(Schema.fingerprint(of: Array(tables.dropLast())))
    #expect(versions.count == 16)
  }

  @Test func replacingColumnsKeepsWhatDefinitionsDoNotTell() throws {
    let replaced = schema.replacingColumns(
      ofTable: "msdynci_customerprofile",
      with: [
        Column("msdynci_customerid", .text, displayName: "Id"),
        Column("msdynci_birthdate", .dateTime, displayName: "Born"),
        Column("createdby", .lookup(target: ""), displayName: "By", isSystem: true),
        Column("msdynci_new", .text, displayName: "New"),
      ])
    let table = try #require(replaced.table(named: "msdynci_customerprofile"))
    #expect(
      table.columns.map(\.logicalName) == ["msdynci_customerid", "msdynci_birthdate", "createdby", "msdynci_new"])
    #expect(
      table.column("msdynci_customerid")?.maxLength == 4000 && table.column("msdynci_customerid")?.displayName == "Id")
    #expect(table.column("msdynci_birthdate")?.type == .dateOnly)
    #expect(table.column("_createdby_value")?.type == .lookup(target: "systemuser"))
    #expect(replaced.table(named: "msdynci_enrichment") == schema.table(named: "msdynci_enrichment"))
    #expect(schema.replacingColumns(ofTable: "none", with: []).version == schema.version)
  }
}
