/// Sends GETs to one origin.
package final class UpstreamClient: Sendable {
  package let configuration: UpstreamConfiguration
  private let engine: CurlEngine

  /// - Throws: `configuration` when the origin is not admissible or resources are missing.
  package init(_ configuration: UpstreamConfiguration) throws(UpstreamError) {
    try configuration.validate()
    self.configuration = configuration
    engine = try CurlEngine(configuration: configuration)
  }

  /// Sends a request and returns when the answer's header section is there.
  /// - Parameter onEnd: called once, when the transfer is over or was never started.
  /// - Throws: `configuration` for a path or header that cannot be sent as it is; `timeout` when its time is over, as
  ///   reading the body does; otherwise why there is no answer.
  package func send(
    _ request: UpstreamRequest, onEnd: @escaping @Sendable () -> Void = {}
  ) async throws(UpstreamError) -> UpstreamResponse {
    let remaining = request.remainingMilliseconds
    do throws(UpstreamError) {
      try UpstreamClient.check(request)
      if remaining == 0 { throw UpstreamError(.timeout, "The time for the answer was over before it was asked for.") }
    } catch {
      onEnd()
      throw error
    }
    return try await transfer(
      TransferOrder(
        url: configuration.origin + request.path, headers: request.headers, form: nil, caFile: configuration.caFile,
        timeout: min(configuration.timeout, remaining ?? configuration.timeout), maxBodyBytes: request.maxBodyBytes,
        inbox: TransferInbox(limit: configuration.maxBufferedBytes), onEnd: onEnd))
  }

  /// The token source's POST; nothing outside this room can make a request that is not a GET.
  func post(form: String, to url: String, caFile: String?) async throws(UpstreamError) -> UpstreamResponse {
    try await transfer(
      TransferOrder(
        url: url, headers: [(name: "Accept", value: "application/json")], form: form, caFile: caFile,
        timeout: configuration.timeout, maxBodyBytes: 1 << 20, inbox: TransferInbox(limit: 1 << 20), onEnd: {}))
  }

  /// Ends what is under way with `shuttingDown` and stops the thread.
  package func shutdown() async { await engine.stop() }

  private func transfer(_ order: TransferOrder) async throws(UpstreamError) -> UpstreamResponse {
    guard let id = engine.start(order) else {
      order.onEnd()
      throw UpstreamError(.shuttingDown, "The gateway is stopping.")
    }
    let body = UpstreamBody(engine: engine, id: id, inbox: order.inbox)
    let result: Result<TransferHead, UpstreamError> = await withTaskCancellationHandler {
      do throws(UpstreamError) {
        return .success(try await order.inbox.head())
      } catch {
        return .failure(error)
      }
    } onCancel: {
      engine.cancel(id)
    }
    let head = try result.get()
    return UpstreamResponse(status: head.status, headers: head.headers, body: body)
  }

  private static func check(_ request: UpstreamRequest) throws(UpstreamError) {
    guard request.path.utf8.first == UInt8(ascii: "/"),
      request.path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x23 })
    else { throw UpstreamError(.configuration, "The request path holds a byte that must be percent-encoded.") }
    for (name, value) in request.headers {
      guard !name.isEmpty, (name + value).utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }), !name.utf8.contains(0x3A) else {
        throw UpstreamError(.configuration, "A header field holds a byte that it must not.")
      }
    }
  }
}

/// The body of an answer, chunk by chunk, for one reader. The transfer pauses while nobody takes, and ends when the last
/// reference to the body goes.
package final class UpstreamBody: AsyncSequence, Sendable {
  package typealias Element = [UInt8]
  package typealias Failure = UpstreamError

  private let engine: CurlEngine
  private let id: UInt64
  private let inbox: TransferInbox

  init(engine: CurlEngine, id: UInt64, inbox: TransferInbox) {
    self.engine = engine
    self.id = id
    self.inbox = inbox
  }

  // Does nothing when the transfer is over already.
  deinit { engine.cancel(id) }

  /// Bytes received and not taken yet.
  var bufferedBytes: Int { inbox.bufferedBytes }

  package func makeAsyncIterator() -> Iterator { Iterator(body: self) }

  package struct Iterator: AsyncIteratorProtocol, Sendable {
    let body: UpstreamBody

    /// - Throws: `cut` and others when the answer ended before it was whole.
    package mutating func next(isolation actor: isolated (any Actor)?) async throws(UpstreamError) -> [UInt8]? {
      try await body.take()
    }
  }

  private func take() async throws(UpstreamError) -> [UInt8]? {
    let result: Result<(chunk: [UInt8]?, resumes: Bool), UpstreamError> = await withTaskCancellationHandler {
      do throws(UpstreamError) {
        return .success(try await inbox.next())
      } catch {
        return .failure(error)
      }
    } onCancel: {
      engine.cancel(id)
    }
    let (chunk, resumes) = try result.get()
    if resumes { engine.resume(id) }
    return chunk
  }

  /// The whole rest.
  /// - Throws: `tooLarge` beyond `limit` bytes; why it is not whole.
  package func collect(upTo limit: Int) async throws(UpstreamError) -> [UInt8] {
    var out: [UInt8] = []
    while let chunk = try await take() {
      guard out.count + chunk.count <= limit else {
        throw UpstreamError(.tooLarge, "The answer is longer than \(limit) bytes.")
      }
      out.append(contentsOf: chunk)
    }
    return out
  }
}
