import CustomerInsights
import Foundation
import Policy
import Testing

@testable import Planning

/// Management reads as a scope gets them: what it may not know is not told, whatever is asked.
@Suite struct ManagementPlanTests {
  static let instance = QueryPlannerTests.instance
  static let reader = PlanScope(policy: "default", cache: "key:a")

  /// A policy over a part of the mapping.
  static func planner(_ policy: String, instances: Instances = .only([instance])) throws -> QueryPlanner {
    let book = try RuleBook.load(policyFile: nil, mappingFile: nil, schema: RuleBook.offlineSchema)
    return QueryPlanner(
      policy: try Policy.load(text: policy, file: "policy.yaml", schema: RuleBook.offlineSchema),
      mapping: book.mapping, instances: instances, origin: QueryPlannerTests.origin, tokens: OpenTokens(),
      directory: [LegacyInstance(id: instance, friendlyName: "First", organization: "o")])
  }

  static let narrow = """
    version: 1
    name: narrow
    options: [$select, $filter, $top]
    tables:
      msdynci_unifiedactivity:
        ttl: 1m
        columns:
          msdynci_activitytime: { select: true, filter: [gt] }
          msdynci_customerid: { filter: [eq] }
      msdynci_customermeasure:
        ttl: 1m
        columns:
          msdynci_customerid: { select: true, filter: [eq] }
    scopes: { default: {}, other: {} }

    """

