import Foundation

#if canImport(FoundationXML)
  import FoundationXML
#endif
import Policy
import Testing
import YAMLFile

@testable import Planning
@testable import PolicyTools

@Suite struct CaseTests {
  /// Every mistake of a file of cases, with its place.
  static let wrong: [(String, [String])] = [
    ("cases: []\n", ["cases.yaml:1:1: error: There is no case in this file."]),
    ("policy: x\n", ["`cases` is missing here."]),
    (
      "cases:\n  - name: a\n    reqest: b\n    expect: { allow: true }\n",
      ["`request` is missing here.", "cases.yaml:3:5: error: `reqest` is not a key", "Did you mean `request`?"]
    ),
    ("cases:\n  - { name: a, request: b, expect: { allow: false } }\n", ["does not say what denies"]),
    ("cases:\n  - { name: a, request: b, expect: { upstream: c } }\n", ["either `allow: true` or `deny`"]),
    ("cases:\n  - { name: a, request: b, expect: { allow: true, deny: c } }\n", ["either `allow: true` or `deny`"]),
    ("cases:\n  - { name: a, request: b, expect: { deny: [] } }\n", ["No rule is named."]),
    ("cases:\n  - { name: a, request: b, expect: { deny: c, upstream: d } }\n", ["Nothing is sent of a request"]),
    ("cases:\n  - { name: a, request: b, expect: { allow: true, at: d } }\n", ["Nothing is marked"]),
    ("cases:\n  - { name: a, request: b, caller: { scop: x }, expect: { allow: true } }\n", ["`scop` is not a key"]),
    (
      "cases:\n  - { name: a, request: b, caller: { claims: { r: [] } }, expect: { allow: true } }\n",
      ["Text is wanted"]
    ),
  ]

