import Dataverse
import Foundation
import ODataURL
import Policy
import Testing

@testable import Planning

/// Which requests are answered here, which are refused, and which are about rows.
@Suite struct MetadataRequestTests {
  let planner: QueryPlanner

  init() throws { planner = try Served.narrowPlanner() }

  static let one = "LogicalName eq 'msdynci_unifiedactivity'"

  @Test(arguments: [
    // The first requests of clients.
    "", "$metadata", "%24metadata", "$metadata?annotations=true",
    "EntityDefinitions?$select=LogicalName,EntitySetName,PrimaryIdAttribute&$filter=\(one)",
    "EntityDefinitions?%24select=LogicalName%2CEntitySetName%2CPrimaryIdAttribute&%24filter=LogicalName+eq+%27account%27",
    "EntityDefinitions?$select=MetadataId,LogicalName,SchemaName,EntitySetName,PrimaryNameAttribute,PrimaryIdAttribute"
      + "&$filter=\(one)",
    "EntityDefinitions?$filter=IsPrivate eq false", "EntityDefinitions?$filter=IsPrivate eq false and (\(one))",
    "EntityDefinitions", "EntityDefinitions/", "%45ntityDefinitions", "EntityDefinitions?$filter=(\(one))",
    "EntityDefinitions?$filter=\(one) or EntitySetName eq 'accounts' or LogicalName eq 'x'",
    "EntityDefinitions(LogicalName='msdynci_unifiedactivity')",
    "EntityDefinitions(LogicalName='msdynci_unifiedactivity')?$select=LogicalName,TableType",
    "EntityDefinitions(LogicalName=%27msdynci_unifiedactivity%27)/Attributes",
    "EntityDefinitions(LogicalName='msdynci_unifiedactivity')/Attributes?$select=LogicalName,AttributeType,DisplayName",
    "EntityDefinitions(LogicalName='msdynci_unifiedactivity')/Attributes?$filter=LogicalName eq 'x'",
  ])
  func isAnswered(target: String) { #expect(Served.outcome(planner, target) == "answer", "\(target)") }

  @Test(arguments: [
    // Other metadata.
    "GlobalOptionSetDefinitions", "GlobalOptionSetDefinitions(Name='x')", "RelationshipDefinitions",
    "RelationshipDefinitions?$filter=SchemaName eq 'x'", "ManagedPropertyDefinitions",
    "RetrieveMetadataChanges(Query=@p1)?@p1={}", "RetrieveMetadataChanges", "RetrieveAllEntities",
    "EntityDefinitions(LogicalName='msdynci_unifiedactivity')/Keys",
    "EntityDefinitions(LogicalName='msdynci_unifiedactivity')/ManyToOneRelationships",
    "EntityDefinitions(LogicalName='msdynci_unifiedactivity')/OneToManyRelationships",
    "EntityDefinitions(LogicalName='msdynci_unifiedactivity')/ManyToManyRelationships",
    "EntityDefinitions(LogicalName='msdynci_unifiedactivity')/attributes",
    "EntityDefinitions(LogicalName='msdynci_unifiedactivity')/EntitySetName",
    "EntityDefinitions(LogicalName='msdynci_unifiedactivity')/$ref",
    "EntityDefinitions(LogicalName='msdynci_unifiedactivity')/Attributes(00000000-0000-0000-0000-000000000001)",
    "EntityDefinitions(LogicalName='msdynci_unifiedactivity')/Attributes(LogicalName='msdynci_title')",
    "EntityDefinitions(LogicalName='msdynci_unifiedactivity')/Attributes/$count",
    "EntityDefinitions(LogicalName='msdynci_unifiedactivity')/Attributes/Microsoft.Dynamics.CRM.PicklistAttributeMetadata"
      + "?$select=LogicalName&$expand=OptionSet($select=Options)",
    "EntityDefinitions/$count", "EntityDefinitions/Attributes",
    // Keys.
    "EntityDefinitions('msdynci_unifiedactivity')", "EntityDefinitions(1)", "EntityDefinitions(LogicalName=1)",
    "EntityDefinitions(EntitySetName='msdynci_unifiedactivities')", "EntityDefinitions(logicalname='x')",
    "EntityDefinitions(LogicalName=@p)?@p='x'", "EntityDefinitions(MetadataId='x')",
    "EntityDefinitions(LogicalName='a',MetadataId=00000000-0000-0000-0000-000000000001)",
    // Options.
    "?$format=json", "?x=1", "$metadata?$format=xml", "$metadata?annotations=false",
    "$metadata?annotations=true&annotations=true&x=1", "$metadata#accounts", "$metadata?annotations=true#accounts",
    "EntityDefinitions?$expand=Attributes", "EntityDefinitions?$expand=Attributes($select=LogicalName)",
    "EntityDefinitions?$top=1", "EntityDefinitions?$count=true", "EntityDefinitions?$orderby=LogicalName",
    "EntityDefinitions?LabelLanguages=1033", "EntityDefinitions?$skiptoken=1", "EntityDefinitions?@p=1",
    "EntityDefinitions?$select=*", "EntityDefinitions?$select=LogicalName,Privileges",
    "EntityDefinitions?$select=logicalname", "EntityDefinitions?$select=LogicalName/x",
    "EntityDefinitions(LogicalName='x')?$filter=\(one)",
    "EntityDefinitions(LogicalName='x')/Attributes?$select=MaxLength",
    "EntityDefinitions(LogicalName='x')/Attributes?$expand=OptionSet",
    // Conditions.
    "EntityDefinitions?$filter=LogicalName ne 'x'", "EntityDefinitions?$filter=not (\(one))",
    "EntityDefinitions?$filter=contains(LogicalName,'a')", "EntityDefinitions?$filter=startswith(LogicalName,'a')",
    "EntityDefinitions?$filter='x' eq LogicalName", "EntityDefinitions?$filter=LogicalName eq LogicalName",
    "EntityDefinitions?$filter=LogicalName eq null", "EntityDefinitions?$filter=LogicalName eq 1",
    "EntityDefinitions?$filter=LogicalName in ('x')", "EntityDefinitions?$filter=PrimaryIdAttribute eq 'x'",
    "EntityDefinitions?$filter=tolower(LogicalName) eq 'x'", "EntityDefinitions?$filter=IsPrivate eq 'false'",
    "EntityDefinitions?$filter=IsPrivate", "EntityDefinitions?$filter=LogicalName eq 'x' or IsPrivate",
    "EntityDefinitions?$filter=Attributes/any(a:a/LogicalName eq 'x')",
    "EntityDefinitions?$filter=DisplayName/UserLocalizedLabel/Label eq 'x'",
    "EntityDefinitions?$filter=LogicalName eq @p&@p='x'",
    "EntityDefinitions?$filter=Microsoft.Dynamics.CRM.In(PropertyName='LogicalName',PropertyValues=['x'])",
  ])
  func isRefused(target: String) {
    let outcome = Served.outcome(planner, target)
    #expect(outcome == "403 policy.metadata", "\(target): \(outcome)")
  }

  /// Neither answered here nor refused by the rule of metadata: the judge and the parser see to it, and no row is about
  /// tables.
  @Test(arguments: [
    "msdynci_unifiedactivities", "msdynci_unifiedactivities?$top=1", "accounts", "entitydefinitions",
    "ENTITYDEFINITIONS", "EntityDefinition", "EntityDefinitionss", "%2545ntityDefinitions", "%2524metadata", "$batch",
    "msdynci_unifiedactivities/EntityDefinitions", "EntityDefinitions%3F%24select=LogicalName", "$Metadata",
    "$METADATA",
    "EntityDefinitions%2FAttributes", "EntityDefinitions;x", "$crossjoin(EntityDefinitions)", "$all", "$entity?$id=x",
    "Microsoft.Dynamics.CRM.EntityDefinitions",
  ])
  func isOfTheRows(target: String) {
    let outcome = Served.outcome(planner, target)
    #expect(outcome == "rows" || outcome.hasPrefix("400 syntax."), "\(target): \(outcome)")
    // And the planner proper has nothing to send for it, unless it is a table of the scope.
    if target.hasPrefix("msdynci_unifiedactivities?") || target == "msdynci_unifiedactivities" { return }
    #expect(throws: Refusal.self) { try planner.plan(Served.root + target, scope: Served.narrow) }
  }

  /// What is answered here is never planned, whichever way a caller asks.
  @Test(arguments: ["", "$metadata", "EntityDefinitions", "EntityDefinitions(LogicalName='msdynci_unifiedactivity')"])
  func isNeverPlanned(target: String) {
    #expect(throws: Refusal.self) { try planner.plan(Served.root + target, scope: Served.narrow) }
  }

  /// The service root is one resource, however it is written.
  @Test func rootNeedsNoSlash() throws {
    let document = try #require(try planner.metadata("/api/data/v9.2/", scope: Served.narrow))
    #expect(try planner.metadata("/api/data/v9.2", scope: Served.narrow)?.body == document.body)
    for suffix in ["?$format=json", "?x=1"] {
      func refusal(_ root: String) throws -> Refusal {
        try #require(throws: Refusal.self) { try planner.metadata(root + suffix, scope: Served.narrow) }
      }
      let (plain, slashed) = (try refusal("/api/data/v9.2"), try refusal("/api/data/v9.2/"))
      #expect(plain.code == "policy.metadata" && plain.code == slashed.code && plain.message == slashed.message)
    }
  }

  @Test(arguments: ["/v1/instances/x/data/", "/", "/api/data/v9.3/", "/api/data/v9.3", "/api/data/v9.2x/$metadata"])
  func otherRootsHaveNoMetadata(target: String) throws {
    #expect(try planner.metadata(target, scope: Served.narrow) == nil)
  }

  @Test(arguments: [
    "EntityDefinitions?$filter=LogicalName eq 'x", "EntityDefinitions?$fliter=x", "$metadata/x", "?$select=name",
    "$metadata?$select=a", "EntityDefinitions(LogicalName='a',LogicalName='b')",
    "EntityDefinitions?$select=a&$select=b",
  ])
  func brokenTargetsAreRefusedAsEverywhere(target: String) {
    #expect(Served.outcome(planner, target).hasPrefix("400 syntax."), "\(target)")
  }

  @Test func conditionsHaveALimit() throws {
    // `or` of n comparisons: 3n nodes and n - 1 between them.
    let chain = { (count: Int) in
      "EntityDefinitions?$filter=" + (0..<count).map { _ in "LogicalName eq 'x'" }.joined(separator: " or ")
    }
    #expect(Served.outcome(planner, chain(200)) == "answer")
    #expect(Served.outcome(planner, chain(201)) == "403 policy.limit.nodes")
  }

  /// Byte for byte the same for a table that the scope lacks and one that nobody has.
  @Test(arguments: ["", "/Attributes", "?$select=LogicalName", "/Attributes?$select=LogicalName"])
  func hiddenTablesAreLikeNone(rest: String) throws {
    let hidden = DefinitionID.table(try #require(Served.schema.table(named: "msdynci_prediction")))
    let keys = [
      "LogicalName='msdynci_prediction'", "LogicalName='nosuchtable'", "LogicalName='msdynci_unifiedactivities'",
      "00000000-0000-0000-0000-000000000001", "MetadataId=00000000-0000-0000-0000-000000000001",
      Self.text(hidden),
    ]
    let refusals = try keys.map { key in
      try #require(throws: Refusal.self) {
        try planner.metadata("\(Served.root)EntityDefinitions(\(key))\(rest)", scope: Served.narrow)
      }
    }
    #expect(Set(refusals.map(\.status)) == [404])
    #expect(Set(refusals.map { $0.body() }).count == 1)
    let lists = try ["msdynci_prediction", "nosuchtable"].map {
      try Served.answer(planner, "EntityDefinitions?$filter=LogicalName eq '\($0)'")
    }
    #expect(
      Set(lists) == [#"{"@odata.context":"http://gate.example/api/data/v9.2/$metadata#EntityDefinitions","value":[]}"#])
  }

  /// What is given out as `MetadataId` is taken back as a key.
  @Test func metadataIdsAreKeys() throws {
    let list = try Served.values(try Served.answer(planner, "EntityDefinitions"))
    #expect(list.count == 2)
    for table in list {
      let (id, name) = (try #require(table["MetadataId"] as? String), try #require(table["LogicalName"] as? String))
      let byID = try Served.answer(planner, "EntityDefinitions(\(id))/Attributes")
      #expect(try byID == Served.answer(planner, "EntityDefinitions(LogicalName='\(name)')/Attributes"))
      #expect(UUID(uuidString: id) != nil && id == id.lowercased())
    }
  }

  @Test func unknownScopesGetNothing() {
    for target in ["", "$metadata", "EntityDefinitions"] {
      let outcome = Served.outcome(planner, target, PlanScope(policy: "nobody", cache: "a"))
      #expect(outcome == "403 policy.scope")
    }
  }

  @Test(arguments: MetadataDocument.allCases)
  func eachDocumentCanBeTurnedOff(document: MetadataDocument) throws {
    let others = Set(MetadataDocument.allCases).subtracting([document])
    let planner = try Served.planner(Served.policy([Served.narrowScope()], metadata: others))
    let targets: [(MetadataDocument, String)] = [
      (.service, ""), (.csdl, "$metadata"), (.definitions, "EntityDefinitions"),
      (.definitions, "EntityDefinitions(LogicalName='msdynci_unifiedactivity')"),
    ]
    for (of, target) in targets {
      #expect(Served.outcome(planner, target) == (of == document ? "403 policy.metadata" : "answer"), "\(target)")
    }
  }

  @Test func refusalsRepeatNoLiteral() throws {
    for target in ["EntityDefinitions?$filter=LogicalName%20ne%20'secretvalue'", "EntityDefinitions('secretvalue')"] {
      let refusal = try #require(throws: Refusal.self) {
        try planner.metadata(Served.root + target, scope: Served.narrow)
      }
      #expect(!String(decoding: refusal.body(), as: UTF8.self).contains("secretvalue"))
    }
  }

  private static func text(_ id: GUID) -> String { ODataURL.Expression(.literal(.guid(id))).printed() }
}
