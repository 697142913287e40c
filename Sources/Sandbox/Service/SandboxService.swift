import Dataverse
import ODataURL
import SQLite
import Synchronization

/// Requests in, answers out; the HTTP around them is ``SandboxConnection``'s.
struct SandboxRequest: Sendable {
  var method: String
  var target: String
  var prefer: [String]
  var ifNoneMatch: String?
  /// A header field that tunnels another method.
  var tunnels: Bool
}

struct SandboxAnswer: Sendable {
  var status: Int
  var contentType = "application/json; odata.metadata=minimal"
  var body: [UInt8]
  var etag: String?
  var preferenceApplied: String?
  /// OData errors and answers carry `OData-Version`.
  var isOData = true

  init(status: Int = 200, body: [UInt8]) {
    self.status = status
    self.body = body
  }

  init(_ error: DataverseError) {
    status = error.status
    body = error.body()
  }
}

/// What a sandbox has seen.
package struct SandboxStatistics: Sendable, Hashable {
  /// Reads below the service root, metadata included.
  package var requests = 0
  /// Writes that were refused: a gateway in front must keep this at zero.
  package var writesRefused = 0
  /// Reads of rows, by entity set.
  package var reads: [String: Int] = [:]
  /// Request lines, the last ``kept`` of them.
  package var lines: [String] = []

  static let kept = 200
}

/// The organization behind the sandbox's HTTP.
final class SandboxService: Sendable {
  private let schema: Schema
  private let samples: SandboxSamples
  private let database: DatabaseThread<Connection>
  private let state = Mutex(SandboxStatistics())
  private let parser: Parser

  /// Builds the data; takes a second or two for the usual size.
  init(_ configuration: SandboxConfiguration) throws {
    let schema = Schema.customerInsights(profileColumns: Schema.sampleProfileColumns)
    self.schema = schema
    samples = SandboxSamples.from(configuration)
    parser = Parser(settings: .dataverse.onLargeStacks)
    database = try DatabaseThread(name: "sandbox") {
      let connection = try Connection(path: configuration.database)
      try SandboxService.prepare(connection)
      if configuration.database != ":memory:" { try SandboxService.clear(connection, schema) }
      try SandboxSeeder(configuration: configuration, schema: schema, connection: connection).run()
      return connection
    }
  }

  private static func prepare(_ connection: Connection) throws {
    try connection.createFunction("fold", argumentCount: 1, deterministic: true) { arguments in
      guard case .text(let text)? = arguments.first else { return .null }
      return .text(TextFolding.folded(text))
    }
    // The pattern of a query is the same for all its rows: parsed once, kept for the next row.
    let last = LastPattern()
    try connection.createFunction("wildcard", argumentCount: 2, deterministic: true) { arguments in
      guard arguments.count == 2, case .text(let text) = arguments[0], case .text(let pattern) = arguments[1] else {
        return .null
      }
      return .integer(last.matches(text, pattern) ? 1 : 0)
    }
  }

  private static func clear(_ connection: Connection, _ schema: Schema) throws {
    for table in schema.tables {
      try connection.execute("DROP TABLE IF EXISTS \(SandboxTables.quoted(table.logicalName))")
    }
  }

  var statistics: SandboxStatistics { state.withLock { $0 } }

  func stop() async { await database.stop() }

  /// - Parameter origin: scheme, host and port of links.
  func answer(_ request: SandboxRequest, origin: String) async -> SandboxAnswer {
    let path = request.target.prefix { $0 != "?" }
    guard request.method == "GET" || request.method == "HEAD", !request.tunnels else { return refuseWrite(request) }
    switch path {
    case "/sandbox/statistics": return plain(statisticsBody())
    case "/sandbox/samples": return plain(samplesBody())
    default: break
    }
    state.withLock { state in
      state.requests += 1
      state.lines.append("\(request.method) \(request.target)")
      if state.lines.count > SandboxStatistics.kept { state.lines.removeFirst() }
    }
    guard request.target.utf8.count <= 32_768 else {
      return SandboxAnswer(DataverseError(status: 414, code: "", message: "The request URI is too long."))
    }
    let roots = ["/api/data/v9.0/", "/api/data/v9.1/", "/api/data/v9.2/"]
    guard let root = roots.first(where: { request.target.hasPrefix($0) }) else {
      return SandboxAnswer(SandboxRefusal.unknownSegment(String(path.prefix(64))))
    }
    do {
      let uri = try parser.relativeURI(String(request.target.dropFirst(root.count)))
      return try await answer(request, uri, origin)
    } catch let error as SyntaxError {
      return SandboxAnswer(SandboxRefusal.bad("Syntax error: \(error.message)"))
    } catch let error as DataverseError {
      return SandboxAnswer(error)
    } catch {
      return SandboxAnswer(DataverseError(status: 500, code: "0x80040216", message: "An unexpected error occurred."))
    }
  }

