import Foundation
import Testing

/// What answers of the legacy API say of their successor, and what their callers are counted and slowed down by.
@Suite struct LegacyMigrationHeaderTests {
  static let instance = "00000000-0000-4000-8000-00000000abcd"
  static let root = "/v1/instances/\(instance)/data/"

  /// Rows of a region alone, and none of the columns for free.
  static let policy = """
    version: 1
    name: regions
    options: [$select, $filter, $top, $skiptoken, $orderby, $count]
    tables:
      msdynci_customerprofile:
        ttl: 1m
        rowFilter: "msdynci_customerid ne @caller.region and createdon gt 2001-01-01T00:00:00Z"
        columns:
          msdynci_customerid: { select: true, filter: [eq] }
          msdynci_fullname: { type: text, displayName: FullName, select: true, filter: [eq, contains], order: true }
    scopes: { default: {} }

    """

  final class Subject {
    let organization: FakeOrganization
    let program: Program
    let origin: String
    let admin: String
    private let folder: TemporaryFolder

    init(
      callers: String = "anonymous: { scope: default, claims: { region: secret-region } }", more: String = "",
      calls: String = "0", answer: String? = nil
    ) throws {
      organization = try FakeOrganization { line in
        line.contains("EntityDefinitions")
          ? FakeOrganization.json("{}")
          : answer
            ?? FakeOrganization.json(#"{"@odata.count":7,"value":[{"msdynci_customerid":"1","msdynci_fullname":"A"}]}"#)
      }
      folder = try TemporaryFolder()
      let policy = try folder.write("policy.yaml", LegacyMigrationHeaderTests.policy)
      let mapping = try folder.write(
        "mapping.yaml",
        """
        version: 1
        entities:
          Customer: { table: msdynci_customerprofile, key: msdynci_customerid, search: [msdynci_fullname] }

        """)
      let file = try folder.write(
        "sluice.yaml",
        """
        version: 1
        server: { listen: "127.0.0.1:0", admin: "127.0.0.1:0" }
        upstream: { url: "\(organization.origin)", httpVersion: 1 }
        instances: ["\(LegacyMigrationHeaderTests.instance)"]
        policy: \(policy)
        mapping: \(mapping)
        callers: { \(callers) }
        log: { access: "off" }
        \(more)
        """)
      program = try Program(["serve", "--config", file], environment: ["SLUICE_LEGACY_CALLS": calls])
      admin = try program.address("admin")
      origin = try program.address("gateway")
    }

    deinit {
      program.kill9()
      organization.stop()
      folder.remove()
    }
  }

  private static let shared = Result { UncheckedSubject(value: try Subject()) }
  /// A suite's subject is used by its tests at the same time, through sockets alone.
  private struct UncheckedSubject: @unchecked Sendable { var value: Subject }

  /// Legacy query → the Dataverse query that replaces it: what was asked, in other names, and nothing of the policy's.
  @Test(arguments: [
    ("Customer", "msdynci_customerprofiles"),
    ("Customer?$top=5", "msdynci_customerprofiles?$top=5"),
    ("Customer?$top=500", "msdynci_customerprofiles?$top=500"),
    ("Customer?$select=FullName", "msdynci_customerprofiles?$select=msdynci_fullname"),
    ("Customer?$select=*&$orderby=FullName%20desc", "msdynci_customerprofiles?$orderby=msdynci_fullname%20desc"),
    (
      "Customer?$filter=CustomerId%20in%20('a','b')&$select=FullName",
      "msdynci_customerprofiles?$select=msdynci_fullname&$filter=msdynci_customerid%20eq%20'a'%20or%20msdynci_customerid%20eq%20'b'"
    ),
    ("Customer('x%3Ey')", "msdynci_customerprofiles?$filter=msdynci_customerid%20eq%20'x%3Ey'"),
    ("Customer?$filter=FullName%20eq%20'%C3%A9'", "msdynci_customerprofiles?$filter=msdynci_fullname%20eq%20'%C3%A9'"),
    ("Customer?$search=ann&$skip=1&$top=2", "msdynci_customerprofiles?$filter=contains(msdynci_fullname,'ann')&$top=2"),
  ])
  func theSuccessorIsWhatWasAsked(query: String, successor: String) throws {
    let subject = try Self.shared.get().value
    for round in 1...2 {
      let response = try HTTPConnection.get(subject.origin, Self.root + query)
      #expect(response.status == 200, "\(response.text)")
      #expect(
        response["link"] == "<\(subject.origin)/api/data/v9.2/\(successor)>; rel=\"successor-version\"",
        "round \(round)")
      for secret in ["secret-region", "createdon", "2001-01-01"] {
        #expect(!response.headers.contains { $0.value.contains(secret) })
      }
      #expect(response["deprecation"] == "@1687737600" && response["sunset"] == nil)
    }
    // What was sent has the filter all the same.
    #expect(subject.organization.reads.allSatisfy { $0.line.contains("secret-region") })
  }

