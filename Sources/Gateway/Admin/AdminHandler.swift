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
  typealias OutboundOut = HTTPServerResponsePart

  private let readiness: Readiness
  private var head: HTTPRequestHead?

  init(readiness: Readiness) { self.readiness = readiness }

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
    let body = ByteBuffer(string: text + "\n")
    var headers: HTTPHeaders = [
      "Content-Type": "text/plain; charset=utf-8", "Content-Length": "\(body.readableBytes)",
      "Cache-Control": "no-store", "Connection": "close",
    ]
    if status == .methodNotAllowed { headers.add(name: "Allow", value: "GET, HEAD") }
    context.write(wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers))), promise: nil)
    if head.method != .HEAD { context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in bound.value.close(promise: nil) }
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
