import Planning
import PolicyTools
import Terminal

extension MigrationReport {
  /// For a terminal: each request with what replaces it, the names of columns, and the counts.
  package var text: String {
    var out = ""
    for entry in shown { out += block(entry) + "\n" }
    for (entity, columns) in columns.sorted(by: { $0.key < $1.key }) {
      out += "columns of \(entity)\n"
      for (name, legacy) in columns.sorted(by: { $0.key < $1.key }) { out += "  \(name) → \(legacy)\n" }
      out += "\n"
    }
    return out + summary
  }

  func block(_ entry: Entry) -> String {
    var out = "\(visibleText(entry.source))\(entry.count == 1 ? "" : "  \(entry.count)×")\n"
    func line(_ label: String, _ text: String) {
      let pad = String(repeating: " ", count: max(1, 6 - label.count))
      out += "  \(label)\(pad)\(visibleText(text))\n"
    }
    line("old", "\(entry.method) \(entry.old)")
    switch entry.outcome {
    case .moves(let plan):
      for (index, step) in plan.steps.enumerated() {
        line(plan.steps.count == 1 ? "new" : "new \(index + 1)", "GET \(liftsLiterals ? step.shape : step.target)")
        if let prefer = step.prefer { line("", "Prefer: \(prefer)") }
        if let repetition = step.repetition { line("for", repetition.text(calling: "new")) }
        if liftsLiterals, step.isPart { line("for", "each part of the list of values") }
        for task in step.tasks { line("then", task) }
      }
    case .cannot(let reason):
      line("none", "\(reason.message) [\(reason.code)]")
      if !reason.remedy.isEmpty { line("do", reason.remedy) }
    case .isContinuation, .isDataverse, .isForeign: break
    }
    return out
  }

  private var summary: String {
    let counts = counts
    var out = "\(counts.all) legacy \(counts.all == 1 ? "request" : "requests"): \(counts.asTheyAre) move as they are, "
    out += "\(counts.withWork) move with work in the client, \(counts.asSeveralReads) move as several reads, "
    out += "\(counts.cannotMove) cannot\n"
    for (code, count) in MigrationReport.ranked(counts.cannot) { out += "cannot, \(code): \(count)\n" }
    if continuations > 0 { out += "further pages of such requests ($skiptoken), left out: \(continuations)\n" }
    if dataverseRequests > 0 { out += "requests of Dataverse, left alone: \(dataverseRequests)\n" }
    if foreignRequests > 0 { out += "requests of neither API, left alone: \(foreignRequests)\n" }
    for (reason, count) in leftOut.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      out += "left out, \(reason.rawValue): \(count)\n"
    }
    return out
  }

  /// The most frequent first.
  static func ranked(_ counts: [String: Int]) -> [(key: String, value: Int)] {
    counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
  }
}
