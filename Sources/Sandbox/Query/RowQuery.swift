import Dataverse
import ODataURL
import SQLite

/// A read of rows: checked against what the service takes, compiled, run, and written as the service writes it.
struct RowQuery {
  private let table: Table
  private let schema: Schema
  private let options: QueryOptions
  private let aliases: [String: Expression]
  private let preferences: SandboxPreferences
  private let origin: String
  /// As the client sent it, for the next link.
  private let target: String
  /// Only rows behind another row: those whose column of this property name has this value.
  private let behind: (column: String, value: String)?

  struct Page {
    var body: [UInt8]
    /// Of a single row.
    var etag: String?
    var preferenceApplied: String?
  }

  init(
    table: Table, schema: Schema, options: QueryOptions, preferences: SandboxPreferences, origin: String,
    target: String,
    behind: (column: String, value: String)? = nil
  ) throws(DataverseError) {
    self.table = table
    self.schema = schema
    self.behind = behind
    self.options = options
    self.preferences = preferences
    self.origin = origin
    self.target = target
    aliases = Dictionary(options.aliases.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    try RowQuery.refuse(options)
  }

  private static func refuse(_ options: QueryOptions) throws(DataverseError) {
    if options.skip != nil { throw SandboxRefusal.unsupported("Skip Clause is not supported in CRM") }
    if options.search != nil { throw SandboxRefusal.unsupported("Search Clause is not supported in CRM") }
    if options.format != nil { throw SandboxRefusal.bad("The query option '$format' is not supported.") }
    if options.deltatoken != nil { throw SandboxRefusal.bad("Change tracking is not part of the sandbox.") }
    if let name = options.compute.map({ _ in "$compute" }) ?? options.unparsed.first?.name {
      throw SandboxRefusal.unsupported("The query option '\(name)' is not supported.")
    }
    if let custom = options.custom.first {
      // `fetchXml`, `savedQuery` and the like would be taken by the service; the sandbox has no such engine.
      let isKnown = ["fetchXml", "savedQuery", "userQuery"].contains(custom.name)
      throw isKnown
        ? SandboxRefusal.unsupported("'\(custom.name)' is not part of the sandbox.")
        : SandboxRefusal.bad("The query parameter '\(custom.name)' is not supported.")
    }
    if let apply = options.apply {
      let others: [Any?] = [
        options.select, options.filter, options.orderby, options.top, options.count, options.expand, options.skiptoken,
      ]
      guard others.allSatisfy({ $0 == nil }), !apply.value.isEmpty else {
        throw SandboxRefusal.unsupported("$apply with other query options is not part of the sandbox.")
      }
    }
    if let expand = options.expand {
      guard Expansion.count(expand.value) <= Expansion.limit else {
        throw SandboxRefusal.bad("More than \(Expansion.limit) $expand options are not supported.")
      }
      try Expansion.refuse(expand.value, isNested: false)
    }
  }

  // MARK: Running

  func count(_ connection: Connection) throws -> [UInt8] {
    let filter = try condition()
    let statement = try connection.prepare(
      "SELECT count(*) FROM (SELECT 1 FROM \(SandboxTables.quoted(table.logicalName))\(filter.text) LIMIT ?)")
    try statement.bind(filter.values + [.integer(Int64(table.pageSize))])
    _ = try statement.step()
    return [0xEF, 0xBB, 0xBF] + String(statement.integer(0)).utf8
  }

  /// One row by its key.
  func row(_ connection: Connection, key: String) throws -> Page {
    if options.filter != nil || options.orderby != nil || options.top != nil || options.count != nil {
      throw SandboxRefusal.bad("Only $select and $expand can be used on a single row.")
    }
    let columns = try selected()
    let inner = try expansions(connection)
    let statement = try connection.prepare(
      "SELECT \(RowQuery.list(columns + inner.map(\.link.source))) FROM \(SandboxTables.quoted(table.logicalName)) WHERE "
        + "\(SandboxTables.quoted(table.primaryKey)) = ?")
    try statement.bind([.text(key)])
    guard try statement.step() else { throw SandboxRefusal.noRow }
    var writer = writer(columns, inner)
    let etag = try writer.write(statement, context: "\(contextURL)/$entity")
    return Page(body: writer.bytes, etag: etag, preferenceApplied: applied(pageSize: nil))
  }

  /// A page of rows.
  func page(_ connection: Connection) throws -> Page {
    if let apply = options.apply {
      let query = try ApplyQuery(
        table: table, transformations: apply.value, aliases: options.aliases, origin: origin)
      return Page(body: try query.run(connection), etag: nil, preferenceApplied: applied(pageSize: nil))
    }
    let columns = try selected()
    let inner = try expansions(connection)
    let filter = try condition()
    let order = try ordering()
    let from = " FROM \(SandboxTables.quoted(table.logicalName))"
    let pageSize = options.top == nil ? min(preferences.maxPageSize ?? table.pageSize, table.pageSize) : table.pageSize
    let limit = options.top.map { min(Int($0.value), pageSize) } ?? pageSize
    var offset = 0
    if let token = options.skiptoken {
      guard options.top == nil, let cookie = PagingCookie(text: token.value, keyColumn: table.primaryKey) else {
        throw SandboxRefusal.bad("The paging cookie is malformed.")
      }
      offset = (cookie.page - 1) * pageSize
      let check = try connection.prepare(
        "SELECT \(SandboxTables.quoted(table.primaryKey))\(from)\(filter.text)\(order) LIMIT 1 OFFSET ?")
      try check.bind(filter.values + [.integer(Int64(offset - 1))])
      guard try check.step(), check.text(0) == cookie.last else {
        throw SandboxRefusal.bad("The paging cookie does not belong to this query.")
      }
    }
    var writer = writer(columns, inner)
    writer.begin(context: contextURL)
    if options.count?.value == true {
      let statement = try connection.prepare("SELECT count(*) FROM (SELECT 1\(from)\(filter.text) LIMIT ?)")
      try statement.bind(filter.values + [.integer(Int64(table.pageSize))])
      _ = try statement.step()
      writer.count(Int(statement.integer(0)))
    }
    let statement = try connection.prepare(
      "SELECT \(RowQuery.list(columns + inner.map(\.link.source)))\(from)\(filter.text)\(order) LIMIT ? OFFSET ?")
    // One row more than the page tells whether there is a next one.
    try statement.bind(filter.values + [.integer(Int64(limit + 1)), .integer(Int64(offset))])
    var rows = 0
    var first = ""
    var last = ""
    while rows < limit, try statement.step() {
      last = statement.text(writer.keyIndex)
      if rows == 0 { first = last }
      try writer.write(statement)
      rows += 1
    }
    let hasMore = rows == limit && rows > 0 && options.top == nil ? try statement.step() : false
    let cookie = PagingCookie(
      page: offset / max(1, pageSize) + 2, first: first, last: last, keyColumn: table.primaryKey)
    writer.end(nextLink: hasMore ? link(cookie) : nil)
    return Page(
      body: writer.bytes, etag: nil,
      preferenceApplied: applied(pageSize: options.top == nil ? preferences.maxPageSize : nil))
  }

  private func applied(pageSize: Int?) -> String? {
    var parts: [String] = []
    if let pageSize { parts.append("odata.maxpagesize=\(pageSize)") }
    if !preferences.annotations.isEmpty {
      parts.append("odata.include-annotations=\"\(preferences.annotations.joined(separator: ","))\"")
    }
    return parts.isEmpty ? nil : parts.joined(separator: ",")
  }

  // MARK: Parts

  static func list(_ columns: [Column]) -> String {
    columns.map { SandboxTables.quoted($0.propertyName) }.joined(separator: ",")
  }

  func selected() throws(DataverseError) -> [Column] {
    guard let select = options.select else { return table.columns }
    var columns: [Column] = []
    for item in select.value {
      guard item.path.count == 1, let name = item.path.first, item.parameters == nil, item.options == QueryOptions()
      else {
        throw SandboxRefusal.bad("A path in $select is not supported.")
      }
      if name == "*" { return table.columns }
      guard let column = table.column(name) else { throw SandboxRefusal.unknownProperty(name, of: table) }
      if !columns.contains(column) { columns.append(column) }
    }
    // The key comes unasked; the version is what the tag is made of.
    for name in [table.primaryKey, "versionnumber"] {
      guard let column = table.column(name), !columns.contains(column) else { continue }
      columns.append(column)
    }
    return columns
  }

  /// Whether the version is read without having been asked for.
  private var hidesVersion: Bool {
    options.select.map { !$0.value.contains { $0.path == ["versionnumber"] || $0.path == ["*"] } } ?? false
  }

  /// The items of `$expand`, ready to be run for each row.
  func expansions(_ connection: Connection, isNested: Bool = false) throws -> [Expansion] {
    var result: [Expansion] = []
    for item in options.expand?.value ?? [] {
      let link = try SandboxLink(item.path[0], of: table, schema: schema)
      let isRow = !link.navigation.isCollection
      if isRow, item.options.filter != nil || item.options.orderby != nil || item.options.top != nil {
        throw SandboxRefusal.bad("Only $select and $expand can be used on a single row.")
      }
      guard !result.contains(where: { $0.link.navigation.name == link.navigation.name }) else {
        throw SandboxRefusal.bad("The navigation property '\(link.navigation.name)' is expanded twice.")
      }
      let query = try RowQuery(
        table: link.target, schema: schema, options: item.options, preferences: preferences, origin: origin,
        target: target)
      result.append(
        try Expansion(
          link, of: table, query: query, options: item.options, origin: origin, isNested: isNested, connection))
    }
    return result
  }

  func writer(_ columns: [Column], _ expansions: [Expansion]) -> RowWriter {
    RowWriter(
      table: table, columns: columns, hidesVersion: hidesVersion, preferences: preferences, expansions: expansions)
  }

  private func condition() throws(DataverseError) -> SQLFragment {
    guard let behind else { return try condition(behind: nil) }
    var condition = try condition(behind: behind.column)
    condition.values.insert(.text(behind.value), at: 0)
    return condition
  }

  /// - Parameter column: the first value is what this column has to be.
  func condition(behind column: String?) throws(DataverseError) -> SQLFragment {
    var parts = column.map { ["\(SandboxTables.quoted($0)) = ?"] } ?? []
    var values: [SQLiteValue] = []
    if let filter = options.filter {
      let compiled = try FilterCompiler(table: table, aliases: aliases).compile(filter.value)
      parts.append(compiled.text)
      values = compiled.values
    }
    return SQLFragment(text: parts.isEmpty ? "" : " WHERE \(parts.joined(separator: " AND "))", values: values)
  }

  func ordering() throws(DataverseError) -> String {
    var parts: [String] = []
    for item in options.orderby?.value ?? [] {
      var expression = item.expression
      if case .alias(let name) = expression[expression.root], let value = aliases[name] { expression = value }
      guard case .member(base: nil, let name) = expression[expression.root] else {
        throw SandboxRefusal.unsupported("Ordering by an expression is not supported.")
      }
      guard let column = table.column(name) else { throw SandboxRefusal.unknownProperty(name, of: table) }
      if case .lookup = column.type, table.kind == .elastic {
        throw SandboxRefusal.unsupported("Ordering by a lookup is not supported for elastic tables.")
      }
      let key = SandboxTables.quoted(column.propertyName)
      parts.append(
        "\(SandboxTables.isUnicode(column, of: table) ? "fold(\(key))" : key)\(item.descending ? " DESC" : "")")
    }
    parts.append(SandboxTables.quoted(table.primaryKey))
    return " ORDER BY \(parts.joined(separator: ", "))"
  }

  private var contextURL: String {
    let names = RowQuery.names(options)
    return "\(origin)/api/data/v9.2/$metadata#\(table.entitySetName)\(names.isEmpty ? "" : "(\(names))")"
  }

  /// Columns, and expanded rows with theirs in brackets (OData 4.0, part 1, section 10.9).
  private static func names(_ options: QueryOptions) -> String {
    let columns = options.select?.value.map { $0.path.joined(separator: "/") } ?? []
    let expanded = options.expand?.value.map { "\($0.path.joined(separator: "/"))(\(names($0.options)))" } ?? []
    return (columns + expanded).joined(separator: ",")
  }

  /// The request's own options, and the token in place of an earlier one.
  private func link(_ cookie: PagingCookie) -> String {
    let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    let kept = (parts.count > 1 ? parts[1] : "").split(separator: "&").filter { option in
      let name = PercentCoding.decoded(String(option.prefix { $0 != "=" })) ?? ""
      return name != "$skiptoken"
    }
    let options = kept.map(String.init) + ["$skiptoken=\(PercentCoding.encoded(cookie.text))"]
    return "\(origin)\(parts[0])?\(options.joined(separator: "&"))"
  }
}
