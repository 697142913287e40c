import Cache
import CustomerInsights
import Dataverse
import Identity
package import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import Planning
import Policy
package import Sandbox
import Upstream
import YAMLFile

#if canImport(Glibc)
  import Glibc
#endif

/// A running gateway. `start` does everything that can fail; afterwards it serves until `stop`.
package final class GatewayService: Sendable {
  /// Addresses that were bound, and what the sandbox offers to try.
  package struct Addresses: Sendable {
    package var gateway: String
    package var admin: String?
    package var sandbox: String?
    package var samples: SandboxSamples?
  }

  package let addresses: Addresses
  private let parts: Parts
  private let configuration: Configuration
  private let log: Logger

  private struct Parts: Sendable {
    var group: MultiThreadedEventLoopGroup
    var listener: Listener
    var admin: Listener?
    var registry: ConnectionRegistry
    var readiness: Readiness
    var cache: AnswerCache<RenderedAnswer>
    var upstreams: [UpstreamParts]
    var reloader: PolicyReloader
    var logs: LogDestinations
  }

  private init(addresses: Addresses, parts: Parts, configuration: Configuration, log: Logger) {
    self.addresses = addresses
    self.parts = parts
    self.configuration = configuration
    self.log = log
  }

  /// Unix time in milliseconds.
  package static let clock: @Sendable () -> Int64 = {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
  }

  /// Starts sandbox, upstream, cache and listeners, in this order; what was started is stopped when a later step fails.
  /// - Throws: an error whose description is one clear sentence, or the diagnostics of a file.
  package static func start(_ configuration: Configuration, log: Logger) async throws -> GatewayService {
    var teardown = Teardown()
    do {
      return try await start(configuration, log: log, teardown: &teardown)
    } catch {
      await teardown.run()
      throw error
    }
  }

  /// - Throws: `DiagnosticList` when callers have scopes that the policy lacks.
  private static func checkScopes(_ callers: Configuration.Callers, _ policy: Policy) throws(DiagnosticList) {
    let absent = callers.scopes.filter { policy.scope($0.name) == nil }.map { scope in
      var diagnostic = scope.absence
      diagnostic.help = "It has: \(policy.scopes.map(\.name).joined(separator: ", "))."
      return diagnostic
    }
    if !absent.isEmpty { throw DiagnosticList(absent, source: nil) }
  }

  /// What the list of instances tells: those of the configuration, then those that come with the sandbox.
  private static func directory(_ configuration: Configuration, more: [String]) -> [LegacyInstance] {
    let known = configuration.instances.map(\.facts)
    let own = more.map {
      LegacyInstance(id: $0, friendlyName: "Sandbox", organization: configuration.dataverse.organization)
    }
    return known + own.filter { instance in !known.contains { $0.id == instance.id } }
  }

  private typealias SchemaSource = @Sendable () throws(DiagnosticList) -> Schema

  /// What tells the schema: a file, read anew for every load of the rules, or the organization, asked once.
  private static func schema(_ file: String?, _ loader: SchemaLoader) async -> SchemaSource {
    guard let file else {
      let schema = await loader.load()
      return { schema }
    }
    return { () throws(DiagnosticList) in try SchemaLoader.schema(ofFile: file) }
  }

  private static func start(
    _ configuration: Configuration, log: Logger, teardown: inout Teardown
  ) async throws -> GatewayService {
    let logs = try LogDestinations.open(configuration.log)
    var upstreams: [UpstreamParts] = []
    for organization in configuration.organizations {
      let upstream = try await UpstreamParts.start(organization.upstream, log: log)
      teardown.add { await upstream.stop() }
      upstreams.append(upstream)
    }

    let cacheFile = configuration.cache.file
    let cache = try AnswerCache<RenderedAnswer>(
      configuration: CacheConfiguration(
        memoryBytes: configuration.cache.memoryBytes, largestAnswerBytes: configuration.server.limits.answerBytes,
        file: cacheFile, fileBytes: configuration.cache.fileBytes,
        report: { event in log.warning("cache", metadata: ["detail": "\(event)"]) }),
      clock: clock, render: RenderedAnswer.init)
    teardown.add { await cache.close() }

    var fetchers: [Fetcher] = []
    var schemas: [SchemaSource] = []
    for (organization, upstream) in zip(configuration.organizations, upstreams) {
      let name = organization.name
      let fetcher = Fetcher(
        gate: upstream.gate, tokens: upstream.tokens, answerBytes: configuration.server.limits.answerBytes,
        streamedBytes: configuration.server.limits.streamedBytes,
        clock: clock,
        report: {
          log.warning(
            "upstream", metadata: ["organization": "\(name)", "stage": "\($0.stage)", "detail": "\($0.detail)"])
        })
      fetchers.append(fetcher)
      schemas.append(
        await schema(
          organization.schemaFile ?? configuration.schemaFile,
          SchemaLoader(fetcher: fetcher, cache: cache, organization: upstream.name, log: log)))
    }
    let dataverse = configuration.organizations.firstIndex { $0.name == configuration.dataverse.organization } ?? 0
    let plans = EnvironmentPlan.all(of: configuration, more: upstreams[dataverse].instances)
    let load: @Sendable () throws(DiagnosticList) -> [RuleBook] = { [schemas] () throws(DiagnosticList) in
      var books: [RuleBook] = []
      for plan in plans {
        let rules = try RuleBook.load(
          policyFile: plan.policyFile, mappingFile: plan.mappingFile, schema: try schemas[plan.organization]())
        try checkScopes(configuration.callers, rules.policy)
        books.append(rules)
      }
      return books
    }
    let ruleFiles = EnvironmentPlan.files(of: plans)
    let signatures = PolicyReloader.signatures(of: ruleFiles)
    let rules = try load()
    let seal = PagingSeal(
      key: try cacheFile.map { try SealKey.load(orCreateAt: $0 + ".key") } ?? SealKey.random(),
      lifetime: configuration.server.limits.linkLifetime, clock: clock)

    let group = MultiThreadedEventLoopGroup(numberOfThreads: configuration.server.loops)
    teardown.add { try? await group.shutdownGracefully() }
    let wanted = configuration.server.limits.connections
    let connections = FileDescriptors.connections(wanted, limit: FileDescriptors.raiseLimit())
    if connections < wanted {
      log.warning(
        "fewer connections than configured: the process may open too few files",
        metadata: ["connections": "\(connections)", "configured": "\(wanted)"])
    }
    let registry = ConnectionRegistry(limit: connections)
    let readiness = Readiness()
    // The origin of links holds the port, which is known once the listener is bound; connections wait for the pipeline.
    let pending = PendingPipeline()
    let listener = try await Listener.start(
      on: configuration.server.listen, option: "--listen", group: group, registry: registry,
      headerBytes: configuration.server.limits.headerBytes
    ) { gate in
      pending.makeHandler(gate)
    }
    teardown.add { await listener.stop() }
    let bound = ListenAddress(host: configuration.server.listen.host, port: listener.port)
    let origin = configuration.server.publicURL ?? "http://\(bound)"
    let callers = configuration.callers
    let maker = EnvironmentMaker(
      plans: plans,
      organizations: configuration.organizations.indices.map { index in
        OrganizationService(
          name: configuration.organizations[index].name, fetcher: fetchers[index],
          budget: CallerBudget(limits: callers.budget), reads: upstreams[index].name, origin: origin)
      },
      versions: configuration.dataverse.versions, origin: origin, seal: seal,
      directory: directory(configuration, more: upstreams[dataverse].instances),
      successors: configuration.organizations.indices.map { index in
        index == dataverse ? nil : configuration.organizations[index].url
      })
    let identity = try SubscriptionKeys(
      callers.keys, anonymousScope: callers.anonymousScope, anonymousClaims: callers.anonymousClaims)
    let legacy = LegacyService(configuration.legacy, callers: identity.callerIDs)
    let pipeline = Pipeline(
      environments: maker.environments(by: rules),
      identity: identity, legacy: legacy,
      plans: PlanCache(bytes: configuration.server.limits.planBytes), cache: cache,
      limits: configuration.server.limits, targetBytes: 32_768, decisions: logs.decisions, clock: clock)
    let metrics = PolicyMetrics()
    let names = plans.map { configuration.organizations[$0.organization].name }
    let reloader = PolicyReloader(
      files: ruleFiles, signatures: signatures, organizations: names, rules: rules,
      actions: PolicyReloader.Actions(
        load: load, use: { pipeline.replace(environments: maker.environments(by: $0)) }, clock: clock),
      metrics: metrics, log: log)
    pending.set(
      ConnectionHandler.SharedState(
        pipeline: pipeline, log: logs.access, idleTimeout: configuration.server.limits.idleTimeout))

    let gates = zip(configuration.organizations, upstreams).map { (name: $0.name, gate: $1.gate) }
    var admin: Listener?
    if let address = configuration.server.admin {
      let adminRegistry = ConnectionRegistry(limit: 64)
      admin = try await Listener.start(
        on: address, option: "--admin", group: group, registry: adminRegistry, headerBytes: 8192, keepsHalfClosed: false
      ) { _ in
        AdminHandler(readiness: readiness) {
          metrics.rendered()
            + legacy.refusedWrites.rendered()
            + MetricText.upstreams(gates.map { ($0.name, $0.gate.counts) })
            + MetricText.droppedLines(logs.droppedLines)
        }
      }
    }
    reloader.watch()
    readiness.set(.ready)
    let addresses = Addresses(
      gateway: origin,
      admin: admin.flatMap { listener in
        configuration.server.admin.map { "http://\(ListenAddress(host: $0.host, port: listener.port))" }
      },
      sandbox: upstreams[dataverse].sandbox?.origin, samples: upstreams[dataverse].samples)
    return GatewayService(
      addresses: addresses,
      parts: Parts(
        group: group, listener: listener, admin: admin, registry: registry, readiness: readiness, cache: cache,
        upstreams: upstreams, reloader: reloader, logs: logs),
      configuration: configuration, log: log)
  }

  /// Loads policy, mapping and schema file again at once, as on SIGHUP; returns before it is done. The log says what became
  /// of it.
  package func reload() { parts.reloader.reload() }

  /// Stops: no new connections, answers in flight within the drain time, then everything is closed and written out.
  package func stop() async {
    parts.readiness.set(.draining)
    parts.reloader.stop()
    await parts.listener.stop()
    parts.registry.drain()
    let deadline = GatewayService.clock() + configuration.server.limits.drainTimeout
    while parts.registry.count > 0, GatewayService.clock() < deadline {
      try? await Task.sleep(for: .milliseconds(20))
    }
    if parts.registry.count > 0 {
      log.warning("drain time is over", metadata: ["connections": "\(parts.registry.count)"])
      parts.registry.closeAll()
    }
    await parts.admin?.stop()
    await parts.cache.close()
    for upstream in parts.upstreams { await upstream.stop() }
    try? await parts.group.shutdownGracefully()
    parts.logs.flush()
  }
}

/// Why the gateway does not start, in one sentence.
package struct StartError: Error, CustomStringConvertible {
  package var description: String
  package init(_ description: String) { self.description = description }
}

/// What to undo when a start fails half-way, last first.
private struct Teardown {
  private var steps: [@Sendable () async -> Void] = []

  mutating func add(_ step: @escaping @Sendable () async -> Void) { steps.append(step) }

  func run() async {
    for step in steps.reversed() { await step() }
  }
}
