package import ODataURL

/// Every name of a query resolved to (table, column, use): what the query reads, wherever it says so.
///
/// Total: whatever of `$select`, `$filter`, `$orderby` and the key is not in ``select``, ``order`` and ``conditions`` is
/// in ``obscurities``. Who judges by columns has to refuse a query that has any.
package struct Resolution: Sendable {
  /// What the path addresses.
  package var address: Address
  /// The table behind the first segment; `nil` when the schema has no such entity set.
  package var table: Table?
  /// Columns named in `$select`, in source order.
  package var select: [ColumnReference] = []
  /// Columns of `$orderby`, in source order.
  package var order: [ColumnReference] = []
  /// Conditions of the key predicate and then of `$filter`, in source order.
  package var conditions: [Condition] = []
  /// Parts that no column can be made of.
  package var obscurities: [Obscurity] = []
  package var measure = Measure()

  /// Forms of a resource path, as far as they are told apart.
  package enum Address: Sendable, Hashable {
    case collection, entity, count
    /// Anything else.
    case other
  }

  /// How large the expressions of a query are.
  package struct Measure: Sendable, Hashable {
    /// Nodes of the key, `$filter` and `$orderby` together.
    package var nodes = 0
    /// Deepest nesting; a chain of one operator counts once.
    package var depth = 0
    /// Operands of the widest chain of `or`, or values of the longest list, and where it stands.
    package var widestOr = 0
    package var widestOrSpan = Span.none
    package var deepestSpan = Span.none
  }
}

/// A name where a column is meant.
package struct ColumnReference: Sendable, Hashable {
  /// As written.
  package var name: String
  /// `nil` when the table has no column of this name.
  package var column: Column?
  package var span: Span
  /// The name was given as text (`PropertyName='…'`): until it is found to be a column it may be anything, and no
  /// message may repeat it.
  package var isText = false
}

/// A column compared with literals.
package struct Condition: Sendable, Hashable {
  package var column: ColumnReference
  package var operation: Operation
  package var values: [Value]
  /// Stands under an odd number of `not`.
  package var isNegated: Bool
  /// Comes from the key predicate; ``operation`` is `eq`.
  package var isKey: Bool
  package var span: Span

  package struct Value: Sendable, Hashable {
    package var literal: Literal
    package var span: Span
    /// The node in the expression of the filter, or of the key.
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

/// A part of a query that cannot be resolved to columns.
package struct Obscurity: Sendable, Hashable {
  package var reason: Reason
  package var span: Span

  package enum Reason: Sendable, Hashable {
    /// An operator that is none of the six comparisons, `and`, `or`, `not`.
    case unsupportedOperator
    /// A comparison whose left side is no plain column or whose right side is no literal.
    case comparison
    /// A function that is neither a text function nor a query function, or not with a plain column and literals.
    case function
    /// A path through a navigation property, a lambda, a cast, `$it`, `$root`.
    case path
    /// A column, literal or list where a condition is wanted.
    case bareOperand
    /// An order by something other than a column.
    case order
    /// A key that is no literal.
    case key
    /// `*`, a path or a qualified name in `$select`.
    case select
    /// An alias that nothing was substituted for.
    case alias
  }
}
