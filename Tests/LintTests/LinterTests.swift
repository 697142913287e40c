import Planning
import Policy
import Testing

@testable import Lint

@Suite struct LinterTests {
  static let queries = ["# comment", "msdynci_customerprofiles?$select=createdon", "", "Customer?$filter=Emial eq 1"]

  /// Line ends and a byte order mark change nothing of what is found, nor where.
  @Test(arguments: ["\n", "\r\n", "\r"], ["", "\u{FEFF}"])
  func lineEndsAreAllKnown(end: String, mark: String) throws {
    let rules = try RuleBook.load(policyFile: nil, mappingFile: nil, schema: RuleBook.offlineSchema)
    for last in ["", end] {
      let result = Linter(rules: rules).lint(mark + Self.queries.joined(separator: end) + last, file: "f")
      #expect(result.queries == 2)
      #expect(result.findings.map(\.finding.rule) == ["policy.column.select", "propertyNotFound"])
      #expect(result.findings.map(\.source.line) == [2, 4])
      #expect(result.findings.map(\.columns) == [33..<42, 17..<22])
    }
  }

  /// A write is refused in the words of the API that it is of, as at the edge.
  @Test(arguments: [
    ("POST /v1/instances/00000000-0000-4000-8000-00000000c15a/data/Customer", "legacy", "writesRefused"),
    ("PUT /instances/x/manage/search", "legacy", "writesRefused"),
    ("POST /api/data/v9.2/accounts", "dataverse", "guard.write"),
  ])
  func writesAreRefusedInTheirDialect(line: String, dialect: String, code: String) throws {
    let rules = try RuleBook.load(policyFile: nil, mappingFile: nil, schema: RuleBook.offlineSchema)
    let text = try #require(Explanation(line, rules: rules)).text
    #expect(text.contains("dialect   \(dialect)\nverdict   refuse with 405\n") && text.contains("[\(code)]"), "\(text)")
  }

  @Test func everyMistakeOfAQueryIsFound() throws {
    let rules = try RuleBook.load(policyFile: nil, mappingFile: nil, schema: RuleBook.offlineSchema)
    let text = "msdynci_customerprofiles?$filter=msdynci_email eqq 1&$top=x\nCustomer?$fliter=a&$orderby=b c d"
    let result = Linter(rules: rules).lint(text, file: "f")
    #expect(
      result.findings.map { "\($0.source.line):\($0.columns.lowerBound) \($0.finding.rule)" } == [
        "1:47 syntax.unknown-operator", "1:58 syntax.invalid-value", "2:9 syntax.unknown-option",
        "2:30 syntax.unknown-operator",
      ])
  }

  @Test(arguments: [
    ("", [""]), ("a", ["a"]), ("a\n", ["a", ""]), ("a\r\n\r\nb", ["a", "", "b"]), ("\r\r\n\n", ["", "", "", ""]),
    ("é\u{301}\r\u{301}", ["é\u{301}", "\u{301}"]), ("a\u{2028}b\u{85}c", ["a\u{2028}b\u{85}c"]),
  ])
  func linesEndWhereEditorsSayTheyDo(text: String, lines: [String]) { #expect(Linter.lines(of: text) == lines) }

  /// Directive → rules that stay, and mistakes as `columns rule`.
  @Test(arguments: [
    ("# sluice: ignore DV101", ["DV107"], []), ("#sluice: ignore DV101,DV107", [], []),
    ("  # sluice: ignore DV101\tDV107  ", [], []), ("# sluice ignore DV101", ["DV101", "DV107"], []),
    ("# sluice: ignore", ["DV101", "DV107"], ["2..<9"]), ("# sluice: skip DV101", ["DV101", "DV107"], ["2..<9"]),
    ("# sluice: ignore DV003 DV107", ["DV101"], ["17..<22"]), ("# é sluice: ignore DV101", ["DV101", "DV107"], []),
  ])
  func commentsLeaveAdviceOut(directive: String, stays: [String], mistakes: [String]) throws {
    let rules = try RuleBook.load(policyFile: nil, mappingFile: nil, schema: RuleBook.offlineSchema)
    let linter = Linter(rules: rules, advice: .all(except: []))
    let text = "\(directive)\n\nmsdynci_customermeasures\nmsdynci_customermeasures\n"
    let result = linter.lint(text, file: "f")
    #expect(result.queries == 2)
    #expect(result.findings.filter { $0.source.line == 3 }.map(\.finding.rule) == stays)
    #expect(result.findings.filter { $0.source.line == 4 }.map(\.finding.rule) == ["DV101", "DV107"])
    let own = result.findings.filter { $0.source.line == 1 }
    #expect(own.map { "\($0.columns)" } == mistakes)
    #expect(own.allSatisfy { $0.finding.rule == "lint.directive" && $0.level == .warning })
  }

  /// What refuses is told whatever is to be left out, and advice changes no verdict.
  @Test func refusalsCannotBeLeftOut() throws {
    let rules = try RuleBook.load(policyFile: nil, mappingFile: nil, schema: RuleBook.offlineSchema)
    let text = "# sluice: ignore DV101 DV107\nmsdynci_customermeasures?$skip=1\n"
    for advice in [LintAdvice.none, .all(except: ["DV101", "DV107", "DV203"])] {
      let result = Linter(rules: rules, advice: advice).lint(text, file: "f")
      #expect(result.findings.map(\.finding.rule) == ["DV001"])
    }
    #expect(Linter(rules: rules).lint("msdynci_customermeasures", file: "f").findings.isEmpty)
  }
}
