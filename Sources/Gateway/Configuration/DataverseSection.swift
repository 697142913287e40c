import Planning
import YAMLFile

/// The `dataverse` section: how the Web API is served.
enum DataverseSection {
  /// - Returns: `nil` when it does not say which organization it is for, and there are several.
  static func read(
    _ root: MappingReader, _ reader: SettingsReader, _ organizations: OrganizationsSection
  ) -> Configuration.Dataverse? {
    var versions = Route.usualVersions
    var organization: String?
    ConfigurationLoader.section(root, "dataverse") { dataverse in
      if let dataverse, let listed = dataverse.stringList("versions") { versions = checked(listed, dataverse) }
      organization = organizations.chosen(in: dataverse) {
        let message = "There are several organizations, and this does not say which one the Web API is for."
        let help = "Write `organization: NAME`; legacy requests go by `instances`."
        if let dataverse {
          dataverse.report(at: dataverse.node, message: message, help: help)
        } else {
          root.report(at: root.keyNode("organizations"), message: "`dataverse.organization` is missing.", help: help)
        }
      }
    }
    return organization.map { Configuration.Dataverse(versions: versions, organization: $0) }
  }

  private static func checked(_ listed: [String], _ dataverse: MappingReader) -> Set<String> {
    let node = dataverse.node("versions") ?? dataverse.node
    for version in listed where !Route.knownVersions.contains(version) {
      dataverse.report(
        at: node, message: "`\(version)` is no version that can be accepted.",
        help: "Choose of \(Route.knownVersions.joined(separator: ", ")).")
    }
    if !Set(listed).isSuperset(of: Route.usualVersions) {
      dataverse.report(at: node, message: "`v9.2` is missing here.", help: "Add it: links in answers lead there.")
    }
    return Set(listed)
  }
}
