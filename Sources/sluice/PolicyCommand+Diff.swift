import ArgumentParser
import Planning
import Policy
import PolicyTools

extension PolicyCommand {
  /// `sluice policy diff`: what a change of a policy changes.
  struct Diff: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Compare two policies: what one says and the other does not, and which recorded queries change.",
      discussion: """
        Exit status: 0 no change that --fail-on names, 1 there is one, 2 could not run. A change of which nobody can \
        tell the direction counts as both. Queries that row filters refuse for want of a value of the caller cannot \
        be judged: status 2 unless there is another reason for 1.
        """)

    enum Failing: String, ExpressibleByArgument, CaseIterable { case widening, narrowing, any }

    @Argument(help: ArgumentHelp("The policy as it was.", valueName: "old"))
    var old: String
    @Argument(help: ArgumentHelp("The policy as it shall be.", valueName: "new"))
    var new: String
    @Option(help: ArgumentHelp("Recorded queries: a list or an access log; - for standard input.", valueName: "file"))
    var corpus: [String] = []
    @Option(help: "Look at this scope alone; at all that both have otherwise.")
    var scope: String?
    @OptionGroup var claims: ClaimOptions
    @Option(help: "Mapping of legacy entities; the one that ships with the program otherwise.")
    var mapping: String?
    @Option(
      help: ArgumentHelp("Schema file of `sluice metadata pull`; the built-in tables otherwise.", valueName: "file"))
    var schema: String?
    @Option(help: "widening, narrowing or any: which changes end with status 1.")
    var failOn = Failing.widening

    func run() throws {
      let schema = try PolicyCommand.schema(self.schema)
      let (before, after) = try PolicyCommand.reporting {
        (
          try RuleBook.load(policyFile: old, mappingFile: mapping, schema: schema),
          try RuleBook.load(policyFile: new, mappingFile: mapping, schema: schema)
        )
      }
      if let scope, before.policy.scope(scope) == nil, after.policy.scope(scope) == nil {
        Sluice.complain("sluice: neither policy has a scope `\(scope)`")
        throw ExitCode(2)
      }
      let difference = PolicyDifference(old: before.policy, new: after.policy, scope: scope)
      var queries: CorpusDifference?
      if !corpus.isEmpty {
        let scopes = scope.map { [$0] } ?? CorpusDifference.commonScopes(before.policy, after.policy)
        var found = CorpusDifference(old: before, new: after, scopes: scopes, claims: claims.values)
        try PolicyCommand.reporting {
          try PolicyCommand.readQueries(corpus, rules: before) { found.add($0) }
        }
        queries = found
      }
      let report = DifferenceReport(difference, corpus: queries)
      Sluice.say(report.text)
      let fails =
        switch failOn {
        case .any: !report.directions.isEmpty
        case .widening: !report.directions.isDisjoint(with: [.widening, .unclear])
        case .narrowing: !report.directions.isDisjoint(with: [.narrowing, .unclear])
        }
      if fails { throw ExitCode(1) }
      if let queries, queries.unjudged > 0 {
        Sluice.complain("sluice: not all can be judged without \(ClaimOptions.words(missing: queries.missingClaims))")
        throw ExitCode(2)
      }
    }
  }
}
