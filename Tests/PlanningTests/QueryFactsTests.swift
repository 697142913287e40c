import Dataverse
import Policy
import Testing

@testable import Planning

/// Which row filters a decision log tells of: those of every table that a condition goes through.
@Suite struct QueryFactsTests {
  private static let schema: Schema = {
    func table(_ name: String, _ columns: [Column], _ navigations: [NavigationProperty] = []) -> Table {
      Table(
        logicalName: name, entitySetName: "\(name)s", primaryKey: "\(name)id", primaryName: "name", kind: .standard,
        columns: [
          Column("\(name)id", .uniqueIdentifier, displayName: name), Column("name", .text, displayName: "Name"),
        ] + columns, navigations: navigations)
    }
    return Schema(tables: [
      table(
        "account", [],
        [
          NavigationProperty("orders", target: "order", isCollection: true),
          NavigationProperty("tasks", target: "task", isCollection: true),
        ]),
      table(
        "order", [Column("regionid", .lookup(target: "region"), displayName: "Region")],
        [NavigationProperty("region", target: "region", isCollection: false, lookup: "regionid")]),
      table("task", []), table("region", []),
    ])
  }()

  private static let policy = """
    version: 1
    name: facts
    options: [$select, $filter, $top]
    tables:
      account:
        ttl: 1m
        columns: { name: { select: true, filter: [eq] } }
        navigations: { orders: { filter: true }, tasks: { filter: true } }
      order:
        ttl: 1m
        columns: { name: { select: true, filter: [eq] } }
        navigations: { region: { filter: true } }
      task:
        ttl: 1m
        columns: { name: { select: true, filter: [eq] } }
      region:
        ttl: 1m
        columns: { name: { select: true, filter: [eq] } }
        rowFilter: "name ne 'hidden'"
    scopes:
      default: {}

    """

  /// Lambdas may call their rows alike.
  @Test(arguments: [
    ("orders/any(o:o/region/name eq 'a')", ["rowFilter region"]),
    ("orders/any(x:x/region/name eq 'a') and tasks/any(x:x/name eq 'b')", ["rowFilter region"]),
    ("tasks/any(x:x/name eq 'b') and orders/any(x:x/region/name eq 'a')", ["rowFilter region"]),
    ("orders/any(x:x/name eq 'a') and tasks/any(x:x/name eq 'b')", []), ("name eq 'a'", []),
  ])
  func everyFilteredTableIsNamed(filter: String, obligations: [String]) throws {
    let book = try RuleBook.load(policyFile: nil, mappingFile: nil, schema: RuleBook.offlineSchema)
    let policy = try Policy.load(text: Self.policy, file: "facts.yaml", schema: Self.schema)
    let planner = QueryPlanner(
      policy: policy, mapping: book.mapping, instances: .any, origin: "https://gate.example", tokens: OpenTokens())
    let scope = PlanScope(policy: "default", cache: "k")
    let target = "/api/data/v9.2/accounts?$select=name&$top=1&$filter=\(filter.replacing(" ", with: "%20"))"
    let plan = try planner.plan(target, scope: scope)
    let facts = planner.facts(of: target, plan: plan, scope: scope)
    #expect(facts?.obligations == obligations)
    let through = ["order", "region", "task"].filter { filter.contains($0) }
    #expect(facts?.tables == ["account"] + through)
  }

  /// A legacy request may take several reads: what is told is of all of them.
  @Test func allReadsOfARequestAreTold() throws {
    let policy = """
      version: 1
      name: members
      options: [$select, $filter, $top, $skiptoken]
      tables:
        msdynci_customerprofile:
          ttl: 1m
          columns:
            msdynci_customerid: { select: true, filter: [eq, In] }
            msdynci_fullname: { type: text, displayName: FullName, select: true }
        msdynci_segmentmembership:
          ttl: 1m
          rowFilter: "msdynci_customerid ne 'hidden'"
          columns:
            msdynci_customerid: { select: true, filter: [eq, In, isNull] }
            msdynci_segments: { select: true, filter: [contains] }
      scopes: { default: {} }

      """
    let book = try RuleBook.load(policyFile: nil, mappingFile: nil, schema: RuleBook.offlineSchema)
    let planner = QueryPlanner(
      policy: try Policy.load(text: policy, file: "p.yaml", schema: RuleBook.offlineSchema), mapping: book.mapping,
      instances: .any, origin: "https://gate.example", tokens: OpenTokens())
    let scope = PlanScope(policy: "default", cache: "k")
    let target =
      "/v1/instances/11111111-2222-4333-8444-555555555555/data/Customer?$select=FullName"
      + "&$filter=IsMemberOfSegment('Best')"
    let plan = try planner.plan(target, scope: scope)
    #expect(!plan.further.isEmpty && plan.further.count == plan.furtherObligations.count)
    let facts = try #require(planner.facts(of: target, plan: plan, scope: scope))
    #expect(facts.tables == ["msdynci_customerprofile", "msdynci_segmentmembership"])
    #expect(facts.obligations.contains("rowFilter msdynci_segmentmembership"))
  }
}
