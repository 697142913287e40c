import Cache
import CustomerInsights
import Dataverse
import Identity
import Planning
import Policy
import Upstream

/// Why there is no answer: fixed texts, so that nothing of the upstream's own messages reaches a client.
struct FetchFailure: Error, Sendable {
  var status: Int
  /// Stable; `upstream.…`, `budget.caller`.
  var code: String
  var message: String
  var retryAfter: Int?
  /// What a plan of several reads refused while it ran: its words are the client's to see.
  var refused: Refusal?

  init(status: Int, code: String, message: String, retryAfter: Int? = nil) {
    self.status = status
    self.code = code
    self.message = message
    self.retryAfter = retryAfter
  }

  init(_ refusal: Refusal) {
    self.init(status: refusal.status, code: refusal.code, message: refusal.message)
    refused = refusal
  }

  func refusal(dialect: Dialect) -> Refusal {
    if let refused { return refused }
    return Refusal(
      dialect: dialect, status: status, code: code, message: message,
      remedy: retryAfter.map { "Try again in \($0) seconds." } ?? "")
  }

  /// Header lines beside the usual ones.
  var fields: String { retryAfter.map { "Retry-After: \($0)\r\n" } ?? "" }
}

/// Sends a plan upstream and shapes what comes back.
struct Fetcher: Sendable {
  var gate: UpstreamGate
  /// `nil`: the upstream wants no token (the sandbox).
  var tokens: EntraTokenSource?
  /// Bytes of one upstream answer.
  var answerBytes: Int
  var clock: @Sendable () -> Int64
  /// Told of every failure with what the client must not see.
  var report: @Sendable (FetchReport) -> Void

  /// - Throws: ``FetchFailure``, or `CancellationError` when everybody who waited has gone.
  func fetch(_ plan: Plan) async throws -> CachedAnswer {
    let body =
      if case .program(let program) = plan.shape {
        try await run(program)
      } else {
        try await shape(try await answer(plan.upstreamTarget, plan.prefer, plan.obligations.result).body, plan)
      }
    return CachedAnswer(
      status: 200, contentType: contentType(of: plan), etag: "W/\"\(ContentHash.hex(of: body).prefix(24))\"",
      body: body,
      storedAt: clock(), timeToLive: Int64(plan.timeToLive) * 1000)
  }

  /// Sends a request, once more when its token was not taken.
  /// - Throws: ``FetchFailure`` for every status but 200.
  private func answer(_ target: String, _ prefer: String?, _ result: ResultShape) async throws -> UpstreamResponse {
    var response = try await send(target, prefer: prefer)
    if response.status == 401, let tokens {
      // The token may have been revoked before its time: one new one, once.
      await tokens.invalidate(token: response.token)
      response = try await send(target, prefer: prefer)
    }
    guard response.status == 200 else { throw await failure(response.response, result) }
    return response.response
  }

  /// Runs a plan of several reads.
  private func run(_ program: LegacyProgram) async throws -> [UInt8] {
    var out: [UInt8] = []
    do {
      try await program.run(read: { try await page($0) }) { part in
        guard out.count + part.count <= answerBytes else {
          throw FetchFailure(
            status: 502, code: "upstream.size", message: "The answer is longer than the gateway allows.")
        }
        out.append(contentsOf: part)
      }
    } catch let refusal as Refusal {
      throw FetchFailure(refusal)
    } catch let error as UpstreamError {
      throw failure(error)
    } catch let error as ShapeError {
      throw misshapen(error)
    }
    return out
  }

  private func page(_ read: LegacyProgram.Read) async throws -> RowPage {
    let body = try await answer(read.target, read.prefer, .collection).body
    var reader = RowPageReader(columns: read.columns)
    for try await chunk in body { try reader.feed(chunk) }
    return try reader.finish()
  }

  /// A fixed metadata request of the gateway's own, whole.
  /// - Throws: ``FetchFailure``.
  func metadata(_ target: String) async throws -> [UInt8] {
    let sent = try await send(target, prefer: nil)
    guard sent.status == 200 else {
      throw FetchFailure(status: 502, code: "upstream.metadata", message: "Table definitions could not be read.")
    }
    do throws(UpstreamError) {
      return try await sent.response.body.collect(upTo: answerBytes)
    } catch {
      throw failure(error)
    }
  }

  private struct Sent {
    var response: UpstreamResponse
    var token: String
    var status: Int { response.status }
  }

