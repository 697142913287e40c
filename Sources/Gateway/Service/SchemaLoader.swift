import Cache
import Dataverse
import Logging
import Upstream
import YAMLFile

/// Learns the columns of the organization's tables at start: a tenant's profile attributes and the legacy spelling of
/// every column (its DisplayName) are in no document. What was learned is kept beside the cache, so that a restart
/// without the organization still knows it; without either, the built-in tables serve. Tables that not every organization
/// has are left out where this one does not.
struct SchemaLoader {
  private static let storedName = "schema-attributes"

  var fetcher: Fetcher
  var cache: AnswerCache<RenderedAnswer>
  /// What is stored is stored under it: another organization has other columns.
  var organization: String
  var log: Logger

  /// The schema that a file of `sluice metadata pull`, or `$metadata` as it came, tells.
  /// - Throws: why the file cannot be read.
  static func schema(ofFile path: String) throws(DiagnosticList) -> Schema {
    do throws(SchemaFile.Failure) {
      return try SchemaFile.load(path: path).schema
    } catch {
      let place = "\(path): "
      let message =
        error.description.hasPrefix(place) ? String(error.description.dropFirst(place.count)) : error.description
      throw DiagnosticList(
        [
          Diagnostic(
            file: path, line: 0, column: 0, path: "schema", message: message,
            help: "Write the file with `sluice metadata pull`.")
        ], source: nil)
    }
  }

  func load() async -> Schema {
    var schema = Schema.customerInsights(profileColumns: [])
    // One failure is enough to know that the organization does not answer: no start waits for it once per table.
    var reachable = true
    for table in schema.tables {
      let name = "\(SchemaLoader.storedName)/\(organization)/\(table.logicalName)"
      let fresh = reachable ? await attributes(of: table) : nil
      reachable = fresh != nil
      let bytes: [UInt8]
      if let fresh {
        bytes = fresh
      } else if let stored = await stored(name) {
        log.warning("table definition from an earlier start", metadata: ["table": "\(table.logicalName)"])
        bytes = stored
      } else {
        log.warning("table definition is the built-in one", metadata: ["table": "\(table.logicalName)"])
        continue
      }
      do {
        // Nothing stands for a table that is not there.
        guard !bytes.isEmpty else {
          schema = Schema(tables: schema.tables.filter { $0.logicalName != table.logicalName })
          if fresh != nil { try await cache.setMetadata(name, bytes) }
          continue
        }
        let columns = try EntityDefinitions.columns(of: bytes)
        schema = schema.replacingColumns(ofTable: table.logicalName, with: columns)
        if fresh != nil { try await cache.setMetadata(name, bytes) }
      } catch {
        log.warning(
          "table definition not understood", metadata: ["table": "\(table.logicalName)", "detail": "\(error)"])
      }
    }
    return schema
  }

  private func stored(_ name: String) async -> [UInt8]? {
    do {
      return try await cache.metadata(name)
    } catch {
      log.warning("stored table definition not readable", metadata: ["detail": "\(error)"])
      return nil
    }
  }

  /// `nil` when the organization does not give it; the fetcher has reported why. Nothing for a table that it does not
  /// have and need not.
  private func attributes(of table: Table) async -> [UInt8]? {
    do {
      return try await fetcher.metadata(
        "/api/data/v9.2/EntityDefinitions(LogicalName='\(table.logicalName)')/Attributes"
          + "?$select=LogicalName,AttributeType,AttributeOf,DisplayName")
    } catch let failure as FetchFailure {
      return failure.status == 404 && Schema.optionalTables.contains(table.logicalName) ? [] : nil
    } catch {
      return nil
    }
  }
}
