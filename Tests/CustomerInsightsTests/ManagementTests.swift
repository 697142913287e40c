import Foundation
import ODataURL
import Testing

@testable import CustomerInsights

/// Management reads that are answered from rows.
@Suite struct ManagementTests {
  /// A machine that is busy with other things is no organization that does not answer.
  private static var limits: LegacyPlanLimits {
    var limits = LegacyPlanLimits()
    limits.milliseconds = 3_600_000
    return limits
  }

  static let id = "00000000-0000-4000-8000-00000000c15a"

  static func call(_ path: String) throws -> LegacyCall {
    guard case .operation(let call) = RouteTests.match("/api/instances/\(id)/\(path)") else {
      throw LegacyError.unknownPath()
    }
    return call
  }

  static func mapping(privateMetadata: Bool = false) throws -> LegacyMapping {
    let text = try String(contentsOfFile: projectFile("policies/mappings/customer-insights.yaml"), encoding: .utf8)
    return try LegacyMapping.load(
      text: text.replacing("privateMetadata: false", with: "privateMetadata: \(privateMetadata)")
        .replacing("names: []", with: "names: [VIP]"), file: "mapping.yaml", schema: schema)
  }

  static func read(_ path: String, privateMetadata: Bool = false) throws -> ManagementRead {
    try #require(try ManagementRead.read(try call(path), try mapping(privateMetadata: privateMetadata)))
  }

  static func row(_ members: [String: String]) -> DataverseRow {
    DataverseRow(members: members.mapValues { Array($0.utf8) })
  }

  static func page(_ rows: [DataverseRow], next: String? = nil, count: String? = nil) -> RowPage {
    RowPage(rows: rows, skiptoken: next, count: count.map { Array($0.utf8) }, byteCount: 10)
  }

