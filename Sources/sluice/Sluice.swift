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
    subcommands: [Serve.self, SandboxCommand.self, LintCommand.self, ExplainCommand.self, HashKey.self])

  /// Output lines appear at once even when standard output is a pipe, so that scripts can wait for them.
  static func say(_ line: String) {
    print(line)
    fflush(stdout)
  }

  /// One line, or the rendered diagnostics of a file, on standard error.
  static func complain(_ text: String) {
    let text = text.hasSuffix("\n") ? text : text + "\n"
    fputs(text, stderr)
  }
}
