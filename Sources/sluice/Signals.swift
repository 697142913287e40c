import Dispatch

#if canImport(Glibc)
  import Glibc
#endif

/// SIGTERM and SIGINT as something to wait for.
enum Signals {
  /// Returns at the first SIGTERM or SIGINT after the call; a second one while the program stops kills it as usual.
  static func waitForStop() async {
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      let queue = DispatchQueue(label: "sluice.signals")
      let wait = Wait(continuation: continuation)
      queue.async { wait.begin(on: queue) }
    }
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
