import CustomerInsights
import Upstream
import YAMLFile

/// The `instances` section: which organization a legacy request is for, by the instance that its path names.
struct InstancesSection {
  private let reader: SettingsReader
  private let organizations: OrganizationsSection
  private var found: [Configuration.Instance] = []

  /// The variable replaces the whole section; it can only name instances of the one organization.
  private static let variable = "SLUICE_INSTANCES"
  private static let form = "Write it as in the legacy URL: 32 hex digits in groups of 8-4-4-4-12."

  static func read(
    _ root: MappingReader, _ reader: SettingsReader, _ organizations: OrganizationsSection
  ) -> [Configuration.Instance] {
    var section = InstancesSection(reader: reader, organizations: organizations, found: [])
    if case .sequence(let items)? = root.node("instances")?.content {
      for (index, item) in items.enumerated() { section.add(item, index, root) }
    } else {
      root.mapping("instances") { entries in
        for (id, keyNode, node) in entries.mappingEntries() { section.add(id, keyNode, node, entries) }
      }
    }
    if let ids = reader.variable(variable) { section.replace(by: ids) }
    return section.found
  }

  /// One of a list of ids: enough where there is one organization and nothing to say of an instance.
  private mutating func add(_ item: YAMLNode, _ index: Int, _ root: MappingReader) {
    let path = "instances[\(index)]"
    guard let id = reader.yaml.string(item, path: path) else { return }
    guard LegacyInstance.isID(id) else {
      return reader.yaml.report(at: item, path: path, message: "An instance id is not a GUID.", help: Self.form)
    }
    if found.contains(where: { $0.facts.id == id.lowercased() }) {
      reader.yaml.report(
        at: item, path: path, message: "This instance stands twice; ids are compared without case.")
    }
    guard let organization = organizations.only else {
      if organizations.names.count > 1 {
        reader.yaml.report(
          at: item, path: path, message: "There are several organizations: the instance has to name one.",
          help: "Write a mapping: `\(id): { organization: \(organizations.names[0]) }`.")
      }
      return
    }
    add(LegacyInstance(id: id, organization: organization))
  }

  private mutating func add(_ facts: LegacyInstance) {
    found.append(Configuration.Instance(facts: completed(facts), mappingFile: nil))
  }

  private mutating func add(_ id: String, _ keyNode: YAMLNode, _ node: YAMLNode, _ entries: MappingReader) {
    guard LegacyInstance.isID(id) else {
      return entries.report(at: keyNode, message: "An instance id is not a GUID.", help: Self.form)
    }
    if found.contains(where: { $0.facts.id == id.lowercased() }) {
      entries.report(at: keyNode, message: "This instance stands twice; ids are compared without case.")
    }
    var instance: Configuration.Instance?
    reader.yaml.mapping(node, path: entries.path(of: id)) { entry in
      let organization = organizations.chosen(in: entry) {
        entry.report(
          at: entry.node, message: "`organization` is missing here: there are several.",
          help: "There are: \(organizations.names.joined(separator: ", ")).")
      }
      var facts = LegacyInstance(id: id, friendlyName: entry.string("friendlyName"), organization: organization ?? "")
      if let type = entry.string("instanceType") { facts.instanceType = type }
      facts.region = entry.string("region")
      facts.azureRegion = entry.string("azureRegion")
      facts.scaleUnitID = entry.string("scaleUnitId")
      facts.tenantID = entry.string("tenantId")
      facts.tenantName = entry.string("tenantName")
      facts.isB2B = entry.bool("isB2B") ?? false
      let mapping = reader.setting(entry, "mapping")?.text
      guard organization != nil else { return }
      instance = Configuration.Instance(facts: completed(facts), mappingFile: mapping)
    }
    if let instance { found.append(instance) }
  }

  private mutating func replace(by ids: String) {
    found = []
    for id in ids.split(separator: ",").map(String.init) {
      let source = "environment variable \(Self.variable)"
      guard LegacyInstance.isID(id) else {
        reader.report(source: source, "An instance id is not a GUID.", help: Self.form)
        continue
      }
      guard let organization = organizations.only else {
        if organizations.names.count > 1 {
          reader.report(
            source: source, "There are several organizations, which this variable cannot tell apart.",
            help: "Unset it, and write `instances` into the configuration file.")
        }
        return
      }
      guard !found.contains(where: { $0.facts.id == id.lowercased() }) else { continue }
      add(LegacyInstance(id: id, organization: organization))
    }
  }

  /// With what the organization's own section says.
  private func completed(_ facts: LegacyInstance) -> LegacyInstance {
    var facts = facts
    guard let organization = organizations.organizations.first(where: { $0.name == facts.organization }),
      case .organization(let connection) = organization.upstream
    else { return facts }
    facts.organizationURL = connection.connection.origin
    facts.tenantID = facts.tenantID ?? connection.entra?.tenant
    return facts
  }
}
