/// Documents about tables that the gateway answers from a scope; each shows what the scope may use and nothing else.
package enum MetadataDocument: String, Sendable, Hashable, CaseIterable {
  /// The service document (OData Protocol 4.0, section 11.1.1): the service root itself.
  case service
  /// CSDL (OData Protocol 4.0, section 11.1.2).
  case csdl = "$metadata"
  /// Dataverse's own definitions of tables and columns.
  case definitions = "EntityDefinitions"
}
