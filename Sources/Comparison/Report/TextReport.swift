import Terminal

/// Reports for a terminal.
package enum TextReport {
  /// One query with its differences, a line each.
  package static func text(_ report: QueryReport, showsValues: Bool) -> String {
    var out = "\(report.source): "
    switch report.outcome {
    case .compared(let comparison, let left, let right):
      let sameness = report.verdict == .sameError ? "the same error" : "same"
      out += comparison.isSame ? sameness : comparison.count == 1 ? "1 difference" : "\(comparison.count) differences"
      out += ": \(visibleText(report.request))\n"
      if report.verdict != .same {
        out += "  left   \(extent(left))\n  right  \(extent(right))\n"
      }
      for difference in comparison.differences { out += "  \(line(difference, showsValues))\n" }
      let more = comparison.count - comparison.differences.count
      if more > 0 { out += "  and \(more) more\n" }
      for note in comparison.notes { out += "  note: \(note)\n" }
      if comparison.rowsLeftOut > 0 { out += "  note: \(counted(comparison.rowsLeftOut, "row")) left out for that.\n" }
    case .notCompared(let left, let right):
      out += "not compared: \(visibleText(report.request))\n"
      if let left { out += "  left:  \(visibleText(left))\n" }
      if let right { out += "  right: \(visibleText(right))\n" }
    }
    return out
  }

  /// The last lines.
  package static func text(_ summary: ComparisonSummary) -> String {
    var out =
      "\(counted(summary.queries, "query", "queries")): \(summary.same) same, \(summary.differs) with differences"
    if summary.sameErrors > 0 { out += ", \(summary.sameErrors) with the same error on both sides" }
    out += ", \(summary.notCompared) not compared"
    if summary.partly > 0 { out += "; \(summary.partly) only in part" }
    out += "\n"
    if summary.repeated > 0 { out += "repeated, asked once: \(summary.repeated)\n" }
    for (reason, count) in summary.leftOut.sorted(by: { $0.key < $1.key }) { out += "left out, \(reason): \(count)\n" }
    return out
  }

  private static func line(_ difference: Difference, _ showsValues: Bool) -> String {
    let place = visibleText(difference.place.text(showsValues: showsValues))
    let at = place.isEmpty ? "" : "\(place): "
    func side(_ side: Difference.Side?) -> String {
      guard let side else { return "nothing" }
      return visibleText(showsValues ? side.value ?? side.word : side.word)
    }
    let (left, right) = (side(difference.left), side(difference.right))
    return switch difference.kind {
    case .status: "\(at)status \(left) and \(right)"
    case .code: "\(at)error codes \(left) and \(right)"
    case .body: "\(at)the bodies are \(left) and \(right)"
    case .paging: "\(at)\(left) and \(right)"
    case .value where left == right: "\(at)another value (\(left))"
    case .value: "\(at)\(left) and \(right)"
    case .type: "\(at)\(left) and \(right), which are of different types"
    case .onlyLeft: "\(at)only on the left (\(left))"
    case .onlyRight: "\(at)only on the right (\(right))"
    case .rowOnlyLeft: "\(at)a row only on the left"
    case .rowOnlyRight: "\(at)a row only on the right"
    case .order: "\(at)sorted otherwise from here on: \(left) of the left is \(right) of the right"
    }
  }

  private static func extent(_ extent: QueryReport.Extent) -> String {
    var out = "status \(extent.status)"
    if let rows = extent.rows { out += ", \(counted(rows, "row")) on \(counted(extent.pages, "page"))" }
    return out
  }
}
