import Dataverse
import ODataURL
import Testing

@testable import Policy

/// Nobody learns from a refusal what there is besides what the policy names: a hidden name and one that does not exist
/// get the same findings, but for the name itself.
@Suite struct ExistenceTests {
  /// Everything of the shop may be used in every way, but for what `hides` takes out.
  private static func policy(_ hides: (inout ShopTable) -> Bool) throws -> Policy {
    var tables: [ShopTable] = []
    for table in shopSchema.tables {
      let names = table.columns.map(\.propertyName)
      var shop = ShopTable(
        table: table.logicalName, select: names,
        filter: Dictionary(
          uniqueKeysWithValues: names.map {
            ($0, ["eq", "ne", "gt", "contains", "startswith", "In", "Today", "not", "isNull", "column"])
          }),
        order: names, group: names, methods: Dictionary(uniqueKeysWithValues: names.map { ($0, [.sum, .max]) }),
        ways: Dictionary(uniqueKeysWithValues: table.navigations.map { ($0.name, ("ef", 5)) }))
      if hides(&shop) { tables.append(shop) }
    }
    var limits = PolicyLimits()
    limits.expandDepth = 2
    return try shopPolicy(tables, limits: limits)
  }

  /// A name of the same length and form that nothing has.
  private static func missing(_ name: String) -> String {
    let isLookup = name.hasPrefix("_") && name.hasSuffix("_value")
    let bare = isLookup ? String(name.dropFirst().dropLast(6)) : name
    let other = String(bare.indices.map { bare.distance(from: bare.startIndex, to: $0).isMultiple(of: 2) ? "z" : "q" })
    return isLookup ? "_\(other)_value" : other
  }

  /// Advice to linters included; `nil` for what cannot be read.
  private static func findings(_ query: String, _ policy: Policy) -> [Finding]? {
    let uri: RelativeURI
    do throws(SyntaxError) {
      uri = try Parser(settings: .dataverse).relativeURI(query)
    } catch {
      return nil
    }
    let request = JudgeRequest(
      scope: "s", preferPageSize: 7, annotations: ["*", "T.F"], claims: swiss, wantsAdvice: true)
    guard case .deny(let findings) = policy.judge(uri, request: request) else { return [] }
    return findings
  }

  /// Judges each template with the hidden name and with a missing one in the place of `X`.
  private static func compare(_ templates: [String], _ name: String, _ policy: Policy) throws -> Int {
    let other = missing(name)
    var compared = 0
    // A template that has the name itself would have two of them.
    for template in templates where !template.contains(name) {
      func told(_ name: String) -> [Finding]? {
        findings(template.replacing("X", with: name), policy)?.map {
          var finding = $0
          finding.message = finding.message.replacing("`\(name)`", with: "`X`")
          return finding
        }
      }
      guard let hidden = told(name) else { continue }
      #expect(!hidden.isEmpty, "\(template) with \(name) passes")
      #expect(told(other) == hidden, "\(template) with \(name)")
      compared += 1
    }
    return compared
  }

  private static let key = "00000000-0000-0000-0000-000000000001"
  private static let values = ["'a'", "1", "null", "2020-01-01", key, "title", "@p"]

  /// Conditions on a column at the end of a path, such as `X`, `nav/X` or `v/X`.
  private static func conditions(_ path: String) -> [String] {
    values.flatMap { ["\(path) eq \($0)", "\($0) gt \(path)"] } + [
      "contains(\(path),'a')", "startswith(\(path),'%25a')", "endswith(\(path),'a%25')", "contains(\(path),1)",
      "\(path)",
      "not \(path)", "\(path) eq X", "\(path) in ('a')", "length(\(path)) eq 1", "\(path) add 1 eq 2", "\(path)/any()",
      "\(path)/title eq 'a'", "\(path)/$count gt 1", "not contains(\(path),'a') or \(path) ne 'b'",
    ]
  }

