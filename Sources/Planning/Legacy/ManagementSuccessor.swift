package import CustomerInsights
import Dataverse

/// The Dataverse requests that replace those operations of the legacy API that take no row: its metadata.
package enum ManagementSuccessor {
  /// - Parameter mapping: what may be told of; narrowed where not everybody may know everything.
  /// - Returns: what stands behind the service root; `nil` for what Dataverse has nothing of, and for operations that are
  ///   answered from rows.
  package static func query(of call: LegacyCall, _ mapping: LegacyMapping) -> String? {
    switch call.answer {
    case .entities: "EntityDefinitions?$select=LogicalName,EntitySetName,DisplayName"
    case .entity:
      call.arguments.first.flatMap { table(of: $0, mapping) }.map {
        "EntityDefinitions(LogicalName='\($0)')/Attributes?$select=LogicalName,AttributeType,DisplayName"
      }
    case .dataService: ""
    case .dataModel: "$metadata"
    case .instances, .instance, .searchConfiguration, .role, .storeState, .keyring, .entitySize, .segments, .absent,
      .write:
      nil
    }
  }

  /// That whose rows an entity has, or a segment that is read as one.
  private static func table(of name: String, _ mapping: LegacyMapping) -> String? {
    if let entity = mapping.entity(name) { return entity.table.logicalName }
    guard let segments = mapping.segments, segments.name(name) != nil else { return nil }
    return mapping.entity(segments.entity)?.table.logicalName
  }
}