  private func answer(
    _ planner: QueryPlanner, _ path: String, front: String = "/v1", scope: PlanScope = reader
  ) throws -> String {
    let answer = try #require(
      try planner.metadata("\(front)/instances/\(Self.instance)/\(path)", scope: scope))
    #expect(answer.dialect == .legacy)
    return String(decoding: answer.body, as: UTF8.self)
  }

  private func refusal(_ planner: QueryPlanner, _ path: String) throws -> Refusal {
    let target = "/v1/instances/\(Self.instance)/\(path)"
    return try #require(throws: Refusal.self) {
      if try planner.metadata(target, scope: Self.reader) == nil {
        _ = try planner.plan(target, scope: Self.reader)
      }
    }
  }

  @Test func onlyWhatTheScopeHasIsDescribed() throws {
    let planner = try Self.planner(Self.narrow)
    let entities = try answer(planner, "manage/entities")
    #expect(entities.contains(#""name":"UnifiedActivity""#) && entities.contains(#""name":"Customer_Measure""#))
    for hidden in [#""Customer""#, "Enrichment", "Share", "Prediction", "ActivityType", "Title", "msdynci"] {
      #expect(!entities.contains(hidden), "\(hidden)")
    }
    let activity = try answer(planner, "manage/tables/unifiedactivity")
    let object = try #require(try JSONSerialization.jsonObject(with: Data(activity.utf8)) as? [String: Any])
    let attributes = try #require(object["attributes"] as? [[String: Any]])
    // Nothing is sorted by or searched for.
    for (name, type, filterable) in [("ActivityTime", "Edm.DateTimeOffset", true), ("CustomerId", "Edm.String", true)] {
      let attribute = try #require(attributes.first { $0["name"] as? String == name })
      #expect(attribute["dataType"] as? String == type)
      let search = try #require(attribute["searchProperties"] as? [String: Any])
      #expect(search["isFilterable"] as? Bool == filterable && search["isSortable"] as? Bool == false)
      #expect(search["isSearchable"] as? Bool == false)
    }
    #expect(attributes.count == 2)
    // The key is not among them.
    #expect((object["keys"] as? [Any])?.isEmpty == true)
    #expect(try answer(planner, "manage/search").contains(#""entityConfig":[]"#))
    let service = try answer(planner, "data")
    #expect(service.contains(#""UnifiedActivity""#) && service.contains(#""Customer_Measure""#))
    #expect(!service.contains(#""Customer""#))
  }

  /// A name that is hidden and one that does not exist get the same words.
  @Test(arguments: [
    ("manage/entities/Customer", "manage/entities/Nothing"),
    ("manage/entities/Customer/entitysize", "manage/entities/Nothing/entitysize"),
  ])
  func whatIsHiddenIsNotThere(hidden: String, absent: String) throws {
    let planner = try Self.planner(Self.narrow)
    let (one, other) = (try refusal(planner, hidden), try refusal(planner, absent))
    #expect(one.status == 404 && one.body() == other.body())
  }

  @Test func metadataThatIsNotServedIsNotServedInOtherNames() throws {
    let planner = try Self.planner(Self.narrow + "metadata: []\n")
    for (path, style) in [
      ("manage/entities", "httpStatusCode"), ("manage/tables/UnifiedActivity", "httpStatusCode"),
      ("manage/search", "httpStatusCode"), ("data", "innerError"),
    ] {
      let refusal = try refusal(planner, path)
      #expect(refusal.status == 403 && refusal.code == "policy.metadata")
      #expect(String(decoding: refusal.body(), as: UTF8.self).contains(style))
    }
    #expect(try answer(planner, "").contains("First"))
  }

  @Test func readsAreJudged() throws {
    let planner = try Self.planner(Self.narrow)
    let counted = try refusal(planner, "manage/entities/UnifiedActivity/entitysize")
    #expect(counted.status == 403 && counted.code == "policy.option")
    #expect(String(decoding: counted.body(), as: UTF8.self).contains(#""httpStatusCode":403"#))
    #expect(counted.message == "`$count` is not allowed on UnifiedActivity.")
    let measures = try refusal(planner, "manage/entities/Customer_Measure/entitysize")
    #expect(measures.status == 403 && measures.message == "`$count` is not allowed on Customer_Measure.")
    #expect(!String(decoding: measures.body(), as: UTF8.self).contains("msdynci_"))
    // The table of keys is not in the policy.
    #expect(try refusal(planner, "profile/keyring?dataSourceName=a&entityName=b&key=c").status == 501)
    let shipped = try QueryPlannerTests.planner()
    let target = "/v1/instances/\(Self.instance)/profile/keyring?dataSourceName=a&entityName=b&key=c"
    let plan = try shipped.plan(target, scope: Self.reader)
    #expect(plan.dialect == .legacy && plan.timeToLive == 600)
    #expect(plan.upstreamTarget.hasPrefix("/api/data/v9.2/msdynci_alternatekeys?$select=msdynci_customerid,"))
    // Another front, key or operation is another answer.
    let others = try [
      target.replacing("/v1/", with: "/api/"), target.replacing("key=c", with: "key=C"),
    ].map { try shipped.plan($0, scope: Self.reader).identity }
    #expect(Set(others + [plan.identity]).count == 3)
  }

  private static let counting = narrow.replacing("$top]", with: "$top, $count]")

  /// A client has no `$select` to write for what is counted, and is not refused for it.
  @Test(arguments: [
    ("Customer_Measure", "msdynci_customermeasures?$select=msdynci_customerid&"),
    ("UnifiedActivity", "msdynci_unifiedactivities?$select=msdynci_activitytime&"),
  ])
  func whatIsCountedHasASelect(entity: String, query: String) throws {
    let planner = try Self.planner(Self.counting + "missingSelect: deny\nlimits: { selectColumns: 1 }\n")
    let plan = try planner.plan(
      "/v1/instances/\(Self.instance)/manage/entities/\(entity)/entitysize", scope: Self.reader)
    #expect(plan.upstreamTarget.hasPrefix(Route.serviceRoot + query), "\(plan.upstreamTarget)")
  }

  /// Pages that are counted beside are judged when they come: where the policy gives none, the number is not known.
  @Test(arguments: [true, false])
  func pagesAreCountedWhereTheyMay(givesPages: Bool) async throws {
    let policy = givesPages ? Self.counting.replacing("$count]", with: "$count, $skiptoken]") : Self.counting
    let plan = try Self.planner(policy).plan(
      "/v1/instances/\(Self.instance)/manage/entities/UnifiedActivity/entitysize", scope: Self.reader)
    guard case .management(let program) = plan.shape else { throw OpenTokens.Foreign() }
    // Time stands still: how long tests take is nobody's matter.
    let run = program.run(clock: { [now = ContinuousClock.now] in now }) { read in
      let isLast = read.target.contains("$skiptoken=")
      let rows = Array(repeating: "{}", count: isLast ? 3 : 500).joined(separator: ",")
      let link = isLast ? "" : #","@odata.nextLink":"https://o/x?$skiptoken=2""#
      var reader = RowPageReader(columns: read.columns)
      try reader.feed(Array(#"{"@odata.count":500,"value":[\#(rows)]\#(link)}"#.utf8))
      return try reader.finish()
    }
    guard !givesPages else {
      #expect(String(decoding: try await run.body(), as: UTF8.self).contains(#""rowCount":503}"#))
      return
    }
    let error = try await #require(throws: LegacyError.self) { try await run.body() }
    #expect(error.status == 501 && error.errorCode == "countLimit" && !error.message.contains("msdynci_"))
  }

  @Test func unknownInstancesAreUnknownEverywhere() throws {
    let planner = try Self.planner(Self.narrow, instances: .only([]))
    for path in [
      "", "manage/entities", "manage/search", "rbac/myrole", "rbac/roles", "profile/keyring", "data", "data/$metadata",
      "manage/segments", "data/Customer",
    ] {
      let refusal = try refusal(planner, path)
      #expect(refusal.status == 404 && refusal.code == "MetaDataNotFound", "\(path)")
    }
  }

  @Test func aScopeThatIsNotThereGetsNothing() throws {
    let planner = try Self.planner(Self.narrow)
    let scope = PlanScope(policy: "nobody", cache: "x")
    for path in ["manage/entities", "rbac/myrole", "data"] {
      let refusal = try #require(throws: Refusal.self) {
        _ = try planner.metadata("/v1/instances/\(Self.instance)/\(path)", scope: scope)
      }
      #expect(refusal.status == 403 && refusal.code == "policy.scope")
    }
  }

  // MARK: Successors

  /// A link leads to where the Dataverse of the organization is served.
  @Test func theSuccessorIsAtTheRightPlace() throws {
    let book = try RuleBook.load(policyFile: nil, mappingFile: nil, schema: RuleBook.offlineSchema)
    let planner = QueryPlanner(
      policy: book.policy, mapping: book.mapping, instances: .any, origin: QueryPlannerTests.origin,
      tokens: OpenTokens(), successorOrigin: "https://contoso.crm.dynamics.com")
    func successor(_ query: String) throws -> String? {
      try planner.plan(QueryPlannerTests.legacyRoot + query, scope: Self.reader).successor
    }
    let root = "https://contoso.crm.dynamics.com/api/data/v9.2/"
    #expect(try successor("UnifiedActivity?$top=3") == root + "msdynci_unifiedactivities?$top=3")
    #expect(
      try successor("Customer?$filter=IsMemberOfSegment('a_b')&$top=3")
        == root + "msdynci_segmentmemberships?$select=msdynci_customerid,msdynci_segments"
        + "&$filter=contains(msdynci_segments,'%22a%5B_%5Db%22')")
    #expect(
      try successor("Customer?$filter=IsMemberOfSegment('a') and IsMemberOfSegment('b')".replacing(" ", with: "%20"))
        == nil)
    let ids = (0..<60).map { "'\($0)'" }.joined(separator: ",")
    #expect(try successor("Customer?$filter=CustomerId%20in%20(\(ids))") == nil)
    #expect(
      try successor("Customer?$expand=UnifiedActivity&$filter=CustomerId%20eq%20'1'")
        == root + "msdynci_customerprofiles?$filter=msdynci_customerid%20eq%20'1'")
  }

  /// What replaces a management read, behind the service root; an error of the same answer is told with it.
  @Test(
    arguments: [
      ("manage/entities", "EntityDefinitions?$select=LogicalName,EntitySetName,DisplayName"),
      (
        "manage/tables/unifiedactivity",
        "EntityDefinitions(LogicalName='msdynci_unifiedactivity')/Attributes?$select=LogicalName,AttributeType,DisplayName"
      ),
      ("data", ""), ("data/$metadata", "$metadata"), ("", nil), ("manage/search", nil), ("rbac/myrole", nil),
      ("profilestore/stateinfo", nil), ("rbac/roles", nil), ("manage/measures", nil), ("manage/segments", nil),
      ("manage/entities/Nothing", nil), ("manage/entities/Customer", nil), ("data/$metadata/x", nil),
      ("manage/entities/UnifiedActivity/entitysize", nil), ("manage/entities/Customer_Measure/entitysize", nil),
      ("profile/keyring?dataSourceName=a&entityName=b&key=c", nil), ("data/Customer", nil),
      ("data/Customer_Measure?$select=Nothing", "msdynci_customermeasures?$select=msdynci_measures"),
      ("data/Customer_Measure", "msdynci_customermeasures"),
      ("data/UnifiedActivity?$filter=Title%20eq%20'x'", nil),
      ("data/UnifiedActivity?$select=ActivityTime", "msdynci_unifiedactivities?$select=msdynci_activitytime"),
    ] as [(String, String?)])
  func theSuccessorTellsOfNothingHidden(path: String, successor: String?) throws {
    let id = "      msdynci_customerid: { select: true, filter: [eq] }\n"
    let policy = Self.narrow.replacing(id, with: id + "      msdynci_measures: { select: true }\n")
      .replacing("options: [$select, $filter, $top]", with: "options: [$select, $filter, $top, $skiptoken]")
    try #require(policy != Self.narrow)
    let found = try Self.successor(Self.planner(policy), path)
    #expect(found == successor.map { QueryPlannerTests.origin + Route.serviceRoot + $0 })
  }

  /// That of an answer, a plan or a refusal.
  private static func successor(_ planner: QueryPlanner, _ path: String) throws -> String? {
    let target = "/v1/instances/\(instance)/\(path)"
    do throws(Refusal) {
      if let answer = try planner.metadata(target, scope: reader) { return answer.successor }
      return try planner.plan(target, scope: reader).successor
    } catch {
      return error.successor
    }
  }

  /// Documents that the policy does not let be served are not named either.
  @Test(arguments: ["manage/entities", "manage/tables/UnifiedActivity", "data", "data/$metadata"])
  func noSuccessorIsRefused(path: String) throws {
    #expect(try Self.successor(Self.planner(Self.narrow), path) != nil)
    #expect(try Self.successor(Self.planner(Self.narrow + "metadata: []\n"), path) == nil)
  }

  /// What one scope is told replaces a request is allowed to it, whatever the policy lacks.
  @Test func successorsAreAllowed() throws {
    let requests = [
      "", "data", "data/$metadata", "manage/entities", "manage/tables/Customer", "manage/entities/UnifiedActivity",
      "manage/entities/BrandAffinityFromMicrosoft", "manage/entities/Customer_Measure/entitysize",
      "manage/tables/CustomerChurnPrediction/entitysize", "profile/keyring?dataSourceName=a&entityName=b&key=c",
      "data/Customer", "data/Customer('1')", "data/Customer?$search=anna&$skip=2&$top=3",
      "data/Customer?$filter=IsMemberOfSegment('a_b')", "data/Customer?$filter=contains(FullName,'a_b')",
      "data/Customer?$expand=UnifiedActivity,Customer_Measure&$top=2", "data/Customer_Measure?$orderby=Total&$top=200",
      "data/CustomerChurnPrediction?$select=Score", "data/BrandAffinityFromMicrosoft?$filter=CustomerId%20eq%20'1'",
    ]
    let whole = String(decoding: PackageResources.customer_insights_yaml, as: UTF8.self)
      .replacing("$skiptoken]", with: "$skiptoken, $count]")
    // Nothing left out, and one by one the columns that plans read by themselves.
    let lines = whole.split(separator: "\n", omittingEmptySubsequences: false)
    let names = ["identifier", "segments", "measures", "keyring", "fullname", "email", "model", "enrichmentprovider"]
    let columns = lines.indices.filter { index in names.contains { lines[index].hasPrefix("      msdynci_\($0): {") } }
    try #require(columns.count >= names.count)
    var told: Set<String> = []
    for left in [nil] + columns.map(Optional.some) {
      let text = lines.indices.filter { $0 != left }.map { lines[$0] }.joined(separator: "\n")
      guard let planner = try? Self.planner(text) else { continue }
      for request in requests {
        guard let successor = try Self.successor(planner, request) else { continue }
        told.insert(request)
        let target = String(successor.dropFirst(QueryPlannerTests.origin.count))
        #expect(throws: Never.self, "\(request), without \(left.map { String(lines[$0]) } ?? "nothing"): \(target)") {
          guard try planner.metadata(target, scope: Self.reader) == nil else { return }
          _ = try planner.plan(target, scope: Self.reader)
        }
      }
    }
    #expect(told.count > 12)
  }
}
