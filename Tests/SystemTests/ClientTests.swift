import Foundation
import Testing

/// What clients really send, over the running gateway with the policy that ships.
@Suite(.serialized) struct ClientTests {
  private static let shared = Result {
    let hash = try Program.run(["hash-key"], input: "client-key").out.trimmingCharacters(in: .whitespacesAndNewlines)
    return try ProofGateway(
      policy: nil,
      more: """
        callers: { anonymous: default, keys: [ { id: client, sha256: \(hash), scope: default } ] }
        instances: ["00000000-0000-4000-8000-000000000001"]
        dataverse: { versions: [v9.0, v9.2] }
        """)
  }

  @Test(arguments: clientShapes.indices)
  func getsWhatItCanUse(row: Int) throws {
    let shape = clientShapes[row]
    let response = try Self.shared.get().prove(shape.exchange, shape.client)
    #expect(response.text.contains(shape.says) || shape.says.isEmpty, "\(shape.client): \(response.text)")
  }

  @Test func everyKnownClientIsThere() {
    #expect(
      Set(clientShapes.map(\.client)) == [
        "customerinsights", "PowerPlatform-Dataverse-Client", "dataverse-api", "dataverse-rest-api",
        "dynamics365crm-python", "surfdataverse", "python-odata", "pyodata", "msal", "httr", "curl", "fetch",
        "legacy samples", "legacy examples", "Power Query", "Simple.OData.Client", "odata2ts",
        "Dataverse documentation",
      ])
  }

  /// Clients follow links as they are given, and those of the organization are encoded twice.
  @Test func linksAreFollowedAsTheyAre() throws {
    let gateway = try Self.shared.get()
    let target = "/api/data/v9.2/msdynci_customerprofiles?%24select=msdynci_fullname&%24orderby=msdynci_customerid"
    let page = try HTTPConnection.get(gateway.origin, target, headers: ["Prefer: odata.maxpagesize=50"])
    let link = try #require(try page.json()["@odata.nextLink"] as? String)
    let before = gateway.organization.seen.count
    #expect(try HTTPConnection.get(gateway.origin, String(link.dropFirst(gateway.origin.count))).status == 200)
    let next = try #require(gateway.organization.seen.dropFirst(before).first)
    #expect(next.line.contains("&$skiptoken=%3Ccookie%20secret%253d%3E "), "\(next.line)")
    #expect(next.headers.contains("Prefer: odata.maxpagesize=50"))
  }
}
