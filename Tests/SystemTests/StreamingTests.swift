import Foundation
import Synchronization
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// Long answers: they go out while they come, in little memory, and never look whole when they are not.
@Suite struct StreamingTests {
  static let targets = [
    "/api/data/v9.2/msdynci_customerprofiles?$select=msdynci_fullname",
    "/v1/instances/\(instance)/data/Customer?$select=FullName",
  ]
  static let instance = "11111111-2222-4333-8444-555555555555"
  static let more = """
    callers: { anonymous: default }
    instances: ["\(instance)"]
    """
  static let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
  static let row = #"{"@odata.etag":"W/\"1\"","msdynci_fullname":"\#(String(repeating: "n", count: 8000))"}"#

  /// An organization that answers reads with `serve`, and knows no table definitions.
  static func organization(
    _ serve: @escaping @Sendable (_ line: String, _ send: (String) -> Bool) -> Void
  ) throws -> FakeOrganization {
    try FakeOrganization { line, send in
      if line.contains("EntityDefinitions") {
        _ = send(FakeOrganization.json("{}", status: "404 Not Found"))
      } else {
        serve(line, send)
      }
    }
  }

  /// Sends a whole answer of some megabytes without ever having it whole.
  /// - Returns: whether all of it was taken.
  @Sendable private static func sendRows(
    megabytes: Int, _ send: (String) -> Bool, sent: @Sendable (Int) -> Void = { _ in }
  ) -> Bool {
    guard send(head + "\r\n" + #"{"value":["# + row) else { return false }
    let part = String(repeating: "," + row, count: 8)
    for _ in 0..<megabytes * 1_000_000 / part.utf8.count {
      guard send(part) else { return false }
      sent(part.utf8.count)
    }
    return send("]}")
  }

  /// Polls until a condition holds; `false` after a long time.
  static func eventually(_ condition: () throws -> Bool) rethrows -> Bool {
    let deadline = Date().addingTimeInterval(60)
    while Date() < deadline {
      if try condition() { return true }
      usleep(20_000)
    }
    return false
  }

  /// Reads a body in chunks to its end.
  /// - Returns: its bytes, and the last of them.
  static func readToTheEnd(_ client: HTTPConnection) throws -> (count: Int, tail: String) {
    var count = 0
    var tail: [UInt8] = []
    while let chunk = try client.chunk() {
      count += chunk.count
      tail = Array((tail + chunk.suffix(8)).suffix(8))
    }
    return (count, String(decoding: tail, as: UTF8.self))
  }

  @Test(arguments: targets)
  func theFirstBytesGoOutBeforeTheLastCome(target: String) throws {
    let seen = DispatchSemaphore(value: 0)
    let organization = try Self.organization { _, send in
      guard send(Self.head + "\r\n" + #"{"value":["# + [String](repeating: Self.row, count: 100).joined(separator: ","))
      else { return }
      // The rest only when the client has seen the first of it.
      guard seen.wait(timeout: .now() + 60) == .success else { return }
      _ = send("," + Self.row + "]}")
    }
    defer { organization.stop() }
    let gateway = try organization.gateway(Self.more)
    defer { gateway.program.kill9() }
    let client = try HTTPConnection(gateway.origin, timeout: 60)
    try client.send("GET", target)
    let head = try client.head()
    #expect(head.status == 200)
    #expect(head["transfer-encoding"] == "chunked")
    #expect(head["content-length"] == nil && head["etag"] == nil)
    var body = try #require(try client.chunk())
    seen.signal()
    while let chunk = try client.chunk() { body += chunk }
    let rows = try HTTPConnection.Response(status: 200, headers: [], body: body).rows()
    #expect(rows.count == 101)
  }

  /// Set STREAM_MEGABYTES and SLUICE_BINARY to see it with more, and with an optimised program.
  @Test func aLongAnswerTakesLittleMemory() throws {
    let megabytes = ProcessInfo.processInfo.environment["STREAM_MEGABYTES"].flatMap { Int($0) } ?? 100
    let organization = try Self.organization { line, send in
      _ = Self.sendRows(megabytes: line.contains("msdynci_fullname") ? megabytes : 1, send)
    }
    defer { organization.stop() }
    let gateway = try organization.gateway(Self.more)
    defer { gateway.program.kill9() }
    // A small one first, so that what every first answer costs is not counted.
    _ = try HTTPConnection.get(
      gateway.origin, "/api/data/v9.2/msdynci_customerprofiles?$select=msdynci_customerid")
    let before = try Self.peakMemory(of: gateway.program)
    for target in Self.targets {
      let client = try HTTPConnection(gateway.origin, timeout: 120)
      try client.send("GET", target)
      _ = try client.head()
      let (count, tail) = try Self.readToTheEnd(client)
      #expect(count > megabytes * 900_000)
      #expect(tail.hasSuffix("]}"))
    }
    let growth = try Self.peakMemory(of: gateway.program) - before
    #expect(growth < 32 << 20, "\(growth) bytes for \(megabytes) MB")
    if ProcessInfo.processInfo.environment["STREAM_MEGABYTES"] != nil {
      print("peak memory grew by \(growth / 1024) KiB over two answers of \(megabytes) MB, from \(before / 1024) KiB")
    }
  }

  /// The most memory that a program has held so far, in bytes.
  static func peakMemory(of program: Program) throws -> Int {
    let status = try String(contentsOfFile: "/proc/\(program.identifier)/status", encoding: .utf8)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
    return try #require(line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) })
      * 1024
  }

  @Test(arguments: [
    // The connection ends in the middle.
    #","#, #",{"msdynci_fullname":"x"#,
    // An answer that is none.
    #","error":{"code":"1"}}"#, #",{"msdynci_fullname":"a","msdynci_fullname":"b"}]}"#, #"]},"#,
    "\u{1}",
    // Whole JSON whose end never came is missing bytes by its length.
    "]}",
  ])
  func anAnswerThatFailsIsCutAndForgotten(end: String) throws {
    let organization = try Self.organization { _, send in
      _ = send(
        Self.head + "Content-Length: 99000000\r\n\r\n" + #"{"value":["#
          + [String](repeating: Self.row, count: 200).joined(separator: ",") + end)
    }
    defer { organization.stop() }
    let gateway = try organization.gateway(Self.more)
    defer { gateway.program.kill9() }
    for round in 1...2 {
      let client = try HTTPConnection(gateway.origin)
      try client.send("GET", Self.targets[0])
      #expect(try client.head().status == 200)
      #expect(throws: (any Error).self) { try Self.readToTheEnd(client) }
      // Asked anew: nothing of it was kept.
      #expect(organization.reads.count == round)
    }
    // Without chunks, the end of the connection alone would look like the end of the answer.
    let old = try HTTPConnection(gateway.origin)
    try old.send(raw: "GET \(Self.targets[0]) HTTP/1.0\r\n\r\n")
    #expect(throws: (any Error).self) { try old.response() }
    #expect(Self.eventually { gateway.program.standardError.contains("stage") })
  }

  @Test func anAnswerBeyondItsLimitIsCut() throws {
    let organization = try Self.organization { _, send in _ = Self.sendRows(megabytes: 3, send) }
    defer { organization.stop() }
    let gateway = try organization.gateway(Self.more, limits: "{ answer: 1MiB, streamed: 2MiB }")
    defer { gateway.program.kill9() }
    let client = try HTTPConnection(gateway.origin)
    try client.send("GET", Self.targets[0])
    #expect(try client.head().status == 200)
    #expect(throws: (any Error).self) { try Self.readToTheEnd(client) }
    #expect(Self.eventually { gateway.program.standardError.contains("tooLarge") })
  }

  @Test func aSlowClientHoldsTheUpstreamUp() throws {
    let sent = Mutex(0)
    let organization = try Self.organization { _, send in
      _ = Self.sendRows(megabytes: 60, send, sent: { count in sent.withLock { $0 += count } })
    }
    defer { organization.stop() }
    let gateway = try organization.gateway(Self.more)
    defer { gateway.program.kill9() }
    let client = try HTTPConnection(gateway.origin, timeout: 60)
    try client.send("GET", Self.targets[0])
    _ = try client.head()
    // Until nothing moves any more: the client's and the upstream's socket buffers are full.
    var last = -1
    var still = 0
    #expect(
      Self.eventually {
        let now = sent.withLock { $0 }
        still = now == last ? still + 1 : 0
        last = now
        return still > 40
      })
    #expect(last > 0 && last < 30_000_000, "\(last)")
    // Whoever asks for the same does not wait for the slow one.
    let other = try HTTPConnection(gateway.origin, timeout: 60)
    try other.send("GET", Self.targets[0])
    _ = try other.head()
    let whole = try Self.readToTheEnd(other)
    let slow = try Self.readToTheEnd(client)
    #expect(slow.count == whole.count && slow.tail == whole.tail && slow.tail.hasSuffix("]}"))
  }

  /// A client that takes nothing is cut off, and when it reads on at last, what it has does not look whole: least of all
  /// where the end of the connection is the end of the answer.
  @Test(arguments: ["HTTP/1.0", "HTTP/1.1"])
  func aClientThatTakesNothingIsCutOff(version: String) throws {
    let outcome = Mutex<Bool?>(nil)
    let organization = try Self.organization { _, send in
      let isWhole = Self.sendRows(megabytes: 60, send)
      outcome.withLock { $0 = isWhole }
    }
    defer { organization.stop() }
    let gateway = try organization.gateway(Self.more, limits: "{ idleTimeout: 1s }")
    defer { gateway.program.kill9() }
    let client = try HTTPConnection(gateway.origin)
    try client.send(raw: "GET \(Self.targets[0]) \(version)\r\nHost: a\r\n\r\n")
    #expect(Self.eventually { outcome.withLock { $0 } == false })
    #expect(throws: (any Error).self) {
      if version == "HTTP/1.0" {
        _ = try client.response()
      } else {
        _ = try client.head()
        _ = try Self.readToTheEnd(client)
      }
    }
    // Nobody else is in its way.
    let other = try HTTPConnection(gateway.origin, timeout: 60)
    try other.send("GET", Self.targets[0])
    _ = try other.head()
    #expect(try Self.readToTheEnd(other).tail.hasSuffix("]}"))
  }

