import Dataverse
import ODataURL
import Testing

private let schema = Schema.customerInsights(profileColumns: Schema.sampleProfileColumns)
private let set = "msdynci_customerprofiles"

private func resolve(_ query: String) throws -> Resolution {
  let uri = try Parser(settings: .dataverse).relativeURI(query)
  return QueryResolver(schema: schema).resolve(AliasSubstitution(uri, maximumNodes: 1000).query)
}

/// `column operation` of each condition; `!` marks what stands under `not`, `key` what comes from the path.
private func conditions(_ resolution: Resolution) -> [String] {
  resolution.root.conditions.map { condition in
    let word =
      switch condition.operation {
      case .comparison(let op): op.rawValue
      case .text(let function): function.rawValue
      case .queryFunction(let name): name
      }
    let known = condition.column.column == nil ? "?" : ""
    return
      "\(condition.isNegated ? "!" : "")\(condition.isKey ? "key " : "")\(condition.column.name)\(known) \(word) \(condition.values.count)"
  }
}

@Suite struct ResolutionTests {
  @Test(
    arguments: [
      (set, .collection), ("\(set)/$count", .count), ("\(set)(1)", .entity), ("\(set)(a='b')", .entity),
      ("\(set)(1)/$count", .other), ("\(set)/$ref", .other), ("\(set)/x", .other), ("$metadata", .other), ("", .other),
      ("X()", .other),
    ] as [(String, Resolution.Address)])
  func tellsPathsApart(_ query: String, _ address: Resolution.Address) throws {
    #expect(try resolve(query).address == address)
  }

  @Test(arguments: [
    ("$filter=msdynci_email eq 'a'", ["msdynci_email eq 1"]),
    ("$filter=nothere eq 'a'", ["nothere? eq 1"]),
    (
      "$filter=msdynci_email eq 'a' or (msdynci_city ne 'b' and contains(msdynci_lastname,'c'))",
      ["msdynci_email eq 1", "msdynci_city ne 1", "msdynci_lastname contains 1"]
    ),
    (
      "$filter=not (msdynci_email eq 'a' or not startswith(msdynci_city,'b'))",
      ["!msdynci_email eq 1", "msdynci_city startswith 1"]
    ),
    (
      "$filter=Microsoft.Dynamics.CRM.In(PropertyName=@p,PropertyValues=@v)&@p='msdynci_city'&@v=['a','b']",
      ["msdynci_city In 2"]
    ),
    (
      "$filter=Microsoft.Dynamics.CRM.InFiscalPeriodAndYear(PropertyName='createdon',PropertyValue1=1,PropertyValue2=2)",
      ["createdon InFiscalPeriodAndYear 2"]
    ),
    ("$filter=_ownerid_value eq 00000000-0000-0000-0000-000000000001", ["_ownerid_value eq 1"]),
    ("$filter=ownerid eq 00000000-0000-0000-0000-000000000001", ["ownerid? eq 1"]),
  ])
  func resolvesConditions(_ options: String, _ expected: [String]) throws {
    let resolution = try resolve("\(set)?\(options)")
    #expect(conditions(resolution) == expected && resolution.obscurities.isEmpty)
  }

