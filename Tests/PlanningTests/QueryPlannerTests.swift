import Dataverse
import ODataURL
import Policy
import Testing

@testable import Planning

/// Says what a token was bound to, so that a test sees it: no encryption here, Identity's own tests have that.
struct OpenTokens: PagingTokens {
  struct Foreign: Error {}

  func seal(_ token: String, boundTo context: [String]) throws -> String {
    let text = ([token] + context).joined(separator: "\u{1F}")
    return text.utf8.map { String($0, radix: 16, uppercase: false) }.map { $0.count == 1 ? "0" + $0 : $0 }.joined()
  }

  func open(_ sealed: String, boundTo context: [String]) throws -> String {
    let digits = Array(sealed)
    let bytes = stride(from: 0, to: digits.count - 1, by: 2).compactMap {
      UInt8(String(digits[$0...$0 + 1]), radix: 16)
    }
    let parts = String(decoding: bytes, as: UTF8.self).split(separator: "\u{1F}", omittingEmptySubsequences: false)
    guard let token = parts.first, parts.dropFirst().map(String.init) == context else { throw Foreign() }
    return String(token)
  }
}

@Suite struct QueryPlannerTests {
  static let origin = "http://gate.example"
  static let instance = "00000000-0000-4000-8000-00000000c15a"
  static let legacyRoot = "/v1/instances/\(instance)/data/"
  static let dataverseRoot = "/api/data/v9.2/"
  static let reader = PlanScope(policy: "default", cache: "key:a")

  static func planner(_ instances: Instances = .only([instance])) throws -> QueryPlanner {
    let book = try RuleBook.load(policyFile: nil, mappingFile: nil, schema: RuleBook.offlineSchema)
    return QueryPlanner(
      policy: book.policy, mapping: book.mapping, instances: instances, origin: origin, tokens: OpenTokens())
  }

  let planner: QueryPlanner

  init() throws { planner = try Self.planner() }

  private func encoded(_ text: String) -> String { text.replacing(" ", with: "%20") }

  private func plan(
    _ target: String, _ scope: PlanScope = reader, _ preferences: Preferences = .none
  ) throws -> Plan { try planner.plan(encoded(target), scope: scope, preferences: preferences) }

  private func refusal(_ target: String, _ scope: PlanScope = reader) throws -> Refusal {
    try #require(throws: Refusal.self) { try planner.plan(encoded(target), scope: scope) }
  }

  /// The link to the next page that an answer with this `$skiptoken` would hold.
  private func nextLink(_ plan: Plan, _ skiptoken: String = "cookie") throws -> String {
    switch plan.shape {
    case .dataverse(let shape): try shape.nextLink(skiptoken)
    case .legacy(_, _, let nextLink, _): try nextLink(skiptoken)
    case .program, .management: throw NotOneRead()
    }
  }

  private struct NotOneRead: Error {}

  // MARK: One meaning, one plan

  /// Spellings of one question share a cached answer.
  @Test(arguments: [
    [
      dataverseRoot + "msdynci_customerprofiles?$select=msdynci_fullname&$filter=msdynci_customerid eq 'a'",
      dataverseRoot + "msdynci_customerprofiles?$filter=msdynci_customerid%20eq%20%27a%27&$select=msdynci_fullname",
      dataverseRoot + "msdynci_customerprofiles?%24filter=(msdynci_customerid+eq+'a')&$select=%6Dsdynci_fullname",
    ],
    [
      legacyRoot + "Customer?$filter=CustomerId in ('a','b')", legacyRoot + "customer?Filter=customerid IN ('a','b')",
      legacyRoot + "Customer?$filter=CustomerId eq 'a' or CUSTOMERID eq 'b'",
      "/V1/Instances/\(instance)/DATA/Customer%3F%24filter%3DCustomerId%20in%20('a','b')",
    ],
  ])
  func spellingsShareAnIdentity(targets: [String]) throws {
    let plans = try targets.map { try plan($0) }
    #expect(Set(plans.map(\.identity)).count == 1, "\(plans.map(\.identity))")
    #expect(Set(plans.map(\.upstreamTarget)).count == 1)
  }

