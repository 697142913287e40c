import Dataverse
import ODataURL
import Policy

/// What a linter tells beside refusals.
package enum LintAdvice: Sendable, Hashable {
  /// Nothing: a query that passes has no findings.
  case none
  /// Advice, and what a policy only reports, but for the rules with these ids.
  case all(except: Set<String>)

  /// Ids of the rules that can be left out. What refuses a query cannot: the gateway would refuse it all the same.
  package static let rules = Set(ServiceAdvice.rules + ["DV010", "DV011"])

  /// Whether a finding is given.
  func tells(_ finding: Finding) -> Bool {
    guard finding.severity != .error else { return true }
    switch self {
    case .none: return false
    case .all(let ignored): return !ignored.contains(finding.rule)
    }
  }
}

/// A comment to the linter, before the query that it is about: `# sluice: ignore DV103 DV104`.
struct LintDirective {
  var ignored: Set<String> = []
  /// What in it is not understood, with its byte columns.
  var mistakes: [(finding: Finding, columns: Range<Int>)] = []

  /// - Returns: `nil` for other comments and for blank lines.
  init?(_ line: String) {
    var words: [(text: String, columns: Range<Int>)] = []
    let bytes = Array(line.utf8)
    var start: Int?
    for index in 0...bytes.count {
      let ends = index == bytes.count || " \t,".utf8.contains(bytes[index])
      if !ends {
        start = start ?? index
      } else if let from = start {
        words.append((String(decoding: bytes[from..<index], as: UTF8.self), from..<index))
        start = nil
      }
    }
    if words.first?.text == "#" { words.removeFirst() }
    guard let head = words.first, head.text == "sluice:" || head.text == "#sluice:" else { return nil }
    guard words.count > 1, words[1].text == "ignore", words.count > 2 else {
      mistake(head.columns, "This says nothing that the linter knows.", "Write # sluice: ignore DV103 DV104.")
      return
    }
    for word in words[2...] {
      if LintAdvice.rules.contains(word.text) {
        ignored.insert(word.text)
      } else {
        mistake(
          word.columns, "No rule of this id can be ignored.",
          "Rules that only advise can be: DV010, DV011 and those from DV101 on. What refuses a query is told always.")
      }
    }
  }

  private mutating func mistake(_ columns: Range<Int>, _ message: String, _ remedy: String) {
    mistakes.append(
      (
        Finding(rule: "lint.directive", severity: .warning, span: .none, message: message, remedy: remedy), columns
      ))
  }
}
