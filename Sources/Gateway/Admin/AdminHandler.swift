import NIOCore
import NIOHTTP1
import Synchronization

/// Whether the gateway takes requests; what `/readyz` tells.
final class Readiness: Sendable {
  enum State: String, Sendable { case starting, ready, draining }

  private let state = Mutex(State.starting)

  var current: State { state.withLock { $0 } }
  func set(_ new: State) { state.withLock { $0 = new } }
}

/// `/healthz` (the process lives), `/readyz` (it takes requests) and `/metrics` (Prometheus' text format), on an address
/// of their own.
final class AdminHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = ByteBuffer

  private let readiness: Readiness
  private let metrics: @Sendable () -> String
  private var head: HTTPRequestHead?

  /// - Parameter metrics: makes the lines of `/metrics`.
  init(readiness: Readiness, metrics: @escaping @Sendable () -> String) {
    self.readiness = readiness
    self.metrics = metrics
  }

  /// A connection is for one request; one that has none keeps a place from others.
  func channelActive(context: ChannelHandlerContext) {
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    context.eventLoop.scheduleTask(in: .seconds(10)) { bound.value.close(promise: nil) }
    context.fireChannelActive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head): self.head = head
    case .body: return
    case .end:
      guard let head else { return }
      self.head = nil
      answer(head, context: context)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  private func answer(_ head: HTTPRequestHead, context: ChannelHandlerContext) {
    let (status, body) = respond(to: head)
    var out = ByteBuffer()
    out.writeString(
      "HTTP/1.1 \(status.code) \(status.reasonPhrase)\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n")
    out.writeString("Content-Length: \(body.utf8.count)\r\nCache-Control: no-store\r\nConnection: close\r\n")
    if status == .methodNotAllowed { out.writeString("Allow: GET, HEAD\r\n") }
    out.writeString("\r\n")
    if head.method != .HEAD { out.writeString(body) }
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    context.writeAndFlush(wrapOutboundOut(out)).whenComplete { _ in bound.value.close(promise: nil) }
  }

  private func respond(to head: HTTPRequestHead) -> (HTTPResponseStatus, String) {
    guard head.method == .GET || head.method == .HEAD else { return (.methodNotAllowed, "method not allowed\n") }
    switch head.uri {
    case "/healthz": return (.ok, "ok\n")
    case "/readyz":
      let state = readiness.current
      return (state == .ready ? .ok : .serviceUnavailable, state.rawValue + "\n")
    case "/metrics": return (.ok, metrics())
    default: return (.notFound, "not found: try /healthz, /readyz or /metrics\n")
    }
  }
}
