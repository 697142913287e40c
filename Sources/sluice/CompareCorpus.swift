import Comparison
import Migration
import Planning
import PolicyTools

/// The requests of a corpus, each once, in the order they were met.
enum CompareCorpus {
  struct Query: Sendable {
    /// `FILE:LINE` of the first.
    var source: String
    /// In origin-form.
    var target: String
    /// What it is called in reports: the request, or its shape.
    var label: String
  }

  /// Different requests of one run.
  static let limit = 100_000

  /// - Parameters:
  ///   - showsValues: whether literals may be shown.
  ///   - summary: counts what is left out or repeated.
  /// - Throws: `InputFile.Failure`; `ComparisonMistake` for a corpus that is too large.
  static func read(
    _ files: [String], showsValues: Bool, summary: inout ComparisonSummary
  ) throws -> [Query] {
    let rules = try PolicyCommand.reporting {
      try RuleBook.load(policyFile: nil, mappingFile: nil, schema: RuleBook.offlineSchema)
    }
    let migrator = Migrator(rules: rules)
    var queries: [Query] = []
    var known: Set<[UInt8]> = []
    func leaveOut(_ reason: String) { summary.leftOut[reason, default: 0] += 1 }
    try RecordedFiles.read(files, rules: rules) { line, place in
      switch line {
      case .blank: return
      case .decision: leaveOut(RecordedLine.Reason.noTarget.rawValue)
      case .unusable(let reason): leaveOut(reason.rawValue)
      case .query(let query):
        guard query.method == "GET" else { return leaveOut("not a GET") }
        guard known.insert(Array(query.target.utf8)).inserted else {
          summary.repeated += 1
          return
        }
        guard queries.count < limit else {
          throw ComparisonMistake("The corpus has more than \(limit) different requests; cut it into pieces.")
        }
        let label = showsValues ? query.target : migrator.shape(of: query)
        queries.append(Query(source: place, target: query.target, label: label))
      }
    }
    return queries
  }
}
