package import ODataURL

/// A filter that is put to rows in memory, as Dataverse would answer it if it could.
///
/// - Names are those of Dataverse properties, and paths through the JSON column those of its members, without case. A member
///   that the object does not have is null; so are all of them when the column is null or holds no object.
/// - Text compares without case, in the order of code points; accents count. `contains`, `startswith` and `endswith` look
///   for exactly their text: `%`, `_` and `[` stand for themselves.
/// - Numbers compare digit by digit, times as instants (without offset they are in UTC, a date is its first instant), and
///   GUIDs as such. Text that is a number, time, boolean or GUID compares as one with a literal of that kind. Values of
///   kinds that have nothing in common are not equal, and neither is before the other.
/// - Null equals null alone; every other test of it says no, and `not` turns that (OData URL Conventions 4.01, section
///   5.1.1.1; for the text functions as Dataverse does, which finds null among what does not contain a text).
package struct RowTest: Sendable {
  private let formula: RowFormula

  /// - Parameter filter: a condition in terms of Dataverse's properties, and of members of one of them that holds JSON.
  package init(_ filter: Expression) { formula = RowFormula(filter) }

  /// Whether the filter lets the row pass; `nil` when that cannot be decided: a property it needs was not read, or it
  /// holds a kind of node that is not calculated here.
  package func matches(_ row: DataverseRow) -> Bool? { formula.value(for: row).truth }

  /// Whether every part of the filter is of a kind that is always decided, for rows that hold the properties it names.
  package static func canDecide(_ filter: Expression) -> Bool {
    RowTest.canDecide(filter, asCondition: true)
  }

  /// - Parameter asCondition: whether a yes or no is wanted rather than a value.
  static func canDecide(_ expression: Expression, asCondition: Bool) -> Bool {
    // What is wanted of each node; parents stand behind their children.
    var conditions = [Bool](repeating: false, count: expression.nodes.count)
    var values = conditions
    conditions[Int(expression.root.index)] = asCondition
    values[Int(expression.root.index)] = !asCondition
    for index in expression.nodes.indices.reversed() where conditions[index] || values[index] {
      let needsCondition = conditions[index]
      switch expression.nodes[index] {
      case .binary(.and, let left, let right), .binary(.or, let left, let right):
        for operand in [left, right] { conditions[Int(operand.index)] = true }
      case .not(let operand): conditions[Int(operand.index)] = true
      case .binary(.in, let left, let right):
        guard case .list(let items) = expression[right] else { return false }
        for operand in [left] + items { values[Int(operand.index)] = true }
      case .binary(let op, let left, let right):
        guard op.isComparison else { return false }
        // GUIDs have an order that each database chooses for itself.
        guard op == .eq || op == .ne || !isGUID(expression[left]) && !isGUID(expression[right]) else { return false }
        for operand in [left, right] { values[Int(operand.index)] = true }
      case .call(let name, let arguments):
        guard let function = RowFormula.Function(rawValue: name), function.arity.contains(arguments.count),
          function != .substring, !needsCondition || function.isCondition,
          arguments.allSatisfy({ isTextual(expression[$0], in: expression) })
        else { return false }
        for argument in arguments { values[Int(argument.index)] = true }
      case .literal(.boolean): continue
      case .literal(let literal):
        guard !needsCondition, isComparable(literal) else { return false }
      case .member(let base, _):
        guard base == nil || expression.jsonMember(expression.nodes[index]) != nil else { return false }
        // Of a column that is not boolean nobody can say whether it is true.
        guard !needsCondition else { return false }
      default: return false
      }
    }
    return true
  }

  private static func isGUID(_ node: Expression.Node) -> Bool {
    if case .literal(.guid) = node { true } else { false }
  }

  /// Whether the text functions find text there, or null.
  private static func isTextual(_ node: Expression.Node, in expression: Expression) -> Bool {
    switch node {
    case .literal(.string), .literal(.null), .member(base: nil, _), .call: true
    default: expression.jsonMember(node) != nil
    }
  }

  private static func isComparable(_ literal: Literal) -> Bool {
    switch literal {
    // What the parser makes of text that is no number here is looked at; all others of these kinds have a value.
    case .decimal, .double: if case .unknown = RowValue(literal) { false } else { true }
    case .null, .boolean, .string, .integer, .guid, .date, .dateTimeOffset: true
    case .timeOfDay, .duration, .binary, .geo, .enumeration: false
    }
  }
}
