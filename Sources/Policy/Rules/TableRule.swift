package import Dataverse
package import ODataURL

/// What a scope may do with one table. Frozen: made by the compiler, never changed. A class: judgements hand it from check
/// to check, and a reference costs one count, a struct of this size many.
package final class TableRule: Sendable {
  package let table: Table
  /// Seconds an answer may be served from the cache.
  package let timeToLive: Int
  package let options: Set<QueryOption>
  /// Names that may stand in the query or the answer, in the order of the schema; every other is denied.
  package let columns: [ColumnRule]
  /// Ways to other tables, by name; every other is denied.
  package let navigations: [String: NavigationRule]
  /// Transformations that `$apply` may have; none denies `$apply`.
  package let transformations: Set<TransformationKind>
  /// What a query has to say; each must hold.
  package let requirements: [Requirement]
  /// Conditions that every read of the table is sent with, at whatever depth; all of them.
  package let rowFilters: [RowFilter]
  /// What a refusal about this table adds.
  package let help: RuleHelp?
  /// Literals of queries on it may stand in the decision log as keyed hashes.
  package let logsLiterals: Bool
  /// Property names of ``selectable``, in the order of the schema: what a missing `$select` becomes.
  package let selectItems: [SelectItem]
  /// The same as a set.
  package let selectable: Set<String>
  /// The column that tags of rows are made of may be selected.
  let showsVersion: Bool
  /// Columns whose annotations may leave.
  package let annotated: Set<String>
  /// ``columns`` by the place of the column in the table.
  private let byIndex: [Int32]
  /// What may be done with each column of the table, by its place there.
  let uses: [ColumnUses]
  /// ``options`` as bits.
  private let optionBits: UInt16

  package init(
    table: Table, timeToLive: Int, options: Set<QueryOption>, columns: [ColumnRule],
    navigations: [String: NavigationRule] = [:], transformations: Set<TransformationKind> = [],
    requirements: [Requirement] = [], rowFilters: [RowFilter] = [], help: RuleHelp? = nil,
    logsLiterals: Bool = false
  ) {
    self.table = table
    self.timeToLive = timeToLive
    self.options = options
    optionBits = options.reduce(0) { $0 | $1.bit }
    self.columns = columns
    self.navigations = navigations
    self.transformations = transformations
    self.requirements = requirements
    self.rowFilters = rowFilters
    self.help = help
    self.logsLiterals = logsLiterals
    let names = columns.filter(\.isSelectable).map(\.column.propertyName)
    selectItems = names.map { SelectItem([$0]) }
    selectable = Set(names)
    showsVersion = selectable.contains("versionnumber")
    annotated = Set(columns.filter { $0.isSelectable && $0.allowsAnnotations }.map(\.column.propertyName))
    var byIndex = [Int32](repeating: -1, count: table.columns.count)
    for (place, rule) in columns.enumerated() {
      if let index = table.columnIndex(rule.column.propertyName) { byIndex[index] = Int32(place) }
    }
    self.byIndex = byIndex
    uses = byIndex.map { $0 < 0 ? ColumnUses() : ColumnUses(columns[Int($0)]) }
  }

  /// Whether ``options`` has it.
  func allows(_ option: QueryOption) -> Bool { optionBits & option.bit != 0 }

  /// The rule of a column by its property name; case-sensitive.
  package func column(_ name: String) -> ColumnRule? { table.columnIndex(name).flatMap { column(at: $0) } }

  /// The rule of the column at a place of ``Table/columns``.
  package func column(at index: Int) -> ColumnRule? { place(at: index).map { columns[$0] } }

  /// Where in ``columns`` the rule of the column at a place of ``Table/columns`` is: to look at one of its uses without
  /// a copy of the whole rule.
  package func place(at index: Int) -> Int? {
    guard index < byIndex.count, byIndex[index] >= 0 else { return nil }
    return Int(byIndex[index])
  }
}

