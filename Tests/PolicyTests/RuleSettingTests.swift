import Dataverse
import ODataURL
import Testing

@testable import Policy

@Suite struct RuleSettingTests {
  /// A rule that only reports lets the query pass as it is.
  @Test(arguments: [
    ("policy.column.select", "accounts?$select=secret,name", "accounts?$select=secret,name"),
    ("policy.column.filter", "accounts?$filter=secret eq 'a'", "accounts?$select=name,nick,size&$filter=secret eq 'a'"),
    ("policy.column.order", "accounts?$select=name&$orderby=size", "accounts?$select=name&$orderby=size"),
    ("policy.column.aggregate", "accounts?$apply=groupby((nick))", "accounts?$apply=groupby((nick))"),
    ("policy.operator", "accounts?$filter=name gt 'a'", "accounts?$select=name,nick,size&$filter=name gt 'a'"),
    (
      "policy.function", "accounts?$filter=startswith(name,'a')",
      "accounts?$select=name,nick,size&$filter=startswith(name,'a')"
    ),
    ("policy.limit.top", "accounts?$top=501", "accounts?$select=name,nick,size&$top=501"),
    (
      "policy.limit.top", "accounts?$expand=orders($top=6)",
      "accounts?$select=name,nick,size&$expand=orders($select=title,amount;$top=6)"
    ),
    ("policy.limit.select", "accounts?$select=name,nick,size", "accounts?$select=name,nick,size"),
    (
      "policy.limit.literal", "accounts?$filter=name eq 'abcdef'",
      "accounts?$select=name,nick,size&$filter=name eq 'abcdef'"
    ),
    (
      "policy.limit.or", "accounts?$filter=name eq '1' or name eq '2' or name eq '3'",
      "accounts?$select=name,nick,size&$filter=name eq '1' or name eq '2' or name eq '3'"
    ),
    ("policy.requires", "regions", "regions?$select=code"),
  ])
  func reports(_ rule: String, _ query: String, _ sent: String) throws {
    var tables = shopTables
    tables[3].requires = [["code"]]
    var limits = PolicyLimits()
    (limits.selectColumns, limits.orWidth, limits.filterLiteralLength) = (2, 2, 5)
    #expect(shopOutcome(query, try shopPolicy(tables, limits: limits)).hasPrefix("deny \(rule)["))
    for policy in [
      try shopPolicy(tables, limits: limits, settings: [rule: RuleSetting(mode: .report)]),
      try shopPolicy(tables, limits: limits, isReportOnly: true),
    ] { #expect(shopOutcome(query, policy) == "\(sent) {\(rule)}") }
    // The setting of another rule changes nothing.
    let other = rule == "policy.operator" ? "policy.function" : "policy.operator"
    let policy = try shopPolicy(tables, limits: limits, settings: [other: RuleSetting(mode: .report)])
    #expect(shopOutcome(query, policy).hasPrefix("deny \(rule)["))
  }

  @Test func whatIsReportedLeavesWithTheRest() throws {
    let policy = try shopPolicy(isReportOnly: true)
    let rows = try #require(try shopAllowed("accounts?$select=secret,name", policy))
    #expect(rows.members.names.all == ["secret", "name"] && !rows.members.annotated.contains("secret"))
    #expect(rows.findings.map(\.severity) == [.report])
    #expect(
      shopOutcome("accounts", try shopPolicy(missingSelect: .deny, isReportOnly: true))
        == "accounts?$select=name,nick,size {policy.select}")
  }

  /// What is not understood or cannot be sent refuses whatever is set.
  @Test(arguments: [
    "nothing", "accounts?$select=*", "accounts?$select=nothing", "accounts?$filter=nothing eq 'a'",
    "accounts?$filter=name has 'a'", "accounts?$filter=Microsoft.Dynamics.CRM.X(PropertyName='name')",
    "accounts?$filter=length(name) eq 1", "accounts?$expand=hidden", "accounts?$filter=hidden/any()",
    "accounts?$skip=1", "accounts?$filter=name eq 1", "accounts?$filter=@a", "accounts?$filter=name eq 'a'&@b=1",
    "accounts?$top=5&$apply=groupby((name))", "accounts?$skiptoken=x", "accounts/name",
    "accounts?$expand=orders,orders",
    "lines?$expand=order($expand=account)",
  ])
  func someRulesAlwaysRefuse(_ query: String) throws {
    let settings = Dictionary(
      uniqueKeysWithValues: FindingRule.allCases.map { ($0.rawValue, RuleSetting(mode: .report)) })
    #expect(shopOutcome(query, try shopPolicy(settings: settings, isReportOnly: true)).hasPrefix("deny "))
  }

