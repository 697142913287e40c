import Comparison
import Upstream

/// One of the two servers, and how it is asked.
struct ComparedServer: Sendable {
  let address: ServerAddress
  let client: UpstreamClient
  /// Of the caller; they go before our own.
  let headers: [(name: String, value: String)]
  /// Bytes of all pages of one answer.
  let bodyLimit: Int
  let retries: Int

  /// Seconds that are waited at most before a request is made again.
  private static let longestPause = 60

  /// Why there is no answer: one sentence without any value.
  struct Failure: Error {
    var reason: String
  }

  /// Asks for all pages, one after the other.
  func answer(_ target: String, pages: Int) async throws(Failure) -> ServerAnswer {
    var collector = AnswerCollector(pageLimit: pages)
    var room = bodyLimit
    var current: String
    do throws(ComparisonMistake) {
      current = try address.target(for: target)
    } catch {
      throw Failure(reason: error.description)
    }
    while true {
      let (status, body) = try await get(current, room: room)
      room -= body.count
      switch collector.add(status: status, body: body) {
      case .follow(let link): current = address.target(ofLink: link, from: current)
      case .done:
        guard let answer = collector.answer else { throw Failure(reason: "There is no answer.") }
        return answer
      }
    }
  }

  private func get(_ target: String, room: Int) async throws(Failure) -> (status: Int, body: [UInt8]) {
    var fields = headers
    for (name, value) in [("Accept", "application/json"), ("User-Agent", "sluice-compare")]
    where !headers.contains(where: { $0.name.lowercased() == name.lowercased() }) {
      fields.append((name, value))
    }
    for attempt in 0... {
      let response: UpstreamResponse
      let body: [UInt8]
      do throws(UpstreamError) {
        response = try await client.send(UpstreamRequest(path: target, headers: fields, maxBodyBytes: room))
        body = try await response.body.collect(upTo: room)
      } catch {
        throw Failure(
          reason: error.code == .tooLarge
            ? "The answer is larger than --body-megabytes allows." : error.message)
      }
      guard response.status == 429 || response.status == 503 && response.headers["retry-after"] != nil else {
        return (response.status, body)
      }
      guard attempt < retries else {
        throw Failure(reason: "The server is asked too often (status \(response.status)); lower --concurrency.")
      }
      let seconds = RetryAfter.seconds(response.headers["retry-after"], now: UpstreamGate.systemClock() / 1000)
      do {
        try await Task.sleep(for: .seconds(min(seconds, ComparedServer.longestPause)))
      } catch {
        throw Failure(reason: "It was cancelled.")
      }
    }
    throw Failure(reason: "There is no answer.")
  }
}

/// Asks both servers for every query, some at a time, and reports in the order of the corpus.
struct CompareRun: Sendable {
  let left: ComparedServer
  let right: ComparedServer
  let comparer: AnswerComparer
  let pages: Int
  let concurrency: Int

  /// - Throws: what `take` throws; nothing else is asked then.
  func all(_ queries: [CompareCorpus.Query], _ take: (QueryReport) throws -> Void) async throws {
    try await withThrowingTaskGroup(of: (Int, QueryReport).self) { group in
      var next = 0
      var due = 0
      var early: [Int: QueryReport] = [:]
      func start() {
        guard next < queries.count else { return }
        let (index, query) = (next, queries[next])
        next += 1
        group.addTask { (index, await report(query)) }
      }
      for _ in 0..<concurrency { start() }
      while let (index, report) = try await group.next() {
        early[index] = report
        while let report = early.removeValue(forKey: due) {
          try take(report)
          due += 1
        }
        start()
      }
    }
  }

  private func report(_ query: CompareCorpus.Query) async -> QueryReport {
    async let leftResult = result(left, query)
    async let rightResult = result(right, query)
    let outcome: QueryReport.Outcome
    switch (await leftResult, await rightResult) {
    case (.success(let leftAnswer), .success(let rightAnswer)):
      outcome = .compared(
        comparer.compare(leftAnswer, rightAnswer, target: query.target), left: .init(leftAnswer),
        right: .init(rightAnswer))
    case (let leftResult, let rightResult):
      outcome = .notCompared(left: leftResult.reason, right: rightResult.reason)
    }
    return QueryReport(source: query.source, request: query.label, outcome: outcome)
  }

  private func result(
    _ server: ComparedServer, _ query: CompareCorpus.Query
  ) async -> Result<ServerAnswer, ComparedServer.Failure> {
    do throws(ComparedServer.Failure) {
      return .success(try await server.answer(query.target, pages: pages))
    } catch {
      return .failure(error)
    }
  }
}

extension Result<ServerAnswer, ComparedServer.Failure> {
  fileprivate var reason: String? {
    switch self {
    case .success: nil
    case .failure(let failure): failure.reason
    }
  }
}
