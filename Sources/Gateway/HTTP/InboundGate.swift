import NIOCore

/// Stands before the decoder. Shut, it drops what the client still sends.
///
/// After its last answer a connection lingers until the client has closed its side, or its time is over. The decoder must
/// not see those bytes: past an `Upgrade` it stops to decode and keeps everything, without bound.
final class InboundGate: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private var isOpen = true

  func shut() { isOpen = false }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if isOpen { context.fireChannelRead(data) }
  }
}
