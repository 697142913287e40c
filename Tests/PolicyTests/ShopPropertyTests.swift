import TestSupport
import Dataverse
import ODataURL
import Testing

@testable import Policy

/// Random policies over the shop, as plain tables so that a narrower one is easy to make of each.
func makeTables(_ numbers: inout SeededGenerator) -> [ShopTable] {
  shopSchema.tables.map { table in
    var result = ShopTable(table: table.logicalName)
    for column in table.columns.map(\.propertyName) {
      if numbers.chance(60) { result.select.append(column) }
      if numbers.chance(70) {
        result.filter[column] = ["eq", "ne", "contains", "not", "isNull", "column"].filter { _ in numbers.chance(70) }
      }
      if numbers.chance(40) { result.order.append(column) }
      if numbers.chance(50) { result.group.append(column) }
      if numbers.chance(50) { result.methods[column] = [numbers.pick([.sum, .max])] }
    }
    for navigation in table.navigations {
      let uses = ["", "e", "f", "ef", "ef"]
      result.ways[navigation.name] = (numbers.pick(uses), numbers.pick([nil, 3]))
    }
    if numbers.chance(40) { result.rowFilters = ["country eq @caller_country"] }
    return result
  }
}

/// Takes things away, and adds row filters.
private func narrowed(_ tables: [ShopTable], _ numbers: inout SeededGenerator) -> [ShopTable] {
  tables.map { table in
    var table = table
    table.select.removeAll { _ in numbers.chance(20) }
    table.order.removeAll { _ in numbers.chance(20) }
    table.group.removeAll { _ in numbers.chance(20) }
    for (column, words) in table.filter.sorted(by: { $0.key < $1.key }) {
      table.filter[column] = numbers.chance(15) ? nil : words.filter { _ in !numbers.chance(15) }
    }
    for name in table.ways.keys.sorted() where numbers.chance(15) { table.ways[name]?.uses = "" }
    if numbers.chance(20) { table.options.remove(numbers.pick([.filter, .orderby, .apply, .expand, .top])) }
    if numbers.chance(20) { table.requires = [[numbers.pick(["name", "title", "code", "sku"])]] }
    if table.rowFilters.isEmpty, numbers.chance(30) { table.rowFilters = ["country eq 'XX'"] }
    return table
  }
}

/// Random queries over the shop; most name what some policy allows.
struct QueryMaker {
  var numbers: SeededGenerator

  mutating func query() -> String {
    let table = numbers.pick(shopSchema.tables)
    let set = table.entitySetName
    if numbers.chance(20) { return "\(set)?$apply=\(apply(table))" }
    if numbers.chance(10) { return "\(set)/$count?$filter=\(condition(table, "", 2))" }
    let options = options(table, depth: 0)
    return options.isEmpty ? set : "\(set)?\(options.joined(separator: "&"))"
  }

  private mutating func options(_ table: Table, depth: Int) -> [String] {
    var options: [String] = []
    if numbers.chance(50) {
      let columns = (0..<numbers.pick([1, 2])).map { _ in column(table) }
      options.append("$select=\(columns.joined(separator: ","))")
    }
    if numbers.chance(60) { options.append("$filter=\(condition(table, "", 2))") }
    if numbers.chance(15) { options.append("$orderby=\(column(table))") }
    if numbers.chance(10) { options.append("$top=\(numbers.pick([1, 3]))") }
    if depth < 2, numbers.chance(depth == 0 ? 50 : 20),
      let navigation = table.navigations.randomElement(using: &numbers)
    {
      let inner = shopSchema.table(named: navigation.target).map { self.options($0, depth: depth + 1) } ?? []
      options.append("$expand=\(navigation.name)\(inner.isEmpty ? "" : "(\(inner.joined(separator: ";")))")")
    }
    return options
  }

