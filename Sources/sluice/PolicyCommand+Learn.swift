import ArgumentParser
import Dataverse
import Planning
import Policy
import PolicyTools

extension PolicyCommand {
  /// `sluice policy learn`: the smallest policy that recorded queries need.
  struct Learn: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Propose the smallest policy that allows the queries of logs.",
      discussion: """
        The proposal goes to standard output; no literal of a query is in it. Exit status: 0 proposed, 1 no query can \
        be allowed, 2 could not run.
        """)

    @Option(
      parsing: .upToNextOption,
      help: ArgumentHelp("Lists of queries or access logs; - for standard input.", valueName: "log"))
    var from: [String]
    @Option(
      help: ArgumentHelp(
        "A policy to compare with, whose declared columns are known; the one that ships with the program otherwise.",
        valueName: "file"))
    var base: String?
    @Option(help: "Mapping of legacy entities; the one that ships with the program otherwise.")
    var mapping: String?
    @Option(
      help: ArgumentHelp("Schema file of `sluice metadata pull`; the built-in tables otherwise.", valueName: "file"))
    var schema: String?

    func run() throws {
      let schema = try PolicyCommand.schema(self.schema)
      let rules = try PolicyCommand.reporting {
        try RuleBook.load(policyFile: base, mappingFile: mapping, schema: schema)
      }
      var learner = PolicyLearner(schema: rules.policy.schema, mapping: rules.mapping)
      try PolicyCommand.reporting {
        try PolicyCommand.readQueries(from, rules: rules) { learner.add($0) }
      }
      guard learner.learntQueries > 0 else {
        let refused = learner.refusedQueries
        Sluice.complain(
          "sluice: nothing to learn: \(refused == 0 ? "there is no query" : "all queries are refused (\(refused))")")
        throw ExitCode(refused == 0 ? 2 : 1)
      }
      let proposal = try PolicyCommand.reporting {
        try PolicyProposal(from: learner, declared: schema, base: base == nil ? nil : rules.policy)
      }
      Sluice.say(proposal.text)
    }
  }
}
