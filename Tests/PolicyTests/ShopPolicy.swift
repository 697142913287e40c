import Dataverse
import ODataURL

@testable import Policy

/// Accounts with orders, orders with lines, both ways; regions of accounts.
let shopSchema: Schema = {
  let account = Table(
    logicalName: "account", entitySetName: "accounts", primaryKey: "accountid", primaryName: "name", kind: .standard,
    columns: [
      Column("accountid", .uniqueIdentifier, displayName: "Account"), Column("name", .text, displayName: "Name"),
      Column("nick", .text, displayName: "Nick"), Column("size", .wholeNumber, displayName: "Size"),
      Column("since", .dateTime, displayName: "Since"), Column("country", .text, displayName: "Country"),
      Column("secret", .text, displayName: "Secret"),
      Column("regionid", .lookup(target: "region"), displayName: "Region"),
    ],
    navigations: [
      NavigationProperty("orders", target: "order", isCollection: true),
      NavigationProperty("hidden", target: "order", isCollection: true),
      NavigationProperty("regionid", target: "region", isCollection: false, lookup: "regionid"),
    ],
    alternateKeys: [AlternateKey("byname", columns: ["name"])])
  let order = Table(
    logicalName: "order", entitySetName: "orders", primaryKey: "orderid", primaryName: "title", kind: .standard,
    columns: [
      Column("orderid", .uniqueIdentifier, displayName: "Order"), Column("title", .text, displayName: "Title"),
      Column("amount", .money, displayName: "Amount"), Column("country", .text, displayName: "Country"),
      Column("accountid", .lookup(target: "account"), displayName: "Account"),
    ],
    navigations: [
      NavigationProperty("account", target: "account", isCollection: false, lookup: "accountid"),
      NavigationProperty("lines", target: "line", isCollection: true),
    ])
  let line = Table(
    logicalName: "line", entitySetName: "lines", primaryKey: "lineid", primaryName: "sku", kind: .standard,
    columns: [
      Column("lineid", .uniqueIdentifier, displayName: "Line"), Column("sku", .text, displayName: "SKU"),
      Column("country", .text, displayName: "Country"),
      Column("orderid", .lookup(target: "order"), displayName: "Order"),
    ],
    navigations: [NavigationProperty("order", target: "order", isCollection: false, lookup: "orderid")])
  let region = Table(
    logicalName: "region", entitySetName: "regions", primaryKey: "regionid", primaryName: "code", kind: .standard,
    columns: [
      Column("regionid", .uniqueIdentifier, displayName: "Region"), Column("code", .text, displayName: "Code"),
      Column("country", .text, displayName: "Country"),
    ],
    navigations: [NavigationProperty("accounts", target: "account", isCollection: true)])
  return Schema(tables: [account, order, line, region])
}()

/// What a test policy says of one table.
struct ShopTable {
  var table: String
  var select: [String] = []
  /// Column → words of the policy language.
  var filter: [String: [String]] = [:]
  var order: [String] = []
  var group: [String] = []
  var methods: [String: Set<AggregationMethod>] = [:]
  /// Name → what it may be followed for: `e`xpand, `f`ilter, and the most rows.
  var ways: [String: (uses: String, top: Int?)] = [:]
  /// The latest step of a path that a navigation property may be, by its name.
  var depths: [String: Int] = [:]
  var transformations: Set<TransformationKind> = [.filter, .groupby, .aggregate]
  var options = Set(QueryOption.allCases)
  var requires: [[String]] = []
  /// With `@caller_x` for `@caller.x`.
  var rowFilters: [String] = []
  var timeToLive = 60
  var help: RuleHelp?

  func rule() throws -> TableRule {
    let table = try shopTable(self.table)
    let columns = table.columns.compactMap { column -> ColumnRule? in
      let name = column.propertyName
      var rule = ColumnRule(column: column)
      rule.isSelectable = select.contains(name)
      rule.isOrderable = order.contains(name)
      rule.isGroupable = group.contains(name)
      rule.methods = methods[name] ?? []
      for word in filter[name] ?? [] {
        switch word {
        case "not": rule.allowsNot = true
        case "isNull": rule.allowsNull = true
        case "column": rule.allowsColumn = true
        default: if let operation = Condition.Operation(word: word) { rule.operations[operation] = LiteralShape.any }
        }
      }
      let isNamed =
        rule.isSelectable || rule.isOrderable || rule.isGroupable || !rule.methods.isEmpty || filter[name] != nil
      return isNamed ? rule : nil
    }
    var navigations: [String: NavigationRule] = [:]
    for (name, way) in ways {
      guard let navigation = table.navigation(name) else { continue }
      navigations[name] = NavigationRule(
        navigation, isExpandable: way.uses.contains("e"), isFilterable: way.uses.contains("f"), top: way.top,
        depth: depths[name])
    }
    return TableRule(
      table: table, timeToLive: timeToLive, options: options, columns: columns, navigations: navigations,
      transformations: transformations, requirements: requires.map { Requirement(columns: $0) },
      rowFilters: try rowFilters.map(rowFilter), help: help)
  }
}

