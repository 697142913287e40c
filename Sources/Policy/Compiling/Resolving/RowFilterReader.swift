import Dataverse
import ODataURL
import YAMLFile

/// Reads a row filter: a condition on columns of one table, with values that the caller brings.
///
/// Narrower than `$filter`: what stands here is put into every query on the table, at every depth, so that it may follow
/// no way to another table and has to mean the same in each place.
struct RowFilterReader {
  let reader: YAMLReader
  let table: Table
  /// With the columns that the policy declares.
  let schema: Schema
  let word: PolicySource.Word

  /// Nodes of one filter. It comes on top of what a caller may write, for each set of rows.
  private static let mostNodes = 200
  /// What stands for a value of the caller. An alias of the grammar has no dot in its name, so one of the same length is
  /// read in its place.
  private static let marker = Array("@caller.".utf8)
  private static let prefix = "caller_"

  private static func isOfName(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "_") || (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
  }

  /// What was found while the expression was looked through.
  private struct Findings {
    var isSound = true
    /// Types of the columns that values of the caller are compared with, by node.
    var placeholders: [Int: Literal] = [:]
    var claims: Set<String> = []
  }

  /// - Returns: `nil` after a report.
  func read() -> RowFilter? {
    let (text, callers) = readable()
    let expression: Expression
    do throws(SyntaxError) {
      expression = try Parser(settings: .dataverse.onLargeStacks).expression(text)
    } catch {
      report(
        error.span, "This is no condition: \(error.message).", help: error.suggestion.map { "Did you mean `\($0)`?" })
      return nil
    }
    guard expression.nodes.count <= RowFilterReader.mostNodes else {
      report(
        .none, "The condition has \(expression.nodes.count) parts; \(RowFilterReader.mostNodes) are supported.")
      return nil
    }
    var findings = Findings()
    for (index, node) in expression.nodes.enumerated() {
      guard case .literal(.string(let text)) = node, text.hasPrefix("@caller."),
        text.utf8.dropFirst(RowFilterReader.marker.count).allSatisfy(RowFilterReader.isOfName)
      else { continue }
      fail(
        expression.spans[index], "In quotes this is text, not the value of the caller.",
        help: "Write \(text) without quotes.", into: &findings)
    }
    check(expression, callers, into: &findings)
    checkMeaning(expression, &findings)
    guard findings.isSound else { return nil }
    return RowFilter(expression: frozen(expression), claims: findings.claims)
  }

  // MARK: Values of the caller

