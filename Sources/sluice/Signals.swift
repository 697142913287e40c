import Dispatch

#if canImport(Glibc)
  import Glibc
#endif

/// Signals as something to wait for.
enum Signals {
  /// Those of some kinds that come from now on, none of which ends the program any more. Those that come while nobody
  /// looks count as one.
  struct Arrivals: Sendable {
    let stream: AsyncStream<Void>
    private let numbers: [Int32]
    private let continuation: AsyncStream<Void>.Continuation

    init(of numbers: [Int32]) {
      self.numbers = numbers
      (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
      let queue = DispatchQueue(label: "sluice.signals")
      for number in numbers {
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
        source.setEventHandler { [continuation] in continuation.yield() }
        source.resume()
        sources.append(HeldSource(source: source))
      }
      continuation.onTermination = { [sources] _ in
        for held in sources { held.source.cancel() }
      }
    }

    private var sources: [HeldSource] = []

    /// They do again what they usually do.
    func end() {
      continuation.finish()
      for number in numbers { signal(number, SIG_DFL) }
    }
  }

  // Invariant for `@unchecked Sendable`: the source is set up before it gets here, and afterwards is only cancelled, which
  // may be done from anywhere.
  private struct HeldSource: @unchecked Sendable {
    let source: any DispatchSourceSignal
  }

  /// SIGTERM and SIGINT from now on.
  static func stops() -> Arrivals { Arrivals(of: [SIGTERM, SIGINT]) }

  /// SIGHUP from now on.
  static func hangups() -> Arrivals { Arrivals(of: [SIGHUP]) }

  /// Returns at the first of them; a second one while the program stops kills it as usual.
  static func wait(for stops: Arrivals) async {
    for await _ in stops.stream { break }
    stops.end()
  }

  /// Returns at the first SIGTERM or SIGINT after the call; a second one while the program stops kills it as usual.
  static func waitForStop() async { await wait(for: stops()) }

  /// Without this a client that goes away while it is written to would end the program.
  static func ignoreBrokenPipes() { signal(SIGPIPE, SIG_IGN) }
}
