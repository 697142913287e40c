package import ODataURL

/// Every name of a query resolved to (table, column, use): what the query reads, wherever it says so.
///
/// Total: whatever of the path, `$select`, `$filter`, `$orderby`, `$expand`, `$apply` and the key is not in ``root`` is in
/// ``obscurities``. Who judges by columns has to refuse a query that has any.
package struct Resolution: Sendable {
  /// What the path addresses.
  package var address: Address
  /// The rows that are read.
  package var root: Level
  /// Parts that no column can be made of.
  package var obscurities: [Obscurity] = []
  package var measure = Measure()

  /// Forms of a resource path, as far as they are told apart.
  package enum Address: Sendable, Hashable {
    case collection, entity, count
    /// Anything else.
    case other
  }

  /// How large the expressions of a query are, those in `$expand` and `$apply` included.
  package struct Measure: Sendable, Hashable {
    /// Nodes of the key, `$filter` and `$orderby` together.
    package var nodes = 0
    /// Deepest nesting; a chain of one operator counts once.
    package var depth = 0
    package var deepestSpan = Span.none
    /// Operands of the widest chain of `or`, and where it stands.
    package var widestOr = 0
    package var widestOrSpan = Span.none
    /// Values of the longest list of a query function, and where it stands.
    package var longestList = 0
    package var longestListSpan = Span.none
    /// Items of all `$expand` together, and levels of `$expand` in `$expand`.
    package var expands = 0
    package var expandDepth = 0
  }
}

/// One set of rows that a query names, with the options on it: the rows of the path, or those of an item of `$expand`.
package struct Level: Sendable {
  /// The table of the rows; `nil` when the schema does not know it.
  package var table: Table?
  /// How an item of `$expand` gets there; `nil` for the rows of the path.
  package var navigation: NavigationReference?
  /// Columns named in `$select`, in source order; `nil` when there is no `$select`.
  package var select: [ColumnReference]?
  /// Columns of `$orderby`, in source order.
  package var order: [ColumnReference] = []
  /// Conditions of the key predicate and then of `$filter`, in source order.
  package var conditions: [Condition] = []
  /// Navigation properties that conditions go through, each once for each place.
  package var navigations: [NavigationReference] = []
  /// Items of `$expand`, in source order.
  package var expands: [Level] = []
  /// `$apply`.
  package var aggregation: Aggregation?
  /// The item of `$expand`; ``Span/none`` for the rows of the path.
  package var span = Span.none

  package init(table: Table?) { self.table = table }
}

/// A name where a column is meant.
package struct ColumnReference: Sendable, Hashable {
  /// As written.
  package var name: String
  /// The table the column belongs to; `nil` when the schema does not know it.
  package var table: Table?
  /// Where in ``Table/columns`` it is; `nil` when the table has no column of this name.
  package var index: Int?
  /// Navigation properties between the level's table and ``table``, outermost first; empty for its own columns.
  package var path: [String] = []
  package var span: Span
  /// The name was given as text (`PropertyName='…'`): until it is found to be a column it may be anything, and no
  /// message may repeat it.
  package var isText = false

  /// A column of `table` by its property name.
  package init(
    _ name: String, in table: Table?, path: [String] = [], span: Span, isText: Bool = false
  ) {
    self.name = name
    self.table = table
    index = table?.columnIndex(name)
    self.path = path
    self.span = span
    self.isText = isText
  }

  /// The column; `nil` when the table has none of this name.
  package var column: Column? {
    guard let table, let index else { return nil }
    return table.columns[index]
  }
}

/// A name where a navigation property is meant.
package struct NavigationReference: Sendable, Hashable {
  /// As written.
  package var name: String
  /// The table that it starts from; `nil` when the schema does not know it.
  package var source: Table?
  /// `nil` when the table has no navigation property of this name.
  package var navigation: NavigationProperty?
  /// The table that it leads to; `nil` when the schema does not know it.
  package var target: Table?
  package var span: Span
  /// Navigation properties between the level's table and ``source``, outermost first.
  package var path: [String] = []
}

/// A column compared with literals, or with another column.
package struct Condition: Sendable, Hashable {
  package var column: ColumnReference
  package var operation: Operation
  package var values: [Value]
  /// The column on the right side, where there is no literal.
  package var other: ColumnReference?
  /// Stands under an odd number of `not`.
  package var isNegated: Bool
  /// Comes from the key predicate; ``operation`` is `eq`.
  package var isKey: Bool
  package var span: Span
  /// The node in the expression of the level's filter; that of the value for keys.
  package var node: NodeID

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

/// What `$apply` computes: a sequence of `filter(…)`, then one of `aggregate(…)` and `groupby(…)`, which is what
/// Dataverse takes.
package struct Aggregation: Sendable {
  /// Columns that rows are grouped by, with the names of the members they become (`{table}_{column}` behind a lookup).
  package var groups: [Output] = []
  /// Aggregated columns.
  package var aggregates: [Output] = []
  /// Names of members that hold a number of rows (`$count as n`).
  package var counts: [String] = []
  package var span: Span

  package struct Output: Sendable, Hashable {
    package var column: ColumnReference
    /// `nil` for a group.
    package var method: AggregationMethod?
    /// The member of the answer.
    package var member: String
  }
}

/// How values become one (`aggregate(column with METHOD as name)`), as far as Dataverse has it.
package enum AggregationMethod: String, Sendable, Hashable, CaseIterable { case sum, average, min, max }

/// The functions of OData that Dataverse takes in `$filter`.
package enum TextFunction: String, Sendable, Hashable, CaseIterable { case contains, startswith, endswith }

/// A part of a query that cannot be resolved to columns.
package struct Obscurity: Sendable, Hashable {
  package var reason: Reason
  package var span: Span

  package enum Reason: Sendable, Hashable {
    /// An operator that is none of the six comparisons, `and`, `or`, `not`.
    case unsupportedOperator
    /// A comparison whose left side is no column or whose right side is neither literal nor column.
    case comparison
    /// A function that is neither a text function nor a query function, or not with a column and literals.
    case function
    /// A cast, `$it`, `$root`, a count, a lambda on something else than a collection.
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
    /// An item of `$expand` that is no navigation property alone.
    case expand
    /// A transformation, or a part of one, that is none of those in ``Aggregation``.
    case apply
  }
}
