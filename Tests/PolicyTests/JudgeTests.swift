import Dataverse
import ODataURL
@testable import Policy
import Testing

private let wide = "msdynci_customerid,msdynci_lastname,msdynci_birthdate,msdynci_lifetimevalue"
private let guid = "00000000-0000-0000-0000-000000000001"

@Suite struct JudgeTests {
  /// A key is judged by its column's own operations, by every policy that is made of the same text.
  @Test func keysAreJudgedAlikeByEveryCopy() throws {
    let text = """
      version: 1
      name: p
      options: [$select, $filter, key]
      tables:
        msdynci_unifiedactivity:
          ttl: 1m
          alternateKeys: [[msdynci_activityid]]
          columns:
            msdynci_activityid: { select: true, filter: [eq] }
            msdynci_activitytime: { select: true, filter: [gt, lt] }
            msdynci_activitytype: { select: true, filter: [eq] }
            msdynci_customerid: { filter: [eq] }
      scopes: { default: {} }

      """
    for _ in 0..<40 {
      let policy = try Policy.load(text: text, file: "p.yaml", schema: sampleSchema)
      func judged(_ key: String) -> String {
        outcome("msdynci_unifiedactivities(\(key))?$select=msdynci_activityid", policy)
      }
      let time = "msdynci_activitytime='x'"
      #expect(judged(time) == "deny DV013[\(time)] DV008['x']")
      #expect(
        judged("msdynci_customerid='x',msdynci_activitytype='y'") == "deny DV013[msdynci_customerid='x']")
      #expect(
        judged("msdynci_activityid='x'")
          == "allow msdynci_unifiedactivities(msdynci_activityid='x')?$select=msdynci_activityid")
    }
  }

  /// `deny` names the rule and the text that it points at.
  @Test(arguments: [
    ("msdynci_customerprofiles", "allow msdynci_customerprofiles?$select=\(wide)"),
    ("msdynci_customerprofiles/$count", "allow msdynci_customerprofiles/$count"),
    (
      "msdynci_customerprofiles/$count?$filter=msdynci_customerid eq 'a'",
      "allow msdynci_customerprofiles/$count?$filter=msdynci_customerid eq 'a'"
    ),
    (
      "msdynci_customerprofiles/$count?$top=5&$select=msdynci_customerid",
      "deny policy.option[$top=5] policy.option[$select=msdynci_customerid]"
    ),
    ("msdynci_customerprofiles(\(guid))", "allow msdynci_customerprofiles(\(guid))?$select=\(wide)"),
    (
      "msdynci_customerprofiles(\(guid))?$select=msdynci_lastname",
      "allow msdynci_customerprofiles(\(guid))?$select=msdynci_lastname"
    ),
    (
      "msdynci_customerprofiles(\(guid))?$filter=msdynci_customerid eq 'a'&$top=1",
      "deny policy.option[$filter=msdynci_customerid eq 'a'] policy.option[$top=1]"
    ),
    ("msdynci_customerprofiles('a')", "deny DV008['a']"),
    (
      "msdynci_customerprofiles(msdynci_customerid=@k)?@k='a'",
      "allow msdynci_customerprofiles(msdynci_customerid='a')?$select=\(wide)"
    ),
    ("msdynci_customerprofiles(msdynci_customerid='a%2Fb')", "deny DV013[msdynci_customerid='a%2Fb']"),
    (
      "msdynci_customerprofiles(msdynci_gender='a')",
      "deny DV013[msdynci_gender='a'] policy.column.filter[msdynci_gender='a']"
    ),
    // Allowed in conditions, and no key.
    ("msdynci_customerprofiles(msdynci_email='a')", "deny DV013[msdynci_email='a']"),
    (
      "msdynci_customerprofiles(msdynci_customerid='a',msdynci_email='b')",
      "deny DV013[msdynci_customerid='a']"
    ),
    (
      "msdynci_customerprofiles?$filter=msdynci_customerid eq @a or msdynci_customerid ne @a&@a='x'",
      "allow msdynci_customerprofiles?$select=\(wide)&$filter=msdynci_customerid eq 'x' or msdynci_customerid ne 'x'"
    ),
    (
      "msdynci_customerprofiles?$filter=@f and msdynci_email eq 'x'&@f=msdynci_customerid eq 'a' or msdynci_lastname eq null",
      "allow msdynci_customerprofiles?$select=\(wide)"
        + "&$filter=(msdynci_customerid eq 'a' or msdynci_lastname eq null) and msdynci_email eq 'x'"
    ),
    (
      "msdynci_customerprofiles?$orderby=@o desc&@o=msdynci_gender",
      "allow msdynci_customerprofiles?$select=\(wide)&$orderby=msdynci_gender desc"
    ),
    (
      "msdynci_customerprofiles?$filter=not (msdynci_customerid eq 'a')",
      "allow msdynci_customerprofiles?$select=\(wide)&$filter=not (msdynci_customerid eq 'a')"
    ),
    (
      "msdynci_customerprofiles?$filter=not (msdynci_customerid eq 'a' or msdynci_email eq 'b')",
      "deny policy.operator[msdynci_email eq 'b']"
    ),
    ("msdynci_customerprofiles?$filter=msdynci_lastname ne null", "deny policy.operator[msdynci_lastname ne null]"),
    ("msdynci_customerprofiles?$filter=msdynci_customerid eq null", "deny policy.operator[null]"),
    ("msdynci_customerprofiles?$filter=contains(msdynci_lastname,'ab')", "deny policy.literal['ab']"),
    ("msdynci_customerprofiles?$filter=startswith(msdynci_lastname,'abc')", "deny policy.literal['abc']"),
    (
      "msdynci_customerprofiles?$filter=endswith(msdynci_lastname,'abc')",
      "deny policy.function[endswith(msdynci_lastname,'abc')]"
    ),
    (
      "msdynci_customerprofiles?$filter=startswith(msdynci_lastname,'%25bc')",
      "deny DV009['%25bc'] policy.literal['%25bc']"
    ),
    (
      "msdynci_customerprofiles?$filter=contains('abc',msdynci_lastname)",
      "deny policy.function[contains('abc',msdynci_lastname)]"
    ),
    (
      "msdynci_customerprofiles?$filter=Microsoft.Dynamics.CRM.In(PropertyName=@p,PropertyValues=@v)"
        + "&@p='msdynci_customerid'&@v=[\"a\",\"b\"]",
      "allow msdynci_customerprofiles?$select=\(wide)"
        + "&$filter=Microsoft.Dynamics.CRM.In(PropertyName='msdynci_customerid',PropertyValues=[\"a\",\"b\"])"
    ),
    (
      "msdynci_customerprofiles?$filter=Microsoft.Dynamics.CRM.In(PropertyName='msdynci_customerid',"
        + "PropertyValues=['a','b','c','d','e'])", "deny policy.limit.list[['a','b','c','d','e']]"
    ),
    (
      "msdynci_customerprofiles?$filter=Microsoft.Dynamics.CRM.In(PropertyName='msdynci_customerid',"
        + "PropertyValues=['a','1234567890123'])", "deny policy.literal['1234567890123']"
    ),
    (
      "msdynci_customerprofiles?$filter=Microsoft.Dynamics.CRM.In(PropertyName='msdynci_gender',PropertyValues=['a'])",
      "deny policy.column.filter['msdynci_gender']"
    ),
    (
      "msdynci_customerprofiles?$filter=not Microsoft.Dynamics.CRM.In(PropertyName='msdynci_customerid',PropertyValues=['a'])",
      "deny DV004[not Microsoft.Dynamics.CRM.In(PropertyName='msdynci_customerid',PropertyValues=['a'])]"
    ),
    (
      "msdynci_customerprofiles?$filter=_owninguser_value eq \(guid)",
      "allow msdynci_customerprofiles?$select=\(wide)&$filter=_owninguser_value eq \(guid)"
    ),
    ("msdynci_customerprofiles?$filter=owninguser eq \(guid)", "deny policy.column.filter[owninguser]"),
    ("msdynci_customerprofiles?$orderby=_owninguser_value", "deny policy.column.order[_owninguser_value]"),
    (
      "msdynci_customerprofiles?$select=msdynci_customerid,msdynci_lastname,msdynci_customerid",
      "allow msdynci_customerprofiles?$select=msdynci_customerid,msdynci_lastname"
    ),
    (
      "msdynci_customerprofiles?$select=msdynci_email,msdynci_gender",
      "deny policy.column.select[msdynci_email] policy.column.select[msdynci_gender]"
    ),
    ("msdynci_customerprofiles?$filter=msdynci_gender eq 'f'", "deny policy.column.filter[msdynci_gender]"),
    ("msdynci_customerprofiles?$orderby=msdynci_email", "deny policy.column.order[msdynci_email]"),
    ("msdynci_customerprofiles?$orderby=length(msdynci_gender)", "deny DV003[length(msdynci_gender)]"),
    (
      "msdynci_customerprofiles?$count=true&$top=50",
      "allow msdynci_customerprofiles?$select=\(wide)&$top=50&$count=true"
    ),
    ("msdynci_customerprofiles?$top=51", "deny policy.limit.top[$top=51]"),
    (
      "msdynci_customerprofiles?$select=\(wide)", "deny policy.limit.select[$select=\(wide)]"
    ),
    (
      "msdynci_customerprofiles?$filter=msdynci_email eq 'a' or (msdynci_email eq 'b' or msdynci_email eq 'c') or "
        + "msdynci_email eq 'd'",
      "allow msdynci_customerprofiles?$select=\(wide)&$filter=msdynci_email eq 'a' or (msdynci_email eq 'b' or "
        + "msdynci_email eq 'c') or msdynci_email eq 'd'"
    ),
    (
      "msdynci_customerprofiles?$filter=msdynci_email eq 'a' or (msdynci_email eq 'b' and (msdynci_email eq 'c' or "
        + "msdynci_email eq 'd'))", "deny policy.limit.depth[msdynci_email eq 'c']"
    ),
    (
      "msdynci_customerprofiles?$select=msdynci_customerid&$filter=msdynci_email eq '12345678901234567890'",
      "allow msdynci_customerprofiles?$select=msdynci_customerid&$filter=msdynci_email eq '12345678901234567890'"
    ),
    (
      "msdynci_customerprofiles?$filter=msdynci_email eq '123456789012345678901'",
      "deny policy.limit.literal['123456789012345678901']"
    ),
    ("msdynci_unifiedactivities?$top=5", "deny policy.option[$top=5]"),
    ("msdynci_unifiedactivities(\(guid))", "deny policy.option[msdynci_unifiedactivities(\(guid))]"),
    ("msdynci_unifiedactivities/$count", "deny policy.option[$count]"),
    (
      "msdynci_unifiedactivities?$select=msdynci_activityid",
      "deny policy.option[$select=msdynci_activityid]"
    ),
    ("msdynci_enrichments", "deny policy.table[msdynci_enrichments]"),
    (
      "msdynci_customerprofiles?$skip=1&$filter=msdynci_gender eq 'x'&$orderby=createdon&foo=1",
      "deny DV001[$skip=1] policy.column.filter[msdynci_gender] policy.column.order[createdon] DV002[foo=1]"
    ),
  ])
  func judges(_ query: String, _ expected: String) throws { #expect(outcome(query, try widePolicy()) == expected) }

  @Test(arguments: [
    ("default", "msdynci_customerprofiles?$filter=msdynci_email eq 'a'", true),
    ("names", "msdynci_customerprofiles?$filter=msdynci_email eq 'a'", false),
    ("names", "msdynci_customerprofiles?$select=msdynci_lastname", true),
    ("names", "msdynci_customerprofiles?$select=msdynci_birthdate", false),
    ("names", "msdynci_unifiedactivities", false),
    ("ids", "msdynci_customerprofiles?$select=msdynci_lastname", false),
    ("ids", "msdynci_customerprofiles", true),
    ("activities", "msdynci_unifiedactivities", true),
    ("activities", "msdynci_customerprofiles", false),
    ("other", "msdynci_customerprofiles", false),
  ])
  func keepsScopesApart(_ scope: String, _ query: String, _ isAllowed: Bool) throws {
    #expect(outcome(query, try widePolicy(), scope: scope).hasPrefix("allow ") == isAllowed)
  }

  /// A `$top` that the gateway counts off is judged like one that is sent, and is not sent.
  @Test(
    arguments: [
      ("msdynci_customerprofiles?$select=msdynci_lastname", 50, nil),
      ("msdynci_customerprofiles?$select=msdynci_lastname", 51, "policy.limit.top"),
      ("msdynci_customerprofiles?$select=msdynci_lastname", -1, "policy.limit.top"),
      ("msdynci_unifiedactivities", 5, "policy.option"),
    ] as [(String, Int64, String?)])
  func judgesATopThatIsNotSent(_ query: String, _ top: Int64, _ rule: String?) throws {
    let policy = try widePolicy()
    let uri = try Parser(settings: .dataverse).relativeURI(query)
    let request = JudgeRequest(scope: "default", defaultPageSize: 40)
    var counted = request
    counted.countedTop = Spanned(top, span: Span(start: 3, end: 9))
    guard case .allow(let whole) = policy.judge(uri, request: request) else {
      Issue.record("\(query) is refused")
      return
    }
    switch policy.judge(uri, request: counted) {
    case .allow(let obligations):
      #expect(rule == nil)
      #expect(obligations.query == whole.query && obligations.pageSize == whole.pageSize)
    case .deny(let findings):
      #expect(findings.map(\.rule) == [rule] && findings.first?.span == Span(start: 3, end: 9))
    }
  }

  /// Columns that stand beside those of the caller's `$select` are not counted; three pass.
  @Test(
    arguments: [(nil, 3, 0), (nil, 4, 4), (0, 5, 0), (3, 5, 0), (4, 5, 4), (9, 4, 4), (9, 3, 0)] as [(Int?, Int, Int)])
  func countsTheColumnsOfTheCaller(_ named: Int?, _ sent: Int, _ told: Int) throws {
    let select = Array(repeating: "msdynci_lastname", count: sent).joined(separator: ",")
    let uri = try Parser(settings: .dataverse).relativeURI("msdynci_customerprofiles?$select=\(select)")
    let verdict = try widePolicy().judge(uri, request: JudgeRequest(scope: "default", namedColumns: named))
    guard case .deny(let findings) = verdict else {
      #expect(told == 0)
      return
    }
    #expect(findings.map(\.rule) == ["policy.limit.select"])
    #expect(findings.first?.message == "`$select` names \(told) columns; 3 are allowed.")
  }

  /// Few names and many are told in the same way.
  @Test(arguments: [0, 1, 16, 17, 40])
  func selectedNamesAreFound(count: Int) {
    let list = (0..<count).map { "column_\($0)" }
    for names in [MemberNames.selected(list.map { SelectItem([$0]) }), .names(Set(list))] {
      let index = names.index
      #expect(list.allSatisfy { index.contains($0) })
      #expect(!index.contains("column_\(count)") && !index.contains(""))
      #expect(names.all == Set(list) && Set(names.list) == Set(list) && names.list.count == count)
    }
    #expect(MemberNames.selected(list.map { SelectItem([$0]) }).list == list)
  }

  @Test func injectsTheColumnsOfTheScope() throws {
    #expect(
      outcome("msdynci_customerprofiles", try widePolicy(), scope: "ids")
        == "allow msdynci_customerprofiles?$select=msdynci_customerid")
  }

  @Test func takesPagingTokensOnlyWhenVouchedFor() throws {
    let policy = try widePolicy()
    let query = "msdynci_customerprofiles?$select=msdynci_customerid&$skiptoken=%3Ccookie%3E"
    #expect(outcome(query, policy) == "deny policy.option[$skiptoken=%3Ccookie%3E]")
    #expect(outcome(query, policy, vouched: true).hasSuffix("$select=msdynci_customerid&$skiptoken=<cookie>"))
    let activities = "msdynci_unifiedactivities?$skiptoken=x"
    #expect(outcome(activities, policy, vouched: true) == "deny policy.option[$skiptoken=x]")
  }

  @Test func countsTheBytesThatAreSent() throws {
    let policy = try widePolicy()
    // 20 letters as Dataverse takes them are one byte each or, escaped, six.
    func query(_ letter: String) -> String {
      let text = String(repeating: letter, count: 20)
      let parts = (0..<4).map { _ in "msdynci_email eq '\(text)'" }
      return "msdynci_customerprofiles?$select=msdynci_customerid&$filter=\(parts.joined(separator: " or "))"
    }
    #expect(outcome(query("a"), policy).hasPrefix("allow "))
    #expect(outcome(query("é"), policy) == "deny policy.limit.url[]")
  }

  @Test func limitsTheNodesThatAliasesMake() throws {
    let policy = try widePolicy()
    let value = (0..<5).map { "msdynci_email eq '\($0)'" }.joined(separator: " and ")
    let uses = (0..<3).map { _ in "@a" }.joined(separator: " and ")
    let rules = try denied("msdynci_customerprofiles?$filter=\(uses)&@a=\(value)", policy).map(\.rule)
    #expect(rules.contains("policy.limit.nodes"))
    #expect(outcome("msdynci_customerprofiles?$filter=@a and @a&@a=\(value)", policy).hasPrefix("allow "))
  }
}

