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

  /// The limit of `$select` is for what the client writes: what the gateway names by itself is as much as it must be, and
  /// as much as is named where the policy puts a `$select` in.
  @Test(arguments: ["inject", "deny"])
  func ownColumnsAreNotCounted(mode: String) throws {
    func policy(_ limit: Int) -> String {
      Self.policy(head: "missingSelect: \(mode)") + "limits: { selectColumns: \(limit) }\n"
    }
    for query in [
      "Customer?$select=*&$top=3", "Customer?$select=*", "Customer?$select=*&$skip=3", "Customer?$select=*&$top=101",
      "Customer?$select=*&$expand=UnifiedActivity,Customer_Measure",
      "Customer?$select=FullName&$expand=UnifiedActivity",
      "Customer?$select=FullName&$filter=IsMemberOfSegment('S')&$orderby=CustomerId",
      "Customer_Measure?$select=A,B,C&$orderby=T", "Customer('1')?$select=FullName&$expand=Customer_Measure",
      "Customer?$select=FullName&$filter=contains(Email,'a_b') and contains(FullName,'a_b')",
    ] {
      #expect(try Self.told(query, policy(1)) == "allowed", "\(query)")
    }
    // What the client writes is counted, and nothing else.
    for more in ["", "&$expand=UnifiedActivity", "&$filter=IsMemberOfSegment('S')", "&$skip=1"] {
      let query = "Customer?$select=FullName,CountryOrRegion"
      #expect(try Self.told(query + more, policy(2)) == "allowed")
      let told = try Self.told(query + more, policy(1))
      #expect(told.hasPrefix("403 ") && told.contains("`$select` names 2 columns; 1 are allowed."), "\(told)")
    }
  }

  // MARK: Names

  /// What is worked out in the gateway is refused in the words of a read that Dataverse answers by itself.
  @Test(arguments: [
    (
      "Customer?$filter=IsMemberOfSegment('S')&$orderby=X", "Customer?$top=1&$orderby=X", "CountryOrRegion",
      "`CountryOrRegion` of Customer cannot be ordered by here.", "Allowed: CustomerId, FullName."
    ),
    (
      "Customer?$filter=CustomerId in (\((0..<60).map { "'\($0)'" }.joined(separator: ",")))&$orderby=FullName,X desc",
      "Customer?$top=1&$orderby=FullName,X desc", "CountryOrRegion",
      "`CountryOrRegion` of Customer cannot be ordered by here.", "Allowed: CustomerId, FullName."
    ),
    (
      "Customer_Measure?$orderby=T,X", "Customer_Measure?$top=1&$orderby=X", "CustomerId",
      "`CustomerId` of Customer_Measure cannot be ordered by here.", "Allowed: none."
    ),
  ])
  func whatIsWorkedOutHereIsNamed(
    query: String, direct: String, name: String, message: String, remedy: String
  ) throws {
    func told(_ query: String, _ name: String) throws -> String {
      try Self.told(query.replacing("X", with: name), Self.policy())
        .replacing(/\ \(at bytes [^)]*\)/, with: "").replacing(name, with: "X")
    }
    let found = try told(query, name)
    #expect(found.contains((message + " " + remedy).replacing(name, with: "X")), "\(found)")
    #expect(try found == told(direct, name) && !found.contains("msdynci_"), "\(found)")
    // A column that the scope has not is one that there is not.
    for hidden in ["City", "LastName"] where !query.hasPrefix("Customer_Measure") {
      let missing = String(repeating: "Z", count: hidden.count)
      let (one, other) = (try told(query, hidden), try told(query, missing))
      #expect(one == other && one.contains("propertyNotFound"), "\(one) \(other)")
    }
  }

  /// Columns that may be compared or sorted by and not be read: the client is told of those that it wrote alone.
  @Test(
    arguments: [
      ("Customer?$filter=IsMemberOfSegment('S')&$orderby=Email", "Email"),
      ("Customer?$select=FullName&$filter=IsMemberOfSegment('S')&$orderby=FullName,Email", "Email"),
      ("Customer_Measure?$filter=T gt 5", nil), ("Customer_Measure?$select=CustomerId&$orderby=T", nil),
      ("Customer_Measure?$select=CustomerId&$filter=T gt 5", nil),
      ("Customer?$expand=UnifiedActivity", nil), ("Customer?$select=FullName&$expand=UnifiedActivity", nil),
      ("Customer_Measure?$filter=T gt 5 or CustomerId eq '1'", nil),
    ] as [(String, String?)])
  func whatIsReadForTheGatewayIsNotNamed(query: String, name: String?) throws {
    let policy = Self.policy()
      .replacing("filter: [eq, contains] }\n", with: "filter: [eq, contains], order: true }\n")
      .replacing("msdynci_measures: { select: true }", with: "msdynci_measures: { filter: [contains] }")
      .replacing(
        "msdynci_customerid: { select: true, filter: [eq] }\n      msdynci_title",
        with: "msdynci_customerid: { filter: [eq] }\n      msdynci_title")
    let told = try Self.told(query, policy)
    #expect(told.hasPrefix("403 ") && !told.contains("msdynci_"), "\(told)")
    if let name {
      #expect(told.contains("`\(name)` of Customer cannot be read here."), "\(told)")
      #expect(told.contains("reads the column for it. Allowed: CustomerId, FullName, CountryOrRegion."), "\(told)")
    } else {
      #expect(told.contains(#""errorCode":"columnNotRead""#) && !told.contains("CustomerId"), "\(told)")
    }
  }

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
