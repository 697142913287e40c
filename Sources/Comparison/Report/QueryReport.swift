/// What became of one query of a corpus.
package struct QueryReport: Sendable {
  package enum Outcome: Sendable {
    case compared(AnswerComparison, left: Extent, right: Extent)
    /// Why not, for each side where something went wrong: one sentence without any value.
    case notCompared(left: String?, right: String?)
  }

  /// How much a side answered.
  package struct Extent: Sendable, Hashable {
    package var status: Int
    package var pages: Int
    /// `nil` for what is no collection.
    package var rows: Int?

    package init(_ answer: ServerAnswer) {
      status = answer.status
      pages = answer.pages
      rows = answer.rows?.count
    }
  }

  package enum Verdict: String, Sendable, Hashable { case same, differs, notCompared }

  /// `FILE:LINE` where it stands first.
  package var source: String
  /// The request: as it was written, or its shape.
  package var request: String
  package var outcome: Outcome

  package init(source: String, request: String, outcome: Outcome) {
    self.source = source
    self.request = request
    self.outcome = outcome
  }

  package var verdict: Verdict {
    switch outcome {
    case .compared(let comparison, _, _): comparison.isSame ? .same : .differs
    case .notCompared: .notCompared
    }
  }

  /// Whether there are rows that were not compared.
  package var isPartial: Bool {
    guard case .compared(let comparison, _, _) = outcome else { return false }
    return comparison.rowsLeftOut > 0 || !comparison.notes.isEmpty
  }
}

/// What became of a corpus.
package struct ComparisonSummary: Sendable {
  package private(set) var same = 0
  package private(set) var differs = 0
  package private(set) var notCompared = 0
  /// Of those compared, how many only in part.
  package private(set) var partly = 0
  /// Queries that stand in the corpus more than once count once.
  package var repeated = 0
  /// What is in the corpus and was not asked, by reason.
  package var leftOut: [String: Int] = [:]

  package init() {}

  package mutating func add(_ report: QueryReport) {
    switch report.verdict {
    case .same: same += 1
    case .differs: differs += 1
    case .notCompared: notCompared += 1
    }
    if report.isPartial { partly += 1 }
  }

  package var queries: Int { same + differs + notCompared }
  /// 0 all the same, 1 differences, 2 when something could not be compared, or nothing was there to compare.
  package var exitStatus: Int32 { notCompared > 0 || queries == 0 ? 2 : differs > 0 ? 1 : 0 }
}
