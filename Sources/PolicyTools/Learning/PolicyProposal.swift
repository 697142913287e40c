package import Dataverse
import ODataURL
package import Policy
package import YAMLFile

/// A policy that allows what was learnt and nothing besides, as a file for people to read and change.
package struct PolicyProposal: Sendable {
  package let text: String

  /// - Parameters:
  ///   - declared: the schema without what policies declare; columns that it lacks are declared in the proposal.
  ///   - base: a policy to compare with: what it lacks is marked, what it has and nobody used is listed.
  /// - Throws: what is wrong with the proposal when it is read back, or a learnt query that it refuses: both would be
  ///   mistakes of this program, and no proposal is better than a wrong one.
  package init(from learner: PolicyLearner, declared: Schema, base: Policy?) throws(DiagnosticList) {
    // What is sent can be longer than what was asked: a missing `$select` is put in. How long is known only once there
    // is a policy to judge by.
    let draft = ProposalWriter(learner, declared, base, urlBytes: Policy.largestLimits.urlBytes).text()
    let policy = try Policy.load(text: draft, file: "proposal", schema: declared)
    let request = JudgeRequest(scope: "default", pagingTokenVouched: true)
    var longest = 0
    for (shape, query) in learner.samples() {
      switch policy.judge(query, request: request) {
      case .allow(let obligations): longest = max(longest, obligations.query.printed().utf8.count)
      case .deny(let findings):
        let rules = Set(findings.map(\.rule)).sorted().joined(separator: ", ")
        let message = "A learnt query would be refused by \(rules): \(shape)"
        throw DiagnosticList(
          [Diagnostic(file: "proposal", line: 0, column: 0, path: "", message: message)], source: nil)
      }
    }
    text = ProposalWriter(learner, declared, base, urlBytes: longest).text()
    _ = try Policy.load(text: text, file: "proposal", schema: declared)
  }
}
