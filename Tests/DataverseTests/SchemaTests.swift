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
    ("msdynci_unifiedcontactprofile", "msdynci_unifiedcontactprofiles", "msdynci_unifiedcontactid"),
    ("msdynci_contactprofile", "msdynci_contactprofiles", "msdynci_identifier"),
  ])
  func hasTheDocumentedTables(_ logicalName: String, _ set: String, _ primaryName: String) throws {
    let table = try #require(schema.table(entitySet: set))
    #expect(table == schema.table(named: logicalName))
    #expect(table.primaryKey == "\(logicalName)id" && table.primaryName == primaryName)
    #expect(table.kind == .elastic && table.pageSize == 500)
    #expect(table.column(table.primaryKey)?.type == .uniqueIdentifier)
    #expect(table.column(primaryName)?.type == .text)
    #expect(Set(table.columns.map(\.logicalName)).count == table.columns.count)
    #expect(table.columns.count { $0.isSystem } == 15)
    #expect(table.column("_ownerid_value")?.isSystem == true && table.column("ownerid") == nil)
    let customer = table.column("_msdynci_lookupfield_customer_value")
    #expect(
      (customer?.type == .lookup(target: "msdynci_customerprofile"))
        == !["msdynci_customerprofile", "msdynci_unifiedcontactprofile"].contains(logicalName))
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
    let old = tables[2]
    func table(
      logicalName: String? = nil, entitySetName: String? = nil, primaryKey: String? = nil, primaryName: String? = nil,
      kind: TableKind? = nil, columns: [Column]? = nil, navigations: [NavigationProperty]? = nil,
      alternateKeys: [AlternateKey]? = nil
    ) -> String {
      var changed = tables
      changed[2] = Table(
        logicalName: logicalName ?? old.logicalName, entitySetName: entitySetName ?? old.entitySetName,
        primaryKey: primaryKey ?? old.primaryKey, primaryName: primaryName ?? old.primaryName, kind: kind ?? old.kind,
        columns: columns ?? old.columns, navigations: navigations ?? old.navigations,
        alternateKeys: alternateKeys ?? old.alternateKeys)
      return Schema.fingerprint(of: changed)
    }
    func column(_ changed: Column) -> String {
      var columns = old.columns
      columns[1] = changed
      return table(columns: columns)
    }
    let one = old.columns[1]
    func changed(
      _ logicalName: String? = nil, _ type: ColumnType? = nil, displayName: String? = nil, maxLength: Int? = 100,
      isSystem: Bool = false, isComputed: Bool = false
    ) -> String {
      column(
        Column(
          logicalName ?? one.logicalName, type ?? one.type, displayName: displayName ?? one.displayName,
          maxLength: maxLength, isSystem: isSystem, isComputed: isComputed))
    }
    #expect(table() == schema.version && changed() == schema.version)
    versions.formUnion([
      table(logicalName: "x"), table(entitySetName: "x"), table(primaryKey: "x"), table(primaryName: "x"),
      table(kind: .standard), table(kind: .virtual), table(columns: old.columns.reversed()),
      table(columns: old.columns.dropLast()), changed("x"), changed(nil, .memo), changed(displayName: "x"),
      changed(maxLength: nil), changed(isSystem: true), changed(isComputed: true),
      changed(nil, .lookup(target: "a")), changed(nil, .lookup(target: "b")), table(navigations: []),
      table(navigations: [NavigationProperty("n", target: "t", isCollection: true)]),
      table(navigations: [NavigationProperty("n", target: "t", isCollection: false)]),
      table(navigations: [NavigationProperty("n", target: "t", isCollection: false, lookup: "l")]),
      table(navigations: [NavigationProperty("n", target: "t", isCollection: true, isManyToMany: true)]),
      table(alternateKeys: [AlternateKey("k", columns: ["a"])]),
      table(alternateKeys: [AlternateKey("k", columns: ["a", "b"])]),
    ])
    versions.insert(Schema.fingerprint(of: Array(tables.dropLast())))
    #expect(versions.count == 25)
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
