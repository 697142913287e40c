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
    #expect(try testFunctions(#/@Test func (B\d+)\(/#, file: #filePath) == Set(ids))
  }

  @Test func B1() throws { try stands("B1") }
  @Test func B2() throws { try stands("B2") }
  @Test func B3() throws { try stands("B3") }
  @Test func B4() throws { try stands("B4") }
  @Test func B5() throws { try stands("B5") }
  @Test func B6() throws { try stands("B6") }
  @Test func B7() throws { try stands("B7") }
  @Test func B8() throws { try stands("B8") }
  @Test func B9() throws { try stands("B9") }
  @Test func B10() throws { try stands("B10") }
  @Test func B11() throws { try stands("B11") }
  @Test func B12() throws { try stands("B12") }
  @Test func B13() throws { try stands("B13") }
  @Test func B14() throws { try stands("B14") }
  @Test func B15() throws { try stands("B15") }
  @Test func B16() throws { try stands("B16") }
  @Test func B17() throws { try stands("B17") }
  @Test func B18() throws { try stands("B18") }

  /// A token opens for its own query and caller alone, and what goes up is the organization's own.
  @Test func B19() throws {
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

  @Test func B20() throws { try stands("B20") }
  @Test func B21() throws { try stands("B21") }
  @Test func B22() throws { try stands("B22") }
  @Test func B23() throws { try stands("B23") }
  @Test func B24() throws { try stands("B24") }

  /// Besides: nothing hidden is on the map.
  @Test func B25() throws {
    try stands("B25")
    let map = try HTTPConnection.get(try Self.shared.get().origin, "/api/data/v9.2/$metadata").text
    for hidden in ["createdon", "msdynci_prediction", "msdynci_enrichmentprovider", "account", "systemuser"] {
      #expect(!map.contains("\"\(hidden)\""), "\(hidden)")
    }
  }

  @Test func B26() throws { try stands("B26") }
  @Test func B27() throws { try stands("B27") }
  @Test func B28() throws { try stands("B28") }
  @Test func B29() throws { try stands("B29") }
  @Test func B30() throws { try stands("B30") }

  /// One caller's reads use up its own budget and nobody else's.
  @Test func B31() throws {
    func hash(_ key: String) throws -> String {
      try Program.run(["hash-key"], input: key).out.trimmingCharacters(in: .whitespacesAndNewlines)
    }
    let gateway = try ProofGateway(more:
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
      let ann = #"{"value":[{"@odata.etag":"W/\"1\"","msdynci_fullname":"Ann"}]}"#
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
