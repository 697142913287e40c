import BenchmarkSupport
import ODataURL

// Time of parsing, printing and hashing, by the fastest of many batches: on a shared machine the minimum is what the
// code costs, everything above it is what the machine did meanwhile. Ratios to the first row compare across machines.
//
// `ParserBenchmark count NAME STAGE TIMES` does one thing so many times and prints nothing, for a counter of instructions
// to watch: two runs with different TIMES tell what one costs.

struct Case {
  var name: String
  var settings: ParserSettings
  var target: String
}

let id = "ce759201f786d590bf2134bff576c369"
func orChain(_ count: Int) -> String {
  "msdynci_customerprofiles?$filter="
    + (0..<count).map { "msdynci_customerid eq '\(id)\($0)'" }.joined(separator: " or ")
}
var deeper = Limits()
deeper.targetBytes = 1 << 22
deeper.listItems = 100_000
deeper.nodes = 1_000_000
var roomy = ParserSettings.dataverse
roomy.limits = deeper

let cases = [
  Case(name: "lookup", settings: .dataverse, target: "msdynci_customerprofiles?$filter=msdynci_customerid eq '\(id)'"),
  Case(
    name: "encoded", settings: .dataverse,
    target: "msdynci_customerprofiles?%24select=msdynci_fullname&%24filter=msdynci_customerid%20eq%20%27\(id)%27"),
  Case(
    name: "medium", settings: .dataverse,
    target: "msdynci_unifiedactivities?$select=msdynci_title,msdynci_activitytime&$filter=msdynci_customerid eq '\(id)'"
      + " and msdynci_activitytime gt 2017-01-01T00:00:00Z and msdynci_activitytime lt 2020-01-01T00:00:00Z"
      + "&$orderby=msdynci_activitytime desc"),
  Case(
    name: "legacy", settings: .legacy,
    target:
      "UnifiedActivity$filter=CustomerId eq '\(id)' AND ActivityTypeDisplay eq 'Web visit' & $orderby=ActivityTime"),
  Case(
    name: "in20", settings: .dataverse,
    target:
      "msdynci_customerprofiles?$filter=Microsoft.Dynamics.CRM.In(PropertyName='msdynci_customerid',PropertyValues=["
      + (0..<20).map { "\"\(id)\($0)\"" }.joined(separator: ",") + "])"),
  Case(name: "or50", settings: .dataverse, target: orChain(50)),
  Case(name: "or500", settings: roomy, target: orChain(500)),
  Case(name: "or5000", settings: roomy, target: orChain(5000)),
]

enum Stage: String, CaseIterable {
  case parse, print, hash, all, normalise
}

/// Does one stage `times` times.
func run(_ item: Case, _ stage: Stage, times: Int) throws -> Int {
  let parser = Parser(settings: item.settings)
  let bytes = Array(item.target.utf8)
  let tree = try parser.relativeURI(item.target)
  var sum = 0
  for _ in 0..<times {
    switch stage {
    case .parse: sum &+= try bytes.withUnsafeBufferPointer { try parser.relativeURI($0).path.count }
    case .print: sum &+= tree.printed().utf8.count
    case .hash: sum &+= tree.hashValue & 1
    case .all:
      let one = try bytes.withUnsafeBufferPointer { try parser.relativeURI($0) }
      sum &+= one.printed().utf8.count &+ (one.hashValue & 1)
    case .normalise: sum &+= tree.normalized().printed().utf8.count
    }
  }
  return sum
}

func fastest(_ item: Case, _ stage: Stage) throws -> (nanoseconds: Double, sum: Int) {
  // About the same time for every row, however long its target is.
  try fastest(batches: 40, rounds: max(1, 30_000 / item.target.utf8.count)) { try run(item, stage, times: $0) }
}

let arguments = CommandLine.arguments.dropFirst()
if arguments.first == "count" {
  let words = Array(arguments.dropFirst())
  guard words.count == 3, let item = cases.first(where: { $0.name == words[0] }), let stage = Stage(rawValue: words[1]),
    let times = Int(words[2])
  else {
    throw BenchmarkFailure(
      "usage: ParserBenchmark count NAME STAGE TIMES; names: \(cases.map(\.name)), stages: \(Stage.allCases)")
  }
  _ = try run(item, stage, times: times)
} else {
  var checksum = 0
  var base: Double?
  let table = Table([
    "case", "bytes", "parse ns", "print ns", "hash ns", "all ns", "all/parse", "normalise+print ns", "parse/lookup",
    "ns/byte",
  ])
  for item in cases {
    let parse = try fastest(item, .parse)
    let print = try fastest(item, .print)
    let hash = try fastest(item, .hash)
    let all = try fastest(item, .all)
    let normalise = try fastest(item, .normalise)
    checksum &+= parse.sum &+ print.sum &+ hash.sum &+ all.sum &+ normalise.sum
    let first = base ?? parse.nanoseconds
    base = first
    table.row([
      item.name, "\(item.target.utf8.count)", text(parse.nanoseconds, decimals: 0),
      text(print.nanoseconds, decimals: 0),
      text(hash.nanoseconds, decimals: 0), text(all.nanoseconds, decimals: 0),
      text(all.nanoseconds / parse.nanoseconds), text(normalise.nanoseconds, decimals: 0),
      text(parse.nanoseconds / first), text(parse.nanoseconds / Double(item.target.utf8.count)),
    ])
  }
  print("checksum \(checksum)")
}
