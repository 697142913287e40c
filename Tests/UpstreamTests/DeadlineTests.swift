import Testing

@testable import Upstream

/// Requests whose answer must be there by a time of their own. What would wait for ever waits for ten minutes here, the
/// usual limit of these tests' transfers.
@Suite(.timeLimit(.minutes(5))) struct DeadlineTests {
  private static func request(_ path: String = "/x", in time: Duration) -> UpstreamRequest {
    UpstreamRequest(path: path, headers: [], maxBodyBytes: 100, deadline: .now + time)
  }

  private static func code(_ body: () async throws -> Void) async throws -> UpstreamError.Code? {
    do {
      try await body()
      return nil
    } catch let error as UpstreamError {
      return error.code
    }
  }

  /// Before the head, in the midst of the body, and where bytes come all the time.
  @Test(
    arguments: [
      [.hang], [.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"), .hang],
    ] as [[LoopbackServer.Step]])
  func anAnswerEndsWithItsTime(steps: [LoopbackServer.Step]) async throws {
    let server = try await LoopbackServer { _ in steps }
    let client = try UpstreamClient(UpstreamClientTests.configuration(server.origin))
    let code = try await Self.code {
      _ = try await client.send(Self.request(in: .milliseconds(200))).body.collect(upTo: 100)
    }
    #expect(code == .timeout)
    await client.shutdown()
    try await server.stop()
  }

  /// Whichever time is over first counts.
  @Test func theUpstreamsOwnTimeCountsToo() async throws {
    let server = try await LoopbackServer { head in head.hasPrefix("GET /hang") ? [.hang] : LoopbackServer.ok("well") }
    var configuration = UpstreamClientTests.configuration(server.origin)
    configuration.timeout = 200
    let client = try UpstreamClient(configuration)
    let code = try await Self.code { _ = try await client.send(Self.request("/hang", in: .seconds(86_400))) }
    #expect(code == .timeout)
    await client.shutdown()
    let other = try UpstreamClient(UpstreamClientTests.configuration(server.origin))
    let response = try await other.send(Self.request(in: .seconds(1_000_000_000_000)))
    #expect(try await response.body.collect(upTo: 100) == Array("well".utf8))
    await other.shutdown()
    try await server.stop()
  }

  @Test func nothingIsSentThatIsLate() async throws {
    let server = try await LoopbackServer { _ in LoopbackServer.ok("late") }
    let client = try UpstreamClient(UpstreamClientTests.configuration(server.origin))
    for time in [Duration.zero, .nanoseconds(-1), .seconds(-3600)] {
      #expect(try await Self.code { _ = try await client.send(Self.request(in: time)) } == .timeout)
    }
    #expect(server.heads.isEmpty)
    await client.shutdown()
    try await server.stop()
  }

  /// A begun millisecond counts: libcurl takes 0 for no limit.
  @Test func remainingTimeIsWholeMilliseconds() {
    #expect(UpstreamRequest(path: "/", headers: [], maxBodyBytes: 1).remainingMilliseconds == nil)
    for (time, range) in [
      (Duration.seconds(-5), 0...0), (.seconds(3600), 1...3_600_000), (.seconds(100_000), 86_400_000...86_401_000),
      (.seconds(Int64.max / 4), 86_400_000...86_401_000),
    ] {
      let remaining = Self.request(in: time).remainingMilliseconds
      #expect(remaining.map(range.contains) == true, "\(time)")
    }
  }

  /// In the client's own queue, behind one that holds the only connection.
  @Test func theWaitForAConnectionCounts() async throws {
    let server = try await LoopbackServer { head in head.hasPrefix("GET /hang") ? [.hang] : LoopbackServer.ok("well") }
    var configuration = UpstreamClientTests.configuration(server.origin)
    configuration.maxConnections = 1
    let client = try UpstreamClient(configuration)
    let first = Task { try await client.send(UpstreamRequest(path: "/hang", headers: [], maxBodyBytes: 100)) }
    #expect(await eventually { !server.heads.isEmpty })
    #expect(try await Self.code { _ = try await client.send(Self.request(in: .milliseconds(200))) } == .timeout)
    first.cancel()
    await #expect(throws: UpstreamError.self) { try await first.value }
    let response = try await client.send(Self.request(in: .seconds(600)))
    #expect(try await response.body.collect(upTo: 100) == Array("well".utf8))
    #expect(server.heads.count == 2)
    await client.shutdown()
    try await server.stop()
  }

  /// In the queue for a slot: who gives up leaves, and neither slot nor place in the queue is lost.
  @Test func theWaitForASlotCounts() async throws {
    let server = try await LoopbackServer { head in head.hasPrefix("GET /hang") ? [.hang] : LoopbackServer.ok("well") }
    var configuration = UpstreamClientTests.configuration(server.origin)
    (configuration.maxConcurrentRequests, configuration.maxQueuedRequests) = (1, 2)
    let client = try UpstreamClient(configuration)
    let gate = UpstreamGate(client: client)
    let first = Task { try await gate.send(UpstreamRequest(path: "/hang", headers: [], maxBodyBytes: 100)) }
    #expect(await eventually { !server.heads.isEmpty })
    for _ in 0..<3 {
      #expect(try await Self.code { _ = try await gate.send(Self.request("/late", in: .milliseconds(50))) } == .timeout)
    }
    #expect(gate.counts.failed == 3)
    // One that waits in time comes in when the slot is free, and is not ended by its timer then.
    let patient = Task { try await gate.send(Self.request("/patient", in: .seconds(600))).body.collect(upTo: 100) }
    let gone = Task { try await gate.send(Self.request("/gone", in: .seconds(600))) }
    gone.cancel()
    await #expect(throws: UpstreamError.self) { try await gone.value }
    first.cancel()
    await #expect(throws: UpstreamError.self) { try await first.value }
    #expect(try await patient.value == Array("well".utf8))
    for _ in 0..<3 {
      let response = try await gate.send(Self.request("/again", in: .seconds(600)))
      #expect(try await response.body.collect(upTo: 100) == Array("well".utf8))
    }
    #expect(!server.heads.contains { $0.hasPrefix("GET /late") || $0.hasPrefix("GET /gone") })
    await client.shutdown()
    try await server.stop()
  }

  /// Where the engine has other things to do meanwhile, and looks at the time oftener than it must.
  @Test func nothingEndsBeforeItsTime() async throws {
    let server = try await LoopbackServer { _ in [.hang] }
    var configuration = UpstreamClientTests.configuration(server.origin)
    configuration.maxConnections = 100
    let client = try UpstreamClient(configuration)
    let tasks = (0..<200).map { index in
      Task {
        try await Task.sleep(for: .microseconds(index * 1370))
        let request = Self.request(in: .milliseconds(50))
        #expect(try await Self.code { _ = try await client.send(request) } == .timeout)
        return try ContinuousClock.now - #require(request.deadline)
      }
    }
    for task in tasks { #expect(try await task.value >= .zero) }
    await client.shutdown()
    try await server.stop()
  }

  /// Many that come, give up and are cancelled at all moments: as many slots are free at the end as there were.
  @Test func slotsAreNeitherLostNorMade() async throws {
    let server = try await LoopbackServer { head in
      head.hasPrefix("GET /hang")
        ? [.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"), .hang] : LoopbackServer.ok("well")
    }
    var configuration = UpstreamClientTests.configuration(server.origin)
    (configuration.maxConcurrentRequests, configuration.maxQueuedRequests, configuration.maxConnections) = (3, 400, 3)
    let client = try UpstreamClient(configuration)
    let gate = UpstreamGate(client: client)
    for round in 0..<5 {
      let tasks = (0..<200).map { index in
        Task {
          let request = Self.request(
            index % 5 == 0 ? "/hang" : "/x", in: .microseconds((index * 7919 + round * 104_729) % 12_000))
          // Whatever comes of it.
          _ = try? await gate.send(request).body.collect(upTo: 100)
        }
      }
      for (index, task) in tasks.enumerated() where index % 3 == 0 {
        if index % 12 == 0 { try await Task.sleep(for: .microseconds(index * 4)) }
        task.cancel()
      }
      for task in tasks { await task.value }
    }
    // Three go in, and a fourth does not.
    var held: [UpstreamResponse] = []
    for _ in 0..<3 { held.append(try await gate.send(Self.request("/hang", in: .seconds(600)))) }
    #expect(try await Self.code { _ = try await gate.send(Self.request(in: .milliseconds(100))) } == .timeout)
    #expect(held.count == 3)
    held = []
    let response = try await gate.send(Self.request(in: .seconds(600)))
    #expect(try await response.body.collect(upTo: 100) == Array("well".utf8))
    await client.shutdown()
    try await server.stop()
  }
}
