import ArgumentParser

#if canImport(Glibc)
  import Glibc
#endif

/// The program: three uses of one reader, policy and planner.
@main
struct Sluice: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sluice",
    abstract: "A read-only OData gateway for Microsoft Dataverse.",
    discussion: """
      Serves clients of the retired Customer Insights API from Dataverse, lets only allowed reads pass, and lints \
      queries with the same rules.
      """,
    version: "0.1.0",
    subcommands: [
      Serve.self, SandboxCommand.self, LintCommand.self, ExplainCommand.self, MigrateCommand.self, CompareCommand.self,
      PolicyCommand.self, MetadataCommand.self, ParseCommand.self, HashKey.self,
    ])

  /// Usage errors end with 2, as those of other linters do: 1 says that there are findings.
  static func main() async {
    do {
      var command = try parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch {
      guard exitCode(for: error) == .validationFailure else { exit(withError: error) }
      complain(fullMessage(for: error))
      Glibc.exit(2)
    }
  }

  /// One line on standard output, at once even when that is a pipe, so that scripts can wait for it.
  static func say(_ line: String) { write(line, to: STDOUT_FILENO) }

  /// What a command was run for, on standard output. A result that cannot be written must not look like an empty one.
  /// - Throws: exit status 2 after saying why, without a word when the reader has gone.
  static func put(_ text: String) throws {
    guard !write(text, to: STDOUT_FILENO) else { return }
    if errno != EPIPE { complain("sluice: standard output: \(String(cString: strerror(errno)))") }
    throw ExitCode(2)
  }

  /// One line, or the rendered diagnostics of a file, on standard error.
  static func complain(_ text: String) { write(text, to: STDERR_FILENO) }

  /// - Returns: `false` when not all of it could be written; `errno` says why.
  @discardableResult
  private static func write(_ text: String, to descriptor: Int32) -> Bool {
    let bytes = Array((text.hasSuffix("\n") ? text : text + "\n").utf8)
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }
}
