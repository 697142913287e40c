import BenchmarkSupport
import CustomerInsights
import Dataverse
import ODataURL
import Planning
import Policy

// What a legacy request costs that takes more than its answer passed on: processor time from the bytes of its target to
// the bytes of its answer, without any network and without the gateway's memory of plans.
//
// Each figure is the fastest of many short batches, which take turns: on a shared machine that is what the code costs, and
// what else runs there slows all of them alike.
//
// - "passed on": the legacy request of the same rows that takes no plan. Routed, read, translated, judged, printed; its
//   answer rewritten while it comes.
// - "planned": the request that takes a plan, whole.
// - "further": reads of the plan beside that of its rows, by two measures. Neither counts a connection and its bytes.
//   - "passed": the same query, as it goes upstream, asked for by a client of the Dataverse dialect and passed on, with the
//     same answer. Routed, parsed, judged, printed, named for the cache; its answer rewritten. That is what one more read
//     that takes no plan costs.
//   - "bare": the parts of it that no gateway could do without that made the query itself: judged and printed, and its
//     answer rewritten.
// - "besides reads": planned less passed on less further reads passed. The figure that the goal of 20 µs is about: what a
//   plan adds over as many reads passed on.
// - "strictly": planned less passed on less further reads bare. All that is done more is in it: making the queries, judging
//   some of them with sample ids before anything is sent, rows held, tested and joined, tasks that wait for each other.
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
  case .legacy(let shape, let context, let nextLink, _) where !isPlanned:
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
struct FurtherRead: Sendable {
  var query: RelativeURI
  var shape: LegacyShape
  var page: [UInt8]
  /// As it goes upstream.
  var target: String

  /// - Parameter obligations: of the read, as it was judged with the plan.
  init(_ obligations: Obligations) throws {
    query = obligations.query
    target = Route.serviceRoot + query.printed()
    page = try rows(of: target)
    switch query.printed().prefix(while: { $0 != "?" }) {
    case "msdynci_unifiedactivities": shape = try FurtherRead.shape(of: activities)
    case "msdynci_customermeasures": shape = try FurtherRead.shape(of: measures)
    // No legacy request reads memberships as they are.
    case let set:
      shape = LegacyShape(
        entity: "\(set)",
        columns: Dictionary(uniqueKeysWithValues: obligations.members.names.all.map { ($0, $0) }))
    }
  }

  private static func shape(of target: String) throws -> LegacyShape {
    guard case .legacy(let shape, _, _, _) = try planner.plan(base + target, scope: scope).shape else {
      throw BenchmarkFailure("\(target) is answered in another way")
    }
    return shape
  }

  func runBare() throws {
    let request = JudgeRequest(
      scope: scope.policy, defaultPageSize: LegacyRead.wholePage, claims: [:], pagingTokenVouched: false)
    guard case .allow(let obligations) = planner.policy.judge(query, request: request) else {
      throw BenchmarkFailure("a read of the plan is refused")
    }
    guard !obligations.query.printed().isEmpty else { throw BenchmarkFailure("nothing was printed") }
    var shaper = LegacyShaper(shape: shape, context: "", nextLink: { $0 })
    guard try shaper.feed(page).count + shaper.finish().count > 0 else { throw BenchmarkFailure("no answer") }
  }

  func runPassed() throws {
    let plan = try planner.plan(target, scope: scope)
    guard case .dataverse(let shape) = plan.shape, plan.upstreamTarget == target else {
      throw BenchmarkFailure("\(target) is sent in another way")
    }
    var shaper = DataverseShaper(shape: shape)
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
  _ = try await microseconds(times) { _ = try await answer(target, isPlanned: isPlanned) }
} else {
  print("µs of processor time a request, planning included; small pages; the fastest of 500 batches")
  let table = Table(["case", "passed on", "planned", "further", "passed", "bare", "besides reads", "strictly"])
  for item in cases {
    let reads = try planner.plan(base + item.planned, scope: scope).furtherObligations.map { try FurtherRead($0) }
    let best = try await microseconds([
      { _ = try await answer(item.passedOn, isPlanned: false) },
      { _ = try await answer(item.planned, isPlanned: true) },
      { for read in reads { try read.runPassed() } }, { for read in reads { try read.runBare() } },
    ])
    let added = best[1] - best[0]
    table.row(
      [item.name, text(best[0], decimals: 1), text(best[1], decimals: 1), "\(reads.count)"]
        + [best[2], best[3], added - best[2], added - best[3]].map { text($0, decimals: 1) })
  }
}
