import Dataverse
import Policy

/// A legacy entity as a scope of the policy lets it be known.
struct DescribedEntity {
  /// As answers spell it.
  var name: String
  /// A word of the old API, with a small letter first.
  var type: String
  var attributes: [Attribute]
  /// Name of the attribute that names a row.
  var key: String?
  /// Whether rows may be read.
  var isReadable: Bool

  struct Attribute {
    var name: String
    /// A primitive type of CSDL.
    var type: String
    /// `$search` looks through it, and is not refused.
    var isSearchable: Bool
    var isFilterable: Bool
    var isSortable: Bool
  }

  /// - Parameters:
  ///   - entity: narrowed to what the scope may know.
  ///   - type: where it is not that of the entity's table.
  /// - Returns: `nil` when the scope has nothing of it.
  init?(_ entity: LegacyEntity, name: String? = nil, type: String? = nil, scope: ScopeRule) {
    guard let rule = scope.table(named: entity.table.logicalName) else { return nil }
    self.name = name ?? entity.name
    self.type = type ?? DescribedEntity.types[entity.table.logicalName] ?? "unspecified"
    let searches =
      entity.hasWholeSearch && rule.options.contains(.filter)
      && entity.searched.allSatisfy { rule.column($0)?.operations[.text(.contains)] != nil }
    attributes = entity.table.columns.compactMap { column in
      guard let name = entity.columns[column.propertyName], let use = rule.column(column.propertyName) else {
        return nil
      }
      let isSearchable = searches && entity.searched.contains(column.propertyName)
      let attribute = Attribute(
        name: name, type: column.type.primitiveType, isSearchable: isSearchable,
        isFilterable: use.isFilterable && rule.options.contains(.filter),
        isSortable: use.isOrderable && rule.options.contains(.orderby))
      return use.isSelectable || attribute.isFilterable || attribute.isSortable ? attribute : nil
    }
    let names = Set(attributes.map(\.name))
    key = entity.key.flatMap { entity.columns[$0] }.flatMap { names.contains($0) ? $0 : nil }
    isReadable = !rule.selectable.isEmpty
    guard isReadable || !attributes.isEmpty else { return nil }
  }

  /// What the old API called the entities whose rows a table has.
  private static let types = [
    "msdynci_customerprofile": "profile", "msdynci_unifiedcontactprofile": "profile",
    "msdynci_contactprofile": "profile", "msdynci_unifiedactivity": "unifiedActivity",
    "msdynci_customermeasure": "profileKpi", "msdynci_enrichment": "enrichment",
    "msdynci_prediction": "intelligence", "msdynci_segmentmembership": "segmentMembership",
  ]
}

extension LegacyMapping {
  /// Entities and segments, in the order of the mapping, as far as a scope has them.
  func described(for scope: ScopeRule) -> [DescribedEntity] {
    let own = entityNames.compactMap { name in entity(name).flatMap { DescribedEntity($0, scope: scope) } }
    return own + (segments?.names ?? []).compactMap { described(segment: $0, for: scope) }
  }

  /// The one with this name, in any case.
  func described(_ name: String, for scope: ScopeRule) -> DescribedEntity? {
    if let entity = entity(name) { return DescribedEntity(entity, scope: scope) }
    return segments?.name(name).flatMap { described(segment: $0, for: scope) }
  }

  private func described(segment: String, for scope: ScopeRule) -> DescribedEntity? {
    guard let segments, let entity = entity(segments.entity), scope.table(named: segments.table.logicalName) != nil
    else { return nil }
    return DescribedEntity(entity, name: segment, type: "segment", scope: scope)
  }
}
