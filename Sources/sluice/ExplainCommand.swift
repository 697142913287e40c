import ArgumentParser
import Lint

/// `sluice explain`: what the gateway would make of one request, without sending anything.
struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Show what becomes of one request: tree, columns, verdict, upstream request, cache key.",
    discussion: "Nothing is sent. Exit status: 0 allowed, 1 refused, 2 could not run.")

  @Argument(help: "A URL, a path, or a query relative to the service root.")
  var url: String
  @OptionGroup var rules: RuleOptions

  func run() throws {
    let rules = try rules.load()
    let given = self.rules
    guard let explanation = Explanation(url, rules: rules, scope: given.scope, claims: given.claims.values) else {
      Sluice.complain("sluice: there is no request to explain in an empty text")
      throw ExitCode(2)
    }
    try Sluice.put(explanation.text)
    if !explanation.isAllowed { throw ExitCode(1) }
  }
}
