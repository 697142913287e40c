import Foundation
import Testing

/// Connections whose client shuts its side early, or reads slowly: what was asked for is answered whole.
@Suite struct ConnectionTests {
  static let target = "/api/data/v9.2/msdynci_customerprofiles?$select=msdynci_fullname&$top="

  /// An answer far larger than the buffers of sockets.
  static func large(rows: Int) -> String {
    let row = #"{"msdynci_fullname":"\#(String(repeating: "n", count: 4000))"}"#
    return #"{"value":["# + [String](repeating: row, count: rows).joined(separator: ",") + "]}"
  }

  @Test(arguments: ["keep-alive", "close"])
  func aHalfClosedConnectionGetsItsWholeAnswer(connection: String) throws {
    let organization = try FakeOrganization { line in
      line.contains("EntityDefinitions")
        ? FakeOrganization.json("{}", status: "404 Not Found")
        : FakeOrganization.json(Self.large(rows: 2000))
    }
    defer { organization.stop() }
    let gateway = try organization.gateway()
    defer { gateway.program.kill9() }
    for _ in 0..<2 {
      let client = try HTTPConnection(gateway.origin)
      try client.send("GET", Self.target + "500", headers: ["Connection: \(connection)"])
      client.shutDown()
      // Nothing is read until the gateway can write no more.
      usleep(200_000)
      #expect(try client.response().rows().count == 2000)
      #expect(client.isClosed())
    }
  }

  @Test func pipelinedRequestsBeforeAHalfCloseAreAllAnswered() throws {
    let gateway = try Gateway(["--access-log", "off"], customers: 20)
    for _ in 0..<2 {
      let client = try HTTPConnection(gateway.origin)
      try client.send(
        raw: (1...10).map { "GET \(Self.target)\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined() + "GET /half")
      client.shutDown()
      for count in 1...10 { #expect(try client.response().rows().count == count) }
      #expect(client.isClosed())
    }
  }

  @Test func whatStandsBeforeNonsenseIsAnswered() throws {
    let gateway = try Gateway(["--access-log", "off"], customers: 20)
    for _ in 0..<2 {
      let client = try HTTPConnection(gateway.origin)
      try client.send(raw: "GET \(Self.target)3 HTTP/1.1\r\nHost: a\r\n\r\n\u{1} nonsense\r\n\r\n")
      #expect(try client.response().rows().count == 3)
    }
  }
}
