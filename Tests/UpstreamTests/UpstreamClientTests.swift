import Foundation
import Testing

@testable import Upstream

@Suite struct UpstreamClientTests {
  static func configuration(_ origin: String, ca: String? = nil) -> UpstreamConfiguration {
    var configuration = UpstreamConfiguration(origin: origin)
    configuration.httpVersion = .http1
    configuration.caFile = ca.map(LoopbackServer.certificate)
    // Tests share few threads: one that is not about time must not end by it.
    configuration.timeout = 600_000
    return configuration
  }

  /// Sends one request to a server that answers so, and reads the whole body.
  static func exchange(
    _ steps: [LoopbackServer.Step], limit: Int = 1 << 20, change: (inout UpstreamConfiguration) -> Void = { _ in }
  ) async throws -> (status: Int, headers: UpstreamHeaders, body: String) {
    let server = try await LoopbackServer { _ in steps }
    var configuration = configuration(server.origin)
    change(&configuration)
    let client = try UpstreamClient(configuration)
    let result: Result<(Int, UpstreamHeaders, String), any Error>
    do {
      let response = try await client.send(UpstreamRequest(path: "/x", headers: [], maxBodyBytes: limit))
      let body = try await response.body.collect(upTo: limit)
      result = .success((response.status, response.headers, String(decoding: body, as: UTF8.self)))
    } catch {
      result = .failure(error)
    }
    await client.shutdown()
    try await server.stop()
    return try result.get()
  }

  static func code(_ steps: [LoopbackServer.Step], limit: Int = 1 << 20) async throws -> UpstreamError.Code? {
    do {
      _ = try await exchange(steps, limit: limit)
      return nil
    } catch let error as UpstreamError {
      return error.code
    }
  }

  @Test func everySplitOfAnAnswerReadsTheSame() async throws {
    let text =
      "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"
    let server = try await LoopbackServer { head in
      let split = Int(head.split(separator: "/")[1].prefix { $0.isNumber }) ?? 0
      return [.write(String(text.prefix(split))), .write(String(text.dropFirst(split)))]
    }
    let client = try UpstreamClient(Self.configuration(server.origin))
    // libcurl lets go of a connection that was idle for 118 s, which a machine with much else to do may bring about.
    var last = ContinuousClock.now
    var pauses = 0
    for split in 1..<text.utf8.count {
      // From begin to begin: a connection may be idle long before this task hears of the end.
      let begin = ContinuousClock.now
      if begin - last > .seconds(100) { pauses += 1 }
      last = begin
      let response = try await client.send(UpstreamRequest(path: "/\(split)", headers: [], maxBodyBytes: 100))
      #expect(response.status == 200 && response.headers["content-type"] == "text/plain")
      #expect(try await response.body.collect(upTo: 100) == Array("hello world".utf8))
    }
    let connections = server.connections
    #expect(connections >= 1 && connections <= 1 + pauses, "the connection is not kept")
    await client.shutdown()
    try await server.stop()
  }