  /// One that reads slowly and steadily has its answer, however long the system takes to hand more of it on.
  @Test func aClientThatReadsSlowlyIsNotCutOff() throws {
    let organization = try Self.organization { _, send in _ = Self.sendRows(megabytes: 12, send) }
    defer { organization.stop() }
    let gateway = try organization.gateway(Self.more, limits: "{ idleTimeout: 2s }")
    defer { gateway.program.kill9() }
    let client = try HTTPConnection(gateway.origin, timeout: 60)
    try client.send("GET", Self.targets[0])
    _ = try client.head()
    // Longer than the time that one has who takes nothing, in steps much shorter than that.
    for _ in 0..<30 {
      _ = try client.chunk()
      Thread.sleep(forTimeInterval: 0.2)
    }
    #expect(try Self.readToTheEnd(client).tail.hasSuffix("]}"))
  }

  @Test func whenTheClientLeavesTheUpstreamIsLeft() throws {
    let outcome = Mutex<Bool?>(nil)
    let organization = try Self.organization { _, send in
      let isWhole = Self.sendRows(megabytes: 200, send)
      outcome.withLock { $0 = isWhole }
    }
    defer { organization.stop() }
    let gateway = try organization.gateway(Self.more)
    defer { gateway.program.kill9() }
    let client = try HTTPConnection(gateway.origin)
    try client.send("GET", Self.targets[0])
    _ = try client.head()
    _ = try client.chunk()
    client.leave()
    #expect(Self.eventually { outcome.withLock { $0 } == false })
  }

