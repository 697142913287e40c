import Dataverse
import ODataURL
import Testing

@testable import Policy

private let account = "$select=name,nick,size"
private let order = "$select=title,amount"

/// Ways to other tables: `$expand`, paths, lambdas; and `$apply`.
@Suite struct LevelTests {
  @Test(arguments: [
    // What is expanded gets columns and a limit of its own.
    ("accounts?$expand=orders", "accounts?\(account)&$expand=orders(\(order);$top=5)"),
    ("accounts?$expand=orders($top=5)", "accounts?\(account)&$expand=orders(\(order);$top=5)"),
    ("accounts?$expand=orders($top=6)", "deny policy.limit.top[$top=6]"),
    ("orders?$expand=lines($top=100)", "orders?\(order)&$expand=lines($select=sku;$top=100)"),
    ("orders?$expand=lines($top=101)", "deny policy.limit.top[$top=101]"),
    (
      "accounts?$select=name&$expand=orders($select=title;$filter=title eq 'a';$orderby=amount desc;$top=1)",
      "accounts?$select=name&$expand=orders($select=title;$filter=title eq 'a';$orderby=amount desc;$top=1)"
    ),
    (
      "accounts?$expand=orders($select=title,title),regionid($select=code)",
      "accounts?\(account)&$expand=orders($select=title;$top=5),regionid($select=code)"
    ),
    (
      "orders?$expand=account($expand=regionid)",
      "orders?\(order)&$expand=account(\(account);$expand=regionid($select=code))"
    ),
    (
      "lines?$expand=order($expand=account($expand=regionid))",
      "deny policy.limit.expand[$expand=order($expand=account($expand=regionid))]"
    ),
    (
      "accounts(00000000-0000-0000-0000-000000000001)?$expand=regionid",
      "accounts(00000000-0000-0000-0000-000000000001)?\(account)&$expand=regionid($select=code)"
    ),
    // Of others nothing passes, whether they exist or not.
    ("accounts?$expand=hidden", "deny policy.navigation[hidden]"),
    ("accounts?$expand=nothing", "deny policy.navigation[nothing]"),
    ("regions?$expand=accounts", "deny policy.navigation[accounts]"),
    ("accounts?$expand=orders($select=country)", "deny policy.column.select[country]"),
    ("accounts?$expand=orders($filter=country eq 'a')", "deny policy.column.filter[country]"),
    ("accounts?$expand=orders($orderby=title)", "deny policy.column.order[title]"),
    ("accounts?$expand=regionid($top=1)", "deny policy.option[$top=1]"),
    ("accounts?$expand=regionid($filter=code eq 'a')", "deny policy.option[$filter=code eq 'a']"),
    ("accounts?$expand=orders,orders", "deny policy.navigation[orders]"),
    ("accounts/$count?$expand=orders", "deny policy.option[$expand=orders]"),
    // Collections cannot be limited beside a nested `$expand`.
    ("accounts?$expand=orders($expand=account)", "deny policy.navigation[orders($expand=account)]"),
    ("orders?$expand=account($expand=orders)", "deny policy.navigation[orders]"),
    // Conditions behind lookups and on collections.
    ("accounts?$filter=regionid/code eq 'a'", "accounts?\(account)&$filter=regionid/code eq 'a'"),
    ("orders?$filter=account/regionid/code eq 'a'", "orders?\(order)&$filter=account/regionid/code eq 'a'"),
    ("orders?$filter=contains(account/name,'a')", "orders?\(order)&$filter=contains(account/name,'a')"),
    ("orders?$filter=account/secret eq 'a'", "deny policy.column.filter[account/secret]"),
    ("orders?$filter=account/nothing eq 'a'", "deny policy.column.filter[account/nothing]"),
    ("orders?$filter=account/name ne null", "orders?\(order)&$filter=account/name ne null"),
    ("orders?$filter=nothing/name eq 'a'", "deny policy.navigation[nothing]"),
    ("accounts?$filter=orders/any(o:o/title eq 'a')", "accounts?\(account)&$filter=orders/any(o:o/title eq 'a')"),
    ("accounts?$filter=orders/any()", "accounts?\(account)&$filter=orders/any()"),
    ("accounts?$filter=hidden/any()", "deny policy.navigation[hidden]"),
    ("accounts?$filter=hidden/all(o:o/title eq 'a')", "deny policy.navigation[hidden]"),
    ("accounts?$filter=orders/all(o:o/country eq 'a')", "deny policy.column.filter[o/country]"),
    (
      "accounts?$filter=orders/any(o:o/lines/any(l:l/sku eq 'a') and o/account/name eq 'b')",
      "accounts?\(account)&$filter=orders/any(o:o/lines/any(l:l/sku eq 'a') and o/account/name eq 'b')"
    ),
    ("accounts?$filter=orders/any(o:name eq 'a')", "deny policy.expression[name eq 'a']"),
    (
      "accounts?$expand=orders($filter=account/name eq 'a')",
      "accounts?\(account)&$expand=orders(\(order);$filter=account/name eq 'a';$top=5)"
    ),
    // Columns with each other.
    ("accounts?$filter=name eq nick", "accounts?\(account)&$filter=name eq nick"),
    ("accounts?$filter=nick ne name", "deny policy.operator[nick ne name]"),
    ("accounts?$filter=name eq secret", "deny policy.column.filter[secret]"),
    ("orders?$filter=account/name eq account/nick", "orders?\(order)&$filter=account/name eq account/nick"),
    ("orders?$filter=account/name eq title", "deny policy.expression[account/name eq title]"),
    // Order.
    ("accounts?$orderby=_regionid_value", "deny policy.column.order[_regionid_value]"),
    ("accounts?$orderby=regionid/code", "deny policy.expression[regionid/code]"),
  ])
  func judgesWays(_ query: String, _ expected: String) throws {
    var limits = PolicyLimits()
    limits.expandDepth = 2
    #expect(shopOutcome(query, try shopPolicy(limits: limits)) == expected)
  }

