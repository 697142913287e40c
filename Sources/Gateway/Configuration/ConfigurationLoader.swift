import Planning
import Upstream
package import YAMLFile

#if canImport(Glibc)
  import Glibc
#endif

/// What the command line says; every value is as typed.
package struct ConfigurationFlags: Sendable {
  package var policy: String?
  package var sandbox: Bool
  package var listen: String?
  package var admin: String?
  package var accessLog: String?
  package var decisionLog: String?
  package var cacheFile: String?

  package init(
    policy: String? = nil, sandbox: Bool = false, listen: String? = nil, admin: String? = nil,
    accessLog: String? = nil, decisionLog: String? = nil, cacheFile: String? = nil
  ) {
    self.policy = policy
    self.sandbox = sandbox
    self.listen = listen
    self.admin = admin
    self.accessLog = accessLog
    self.decisionLog = decisionLog
    self.cacheFile = cacheFile
  }
}

/// Makes a ``Configuration`` of a file, the environment and flags; the last one wins. Documented in `deploy/sluice.yaml`.
package enum ConfigurationLoader {
  /// - Throws: everything that is wrong, each with its place.
  package static func load(
    file: String?, environment: [String: String], flags: ConfigurationFlags
  ) throws(DiagnosticList) -> Configuration {
    let document: YAMLDocument
    if let file {
      document = try YAMLDocument.load(path: file)
    } else {
      document = try YAMLDocument(text: "version: 1\n", file: "configuration")
    }
    let yaml = YAMLReader(document)
    let reader = SettingsReader(yaml, environment: environment)
    var parts = Parts()
    yaml.mapping(document.root, path: "") { root in
      if root.int("version", in: 1...1, required: true) == nil { return skip(root) }
      parts.server = server(root, reader, flags)
      parts.upstream = upstream(root, reader, flags)
      parts.dataverse = dataverse(root, reader)
      parts.instances = instances(root, reader)
      parts.policyFile =
        reader.setting(root, "policy", variable: "SLUICE_POLICY", flag: ("--policy", flags.policy))?.text
      parts.mappingFile = reader.setting(root, "mapping", variable: "SLUICE_MAPPING")?.text
      parts.callers = CallersSection.read(root, reader, isSandbox: parts.upstream?.isSandbox ?? false)
      parts.cache = cache(root, reader, flags)
      parts.log = LogSection.read(root, reader, flags)
    }
    try reader.finish()
    guard let server = parts.server, let upstream = parts.upstream, let callers = parts.callers,
      let cache = parts.cache,
      let log = parts.log
    else {
      // Every way to leave a part empty reports why; this is the belt to those braces.
      reader.report(source: document.file, "The configuration could not be read.")
      try reader.finish()
      throw DiagnosticList([], source: nil)
    }
    return Configuration(
      server: server, upstream: upstream, dataverse: parts.dataverse, instances: parts.instances,
      policyFile: parts.policyFile,
      mappingFile: parts.mappingFile, callers: callers, cache: cache, log: log)
  }

  /// The variables of this process.
  package static func processEnvironment() -> [String: String] {
    var variables: [String: String] = [:]
    var entry = environ
    while let text = entry.pointee {
      let parts = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
      entry += 1
    }
    return variables
  }

  private struct Parts {
    var server: Configuration.Server?
    var upstream: Configuration.Upstream?
    var dataverse = Configuration.Dataverse(versions: Route.usualVersions)
    var instances: [String] = []
    var policyFile: String?
    var mappingFile: String?
    var callers: Configuration.Callers?
    var cache: Configuration.Cache?
    var log: Configuration.Log?
  }

  /// Without a version that is known, nothing else in the file is worth a complaint.
  private static func skip(_ root: MappingReader) { _ = root.mappingEntries() }

  static func section(_ root: MappingReader, _ key: String, _ body: (MappingReader?) -> Void) {
    var found = false
    root.mapping(key) {
      found = true
      body($0)
    }
    if !found { body(nil) }
  }

  // MARK: Sections

  private static func server(
    _ root: MappingReader, _ reader: SettingsReader, _ flags: ConfigurationFlags
  ) -> Configuration.Server? {
    var result: Configuration.Server?
    section(root, "server") { server in
      let listenSetting = reader.setting(
        server, "listen", variable: "SLUICE_SERVER_LISTEN", flag: ("--listen", flags.listen))
      let listen = listenSetting == nil ? ListenAddress(host: "127.0.0.1", port: 8080) : reader.address(listenSetting)
      let admin = reader.address(
        reader.setting(server, "admin", variable: "SLUICE_SERVER_ADMIN", flag: ("--admin", flags.admin)))
      let publicURL = reader.origin(reader.setting(server, "publicURL", variable: "SLUICE_SERVER_PUBLIC_URL"))
      let loops = reader.int(reader.setting(server, "loops", variable: "SLUICE_SERVER_LOOPS"), in: 1...64) ?? 1
      var limits = Configuration.Limits()
      func read(_ section: MappingReader) {
        limits.connections = reader.int(reader.setting(section, "connections"), in: 1...100_000) ?? limits.connections
        limits.headerBytes =
          reader.int(reader.setting(section, "headerBytes"), in: 4096...1_048_576) ?? limits.headerBytes
        limits.idleTimeout =
          reader.duration(reader.setting(section, "idleTimeout"), in: 1000...3_600_000) ?? limits.idleTimeout
        limits.drainTimeout =
          reader.duration(reader.setting(section, "drainTimeout"), in: 0...600_000) ?? limits.drainTimeout
        limits.answerBytes =
          reader.size(reader.setting(section, "answer"), in: 65_536...(1 << 30)) ?? limits.answerBytes
        limits.planBytes = reader.size(reader.setting(section, "plans"), in: 0...(1 << 32)) ?? limits.planBytes
      }
      server?.mapping("limits", read)
      guard let listen else { return }
      if listen.isWildcard, publicURL == nil, let listenSetting {
        reader.report(
          listenSetting, "A wildcard address is no address for links.",
          help: "Set server.publicURL to the address by which clients reach this gateway.")
        return
      }
      result = Configuration.Server(listen: listen, admin: admin, publicURL: publicURL, loops: loops, limits: limits)
    }
    return result
  }

  private static func upstream(
    _ root: MappingReader, _ reader: SettingsReader, _ flags: ConfigurationFlags
  ) -> Configuration.Upstream? {
    var organization: Configuration.Organization?
    var hasOrganization = false
    section(root, "upstream") { upstream in
      guard upstream != nil || (!flags.sandbox && reader.isAnySet(["SLUICE_UPSTREAM_URL"])) else { return }
      hasOrganization = true
      organization = UpstreamSection.read(upstream, root, reader)
    }
    var customers = 2000
    var seed: UInt64 = 1
    var hasSandbox = flags.sandbox
    root.mapping("sandbox") { sandbox in
      hasSandbox = true
      customers = reader.int(reader.setting(sandbox, "customers"), in: 1...100_000) ?? customers
      seed = reader.unsigned(reader.setting(sandbox, "seed")) ?? seed
    }
    switch (hasOrganization, hasSandbox) {
    case (true, false): return organization.map { .organization($0) }
    case (false, true): return .sandbox(customers: customers, seed: seed)
    case (true, true):
      reader.report(
        source: reader.yaml.document.file, "Both an organization and the sandbox are asked for.",
        help: "Remove `upstream`, or `sandbox` and --sandbox.")
    case (false, false):
      reader.report(
        source: reader.yaml.document.file, "There is nothing to read from.",
        help: "Name the organization in a configuration file (see deploy/sluice.yaml), or use --sandbox.")
    }
    return nil
  }

  private static func dataverse(_ root: MappingReader, _ reader: SettingsReader) -> Configuration.Dataverse {
    var versions = Route.usualVersions
    root.mapping("dataverse") { dataverse in
      guard let listed = dataverse.stringList("versions") else { return }
      versions = Set(listed)
      let node = dataverse.node("versions") ?? dataverse.node
      for version in listed where !Route.knownVersions.contains(version) {
        dataverse.report(
          at: node, message: "`\(version)` is no version that can be accepted.",
          help: "Choose of \(Route.knownVersions.joined(separator: ", ")).")
      }
      if !versions.isSuperset(of: Route.usualVersions) {
        dataverse.report(
          at: node, message: "`v9.2` is missing here.", help: "Add it: links in answers lead there.")
      }
    }
    return Configuration.Dataverse(versions: versions)
  }

  private static func instances(_ root: MappingReader, _ reader: SettingsReader) -> [String] {
    let message = "An instance id is not a GUID."
    let help = "Write it as in the legacy URL: 32 hex digits in groups of 8-4-4-4-12."
    let listed = root.stringList("instances") ?? []
    if case .sequence(let items) = root.node("instances")?.content {
      for item in items {
        if case .scalar(let text, _) = item.content, !isGUID(text) {
          root.report(at: item, message: message, help: help)
        }
      }
    }
    guard let variable = reader.variable("SLUICE_INSTANCES") else { return listed }
    let ids = variable.split(separator: ",").map(String.init)
    if !ids.allSatisfy(isGUID) {
      reader.report(source: "environment variable SLUICE_INSTANCES", message, help: help)
    }
    return ids
  }

  private static func isGUID(_ text: String) -> Bool {
    let groups = text.split(separator: "-", omittingEmptySubsequences: false)
    return groups.map(\.utf8.count) == [8, 4, 4, 4, 12] && groups.joined().allSatisfy { $0.isASCII && $0.isHexDigit }
  }

  private static func cache(
    _ root: MappingReader, _ reader: SettingsReader, _ flags: ConfigurationFlags
  ) -> Configuration.Cache? {
    var result: Configuration.Cache?
    section(root, "cache") { cache in
      result = Configuration.Cache(
        memoryBytes: reader.size(
          reader.setting(cache, "memory", variable: "SLUICE_CACHE_MEMORY"), in: 0...(1 << 40)) ?? 64 << 20,
        file: reader.setting(cache, "file", variable: "SLUICE_CACHE_FILE", flag: ("--cache", flags.cacheFile))?.text,
        fileBytes: reader.size(
          reader.setting(cache, "fileSize", variable: "SLUICE_CACHE_FILE_SIZE"), in: (1 << 20)...(1 << 44)) ?? 1 << 30)
    }
    return result
  }
}

extension Configuration.Upstream {
  fileprivate var isSandbox: Bool {
    if case .sandbox = self { true } else { false }
  }
}
