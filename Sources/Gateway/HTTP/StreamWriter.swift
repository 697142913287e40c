import NIOCore

/// Hands a long answer from the task that makes it to the connection that it goes out on, piece by piece.
struct StreamWriter: AnswerWriter {
  private let bound: NIOLoopBound<(handler: ConnectionHandler, context: ChannelHandlerContext)>
  private let eventLoop: any EventLoop
  private let exchange: ConnectionHandler.Exchange

  /// On the event loop of `context`.
  init(handler: ConnectionHandler, context: ChannelHandlerContext, exchange: ConnectionHandler.Exchange) {
    bound = NIOLoopBound((handler: handler, context: context), eventLoop: context.eventLoop)
    eventLoop = context.eventLoop
    self.exchange = exchange
  }

  func begin(_ head: Answer) async -> Bool {
    await withCheckedContinuation { continuation in
      eventLoop.execute {
        continuation.resume(returning: bound.value.handler.begin(head, exchange, context: bound.value.context))
      }
    }
  }

  func write(_ piece: [UInt8]) async -> Bool {
    await withCheckedContinuation { continuation in
      eventLoop.execute { bound.value.handler.write(piece, context: bound.value.context, then: continuation) }
    }
  }

  func end(_ failure: FetchFailure?) async {
    await withCheckedContinuation { continuation in
      eventLoop.execute {
        bound.value.handler.end(failure, context: bound.value.context)
        continuation.resume()
      }
    }
  }
}
