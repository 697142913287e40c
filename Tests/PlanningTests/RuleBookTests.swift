import CustomerInsights
import Dataverse
import Foundation
import Policy
import Testing
import YAMLFile

@testable import Planning

/// A policy of Dataverse tables alone needs no mapping of legacy entities.
@Suite struct RuleBookTests {
  private static let schema = Schema(tables: [
    Table(
      logicalName: "account", entitySetName: "accounts", primaryKey: "accountid", primaryName: "name", kind: .standard,
      columns: [
        Column("accountid", .uniqueIdentifier, displayName: "Account"), Column("name", .text, displayName: "Name"),
      ])
  ])

  @Test func theMappingThatShipsLeavesOutWhatIsNotThere() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "sluice-rules-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: folder) }
    let policy = folder.appending(path: "policy.yaml")
    try Data(
      """
      version: 1
      name: dataverse
      options: [$select]
      tables: { account: { ttl: 1m, columns: { name: { select: true } } } }
      scopes: { default: {} }

      """.utf8
    ).write(to: policy)
    let book = try RuleBook.load(policyFile: policy.path, mappingFile: nil, schema: Self.schema)
    #expect(book.mapping.entityNames.isEmpty && book.mapping.segments == nil && book.mapping.keyring == nil)
    let planner = QueryPlanner(
      policy: book.policy, mapping: book.mapping, instances: .any, origin: "https://gate.example", tokens: OpenTokens())
    let scope = PlanScope(policy: "default", cache: "k")
    #expect(try planner.plan("/api/data/v9.2/accounts?$select=name", scope: scope).obligations.table == "account")
    #expect(throws: Refusal.self) {
      try planner.plan("/v1/instances/11111111-2222-4333-8444-555555555555/data/Customer", scope: scope)
    }
    // One that somebody chose has to fit.
    let shipped = folder.appending(path: "mapping.yaml")
    try Data(
      """
      version: 1
      entities: { Customer: { table: msdynci_customerprofile } }

      """.utf8
    ).write(to: shipped)
    #expect(throws: DiagnosticList.self) {
      try RuleBook.load(policyFile: policy.path, mappingFile: shipped.path, schema: Self.schema)
    }
  }
}
