package import Policy

/// A document about tables and columns that the gateway answers itself; nothing of it comes from the upstream.
package struct MetadataAnswer: Sendable, Hashable {
  /// Of `body`, as it goes into `Content-Type`.
  package var contentType: String
  /// UTF-8.
  package var body: [UInt8]
  /// Which whole document of the scope this is: the same bytes every time, as long as the planner is the same. `nil` for
  /// an answer that depends on the query as well.
  package var document: MetadataDocument?

  /// Whose client it is for.
  package var dialect = Dialect.dataverse

  /// As ``Plan/successor``.
  package var successor: String?

  /// Of management reads, which have no envelope of OData.
  static let bareJSON = "application/json; charset=utf-8"
  static let json = "application/json; odata.metadata=minimal; charset=utf-8"
  static let xml = "application/xml"
}