  /// Questions whose answers could differ by a byte do not.
  @Test func questionsDoNotShareAnIdentity() throws {
    let profiles = Self.dataverseRoot + "msdynci_customerprofiles"
    let targets = [
      profiles, profiles + "?$top=1", profiles + "?$top=2", profiles + "?$select=msdynci_fullname",
      profiles + "?$select=msdynci_customerid", profiles + "?$filter=msdynci_customerid eq 'a'",
      profiles + "?$filter=msdynci_customerid eq 'A'",
      profiles + "?$filter=msdynci_customerid eq 'a '".dropLast(2) + "-'",
      profiles + "?$filter=msdynci_fullname eq 'a'", profiles + "?$filter=msdynci_fullname eq 'a '",
      profiles + "?$filter=msdynci_fullname eq 'é'", profiles + "?$filter=msdynci_fullname eq 'e\u{301}'",
      profiles + "?$filter=msdynci_fullname eq '%2B'", profiles + "?$filter=msdynci_fullname eq '+'",
      profiles + "?$filter=msdynci_fullname eq '|'", profiles + "?$filter=msdynci_fullname eq ''''",
      profiles + "?$orderby=msdynci_fullname", profiles + "?$orderby=msdynci_fullname desc",
      profiles + "?$orderby=msdynci_fullname,msdynci_lastname",
      profiles + "?$orderby=msdynci_lastname,msdynci_fullname",
      Self.dataverseRoot + "msdynci_unifiedactivities", Self.legacyRoot + "Customer",
      Self.legacyRoot + "Customer?$top=1",
      "/api/instances/\(Self.instance)/data/Customer", "/instances/\(Self.instance)/data/Customer",
      Self.legacyRoot + "UnifiedActivity", Self.legacyRoot + "Customer_Measure",
      Self.legacyRoot + "Customer_Measure?$select=A", Self.legacyRoot + "Customer_Measure?$select=B",
      Self.legacyRoot + "Customer_Measure?$select=CustomerId",
      Self.legacyRoot + "Customer_Measure?$select=CustomerId,A",
    ].map { String($0) }
    var identities: [[UInt8]: String] = [:]
    for target in targets {
      let identity = Array(try plan(target).identity.utf8)
      #expect(identities.updateValue(target, forKey: identity) == nil, "\(target) and \(identities[identity] ?? "")")
    }
  }

  @Test func preferencesAreARequestOfTheirOwn() throws {
    let target = Self.dataverseRoot + "msdynci_customerprofiles"
    let small = try plan(target, Self.reader, Preferences(maxPageSize: 10, annotations: []))
    #expect(try small.identity != plan(target).identity)
    #expect(small.prefer == "odata.maxpagesize=10" && small.preferenceApplied == "odata.maxpagesize=10")
    // More than the policy gives is cut, and not said to be applied.
    let large = try plan(target, Self.reader, Preferences(maxPageSize: 5000, annotations: ["*"]))
    #expect(large.prefer == "odata.maxpagesize=500" && large.preferenceApplied == nil)
  }

  // MARK: What is sent

  /// Upstream targets hold only what the printer writes.
  @Test(
    arguments: [
      (
        dataverseRoot + "msdynci_customerprofiles?$select=msdynci_fullname&$filter=msdynci_fullname eq 'a&$top=9'",
        nil
      ),
      (
        dataverseRoot
          + "msdynci_customerprofiles?$select=msdynci_fullname&$filter=msdynci_fullname eq 'a%26$top%3D9%23'",
        dataverseRoot
          + "msdynci_customerprofiles?$select=msdynci_fullname&$filter=msdynci_fullname%20eq%20'a%26$top%3D9%23'"
      ),
      (
        legacyRoot + "CustomerChurnPrediction?$select=CustomerId&$filter=CustomerId eq 'x') or (CustomerId ne 'x'", nil
      ),
    ] as [(String, String?)])
  func literalsStayLiterals(target: String, sent: String?) throws {
    guard let sent else {
      _ = try refusal(target)
      return
    }
    #expect(try plan(target).upstreamTarget == sent)
  }

  @Test func aQueryWithoutSelectAsksForWhatMayBeSeen() throws {
    for target in [Self.dataverseRoot + "msdynci_segmentmemberships", Self.legacyRoot + "UnifiedActivity"] {
      let plan = try plan(target)
      let selected = Set((plan.query.options.select?.value ?? []).flatMap(\.path))
      #expect(!selected.isEmpty && selected == plan.obligations.members.names.all)
    }
  }

  // MARK: Refusals

