import Dataverse
import ODataURL
import Testing

@testable import Policy

private let key = "00000000-0000-0000-0000-000000000001"
private let row = "accounts(\(key))"

/// `set(key)/navigation`: the rows that `$expand` would give, by the same rules.
@Suite struct OnwardPathTests {
  /// As ``shopTables``; `id`, which orders may be expanded by alone.
  private static func outcome(_ query: String, _ change: (inout [ShopTable]) -> Void = { _ in }) throws -> String {
    var tables = shopTables
    change(&tables)
    return try shopOutcome(query, shopPolicy(tables), claims: swiss)
  }

  @Test(arguments: [
    ("\(row)/orders", "\(row)/orders?$select=title,amount&$top=5"),
    ("\(row)/orders?$select=title&$top=2", "\(row)/orders?$select=title&$top=2"),
    ("\(row)/orders?$top=6", "deny policy.limit.top[$top=6]"),
    ("\(row)/orders?$filter=title eq 'a'&$orderby=amount", nil),
    ("\(row)/regionid?$select=code", "\(row)/regionid?$select=code"),
    ("\(row)/regionid", "\(row)/regionid?$select=code"),
    ("accounts(name='a')/orders?$top=1", "accounts(name='a')/orders?$select=title,amount&$top=1"),
    ("orders(\(key))/account?$select=name", "deny policy.column.filter[\(key)]"),
    ("\(row)/orders?$filter=title eq @a&@a='b'", "\(row)/orders?$select=title,amount&$filter=title eq 'b'&$top=5"),
    // What $expand could not say cannot be said here.
    ("\(row)/orders?$select=country", "deny policy.column.select[country]"),
    ("\(row)/orders?$filter=country eq 'a'", "deny policy.column.filter[country]"),
    ("\(row)/orders?$filter=title gt 'a'", "deny policy.operator[title gt 'a']"),
    ("\(row)/orders?$orderby=title", "deny policy.column.order[title]"),
    ("\(row)/orders?$count=true", "deny policy.option[$count=true]"),
    ("\(row)/orders?$skiptoken=a", "deny policy.option[$skiptoken=a] policy.option[$skiptoken=a]"),
    ("\(row)/orders?$apply=groupby((title))", nil), ("\(row)/orders?fetchXml=a", "deny DV014[fetchXml=a]"),
    ("\(row)/regionid?$filter=code eq 'a'", "deny policy.option[$filter=code eq 'a']"),
    ("\(row)/regionid?$top=1", "deny policy.option[$top=1]"),
    ("\(row)/orders?$expand=lines", nil), ("accounts(nick='a')/orders", nil),
    ("accounts(country='a')/orders", "deny policy.column.filter[country='a']"),
    // Other paths.
    ("\(row)/hidden", "deny policy.path[hidden]"), ("\(row)/missing", "deny policy.path[missing]"),
    ("\(row)/orders/$ref", "deny policy.path[orders]"), ("\(row)/orders/$count", "deny policy.path[orders]"),
    ("\(row)/orders(\(key))", "deny policy.path[orders(\(key))]"), ("\(row)/orders/lines", "deny policy.path[orders]"),
    ("accounts/orders", "deny policy.path[orders]"), ("\(row)/name", "deny policy.path[name]"),
    ("\(row)/name/$value", "deny policy.path[name]"), ("\(row)/$ref", "deny policy.path[$ref]"),
    ("regions(\(key))/accounts", "deny policy.path[accounts]"),
  ])
  func isJudgedAsExpand(_ query: String, _ expected: String?) throws {
    let outcome = try Self.outcome(query)
    if let expected { #expect(outcome == expected) }
    // The same query by $expand passes exactly when this does, and puts the same into the rows.
    let uri = try Parser(settings: .dataverse).relativeURI(query)
    let expanded = try shopPolicy().judgedForm(of: AliasSubstitution(uri, maximumNodes: 800).query, scope: "s")
    guard expanded != uri, uri.path.count == 2, uri.options.apply == nil else { return }
    var options = expanded
    options.options.select = nil
    let other = try Self.outcome(options.printed())
    #expect(outcome.hasPrefix("deny") == other.hasPrefix("deny"), "\(outcome) and \(other)")
    if !outcome.hasPrefix("deny"), let inside = other.split(separator: "(").last?.dropLast() {
      #expect(
        inside.split(separator: ";").sorted() == outcome.split(separator: "?").last?.split(separator: "&").sorted())
    }
  }