  @Test(arguments: wrong) func mistakesAreShown(text: String, says: [String]) throws {
    let error = try #require(throws: DiagnosticList.self) { try CaseFile(text: text, path: "cases.yaml") }
    for part in says { #expect(error.rendered().contains(part), "\(error.rendered())") }
  }

  @Test func pathsAreRelativeToTheFile() throws {
    let text = "policy: ../p.yaml\ncases:\n  - { name: a, request: b, expect: { allow: true } }\n"
    #expect(try CaseFile(text: text, path: "a/b/c.yaml").resolved("../p.yaml") == "a/b/../p.yaml")
    #expect(try CaseFile(text: text, path: "c.yaml").resolved("p.yaml") == "p.yaml")
    #expect(try CaseFile(text: text, path: "a/c.yaml").resolved("/p.yaml") == "/p.yaml")
  }

  /// Cases that fail in every way there is, and the whole report.
  @Test func failuresSayWhatWasExpectedAndWhatCame() throws {
    let text = """
      cases:
        - name: passes
          request: "msdynci_customermeasures?$select=msdynci_measures"
          expect: { allow: true, upstream: "/api/data/v9.2/msdynci_customermeasures?$select=msdynci_measures", report: [] }
        - name: is denied
          request: "accounts"
          expect: { allow: true }
        - name: is allowed
          request: "msdynci_customermeasures?$select=msdynci_measures"
          expect: { deny: policy.table }
        - name: other rule
          request: "accounts"
          expect: { deny: policy.path }
        - name: other place
          request: "accounts"
          expect: { deny: policy.table, at: nothing }
        - name: other query
          request: "msdynci_customermeasures?$select=msdynci_measures&$filter=msdynci_customerid eq 'a'"
          expect: { allow: true, upstream: "msdynci_customermeasures?$select=msdynci_measures&$filter=msdynci_customerid eq 'b'" }
        - name: other report
          request: "msdynci_customermeasures?$select=msdynci_measures"
          expect: { allow: true, report: [policy.literal] }
        - name: empty
          request: " "
          expect: { allow: true }
        - name: write
          request: "DELETE msdynci_customermeasures"
          expect: { deny: guard.write }
        - name: narrow scope
          request: "msdynci_customermeasures?$select=msdynci_measures"
          caller: { scope: measures }
          expect: { deny: policy.column.select, at: msdynci_measures }

      """
    let book = try rules(smallPolicy)
    let runner = CaseRunner(rules: book)
    var report = CaseReport()
    report.results = try CaseFile(text: text, path: "cases.yaml").cases.map(runner.run)
    #expect(
      report.text(listsUncovered: true) == """
        cases.yaml:5: failed: is denied
          verdict
            expected  allow
            got       deny policy.table: `accounts` is not an entity set that may be read here. (at bytes 15–23 of the \
        request target) Allowed: msdynci_customermeasures, msdynci_enrichments.
        cases.yaml:8: failed: is allowed
          verdict
            expected  deny policy.table
            got       allow, sent as msdynci_customermeasures?$select=msdynci_measures
        cases.yaml:11: failed: other rule
          rules
            expected  policy.path
            got       policy.table
        cases.yaml:14: failed: other place
          at
            expected  nothing
            got       accounts
        cases.yaml:17: failed: other query
          upstream
            expected  msdynci_customermeasures?$select=msdynci_measures&$filter=msdynci_customerid eq 'b'
            got       msdynci_customermeasures?$select=msdynci_measures&$filter=msdynci_customerid eq 'a'
                                                                                                       ^
        cases.yaml:20: failed: other report
          report
            expected  policy.literal
            got       none
        cases.yaml:23: failed: empty
          request
            expected  a request
            got       an empty text
        10 cases, 7 failed

        """)
    let json = try #require(
      JSONSerialization.jsonObject(with: Data(report.json().utf8)) as? [String: [[String: Any]]])
    #expect(json["cases"]?.count == 10)
    #expect(json["cases"]?.count { $0["passed"] as? Bool == true } == 3)
    let junit = report.junit()
    #expect(junit.contains("<testsuite name=\"cases.yaml\" tests=\"10\" failures=\"7\">"))
    #expect(junit.contains("<testcase name=\"passes\"/>"))
    #expect(try XMLCheck.elements(of: junit) == ["testsuites": 1, "testsuite": 1, "testcase": 10, "failure": 7])
  }

  // MARK: Coverage

  @Test func coverageCountsWhatPassingCasesShow() throws {
    let book = try rules(smallPolicy)
    func uncovered(_ cases: String) throws -> [String] {
      let shown = try CaseFile(text: cases, path: "c").cases.map(CaseRunner(rules: book).run)
        .reduce(into: Set<PolicyItem>()) { $0.formUnion($1.shown) }
      return PolicyCoverage(of: book.policy, shown: shown).uncovered.map { "\($0)" }
    }
    let all = PolicyCoverage(of: book.policy, shown: [])
    #expect(all.percent == 0)
    // Without `upstream` an injected `$select` shows nothing.
    let plain = try uncovered(
      "cases:\n  - { name: a, request: \"msdynci_enrichments?$filter=msdynci_customerid eq null\", expect: { allow: true } }\n"
    )
    let gone = Set(all.uncovered.map { "\($0)" }).subtracting(plain)
    #expect(
      gone == [
        "scope default", "msdynci_enrichment", "msdynci_enrichment option $filter",
        "msdynci_enrichment.msdynci_customerid filter eq", "msdynci_enrichment.msdynci_customerid filter isNull",
      ])
    let limited = try uncovered(
      "cases:\n  - { name: a, request: \"msdynci_enrichments?$top=51\", expect: { deny: policy.limit.top } }\n")
    #expect(Set(all.uncovered.map { "\($0)" }).subtracting(limited) == ["limit top"])
    // A case that fails shows nothing.
    #expect(
      try uncovered("cases:\n  - { name: a, request: \"msdynci_enrichments?$top=51\", expect: { allow: true } }\n")
        .count
        == all.uncovered.count)
  }

  // MARK: The policy that ships

  @Test func theShippedCasesHold() throws {
    let path = root.appending(path: "policies/tests/customer-insights.test.yaml").path
    let file = try CaseFile.load(path: path)
    #expect(file.cases.count >= 40)
    #expect(Set(file.cases.map(\.name)).count == file.cases.count)
    #expect(try #require(file.policy) == "../customer-insights.yaml")
    let book = try RuleBook.load(
      policyFile: file.policy.map(file.resolved), mappingFile: nil, schema: RuleBook.offlineSchema)
    let runner = CaseRunner(rules: book)
    var report = CaseReport()
    report.results = file.cases.map(runner.run)
    let shown = report.results.reduce(into: Set<PolicyItem>()) { $0.formUnion($1.shown) }
    let coverage = PolicyCoverage(of: book.policy, shown: shown)
    report.coverage = [("shipped", coverage)]
    #expect(report.failed == 0, "\(report.text(listsUncovered: false))")
    #expect(coverage.percent >= 90, "\(report.text(listsUncovered: true))")
  }
}

/// Counts the elements of a document, which has to be well-formed.
final class XMLCheck: NSObject, XMLParserDelegate {
  private var counts: [String: Int] = [:]

  static func elements(of text: String) throws -> [String: Int] {
    let check = XMLCheck()
    let parser = XMLParser(data: Data(text.utf8))
    parser.delegate = check
    try #require(parser.parse())
    return check.counts
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) { counts[name, default: 0] += 1 }
}
