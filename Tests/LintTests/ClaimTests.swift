import Dataverse
import Policy
import Testing

@testable import Lint
@testable import Planning

/// Row filters want values of callers; without them nothing is known of a query.
@Suite struct ClaimTests {
  private static func rules(_ columns: [String]) throws -> RuleBook {
    let table = Table(
      logicalName: "account", entitySetName: "accounts", primaryKey: "accountid", primaryName: "name", kind: .standard,
      columns: [Column("accountid", .uniqueIdentifier, displayName: "Account")]
        + columns.map { Column($0, .text, displayName: $0) })
    let policy = """
      version: 1
      name: p
      options: [$select, $filter]
      tables:
        account:
          ttl: 1m
          rowFilter: "name ne @caller.region"
          columns: { name: { select: true, filter: [eq] } }
      scopes: { default: {} }

      """
    let shipped = try RuleBook.load(policyFile: nil, mappingFile: nil, schema: RuleBook.offlineSchema)
    return RuleBook(
      policy: try Policy.load(text: policy, file: "p.yaml", schema: Schema(tables: [table])), mapping: shipped.mapping)
  }

  private static let queries = "accounts?$select=name\naccounts?$select=other\n"

  @Test func withoutClaimsNothingIsSaidToStayWhole() throws {
    let rules = try Self.rules(["name"])
    let impact = SchemaImpact(before: rules, after: rules)
    #expect(impact.missingClaims == ["region"])
    let judged = impact.verdictChanges(Self.queries, file: "f")
    #expect(judged.queries == 2 && judged.changes.isEmpty && judged.unjudged.map(\.line) == [1, 2])
  }

  @Test func withClaimsEveryQueryIsJudged() throws {
    let rules = try Self.rules(["name"])
    let impact = SchemaImpact(before: rules, after: rules, claims: ["region": "CH"])
    #expect(impact.missingClaims.isEmpty)
    #expect(impact.verdictChanges(Self.queries, file: "f").unjudged.isEmpty)
    #expect(Linter(rules: rules, claims: ["region": "CH"]).lint("accounts?$select=name", file: "f").findings.isEmpty)
    #expect(
      Linter(rules: rules).lint("accounts?$select=name", file: "f").findings.map(\.finding.rule) == [
        "policy.row-filter"
      ])
    let explanation = try #require(Explanation("accounts?$select=name", rules: rules, claims: ["region": "CH"]))
    #expect(explanation.isAllowed && explanation.text.contains("name%20ne%20'CH'"))
  }
}
