package import YAMLFile

#if canImport(Glibc)
  import Glibc
#endif

/// What the command line says; every value is as typed.
package struct ConfigurationFlags: Sendable {
  package var policy: String?
  package var schema: String?
  package var sandbox: Bool
  package var listen: String?
  package var admin: String?
  package var accessLog: String?
  package var decisionLog: String?
  package var cacheFile: String?

  package init(
    policy: String? = nil, schema: String? = nil, sandbox: Bool = false, listen: String? = nil, admin: String? = nil,
    accessLog: String? = nil, decisionLog: String? = nil, cacheFile: String? = nil
  ) {
    self.policy = policy
    self.schema = schema
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
      let organizations = OrganizationsSection.read(root, reader, flags)
      parts.dataverse = DataverseSection.read(root, reader, organizations)
      parts.instances = InstancesSection.read(root, reader, organizations)
      organizations.reportUnused(root, dataverse: parts.dataverse, instances: parts.instances)
      parts.organizations = organizations.organizations
      parts.policyFile =
        reader.setting(root, "policy", variable: "SLUICE_POLICY", flag: ("--policy", flags.policy))?.text
      parts.mappingFile = reader.setting(root, "mapping", variable: "SLUICE_MAPPING")?.text
      parts.schemaFile =
        reader.setting(root, "schema", variable: "SLUICE_SCHEMA", flag: ("--schema", flags.schema))?.text
      parts.callers = CallersSection.read(root, reader, isSandbox: organizations.isSandbox)
      parts.legacy = LegacySection.read(root, reader)
      parts.cache = cache(root, reader, flags)
      parts.log = LogSection.read(root, reader, flags)
    }
    try reader.finish()
    guard let server = parts.server, let dataverse = parts.dataverse, let callers = parts.callers,
      let cache = parts.cache,
      let log = parts.log
    else {
      // Every way to leave a part empty reports why; this is the belt to those braces.
      reader.report(source: document.file, "The configuration could not be read.")
      try reader.finish()
      throw DiagnosticList([], source: nil)
    }
    return Configuration(
      server: server, organizations: parts.organizations, dataverse: dataverse, instances: parts.instances,
      policyFile: parts.policyFile, mappingFile: parts.mappingFile, schemaFile: parts.schemaFile, callers: callers,
      legacy: parts.legacy, cache: cache, log: log)
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
    var organizations: [Configuration.Organization] = []
    var dataverse: Configuration.Dataverse?
    var instances: [Configuration.Instance] = []
    var policyFile: String?
    var mappingFile: String?
    var schemaFile: String?
    var callers: Configuration.Callers?
    var legacy = Configuration.Legacy()
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
        answerLimits(section, reader, &limits)
        limits.linkLifetime =
          reader.duration(reader.setting(section, "links"), in: 1000...2_592_000_000) ?? limits.linkLifetime
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

  /// Each of the three that is not given keeps to those that are.
  private static func answerLimits(
    _ section: MappingReader, _ reader: SettingsReader, _ limits: inout Configuration.Limits
  ) {
    let answer = reader.size(reader.setting(section, "answer"), in: 65_536...(1 << 30))
    let streamFromSetting = reader.setting(section, "streamFrom")
    let streamFrom = reader.size(streamFromSetting, in: 4096...(1 << 30))
    let streamedSetting = reader.setting(section, "streamed")
    let streamed = reader.size(streamedSetting, in: 65_536...(1 << 40))
    limits.answerBytes = answer ?? min(max(limits.answerBytes, streamFrom ?? 0), streamed ?? .max)
    limits.streamFromBytes = streamFrom ?? min(limits.streamFromBytes, limits.answerBytes)
    limits.streamedBytes = streamed ?? max(limits.streamedBytes, limits.answerBytes)
    if let streamFromSetting, limits.streamFromBytes > limits.answerBytes {
      reader.report(
        streamFromSetting, "An answer would go out later than it is too long to be kept.",
        help: "streamFrom is at most `answer`, \(limits.answerBytes) bytes.")
    }
    if let streamedSetting, limits.streamedBytes < limits.answerBytes {
      reader.report(
        streamedSetting, "No answer as long as the largest that is kept would pass.",
        help: "streamed is at least `answer`, \(limits.answerBytes) bytes.")
    }
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
