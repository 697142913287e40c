import CustomerInsights
import Dataverse
import Foundation
import ODataURL
import Policy
import Synchronization
import Testing

@testable import Planning

/// Plans of several reads under a policy: each read is judged as if it had come alone, all of them before the first is sent.
@Suite struct LegacyProgramTests {
  static let origin = "https://gate.example"
  static let root = "/v1/instances/00000000-0000-4000-8000-00000000c15a/data/"

  /// Rows of one country each, by a claim of the caller, in every table.
  static let policy = """
    version: 1
    name: plans
    options: [$select, $filter, $orderby, $top, $skiptoken]
    tables:
      msdynci_customerprofile:
        ttl: 5m
        rowFilter: "msdynci_countryorregion eq @caller.country"
        columns:
          msdynci_customerid: { select: true, filter: [eq], order: true }
          msdynci_fullname: { type: text, displayName: FullName, select: true, filter: [eq, contains], order: true }
          msdynci_email: { type: text, displayName: Email, filter: [eq, contains] }
          msdynci_countryorregion: { type: text, displayName: CountryOrRegion, select: true }
      msdynci_unifiedactivity:
        ttl: 1m
        rowFilter: "msdynci_entityname eq @caller.country"
        columns:
          msdynci_customerid: { select: true, filter: [eq] }
          msdynci_title: { select: true }
          msdynci_entityname: { filter: [eq] }
      msdynci_customermeasure:
        ttl: 10m
        rowFilter: "msdynci_identifier eq @caller.country"
        columns:
          msdynci_customerid: { select: true, filter: [eq] }
          msdynci_measures: { select: true }
          msdynci_identifier: { filter: [eq] }
      msdynci_segmentmembership:
        ttl: 2m
        rowFilter: "msdynci_segmentprovider eq @caller.country"
        columns:
          msdynci_customerid: { select: true, filter: [eq] }
          msdynci_segments: { select: true, filter: [contains] }
          msdynci_identifier: { select: true }
          msdynci_segmentprovider: { filter: [eq] }
    scopes:
      default: {}

    """

  /// Tests are not timed.
  static let start = ContinuousClock.now

  struct Sent: Sendable, Equatable {
    var query: String
    var prefer: String?
    var columns: Set<String>
  }

  /// The planner before an organization whose every table has these rows.
  final class Subject: Sendable {
    let planner: QueryPlanner
    let answers: [String: String]
    private let state = Mutex<[Sent]>([])
    var sent: [Sent] { state.withLock { $0 } }

    init(_ policy: String = LegacyProgramTests.policy, answers: [String: String] = [:]) throws {
      let loaded = try Policy.load(text: policy, file: "plans.yaml", schema: RuleBook.offlineSchema)
      let mapping = try RuleBook.load(policyFile: nil, mappingFile: nil, schema: loaded.schema).mapping
      planner = QueryPlanner(
        policy: loaded, mapping: mapping, instances: .any, origin: LegacyProgramTests.origin, tokens: OpenTokens())
      self.answers = answers
    }

    func plan(
      _ query: String, claims: [String: String] = ["country": "CH"], cache: String = "k"
    ) throws -> Plan {
      try planner.plan(
        (query.hasPrefix("/") ? query : LegacyProgramTests.root + query).replacing(" ", with: "%20"),
        scope: PlanScope(policy: "default", cache: cache, claims: claims))
    }

