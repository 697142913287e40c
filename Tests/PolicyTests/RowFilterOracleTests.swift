import Dataverse
import ODataURL
import Policy
import TestSupport
import Testing

/// How conditions on null come out: in both ways nothing may be learnt.
enum NullManner: CaseIterable {
  /// Neither true nor false, as in SQL.
  case unknown
  /// `ne` holds, all else does not.
  case unequal
}

/// Rows of the shop, some with nulls.
private struct Shop {
  enum Cell: Hashable {
    case null
    case text(String)
    case number(Int64)
    case id(UInt64)
    case time
  }

  struct Row {
    var table: String
    var id: UInt64
    var cells: [String: Cell]
  }

  var rows: [Row] = []

  init(_ numbers: inout SeededGenerator) {
    for table in shopSchema.tables {
      for id in 1...5 {
        rows.append(
          Row(table: table.logicalName, id: UInt64(id), cells: Shop.cells(table, UInt64(id), &numbers)))
      }
    }
  }

  private static func cells(_ table: Table, _ id: UInt64, _ numbers: inout SeededGenerator) -> [String: Cell] {
    var cells: [String: Cell] = [:]
    for column in table.columns {
      let name = column.propertyName
      cells[name] =
        if name == table.primaryKey {
          .id(id)
        } else {
          switch column.type {
          case .text:
            numbers.pick(name == "country" ? [.null, .text("CH"), .text("XX")] : [.null, .text("v"), .text("w")])
          case .lookup, .uniqueIdentifier: numbers.pick([.null, .id(1), .id(2), .id(3), .id(4)])
          case .dateTime: numbers.pick([.null, .time])
          default: numbers.pick([.null, .number(3), .number(4)])
          }
        }
    }
    return cells
  }

  /// The same but for rows that are hidden, of which everything may change but that they are.
  func changingHidden(_ isHidden: (Row) -> Bool, _ numbers: inout SeededGenerator) -> Shop {
    var copy = self
    for (index, row) in rows.enumerated() where isHidden(row) {
      guard let table = shopSchema.table(named: row.table) else { continue }
      for _ in 0..<20 {
        let changed = Row(table: row.table, id: row.id, cells: Shop.cells(table, row.id, &numbers))
        guard isHidden(changed) else { continue }
        copy.rows[index] = changed
        break
      }
    }
    return copy
  }

  /// The rows behind a navigation property.
  func rows(behind name: String, of row: Row) -> [Row] {
    guard let way = shopSchema.table(named: row.table)?.navigation(name) else { return [] }
    if let lookup = way.lookup {
      guard case .id(let id)? = row.cells["_\(lookup)_value"] else { return [] }
      return rows.filter { $0.table == way.target && $0.id == id }
    }
    let column =
      ["account": "_accountid_value", "order": "_orderid_value", "region": "_regionid_value"][row.table] ?? ""
    return rows.filter { $0.table == way.target && $0.cells[column] == .id(row.id) }
  }
}

/// Answers queries as a service would that knows nothing of policies.
private struct Service {
  let shop: Shop
  let manner: NullManner

  func answer(_ query: RelativeURI) -> [String] {
    guard case .name(let set, _)? = query.path.first?.kind, let table = shopSchema.table(entitySet: set) else {
      return ["?"]
    }
    let rows = shop.rows.filter { $0.table == table.logicalName }
    if let apply = query.options.apply { return computed(apply.value, rows) }
    let found = rows.filter { holds(query.options.filter?.value, $0) }
    return query.path.count == 2 ? ["\(found.count)"] : found.map { text($0, query.options) }
  }

  private func text(_ row: Shop.Row, _ options: QueryOptions) -> String {
    let columns = (options.select?.value.flatMap(\.path) ?? []).map { "\($0)=\(row.cells[$0] ?? .null)" }
    let expanded = (options.expand?.value ?? []).map { item in
      let rows = shop.rows(behind: item.path[0], of: row).filter { holds(item.options.filter?.value, $0) }
      return "\(item.path[0]):\(rows.map { text($0, item.options) })"
    }
    return (["\(row.id)"] + columns + expanded).joined(separator: " ")
  }

  private func computed(_ transformations: [Transformation], _ rows: [Shop.Row]) -> [String] {
    var rows = rows
    for transformation in transformations {
      switch transformation.kind {
      case .filter(let condition): rows = rows.filter { holds(condition, $0) }
      case .groupby(let elements, let inner):
        return rows.map { row in
          let groups = elements.map { element -> String in
            guard case .property(let path) = element.kind else { return "?" }
            let end = path.dropLast().reduce([row]) { rows, name in rows.flatMap { shop.rows(behind: name, of: $0) } }
            return end.map { "\($0.cells[path.last ?? ""] ?? .null)" }.joined()
          }
          return "\(groups) \(computed(inner, [row]))"
        }.sorted()
      case .aggregate(let items):
        return items.flatMap { item in
          rows.map { row in
            guard let operand = item.operand else { return "1" }
            return "\(cell(operand, operand.root, row, [:]))"
          }
        }.sorted()
      default: return ["?"]
      }
    }
    return rows.map { "\($0.id)" }
  }

  func holds(_ condition: Expression?, _ row: Shop.Row) -> Bool {
    guard let condition else { return true }
    return outcome(condition, condition.root, row, [:]) == true
  }

