package import Dataverse
import Policy
package import YAMLFile

/// Which legacy entities are served, what their rows come from and how their columns are named: a file like
/// `policies/mappings/customer-insights.yaml`, which describes its language. Immutable; a reload makes a new value.
package struct LegacyMapping: Sendable {
  private let entities: [String: LegacyEntity]
  /// Changes with the file: what rows show depends on it.
  package let version: String
  /// As the file spells them, in its order; segments are not among them.
  package let entityNames: [String]
  /// `nil` where segments are not served.
  package let segments: SegmentMapping?
  /// `nil` where the operation `profile/keyring` is not served.
  package let keyring: KeyringMapping?
  /// What one request may cost; the policy of a scope may lower some of it.
  package private(set) var limits: LegacyPlanLimits
  /// What becomes of wildcards in the text of conditions.
  package let wildcards: Wildcards
  /// Whether management reads look into the private tables (`mscipriv_…`).
  package let privateMetadata: Bool

  /// The entity with this name in any case.
  package func entity(_ name: String) -> LegacyEntity? { entities[name.lowercased()] }

  /// The same with other limits.
  package func with(limits: LegacyPlanLimits) -> LegacyMapping {
    var copy = self
    copy.limits = limits
    return copy
  }

  /// The mapping as far as `schema` has what is behind it: what is told to callers who may know no more. Entities are left
  /// out without their table or the columns of their conditions, and properties without their column.
  package func narrowed(to schema: Schema) -> LegacyMapping {
    let known: [LegacyEntity] = entityNames.compactMap { entity($0)?.narrowed(to: schema) }
    let kept = known.map { entity in
      var entity = entity
      entity.expansions.removeAll { way in
        known.first { $0.name == way.entity }?.table.column(way.column) == nil
      }
      return entity
    }
    return LegacyMapping(
      entities: Dictionary(kept.map { ($0.name.lowercased(), $0) }, uniquingKeysWith: { first, _ in first }),
      version: version, entityNames: kept.map(\.name),
      segments: segments.flatMap { segments in
        kept.contains { $0.name == segments.entity } ? segments.narrowed(to: schema) : nil
      }, keyring: keyring?.narrowed(to: schema), limits: limits, wildcards: wildcards, privateMetadata: privateMetadata)
  }

  /// The mapping for a caller who may know no more than `schema` has, where one entity's rows are unfolded from JSON: names
  /// of its columns that the schema lacks are then taken for members, as any other name is.
  /// - Returns: `nil` where that changes nothing.
  package func takingForMembers(namesOutside schema: Schema, in name: String?) -> LegacyMapping? {
    guard let name, var entity = entity(name), entity.unfold != nil else { return nil }
    let known = schema.table(named: entity.table.logicalName)
    let kept = entity.properties.filter { known?.column($0.value) != nil }
    guard kept.count < entity.properties.count else { return nil }
    entity.properties = kept
    var all = entities
    all[name.lowercased()] = entity
    return LegacyMapping(
      entities: all, version: version, entityNames: entityNames, segments: segments, keyring: keyring, limits: limits,
      wildcards: wildcards, privateMetadata: privateMetadata)
  }

  /// Reads a mapping and looks at it in the light of a schema.
  /// - Parameters:
  ///   - text: YAML, at most 1 MiB.
  ///   - file: name for messages.
  ///   - schema: what the organization has; parts of the file that say `optional` are left out without their tables.
  ///   - leavesOutAbsent: every part does, whether it says so or not: for the mapping that nobody chose.
  /// - Throws: everything that is wrong with the file, tables and columns that the schema lacks included.
  package static func load(
    text: String, file: String, schema: Schema, leavesOutAbsent: Bool = false
  ) throws(DiagnosticList) -> LegacyMapping {
    let reader = YAMLReader(try YAMLDocument(text: text, file: file))
    let loader = MappingLoader(reader: reader, schema: schema, leavesOutAbsent: leavesOutAbsent)
    loader.read()
    try reader.finish()
    return LegacyMapping(
      entities: Dictionary(
        loader.entities.map { ($0.name.lowercased(), $0) }, uniquingKeysWith: { first, _ in first }),
      version: Policy.fingerprint(of: text), entityNames: loader.entities.map(\.name), segments: loader.segments,
      keyring: loader.keyring, limits: loader.limits, wildcards: loader.wildcards,
      privateMetadata: loader.privateMetadata)
  }
}