private struct NoSuchTable: Error {}

private func shopTable(_ name: String) throws -> Table {
  guard let table = shopSchema.table(named: name) else { throw NoSuchTable() }
  return table
}

func rowFilter(_ text: String) throws -> RowFilter {
  var claims: Set<String> = []
  let expression = try Parser(settings: .dataverse).expression(text).replacing { _, node -> Expression? in
    guard case .alias(let name) = node, name.hasPrefix("caller_") else { return nil }
    claims.insert(String(name.dropFirst(7)))
    return Expression(.alias("caller." + name.dropFirst(7)))
  }
  return RowFilter(expression: expression, claims: claims)
}

/// A policy with one scope, `s`.
func shopPolicy(
  _ tables: [ShopTable] = shopTables, limits: PolicyLimits = PolicyLimits(), settings: [String: RuleSetting] = [:],
  missingSelect: MissingSelect = .inject, isReportOnly: Bool = false, annotations: Set<String> = ["T.F"]
) throws -> Policy {
  let rules = try tables.map { try $0.rule() }
  return Policy(
    name: "shop", version: "1", schema: shopSchema, limits: limits, annotations: annotations,
    missingSelect: missingSelect, settings: settings, tables: rules,
    scopes: [ScopeRule(name: "s", tables: rules, limits: limits, isReportOnly: isReportOnly)])
}

/// Much is allowed; `secret` and `country` are in no table, `hidden` in none of the ways.
let shopTables = [
  ShopTable(
    table: "account", select: ["name", "size", "nick"],
    filter: [
      "name": ["eq", "ne", "contains", "In", "not", "isNull", "column", "Today"], "nick": ["eq", "column"],
      "size": ["gt", "eq"], "since": ["Today", "gt"], "accountid": ["eq"],
    ],
    order: ["name", "_regionid_value"], group: ["name"], methods: ["size": [.sum, .max]],
    ways: ["orders": ("ef", 5), "regionid": ("ef", nil)], timeToLive: 100),
  ShopTable(
    table: "order", select: ["title", "amount"], filter: ["title": ["eq", "contains"], "amount": ["gt"]],
    order: ["amount"], group: ["title"], methods: ["amount": [.sum]],
    ways: ["account": ("ef", nil), "lines": ("ef", nil)], timeToLive: 50),
  ShopTable(table: "line", select: ["sku"], filter: ["sku": ["eq"]], ways: ["order": ("ef", nil)], timeToLive: 20),
  ShopTable(
    table: "region", select: ["code"], filter: ["code": ["eq"]], group: ["code"], ways: ["accounts": ("f", nil)],
    timeToLive: 30),
]

/// ``shopTables``, of each of which a caller sees the rows of one country.
func filteredTables(_ filter: String = "country eq @caller_country") -> [ShopTable] {
  shopTables.map { table in
    var table = table
    table.rowFilters = [filter]
    return table
  }
}

let swiss = ["country": "CH"]

/// What becomes of a query by a test policy, in one line.
func shopOutcome(
  _ query: String, _ policy: Policy, claims: [String: String] = [:], vouched: Bool = false
) -> String {
  let uri: RelativeURI
  do throws(SyntaxError) {
    uri = try Parser(settings: .dataverse).relativeURI(query)
  } catch {
    return "syntax \(error.code.rawValue)"
  }
  switch policy.judge(uri, request: JudgeRequest(scope: "s", claims: claims, pagingTokenVouched: vouched)) {
  case .allow(let obligations):
    let reports = obligations.findings.map { " {\($0.rule)}" }.joined()
    return decoded(obligations.query.printed()) + reports
  case .deny(let findings):
    return "deny " + findings.map { "\($0.rule)[\(text(of: $0.span, in: query))]" }.joined(separator: " ")
  }
}

func shopAllowed(
  _ query: String, _ policy: Policy, claims: [String: String] = [:], wantsAdvice: Bool = false
) throws -> Obligations? {
  try allowed(query, policy, JudgeRequest(scope: "s", annotations: ["T.F"], claims: claims, wantsAdvice: wantsAdvice))
}
