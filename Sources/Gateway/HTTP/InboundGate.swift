import NIOCore

/// Stands before the decoder. Shut, it drops what the client still sends.
///
/// After its last answer a connection lingers until the client has closed its side, or its time is over. The decoder must
/// not see those bytes: past an `Upgrade` it stops to decode and keeps everything, without bound.
final class InboundGate: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private var isOpen = true
  /// Of the request that passes here.
  private(set) var beginning = RequestBeginning()

  func shut() { isOpen = false }

  /// The decoder has told of a head.
  func noteHead() { beginning.noteHead() }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard isOpen else { return }
    unwrapInboundIn(data).withUnsafeReadableBytes { beginning.take($0) }
    context.fireChannelRead(data)
    beginning.settle()
  }
}
