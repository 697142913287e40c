import Crypto
package import Dataverse
package import YAMLFile

/// An allow-list: which queries may be sent, and what may leave in their answers. Whatever it does not name is denied.
///
/// Made from a YAML file (`docs/policy.md`) in named stages; immutable afterwards, so that a judgement only looks things
/// up. A reload builds a new value.
package struct Policy: Sendable {
  package let name: String
  /// Fingerprint of the file's text: the first 16 hex digits of a SHA-256. Part of every cache key.
  package let version: String
  /// The schema it was given, with the tenant's columns that the policy declares.
  package let schema: Schema
  package let limits: PolicyLimits
  /// Annotation terms that answers may have.
  package let annotations: Set<String>
  package let missingSelect: MissingSelect
  /// Preferences that callers may have (`odata.maxpagesize`, `odata.include-annotations`); others are ignored.
  package let preferences: Set<String>
  /// Names, in lower case, of header fields that mean something to Dataverse and that callers may send all the same;
  /// none of them is sent on.
  package let ignoredHeaders: Set<String>
  /// Documents about its tables that callers may have.
  package let metadata: Set<MetadataDocument>
  /// Logical names of the tables that an organization need not have.
  package let optionalTables: Set<String>
  /// What is other than usual about rules, by their ids (``FindingRule``, `DV101`).
  package let settings: [String: RuleSetting]
  /// Everything that any scope may do, in the order of the file.
  package let tables: [TableRule]
  /// In the order of the file.
  package let scopes: [ScopeRule]
  private let scopeIndex: NameIndex
  /// What each judgement looks things up in, behind one reference.
  let manner: JudgingManner
  let resolver: QueryResolver

  package init(
    name: String, version: String, schema: Schema, limits: PolicyLimits, annotations: Set<String>,
    missingSelect: MissingSelect = .inject, preferences: Set<String> = Policy.knownPreferences,
    ignoredHeaders: Set<String> = [], metadata: Set<MetadataDocument> = Set(MetadataDocument.allCases),
    optionalTables: Set<String> = [],
    settings: [String: RuleSetting] = [:], tables: [TableRule], scopes: [ScopeRule]
  ) {
    self.name = name
    self.version = version
    self.schema = schema
    self.limits = limits
    self.annotations = annotations
    self.missingSelect = missingSelect
    self.preferences = preferences
    self.ignoredHeaders = ignoredHeaders
    self.metadata = metadata
    self.optionalTables = optionalTables
    self.settings = settings
    self.tables = tables
    self.scopes = scopes
    scopeIndex = NameIndex(scopes.map(\.name))
    manner = JudgingManner(settings: settings, annotations: annotations, missingSelect: missingSelect)
    resolver = QueryResolver(schema: schema)
  }

  /// Whether a rule says what is slow or misleading (`DV101` and on), not what is refused.
  static func isAdvice(_ rule: String) -> Bool { rule.hasPrefix("DV") && !rule.hasPrefix("DV0") }

  /// Tables whose columns follow from the tenant's own data, so that a policy may declare some.
  package static let tenantTables: Set<String> = ["msdynci_customerprofile", "msdynci_unifiedcontactprofile"]

  /// Preferences that mean something to a read.
  package static let knownPreferences: Set<String> = ["odata.maxpagesize", "odata.include-annotations"]

  /// The scope of this name.
  package func scope(_ name: String) -> ScopeRule? { scopeIndex[name].map { scopes[$0] } }

  /// Compiles a policy.
  /// - Parameters:
  ///   - text: YAML, at most 1 MiB.
  ///   - file: name for messages.
  ///   - schema: what the organization has, or the built-in tables.
  /// - Throws: everything that is wrong with it.
  package static func load(text: String, file: String, schema: Schema) throws(DiagnosticList) -> Policy {
    var compilation = Compilation(document: try YAMLDocument(text: text, file: file), schema: schema)
    return try compilation.run(version: fingerprint(of: text))
  }

  /// Changes with the text of a file and with the meaning that this program gives to such files.
  package static func fingerprint(of text: String) -> String {
    let digest = SHA256.hash(data: Array("sluice policy 3\n\(text)".utf8))
    return digest.prefix(8).map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0\(digits)" : digits
    }.joined()
  }
}
