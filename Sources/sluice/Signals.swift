import Dispatch

#if canImport(Glibc)
  import Glibc
#endif

/// SIGTERM, SIGINT and SIGHUP as something to wait for.
enum Signals {
  /// Returns at the first SIGTERM or SIGINT after the call; a second one while the program stops kills it as usual.
  static func waitForStop() async {
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      let queue = DispatchQueue(label: "sluice.signals")
      let wait = Wait(continuation: continuation)
      queue.async { wait.begin(on: queue) }
    }
  }

  /// Every SIGHUP from now on, none of which ends the program any more. Those that come while nobody looks count as one.
  static func hangups() -> AsyncStream<Void> {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    signal(SIGHUP, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: SIGHUP, queue: DispatchQueue(label: "sluice.hangups"))
    source.setEventHandler { continuation.yield() }
    source.resume()
    // Holds the source as long as the stream is.
    let held = HeldSource(source: source)
    continuation.onTermination = { _ in held.source.cancel() }
    return stream
  }

  // Invariant for `@unchecked Sendable`: the source is set up before it gets here, and afterwards is only cancelled, which
  // may be done from anywhere.
  private struct HeldSource: @unchecked Sendable {
    let source: any DispatchSourceSignal
  }

  /// Without this a client that goes away while it is written to would end the program.
  static func ignoreBrokenPipes() { signal(SIGPIPE, SIG_IGN) }

  /// Confined to its queue.
  private final class Wait: @unchecked Sendable {
    // Invariant for `@unchecked Sendable`: every property is touched on the one serial queue of `waitForStop` only.
    private var continuation: CheckedContinuation<Void, Never>?
    private var sources: [any DispatchSourceSignal] = []

    init(continuation: CheckedContinuation<Void, Never>) { self.continuation = continuation }

    func begin(on queue: DispatchQueue) {
      for number in [SIGTERM, SIGINT] {
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
        source.setEventHandler { self.end() }
        source.resume()
        sources.append(source)
      }
    }

    private func end() {
      for source in sources { source.cancel() }
      sources = []
      signal(SIGTERM, SIG_DFL)
      signal(SIGINT, SIG_DFL)
      continuation?.resume()
      continuation = nil
    }
  }
}
