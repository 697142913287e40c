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
    let isData = row.target.lowercased().contains("/data")
    #expect((response["link"] != nil) == (row.status == 200 && row.reads && isData), what)
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
    for (target, status) in [("/api/data/v9.2/msdynci_customerprofiles?$top=1", 200), ("/nothing", 404)] {
      let response = try send("GET", target)
      #expect(response.status == status)
      for name in ["deprecation", "sunset", "link"] { #expect(response[name] == nil) }
    }
  }
}
