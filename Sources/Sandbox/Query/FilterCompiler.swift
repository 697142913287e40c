import Dataverse
import ODataURL
import SQLite

/// SQL text made of our own words and the schema's names, and the values that it is run with: no text of a request is
/// ever part of the SQL.
struct SQLFragment {
  var text: String
  var values: [SQLiteValue] = []
}

/// `$filter` → SQL, with the semantics that the service documents: text compares without case, wildcards live inside the
/// three text functions, `null` compares as in SQL.
struct FilterCompiler {
  let table: Table
  let aliases: [String: Expression]
  /// Nesting of `and`, `or` and `not`; a chain of one operator counts once.
  private static let depthLimit = 64

  func compile(_ expression: Expression) throws(DataverseError) -> SQLFragment {
    try condition(expression, expression.root, depth: 0)
  }

  private func condition(
    _ tree: Expression, _ id: NodeID, depth: Int
  ) throws(DataverseError) -> SQLFragment {
    guard depth < FilterCompiler.depthLimit else { throw SandboxRefusal.bad("The filter is nested too deeply.") }
    switch tree[id] {
    case .binary(let op, _, _) where op == .and || op == .or:
      var parts: [String] = []
      var values: [SQLiteValue] = []
      // Chains lean to the left and can be long: taken apart in a loop.
      for operand in FilterCompiler.operands(tree, id, op) {
        let part = try condition(tree, operand, depth: depth + 1)
        parts.append(part.text)
        values += part.values
      }
      return SQLFragment(text: FilterCompiler.joined(parts[...], op == .and ? " AND " : " OR "), values: values)
    case .not(let inner):
      if case .function = tree[inner] {
        throw SandboxRefusal.bad("The operator 'not' cannot stand before a query function.")
      }
      let part = try condition(tree, inner, depth: depth + 1)
      return SQLFragment(text: "(NOT \(part.text))", values: part.values)
    case .binary(let op, let left, let right): return try comparison(tree, op, left, right)
    case .call(let name, let arguments): return try textFunction(tree, name, arguments)
    case .function(base: nil, let name, let parameters): return try queryFunction(tree, name, parameters)
    case .lambda: throw SandboxRefusal.unsupported("Lambda operators are not part of the sandbox.")
    case .member(base: nil, let name):
      let column = try column(name)
      guard column.type == .boolean else { throw SandboxRefusal.bad("The filter is not a condition.") }
      return SQLFragment(text: "(\(SandboxTables.quoted(column.propertyName)) = 1)")
    case .literal(.boolean(let value)): return SQLFragment(text: value ? "(1)" : "(0)")
    default: throw SandboxRefusal.unsupported("The query node is not supported.")
    }
  }

  private static func operands(_ tree: Expression, _ id: NodeID, _ op: BinaryOperator) -> [NodeID] {
    var found: [NodeID] = []
    var current = id
    while case .binary(op, let left, let right) = tree[current] {
      found.append(right)
      current = left
    }
    found.append(current)
    return found.reversed()
  }

  /// Brackets by halves: SQLite limits the depth of an expression to 1,000, and a chain without brackets is as deep as it
  /// is long.
  private static func joined(_ parts: ArraySlice<String>, _ separator: String) -> String {
    guard parts.count > 1 else { return parts.first ?? "" }
    let middle = parts.startIndex + parts.count / 2
    return "(\(joined(parts[..<middle], separator))\(separator)\(joined(parts[middle...], separator)))"
  }

  // MARK: Comparisons

  private enum Operand {
    case column(Column)
    case literal(Literal)
  }

  private func operand(_ tree: Expression, _ id: NodeID) throws(DataverseError) -> Operand {
    switch tree[id] {
    case .member(base: nil, let name): return .column(try column(name))
    case .literal(let literal): return .literal(literal)
    case .alias(let name):
      guard let value = aliases[name] else { return .literal(.null) }
      switch value[value.root] {
      case .literal(let literal): return .literal(literal)
      case .member(base: nil, let name): return .column(try column(name))
      default: throw SandboxRefusal.bad("The alias stands for something that cannot be compared.")
      }
    case .negate, .call, .binary: throw SandboxRefusal.unsupported("The query node is not supported.")
    case .member: throw SandboxRefusal.unsupported("Filters on related tables are not supported for elastic tables.")
    default: throw SandboxRefusal.bad("The filter compares something that cannot be compared.")
    }
  }

