package import Dataverse
package import ODataURL

/// What a scope may do with one table. Frozen: made by the compiler, never changed.
package struct TableRule: Sendable {
  package let table: Table
  /// Seconds an answer may be served from the cache.
  package let timeToLive: Int
  package let options: Set<QueryOption>
  /// Names that may stand in the query or the answer; every other is denied.
  package let columns: [ColumnRule]
  /// Property names of ``selectable``, in the order of the schema: what a missing `$select` becomes.
  package let selectItems: [SelectItem]
  /// The same as a set.
  package let selectable: Set<String>
  private let index: [String: Int]

  init(table: Table, timeToLive: Int, options: Set<QueryOption>, columns: [ColumnRule]) {
    self.table = table
    self.timeToLive = timeToLive
    self.options = options
    self.columns = columns
    let names = columns.filter(\.isSelectable).map(\.column.propertyName)
    selectItems = names.map { SelectItem([$0]) }
    selectable = Set(names)
    index = Dictionary(
      columns.enumerated().map { ($1.column.propertyName, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The rule of a column by its property name; case-sensitive.
  package func column(_ name: String) -> ColumnRule? { index[name].map { columns[$0] } }

  /// The same table with only these columns.
  func narrowed(to names: Set<String>) -> TableRule {
    TableRule(
      table: table, timeToLive: timeToLive, options: options,
      columns: columns.filter { names.contains($0.column.propertyName) })
  }
}

/// What may be done with one column; every use stands alone.
package struct ColumnRule: Sendable {
  package let column: Column
  package let isSelectable: Bool
  package let isOrderable: Bool
  /// Operations that may stand in a condition on it, each with the form of its text.
  package let operations: [Condition.Operation: LiteralShape]
  /// Conditions on it may stand under `not`.
  package let allowsNot: Bool
  /// It may be compared with `null`.
  package let allowsNull: Bool

  package var isFilterable: Bool { !operations.isEmpty }
}

/// What of a request a policy allows by name.
package enum QueryOption: String, Sendable, Hashable, CaseIterable {
  case select = "$select"
  case filter = "$filter"
  case orderby = "$orderby"
  case top = "$top"
  case count = "$count"
  case skiptoken = "$skiptoken"
  /// The path `set/$count`.
  case countSegment = "/$count"
  /// The path `set(key)`.
  case key
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
