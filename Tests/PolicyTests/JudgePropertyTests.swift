import TestSupport
import Dataverse
import ODataURL
import Policy
import Testing
import YAMLFile

/// What a made-up policy allows, kept apart from the compiled policy as the measure of it.
private struct Allowed {
  var select: Set<String> = []
  var order: Set<String> = []
  /// `column operation`
  var filter: Set<String> = []
}

private let columns = [
  "msdynci_customerid", "msdynci_fullname", "msdynci_lastname", "msdynci_email", "msdynci_city", "msdynci_gender",
]
private let operations = ["eq", "ne", "gt", "contains", "startswith", "In"]

private func makePolicy(_ numbers: inout SeededGenerator) -> (text: String, base: Allowed, narrow: Allowed) {
  var base = Allowed()
  var narrow = Allowed()
  var text = "version: 1\nname: p\noptions: [$select, $filter, $orderby, $top]\ntables:\n  msdynci_customerprofile:\n"
  text += "    ttl: 1m\n    columns:\n"
  var kept: [String] = []
  for column in columns where column == columns[0] || numbers.chance(70) {
    var uses: [String] = []
    let isKept = column == columns[0] || numbers.chance(50)
    if isKept { kept.append(column) }
    if column == columns[0] || numbers.chance(60) {
      uses.append("select: true")
      base.select.insert(column)
      if isKept { narrow.select.insert(column) }
    }
    if numbers.chance(40) || uses.isEmpty {
      uses.append("order: true")
      base.order.insert(column)
      if isKept { narrow.order.insert(column) }
    }
    let named = operations.filter { _ in numbers.chance(50) }
    if !named.isEmpty {
      uses.append("filter: [\(named.joined(separator: ", "))]")
      for operation in named {
        base.filter.insert("\(column) \(operation)")
        if isKept { narrow.filter.insert("\(column) \(operation)") }
      }
    }
    text += "      \(column): { \(uses.joined(separator: ", ")) }\n"
  }
  text += "scopes:\n  base: {}\n  narrow:\n    inherit: base\n    tables:\n"
  text += "      msdynci_customerprofile: [\(kept.joined(separator: ", "))]\n"
  return (text, base, narrow)
}

private func makeCondition(_ numbers: inout SeededGenerator, depth: Int) -> String {
  if depth > 0, numbers.chance(45) {
    let op = numbers.pick(["and", "or"])
    return "(\(makeCondition(&numbers, depth: depth - 1)) \(op) \(makeCondition(&numbers, depth: depth - 1)))"
  }
  let column = numbers.pick(columns)
  return switch numbers.pick(operations + ["alias"]) {
  case "contains": "contains(\(column),'x')"
  case "startswith": "startswith(\(column),'x')"
  case "In": "Microsoft.Dynamics.CRM.In(PropertyName='\(column)',PropertyValues=[\"x\"])"
  case "alias": "\(column) eq @v"
  case let op: "\(column) \(op) 'x'"
  }
}

private func makeQuery(_ numbers: inout SeededGenerator) -> String {
  var options: [String] = []
  if numbers.chance(50) {
    options.append(
      "$select=\((0..<Int.random(in: 1...3, using: &numbers)).map { _ in numbers.pick(columns) }.joined(separator: ","))"
    )
  }
  if numbers.chance(70) {
    let filter = makeCondition(&numbers, depth: numbers.chance(40) ? 2 : 0)
    options.append("$filter=\(filter)")
    if filter.contains("@v") { options.append("@v='y'") }
  }
  if numbers.chance(30) { options.append("$orderby=\(numbers.pick(columns)) desc") }
  return "msdynci_customerprofiles?\(options.joined(separator: "&"))"
}

/// Every (column, use) of a query, read off the tree without the resolver.
private func uses(of query: RelativeURI) -> Allowed {
  var uses = Allowed()
  for item in query.options.select?.value ?? [] { uses.select.formUnion(item.path) }
  for item in query.options.orderby?.value ?? [] {
    for case .member(_, let name) in item.expression.nodes { uses.order.insert(name) }
  }
  guard let filter = query.options.filter?.value else { return uses }
  func name(_ id: NodeID) -> String {
    switch filter[id] {
    case .member(nil, let name): name
    case .literal(.string(let name)): name
    default: "?"
    }
  }
  for node in filter.nodes {
    switch node {
    case .binary(let op, let left, _) where op != .and && op != .or: uses.filter.insert("\(name(left)) \(op.rawValue)")
    case .call(let function, let arguments): uses.filter.insert("\(name(arguments[0])) \(function)")
    case .function(_, let function, let parameters):
      let column = parameters.first { $0.name == "PropertyName" }.map { name($0.value) } ?? "?"
      uses.filter.insert("\(column) \(function.split(separator: ".").last ?? "?")")
    default: continue
    }
  }
  return uses
}

@Suite struct JudgePropertyTests {
  @Test(arguments: 1...20)
  func sendsNothingThatIsNotInThePolicy(_ seed: Int) throws {
    var numbers = SeededGenerator(seed: UInt64(seed))
    let (text, base, narrow) = makePolicy(&numbers)
    let policy = try Policy.load(text: text, file: "p.yaml", schema: sampleSchema)
    let parser = Parser(settings: .dataverse)
    var passed = 0
    var refused = 0
    for _ in 0..<150 {
      let query = try parser.relativeURI(makeQuery(&numbers))
      for (scope, allowed) in [("base", base), ("narrow", narrow)] {
        guard case .allow(let obligations) = policy.judge(query, request: JudgeRequest(scope: scope)) else {
          refused += 1
          continue
        }
        passed += 1
        let printed = obligations.query.printed()
        let sent = try Parser(settings: .strict).relativeURI(printed)
        let uses = uses(of: sent)
        #expect(uses.select.isSubset(of: allowed.select) && !uses.select.isEmpty, "\(printed)")
        #expect(uses.order.isSubset(of: allowed.order), "\(printed)")
        #expect(uses.filter.isSubset(of: allowed.filter), "\(printed)")
        #expect(obligations.members.names.all == uses.select)
        // What is sent is judged alike, and sent unchanged.
        guard case .allow(let again) = policy.judge(sent, request: JudgeRequest(scope: scope)) else {
          Issue.record("\(printed) is denied")
          continue
        }
        #expect(again.query.printed() == printed)
        // A narrower scope never allows more.
        if scope == "narrow", case .deny = policy.judge(query, request: JudgeRequest(scope: "base")) {
          Issue.record("\(printed) is allowed to the narrower scope only")
        }
      }
    }
    #expect(passed > 5 && refused > 5)
  }
}
