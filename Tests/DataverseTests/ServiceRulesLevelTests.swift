import Dataverse
import ODataURL
import Testing

/// Each rule with queries that break it and queries that keep it, at every level.
@Suite struct ServiceRulesLevelTests {
  private static let function = "Microsoft.Dynamics.CRM."

  private static func find(_ query: String) throws -> [ServiceFinding] {
    let uri = try Parser(settings: .dataverse).relativeURI(query)
    let substitution = AliasSubstitution(uri, maximumNodes: 1000)
    let resolution = QueryResolver(schema: Sample.schema).resolve(substitution.query)
    return ServiceRules.check(uri, substitution: substitution, resolution: resolution)
  }

  /// `RULE[text]` for each finding, in order of the text.
  private static func check(_ query: String) throws -> [String] {
    let bytes = Array(query.utf8)
    return try find(query).map { "\($0.rule)[\(String(decoding: bytes[$0.span.range], as: UTF8.self))]" }.sorted()
  }

  @Test(arguments: [
    // DV003
    ("$expand=tasks($filter=subject in ('a'))", ["DV003[subject in ('a')]"]),
    ("$expand=primarycontactid($expand=tasks($filter=length(subject) eq 1))", ["DV003[length(subject)]"]),
    ("$expand=tasks($orderby=tolower(subject))", ["DV003[tolower(subject)]"]),
    ("$filter=tasks/any(t:t/subject in ('a'))", ["DV003[t/subject in ('a')]"]),
    ("$apply=filter(size add 1 eq 2)/aggregate($count as n)", ["DV003[size add 1]"]),
    ("$apply=aggregate(size mul 2 with sum as n)", ["DV003[size mul 2]"]),
    ("$filter=size has Ns.T'a'", ["DV003[size has Ns.T'a']"]), ("$filter=size divby 2 eq 1", ["DV003[size divby 2]"]),
    ("$filter=cast(size,Edm.String) eq '1'", ["DV003[Edm.String]", "DV003[cast(size,Edm.String)]"]),
    ("$filter=primarycontactid/Ns.T/age eq 1", ["DV003[primarycontactid/Ns.T]"]),
    ("$filter=tasks/any(t:contains(t/subject,'a') and not startswith(t/subject,'b'))", []),
    // DV004
    (
      "$filter=tasks/any() and not \(function)In(PropertyName='name',PropertyValues=['a'])",
      ["DV004[not \(function)In(PropertyName='name',PropertyValues=['a'])]"]
    ),
    (
      "$expand=tasks($filter=not \(function)Today(PropertyName='due'))",
      ["DV004[not \(function)Today(PropertyName='due')]"]
    ),
    ("$filter=not (size eq 1) and \(function)NotIn(PropertyName='name',PropertyValues=['a'])", []),
    // DV005
    ("$expand=tasks($filter=\(function)Todai(PropertyName='due'))", ["DV005[\(function)Todai(PropertyName='due')]"]),
    ("$expand=tasks($filter=\(function)LastXDays(PropertyName='due',PropertyValue='3'))", ["DV005['3']"]),
    ("$expand=tasks($filter=\(function)LastXDays(PropertyName='due',PropertyValue=3))", []),
    // DV006
    (
      "$filter=primarycontactid/tasks/any(t:t/due eq null)",
      ["DV006[primarycontactid/tasks/any(t:t/due eq null)]"]
    ),
    ("$filter=tasks/any(t:t/ownerid/tasks/any())", ["DV006[t/ownerid/tasks/any()]"]),
    ("$expand=primarycontactid($filter=parentid/tasks/any())", ["DV006[parentid/tasks/any()]"]),
    ("$filter=tasks/any(t:t/steps/all(s:s/due eq null))", []),
    // DV007
    ("$expand=tasks/$ref", ["DV007[tasks/$ref]"]), ("$expand=primarycontactid/$ref", []),
    ("$expand=primarycontactid($expand=tasks/$ref)", ["DV007[tasks/$ref]"]),
    ("$expand=tasks/$count", ["DV007[tasks/$count]"]), ("$expand=*", ["DV007[*]"]),
    ("$expand=primarycontactid/tasks", ["DV007[primarycontactid/tasks]"]),
    ("$expand=lists($select=title)", []),
    ("$expand=lists($expand=members)", ["DV007[lists($expand=members)]", "DV007[members]"]),
    ("$expand=primarycontactid($expand=parentid($expand=lists))", ["DV007[lists]"]),
    ("$expand=tasks($top=1;$orderby=due)", []),
    ("$expand=tasks($top=1;$orderby=due;$expand=ownerid)", ["DV007[$orderby=due]", "DV007[$top=1]"]),
    ("$expand=tasks($expand=steps($top=1))", ["DV007[$top=1]"]),
    ("$expand=tasks($apply=aggregate($count as n))", ["DV007[$apply=aggregate($count as n)]"]),
    ("$expand=tasks($filter=subject eq @a)&@a='x'", ["DV007[$filter=subject eq @a]"]),
    ("$expand=tasks($orderby=@a)&@a=due", ["DV007[$orderby=@a]"]),
    ("$filter=name eq @a&$orderby=@b&@a='x'&@b=name", []),
    ("$expand=tasks($expand=\((1...13).map { "n\($0)" }.joined(separator: ",")),ownerid)", []),
    ("$expand=tasks($expand=\((1...13).map { "n\($0)" }.joined(separator: ",")),ownerid),last", ["DV007[last]"]),
    // DV008
    ("$filter=primarycontactid/age eq '1'", ["DV008['1']"]), ("$filter=primarycontactid/age eq 1", []),
    ("$filter=tasks/any(t:t/due eq 'a')", ["DV008['a']"]),
    (
      "$filter=tasks/any(t:t/taskid eq '00000000-0000-0000-0000-000000000001')",
      ["DV008['00000000-0000-0000-0000-000000000001']"]
    ),
    ("$expand=tasks($filter=taskid eq 1)", ["DV008[1]"]),
    ("$apply=filter(isactive eq 1)/aggregate($count as n)", ["DV008[1]"]),
    ("$filter=isactive eq true and industry eq 2 and tags eq '1,2' and rate gt 1.5 and foundedon lt 2020-01-01", []),
    ("$filter=foundedon lt 2020-01-01T00:00:00Z", ["DV008[2020-01-01T00:00:00Z]"]),
    ("$filter=logo eq 'a'", ["DV008['a']"]), ("$filter=createdon gt 1753-01-01T00:00:00Z", []),
    ("$filter=createdon gt 1752-12-31T00:00:00Z", ["DV008[1752-12-31T00:00:00Z]"]),
    ("$filter=foundedon ge 1752-12-31", ["DV008[1752-12-31]"]),
    ("$filter=name eq code and name ne notes and revenue gt rate and size lt industry", []),
    ("$filter=accountid eq _primarycontact_value", []), ("$filter=name eq size", ["DV008[name eq size]"]),
    ("$filter=createdon gt foundedon", ["DV008[createdon gt foundedon]"]),
    ("$filter=logo eq logo", ["DV008[logo eq logo]"]),
    (
      "$filter=primarycontactid/age gt primarycontactid/fullname",
      ["DV008[primarycontactid/age gt primarycontactid/fullname]"]
    ),
    ("$filter=\(function)LastXHours(PropertyName='foundedon',PropertyValue=3)", ["DV008['foundedon']"]),
    ("$filter=\(function)OlderThanXMinutes(PropertyName='foundedon',PropertyValue=3)", ["DV008['foundedon']"]),
    ("$filter=\(function)LastXHours(PropertyName='createdon',PropertyValue=3)", []),
    ("$filter=\(function)LastXDays(PropertyName='foundedon',PropertyValue=3)", []),
    ("$filter=\(function)Today(PropertyName='name')", ["DV008['name']"]),
    ("$filter=\(function)On(PropertyName='size',PropertyValue='2020-01-01')", ["DV008['size']"]),
    ("$filter=\(function)ContainValues(PropertyName='name',PropertyValues=['1'])", ["DV008['name']"]),
    ("$filter=\(function)ContainValues(PropertyName='tags',PropertyValues=['1'])", []),
    ("$filter=\(function)Contains(PropertyName='size',PropertyValue='a')", ["DV008['size']"]),
    ("$filter=\(function)EqualUserId(PropertyName='_primarycontact_value')", []),
    // DV009
    ("$filter=tasks/any(t:startswith(t/subject,'%25a'))", ["DV009['%25a']"]),
    ("$expand=tasks($filter=endswith(subject,'a%25'))", ["DV009['a%25']"]),
    ("$expand=tasks($filter=startswith(subject,'a%25'))", []),
    // DV012
    ("$apply=groupby((createdon))", ["DV012[createdon]"]), ("$apply=groupby((name,foundedon))", ["DV012[foundedon]"]),
    ("$apply=groupby((name,primarycontactid/age),aggregate(createdon with max as m))", []),
    ("$apply=aggregate($count as n)&$orderby=n", ["DV012[$orderby=n]"]), ("$orderby=name", []),
    ("$apply=topcount(2,size)", ["DV012[topcount(2,size)]"]), ("$apply=identity", ["DV012[identity]"]),
    ("$apply=groupby((rollup(name,size)))", ["DV012[rollup(name,size)]"]),
    ("$apply=groupby((name),filter(size eq 1))", ["DV012[filter(size eq 1)]"]),
    ("$apply=aggregate(size with countdistinct as n)", ["DV012[size with countdistinct as n]"]),
    ("$apply=aggregate(name with sum as n)", ["DV012[name]"]),
    ("$apply=aggregate(name with min as n,size with average as a)", []),
    // DV014
    ("$filter=tasks/any(t:t/Ns.F(a=1))", ["DV014[t/Ns.F(a=1)]"]),
    // DV016
    ("$expand=tasks($filter=subject eq @a)", ["DV007[$filter=subject eq @a]", "DV016[@a]"]),
    ("$apply=filter(name eq @a)/aggregate($count as n)", ["DV016[@a]"]),
  ])
  func finds(_ options: String, _ expected: [String]) throws {
    #expect(try Self.check("accounts?\(options)") == expected)
  }