  @Test func resolvesKeys() throws {
    #expect(
      try conditions(resolve("\(set)(00000000-0000-0000-0000-000000000001)")) == ["key msdynci_customerprofileid eq 1"])
    #expect(
      try conditions(resolve("\(set)(msdynci_email=@e,nothere='b')?@e='a'")) == [
        "key msdynci_email eq 1", "key nothere? eq 1",
      ])
  }

  @Test(
    arguments: [
      ("$filter=msdynci_email", .bareOperand), ("$filter=true", .bareOperand), ("$filter=@a", .alias),
      ("$filter=msdynci_email eq @a", .alias), ("$filter=1 eq 1", .comparison),
      ("$filter='a' eq msdynci_email", .comparison),
      ("$filter=msdynci_email eq length(msdynci_city)", .comparison), ("$filter=a/$count eq 1", .comparison),
      ("$filter=msdynci_email in ('a')", .unsupportedOperator), ("$filter=length(msdynci_email)", .function),
      ("$filter=contains('a',msdynci_email)", .function), ("$filter=contains(a/$count,'c')", .function),
      ("$filter=A.B(x=1)", .function), ("$filter=Microsoft.Dynamics.CRM.Today(PropertyName=msdynci_email)", .function),
      ("$filter=Microsoft.Dynamics.CRM.Today(X='msdynci_email')", .function),
      ("$filter=Microsoft.Dynamics.CRM.In(PropertyName='a',PropertyValues=[['b']])", .function),
      ("$filter=a/b", .path), ("$filter=A.B/c", .path),
      ("$orderby=a/b", .order), ("$orderby=length(msdynci_email)", .order), ("$orderby=1", .order),
      ("$orderby=@a", .alias),
      ("$select=*", .select), ("$select=a/b", .select), ("$select=A.B", .select),
    ] as [(String, Obscurity.Reason)])
  func keepsWhatItCannotResolve(_ options: String, _ reason: Obscurity.Reason) throws {
    #expect(try resolve("\(set)?\(options)").obscurities.map(\.reason) == [reason])
  }

  @Test(arguments: [
    ("a eq 1", 3, 1, 0), ("a eq 1 and b eq 2 and c eq 3", 11, 2, 0), ("a eq 1 or b eq 2 or c eq 3", 11, 2, 3),
    ("a eq 1 or (b eq 2 or c eq 3)", 11, 2, 3), ("a eq 1 or (b eq 2 and c eq 3)", 11, 3, 2), ("not (a eq 1)", 4, 2, 0),
    ("(a eq 1 or b eq 2) and (c eq 1 or d eq 2 or e eq 3)", 19, 3, 3),
  ])
  func measures(_ filter: String, _ nodes: Int, _ depth: Int, _ width: Int) throws {
    let measure = try resolve("\(set)?$filter=\(filter)").measure
    #expect(measure.nodes == nodes && measure.depth == depth && measure.widestOr == width)
  }

  @Test(
    arguments: [
      ("$filter=a eq @x&@x=1", "$filter=a eq 1", []),
      ("$filter=@x and @x&@x=a eq 1 or b eq 2", "$filter=(a eq 1 or b eq 2) and (a eq 1 or b eq 2)", []),
      ("$orderby=@x desc&@x=a", "$orderby=a desc", []), ("$filter=not @x&@x=a eq 1", "$filter=not (a eq 1)", []),
      ("$filter=a eq @x", "$filter=a eq @x", [.unassigned]), ("$top=1&@x=1", "$top=1", [.unused]),
      ("$filter=a eq @x&@x=@y&@y=1", "$filter=a eq @y", [.chained, .unused]),
      ("$filter=f(@x) eq 1&@x=1".replacing("f(", with: "contains('a',"), "$filter=contains('a',1) eq 1", []),
      ("$filter=A.B(p=@x)&@x=[1,2]", "$filter=A.B(p=[1,2])", []),
      ("$filter=c/any(v:v/a eq @x)&@x=1", "$filter=c/any(v:v/a eq 1)", []),
      (
        "$expand=n($filter=a eq @x;$expand=m($orderby=@y))&@x=1&@y=b",
        "$expand=n($filter=a eq 1;$expand=m($orderby=b))", []
      ),
      ("$apply=filter(a eq @x)/aggregate($count as n)&@x=1", "$apply=filter(a eq 1)/aggregate($count as n)", []),
      ("$expand=n($filter=a eq @x)", "$expand=n($filter=a eq @x)", [.unassigned]),
      ("$apply=filter(a eq @x)/aggregate($count as n)", "$apply=filter(a eq @x)/aggregate($count as n)", [.unassigned]),
    ] as [(String, String, [AliasSubstitution.Reason])])
  func substitutesAliases(_ options: String, _ expected: String, _ reasons: [AliasSubstitution.Reason]) throws {
    let uri = try Parser(settings: .dataverse).relativeURI("s?\(options)")
    let substitution = AliasSubstitution(uri, maximumNodes: 1000)
    let wanted = try Parser(settings: .dataverse).relativeURI("s?\(expected)")
    #expect(substitution.query == wanted)
    #expect(substitution.problems.map(\.reason) == reasons)
  }

  @Test func substitutionStopsAtItsLimit() throws {
    // 3 nodes in place, 3 for each use.
    let uri = try Parser(settings: .dataverse).relativeURI("s?$filter=@x and @x&@x=a eq 1")
    #expect(AliasSubstitution(uri, maximumNodes: 9).problems.isEmpty)
    #expect(AliasSubstitution(uri, maximumNodes: 8).problems.map(\.reason) == [.tooLarge])
  }

  @Test func spansPointIntoTheSource() throws {
    let query = "\(set)?$filter=msdynci_email eq @e&@e='x'"
    let condition = try #require(try resolve(query).root.conditions.first)
    let bytes = Array(query.utf8)
    #expect(String(decoding: bytes[condition.column.span.range], as: UTF8.self) == "msdynci_email")
    #expect(String(decoding: bytes[try #require(condition.values.first).span.range], as: UTF8.self) == "'x'")
  }

  /// What of a query can hold an alias is either read, or obscure, or said not to be looked at.
  @Test(arguments: [
    ("\(set)?$filter=msdynci_email eq 'a'&$orderby=msdynci_email&$select=msdynci_email&$top=1&$count=true", true),
    ("\(set)?$filter=msdynci_email eq @p", false), ("\(set)?$filter=msdynci_email eq 'a'&@p=1", false),
    ("\(set)?$filter=contains(msdynci_email,@p)", false), ("\(set)?$orderby=@p", false), ("\(set)(@p)", false),
    ("\(set)(a=@p)", false), ("\(set)?$compute=@p as x", false), ("\(set)/Ns.F(a=@p)", false),
    ("\(set)?$filter=Microsoft.Dynamics.CRM.In(PropertyName='msdynci_email',PropertyValues=@p)", false),
    ("\(set)?$filter=Microsoft.Dynamics.CRM.In(PropertyName=@p,PropertyValues=['a'])", false),
    ("\(set)?$filter=msdynci_customer_unifiedactivity/any(a:a/msdynci_title eq @p)", false),
    ("\(set)?$filter=not (msdynci_email eq 'a' or @p)", false), ("\(set)?$apply=filter(msdynci_email eq @p)", false),
    ("\(set)?$apply=aggregate(@p with sum as x)", false), ("\(set)?$apply=compute(@p as x)", false),
    ("\(set)?$select=msdynci_email($filter=a eq @p)", false),
    ("\(set)?$expand=msdynci_customer_unifiedactivity($filter=a eq @p)", false),
    ("\(set)?$expand=msdynci_customer_unifiedactivity($filter=a eq 'b';@p=1)", false),
  ])
  func knowsWhatHasNoAliases(_ query: String, _ expected: Bool) throws {
    let uri = try Parser(settings: .dataverse).relativeURI(query.replacing(" ", with: "%20"))
    #expect(QueryResolver(schema: schema).resolve(uri).hasNoAliases(in: uri) == expected)
  }
}