  @Test(
    arguments: [
      ("/api/data/v9.2/accounts", 403, "policy.table"), ("/api/data/v9.1/msdynci_customerprofiles", 404, nil),
      ("/api/data/v9.2/msdynci_customerprofiles?$filter=", 400, nil), ("/", 404, nil), ("/api/data", 404, nil),
      ("/v1/instances/11111111-1111-1111-1111-111111111111/data/Customer", 404, "MetaDataNotFound"),
      (legacyRoot + "Nobody", 404, "entityNotFound"),
      (legacyRoot + "Customer?$filter=Gender eq 'x'", 403, "policy.column.filter"),
      (dataverseRoot + "msdynci_customerprofiles?$skiptoken=abc", 403, "policy.paging-token"),
      (legacyRoot + "Customer?$skiptoken=abc", 400, "skiptokenInvalid"),
      (legacyRoot + "Customer?$skip=1&$skiptoken=abc", 400, "skiptokenInvalid"),
      (legacyRoot + "Customer?$skiptoken=", 400, nil),
    ] as [(String, Int, String?)])
  func refusalsHaveACode(target: String, status: Int, code: String?) throws {
    let refusal = try refusal(target)
    #expect(refusal.status == status, "\(refusal.status) \(refusal.code)")
    if let code { #expect(refusal.code == code) }
    #expect(!refusal.message.isEmpty)
  }

  @Test func withoutInstancesThereIsNoLegacyDialect() throws {
    let target = Self.legacyRoot + "Customer"
    #expect(throws: Refusal.self) { try Self.planner(.only([])).plan(target, scope: Self.reader) }
    #expect(try Self.planner(.any).plan(target, scope: Self.reader).dialect == .legacy)
    #expect(
      try Self.planner(Instances(ids: [Self.instance.uppercased()])).plan(target, scope: Self.reader).dialect == .legacy
    )
  }

  // MARK: Paging

  static let pages = [
    dataverseRoot + "msdynci_customerprofiles?$filter=msdynci_city eq 'Bern'&$orderby=msdynci_fullname desc",
    legacyRoot + "Customer?$filter=City eq 'Bern'&$select=CustomerId", legacyRoot + "Customer_Measure?$select=A",
    "/api/instances/\(instance)/data/CustomerChurnPrediction%3Ffilter%3DCustomerId%20eq%20'1'",
  ]

  @Test(arguments: pages)
  func nextLinksLeadToTheNextPageOfTheSameQuery(target: String) throws {
    let first = try plan(target, Self.reader, Preferences(maxPageSize: 7, annotations: []))
    let link = try nextLink(first, "<cookie a=\"1\"/>|%")
    #expect(link.hasPrefix(Self.origin + "/"))
    let second = try plan(String(link.dropFirst(Self.origin.count)))
    #expect(second.query.options.skiptoken?.value == "<cookie a=\"1\"/>|%")
    #expect(second.prefer == first.prefer)
    var without = second.query
    without.options.skiptoken = nil
    #expect(without.normalized() == first.query.normalized())
    #expect(second.obligations.members == first.obligations.members)
    #expect(second.identity != first.identity)
    // The page after it is reached the same way.
    #expect(try nextLink(second, "x").count > 0)
    #expect(try plan(String(nextLink(second, "x").dropFirst(Self.origin.count))).query.options.skiptoken?.value == "x")
  }

  @Test(arguments: pages)
  func aLinkIsOfNoUseElsewhere(target: String) throws {
    let link = String(try nextLink(plan(target)).dropFirst(Self.origin.count))
    for other in [PlanScope(policy: "default", cache: "key:b"), PlanScope(policy: "default", cache: "")] {
      #expect(isForeignToken(try refusal(link, other)))
    }
    let token = try #require(link.split(separator: "skiptoken=").last)
    for target in [
      Self.dataverseRoot + "msdynci_customerprofiles", Self.dataverseRoot + "msdynci_unifiedactivities",
      Self.legacyRoot + "Customer", Self.legacyRoot + "UnifiedActivity",
    ] { #expect(isForeignToken(try refusal("\(target)?$skiptoken=\(token)"))) }
  }

  private func isForeignToken(_ refusal: Refusal) -> Bool {
    switch refusal.dialect {
    case .dataverse: refusal.status == 403 && refusal.code == "policy.paging-token"
    case .legacy: refusal.status == 400 && refusal.code == "skiptokenInvalid"
    }
  }

  @Test(
    arguments: [
      ("7|x", 7, "x"), ("|x", nil, "x"), ("|", nil, ""), ("7|a|b", 7, "a|b"), ("x", nil, nil), ("a|b", nil, nil),
      ("", nil, nil),
    ] as [(String, Int?, String?)])
  func payloadsAreReadStrictly(text: String, size: Int?, token: String?) {
    let payload = PagingPayload(text: text)
    #expect(payload?.skiptoken == token && payload?.pageSize == size)
    if let payload { #expect(payload.text == text) }
  }
}
