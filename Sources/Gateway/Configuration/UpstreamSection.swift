import Upstream
import YAMLFile

/// The `upstream` section, or one of `organizations`: the organization's address and the gateway's own credentials.
struct UpstreamSection {
  private let reader: SettingsReader
  /// Of the section, for messages.
  private let path: String
  /// Environment variables are for the one organization of `upstream`: they could not tell several apart.
  private let hasVariables: Bool

  /// - Parameters:
  ///   - upstream: the section; `nil` where environment variables stand in for it.
  ///   - name: of the organization, if it is one of several.
  /// - Returns: `nil` when something is missing or wrong; the reader knows what.
  static func read(
    _ upstream: MappingReader?, name: String? = nil, _ root: MappingReader, _ reader: SettingsReader
  ) -> Configuration.Connection? {
    UpstreamSection(
      reader: reader, path: name.map { "organizations.\($0)" } ?? "upstream", hasVariables: name == nil
    ).read(upstream, root)
  }

  private func variable(_ name: String) -> String? { hasVariables ? name : nil }

  private func read(_ upstream: MappingReader?, _ root: MappingReader) -> Configuration.Connection? {
    let urlSetting = reader.setting(upstream, "url", variable: variable("SLUICE_UPSTREAM_URL"))
    let origin = reader.origin(urlSetting)
    if urlSetting == nil {
      reader.yaml.report(
        at: upstream?.node ?? root.node, path: path, message: "`url` is missing here.",
        help: "Write the organization's address, for example https://contoso.crm.dynamics.com.")
    }
    let caFile = reader.setting(upstream, "caFile", variable: variable("SLUICE_UPSTREAM_CA_FILE"))?.text
    let version = reader.int(
      reader.setting(upstream, "httpVersion", variable: variable("SLUICE_UPSTREAM_HTTP_VERSION")), in: 1...2)
    let timeout = reader.duration(reader.setting(upstream, "timeout"), in: 1000...600_000)
    let connections = reader.int(reader.setting(upstream, "connections"), in: 1...256)
    let entra = entra(upstream, origin: origin, caFile: caFile)
    guard let origin, let urlSetting else { return nil }
    var connection = UpstreamConfiguration(origin: origin)
    connection.caFile = caFile
    if let version { connection.httpVersion = version == 1 ? .http1 : .http2 }
    if let timeout { connection.timeout = Int(timeout) }
    if let connections { connection.maxConnections = connections }
    do throws(UpstreamError) {
      try connection.validate()
    } catch {
      reader.report(urlSetting, error.message)
    }
    return Configuration.Connection(connection: connection, entra: entra)
  }

  private func entra(
    _ upstream: MappingReader?, origin: String?, caFile: String?
  ) -> EntraConfiguration? {
    var result: EntraConfiguration?
    var found = false
    upstream?.mapping("entra") { section in
      found = true
      result = credentials(section, origin: origin, caFile: caFile)
    }
    let variables = ["SLUICE_ENTRA_TENANT", "SLUICE_ENTRA_CLIENT_ID", "SLUICE_ENTRA_SECRET_FILE"]
    if !found, hasVariables, reader.isAnySet(variables) { result = credentials(nil, origin: origin, caFile: caFile) }
    return result
  }

  private func credentials(
    _ section: MappingReader?, origin: String?, caFile: String?
  ) -> EntraConfiguration? {
    let tenant = reader.setting(section, "tenant", variable: variable("SLUICE_ENTRA_TENANT"))?.text
    let clientID = reader.setting(section, "clientId", variable: variable("SLUICE_ENTRA_CLIENT_ID"))?.text
    let secretFile = reader.setting(section, "secretFile", variable: variable("SLUICE_ENTRA_SECRET_FILE"))
    let secretVariable = reader.setting(section, "secretEnvironment")
    let authority = reader.setting(section, "authority", variable: variable("SLUICE_ENTRA_AUTHORITY"))
    let scope = reader.setting(section, "scope")?.text
    let place = "\(path).entra"
    if tenant == nil { reader.report(in: section, path: place, "`tenant` is missing here.") }
    if clientID == nil { reader.report(in: section, path: place, "`clientId` is missing here.") }
    guard let secret = secret(file: secretFile, variable: secretVariable, section) else { return nil }
    let authorityOrigin = authority == nil ? EntraConfiguration.publicAuthority : reader.origin(authority)
    guard let tenant, let clientID, let origin, let authorityOrigin else { return nil }
    let configuration = EntraConfiguration(
      authority: authorityOrigin, tenant: tenant, clientID: clientID, secret: secret,
      scope: scope ?? "\(origin)/.default", caFile: caFile)
    do throws(UpstreamError) {
      try configuration.validate()
    } catch {
      reader.report(in: section, path: place, error.message)
    }
    return configuration
  }

  private func secret(file: Setting?, variable: Setting?, _ section: MappingReader?) -> Secret? {
    let place = "\(path).entra"
    do throws(SecretError) {
      switch (file, variable) {
      case (let file?, nil): return try Secret(fromFile: file.text)
      case (nil, let variable?): return try Secret(fromEnvironment: variable.text)
      case (nil, nil):
        reader.report(
          in: section, path: place, "The client secret is missing here.",
          help: "Name `secretFile` or `secretEnvironment`.")
      case (_?, let variable?):
        reader.report(
          variable, "The client secret has two sources.", help: "Keep one of `secretFile` and `secretEnvironment`.")
      }
    } catch {
      if let setting = file ?? variable { reader.report(setting, "\(error)") }
    }
    return nil
  }
}