@Suite struct ObligationTests {
  @Test(
    arguments: [
      ("msdynci_customerprofiles", nil, nil, 100), ("msdynci_customerprofiles", 30, nil, 30),
      ("msdynci_customerprofiles", 30, 20, 20), ("msdynci_customerprofiles", 30, 40, 40),
      ("msdynci_customerprofiles", nil, 5000, 100), ("msdynci_customerprofiles", nil, 0, 1),
      ("msdynci_customerprofiles?$top=5", 30, 20, nil), ("msdynci_customerprofiles/$count", 30, 20, nil),
      ("msdynci_customerprofiles(\(guid))", 30, 20, nil),
    ] as [(String, Int?, Int?, Int?)])
  func setsThePageSize(_ query: String, _ usual: Int?, _ preferred: Int?, _ expected: Int?) throws {
    let request = JudgeRequest(scope: "default", defaultPageSize: usual, preferPageSize: preferred)
    #expect(try #require(try allowed(query, widePolicy(), request)).pageSize == expected)
  }

  /// What `Prefer: odata.include-annotations` asks for → terms of A.B, A.C, D.B and the tags of rows that it includes.
  @Test(
    arguments: [
      ([], []), (["*"], ["A.B", "A.C", "D.B"]), (["A.*"], ["A.B", "A.C"]), (["A.B"], ["A.B"]),
      (["*", "-A.*"], ["D.B"]), (["-A.*", "*"], ["D.B"]), (["A.*", "-*"], ["A.B", "A.C"]),
      (["*", "-A.B"], ["A.C", "D.B"]), (["-A.*", "A.C"], ["A.C"]), (["A.B", "-A.B"], []), (["-A.B", "A.B"], []),
      (["A"], []), (["A*"], []), ([".*"], []), ([""], []), (["-"], []), (["a.b"], []), (["A.B.*"], []),
      (["A.*", "A.*"], ["A.B", "A.C"]), (["odata.*"], []), (["odata.etag"], ["odata.etag"]),
      (["*", "odata.etag", "-D.B"], ["A.B", "A.C", "odata.etag"]), (["-odata.etag"], []),
    ] as [([String], [String])])
  func annotationsAreChosen(_ choices: [String], _ terms: [String]) {
    #expect(["A.B", "A.C", "D.B", "odata.etag"].filter { AnnotationChoice.includes($0, choices) } == terms)
  }