  @Test func whatIsSentIsWhatWasAskedFor() async throws {
    let server = try await LoopbackServer { _ in
      LoopbackServer.ok("", status: "302 Found", fields: "Location: /elsewhere\r\nSet-Cookie: a=b\r\n")
    }
    let client = try UpstreamClient(Self.configuration(server.origin))
    for _ in 0..<2 {
      let response = try await client.send(
        UpstreamRequest(
          path: "/a/../b?$x='%20'&y=%2e", headers: [(name: "Accept", value: "application/json")], maxBodyBytes: 10))
      #expect(response.status == 302)
      _ = try await response.body.collect(upTo: 10)
    }
    #expect(server.heads.count == 2, "the redirect was followed")
    for head in server.heads {
      let lines = head.components(separatedBy: "\r\n").filter { !$0.isEmpty }
      #expect(lines.first == "GET /a/../b?$x='%20'&y=%2e HTTP/1.1")
      #expect(
        Set(lines.dropFirst())
          == ["Host: localhost:\(server.port)", "Accept-Encoding: gzip", "Accept: application/json"])
    }
    await client.shutdown()
    try await server.stop()
  }

  @Test func shortAnswersAreCut() async throws {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"
    #expect(try await Self.code([.write(head + "half"), .close]) == .cut)
    #expect(
      try await Self.code([.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel"), .close]) == .cut)
    #expect(
      try await Self.code([.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"), .close])
        == .cut)
    #expect(try await Self.code([.close]) == .cut)
    #expect(try await Self.code([.write("nonsense\r\n\r\n"), .close]) != nil)
    #expect(try await Self.exchange([.write(head + "0123456789")]).body == "0123456789")
  }

  @Test func sizesAreLimited() async throws {
    #expect(
      try await Self.exchange(LoopbackServer.ok(String(repeating: "a", count: 1000)), limit: 1000).body.count == 1000)
    #expect(try await Self.code(LoopbackServer.ok(String(repeating: "a", count: 1001)), limit: 1000) == .tooLarge)
    let field = "X: \(String(repeating: "y", count: 70_000))\r\n"
    #expect(try await Self.code(LoopbackServer.ok("a", fields: field)) == .tooLarge)
  }

  @Test func anAnswerThatIsSlowerThanItsTimeEnds() async throws {
    await #expect(throws: UpstreamError(.timeout, "The answer did not come in time.")) {
      try await Self.exchange([.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"), .hang]) { $0.timeout = 300 }
    }
  }

  @Test func nobodyTakingPausesTheTransfer() async throws {
    let body = (0..<200_000).map { "\($0) " }.joined()
    let server = try await LoopbackServer { _ in LoopbackServer.ok(body) }
    var configuration = Self.configuration(server.origin)
    configuration.maxBufferedBytes = 10_000
    let client = try UpstreamClient(configuration)
    let response = try await client.send(UpstreamRequest(path: "/x", headers: [], maxBodyBytes: 1 << 24))
    _ = await eventually { response.body.bufferedBytes >= 10_000 }
    for _ in 0..<20 {
      #expect(response.body.bufferedBytes <= 10_000 + 16_384, "more waits than one chunk beyond the limit")
      try await Task.sleep(for: .milliseconds(2))
    }
    #expect(try await response.body.collect(upTo: 1 << 24) == Array(body.utf8))
    await client.shutdown()
    try await server.stop()
  }

  /// Transfers that end while they wait for a connection leave nothing behind that those after them could trip over.
  @Test func transfersThatNeverBeganSpoilNoOthers() async throws {
    let server = try await LoopbackServer { head in head.hasPrefix("GET /hang") ? [.hang] : LoopbackServer.ok("well") }
    var configuration = Self.configuration(server.origin)
    configuration.maxConnections = 1
    let client = try UpstreamClient(configuration)
    func send(_ path: String) async throws -> [UInt8] {
      let response = try await client.send(UpstreamRequest(path: path, headers: [], maxBodyBytes: 100))
      return try await response.body.collect(upTo: 100)
    }
    let hanging = (0..<6).map { number in Task { try await send("/hang\(number)") } }
    #expect(await eventually { server.heads.contains { $0.hasPrefix("GET /hang") } })
    // The others come to wait behind it meanwhile. Where they do not, this shows nothing, and fails none the less never.
    try await Task.sleep(for: .milliseconds(100))
    for task in hanging { task.cancel() }
    for task in hanging { await #expect(throws: UpstreamError.self) { try await task.value } }
    for number in 0..<8 { #expect(try await send("/x\(number)") == Array("well".utf8)) }
    await client.shutdown()
    try await server.stop()
  }

  @Test func cancelledAndForgottenTransfersEnd() async throws {
    let server = try await LoopbackServer { _ in [.hang] }
    var configuration = Self.configuration(server.origin)
    configuration.maxConcurrentRequests = 1
    configuration.maxQueuedRequests = 1
    let client = try UpstreamClient(configuration)
    let gate = UpstreamGate(client: client)
    for _ in 0..<3 {
      let task = Task { try await gate.send(UpstreamRequest(path: "/x", headers: [], maxBodyBytes: 10)) }
      let count = server.heads.count
      #expect(await eventually { server.heads.count > count || server.heads.count >= 1 })
      task.cancel()
      await #expect(throws: UpstreamError.self) { try await task.value }
    }
    // The one slot is free again, or these would wait for ever.
    let last = Task { try await gate.send(UpstreamRequest(path: "/y", headers: [], maxBodyBytes: 10)) }
    #expect(await eventually { server.heads.contains { $0.hasPrefix("GET /y ") } })
    await client.shutdown()
    await #expect(throws: UpstreamError(.shuttingDown, "The gateway is stopping.")) { try await last.value }
    try await server.stop()
  }

  @Test(arguments: ["x", "", "/a b", "/\u{e9}", "/a\r\nX: y", "/a#b", "/\u{0}"])
  func pathsThatAreNotEncodedAreRefused(path: String) async throws {
    let client = try UpstreamClient(Self.configuration("http://127.0.0.1:1"))
    await #expect(throws: UpstreamError.self) {
      try await client.send(UpstreamRequest(path: path, headers: [], maxBodyBytes: 10))
    }
    await client.shutdown()
  }

  @Test(arguments: [("A", "b\r\nC: d"), ("A: B", "c"), ("", "x"), ("A", "\u{0}")])
  func headerFieldsThatWouldBreakOutAreRefused(name: String, value: String) async throws {
    let client = try UpstreamClient(Self.configuration("http://127.0.0.1:1"))
    await #expect(throws: UpstreamError.self) {
      try await client.send(UpstreamRequest(path: "/", headers: [(name: name, value: value)], maxBodyBytes: 10))
    }
    await client.shutdown()
  }

  @Test(arguments: [
    ("https://org.crm.dynamics.com", true), ("https://org:8443", true), ("http://127.0.0.1:80", true),
    ("http://localhost", true), ("http://[::1]:1", true), ("http://example.com", false),
    ("http://127.0.0.1.example", false),
    ("http://localhost.example", false), ("ftp://localhost", false), ("https://a/b", false), ("https://u@h", false),
    ("https://h/", false), ("", false), ("https://", false), ("http://127.1.evil.com", false),
  ])
  func originsAreChecked(origin: String, isGood: Bool) {
    if isGood {
      #expect(throws: Never.self) { try UpstreamConfiguration(origin: origin).validate() }
    } else {
      #expect(throws: UpstreamError.self) { try UpstreamConfiguration(origin: origin).validate() }
    }
  }

  // MARK: TLS

  @Test func theRightAuthorityIsTrusted() async throws {
    let server = try await LoopbackServer(identity: LoopbackServer.identity("localhost")) { _ in
      LoopbackServer.ok("safe")
    }
    let client = try UpstreamClient(Self.configuration(server.origin, ca: "ca"))
    let response = try await client.send(UpstreamRequest(path: "/x", headers: [], maxBodyBytes: 10))
    #expect(try await response.body.collect(upTo: 10) == Array("safe".utf8))
    await client.shutdown()
    try await server.stop()
  }

  @Test(arguments: [("localhost", "other-ca"), ("localhost", nil), ("elsewhere", "ca"), ("expired", "ca")])
  func otherCertificatesAreNot(certificate: String, ca: String?) async throws {
    let server = try await LoopbackServer(identity: LoopbackServer.identity(certificate)) { _ in
      LoopbackServer.ok("unsafe")
    }
    let client = try UpstreamClient(Self.configuration(server.origin, ca: ca))
    do {
      _ = try await client.send(UpstreamRequest(path: "/x", headers: [], maxBodyBytes: 10))
      Issue.record("the certificate was taken")
    } catch {
      #expect(error.code == .tls)
    }
    #expect(server.heads.isEmpty, "a request was sent over a connection that is not trusted")
    await client.shutdown()
    try await server.stop()
  }
}
