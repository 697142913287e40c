import NIOCore

/// Long answers: written as they are made.
extension ConnectionHandler {
  /// A long answer on its way out.
  struct StreamedResponse: Sendable {
    var head: Answer
    var exchange: Exchange
    var framing: ResponseWriter.Framing
    /// Written so far.
    var bytes: Int
  }

  /// - Returns: whether the body is wanted.
  func begin(_ answer: Answer, _ exchange: Exchange, context: ChannelHandlerContext) -> Bool {
    guard case .waiting(let task) = phase else { return false }
    var exchange = exchange
    let framing: ResponseWriter.Framing = exchange.isHTTP10 ? .untilClose : .chunked
    if exchange.isHTTP10 || draining { exchange.keepAlive = false }
    guard !exchange.isHead else {
      finish(answer, exchange, framing: framing, context: context)
      return false
    }
    let (head, _) = ResponseWriter.head(
      of: answer, isHead: false, framing: framing, keepAlive: exchange.keepAlive, id: exchange.id,
      date: dates.line(at: shared.pipeline.clock() / 1000),
      dialectFields: shared.pipeline.fields(of: answer.note.dialect), allocator: context.channel.allocator)
    phase = .streaming(
      task, StreamedResponse(head: answer, exchange: exchange, framing: framing, bytes: head.readableBytes))
    written += head.readableBytes
    // Now: what is written and not flushed looks like what the client does not take.
    context.writeAndFlush(wrapOutboundOut(head), promise: nil)
    return true
  }

  /// Resumes the continuation when there is room for the next piece, or with `false` when there never will be.
  func write(_ piece: [UInt8], context: ChannelHandlerContext, then continuation: CheckedContinuation<Bool, Never>) {
    guard case .streaming(let task, var response) = phase else { return continuation.resume(returning: false) }
    let bytes = ResponseWriter.piece(piece, framing: response.framing, allocator: context.channel.allocator)
    response.bytes += bytes.readableBytes
    written += bytes.readableBytes
    phase = .streaming(task, response)
    // Before the write: it may fail at once, and then nobody else would let the task go.
    waitingForRoom = continuation
    context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
    if context.channel.isWritable { resumeWriter(hasRoom: true) }
  }

  func resumeWriter(hasRoom: Bool) {
    let continuation = waitingForRoom
    waitingForRoom = nil
    continuation?.resume(returning: hasRoom)
  }

  /// - Parameter failure: why the answer is not whole. The client must not take it for whole then: the last chunk is not
  ///   sent, and where the end of the connection would be the end of the answer, the connection is reset.
  func end(_ failure: FetchFailure?, context: ChannelHandlerContext) {
    guard case .streaming(_, let response) = phase else { return }
    guard let failure else {
      let end = ResponseWriter.end(framing: response.framing)
      written += end.readableBytes
      let promise = response.exchange.keepAlive ? nil : context.eventLoop.makePromise(of: Void.self)
      context.write(wrapOutboundOut(end), promise: promise)
      settle(closingBehind: promise, context: context)
      record(response, detail: nil)
      return goOn(context: context)
    }
    record(response, detail: failure.code)
    phase = .closing(since: shared.pipeline.clock())
    gate.shut()
    guard response.framing == .untilClose else { return context.close(promise: nil) }
    reset(context: context)
  }

  func record(_ response: StreamedResponse, detail: String?) {
    record(
      response.head, response.exchange, bytes: response.bytes,
      cache: detail.map { "Sluice; fwd=miss; detail=\($0)" } ?? response.head.cacheStatus)
  }
}
