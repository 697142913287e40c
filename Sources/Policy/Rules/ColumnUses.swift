import Dataverse
import ODataURL

/// What a ``ColumnRule`` allows, as bits: a judgement asks for it with every name of a query. None for columns that the
/// policy does not name.
struct ColumnUses: Sendable {
  private var bits: UInt32 = 0

  private static let selectable: UInt32 = 1
  private static let orderable: UInt32 = 2
  private static let filterable: UInt32 = 4
  /// The first of the comparisons and text functions that may stand in a condition.
  private static let operations = 8
  /// The first of those that take any text.
  private static let unshaped = 20

  init() {}

  init(_ rule: ColumnRule) {
    if rule.isSelectable { bits |= ColumnUses.selectable }
    if rule.isFilterable { bits |= ColumnUses.filterable }
    // Rows are sorted by the name of the row that a lookup leads to, which is another table's.
    if case .lookup = rule.column.type {} else if rule.isOrderable { bits |= ColumnUses.orderable }
    for (operation, shape) in rule.operations {
      guard let number = ColumnUses.number(operation) else { continue }
      bits |= 1 << (ColumnUses.operations + number)
      if shape.isAny { bits |= 1 << (ColumnUses.unshaped + number) }
    }
  }

  var isSelectable: Bool { bits & ColumnUses.selectable != 0 }
  /// Also not a lookup.
  var isOrderable: Bool { bits & ColumnUses.orderable != 0 }
  var isFilterable: Bool { bits & ColumnUses.filterable != 0 }

  /// Whether the operation may stand in a condition, with any text; `false` also for what only the rule itself tells.
  func allowsAnyText(_ operation: Condition.Operation) -> Bool {
    guard let number = ColumnUses.number(operation) else { return false }
    let both: UInt32 = 1 << (ColumnUses.operations + number) | 1 << (ColumnUses.unshaped + number)
    return bits & both == both
  }

  /// A number below 12; `nil` for query functions, of which there are too many.
  private static func number(_ operation: Condition.Operation) -> Int? {
    switch operation {
    case .comparison(.eq): 0
    case .comparison(.ne): 1
    case .comparison(.gt): 2
    case .comparison(.ge): 3
    case .comparison(.lt): 4
    case .comparison(.le): 5
    case .text(.contains): 6
    case .text(.startswith): 7
    case .text(.endswith): 8
    case .comparison, .queryFunction: nil
    }
  }
}
