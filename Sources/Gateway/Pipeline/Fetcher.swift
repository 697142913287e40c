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
struct Fetcher: PlanRunner {
  var gate: UpstreamGate
  /// `nil`: the upstream wants no token (the sandbox).
  var tokens: EntraTokenSource?
  /// Bytes of one of the gateway's own metadata requests.
  var answerBytes: Int
  /// Bytes of one upstream answer that is shaped while it comes.
  var streamedBytes: Int
  var clock: @Sendable () -> Int64
  /// Who pays for the reads of the one request that this is a copy for.
  var charge: ReadCharge?
  /// Told of every failure with what the client must not see.
  var report: @Sendable (FetchReport) -> Void

  func run(_ plan: Plan) async throws -> PlanAnswer {
    let body: AnswerBody
    switch plan.shape {
    case .dataverse(let shape):
      body = AnswerBody(ShapedBody(try await answer(plan), shaper: DataverseShaper(shape: shape), fetcher: self))
    case .legacy(let shape, let context, let nextLink, let further):
      let run = further.run()
      let shaper = LegacyShaper(shape: shape, context: context, nextLink: nextLink)
      body = AnswerBody(LegacyBody(try await answer(plan), shaper: shaper, further: run, fetcher: self))
    case .program(let program):
      body = AnswerBody(try await ProgramBody(program, fetcher: self))
    case .management(let program):
      body = AnswerBody(try await ManagementBody(program, fetcher: self))
    }
    return PlanAnswer(contentType: contentType(of: plan), body: body)
  }

  private func answer(_ plan: Plan) async throws -> UpstreamBody {
    try await answer(plan.upstreamTarget, prefer: plan.prefer, plan.obligations.result)
  }

  /// Sends a request, once more when its token was not taken.
  /// - Parameter deadline: when the whole answer must be there, where that is earlier than the upstream's own time limit.
  ///   The wait for a token has no other limit than that of the authority's answers.
  /// - Throws: ``FetchFailure`` for every status but 200.
  func answer(
    _ target: String, prefer: String?, _ result: ResultShape, by deadline: ContinuousClock.Instant? = nil
  ) async throws -> UpstreamBody {
    var response = try await send(target, prefer: prefer, upTo: streamedBytes, by: deadline)
    if response.status == 401, let tokens {
      // The token may have been revoked before its time: one new one, once.
      await tokens.invalidate(token: response.token)
      response = try await send(target, prefer: prefer, upTo: streamedBytes, by: deadline)
    }
    guard response.status == 200 else { throw await failure(response.response, result) }
    return response.response.body
  }

  /// A fixed metadata request of the gateway's own, whole.
  /// - Throws: ``FetchFailure``; its status is 404 when the organization has no such metadata.
  func metadata(_ target: String) async throws -> [UInt8] {
    let sent = try await send(target, prefer: nil, upTo: answerBytes)
    guard sent.status == 200 else {
      throw FetchFailure(
        status: sent.status == 404 ? 404 : 502, code: "upstream.metadata",
        message: "Table definitions could not be read.")
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

  private func send(
    _ target: String, prefer: String?, upTo bytes: Int, by deadline: ContinuousClock.Instant? = nil
  ) async throws -> Sent {
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
      let request = UpstreamRequest(path: target, headers: headers, maxBodyBytes: bytes, deadline: deadline)
      return Sent(response: try await gate.send(request), token: token)
    } catch {
      throw failure(error)
    }
  }

  private func contentType(of plan: Plan) -> String {
    // These have no envelope of OData.
    if case .management = plan.shape { return "application/json; charset=utf-8" }
    return plan.obligations.result == .count
      ? "text/plain" : "application/json; odata.metadata=minimal; charset=utf-8"
  }

  func misshapen(_ error: any Error) -> FetchFailure {
    report(FetchReport(stage: "shape", detail: "\(error)"))
    return FetchFailure(
      status: 502, code: "upstream.shape", message: "The organization's answer was not in the expected form.")
  }

  /// Reports an error and says what the client may know of it.
  func failure(_ error: UpstreamError) -> FetchFailure {
    report(FetchReport(stage: "send", detail: "\(error.code): \(error.message)"))
    return FetchFailure(
      status: error.gatewayStatus, code: "upstream.\(error.code.rawValue)", message: Fetcher.words(error.code),
      retryAfter: error.retryAfter)
  }

  /// What the client may know of an error before there was an answer.
  static func words(_ code: UpstreamError.Code) -> String {
    switch code {
    // Nothing was sent: the organization said when it can be asked again.
    case .busy: "The organization's request limit is reached."
    case .overloaded: "The gateway has as many requests to the organization under way as it may."
    case .shuttingDown: "The gateway is shutting down."
    case .configuration, .resolve, .connect, .tls, .timeout, .tooLarge, .protocolError, .cut, .cancelled:
      "The organization could not be reached or did not answer."
    }
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
