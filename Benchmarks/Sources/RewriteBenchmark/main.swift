import BenchmarkSupport
import CustomerInsights
import Dataverse
import JSONStream
import Planning
import Policy

// How fast answers are rewritten, on one core: megabytes (10^6) of upstream JSON in a second of processor time, the best
// of some runs, beside the same bytes copied and the same bytes read without being written.
//
// `RewriteBenchmark MEGABYTES NAME` measures one of the documents. `RewriteBenchmark count NAME STAGE TIMES` does one thing
// so many times with a document of one megabyte and prints nothing, for a counter of instructions or a profiler to watch:
// two runs with different TIMES tell what one costs.

/// Counts nothing and keeps nothing.
struct Nothing: JSONEventHandler {
  mutating func handle(_ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>) throws(JSONStreamError) {}
}

/// Megabytes a second of the best run, and bytes that came out of each.
func rate(_ bytes: Int, runs: Int = 5, _ work: () throws -> Int) rethrows -> (rate: Double, out: Int) {
  let best = try fastest(batches: runs, rounds: 1) { _ in try work() }
  return (Double(bytes) * 1e3 / best.nanoseconds, best.sum / runs)
}

func chunked(_ bytes: [UInt8], _ size: Int) -> [[UInt8]] {
  stride(from: 0, to: bytes.count, by: size).map { Array(bytes[$0..<min(bytes.count, $0 + size)]) }
}

let names: Set<String> = [
  "msdynci_customerid", "msdynci_fullname", "msdynci_firstname", "msdynci_lastname", "msdynci_email",
  "msdynci_telephone", "msdynci_addresscity", "msdynci_birthdate", "msdynci_annualincome", "msdynci_loyaltytier",
]
let dataverse = DataverseShape(
  result: .collection, context: "https://gate.example/api/data/v9.2/$metadata#rows",
  members: MemberTree(names, annotated: names), annotations: ["OData.Community.Display.V1.FormattedValue"],
  hasCount: false, nextLink: { $0 })
let columns = Dictionary(
  uniqueKeysWithValues: names.map { ($0, $0.dropFirst(8).prefix(1).uppercased() + $0.dropFirst(9)) })
let legacy = LegacyShape(entity: "Customer", columns: columns)
let measure = LegacyShape(
  entity: "Customer_Measure", columns: ["msdynci_customerid": "CustomerId"], unfold: "msdynci_measures")

func shapeDataverse(_ chunks: [[UInt8]]) throws -> Int {
  var shaper = DataverseShaper(shape: dataverse)
  var count = 0
  for chunk in chunks { count += try shaper.feed(chunk).count }
  return try count + shaper.finish().count
}

func shapeLegacy(_ chunks: [[UInt8]], _ shape: LegacyShape) throws -> Int {
  var shaper = LegacyShaper(shape: shape, context: "https://gate.example/$metadata#rows", nextLink: { $0 })
  var count = 0
  for chunk in chunks { count += try shaper.feed(chunk).count }
  return try count + shaper.finish().count
}

func copy(_ chunks: [[UInt8]]) -> Int {
  var count = 0
  for chunk in chunks {
    let copied = chunk.withUnsafeBufferPointer { Array(UnsafeRawBufferPointer($0)) }
    count += copied.count
  }
  return count
}

func read(_ chunks: [[UInt8]]) throws -> Int {
  var reader = JSONReader()
  var nothing = Nothing()
  for chunk in chunks { try reader.read(chunk, into: &nothing) }
  try reader.finish(into: &nothing)
  return 0
}

/// The documents by their names, and the legacy shape that each is rewritten in.
let makers: [(name: String, make: (_ bytes: Int) -> [UInt8], shape: LegacyShape)] = [
  ("profiles", Documents.profiles, legacy), ("long text", Documents.longText, legacy),
  ("escapes", Documents.escapes, legacy), ("measures", Documents.measures, measure),
]

enum Stage: String, CaseIterable { case read, dataverse, legacy }

func run(_ stage: Stage, _ chunks: [[UInt8]], _ shape: LegacyShape) throws -> Int {
  switch stage {
  case .read: try read(chunks)
  case .dataverse: try shapeDataverse(chunks)
  case .legacy: try shapeLegacy(chunks, shape)
  }
}

let arguments = Array(CommandLine.arguments.dropFirst())
if arguments.first == "count" {
  guard arguments.count == 4, let item = makers.first(where: { $0.name == arguments[1] }),
    let stage = Stage(rawValue: arguments[2]), let times = Int(arguments[3])
  else {
    throw BenchmarkFailure(
      "usage: RewriteBenchmark count NAME STAGE TIMES; names: \(makers.map(\.name)), stages: \(Stage.allCases)")
  }
  let chunks = chunked(item.make(1_000_000), 65_536)
  for _ in 0..<times { _ = try run(stage, chunks, item.shape) }
} else {
  let megabytes = arguments.first.flatMap { Int($0) } ?? 30
  let wanted = arguments.dropFirst().first ?? ""
  print("MB/s of upstream JSON on one core; documents of \(megabytes) MB")
  for item in makers where wanted.isEmpty || item.name == wanted {
    let bytes = item.make(megabytes * 1_000_000)
    for size in [16_384, 65_536] {
      let chunks = chunked(bytes, size)
      let copied = rate(bytes.count) { copy(chunks) }
      var line = item.name.padded(10) + " \(size / 1024) KiB".padded(8) + " copy \(Int(copied.rate))".padded(13)
      for stage in Stage.allCases {
        let result = try rate(bytes.count) { try run(stage, chunks, item.shape) }
        let share = Int(result.rate / copied.rate * 1000)
        line += "  \(stage.rawValue) \(Int(result.rate)) (\(share)‰, \(result.out * 100 / bytes.count) % kept)".padded(
          38)
      }
      print(line)
    }
  }
}