  /// `nil` for neither true nor false.
  private func outcome(_ tree: Expression, _ id: NodeID, _ row: Shop.Row, _ variables: [String: Shop.Row?]) -> Bool? {
    switch tree[id] {
    case .binary(.and, let left, let right):
      let sides = [outcome(tree, left, row, variables), outcome(tree, right, row, variables)]
      return sides.contains(false) ? false : sides.contains(nil) ? nil : true
    case .binary(.or, let left, let right):
      let sides = [outcome(tree, left, row, variables), outcome(tree, right, row, variables)]
      return sides.contains(true) ? true : sides.contains(nil) ? nil : false
    case .not(let operand): return outcome(tree, operand, row, variables).map { !$0 }
    case .binary(let op, let left, let right):
      return compare(op, cell(tree, left, row, variables), cell(tree, right, row, variables), tree, right)
    case .call(_, let arguments):
      let cell = cell(tree, arguments[0], row, variables)
      guard case .text(let text) = cell, case .literal(.string(let part)) = tree[arguments[1]] else {
        return manner == .unknown ? nil : false
      }
      return text.contains(part)
    case .lambda(let base, let op, let variable, let body):
      guard case .member(let start, let name) = tree[base] else { return nil }
      let from = start.map { self.row(tree, $0, row, variables) } ?? row
      let rows = from.map { shop.rows(behind: name, of: $0) } ?? []
      guard let body, let variable else { return !rows.isEmpty }
      let outcomes = rows.map { outcome(tree, body, row, variables.merging([variable: $0]) { $1 }) }
      // All: there is none of which the opposite holds.
      return op == .any ? outcomes.contains(true) : !outcomes.contains(false)
    default: return nil
    }
  }

  private func compare(
    _ op: BinaryOperator, _ left: Shop.Cell, _ right: Shop.Cell, _ tree: Expression, _ id: NodeID
  ) -> Bool? {
    if case .literal(.null) = tree[id] { return op == .eq ? left == .null : left != .null }
    if left == .null || right == .null { return manner == .unknown ? nil : op == .ne }
    return op == .eq ? left == right : op == .ne ? left != right : "\(left)" > "\(right)"
  }

  private func cell(_ tree: Expression, _ id: NodeID, _ row: Shop.Row, _ variables: [String: Shop.Row?]) -> Shop.Cell {
    switch tree[id] {
    case .literal(.string(let text)): return .text(text)
    case .literal(.integer(let number)): return .number(number)
    case .literal(.guid(let guid)): return .id(guid.low)
    case .literal(.dateTimeOffset): return .time
    case .member(let base, let name):
      let source = base.map { self.row(tree, $0, row, variables) } ?? row
      return source?.cells[name] ?? .null
    default: return .null
    }
  }

  private func row(
    _ tree: Expression, _ id: NodeID, _ row: Shop.Row, _ variables: [String: Shop.Row?]
  ) -> Shop.Row? {
    switch tree[id] {
    case .variable(let name): variables[name] ?? nil
    case .member(let base, let name):
      (base.map { self.row(tree, $0, row, variables) } ?? row).flatMap { shop.rows(behind: name, of: $0).first }
    default: nil
    }
  }
}

@Suite struct RowFilterOracleTests {
  private static let filters = [
    "country eq 'CH'", "country ne 'XX'", "country eq 'CH' or country eq null", "not (country eq 'XX')",
  ]

  /// Whatever stands in rows that are hidden, and in the columns of their row filters: the answer is the same.
  @Test(arguments: 1...12, NullManner.allCases)
  func hiddenRowsDecideNothing(_ seed: Int, _ manner: NullManner) throws {
    var numbers = SeededGenerator(seed: UInt64(seed))
    var tables = makeTables(&numbers)
    for index in tables.indices {
      tables[index].rowFilters = numbers.chance(70) ? [numbers.pick(RowFilterOracleTests.filters)] : []
      for name in tables[index].ways.keys { tables[index].ways[name]?.uses = "ef" }
      for name in tables[index].filter.keys { tables[index].filter[name]?.append("not") }
    }
    var limits = PolicyLimits()
    limits.pathDepth = 15
    let policy = try shopPolicy(tables, limits: limits)
    let visible = Dictionary(
      uniqueKeysWithValues: policy.tables.map { ($0.table.logicalName, $0.rowFilters.first?.expression) })
    var maker = QueryMaker(numbers: numbers)
    var passed = 0
    for _ in 0..<250 {
      let text = maker.query()
      let query = try Parser(settings: .dataverse).relativeURI(text)
      guard case .allow(let obligations) = policy.judge(query, request: JudgeRequest(scope: "s")) else { continue }
      passed += 1
      for _ in 0..<4 {
        let shop = Shop(&numbers)
        let rules = Service(shop: shop, manner: manner)
        let other = shop.changingHidden({ !rules.holds(visible[$0.table] ?? nil, $0) }, &numbers)
        let answers = [shop, other].map { Service(shop: $0, manner: manner).answer(obligations.query) }
        #expect(answers[0] == answers[1], "\(text) → \(decoded(obligations.query.printed()))")
      }
    }
    #expect(passed > 20)
  }
}
