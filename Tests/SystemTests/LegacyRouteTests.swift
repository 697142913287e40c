import Foundation
import Testing

/// Every path of the legacy API, over sockets against the sandbox: what it answers, in whose shape, and whether anything
/// was asked of the organization for it.
@Suite(.serialized) struct LegacyRouteTests {
  static let instance = "00000000-0000-4000-8000-00000000abcd"
  static let own = Result {
    try Gateway(
      ["--access-log", "off"], customers: 60,
      more: """
        instances:
          \(instance): { friendlyName: First, region: Europe, tenantName: Contoso, isB2B: true }
        legacy: { sunset: 2030-06-30 }
        """)
  }
  let gateway: Gateway

  init() throws { gateway = try Self.own.get() }

  /// The key of a source, as a row of the sandbox has it.
  private static let key = Result { () -> [String: String] in
    let gateway = try own.get()
    let row = try #require(
      try HTTPConnection.get(gateway.sandbox, "/api/data/v9.2/msdynci_alternatekeys?$top=1").rows().first)
    let columns = [
      "keyDataSource": "msdynci_datasourcename", "keyEntity": "msdynci_entityname",
      "keyValue": "msdynci_alternatevalue", "keyCustomer": "msdynci_customerid",
    ]
    return columns.compactMapValues { row[$0] as? String }
  }

  private func filled(_ text: String) throws -> String {
    let text = gateway.filled(
      text.replacing("{L}", with: "/v1/instances/{I}").replacing("{I}", with: Self.instance)
        .replacing("{O}", with: gateway.origin))
    return try Self.key.get().reduce(text) { $0.replacing("{\($1.key)}", with: $1.value) }
  }

  private func send(
    _ method: String, _ target: String, host: String = "gateway", headers: [String] = []
  ) throws -> HTTPConnection.Response {
    let connection = try HTTPConnection(gateway.origin)
    let fields = (["Host: \(host)", "Connection: close"] + headers).joined(separator: "\r\n")
    try connection.send(raw: "\(method) \(encoded(target)) HTTP/1.1\r\n\(fields)\r\n\r\n")
    return try connection.response(isHead: method == "HEAD")
  }

  @Test(arguments: LegacyRouteRow.all.indices)
  func everyLineIsAnswered(row: Int) throws {
    let row = LegacyRouteRow.all[row]
    let before = try gateway.statistics()
    let response = try send(row.method, try filled(row.target), host: row.host, headers: row.headers)
    let what: Comment = "\(row.line): \(row.method) \(row.target) → \(response.status) \(response.text.prefix(1500))"
    #expect(response.status == row.status, what)
    for part in row.says { #expect(response.text.contains(try filled(part)), "\(part) is missing: \(what)") }
    #expect(try (gateway.statistics().requests > before.requests) == row.reads, what)
    #expect(try gateway.statistics().writesRefused == 0)
    try expectShape(response, row, what)
    #expect(response["deprecation"] == "@1687737600", what)
    #expect(response["sunset"] == "Sun, 30 Jun 2030 00:00:00 GMT", what)
    let links = response.headers.filter { $0.name == "link" }.map(\.value)
    if row.successor == "*" {
      #expect(links.count == 1 && links[0].hasPrefix("<\(gateway.origin)/api/data/v9.2/msdynci_"), what)
    } else {
      let expected = try row.successor.map { [try filled("<{O}/api/data/v9.2/\($0)>; rel=\"successor-version\"")] }
      #expect(links == expected ?? [], what)
    }
    #expect((response["allow"] == "GET, HEAD") == (row.status == 405), what)
  }

  private func expectShape(
    _ response: HTTPConnection.Response, _ row: LegacyRouteRow, _ what: Comment
  ) throws {
    let json = try JSONSerialization.jsonObject(with: Data(response.body))
    switch row.shape {
    case .json: #expect(response["content-type"]?.hasPrefix("application/json") == true, what)
    case .oDataError:
      let error = try #require(json as? [String: Any], what)
      #expect(Set(error.keys) == ["errorCode", "message", "target", "details", "innerError"], what)
    case .apiErrorResult:
      let error = try #require(json as? [String: Any], what)
      #expect(
        Set(error.keys) == [
          "exception", "httpStatusCode", "exceptionCulprit", "errorCode", "resultSeverity", "message", "name", "params",
        ], what)
      #expect(error["httpStatusCode"] as? Int == response.status, what)
      #expect((error["message"] as? String)?.isEmpty == false, what)
    }
  }

  /// What an answer says replaces the request has an answer, too.
  @Test(arguments: LegacyRouteRow.all.indices.filter { LegacyRouteRow.all[$0].successor != nil })
  func successorsAreAnswered(row: Int) throws {
    let row = LegacyRouteRow.all[row]
    let link = try #require(
      try send(row.method, try filled(row.target), host: row.host, headers: row.headers)["link"])
    let url = try #require(link.firstMatch(of: /^<(.*)>; rel="successor-version"$/)?.1)
    let response = try send("GET", String(url.dropFirst(gateway.origin.count)))
    #expect(response.status == 200 && response["deprecation"] == nil, "\(url): \(response.text.prefix(300))")
  }

  /// What never becomes a request is answered in the shape that its target tells, as far as it was read; where nothing of
  /// it can be read, in Dataverse's.
  @Test(
    arguments: [
      ("GET {L}/data/Customer HTTP/1.1\r\nHost: a\r\nX: \(long)\r\n\r\n", 431, .oDataError),
      ("GET /v1/instances HTTP/1.1\r\nHost: a\r\nX: \(long)\r\n\r\n", 431, .apiErrorResult),
      ("GET {L}/data/Customer?\(long) HTTP/1.1\r\nHost: a\r\n\r\n", 431, .oDataError),
      ("GET {L}/data/Customer?\(String(repeating: "y", count: 33_000)) HTTP/1.1\r\nHost: a\r\n\r\n", 414, .oDataError),
      ("GET /INSTANCES/{I}/Data HTTP/9.9\r\nHost: a\r\n\r\n", 400, .oDataError),
      ("GET /api/instances/{I}/manage/entities HTTP/1.1\r\nHost : a\r\n\r\n", 400, .apiErrorResult),
      ("GET http://a{L}/data/Customer HTTP/1.1\r\nHost: a\r\nA : b\r\n\r\n", 400, .oDataError),
      ("GET {L}/data/Customer HTTP/1.1\r\n\r\n", 400, .oDataError),
      ("GET {L}/rbac/myrole HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", 400, .apiErrorResult),
      ("brew {L}/data/Customer HTTP/1.1\r\nHost: a\r\n\r\n", 400, .oDataError),
      ("GET {L}/data/Customer\u{1} HTTP/1.1\r\nHost: a\r\n\r\n", 400, .oDataError),
      // Behind a request that was answered, in bytes of its own.
      ("GET {L}/rbac/myrole HTTP/1.1\r\nHost: a\r\n\r\n|GET {L} HTTP/1.1\r\nA : b\r\n\r\n", 400, .apiErrorResult),
      ("GET /api/data/v9.2/accounts HTTP/1.1\r\nA : b\r\n\r\n", 400, nil), ("NONSENSE\r\n\r\n", 400, nil),
    ] as [(String, Int, LegacyRouteRow.Shape?)])
  func whatIsNoRequestIsAnsweredInTheShapeOfItsTarget(
    request: String, status: Int, shape: LegacyRouteRow.Shape?
  ) throws {
    let connection = try HTTPConnection(gateway.origin)
    let parts = try filled(request).split(separator: "|").map(String.init)
    for part in parts.dropLast() {
      try connection.send(raw: part)
      #expect(try connection.response().status == 200)
    }
    try connection.send(raw: parts.last ?? "")
    let response = try connection.response()
    #expect(response.status == status && response["connection"] == "close", "\(response.text)")
    let error = try response.json()
    #expect((response["deprecation"] == "@1687737600") == (shape != nil))
    switch shape {
    case .oDataError: #expect(error["innerError"] != nil && error["errorCode"] as? String != nil)
    case .apiErrorResult: #expect(error["httpStatusCode"] as? Int == status && error["errorCode"] as? String != nil)
    case .json, nil: #expect((error["error"] as? [String: Any])?["code"] as? String == "guard.framing")
    }
  }

  private static let long = String(repeating: "y", count: 70_000)

  /// All forms of one read have the same rows.
  @Test func allFormsOfARelativePathAreOneRead() throws {
    let forms = [
      "/v1/instances/{I}/data/Customer?$filter=CustomerId eq '{customerID}'",
      "/api/instances/{I}/data?relativePath=Customer&$filter=CustomerId eq '{customerID}'",
      "/instances/{I}/data?Filter=CustomerId eq '{customerID}'&relativePath=Customer",
      "{L}/data/?relativePath=/Customer&Filter=CustomerId eq '{customerID}'&SkipNullFilterParameters=true",
      "{L}/data?relativePath=Customer%3F%24filter%3DCustomerId%20eq%20'{customerID}'&forceSearch=true",
      "{L}/data/Customer%3F%24filter%3DCustomerId%20eq%20%27{customerID}%27",
    ]
    let rows = try forms.map { try send("GET", try filled($0)).rows() }
    for (form, found) in zip(forms, rows) {
      #expect(found.count == 1, "\(form)")
      #expect(
        found.first.map { "\($0.sorted { $0.key < $1.key })" }
          == rows[0].first.map { "\($0.sorted { $0.key < $1.key })" })
    }
  }

  /// Pages follow links from every form.
  @Test func linksLeadOn() throws {
    for form in ["/data?relativePath=Customer&$select=CustomerId", "/data?$select=CustomerId&relativePath=Customer"] {
      let gateway = try Gateway(["--access-log", "off"], customers: 130)
      let root = gateway.filled("/api/instances/{instanceID}")
      let page = try HTTPConnection.get(gateway.origin, root + form)
      #expect(try page.rows().count == 100)
      let link = try #require(try page.json()["@odata.nextLink"] as? String)
      #expect(link.hasPrefix("\(gateway.origin)\(root)/data/Customer?"), "\(link)")
      let next = try HTTPConnection.get(gateway.origin, String(link.dropFirst(gateway.origin.count)))
      #expect(try next.rows().count == 30, "\(next.text.prefix(300))")
    }
  }

  /// Where a query was put together anew, a refusal does not point at places that it does not stand at.
  @Test func placesAreToldOnlyWhereTheyAreRight() throws {
    let inPlace = "/v1/instances/\(Self.instance)/data?relativePath=Customer&$filter=Gender%20eq%20'x'"
    let message = try #require(try send("GET", inPlace).json()["message"] as? String)
    let place = try #require(message.firstMatch(of: /bytes (\d+)–(\d+) of/))
    let bytes = Array(inPlace.utf8)
    let shown = String(decoding: bytes[try #require(Int(place.1))..<(try #require(Int(place.2)))], as: UTF8.self)
    #expect(shown.hasPrefix("Gender"), "\(message)")
    for query in ["$filter=Gender%20eq%20'x'", "$filter=Gender%20eq", "$filter=Nothing%20eq%201"] {
      let moved = try send("GET", "/v1/instances/\(Self.instance)/data?\(query)&relativePath=Customer")
      #expect(moved.status == 403 || moved.status == 400)
      #expect(!moved.text.contains("of the request target"), "\(moved.text)")
    }
  }

  @Test func headHasTheSameHead() throws {
    for path in ["/v1/instances", "/v1/instances/\(Self.instance)/manage/entities"] {
      let get = try send("GET", path)
      let head = try send("HEAD", path)
      #expect(head.status == 200 && head["etag"] == get["etag"] && head["content-length"] == get["content-length"])
      let known = try send("GET", path, headers: ["If-None-Match: \(try #require(get["etag"]))"])
      #expect(known.status == 304 && known["deprecation"] == "@1687737600")
    }
  }

  /// The other dialect is not deprecated.
  @Test func dataverseAnswersHaveNoSuchFields() throws {
    for (target, status) in [
      ("/api/data/v9.2/msdynci_customerprofiles?$top=1", 200), ("/nothing", 404), ("/v1x", 404), ("/api", 404),
      ("/api/data/v9.2/$metadata", 200), ("/api/data/v9.2/Nothing", 403),
    ] {
      let response = try send("GET", target)
      #expect(response.status == status)
      for name in ["deprecation", "sunset", "link"] { #expect(response[name] == nil) }
    }
  }
}
