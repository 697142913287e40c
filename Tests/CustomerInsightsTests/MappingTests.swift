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
    #expect(mapping.entityNames.first == "Customer" && mapping.entityNames.count == 9)
  }

  /// DisplayName → the name that legacy rows have.
  @Test(arguments: [
    ("msdynci_fullname", "FullName", "FullName"), ("msdynci_fullname", "Full Name", "fullname"),
    ("msdynci_fullname", "", "fullname"), ("cr1_extra", "Cr1_Extra", "Cr1_Extra"), ("cr1_extra", "Extra", "cr1_extra"),
  ])
  func aRenamedColumnHasItsLogicalName(logical: String, display: String, legacy: String) {
    #expect(ColumnNames.legacyName(of: Column(logical, .text, displayName: display), prefix: "msdynci_") == legacy)
  }

  /// A file, and what is said of it where (`line:column` and a word of the message).
  @Test(arguments: [
    ("version: 2\nentities: {}", "1:10", "version"),
    ("version: 1", "1:1", "entities"),
    ("version: 1\nentities:\n  A: { table: account }", "3:", "no table"),
    ("version: 1\nentities:\n  A: { tabel: msdynci_enrichment }", "3:8", "tabel"),
    ("version: 1\nentities:\n  A: {}", "3:", "table"),
    ("version: 1\nentities:\n  A: { table: msdynci_enrichment, unfold: nothing }", "3:", "no column"),
    ("version: 1\nentities:\n  A: { table: msdynci_enrichment, where: { nothing: x } }", "3:", "no column"),
    ("version: 1\nentities:\n  A: { table: msdynci_enrichment, columns: [nothing] }", "3:", "no column"),
    ("version: 1\nentities:\n  A: { table: msdynci_enrichment }\n  a: { table: msdynci_enrichment }", "4:3", "twice"),
    ("version: 1\nentities: {}\naliases:\n  account: { x: other }", "4:3", "no table"),
    ("version: 1\nentities: {}\naliases:\n  msdynci_enrichment: { x: other }", "4:", "no column"),
    ("version: 1\nentities: {}\nmore: 1", "3:1", "more"),
    ("version: 1\nentities:\n  A: { table: msdynci_enrichment }\n  A: { table: msdynci_enrichment }", "3:3", ""),
    ("- 1", "1:1", ""), ("", "1:1", ""), ("version: [", "", ""),
  ])
  func wrongFilesAreRefusedWithTheirPlace(text: String, place: String, word: String) throws {
    let error = try #require(throws: DiagnosticList.self) {
      try LegacyMapping.load(text: text, file: "mapping.yaml", schema: schema)
    }
    #expect("\(error)".contains("mapping.yaml:\(place)"), "\(error)")
    #expect("\(error)".contains(word), "\(error)")
  }

  @Test func everythingWrongIsSaidAtOnce() throws {
    let error = try #require(throws: DiagnosticList.self) {
      try LegacyMapping.load(
        text: "version: 1\nentities:\n  A: { table: x }\n  B: { table: w, z: 1 }", file: "n", schema: schema)
    }
    for word in ["`x`", "`w`", "`z`"] { #expect("\(error)".contains(word), "\(error)") }
  }
}