  /// The text as the grammar takes it, every byte in its place: `@caller_` for each `@caller.` outside quotes, and blanks
  /// for the line ends of a text over several lines. With it, where values of the caller stand.
  private func readable() -> (text: String, callers: Set<Int32>) {
    var bytes = Array(word.text.utf8)
    var callers: Set<Int32> = []
    var quote: UInt8?
    var isEscaped = false
    for index in bytes.indices {
      let byte = bytes[index]
      if let open = quote {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\"), open == UInt8(ascii: "\"") {
          isEscaped = true
        } else if byte == open {
          quote = nil
        }
      } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
        quote = byte
      } else if byte == UInt8(ascii: "\n") {
        bytes[index] = UInt8(ascii: " ")
      } else if bytes[index...].starts(with: RowFilterReader.marker) {
        bytes[index + RowFilterReader.marker.count - 1] = UInt8(ascii: "_")
        callers.insert(Int32(truncatingIfNeeded: index))
      }
    }
    while bytes.last == UInt8(ascii: " ") { bytes.removeLast() }
    return (String(decoding: bytes, as: UTF8.self), callers)
  }

  /// The name of a value of the caller; `nil` after a report.
  private func claim(_ name: String, _ span: Span, _ callers: Set<Int32>) -> String? {
    guard callers.contains(span.start), name.hasPrefix(RowFilterReader.prefix) else {
      report(span, "Only a value of the caller can stand here.", help: "Write `@caller.` and its name.")
      return nil
    }
    let claim = String(name.dropFirst(RowFilterReader.prefix.count))
    guard !claim.isEmpty else {
      report(span, "The name of the value is missing.", help: "Write `@caller.` and its name.")
      return nil
    }
    return claim
  }

  // MARK: Form

  private func check(_ expression: Expression, _ callers: Set<Int32>, into findings: inout Findings) {
    var pending = [expression.root]
    while let id = pending.popLast() {
      let span = expression.span(of: id)
      switch expression[id] {
      case .binary(let op, let left, let right) where op == .and || op == .or: pending += [right, left]
      case .not(let operand): pending.append(operand)
      case .binary(let op, let left, let right) where Condition.Operation.comparisons.contains(op):
        checkComparison(left, right, expression, callers, into: &findings)
      case .call(let name, let arguments) where TextFunction(rawValue: name) != nil && arguments.count == 2:
        if column(arguments[0], expression) == nil { findings.isSound = false }
        guard case .literal(.string) = expression[arguments[1]] else {
          fail(expression.span(of: arguments[1]), "Text in quotes is wanted here.", into: &findings)
          continue
        }
      case .function(base: nil, let name, let parameters) where name.hasPrefix(QueryFunction.namespace):
        checkParameters(parameters, expression, callers, into: &findings)
      case .function:
        fail(
          span, "Only query functions of Dataverse can stand here.",
          help: "They are called Microsoft.Dynamics.CRM.Name, for example Microsoft.Dynamics.CRM.In.", into: &findings)
      case .lambda:
        fail(
          span, "A row filter follows no way to another table.", help: "Use columns of \(table.logicalName) alone.",
          into: &findings)
      default:
        fail(
          span, "A condition is wanted here.",
          help: "Compare a column with a value: column eq 'text', or column eq @caller.name.", into: &findings)
      }
    }
  }

  private func checkComparison(
    _ left: NodeID, _ right: NodeID, _ expression: Expression, _ callers: Set<Int32>, into findings: inout Findings
  ) {
    guard let column = column(left, expression) else {
      findings.isSound = false
      return
    }
    switch expression[right] {
    case .literal: return
    case .alias(let name):
      guard let claim = claim(name, expression.span(of: right), callers) else {
        findings.isSound = false
        return
      }
      guard let placeholder = column.type.placeholder else {
        fail(
          expression.span(of: left), "\(column.propertyName) is \(column.type.name): it cannot be compared.",
          into: &findings)
        return
      }
      findings.claims.insert(claim)
      findings.placeholders[Int(right.index)] = placeholder
    case .member:
      guard let other = self.column(right, expression) else {
        findings.isSound = false
        return
      }
      if !column.type.isComparable(with: other.type) {
        fail(
          expression.span(of: right), "\(column.propertyName) is \(column.type.name), this is \(other.type.name).",
          into: &findings)
      }
    default: fail(expression.span(of: right), "A value is wanted here.", into: &findings)
    }
  }

  private func checkParameters(
    _ parameters: [NamedParameter], _ expression: Expression, _ callers: Set<Int32>, into findings: inout Findings
  ) {
    var type: ColumnType?
    for parameter in parameters where parameter.name == "PropertyName" {
      if case .literal(.string(let name)) = expression[parameter.value] { type = table.column(name)?.type }
    }
    for parameter in parameters {
      let span = expression.span(of: parameter.value)
      switch expression[parameter.value] {
      case .literal(.string(let name)) where parameter.name == "PropertyName":
        if column(name, span) == nil { findings.isSound = false }
      case .literal: continue
      case .array(let items):
        for item in items {
          switch expression[item] {
          case .literal: continue
          case .alias(let name):
            guard let claim = claim(name, expression.span(of: item), callers) else {
              findings.isSound = false
              continue
            }
            findings.claims.insert(claim)
            // Lists of query functions hold text, whatever the column.
            findings.placeholders[Int(item.index)] = .string(type?.placeholderText ?? "")
          default: fail(expression.span(of: item), "A value is wanted here.", into: &findings)
          }
        }
      case .alias:
        fail(
          span, "A value of the caller cannot stand here.",
          help: "It stands at the right of a comparison, or in a list of values.", into: &findings)
      default: fail(span, "A value is wanted here.", into: &findings)
      }
    }
  }

  /// The column that a node names; `nil` after a report.
  private func column(_ id: NodeID, _ expression: Expression) -> Column? {
    let span = expression.span(of: id)
    switch expression[id] {
    case .member(base: nil, let name): return column(name, span)
    case .member:
      report(
        span, "A row filter follows no way to another table.", help: "Use columns of \(table.logicalName) alone.")
    case .call, .function:
      report(span, "No function can stand here.", help: "A condition begins with the column.")
    default:
      report(span, "The name of a column is wanted here.", help: "A condition begins with the column.")
    }
    return nil
  }

  private func column(_ name: String, _ span: Span) -> Column? {
    if let column = table.column(name) { return column }
    let help: String
    if let lookup = table.columns.first(where: { $0.logicalName == name }) {
      help = "A lookup is named as in URLs: `\(lookup.propertyName)`."
    } else if let nearest = reader.nearest(to: name, among: table.columns.map(\.propertyName)) {
      help = "Did you mean `\(nearest)`?"
    } else {
      help = "Known: \(Compilation.list(table.columns.filter { !$0.isSystem }.map(\.propertyName)))."
    }
    report(span, "\(table.logicalName) has no column `\(name)`.", help: help)
    return nil
  }

  // MARK: Meaning

  /// What Dataverse would refuse of it, with values of the right types in place of the caller's.
  private func checkMeaning(_ expression: Expression, _ findings: inout Findings) {
    guard findings.isSound else { return }
    let filled = expression.replacing { id, _ in
      findings.placeholders[Int(id.index)].map { Expression(.literal($0), span: expression.span(of: id)) }
    }
    let query = RelativeURI(
      path: [PathSegment(.name(table.entitySetName, keys: nil))],
      options: QueryOptions(filter: Spanned(filled, span: filled.span(of: filled.root))))
    let resolution = QueryResolver(schema: schema).resolve(query)
    let substitution = AliasSubstitution(query, maximumNodes: 2 * RowFilterReader.mostNodes)
    for finding in ServiceRules.check(query, substitution: substitution, resolution: resolution) {
      fail(finding.span, "\(finding.message) (\(finding.rule))", help: finding.remedy, into: &findings)
    }
    guard findings.isSound else { return }
    for obscurity in resolution.obscurities {
      fail(
        obscurity.span, "This part of the condition cannot be made out.",
        help: "Compare a column with a value: column eq 'text'.", into: &findings)
    }
  }

  /// The condition as it is put into queries: without places, which would be taken for places in the caller's query.
  private func frozen(_ expression: Expression) -> Expression {
    func node(_ id: Int) -> Expression.Node {
      guard case .alias(let name) = expression.nodes[id] else { return expression.nodes[id] }
      return .alias("caller.\(name.dropFirst(RowFilterReader.prefix.count))")
    }
    // Nodes keep their order, and so their indices.
    var frozen = Expression(node(0))
    for index in expression.nodes.indices.dropFirst() { frozen.append(node(index)) }
    frozen.root = expression.root
    return frozen
  }

  // MARK: Reports

  private func fail(_ span: Span, _ message: String, help: String? = nil, into findings: inout Findings) {
    findings.isSound = false
    report(span, message, help: help)
  }

  private func report(_ span: Span, _ message: String, help: String? = nil) {
    guard span.start >= 0 else {
      reader.report(at: word.node, path: word.path, message: message, help: help)
      return
    }
    reader.report(at: word.node, offset: Int(span.start), path: word.path, message: message, help: help)
  }
}

