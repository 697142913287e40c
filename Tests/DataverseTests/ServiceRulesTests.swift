import Dataverse
import ODataURL
import Testing

private let schema = Schema.customerInsights(profileColumns: Schema.sampleProfileColumns)
private let set = "msdynci_customerprofiles"
private let expands = (1...16).map { "n\($0)" }.joined(separator: ",")

private func check(_ query: String) throws -> [ServiceFinding] {
  let uri = try Parser(settings: .dataverse).relativeURI(query)
  let substitution = AliasSubstitution(uri, maximumNodes: 1000)
  let resolution = QueryResolver(schema: schema).resolve(substitution.query)
  return ServiceRules.check(uri, substitution: substitution, resolution: resolution)
}

@Suite struct ServiceRulesTests {
  /// Rules with the text that each points at.
  @Test(arguments: [
    ("\(set)?$select=msdynci_email&$filter=msdynci_email eq 'a'&$orderby=msdynci_email&$top=5&$count=true", []),
    ("\(set)?$skip=1", ["DV001[$skip=1]"]), ("\(set)?$search=a", ["DV001[$search=a]"]),
    ("\(set)?$format=json", ["DV001[$format=json]"]),
    ("\(set)?$compute=a%20add%20b%20as%20c", ["DV001[$compute=a%20add%20b%20as%20c]"]),
    ("\(set)?$schemaversion=1", ["DV001[$schemaversion=1]"]), ("\(set)?$index=1", ["DV001[$index=1]"]),
    ("\(set)?select=a", ["DV002[select=a]"]), ("\(set)?Top=1", ["DV002[Top=1]"]), ("\(set)?foo=1", ["DV002[foo=1]"]),
    ("\(set)?$filter=msdynci_email in ('a','b')", ["DV003[msdynci_email in ('a','b')]"]),
    ("\(set)?$filter=msdynci_lifetimevalue add 1 gt 2", ["DV003[msdynci_lifetimevalue add 1]"]),
    ("\(set)?$filter=-msdynci_lifetimevalue gt 2", ["DV003[-msdynci_lifetimevalue]"]),
    ("\(set)?$filter=tolower(msdynci_email) eq 'a'", ["DV003[tolower(msdynci_email)]"]),
    ("\(set)?$filter=year(now()) eq 1", ["DV003[year(now())]", "DV003[now()]"]),
    ("\(set)?$filter=n/$count gt 1", ["DV003[n/$count]"]), ("\(set)?$filter=$it/msdynci_email eq 'a'", ["DV003[$it]"]),
    ("\(set)?$orderby=length(msdynci_email)", ["DV003[length(msdynci_email)]"]),
    (
      "\(set)?$filter=not Microsoft.Dynamics.CRM.Today(PropertyName='a')",
      ["DV004[not Microsoft.Dynamics.CRM.Today(PropertyName='a')]"]
    ),
    ("\(set)?$filter=not contains(msdynci_email,'a')", []),
    (
      "\(set)?$filter=Microsoft.Dynamics.CRM.Todai(PropertyName='a')",
      ["DV005[Microsoft.Dynamics.CRM.Todai(PropertyName='a')]"]
    ),
    ("\(set)?$filter=Other.Today(PropertyName='a')", ["DV005[Other.Today(PropertyName='a')]"]),
    ("\(set)?$filter=Microsoft.Dynamics.CRM.Today()", ["DV005[Microsoft.Dynamics.CRM.Today()]"]),
    (
      "\(set)?$filter=Microsoft.Dynamics.CRM.Today(PropertyName='a',PropertyValue=1)",
      ["DV005[Microsoft.Dynamics.CRM.Today(PropertyName='a',PropertyValue=1)]"]
    ),
    ("\(set)?$filter=Microsoft.Dynamics.CRM.LastXDays(PropertyName='a',PropertyValue='1')", ["DV005['1']"]),
    ("\(set)?$filter=Microsoft.Dynamics.CRM.LastXDays(PropertyName='a',PropertyValue=1)", []),
    ("\(set)?$filter=Microsoft.Dynamics.CRM.Between(PropertyName='a',PropertyValues=['1'])", ["DV005[['1']]"]),
    ("\(set)?$filter=Microsoft.Dynamics.CRM.Between(PropertyName='a',PropertyValues=['1','2'])", []),
    ("\(set)?$filter=Microsoft.Dynamics.CRM.In(PropertyName='a',PropertyValues=[])", ["DV005[[]]"]),
    ("\(set)?$filter=Microsoft.Dynamics.CRM.In(PropertyName=a,PropertyValues=['1'])", ["DV005[a]"]),
    ("\(set)?$filter=n/m/any(x:x/a eq 1)", ["DV006[n/m/any(x:x/a eq 1)]"]), ("\(set)?$filter=n/any(x:x/a eq 1)", []),
    ("\(set)?$expand=\(expands)", ["DV007[n16]"]),
    ("\(set)?$expand=a($top=1;$expand=b)", ["DV007[$top=1]"]), ("\(set)?$expand=a($top=1)", []),
    ("\(set)?$expand=a($skip=1)", ["DV007[$skip=1]"]), ("\(set)?$expand=a($levels=max)", ["DV007[$levels=max]"]),
    (
      "\(set)?$filter=msdynci_email eq 00000000-0000-0000-0000-000000000001",
      ["DV008[00000000-0000-0000-0000-000000000001]"]
    ),
    (
      "\(set)?$filter=msdynci_customerprofileid eq '00000000-0000-0000-0000-000000000001'",
      ["DV008['00000000-0000-0000-0000-000000000001']"]
    ),
    ("\(set)?$filter=msdynci_lifetimevalue gt '5'", ["DV008['5']"]),
    ("\(set)?$filter=msdynci_lifetimevalue gt INF", ["DV008[INF]"]),
    ("\(set)?$filter=msdynci_lifetimevalue lt -INF", ["DV008[-INF]"]),
    ("\(set)?$filter=msdynci_lifetimevalue eq NaN or msdynci_lifetimevalue lt 1e9", ["DV008[NaN]"]),
    ("\(set)?$filter=msdynci_lifetimevalue gt 1e300", []), ("\(set)?$filter=1e300 gt msdynci_lifetimevalue", []),
    // Wherever it stands, and each place once.
    ("\(set)?$filter=INF ge msdynci_lifetimevalue", ["DV008[INF]"]),
    ("\(set)?$filter=NaN eq msdynci_lifetimevalue or msdynci_lifetimevalue le -INF", ["DV008[NaN]", "DV008[-INF]"]),
    ("\(set)?$filter=not (-INF lt msdynci_lifetimevalue) and not (msdynci_email eq 'INF')", ["DV008[-INF]"]),
    ("\(set)?$filter=@a ge msdynci_lifetimevalue&@a=INF", ["DV008[INF]"]),
    ("\(set)?$filter=INF ge n/a", ["DV008[INF]"]), ("\(set)?$filter=1 ge INF", ["DV008[INF]"]),
    ("\(set)?$filter=INF eq NaN", ["DV008[INF]", "DV008[NaN]"]),
    (
      "\(set)?$filter=msdynci_lifetimevalue in (1,INF,NaN)",
      ["DV008[INF]", "DV008[NaN]", "DV003[msdynci_lifetimevalue in (1,INF,NaN)]"]
    ),
    (
      "\(set)?$filter=INF in (msdynci_lifetimevalue,1)",
      ["DV008[INF]", "DV003[INF in (msdynci_lifetimevalue,1)]"]
    ),
    ("\(set)?$filter=contains(msdynci_email,INF)", ["DV008[INF]"]),
    ("\(set)?$filter=contains(INF,msdynci_email)", ["DV008[INF]"]),
    ("\(set)?$filter=round(NaN) eq msdynci_lifetimevalue", ["DV008[NaN]", "DV003[round(NaN)]"]),
    (
      "\(set)?$filter=msdynci_lifetimevalue add INF gt -(INF)",
      ["DV008[INF]", "DV003[msdynci_lifetimevalue add INF]", "DV008[INF]", "DV003[-(INF]"]
    ),
    ("\(set)?$filter=n/any(x:INF ge x/a)", ["DV008[INF]"]), ("\(set)?$expand=n($filter=NaN ne a)", ["DV008[NaN]"]),
    ("\(set)?$apply=filter(INF ge msdynci_lifetimevalue)/aggregate($count as n)", ["DV008[INF]"]),
    ("\(set)?$filter=msdynci_email gt null", ["DV008[null]"]),
    ("\(set)?$filter=msdynci_email eq null", []), ("\(set)?$filter=contains(msdynci_email,5)", ["DV008[5]"]),
    ("\(set)?$filter=contains(msdynci_birthdate,'a')", ["DV008[contains(msdynci_birthdate,'a')]"]),
    ("\(set)?$filter=startswith(msdynci_email,'%25a')", ["DV009['%25a']"]),
    ("\(set)?$filter=endswith(msdynci_email,'a%25')", ["DV009['a%25']"]),
    ("\(set)?$filter=startswith(msdynci_email,'a%25')", []), ("\(set)?$filter=contains(msdynci_email,'%25a%25')", []),
    ("\(set)(msdynci_email='a%3Ab')", ["DV013[msdynci_email='a%3Ab']", "DV013[msdynci_email='a%3Ab']"]),
    ("\(set)(msdynci_email='ab')", ["DV013[msdynci_email='ab']"]),
    ("msdynci_unifiedactivities(msdynci_customerid='x',msdynci_activitytype='y')", ["DV013[msdynci_customerid='x']"]),
    // Rows of elastic tables are also named by their partition.
    ("\(set)(00000000-0000-0000-0000-000000000001)", []),
    ("\(set)(msdynci_customerprofileid=00000000-0000-0000-0000-000000000001,partitionid='p')", []),
    ("\(set)(partitionid='p')", ["DV013[partitionid='p']"]),
    (
      "\(set)(msdynci_customerprofileid=00000000-0000-0000-0000-000000000001,msdynci_email='a')",
      ["DV013[msdynci_customerprofileid=00000000-0000-0000-0000-000000000001]"]
    ),
    ("\(set)?fetchXml=a", ["DV014[fetchXml=a]"]), ("\(set)?FETCHXML=a", ["DV014[FETCHXML=a]"]),
    ("\(set)?tag=a", ["DV014[tag=a]"]), ("$batch", ["DV014[$batch]"]), ("WhoAmI()", ["DV014[WhoAmI()]"]),
    ("WhoAmI", ["DV014[WhoAmI]"]), ("\(set)/WhoAmI", []), ("whoami", []),
    ("RetrieveVersion", ["DV014[RetrieveVersion]"]),
    (
      "RetrieveTotalRecordCount(EntityNames=['account'])",
      ["DV014[RetrieveTotalRecordCount(EntityNames=['account'])]"]
    ),
    ("\(set)/A.B()", ["DV014[A.B()]"]), ("\(set)/A.B", ["DV014[A.B]"]),
    ("\(set)?$filter=msdynci_email eq @a", ["DV016[@a]"]), ("\(set)?$filter=msdynci_email eq @a&@a='x'", []),
  ])
  func finds(_ query: String, _ expected: [String]) throws {
    let bytes = Array(query.utf8)
    let found = try check(query).map { "\($0.rule)[\(String(decoding: bytes[$0.span.range], as: UTF8.self))]" }
    #expect(found.sorted() == expected.sorted())
  }

