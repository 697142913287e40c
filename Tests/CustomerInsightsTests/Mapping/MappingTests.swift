import Dataverse
import Testing
import YAMLFile

@testable import CustomerInsights

@Suite struct MappingTests {
  @Test func entitiesAndPropertiesAreFoundInAnyCase() throws {
    let mapping = try shippedMapping()
    let customer = try #require(mapping.entity("CUSTOMER"))
    #expect(customer.name == "Customer")
    #expect(customer.property("fullNAME") == "msdynci_fullname")
    #expect(customer.property("msdynci_fullname") == nil)
    #expect(customer.property("statecode") == nil)
    let activity = try #require(mapping.entity("unifiedactivity"))
    #expect(activity.property("activitytimestamp") == "msdynci_activitytime")
    #expect(mapping.entity("Accounts") == nil)
  }

  /// Every entity that the old API had of itself, with where its rows come from.
  @Test(
    arguments: [
      ("Customer", "msdynci_customerprofile", nil, nil, "msdynci_customerid"),
      ("UnifiedActivity", "msdynci_unifiedactivity", nil, nil, "msdynci_activityid"),
      ("Customer_Measure", "msdynci_customermeasure", nil, "msdynci_measures", "msdynci_customerid"),
      ("UnifiedContact", "msdynci_unifiedcontactprofile", nil, nil, "msdynci_unifiedcontactid"),
      ("ContactProfile", "msdynci_contactprofile", nil, nil, "msdynci_contactid"),
      ("BrandShareOfVoiceFromMicrosoft", "msdynci_enrichment", "msdynci_enrichmentprovider", "msdynci_values", id),
      ("InterestShareOfVoiceFromMicrosoft", "msdynci_enrichment", "msdynci_enrichmentprovider", "msdynci_values", id),
      ("BrandAffinityFromMicrosoft", "msdynci_enrichment", "msdynci_enrichmentprovider", "msdynci_values", id),
      ("InterestAffinityFromMicrosoft", "msdynci_enrichment", "msdynci_enrichmentprovider", "msdynci_values", id),
      ("CustomerChurnPrediction", "msdynci_prediction", "msdynci_model", "msdynci_values", id),
      ("CustomerLifetimeValuePrediction", "msdynci_prediction", "msdynci_model", "msdynci_values", id),
    ] as [(String, String, String?, String?, String?)])
  func whatShipsServesTheOldEntities(
    _ name: String, _ table: String, _ condition: String?, _ unfold: String?, _ key: String?
  ) throws {
    let entity = try #require(try shippedMapping().entity(name))
    #expect(entity.name == name && entity.table.logicalName == table)
    #expect(entity.conditions == (condition.map { [.init(column: $0, value: name)] } ?? []))
    #expect(entity.unfold == unfold && entity.key == key)
    if unfold != nil { #expect(entity.columns == [id: "CustomerId"]) }
  }

  @Test func whatShipsHasTheOtherParts() throws {
    let mapping = try shippedMapping()
    #expect(mapping.entityNames.count == 11)
    #expect(mapping.entity("UnifiedContact")?.columns["msdynci_fk_customerid"] == "CustomerId")
    let customer = try #require(mapping.entity("Customer"))
    #expect(
      customer.searched == ["msdynci_fullname", "msdynci_firstname", "msdynci_lastname", "msdynci_email"])
    #expect(
      customer.expansion("unifiedACTIVITY")
        == LegacyNavigation(
          name: "UnifiedActivity", entity: "UnifiedActivity", from: id, column: id, isCollection: true)
    )
    #expect(
      customer.expansion("Customer_Measure")
        == LegacyNavigation(
          name: "Customer_Measure", entity: "Customer_Measure", from: id, column: id, isCollection: false))
    #expect(customer.expansions.map(\.name) == ["UnifiedActivity", "Customer_Measure"])
    let segments = try #require(mapping.segments)
    #expect(segments.table.logicalName == "msdynci_segmentmembership" && segments.customer == id)
    #expect(segments.list == "msdynci_segments" && segments.member == "Segments")
    #expect(segments.row == "msdynci_identifier")
    #expect(segments.entity == "Customer" && segments.names.isEmpty)
    let keyring = try #require(mapping.keyring)
    #expect(keyring.table.logicalName == "msdynci_alternatekey" && keyring.customer == id)
    #expect(
      [keyring.dataSource, keyring.entity, keyring.key, keyring.ring] == [
        "msdynci_datasourcename", "msdynci_entityname", "msdynci_alternatevalue", "msdynci_keyring",
      ])
    #expect(mapping.limits == LegacyPlanLimits() && mapping.wildcards == .bracket && !mapping.privateMetadata)
  }

  /// An organization that knows nothing of contacts, with customers of another kind: what is optional is left out.
  @Test func whatIsOptionalIsLeftOutWithoutItsTable() throws {
    let bare = Schema(
      tables: Schema.customerInsights(profileColumns: []).tables.filter { !$0.logicalName.contains("contact") })
    let mapping = try shippedMapping(schema: bare)
    #expect(mapping.entity("UnifiedContact") == nil && mapping.entity("ContactProfile") == nil)
    #expect(mapping.entityNames.prefix(3) == ["Customer", "UnifiedActivity", "Customer_Measure"])
    #expect(mapping.entityNames.count == 9)
    #expect(mapping.entity("Customer")?.searched == [])
  }

  @Test func aNavigationToWhatIsLeftOutIsLeftOut() throws {
    let text = """
      version: 1
      entities:
        A:
          table: msdynci_enrichment
          expand:
            B: { entity: B, from: msdynci_customerid, column: nothing }
            C: { entity: c, from: msdynci_customerid, column: msdynci_customerid }
        B: { table: none, optional: true, key: x, columns: [y], where: { z: "1" } }
        C: { table: msdynci_prediction, expand: {} }
      segments: { table: none, optional: true, customer: a, list: b, member: c, entity: A, names: [S] }
      keyring: { table: none, optional: true, dataSource: a, entity: b, key: c, customer: d, ring: e }
      """
    let mapping = try LegacyMapping.load(text: text, file: "m.yaml", schema: schema)
    #expect(mapping.entityNames == ["A", "C"] && mapping.segments == nil && mapping.keyring == nil)
    #expect(mapping.entity("A")?.expansions.map(\.entity) == ["C"])
  }

  /// DisplayName → the name that legacy rows have.
  @Test(arguments: [
    ("msdynci_fullname", "FullName", "FullName"), ("msdynci_fullname", "Full Name", "fullname"),
    ("msdynci_fullname", "", "fullname"), ("cr1_extra", "Cr1_Extra", "Cr1_Extra"), ("cr1_extra", "Extra", "cr1_extra"),
    ("msdynci_", "", "msdynci_"),
  ])
  func aRenamedColumnHasItsLogicalName(logical: String, display: String, legacy: String) {
    let column = Column(logical, .text, displayName: display)
    #expect(ColumnNames.legacyName(of: column, prefix: "msdynci_") == legacy)
  }

  @Test func namesOfTheFileWinThoseOfTheEntityFirst() throws {
    let text = """
      version: 1
      prefix: msdynci_e
      tables:
        msdynci_enrichment:
          names: { msdynci_customerid: Id, msdynci_values: Values2, _msdynci_lookupfield_customer_value: Unshown }
          aliases: { Nr: msdynci_customerid, Val: msdynci_values, Kind: msdynci_values }
      entities:
        A:
          table: msdynci_enrichment
          columns: [msdynci_customerid, msdynci_enrichmenttype, msdynci_identifier]
          names: { msdynci_customerid: Kunde }
          aliases: { Kind: msdynci_identifier, kunde: msdynci_identifier }
        B: { table: msdynci_enrichment, unfold: msdynci_values }
      """
    let mapping = try LegacyMapping.load(text: text, file: "m.yaml", schema: schema)
    let first = try #require(mapping.entity("a"))
    #expect(
      first.columns == [
        "msdynci_customerid": "Kunde", "msdynci_enrichmenttype": "nrichmenttype",
        "msdynci_identifier": "msdynci_identifier",
      ])
    #expect(first.property("KUNDE") == "msdynci_customerid", "an alias hides no column")
    #expect(first.property("nr") == "msdynci_customerid" && first.property("kind") == "msdynci_identifier")
    #expect(first.property("VAL") == "msdynci_values" && first.property("CustomerId") == nil)
    let second = try #require(mapping.entity("B"))
    #expect(second.columns["msdynci_customerid"] == "Id" && second.columns["msdynci_values"] == nil)
    #expect(second.columns["_msdynci_lookupfield_customer_value"] == nil)
  }

  /// A tenant whose unification gave a column the name that another one shows.
  @Test func noTwoPropertiesHaveOneName() throws {
    let columns = [
      Column("msdynci_a", .text, displayName: "A"), Column("a", .text, displayName: "Other"),
      Column("msdynci_b", .text, displayName: "b"), Column("b", .text, displayName: "B"),
    ]
    var told: [String] = []
    let names = ColumnNames().legacyNames(of: columns, prefix: "msdynci_") { told.append($1) }
    #expect(names["msdynci_a"] == "A" && names["msdynci_b"] == "b")
    #expect(told.count == 2, "`a` and `b` have no other name of their own")
    told = []
    let reversed = ColumnNames().legacyNames(of: columns.reversed(), prefix: "msdynci_") { told.append($1) }
    #expect(reversed == ["b": "B", "msdynci_b": "msdynci_b", "a": "a", "msdynci_a": "msdynci_a"] && told.isEmpty)
  }

  @Test(arguments: [
    ("A", true), ("_a", true), ("Größe_2", true), ("山田", true), ("a٣", true), ("2a", false), ("", false),
    ("a b", false),
    ("a'", false), ("a.b", false), ("*", false), (String(repeating: "a", count: 128), true),
    (String(repeating: "a", count: 129), false),
  ])
  func namesAreIdentifiers(text: String, isName: Bool) { #expect(ColumnNames.isIdentifier(text) == isName) }
}

private let id = "msdynci_customerid"