  @Test(
    arguments: [
      ("groupby((name))", nil), ("aggregate($count as n)", nil), ("aggregate(size with sum as total)", nil),
      ("filter(name eq 'a')/groupby((name),aggregate(size with max as m,$count as n))", nil),
      ("filter(name eq 'a')/filter(size gt 3)/aggregate($count as n)", nil),
      ("groupby((regionid/code))", nil), ("filter(regionid/code eq 'a')/groupby((name))", nil),
      ("groupby((nick))", "policy.column.aggregate"), ("groupby((secret))", "policy.column.aggregate"),
      ("groupby((nothing))", "policy.column.aggregate"), ("aggregate(size with min as m)", "policy.column.aggregate"),
      ("aggregate(name with max as m)", "policy.column.aggregate"),
      ("filter(secret eq 'a')/groupby((name))", "policy.column.filter"),
      ("filter(name gt 'a')/groupby((name))", "policy.operator"),
      ("groupby((hidden/title))", "policy.navigation"), ("groupby((orders/title))", "policy.expression"),
      ("groupby((name))/filter(name eq 'a')", "policy.expression"),
      ("filter(name eq 'a')", "policy.expression"), ("identity", "DV0"),
      ("aggregate(size with countdistinct as n)", "DV0"),
      ("concat(groupby((name)),aggregate($count as n))", "DV0"),
      ("topcount(2,size)", "DV0"), ("compute(secret as name)/groupby((name))", "DV0"),
    ] as [(String, String?)])
  func judgesApply(_ apply: String, _ rule: String?) throws {
    let outcome = shopOutcome("accounts?$apply=\(apply)", try shopPolicy())
    if let rule {
      #expect(outcome.hasPrefix("deny ") && outcome.contains(rule), "\(outcome)")
    } else {
      #expect(outcome == "accounts?$apply=\(apply)")
    }
  }

  @Test(arguments: [
    "$select=name", "$filter=name eq 'a'", "$orderby=name", "$expand=orders", "$top=5", "$count=true",
  ])
  func applyStandsAlone(_ option: String) throws {
    let outcome = shopOutcome("accounts?$apply=groupby((name))&\(option)", try shopPolicy())
    #expect(outcome.hasPrefix("deny ") && outcome.hasSuffix("[\(option)]"), "\(outcome)")
    #expect(option == "$orderby=name" || outcome == "deny policy.option[\(option)]", "\(outcome)")
  }

