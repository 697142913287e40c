import Foundation
import Synchronization
import Testing

/// Answers that take several reads are long answers like any other: they go out while they come, in little memory, and
/// end abnormally when a read of them fails.
@Suite struct PlanStreamingTests {
  static let customers = "/v1/instances/\(StreamingTests.instance)/data/Customer?$select=FullName"

  /// A page of rows; pages of a plan have up to 500.
  private static func page(_ number: Int, rows: Int = 500, bytes: Int, isLast: Bool) -> String {
    let row = #"{"@odata.etag":"W/\"1\"","msdynci_fullname":"\#(number)-\#(String(repeating: "n", count: bytes))"}"#
    let link = isLast ? "" : #","@odata.nextLink":"https://o/x?$skiptoken=\#(number + 1)""#
    return #"{"value":[\#(Array(repeating: row, count: rows).joined(separator: ","))]\#(link)}"#
  }

  /// A file of those that ship.
  private static func shipped(_ name: String) throws -> String {
    let project = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return try String(contentsOf: project.appendingPathComponent("policies/\(name)"), encoding: .utf8)
  }

  /// A gateway with the policy that ships, and more rows at once, which may be counted.
  private static func gateway(
    _ organization: FakeOrganization, more: String = ""
  ) throws -> (program: Program, origin: String) {
    let policy = try shipped("customer-insights.yaml")
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let wide = policy.replacingOccurrences(of: "top: 500 ", with: "top: 5000 ")
      .replacingOccurrences(of: "$skiptoken]", with: "$skiptoken, $count]")
    return try organization.gateway(
      StreamingTests.more + "\n" + more, arguments: ["--policy", try folder.write("policy.yaml", wide)])
  }

  /// The same, whose plans have less time than ships.
  private static func hurriedGateway(
    _ organization: FakeOrganization, _ time: String
  ) throws -> (program: Program, origin: String) {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let mapping = try shipped("mappings/customer-insights.yaml")
    let hurried = mapping.replacingOccurrences(of: "time: 60s", with: "time: \(time)")
    #expect(hurried != mapping)
    return try gateway(organization, more: "mapping: \(try folder.write("mapping.yaml", hurried))")
  }

