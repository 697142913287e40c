import CustomerInsights
import YAMLFile

/// What the gateway reads from: exactly one of the sections `upstream`, `sandbox` and `organizations`.
struct OrganizationsSection {
  /// In the order of the file; one that could not be read is not among them.
  private(set) var organizations: [Configuration.Organization] = []
  /// Names of all, also of those that could not be read: whoever names one is not told that it is not there.
  private(set) var names: [String] = []
  private(set) var isSandbox = false

  /// Names stand in logs and metrics.
  private static let longestName = 64

  /// The organization of whoever names none, where there is only one.
  var only: String? { names.count == 1 ? names.first : nil }

  static func read(
    _ root: MappingReader, _ reader: SettingsReader, _ flags: ConfigurationFlags
  ) -> OrganizationsSection {
    var section = OrganizationsSection()
    section.read(root, reader, flags)
    return section
  }

  private mutating func read(_ root: MappingReader, _ reader: SettingsReader, _ flags: ConfigurationFlags) {
    let hasNamed = root.node("organizations") != nil
    root.mapping("organizations") { entries in
      for (name, keyNode, node) in entries.mappingEntries() { named(name, keyNode, node, entries, root, reader) }
      if names.isEmpty {
        entries.report(at: entries.node, message: "No organization is named.", help: "Name one, or use `upstream`.")
      }
    }
    var connection: Configuration.Connection?
    var hasUpstream = false
    ConfigurationLoader.section(root, "upstream") { upstream in
      guard upstream != nil || (!flags.sandbox && !hasNamed && reader.isAnySet(["SLUICE_UPSTREAM_URL"])) else { return }
      hasUpstream = true
      connection = UpstreamSection.read(upstream, root, reader)
    }
    var customers = 2000
    var seed: UInt64 = 1
    isSandbox = flags.sandbox
    root.mapping("sandbox") { sandbox in
      isSandbox = true
      customers = reader.int(reader.setting(sandbox, "customers"), in: 1...100_000) ?? customers
      seed = reader.unsigned(reader.setting(sandbox, "seed")) ?? seed
    }
    switch (hasNamed, hasUpstream, isSandbox) {
    case (true, false, false): return
    case (false, true, false): useOnly(connection.map { .organization($0) })
    case (false, false, true): useOnly(.sandbox(customers: customers, seed: seed))
    case (false, false, false):
      reader.report(
        source: reader.yaml.document.file, "There is nothing to read from.",
        help: "Name the organization in a configuration file (see deploy/sluice.yaml), or use --sandbox.")
    case (false, true, true):
      reader.report(
        source: reader.yaml.document.file, "Both an organization and the sandbox are asked for.",
        help: "Remove `upstream`, or `sandbox` and --sandbox.")
    case (true, _, _):
      reader.report(
        source: reader.yaml.document.file, "There are several answers to what is to be read from.",
        help: "Keep one of `organizations`, `upstream` and `sandbox` (or --sandbox).")
    }
  }

  private mutating func useOnly(_ upstream: Configuration.Upstream?) {
    let name = Configuration.usualOrganization
    names.append(name)
    if let upstream { organizations.append(Configuration.Organization(name: name, upstream: upstream)) }
  }

  private mutating func named(
    _ name: String, _ keyNode: YAMLNode, _ node: YAMLNode, _ entries: MappingReader, _ root: MappingReader,
    _ reader: SettingsReader
  ) {
    guard Self.isName(name) else {
      return entries.report(
        at: keyNode, message: "This is no name of an organization.",
        help: "Write letters, digits, `-` and `_`, \(Self.longestName) characters at most.")
    }
    names.append(name)
    var found: Configuration.Organization?
    reader.yaml.mapping(node, path: entries.path(of: name)) { section in
      let policy = reader.setting(section, "policy")?.text
      let schema = reader.setting(section, "schema")?.text
      guard let connection = UpstreamSection.read(section, name: name, root, reader) else { return }
      found = Configuration.Organization(
        name: name, upstream: .organization(connection), policyFile: policy, schemaFile: schema)
    }
    if let found { organizations.append(found) }
  }

  private static func isName(_ text: String) -> Bool {
    (1...longestName).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x2D
          || byte == 0x5F
      }
  }

  /// The organization that the value of `organization` names; the only one where nothing is said.
  func chosen(in mapping: MappingReader?, otherwise missing: () -> Void) -> String? {
    guard let mapping, let node = mapping.node("organization") else {
      if only == nil, !names.isEmpty { missing() }
      return only
    }
    guard let name = mapping.string("organization") else { return nil }
    guard names.contains(name) else {
      let nearest = NearestName.nearest(to: name, among: names)
      mapping.report(
        at: node, message: "There is no organization `\(name)`.",
        help: nearest.map { "Did you mean `\($0)`?" } ?? "There are: \(names.joined(separator: ", ")).")
      return nil
    }
    return name
  }

  /// Reports organizations that no request could be for.
  func reportUnused(
    _ root: MappingReader, dataverse: Configuration.Dataverse?, instances: [Configuration.Instance]
  ) {
    guard let dataverse, names.count > 1 else { return }
    let used = Set(instances.map(\.facts.organization) + [dataverse.organization])
    root.mapping("organizations") { entries in
      for (name, keyNode, _) in entries.mappingEntries() where names.contains(name) && !used.contains(name) {
        entries.report(
          at: keyNode, message: "Nothing is read from `\(name)`: no instance names it.",
          help: "Name it in `instances`, or as `dataverse.organization`.")
      }
    }
  }
}