  @Test(arguments: shopSchema.tables.flatMap { table in table.columns.map { (table.logicalName, $0.propertyName) } })
  func columns(_ tableName: String, _ name: String) throws {
    let table = try #require(shopSchema.table(named: tableName))
    let policy = try Self.policy { shop in
      guard shop.table == tableName else { return true }
      shop.select.removeAll { $0 == name }
      shop.filter[name] = nil
      shop.order.removeAll { $0 == name }
      shop.group.removeAll { $0 == name }
      shop.methods[name] = nil
      return true
    }
    let set = table.entitySetName
    var filters = Self.conditions("X")
    for function in ["In", "Today", "Between", "OnOrAfter", "ContainValues", "EqualUserId", "NoSuch"] {
      filters.append("Microsoft.Dynamics.CRM.\(function)(PropertyName='X',PropertyValues=['a'])")
      filters.append("Microsoft.Dynamics.CRM.\(function)(PropertyName='X',PropertyValue='a')")
      filters.append("Microsoft.Dynamics.CRM.\(function)(PropertyName='X')")
      filters.append("not Microsoft.Dynamics.CRM.\(function)(PropertyName='X')")
    }
    var templates = filters.map { "\(set)?$filter=\($0)" } + filters.map { "\(set)/$count?$filter=\($0)" }
    templates += filters.map { "\(set)?$apply=filter(\($0))/aggregate($count as n)" }
    for value in Self.values {
      templates += ["\(set)(X=\(value))", "\(set)(X=\(value),X=1)", "\(set)?$filter=X eq @a&@a=\(value)"]
    }
    templates += [
      "\(set)(X='a/b')", "\(set)?$select=X", "\(set)?$select=X,X", "\(set)?$select=X/title", "\(set)?$orderby=X",
      "\(set)?$orderby=X desc,X", "\(set)?$orderby=length(X)", "\(set)?$orderby=@a&@a=X", "\(set)?$filter=@a eq 1&@a=X",
      "\(set)?$expand=X", "\(set)?$expand=X($select=name)", "\(set)?$expand=X/$ref", "\(set)/X",
      "\(set)(\(Self.key))/X",
      "\(set)(\(Self.key))/X/$value", "\(set)(\(Self.key))/X/$ref", "\(set)?$compute=X as y",
      "\(set)?$search=X", "\(set)?$apply=groupby((X))", "\(set)?$apply=groupby((X),aggregate($count as n))",
      "\(set)?$apply=aggregate(X with sum as s)", "\(set)?$apply=aggregate(X with max as X)",
      "\(set)?$apply=aggregate(X with average as s)", "\(set)?$apply=aggregate(X with countdistinct as s)",
      "\(set)?$apply=aggregate(X)", "\(set)?$apply=compute(X as y)", "\(set)?$apply=groupby((rollup(X)))",
      "\(set)?$apply=groupby((X))/filter(X eq 1)", "\(set)?$orderby=X&$apply=groupby((X))",
    ]
    // Through every way to the table.
    for source in shopSchema.tables {
      for way in source.navigations where way.target == tableName {
        let start = "\(source.entitySetName)?$"
        if way.isCollection {
          templates += Self.conditions("v/X").map { "\(start)filter=\(way.name)/any(v:\($0))" }
          templates += Self.conditions("X").map { "\(start)filter=\(way.name)/all(v:\($0))" }
        } else {
          templates += Self.conditions("\(way.name)/X").map { "\(start)filter=\($0)" }
          templates += [
            "\(start)apply=groupby((\(way.name)/X))", "\(start)apply=aggregate(\(way.name)/X with max as m)",
          ]
        }
        templates += Self.conditions("X").map { "\(start)expand=\(way.name)($filter=\($0))" }
        templates += [
          "\(start)expand=\(way.name)($select=X)", "\(start)expand=\(way.name)($orderby=X)",
          "\(start)expand=\(way.name)($expand=X)", "\(start)orderby=\(way.name)/X", "\(start)select=\(way.name)/X",
        ]
      }
    }
    // The key in brackets is the primary key, whose name stands nowhere.
    let isKey = name == table.primaryKey
    #expect(try Self.compare(templates.filter { !isKey || !$0.contains(Self.key) }, name, policy) > 100)
  }