  private mutating func apply(_ table: Table) -> String {
    var parts: [String] = []
    if numbers.chance(50) { parts.append("filter(\(condition(table, "", 1)))") }
    let path = path(table, "").path
    let sum = "aggregate(\(column(table)) with \(numbers.pick(["sum", "max"])) as total)"
    parts.append(
      numbers.pick(["groupby((\(path)))", sum, "aggregate($count as n)", "groupby((\(column(table))),\(sum))"]))
    return parts.joined(separator: "/")
  }

  private mutating func column(_ table: Table) -> String { numbers.pick(table.columns).propertyName }

  /// A column of the rows or behind lookups.
  private mutating func path(_ table: Table, _ prefix: String) -> (path: String, column: Column) {
    let lookups = table.navigations.filter { !$0.isCollection }
    if numbers.chance(25), let way = lookups.randomElement(using: &numbers),
      let target = shopSchema.table(named: way.target)
    {
      return path(target, "\(prefix)\(way.name)/")
    }
    let column = numbers.pick(table.columns)
    return (prefix + column.propertyName, column)
  }

  private mutating func condition(_ table: Table, _ prefix: String, _ depth: Int) -> String {
    if depth > 0, numbers.chance(40) {
      return numbers.pick([
        "(\(condition(table, prefix, depth - 1)) and \(condition(table, prefix, depth - 1)))",
        "(\(condition(table, prefix, depth - 1)) or \(condition(table, prefix, depth - 1)))",
        "not (\(condition(table, prefix, depth - 1)))",
      ])
    }
    let collections = table.navigations.filter(\.isCollection)
    if depth > 0, numbers.chance(25), let way = collections.randomElement(using: &numbers),
      let target = shopSchema.table(named: way.target)
    {
      let variable = numbers.pick(["x", "row0"]) + String(depth)
      let inner = condition(target, "\(variable)/", depth - 1)
      return numbers.pick([
        "\(prefix)\(way.name)/any(\(variable):\(inner))", "\(prefix)\(way.name)/all(\(variable):\(inner))",
        "\(prefix)\(way.name)/any()",
      ])
    }
    let (path, column) = path(table, prefix)
    switch column.type {
    case .text:
      return numbers.pick(["\(path) eq 'v'", "\(path) ne 'v'", "contains(\(path),'v')", "\(path) eq null"])
    case .uniqueIdentifier, .lookup: return "\(path) eq 00000000-0000-0000-0000-000000000001"
    case .dateTime: return "\(path) ne 2020-01-01T00:00:00Z"
    default: return "\(path) \(numbers.pick(["eq", "ne"])) 3"
    }
  }
}

/// What a printed query reads, found by a recursive reading of its own, which shares no code with the judge.
private struct Auditor {
  let rules: [String: TableRule]
  var complaints: [String] = []

  private func rule(_ table: String) -> TableRule? { rules[table] }

  private mutating func complain(_ text: String) { complaints.append(text) }

  mutating func audit(_ query: RelativeURI) {
    guard case .name(let set, nil)? = query.path.first?.kind,
      let rule = rules.values.first(where: { $0.table.entitySetName == set })
    else { return complain("path") }
    if let apply = query.options.apply {
      var filters: [String] = []
      for transformation in apply.value {
        switch transformation.kind {
        case .filter(let condition):
          filters += condition.conjuncts(condition.root)
          self.condition(condition, condition.root, rule, variables: [:], injected: filters)
        case .groupby(let elements, let inner):
          for case .property(let path) in elements.map(\.kind) {
            use(path, rule, filters) { $0.isGroupable }
          }
          for case .aggregate(let items) in inner.map(\.kind) { aggregate(items, rule, filters) }
        case .aggregate(let items): aggregate(items, rule, filters)
        default: complain("transformation")
        }
      }
      for filter in injected(rule) where !filters.contains(filter) { complain("row filter of $apply") }
      return
    }
    level(query.options, rule, isCollection: true, isCount: query.path.count == 2)
  }

  private func injected(_ rule: TableRule, _ prefix: String = "") -> [String] {
    rule.rowFilters.map { $0.claims.isEmpty ? "\(prefix)country eq 'XX'" : "\(prefix)country eq 'CH'" }
  }

