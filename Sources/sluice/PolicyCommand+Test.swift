import ArgumentParser
import Planning
import Policy
import PolicyTools

extension PolicyCommand {
  /// `sluice policy test`: cases in YAML, run through the gateway's own stages.
  struct Test: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Run cases against policies: request and caller in, verdict and upstream query out.",
      discussion: "See docs/policy-life.md for the form of cases. Exit status: 0 passed, 1 failed, 2 could not run.")

    enum Format: String, ExpressibleByArgument, CaseIterable { case text, json, junit }

    @Argument(help: ArgumentHelp("Files of cases.", valueName: "cases"))
    var files: [String]
    @Option(help: "Policy file, instead of the one that each file of cases names.")
    var policy: String?
    @Option(help: "Mapping of legacy entities, instead of the one that each file of cases names.")
    var mapping: String?
    @Option(
      help: ArgumentHelp("Schema file of `sluice metadata pull`; the built-in tables otherwise.", valueName: "file"))
    var schema: String?
    @Option(help: "text, json or junit.")
    var format = Format.text
    @Flag(help: "List what no case shows.")
    var coverage = false
    @Option(help: "Fail when less of a policy is shown, in percent.")
    var minCoverage: Int?

    func validate() throws {
      if let minCoverage, !(0...100).contains(minCoverage) {
        throw ValidationError("--min-coverage must be 0 to 100.")
      }
    }

    func run() throws {
      let schema = try PolicyCommand.schema(self.schema)
      var report = CaseReport()
      // By the files of policy and mapping: several files of cases may be about one policy.
      var groups: [(policy: String?, mapping: String?, files: [CaseFile])] = []
      for path in files {
        let file = try PolicyCommand.reporting { try CaseFile.load(path: path) }
        let own = (policy ?? file.policy.map(file.resolved), mapping ?? file.mapping.map(file.resolved))
        if let index = groups.firstIndex(where: { $0.policy == own.0 && $0.mapping == own.1 }) {
          groups[index].files.append(file)
        } else {
          groups.append((own.0, own.1, [file]))
        }
      }
      for group in groups {
        let rules = try PolicyCommand.reporting {
          try RuleBook.load(policyFile: group.policy, mappingFile: group.mapping, schema: schema)
        }
        let runner = CaseRunner(rules: rules)
        let results = group.files.flatMap(\.cases).map(runner.run)
        report.results += results
        let shown = results.reduce(into: Set<PolicyItem>()) { $0.formUnion($1.shown) }
        report.coverage.append((group.policy ?? rules.policy.name, PolicyCoverage(of: rules.policy, shown: shown)))
      }
      switch format {
      case .text: Sluice.say(report.text(listsUncovered: coverage))
      case .json: Sluice.say(report.json())
      case .junit: Sluice.say(report.junit())
      }
      var isShort = false
      for (policy, coverage) in report.coverage where coverage.percent < minCoverage ?? 0 {
        Sluice.complain("sluice: \(policy): \(coverage.percent) % covered, \(minCoverage ?? 0) % wanted")
        isShort = true
      }
      if report.failed > 0 || isShort { throw ExitCode(1) }
    }
  }
}
