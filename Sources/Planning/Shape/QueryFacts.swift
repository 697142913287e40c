import CustomerInsights
import Dataverse
import ODataURL
import Policy

/// What a decision log tells of a query beside its verdict.
package struct QueryFacts: Sendable {
  package var shape: QueryShape
  /// What the policy did to the query before it was sent: `select`, `top`, `pageSize`, `rowFilter msdynci_…`; for
  /// an expanded level with the way to it: `select primarycontactid`. Empty for a query that was refused.
  package var obligations: [String]
  /// Logical names of all tables that are read or that conditions go through, in all reads that the request takes; the
  /// table of the rows first, the others by name. Empty for a query that was refused.
  package var tables: [String]
  /// Whether the rules of all of ``tables`` let literals be told as keyed hashes; never of a query that was refused.
  package var hashesLiterals: Bool
}

extension QueryPlanner {
  /// Reads a target anew, which is why nobody pays for this who keeps no decision log.
  /// - Parameter plan: what became of it, unless it was refused.
  /// - Returns: `nil` when the target is routed to no query or cannot be read.
  package func facts(of target: String, plan: Plan?, scope: PlanScope) -> QueryFacts? {
    let bytes = Array(target.utf8)
    let read: (query: RelativeURI, dialect: Dialect)? = bytes.withUnsafeBufferPointer { buffer in
      do throws(SyntaxError) {
        switch Route.match(buffer, versions: versions) {
        case .refused, .operation: return nil
        case .dataverse(let offset):
          let relative = UnsafeBufferPointer(rebasing: buffer[offset...])
          return (try dataverseParser.relativeURI(relative, offset: offset), .dataverse)
        case .legacy(let route): return (try route.parsed(in: buffer, by: legacyParser), .legacy)
        }
      } catch {
        return nil
      }
    }
    guard let read else { return nil }
    var obligations: [String] = []
    var tables: [String] = []
    var hashesLiterals = false
    if let plan {
      AppliedObligations.list(client: read.query.options, sent: plan.query.options, way: "", into: &obligations)
      if plan.obligations.pageSize != nil { obligations.append("pageSize") }
      if let scope = policy.scope(scope.policy) {
        let touched = TouchedTables(scope: scope)
        var all: Set<String> = []
        for read in [plan.obligations] + plan.furtherObligations {
          guard let table = scope.table(named: read.table) else { continue }
          all.formUnion(touched.names(read: read.query, of: table))
        }
        obligations += all.filter { scope.table(named: $0)?.rowFilters.isEmpty == false }.sorted()
          .map { "rowFilter \($0)" }
        tables = [plan.obligations.table] + all.subtracting([plan.obligations.table]).sorted()
        hashesLiterals = tables.allSatisfy { scope.table(named: $0)?.logsLiterals == true }
      }
    }
    return QueryFacts(
      shape: QueryShape(read.query, dialect: read.dialect), obligations: obligations, tables: tables,
      hashesLiterals: hashesLiterals)
  }
}

/// What the judged query has that the client's has not.
private enum AppliedObligations {
  static func list(client: QueryOptions, sent: QueryOptions, way: String, into obligations: inout [String]) {
    if sent.select != nil, client.select == nil { obligations.append("select\(way)") }
    if sent.top?.value != client.top?.value, sent.top != nil { obligations.append("top\(way)") }
    for item in sent.expand?.value ?? [] {
      let same = client.expand?.value.first { $0.path.elementsEqual(item.path) { $0.utf8.elementsEqual($1.utf8) } }
      let name = item.path.joined(separator: "/")
      list(
        client: same?.options ?? QueryOptions(), sent: item.options, way: way.isEmpty ? " \(name)" : "\(way)/\(name)",
        into: &obligations)
    }
  }
}

/// The tables that a judged query reads: its own, those it expands, and those its conditions and `$apply` go through.
private struct TouchedTables {
  var scope: ScopeRule

  func names(read query: RelativeURI, of table: TableRule) -> Set<String> {
    var found: Set<String> = []
    visit(table, query.options, &found)
    return found
  }

  private func visit(_ table: TableRule, _ options: QueryOptions, _ found: inout Set<String>) {
    note(table, &found)
    if let filter = options.filter?.value { visit(table, filter, &found) }
    for transformation in options.apply?.value ?? [] { visit(table, transformation, &found) }
    for item in options.expand?.value ?? [] {
      guard let name = item.path.first, let next = target(of: name, table) else { continue }
      visit(next, item.options, &found)
    }
  }

  private func note(_ table: TableRule, _ found: inout Set<String>) {
    found.insert(table.table.logicalName)
  }

  private func visit(_ table: TableRule, _ transformation: Transformation, _ found: inout Set<String>) {
    switch transformation.kind {
    case .filter(let condition): visit(table, condition, &found)
    case .groupby(let elements, let inner):
      for case .property(let path) in elements.map(\.kind) {
        var current: TableRule? = table
        for name in path.dropLast() {
          current = current.flatMap { target(of: name, $0) }
          if let current { note(current, &found) }
        }
      }
      // One level: what it holds is inner.
      for transformation in inner { visit(table, transformation, &found) }
    case .aggregate(let items):
      for case let operand? in items.map(\.operand) { visit(table, operand, &found) }
    default: return
    }
  }

  private func target(of navigation: String, _ table: TableRule) -> TableRule? {
    table.navigations[navigation].flatMap { scope.table(named: $0.navigation.target) }
  }

  /// Children stand before their parents, and what a lambda ranges over before its body.
  private func visit(_ table: TableRule, _ expression: Expression, _ found: inout Set<String>) {
    let ranges = TouchedTables.ranges(in: expression)
    var tables = [TableRule?](repeating: nil, count: expression.nodes.count)
    for (index, node) in expression.nodes.enumerated() {
      switch node {
      case .member(let base, let name):
        guard let from = base.map({ tables[Int($0.index)] }) ?? table, let next = target(of: name, from) else {
          continue
        }
        tables[index] = next
        note(next, &found)
      case .variable: tables[index] = ranges[index].flatMap { tables[$0] }
      default: continue
      }
    }
  }

  /// Which collection each use of a variable ranges over: that of the innermost lambda around it with this name. Lambdas
  /// beside each other may share one.
  private static func ranges(in expression: Expression) -> [Int: Int] {
    var ranges: [Int: Int] = [:]
    // Inner lambdas stand before those around them, and keep what is theirs.
    for node in expression.nodes {
      guard case .lambda(let base, _, let name?, let body?) = node else { continue }
      expression.walk(from: body) { id, node in
        if case .variable(name) = node, ranges[Int(id.index)] == nil { ranges[Int(id.index)] = Int(base.index) }
        return .continue
      }
    }
    return ranges
  }
}
