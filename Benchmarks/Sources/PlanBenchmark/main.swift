import BenchmarkSupport
import CustomerInsights
import Dataverse
import Planning

// What a legacy request costs that takes more than its answer passed on: processor time from the bytes of its target to
// the bytes of its answer, without any network, beside that of the same reads asked for one by one, each passed on. The
// difference is what a plan adds: judging again with real ids, rows held, tested, joined and written anew. Of many batches
// the fastest counts: on a shared machine that is what the code costs.
//
// `PlanBenchmark count NAME TIMES` runs one of them so often and prints nothing, for a profiler to watch.

let id = "ce759201f786d590bf2134bff576c369"
let base = "/v1/instances/00000000-0000-4000-8000-000000000001/data/"

/// Rows of the organization's answers, by entity set.
let pages: [String: [UInt8]] = {
  let profile = """
    {"@odata.etag":"W/\\"1\\"","msdynci_customerprofileid":"5f0c4a1e-7a51-ee11-be6f-000d3a1b2c3d",\
    "msdynci_customerid":"\(id)","msdynci_fullname":"Alex Wilber","msdynci_email":"alex.wilber@contoso.com"}
    """
  let activity = """
    {"@odata.etag":"W/\\"1\\"","msdynci_activityid":"a1","msdynci_customerid":"\(id)",\
    "msdynci_activitytime":"2019-03-01T10:20:30Z","msdynci_activitytype":"SalesOrderLine","msdynci_title":"Purchase"}
    """
  let measure = """
    {"@odata.etag":"W/\\"1\\"","msdynci_customerid":"\(id)",\
    "msdynci_measures":"{\\"TotalSpend\\":3743.74,\\"OrderCount\\":5,\\"LastVisit\\":\\"2017-06-11T00:00:00Z\\"}"}
    """
  let membership = """
    {"@odata.etag":"W/\\"1\\"","msdynci_customerid":"\(id)","msdynci_segmentmembershipid":\
    "5f0c4a1e-7a51-ee11-be6f-000d3a1b2c3d","msdynci_segments":"{\\"Segments\\":[\\"Male_under_40\\",\\"Loyal\\"]}"}
    """
  return [
    "msdynci_customerprofiles": profile,
    "msdynci_unifiedactivities": [activity, activity, activity].joined(separator: ","),
    "msdynci_customermeasures": measure, "msdynci_segmentmemberships": membership,
  ].mapValues { Array(#"{"@odata.context":"https://contoso.crm.dynamics.com/$metadata#rows","value":[\#($0)]}"#.utf8) }
}()

struct Case {
  var name: String
  /// Takes a plan.
  var planned: String
  /// The same reads, one by one: those of them that legacy requests can ask for, each passed on.
  var passedOn: [String]
}

let customer = "Customer?$select=CustomerId,FullName,Email&$filter=CustomerId eq '\(id)'"
let activities = "UnifiedActivity?$filter=CustomerId eq '\(id)'"
let measures = "Customer_Measure?$filter=CustomerId eq '\(id)'"
let cases = [
  Case(name: "key", planned: "Customer('\(id)')?$select=CustomerId,FullName,Email", passedOn: [customer]),
  Case(name: "skip", planned: "\(customer)&$skip=0&$top=120", passedOn: [customer]),
  Case(name: "measure", planned: "\(measures) and TotalSpend gt 5", passedOn: [measures]),
  Case(name: "expand 1", planned: "\(customer)&$expand=Customer_Measure", passedOn: [customer, measures]),
  Case(
    name: "expand 2", planned: "\(customer)&$expand=UnifiedActivity,Customer_Measure",
    passedOn: [customer, activities, measures]),
  // No legacy request reads memberships as they are: that of the customer stands for it.
  Case(name: "segment", planned: "\(customer) and IsMemberOfSegment('Male_under_40')", passedOn: [customer, customer]),
]

let rules = try RuleBook.load(policyFile: nil, mappingFile: nil, schema: RuleBook.offlineSchema)
let planner = QueryPlanner(
  policy: rules.policy, mapping: rules.mapping, instances: .any, origin: "https://gate.example",
  tokens: NoPagingTokens())
let scope = PlanScope(policy: "default", cache: "benchmark")

func page(of target: String) throws -> [UInt8] {
  let set = target.dropFirst(Route.serviceRoot.count).prefix { $0 != "?" }
  guard let page = pages[String(set)] else { throw BenchmarkFailure("no rows of \(set)") }
  return page
}

/// - Returns: bytes of the answer.
func answer(_ target: String, isPlanned: Bool) async throws -> Int {
  let plan = try planner.plan(base + target, scope: scope)
  switch plan.shape {
  case .program(let program) where isPlanned:
    var run = program.run { read in
      var reader = RowPageReader(columns: read.columns)
      try reader.feed(try page(of: read.target))
      return try reader.finish()
    }
    var count = 0
    while let part = try await run.next() { count += part.count }
    return count
  case .legacy(let shape, let context, let nextLink) where !isPlanned:
    var shaper = LegacyShaper(shape: shape, context: context, nextLink: nextLink)
    return try shaper.feed(try page(of: plan.upstreamTarget)).count + shaper.finish().count
  case .dataverse, .legacy, .program, .management: throw BenchmarkFailure("\(target) is answered in another way")
  }
}

/// Microseconds of the fastest batch.
func microseconds(_ targets: [String], isPlanned: Bool) async throws -> Double {
  var best = Double.infinity
  for _ in 0..<40 {
    let start = processorNanoseconds(ofAllThreads: true)
    for _ in 0..<100 {
      for target in targets { _ = try await answer(target, isPlanned: isPlanned) }
    }
    best = min(best, (processorNanoseconds(ofAllThreads: true) - start) / 100_000)
  }
  return best
}

let arguments = Array(CommandLine.arguments.dropFirst())
if arguments.first == "count" {
  guard arguments.count == 3, let item = cases.first(where: { $0.name == arguments[1] }), let times = Int(arguments[2])
  else { throw BenchmarkFailure("usage: PlanBenchmark count NAME TIMES; names: \(cases.map(\.name))") }
  for _ in 0..<times { _ = try await answer(item.planned, isPlanned: true) }
} else {
  print("µs of processor time a request, planning included; small pages")
  let table = Table(["case", "passed on, each by itself", "planned", "added", "ratio"])
  for item in cases {
    let alone = try await microseconds(item.passedOn, isPlanned: false)
    let planned = try await microseconds([item.planned], isPlanned: true)
    table.row([
      item.name, text(alone, decimals: 1), text(planned, decimals: 1), text(planned - alone, decimals: 1),
      text(planned / alone),
    ])
  }
}
