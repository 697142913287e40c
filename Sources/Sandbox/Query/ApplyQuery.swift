import Dataverse
import ODataURL
import SQLite

/// `$apply` as far as the service has it: `filter(…)` any number of times, then `groupby` or `aggregate`.
struct ApplyQuery {
  private let table: Table
  private let origin: String
  private var filters: [Expression] = []
  private var outputs: [Output] = []
  private let aliases: [String: Expression]

  /// A member of the answer.
  private struct Output {
    var member: String
    /// `nil` for `$count`.
    var column: Column?
    /// `nil` for a group and for `$count`.
    var method: AggregateMethod?
    var isGroup = false
  }

  /// Rows that the service aggregates.
  private static let rowLimit: Int64 = 50_000
  /// Rows of the answer.
  private static let groupLimit: Int64 = 5000

  init(table: Table, transformations: [Transformation], aliases: [FunctionArgument], origin: String)
    throws(DataverseError)
  {
    self.table = table
    self.origin = origin
    self.aliases = Dictionary(aliases.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    for (index, transformation) in transformations.enumerated() {
      let isLast = index == transformations.count - 1
      switch transformation.kind {
      case .filter(let condition) where !isLast: filters.append(condition)
      case .aggregate(let items) where isLast: try aggregate(items)
      case .groupby(let elements, let inner) where isLast:
        try group(elements)
        if let first = inner.first {
          guard inner.count == 1, case .aggregate(let items) = first.kind else { throw ApplyQuery.unsupported }
          try aggregate(items)
        }
      default: throw ApplyQuery.unsupported
      }
    }
    guard Set(outputs.map(\.member)).count == outputs.count else {
      throw SandboxRefusal.bad("Two members of $apply have the same name.")
    }
  }

  private static let unsupported = SandboxRefusal.unsupported("The transformation is not supported.")

  private mutating func group(_ elements: [GroupingElement]) throws(DataverseError) {
    for element in elements {
      guard case .property(let path) = element.kind, let name = path.first else { throw ApplyQuery.unsupported }
      guard path.count == 1 else {
        throw SandboxRefusal.unsupported("Grouping by columns of related tables is not part of the sandbox.")
      }
      let column = try column(name)
      guard column.type != .dateTime else { throw SandboxRefusal.bad("Grouping by a date and time is not supported.") }
      outputs.append(Output(member: name, column: column, isGroup: true))
    }
  }

  private mutating func aggregate(_ items: [AggregateItem]) throws(DataverseError) {
    for item in items {
      guard let alias = item.alias, item.steps.from.isEmpty else { throw ApplyQuery.unsupported }
      guard let operand = item.operand else {
        guard item.steps.method == nil else { throw ApplyQuery.unsupported }
        outputs.append(Output(member: alias))
        continue
      }
      guard case .member(base: nil, let name) = operand[operand.root], let method = item.steps.method else {
        throw ApplyQuery.unsupported
      }
      let column = try column(name)
      switch (method, column.type) {
      case (.sum, _) where ApplyQuery.isNumber(column.type), (.average, _) where ApplyQuery.isNumber(column.type),
        (.min, _) where ApplyQuery.isOrdered(column.type), (.max, _) where ApplyQuery.isOrdered(column.type):
        outputs.append(Output(member: alias, column: column, method: method))
      case (.sum, _), (.average, _), (.min, _), (.max, _):
        throw SandboxRefusal.bad("The column '\(name)' cannot be aggregated like this.")
      default: throw SandboxRefusal.unsupported("The aggregation method is not supported.")
      }
    }
  }

  private func column(_ name: String) throws(DataverseError) -> Column {
    guard let column = table.column(name) else { throw SandboxRefusal.unknownProperty(name, of: table) }
    return column
  }

  private static func isNumber(_ type: ColumnType) -> Bool {
    switch type {
    case .wholeNumber, .bigInt, .decimal, .double, .money: true
    default: false
    }
  }

  private static func isOrdered(_ type: ColumnType) -> Bool { isNumber(type) || type == .dateTime || type == .dateOnly }

  // MARK: Running

  func run(_ connection: Connection) throws -> [UInt8] {
    var conditions: [SQLFragment] = []
    for filter in filters { conditions.append(try FilterCompiler(table: table, aliases: aliases).compile(filter)) }
    let from =
      " FROM \(SandboxTables.quoted(table.logicalName))"
      + (conditions.isEmpty ? "" : " WHERE \(conditions.map(\.text).joined(separator: " AND "))")
    let values = conditions.flatMap(\.values)
    let check = try connection.prepare("SELECT count(*) FROM (SELECT 1\(from) LIMIT ?)")
    try check.bind(values + [.integer(ApplyQuery.rowLimit + 1)])
    _ = try check.step()
    guard check.integer(0) <= ApplyQuery.rowLimit else {
      throw DataverseError(status: 400, code: "0x8004e023", message: "The maximum record limit is exceeded.")
    }
    let keys = outputs.filter(\.isGroup).compactMap(\.column).map(key)
    let grouping =
      keys.isEmpty ? "" : " GROUP BY \(keys.joined(separator: ", ")) ORDER BY \(keys.joined(separator: ", "))"
    let statement = try connection.prepare(
      "SELECT \(outputs.map(expression).joined(separator: ", "))\(from)\(grouping) LIMIT ?")
    try statement.bind(values + [.integer(ApplyQuery.groupLimit)])
    let members = outputs.map(\.member).joined(separator: ",")
    var bytes = Array("{\"@odata.context\":".utf8)
    bytes += SandboxJSON.string("\(origin)/api/data/v9.2/$metadata#\(table.entitySetName)(\(members))")
    bytes += ",\"value\":[".utf8
    var isFirst = true
    while try statement.step() {
      if !isFirst { bytes.append(UInt8(ascii: ",")) }
      isFirst = false
      write(statement, to: &bytes)
    }
    return bytes + "]}".utf8
  }

  private func key(_ column: Column) -> String {
    let name = SandboxTables.quoted(column.propertyName)
    return SandboxTables.isUnicode(column, of: table) ? "fold(\(name))" : name
  }

  private func expression(_ output: Output) -> String {
    guard let column = output.column else { return "count(*)" }
    let name = SandboxTables.quoted(column.propertyName)
    switch output.method {
    case .sum: return "sum(\(name))"
    case .average:
      // Decimals are stored as hundredths.
      return column.type == .decimal || column.type == .money ? "avg(\(name)) / 100.0" : "avg(\(name))"
    case .min: return "min(\(name))"
    case .max: return "max(\(name))"
    default: return name
    }
  }

  private func write(_ row: Statement, to bytes: inout [UInt8]) {
    for (index, output) in outputs.enumerated() {
      bytes += (index == 0 ? "{" : ",").utf8
      bytes += SandboxJSON.string(output.member)
      bytes.append(UInt8(ascii: ":"))
      if row.isNull(index) {
        bytes += "null".utf8
      } else if let column = output.column {
        bytes += output.method == .average ? Array(String(row.real(index)).utf8) : RowWriter.value(row, index, column)
      } else {
        bytes += String(row.integer(index)).utf8
      }
    }
    bytes.append(UInt8(ascii: "}"))
  }
}
