import Foundation
import Testing

/// The gateway before an organization that misbehaves.
@Suite struct OrganizationTests {
  static let target = "/api/data/v9.2/msdynci_customerprofiles?$select=msdynci_fullname&$top=1"

  @Test func onlyWhatWeWriteTravels() throws {
    let organization = try FakeOrganization { _ in
      FakeOrganization.json(
        #"{"@odata.context":"http://secret.example/$metadata","@secret.term":"s","value":[{"@odata.etag":"W/\"1\"","msdynci_fullname@Secret.Term":"s","msdynci_fullname":"A","secretcolumn":"s","msdynci_email":"s"}],"@odata.nextLink":"http://secret.example/x?a=s&$skiptoken=%3Ccookie%20a%253d%3E"}"#
      )
    }
    defer { organization.stop() }
    let (program, origin) = try organization.gateway()
    defer { program.kill9() }
    let response = try HTTPConnection.get(
      origin,
      "/api/data/v9.2/msdynci_customerprofiles?%24select=msdynci_fullname&$filter=msdynci_lastname+eq+'a%26$top=9'",
      headers: [
        "Authorization: Bearer client-token", "Cookie: client=1", "X-Other: 1", "If-None-Match: \"x\"",
        "Prefer: odata.track-changes",
      ])
    #expect(response.status == 200, "\(response.text)")
    let request = try #require(organization.reads.first)
    #expect(
      request.line
        == "GET /api/data/v9.2/msdynci_customerprofiles?$select=msdynci_fullname&$filter=msdynci_lastname%20eq%20'a%26$top%3D9' HTTP/1.1"
        || request.line.contains("'a%26$top=9'"), "\(request.line)")
    let names = Set(request.headers.map { $0.prefix { $0 != ":" }.lowercased() })
    #expect(
      names.isSubset(of: [
        "host", "accept", "accept-encoding", "odata-version", "odata-maxversion", "if-none-match", "user-agent",
        "prefer",
      ]), "\(names)")
    #expect(request.headers.contains("Prefer: odata.maxpagesize=500"))
    #expect(!response.text.contains("secret") && !response.text.contains("msdynci_email"))
    #expect(!response.text.contains("cookie"))
    let row = try #require(try response.rows().first)
    #expect(Set(row.keys) == ["msdynci_fullname"])
    // The link's token opens, and what goes upstream is the organization's own, encoded once.
    let link = try #require(try response.json()["@odata.nextLink"] as? String)
    _ = try HTTPConnection.get(origin, String(link.dropFirst(origin.count)))
    #expect(
      organization.reads.last?.line.contains("$skiptoken=%3Ccookie%20a%253d%3E") == true,
      "\(organization.reads.last?.line ?? "")")
  }

  /// One heavy caller starves nobody: what it asks beyond its budget is refused, what is in memory is not counted.
  @Test func everyCallerHasABudget() throws {
    let organization = try FakeOrganization { line in
      FakeOrganization.json(line.contains("EntityDefinitions") ? "{}" : #"{"value":[]}"#)
    }
    defer { organization.stop() }
    func hash(_ key: String) throws -> String {
      try Program.run(["hash-key"], input: key).out.trimmingCharacters(in: .whitespacesAndNewlines)
    }
    let (program, origin) = try organization.gateway(
      """
      callers:
        keys:
          - { id: heavy, sha256: \(try hash("first-key-of-the-test")), scope: default }
          - { id: light, sha256: \(try hash("other-key-of-the-test")), scope: default }
        budget: { requestsPerMinute: 1, burst: 2, concurrent: 2 }
      """)
    defer { program.kill9() }
    func status(_ top: Int, _ key: String) throws -> (Int, String?) {
      let response = try HTTPConnection.get(
        origin, "/api/data/v9.2/msdynci_customermeasures?$top=\(top)", headers: ["Ocp-Apim-Subscription-Key: \(key)"])
      return (response.status, response["retry-after"])
    }
    #expect(try status(1, "first-key-of-the-test").0 == 200)
    #expect(try status(2, "first-key-of-the-test").0 == 200)
    let refused = try status(3, "first-key-of-the-test")
    #expect(refused.0 == 429)
    #expect(refused.1.flatMap { Int($0) }.map { (1...60).contains($0) } == true)
    #expect(try status(2, "first-key-of-the-test").0 == 200, "it is in memory")
    #expect(try status(3, "other-key-of-the-test").0 == 200)
    #expect(organization.reads.count == 3)
  }

  @Test func busyOrganizationsAreLeftAlone() throws {
    let organization = try FakeOrganization { line in
      line.contains("EntityDefinitions")
        ? FakeOrganization.json("{}")
        : FakeOrganization.json(
          #"{"error":{"code":"0x80072322","message":"secret text"}}"#, status: "429 Too Many Requests",
          fields: "Retry-After: 600\r\n")
    }
    defer { organization.stop() }
    let (program, origin) = try organization.gateway()
    defer { program.kill9() }
    for _ in 0..<5 {
      let response = try HTTPConnection.get(origin, Self.target)
      #expect(response.status == 503)
      #expect(response["retry-after"].flatMap { Int($0) }.map { (590...600).contains($0) } == true)
      #expect(!response.text.contains("secret"))
    }
    #expect(organization.reads.count == 1)
  }

  @Test(arguments: [
    FakeOrganization.json("<html>secret</html>", status: "500 Internal Server Error"),
    FakeOrganization.json(#"{"error":{"code":"0x1","message":"secret"}}"#, status: "400 Bad Request"),
    FakeOrganization.json(#"{"error":{"code":"0x1","message":"secret"}}"#, status: "403 Forbidden"),
    FakeOrganization.json("", status: "302 Found", fields: "Location: http://127.0.0.1:1/secret\r\n"),
    FakeOrganization.json(#"{"value":[{"msdynci_fullname":"secret"}"#),
    FakeOrganization.json(#"{"error":{"message":"secret"}}"#),
    FakeOrganization.json(#"{"value":{"secret":1}}"#),
    FakeOrganization.json(#"{"value":[{"msdynci_fullname":{"secret":1}}]}"#),
    "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"value\":[{\"msdynci_fullname\":\"secret\"}]}", "secret\r\n\r\n",
    "",
  ])
  func failuresBecomeFixedTextsAndAreNeverKept(answer: String) throws {
    let organization = try FakeOrganization { _ in answer }
    defer { organization.stop() }
    let (program, origin) = try organization.gateway()
    defer { program.kill9() }
    for round in 1...2 {
      let response = try HTTPConnection.get(origin, Self.target)
      #expect(response.status == 502, "\(response.text)")
      #expect(!response.text.contains("secret"))
      #expect(response["cache-status"]?.contains("hit") == false)
      #expect(organization.reads.count == round, "the failure was kept")
    }
  }

  @Test func keysAreCheckedAndCallersKeptApart() throws {
    let one = try Program.run(["hash-key"], input: "key-one").out.trimmingCharacters(in: .whitespacesAndNewlines)
    let two = try Program.run(["hash-key"], input: "key-two").out.trimmingCharacters(in: .whitespacesAndNewlines)
    #expect(one.count == 64 && one != two)
    let organization = try FakeOrganization { _ in
      FakeOrganization.json(
        #"{"value":[{"msdynci_fullname":"A"}],"@odata.nextLink":"http://o/x?$skiptoken=%3Ccookie%3E"}"#)
    }
    defer { organization.stop() }
    let (program, origin) = try organization.gateway(
      "callers: { keys: [ { id: one, sha256: \"\(one)\" }, { id: two, sha256: \"\(two)\", scope: default } ] }")
    defer { program.kill9() }
    let target = "/api/data/v9.2/msdynci_customerprofiles?$select=msdynci_fullname"
    #expect(try HTTPConnection.get(origin, target).status == 401)
    for key in ["wrong", "KEY-ONE", "key-one "] where key != "key-one " {
      #expect(try HTTPConnection.get(origin, target, headers: ["Ocp-Apim-Subscription-Key: \(key)"]).status == 401)
    }
    #expect(organization.reads.isEmpty)
    let first = try HTTPConnection.get(origin, target, headers: ["Ocp-Apim-Subscription-Key: key-one"])
    #expect(first.status == 200)
    let other = try HTTPConnection.get(origin, target, headers: ["ocp-apim-subscription-key: key-two"])
    #expect(other["cache-status"]?.contains("hit") == false, "one caller got another's answer")
    let link = String((try #require(try first.json()["@odata.nextLink"] as? String)).dropFirst(origin.count))
    #expect(try HTTPConnection.get(origin, link, headers: ["Ocp-Apim-Subscription-Key: key-two"]).status == 403)
    #expect(try HTTPConnection.get(origin, link, headers: ["Ocp-Apim-Subscription-Key: key-one"]).status == 200)
    for damaged in [
      link + "A", String(link.dropLast()),
      link.replacingOccurrences(of: "$select=msdynci_fullname", with: "$select=msdynci_email"),
    ] {
      #expect(
        try HTTPConnection.get(origin, damaged, headers: ["Ocp-Apim-Subscription-Key: key-one"]).status == 403,
        "\(damaged)")
    }
  }

  @Test func theTokenIsFetchedOnceAndTheSecretShowsNowhere() throws {
    let authority = try FakeOrganization { line in
      line.hasPrefix("POST /tenant-1/oauth2/v2.0/token ")
        ? FakeOrganization.json(#"{"token_type":"Bearer","expires_in":3600,"access_token":"the.bearer.token"}"#)
        : FakeOrganization.json("{}", status: "404 Not Found")
    }
    let organization = try FakeOrganization { _ in FakeOrganization.json(#"{"value":[{"msdynci_fullname":"A"}]}"#) }
    defer {
      authority.stop()
      organization.stop()
    }
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let file = try folder.write(
      "sluice.yaml",
      """
      version: 1
      server: { listen: "127.0.0.1:0" }
      upstream:
        url: "\(organization.origin)"
        entra: { tenant: tenant-1, clientId: client-1, secretEnvironment: TEST_CLIENT_SECRET, authority: "\(authority.origin)" }
      callers: { anonymous: default }
      """)
    let program = try Program(["serve", "--config", file], environment: ["TEST_CLIENT_SECRET": "the-client-secret"])
    let origin = try program.address("gateway")
    for top in 1...5 {
      let target = "/api/data/v9.2/msdynci_customerprofiles?$select=msdynci_fullname&$top=\(top)"
      #expect(try HTTPConnection.get(origin, target, headers: ["Authorization: Bearer mine"]).status == 200)
    }
    #expect(authority.seen.count == 1)
    #expect(organization.reads.count == 5)
    for request in organization.seen {
      #expect(
        request.headers.filter { $0.lowercased().hasPrefix("authorization") } == [
          "Authorization: Bearer the.bearer.token"
        ])
    }
    program.terminate()
    #expect(program.wait() == 0)
    for text in [program.standardOutput, program.standardError] {
      #expect(!text.contains("the-client-secret") && !text.contains("the.bearer.token"))
    }
  }

  @Test func stoppingLetsRequestsInFlightFinish() throws {
    let gate = DispatchSemaphore(value: 0)
    let organization = try FakeOrganization { line in
      if !line.contains("EntityDefinitions") { gate.wait() }
      return FakeOrganization.json(#"{"value":[{"msdynci_fullname":"late"}]}"#)
    }
    defer { organization.stop() }
    let (program, origin) = try organization.gateway()
    let connection = try HTTPConnection(origin)
    let idle = try HTTPConnection(origin)
    try connection.send("GET", Self.target)
    let deadline = Date().addingTimeInterval(60)
    while organization.reads.isEmpty, Date() < deadline { usleep(10_000) }
    program.terminate()
    #expect(idle.isClosed(), "an idle connection outlives the stop")
    gate.signal()
    let response = try connection.response()
    #expect(response.text.contains("late"))
    #expect(response["connection"] == "close")
    #expect(program.wait() == 0)
  }
}
