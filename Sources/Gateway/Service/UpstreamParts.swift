import Logging
import Sandbox
import Upstream

/// What the gateway talks to: a sandbox of its own, or an organization.
struct UpstreamParts: Sendable {
  var client: UpstreamClient
  var gate: UpstreamGate
  var tokens: EntraTokenSource?
  var sandbox: SandboxServer?
  var samples: SandboxSamples?
  /// Names the organization and the application that reads it: what is kept of one is nothing to another.
  var name: String
  /// Legacy instance ids that come with it.
  var instances: [String]

  static func start(_ upstream: Configuration.Upstream, log: Logger) async throws -> UpstreamParts {
    switch upstream {
    case .organization(let organization):
      let client = try UpstreamClient(organization.connection)
      let tokens = try organization.entra.map { try EntraTokenSource($0) }
      let reader = organization.entra.map { "\($0.clientID)@\($0.tenant)" } ?? ""
      return UpstreamParts(
        client: client, gate: UpstreamGate(client: client), tokens: tokens,
        name: "\(organization.connection.origin) \(reader)", instances: [])
    case .sandbox(let customers, let seed):
      let configuration = SandboxConfiguration(customers: customers, seed: seed)
      let sandbox = try await SandboxServer.start(configuration)
      let samples = SandboxSamples.from(configuration)
      do {
        let client = try UpstreamClient(UpstreamConfiguration(origin: sandbox.origin))
        return UpstreamParts(
          client: client, gate: UpstreamGate(client: client), tokens: nil, sandbox: sandbox, samples: samples,
          name: "sandbox \(customers) \(seed)", instances: [samples.instanceID])
      } catch {
        await sandbox.stop()
        throw error
      }
    }
  }

  func stop() async {
    await client.shutdown()
    await sandbox?.stop()
  }
}