    /// Runs a plan to its end.
    func answer(_ plan: Plan) async throws -> String {
      guard case .program(let program) = plan.shape else { throw OpenTokens.Foreign() }
      var run = program.run(clock: { LegacyProgramTests.start }) { [self] read in
        let query = read.target.dropFirst(Route.serviceRoot.count).removingPercentEncoding ?? ""
        state.withLock { $0.append(Sent(query: query, prefer: read.prefer, columns: Set(read.columns.names))) }
        var reader = RowPageReader(columns: read.columns)
        // Later pages have a name of their own.
        let set = query.prefix { $0 != "?" } + (query.contains("$skiptoken=") ? "+" : "")
        try reader.feed(Array((answers[String(set)] ?? #"{"value":[]}"#).utf8))
        return try reader.finish()
      }
      var out: [UInt8] = []
      while let part = try await run.next() { out += part }
      return String(decoding: out, as: UTF8.self)
    }

    func refusal(_ query: String) throws -> Refusal { try #require(throws: Refusal.self) { try plan(query) } }
  }

  // MARK: Texts of the policy

  /// An id of rows that the policy does not let be asked for: the caller wrote nothing of it, and is refused nothing.
  @Test func idsThatCannotBeAskedForAreLeftOut() async throws {
    let policy = Self.policy.replacing(
      "      msdynci_customerid: { select: true, filter: [eq] }",
      with: "      msdynci_customerid: { select: true, filter: [eq], value: { pattern: \"[0-9A-Za-z-]+\" } }")
    try #require(policy != Self.policy)
    let profiles = ["1", "o'n", "2", ""].map { #"{"msdynci_customerid":"\#($0)","msdynci_fullname":"\#($0)"}"# }
    var answers = Self.everything
    answers["msdynci_customerprofiles"] = #"{"value":[\#(profiles.joined(separator: ","))]}"#
    let subject = try Subject(policy, answers: answers)
    let answer = try await subject.answer(try subject.plan("Customer?$select=FullName&$expand=UnifiedActivity"))
    for row in [
      #"{"FullName":"1","UnifiedActivity":[{"CustomerId":"1","Title":"t"}"#, #",{"FullName":"o'n"},"#,
      #",{"FullName":"2","UnifiedActivity":[]},"#, #",{"FullName":""}]"#,
    ] { #expect(answer.contains(row), "\(answer)") }
    #expect(subject.sent.allSatisfy { !$0.query.contains("o''n") })
    // What the caller writes is the caller's.
    #expect(try subject.refusal("Customer_Measure?$filter=CustomerId eq 'o''n'").code == FindingRule.literal.rawValue)
  }

  static let everything = [
    "msdynci_customerprofiles":
      #"{"value":[{"msdynci_customerid":"1","msdynci_fullname":"A_1","msdynci_email":"x"},{"msdynci_customerid":"2","msdynci_fullname":"A1","msdynci_email":"y"}]}"#,
    "msdynci_unifiedactivities":
      #"{"value":[{"msdynci_customerid":"1","msdynci_title":"t","msdynci_entityname":"no"}]}"#,
    "msdynci_customermeasures": #"{"value":[{"msdynci_customerid":"1","msdynci_measures":"{\"T\":7}"}]}"#,
    "msdynci_segmentmemberships":
      #"{"value":[{"msdynci_customerid":"1","msdynci_segments":"{\"Segments\":[\"S\"]}","msdynci_identifier":"i"}]}"#,
  ]

  // MARK: Judging

  static let plans: [(String, Set<String>)] = [
    ("Customer?$skip=1", ["msdynci_customerprofiles"]), ("Customer?$top=101", ["msdynci_customerprofiles"]),
    ("Customer('1')", ["msdynci_customerprofiles"]), ("Customer?$search=ann", ["msdynci_customerprofiles"]),
    (
      "Customer?$expand=UnifiedActivity,Customer_Measure",
      ["msdynci_customerprofiles", "msdynci_unifiedactivities", "msdynci_customermeasures"]
    ),
    ("Customer?$filter=IsMemberOfSegment('S')", ["msdynci_customerprofiles", "msdynci_segmentmemberships"]),
    (
      "Customer?$filter=IsMemberOfSegment('S') and IsMemberOfSegment('S') and CustomerId eq '1'&$expand=Customer_Measure",
      ["msdynci_customerprofiles", "msdynci_segmentmemberships", "msdynci_customermeasures"]
    ),
    ("Customer_Measure?$filter=T gt 5&$orderby=T", ["msdynci_customermeasures"]),
    (
      "Customer?$filter=CustomerId in (\((0..<101).map { "'\($0)'" }.joined(separator: ",")))",
      ["msdynci_customerprofiles"]
    ),
  ]

  private static func rowFilter(_ query: String, _ country: String) -> String {
    switch query.prefix(while: { $0 != "?" }) {
    case "msdynci_customerprofiles": "msdynci_countryorregion eq '\(country)'"
    case "msdynci_unifiedactivities": "msdynci_entityname eq '\(country)'"
    case "msdynci_customermeasures": "msdynci_identifier eq '\(country)'"
    default: "msdynci_segmentprovider eq '\(country)'"
    }
  }

  @Test(arguments: plans)
  func everyReadHasTheRowFilterOfTheCaller(query: String, sets: Set<String>) async throws {
    for country in ["CH", "D'E"] {
      // `$search` wants the searched columns of the shipped policy.
      let subject = try Subject(answers: Self.everything)
      let target = query.replacing("$search=ann", with: "$filter=contains(FullName,'_')")
      let plan = try subject.plan(target, claims: ["country": country])
      _ = try await subject.answer(plan)
      let literal = country.replacing("'", with: "''")
      for sent in subject.sent { #expect(sent.query.contains(Self.rowFilter(sent.query, literal)), "\(sent.query)") }
      #expect(Set(subject.sent.map { String($0.query.prefix { $0 != "?" }) }) == sets)
      // What is told beforehand has it, too.
      for target in [plan.upstreamTarget] + plan.further {
        let query = target.dropFirst(Route.serviceRoot.count).removingPercentEncoding ?? ""
        #expect(query.contains(Self.rowFilter(query, literal)), "\(query)")
      }
      // Nobody sees the claim.
      let answer = try await subject.answer(plan)
      #expect(!answer.contains("D'E"))
    }
    #expect(throws: Refusal.self) { try Subject().plan(query, claims: [:]) }
  }

  /// One thing that the policy lacks, in any read of the plan: the whole is refused, before anything is sent.
  @Test(
    arguments: [
      ("msdynci_unifiedactivity:", "msdynci_alternatekey:", "Customer?$expand=Customer_Measure,UnifiedActivity"),
      (
        "msdynci_customerid: { select: true, filter: [eq] }\n      msdynci_title",
        "msdynci_customerid: { select: true }\n      msdynci_title",
        "Customer?$expand=Customer_Measure,UnifiedActivity"
      ),
      ("filter: [contains] }", "filter: [eq] }", "Customer?$filter=IsMemberOfSegment('S')"),
      ("msdynci_segments: { select: true,", "msdynci_segments: {", "Customer?$filter=IsMemberOfSegment('S')"),
      (
        "msdynci_customerid: { select: true, filter: [eq], order: true }", "msdynci_customerid: { select: true }",
        "Customer?$filter=IsMemberOfSegment('S')"
      ),
      ("msdynci_measures: { select: true }", "msdynci_measures: { filter: [eq] }", "Customer_Measure?$filter=T gt 1"),
      ("msdynci_measures: { select: true }", "msdynci_measures: { filter: [eq] }", "Customer_Measure?$orderby=T"),
      (
        "msdynci_customerid: { select: true, filter: [eq], order: true }", "msdynci_customerid: { filter: [eq] }",
        "Customer?$expand=UnifiedActivity"
      ),
      (
        "msdynci_customerid: { select: true, filter: [eq] }\n      msdynci_title",
        "msdynci_customerid: { filter: [eq] }\n      msdynci_title", "Customer?$expand=UnifiedActivity"
      ),
      (
        "msdynci_customerid: { select: true, filter: [eq], order: true }", "msdynci_customerid: { filter: [eq] }",
        "Customer?$filter=IsMemberOfSegment('S')"
      ),
    ])
  func whatAnyReadMayNotHaveRefusesAll(part: String, instead: String, query: String) async throws {
    #expect(Self.policy.contains(part))
    let policy = Self.policy.replacing(part, with: instead)
    let whole = try Subject(answers: Self.everything)
    _ = try await whole.answer(try whole.plan(query))
    #expect(!whole.sent.isEmpty)
    let narrowed = instead == "msdynci_alternatekey:" ? Self.policyWithoutActivities : policy
    let refusal = try Subject(narrowed).refusal(query)
    #expect([400, 403].contains(refusal.status) && refusal.dialect == .legacy, "\(refusal)")
  }

  private static var policyWithoutActivities: String {
    let start = policy.range(of: "  msdynci_unifiedactivity:")
    let end = policy.range(of: "  msdynci_customermeasure:")
    guard let start, let end else { return "" }
    return policy.replacingCharacters(in: start.lowerBound..<end.lowerBound, with: "")
  }

  // MARK: Columns

  /// The same columns that a client of the Web API would see, in every part of the answer.
  @Test func rowsShowWhatThePolicyShows() async throws {
    let subject = try Subject(answers: Self.everything)
    let plan = try subject.plan("Customer?$expand=UnifiedActivity,Customer_Measure&$top=1")
    #expect(
      try await subject.answer(plan)
        == #"{"@odata.context":"\#(Self.origin)\#(Self.root)$metadata#Customer","value":[{"CustomerId":"1","#
        + #""FullName":"A_1","UnifiedActivity":[{"CustomerId":"1","Title":"t"}],"#
        + #""Customer_Measure":{"CustomerId":"1","T":7}}]}"#)
    // Nothing else is even asked for.
    #expect(
      subject.sent.map(\.columns) == [
        ["msdynci_customerid", "msdynci_fullname", "msdynci_countryorregion"],
        ["msdynci_customerid", "msdynci_title"], ["msdynci_customerid", "msdynci_measures"],
      ])
    for sent in subject.sent { #expect(sent.query.contains("$select=")) }
    #expect(
      subject.sent.map(\.prefer) == ["odata.maxpagesize=100"] + Array(repeating: "odata.maxpagesize=500", count: 2))
  }

  /// A column that may be compared and not read: Dataverse's own test is left alone. One that may be read is read, tested
  /// and not shown.
  @Test(arguments: [("FullName", true), ("Email", false)])
  func testsReadTheirColumnsWhereTheyMay(column: String, isRead: Bool) async throws {
    let subject = try Subject(answers: Self.everything)
    let plan = try subject.plan("Customer?$select=CustomerId&$filter=contains(\(column),'_')")
    let answer = try await subject.answer(plan)
    let logical = "msdynci_\(column.lowercased())"
    let select = isRead ? "msdynci_customerid,\(logical)" : "msdynci_customerid"
    #expect(
      subject.sent.map(\.query) == [
        "msdynci_customerprofiles?$select=\(select)&$filter=contains(\(logical),'[_]') and msdynci_countryorregion eq 'CH'"
      ])
    #expect(answer.hasSuffix(#""value":[{"CustomerId":"1"}\#(isRead ? "" : #",{"CustomerId":"2"}"#)]}"#), "\(answer)")
  }

  /// What tells memberships apart is read where it may be.
  @Test(arguments: [true, false])
  func membershipsAreToldApartWhereTheyMay(isRead: Bool) async throws {
    let subject = try Subject(
      Self.policy.replacing(
        "msdynci_identifier: { select: true }",
        with: isRead ? "msdynci_identifier: { select: true }" : "msdynci_identifier: { filter: [eq] }"),
      answers: Self.everything)
    let answer = try await subject.answer(try subject.plan("Customer?$select=FullName&$filter=IsMemberOfSegment('S')"))
    #expect(answer.hasSuffix(#""value":[{"FullName":"A_1"}]}"#), "\(answer)")
    #expect(
      subject.sent.first?.query
        == "msdynci_segmentmemberships?$select=msdynci_customerid,msdynci_segments\(isRead ? ",msdynci_identifier" : "")"
        + #"&$filter=contains(msdynci_segments,'"S"') and msdynci_segmentprovider eq 'CH'"#)
    #expect(subject.sent.count == 2)
  }

  /// A customer with rows on several pages is shown once, whether the policy lets its rows be asked for by its id or not.
  /// That is found out when there is a second page.
  @Test(arguments: [true, false])
  func customersOfSeveralPagesAreShownOnce(mayAsk: Bool) async throws {
    let part = "msdynci_customerid: { select: true, filter: [eq] }\n      msdynci_segments"
    #expect(Self.policy.contains(part))
    func page(_ row: String, link: Bool) -> String {
      #"{"value":[{"msdynci_customerid":"1","msdynci_segments":"{\"Segments\":[\"S\"]}","#
        + #""msdynci_identifier":"\#(row)"}]\#(link ? #","@odata.nextLink":"https://o/x?$skiptoken=c""# : "")}"#
    }
    let subject = try Subject(
      mayAsk
        ? Self.policy
        : Self.policy.replacing(part, with: "msdynci_customerid: { select: true }\n      msdynci_segments"),
      answers: Self.everything.merging([
        "msdynci_segmentmemberships": page("a", link: true), "msdynci_segmentmemberships+": page("b", link: false),
      ]) { $1 })
    let plan = try subject.plan("Customer?$select=FullName&$filter=IsMemberOfSegment('S')")
    let answer = try await subject.answer(plan)
    #expect(answer.hasSuffix(#""value":[{"FullName":"A_1"}]}"#), "\(answer)")
    let byID = subject.sent.filter {
      $0.query.contains("msdynci_segments,") && $0.query.contains("msdynci_customerid eq")
    }
    #expect(byID.isEmpty != mayAsk)
  }

  // MARK: Paging

  private static let paged = everything.merging([
    "msdynci_customerprofiles":
      #"{"value":[{"msdynci_customerid":"1","msdynci_fullname":"a"}],"@odata.nextLink":"https://o/x?$skiptoken=cookie"}"#
  ]) { $1 }

  /// Links of every kind of plan lead on for the same caller, query and policy only.
  @Test(arguments: [
    "Customer?$skip=1", "Customer?$expand=Customer_Measure", "Customer?$filter=contains(FullName,'a_')",
  ])
  func linksAreBound(query: String) async throws {
    let subject = try Subject(
      answers: Self.paged.mapValues {
        $0.replacing(#"[{"msdynci_customerid":"1","msdynci_fullname":"a"}]"#, with: Self.page)
      })
    let answer = try await subject.answer(try subject.plan(query))
    let mark = #""@odata.nextLink":"\#(Self.origin)"#
    let start = try #require(answer.range(of: mark), "\(answer.suffix(300))")
    let target = String(answer[start.upperBound...].dropLast(2)).replacing("\\/", with: "/")
    let next = try subject.plan(target)
    guard case .program(let program) = next.shape else { throw OpenTokens.Foreign() }
    #expect(program.start != nil && next.followsLink)
    let token = try #require(target.split(separator: "$skiptoken=").last)
    for refused in [
      try? subject.plan(target, claims: ["country": "DE"]), try? subject.plan(target, cache: "other"),
      try? subject.plan(target + "AA"), try? subject.plan(String(target.dropLast(2))),
      try? subject.plan("Customer?$skip=2&$skiptoken=\(token)"), try? subject.plan("Customer?$skiptoken=\(token)"),
      try? subject.plan(target.replacing("/v1/", with: "/api/")),
      try? Subject(Self.policy.replacing("ttl: 10m", with: "ttl: 9m")).plan(target),
    ] { #expect(refused == nil) }
    let refusal = try subject.refusal(target + "AA")
    #expect(refusal.status == 400 && refusal.code == "skiptokenInvalid" && !refusal.message.contains("cookie"))
  }

  /// More rows than a page shows.
  private static let page: String = {
    "[" + (0..<130).map { #"{"msdynci_customerid":"\#($0)","msdynci_fullname":"a_\#($0)"}"# }.joined(separator: ",")
      + "]"
  }()

  // MARK: What a plan says of itself

  @Test func whatIsToldOfAPlan() throws {
    let subject = try Subject()
    let plan = try subject.plan("Customer?$expand=UnifiedActivity&$filter=IsMemberOfSegment('S')")
    // The shortest of all.
    #expect(plan.timeToLive == 60)
    #expect(plan.upstreamTarget.hasPrefix(Route.serviceRoot + "msdynci_customerprofiles?"))
    #expect(
      plan.further.map { $0.dropFirst(Route.serviceRoot.count).prefix { $0 != "?" } } == [
        "msdynci_segmentmemberships", "msdynci_unifiedactivities",
      ])
    #expect(!plan.followsLink && plan.prefer == nil)
    // One read, two answers.
    let identities = try [
      "Customer?$skip=1", "Customer?$skip=2", "Customer('1')", "Customer?$filter=CustomerId eq '1'&$skip=1",
      "Customer_Measure?$orderby=A", "Customer_Measure?$orderby=A desc", "Customer_Measure?$orderby=B",
      "Customer_Measure?$filter=A eq 1", "Customer_Measure?$filter=A eq 2", "Customer?$top=101", "Customer?$top=102",
    ].map { try subject.plan($0).identity }
    #expect(Set(identities).count == identities.count)
  }
}
