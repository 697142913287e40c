import NIOCore

#if canImport(Glibc)
  import Glibc
#endif

/// Clients that send nothing, or take nothing.
extension ConnectionHandler {
  /// Milliseconds that a client has to close its side after our last answer.
  private static let lingerLimit: Int64 = 5_000

  /// Looks at the connection, every ``ReaderPace/interval(idleTimeout:)``.
  func closeIfIdle(context: ChannelHandlerContext) {
    guard let socket = context.channel as? any SocketOptionProvider else {
      return look(context: context, acknowledged: 0)
    }
    let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
    socket.unsafeGetSocketOption(level: .tcp, name: NIOBSDSocket.Option(rawValue: TCP_INFO))
      .whenComplete { (info: Result<TCPInformation, any Error>) in
        // Of a connection that is no TCP the system tells nothing.
        let acknowledged = (try? info.get()).map { Int(truncatingIfNeeded: $0.bytesAcknowledged) } ?? 0
        bound.value.handler.look(context: bound.value.context, acknowledged: acknowledged)
      }
  }

  /// - Parameter acknowledged: bytes that the client's side has acknowledged; 0 where nobody knows. What the system takes of
  ///   us is not enough of a measure: it takes more only when a large part of its buffer has gone out, for which a slow
  ///   reader needs long.
  private func look(context: ChannelHandlerContext, acknowledged: Int) {
    let now = shared.pipeline.clock()
    // A slow reader is not idle as long as it takes something.
    let buffered = ((try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? nil) ?? 0
    if let since = pace.look(taken: written - buffered &+ acknowledged, buffered: buffered, at: now) {
      if now - since > shared.idleTimeout { cut(context: context) }
      return
    }
    switch phase {
    case .idle(let since):
      if now - max(since, pace.lastTaken) > shared.idleTimeout { close(context: context) }
    case .receiving(_, let exchange):
      let since = exchange.started
      if now - max(since, pace.lastTaken) > shared.idleTimeout { close(context: context) }
    case .closing(let since):
      if now - max(since, pace.lastTaken) > ConnectionHandler.lingerLimit { close(context: context) }
    case .waiting, .streaming: return
    }
  }

  /// Cuts off a client that takes nothing of what waits for it. Its answer is not whole, and must not look so: to clients
  /// of HTTP/1.0 the end of the connection is the end of a long answer.
  private func cut(context: ChannelHandlerContext) {
    endTask()
    phase = .closing(since: shared.pipeline.clock())
    gate.shut()
    reset(context: context)
  }

  /// Closes the connection so that the client sees an error. What it has not taken is let go of, by the system as well.
  func reset(context: ChannelHandlerContext) {
    guard let socket = context.channel as? any SocketOptionProvider else { return context.close(promise: nil) }
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in bound.value.close(promise: nil) }
  }
}

/// The beginning of Linux's `tcp_info` (linux/tcp.h), whose order never changes; the one that the C library shows is older,
/// and ends before what is looked at here.
private struct TCPInformation: Sendable {
  /// 8 fields of a byte and 24 of four, and the two rates of pacing.
  private let head:
    (
      UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64,
      UInt64
    )
  /// `tcpi_bytes_acked`, since Linux 4.1: bytes that the other side has acknowledged (RFC 4898,
  /// `tcpEStatsAppHCThruOctetsAcked`); 0 on older ones.
  let bytesAcknowledged: UInt64
}
