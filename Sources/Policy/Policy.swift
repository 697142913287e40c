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
  /// Everything that any scope may do, in the order of the file.
  package let tables: [TableRule]
  /// Names of the scopes, in the order of the file.
  package let scopeNames: [String]
  /// Tables by entity set, for each scope.
  private let scopes: [String: [String: TableRule]]
  let resolver: QueryResolver

  init(
    name: String, version: String, schema: Schema, limits: PolicyLimits, annotations: Set<String>, tables: [TableRule],
    scopes: [(name: String, tables: [TableRule])]
  ) {
    self.name = name
    self.version = version
    self.schema = schema
    self.limits = limits
    self.annotations = annotations
    self.tables = tables
    scopeNames = scopes.map(\.name)
    self.scopes = Dictionary(
      scopes.map { scope in
        let bySet = scope.tables.map { ($0.table.entitySetName, $0) }
        return (scope.name, Dictionary(bySet, uniquingKeysWith: { first, _ in first }))
      }, uniquingKeysWith: { first, _ in first })
    resolver = QueryResolver(schema: schema)
  }

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

  /// The tables of a scope, by entity set; `nil` when there is no such scope.
  package func tables(inScope name: String) -> [String: TableRule]? { scopes[name] }

  /// Changes with the text of a file and with the meaning that this program gives to such files.
  package static func fingerprint(of text: String) -> String {
    let digest = SHA256.hash(data: Array("sluice policy 1\n\(text)".utf8))
    return digest.prefix(8).map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0\(digits)" : digits
    }.joined()
  }
}
