import Dataverse
import ODataURL

/// What one condition asks of one column.
struct ColumnConstraint {
  enum Test {
    case anything, nothing
    case compares(BinaryOperator, ComparableValue)
    case isOneOf([ComparableValue])
    case isNoneOf([ComparableValue])
    /// How the column stands to a value that is not known: another column, or a value of the caller, by a name for it.
    case relates([BinaryOperator], to: String)
    /// `contains`, `startswith` or `endswith` with text that has no wildcard.
    case finds(TextFunction, String, isTrue: Bool)
    /// A condition that nothing is known of, by a text that is the same for the same condition.
    case holds(String, isTrue: Bool)
  }

  var column: Column
  var test: Test
  var admitsNull: Bool

  /// Whether it is about a value that no row with this one could have.
  func refutes(_ value: ComparableValue) -> Bool {
    switch test {
    case .anything, .relates, .holds: false
    case .nothing: true
    case .compares(let op, let other): value.relation(to: other).refutes(op)
    case .isOneOf(let values): values.allSatisfy { value.relation(to: $0).refutes(.eq) }
    case .isNoneOf(let values): values.contains { value.relation(to: $0) == .equal }
    case .finds(let function, let text, let isTrue):
      function.finds(text, in: value).map { $0 != isTrue } ?? false
    }
  }
}

extension [ColumnConstraint] {
  /// Whether no value, and no null, meets all of them; they are of one column.
  var areContradictory: Bool { !allSatisfy(\.admitsNull) && admitNoValue }

  private var admitNoValue: Bool {
    if contains(where: { if case .nothing = $0.test { true } else { false } }) || contradictEachOther { return true }
    if let values = candidates { return values.allSatisfy { value in contains { $0.refutes(value) } } }
    return haveEmptyRange
  }

  /// All values that can be meant, where they can be counted.
  private var candidates: [ComparableValue]? {
    for constraint in self {
      switch constraint.test {
      case .compares(.eq, let value): return [value]
      case .isOneOf(let values): return values
      default: continue
      }
    }
    return first?.column.type == .boolean ? [.boolean(true), .boolean(false)] : nil
  }

  /// Conditions that say the opposite of one another, whatever they mean.
  private var contradictEachOther: Bool {
    var holds: [String: Bool] = [:]
    var relations: [String: Set<BinaryOperator>] = [:]
    for constraint in self {
      switch constraint.test {
      case .holds(let text, let isTrue):
        if holds[text] == !isTrue { return true }
        holds[text] = isTrue
      case .finds(let function, let text, let isTrue):
        let key = "\(function.rawValue) \(text)"
        if holds[key] == !isTrue { return true }
        holds[key] = isTrue
      case .relates(let orders, let other):
        let left = relations[other].map { $0.intersection(orders) } ?? Set(orders)
        if left.isEmpty { return true }
        relations[other] = left
      default: continue
      }
    }
    return false
  }

  /// A lower bound above an upper one.
  private var haveEmptyRange: Bool {
    var lower: [(value: ComparableValue, isOpen: Bool)] = []
    var upper: [(value: ComparableValue, isOpen: Bool)] = []
    for constraint in self {
      guard case .compares(let op, let value) = constraint.test else { continue }
      let type = constraint.column.type
      switch op {
      case .ge: lower.append((value, false))
      case .le: upper.append((value, false))
      case .gt:
        let next = value.neighbour(1, of: type)
        lower.append((next ?? value, next == nil))
      case .lt:
        let next = value.neighbour(-1, of: type)
        upper.append((next ?? value, next == nil))
      default: continue
      }
    }
    return lower.contains { low in
      upper.contains { high in
        switch low.value.relation(to: high.value) {
        case .greater: true
        case .equal: low.isOpen || high.isOpen || contains { $0.refutes(low.value) }
        case .less, .different, .unknown: false
        }
      }
    }
  }
}

extension TextFunction {
  /// Whether a text is found in a value; `nil` where a collation decides.
  fileprivate func finds(_ text: String, in value: ComparableValue) -> Bool? {
    guard case .text(let value) = value, value.utf8.allSatisfy({ $0 < 0x80 }), text.utf8.allSatisfy({ $0 < 0x80 })
    else { return nil }
    let whole = Array(value.utf8)
    let part = Array(text.utf8)
    // Blanks at the end of a value are not kept.
    guard part.last != UInt8(ascii: " ") else { return nil }
    switch self {
    case .startswith: return whole.starts(with: part)
    case .endswith: return whole.reversed().starts(with: part.reversed())
    case .contains: return part.isEmpty || whole.indices.contains { whole[$0...].starts(with: part) }
    }
  }
}
