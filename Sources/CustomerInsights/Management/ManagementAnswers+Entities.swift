import JSONStream

/// Entities and their attributes.
extension ManagementAnswers {
  /// `GET …/manage/entities`: `IC360EntityModel`.
  package func entities(instanceID: String) -> [UInt8] {
    var out = JSONWriter()
    out.beginObject()
    out.member("instanceId", instanceID)
    out.nulls(["dataflowId", "datasourceId"])
    out.member("dataflowType", words.word("unknown"))
    out.name("entities")
    out.beginArray()
    for entity in mapping.described(for: scope) { write(entity, &out) }
    out.endArray()
    out.endObject()
    return out.take()
  }

  /// `GET …/manage/entities/{name}`: `IEntityMetadata`.
  /// - Throws: 404 for a name that the scope does not have, whether or not the mapping has it.
  package func entity(_ name: String) throws(LegacyError) -> [UInt8] {
    var out = JSONWriter()
    write(try described(name), &out)
    return out.take()
  }

  /// The entity's name as answers spell it.
  /// - Throws: 404 as above.
  package func entityName(_ name: String) throws(LegacyError) -> String { try described(name).name }

  private func described(_ name: String) throws(LegacyError) -> DescribedEntity {
    if let entity = mapping.described(name, for: scope) { return entity }
    throw LegacyError(
      status: 404, errorCode: "entityNotFound", message: "No entity of this name is served.",
      remedy: "…/manage/entities lists those that are.", style: .apiErrorResult)
  }

  /// `GET …/manage/search`: `InstanceSearchConfiguration`. What `$search` looks through is the mapping's to say.
  package func searchConfiguration(instanceID: String) -> [UInt8] {
    var out = JSONWriter()
    out.beginObject()
    out.name("entityConfig")
    out.beginArray()
    for entity in mapping.described(for: scope) where entity.attributes.contains(where: \.isSearchable) {
      out.beginObject()
      out.member("qualifiedEntityName", entity.name)
      out.name("attributes")
      out.beginArray()
      for attribute in entity.attributes where attribute.isSearchable {
        out.beginObject()
        out.member("name", attribute.name)
        out.name("properties")
        properties(attribute, &out)
        out.endObject()
      }
      out.endArray()
      out.endObject()
    }
    out.endArray()
    out.member("isSystemGenerated", true)
    out.member("instanceId", instanceID)
    out.endObject()
    return out.take()
  }

  /// `GET …/data`: the service document (OData JSON Format 4.0, section 5) of the entities whose rows may be read.
  /// - Parameter root: what links to data begin with.
  package func dataService(root: String) -> [UInt8] {
    var out = JSONWriter()
    out.beginObject()
    out.member("@odata.context", "\(root)$metadata")
    out.name("value")
    out.beginArray()
    for entity in mapping.described(for: scope) where entity.isReadable {
      out.beginObject()
      out.member("name", entity.name)
      out.member("kind", "EntitySet")
      out.member("url", entity.name)
      out.endObject()
    }
    out.endArray()
    out.endObject()
    return out.take()
  }

  private func write(_ entity: DescribedEntity, _ out: inout JSONWriter) {
    out.beginObject()
    out.member("name", entity.name)
    out.member("qualifiedEntityName", entity.name)
    out.nulls(["dataSourceName", "datasourceId"])
    out.member("entityType", words.word(entity.type))
    out.name("attributes")
    out.beginArray()
    for attribute in entity.attributes { write(attribute, &out) }
    out.endArray()
    out.name("keys")
    out.beginArray()
    if let key = entity.attributes.first(where: { $0.name == entity.key }) {
      out.beginArray()
      write(key, &out)
      out.endArray()
    }
    out.endArray()
    out.nulls(["relationships", "timestampAttribute", "semanticType", "refreshTime", "partitions"])
    out.endObject()
  }

  private func write(_ attribute: DescribedEntity.Attribute, _ out: inout JSONWriter) {
    out.beginObject()
    out.member("name", attribute.name)
    out.member("friendlyName", attribute.name)
    out.member("baseName", attribute.name)
    out.member("dataType", attribute.type)
    out.nulls(["semanticType"])
    out.name("searchProperties")
    properties(attribute, &out)
    out.endObject()
  }

  private func properties(_ attribute: DescribedEntity.Attribute, _ out: inout JSONWriter) {
    out.beginObject()
    out.member("isSearchable", attribute.isSearchable)
    out.member("isFilterable", attribute.isFilterable)
    out.member("isFacetable", false)
    out.member("isSortable", attribute.isSortable)
    out.nulls(["facetSpecification"])
    out.endObject()
  }
}
