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
    /// Nodes of all expressions together: keys, `$filter`, `$orderby` and `$apply`.
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
    /// The conditions have something besides comparisons, text functions, `and`, `or` and `not`: query functions, lambdas,
    /// geographic values.
    package var hasUnusualConditions = false
    /// Items of all `$expand` together, and levels of `$expand` in `$expand`.
    package var expands = 0
    package var expandDepth = 0
  }

  /// Whether it proves, resolved from a query as it was parsed, that no alias stands in it: every alias is an obscurity,
  /// but for those in paths of other forms and in `$compute`, which are not looked at.
  package func hasNoAliases(in query: RelativeURI) -> Bool {
    obscurities.isEmpty && address != .other && query.options.aliases.isEmpty
      && (!query.options.hasRareOptions || query.options.compute == nil)
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
  /// Conditions of the key predicate, then of `$filter`, then of `filter(…)` in `$apply`, each in source order.
  package var conditions: [Condition] = []
  /// Navigation properties that conditions and `$apply` go through, each once for each place.
  package var navigations: [NavigationReference] = []
  /// Items of `$expand`, in source order.
  package var expands: [Level] = []
  /// `$apply`.
  package var aggregation: Aggregation?
  /// Which item of the `$expand` it stands in it is, counted from 0; `nil` for the rows of the path.
  package var item: Int?
  /// The item of `$expand`; ``Span/none`` for the rows of the path.
  package var span = Span.none

  package init(table: Table?) { self.table = table }
}

/// A part of a query that cannot be resolved to columns.
package struct Obscurity: Sendable, Hashable {
  package var reason: Reason
  package var span: Span

  package enum Reason: Sendable, Hashable {
    /// An operator that is none of the six comparisons, `and`, `or`, `not`.
    case unsupportedOperator
    /// A comparison whose left side is no column, or whose right side is neither a literal nor a column of the same row.
    case comparison
    /// A function that is neither a text function nor a query function, or not with a column and literals, or a query
    /// function in a lambda, where no row is said to be meant.
    case function
    /// A cast, `$it`, `$root`, a count, a lambda on something else than a collection, a path through a collection, or
    /// a name in a lambda that is not below the variable of that lambda.
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
    /// An item of `$expand` that is no navigation property alone, or an option on it that may name columns and is none
    /// of those in ``Level``.
    case expand
    /// A transformation, or a part of one, that is none of those in ``Aggregation``; or `$select`, `$filter`, `$orderby`
    /// or `$expand` beside `$apply`, whose names are those of its results.
    case apply
  }
}
