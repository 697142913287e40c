import Foundation
import Testing

/// The golden table of the old API's data reads: for each, what is asked of Dataverse and what is answered, over sockets.
///
/// `Golden/legacy-reads.txt` tells its own form. With GOLDEN_RECORD=1 the file is written anew from what happens; who does
/// that reads every difference, and gives reads that run side by side one number.
@Suite(.serialized) struct LegacyGoldenTests {
  /// A case of the file.
  struct Case: Sendable, CustomTestStringConvertible {
    var id: String
    var title: String
    var request: String
    /// Reads of Dataverse with the number of their step; those of one step come in any order.
    var reads: [String]
    var answer: String

    var testDescription: String { "\(id) \(title)" }
  }

  static let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Golden/legacy-reads.txt").path

  static let parts = Result {
    let text = try String(contentsOfFile: file, encoding: .utf8)
    let blocks = text.components(separatedBy: "\n\n").map { $0.split(separator: "\n").map(String.init) }
    let head = blocks.prefix { !($0.first ?? "").hasPrefix("== ") }
    let cases = blocks.dropFirst(head.count).map { lines -> Case in
      let title = lines[0].dropFirst(3).split(separator: " ", maxSplits: 1).map(String.init)
      return Case(
        id: title[0], title: title.count > 1 ? title[1] : "", request: lines.count > 1 ? lines[1] : "",
        reads: lines.filter { $0.firstMatch(of: #/^\d+> /#) != nil },
        answer: lines.last { $0.hasPrefix("< ") } ?? "")
    }
    return (head: head.map { $0.joined(separator: "\n") }.joined(separator: "\n\n"), cases: Array(cases))
  }

  /// A gateway before a sandbox, with all that passes between them written down.
  final class Subject: Sendable {
    let sandbox: Program
    let recorder: FakeOrganization
    let gateway: (program: Program, origin: String)
    let samples: [String: String]

    init() throws {
      sandbox = try Program(["sandbox", "--customers", "120", "--seed", "7"])
      let origin = try sandbox.address("sandbox")
      samples = try HTTPConnection.get(origin, "/sandbox/samples").json().compactMapValues { $0 as? String }
      recorder = try FakeOrganization.seeing { request, send in
        let target = String(request.line.split(separator: " ")[1])
        let prefer = request.headers.filter { $0.lowercased().hasPrefix("prefer:") }
        guard let answer = try? HTTPConnection.get(origin, target, headers: prefer) else { return }
        _ = send(
          FakeOrganization.json(answer.text, status: "\(answer.status) -")
            .replacingOccurrences(
              of: "Content-Type: application/json", with: "Content-Type: \(answer["content-type"] ?? "text/plain")"))
      }
      let folder = try TemporaryFolder()
      defer { folder.remove() }
      let project = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
      let mapping = try String(
        contentsOf: project.appendingPathComponent("policies/mappings/customer-insights.yaml"), encoding: .utf8)
      let policy = try String(
        contentsOf: project.appendingPathComponent("policies/customer-insights.yaml"), encoding: .utf8)
      gateway = try recorder.gateway(
        """
        callers: { anonymous: default, budget: { requestsPerMinute: 100000, burst: 10000 } }
        instances: ["\(samples["instanceID"] ?? "")"]
        mapping: \(try folder.write("mapping.yaml", Subject.named(mapping)))
        cache: { memory: 0 }
        legacy: { throttle: { calls: 0 } }
        """,
        // What ships, and what counts of rows take.
        arguments: [
          "--policy",
          try folder.write(
            "policy.yaml",
            policy.replacingOccurrences(
              of: "options: [$select, $filter, $orderby, $top, $skiptoken]",
              with: "options: [$select, $filter, $orderby, $top, $skiptoken, $count, /$count]")),
        ])
      // The tables are learnt before the first read is answered.
      _ = try HTTPConnection.get(
        gateway.origin, "/api/data/v9.2/msdynci_customerprofiles?$select=msdynci_customerid&$top=1")
    }

    /// With names that an organization chose: a segment, and a measure with a table of its own (another stands for it).
    private static func named(_ mapping: String) -> String {
      mapping.replacingOccurrences(of: "names: []", with: "names: [Male_under_40]")
        .replacingOccurrences(
          of: "\nentities:\n",
          with: "\nentities:\n  StoreVisits: { table: msdynci_alternatekey, key: msdynci_customerid }\n")
    }

    deinit {
      gateway.program.kill9()
      sandbox.kill9()
      recorder.stop()
    }

    func target(_ request: String) -> String {
      let filled = samples.reduce(request) { $0.replacingOccurrences(of: "{\($1.key)}", with: $1.value) }
      return encoded(filled.hasPrefix("/") ? filled : "/v1/instances/\(samples["instanceID"] ?? "")/data/\(filled)")
    }

    /// Values of the sandbox by their names, the longest first.
    func named(_ text: String) -> String {
      let longest = samples.filter { ["customerID", "secondCustomerID"].contains($0.key) }
        .sorted { $0.value.count > $1.value.count }
      return longest.reduce(text) { $0.replacingOccurrences(of: $1.value, with: "{\($1.key)}") }
    }

    /// What becomes of a request.
    func run(_ request: String) throws -> (reads: [String], answer: String, response: HTTPConnection.Response) {
      let before = recorder.reads.count
      let response = try HTTPConnection.get(gateway.origin, target(request))
      let reads = recorder.reads.dropFirst(before).map { seen -> String in
        let query = seen.line.dropFirst("GET /api/data/v9.2/".count).dropLast(" HTTP/1.1".count)
        let prefer = seen.headers.first { $0.lowercased().hasPrefix("prefer: ") }?.dropFirst("prefer: ".count)
        return named("\(query.removingPercentEncoding ?? "")\(prefer.map { " | \($0)" } ?? "")")
      }
      return (reads, named(Subject.answer(response)), response)
    }

    /// An answer in one line: rows as they are, only counted where they are many; of an error what does not change with
    /// its words.
    static func answer(_ response: HTTPConnection.Response) -> String {
      guard response.status == 200 else {
        return "< \(response.status) \(ProofGateway.code(of: response) ?? "")"
      }
      var text = response.text.replacing(/"@odata.context":"[^"]*",?/, with: "")
      let hasMore = text.contains(#""@odata.nextLink":""#)
      text = text.replacing(/,"@odata.nextLink":"[^"]*"/, with: "")
      let rows = (try? response.rows())?.count
      if let rows, text.utf8.count > 1500 { text = "\(rows) rows" }
      return "< 200 \(text)\(hasMore ? " and a link" : "")"
    }
  }

  private static let shared = Result { try Subject() }

  @Test func recordsAreMadeByHandOnly() throws {
    guard ProcessInfo.processInfo.environment["GOLDEN_RECORD"] != nil else { return }
    let subject = try Self.shared.get()
    let (head, cases) = try Self.parts.get()
    let blocks = try cases.map { one -> String in
      let result = try subject.run(one.request)
      let known = one.reads.map { String($0.drop { $0 != ">" }.dropFirst(2)) }
      // What is known keeps its steps.
      let reads =
        known.sorted() == result.reads.sorted()
        ? one.reads : result.reads.enumerated().map { "\($0.offset + 1)> \($0.element)" }
      return (["== \(one.id) \(one.title)", one.request] + reads + [result.answer]).joined(separator: "\n")
    }
    try ([head] + blocks).joined(separator: "\n\n").appending("\n").write(
      toFile: Self.file, atomically: true, encoding: .utf8)
  }

  @Test(arguments: (try? parts.get().cases) ?? [])
  func isAnsweredAsTheTableSays(one: Case) throws {
    let result = try Self.shared.get().run(one.request)
    #expect(result.answer == one.answer, "\(one.id): \(result.response.text.prefix(400))")
    // Step by step; within one, in any order.
    var rest = result.reads[...]
    for step in Set(one.reads.map { $0.prefix { $0 != ">" } }).sorted(by: { Int($0) ?? 0 < Int($1) ?? 0 }) {
      let expected = one.reads.filter { $0.hasPrefix("\(step)> ") }.map { String($0.dropFirst(step.count + 2)) }
      #expect(rest.prefix(expected.count).sorted() == expected.sorted(), "\(one.id), step \(step)")
      rest = rest.dropFirst(expected.count)
    }
    #expect(rest.isEmpty, "\(one.id)")
    for secret in ["createdon", "msdynci_", "ownerid", "_etag"] where result.response.status == 200 {
      #expect(!result.response.text.contains(secret), "\(one.id): \(secret)")
    }
  }

  /// Every line of the reference's tables has a case.
  @Test func everyLineIsThere() throws {
    let ids = Set(try Self.parts.get().cases.map { String($0.id.prefix { $0 != "." }) })
    var wanted = (1...16).map { "C\($0)" } + (1...6).map { "A\($0)" }
    wanted += ["S1", "M1", "M2", "E1", "E2", "E3", "P1", "K1", "U1", "X1", "X2"] + (1...19).map { "R\($0)" }
    #expect(Set(wanted).subtracting(ids) == [])
  }

  // MARK: Paging

  /// Links of one read and of several: every byte of their token counts, and so do caller, query and time.
  @Test(arguments: [
    "Customer?$select=CustomerId", "Customer?$select=CustomerId&$skip=1",
    "Customer?$select=FullName&$expand=Customer_Measure",
  ])
  func linksThatAreNotOursAreRefused(request: String) throws {
    let subject = try Self.shared.get()
    let first = try HTTPConnection.get(subject.gateway.origin, subject.target(request))
    let link = try #require(try first.json()["@odata.nextLink"] as? String, "\(first.text.prefix(300))")
    let target = String(link.dropFirst(subject.gateway.origin.count))
    let second = try HTTPConnection.get(subject.gateway.origin, target)
    #expect(second.status == 200)
    #expect(try second.rows().count == (request.contains("$skip") ? 19 : 20))
    let mark = try #require(target.range(of: "$skiptoken="))
    let (front, token) = (String(target[..<mark.upperBound]), Array(target[mark.upperBound...]))
    var broken = token.indices.map { index in
      var copy = token
      copy[index] = copy[index] == "A" ? "B" : "A"
      return front + String(copy)
    }
    broken += [front + "A", front + String(token.dropLast()), front + String(token.dropFirst()), front + "2"]
    // The same token with another query, entity, front and dialect.
    let text = String(token)
    broken += [
      subject.target("Customer?$skiptoken=\(text)"), subject.target("UnifiedActivity?$skiptoken=\(text)"),
      subject.target("\(request)&$filter=City eq 'x'&$skiptoken=\(text)"),
    ]
    let before = subject.recorder.reads.count
    for target in broken {
      let response = try HTTPConnection.get(subject.gateway.origin, target)
      #expect(response.status == 400, "\(target): \(response.text.prefix(200))")
      #expect(ProofGateway.code(of: response) == "skiptokenInvalid", "\(target)")
      #expect(!response.text.contains(text.prefix(20)) && response.text.contains("first page"))
    }
    #expect(subject.recorder.reads.count == before)
  }

  /// All customers once, by links of plans.
  @Test(arguments: [
    "Customer?$select=CustomerId&$skip=3", "Customer?$select=CustomerId&$expand=Customer_Measure",
    "Customer_Measure?$select=CustomerId&$filter=OrderCount ge 0",
    "Customer_Measure?$select=CustomerId&$orderby=OrderCount",
  ])
  func pagesGiveEveryRowOnce(request: String) throws {
    let subject = try Self.shared.get()
    var target = subject.target(request)
    var seen: [String] = []
    for _ in 0..<5 {
      let response = try HTTPConnection.get(subject.gateway.origin, target)
      seen += try response.rows().compactMap { $0["CustomerId"] as? String }
      guard let link = try response.json()["@odata.nextLink"] as? String else { break }
      target = String(link.dropFirst(subject.gateway.origin.count))
    }
    #expect(seen.count == (request.contains("$skip") ? 117 : 120) && Set(seen).count == seen.count)
  }

  @Test func linksGrowOld() throws {
    let subject = try Self.shared.get()
    let gateway = try subject.recorder.gateway(
      """
      callers: { anonymous: default }
      instances: ["\(subject.samples["instanceID"] ?? "")"]
      legacy: { throttle: { calls: 0 } }
      """, limits: "{ links: 1s }")
    defer { gateway.program.kill9() }
    for request in ["Customer?$select=CustomerId", "Customer?$select=CustomerId&$skip=1"] {
      let first = try HTTPConnection.get(gateway.origin, subject.target(request))
      let link = try #require(try first.json()["@odata.nextLink"] as? String)
      let deadline = Date().addingTimeInterval(60)
      var response = first
      // What has been answered before is no longer either.
      while response.status == 200, Date() < deadline {
        response = try HTTPConnection.get(gateway.origin, String(link.dropFirst(gateway.origin.count)))
        if response.status == 200 { usleep(50_000) }
      }
      #expect(response.status == 400 && ProofGateway.code(of: response) == "skiptokenInvalid")
    }
  }
}
