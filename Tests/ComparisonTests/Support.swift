import JSONStream

@testable import Comparison

/// The answer that one page, or several behind one another, make.
func answer(_ status: Int = 200, _ pages: String..., limit: Int = 10) throws -> ServerAnswer {
  var collector = AnswerCollector(pageLimit: limit)
  for page in pages {
    guard collector.add(status: status, body: Array(page.utf8)) != .done else { break }
  }
  guard let answer = collector.answer else { throw ComparisonMistake("no page") }
  return answer
}

/// Differences of two bodies, a line each, as the text report writes them, with values.
func differences(
  _ left: String, _ right: String, target: String = "/data/Customer",
  _ change: (inout ComparisonRules) -> Void = { _ in }
) throws -> [String] {
  var rules = ComparisonRules()
  change(&rules)
  let comparison = AnswerComparer(rules: rules).compare(
    try answer(200, left), try answer(200, right), target: target)
  return lines(of: comparison)
}

func lines(of comparison: AnswerComparison, showsValues: Bool = true) -> [String] {
  let extent = QueryReport.Extent(ServerAnswer(status: 200, body: .empty))
  let report = QueryReport(source: "c:1", request: "r", outcome: .compared(comparison, left: extent, right: extent))
  let all = TextReport.text(report, showsValues: showsValues).split(separator: "\n").map { $0.drop { $0 == " " } }
  return all.dropFirst().filter { !$0.hasPrefix("left  ") && !$0.hasPrefix("right  ") }.map(String.init)
}
