import NIOCore
import Synchronization

/// The open connections of a listener: counted against their limit, and told when the gateway drains.
final class ConnectionRegistry: Sendable {
  private struct State {
    var channels: [ObjectIdentifier: any Channel] = [:]
    var draining = false
  }

  private let state = Mutex(State())
  private let limit: Int

  init(limit: Int) { self.limit = limit }

  /// Counts a connection until it closes; `false` when the limit is reached or the gateway drains.
  func admit(_ channel: any Channel) -> Bool {
    let admitted = state.withLock { state in
      guard !state.draining, state.channels.count < limit else { return false }
      state.channels[ObjectIdentifier(channel)] = channel
      return true
    }
    guard admitted else { return false }
    channel.closeFuture.whenComplete { [self] _ in
      state.withLock { $0.channels[ObjectIdentifier(channel)] = nil }
    }
    return true
  }

  /// Connections open now.
  var count: Int { state.withLock { $0.channels.count } }

  /// Idle connections close at once, the others after their answer; new ones are turned away.
  func drain() {
    let channels = state.withLock { state in
      state.draining = true
      return Array(state.channels.values)
    }
    for channel in channels { channel.pipeline.fireUserInboundEventTriggered(DrainEvent()) }
  }

  /// Closes what is still open.
  func closeAll() {
    for channel in state.withLock({ Array($0.channels.values) }) { channel.close(promise: nil) }
  }
}