  /// The page that a request is for.
  private static func number(_ line: String) -> Int {
    line.firstMatch(of: #/skiptoken=(\d+)/#).flatMap { Int($0.1) } ?? 0
  }

  private static func respond(_ page: String, _ send: (String) -> Bool) {
    _ = send(StreamingTests.head + "Content-Length: \(page.utf8.count)\r\n\r\n" + page)
  }

  @Test func theFirstBytesGoOutBeforeTheLastReadIsAnswered() throws {
    let seen = DispatchSemaphore(value: 0)
    let organization = try StreamingTests.organization { line, send in
      // The second page only when the client has seen something of the first.
      if Self.number(line) == 1, seen.wait(timeout: .now() + 60) != .success { return }
      Self.respond(Self.page(Self.number(line), bytes: 1000, isLast: Self.number(line) == 1), send)
    }
    defer { organization.stop() }
    let gateway = try Self.gateway(organization)
    defer { gateway.program.kill9() }
    let client = try HTTPConnection(gateway.origin, timeout: 60)
    try client.send("GET", Self.customers + "&$top=1000")
    let head = try client.head()
    #expect(head.status == 200 && head["transfer-encoding"] == "chunked" && head["etag"] == nil)
    var body = try #require(try client.chunk())
    seen.signal()
    while let chunk = try client.chunk() { body += chunk }
    let rows = try HTTPConnection.Response(status: 200, headers: [], body: body).rows()
    #expect(rows.count == 1000)
    #expect(organization.reads.count == 2)
  }

  /// A page at a time, whatever the length of the whole: 3,000 rows of 8 KB, which is close to what one plan may read.
  @Test func aLongPlanTakesLittleMemory() throws {
    let organization = try StreamingTests.organization { line, send in
      Self.respond(Self.page(Self.number(line), bytes: 8000, isLast: false), send)
    }
    defer { organization.stop() }
    let gateway = try Self.gateway(organization)
    defer { gateway.program.kill9() }
    _ = try HTTPConnection.get(gateway.origin, Self.customers + "&$top=1")
    let before = try StreamingTests.peakMemory(of: gateway.program)
    let client = try HTTPConnection(gateway.origin, timeout: 120)
    try client.send("GET", Self.customers + "&$top=3000")
    _ = try client.head()
    let (count, tail) = try StreamingTests.readToTheEnd(client)
    #expect(count > 24_000_000 && tail.hasSuffix("]}"))
    let growth = try StreamingTests.peakMemory(of: gateway.program) - before
    #expect(growth < 32 << 20, "\(growth) bytes")
  }

  /// An organization that does not answer, or not to the end: the plan ends with its time, and says so. Where there was
  /// nothing, the request is not to blame.
  @Test(
    .timeLimit(.minutes(5)),
    arguments: [
      ("&$skip=1", 504, "upstream.timeout"), ("&$expand=UnifiedActivity", 400, "planTooLarge"),
      ("&$filter=CustomerId in (\(ids))", 504, "upstream.timeout"),
    ])
  func aPlanEndsWithItsTime(more: String, status: Int, code: String) throws {
    let over = DispatchSemaphore(value: 0)
    let organization = try StreamingTests.organization { line, send in
      let isLater = line.contains("unifiedactivities")
      if more.contains("expand"), !isLater {
        return Self.respond(#"{"value":[{"msdynci_customerid":"1","msdynci_fullname":"n"}]}"#, send)
      }
      _ = send(isLater ? "" : StreamingTests.head + "Content-Length: 1000\r\n\r\n{")
      _ = over.wait(timeout: .now() + 120)
    }
    defer { organization.stop() }
    defer { for _ in 0..<10 { over.signal() } }
    let gateway = try Self.hurriedGateway(organization, "300ms")
    defer { gateway.program.kill9() }
    let target = (Self.customers + more).replacingOccurrences(of: " ", with: "%20")
    let response = try HTTPConnection.get(gateway.origin, target)
    #expect(response.status == status && ProofGateway.code(of: response) == code, "\(response.text)")
    #expect(response.text.contains("300 milliseconds") == (status == 400))
  }

  /// A page that ended where the organization was slow, and goes on behind a link, is no answer for others: neither one
  /// that goes out whole, nor one that had begun to go out.
  @Test(.timeLimit(.minutes(5)), arguments: [10, 8000]) func aPageThatEndedLateIsNotKept(bytes: Int) throws {
    let over = DispatchSemaphore(value: 0)
    let slow = Mutex(true)
    let organization = try StreamingTests.organization { line, send in
      let number = Self.number(line)
      if number == 1, slow.withLock({ $0 }) { return _ = over.wait(timeout: .now() + 120) }
      Self.respond(Self.page(number, rows: 60, bytes: bytes, isLast: number == 1), send)
    }
    defer { organization.stop() }
    defer { over.signal() }
    let gateway = try Self.hurriedGateway(organization, "1s")
    defer { gateway.program.kill9() }
    let late = try HTTPConnection.get(gateway.origin, Self.customers + "&$skip=1")
    #expect(late.status == 200, "\(late.text)")
    #expect(try late.rows().count == 59 && late.json()["@odata.nextLink"] != nil)
    #expect((late["transfer-encoding"] == "chunked") == (bytes > 1000))
    slow.withLock { $0 = false }
    for isKept in [false, true] {
      let whole = try HTTPConnection.get(gateway.origin, Self.customers + "&$skip=1")
      #expect(try whole.status == 200 && whole.rows().count == 100)
      #expect((whole["cache-status"] ?? "").contains("hit") == isKept)
    }
  }

  /// More than one read asks for.
  private static let ids = (0..<120).map { "'\(String(repeating: "0", count: 28))\(1000 + $0)'" }.joined(separator: ",")

  /// One page that has no end: the plan ends it at what it may hold, and says so.
  @Test func aPageThatIsTooLargeIsLeft() throws {
    let sent = Mutex(0)
    let organization = try StreamingTests.organization { _, send in
      guard send(StreamingTests.head + "\r\n" + #"{"value":["# + StreamingTests.row) else { return }
      let part = String(repeating: "," + StreamingTests.row, count: 8)
      for _ in 0..<4000 {
        guard send(part) else { return }
        sent.withLock { $0 += part.utf8.count }
      }
      _ = send("]}")
    }
    defer { organization.stop() }
    let gateway = try Self.gateway(organization)
    defer { gateway.program.kill9() }
    let response = try HTTPConnection.get(gateway.origin, Self.customers + "&$skip=1")
    #expect(response.status == 400 && ProofGateway.code(of: response) == "planTooLarge", "\(response.text)")
    #expect(sent.withLock { $0 } < 100_000_000)
  }

  /// A number of rows that was asked for and does not come is told before the first byte, whether one read answers or
  /// several do.
  @Test func aCountThatDoesNotComeIsTold() throws {
    let organization = try StreamingTests.organization { _, send in
      Self.respond(Self.page(0, rows: 2, bytes: 10, isLast: true), send)
    }
    defer { organization.stop() }
    let gateway = try Self.gateway(organization)
    defer { gateway.program.kill9() }
    let answers = try ["", "&$skip=1", "&$top=101", "&$expand=UnifiedActivity"].map { more in
      #expect(try HTTPConnection.get(gateway.origin, Self.customers + more).status == 200)
      return try HTTPConnection.get(gateway.origin, Self.customers + more + "&$count=true")
    }
    for answer in answers {
      #expect(answer.status == 502 && ProofGateway.code(of: answer) == "upstream.shape", "\(answer.text)")
      #expect(answer.text == answers[0].text)
    }
  }

  /// Old clients take a page without rows for the end: one that others follow is not handed on, whether one read answers
  /// or several do.
  @Test(arguments: ["", "&$skip=0", "&$top=5", "&$filter=City eq 'a'", "&$expand=UnifiedActivity"])
  func emptyPagesArePassedOver(more: String) throws {
    let organization = try StreamingTests.organization { line, send in
      let number = Self.number(line)
      let isOther = line.contains("unifiedactivities")
      let rows = isOther || number < 3 ? 0 : 2
      Self.respond(Self.page(number, rows: rows, bytes: 10, isLast: isOther || number > 3), send)
    }
    defer { organization.stop() }
    let gateway = try Self.gateway(organization)
    defer { gateway.program.kill9() }
    let target = (Self.customers + more).replacingOccurrences(of: " ", with: "%20")
    let first = try HTTPConnection.get(gateway.origin, target)
    #expect(first.status == 200)
    let rows = try first.rows()
    let reads = organization.reads.filter { $0.line.contains("customerprofiles") }
    #expect(reads.map { Self.number($0.line) }.starts(with: [0, 1, 2, 3]))
    // The link leads behind the page that had rows.
    let link = try first.json()["@odata.nextLink"] as? String
    guard more != "&$expand=UnifiedActivity" else { return }
    #expect(rows.count == 2 && reads.count == 4)
    let next = try HTTPConnection.get(
      gateway.origin, String(try #require(link).dropFirst(gateway.origin.count)))
    #expect(try next.status == 200 && next.rows().count == 2 && next.json()["@odata.nextLink"] == nil)
  }

  /// Dataverse gives the number of rows with the first page, and need not again with those that are read in its place.
  /// Where a later page has another, that of the first counts.
  @Test(arguments: ["", #""@odata.count":9,"#])
  func countsOfEmptyPagesAreKept(later: String) throws {
    let organization = try StreamingTests.organization { line, send in
      let number = Self.number(line)
      let page = Self.page(number, rows: number < 2 ? 0 : 2, bytes: 10, isLast: number == 2)
      Self.respond("{" + (number == 0 ? #""@odata.count":7,"# : later) + page.dropFirst(), send)
    }
    defer { organization.stop() }
    let gateway = try Self.gateway(organization)
    defer { gateway.program.kill9() }
    let answer = try HTTPConnection.get(gateway.origin, Self.customers + "&$count=true")
    #expect(answer.status == 200, "\(answer.text)")
    #expect(try answer.rows().count == 2 && answer.json()["@odata.count"] as? Int == 7)
    #expect(organization.reads.map { Self.number($0.line) } == [0, 1, 2])
    #expect(organization.reads.allSatisfy { $0.line.contains("$count=true") })
  }

  /// Nor with the page behind a link, whether one read answers or several do. Where it does, that is shown.
  @Test(arguments: ["", "&$expand=UnifiedActivity"], ["", #""@odata.count":9,"#])
  func aCountNeedNotComeAgain(more: String, later: String) throws {
    let organization = try StreamingTests.organization { line, send in
      let number = Self.number(line)
      if line.contains("unifiedactivities") { return Self.respond(#"{"value":[]}"#, send) }
      let page = Self.page(number, rows: 100, bytes: 10, isLast: number == 1)
      Self.respond("{" + (number == 0 ? #""@odata.count":7,"# : later) + page.dropFirst(), send)
    }
    defer { organization.stop() }
    let gateway = try Self.gateway(organization)
    defer { gateway.program.kill9() }
    let first = try HTTPConnection.get(gateway.origin, Self.customers + more + "&$count=true")
    #expect(try first.status == 200 && first.json()["@odata.count"] as? Int == 7)
    let link = try #require(try first.json()["@odata.nextLink"] as? String)
    let second = try HTTPConnection.get(gateway.origin, String(link.dropFirst(gateway.origin.count)))
    #expect(second.status == 200, "\(second.text)")
    #expect(try second.rows().count == 100 && second.json()["@odata.count"] as? Int == (later.isEmpty ? nil : 9))
  }

  /// As many as a plan may read, and no more; each of them is charged.
  @Test func emptyPagesHaveALimit() throws {
    let organization = try StreamingTests.organization { line, send in
      Self.respond(Self.page(Self.number(line), rows: 0, bytes: 10, isLast: false), send)
    }
    defer { organization.stop() }
    let gateway = try organization.gateway(
      """
      callers: { anonymous: default, budget: { requestsPerMinute: 1, burst: 3, concurrent: 2 } }
      instances: ["\(StreamingTests.instance)"]
      """)
    defer { gateway.program.kill9() }
    let endless = try HTTPConnection.get(gateway.origin, Self.customers)
    #expect(endless.status == 400 && ProofGateway.code(of: endless) == "planTooLarge", "\(endless.text)")
    #expect(organization.reads.count == 100)
    let later = try HTTPConnection.get(gateway.origin, Self.customers + "&$top=1")
    #expect(later.status == 429 && organization.reads.count == 100, "\(later.text)")
  }

  /// An answer that cannot go on once it has begun is cut, and nothing of it is kept.
  @Test(arguments: ["status", "shape"])
  func aPlanThatFailsIsCutAndForgotten(how: String) throws {
    let organization = try StreamingTests.organization { line, send in
      let number = Self.number(line)
      if number == 1, how == "status" {
        _ = send(FakeOrganization.json("{}", status: "500 No"))
      } else {
        let page = Self.page(number, bytes: 1000, isLast: false)
        Self.respond(number == 1 && how == "shape" ? String(page.dropLast()) : page, send)
      }
    }
    defer { organization.stop() }
    let gateway = try Self.gateway(organization)
    defer { gateway.program.kill9() }
    for round in 1...2 {
      let client = try HTTPConnection(gateway.origin, timeout: 60)
      try client.send("GET", Self.customers + "&$top=5000")
      #expect(try client.head().status == 200)
      #expect(throws: (any Error).self) { try StreamingTests.readToTheEnd(client) }
      #expect(organization.reads.count == round * 2)
    }
  }
}
