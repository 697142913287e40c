import Foundation
import Testing

/// The ways to read more than was meant, each tried over the running gateway before an organization that would tell all.
@Suite(.serialized) struct HazardTests {
  private static let shared = Result { try ProofGateway() }

  private func stands(_ id: String) throws {
    let gateway = try Self.shared.get()
    let exchanges = try #require(hazards.first { $0.id == id }?.exchanges)
    #expect(!exchanges.isEmpty)
    for exchange in exchanges { try gateway.prove(exchange, id) }
  }

  @Test func everyHazardIsTried() throws {
    let ids = (1...31).map { "B\($0)" }
    #expect(hazards.map(\.id) == ids)
    #expect(try testFunctions(#/@Test\("(B\d+)"\) func b\d+\(/#, file: #filePath) == Set(ids))
  }

  @Test("B1") func b1() throws { try stands("B1") }
  @Test("B2") func b2() throws { try stands("B2") }
  @Test("B3") func b3() throws { try stands("B3") }
  @Test("B4") func b4() throws { try stands("B4") }
  @Test("B5") func b5() throws { try stands("B5") }
  @Test("B6") func b6() throws { try stands("B6") }
  @Test("B7") func b7() throws { try stands("B7") }
  @Test("B8") func b8() throws { try stands("B8") }
  @Test("B9") func b9() throws { try stands("B9") }
  @Test("B10") func b10() throws { try stands("B10") }
  @Test("B11") func b11() throws { try stands("B11") }
  @Test("B12") func b12() throws { try stands("B12") }
  @Test("B13") func b13() throws { try stands("B13") }
  @Test("B14") func b14() throws { try stands("B14") }
  @Test("B15") func b15() throws { try stands("B15") }
  @Test("B16") func b16() throws { try stands("B16") }
  @Test("B17") func b17() throws { try stands("B17") }
  @Test("B18") func b18() throws { try stands("B18") }

  /// A token opens for its own query and caller alone, and what goes up is the organization's own.
  @Test("B19") func b19() throws {
    try stands("B19")
    let gateway = try Self.shared.get()
    let first = "\(ProofGateway.customers)?$select=msdynci_fullname&$orderby=msdynci_customerid"
    let page = try HTTPConnection.get(gateway.origin, ProofGateway.target(first))
    let link = try #require(try page.json()["@odata.nextLink"] as? String)
    #expect(link.hasPrefix(gateway.origin) && !link.contains("cookie"), "\(link)")
    let target = String(link.dropFirst(gateway.origin.count))
    let before = gateway.organization.seen.count
    #expect(try HTTPConnection.get(gateway.origin, target).status == 200)
    #expect(
      gateway.organization.seen.dropFirst(before).map(\.line) == [
        "GET /api/data/v9.2/\(first)&$skiptoken=%3Ccookie%20secret%253d%3E HTTP/1.1"
      ])
    for other in [
      target.replacing("$select=msdynci_fullname", with: "$select=msdynci_customerid"), target + "A",
      target.replacing("$orderby=msdynci_customerid", with: "$orderby=msdynci_customerid%20desc"),
    ] {
      #expect(other != target)
      try gateway.prove(Exchange(target: other, outcome: .refused(403, "policy.paging-token")), "B19")
    }
  }

  @Test("B20") func b20() throws { try stands("B20") }
  @Test("B21") func b21() throws { try stands("B21") }
  @Test("B22") func b22() throws { try stands("B22") }
  @Test("B23") func b23() throws { try stands("B23") }
  @Test("B24") func b24() throws { try stands("B24") }

  /// Besides: nothing hidden is on the map.
  @Test("B25") func b25() throws {
    try stands("B25")
    let map = try HTTPConnection.get(try Self.shared.get().origin, "/api/data/v9.2/$metadata").text
    for hidden in ["createdon", "msdynci_prediction", "msdynci_enrichmentprovider", "account", "systemuser"] {
      #expect(!map.contains("\"\(hidden)\""), "\(hidden)")
    }
  }

  @Test("B26") func b26() throws { try stands("B26") }
  @Test("B27") func b27() throws { try stands("B27") }
  @Test("B28") func b28() throws { try stands("B28") }
  @Test("B29") func b29() throws { try stands("B29") }
  @Test("B30") func b30() throws { try stands("B30") }

  /// One caller's reads use up its own budget and nobody else's.
  @Test("B31") func b31() throws {
    func hash(_ key: String) throws -> String {
      try Program.run(["hash-key"], input: key).out.trimmingCharacters(in: .whitespacesAndNewlines)
    }
    let gateway = try ProofGateway(
      more:
        """
        callers:
          anonymous: default
          keys:
            - { id: heavy, sha256: \(try hash("heavy-key")), scope: default }
            - { id: light, sha256: \(try hash("light-key")), scope: default }
          budget: { requestsPerMinute: 1, burst: 2, concurrent: 2 }
        """)
    func read(_ top: Int, _ key: String, _ outcome: Exchange.Outcome? = nil) throws {
      let target = "\(ProofGateway.customers)?$select=msdynci_fullname&$top=\(top)"
      let ann = #"{"value":[{"msdynci_fullname":"Ann"}]}"#
      try gateway.prove(
        Exchange(
          target: target, headers: ["Ocp-Apim-Subscription-Key: \(key)"],
          outcome: outcome ?? .sent(target, answer: ann)), "B31")
    }
    try read(1, "heavy-key")
    try read(2, "heavy-key")
    try read(3, "heavy-key", .refused(429, "budget.caller"))
    try read(3, "light-key")
  }
}
