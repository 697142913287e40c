package import Policy

/// A finding at its place in a source.
package struct LintFinding: Sendable, Hashable {
  /// How much a finding matters, the least first.
  package enum Level: String, Sendable, Comparable, CaseIterable {
    /// There is a better way.
    case note
    /// Slow, or not what it seems; or a refusal that the policy only reports.
    case warning
    /// The gateway refuses the query.
    case error

    package static func < (left: Level, right: Level) -> Bool { left.rank < right.rank }

    private var rank: Int {
      switch self {
      case .note: 0
      case .warning: 1
      case .error: 2
      }
    }
  }

  package var source: QueryLine
  package var finding: Finding
  /// 0-based byte columns of the line; empty at the line's start where no place is to blame.
  package var columns: Range<Int>

  package var level: Level {
    switch finding.severity {
    case .error: .error
    case .warning, .report: .warning
    case .advice: .note
    }
  }
}
