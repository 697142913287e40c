import CustomerInsights
import Policy
import Testing

@testable import Planning

/// What the gateway itself adds to the reads of a plan, and in which words refusals speak of it.
@Suite struct LegacyWordsTests {
  /// The tables of the plans' policy, without row filters.
  private static func policy(
    _ options: String = "[$select, $filter, $orderby, $top, $skiptoken]", head: String = ""
  ) -> String {
    LegacyProgramTests.policy.split(separator: "\n", omittingEmptySubsequences: false)
      .filter { !$0.contains("rowFilter:") }.joined(separator: "\n")
      .replacing("options: [$select, $filter, $orderby, $top, $skiptoken]", with: "options: \(options)\n\(head)")
  }

  private static func told(_ query: String, _ policy: String) throws -> String {
    let subject = try LegacyProgramTests.Subject(policy)
    do {
      _ = try subject.plan(query, claims: [:])
      return "allowed"
    } catch let error as Refusal {
      return "\(error.status) \(String(decoding: error.body(), as: UTF8.self))"
    }
  }

  // MARK: Pages

  /// Where the policy gives no further pages, what could need one is refused before anything is sent: a link would lead
  /// nowhere, and a plan end in the middle.
  @Test(arguments: [
    "Customer", "Customer?$select=FullName", "Customer?$filter=FullName eq 'a'",
    "Customer?$skip=600&$top=3", "Customer?$top=5&$expand=UnifiedActivity",
    "Customer_Measure?$orderby=TotalSpend&$top=3",
    "Customer_Measure?$filter=TotalSpend gt 5&$top=3", "Customer?$filter=IsMemberOfSegment('S')&$top=3",
    "Customer?$filter=CustomerId eq 'a' or FullName eq 'b'", "Customer?$filter=contains(FullName,'a_b')&$top=5",
  ])
  func furtherPagesAreJudgedFirst(query: String) throws {
    #expect(try Self.told(query, Self.policy()) == "allowed")
    let told = try Self.told(query, Self.policy("[$select, $filter, $orderby, $top]"))
    #expect(told.hasPrefix("403 ") && told.contains(#""errorCode":"policy.option""#), "\(told)")
    #expect(told.contains("gives no further pages of") && !told.contains("msdynci_"), "\(told)")
  }

  /// What a page has room for needs no other.
  @Test(arguments: [
    "Customer?$top=100", "Customer?$skip=20&$top=100", "Customer?$filter=CustomerId eq 'a'", "Customer('a')",
    "Customer?$filter=FullName eq 'b' and CustomerId eq 'a'", "Customer?$top=5&$expand=Customer_Measure",
  ])
  func onePageIsEnough(query: String) throws {
    #expect(try Self.told(query, Self.policy("[$select, $filter, $orderby, $top]")) == "allowed")
  }

  /// The dialect whose clients write `$skiptoken` themselves has its pages judged when they come.
  @Test func dataverseQueriesAreAsBefore() throws {
    let policy = Self.policy("[$select, $filter, $orderby, $top]")
    #expect(try Self.told("/api/data/v9.2/msdynci_customerprofiles?$select=msdynci_fullname", policy) == "allowed")
  }

  // MARK: Columns

  /// A client cannot write the `$select` of reads that the gateway makes.
  @Test func ownReadsHaveASelect() throws {
    let subject = try LegacyProgramTests.Subject(Self.policy(head: "missingSelect: deny"))
    let plan = try subject.plan(
      "Customer?$select=FullName&$top=3&$expand=UnifiedActivity,Customer_Measure", claims: [:])
    #expect(
      try plan.steps().map { $0.target.dropFirst(Route.serviceRoot.count).prefix { $0 != "&" } } == [
        "msdynci_customerprofiles?$select=msdynci_fullname,msdynci_customerid",
        "msdynci_unifiedactivities?$select=msdynci_customerid,msdynci_title",
        "msdynci_customermeasures?$select=msdynci_customerid,msdynci_measures",
      ])
    let all = try subject.plan("Customer?$select=*&$top=3", claims: [:])
    #expect(
      all.upstreamTarget.hasSuffix(
        "?$select=msdynci_customerid,msdynci_fullname,msdynci_countryorregion&$top=3"), "\(all.upstreamTarget)")
    _ = try subject.plan("Customer?$select=*&$skip=3", claims: [:])
    let told = try Self.told("Customer?$top=3", Self.policy(head: "missingSelect: deny"))
    #expect(
      told.contains("`$select` is missing for Customer.")
        && told.contains("Write $select=CustomerId, FullName, CountryOrRegion."), "\(told)")
  }

  // MARK: Names

  /// Findings speak of properties as the client writes them.
  @Test(arguments: [
    ("Customer?$select=Email&$top=1", "`Email` of Customer cannot be read here.", "Allowed: CustomerId, FullName, "),
    (
      "Customer?$orderby=Email&$top=1", "`Email` of Customer cannot be ordered by here.",
      "Allowed: CustomerId, FullName."
    ),
    (
      "Customer?$filter=startswith(FullName,'a')&$top=1", "`startswith` is not allowed on `FullName`.",
      "Allowed on it: contains, eq."
    ),
    ("Customer?$count=true&$top=1", "`$count` is not allowed on Customer.", "Allowed: $select"),
    (
      "UnifiedActivity?$filter=Title eq 'a'&$top=1", "`Title` of UnifiedActivity cannot be compared here.",
      "Allowed: CustomerId, EntityName."
    ),
    ("Customer?$filter=IsMemberOfSegment('a\"b')", "The name of a segment is not one", "Ask for another segment."),
  ])
  func findingsHaveLegacyNames(query: String, message: String, remedy: String) throws {
    let policy = Self.policy().replacing(
      "msdynci_segments: { select: true, filter: [contains] }",
      with: "msdynci_segments: { select: true, filter: { contains: { pattern: \"\\\"[A-Za-z]+\\\"\" } } }")
    let told = try Self.told(query, policy).replacing("\\\"", with: "\"")
    #expect(told.hasPrefix("403 "), "\(told)")
    #expect(told.contains(message) && told.contains(remedy) && !told.contains("msdynci_"), "\(told)")
  }

  /// The whole search is refused where one of its columns is hidden: then none of them is searchable.
  @Test(
    arguments: [
      (["msdynci_fullname", "msdynci_firstname", "msdynci_lastname", "msdynci_email"], true),
      (["msdynci_fullname"], false),
    ] as [([String], Bool)])
  func searchableColumnsCanBeSearched(columns: [String], isSearchable: Bool) throws {
    let all = ["msdynci_fullname", "msdynci_firstname", "msdynci_lastname", "msdynci_email"]
    let fields = all.map { name in
      "      \(name): { type: text, select: true\(columns.contains(name) ? ", filter: [contains]" : "") }"
    }
    let policy = """
      version: 1
      name: search
      options: [$select, $filter, $top]
      tables:
        msdynci_customerprofile:
          ttl: 5m
          columns:
            msdynci_customerid: { select: true, filter: [eq] }
      \(fields.joined(separator: "\n"))
      scopes:
        default: {}

      """
    let subject = try LegacyProgramTests.Subject(policy)
    let answer = try #require(
      try subject.planner.metadata(
        "/v1/instances/00000000-0000-4000-8000-00000000c15a/manage/search",
        scope: PlanScope(policy: "default", cache: "k")))
    let text = String(decoding: answer.body, as: UTF8.self)
    #expect(!text.contains(#""entityConfig":[]"#) == isSearchable, "\(text)")
    #expect(try (Self.told("Customer?$search=abc&$top=1", policy) == "allowed") == isSearchable)
  }
}
