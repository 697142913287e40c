import ArgumentParser
import Migration
import Planning
import PolicyTools

/// `sluice migrate`: legacy requests of files and logs, and the Dataverse requests that replace them.
struct MigrateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "migrate",
    abstract: "Print the Dataverse requests that replace the legacy requests of files and logs.",
    discussion: """
      Nothing is sent. Files are lists of queries or access logs, as `sluice policy learn` reads them. Exit status: \
      0 all requests move, 1 some cannot, 2 could not run.
      """)

  @Argument(help: ArgumentHelp("Lists of queries or access logs; - for standard input.", valueName: "file"))
  var files: [String]
  @OptionGroup var rules: RuleOptions
  @Flag(help: "Take requests that differ in their literals alone for one, and show none of the literals.")
  var liftLiterals = false
  @Flag(help: "Write JSON lines instead of text.")
  var json = false

  func run() throws {
    let book = try rules.load()
    var report = MigrationReport(
      migrator: Migrator(rules: book, scope: rules.scope, claims: rules.claims.values), liftsLiterals: liftLiterals)
    do {
      try RecordedFiles.read(files, rules: book) { report.add($0, source: $1) }
    } catch let error as InputFile.Failure {
      Sluice.complain("sluice: \(error)")
      throw ExitCode(2)
    }
    try Sluice.put(json ? report.json : report.text)
    if report.isCut {
      Sluice.complain(
        "sluice: there are more than \(MigrationReport.limit) different requests, and some are missing above; "
          + "--lift-literals takes those for one that differ in their literals alone.")
      throw ExitCode(2)
    }
    if report.counts.cannotMove > 0 { throw ExitCode(1) }
  }
}
