import Foundation
import Testing

/// What must not pass, and that nothing of it reaches the organization. Serialized: each case compares the sandbox's
/// counters before and after, so it has a gateway of its own that nobody else uses.
@Suite(.serialized) struct RefusalTests {
  static let own = Result { try Gateway(["--access-log", "off"], customers: 20) }
  let gateway: Gateway

  init() throws { gateway = try Self.own.get() }

  static let writes = [
    "POST", "PUT", "PATCH", "DELETE", "MERGE", "OPTIONS", "TRACE", "PROPFIND", "LOCK", "QUERY", "PURGE", "post", "BREW",
  ]
  static let targets = [
    "/api/data/v9.2/msdynci_customerprofiles", "/v1/instances/{instanceID}/data/UnifiedActivity",
    "/api/instances/{instanceID}/data/Customer/x?validUntil=2026-01-01", "/api/data/v9.2/$batch", "/",
  ]

  @Test(arguments: writes, targets)
  func writesAreRefusedAndNeverSent(method: String, target: String) throws {
    let before = try gateway.statistics()
    let target = gateway.filled(target)
    let connection = try HTTPConnection(gateway.origin)
    try connection.send(method, target, headers: ["Content-Type: application/json"], body: "{\"a\":1}")
    let response = try connection.response()
    // What is no token of HTTP at all never becomes a request.
    let isParsed = response.status != 400
    #expect(
      response.status == 405 || (!isParsed && (method == "post" || method == "BREW")),
      "\(response.status) \(response.text)")
    if isParsed {
      #expect(response["allow"] == "GET, HEAD")
      #expect(response.text.contains("breaks Customer Insights processing"))
      let json = try response.json()
      if target.contains("instances") {
        #expect(json["errorCode"] as? String == "writesRefused")
      } else {
        #expect((json["error"] as? [String: Any])?["code"] as? String == "guard.write")
      }
    }
    let after = try gateway.statistics()
    #expect(after.writesRefused == 0)
    #expect(after.requests == before.requests)
  }

  @Test(arguments: ["X-HTTP-Method: DELETE", "X-HTTP-Method-Override: PATCH", "x-method-override: PUT"])
  func tunnelledWritesAreRefused(header: String) throws {
    let before = try gateway.statistics()
    let response = try HTTPConnection.get(
      gateway.origin, "/api/data/v9.2/msdynci_customerprofiles", headers: [header])
    #expect(response.status == 405)
    #expect(try gateway.statistics() == before)
  }

  /// Target → status, code, and the text that the position in the message points at.
  static let denied: [(String, Int, String, String)] = [
    ("accounts", 403, "policy.table", "accounts"),
    ("WhoAmI", 403, "DV014", "WhoAmI"),
    ("msdynci_customerprofiles?$select=createdon", 403, "policy.column.select", "createdon"),
    ("msdynci_customerprofiles?$select=*", 403, "policy.column.select", "*"),
    ("msdynci_customerprofiles?$orderby=msdynci_email", 403, "policy.column.order", "msdynci_email"),
    ("msdynci_customerprofiles?$filter=createdon gt 2020-01-01T00:00:00Z", 403, "policy.column.filter", "createdon"),
    ("msdynci_customerprofiles?$skip=5", 403, "DV001", "$skip=5"),
    ("msdynci_customerprofiles?$search=x", 403, "DV001", "$search=x"),
    ("msdynci_customerprofiles?fetchXml=<fetch/>", 403, "DV014", "fetchXml=<fetch/>"),
    ("msdynci_customerprofiles?savedQuery=00000000-0000-0000-0000-000000000001", 403, "DV014", "savedQuery"),
    ("msdynci_customerprofiles?UnMaskedData=true", 403, "DV014", "UnMaskedData=true"),
    ("msdynci_customerprofiles?$apply=aggregate($count as c)", 403, "policy.option", "$apply"),
    ("msdynci_customerprofiles?$expand=msdynci_lookupfield_customer", 403, "policy.option", "$expand"),
    ("msdynci_customerprofiles?$top=100000", 403, "policy.limit.top", "$top=100000"),
    ("$metadata?$format=json", 403, "policy.metadata", "$format=json"),
    ("EntityDefinitions?$expand=Attributes", 403, "policy.metadata", "$expand=Attributes"),
    ("GlobalOptionSetDefinitions", 403, "policy.metadata", "GlobalOptionSetDefinitions"),
    ("msdynci_customerprofiles(00000000-0000-0000-0000-000000000001)", 403, "policy.option", ""),
    ("msdynci_customerprofiles?$fliter=a eq 1", 400, "syntax.unknown-option", "$fliter"),
    ("msdynci_customerprofiles?$filter=msdynci_customerid eq 'a", 400, "syntax.unterminated-string", "'a"),
    ("msdynci_customerprofiles?$filter=contains(msdynci_lastname,'ab')", 403, "policy.literal", "'ab'"),
    ("msdynci_customerprofiles?$skiptoken=forged", 403, "policy.paging-token", "$skiptoken=forged"),
    ("Microsoft.Dynamics.CRM.WhoAmI", 400, "syntax.invalid-segment", ""),
  ]

  @Test(arguments: denied)
  func deniedQueriesSayWhichRuleWhereAndWhatWouldPass(target: String, status: Int, code: String, place: String) throws {
    let before = try gateway.statistics()
    let raw = encoded("/api/data/v9.2/" + target)
    let response = try HTTPConnection.get(gateway.origin, raw)
    #expect(response.status == status, "\(response.text)")
    let error = try #require(try response.json()["error"] as? [String: Any])
    #expect(error["code"] as? String == code)
    let message = try #require(error["message"] as? String)
    if !place.isEmpty {
      let match = try #require(message.firstMatch(of: /at bytes (\d+)–(\d+) of/), "\(message)")
      let bytes = Array(raw.utf8)
      let from = try #require(Int(match.1))
      let to = try #require(Int(match.2))
      #expect(from < to && to <= bytes.count)
      let shown = String(decoding: bytes[from..<min(to, bytes.count)], as: UTF8.self)
      #expect(shown.hasPrefix(encoded(place)) || encoded(place).hasPrefix(shown), "points at \(shown)")
    }
    #expect(try gateway.statistics() == before, "something was sent")
  }

  static let legacyDenied: [(String, Int, String)] = [
    ("/v1/instances/{instanceID}/data/Nothing", 404, "entityNotFound"),
    ("/v1/instances/{instanceID}/data/Customer?$filter=Nothing eq 1", 400, "propertyNotFound"),
    ("/v1/instances/{instanceID}/data/Customer?proxy=true", 501, "notSupported"),
    ("/v1/instances/{instanceID}/data/Customer?$skip=10", 501, "notSupported"),
    ("/v1/instances/{instanceID}/data/Customer?$expand=UnifiedActivity", 501, "notSupported"),
    ("/v1/instances/{instanceID}/data/Customer?$filter=IsMemberOfSegment('x')", 400, "syntax.unknown-function"),
    ("/v1/instances/{instanceID}/data/Customer_Measure?$filter=TotalSpend gt 5", 400, "columnNotFilterable"),
    ("/v1/instances/11111111-1111-1111-1111-111111111111/data/Customer", 404, "MetaDataNotFound"),
    ("/v1/instances/{instanceID}/manage/segments", 501, "notSupported"),
    ("/v1/instances/{instanceID}/data/Customer?$filter=CustomerId eq 'x", 400, "syntax.unterminated-string"),
  ]

  @Test(arguments: legacyDenied)
  func legacyRefusalsHaveTheirOldShape(target: String, status: Int, code: String) throws {
    let before = try gateway.statistics()
    let response = try HTTPConnection.get(gateway.origin, encoded(gateway.filled(target)))
    #expect(response.status == status, "\(response.text)")
    let json = try response.json()
    #expect(json["errorCode"] as? String == code)
    #expect((json["message"] as? String)?.isEmpty == false)
    #expect(try gateway.statistics() == before)
  }

  /// Raw bytes that are no sound request: refused or dropped, never sent on, never hanging.
  @Test(arguments: [
    "GET /api/data/v9.2/msdynci_customerprofiles HTTP/1.1\r\n\r\n",
    "GET /x HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "GET /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    "GET /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "GET /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "GET /x HTTP/9.9\r\nHost: a\r\n\r\n", "\u{0}\u{1}\u{2}\r\n\r\n", "GET\r\n\r\n",
    "GET /\u{0} HTTP/1.1\r\nHost: a\r\n\r\n", "GET /x HTTP/1.1\r\nHost: a\r\nA : b\r\n\r\n",
    "GET /x HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "y", count: 70_000))\r\n\r\n",
    "GET /\(String(repeating: "y", count: 33_000)) HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n",
    "GET /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n",
  ])
  func unsoundRequestsEndInAnError(raw: String) throws {
    let before = try gateway.statistics()
    let connection = try HTTPConnection(gateway.origin)
    try connection.send(raw: raw)
    let response = try connection.response()
    #expect([400, 414, 431].contains(response.status), "\(response.status)")
    #expect(response["connection"] == "close")
    #expect(connection.isClosed())
    #expect(try gateway.statistics() == before)
  }

  /// An offered protocol is declined: the answer comes, the connection ends, and nothing that follows is kept or read.
  @Test(arguments: [
    "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__", "Upgrade: websocket",
    "Connection: keep-alive, Upgrade\r\nUpgrade: websocket",
  ])
  func offersOfOtherProtocolsAreDeclined(fields: String) throws {
    let connection = try HTTPConnection(gateway.origin)
    let request = "/api/data/v9.2/msdynci_customerprofiles?$top=1 HTTP/1.1\r\nHost: a\r\n"
    try connection.send(raw: "GET \(request)\(fields)\r\n\r\nGET \(request)\r\n")
    let response = try connection.response()
    #expect(try response.rows().count == 1)
    #expect(response["connection"] == "close" && response["upgrade"] == nil)
    let before = try gateway.resident()
    // Dropped, not kept: far more than the process may grow by. The gateway may cut the connection at any time.
    let chunk = [UInt8](repeating: 0x41, count: 1 << 20)
    for _ in 0..<128 where (try? connection.send(raw: chunk)) == nil { break }
    #expect(try gateway.resident() - before < 32 << 20)
    #expect(try HTTPConnection.get(gateway.origin, Self.target("1")).rows().count == 1)
  }

  @Test func aRefusedUploadOfAnyLengthIsAnsweredAndNotKept() throws {
    let connection = try HTTPConnection(gateway.origin)
    let before = try gateway.resident()
    try connection.send(raw: "POST /api/data/v9.2/msdynci_customerprofiles HTTP/1.1\r\nHost: a\r\nUpgrade: x\r\n")
    try connection.send(raw: "Content-Length: 67108864\r\nConnection: upgrade\r\n\r\n")
    let chunk = [UInt8](repeating: 0x41, count: 1 << 20)
    for _ in 0..<64 { try connection.send(raw: chunk) }
    #expect(try connection.response().status == 405)
    #expect(try gateway.resident() - before < 32 << 20)
  }

  static func target(_ top: String) -> String {
    "/api/data/v9.2/msdynci_customerprofiles?$top=\(top)&$select=msdynci_customerid"
  }

  @Test func pipelinedRequestsAreAnsweredInOrder() throws {
    let connection = try HTTPConnection(gateway.origin)
    let ids = ["1", "2", "3", "4", "5"]
    var raw = ""
    for id in ids {
      raw += "GET \(Self.target(id)) HTTP/1.1\r\nHost: a\r\n\r\n"
      raw += "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n"
    }
    try connection.send(raw: raw)
    for id in ids {
      #expect(try connection.response().rows().count == Int(id))
      #expect(try connection.response().status == 404)
    }
  }
}
