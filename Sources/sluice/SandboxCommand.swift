import ArgumentParser
import Sandbox

/// `sluice sandbox`: the stand-in for a Dataverse organization, alone.
struct SandboxCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sandbox",
    abstract: "Run the embedded stand-in for a Dataverse organization alone.",
    discussion: "Synthetic Customer Insights data over SQLite, the same for the same seed. It listens on loopback only."
  )

  @Option(help: "Customers to make (1 to 100000).")
  var customers = 2000
  @Option(help: "Seed of the data.")
  var seed: UInt64 = 1
  @Option(help: "Loopback port; 0 picks one.")
  var port = 0
  @Option(help: ArgumentHelp("SQLite file to keep the data in; memory otherwise.", valueName: "file"))
  var database: String?

  func validate() throws {
    guard (1...100_000).contains(customers) else { throw ValidationError("--customers must be 1 to 100000.") }
    guard (0...65_535).contains(port) else { throw ValidationError("--port must be 0 to 65535.") }
  }

  func run() async throws {
    Signals.ignoreBrokenPipes()
    let configuration = SandboxConfiguration(
      customers: customers, seed: seed, port: port, database: database ?? ":memory:")
    let server: SandboxServer
    do {
      server = try await SandboxServer.start(configuration)
    } catch {
      Sluice.complain("sluice: \(error)")
      throw ExitCode(1)
    }
    Sluice.say("sandbox \(server.origin)")
    let samples = SandboxSamples.from(configuration)
    Sluice.say(
      "try: curl -g \"\(server.origin)/api/data/v9.2/msdynci_customerprofiles?\\$top=1&\\$filter=msdynci_customerid%20eq%20'\(samples.customerID)'\""
    )
    await Signals.waitForStop()
    await server.stop()
  }
}
