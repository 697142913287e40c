import Foundation
import Testing

private let crm = "Microsoft.Dynamics.CRM."
/// Keeps DV101 and DV107 away.
private let some = "sample_accounts?$select=name&$top=1"

private struct Advice: Sendable {
  var query: String
  var prefer = ""
  /// A neighbour that the rule says nothing of.
  var nearMiss: String
  var nearPrefer = ""

  init(_ query: String, _ prefer: String = "", near nearMiss: String, _ nearPrefer: String = "") {
    (self.query, self.prefer, self.nearMiss, self.nearPrefer) = (query, prefer, nearMiss, nearPrefer)
  }
}

/// What Dataverse takes but answers slowly or otherwise than it seems, by rule.
private let advice: [String: Advice] = [
  "DV101": Advice("sample_accounts?$top=1", near: some),
  "DV102": Advice(
    "sample_accounts?$top=1&$select=\(AdviceTests.columns(31))",
    near: "sample_accounts?$top=1&$select=\(AdviceTests.columns(30))"),
  "DV103": Advice("\(some)&$filter=contains(name,'abc')", near: "\(some)&$filter=startswith(name,'abc')"),
  "DV104": Advice(
    "\(some)&$filter=notes eq 'a'",
    near: "\(some),notes&$filter=name eq 'a'".replacing("&$top=1,notes", with: ",notes&$top=1")),
  "DV105": Advice("\(some)&$filter=score gt 1", near: "sample_accounts?$select=score&$top=1&$filter=size gt 1"),
  "DV106": Advice("\(some)&$orderby=industry", near: "\(some)&$orderby=name"),
  "DV107": Advice("sample_accounts?$select=name", near: "sample_accounts?$select=name", "odata.maxpagesize=100"),
  "DV108": Advice("\(some)&$expand=tasks($select=due)", near: "\(some)&$expand=tasks($select=due;$top=5)"),
  "DV109": Advice(
    "sample_accounts?$select=name&$orderby=name", "odata.maxpagesize=100",
    near: "sample_accounts?$select=name&$orderby=name,sample_accountid", "odata.maxpagesize=100"),
  "DV110": Advice(some, "odata.maxpagesize=100", near: some),
  "DV111": Advice("\(some)&$count=true", near: "\(some)&$count=false"),
  "DV112": Advice(
    "sample_accounts?$apply=aggregate($count as n)",
    near: "sample_accounts?$apply=filter(size gt 1)/aggregate($count as n)"),
  "DV113": Advice(
    "sample_tasks?$select=due&$top=1", near: "sample_tasks?$select=due&$top=1&$filter=partitionid eq 'p'"),
  "DV114": Advice(
    some, "odata.include-annotations=\"*\"", near: some,
    "odata.include-annotations=\"OData.Community.Display.V1.FormattedValue\""),
  "DV115": Advice(
    "\(some)&$filter=\(crm)Today(PropertyName='since')", near: "\(some)&$filter=since gt 2020-01-01T00:00:00Z"),
  "DV201": Advice(
    "\(some)&$filter=size eq 1 or size eq 2 or size eq 3", near: "\(some)&$filter=size eq 1 or size eq 2"),
  "DV202": Advice(
    "\(some)&$filter=name eq 'Ann' or name eq 'ANN'", near: "\(some)&$filter=name eq 'Ann' or name eq 'Ben'"),
  "DV203": Advice(
    "msdynci_predictions?$select=CustomerId&$top=1", near: "msdynci_predictions?$select=msdynci_customerid&$top=1"),
]

/// Every rule that advises, told by the built linter and by nothing that refuses.
@Suite struct AdviceTests {
  static func columns(_ count: Int) -> String { (0..<count).map { "c\($0)" }.joined(separator: ",") }

  private static let schema = """
    <?xml version="1.0" encoding="utf-8"?>
    <edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
    <Schema Namespace="Microsoft.Dynamics.CRM" xmlns="http://docs.oasis-open.org/odata/ns/edm">
    <EntityType Name="sample_account"><Key><PropertyRef Name="sample_accountid"/></Key>
    <Property Name="sample_accountid" Type="Edm.Guid" Nullable="false"/>
    <Property Name="name" Type="Edm.String" MaxLength="100"/>
    <Property Name="notes" Type="Edm.String" MaxLength="100000"/>
    <Property Name="size" Type="Edm.Int32"/>
    <Property Name="since" Type="Edm.DateTimeOffset"/>
    <Property Name="industry" Type="Edm.Int32"><Annotation Term="Sluice.V1.ColumnType" String="choice"/></Property>
    <Property Name="score" Type="Edm.Int32"><Annotation Term="Sluice.V1.IsComputed" Bool="true"/></Property>
    \((0..<31).map { "<Property Name=\"c\($0)\" Type=\"Edm.Int32\"/>" }.joined())
    <NavigationProperty Name="tasks" Type="Collection(Microsoft.Dynamics.CRM.sample_task)"/>
    </EntityType>
    <EntityType Name="sample_task"><Key><PropertyRef Name="sample_taskid"/></Key>
    <Property Name="sample_taskid" Type="Edm.Guid" Nullable="false"/>
    <Property Name="due" Type="Edm.DateTimeOffset"/>
    <Property Name="partitionid" Type="Edm.String" MaxLength="100"/>
    <Property Name="ttlinseconds" Type="Edm.Int32"/>
    </EntityType>
    <EntityType Name="msdynci_prediction"><Key><PropertyRef Name="msdynci_predictionid"/></Key>
    <Property Name="msdynci_predictionid" Type="Edm.Guid" Nullable="false"/>
    <Property Name="msdynci_customerid" Type="Edm.String" MaxLength="100"/>
    </EntityType>
    <EntityContainer Name="System">
    <EntitySet Name="sample_accounts" EntityType="Microsoft.Dynamics.CRM.sample_account"/>
    <EntitySet Name="sample_tasks" EntityType="Microsoft.Dynamics.CRM.sample_task"/>
    <EntitySet Name="msdynci_predictions" EntityType="Microsoft.Dynamics.CRM.msdynci_prediction"/>
    </EntityContainer></Schema></edmx:DataServices></edmx:Edmx>

    """