  private func refuseWrite(_ request: SandboxRequest) -> SandboxAnswer {
    let path = request.target.prefix { $0 != "?" }
    state.withLock { $0.writesRefused += 1 }
    Report.line("sandbox: REFUSED A WRITE: \(request.method) \(path.prefix(200))")
    return SandboxAnswer(
      DataverseError(
        status: 405, code: "0x8006088a", message: "The sandbox refuses every write; this one has been counted."))
  }

  private func answer(_ request: SandboxRequest, _ uri: RelativeURI, _ origin: String) async throws -> SandboxAnswer {
    guard let first = uri.path.first else {
      return SandboxAnswer(body: SandboxMetadata.serviceDocument(schema, origin: origin))
    }
    switch first.kind {
    case .keyword("$metadata") where uri.path.count == 1:
      var answer = SandboxAnswer(body: SandboxMetadata.csdl(schema))
      answer.contentType = "application/xml"
      return answer
    case .name("EntityDefinitions", _):
      return SandboxAnswer(body: try SandboxMetadata.definitions(uri, schema: schema, origin: origin))
    case .name(let name, let keys):
      guard let table = schema.table(entitySet: name) else { throw SandboxRefusal.unknownSegment(name) }
      return try await rows(request, uri, table, keys, origin)
    case .function(let name, _, _), .qualified(let name, _): throw SandboxRefusal.unknownSegment(name)
    case .keyword(let word), .key(let word): throw SandboxRefusal.unknownSegment(word)
    case .context: throw SandboxRefusal.unknownSegment("#")
    case .crossjoin: throw SandboxRefusal.unknownSegment("$crossjoin")
    case .filter: throw SandboxRefusal.unknownSegment("$filter")
    }
  }

  private func rows(
    _ request: SandboxRequest, _ uri: RelativeURI, _ table: Table, _ keys: KeyPredicate?, _ origin: String
  ) async throws -> SandboxAnswer {
    state.withLock { $0.reads[table.entitySetName, default: 0] += 1 }
    if uri.path.count == 2, let keys, case .name(let step, keys: nil) = uri.path[1].kind,
      table.navigation(step) != nil
    {
      return try await rows(
        request, uri, behind: try SandboxService.key(keys, table), of: table,
        try SandboxLink(step, of: table, schema: schema), origin)
    }
    let query = try RowQuery(
      table: table, schema: schema, options: uri.options, preferences: SandboxPreferences(request.prefer),
      origin: origin,
      target: request.target)
    if uri.path.count == 2, keys == nil, case .keyword("$count") = uri.path[1].kind {
      var answer = SandboxAnswer(body: try await database.run { try query.count($0) })
      answer.contentType = "text/plain"
      return answer
    }
    guard uri.path.count == 1 else { throw SandboxRefusal.unsupported("Paths below rows are not part of the sandbox.") }
    guard let keys else {
      let page = try await database.run { try query.page($0) }
      return SandboxService.answer(page)
    }
    let key = try SandboxService.key(keys, table)
    let page = try await database.run { try query.row($0, key: key) }
    // Without annotations a tag that matches is enough (conditional retrieval); the word `null` is no tag.
    if let etag = page.etag, request.ifNoneMatch == etag, SandboxPreferences(request.prefer).annotations.isEmpty {
      var answer = SandboxAnswer(status: 304, body: [])
      answer.etag = etag
      return answer
    }
    return SandboxService.answer(page)
  }

