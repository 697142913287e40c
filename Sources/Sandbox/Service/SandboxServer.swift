import Dataverse
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// A stand-in for a Dataverse organization on a loopback port: synthetic Customer Insights data, answered as the Web API
/// documents itself. Writes are refused, reported on standard error and counted.
package final class SandboxServer: Sendable {
  private let group: MultiThreadedEventLoopGroup
  private let channel: any Channel
  private let service: SandboxService
  private let host: String

  private init(group: MultiThreadedEventLoopGroup, channel: any Channel, service: SandboxService, host: String) {
    self.group = group
    self.channel = channel
    self.service = service
    self.host = host
  }

  /// Makes the data and starts to listen.
  /// - Throws: what keeps it from doing so; a host that is not loopback is refused.
  package static func start(_ configuration: SandboxConfiguration) async throws -> SandboxServer {
    guard configuration.host == "127.0.0.1" || configuration.host == "::1" || configuration.host == "localhost" else {
      throw SandboxStartError(description: "The sandbox listens on loopback only.")
    }
    let service = try SandboxService(configuration)
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    do {
      let channel = try await ServerBootstrap(group: group)
        .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
        .childChannelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
            try channel.pipeline.syncOperations.addHandler(SandboxConnection(service: service))
          }
        }
        .bind(host: configuration.host, port: configuration.port).get()
      return SandboxServer(group: group, channel: channel, service: service, host: configuration.host)
    } catch {
      await service.stop()
      try await group.shutdownGracefully()
      if (error as? IOError)?.errnoCode == EADDRINUSE {
        throw SandboxStartError(description: "Port \(configuration.port) is in use; choose another, or 0 for any.")
      }
      throw SandboxStartError(description: "The sandbox cannot listen on port \(configuration.port): \(error)")
    }
  }

  package var port: Int { channel.localAddress?.port ?? 0 }
  package var origin: String { "http://\(host.contains(":") ? "[\(host)]" : host):\(port)" }
  package var statistics: SandboxStatistics { service.statistics }

  /// Closes the port and ends the database's thread.
  package func stop() async {
    channel.close(promise: nil)
    _ = try? await channel.closeFuture.get()
    try? await group.shutdownGracefully()
    await service.stop()
  }
}

/// Why a sandbox does not start.
package struct SandboxStartError: Error, CustomStringConvertible {
  package var description: String
}

/// Lines for the person who runs it.
enum Report {
  static func line(_ text: String) {
    // Control characters of a request must not reach a terminal.
    let safe = String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 ? " " : $0 }))
    let bytes = Array((safe + "\n").utf8)
    // A report that cannot be written has nobody to be reported to.
    _ = write(STDERR_FILENO, bytes, bytes.count)
  }
}

/// One connection: requests in order, each answered whole.
private final class SandboxConnection: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let service: SandboxService
  private var head: HTTPRequestHead?
  private var task: Task<Void, Never>?

  init(service: SandboxService) { self.service = service }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head): self.head = head
    // Whatever a body says, it belongs to a write, and the method has decided.
    case .body: return
    case .end:
      guard let head else { return }
      self.head = nil
      answer(head, context: context)
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    task?.cancel()
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  private func answer(_ head: HTTPRequestHead, context: ChannelHandlerContext) {
    let overrides = ["X-HTTP-Method", "X-HTTP-Method-Override", "X-Method-Override"]
    let request = SandboxRequest(
      method: head.method.rawValue, target: head.uri, prefer: head.headers["Prefer"],
      ifNoneMatch: head.headers.first(name: "If-None-Match"),
      tunnels: overrides.contains { head.headers.contains(name: $0) })
    let address = context.channel.localAddress
    let host = address?.ipAddress ?? "127.0.0.1"
    let origin = "http://\(host.contains(":") ? "[\(host)]" : host):\(address?.port ?? 0)"
    let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
    let eventLoop = context.eventLoop
    task = Task { [service] in
      let answer = await service.answer(request, origin: origin)
      eventLoop.execute { bound.value.handler.write(answer, to: head, context: bound.value.context) }
    }
  }

  private func write(_ answer: SandboxAnswer, to head: HTTPRequestHead, context: ChannelHandlerContext) {
    var headers: HTTPHeaders = [
      "Cache-Control": "no-cache", "Expires": "-1", "REQ_ID": RequestNumber.next(),
      "x-ms-service-request-id": RequestNumber.next(), "x-ms-ratelimit-burst-remaining-xrm-requests": "5999",
      "x-ms-ratelimit-time-remaining-xrm-requests": "1,200.00", "Vary": "Accept-Encoding",
      "Set-Cookie": "ARRAffinity=5a; path=/; secure; HttpOnly",
    ]
    if answer.status != 304, answer.status != 204 {
      headers.add(name: "Content-Type", value: answer.contentType)
      headers.add(name: "Content-Length", value: "\(answer.body.count)")
    }
    if answer.isOData { headers.add(name: "OData-Version", value: "4.0") }
    if answer.status == 405 { headers.add(name: "Allow", value: "GET, HEAD") }
    if let etag = answer.etag { headers.add(name: "ETag", value: etag) }
    if let applied = answer.preferenceApplied { headers.add(name: "Preference-Applied", value: applied) }
    if !head.isKeepAlive { headers.add(name: "Connection", value: "close") }
    let response = HTTPResponseHead(version: .http1_1, status: .init(statusCode: answer.status), headers: headers)
    context.write(wrapOutboundOut(.head(response)), promise: nil)
    if head.method != .HEAD, answer.status != 304 {
      context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: answer.body)))), promise: nil)
    }
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    let done = context.writeAndFlush(wrapOutboundOut(.end(nil)))
    if !head.isKeepAlive { done.whenComplete { _ in bound.value.close(promise: nil) } }
  }
}

/// Numbers for `REQ_ID` and its kind, in the form of a GUID.
private enum RequestNumber {
  private static let counter = Atomic<UInt64>(0)

  static func next() -> String {
    DerivedGUID.text("request|\(counter.wrappingAdd(1, ordering: .relaxed).newValue)")
  }
}
