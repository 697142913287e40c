import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A server on loopback that answers each request head with the chunks it is told, over TCP or TLS, and remembers what
/// it was asked. Chunks are written and flushed one by one, so that the client sees the splits.
final class LoopbackServer: Sendable {
  enum Step: Sendable {
    case write(String)
    /// Closes the connection without regard for what was promised.
    case close
    /// Says nothing more until the client goes.
    case hang
  }

  struct Identity: Sendable {
    var certificate: String
    var key: String
  }

  let port: Int
  var origin: String { "\(isTLS ? "https" : "http")://localhost:\(port)" }
  private let isTLS: Bool
  private let group: MultiThreadedEventLoopGroup
  private let channel: any Channel
  private let log: Log

  /// What the connections saw.
  final class Log: Sendable {
    let state = Mutex<(heads: [String], connections: Int)>(([], 0))
  }

  init(identity: Identity? = nil, answer: @escaping @Sendable (String) -> [Step]) async throws {
    let context = try identity.map { identity in
      let certificates = try NIOSSLCertificate.fromPEMFile(identity.certificate).map {
        NIOSSLCertificateSource.certificate($0)
      }
      return try NIOSSLContext(
        configuration: .makeServerConfiguration(
          certificateChain: certificates,
          privateKey: .privateKey(try NIOSSLPrivateKey(file: identity.key, format: .pem))))
    }
    isTLS = context != nil
    group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let log = Log()
    self.log = log
    channel = try await ServerBootstrap(group: group)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          if let context { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context)) }
          try channel.pipeline.syncOperations.addHandler(Handler(log: log, answer: answer))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    port = channel.localAddress?.port ?? 0
  }

  var heads: [String] { log.state.withLock { $0.heads } }
  var connections: Int { log.state.withLock { $0.connections } }

  func stop() async throws {
    try await channel.close()
    try await group.shutdownGracefully()
  }

  static func ok(_ body: String, status: String = "200 OK", fields: String = "") -> [Step] {
    [.write("HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\(fields)\r\n\(body)")]
  }

  static func certificate(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Certificates/\(name).pem").path
  }

  static func identity(_ name: String) -> Identity {
    Identity(certificate: certificate(name), key: certificate("\(name).key"))
  }

  private final class Handler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let log: Log
    private let answer: @Sendable (String) -> [Step]
    private var received = ""

    init(log: Log, answer: @escaping @Sendable (String) -> [Step]) {
      self.log = log
      self.answer = answer
    }

    func channelActive(context: ChannelHandlerContext) {
      log.state.withLock { $0.connections += 1 }
      context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      received += String(buffer: unwrapInboundIn(data))
      guard received.contains("\r\n\r\n"), isWhole else { return }
      let head = received
      received = ""
      log.state.withLock { $0.heads.append(head) }
      run(answer(head)[...], context: context)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    /// Whether the body that the head promises is there.
    private var isWhole: Bool {
      let parts = received.components(separatedBy: "\r\n\r\n")
      guard let field = parts[0].range(of: "Content-Length: ", options: .caseInsensitive) else { return true }
      let length = Int(parts[0][field.upperBound...].prefix { $0.isNumber }) ?? 0
      return parts.dropFirst().joined(separator: "\r\n\r\n").utf8.count >= length
    }

    private func run(_ steps: ArraySlice<Step>, context: ChannelHandlerContext) {
      guard let step = steps.first else { return }
      switch step {
      case .hang: return
      case .close: context.close(promise: nil)
      case .write(let text):
        let rest = steps.dropFirst()
        let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text))).whenSuccess {
          bound.value.handler.run(rest, context: bound.value.context)
        }
      }
    }
  }
}

/// A clock that moves when told.
final class ManualClock: Sendable {
  private let state = Mutex<Int64>(1_700_000_000_000)
  var now: @Sendable () -> Int64 { { [self] in state.withLock { $0 } } }
  func advance(seconds: Int64) { state.withLock { $0 += seconds * 1000 } }
}

/// Waits until a condition holds, at most ten seconds.
func eventually(_ condition: @Sendable () async -> Bool) async -> Bool {
  for _ in 0..<1000 {
    if await condition() { return true }
    try? await Task.sleep(for: .milliseconds(10))
  }
  return false
}