  @Test func bothTablesKeepTheirRowFilters() throws {
    let query = "\(row)/orders"
    func filter(_ name: String) -> (inout [ShopTable]) -> Void {
      { tables in
        for index in tables.indices where tables[index].table == name {
          tables[index].rowFilters = ["country eq @caller_country"]
        }
      }
    }
    #expect(
      try Self.outcome(query + "?$filter=title eq 'a'", filter("order"))
        == "\(row)/orders?$select=title,amount&$filter=title eq 'a' and country eq 'CH'&$top=5")
    #expect(
      try Self.outcome(query, filter("order")) == "\(row)/orders?$select=title,amount&$filter=country eq 'CH'&$top=5")
    // One row takes no filter, neither the one that is gone from nor the one that is gone to.
    #expect(try Self.outcome(query, filter("account")) == "deny policy.row-filter[\(row)]")
    #expect(try Self.outcome("\(row)/regionid", filter("region")) == "deny policy.row-filter[regionid]")
    #expect(try shopOutcome(query, shopPolicy(filteredTables())).hasPrefix("deny policy.row-filter"))
  }

  @Test func bothTablesHaveToAllowIt() throws {
    let query = "\(row)/orders"
    #expect(try Self.outcome(query) { $0[0].options.remove(.key) }.hasPrefix("deny policy.option[\(row)]"))
    #expect(try Self.outcome(query) { $0[0].options.remove(.expand) } == "deny policy.option[orders]")
    #expect(try Self.outcome(query) { $0[0].ways["orders"] = ("f", nil) } == "deny policy.path[orders]")
    #expect(try Self.outcome(query) { $0[0].filter["accountid"] = nil } == "deny policy.column.filter[\(key)]")
    #expect(try Self.outcome(query) { $0.remove(at: 1) } == "deny policy.path[orders]")
    #expect(try Self.outcome(query) { $0[1].select = [] }.hasPrefix("deny policy.option[orders]"))
    #expect(try Self.outcome(query) { $0[0].requires = [["name"]] }.hasPrefix("deny policy.requires"))
    #expect(try Self.outcome("accounts(name='a')/orders?$top=1") { $0[0].requires = [["name"]] }.hasPrefix("accounts("))
    // Nothing of the row itself is read.
    #expect(try Self.outcome(query) { $0[0].select = [] }.hasPrefix("\(row)/orders?"))
    let strict = try shopPolicy(missingSelect: .deny)
    #expect(shopOutcome(query, strict) == "deny policy.select[orders]")
    #expect(shopOutcome(query + "?$select=title&$top=1", strict) == "\(row)/orders?$select=title&$top=1")
    var flat = PolicyLimits()
    flat.expandDepth = 0
    #expect(try shopOutcome(query, shopPolicy(limits: flat)).hasPrefix("deny policy.limit.expand"))
  }

  @Test func obligationsAreThoseOfTheOtherTable() throws {
    let policy = try shopPolicy()
    let many = try #require(try shopAllowed("\(row)/orders", policy))
    #expect(many.table == "order" && many.result == .collection && many.pageSize == nil)
    #expect(many.members == MemberTree(["title", "amount"], annotated: ["title", "amount"]))
    #expect(many.timeToLive == 50 && many.rule == "s:order" && many.annotations == ["T.F"])
    let one = try #require(try shopAllowed("\(row)/regionid", policy))
    #expect(one.table == "region" && one.result == .entity && one.members.names == ["code"] && one.timeToLive == 30)
  }

  @Test func refusalsTellTheWay() throws {
    let policy = try shopPolicy()
    func remedy(_ query: String) throws -> String? {
      let uri = try Parser(settings: .dataverse).relativeURI(query)
      guard case .deny(let findings) = policy.judge(uri, request: JudgeRequest(scope: "s")) else { return nil }
      return findings.first?.remedy
    }
    #expect(try remedy("\(row)/name") == "Read accounts(key)?$select=name.")
    #expect(try remedy("\(row)/name/$value") == "Read accounts(key)?$select=name.")
    let forms = "Read accounts, accounts(key), accounts(key)/orders, accounts(key)/regionid, accounts/$count."
    #expect(try remedy("\(row)/hidden") == forms)
    #expect(try remedy("\(row)/orders/$ref") == forms)
  }

  /// Texts in `$apply` are judged and sent without the backslashes, as those in filters are; Dataverse finds no row by a
  /// key with one.
  @Test func unescapesQuotesEverywhere() throws {
    var rule = try shopTables[0].rule()
    var columns = rule.columns
    for index in columns.indices where columns[index].column.propertyName == "name" {
      var shape = LiteralShape()
      shape.unescapesQuotes = true
      shape.maxLength = 3
      columns[index].operations = [.comparison(.eq): shape, .text(.contains): shape, .queryFunction("In"): shape]
    }
    rule = TableRule(
      table: rule.table, timeToLive: 1, options: rule.options, columns: columns, navigations: rule.navigations,
      transformations: rule.transformations)
    let tables = [rule] + (try shopTables.dropFirst().map { try $0.rule() })
    let policy = Policy(
      name: "shop", version: "1", schema: shopSchema, limits: PolicyLimits(), annotations: [], tables: tables,
      scopes: [ScopeRule(name: "s", tables: tables, limits: PolicyLimits())])
    for (query, sent) in [
      (#"accounts(name='\"a\"')?$select=size"#, #"deny DV013[name='\"a\"']"#),
      (
        #"accounts?$select=size&$filter=contains(name,'\"a\"')"#, #"accounts?$select=size&$filter=contains(name,'"a"')"#
      ),
      (
        #"accounts?$apply=filter(name eq '\"a\"')/filter(size eq 1)/filter(name eq '\"b\"')/groupby((nick))"#,
        "deny policy.column.aggregate[nick]"
      ),
      (
        #"accounts?$apply=filter(name eq '\"a\"')/filter(size eq 1)/filter(name eq '\"b\"')/aggregate($count as n)"#,
        #"accounts?$apply=filter(name eq '"a"')/filter(size eq 1)/filter(name eq '"b"')/aggregate($count as n)"#
      ),
      (
        #"accounts?$select=size&$filter=Microsoft.Dynamics.CRM.In(PropertyName='name',PropertyValues=['\"a\"','b'])"#,
        nil
      ),
    ] {
      let outcome = shopOutcome(query, policy)
      if let sent { #expect(outcome == sent) } else { #expect(!outcome.hasPrefix("deny"), "\(outcome)") }
    }
  }
}
