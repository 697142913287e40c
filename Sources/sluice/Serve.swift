import ArgumentParser
import Gateway
import Logging
import Sandbox
import YAMLFile

/// `sluice serve`: the gateway.
struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run the gateway.",
    discussion: """
      Settings come from the file, then from SLUICE_… environment variables, then from these flags; the last one wins. \
      Everything is checked before the first connection is accepted. SIGTERM and SIGINT drain and exit with 0. SIGHUP \
      loads policy, mapping and schema file again, as a change of them does; what is broken is refused.
      """)

  @Option(help: "Configuration file (see deploy/sluice.yaml).")
  var config: String?
  @Option(help: "Policy file; the one that ships with the program otherwise.")
  var policy: String?
  @Option(
    help: ArgumentHelp(
      "Schema file of `sluice metadata pull`; the organization is asked at start otherwise.", valueName: "file"))
  var schema: String?
  @Flag(help: "Answer from an embedded sandbox instead of an organization.")
  var sandbox = false
  @Option(help: ArgumentHelp("Address for clients; port 0 picks one.", valueName: "host:port"))
  var listen: String?
  @Option(help: ArgumentHelp("Address for /healthz, /readyz and /metrics; port 0 picks one.", valueName: "host:port"))
  var admin: String?
  @Option(help: ArgumentHelp("Access log: stderr, off, or a file.", valueName: "where"))
  var accessLog: String?
  @Option(help: ArgumentHelp("Decision log: off, stderr, or a file.", valueName: "where"))
  var decisionLog: String?
  @Option(help: ArgumentHelp("SQLite file for the cache; memory only otherwise.", valueName: "file"))
  var cache: String?

  func run() async throws {
    Signals.ignoreBrokenPipes()
    let hangups = Signals.hangups()
    let log = Logger(label: "sluice") { label in
      JSONLinesLogHandler(label: label, clock: GatewayService.clock) { Sluice.complain($0) }
    }
    let service: GatewayService
    do {
      let settings = try ConfigurationLoader.load(
        file: config, environment: ConfigurationLoader.processEnvironment(),
        flags: ConfigurationFlags(
          policy: policy, schema: schema, sandbox: sandbox, listen: listen, admin: admin, accessLog: accessLog,
          decisionLog: decisionLog, cacheFile: cache))
      service = try await GatewayService.start(settings, log: log)
    } catch let error as DiagnosticList {
      Sluice.complain(error.rendered())
      throw ExitCode(1)
    } catch {
      Sluice.complain("sluice: \(error)")
      throw ExitCode(1)
    }
    // Before anybody can know that it runs.
    let stops = Signals.stops()
    announce(service.addresses)
    let reloads = Task {
      for await _ in hangups.stream { service.reload() }
    }
    await Signals.wait(for: stops)
    reloads.cancel()
    await service.stop()
  }

  private func announce(_ addresses: GatewayService.Addresses) {
    if let sandbox = addresses.sandbox { Sluice.say("sandbox \(sandbox)") }
    if let admin = addresses.admin { Sluice.say("admin \(admin)") }
    Sluice.say("gateway \(addresses.gateway)")
    guard let samples = addresses.samples else { return }
    let legacy = "\(addresses.gateway)/v1/instances/\(samples.instanceID)/data"
    Sluice.say(
      """

      Three requests to try:

        # A legacy client's read of one customer, answered from Dataverse tables in the legacy shape
        curl -g "\(legacy)/Customer?\\$filter=CustomerId%20eq%20'\(samples.customerID)'"

        # The same customer by the Dataverse Web API; a second call says "Cache-Status: Sluice; hit"
        curl -gi "\(addresses.gateway)/api/data/v9.2/msdynci_customerprofiles?\\$select=msdynci_fullname&\\$filter=msdynci_customerid%20eq%20'\(samples.customerID)'"

        # A write, refused with the reason before anything reaches Dataverse
        curl -i -X POST "\(legacy)/UnifiedActivity" -H "Content-Type: application/json" -d "{}"

      Ctrl-C stops.
      """)
  }
}
