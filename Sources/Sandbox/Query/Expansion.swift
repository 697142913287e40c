import Dataverse
import ODataURL
import SQLite

/// How the rows of one table lead to those of another: the rows whose `column` is the value of `source`.
struct SandboxLink {
  let navigation: NavigationProperty
  let target: Table
  /// Of the rows that are gone from.
  let source: Column
  /// Property name of the rows that are gone to.
  let column: String

  init(_ name: String, of table: Table, schema: Schema) throws(DataverseError) {
    guard let navigation = table.navigation(name), let target = schema.table(named: navigation.target) else {
      throw SandboxRefusal.unknownProperty(name, of: table)
    }
    let source: Column?
    let column: String?
    if navigation.isCollection {
      let back = target.navigations.first { !$0.isCollection && $0.target == table.logicalName }
      (source, column) = (table.column(table.primaryKey), back?.lookup.map { "_\($0)_value" })
    } else {
      (source, column) = (navigation.lookup.flatMap { table.column("_\($0)_value") }, target.primaryKey)
    }
    guard let source, let column else {
      throw SandboxRefusal.unsupported("The navigation property '\(name)' is not part of the sandbox.")
    }
    self.navigation = navigation
    self.target = target
    self.source = source
    self.column = column
  }
}

/// One item of `$expand`, compiled once and run for each row that it stands in. Used by one thread.
final class Expansion {
  /// Items of one request.
  static let limit = 15
  /// Rows of an expanded collection for each row.
  private static let rows: Int64 = 5000

  let link: SandboxLink
  private let table: Table
  private let options: QueryOptions
  private let origin: String
  private let isNested: Bool
  private let statement: Statement
  private let values: [SQLiteValue]
  private var writer: RowWriter

  /// - Parameters:
  ///   - table: of the rows that it stands in.
  ///   - query: of the rows that it leads to, with the options of the item.
  init(
    _ link: SandboxLink, of table: Table, query: RowQuery, options: QueryOptions, origin: String,
    isNested: Bool, _ connection: Connection
  ) throws {
    self.link = link
    self.table = table
    self.options = options
    self.origin = origin
    self.isNested = isNested
    let inner = try query.expansions(connection, isNested: true)
    let columns = try query.selected()
    let filter = try query.condition(behind: link.column)
    statement = try connection.prepare(
      "SELECT \(RowQuery.list(columns + inner.map(\.link.source))) FROM "
        + "\(SandboxTables.quoted(link.target.logicalName))\(filter.text)\(try query.ordering()) LIMIT ?")
    let most = link.navigation.isCollection ? options.top.map { min($0.value, Expansion.rows) } ?? Expansion.rows : 1
    values = filter.values + [.integer(most)]
    writer = query.writer(columns, inner)
  }

  /// Refuses what the service does not take inside `$expand`.
  static func refuse(_ items: [ExpandItem], isNested: Bool) throws(DataverseError) {
    for item in items {
      let options = item.options
      guard item.path.count == 1, let name = item.path.first, name != "*", !name.hasPrefix("$") else {
        throw item.path.last == "$ref"
          ? SandboxRefusal.unsupported("$ref is not part of the sandbox.")
          : SandboxRefusal.bad("The path in $expand is not supported.")
      }
      if options.count != nil || options.skiptoken != nil {
        throw SandboxRefusal.bad("Only $select, $filter, $orderby, $top and $expand can be used inside $expand.")
      }
      guard (!isNested && options.expand == nil) || (options.top == nil && options.orderby == nil) else {
        throw SandboxRefusal.bad(
          "Only $select and $filter clauses can be provided while doing $expand on many-to-one and nested relationships."
        )
      }
      if let inner = options.expand { try refuse(inner.value, isNested: true) }
    }
  }

  /// Items of all levels.
  static func count(_ items: [ExpandItem]) -> Int {
    items.reduce(items.count) { $0 + count($1.options.expand?.value ?? []) }
  }

  /// Adds the member with the rows for one value of the source column.
  /// - Parameter value: `nil` for an empty lookup.
  func write(_ value: String?, to bytes: inout [UInt8]) throws {
    let name = link.navigation.name
    bytes += "\"\(name)\":".utf8
    guard let value else { return bytes += "null".utf8 }
    statement.reset()
    try statement.bind([.text(value)] + values)
    guard link.navigation.isCollection else {
      guard try statement.step() else { return bytes += "null".utf8 }
      bytes += try writer.object(statement)
      return
    }
    bytes.append(UInt8(ascii: "["))
    var isFirst = true
    while try statement.step() {
      if !isFirst { bytes.append(UInt8(ascii: ",")) }
      isFirst = false
      bytes += try writer.object(statement)
    }
    bytes.append(UInt8(ascii: "]"))
    guard !isNested, options.expand == nil else { return }
    // The whole collection by itself, without a token (the service's own words for "there may be more").
    let rest = RelativeURI(options: options).printed()
    bytes += ",\"\(name)@odata.nextLink\":".utf8
    bytes += SandboxJSON.string("\(origin)/api/data/v9.2/\(table.entitySetName)(\(value))/\(name)\(rest)")
  }
}
