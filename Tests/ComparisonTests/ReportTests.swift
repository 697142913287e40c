import Testing

@testable import Comparison

@Suite struct ReportTests {
  private func report(_ left: String, _ right: String) throws -> QueryReport {
    let (left, right) = (try answer(200, left), try answer(200, right))
    return QueryReport(
      source: "corpus.txt:3", request: "/data/Customer?$top=:integer",
      outcome: .compared(
        AnswerComparer(rules: ComparisonRules()).compare(left, right, target: "/data/Customer?$top=1"),
        left: .init(left), right: .init(right)))
  }

  @Test func textIsAsDocumented() throws {
    let differing = try report(#"{"value":[{"CustomerId":"a","N":1}]}"#, #"{"value":[{"CustomerId":"a","N":2}]}"#)
    #expect(
      TextReport.text(differing, showsValues: false) == """
        corpus.txt:3: 1 difference: /data/Customer?$top=:integer
          left   status 200, 1 row on 1 page
          right  status 200, 1 row on 1 page
          value[0]/N: another value (number)

        """)
    let failed = QueryReport(
      source: "c:1", request: "/x", outcome: .notCompared(left: nil, right: "No connection could be made."))
    #expect(
      TextReport.text(failed, showsValues: false)
        == "c:1: not compared: /x\n  right: No connection could be made.\n")
    var summary = ComparisonSummary()
    for report in [differing, failed, try report("1", "1")] { summary.add(report) }
    summary.repeated = 4
    summary.leftOut["not a GET"] = 2
    #expect(
      TextReport.text(summary) == """
        3 queries: 1 same, 1 with differences, 1 not compared
        repeated, asked once: 4
        left out, not a GET: 2

        """)
    #expect(summary.exitStatus == 2)
  }

  @Test func linesAreAsDocumented() throws {
    let differing = try report(#"{"value":[{"CustomerId":"a","N":1}]}"#, #"{"value":[{"CustomerId":"a","N":2}]}"#)
    #expect(
      JSONReport.line(differing, showsValues: false)
        == #"{"source":"corpus.txt:3","request":"/data/Customer?$top=:integer","result":"differs","#
        + #""left":{"status":200,"pages":1,"rows":1},"right":{"status":200,"pages":1,"rows":1},"key":["CustomerId"],"#
        + #""count":1,"differences":[{"path":"value[0]/N","kind":"value","left":"number","right":"number"}],"#
        + #""rowsLeftOut":0,"notes":[]}"#)
    let failed = QueryReport(source: "c:1", request: "/x", outcome: .notCompared(left: "Why.", right: nil))
    #expect(
      JSONReport.line(failed, showsValues: false)
        == #"{"source":"c:1","request":"/x","result":"notCompared","left":{"failure":"Why."}}"#)
    var summary = ComparisonSummary()
    summary.add(differing)
    #expect(
      JSONReport.line(summary)
        == #"{"summary":{"queries":1,"same":0,"sameError":0,"differs":1,"notCompared":0,"onlyInPart":0,"repeated":0,"leftOut":{}}}"#
    )
  }

  @Test func theExitStatusTellsTheWorst() throws {
    var summary = ComparisonSummary()
    #expect(summary.exitStatus == 2)
    summary.add(try report("1", "1"))
    #expect(summary.exitStatus == 0)
    summary.add(try report("1", "2"))
    #expect(summary.exitStatus == 1)
    summary.add(QueryReport(source: "", request: "", outcome: .notCompared(left: "", right: nil)))
    #expect(summary.exitStatus == 2)
  }

  /// Two servers that refuse alike are no proof that they answer alike.
  @Test func errorsOnBothSidesAreNoSameness() throws {
    func report(_ left: Int, _ right: Int) throws -> QueryReport {
      let body = #"{"errorCode":"policy.scope","message":"m"}"#
      let (left, right) = (try answer(left, body), try answer(right, body))
      return QueryReport(
        source: "c:1", request: "/x",
        outcome: .compared(
          AnswerComparer(rules: ComparisonRules()).compare(left, right, target: "/x"), left: .init(left),
          right: .init(right)))
    }
    let failed = try report(403, 403)
    #expect(failed.verdict == .sameError)
    #expect(
      TextReport.text(failed, showsValues: false)
        == "c:1: the same error: /x\n  left   status 403\n  right  status 403\n")
    var summary = ComparisonSummary()
    for _ in 0..<2 { summary.add(failed) }
    #expect(summary.exitStatus == 2 && summary.hasErrorsAlone)
    summary.add(try report(403, 500))
    #expect(summary.exitStatus == 2 && summary.hasErrorsAlone)
    #expect(
      TextReport.text(summary)
        == "3 queries: 0 same, 1 with differences, 2 with the same error on both sides, 0 not compared\n")
    #expect(JSONReport.line(summary).contains(#""same":0,"sameError":2,"differs":1"#))
    var mixed = ComparisonSummary()
    for report in [failed, try self.report("1", "1")] { mixed.add(report) }
    #expect(mixed.exitStatus == 0 && !mixed.hasErrorsAlone)
    mixed.add(try report(200, 403))
    #expect(mixed.exitStatus == 1)
  }
}
