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

/// `/healthz` (the process lives) and `/readyz` (it takes requests), on an address of their own.
final class AdminHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = ByteBuffer

  private let readiness: Readiness
  private var head: HTTPRequestHead?

  init(readiness: Readiness) { self.readiness = readiness }

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
    let (status, text) = respond(to: head)
    let body = text + "\n"
    var out = ByteBuffer()
    out.writeString("HTTP/1.1 \(status.code) \(status.reasonPhrase)\r\nContent-Type: text/plain; charset=utf-8\r\n")
    out.writeString("Content-Length: \(body.utf8.count)\r\nCache-Control: no-store\r\nConnection: close\r\n")
    if status == .methodNotAllowed { out.writeString("Allow: GET, HEAD\r\n") }
    out.writeString("\r\n")
    if head.method != .HEAD { out.writeString(body) }
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    context.writeAndFlush(wrapOutboundOut(out)).whenComplete { _ in bound.value.close(promise: nil) }
  }

  private func respond(to head: HTTPRequestHead) -> (HTTPResponseStatus, String) {
    guard head.method == .GET || head.method == .HEAD else { return (.methodNotAllowed, "method not allowed") }
    switch head.uri {
    case "/healthz": return (.ok, "ok")
    case "/readyz":
      let state = readiness.current
      return (state == .ready ? .ok : .serviceUnavailable, state.rawValue)
    default: return (.notFound, "not found: try /healthz or /readyz")
    }
  }
}