  @Test func headHasNoBodyAndTheConnectionGoesOn() throws {
    let organization = try Self.organization { _, send in _ = Self.sendRows(megabytes: 1, send) }
    defer { organization.stop() }
    let gateway = try organization.gateway(Self.more)
    defer { gateway.program.kill9() }
    let client = try HTTPConnection(gateway.origin)
    try client.send("HEAD", Self.targets[0])
    let head = try client.response(isHead: true)
    #expect(head.status == 200 && head["transfer-encoding"] == "chunked" && head["content-length"] == nil)
    try client.send("GET", Self.targets[0])
    #expect(try client.response().rows().count > 100)
  }

  @Test func whatWasAskedBehindItIsAnsweredBehindIt() throws {
    let organization = try Self.organization { _, send in _ = Self.sendRows(megabytes: 2, send) }
    defer { organization.stop() }
    let gateway = try organization.gateway(Self.more)
    defer { gateway.program.kill9() }
    let client = try HTTPConnection(gateway.origin)
    let request = "GET \(Self.targets[0]) HTTP/1.1\r\nHost: a\r\n\r\n"
    try client.send(
      raw: request + "GET /api/data/v9.2/nothing HTTP/1.1\r\nHost: a\r\n\r\n" + "POST / HTTP/1.1\r\nHost: a\r\n\r\n")
    client.shutDown()
    #expect(try client.response().rows().count > 200)
    #expect(try client.response().status >= 400)
    #expect(try client.response().status == 405)
    #expect(client.isClosed())
  }

