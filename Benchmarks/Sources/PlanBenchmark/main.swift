import BenchmarkSupport
import CustomerInsights
import Dataverse
import ODataURL
import Planning
import Policy

// What a legacy request costs that takes more than its answer passed on: processor time from the bytes of its target to
// the bytes of its answer, without any network and without the gateway's memory of plans.
//
// Six figures a case, each the fastest of many short batches, which take turns: on a shared machine that is what the
// code costs, and what else runs there slows all of them alike.
//
// - "passed on": the request of the same rows that takes no plan. Routed, read, translated, judged, printed; its answer
//   rewritten while it comes.
// - "extra reads": what each further read of the plan costs any gateway that makes it. Its query is judged and printed,
//   and its answer rewritten like one that is passed on. It is not charged with routing, parsing and translating a
//   request, which only a client's own would take, nor with the bytes of a connection.
// - "planned": the request that takes a plan, whole.
// - "added": planned less passed on less extra reads. All that is done more is in it: judging with sample ids before
//   anything is sent, rows held, tested and joined, tasks that wait for each other.
// - "asked alone": what the further reads cost a client that asks for each with a request of its own, which is passed on,
//   and "to that": planned less passed on less that. It is the looser measure: the routing, parsing and translating of
//   those requests are taken off as well.
//
// `PlanBenchmark count NAME TIMES [passed]` runs one of them so often and prints nothing, for a profiler to watch.

let id = "ce759201f786d590bf2134bff576c369"
let base = "/v1/instances/00000000-0000-4000-8000-000000000001/data/"

/// Rows of the organization's answers, and what the targets of their sets begin with.
let pages: [(start: String, page: [UInt8])] = {
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
  ].map { set, row in
    (
      Route.serviceRoot + set,
      Array(#"{"@odata.context":"https://contoso.crm.dynamics.com/$metadata#rows","value":[\#(row)]}"#.utf8)
    )
  }
}()

struct Case {
  var name: String
  /// Takes a plan.
  var planned: String
  /// The request of the same rows that takes none.
  var passedOn: String
}

let customer = "Customer?$select=CustomerId,FullName,Email&$filter=CustomerId eq '\(id)'"
let activities = "UnifiedActivity?$filter=CustomerId eq '\(id)'"
let measures = "Customer_Measure?$filter=CustomerId eq '\(id)'"
let cases = [
  Case(name: "key", planned: "Customer('\(id)')?$select=CustomerId,FullName,Email", passedOn: customer),
  Case(name: "skip", planned: "\(customer)&$skip=0&$top=120", passedOn: customer),
  Case(name: "measure", planned: "\(measures) and TotalSpend gt 5", passedOn: measures),
  Case(name: "expand 1", planned: "\(customer)&$expand=Customer_Measure", passedOn: customer),
  Case(name: "expand 2", planned: "\(customer)&$expand=UnifiedActivity,Customer_Measure", passedOn: customer),
  Case(name: "segment", planned: "\(customer) and IsMemberOfSegment('Male_under_40')", passedOn: customer),
]

let rules = try RuleBook.load(policyFile: nil, mappingFile: nil, schema: RuleBook.offlineSchema)
let planner = QueryPlanner(
  policy: rules.policy, mapping: rules.mapping, instances: .any, origin: "https://gate.example",
  tokens: NoPagingTokens())
let scope = PlanScope(policy: "default", cache: "benchmark")

func rows(of target: String) throws -> [UInt8] {
  // Costs next to nothing, so that no read is charged with it.
  guard let page = pages.first(where: { target.hasPrefix($0.start) })?.page else {
    throw BenchmarkFailure("no rows of \(target)")
  }
  return page
}

/// - Returns: bytes of the answer.
func answer(_ target: String, isPlanned: Bool) async throws -> Int {
  let plan = try planner.plan(base + target, scope: scope)
  switch plan.shape {
  case .program(let program) where isPlanned:
    var run = program.run { read in
      var reader = RowPageReader(columns: read.columns)
      try reader.feed(try rows(of: read.target))
      return try reader.finish()
    }
    var count = 0
    while let part = try await run.next() { count += part.count }
    return count
  case .legacy(let shape, let context, let nextLink) where !isPlanned:
    var shaper = LegacyShaper(shape: shape, context: context, nextLink: nextLink)
    return try shaper.feed(try rows(of: plan.upstreamTarget)).count + shaper.finish().count
  case .dataverse, .legacy, .program, .management: throw BenchmarkFailure("\(target) is answered in another way")
  }
}

