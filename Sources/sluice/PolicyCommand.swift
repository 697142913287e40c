import ArgumentParser
import Dataverse
import Planning
import PolicyTools
import YAMLFile

/// `sluice policy`: the life of a policy before and between its uses.
struct PolicyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "policy",
    abstract: "Check, test, compare and learn policies.",
    subcommands: [Check.self, Test.self, Diff.self, Learn.self])

  /// Runs `body`; diagnostics of files and unreadable input end with status 2.
  static func reporting<Value>(_ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch let error as DiagnosticList {
      Sluice.complain(error.rendered())
      throw ExitCode(2)
    } catch let error as InputFile.Failure {
      Sluice.complain("sluice: \(error)")
      throw ExitCode(2)
    }
  }

  /// Tables of a schema file, or the built-in ones.
  static func schema(_ file: String?) throws -> Schema {
    guard let file else { return RuleBook.offlineSchema }
    do throws(SchemaFile.Failure) {
      return try SchemaFile.load(path: file).schema
    } catch {
      Sluice.complain("sluice: \(error)")
      throw ExitCode(2)
    }
  }

  /// Queries of logs and lists, line by line.
  static func readQueries(_ files: [String], rules: RuleBook, _ take: (RecordedLine) -> Void) throws {
    for file in files {
      var reader = RecordReader(rules: rules)
      try InputFile.chunks(of: file, bytes: 65_536) { reader.read($0, take) }
      reader.finish(take)
    }
  }
}
