package import ODataURL

/// A column compared with literals, or with another column.
package struct Condition: Sendable, Hashable {
  package var column: ColumnReference
  package var operation: Operation
  package var values: [Value]
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
package enum TextFunction: String, Sendable, Hashable, CaseIterable { case contains, startswith, endswith }
