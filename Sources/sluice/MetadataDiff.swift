import Terminal
import ArgumentParser
import Dataverse
import FoundationEssentials
import Lint
import Planning
import Policy
import YAMLFile

/// `sluice metadata diff`: what changed between two schema files, and what it breaks.
struct MetadataDiff: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Compare two schema files; tell which policy columns and recorded queries break.",
    discussion: """
      Files are those of `sluice metadata pull`, or $metadata as it came. A change alone is no error. Exit status: \
      0 nothing breaks, 1 the policy or a query that passed does not any more, 2 could not run, or a query could not be \
      judged: row filters want values of callers, which --claim gives.
      """)

  @Argument(help: "Schema file before the change.")
  var old: String
  @Argument(help: "Schema file after it.")
  var new: String
  @Option(help: "Policy file to check against the new schema.")
  var policy: String?
  @Option(help: "Mapping of legacy entities; the one that ships with the program otherwise.")
  var mapping: String?
  @Option(
    help: ArgumentHelp("Recorded queries, one a line as for `sluice lint`; - for standard input.", valueName: "file"))
  var queries: String?
  @Option(help: "Policy scope to judge queries by.")
  var scope = "default"
  @OptionGroup var claims: ClaimOptions
  @Flag(help: "Write JSON instead of text.")
  var json = false

  func run() throws {
    let report: Report
    do {
      report = try makeReport()
    } catch let error as DiagnosticList {
      Sluice.complain(error.rendered())
      throw ExitCode(2)
    } catch {
      Sluice.complain("sluice: \(error)")
      throw ExitCode(2)
    }
    print(json ? try report.json() : report.text, terminator: "")
    if report.isBroken { throw ExitCode(1) }
    if !report.unjudged.isEmpty { throw ExitCode(2) }
  }

  private func makeReport() throws -> Report {
    let before = try SchemaFile.load(path: old).schema
    let after = try SchemaFile.load(path: new).schema
    var report = Report(changes: SchemaChange.changes(from: before, to: after))
    guard policy != nil || queries != nil else { return report }
    let newRules: RuleBook
    do {
      newRules = try RuleBook.load(policyFile: policy, mappingFile: mapping, schema: after)
    } catch {
      report.policy = error
      return report
    }
    guard let queries else { return report }
    // A policy that never fitted is a mistake of another kind.
    let oldRules = try RuleBook.load(policyFile: policy, mappingFile: mapping, schema: before)
    let impact = SchemaImpact(before: oldRules, after: newRules, scope: scope, claims: claims.values)
    let result = impact.verdictChanges(try InputFile.read(queries), file: queries)
    report.queries = result.changes
    report.judged = result.queries
    report.unjudged = result.unjudged
    report.missingClaims = impact.missingClaims
    return report
  }

  // MARK: Report

  private struct Report {
    var changes: [SchemaChange]
    /// What is wrong with the policy under the new schema; queries cannot be judged by it then.
    var policy: DiagnosticList?
    var queries: [SchemaImpact.VerdictChange] = []
    /// Queries of which it is not known whether they break, for want of values of the caller.
    var unjudged: [QueryLine] = []
    var missingClaims: [String] = []
    /// How many queries were judged; `nil` when none were given.
    var judged: Int?

    init(changes: [SchemaChange]) { self.changes = changes }

    var isBroken: Bool { policy != nil || queries.contains { $0.isBroken } }

    var text: String {
      var out = changes.map { $0.description + "\n" }.joined()
      if let policy { out += "\nThe policy does not fit the new schema:\n\(policy.rendered())" }
      for change in queries {
        out += "\n\(change.isBroken ? "breaks" : "passes now"): \(visibleText(change.source.text))\n"
        for finding in change.findings { out += TextReporter.render(finding) + "\n" }
      }
      let claims = ClaimOptions.words(missing: missingClaims)
      for source in unjudged { out += "\ncannot be judged without \(claims): \(visibleText(source.text))\n" }
      if !out.isEmpty { out += "\n" }
      out += "\(changes.count) \(changes.count == 1 ? "change" : "changes")"
      if let policy { out += ", \(policy.diagnostics.count + policy.omitted) in the policy break" }
      if let judged {
        out += ", \(queries.count { $0.isBroken }) of \(judged) queries break"
        let passing = queries.count { !$0.isBroken }
        if passing > 0 { out += ", \(passing) pass now" }
        if !unjudged.isEmpty { out += ", \(unjudged.count) cannot be judged without \(claims)" }
      }
      return out + "\n"
    }

    func json() throws -> String {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      let document = Document(
        broken: isBroken,
        changes: changes.map {
          Document.Change(
            kind: $0.kind.rawValue, subject: $0.subject.rawValue, table: $0.table, name: $0.name, detail: $0.detail)
        },
        policy: (policy?.diagnostics ?? []).map {
          Document.Problem(
            file: $0.file, line: $0.line, column: $0.column, path: $0.path, message: $0.message, help: $0.help)
        },
        queries: queries.map { change in
          Document.Query(
            file: change.source.file, line: change.source.line, breaks: change.isBroken,
            rules: change.findings.map(\.finding.rule))
        },
        queriesJudged: judged,
        unjudged: unjudged.map { Document.Unjudged(file: $0.file, line: $0.line, wants: missingClaims) })
      return String(decoding: try encoder.encode(document), as: UTF8.self) + "\n"
    }
  }

  private struct Document: Encodable {
    var broken: Bool
    var changes: [Change]
    var policy: [Problem]
    var queries: [Query]
    var queriesJudged: Int?
    var unjudged: [Unjudged]

    struct Unjudged: Encodable {
      var file: String
      var line: Int
      /// Names of values of the caller.
      var wants: [String]
    }

    struct Change: Encodable {
      var kind: String
      var subject: String
      var table: String
      var name: String?
      var detail: String
    }

    struct Problem: Encodable {
      var file: String
      var line: Int
      var column: Int
      var path: String
      var message: String
      var help: String?
    }

    struct Query: Encodable {
      var file: String
      var line: Int
      var breaks: Bool
      var rules: [String]
    }
  }
}
