import Dataverse
import ODataURL
import Testing

@Suite struct ServiceAdviceTests {
  private static let function = "Microsoft.Dynamics.CRM."

  /// `RULE[text]` for each finding, sorted; `quiet` is put in front of the options to keep DV101 and DV107 away.
  private static func check(
    _ query: String, pageSize: Int? = nil, annotations: [String] = []
  ) throws -> [ServiceFinding] {
    let uri = try Parser(settings: .dataverse).relativeURI(query)
    let substituted = AliasSubstitution(uri, maximumNodes: 1000).query
    let resolution = QueryResolver(schema: Sample.schema).resolve(substituted)
    return ServiceAdvice.check(substituted, resolution, preferences: (pageSize, annotations))
  }

  private static func texts(_ findings: [ServiceFinding], _ query: String) -> [String] {
    let bytes = Array(query.utf8)
    return findings.map { "\($0.rule)[\(String(decoding: bytes[$0.span.range], as: UTF8.self))]" }.sorted()
  }

  private static let many = (0..<30).map { "c\($0)" }.joined(separator: ",")

  /// Each rule with queries that it tells of, and their neighbours that it does not.
  @Test(arguments: [
    ("accounts?$select=name&$top=1", []),
    // DV101
    ("accounts?$top=1", ["DV101[accounts]"]),
    ("accounts?$select=name&$top=1&$expand=primarycontactid", ["DV101[primarycontactid]"]),
    ("accounts?$select=name&$top=1&$expand=primarycontactid($select=age;$expand=parentid)", ["DV101[parentid]"]),
    ("accounts(code='a')", ["DV101[accounts(code='a')]"]), ("accounts/$count?$filter=size eq 1", []),
    // DV102
    ("accounts?$top=1&$select=\(many)", []), ("accounts?$top=1&$select=\(many),name", ["DV102[$select=\(many),name]"]),
    // DV103
    ("accounts?$select=name&$top=1&$filter=contains(name,'a')", ["DV103[contains(name,'a')]"]),
    ("accounts?$select=name&$top=1&$filter=endswith(name,'a')", ["DV103[endswith(name,'a')]"]),
    ("accounts?$select=name&$top=1&$filter=startswith(name,'_a')", ["DV103[startswith(name,'_a')]"]),
    ("accounts?$select=name&$top=1&$filter=startswith(name,'[a')", ["DV103[startswith(name,'[a')]"]),
    ("accounts?$select=name&$top=1&$filter=startswith(name,'-a')", ["DV103[startswith(name,'-a')]"]),
    ("accounts?$select=name&$top=1&$filter=startswith(name,'a_') or name eq '_a'", []),
    (
      "accounts?$select=name&$top=1&$filter=tasks/any(t:contains(t/subject,'a'))", ["DV103[contains(t/subject,'a')]"]
    ),
    // DV104
    ("accounts?$select=name&$top=1&$filter=notes ne null or notes eq 'a'", ["DV104[notes]"]),
    ("accounts?$select=name&$top=1&$filter=story eq 'a'", ["DV104[story]"]),
    ("accounts?$select=story,notes&$top=1&$filter=code eq 'a'", []),
    // DV105
    ("accounts?$select=name&$top=1&$filter=score gt 1", ["DV105[score]"]), ("accounts?$select=score&$top=1", []),
    // DV106
    ("accounts?$select=name&$top=1&$orderby=industry", ["DV106[industry]"]),
    ("accounts?$select=name&$top=1&$orderby=score desc", ["DV106[score]"]),
    ("accounts?$select=name&$top=1&$orderby=_primarycontact_value", ["DV106[_primarycontact_value]"]),
    ("accounts?$select=name&$top=1&$orderby=primarycontactid/age desc", ["DV106[primarycontactid/age desc]"]),
    ("accounts?$select=name&$top=1&$orderby=name,size desc", []),
    // DV107
    ("accounts?$select=name", ["DV107[accounts]"]), ("accounts(code='a')?$select=name", []), ("accounts/$count", []),
    // DV108
    ("accounts?$select=name&$top=1&$expand=tasks($select=due;$top=1)", []),
    (
      "accounts?$select=name&$top=1&$expand=tasks($select=due)", ["DV108[tasks($select=due)]"]
    ),
    (
      "accounts?$select=name&$top=1&$expand=tasks($top=1)", ["DV101[tasks($top=1)]", "DV108[tasks($top=1)]"]
    ),
    ("accounts?$select=name&$top=1&$expand=tasks($select=due;$expand=ownerid($select=age))", []),
    ("accounts?$select=name&$top=1&$expand=primarycontactid($select=age)", []),
    // DV111
    ("accounts?$select=name&$top=1&$count=true", ["DV111[$count=true]"]),
    ("accounts?$select=name&$top=1&$count=false", []),
    // DV112
    ("accounts?$apply=aggregate($count as n)", ["DV112[$apply=aggregate($count as n)]"]),
    ("accounts?$apply=filter(size eq 1)/aggregate($count as n)", []),
    // DV113
    ("tasks?$select=due&$top=1&$filter=subject eq 'a'", ["DV113[tasks]"]),
    ("tasks?$select=due&$top=1&$filter=partitionid eq 'a'", []),
    ("tasks?$select=due&$top=1&$filter=partitionid ne 'a'", ["DV113[tasks]"]),
    ("tasks(taskid=00000000-0000-0000-0000-000000000001,partitionid='p')?$select=due", []),
    ("msdynci_predictions?$select=msdynci_customerid&$top=1", []),
    // DV115
    (
      "accounts?$select=name&$top=1&$filter=\(function)Today(PropertyName='createdon')",
      ["DV115[\(function)Today(PropertyName='createdon')]"]
    ),
    (
      "accounts?$select=name&$top=1&$filter=\(function)EqualUserId(PropertyName='_primarycontact_value')",
      ["DV115[\(function)EqualUserId(PropertyName='_primarycontact_value')]"]
    ),
    ("accounts?$select=name&$top=1&$filter=\(function)On(PropertyName='createdon',PropertyValue='2020-01-01')", []),
    // DV201
    (
      "accounts?$select=name&$top=1&$filter=size eq 1 or size eq 2 or (size eq 3 and name eq 'a')", []
    ),
    (
      "accounts?$select=name&$top=1&$filter=(size eq 1 or size eq 2 or size eq 3) and name eq 'a'",
      ["DV201[size eq 1 or size eq 2 or size eq 3]"]
    ),
    ("accounts?$select=name&$top=1&$filter=size eq 1 or size eq 2 or size ne 3 or size eq null", []),
    (
      "accounts?$apply=filter(size eq 1 or size eq 2 or size eq 3)/aggregate($count as n)",
      ["DV201[size eq 1 or size eq 2 or size eq 3]"]
    ),
    // DV202
    ("accounts?$select=name&$top=1&$filter=name eq 'Ann' or name eq 'ANN'", ["DV202[name eq 'ANN']"]),
    ("accounts?$select=name&$top=1&$filter=name eq 'Ann' or code eq 'ANN' or name eq 'Anne'", []),
    ("accounts?$select=name&$top=1&$filter=name eq 'Ann' or not (name eq 'ANN')", []),
    ("accounts?$select=name&$top=1&$filter=name eq 'Ann' or name eq 'Ann'", []),
    // DV203
    ("accounts?$select=name&$top=1&$skip=1", ["DV203[$skip=1]"]),
    (
      "msdynci_predictions?$select=CustomerId&$top=1&$filter=CustomerId eq 'a'",
      ["DV203[CustomerId]", "DV203[CustomerId]"]
    ),
    ("accounts?$select=CustomerId&$top=1", []), ("msdynci_predictions?$select=customerid&$top=1", []),
  ])
  func advises(_ query: String, _ expected: [String]) throws {
    #expect(Self.texts(try Self.check(query), query) == expected)
  }