  private func comparison(
    _ tree: Expression, _ op: BinaryOperator, _ left: NodeID, _ right: NodeID
  ) throws(DataverseError) -> SQLFragment {
    let sign: String
    switch op {
    case .eq: sign = "="
    case .ne: sign = "<>"
    case .gt: sign = ">"
    case .ge: sign = ">="
    case .lt: sign = "<"
    case .le: sign = "<="
    case .in: throw SandboxRefusal.unsupported("The query node In is not supported.")
    default: throw SandboxRefusal.unsupported("The binary operator '\(op.rawValue)' is not supported.")
    }
    switch (try operand(tree, left), try operand(tree, right)) {
    case (.column(let column), .literal(let literal)): return try compare(column, sign, literal)
    case (.literal(let literal), .column(let column)):
      let mirrored = [">": "<", ">=": "<=", "<": ">", "<=": ">="][sign] ?? sign
      return try compare(column, mirrored, literal)
    case (.column(let first), .column(let second)):
      guard first.type == second.type else { throw SandboxRefusal.bad("The columns are of different types.") }
      return SQLFragment(text: "(\(text(first)) \(sign) \(text(second)))")
    case (.literal, .literal): throw SandboxRefusal.bad("A comparison needs a column.")
    }
  }

  private func compare(_ column: Column, _ sign: String, _ literal: Literal) throws(DataverseError) -> SQLFragment {
    if literal == .null {
      switch sign {
      case "=": return SQLFragment(text: "(\(SandboxTables.quoted(column.propertyName)) IS NULL)")
      case "<>": return SQLFragment(text: "(\(SandboxTables.quoted(column.propertyName)) IS NOT NULL)")
      default: throw SandboxRefusal.bad("Only eq and ne take null.")
      }
    }
    return SQLFragment(text: "(\(text(column)) \(sign) ?)", values: [try value(literal, for: column)])
  }

  /// The column as it compares: folded where SQLite's own ASCII folding is not enough.
  private func text(_ column: Column) -> String {
    let name = SandboxTables.quoted(column.propertyName)
    return SandboxTables.isUnicode(column, of: table) ? "fold(\(name))" : name
  }

  private func value(_ literal: Literal, for column: Column) throws(DataverseError) -> SQLiteValue {
    let mismatch = SandboxRefusal.bad(
      "A binary operator with incompatible types was detected for the property '\(column.propertyName)'.")
    switch (column.type, literal) {
    case (.text, .string(let text)), (.memo, .string(let text)):
      return .text(SandboxTables.isUnicode(column, of: table) ? TextFolding.folded(text) : text)
    case (.uniqueIdentifier, .guid(let guid)), (.lookup, .guid(let guid)): return .text(SandboxValues.text(guid))
    case (.dateTime, .dateTimeOffset(let time)): return .text(SandboxValues.utc(time))
    // A day is its first instant.
    case (.dateTime, .date(let date)): return .text(SandboxValues.text(date) + "T00:00:00Z")
    case (.dateOnly, .date(let date)): return .text(SandboxValues.text(date))
    case (.dateOnly, .dateTimeOffset(let time)): return .text(String(SandboxValues.utc(time).prefix(10)))
    case (.wholeNumber, .integer(let number)), (.bigInt, .integer(let number)), (.choice, .integer(let number)):
      return .integer(number)
    case (.boolean, .boolean(let value)): return .integer(value ? 1 : 0)
    case (.decimal, .integer(let number)), (.money, .integer(let number)): return .real(Double(number) * 100)
    case (.decimal, .decimal(let digits)), (.decimal, .double(let digits)), (.money, .decimal(let digits)),
      (.money, .double(let digits)):
      guard let number = Double(digits), number.isFinite else { throw mismatch }
      return .real(FilterCompiler.hundredths(number))
    case (.double, .integer(let number)): return .real(Double(number))
    case (.double, .decimal(let digits)), (.double, .double(let digits)):
      guard let number = Double(digits), number.isFinite else { throw mismatch }
      return .real(number)
    default: throw mismatch
    }
  }

  /// Stored decimals are whole hundredths; 8.2 times 100 is not 820 in binary, so a number of two places is rounded.
  private static func hundredths(_ number: Double) -> Double {
    let rounded = (number * 100).rounded()
    return rounded / 100 == number ? rounded : number * 100
  }

  func column(_ name: String) throws(DataverseError) -> Column {
    guard let column = table.column(name) else { throw SandboxRefusal.unknownProperty(name, of: table) }
    return column
  }

  // MARK: Functions

  private func textFunction(
    _ tree: Expression, _ name: String, _ arguments: [NodeID]
  ) throws(DataverseError) -> SQLFragment {
    guard ["contains", "startswith", "endswith"].contains(name) else {
      throw SandboxRefusal.unsupported("The function '\(name)' is not supported.")
    }
    guard arguments.count == 2, case .column(let column) = try operand(tree, arguments[0]),
      column.type == .text || column.type == .memo, case .literal(.string(let text)) = try operand(tree, arguments[1])
    else { throw SandboxRefusal.bad("The function '\(name)' takes a text column and a text.") }
    if name == "startswith" && text.hasPrefix("%") || name == "endswith" && text.hasSuffix("%") {
      throw SandboxRefusal.bad("The wildcard is on the wrong side.")
    }
    let pattern = (name == "startswith" ? "" : "%") + TextFolding.folded(text) + (name == "endswith" ? "" : "%")
    return SQLFragment(
      text: "(wildcard(\(SandboxTables.quoted(column.propertyName)), ?))", values: [.text(pattern)])
  }

