import Identity
import NIOCore
import NIOHTTP1
import Planning

/// One client connection: takes decoded request parts, answers in order, one request at a time.
///
/// Invariants, all on the connection's event loop:
/// - While a request waits for the upstream nothing more is read from the socket; parts that the decoder had already
///   made wait in `queue`, which one read bounds.
/// - A response is written whole and in one go; `flush` comes once per batch of reads, so that pipelined answers share
///   a system call. Only a long answer is written piece by piece, as its task hands them over; each piece waits until the
///   channel has room, so that what a slow client does not take is not made.
final class ConnectionHandler: ChannelDuplexHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundIn = Never
  typealias OutboundOut = ByteBuffer

  enum Phase {
    /// Between requests, since this time.
    case idle(since: Int64)
    /// The head is there and sound, its end not yet.
    case receiving(ReadRequest, Exchange)
    /// The answer comes from a task.
    case waiting(Task<Void, Never>)
    /// A long answer goes out as a task makes it.
    case streaming(Task<Void, Never>, StreamedResponse)
    /// The last answer is written and our side shut; what the client still sends is read and dropped, because closing
    /// with unread bytes would reset the connection and could destroy the answer on its way.
    case closing(since: Int64)
  }

  let shared: SharedState
  let gate: InboundGate
  var phase: Phase
  private var queue = CircularBuffer<HTTPServerRequestPart>()
  private var heldRead = false
  var draining = false
  /// The client has shut its side; what it sent before is still answered.
  private var inputClosed = false
  /// Bytes written since the connection was made.
  var written = 0
  var pace: ReaderPace
  /// The task of a long answer, while it waits for room.
  var waitingForRoom: CheckedContinuation<Bool, Never>?
  var dates = HTTPDateCache()
  private var ids = RequestIDs()
  private var idleCheck: RepeatedTask?
  /// The last caller of this connection, so that a connection that keeps its key is hashed once.
  private var knownCaller: (key: String?, caller: Caller)?

  /// What all connections of a listener use.
  struct SharedState: Sendable {
    var pipeline: Pipeline
    var log: AccessLog
    /// Milliseconds.
    var idleTimeout: Int64
  }

  /// - Parameter gate: stands before the decoder of the same connection.
  init(shared: SharedState, gate: InboundGate) {
    self.shared = shared
    self.gate = gate
    let now = shared.pipeline.clock()
    phase = .idle(since: now)
    pace = ReaderPace(start: now)
  }

  // MARK: Life

  func channelActive(context: ChannelHandlerContext) {
    let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
    let interval = TimeAmount.milliseconds(ReaderPace.interval(idleTimeout: shared.idleTimeout))
    idleCheck = context.eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
      bound.value.handler.closeIfIdle(context: bound.value.context)
    }
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    idleCheck?.cancel()
    endTask()
    phase = .closing(since: shared.pipeline.clock())
    queue.removeAll()
    context.fireChannelInactive()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch event {
    case is DrainEvent:
      draining = true
      closeIfDone(context: context)
    case ChannelEvent.inputClosed:
      inputClosed = true
      // The rest of this request never comes.
      if case .receiving = phase, queue.isEmpty { phase = .idle(since: shared.pipeline.clock()) }
      closeIfDone(context: context)
    default: context.fireUserInboundEventTriggered(event)
    }
  }

  func close(context: ChannelHandlerContext) {
    endTask()
    phase = .closing(since: shared.pipeline.clock())
    context.close(promise: nil)
  }

  /// Whoever reset the connection waits for nothing; the last to go ends the fetch.
  func endTask() {
    switch phase {
    case .waiting(let task): task.cancel()
    case .streaming(let task, let response):
      task.cancel()
      record(response, detail: "client.gone")
    case .idle, .receiving, .closing: break
    }
    resumeWriter(hasRoom: false)
  }

  /// Closes when nothing more is to be answered, behind the last byte of what was.
  private func closeIfDone(context: ChannelHandlerContext) {
    guard draining || inputClosed, case .idle = phase, queue.isEmpty else { return }
    closeAfterWrites(context: context)
  }

  private func closeAfterWrites(context: ChannelHandlerContext) {
    phase = .closing(since: shared.pipeline.clock())
    gate.shut()
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    context.writeAndFlush(wrapOutboundOut(ByteBuffer())).whenComplete { _ in bound.value.close(promise: nil) }
  }

  // MARK: Reading

  func read(context: ChannelHandlerContext) {
    if isAnswering {
      heldRead = true
    } else if !context.channel.isWritable {
      heldRead = true
    } else {
      context.read()
    }
  }

  /// The answer to a request is not out yet.
  private var isAnswering: Bool {
    switch phase {
    case .waiting, .streaming: true
    case .idle, .receiving, .closing: false
    }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let part = unwrapInboundIn(data)
    if case .head = part { gate.noteHead() }
    queue.append(part)
    work(context: context)
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    context.flush()
    context.fireChannelReadComplete()
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable { resumeWriter(hasRoom: true) }
    work(context: context)
    context.flush()
    closeIfDone(context: context)
    releaseRead(context: context)
    context.fireChannelWritabilityChanged()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard let parse = error as? HTTPParserError else { return close(context: context) }
    switch phase {
    case .idle where queue.isEmpty, .receiving where queue.isEmpty: break
    case .closing: return closeAfterWrites(context: context)
    case .idle, .receiving, .waiting, .streaming:
      // Nothing sound can follow, but what stands before it is still answered.
      inputClosed = true
      return
    }
    let refused = RefusedRequest(undecoded: gate.beginning.line?.target, isTooLarge: parse == .headerOverflow)
    let now = shared.pipeline.clock()
    let exchange = Exchange(
      id: ids.next(), method: "-", isHead: gate.beginning.line?.method == "HEAD", keepAlive: false, started: now,
      caller: nil)
    shared.pipeline.log(shared.pipeline.record(refused.refusal), time: now, id: exchange.id)
    respond(Answer(refused.refusal), context: context, for: exchange)
    context.flush()
  }

  private func releaseRead(context: ChannelHandlerContext) {
    guard heldRead, context.channel.isWritable else { return }
    if isAnswering { return }
    heldRead = false
    context.read()
  }

  /// Takes parts until one must wait.
  private func work(context: ChannelHandlerContext) {
    while !queue.isEmpty, context.channel.isWritable {
      switch (phase, queue[queue.startIndex]) {
      case (.waiting, _), (.streaming, _): return
      case (.closing, _):
        queue.removeAll()
        return
      case (.idle, .head(let head)):
        queue.removeFirst()
        receive(head, context: context)
      case (.receiving(let request, let exchange), .end):
        queue.removeFirst()
        process(request, exchange, context: context)
      case (.idle, _), (.receiving, _):
        // The guard lets no request with content pass; there are no other parts.
        queue.removeFirst()
      }
    }
  }

  // MARK: Answering

  struct Exchange: Sendable {
    /// Stands in the answer and in the logs.
    var id: String
    var method: String
    var isHead: Bool
    var keepAlive: Bool
    /// Of the client; a later one of HTTP/1 knows all that HTTP/1.1 does.
    var isHTTP10 = false
    var started: Int64
    var caller: String?
  }

  /// Guard stage, as soon as the head is there: what is refused is not waited for.
  private func receive(_ head: HTTPRequestHead, context: ChannelHandlerContext) {
    let now = shared.pipeline.clock()
    var exchange = Exchange(
      id: ids.next(), method: head.method.rawValue, isHead: head.method == .HEAD,
      keepAlive: head.isKeepAlive && !draining,
      isHTTP10: head.version.major == 1 && head.version.minor == 0,
      started: now, caller: nil)
    switch shared.pipeline.admit(head) {
    case .failure(let refused):
      exchange.keepAlive = exchange.keepAlive && !refused.closes
      if refused.isLegacyWrite { exchange.caller = shared.pipeline.note(refusedWrite: head) }
      shared.pipeline.log(shared.pipeline.record(refused.refusal), time: now, id: exchange.id)
      respond(Answer(refused.refusal, extraFields: refused.fields), context: context, for: exchange)
    case .success(let request):
      // Ignored (RFC 9110, section 7.8), but the decoder takes what follows for the other protocol.
      if request.offersUpgrade { exchange.keepAlive = false }
      phase = .receiving(request, exchange)
    }
  }

  private func process(_ request: ReadRequest, _ received: Exchange, context: ChannelHandlerContext) {
    var exchange = received
    let caller: Caller
    if let known = knownCaller, known.key.isExactly(request.subscriptionKey) {
      caller = known.caller
    } else {
      switch shared.pipeline.identify(request) {
      case .failure(let refusal):
        shared.pipeline.log(shared.pipeline.record(refusal), time: exchange.started, id: exchange.id)
        return respond(Answer(refusal), context: context, for: exchange)
      case .success(let identified): caller = identified
      }
      knownCaller = (request.subscriptionKey, caller)
    }
    exchange.caller = caller.id
    switch shared.pipeline.decide(request, caller: caller) {
    case .answer(let answer, let record):
      shared.pipeline.log(record, time: exchange.started, id: exchange.id)
      respond(answer, context: context, for: exchange)
    case .pending(let pending):
      // Now, not when the answer is there: whoever does not wait for it has asked all the same.
      shared.pipeline.log(pending.planned.record, time: exchange.started, id: exchange.id)
      wait(for: pending, exchange, context: context)
    }
  }

  private func wait(for pending: PendingRequest, _ exchange: Exchange, context: ChannelHandlerContext) {
    let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
    let eventLoop = context.eventLoop
    let pipeline = shared.pipeline
    let writer = StreamWriter(handler: self, context: context, exchange: exchange)
    phase = .waiting(
      Task {
        guard let answer = await pipeline.complete(pending, to: writer) else { return }
        eventLoop.execute { bound.value.handler.finish(answer, exchange, context: bound.value.context) }
      })
  }

  func finish(
    _ answer: Answer, _ exchange: Exchange, framing: ResponseWriter.Framing = .length, context: ChannelHandlerContext
  ) {
    guard case .waiting = phase else { return }
    var exchange = exchange
    if draining { exchange.keepAlive = false }
    respond(answer, framing: framing, context: context, for: exchange)
    goOn(context: context)
  }

  /// Behind an answer that was waited for.
  func goOn(context: ChannelHandlerContext) {
    work(context: context)
    context.flush()
    closeIfDone(context: context)
    releaseRead(context: context)
  }

  private func respond(
    _ answer: Answer, framing: ResponseWriter.Framing = .length, context: ChannelHandlerContext, for exchange: Exchange
  ) {
    let now = shared.pipeline.clock()
    let (head, body) = ResponseWriter.head(
      of: answer, isHead: exchange.isHead, framing: framing, keepAlive: exchange.keepAlive, id: exchange.id,
      date: dates.line(at: now / 1000), dialectFields: shared.pipeline.fields(of: answer.note.dialect),
      allocator: context.channel.allocator)
    let bytes = head.readableBytes + (body?.readableBytes ?? 0)
    written += bytes
    let promise = exchange.keepAlive ? nil : context.eventLoop.makePromise(of: Void.self)
    context.write(wrapOutboundOut(head), promise: body == nil ? promise : nil)
    if let body { context.write(wrapOutboundOut(body), promise: promise) }
    settle(closingBehind: promise, context: context)
    record(answer, exchange, bytes: bytes, cache: answer.cacheStatus)
  }

  /// The answer is written: the next request, or nothing more behind the write that `promise` is for.
  func settle(closingBehind promise: EventLoopPromise<Void>?, context: ChannelHandlerContext) {
    let now = shared.pipeline.clock()
    guard let promise else {
      phase = .idle(since: now)
      return
    }
    phase = .closing(since: now)
    gate.shut()
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    promise.futureResult.whenComplete { _ in bound.value.close(mode: .output, promise: nil) }
  }

  func record(_ answer: Answer, _ exchange: Exchange, bytes: Int, cache: String) {
    let now = shared.pipeline.clock()
    shared.log.record(
      AccessLog.Entry(
        time: now, id: exchange.id, caller: exchange.caller, method: exchange.method, dialect: answer.note.dialect,
        table: answer.note.table, rule: answer.note.rule, status: answer.status, bytes: bytes,
        cache: cache, milliseconds: now - exchange.started))
  }
}

extension String? {
  /// The same bytes, or both none: `==` takes different spellings of one accented letter for equal.
  fileprivate func isExactly(_ other: String?) -> Bool {
    switch (self, other) {
    case (let left?, let right?): left.utf8.elementsEqual(right.utf8)
    case (nil, nil): true
    default: false
    }
  }
}

/// Sent through a connection's pipeline when the gateway stops.
struct DrainEvent: Sendable {}

/// Request ids of 16 hex digits: unique within the process by a counter, across processes by a random prefix.
struct RequestIDs {
  private let prefix = UInt64.random(in: .min ... .max)
  private var counter: UInt64 = 0

  mutating func next() -> String {
    counter &+= 1
    let digits = String(prefix &+ counter &* 0x9E37_79B9_7F4A_7C15, radix: 16)
    let missing = 16 - digits.utf8.count
    return missing == 0 ? digits : String(repeating: "0", count: missing) + digits
  }
}