  private mutating func aggregate(_ items: [AggregateItem], _ rule: TableRule, _ filters: [String]) {
    for item in items {
      guard let operand = item.operand else { continue }
      let method: AggregationMethod = item.steps.method == .sum ? .sum : .max
      use(operand.names(operand.root), rule, filters) { $0.methods.contains(method) }
    }
  }

  private mutating func use(_ path: [String], _ rule: TableRule, _ filters: [String], _ flag: (ColumnRule) -> Bool) {
    var current = rule
    var prefix = ""
    for step in path.dropLast() {
      guard let way = current.navigations[step], way.isFilterable, !way.navigation.isCollection,
        let next = rules[way.navigation.target]
      else { return complain("way \(step)") }
      current = next
      prefix += "\(step)/"
      for filter in injected(next, prefix) where !filters.contains(filter) { complain("row filter \(filter)") }
    }
    guard let column = path.last.flatMap({ current.column($0) }), flag(column) else { return complain("\(path)") }
  }

  private mutating func level(_ options: QueryOptions, _ rule: TableRule, isCollection: Bool, isCount: Bool) {
    if !isCount {
      let names = options.select?.value.flatMap(\.path) ?? []
      if names.isEmpty { complain("no $select") }
      for name in names where rule.column(name)?.isSelectable != true { complain("select \(name)") }
    }
    for item in options.orderby?.value ?? [] {
      guard case .member(nil, let name) = item.expression[item.expression.root], rule.column(name)?.isOrderable == true
      else { return complain("order") }
    }
    if isCollection {
      let filter = options.filter?.value
      let parts = filter.map { $0.conjuncts($0.root) } ?? []
      for filter in injected(rule) where !parts.contains(filter) { complain("row filter of \(rule.table.logicalName)") }
      if let filter { condition(filter, filter.root, rule, variables: [:], injected: injected(rule)) }
    } else {
      if !rule.rowFilters.isEmpty { complain("a row of \(rule.table.logicalName)") }
      if options.filter != nil || options.top != nil { complain("options of a row") }
    }
    for item in options.expand?.value ?? [] {
      guard let way = rule.navigations[item.path[0]], way.isExpandable, let next = rules[way.navigation.target] else {
        return complain("expand \(item.path)")
      }
      if way.navigation.isCollection, (item.options.top?.value ?? .max) > Int64(way.top ?? 100) { complain("no $top") }
      level(item.options, next, isCollection: way.navigation.isCollection, isCount: false)
    }
  }

  /// - Parameter injected: texts of conditions that row filters put beside this one.
  private mutating func condition(
    _ tree: Expression, _ id: NodeID, _ rule: TableRule, variables: [String: TableRule], injected beside: [String]
  ) {
    switch tree[id] {
    case .binary(.and, _, _):
      let parts = tree.chain(.and, id)
      let texts = beside + parts.map { tree.text($0) }
      for part in parts { condition(tree, part, rule, variables: variables, injected: texts) }
    case .binary(.or, let left, let right):
      // `all(v: not RF or B)`: B is looked at only where RF holds.
      var texts = beside
      if case .not(let filter) = tree[left] { texts += tree.chain(.and, filter).map { tree.text($0) } }
      condition(tree, left, rule, variables: variables, injected: texts)
      condition(tree, right, rule, variables: variables, injected: texts)
    case .not(let operand): condition(tree, operand, rule, variables: variables, injected: beside)
    case .binary(let op, let left, _): column(tree, left, op.rawValue, rule, variables, beside)
    case .call(let name, let arguments): column(tree, arguments[0], name, rule, variables, beside)
    case .lambda(let base, let op, let variable, let body):
      let (end, _) = walk(tree, base, rule, variables, beside)
      guard let end else { return complain("lambda") }
      guard let body, let variable else {
        if !end.rowFilters.isEmpty { complain("any() without a row filter") }
        return
      }
      var inner = variables
      inner[variable] = end
      let filters = injected(end, "\(variable)/")
      let parts: [String]
      if op == .any {
        parts = tree.chain(.and, body).map { tree.text($0) }
      } else if case .binary(.or, let left, _) = tree[body], case .not(let filter) = tree[left] {
        parts = tree.chain(.and, filter).map { tree.text($0) }
      } else {
        parts = []
      }
      for filter in filters where !parts.contains(filter) { complain("row filter \(filter) in \(op)") }
      condition(tree, body, rule, variables: inner, injected: filters)
    default: complain("condition \(tree.text(id))")
    }
  }

