import ArgumentParser

/// `sluice metadata`: what an organization's tables look like, as a file, and what it means when they change.
struct MetadataCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "metadata",
    abstract: "Keep an organization's tables as a file, and see what a change of them breaks.",
    subcommands: [MetadataPull.self, MetadataDiff.self])
}