  private func send(_ target: String, prefer: String?) async throws -> Sent {
    var headers: [(name: String, value: String)] = [
      (name: "Accept", value: "application/json"),
      (name: "OData-Version", value: "4.0"),
      (name: "OData-MaxVersion", value: "4.0"),
      (name: "If-None-Match", value: "null"),
      (name: "User-Agent", value: "sluice"),
    ]
    if let prefer { headers.append((name: "Prefer", value: prefer)) }
    var token = ""
    if let tokens {
      do throws(TokenError) {
        token = try await tokens.bearer()
      } catch {
        report(FetchReport(stage: "token", detail: error.description))
        throw FetchFailure(
          status: 502, code: "upstream.token", message: "The gateway could not obtain access to the organization.")
      }
      headers.append((name: "Authorization", value: "Bearer \(token)"))
    }
    do throws(UpstreamError) {
      let request = UpstreamRequest(path: target, headers: headers, maxBodyBytes: answerBytes)
      return Sent(response: try await gate.send(request), token: token)
    } catch {
      throw failure(error)
    }
  }

  private func shape(_ body: UpstreamBody, _ plan: Plan) async throws -> [UInt8] {
    do {
      switch plan.shape {
      case .dataverse(let shape):
        return try await run(DataverseShaper(shape: shape), over: body)
      case .legacy(let shape, let context, let nextLink):
        return try await run(LegacyShaper(shape: shape, context: context, nextLink: nextLink), over: body)
      case .program:
        throw ShapeError("A plan of several reads has no answer of its own to be shaped.")
      }
    } catch let error as UpstreamError {
      throw failure(error)
    } catch let error as CancellationError {
      throw error
    } catch {
      throw misshapen(error)
    }
  }

  private func misshapen(_ error: any Error) -> FetchFailure {
    report(FetchReport(stage: "shape", detail: "\(error)"))
    return FetchFailure(
      status: 502, code: "upstream.shape", message: "The organization's answer was not in the expected form.")
  }

  private func run(_ shaper: some ChunkShaper, over body: UpstreamBody) async throws -> [UInt8] {
    var shaper = shaper
    var out: [UInt8] = []
    for try await chunk in body { out.append(contentsOf: try shaper.take(chunk)) }
    out.append(contentsOf: try shaper.end())
    return out
  }

  private func contentType(of plan: Plan) -> String {
    plan.obligations.result == .count
      ? "text/plain" : "application/json; odata.metadata=minimal; charset=utf-8"
  }

  private func failure(_ error: UpstreamError) -> FetchFailure {
    report(FetchReport(stage: "send", detail: "\(error.code): \(error.message)"))
    return FetchFailure(
      status: error.gatewayStatus, code: "upstream.\(error.code.rawValue)",
      message: "The organization could not be reached or did not answer.", retryAfter: error.retryAfter)
  }

  /// Maps a status that is not 200; the upstream's own text goes to the log, never to the client.
  private func failure(_ response: UpstreamResponse, _ result: ResultShape) async -> FetchFailure {
    let body = try? await response.body.collect(upTo: 65_536)
    let code = body.flatMap { UpstreamErrorReader.read($0)?.code } ?? ""
    report(FetchReport(stage: "answer", detail: "status \(response.status), code \(code)"))
    switch response.status {
    case 204 where result == .entity:
      return FetchFailure(status: 404, code: "0x80040217", message: "This row leads to no other.")
    case 404 where result == .entity:
      return FetchFailure(status: 404, code: "0x80040217", message: "No row has this key.")
    case 429, 503:
      return FetchFailure(
        status: 503, code: "upstream.busy", message: "The organization's request limit is reached.",
        retryAfter: max(1, RetryAfter.seconds(response.headers["retry-after"], now: clock() / 1000)))
    case 401, 403:
      return FetchFailure(
        status: 502, code: "upstream.access", message: "The organization refused the gateway's own access.")
    default:
      return FetchFailure(
        status: 502, code: "upstream.status",
        message: "The organization answered with status \(response.status), which is not passed on.")
    }
  }
}

/// What went wrong upstream, for the operator's log: no literal, no secret.
struct FetchReport: Sendable {
  var stage: String
  var detail: String
}

/// Upstream bytes in, client bytes out; both dialects' shapers have this form.
private protocol ChunkShaper {
  mutating func take(_ chunk: [UInt8]) throws -> [UInt8]
  mutating func end() throws -> [UInt8]
}

extension DataverseShaper: ChunkShaper {
  mutating func take(_ chunk: [UInt8]) throws -> [UInt8] { try feed(chunk) }
  mutating func end() throws -> [UInt8] { try finish() }
}

extension LegacyShaper: ChunkShaper {
  mutating func take(_ chunk: [UInt8]) throws -> [UInt8] { try feed(chunk) }
  mutating func end() throws -> [UInt8] { try finish() }
}