  private mutating func column(
    _ tree: Expression, _ id: NodeID, _ operation: String, _ rule: TableRule, _ variables: [String: TableRule],
    _ beside: [String]
  ) {
    guard case .member(let base, let name) = tree[id] else { return complain("no column") }
    let (end, _) = base.map { walk(tree, $0, rule, variables, beside) } ?? (rule, "")
    guard let end else { return complain("way of \(tree.text(id))") }
    // Of the row filter itself.
    if name == "country", !end.rowFilters.isEmpty { return }
    guard let column = end.column(name), let word = Condition.Operation(word: operation),
      column.operations[word] != nil
    else { return complain("filter \(name) \(operation)") }
  }

  /// Where a path leads; complains of steps that may not be made, or without the row filter of their table.
  private mutating func walk(
    _ tree: Expression, _ id: NodeID, _ rule: TableRule, _ variables: [String: TableRule], _ beside: [String]
  ) -> (TableRule?, String) {
    switch tree[id] {
    case .variable(let name): return (variables[name], "\(name)/")
    case .member(let base, let name):
      let (source, prefix) = base.map { walk(tree, $0, rule, variables, beside) } ?? (rule, "")
      guard let way = source?.navigations[name], way.isFilterable, let next = rules[way.navigation.target] else {
        return (nil, "")
      }
      let path = "\(prefix)\(name)/"
      if !way.navigation.isCollection {
        for filter in injected(next, path) where !beside.contains(filter) { complain("\(filter) is missing") }
      }
      return (next, path)
    default: return (nil, "")
    }
  }
}

extension Expression {
  fileprivate func chain(_ op: BinaryOperator, _ id: NodeID) -> [NodeID] {
    if case .binary(op, let left, let right) = self[id] { return chain(op, left) + chain(op, right) }
    return [id]
  }

  fileprivate func conjuncts(_ id: NodeID) -> [String] { chain(.and, id).map { text($0) } }

  fileprivate func text(_ id: NodeID) -> String {
    var part = self
    part.root = id
    return part.printed()
  }

  fileprivate func names(_ id: NodeID) -> [String] {
    guard case .member(let base, let name) = self[id] else { return [] }
    return (base.map { names($0) } ?? []) + [name]
  }
}

@Suite struct ShopPropertyTests {
  private static let limits: PolicyLimits = {
    var limits = PolicyLimits()
    limits.expandDepth = 3
    limits.pathDepth = 15
    return limits
  }()

  @Test(arguments: 1...16)
  func everythingSentIsAllowedAndFiltered(_ seed: Int) throws {
    var numbers = SeededGenerator(seed: UInt64(seed))
    let tables = makeTables(&numbers)
    let narrower = narrowed(tables, &numbers)
    let policy = try shopPolicy(tables, limits: ShopPropertyTests.limits)
    let narrow = try shopPolicy(narrower, limits: ShopPropertyTests.limits)
    let rules = Dictionary(uniqueKeysWithValues: policy.tables.map { ($0.table.logicalName, $0) })
    let narrowRules = Dictionary(uniqueKeysWithValues: narrow.tables.map { ($0.table.logicalName, $0) })
    let open = try opened(tables)
    let request = JudgeRequest(scope: "s", claims: ["country": "CH"])
    var maker = QueryMaker(numbers: numbers)
    var passed = 0
    for _ in 0..<120 {
      let text = maker.query()
      let query = try Parser(settings: .dataverse).relativeURI(text)
      let verdict = policy.judge(query, request: request)
      // Read back, the query is judged alike.
      let again = policy.judge(try Parser(settings: .dataverse).relativeURI(query.printed()), request: request)
      #expect(outcome(verdict) == outcome(again), "\(text)")
      if case .allow(let obligations) = narrow.judge(query, request: request) {
        guard case .allow = verdict else {
          Issue.record("\(text) is allowed by the narrower policy alone")
          continue
        }
        try check(obligations, narrowRules, text)
      }
      guard case .allow(let obligations) = verdict else { continue }
      passed += 1
      try check(obligations, rules, text)
      try checkIdempotence(obligations, open, text)
    }
    #expect(passed > 0)
  }

