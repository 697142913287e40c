import Identity
import YAMLFile

/// The `callers` section: who may call, with which scope of the policy and which claims.
enum CallersSection {
  /// Of callers who are given no scope.
  static let usualScope = "default"

  static func read(
    _ root: MappingReader, _ reader: SettingsReader, isSandbox: Bool
  ) -> Configuration.Callers {
    var section = Section(reader: reader)
    ConfigurationLoader.section(root, "callers") { section.read($0) }
    // The sandbox holds nobody's data; an organization is never open by default.
    if isSandbox, section.keys.isEmpty, section.anonymousScope == nil { section.admitAnybody() }
    if section.keys.isEmpty, section.anonymousScope == nil {
      reader.report(
        source: reader.yaml.document.file, "Nobody may call this gateway.",
        help: "Add callers.keys, or set callers.anonymous to a policy scope.")
    }
    do throws(IdentityError) {
      _ = try SubscriptionKeys(section.keys, anonymousScope: section.anonymousScope)
    } catch {
      let entry = section.entries[error.index]
      entry.report(at: entry.node, message: "\(error)")
    }
    return Configuration.Callers(
      keys: section.keys, anonymousScope: section.anonymousScope, anonymousClaims: section.anonymousClaims,
      scopes: section.scopes, budget: section.budget)
  }

  private struct Section {
    let reader: SettingsReader
    var keys: [SubscriptionKey] = []
    var entries: [MappingReader] = []
    var anonymousScope: String?
    var anonymousClaims: [String: String] = [:]
    var scopes: [Configuration.Callers.Scope] = []
    var budget = CallerBudget.Limits()

    init(reader: SettingsReader) { self.reader = reader }

    mutating func read(_ callers: MappingReader?) {
      anonymous(callers)
      budget(callers)
      for (index, node) in (callers?.list("keys") ?? []).enumerated() {
        var key: SubscriptionKey?
        var entry: MappingReader?
        var scope: Setting?
        reader.yaml.mapping(node, path: "callers.keys[\(index)]") { mapping in
          scope = reader.setting(mapping, "scope")
          let claims = claims(mapping)
          guard let id = mapping.string("id", required: true), let hash = mapping.string("sha256", required: true)
          else { return }
          key = SubscriptionKey(
            callerID: id, sha256: hash, policyScope: scope?.text ?? CallersSection.usualScope, claims: claims)
          entry = mapping
        }
        guard let key, let entry else { continue }
        keys.append(key)
        entries.append(entry)
        if let scope {
          use(scope)
        } else {
          useDefault(line: node.line, column: node.column, path: entry.path(of: "scope"))
        }
      }
    }

    private mutating func budget(_ callers: MappingReader?) {
      callers?.mapping("budget") { mapping in
        if let number = reader.int(reader.setting(mapping, "requestsPerMinute"), in: 1...1_000_000) {
          budget.requestsPerMinute = number
        }
        if let number = reader.int(reader.setting(mapping, "burst"), in: 1...1_000_000) { budget.burst = number }
        if let number = reader.int(reader.setting(mapping, "concurrent"), in: 1...10_000) {
          budget.concurrent = number
        }
      }
    }

    mutating func admitAnybody() {
      anonymousScope = CallersSection.usualScope
      useDefault(line: 0, column: 0, path: "")
    }

    /// The scope of whoever is given none.
    private mutating func useDefault(line: Int, column: Int, path: String) {
      let absence = Diagnostic(
        file: reader.yaml.document.file, line: line, column: column, path: path,
        message: "The policy has no scope `\(CallersSection.usualScope)`, which callers have who are given none.")
      scopes.append(.init(name: CallersSection.usualScope, absence: absence))
    }

    /// A scope, or a mapping of scope and claims.
    private mutating func anonymous(_ callers: MappingReader?) {
      let variable = "SLUICE_CALLERS_ANONYMOUS"
      guard let callers, case .mapping? = callers.node("anonymous")?.content else {
        let setting = reader.setting(callers, "anonymous", variable: variable)
        anonymousScope = setting?.text
        return use(setting)
      }
      var setting: Setting?
      var found: [String: String] = [:]
      callers.mapping("anonymous") { mapping in
        setting = reader.setting(mapping, "scope", variable: variable)
        found = claims(mapping)
        if setting == nil { mapping.report(at: mapping.node, message: "`scope` is missing here.") }
      }
      anonymousScope = setting?.text
      anonymousClaims = found
      use(setting)
    }

    private mutating func use(_ setting: Setting?) {
      guard let setting else { return }
      let message = "The policy has no scope `\(setting.text)`."
      scopes.append(.init(name: setting.text, absence: reader.diagnostic(setting, message)))
    }

    private func claims(_ caller: MappingReader) -> [String: String] {
      var claims: [String: String] = [:]
      caller.mapping("claims") { mapping in
        let entries = mapping.mappingEntries()
        if entries.count > Claims.limit {
          mapping.report(at: mapping.node, message: "A caller has \(Claims.limit) claims at most.")
        }
        for (name, keyNode, node) in entries {
          guard Claims.isName(name) else {
            mapping.report(
              at: keyNode, message: "This is no name of a claim.",
              help: "Write letters, digits and `_`, no digit first: `region` is @caller.region in a row filter.")
            continue
          }
          guard let value = reader.yaml.string(node, path: mapping.path(of: name)) else { continue }
          guard Claims.isValue(value) else {
            mapping.report(
              at: node, message: "A claim is text of 1 to \(Claims.longestValue) characters without control characters."
            )
            continue
          }
          claims[name] = value
        }
      }
      return claims
    }
  }
}