  @Test func transformationsAreNamedOneByOne() throws {
    var tables = shopTables
    tables[0].transformations = [.groupby]
    let policy = try shopPolicy(tables)
    #expect(shopOutcome("accounts?$apply=groupby((name))", policy) == "accounts?$apply=groupby((name))")
    for apply in [
      "filter(name eq 'a')/groupby((name))", "groupby((name),aggregate($count as n))", "aggregate($count as n)",
    ] {
      #expect(shopOutcome("accounts?$apply=\(apply)", policy).hasPrefix("deny policy.option"))
    }
    tables[0].options.remove(.apply)
    #expect(
      shopOutcome("accounts?$apply=groupby((name))", try shopPolicy(tables))
        == "deny policy.option[$apply=groupby((name))]")
  }

  @Test func optionsAreThoseOfTheTableOfTheLevel() throws {
    var tables = shopTables
    tables[1].options = [.select]
    let policy = try shopPolicy(tables)
    #expect(shopOutcome("accounts?$expand=orders($select=title)", policy).hasPrefix("accounts?"))
    for option in ["$filter=title eq 'a'", "$orderby=amount", "$top=1"] {
      #expect(shopOutcome("accounts?$expand=orders(\(option))", policy) == "deny policy.option[\(option)]")
    }
    tables[0].options.remove(.expand)
    #expect(shopOutcome("accounts?$expand=orders", try shopPolicy(tables)) == "deny policy.option[$expand=orders]")
  }

  @Test func aMissingSelectIsRefusedAtEveryLevel() throws {
    let policy = try shopPolicy(missingSelect: .deny)
    #expect(shopOutcome("accounts", policy) == "deny policy.select[accounts]")
    #expect(
      shopOutcome("accounts?$expand=orders,regionid($select=code)", policy)
        == "deny policy.select[accounts] policy.select[orders]")
    #expect(shopOutcome("accounts?$select=name&$expand=orders($select=title)", policy).hasPrefix("accounts?"))
    #expect(shopOutcome("accounts/$count", policy) == "accounts/$count")
    #expect(shopOutcome("accounts?$apply=groupby((name))", policy).hasPrefix("accounts?"))
  }

  // MARK: Obligations

  @Test func membersAreTreesOfWhatIsSelected() throws {
    let policy = try shopPolicy()
    let rows = try #require(
      try shopAllowed("orders?$select=title&$expand=account($select=name),lines($select=sku)", policy))
    #expect(rows.members.names.all == ["title"] && Set(rows.members.expanded.keys) == ["account", "lines"])
    #expect(rows.members.expanded["account"]?.names.all == ["name"])
    #expect(rows.members.expanded["lines"]?.names.all == ["sku"])
    #expect(rows.timeToLive == 20 && rows.annotations == ["T.F"] && rows.pageSize == 500)
    let groups = try #require(
      try shopAllowed("accounts?$apply=groupby((name,regionid/code),aggregate(size with sum as s,$count as n))", policy)
    )
    #expect(groups.outputs == ["name", "region_code", "s", "n"] && groups.members.names.all == Set(groups.outputs))
    #expect(groups.members.annotated == ["name", "region_code"] && groups.pageSize == nil && groups.timeToLive == 30)
  }

  /// The shortest time of all tables that are read or looked at; none with the clock, wherever it is asked.
  @Test(arguments: [
    ("accounts", 100), ("accounts?$expand=orders", 50), ("accounts?$filter=orders/any()", 50),
    ("orders?$filter=account/regionid/code eq 'a'", 30), ("accounts?$apply=groupby((regionid/code))", 30),
    ("accounts?$filter=orders/any(o:o/lines/any(l:l/sku eq 'a'))", 20),
    ("accounts?$filter=Microsoft.Dynamics.CRM.Today(PropertyName='since')", 0),
    ("regions?$filter=accounts/any()", 30),
    ("accounts?$apply=filter(Microsoft.Dynamics.CRM.Today(PropertyName='since'))/groupby((name))", 0),
  ])
  func timesToLive(_ query: String, _ seconds: Int) throws {
    #expect(try #require(try shopAllowed(query, shopPolicy())).timeToLive == seconds)
  }

  // MARK: Limits

  @Test func limitsAreThoseOfTheScope() throws {
    func outcome(_ query: String, _ change: (inout PolicyLimits) -> Void) throws -> String {
      var limits = PolicyLimits()
      change(&limits)
      let rules = try shopTables.map { try $0.rule() }
      let policy = Policy(
        name: "p", version: "1", schema: shopSchema, limits: PolicyLimits(), annotations: [], tables: rules,
        scopes: [ScopeRule(name: "s", tables: rules, limits: limits)])
      return shopOutcome(query, policy)
    }
    let cases: [(String, WritableKeyPath<PolicyLimits, Int>, Int, String)] = [
      ("accounts?$top=7", \.top, 7, "policy.limit.top"),
      ("accounts?$filter=name eq 'abc'", \.filterLiteralLength, 3, "policy.limit.literal"),
      ("accounts?$filter=name eq 'a' or name eq 'b' or name eq 'c'", \.orWidth, 3, "policy.limit.or"),
      ("accounts?$filter=name eq 'a' or name eq 'b'", \.nodes, 7, "policy.limit.nodes"),
      ("accounts?$filter=not (name eq 'a')", \.depth, 2, "policy.limit.depth"),
      ("accounts?$select=name,nick", \.selectColumns, 2, "policy.limit.select"),
      ("accounts?$expand=orders($select=title,amount)", \.selectColumns, 2, "policy.limit.select"),
      ("accounts?$expand=orders,regionid", \.expands, 2, "policy.limit.expand"),
      ("orders?$expand=account($expand=regionid)", \.expandDepth, 2, "policy.limit.expand"),
      ("orders?$expand=lines($top=4)", \.expandTop, 4, "policy.limit.top"),
      (
        "accounts?$filter=Microsoft.Dynamics.CRM.In(PropertyName='name',PropertyValues=['a','b'])", \.listItems, 2,
        "policy.limit.list"
      ),
      ("accounts?$select=name", \.urlBytes, 21, "policy.limit.url"),
    ]
    for (query, limit, most, rule) in cases {
      func at(_ value: Int) throws -> String {
        try outcome(query) { limits in
          if limit != \.expandDepth { limits.expandDepth = 3 }
          limits[keyPath: limit] = value
        }
      }
      let (passing, refused) = (try at(most), try at(most - 1))
      #expect(!passing.hasPrefix("deny"), "\(query) at \(most): \(passing)")
      #expect(refused.hasPrefix("deny \(rule)["), "\(query) at \(most - 1): \(refused)")
    }
    var limits = PolicyLimits()
    limits.pageSize = 9
    let page = try #require(try shopAllowed("accounts", shopPolicy(limits: limits)))
    #expect(page.pageSize == 9)
  }

  /// Nobody learns which columns and ways exist.
  @Test func saysTheSameOfHiddenAndMissingNames() throws {
    let policy = try shopPolicy()
    func said(_ query: String, _ name: String) throws -> [String] {
      let uri = try Parser(settings: .dataverse).relativeURI(query.replacing("X", with: name))
      guard case .deny(let findings) = policy.judge(uri, request: JudgeRequest(scope: "s")) else { return [] }
      return findings.map { "\($0.rule) \($0.message) \($0.remedy)".replacing(name, with: "X") }
    }
    for query in [
      "accounts?$select=X", "accounts?$filter=X eq 1", "accounts?$filter=contains(X,'%25')",
      "accounts?$filter=startswith(X,'%25a')", "accounts?$orderby=X", "accounts?$filter=X eq name",
      "accounts?$apply=groupby((X))", "orders?$filter=account/X eq 1", "accounts?$filter=orders/any(o:o/X eq 1)",
      "accounts?$filter=Microsoft.Dynamics.CRM.In(PropertyName='X',PropertyValues=['a'])", "accounts(X='a*')",
      "regions?$expand=accounts($select=X)",
    ] {
      let hidden = try said(query, "secret")
      #expect(!hidden.isEmpty, "\(query)")
      #expect(try hidden == said(query, "secrat"), "\(query)")
    }
    for query in [
      "accounts?$expand=X", "accounts?$expand=X($top=1;$expand=lines)", "accounts?$filter=X/any()",
      "accounts?$filter=X/any(o:o/title eq 1)", "accounts?$filter=X/title eq 1", "accounts?$expand=X/$ref",
      "accounts?$expand=X($filter=title eq 1)", "accounts?$filter=contains(X/title,'a')",
      "orders?$filter=account/X/title eq 1",
      "accounts?$apply=groupby((X/title))", "accounts?$apply=aggregate(X/amount with sum as s)",
      "accounts?$filter=X/$count gt 1", "accounts?$expand=orders($filter=account/X/title eq 1)",
    ] {
      let hidden = try said(query, "hidden")
      #expect(!hidden.isEmpty, "\(query)")
      #expect(try hidden == said(query, "hiddon"), "\(query)")
    }
  }
}
