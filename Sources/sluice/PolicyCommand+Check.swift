import ArgumentParser
import PolicyTools
import YAMLFile

extension PolicyCommand {
  /// `sluice policy check`: what the compiler of policies says.
  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Compile policies: every mistake with its place, or a summary.",
      discussion: "Exit status: 0 sound, 1 mistakes, 2 could not run.")

    @Argument(help: ArgumentHelp("Policy files.", valueName: "file"))
    var files: [String]
    @Option(
      help: ArgumentHelp("Schema file of `sluice metadata pull`; the built-in tables otherwise.", valueName: "file"))
    var schema: String?

    func run() throws {
      let schema = try PolicyCommand.schema(self.schema)
      var status: Int32 = 0
      for file in files {
        switch PolicyCheck(path: file, schema: schema) {
        case .sound(let summary): Sluice.say(summary.text)
        case .mistakes(let list):
          Sluice.say(list.rendered())
          status = max(status, 1)
        case .unreadable(let list):
          Sluice.complain(list.rendered())
          status = 2
        }
      }
      if status != 0 { throw ExitCode(status) }
    }
  }
}