  private func check(_ obligations: Obligations, _ rules: [String: TableRule], _ text: String) throws {
    let sent = try Parser(settings: .strict).relativeURI(obligations.query.printed())
    #expect(sent == obligations.query, "\(text)")
    var auditor = Auditor(rules: rules)
    auditor.audit(sent)
    #expect(auditor.complaints.isEmpty, "\(text) → \(decoded(sent.printed())): \(auditor.complaints)")
  }

  /// A policy without the row filters, whose columns may be compared.
  private func opened(_ tables: [ShopTable]) throws -> Policy {
    var open = tables
    for index in open.indices {
      open[index].rowFilters = []
      open[index].filter["country", default: []] += ["eq", "not"]
    }
    return try shopPolicy(open, limits: ShopPropertyTests.limits)
  }

  /// What is sent passes again by such a policy, and is sent as it is.
  private func checkIdempotence(_ obligations: Obligations, _ open: Policy, _ text: String) throws {
    let sent = try Parser(settings: .strict).relativeURI(obligations.query.printed())
    guard case .allow(let again) = open.judge(sent, request: JudgeRequest(scope: "s")) else {
      Issue.record("\(decoded(sent.printed())) is denied")
      return
    }
    #expect(again.query == sent && again.members == obligations.members, "\(text)")
  }

  private func outcome(_ verdict: Verdict) -> String {
    switch verdict {
    case .allow(let obligations): obligations.query.printed()
    case .deny(let findings): findings.map { "\($0.rule) \($0.message)" }.sorted().joined(separator: "\n")
    }
  }

  /// The bound on the length holds for whatever passes.
  @Test func noQueryIsLongerThanItsBound() throws {
    var maker = QueryMaker(numbers: SeededGenerator(seed: 77))
    for _ in 0..<2000 {
      let query = try Parser(settings: .dataverse).relativeURI(maker.query())
      let bounds = [false, true].compactMap { PrintedSize.most(query, isClose: $0) }
      #expect(bounds.allSatisfy { query.printed().utf8.count <= $0 } && bounds.sorted(by: >) == bounds)
    }
    for text in ["é'\"\\\u{1}%&", String(repeating: "\u{10FFFF}", count: 40), "''''", ""] {
      var filter = Expression(.literal(.string(text)))
      let column = filter.append(.literal(.string("name")))
      let list = filter.append(.array([filter.root, filter.root]))
      filter.root = filter.append(
        .function(
          base: nil, name: "Microsoft.Dynamics.CRM.In",
          parameters: [
            NamedParameter(name: "PropertyName", value: column), NamedParameter(name: "PropertyValues", value: list),
          ]))
      var query = RelativeURI(path: [PathSegment(.name("accounts", keys: .single(Expression(.literal(.string(text))))))]
      )
      query.options.filter = Spanned(filter)
      query.options.skiptoken = Spanned(text)
      let length = query.printed().utf8.count
      #expect(length <= PrintedSize.most(query, isClose: false) ?? 0)
      #expect(length <= PrintedSize.most(query, isClose: true) ?? 0)
      #expect(PrintedSize.isSurely(query, within: 1 << 20) && !PrintedSize.isSurely(query, within: length - 1))
    }
  }
}
