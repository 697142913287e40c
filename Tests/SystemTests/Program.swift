import Foundation
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// The built `sluice`, run as a user runs it.
final class Program: @unchecked Sendable {
  // Invariant for `@unchecked Sendable`: `lines` and `errors` are touched under `lock` only; the process is thread-safe
  // for what is asked of it here.
  private let process: Process = {
    _ = Program.killAtExit
    return Process()
  }()
  private let lock = NSLock()
  private var out = Data()
  private var errors = Data()

  struct Failure: Error, CustomStringConvertible { var description: String }

  static let binary: String = {
    if let path = ProcessInfo.processInfo.environment["SLUICE_BINARY"] { return path }
    // The test bundle lies beside the program it was built with.
    let bundle = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    return bundle.appendingPathComponent("sluice").path
  }()

  init(_ arguments: [String], environment: [String: String] = [:], input: String? = nil) throws {
    process.executableURL = URL(fileURLWithPath: Program.binary)
    process.arguments = arguments
    // Suites share gateways and callers; those that are about the limit on calls set it.
    // The program refuses variables of this beginning that are none of its own.
    process.environment = ProcessInfo.processInfo.environment.filter { $0.key != "SLUICE_BINARY" }
      .merging(["SLUICE_LEGACY_CALLS": "0"]) { $1 }
      .merging(environment) { $1 }
    let outPipe = Pipe()
    let errorPipe = Pipe()
    process.standardOutput = outPipe
    process.standardError = errorPipe
    let inputPipe = input.map { _ in Pipe() }
    if let inputPipe { process.standardInput = inputPipe } else { process.standardInput = FileHandle.nullDevice }
    try process.run()
    Program.drain(outPipe.fileHandleForReading.fileDescriptor, readers) { [self] bytes in
      lock.withLock { out.append(bytes) }
    }
    Program.drain(errorPipe.fileHandleForReading.fileDescriptor, readers) { [self] bytes in
      lock.withLock { errors.append(bytes) }
    }
    pipes = [outPipe, errorPipe]
    // Not before its answers are read: it may wait for room for them before it takes more.
    if let input, let inputPipe {
      inputPipe.fileHandleForWriting.write(Data(input.utf8))
      try inputPipe.fileHandleForWriting.close()
    }
    let own = process.processIdentifier
    Program.started.withLock { _ = $0.insert(own) }
  }

  /// Programs that are shared by suites live as long as the test run, and no longer.
  private static let started = Mutex<Set<pid_t>>([])
  private static let killAtExit: Void = {
    atexit { Program.started.withLock { for own in $0 { kill(own, SIGKILL) } } }
  }()

  private var pipes: [Pipe] = []
  /// Those that have not come to the end of what the program writes.
  private let readers = DispatchGroup()

  private static func drain(
    _ descriptor: Int32, _ readers: DispatchGroup, _ take: @escaping @Sendable (Data) -> Void
  ) {
    let copy = dup(descriptor)
    readers.enter()
    Thread.detachNewThread {
      var chunk = [UInt8](repeating: 0, count: 65_536)
      while true {
        let count = read(copy, &chunk, chunk.count)
        if count <= 0 { break }
        take(Data(chunk[..<count]))
      }
      close(copy)
      readers.leave()
    }
  }

  /// Runs to the end.
  static func run(_ arguments: [String], environment: [String: String] = [:], input: String? = nil) throws -> (
    status: Int32, out: String, errors: String
  ) {
    let program = try Program(arguments, environment: environment, input: input)
    let status = program.wait()
    return (status, program.standardOutput, program.standardError)
  }

  var standardOutput: String { lock.withLock { String(decoding: out, as: UTF8.self) } }
  var standardError: String { lock.withLock { String(decoding: errors, as: UTF8.self) } }

  func wait() -> Int32 {
    process.waitUntilExit()
    let own = process.processIdentifier
    Program.started.withLock { _ = $0.remove(own) }
    // The readers may be behind the exit. A program that was started meanwhile may hold the pipes open, too.
    _ = readers.wait(timeout: .now() + 10)
    return process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
  }

  func terminate() { kill(process.processIdentifier, SIGTERM) }
  func kill9() { kill(process.processIdentifier, SIGKILL) }
  var isRunning: Bool { process.isRunning }
  var identifier: Int32 { process.processIdentifier }

  /// The rest of the line on standard output that begins with `word`.
  func address(_ word: String, within seconds: Double = 60) throws -> String {
    let deadline = Date().addingTimeInterval(seconds)
    while Date() < deadline {
      let lines = standardOutput.split(separator: "\n")
      if let line = lines.first(where: { $0.hasPrefix(word + " ") }) { return String(line.dropFirst(word.count + 1)) }
      if !process.isRunning { break }
      usleep(20_000)
    }
    throw Failure(description: "no `\(word)` line; standard error: \(standardError)")
  }
}

/// A gateway over a sandbox of its own.
final class Gateway: Sendable {
  let program: Program
  let origin: String
  let admin: String
  let sandbox: String
  let samples: [String: String]

  init(
    _ arguments: [String] = [], customers: Int = 250, more: String = "", environment: [String: String] = [:]
  ) throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(
      "sluice.yaml",
      """
      version: 1
      server: { listen: "127.0.0.1:0", admin: "127.0.0.1:0" }
      sandbox: { customers: \(customers), seed: 7 }
      \(more)
      """)
    program = try Program(["serve", "--config", file] + arguments, environment: environment)
    sandbox = try program.address("sandbox")
    admin = try program.address("admin")
    origin = try program.address("gateway")
    samples = try HTTPConnection.get(sandbox, "/sandbox/samples").json().compactMapValues { $0 as? String }
    folder.remove()
  }

  deinit { program.kill9() }

  /// `HOST:PORT` that another one can take over.
  var listen: String { String(origin.dropFirst("http://".count)) }

  /// The one that suites of reads share.
  static let shared = Result { try Gateway(["--access-log", "off"]) }

  func statistics() throws -> (requests: Int, writesRefused: Int) {
    let json = try HTTPConnection.get(sandbox, "/sandbox/statistics").json()
    return (json["requests"] as? Int ?? -1, json["writesRefused"] as? Int ?? -1)
  }

  /// Bytes of memory that the process holds.
  func resident() throws -> Int {
    let text = try String(contentsOfFile: "/proc/\(program.identifier)/statm", encoding: .utf8)
    let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) }
    return (pages ?? 0) * sysconf(Int32(_SC_PAGESIZE))
  }

  /// Fills `{name}` with sample values.
  func filled(_ text: String) -> String {
    samples.reduce(text) { $0.replacingOccurrences(of: "{\($1.key)}", with: $1.value) }
  }
}

/// Addresses of gateways that are stopped and started again where they were.
enum LoopbackAddress {
  private static let last = Mutex(1)

  /// `HOST:0` with a host that nobody else listens on or connects from, so that a port that one gateway leaves is free for
  /// the next.
  static func ofItsOwn() -> String { "127.0.0.\(last.withLock { $0 += 1; return $0 }):0" }
}

/// A folder of its own, gone when told.
struct TemporaryFolder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("sluice-test-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  func file(_ name: String) -> String { path + "/" + name }

  func write(_ name: String, _ text: String) throws -> String {
    try Data(text.utf8).write(to: URL(fileURLWithPath: file(name)))
    return file(name)
  }

  func remove() { try? FileManager.default.removeItem(atPath: path) }
}
