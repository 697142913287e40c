package import ODataURL

/// A column compared with literals, or with another column.
package struct Condition: Sendable, Hashable {
  package var column: ColumnReference
  package var operation: Operation
  package var values: Values
  /// The column on the right side, where there is no literal.
  package var other: ColumnReference?
  /// Stands under an odd number of `not`.
  package var isNegated: Bool
  /// Which expression of the level it stands in.
  package var origin: Origin
  package var span: Span
  /// The node in the expression that ``origin`` tells; that of the value for keys.
  package var node: NodeID
  /// In a lambda, the node of the innermost one in the same expression.
  package var lambda: NodeID?

  /// Comes from the key predicate; ``operation`` is `eq`.
  package var isKey: Bool { origin == .key }

  /// The expressions that hold conditions.
  package enum Origin: Sendable, Hashable {
    /// The key predicate of the path.
    case key
    /// `$filter` of the level.
    case filter
    /// `filter(…)` in `$apply` of the level: which transformation, counted from 0.
    case apply(transformation: Int)
  }

  package struct Value: Sendable, Hashable {
    package var literal: Literal
    package var span: Span
    /// The node in the expression that ``Condition/origin`` tells.
    package var node: NodeID
  }

  /// Nearly always one, which then needs no memory of its own.
  package enum Values: Sendable, Hashable, RandomAccessCollection {
    case one(Value)
    case many([Value])

    package init(_ values: [Value]) {
      self = if values.count == 1 { .one(values[0]) } else { .many(values) }
    }

    package var startIndex: Int { 0 }
    package var endIndex: Int {
      switch self {
      case .one: 1
      case .many(let values): values.count
      }
    }
    package subscript(position: Int) -> Value {
      switch self {
      case .one(let value): value
      case .many(let values): values[position]
      }
    }
  }

  package enum Operation: Sendable, Hashable {
    /// `eq ne gt ge lt le`
    case comparison(BinaryOperator)
    /// `contains startswith endswith`
    case text(TextFunction)
    /// A query function, by its name without the namespace.
    case queryFunction(String)
  }
}

/// The functions of OData that Dataverse takes in `$filter`.
package enum TextFunction: String, Sendable, Hashable, CaseIterable {
  case contains, startswith, endswith

  /// By name; case-sensitive. Faster than by raw value, which goes through a list of literals.
  package static func named(_ name: String) -> TextFunction? {
    if name == "contains" { return .contains }
    if name == "startswith" { return .startswith }
    return name == "endswith" ? .endswith : nil
  }
}