  /// Paging: with a page size, and without `$top`.
  @Test(
    arguments: [
      ("accounts?$select=name", 100, []), ("accounts?$select=name&$orderby=name", 100, ["DV109[$orderby=name]"]),
      ("accounts?$select=name&$orderby=name,accountid", 100, []),
      ("accounts?$select=name&$orderby=code desc", 100, []),
      ("accounts?$select=name&$orderby=name", nil, ["DV107[accounts]", "DV109[$orderby=name]"]),
      ("accounts?$select=name&$orderby=name&$top=1", nil, []), ("accounts?$select=name&$top=1", 100, ["DV110[$top=1]"]),
    ] as [(String, Int?, [String])])
  func advisesOnPages(_ query: String, _ pageSize: Int?, _ expected: [String]) throws {
    #expect(Self.texts(try Self.check(query, pageSize: pageSize), query) == expected)
  }

  @Test func advisesOnAnnotations() throws {
    let query = "accounts?$select=name&$top=1"
    #expect(try Self.check(query, annotations: ["a", "*"]).map(\.rule) == ["DV114"])
    #expect(try Self.check(query, annotations: ["OData.Community.Display.V1.FormattedValue"]).isEmpty)
  }

  @Test func severities() throws {
    let query = """
      tasks?$filter=subject eq 'Secret' or subject eq 'secret' or contains(subject,'Secret')&$skip=1&$count=true&\
      $expand=ownerid
      """
    let findings = try Self.check(query, annotations: ["*"])
    #expect(Set(findings.map(\.rule)) == ["DV101", "DV103", "DV107", "DV111", "DV113", "DV114", "DV202", "DV203"])
    for finding in findings {
      let isAdvice = finding.rule == "DV113" || finding.rule.hasPrefix("DV2")
      #expect(finding.severity == (isAdvice ? .advice : .warning))
      #expect(!finding.remedy.isEmpty && !(finding.message + finding.remedy).lowercased().contains("secret"))
    }
  }
}