  @Test func clientsOfHTTP10GetItWithoutChunks() throws {
    let organization = try Self.organization { _, send in _ = Self.sendRows(megabytes: 2, send) }
    defer { organization.stop() }
    let gateway = try organization.gateway(Self.more)
    defer { gateway.program.kill9() }
    let client = try HTTPConnection(gateway.origin)
    try client.send(raw: "GET \(Self.targets[0]) HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    let response = try client.response()
    #expect(response["transfer-encoding"] == nil && response["connection"] == "close")
    #expect(try response.rows().count > 200)
  }

  @Test(arguments: targets)
  func whatIsNotTooLongIsKept(target: String) throws {
    let organization = try Self.organization { line, send in
      _ = Self.sendRows(megabytes: line.contains("$top=7") || line.contains("maxpagesize=7") ? 5 : 2, send)
    }
    defer { organization.stop() }
    let gateway = try organization.gateway(Self.more, limits: "{ answer: 3MiB }")
    defer { gateway.program.kill9() }
    let client = try HTTPConnection(gateway.origin)
    func get(_ target: String) throws -> HTTPConnection.Response {
      try client.send("GET", target)
      return try client.response()
    }
    let first = try get(target)
    let second = try get(target)
    #expect(first["transfer-encoding"] == "chunked" && first["etag"] == nil)
    #expect(second["content-length"].flatMap { Int($0) } == first.body.count)
    #expect(second["cache-status"]?.contains("hit") == true && second["etag"] != nil)
    #expect(first.body == second.body)
    #expect(organization.reads.count == 1)
    // Too long to be kept.
    for _ in 0..<2 { #expect(try get(target + "&$top=7")["transfer-encoding"] == "chunked") }
    #expect(organization.reads.count == 3)
  }

  @Test func allWhoAskAtOnceGetItWhole() throws {
    let asked = DispatchSemaphore(value: 0)
    let organization = try Self.organization { _, send in
      asked.signal()
      _ = Self.sendRows(megabytes: 4, send)
    }
    defer { organization.stop() }
    let gateway = try organization.gateway(Self.more)
    defer { gateway.program.kill9() }
    let clients = try (0..<6).map { _ in try HTTPConnection(gateway.origin, timeout: 60) }
    for client in clients { try client.send("GET", Self.targets[0]) }
    let bodies = try clients.map { try $0.response().body }
    for body in bodies { #expect(body == bodies[0]) }
    #expect(asked.wait(timeout: .now()) == .success)
    #expect(organization.reads.count <= 6)
  }

  @Test func stoppingWaitsForIt() throws {
    let seen = DispatchSemaphore(value: 0)
    let organization = try Self.organization { _, send in
      _ = send(Self.head + "\r\n" + #"{"value":["# + [String](repeating: Self.row, count: 100).joined(separator: ","))
      _ = seen.wait(timeout: .now() + 60)
      _ = send("]}")
    }
    defer { organization.stop() }
    let gateway = try organization.gateway(Self.more)
    defer { gateway.program.kill9() }
    let client = try HTTPConnection(gateway.origin, timeout: 60)
    try client.send("GET", Self.targets[0])
    _ = try client.head()
    gateway.program.terminate()
    // Stopping has begun when nobody else is let in.
    #expect(Self.eventually { (try? HTTPConnection(gateway.origin)) == nil })
    seen.signal()
    #expect(try Self.readToTheEnd(client).tail.hasSuffix("]}"))
    #expect(client.isClosed())
    #expect(gateway.program.wait() == 0)
  }
}