  static func body(
    _ read: ManagementRead, limits: LegacyPlanLimits = LegacyPlanLimits(), pages: [String?: RowPage]
  ) async throws -> String {
    // Time stands still: how long tests take is nobody's matter.
    let run = ManagementRun(
      read, limits: limits, clock: { [now = ContinuousClock.now] in now },
      reader: { request in try #require(pages[request.skiptoken]) })
    return String(decoding: try await run.body(), as: UTF8.self)
  }

  static func refusal(_ body: () async throws -> String) async throws -> LegacyError {
    try await #require(throws: LegacyError.self) { _ = try await body() }
  }

  // MARK: Key rings

  @Test func aKeyIsLookedUp() throws {
    let read = try Self.read("profile/keyring?dataSourceName=o'n&entityName=e&key=k%2B1")
    #expect(
      printed(read.query) == "msdynci_alternatekeys?$select=msdynci_customerid,msdynci_keyring&$filter="
        + "msdynci_datasourcename eq 'o''n' and msdynci_entityname eq 'e' and msdynci_alternatevalue eq 'k+1'&$top=2")
  }

  @Test(arguments: ["", "?dataSourceName=a&entityName=b", "?dataSourceName=&entityName=b&key=c", "?key=c&entityName=b"])
  func allParametersAreNeeded(query: String) throws {
    let error = try #require(throws: LegacyError.self) { try Self.read("profile/keyring\(query)") }
    #expect(error.status == 400 && error.errorCode == "parameterMissing" && error.style == .apiErrorResult)
    #expect(!error.message.contains("'c'"))
  }

  @Test(
    arguments: [
      (#""{\"CI\":[\"1\"],\"n\":1.50}""#, #"{"CI":["1"],"n":1.50}"#), (#""not json""#, #""not json""#),
      ("null", "null"),
      (#""[1,\"\\u00e9\"]""#, #"[1,"\u00e9"]"#), (#""""#, #""""#),
    ])
  func aKeyRingIsJSON(token: String, ring: String) async throws {
    let read = try Self.read("profile/keyring?dataSourceName=a&entityName=b&key=c")
    let row = Self.row(["msdynci_customerid": #""c1""#, "msdynci_keyring": token])
    // One customer in two rows is one customer.
    for rows in [[row], [row, row]] {
      let body = try await Self.body(read, pages: [nil: Self.page(rows)])
      #expect(body == #"{"instanceId":"\#(Self.id)","customerId":"c1","keyRing":\#(ring)}"#)
    }
  }

  /// Ids of customers are shown as the old API had them, and two that differ in case are one.
  @Test func theCustomerOfAKeyRingHasNoDashes() async throws {
    let read = try Self.read("profile/keyring?dataSourceName=a&entityName=b&key=c")
    let ids = ["ce759201-f786-d590-bf21-34bff576c369", "CE759201-f786-d590-bf21-34bff576c369"]
    let rows = ids.map { Self.row(["msdynci_customerid": "\"\($0)\""]) }
    #expect(
      try await Self.body(read, pages: [nil: Self.page(rows)])
        == #"{"instanceId":"\#(Self.id)","customerId":"ce759201f786d590bf2134bff576c369","keyRing":null}"#)
  }

  @Test func aKeyOfTwoCustomersIsNobodys() async throws {
    let read = try Self.read("profile/keyring?dataSourceName=a&entityName=b&key=c")
    let rows = ["c1", "c2"].map { Self.row(["msdynci_customerid": "\"\($0)\""]) }
    let error = try await Self.refusal { try await Self.body(read, pages: [nil: Self.page(rows)]) }
    #expect(error.status == 501 && error.errorCode == "keyNotUnique")
    for nothing in [[], [Self.row(["msdynci_customerid": "null"])]] {
      let error = try await Self.refusal { try await Self.body(read, pages: [nil: Self.page(nothing)]) }
      #expect(error.status == 404 && error.errorCode == "keyNotFound")
    }
  }

  // MARK: Counting

  @Test func entitiesAreCounted() async throws {
    let read = try Self.read("manage/tables/brandshareofvoicefrommicrosoft/entitysize")
    #expect(
      printed(read.query) == "msdynci_enrichments?$filter=msdynci_enrichmentprovider eq "
        + "'BrandShareOfVoiceFromMicrosoft'&$top=1&$count=true"
        || printed(read.query).contains("msdynci_enrichmentprovider eq 'BrandShareOfVoiceFromMicrosoft'"))
    #expect(read.query.options.select?.value.map(\.path) == [["msdynci_customerid"]])
    #expect(read.withAnyColumns?.query.options.select == nil && read.withAnyColumns?.withAnyColumns == nil)
    #expect(
      try await Self.body(read, pages: [nil: Self.page([], count: "4999")])
        == #"{"qualifiedEntityName":"BrandShareOfVoiceFromMicrosoft","size":null,"rowCount":4999}"#)
    for (count, status) in [("5000", 501), ("5001", 501), ("x", 502), (nil, 502)] {
      let error = try await Self.refusal { try await Self.body(read, pages: [nil: Self.page([], count: count)]) }
      #expect(error.status == status && error.style == .apiErrorResult)
    }
  }

  /// Tables that are counted no further than to the end of a page: their pages are counted, within the limits of a plan.
  @Test func pagesAreCountedWhereTheServiceDoesNot() async throws {
    let read = try Self.read("manage/tables/Customer/entitysize")
    let row = Self.row(["msdynci_customerid": #""c""#])
    let pages: [String?: RowPage] = [
      nil: Self.page([DataverseRow](repeating: row, count: 500), next: "2", count: "500"),
      "2": Self.page([DataverseRow](repeating: row, count: 7)),
    ]
    #expect(try await Self.body(read, pages: pages).contains(#""rowCount":507}"#))
    for count in ["499", "501"] {
      #expect(
        try await Self.body(read, pages: [nil: Self.page([row], count: count)]).contains(#""rowCount":\#(count)}"#))
    }
    // The page that is counted beside, and both that are counted: as much as it takes, and one less.
    for (path, least) in [(\LegacyPlanLimits.rows, 1007), (\.reads, 3), (\.bytes, 30)] {
      var limits = Self.limits
      limits[keyPath: path] = least
      #expect(try await Self.body(read, limits: limits, pages: pages).contains(#""rowCount":507}"#))
      limits[keyPath: path] = least - 1
      let error = try await Self.refusal { [limits] in try await Self.body(read, limits: limits, pages: pages) }
      #expect(error.status == 501 && error.errorCode == "countLimit" && error.style == .apiErrorResult)
      #expect(
        error.message
          == "Customer has more rows than are counted here: Dataverse says 500, where it counts no further, "
          + "and all rows are more than one request may read.")
      #expect(error.remedy == "Read the rows under /data and count those of the pages.")
    }
  }

  private struct Refused: RefusedRead {}

  /// Pages that the policy does not let be read are nothing that the client asked for.
  @Test func pagesThatMayNotBeReadAreNotCounted() async throws {
    let read = try Self.read("manage/tables/Customer/entitysize")
    let row = Self.row(["msdynci_customerid": #""c""#])
    let run = ManagementRun(
      read, limits: Self.limits, clock: { [now = ContinuousClock.now] in now },
      reader: { request in
        guard request.skiptoken == nil else { throw Refused() }
        return Self.page([DataverseRow](repeating: row, count: 500), next: "2", count: "500")
      })
    let error = try await #require(throws: LegacyError.self) { try await run.body() }
    #expect(error.status == 501 && error.errorCode == "countLimit" && error.style == .apiErrorResult)
    #expect(error.message.hasSuffix("and the policy does not let the pages behind be read."))
    #expect(error.remedy.contains("`$skiptoken` among the `options`"))
  }

  @Test func whatCannotBeCountedSaysSo() throws {
    for (name, status, code) in [("Nothing", 404, "entityNotFound"), ("vip", 501, "notSupported")] {
      let error = try #require(throws: LegacyError.self) { try Self.read("manage/entities/\(name)/entitysize") }
      #expect(error.status == status && error.errorCode == code && error.style == .apiErrorResult)
    }
  }

  // MARK: Segments

  @Test func segmentsAreListedOnlyWhereTheMappingSaysSo() throws {
    let error = try #require(throws: LegacyError.self) { try Self.read("manage/segments") }
    #expect(error.status == 501 && error.message.contains("Definitions of segments"))
    let read = try Self.read("manage/segments", privateMetadata: true)
    #expect(printed(read.query) == "msdynci_segmentmemberships?$select=msdynci_segments" && read.pageSize == 500)
  }

  /// The first names where a number was asked for; all of them where clients send the parameter without a value.
  @Test(arguments: [
    ("", 3), ("?numberOfSegments=", 3), ("?numberofsegments=1", 1), ("?NumberOfSegments=002", 2),
    ("?numberOfSegments=3&includeHistoricStats=true", 3), ("?numberOfSegments=9223372036854775806", 3),
  ])
  func asManySegmentsAsWereAskedFor(query: String, count: Int) async throws {
    let read = try Self.read("manage/segments\(query)", privateMetadata: true)
    let list = Self.row(["msdynci_segments": #""{\"Segments\":[\"c\",\"a\",\"b\"]}""#])
    let body = try await Self.body(read, pages: [nil: Self.page([list])])
    #expect(body.matches(of: /"name":"(.)"/).map { String($0.1) } == Array(["a", "b", "c"].prefix(count)))
    let all = try Self.read("manage/segments", privateMetadata: true)
    #expect((read.identity == all.identity) == !query.contains { $0.isNumber })
  }

  @Test(arguments: ["0", "-1", "abc", "1.5", "%2B1", "9223372036854775808", "%D9%A1", "1%20"])
  func aNumberOfSegmentsIsANumber(text: String) throws {
    let error = try #require(throws: LegacyError.self) {
      try Self.read("manage/segments?numberOfSegments=\(text)", privateMetadata: true)
    }
    #expect(error.status == 400 && error.errorCode == "parameterInvalid" && error.style == .apiErrorResult)
    #expect(error.target == "numberOfSegments" && error.message.contains("`numberOfSegments`"))
  }

  @Test func segmentsComeFromAllPages() async throws {
    let read = try Self.read("manage/segments", privateMetadata: true)
    func row(_ token: String) -> DataverseRow { Self.row(["msdynci_segments": token]) }
    let pages: [String?: RowPage] = [
      nil: Self.page([row(#""{\"Segments\":[\"b\",\"a\"]}""#), row("null"), row(#""no json""#)], next: "2"),
      "2": Self.page([row(#""{\"Segments\":[\"a\",\"c \\\"d\\\"\"]}""#)]),
    ]
    let body = try await Self.body(read, pages: pages)
    let list = try #require(try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [[String: Any]])
    #expect(list.map { $0["name"] as? String } == ["a", "b", #"c "d""#])
    #expect(list.allSatisfy { $0["state"] as? String == "Active" && $0["instanceId"] as? String == Self.id })
    var limits = Self.limits
    limits.rows = 4
    #expect(try await Self.body(read, limits: limits, pages: pages) == body)
    limits.rows = 3
    let error = try await Self.refusal { try await Self.body(read, limits: limits, pages: pages) }
    #expect(error.errorCode == "planTooLarge")
  }
}
