package import ODataURL

/// An order by columns, or by members of the unfolded JSON column, for rows in memory.
///
/// Values of a column sort in this sequence: null, `false`, `true`, numbers by value, times as instants, text without case
/// by code point, objects and arrays. So a column of one kind sorts as Dataverse sorts it, null first, and a JSON member
/// of several kinds has an order all the same. Numbers that a JSON member holds as text sort as numbers, and text that is
/// a time as a time. What cannot be calculated sorts as null. Rows that are equal keep their places.
package struct RowOrder: Sendable {
  private let items: [(formula: RowFormula, descending: Bool)]

  /// - Parameter items: the most important first; names as for ``RowTest``.
  package init(_ items: [OrderItem]) {
    self.items = items.map { (RowFormula($0.expression), $0.descending) }
  }

  /// Whether every part of the items is of a kind that is always calculated, for rows that hold the properties.
  package static func canSort(_ items: [OrderItem]) -> Bool {
    items.allSatisfy { RowTest.canDecide($0.expression, asCondition: false) }
  }

  /// The rows in their order.
  package func sorted(_ rows: [DataverseRow]) -> [DataverseRow] {
    guard !items.isEmpty, rows.count > 1 else { return rows }
    let keys = rows.map { row in items.map { SortKey($0.formula.value(for: row)) } }
    let order = rows.indices.sorted { left, right in
      for (index, item) in items.enumerated() {
        let relation = keys[left][index].compared(with: keys[right][index])
        if relation != 0 { return item.descending ? relation > 0 : relation < 0 }
      }
      return left < right
    }
    return order.map { rows[$0] }
  }
}

/// A value as it sorts.
private enum SortKey {
  case null
  case bool(Bool)
  case number(ExactNumber)
  case instant(Instant)
  case text(FoldedText)
  case structure

  init(_ value: RowValue) {
    switch value {
    case .unknown, .null: self = .null
    case .bool(let value): self = .bool(value)
    case .number(let number, _): self = .number(number)
    case .instant(let instant): self = .instant(instant)
    case .structure: self = .structure
    // Dataverse writes GUIDs as text; one can only come from a literal.
    case .guid: self = .null
    case .text(let text, let isUnfolded):
      if isUnfolded, let number = ExactNumber(text.bytes) {
        self = .number(number)
      } else if let instant = RowValue.instant(text, needsOffset: false) {
        self = .instant(instant)
      } else {
        self = .text(text)
      }
    }
  }

  private var rank: Int {
    switch self {
    case .null: 0
    case .bool: 1
    case .number: 2
    case .instant: 3
    case .text: 4
    case .structure: 5
    }
  }

  /// -1, 0 or 1; total, so that every set of rows can be sorted.
  func compared(with other: SortKey) -> Int {
    switch (self, other) {
    case (.bool(let left), .bool(let right)): (left ? 1 : 0) - (right ? 1 : 0)
    case (.number(let left), .number(let right)):
      // NaN sorts before all numbers.
      left.compared(with: right) ?? (right.isNaN ? 1 : 0) - (left.isNaN ? 1 : 0)
    case (.instant(let left), .instant(let right)): left.compared(with: right)
    case (.text(let left), .text(let right)): left.compared(with: right)
    default: (rank - other.rank).signum()
    }
  }
}
