import Foundation
import Testing

/// `sluice policy` as a user runs it.
@Suite struct PolicyCommandTests {
  static let root = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
  static let shipped = root.appending(path: "policies/customer-insights.yaml").path
  static let cases = root.appending(path: "policies/tests/customer-insights.test.yaml").path

  @Test func checkShowsMistakesOrASummary() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let sound = try Program.run(["policy", "check", Self.shipped])
    #expect(sound.status == 0, "\(sound.errors)")
    #expect(sound.out.hasPrefix("\(Self.shipped): sound\n  policy `customer-insights`, version "))
    #expect(sound.out.contains("    default: 9 tables, 72 columns\n"))
    let wrong = try folder.write("wrong.yaml", "version: 1\nname: p\noptions: [$selct]\ntables: {}\nscopes: {}\n")
    let mistakes = try Program.run(["policy", "check", Self.shipped, wrong])
    #expect(mistakes.status == 1)
    #expect(mistakes.out.contains("\(wrong):3:11: error: "))
    #expect(mistakes.out.contains("  options: [$selct]\n            ^\n  help: Did you mean `$select`?"))
    let missing = try Program.run(["policy", "check", wrong, "/nowhere.yaml"])
    #expect(missing.status == 2)
    #expect(missing.errors.contains("/nowhere.yaml: error: The file cannot be read"))
    #expect(try Program.run(["policy", "check"]).status == 2)
    #expect(try Program.run(["policy", "check", Self.shipped, "--schema", "/nowhere.xml"]).status == 2)
  }

  @Test func testRunsCases() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let passed = try Program.run(["policy", "test", Self.cases, "--min-coverage", "90"])
    #expect(passed.status == 0, "\(passed.out)\(passed.errors)")
    #expect(passed.out.hasSuffix(" cases, 0 failed\n"))
    let short = try Program.run(["policy", "test", Self.cases, "--min-coverage", "100", "--coverage"])
    #expect(short.status == 1)
    #expect(short.out.contains("  not shown by any case: "))
    #expect(short.errors.hasSuffix(" % covered, 100 % wanted\n"))
    let text = "cases:\n  - name: one case\n    request: accounts\n    expect: { allow: true }\n"
    let failing = try folder.write("failing.yaml", text)
    let failed = try Program.run(["policy", "test", failing, "--policy", Self.shipped])
    #expect(failed.status == 1)
    #expect(failed.out.contains("\(failing):2: failed: one case\n"))
    let json = try Program.run(["policy", "test", failing, "--format", "json"])
    #expect(json.status == 1)
    #expect(try JSONSerialization.jsonObject(with: Data(json.out.utf8)) is [String: Any])
    #expect(try Program.run(["policy", "test", failing, "--format", "junit"]).out.hasPrefix("<?xml "))
    let broken = try folder.write("broken.yaml", text.replacing("request", with: "reqest"))
    let unusable = try Program.run(["policy", "test", broken])
    #expect(unusable.status == 2)
    #expect(unusable.errors.contains("Did you mean `request`?"))
    #expect(try Program.run(["policy", "test", failing, "--policy", broken]).status == 2)
    #expect(try Program.run(["policy", "test", failing, "--min-coverage", "101"]).status == 2)
  }

  @Test func diffTellsWideningFromNarrowing() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let text = try String(contentsOfFile: Self.shipped, encoding: .utf8)
    let wider = try folder.write("wider.yaml", text.replacing("  top: 500 ", with: "  top: 600 "))
    let corpus = try folder.write("corpus.txt", "msdynci_customermeasures?$top=501\nmsdynci_customermeasures?$top=5\n")
    let widening = try Program.run(["policy", "diff", Self.shipped, wider, "--corpus", corpus])
    #expect(widening.status == 1, "\(widening.out)\(widening.errors)")
    #expect(widening.out.contains("  widening   limit top 500 → 600\n"))
    #expect(widening.out.contains("queries: 2 queries of 1 shape; 1 of them changed\n"))
    #expect(widening.out.contains("    widening: passes; was refused by policy.limit.top\n"))
    #expect(try Program.run(["policy", "diff", Self.shipped, wider, "--fail-on", "narrowing"]).status == 0)
    let narrowing = try Program.run(["policy", "diff", wider, Self.shipped, "--corpus", corpus])
    #expect(narrowing.status == 0)
    #expect(narrowing.out.hasSuffix("changes: narrowing\n"))
    #expect(try Program.run(["policy", "diff", wider, Self.shipped, "--fail-on", "any"]).status == 1)
    let same = try Program.run(
      ["policy", "diff", wider, wider, "--corpus", "-", "--fail-on", "any"], input: "accounts\n")
    #expect(same.status == 0)
    #expect(same.out == "policy: no change\nqueries: 1 query of 1 shape; 0 of them changed\nchanges: none\n")
    for arguments in [
      [wider, "/nowhere.yaml"], [wider, wider, "--scope", "nobody"], [wider, wider, "--claim", "novalue"],
      [wider, wider, "--corpus", "/nowhere.txt"], [wider], [wider, corpus],
    ] {
      #expect(try Program.run(["policy", "diff"] + arguments).status == 2, "\(arguments)")
    }
  }

  @Test func learnProposesAPolicyThatHolds() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let log = try folder.write(
      "access.log",
      """
      - - - [04/Nov/2026:10:00:00 +0000] "GET /api/data/v9.2/msdynci_customermeasures?$top=7 HTTP/1.1" 200 1
      Customer?$filter=CustomerId eq 'hiddenliteral'
      accounts?$filter=name eq 'hiddenliteral'

      """)
    let learnt = try Program.run(["policy", "learn", "--from", log])
    #expect(learnt.status == 0, "\(learnt.errors)")
    #expect(!learnt.out.contains("hiddenliteral"))
    #expect(learnt.out.contains("#   1×  policy.table"))
    let policy = try folder.write("learnt.yaml", learnt.out)
    #expect(try Program.run(["policy", "check", policy]).status == 0)
    let queries = "msdynci_customermeasures?$top=7\nCustomer?$filter=CustomerId eq 'hiddenliteral'\n"
    #expect(try Program.run(["lint", "-", "--policy", policy], input: queries).out == "2 queries, 0 findings\n")
    #expect(try Program.run(["lint", "-", "--policy", policy], input: "msdynci_enrichments\n").status == 1)
    let refused = try Program.run(["policy", "learn", "--from", "-"], input: "accounts\n")
    #expect(refused.status == 1)
    #expect(refused.errors == "sluice: nothing to learn: all queries are refused (1)\n")
    #expect(try Program.run(["policy", "learn", "--from", "-"], input: "# nothing\n").status == 2)
    #expect(try Program.run(["policy", "learn", "--from", "/nowhere.log"]).status == 2)
    #expect(try Program.run(["policy", "learn"]).status == 2)
  }
}
