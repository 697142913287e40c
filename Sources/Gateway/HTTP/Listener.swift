import NIOCore
import NIOHTTP1
import NIOPosix

/// A listening socket and the pipeline of its connections.
struct Listener: Sendable {
  private let channel: any Channel

  /// Binds and starts to accept.
  /// - Parameters:
  ///   - option: the flag that names the address, for the error.
  ///   - keepsHalfClosed: whether a connection lives on when its client shuts its side; its handler must end it then.
  /// - Throws: ``ListenError`` with one clear sentence.
  static func start(
    on address: ListenAddress, option: String, group: any EventLoopGroup, registry: ConnectionRegistry,
    headerBytes: Int, keepsHalfClosed: Bool = true,
    makeHandler: @escaping @Sendable (InboundGate) -> any ChannelHandler
  ) async throws -> Listener {
    var limits = NIOHTTPDecoderLimitConfiguration()
    limits.maxHeaderFieldSize = headerBytes
    limits.maxHeaderListSize = headerBytes
    limits.maxHeaderFieldCount = 100
    let bootstrap = ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 1024)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelOption(.allowRemoteHalfClosure, value: keepsHalfClosed)
      .childChannelInitializer { [limits] channel in
        guard registry.admit(channel) else { return channel.close() }
        return channel.eventLoop.makeCompletedFuture {
          let decoder = HTTPDecoder<HTTPServerRequestPart, Never>(limitConfiguration: limits)
          let gate = InboundGate()
          try channel.pipeline.syncOperations.addHandlers(gate, ByteToMessageHandler(decoder))
          try channel.pipeline.syncOperations.addHandlers(makeHandler(gate))
        }
      }
    do {
      return Listener(channel: try await bootstrap.bind(host: address.host, port: address.port).get())
    } catch {
      throw ListenError(address: address, option: option, underlying: error)
    }
  }

  /// The address that was bound, with the port the system picked for port 0.
  var port: Int { channel.localAddress?.port ?? 0 }

  /// Stops accepting; open connections are left alone.
  func stop() async {
    channel.close(promise: nil)
    _ = try? await channel.closeFuture.get()
  }
}

/// Why an address could not be listened on.
package struct ListenError: Error, CustomStringConvertible {
  package var address: ListenAddress
  /// The flag that names the address.
  package var option: String
  package var underlying: any Error

  package var description: String {
    if let error = underlying as? IOError {
      switch error.errnoCode {
      case EADDRINUSE:
        return "Port \(address.port) on \(address.host) is in use; stop what listens there or choose another with "
          + "\(option)."
      case EACCES: return "Port \(address.port) on \(address.host) needs more rights; choose one above 1023."
      case EADDRNOTAVAIL: return "\(address.host) is not an address of this machine."
      default: break
      }
    }
    return "Cannot listen on \(address): \(underlying)"
  }
}
