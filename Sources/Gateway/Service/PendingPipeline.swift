import Identity
import NIOCore
import Planning
import Synchronization

/// Hands the pipeline to connection handlers once it exists. The port is bound before (links hold it), so a client may
/// connect a moment too early: its connection is closed, as it would have been refused before the bind.
final class PendingPipeline: Sendable {
  private let shared = Mutex<ConnectionHandler.SharedState?>(nil)

  func set(_ state: ConnectionHandler.SharedState) { shared.withLock { $0 = state } }

  func makeHandler(_ gate: InboundGate) -> any ChannelHandler {
    guard let state = shared.withLock({ $0 }) else { return CloseHandler() }
    return ConnectionHandler(shared: state, gate: gate)
  }
}

private final class CloseHandler: ChannelInboundHandler {
  typealias InboundIn = Never

  func channelActive(context: ChannelHandlerContext) { context.close(promise: nil) }
}

/// Paging tokens sealed by the gateway's key.
struct SealedPagingTokens: PagingTokens {
  var seal: PagingSeal
  /// The key may outlive a change of organization; a token may not.
  var organization: String

  func seal(_ token: String, boundTo context: [String]) throws -> String {
    try seal.seal(token, boundTo: [organization] + context)
  }

  func open(_ sealed: String, boundTo context: [String]) throws -> String {
    try seal.open(sealed, boundTo: [organization] + context)
  }
}