  @Test func longQueriesHaveNoLink() throws {
    let subject = try Self.shared.get().value
    func response(_ length: Int) throws -> HTTPConnection.Response {
      let text = String(repeating: "a", count: length)
      return try HTTPConnection.get(subject.origin, Self.root + "Customer?$filter=FullName%20eq%20'\(text)'")
    }
    let empty = "\(subject.origin)/api/data/v9.2/msdynci_customerprofiles?$filter=msdynci_fullname%20eq%20''".utf8.count
    let fits = try response(4096 - empty)
    #expect(fits.status == 403 || fits["link"]?.utf8.count == 4096 + #"<>; rel="successor-version""#.utf8.count)
    let tooLong = try response(4097 - empty)
    #expect(tooLong["link"] == nil)
  }

  /// What becomes of the organization's failures: in the shape of the operation, with a status that clients look at, and
  /// with the query that replaces the request, which is known whatever became of the answer.
  @Test(
    arguments: [
      (FakeOrganization.json("secret", status: "500 Internal Server Error"), 502, "upstream.status"),
      (FakeOrganization.json("{}", status: "401 Unauthorized"), 502, "upstream.access"),
      (FakeOrganization.json("{}", status: "429 Too Many Requests", fields: "Retry-After: 600\r\n"), 503, nil),
      (FakeOrganization.json(#"{"secret":[]}"#), 502, nil),
    ] as [(String, Int, String?)])
  func failuresHaveTheOldShapeAndALink(answer: String, status: Int, code: String?) throws {
    let subject = try Subject(answer: answer)
    let root = "\(subject.origin)/api/data/v9.2/"
    for (target, shape, successor) in [
      ("data/Customer?$top=5", "innerError", "msdynci_customerprofiles?$top=5"),
      ("data/Customer?$skip=1&$top=5", "innerError", "msdynci_customerprofiles?$top=5"),
      (
        "manage/entities/Customer/entitysize", "exceptionCulprit",
        "msdynci_customerprofiles?$select=msdynci_customerid&$top=1&$count=true"
      ),
    ] {
      let response = try HTTPConnection.get(subject.origin, "/v1/instances/\(Self.instance)/\(target)")
      #expect(response.status == status, "\(target): \(response.text)")
      let error = try response.json()
      #expect(error[shape] != nil && (error["message"] as? String)?.isEmpty == false, "\(target): \(response.text)")
      if let code { #expect(error["errorCode"] as? String == code, "\(response.text)") }
      if shape == "exceptionCulprit" { #expect(error[shape] as? String == "external") }
      #expect(response["deprecation"] == "@1687737600")
      #expect(response["link"] == "<\(root)\(successor)>; rel=\"successor-version\"", "\(target)")
      #expect(!response.text.contains("secret"))
      #expect((response["retry-after"] != nil) == (status == 503))
    }
  }

  /// Nothing replaces what is refused, and nothing is told of what a caller is not known to be allowed.
  @Test(arguments: [
    ("GET", "data/Customer?$filter=Email%20eq%20'x'", 400), ("GET", "data/Customer?$orderby=CustomerId", 403),
    ("GET", "data/Nothing", 404), ("GET", "data/Customer?$filter=", 400), ("GET", "manage/measures", 501),
    ("GET", "data/Customer?$skip=999999", 400), ("POST", "data/Customer", 405), ("PUT", "manage/search", 405),
    ("GET", "what", 404), ("GET", "manage/entities/Email", 404),
  ])
  func refusalsHaveNoLink(method: String, path: String, status: Int) throws {
    let subject = try Self.shared.get().value
    let target = "/v1/instances/\(Self.instance)/\(path)"
    let response = try HTTPConnection.get(subject.origin, target, method: method)
    #expect(response.status == status, "\(response.text)")
    #expect(response["link"] == nil && response["deprecation"] == "@1687737600")
  }

  // MARK: Counting

  @Test func entitiesAreCounted() throws {
    let subject = try Self.shared.get().value
    let size = try HTTPConnection.get(
      subject.origin, "/v1/instances/\(Self.instance)/manage/entities/customer/entitysize")
    #expect(size.status == 200)
    #expect(size.text == #"{"qualifiedEntityName":"Customer","size":null,"rowCount":7}"#)
    #expect(size["content-type"] == "application/json; charset=utf-8")
    #expect(
      size["link"]
        == "<\(subject.origin)/api/data/v9.2/msdynci_customerprofiles?$select=msdynci_customerid&$top=1&$count=true>; "
        + "rel=\"successor-version\"")
    let sent = try #require(subject.organization.reads.last { $0.line.contains("$count=true") })
    #expect(sent.line.contains("secret-region") && sent.line.contains("$top=1"), "\(sent.line)")
  }

  @Test func whatIsHiddenIsNotDescribed() throws {
    let subject = try Self.shared.get().value
    let entity = try HTTPConnection.get(subject.origin, "/v1/instances/\(Self.instance)/manage/entities/Customer")
    let attributes = try #require(try entity.json()["attributes"] as? [[String: Any]])
    #expect(attributes.map { $0["name"] as? String } == ["CustomerId", "FullName"])
  }

  // MARK: Callers

  private static func hash(_ key: String) throws -> String {
    try Program.run(["hash-key"], input: key).out.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  private static func callers() throws -> String {
    "keys: [ { id: shop, sha256: \(try hash("key-shop")), claims: { region: a } }, "
      + "{ id: crm, sha256: \(try hash("key-crm")), claims: { region: a } } ]"
  }

  private static func key(_ name: String) -> [String] { ["Ocp-Apim-Subscription-Key: key-\(name)"] }

  @Test func refusedWritesTellTheirCallers() throws {
    let subject = try Subject(callers: try Self.callers())
    let target = Self.root + "UnifiedActivity"
    for (method, headers) in [
      ("POST", Self.key("shop")), ("PATCH", Self.key("shop")), ("POST", Self.key("unknown")), ("POST", []),
      ("GET", Self.key("crm") + ["X-HTTP-Method: DELETE"]), ("POST", Self.key("shop") + Self.key("crm")),
    ] {
      let response = try HTTPConnection.get(subject.origin, target, method: method, headers: headers)
      #expect(response.status == 405 && response["allow"] == "GET, HEAD" && response["deprecation"] != nil)
    }
    // The other dialect's are not counted here.
    _ = try HTTPConnection.get(
      subject.origin, "/api/data/v9.2/msdynci_customerprofiles", method: "POST", headers: Self.key("shop"))
    let metrics = try HTTPConnection.get(subject.admin, "/metrics").text
    let counted = metrics.split(separator: "\n").filter { $0.hasPrefix("sluice_legacy_writes_refused_total") }
    #expect(
      counted == [
        #"sluice_legacy_writes_refused_total{caller=""} 3"#, #"sluice_legacy_writes_refused_total{caller="crm"} 1"#,
        #"sluice_legacy_writes_refused_total{caller="shop"} 2"#,
      ])
    #expect(subject.organization.reads.isEmpty)
  }

  /// The official clients take 401 for an empty success.
  @Test func whoIsNotKnownGetsWhatClientsRaise() throws {
    let subject = try Subject(callers: try Self.callers())
    for headers in [[], Self.key("unknown")] {
      let data = try HTTPConnection.get(subject.origin, Self.root + "Customer", headers: headers)
      #expect(data.status == 403 && data["deprecation"] == "@1687737600" && data["link"] == nil)
      #expect(try data.json()["errorCode"] as? String == "identity.subscription-key")
      #expect(try data.json()["details"] != nil)
      let other = try HTTPConnection.get(subject.origin, "/v1/instances", headers: headers)
      #expect(other.status == 403)
      #expect(try other.json()["httpStatusCode"] as? Int == 403)
    }
    #expect(subject.organization.reads.isEmpty)
  }

  /// Whatever answers: memory, the gateway itself, or the organization. Other callers and the other dialect go on.
  @Test func callsAreLimited() throws {
    let subject = try Subject(
      callers: try Self.callers(), more: "legacy: { throttle: { calls: 100, period: 1h } }", calls: "3")
    let query = Self.root + "Customer?$select=FullName"
    func get(_ target: String, _ caller: String) throws -> HTTPConnection.Response {
      try HTTPConnection.get(subject.origin, target, headers: Self.key(caller))
    }
    #expect(try get(query, "shop").status == 200)
    #expect(try get(query, "shop")["cache-status"]?.contains("hit") == true)
    #expect(try get("/v1/instances", "shop").status == 200)
    let data = try get(query, "shop")
    #expect(data.status == 429 && data["deprecation"] == "@1687737600" && data["link"] == nil)
    let seconds = try #require(data["retry-after"].flatMap { Int($0) })
    #expect((1...3600).contains(seconds))
    #expect(try data.json()["errorCode"] as? String == "tooManyRequests")
    #expect(try data.json()["details"] != nil)
    let other = try get("/v1/instances/\(Self.instance)/rbac/myrole", "shop")
    #expect(other.status == 429)
    #expect(try other.json()["httpStatusCode"] as? Int == 429)
    #expect(try get(query, "crm").status == 200)
    #expect(try get("/api/data/v9.2/msdynci_customerprofiles?$select=msdynci_fullname", "shop").status == 200)
    // A refused write is refused as a write.
    #expect(
      try HTTPConnection.get(subject.origin, query, method: "POST", headers: Self.key("shop")).status == 405)
  }
}
