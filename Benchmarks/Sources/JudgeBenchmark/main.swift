import BenchmarkSupport
import Dataverse
import ODataURL
import Policy

// Time of what a query costs between its bytes and the bytes that are sent, with a policy of 100 tables and 2,000 columns,
// by the fastest of many batches: on a shared machine the minimum is what the code costs. Ratios to the parse of the same
// query in the same run compare across machines.
//
// `JudgeBenchmark count NAME STAGE TIMES` does one thing so many times and prints nothing, for a counter of instructions
// or a profiler to watch: two runs with different TIMES tell what one costs.

let organization = Organization(tables: 100, columnsOfEach: 20)
let schema = organization.schema
let policyText = organization.policyText

struct Case {
  var name: String
  var target: String
}

let id = "ce759201f786d590bf2134bff576c369"
let set = "msdynci_unifiedactivities57"
let cases = [
  Case(name: "lookup", target: "\(set)?$filter=msdynci_attribute00 eq '\(id)'"),
  // As in ParserBenchmark.
  Case(
    name: "medium",
    target: "\(set)?$select=msdynci_attribute05,msdynci_when&$filter=msdynci_attribute00 eq '\(id)'"
      + " and msdynci_when gt 2017-01-01T00:00:00Z and msdynci_when lt 2020-01-01T00:00:00Z&$orderby=msdynci_when desc"),
  Case(
    name: "wide",
    target: "\(set)?$select=" + (0..<6).map { "msdynci_attribute0\($0)" }.joined(separator: ",")
      + "&$filter=msdynci_attribute07 eq 'abc' and (msdynci_attribute08 eq 'x' or msdynci_attribute09 eq 'y')"
      + " and contains(msdynci_attribute10,'name')&$orderby=msdynci_attribute03"),
  Case(
    name: "expand",
    target: "\(set)?$select=msdynci_attribute05&$filter=msdynci_attribute00 eq '\(id)'"
      + "&$expand=msdynci_next($select=msdynci_attribute01,msdynci_attribute02)"),
  Case(
    name: "in20",
    target: "\(set)?$filter=Microsoft.Dynamics.CRM.In(PropertyName='msdynci_attribute00',PropertyValues=["
      + (0..<20).map { "\"\(id)\($0)\"" }.joined(separator: ",") + "])"),
  Case(
    name: "or50",
    target: "\(set)?$filter=" + (0..<50).map { "msdynci_attribute00 eq '\(id)\($0)'" }.joined(separator: " or ")),
  // Every read of this table is sent with a row filter.
  Case(
    name: "rows",
    target: "msdynci_unifiedactivities0?$select=msdynci_attribute05&$filter=msdynci_attribute01 eq '\(id)'"),
]

enum Stage: String, CaseIterable {
  case parse, resolve
  /// Resolving included.
  case judge
  case print
}

let request = JudgeRequest(scope: "default", claims: ["region": "north"])

struct Refused: Error {
  var findings: [Finding]
}

/// Does one stage `times` times.
func run(_ item: Case, _ stage: Stage, times: Int, _ policy: Policy) throws -> Int {
  let parser = Parser(settings: .dataverse)
  let bytes = Array(item.target.utf8)
  let query = try parser.relativeURI(item.target)
  let resolver = QueryResolver(schema: policy.schema)
  // What is measured is the way of queries that are allowed.
  if case .deny(let findings) = policy.judge(query, request: request) { throw Refused(findings: findings) }
  var sum = 0
  for _ in 0..<times {
    switch stage {
    case .parse: sum &+= try bytes.withUnsafeBufferPointer { try parser.relativeURI($0).path.count }
    case .resolve: sum &+= resolver.resolve(query).measure.nodes
    case .judge:
      if case .allow(let obligations) = policy.judge(query, request: request) { sum &+= obligations.timeToLive }
    case .print: sum &+= query.printed().utf8.count
    }
  }
  return sum
}

func fastest(_ item: Case, _ stage: Stage, _ policy: Policy) throws -> (nanoseconds: Double, sum: Int) {
  // About the same time for every row, however long its target is.
  try fastest(batches: 60, rounds: max(1, 100_000 / item.target.utf8.count)) {
    try run(item, stage, times: $0, policy)
  }
}

let arguments = CommandLine.arguments.dropFirst()
let policy = try Policy.load(text: policyText, file: "benchmark.yaml", schema: schema)
if arguments.first == "count" {
  let words = Array(arguments.dropFirst())
  guard words.count == 3, let item = cases.first(where: { $0.name == words[0] }), let stage = Stage(rawValue: words[1]),
    let times = Int(words[2])
  else {
    throw BenchmarkFailure(
      "usage: JudgeBenchmark count NAME STAGE TIMES; names: \(cases.map(\.name)), stages: \(Stage.allCases)")
  }
  _ = try run(item, stage, times: times, policy)
} else {
  let compile = try fastest(batches: 5, rounds: 1) { _ in
    try Policy.load(text: policyText, file: "benchmark.yaml", schema: schema).schema.tables.count
  }
  print(
    "\(schema.tables.count) tables, \(schema.tables.reduce(0) { $0 + $1.columns.count }) columns,"
      + " \(policyText.utf8.count) bytes of policy: compiled in \(Int(compile.nanoseconds / 1e6)) ms")
  var checksum = 0
  let table = Table([
    "case", "bytes", "parse ns", "resolve ns", "judge ns", "print ns", "resolve/parse", "judge/parse", "print/parse",
  ])
  for item in cases {
    let parse = try fastest(item, .parse, policy)
    let resolve = try fastest(item, .resolve, policy)
    let judge = try fastest(item, .judge, policy)
    let printing = try fastest(item, .print, policy)
    checksum &+= parse.sum &+ resolve.sum &+ judge.sum &+ printing.sum
    table.row([
      item.name, "\(item.target.utf8.count)", text(parse.nanoseconds, decimals: 0),
      text(resolve.nanoseconds, decimals: 0), text(judge.nanoseconds, decimals: 0),
      text(printing.nanoseconds, decimals: 0), text(resolve.nanoseconds / parse.nanoseconds),
      text(judge.nanoseconds / parse.nanoseconds), text(printing.nanoseconds / parse.nanoseconds),
    ])
  }
  print("checksum \(checksum)")
}
