import Dataverse
import JSONStream
import Policy

/// The service document (OData JSON Format 4.0, section 5).
enum ServiceDocument {
  /// - Parameter root: the service root on our side.
  static func render(_ scope: ServedScope, root: String) -> [UInt8] {
    var out = JSONWriter()
    out.beginObject()
    out.name("@odata.context")
    out.string("\(root)$metadata")
    out.name("value")
    out.beginArray()
    for table in scope.tables where table.isListed {
      out.beginObject()
      out.name("name")
      out.string(table.table.entitySetName)
      out.name("kind")
      out.string("EntitySet")
      out.name("url")
      out.string(table.table.entitySetName)
      out.endObject()
    }
    out.endArray()
    out.endObject()
    return out.take()
  }
}
