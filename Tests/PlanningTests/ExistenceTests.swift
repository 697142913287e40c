import Dataverse
import Policy
import Testing

@testable import Planning

/// A refusal is the same for a hidden name and for one that does not exist, in both dialects: status, code, message,
/// place and body.
@Suite struct ExistenceTests {
  private static let planner = Result {
    let policy = try Policy.load(
      text: """
        version: 1
        name: few
        options: [$select, $filter, $orderby, $expand, $top]
        tables:
          msdynci_customerprofile:
            ttl: 1m
            columns:
              msdynci_customerid: { select: true, filter: [eq] }
              msdynci_fullname: { select: true }
              msdynci_email: { filter: [eq] }
            navigations:
              msdynci_customer_unifiedactivity: { expand: true, top: 5 }
          msdynci_unifiedactivity:
            ttl: 1m
            columns:
              msdynci_title: { select: true }
          msdynci_customermeasure:
            ttl: 1m
            columns:
              msdynci_customerid: { select: true, filter: [eq] }
          msdynci_enrichment:
            ttl: 1m
            columns:
              msdynci_customerid: { select: true, filter: [eq] }
              msdynci_enrichmentprovider: { filter: [eq] }
              msdynci_values: { select: true }
              msdynci_identifier: { select: true }
        scopes:
          default: {}
          wide:
            inherit: default
            tables: { msdynci_enrichment: [msdynci_customerid, msdynci_enrichmentprovider, msdynci_values] }
          one: { inherit: default, tables: { msdynci_customerprofile: [msdynci_customerid, msdynci_email] } }

        """, file: "few.yaml", schema: Served.schema)
    return QueryPlanner(
      policy: policy, mapping: try Served.shipped.get().mapping, instances: .any, origin: Served.origin,
      tokens: OpenTokens())
  }

  private static func told(_ target: String, _ scope: String) throws -> String {
    let scope = PlanScope(policy: scope, cache: "a")
    let planner = try planner.get()
    do throws(Refusal) {
      _ = try planner.plan(target.replacing(" ", with: "%20"), scope: scope)
      return ""
    } catch {
      return "\(error.status) \(String(decoding: error.body(), as: UTF8.self))"
    }
  }

  /// What the mapping alone puts into a query is not told by its name in Dataverse.
  @Test func columnsOfASearchAreNotNamed() throws {
    let target = "/v1/instances/11111111-2222-4333-8444-555555555555/data/Customer?$search=a"
    for scope in ["default", "one"] {
      let told = try Self.told(target, scope)
      #expect(told.hasPrefix("40"), "\(told)")
      for name in ["msdynci_fullname", "msdynci_firstname", "msdynci_lastname"] where scope == "one" {
        #expect(!told.contains(name), "\(told)")
      }
    }
  }

  private static func compare(_ target: String, _ hidden: String, _ missing: String, scope: String) throws {
    func line(_ name: String) throws -> String {
      try told(target.replacing("X", with: name), scope).replacing("`\(name)`", with: "`X`")
    }
    let line = try line(hidden)
    #expect(!line.isEmpty && !line.contains(hidden), "\(target) \(hidden): \(line)")
    #expect(try line == Self.told(target.replacing("X", with: missing), scope).replacing("`\(missing)`", with: "`X`"))
  }

  private static let legacy = "/v1/instances/00000000-0000-4000-8000-00000000c15a/data/"

  @Test(arguments: ["default", "one"])
  func legacyProperties(scope: String) throws {
    let names = [("LastName", "Zqzqzqzq"), ("Birthdate", "Zqzqzqzqz"), ("LifetimeValue", "Zqzqzqzqzqzqz")]
    for (hidden, missing) in names + (scope == "one" ? [("FullName", "Zqzqzqzq")] : []) {
      for target in [
        "Customer?$select=X", "Customer?$select=CustomerId,X", "Customer?$filter=X eq 'a'", "Customer?$filter=X gt 1",
        "Customer?$filter=CustomerId eq 'a' and X eq null", "Customer?$orderby=X", "Customer?$filter=contains(X,'%25')",
        "Customer?$filter=X in ('a','b')", "Customer?$select=Nothing,X", "Customer?$select=X&$orderby=Nothing",
      ] {
        try Self.compare(Self.legacy + target, hidden, missing, scope: scope)
      }
    }
  }

  @Test func legacyEntities() throws {
    for (hidden, missing, scope) in [
      ("BrandShareOfVoiceFromMicrosoft", "ZqzqzqzqzqzqzqzqzqzqzqzqzqzqzX", "one"),
      ("CustomerChurnPrediction", "ZqzqzqzqzqzqzqzqzqzqzqX", "default"), ("UnifiedActivity", "Zqzqzqzqzqzqzqz", "one"),
    ] {
      for target in ["X", "X?$select=CustomerId", "X?$filter=CustomerId eq 'a'", "X?$filter=Nothing eq 1", "X?$skip=1"]
      {
        try Self.compare(Self.legacy + target, hidden, missing, scope: scope)
      }
    }
  }

  /// The JSON column behind the members of an entity is hidden with its column.
  @Test func legacyMembers() throws {
    let told = try Self.told(Self.legacy + "Customer_Measure?$select=TotalSpend", "default")
    #expect(told.hasPrefix("400 ") && told.contains("propertyNotFound"), "\(told)")
    #expect(try told == Self.told(Self.legacy + "Customer_Measure?$select=Zqzqzqzqzq", "default"))
  }

  /// A name that rows might have as a member of their JSON is no column, where the scope has none of this name.
  @Test func hiddenColumnsBesideMembers() throws {
    let entity = Self.legacy + "InterestAffinityFromMicrosoft?$top=5&"
    let shown = try Self.told(entity + "$select=Identifier", "default")
    #expect(shown == "", "\(shown)")
    for hidden in ["Identifier", "EnrichmentType"] {
      for target in [
        "$select=X", "$select=CustomerId,X", "$select=X,X", "$filter=X eq 'a'", "$filter=X eq 'a' and Y eq 1",
        "$orderby=X",
        "$filter=length(X) gt 3", "$filter=X in ('a','b')", "$filter=X eq 'a'&$count=true", "$select=X&$search=abc",
      ] {
        let unknown = String(repeating: "Z", count: hidden.count)
        let missing = try Self.told(entity + target.replacing("X", with: unknown), "wide")
        let found = try Self.told(entity + target.replacing("X", with: hidden), "wide")
        #expect(found == missing.replacing(unknown, with: hidden), "\(target)")
      }
      #expect(try Self.told(entity + "$select=\(hidden)", "wide") == "")
    }
  }

  @Test(arguments: ["default", "one"])
  func dataverseNames(scope: String) throws {
    let root = "/api/data/v9.2/"
    for target in [
      "msdynci_customerprofiles?$select=X", "msdynci_customerprofiles?$filter=X eq 1",
      "msdynci_customerprofiles?$orderby=X", "msdynci_customerprofiles?$filter=startswith(X,'%25a')",
    ] {
      try Self.compare(root + target, "msdynci_lastname", "zqzqzqz_zqzqzqzq", scope: scope)
    }
    for target in ["msdynci_customerprofiles?$expand=X", "msdynci_customerprofiles?$expand=X($select=msdynci_title)"] {
      try Self.compare(
        root + target, "msdynci_customer_customermeasure", "zqzqzqz_zqzqzqzq_zqzqzqzqzqzqzqz", scope: scope)
    }
    try Self.compare(root + "X?$select=msdynci_customerid", "msdynci_predictions", "zqzqzqz_zqzqzqzqzqz", scope: scope)
  }
}
