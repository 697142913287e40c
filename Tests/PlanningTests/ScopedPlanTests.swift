import Dataverse
import ODataURL
import Policy
import Testing

@testable import Planning

/// Plans by a policy with row filters, expands and `$apply`.
@Suite struct ScopedPlanTests {
  private static let root = "/api/data/v9.2/"
  private static let text = """
    version: 1
    name: scoped
    options: [$select, $filter, $top, $skiptoken, $expand, $apply]
    annotations: [T.F]
    tables:
      msdynci_customerprofile:
        ttl: 5m
        columns:
          msdynci_customerid: { select: true, filter: [eq] }
          msdynci_countryorregion: { type: text, select: true, aggregate: [groupby] }
        navigations:
          msdynci_customer_unifiedactivity: { expand: true, top: 3 }
        apply: [filter, groupby, aggregate]
        rowFilter: "msdynci_countryorregion eq @caller.country"
      msdynci_unifiedactivity:
        ttl: 1m
        options: [$select, $filter, $top, $skiptoken, key]
        columns:
          msdynci_title: { select: true, filter: [eq] }
          msdynci_unifiedactivityid: { filter: [eq] }
    scopes:
      default: {}

    """

  private let planner: QueryPlanner

  init() throws { try self.init(ScopedPlanTests.text) }

  private init(_ text: String) throws {
    let book = try RuleBook.load(policyFile: nil, mappingFile: nil, schema: RuleBook.offlineSchema)
    let policy = try Policy.load(
      text: text, file: "scoped.yaml", schema: Schema.customerInsights(profileColumns: []))
    planner = QueryPlanner(
      policy: policy, mapping: book.mapping, instances: .any, origin: "https://gate.example", tokens: OpenTokens())
  }

  private func plan(
    _ query: String, claims: [String: String] = ["country": "CH"], _ preferences: Preferences = .none
  ) throws -> Plan {
    try planner.plan(
      ScopedPlanTests.root + query.replacing(" ", with: "%20"),
      scope: PlanScope(policy: "default", cache: "k", claims: claims), preferences: preferences)
  }

  private func shape(_ plan: Plan) throws -> DataverseShape {
    guard case .dataverse(let shape) = plan.shape else { throw OpenTokens.Foreign() }
    return shape
  }

  private static let profile = "msdynci_customerprofiles?$select=msdynci_customerid,msdynci_countryorregion"

  @Test func theCallersValueIsInWhatIsSentAndInTheIdentity() throws {
    let swiss = try plan("msdynci_customerprofiles")
    #expect(
      swiss.upstreamTarget
        == ScopedPlanTests.root + ScopedPlanTests.profile + "&$filter=msdynci_countryorregion%20eq%20'CH'")
    let german = try plan("msdynci_customerprofiles", claims: ["country": "DE"])
    #expect(german.identity != swiss.identity && german.upstreamTarget != swiss.upstreamTarget)
    let refusal = try #require(throws: Refusal.self) { try plan("msdynci_customerprofiles", claims: [:]) }
    #expect(refusal.status == 403 && refusal.code == "policy.row-filter")
  }

  @Test(arguments: ["a", "msdynci_countryorregion eq 'CH'"])
  func theClaimIsNotInTheFullMessage(_ value: String) throws {
    let refusal = try #require(throws: Refusal.self) {
      try plan("msdynci_customerprofiles(00000000-0000-0000-0000-000000000001)", claims: ["country": value])
    }
    #expect(!refusal.fullMessage.contains("'CH'"))
  }

  /// Links repeat what was asked: the row filter is put in again for whoever follows them.
  @Test func linksHoldNoRowFilter() throws {
    let first = try plan("msdynci_customerprofiles?$filter=msdynci_customerid eq 'a'")
    let link = try shape(first).nextLink("cookie")
    #expect(!link.contains("countryorregion") && link.contains("$filter=msdynci_customerid%20eq%20'a'&$skiptoken="))
    let target = String(link.dropFirst("https://gate.example".count))
    func follow(_ claims: [String: String]) throws -> Plan {
      try planner.plan(target, scope: PlanScope(policy: "default", cache: "k", claims: claims))
    }
    let next = try follow(["country": "CH"])
    #expect(next.query.options.skiptoken?.value == "cookie")
    #expect(next.query.options.filter == first.query.options.filter)
    // Of no use with another value.
    let refusal = try #require(throws: Refusal.self) { try follow(["country": "DE"]) }
    #expect(refusal.code == "policy.paging-token")
  }

  @Test(arguments: [
    (
      "msdynci_customerprofiles?$expand=msdynci_customer_unifiedactivity",
      "msdynci_customerprofiles(msdynci_customerid,msdynci_countryorregion,msdynci_customer_unifiedactivity(msdynci_title))"
    ),
    (
      "msdynci_customerprofiles?$select=msdynci_customerid&$expand=msdynci_customer_unifiedactivity($select=msdynci_title)",
      "msdynci_customerprofiles(msdynci_customerid,msdynci_customer_unifiedactivity(msdynci_title))"
    ),
    (
      "msdynci_customerprofiles?$apply=groupby((msdynci_countryorregion),aggregate($count as n))",
      "msdynci_customerprofiles(msdynci_countryorregion,n)"
    ),
    (
      "msdynci_unifiedactivities(00000000-0000-0000-0000-000000000001)",
      "msdynci_unifiedactivities(msdynci_title)/$entity"
    ),
  ])
  func contextsNameWhatLeaves(_ query: String, _ context: String) throws {
    #expect(try shape(plan(query)).context == "https://gate.example/api/data/v9.2/$metadata#\(context)")
  }

  @Test func preferencesAreThoseOfThePolicy() throws {
    let preferences = Preferences(maxPageSize: 7, annotations: ["T.F", "T.G"])
    func plan(_ list: String, without line: String = "") throws -> Plan {
      let text = ScopedPlanTests.text.replacing(line, with: "").replacing("tables:", with: "prefer: \(list)\ntables:")
      return try ScopedPlanTests(text).plan("msdynci_unifiedactivities", preferences)
    }
    let sizes = try plan("[odata.maxpagesize]", without: "annotations: [T.F]\n")
    #expect(sizes.prefer == "odata.maxpagesize=7" && sizes.preferenceApplied == "odata.maxpagesize=7")
    #expect(sizes.obligations.annotations.isEmpty)
    let terms = try plan("[odata.include-annotations]")
    #expect(terms.preferenceApplied == #"odata.include-annotations="T.F""#)
    #expect(terms.obligations.annotations == ["T.F"])
  }

  @Test func adviceComesOnlyWhenItIsWanted() throws {
    let scope = PlanScope(policy: "default", cache: "k")
    let target = ScopedPlanTests.root + "msdynci_unifiedactivities"
    #expect(try planner.plan(target, scope: scope).obligations.findings.isEmpty)
    let advised = try planner.plan(target, scope: scope, wantsAdvice: true)
    #expect(advised.obligations.findings.contains { $0.rule == "DV101" })
  }

  /// Scopes are told apart byte by byte.
  @Test func claimsMakeScopesDifferent() {
    func scope(_ claims: [String: String]) -> PlanScope { PlanScope(policy: "p", cache: "c", claims: claims) }
    #expect(scope(["a": "1"]) == scope(["a": "1"]) && scope(["a": "1"]) != scope(["a": "2"]))
    #expect(scope([:]) != scope(["a": "1"]) && scope(["b": "1"]) != scope(["a": "1"]))
    #expect(scope(["a": "\u{E9}"]) != scope(["a": "e\u{301}"]))
  }
}