  @Test func givesShapeMembersAndAnnotations() throws {
    let policy = try widePolicy()
    let term = "OData.Community.Display.V1.FormattedValue"
    let request = JudgeRequest(scope: "default", annotations: ["*", term, "Microsoft.Dynamics.CRM.*", term])
    let rows = try #require(try allowed("msdynci_customerprofiles", policy, request))
    #expect(rows.annotations == [term] && rows.result == .collection && rows.timeToLive == 300)
    #expect(rows.members.names.all == Set(wide.split(separator: ",").map(String.init)))
    let row = try #require(try allowed("msdynci_customerprofiles(\(guid))?$select=msdynci_lastname", policy, request))
    #expect(row.result == .entity && row.members.names.all == ["msdynci_lastname"])
    let count = try #require(try allowed("msdynci_customerprofiles/$count", policy, request))
    #expect(count.result == .count && count.members.names.all.isEmpty && count.annotations.isEmpty)
    #expect(count.query.options.select == nil)
  }

  @Test func keepsNothingThatDependsOnTheClock() throws {
    let policy = try widePolicy()
    let today = "msdynci_customerprofiles?$filter=Microsoft.Dynamics.CRM.Today(PropertyName='msdynci_birthdate')"
    let list =
      "msdynci_customerprofiles?$filter=Microsoft.Dynamics.CRM.In(PropertyName='msdynci_customerid',PropertyValues=['a'])"
    let request = JudgeRequest(scope: "default")
    #expect(try allowed(today, policy, request)?.timeToLive == 0)
    #expect(try allowed(list, policy, request)?.timeToLive == 300)
  }
}