  @Test func rowFiltersAlwaysRefuse() throws {
    let settings = ["policy.row-filter": RuleSetting(mode: .report)]
    let policy = try shopPolicy(filteredTables(), settings: settings, isReportOnly: true)
    #expect(shopOutcome("accounts", policy) == "deny policy.row-filter[accounts]")
    #expect(shopOutcome("accounts?$expand=regionid", policy, claims: swiss).hasPrefix("deny policy.row-filter"))
    // Reported columns are read through the filter all the same.
    #expect(
      shopOutcome("accounts?$select=secret", policy, claims: swiss)
        == "accounts?$select=secret&$filter=country eq 'CH' {policy.column.select}")
  }

  /// However many reports there are, one error refuses, and is told.
  @Test func reportsDoNotCrowdOutErrors() throws {
    let policy = try shopPolicy(isReportOnly: true)
    let filter = (0..<30).map { _ in "secret eq 'a'" }.joined(separator: " and ")
    let rules = shopOutcome("accounts?$filter=\(filter)&$skip=1", policy)
    #expect(rules == "deny DV001[$skip=1] policy.more[]")
    let passed = try #require(try shopAllowed("accounts?$filter=\(filter)", policy))
    #expect(passed.findings.count == 20)
  }

  // MARK: Words of the operator's own

  @Test func helpIsPutBehindTheMessage() throws {
    var tables = shopTables
    tables[0].help = RuleHelp(message: "Ask the shop.", link: "https://wiki.example/accounts")
    let settings = [
      "policy.column.select": RuleSetting(
        mode: .deny, help: RuleHelp(message: "Columns are few.", link: "https://wiki.example/columns")),
      "DV001": RuleSetting(mode: .deny, help: RuleHelp(message: "Use links.", link: nil)),
    ]
    let policy = try shopPolicy(tables, settings: settings)
    func finding(_ query: String) throws -> Finding {
      let uri = try Parser(settings: .dataverse).relativeURI(query)
      guard case .deny(let findings) = policy.judge(uri, request: JudgeRequest(scope: "s")) else {
        return Finding(rule: "", span: .none, message: "", remedy: "")
      }
      return try #require(findings.first)
    }
    let select = try finding("accounts?$select=secret")
    #expect(select.message == "`secret` of accounts cannot be read here. Columns are few. Ask the shop.")
    #expect(select.link == "https://wiki.example/columns")
    #expect(try finding("accounts?$filter=secret eq 'a'").link == "https://wiki.example/accounts")
    #expect(
      try finding("orders?$select=country").message == "`country` of orders cannot be read here. Columns are few.")
    #expect(try finding("orders?$filter=country eq 'a'").link == nil)
    #expect(try finding("orders?$skip=1").message.hasSuffix(" Use links."))
  }

  // MARK: Advice

  @Test func adviceIsGivenToThoseWhoWantIt() throws {
    let policy = try shopPolicy()
    #expect(try shopAllowed("accounts?$count=true", policy)?.findings.isEmpty == true)
    let advised = try #require(try shopAllowed("accounts?$select=name&$count=true", policy, wantsAdvice: true))
    #expect(advised.findings.contains { $0.rule == "DV111" && $0.severity == .warning })
    let off = try shopPolicy(settings: ["DV111": RuleSetting(mode: .off)])
    let silent = try #require(try shopAllowed("accounts?$select=name&$count=true", off, wantsAdvice: true))
    #expect(!silent.findings.contains { $0.rule == "DV111" })
  }

  @Test func adviceCanRefuse() throws {
    let deny = try shopPolicy(settings: ["DV111": RuleSetting(mode: .deny)])
    #expect(shopOutcome("accounts?$count=true", deny) == "deny DV111[$count=true]")
    #expect(shopOutcome("accounts", deny) == "accounts?$select=name,nick,size")
    // Not in a scope that only reports: there nothing is refused that can be reported.
    let trial = try shopPolicy(settings: ["DV111": RuleSetting(mode: .deny)], isReportOnly: true)
    #expect(shopOutcome("accounts?$count=true", trial) == "accounts?$select=name,nick,size&$count=true {DV111}")
    let report = try shopPolicy(settings: ["DV111": RuleSetting(mode: .report)])
    #expect(shopOutcome("accounts?$count=true", report) == "accounts?$select=name,nick,size&$count=true {DV111}")
  }

  /// Linters get what a denied query is advised, too: behind what denies it.
  @Test func refusalsComeFirst() throws {
    let uri = try Parser(settings: .dataverse).relativeURI("accounts?$count=true&$select=secret")
    guard case .deny(let findings) = try shopPolicy().judge(uri, request: JudgeRequest(scope: "s", wantsAdvice: true))
    else {
      Issue.record("allowed")
      return
    }
    #expect(findings.first?.rule == "policy.column.select" && findings.contains { $0.rule == "DV111" })
  }
}
