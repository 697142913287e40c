import CSQLite
import Glibc

/// A thread that owns what was made on it: the only way to use a ``Connection`` from concurrent code.
///
/// SQLite blocks, so it must run neither on an event loop nor in the cooperative pool. Jobs run one after the other, in
/// the order they were given.
///
/// ```swift
/// let database = try DatabaseThread(name: "sandbox") { try Connection(path: ":memory:") }
/// let rows = try await database.run { connection in … }
/// await database.stop()
/// ```
package final class DatabaseThread<State>: Sendable {
  private typealias Job = @Sendable (inout State) -> Void
  private let mailbox: Mailbox<@Sendable (inout State) -> Void>

  /// Starts the thread and makes its state there. Blocks the caller until that is done, so it belongs to start-up.
  /// - Parameter name: for debuggers; the system keeps 15 bytes of it.
  /// - Throws: what `make` throws, or ``DatabaseThreadError/notStarted(_:)``.
  package init(name: String, _ make: @escaping @Sendable () throws -> State) throws {
    let mailbox = Mailbox<@Sendable (inout State) -> Void>()
    self.mailbox = mailbox
    try startThread(name: name) {
      do {
        var state = try make()
        mailbox.announce(nil)
        while let job = mailbox.next() { job(&state) }
      } catch {
        mailbox.announce(error)
      }
      // The state is gone by now, its connection closed: whoever waits for the stop may move or delete the file.
      mailbox.finish()
    }
    if let error = mailbox.awaitAnnouncement() { throw error }
  }

  deinit {
    mailbox.stop()
  }

  /// Runs `body` with the state on the thread and gives back what it returns.
  ///
  /// A job that was handed over runs whether the waiting task is cancelled or not.
  /// - Throws: what `body` throws, or ``DatabaseThreadError/stopped``.
  package func run<T: Sendable>(_ body: @escaping @Sendable (inout State) throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
      let isTaken = mailbox.post { state in
        continuation.resume(with: Result { try body(&state) })
      }
      if !isTaken { continuation.resume(throwing: DatabaseThreadError.stopped) }
    }
  }

  /// Hands `body` over without waiting for it; it runs when `milliseconds` have passed, or at once when the thread is
  /// told to stop before.
  /// - Returns: `false` when the thread was stopped already and `body` will not run.
  @discardableResult
  package func schedule(
    afterMilliseconds milliseconds: Int = 0, _ body: @escaping @Sendable (inout State) -> Void
  ) -> Bool {
    mailbox.post(afterMilliseconds: milliseconds, body)
  }

  /// Runs everything handed over so far, lets the state go and ends the thread. Returns when all that is done; a second
  /// call waits for the first.
  package func stop() async {
    await withCheckedContinuation { continuation in
      mailbox.stop { continuation.resume() }
    }
  }
}

/// Why a job did not run.
package enum DatabaseThreadError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The thread was told to stop before the job was given.
  case stopped
  /// The system gave no thread; with its error number.
  case notStarted(Int32)

  package var description: String {
    switch self {
    case .stopped: "the database is closed"
    case .notStarted(let number): "no thread for the database: \(String(cString: strerror(number)))"
    }
  }
}

/// Starts a detached thread that takes no signals: handlers of the process run elsewhere.
private func startThread(name: String, _ body: @escaping @Sendable () -> Void) throws(DatabaseThreadError) {
  final class Start: Sendable {
    let name: String
    let body: @Sendable () -> Void
    init(_ name: String, _ body: @escaping @Sendable () -> Void) {
      self.name = name
      self.body = body
    }
  }
  let start = Unmanaged.passRetained(Start(name, body))
  var all = sigset_t()
  var before = sigset_t()
  sigfillset(&all)
  pthread_sigmask(SIG_SETMASK, &all, &before)
  defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
  var thread = pthread_t()
  let code = pthread_create(
    &thread, nil,
    { argument in
      guard let argument else { return nil }
      let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
      csqlite_name_thread(start.name)
      start.body()
      return nil
    }, start.toOpaque())
  guard code == 0 else {
    start.release()
    throw .notStarted(code)
  }
  pthread_detach(thread)
}