/// Microseconds of one round in the fastest batch of each.
func microseconds(_ bodies: [@Sendable () async throws -> Void]) async throws -> [Double] {
  var best = [Double](repeating: .infinity, count: bodies.count)
  for _ in 0..<500 {
    for (index, body) in bodies.enumerated() { best[index] = min(best[index], try await microseconds(20, body)) }
  }
  return best
}

/// Microseconds of one round of a batch, all of them where the first one runs: the way there is none of theirs.
@concurrent func microseconds(_ rounds: Int, _ body: @Sendable () async throws -> Void) async throws -> Double {
  let start = processorNanoseconds(ofAllThreads: true)
  for _ in 0..<rounds { try await body() }
  return (processorNanoseconds(ofAllThreads: true) - start) / 1000 / Double(rounds)
}

/// A read of a plan beside that of its rows.
struct ExtraRead: Sendable {
  var query: RelativeURI
  var shape: LegacyShape
  var page: [UInt8]
  /// The legacy request of the same rows; where there is none, that of a customer stands for it.
  var target = customer

  /// - Parameter obligations: of the read, as it was judged with the plan.
  init(_ obligations: Obligations) throws {
    query = obligations.query
    let set = obligations.query.printed().prefix { $0 != "?" }
    page = try rows(of: Route.serviceRoot + obligations.query.printed())
    switch set {
    case "msdynci_unifiedactivities": (shape, target) = (try ExtraRead.shape(of: activities), activities)
    case "msdynci_customermeasures": (shape, target) = (try ExtraRead.shape(of: measures), measures)
    // No legacy request reads memberships as they are.
    default:
      shape = LegacyShape(
        entity: "\(set)",
        columns: Dictionary(uniqueKeysWithValues: obligations.members.names.all.map { ($0, $0) }))
    }
  }

  private static func shape(of target: String) throws -> LegacyShape {
    guard case .legacy(let shape, _, _) = try planner.plan(base + target, scope: scope).shape else {
      throw BenchmarkFailure("\(target) is answered in another way")
    }
    return shape
  }

  func run() throws {
    let request = JudgeRequest(
      scope: scope.policy, defaultPageSize: LegacyRead.wholePage, claims: [:], pagingTokenVouched: false)
    guard case .allow(let obligations) = planner.policy.judge(query, request: request) else {
      throw BenchmarkFailure("a read of the plan is refused")
    }
    guard !obligations.query.printed().isEmpty else { throw BenchmarkFailure("nothing was printed") }
    var shaper = LegacyShaper(shape: shape, context: "", nextLink: { $0 })
    guard try shaper.feed(page).count + shaper.finish().count > 0 else { throw BenchmarkFailure("no answer") }
  }
}

let arguments = Array(CommandLine.arguments.dropFirst())
if arguments.first == "count" {
  guard (3...4).contains(arguments.count), let item = cases.first(where: { $0.name == arguments[1] }),
    let times = Int(arguments[2]), arguments.count == 3 || arguments[3] == "passed"
  else { throw BenchmarkFailure("usage: PlanBenchmark count NAME TIMES [passed]; names: \(cases.map(\.name))") }
  let isPlanned = arguments.count == 3
  let target = isPlanned ? item.planned : item.passedOn
  for _ in 0..<times { _ = try await answer(target, isPlanned: isPlanned) }
} else {
  print("µs of processor time a request, planning included; small pages; the fastest of 500 batches")
  let table = Table(["case", "passed on", "further", "extra reads", "planned", "added", "asked alone", "to that"])
  for item in cases {
    let reads = try planner.plan(base + item.planned, scope: scope).furtherObligations.map { try ExtraRead($0) }
    let best = try await microseconds([
      { _ = try await answer(item.passedOn, isPlanned: false) }, { for read in reads { try read.run() } },
      { _ = try await answer(item.planned, isPlanned: true) },
      { for read in reads { _ = try await answer(read.target, isPlanned: false) } },
    ])
    table.row(
      [item.name, text(best[0], decimals: 1), "\(reads.count)"]
        + [best[1], best[2], best[2] - best[1] - best[0], best[3], best[2] - best[3] - best[0]].map {
          text($0, decimals: 1)
        })
  }
}
