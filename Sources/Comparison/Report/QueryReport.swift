/// What became of one query of a corpus.
package struct QueryReport: Sendable {
  /// What came of asking both servers.
  package enum Outcome: Sendable {
    /// Both answered, with whatever status.
    case compared(AnswerComparison, left: Extent, right: Extent)
    /// Why not, for each side where something went wrong: one sentence without any value.
    case notCompared(left: String?, right: String?)
  }

  /// How much a side answered.
  package struct Extent: Sendable, Hashable {
    /// HTTP status code of the first page.
    package var status: Int
    /// Pages that were read.
    package var pages: Int
    /// `nil` for what is no collection.
    package var rows: Int?

    /// That of an answer.
    package init(_ answer: ServerAnswer) {
      status = answer.status
      pages = answer.pages
      rows = answer.rows?.count
    }
  }

  /// What is counted; the names stand in JSON reports and stay as they are.
  package enum Verdict: String, Sendable, Hashable {
    /// Both answered, and the answers are the same.
    case same
    /// Both refused or failed in the same way, so that no row was compared.
    case sameError
    /// Both answered, and not the same; or one of them did not answer.
    case differs, notCompared
  }

  /// `FILE:LINE` where it stands first.
  package var source: String
  /// The request: as it was written, or its shape.
  package var request: String
  /// What came of it.
  package var outcome: Outcome

  /// - Parameters:
  ///   - source: `FILE:LINE`.
  ///   - request: as it may be shown.
  package init(source: String, request: String, outcome: Outcome) {
    self.source = source
    self.request = request
    self.outcome = outcome
  }

  /// What the query is counted as.
  package var verdict: Verdict {
    switch outcome {
    case .compared(let comparison, _, _): !comparison.isSame ? .differs : isErrorOnBothSides ? .sameError : .same
    case .notCompared: .notCompared
    }
  }

  /// Whether neither side gave what was asked for (status 400 or more): nothing is known of the rows then.
  package var isErrorOnBothSides: Bool {
    guard case .compared(_, let left, let right) = outcome else { return false }
    return left.status >= 400 && right.status >= 400
  }

  /// Whether there are rows that were not compared.
  package var isPartial: Bool {
    guard case .compared(let comparison, _, _) = outcome else { return false }
    return comparison.rowsLeftOut > 0 || !comparison.notes.isEmpty
  }
}

/// What became of a corpus.
package struct ComparisonSummary: Sendable {
  /// Queries by their verdict.
  package private(set) var same = 0
  /// Errors that are the same on both sides.
  package private(set) var sameErrors = 0
  /// With differences.
  package private(set) var differs = 0
  /// That one of the servers did not answer.
  package private(set) var notCompared = 0
  /// Queries that one side at least answered.
  private var answered = 0
  /// Of those compared, how many only in part.
  package private(set) var partly = 0
  /// Queries that stand in the corpus more than once count once.
  package var repeated = 0
  /// What is in the corpus and was not asked, by reason.
  package var leftOut: [String: Int] = [:]

  /// Of no query yet.
  package init() {}

  /// Counts one query.
  package mutating func add(_ report: QueryReport) {
    switch report.verdict {
    case .same: same += 1
    case .sameError: sameErrors += 1
    case .differs: differs += 1
    case .notCompared: notCompared += 1
    }
    if report.isPartial { partly += 1 }
    if report.verdict != .notCompared, !report.isErrorOnBothSides { answered += 1 }
  }

  /// Queries that both sides were asked, or should have been.
  package var queries: Int { same + sameErrors + differs + notCompared }
  /// Whether there were queries and all that came were errors on both sides: a wrong key or address, as a rule.
  package var hasErrorsAlone: Bool { queries > 0 && answered == 0 && notCompared == 0 }
  /// 0 all the same, 1 differences, 2 when something could not be compared, nothing was there to compare, or nothing but
  /// errors came from both sides.
  package var exitStatus: Int32 { notCompared > 0 || answered == 0 ? 2 : differs > 0 ? 1 : 0 }
}
