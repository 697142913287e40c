import Foundation
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// `sluice serve --schema`: tables from a file instead of from the organization.
@Suite struct SchemaFileTests {
  /// A schema with one table of an organization's own.
  static func schema(_ columns: [String]) -> String {
    let properties = columns.map { "<Property Name=\"\($0)\" Type=\"Edm.String\" MaxLength=\"100\"/>" }.joined()
    return """
      <?xml version="1.0" encoding="utf-8"?>
      <edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
      <Schema Namespace="Microsoft.Dynamics.CRM" Alias="mscrm" xmlns="http://docs.oasis-open.org/odata/ns/edm">
      <EntityType Name="shop_order"><Key><PropertyRef Name="shop_orderid"/></Key>
      <Property Name="shop_orderid" Type="Edm.Guid" Nullable="false"/>\(properties)</EntityType>
      <EntityContainer Name="System"><EntitySet Name="shop_orders" EntityType="Microsoft.Dynamics.CRM.shop_order"/>
      </EntityContainer></Schema></edmx:DataServices></edmx:Edmx>

      """
  }

  static func policy(_ columns: [String]) -> String {
    let lines = columns.map { "      \($0): { select: true }" }.joined(separator: "\n")
    return """
      version: 1
      name: orders
      options: [$select, $top]
      tables:
        shop_order:
          ttl: 1m
          columns:
      \(lines)
      scopes:
        default: {}

      """
  }

  /// The legacy dialect needs its tables; this organization has none of them.
  static let mapping = "version: 1\nentities: {}\n"

  static func target(_ column: String) -> String { "/api/data/v9.2/shop_orders?$select=\(column)&$top=1" }

  static func organization() throws -> FakeOrganization {
    try FakeOrganization { line in
      line.contains("EntityDefinitions")
        ? FakeOrganization.json("{}", status: "404 Not Found")
        : FakeOrganization.json(#"{"value":[{"shop_title":"Kettle","shop_note":"n","shop_secret":"s"}]}"#)
    }
  }

  @Test func servesTablesOfTheFileAndAsksNothing() throws {
    let organization = try Self.organization()
    defer { organization.stop() }
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let arguments = [
      "--policy", try folder.write("policy.yaml", Self.policy(["shop_title"])), "--schema",
      try folder.write("schema.xml", Self.schema(["shop_title", "shop_note"])),
    ]
    let environment = ["SLUICE_MAPPING": try folder.write("mapping.yaml", Self.mapping)]
    let gateway = try organization.gateway(arguments: arguments, environment: environment)
    defer { gateway.program.kill9() }
    #expect(organization.seen.isEmpty)
    let response = try HTTPConnection.get(gateway.origin, Self.target("shop_title"))
    #expect(response.status == 200 && response.text.contains(#""value":[{"shop_title":"Kettle"}]"#), "\(response.text)")
    #expect(try HTTPConnection.get(gateway.origin, Self.target("shop_note")).status == 403)
    #expect(organization.seen.map(\.line) == ["GET \(Self.target("shop_title")) HTTP/1.1"])
    let metadata = try HTTPConnection.get(gateway.origin, "/api/data/v9.2/$metadata").text
    #expect(metadata.contains("shop_title") && !metadata.contains("shop_note"))
  }

  @Test func brokenFilesEndTheStart() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let whole = Self.schema(["shop_title"])
    let cut = try folder.write("cut.xml", String(whole.prefix(whole.count / 2)))
    for (file, words) in [
      (folder.file("none.xml"), "error: No such file or directory"), (cut, "error: The metadata document"),
      (try folder.write("other.xml", "<a/>"), "error: The document is no OData 4.0 metadata"),
    ] {
      let result = try Program.run(["serve", "--sandbox", "--listen", "127.0.0.1:0", "--schema", file])
      #expect(result.status == 1 && result.out == "")
      #expect(result.errors.hasPrefix("\(file): \(words)"), "\(result.errors)")
      #expect(result.errors.contains("help: Write the file with `sluice metadata pull`."))
    }
    // A policy that names what the file lacks.
    let result = try Program.run([
      "serve", "--sandbox", "--listen", "127.0.0.1:0", "--schema", try folder.write("schema.xml", whole), "--policy",
      try folder.write("policy.yaml", Self.policy(["shop_gone"])),
    ])
    #expect(result.status == 1 && result.errors.contains("shop_gone"), "\(result.errors)")
  }

  @Test func aPulledFileServesTheSandbox() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let file = folder.file("schema.xml")
    #expect(try Program.run(["metadata", "pull", "--sandbox", "-o", file]).status == 0)
    let gateway = try Gateway(["--access-log", "off"], customers: 20, more: "schema: \"\(file)\"")
    let target = "/api/data/v9.2/msdynci_customerprofiles?$select=msdynci_fullname&$top=1"
    #expect(try HTTPConnection.get(gateway.origin, target).status == 200)
    let legacy = gateway.filled("/v1/instances/{instanceID}/data/Customer?$filter=CustomerId%20eq%20'{customerID}'")
    #expect(try HTTPConnection.get(gateway.origin, legacy).status == 200)
    // One read each, and no question before them.
    #expect(try gateway.statistics().requests == 2)
  }

  @Test func isLoadedAgainWithThePolicy() throws {
    let organization = try Self.organization()
    defer { organization.stop() }
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let policy = try folder.write("policy.yaml", Self.policy(["shop_title"]))
    let schema = try folder.write("schema.xml", Self.schema(["shop_title"]))
    let mapping = try folder.write("mapping.yaml", Self.mapping)
    let gateway = try organization.gateway(
      "callers: { anonymous: default }\nschema: \"\(schema)\"\nmapping: \"\(mapping)\"\npolicy: \"\(policy)\"")
    defer { gateway.program.kill9() }
    func status(_ column: String) throws -> Int {
      try HTTPConnection.get(gateway.origin, Self.target(column)).status
    }
    func replace(_ file: String, by text: String) throws {
      #expect(rename(try folder.write("new", text), file) == 0)
    }
    #expect(try status("shop_title") == 200 && status("shop_note") == 403)
    // The schema has to know a column before a policy can.
    try replace(schema, by: Self.schema(["shop_title", "shop_note"]))
    #expect(
      PolicyReloadTests.eventually { gateway.program.standardError.contains("\"event\":\"policy-reloaded\"") })
    try replace(policy, by: Self.policy(["shop_title", "shop_note"]))
    #expect(try PolicyReloadTests.eventually { try status("shop_note") == 200 })
    // Without the column the policy does not fit any more: both stay as they were.
    try replace(schema, by: Self.schema(["shop_title"]))
    #expect(
      PolicyReloadTests.eventually { gateway.program.standardError.contains("\"event\":\"policy-reload-refused\"") })
    #expect(try status("shop_note") == 200)
    #expect(unlink(schema) == 0)
    #expect(kill(gateway.program.identifier, SIGHUP) == 0)
    #expect(
      PolicyReloadTests.eventually { gateway.program.standardError.contains("No such file or directory") })
    #expect(try status("shop_note") == 200 && gateway.program.isRunning)
  }
}
