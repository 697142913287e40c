import NIOCore
import NIOHTTP1
import Planning
import Testing
import Upstream

@testable import Gateway

@Suite struct LegacyServiceTests {
  @Test(arguments: [
    ("", "Deprecation: @1687737600\r\n"),
    ("legacy: { deprecation: off }", ""),
    ("legacy: { sunset: 2027-02-28 }", "Deprecation: @1687737600\r\nSunset: Sun, 28 Feb 2027 00:00:00 GMT\r\n"),
    (
      "legacy: { deprecation: 2024-02-29, sunset: 2024-02-29 }",
      "Deprecation: @1709164800\r\nSunset: Thu, 29 Feb 2024 00:00:00 GMT\r\n"
    ),
    ("legacy: { deprecation: 1970-01-01 }", "Deprecation: @0\r\n"),
  ])
  func answersSayWhenTheyEnd(configuration: String, fields: String) throws {
    let legacy = try ConfigurationTests.load(configuration).legacy
    #expect(String(buffer: LegacyService(legacy, callers: []).fields) == fields)
  }

  @Test(arguments: [
    ("legacy: { deprecation: 2023-02-29 }", "This is not a day"), ("legacy: { sunset: soon }", "This is not a day"),
    ("legacy: { sunset: 2026-13-01 }", "This is not a day"), ("legacy: { sunset: 1969-12-31 }", "This is not a day"),
    ("legacy: { sunset: 2026-1-01 }", "This is not a day"), ("legacy: { sunset: off }", "This is not a day"),
    ("legacy: { deprecation: 2026-01-02, sunset: 2026-01-01 }", "would end before"),
    ("legacy: { throttle: { calls: -1 } }", "from 0 to 10000"),
    ("legacy: { throttle: { calls: 10001 } }", "from 0 to 10000"),
    ("legacy: { throttle: { period: 60 } }", "not a duration"), ("legacy: { throttle: { rate: 1 } }", "rate"),
    ("legacy: { until: 2026-01-01 }", "until"),
  ])
  func mistakesAreTold(configuration: String, message: String) {
    let complaint = ConfigurationTests.complaint(configuration)
    #expect(complaint.contains(message), "\(complaint)")
  }

  @Test func callsAreAsConfigured() throws {
    #expect(try ConfigurationTests.load("").legacy.calls == .init(calls: 100, period: 60_000))
    let read = try ConfigurationTests.load("legacy: { throttle: { calls: 10000, period: 1h } }").legacy
    #expect(read.calls == .init(calls: 10_000, period: 3_600_000))
    let variables = [
      "SLUICE_LEGACY_CALLS": "0", "SLUICE_LEGACY_DEPRECATION": "off", "SLUICE_LEGACY_SUNSET": "2030-01-01",
    ]
    for text in ["", "legacy: { throttle: { calls: 5 }, sunset: 2029-01-01 }", "legacy: {}"] {
      let legacy = try ConfigurationTests.load(text, environment: variables).legacy
      #expect(legacy.calls.calls == 0 && legacy.deprecation == nil && legacy.sunset == 1_893_456_000)
    }
  }

  @Test func refusedWritesAreCountedByCaller() {
    let writes = RefusedWrites(callers: ["b", "a\"quoted"])
    for caller in ["b", "b", nil, "stranger"] { writes.count(caller) }
    let lines = writes.rendered().split(separator: "\n").filter { !$0.hasPrefix("#") }
    #expect(
      lines == [
        #"sluice_legacy_writes_refused_total{caller=""} 1"#,
        #"sluice_legacy_writes_refused_total{caller="a\"quoted"} 0"#,
        #"sluice_legacy_writes_refused_total{caller="b"} 2"#,
      ])
  }

  @Test(arguments: [
    ("/v1/instances/x", Dialect.legacy), ("/V1/x", .legacy), ("/API/Instances", .legacy), ("/instances?x", .legacy),
    ("/v1", .legacy), ("/v1?x", .legacy), ("/Instances/", .legacy), ("/api/instances/x/data", .legacy),
    ("/v1x", .dataverse), ("/instancesx", .dataverse), ("/api/instances%2F", .dataverse), ("/api/v1/x", .dataverse),
    ("/api/data/v9.2/instances", .dataverse), ("/", .dataverse), ("", .dataverse), ("v1/", .dataverse),
    ("/api/instance", .dataverse), ("/v1\u{301}/", .dataverse),
  ])
  func thePathTellsTheDialect(path: String, dialect: Dialect) { #expect(Dialect(target: path) == dialect) }

  /// Values of `Accept` lines → whether CSV alone is taken.
  @Test(
    arguments: [
      (["text/csv"], true), (["TEXT/CSV;charset=utf-8"], true), (["text/csv, text/plain"], true),
      (["text/csv, application/json;q=0.5"], false), (["text/csv", "*/*"], false), (["text/csv,application/*"], false),
      (["application/json"], false), (["text/html"], false), ([], false), (["application/vnd.x+json, text/csv"], false),
      (["text/csvx"], false), (["text/csv;q=0"], false), (["text/csv; Q=0.000, text/plain"], false),
      (["text/csv;q=0.001"], true), (["text/csv, application/json;q=0"], true), (["text/csv, */*; q=0.0"], true),
    ] as [([String], Bool)])
  func csvIsTold(values: [String], wants: Bool) throws {
    let fields = values.map { ("Accept", $0) }
    let legacy = try RequestGuard.admit(RequestGuardTests.head(.GET, "/v1/x", fields), targetBytes: 100)
    #expect(legacy.wantsCSV == wants)
    #expect(try !RequestGuard.admit(RequestGuardTests.head(.GET, "/api/x", fields), targetBytes: 100).wantsCSV)
  }

  /// Only what would change something is counted, tunnelled or not.
  @Test(arguments: [
    ("POST", "/v1/instances/x/data/Customer", true),
    ("GET tunnelling a write by X-HTTP-Method-Override", "/v1/x", true),
    ("OPTIONS", "/v1/instances/x/data/Customer", false), ("TRACE", "/v1/instances", false),
    ("POST", "/api/data/v9.2/accounts", false),
  ])
  func writesAreCounted(method: String, target: String, isCounted: Bool) {
    let refused = RefusedRequest(GuardRefusal(kind: .write(method: method), target: target))
    #expect(refused.isLegacyWrite == isCounted && refused.refusal.status == 405)
  }

  /// While the gateway waits because of a limit, it says so.
  @Test func waitingIsNoSilence() {
    #expect(Fetcher.words(.busy) == "The organization's request limit is reached.")
    #expect(Fetcher.words(.connect).contains("could not be reached"))
  }
}