  /// Through `X`, a navigation property of accounts, alone and below other levels.
  private static let ways: [String] = {
    let conditions = [
      "X/any()", "X/all(v:v/title eq 'a')", "X/any(v:v/title eq 1)", "X/any(v:v/amount gt 'a')", "X/title eq 'a'",
      "X/title eq 1", "X/account/name eq 'a'", "X/any(v:v/account/name eq 1)", "X/any(v:v/lines/any(l:l/sku eq 1))",
      "X/any(v:v/zz eq 1)", "X eq null", "X ne 'a'", "X", "not X", "X/$count gt 1", "contains(X/title,'a')",
      "startswith(X/title,'%25a')", "contains(X,'a')", "X/Some.Type/title eq 'a'", "X/any(v:v/title eq name)",
      "X/title eq X/title", "X/code eq 'a'", "X/accounts/any(a:a/name eq 'b')", "X/accounts/any(a:a/X/any())",
      "Microsoft.Dynamics.CRM.In(PropertyName='X/title',PropertyValues=['a'])", "X/title in ('a')", "X/X/any()",
      "name eq X", "X/any(v:v/title eq 'a' or v/X eq 1)", "X/any(v:contains(title,'a'))", "not X/any(v:v/amount gt 1)",
    ]
    var templates: [String] = []
    for condition in conditions {
      templates += [
        "accounts?$filter=\(condition)", "accounts/$count?$filter=\(condition)",
        "accounts?$filter=name eq 'a' and \(condition)",
        "orders?$expand=account($filter=\(condition))", "accounts?$apply=filter(\(condition))/groupby((name))",
        "accounts?$filter=orders/any(o:\(condition.replacing("X/", with: "o/account/X/")))",
        "orders?$filter=\(condition.replacing("X/", with: "account/X/"))",
      ]
    }
    let items = [
      "X", "X($select=title)", "X($select=zz)", "X($top=1)", "X($top=9999)", "X($top=1;$expand=lines)",
      "X($expand=lines)",
      "X($filter=title eq 1)", "X($filter=amount gt 1)", "X($orderby=amount)", "X($count=true)", "X($expand=X)",
      "X/$ref",
      "X/$count", "X,X", "X($skip=1)", "X($select=title;$filter=title eq 'a';$orderby=title;$top=2)", "X/Some.Type",
    ]
    for item in items {
      templates += [
        "accounts?$expand=\(item)", "orders?$expand=account($expand=\(item))", "accounts?$expand=orders,\(item)",
      ]
    }
    let row = "accounts(\(key))"
    templates += [
      "accounts?$select=X", "accounts?$orderby=X", "accounts?$orderby=X/title", "accounts?$apply=groupby((X/title))",
      "accounts?$apply=aggregate(X/amount with sum as s)", "accounts?$apply=groupby((X))", "accounts(X=1)", "\(row)/X",
      "\(row)/X?$select=title", "\(row)/X?$filter=title eq 1", "\(row)/X/$ref", "\(row)/X/$count", "accounts/X",
      "\(row)/X(1)",
      "\(row)?$expand=X", "\(row)/X/lines", "\(row)/X/$value",
      "accounts?$apply=filter(X/any())/aggregate(X with sum as s)",
    ]
    return templates
  }()

  @Test(arguments: ["orders", "hidden", "regionid"])
  func navigations(_ name: String) throws {
    let policy = try Self.policy { shop in
      if shop.table == "account" {
        shop.ways[name] = nil
        // The lookup shares the name.
        shop.select.removeAll { $0 == "_regionid_value" }
      }
      return true
    }
    #expect(try Self.compare(Self.ways, name, policy) > 100)
  }

  /// A way to a table that the scope does not have is as little there as the table.
  @Test func waysToHiddenTables() throws {
    let policy = try Self.policy { $0.table != "region" }
    #expect(try Self.compare(Self.ways, "regionid", policy) > 200)
  }

  @Test(arguments: ["account", "order", "line", "region"])
  func tables(_ name: String) throws {
    let set = try #require(shopSchema.table(named: name)).entitySetName
    let policy = try Self.policy { $0.table != name }
    let key = Self.key
    let templates = [
      "X", "X?$select=name", "X?$select=zz", "X?$filter=title eq 1", "X?$filter=orders/any()", "X?$top=100000",
      "X(\(key))",
      "X('a')", "X(name='a/b')", "X(name=1)", "X/$count", "X/$ref", "X/$value", "X(\(key))/name", "X(\(key))/orders",
      "X()",
      "X?$expand=orders($expand=lines)", "X?$apply=groupby((since))", "X?$orderby=name", "X/Some.Type",
      "X(\(key))/Some.Fn()",
      "X?$skip=1", "X?$filter=startswith(name,'%25a')", "X?$filter=size gt 'a'", "X?$filter=zz eq @a",
      "X?fetchXml=<fetch/>",
    ]
    #expect(try Self.compare(templates, set, policy) > 20)
  }

  /// What only reports passes, so that which columns there are is no secret; tables and ways are, all the same.
  @Test func reportsHideWays() throws {
    let policy = try shopPolicy(isReportOnly: true)
    #expect(shopOutcome("accounts?$select=secret", policy) == "accounts?$select=secret {policy.column.select}")
    #expect(try Self.compare(Self.ways.filter { !$0.contains("regionid") }, "hidden", policy) > 200)
  }

  @Test func knownSchemaHasNothingElse() throws {
    let policy = try shopPolicy()
    let schema = try #require(policy.knownSchema(scope: "s"))
    let account = try #require(schema.table(named: "account"))
    #expect(account.columns.map(\.propertyName) == ["accountid", "name", "nick", "size", "since", "_regionid_value"])
    #expect(account.navigations.map(\.name) == ["orders", "regionid"])
    #expect(policy.knownSchema(scope: "t") == nil)
  }
}