extension ColumnType {
  /// Some literal that a column of this type can be compared with; `nil` where there is none.
  fileprivate var placeholder: Literal? {
    switch self {
    case .text, .memo, .choices: .string("")
    case .uniqueIdentifier, .lookup: .guid(GUID(high: 0, low: 0))
    case .dateTime, .dateOnly: .date(CalendarDate(year: 2000, month: 1, day: 1))
    case .wholeNumber, .bigInt, .choice, .decimal, .money, .double: .integer(0)
    case .boolean: .boolean(true)
    case .file, .image: nil
    }
  }

  /// Some text that stands for a value of this type in a query function.
  fileprivate var placeholderText: String {
    switch self {
    case .text, .memo, .choices, .file, .image: self == .choices ? "0" : ""
    case .uniqueIdentifier, .lookup: "00000000-0000-0000-0000-000000000000"
    case .dateTime, .dateOnly: "2000-01-01"
    case .wholeNumber, .bigInt, .choice, .decimal, .money, .double, .boolean: "0"
    }
  }

  /// Whether values of two columns can be compared with one another.
  func isComparable(with other: ColumnType) -> Bool {
    switch (self, other) {
    case (.file, _), (.image, _), (_, .file), (_, .image): false
    case (.text, .memo), (.memo, .text), (.dateTime, .dateOnly), (.dateOnly, .dateTime): true
    case (.uniqueIdentifier, .lookup), (.lookup, .uniqueIdentifier), (.lookup, .lookup): true
    default: self == other || isNumber && other.isNumber
    }
  }

  /// Whether values can be added.
  var isNumber: Bool {
    switch self {
    case .wholeNumber, .bigInt, .decimal, .double, .money: true
    default: false
    }
  }

  var isDate: Bool { self == .dateTime || self == .dateOnly }
  var isText: Bool { self == .text || self == .memo }
}