  @Test(arguments: [
    ("lists(title='a')", ["DV013[title='a']"]), ("lists(00000000-0000-0000-0000-000000000001)", []),
    ("accounts(code='a%2Fb')", ["DV013[code='a%2Fb']"]), ("accounts(code='ab')", []),
    ("accounts('00000000-0000-0000-0000-000000000001')", ["DV008['00000000-0000-0000-0000-000000000001']"]),
    ("tasks(taskid=00000000-0000-0000-0000-000000000001,partitionid='p')", []),
  ])
  func findsInKeys(_ query: String, _ expected: [String]) throws {
    #expect(try Self.check(query) == expected)
  }

  @Test(arguments: ["In", "NotIn", "Between", "ContainValues", "DoesNotContainValues", "EqualUserId", "Under"])
  func namesTwins(_ name: String) throws {
    let function = try #require(QueryFunction.named(name))
    let twin = try #require(function.twin)
    #expect(twin != name && QueryFunction.named(twin)?.twin == name)
    #expect(QueryFunction.named(twin)?.parameters == function.parameters)
  }

  @Test func someFunctionsHaveNoTwin() {
    #expect(["Today", "On", "EqualUserTeams"].allSatisfy { QueryFunction.named($0)?.twin == nil })
  }

  @Test(
    arguments: [(8000, nil), (8001, .warning), (32_768, .warning), (32_769, .error)]
      as [(
        Int, ServiceFinding.Severity?
      )])
  func limitsURLs(_ length: Int, _ severity: ServiceFinding.Severity?) {
    let finding = ServiceRules.checkLength(length)
    #expect(finding?.severity == severity && (finding == nil || finding?.rule == "DV010"))
  }

  @Test func limitsPages() {
    #expect(ServiceRules.checkPageSize(5000) == nil)
    #expect(ServiceRules.checkPageSize(5001)?.rule == "DV011")
  }

  @Test func allFindingsAreErrors() throws {
    let findings = try Self.find("accounts?$skip=1&$filter=size eq 'a' and length(name) eq 1&$expand=tasks/$ref")
    #expect(findings.count == 4 && findings.allSatisfy { $0.severity == .error })
  }
}
