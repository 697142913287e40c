import Foundation
import Testing

@testable import Sandbox

/// The sandbox over a real socket: header fields, methods, and what the port does.
@Suite struct ServerTests {
  private static let root = "/api/data/v9.2/"

  /// Runs a server of its own for the length of the body.
  private static func serving(
    customers: Int = 3, _ body: (SandboxServer) async throws -> Void
  ) async throws {
    let server = try await SandboxServer.start(SandboxConfiguration(customers: customers, activitiesPerCustomer: 4))
    do {
      try await body(server)
    } catch {
      await server.stop()
      throw error
    }
    await server.stop()
  }

  @Test func headerFieldsAreTheServices() async throws {
    try await ServerTests.serving { server in
      var numbers: Set<String> = []
      for target in ["msdynci_customerprofiles", "nope", "msdynci_customerprofiles/$count", "$metadata", ""] {
        let response = try await HTTPExchange.send(port: server.port, "GET", ServerTests.root + target)
        #expect(response["cache-control"] == ["no-cache"])
        #expect(response["expires"] == ["-1"])
        #expect(response["vary"] == ["Accept-Encoding"])
        #expect(response["odata-version"] == ["4.0"])
        #expect(response["x-ms-ratelimit-time-remaining-xrm-requests"] == ["1,200.00"])
        #expect(response["set-cookie"].first?.hasPrefix("ARRAffinity=") == true)
        #expect(response["content-length"] == ["\(response.body.count)"])
        #expect(response["preference-applied"].isEmpty && response["etag"].isEmpty && response["allow"].isEmpty)
        let number = try #require(response["req_id"].first)
        #expect(UUID(uuidString: number) != nil)
        numbers.insert(number)
        let type = target == "$metadata" ? "application/xml" : target.hasSuffix("$count") ? "text/plain" : nil
        #expect(response["content-type"] == [type ?? "application/json; odata.metadata=minimal"])
      }
      #expect(numbers.count == 5)
    }
  }

  @Test func headHasTheFieldsOfGetAndNoBody() async throws {
    try await ServerTests.serving { server in
      for target in ["msdynci_customerprofiles", "nope", "msdynci_customerprofiles/$count", "$metadata"] {
        let get = try await HTTPExchange.send(port: server.port, "GET", ServerTests.root + target)
        let head = try await HTTPExchange.send(port: server.port, "HEAD", ServerTests.root + target)
        #expect(head.status == get.status)
        #expect(head.body.isEmpty && !get.body.isEmpty)
        for name in ["content-length", "content-type", "odata-version", "etag"] { #expect(head[name] == get[name]) }
      }
      #expect(server.statistics.writesRefused == 0)
    }
  }

  @Test func preferencesAndTagsTravel() async throws {
    try await ServerTests.serving { server in
      let page = try await HTTPExchange.send(
        port: server.port, "GET", ServerTests.root + "msdynci_customerprofiles?$select=msdynci_city",
        headers: ["Prefer: odata.maxpagesize=2", "prefer: odata.include-annotations=\"*\""])
      #expect(page["preference-applied"] == ["odata.maxpagesize=2,odata.include-annotations=\"*\""])
      let object = try #require(try JSONSerialization.jsonObject(with: Data(page.body)) as? [String: Any])
      let link = try #require(object["@odata.nextLink"] as? String)
      #expect(link.hasPrefix(server.origin + ServerTests.root))
      let second = try await HTTPExchange.send(
        port: server.port, "GET", String(link.dropFirst(server.origin.count)),
        headers: ["Prefer: odata.maxpagesize=2"])
      let rows = try #require(try JSONSerialization.jsonObject(with: Data(second.body)) as? [String: Any])
      #expect((rows["value"] as? [Any])?.count == 1)
      #expect(rows["@odata.nextLink"] == nil)
      let key = try #require((object["value"] as? [[String: Any]])?.first?["msdynci_customerprofileid"] as? String)
      let row = try await HTTPExchange.send(
        port: server.port, "GET", ServerTests.root + "msdynci_customerprofiles(\(key))")
      let tag = try #require(row["etag"].first)
      let same = try await HTTPExchange.send(
        port: server.port, "GET", ServerTests.root + "msdynci_customerprofiles(\(key))",
        headers: ["If-None-Match: \(tag)"])
      #expect(same.status == 304 && same.body.isEmpty && same["etag"] == [tag])
      #expect(same["content-type"].isEmpty)
    }
  }

  @Test func writesAreRefusedAndCounted() async throws {
    try await ServerTests.serving { server in
      var count = 0
      for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "MERGE"] {
        for (target, body) in [("msdynci_customerprofiles", "{\"a\":1}"), ("$batch", ""), ("nope", "x")] {
          let response = try await HTTPExchange.send(port: server.port, method, ServerTests.root + target, body: body)
          count += 1
          #expect(response.status == 405 && response["allow"] == ["GET, HEAD"])
          #expect(response.text.hasPrefix("{\"error\":{\"code\":\"0x8006088a\",\"message\":\""))
        }
      }
      for name in ["X-HTTP-Method", "x-http-method-override", "X-Method-Override"] {
        let response = try await HTTPExchange.send(
          port: server.port, "GET", ServerTests.root + "msdynci_customerprofiles", headers: ["\(name): DELETE"])
        count += 1
        #expect(response.status == 405)
      }
      #expect(server.statistics.writesRefused == count)
      #expect(server.statistics.requests == 0)
      let seen = try await HTTPExchange.send(port: server.port, "GET", "/sandbox/statistics")
      let object = try #require(try JSONSerialization.jsonObject(with: Data(seen.body)) as? [String: Any])
      #expect(object["writesRefused"] as? Int == count)
      #expect(seen["odata-version"].isEmpty)
    }
  }

  @Test func samplesAreThoseOfTheData() async throws {
    try await ServerTests.serving { server in
      let answer = try await HTTPExchange.send(port: server.port, "GET", "/sandbox/samples")
      let samples = try #require(try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: String])
      let customer = try #require(samples["customerID"])
      let column = try #require(samples["alternateKeyColumn"])
      let value = try #require(samples["alternateKeyValue"])
      let found = try await HTTPExchange.send(
        port: server.port, "GET",
        encoded(
          "\(ServerTests.root)msdynci_customerprofiles?$filter=msdynci_customerid eq '\(customer)' and \(column) eq '\(value)'"
        ))
      let object = try #require(try JSONSerialization.jsonObject(with: Data(found.body)) as? [String: Any])
      #expect((object["value"] as? [Any])?.count == 1)
    }
  }

  @Test func onlyFreeLoopbackPortsAreTaken() async throws {
    for host in ["0.0.0.0", "::", "192.0.2.1", "example.com", ""] {
      await #expect(throws: SandboxStartError.self) {
        try await SandboxServer.start(SandboxConfiguration(customers: 1, activitiesPerCustomer: 0, host: host))
      }
    }
    try await ServerTests.serving(customers: 1) { server in
      await #expect(throws: SandboxStartError.self) {
        try await SandboxServer.start(
          SandboxConfiguration(customers: 1, activitiesPerCustomer: 0, port: server.port))
      }
    }
  }

  @Test func astoppedServerAnswersNobody() async throws {
    let server = try await SandboxServer.start(SandboxConfiguration(customers: 1, activitiesPerCustomer: 0))
    let port = server.port
    #expect(try await HTTPExchange.send(port: port, "GET", ServerTests.root).status == 200)
    await server.stop()
    await #expect(throws: Failure.self) { try await HTTPExchange.send(port: port, "GET", ServerTests.root) }
  }
}
