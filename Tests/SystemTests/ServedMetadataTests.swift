import Foundation
import Testing

/// What clients ask before their first read is answered by the gateway alone, over real sockets.
@Suite(.serialized) struct ServedMetadataTests {
  static let policy = """
    version: 1
    name: two
    options: [$select, $filter, $top]
    tables:
      msdynci_prediction:
        ttl: 1m
        columns:
          msdynci_customerid: { select: true, filter: [eq] }
          msdynci_model: { select: true }
      msdynci_enrichment:
        ttl: 1m
        columns:
          msdynci_values: { select: true }
    scopes:
      default: {}
      one:
        tables:
          msdynci_prediction: [msdynci_model]

    """

  /// As Microsoft's Python client sends it: a first look-up, percent-encoded, with fields of a kind that only writes want.
  static let lookUp =
    "/api/data/v9.2/EntityDefinitions?%24select=LogicalName%2CEntitySetName%2CPrimaryIdAttribute"
    + "&%24filter=LogicalName+eq+%27msdynci_prediction%27"
  static let fields = [
    "User-Agent: python-requests/2.32", "Accept-Encoding: gzip, deflate", "Accept: application/json",
    "Content-Type: application/json", "OData-MaxVersion: 4.0", "OData-Version: 4.0",
    "x-ms-client-request-id: 5f0c9d3e-0000-4000-8000-000000000001",
    "x-ms-correlation-id: 5f0c9d3e-0000-4000-8000-000000000002",
  ]
  /// Of a spreadsheet's feed reader.
  static let feed =
    "Accept: application/json;odata.metadata=minimal;q=1.0,application/json;odata=minimalmetadata;q=0.9,"
    + "application/atomsvc+xml;q=0.8,application/atom+xml;q=0.8,application/xml;q=0.7,text/plain;q=0.7"

  @Test func lookUpsOfClientsNeverReachTheOrganization() throws {
    let organization = try FakeOrganization { _ in FakeOrganization.json("{}", status: "500 Internal Server Error") }
    defer { organization.stop() }
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let policy = try folder.write("policy.yaml", Self.policy)
    let (program, origin) = try organization.gateway(
      "callers: { anonymous: default }", arguments: ["--policy", policy])
    defer { program.terminate() }
    let before = organization.seen.count

    let first = try HTTPConnection.get(origin, Self.lookUp, headers: Self.fields)
    #expect(first.status == 200 && first["odata-version"] == "4.0", "\(first.text)")
    #expect(first["content-type"]?.hasPrefix("application/json") == true)
    let row = try #require(try first.rows().first)
    #expect(row["LogicalName"] as? String == "msdynci_prediction")
    #expect(row["EntitySetName"] as? String == "msdynci_predictions")
    #expect(row["PrimaryIdAttribute"] as? String == "msdynci_predictionid")
    let none = try HTTPConnection.get(
      origin, Self.lookUp.replacingOccurrences(of: "msdynci_prediction%27", with: "account%27"), headers: Self.fields)
    #expect(try none.status == 200 && none.rows().isEmpty)

    let root = try HTTPConnection.get(
      origin, "/api/data/v9.2/", headers: [Self.feed, "MaxDataServiceVersion: 3.0", "OData-MaxVersion: 4.0"])
    #expect(root.status == 200 && root["content-type"]?.hasPrefix("application/json") == true)
    #expect(try root.rows().compactMap { $0["url"] as? String } == ["msdynci_predictions", "msdynci_enrichments"])
    #expect(try root.json()["@odata.context"] as? String == "\(origin)/api/data/v9.2/$metadata")

    let csdl = try HTTPConnection.get(origin, "/api/data/v9.2/$metadata", headers: ["Accept: application/xml"])
    #expect(csdl.status == 200 && csdl["content-type"] == "application/xml" && csdl["odata-version"] == "4.0")
    #expect(csdl.text.hasPrefix("<?xml") && csdl.text.contains("<EntitySet Name=\"msdynci_predictions\""))
    #expect(!csdl.text.contains("msdynci_customerprofile"))

    // The same to the byte, its head alone, and not again for who has it.
    let again = try HTTPConnection.get(origin, "/api/data/v9.2/%24metadata")
    #expect(again.body == csdl.body && again["etag"] == csdl["etag"])
    let head = try HTTPConnection.get(origin, "/api/data/v9.2/$metadata", method: "HEAD")
    #expect(head.status == 200 && head["content-length"] == "\(csdl.body.count)")
    let etag = try #require(csdl["etag"])
    let unchanged = try HTTPConnection.get(
      origin, "/api/data/v9.2/$metadata", headers: ["If-None-Match: \(etag)"])
    #expect(unchanged.status == 304)
    let notAValidator = try HTTPConnection.get(origin, "/api/data/v9.2/$metadata", headers: ["If-None-Match: null"])
    #expect(notAValidator.status == 200)

    for target in [
      "EntityDefinitions(LogicalName='account')", "EntityDefinitions(LogicalName='msdynci_customerprofile')/Attributes",
    ] {
      let response = try HTTPConnection.get(origin, "/api/data/v9.2/" + target)
      #expect(response.status == 404, "\(response.text)")
    }
    #expect(organization.seen.count == before, "\(organization.seen.dropFirst(before).map(\.line))")
    // Not because nothing ever gets there.
    let read = try HTTPConnection.get(origin, "/api/data/v9.2/msdynci_predictions")
    #expect(read.status == 502)
    #expect(organization.seen.count > before)
  }

  @Test func everyCallerSeesItsOwnScope() throws {
    let organization = try FakeOrganization { _ in FakeOrganization.json("{}") }
    defer { organization.stop() }
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let policy = try folder.write("policy.yaml", Self.policy)
    let (program, origin) = try organization.gateway(
      "callers: { anonymous: one }", arguments: ["--policy", policy])
    defer { program.terminate() }
    let root = try HTTPConnection.get(origin, "/api/data/v9.2/")
    #expect(try root.rows().compactMap { $0["url"] as? String } == ["msdynci_predictions"])
    let columns = try HTTPConnection.get(
      origin, "/api/data/v9.2/EntityDefinitions(LogicalName='msdynci_prediction')/Attributes?$select=LogicalName")
    #expect(try columns.rows().compactMap { $0["LogicalName"] as? String } == ["msdynci_model"])
    let csdl = try HTTPConnection.get(origin, "/api/data/v9.2/$metadata").text
    #expect(csdl.contains("msdynci_model") && !csdl.contains("msdynci_customerid") && !csdl.contains("enrichment"))
  }
}