  private func queryFunction(
    _ tree: Expression, _ name: String, _ parameters: [NamedParameter]
  ) throws(DataverseError) -> SQLFragment {
    let prefix = "Microsoft.Dynamics.CRM."
    guard name.hasPrefix(prefix) else { throw SandboxRefusal.bad("The function '\(name)' was not found.") }
    let short = String(name.dropFirst(prefix.count))
    guard ["In", "NotIn", "Between", "NotBetween"].contains(short) else {
      throw SandboxRefusal.unsupported("The function '\(short)' is not part of the sandbox.")
    }
    guard parameters.map(\.name) == ["PropertyName", "PropertyValues"],
      case .literal(.string(let columnName)) = tree[parameters[0].value],
      case .array(let items) = tree[parameters[1].value],
      !items.isEmpty
    else { throw SandboxRefusal.bad("The function '\(short)' takes PropertyName and PropertyValues.") }
    let column = try column(columnName)
    var values: [SQLiteValue] = []
    for item in items {
      guard case .literal(.string(let text)) = tree[item] else {
        throw SandboxRefusal.bad("The values of '\(short)' must be text.")
      }
      values.append(try value(SandboxValues.literal(text, for: column.type), for: column))
    }
    let negation = short.hasPrefix("Not") ? "NOT " : ""
    guard short.hasSuffix("Between") else {
      let marks = values.map { _ in "?" }.joined(separator: ",")
      return SQLFragment(text: "(\(text(column)) \(negation)IN (\(marks)))", values: values)
    }
    guard values.count == 2 else { throw SandboxRefusal.bad("The function '\(short)' takes two values.") }
    return SQLFragment(text: "(\(text(column)) \(negation)BETWEEN ? AND ?)", values: values)
  }
}

/// Literals in the form in which the tables hold values.
enum SandboxValues {
  static func text(_ guid: GUID) -> String {
    var out = ""
    for (index, digit) in (Hex.digits(guid.high) + Hex.digits(guid.low)).enumerated() {
      if index == 8 || index == 12 || index == 16 || index == 20 { out.append("-") }
      out.append(digit)
    }
    return out
  }

  static func text(_ date: CalendarDate) -> String {
    let year = String(date.year)
    return String(repeating: "0", count: max(0, 4 - year.count)) + year
      + "-\(Digits.two(Int(date.month)))-\(Digits.two(Int(date.day)))"
  }

  /// The instant in UTC, to the second and with what is left of a second only when there is something.
  static func utc(_ value: DateTimeOffset) -> String {
    var minutes = Int(value.time.hour) * 60 + Int(value.time.minute) - Int(value.offsetMinutes)
    var date = value.date
    while minutes < 0 {
      minutes += 1440
      date = day(before: date)
    }
    while minutes >= 1440 {
      minutes -= 1440
      date = day(after: date)
    }
    var out =
      "\(text(date))T\(Digits.two(minutes / 60)):\(Digits.two(minutes % 60)):\(Digits.two(Int(value.time.second)))"
    if value.time.picoseconds > 0 {
      let digits = String(value.time.picoseconds)
      var fraction = String(repeating: "0", count: 12 - digits.count) + digits
      while fraction.hasSuffix("0") { fraction.removeLast() }
      // Stored times have whole seconds; behind the `Z` the fraction sorts above its own second and below the next.
      out += "Z.\(fraction)"
      return out
    }
    return out + "Z"
  }

  /// The text argument of a query function as a literal of the column's type.
  static func literal(_ text: String, for type: ColumnType) -> Literal {
    switch type {
    case .wholeNumber, .bigInt, .choice: return Int64(text).map { .integer($0) } ?? .string(text)
    case .decimal, .money, .double: return Double(text) == nil ? .string(text) : .decimal(text)
    case .uniqueIdentifier, .lookup, .dateTime, .dateOnly:
      let parsed = try? Parser(settings: .dataverse.onLargeStacks).expression(text)
      if let parsed, case .literal(let literal) = parsed[parsed.root] { return literal }
      return .string(text)
    default: return .string(text)
    }
  }

  private static func isLeap(_ year: Int32) -> Bool {
    year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
  }

  private static func length(_ date: CalendarDate) -> UInt8 {
    switch date.month {
    case 2: isLeap(date.year) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  private static func day(after date: CalendarDate) -> CalendarDate {
    var date = date
    if date.day < length(date) {
      date.day += 1
    } else {
      date.day = 1
      date.month = date.month == 12 ? 1 : date.month + 1
      if date.month == 1 { date.year += 1 }
    }
    return date
  }

  private static func day(before date: CalendarDate) -> CalendarDate {
    var date = date
    if date.day > 1 {
      date.day -= 1
    } else {
      date.month = date.month == 1 ? 12 : date.month - 1
      if date.month == 12 { date.year -= 1 }
      date.day = length(date)
    }
    return date
  }
}