  /// `set(key)/navigation`
  private func rows(
    _ request: SandboxRequest, _ uri: RelativeURI, behind key: String, of table: Table, _ link: SandboxLink,
    _ origin: String
  ) async throws -> SandboxAnswer {
    let preferences = SandboxPreferences(request.prefer)
    let value = try await database.run { connection -> String? in
      let statement = try connection.prepare(
        "SELECT \(SandboxTables.quoted(link.source.propertyName)) FROM \(SandboxTables.quoted(table.logicalName)) WHERE "
          + "\(SandboxTables.quoted(table.primaryKey)) = ?")
      try statement.bind([.text(key)])
      guard try statement.step() else { throw SandboxRefusal.noRow }
      return statement.isNull(0) ? nil : statement.text(0)
    }
    // OData 4.0, part 1, section 11.2.6: a single-valued navigation property that leads nowhere has no content.
    guard let value else { return SandboxAnswer(status: 204, body: []) }
    let isCollection = link.navigation.isCollection
    let query = try RowQuery(
      table: link.target, schema: schema, options: uri.options, preferences: preferences, origin: origin,
      target: request.target, behind: isCollection ? (link.column, value) : nil)
    let page = try await database.run { connection in
      isCollection ? try query.page(connection) : try query.row(connection, key: value)
    }
    return SandboxService.answer(page)
  }

  private static func answer(_ page: RowQuery.Page) -> SandboxAnswer {
    var answer = SandboxAnswer(body: page.body)
    answer.etag = page.etag
    answer.preferenceApplied = page.preferenceApplied
    return answer
  }

  private static func key(_ keys: KeyPredicate, _ table: Table) throws(DataverseError) -> String {
    let value: Expression
    switch keys {
    case .single(let single): value = single
    case .compound(let arguments):
      guard let argument = arguments.first(where: { $0.name == table.primaryKey }),
        arguments.allSatisfy({ $0.name == table.primaryKey || $0.name == "partitionid" })
      else { throw SandboxRefusal.bad("The key is not one of the table's keys.") }
      value = argument.value
    }
    guard case .literal(.guid(let guid)) = value[value.root] else {
      throw SandboxRefusal.bad("The key must be a GUID without quotes.")
    }
    return SandboxValues.text(guid)
  }

  // MARK: Own endpoints

  private func plain(_ body: String) -> SandboxAnswer {
    var answer = SandboxAnswer(body: Array(body.utf8))
    answer.contentType = "application/json"
    answer.isOData = false
    return answer
  }

  private func statisticsBody() -> String {
    let seen = statistics
    let reads = seen.reads.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",")
    let lines = seen.lines.map { String(decoding: SandboxJSON.string($0), as: UTF8.self) }.joined(separator: ",")
    return
      "{\"requests\":\(seen.requests),\"writesRefused\":\(seen.writesRefused),\"reads\":{\(reads)},\"lines\":[\(lines)]}"
  }

  private func samplesBody() -> String {
    let values = [
      ("instanceID", samples.instanceID), ("customerID", samples.customerID),
      ("secondCustomerID", samples.secondCustomerID), ("alternateKeyColumn", samples.alternateKeyColumn),
      ("alternateKeyValue", samples.alternateKeyValue), ("secondAlternateKeyValue", samples.secondAlternateKeyValue),
      ("lastName", samples.lastName), ("segmentName", samples.segmentName), ("activityType", samples.activityType),
      ("activityTypeDisplay", samples.activityTypeDisplay), ("model", samples.model),
      ("modelProvider", samples.modelProvider),
    ]
    let members = values.map { "\"\($0.0)\":\(String(decoding: SandboxJSON.string($0.1), as: UTF8.self))" }
    return "{\(members.joined(separator: ","))}"
  }
}

/// Confined to the database thread, which runs the function that owns it.
private final class LastPattern {
  private var text = ""
  private var pattern = WildcardPattern("")

  func matches(_ value: String, _ text: String) -> Bool {
    if text != self.text {
      self.text = text
      pattern = WildcardPattern(text)
    }
    return pattern.matches(TextFolding.folded(value))
  }
}