/// What may be done with one column; every use stands alone.
package struct ColumnRule: Sendable {
  package let column: Column
  package var isSelectable = false
  package var isOrderable = false
  /// Operations that may stand in a condition on it, each with the form of its text.
  package var operations: [Condition.Operation: LiteralShape] = [:]
  /// Conditions on it may stand under `not`.
  package var allowsNot = false
  /// It may be compared with `null`.
  package var allowsNull = false
  /// It may be compared with another column that allows the same.
  package var allowsColumn = false
  /// `$apply` may group by it.
  package var isGroupable = false
  /// How `$apply` may aggregate it.
  package var methods: Set<AggregationMethod> = []
  /// Its annotations may leave with it, as far as their terms may. By itself `false` for a lookup only.
  package var allowsAnnotations = true

  package init(column: Column) { self.column = column }

  package var isFilterable: Bool { !operations.isEmpty }
}

/// What may be done with one navigation property.
package struct NavigationRule: Sendable, Hashable {
  package var navigation: NavigationProperty
  /// `$expand` may follow it.
  package var isExpandable: Bool
  /// Conditions may go through it: a path behind a lookup, `any` and `all` on a collection.
  package var isFilterable: Bool
  /// Rows of an expanded collection for each row: the largest `$top`, put in where there is none. Dataverse takes no
  /// `$top` beside a further `$expand`, so such a collection cannot be expanded further.
  package var top: Int?
  /// As which step of a path it may be gone through at the latest: 1 for the first alone. `nil` for wherever the limit
  /// `pathDepth` lets it stand.
  package var depth: Int?

  package init(
    _ navigation: NavigationProperty, isExpandable: Bool, isFilterable: Bool, top: Int? = nil, depth: Int? = nil
  ) {
    self.depth = depth
    self.navigation = navigation
    self.isExpandable = isExpandable
    self.isFilterable = isFilterable
    self.top = top
  }
}

/// Transformations of `$apply` that a policy can name.
package enum TransformationKind: String, Sendable, Hashable, CaseIterable { case aggregate, groupby, filter }

/// A query has to name one of these columns by equality: `eq` or `In`, so that no row can match without it.
package struct Requirement: Sendable, Hashable {
  /// Property names.
  package var columns: [String]

  package init(columns: [String]) { self.columns = columns }
}

/// A condition that is put into every query on a table.
package struct RowFilter: Sendable, Hashable {
  /// On columns of the table alone, with an alias `@caller.name` for each value that the caller brings.
  package let expression: Expression
  /// Names of those values, without `caller.`.
  package let claims: Set<String>

  package init(expression: Expression, claims: Set<String>) {
    self.expression = expression
    self.claims = claims
  }
}

/// Words of the operator's own behind a refusal.
package struct RuleHelp: Sendable, Hashable {
  package var message: String?
  /// A URL.
  package var link: String?

  package init(message: String?, link: String?) {
    self.message = message
    self.link = link
  }
}

/// What of a request a policy allows by name.
package enum QueryOption: String, Sendable, Hashable, CaseIterable {
  case select = "$select"
  case expand = "$expand"
  case apply = "$apply"
  case filter = "$filter"
  case orderby = "$orderby"
  case top = "$top"
  case count = "$count"
  case skiptoken = "$skiptoken"
  /// The path `set/$count`.
  case countSegment = "/$count"
  /// The path `set(key)`.
  case key

  /// One of its own.
  fileprivate var bit: UInt16 {
    switch self {
    case .select: 1
    case .expand: 1 << 1
    case .apply: 1 << 2
    case .filter: 1 << 3
    case .orderby: 1 << 4
    case .top: 1 << 5
    case .count: 1 << 6
    case .skiptoken: 1 << 7
    case .countSegment: 1 << 8
    case .key: 1 << 9
    }
  }
}

extension Condition.Operation {
  /// The word for it in policies and messages.
  package var word: String {
    switch self {
    case .comparison(let op): op.rawValue
    case .text(let function): function.rawValue
    case .queryFunction(let name): name
    }
  }

  /// By the word; `nil` for words that are no operation.
  package init?(word: String) {
    if let function = TextFunction(rawValue: word) {
      self = .text(function)
    } else if let op = BinaryOperator(rawValue: word), Condition.Operation.comparisons.contains(op) {
      self = .comparison(op)
    } else if QueryFunction.named(word) != nil {
      self = .queryFunction(word)
    } else {
      return nil
    }
  }

  package static let comparisons: [BinaryOperator] = [.eq, .ne, .gt, .ge, .lt, .le]

  /// Every word, for suggestions.
  package static let words =
    comparisons.map(\.rawValue) + TextFunction.allCases.map(\.rawValue) + QueryFunction.all.map(\.name)
}