  private static let policy = """
    version: 1
    name: advice
    options: [$select, $expand, $filter, $orderby, $top, $count, $apply]
    annotations: [OData.Community.Display.V1.FormattedValue]
    tables:
      sample_account:
        ttl: 1m
        apply: [filter, groupby, aggregate]
        columns:
          sample_accountid: { order: true }
          name: { select: true, filter: [eq, contains, startswith], order: true }
          notes: { select: true, filter: [eq] }
          size: { filter: [eq, gt], aggregate: [groupby] }
          since: { filter: [gt, Today] }
          industry: { order: true }
          score: { select: true, filter: [gt] }
    \((0..<31).map { "      c\($0): { select: true }" }.joined(separator: "\n"))
        navigations:
          tasks: { expand: true }
      sample_task:
        ttl: 1m
        options: [$select, $filter, $top]
        columns:
          due: { select: true }
          partitionid: { filter: [eq] }
      msdynci_prediction:
        ttl: 1m
        options: [$select, $top]
        columns:
          msdynci_customerid: { select: true }
    scopes:
      default: {}

    """

  /// What is told of each query under each preference; one run of the linter for each of these.
  private static let told = Result { () -> [String: [String: [(rule: String, level: String)]]] in
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let schema = try folder.write("schema.xml", AdviceTests.schema)
    let policy = try folder.write("policy.yaml", AdviceTests.policy)
    // No table of the legacy API is there.
    let mapping = try folder.write("mapping.yaml", "version: 1\nentities: {}\n")
    let asked = advice.values.flatMap { [($0.query, $0.prefer), ($0.nearMiss, $0.nearPrefer)] }
    var told: [String: [String: [(rule: String, level: String)]]] = [:]
    for prefer in Set(asked.map(\.1)) {
      let queries = asked.filter { $0.1 == prefer }.map(\.0)
      let result = try Program.run(
        [
          "lint", "--format", "json", "--schema", schema, "--policy", policy, "--mapping", mapping, "--prefer", prefer,
          "-",
        ],
        input: queries.joined(separator: "\n"))
      guard let object = try JSONSerialization.jsonObject(with: Data(result.out.utf8)) as? [String: Any],
        let findings = object["findings"] as? [[String: Any]], object["queries"] as? Int == queries.count
      else { throw Program.Failure(description: "\(result)") }
      for (index, query) in queries.enumerated() {
        told[prefer, default: [:]][query] = findings.filter { $0["line"] as? Int == index + 1 }.map {
          ($0["rule"] as? String ?? "", $0["level"] as? String ?? "")
        }
      }
    }
    return told
  }

  private func advises(_ id: String) throws {
    let told = try Self.told.get()
    let row = try #require(advice[id])
    let hit = told[row.prefer]?[row.query] ?? []
    let miss = try #require(told[row.nearPrefer]?[row.nearMiss])
    #expect(hit.contains { $0 == (id, id < "DV200" ? "warning" : "note") }, "\(hit)")
    #expect(!miss.contains { $0.rule == id || $0.level == "error" }, "\(miss)")
    // Only a name that nobody has is refused.
    if id != "DV203" { #expect(!hit.contains { $0.level == "error" }, "\(hit)") }
  }

  @Test func everyRuleIsTried() throws {
    let ids = Set((101...115).map { "DV\($0)" } + (201...203).map { "DV\($0)" })
    #expect(Set(advice.keys) == ids)
    #expect(try testFunctions(#/@Test\("(DV\d+)"\) func dv\d+\(/#, file: #filePath) == ids)
  }

  @Test("DV101") func dv101() throws { try advises("DV101") }
  @Test("DV102") func dv102() throws { try advises("DV102") }
  @Test("DV103") func dv103() throws { try advises("DV103") }
  @Test("DV104") func dv104() throws { try advises("DV104") }
  @Test("DV105") func dv105() throws { try advises("DV105") }
  @Test("DV106") func dv106() throws { try advises("DV106") }
  @Test("DV107") func dv107() throws { try advises("DV107") }
  @Test("DV108") func dv108() throws { try advises("DV108") }
  @Test("DV109") func dv109() throws { try advises("DV109") }
  @Test("DV110") func dv110() throws { try advises("DV110") }
  @Test("DV111") func dv111() throws { try advises("DV111") }
  @Test("DV112") func dv112() throws { try advises("DV112") }
  @Test("DV113") func dv113() throws { try advises("DV113") }
  @Test("DV114") func dv114() throws { try advises("DV114") }
  @Test("DV115") func dv115() throws { try advises("DV115") }
  @Test("DV201") func dv201() throws { try advises("DV201") }
  @Test("DV202") func dv202() throws { try advises("DV202") }
  @Test("DV203") func dv203() throws { try advises("DV203") }
}