@Suite struct FindingTests {
  @Test(arguments: [
    (
      "msdynci_customerprofiles?$filter=msdynci_lastnam eq 'Secret'",
      "`msdynci_lastnam` of msdynci_customerprofiles cannot be compared here. Did you mean `msdynci_lastname`?"
    ),
    (
      "msdynci_customerprofiles?$select=createdon",
      "`createdon` of msdynci_customerprofiles cannot be read here. Allowed: msdynci_customerid, msdynci_lastname, "
        + "msdynci_birthdate, msdynci_lifetimevalue."
    ),
    (
      "msdynci_customerprofiles?$filter=Microsoft.Dynamics.CRM.In(PropertyName='Secret',PropertyValues=['Secret'])",
      "This column of msdynci_customerprofiles cannot be compared here. Allowed: msdynci_customerid, msdynci_lastname, "
        + "msdynci_email, msdynci_birthdate, msdynci_lifetimevalue, msdynci_customerprofileid, _owninguser_value."
    ),
    (
      "msdynci_customerprofiles?$filter=contains(msdynci_customerid,'Secret')",
      "`contains` is not allowed on `msdynci_customerid`. Allowed on it: In, eq, ne."
    ),
    (
      "msdynci_customerprofiles?$filter=startswith(msdynci_lastname,'secret')",
      "`startswith` on `msdynci_lastname` wants text of another form. Write the form [A-Z][a-z]*."
    ),
    (
      "msdynci_customerprofile",
      "`msdynci_customerprofile` is not an entity set that may be read here. Did you mean `msdynci_customerprofiles`?"
    ),
    (
      "accounts?$filter=name eq 'Secret'",
      "`accounts` is not an entity set that may be read here. Allowed: msdynci_customerprofiles, msdynci_unifiedactivities."
    ),
    (
      "msdynci_customerprofiles?$top=1000",
      "`$top` is larger than 50. Use $top=50 or less, or leave it out and follow @odata.nextLink."
    ),
    (
      "msdynci_customerprofiles?$skip=5",
      "Dataverse has no $skip. Follow @odata.nextLink from page to page, or use $top."
    ),
    (
      "msdynci_customerprofiles?$expand=ownerid",
      "`$expand` is not allowed on msdynci_customerprofiles. Allowed: $select, $filter, $orderby, $top, $count, $skiptoken."
    ),
    (
      "msdynci_customerprofiles(\(guid))/ownerid",
      "A path cannot go on to this here: neither to a property nor along this name to another table. Read msdynci_customerprofiles, msdynci_customerprofiles(key), "
        + "msdynci_customerprofiles/$count."
    ),
  ])
  func saysWhatIsWrongAndWhatWouldPass(_ query: String, _ expected: String) throws {
    let finding = try #require(try denied(query, widePolicy()).first)
    #expect("\(finding.message) \(finding.remedy)" == expected)
  }

  @Test func saysTheSameOfHiddenAndMissingColumns() throws {
    let policy = try widePolicy()
    for use in ["$select=X", "$orderby=X", "$filter=X eq 'a'", "$filter=contains(X,'a')"] {
      func message(_ name: String) throws -> [String] {
        try denied("msdynci_customerprofiles?\(use.replacing("X", with: name))", policy)
          .map { "\($0.rule) \($0.message) \($0.remedy)".replacing(name, with: "X") }
      }
      // msdynci_city is in the schema, msdynci_cito is not.
      #expect(try message("msdynci_city") == message("msdynci_cito"))
    }
  }

  @Test func unknownScopeIsAFinding() throws {
    let finding = try #require(try denied("msdynci_customerprofiles", widePolicy(), scope: "root").first)
    #expect(
      finding.rule == "policy.scope"
        && finding.remedy == "Ask the operator of this gateway for one that it has.")
  }
}