  @Test func everyFindingHasARemedyAndNoLiteral() throws {
    let queries = [
      "\(set)?$filter=length('Secret') gt 1 and msdynci_birthdate eq 'Secret' and startswith(msdynci_email,'%25Secret')",
      "\(set)?fetchXml=Secret&Secret=1&$search=Secret", "\(set)(msdynci_email='Secret%3A')?$format=Secret/x",
      "\(set)?$filter=Microsoft.Dynamics.CRM.In(PropertyName='Secret',PropertyValues='Secret')",
    ]
    for query in queries {
      let findings = try check(query)
      #expect(!findings.isEmpty)
      #expect(findings.allSatisfy { !$0.remedy.isEmpty && !($0.message + $0.remedy).contains("Secret") })
    }
  }

  @Test(arguments: [
    (1, "Today EqualUserId NotEqualBusinessId"), (2, "LastXDays On Between In InFiscalYear DoesNotContainValues"),
    (3, "InFiscalPeriodAndYear InOrAfterFiscalPeriodAndYear"),
  ])
  func knowsQueryFunctions(_ arity: Int, _ names: String) {
    for name in names.split(separator: " ") {
      #expect(QueryFunction.named(String(name))?.parameters.count == arity, "\(name)")
    }
  }

  @Test func countsQueryFunctions() {
    #expect(QueryFunction.all.count == 70 && Set(QueryFunction.all.map(\.name)).count == 70)
    let arities = Dictionary(grouping: QueryFunction.all) { $0.parameters.count }.mapValues(\.count)
    #expect(arities == [1: 30, 2: 37, 3: 3])
    #expect(
      QueryFunction.all.allSatisfy { $0.parameters[0].name == "PropertyName" && $0.parameters[0].kind == .column })
    #expect(QueryFunction.named("today") == nil && QueryFunction.named("ContainsValues") == nil)
  }

  @Test(
    arguments: [
      ("Today", .clock), ("LastXHours", .clock), ("InFiscalYear", .clock), ("OlderThanXDays", .clock),
      ("EqualUserId", .caller), ("NotEqualUserId", .caller), ("EqualUserLanguage", .caller), ("In", nil),
      ("NotIn", nil),
      ("On", nil), ("Between", nil), ("Contains", nil), ("Under", nil),
    ] as [(String, QueryFunction.Dependency?)])
  func knowsWhatFunctionsDependOn(_ name: String, _ expected: QueryFunction.Dependency?) throws {
    #expect(try #require(QueryFunction.named(name)).dependency == expected)
  }
}
