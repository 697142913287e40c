import Dataverse

extension LegacyEntity {
  /// The entity with what a schema has of it; `nil` without the table or a column of its conditions.
  func narrowed(to schema: Schema) -> LegacyEntity? {
    guard let known = schema.table(named: table.logicalName),
      conditions.allSatisfy({ known.column($0.column) != nil })
    else { return nil }
    var entity = self
    entity.table = known
    entity.unfold = unfold.flatMap { known.column($0)?.propertyName }
    entity.key = key.flatMap { known.column($0)?.propertyName }
    entity.columns = columns.filter { known.column($0.key) != nil }
    entity.properties = properties.filter { known.column($0.value) != nil }
    entity.searched = searched.filter { known.column($0) != nil }
    entity.hasWholeSearch = entity.searched.count == searched.count
    entity.expansions = expansions.filter { known.column($0.from) != nil }
    return entity
  }
}

extension SegmentMapping {
  func narrowed(to schema: Schema) -> SegmentMapping? {
    guard let known = schema.table(named: table.logicalName), known.column(customer) != nil, known.column(list) != nil
    else { return nil }
    var segments = self
    segments.table = known
    segments.row = row.flatMap { known.column($0)?.propertyName }
    return segments
  }
}

extension KeyringMapping {
  func narrowed(to schema: Schema) -> KeyringMapping? {
    guard let known = schema.table(named: table.logicalName),
      [dataSource, entity, key, customer, ring].allSatisfy({ known.column($0) != nil })
    else { return nil }
    var keyring = self
    keyring.table = known
    return keyring
  }
}
