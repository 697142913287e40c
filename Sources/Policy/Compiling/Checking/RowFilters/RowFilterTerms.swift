import Dataverse
import ODataURL

/// Row filters in disjunctive normal form: alternatives, in each of which some conditions hold together. By it conditions
/// are found that no row can meet, and those that every row meets.
///
/// Whatever is not known of a condition makes it free, so that a filter is called impossible only where it is.
struct RowFilterTerms {
  /// Alternatives that are looked through; of filters that have more nothing is said.
  static let most = 256

  /// What a null means to conditions that do not ask for it.
  enum Nulls {
    /// May meet comparisons by `ne`, and whatever stands under `not`: so it is in some of Dataverse's stores.
    case mayPass
    /// Meets none: rows with a null are left out of account.
    case leftOut
  }

  private struct Leaf {
    var filter: Int
    var node: NodeID
    var isTrue: Bool
  }

  private let filters: [Expression]
  private let table: Table
  private let nulls: Nulls
  private let terms: [[Leaf]]

  /// Rows that all of the filters let through; `nil` beyond ``most`` alternatives.
  static func joined(_ filters: [RowFilter], of table: Table) -> RowFilterTerms? {
    RowFilterTerms(filters, table, .mayPass, isTrue: true)
  }

  /// Rows that a filter hides, but for those that it hides for a null; `nil` beyond ``most`` alternatives.
  static func hidden(by filter: RowFilter, of table: Table) -> RowFilterTerms? {
    RowFilterTerms([filter], table, .leftOut, isTrue: false)
  }

  private init?(_ filters: [RowFilter], _ table: Table, _ nulls: Nulls, isTrue: Bool) {
    self.filters = filters.map(\.expression)
    self.table = table
    self.nulls = nulls
    var all: [[Leaf]] = [[]]
    for (index, filter) in self.filters.enumerated() {
      guard let own = RowFilterTerms.terms(filter, filter.root, index, isTrue: isTrue),
        let joined = RowFilterTerms.product(all, own)
      else { return nil }
      all = joined
    }
    terms = all
  }

  /// Row filters have few nodes (``RowFilterReader``), and so little depth.
  private static func terms(_ tree: Expression, _ id: NodeID, _ filter: Int, isTrue: Bool) -> [[Leaf]]? {
    switch tree[id] {
    case .not(let operand): return terms(tree, operand, filter, isTrue: !isTrue)
    case .binary(let op, let left, let right) where op == .and || op == .or:
      guard let left = terms(tree, left, filter, isTrue: isTrue),
        let right = terms(tree, right, filter, isTrue: isTrue)
      else { return nil }
      if (op == .and) == isTrue { return product(left, right) }
      return left.count + right.count <= most ? left + right : nil
    default: return [[Leaf(filter: filter, node: id, isTrue: isTrue)]]
    }
  }

  private static func product(_ left: [[Leaf]], _ right: [[Leaf]]) -> [[Leaf]]? {
    guard left.count * right.count <= most else { return nil }
    return left.flatMap { first in right.map { first + $0 } }
  }

  /// The columns for which no row can be meant, in the order in which they are met; `nil` when some row can be.
  var contradictions: [String]? {
    var names: [String] = []
    for term in terms {
      var columns: [String] = []
      var constraints: [String: [ColumnConstraint]] = [:]
      for constraint in term.flatMap(self.constraints) {
        let name = constraint.column.propertyName
        if constraints[name] == nil { columns.append(name) }
        constraints[name, default: []].append(constraint)
      }
      guard let name = columns.first(where: { constraints[$0]?.areContradictory == true }) else { return nil }
      if !names.contains(name) { names.append(name) }
    }
    return names
  }

  // MARK: Conditions

  private func constraints(_ leaf: Leaf) -> [ColumnConstraint] {
    let tree = filters[leaf.filter]
    switch tree[leaf.node] {
    case .binary(let op, let left, let right):
      guard case .member(base: nil, let name) = tree[left], let column = table.column(name) else { return [] }
      return comparison(leaf.isTrue ? op : op.opposite, column, tree[right], isNegated: !leaf.isTrue)
    case .call(let name, let arguments):
      guard let function = TextFunction(rawValue: name), arguments.count == 2,
        case .member(base: nil, let name) = tree[arguments[0]], let column = table.column(name),
        case .literal(.string(let text)) = tree[arguments[1]]
      else { return [] }
      return [
        ColumnConstraint(
          column: column, test: test(function, text, leaf.isTrue), admitsNull: nulls == .mayPass && !leaf.isTrue)
      ]
    case .function(base: nil, let name, let parameters):
      return QueryFunction.unqualified(name).map { function($0, parameters, tree, leaf) } ?? []
    default: return []
    }
  }

  private func comparison(
    _ op: BinaryOperator, _ column: Column, _ right: Expression.Node, isNegated: Bool
  ) -> [ColumnConstraint] {
    let admitsNull = nulls == .mayPass && (isNegated || op == .ne)
    func constraint(_ test: ColumnConstraint.Test, null: Bool) -> ColumnConstraint {
      ColumnConstraint(column: column, test: test, admitsNull: null)
    }
    switch right {
    case .literal(.null):
      return [op == .eq ? constraint(.nothing, null: true) : constraint(.anything, null: false)]
    case .literal(let literal):
      let value = ComparableValue(literal, of: column.type)
      return [constraint(value.map { .compares(op, $0) } ?? .anything, null: admitsNull)]
    case .alias(let name): return [constraint(.relates(op.orders, to: "@\(name)"), null: admitsNull)]
    case .member(base: nil, let name):
      guard let other = table.column(name) else { return [] }
      if other.propertyName == column.propertyName {
        // With itself a null is not compared either.
        return [constraint(op.orders.contains(.eq) ? .anything : .nothing, null: false)]
      }
      // From the column that comes first, so that both ways to write it are one.
      if column.propertyName < other.propertyName {
        return [constraint(.relates(op.orders, to: other.propertyName), null: admitsNull)]
      }
      return [
        ColumnConstraint(
          column: other, test: .relates(op.mirrored.orders, to: column.propertyName), admitsNull: admitsNull)
      ]
    default: return []
    }
  }

  private func test(_ function: TextFunction, _ text: String, _ isTrue: Bool) -> ColumnConstraint.Test {
    // Any text is found by none, and by `%`.
    if text.utf8.allSatisfy({ $0 == UInt8(ascii: "%") }) { return isTrue ? .anything : .nothing }
    let text = text.lowercased()
    if text.utf8.contains(where: { "%_[".utf8.contains($0) }) {
      return .holds("\(function.rawValue) \(text)", isTrue: isTrue)
    }
    return .finds(function, text, isTrue: isTrue)
  }

  private func function(
    _ name: String, _ parameters: [NamedParameter], _ tree: Expression, _ leaf: Leaf
  ) -> [ColumnConstraint] {
    var column: Column?
    var items: [Literal?] = []
    var texts: [String] = []
    for parameter in parameters {
      if parameter.name == "PropertyName", case .literal(.string(let text)) = tree[parameter.value] {
        column = table.column(text)
        continue
      }
      var part = tree
      part.root = parameter.value
      texts.append("\(parameter.name)=\(part.printed())")
      guard case .array(let values) = tree[parameter.value] else { continue }
      items = values.map { if case .literal(let literal) = tree[$0] { literal } else { nil } }
    }
    guard let column else { return [] }
    let values = items.map { ComparableValue($0, inListOf: column.type) }
    let isOther = name.hasPrefix("Not") || name.hasPrefix("DoesNot")
    // Functions come in pairs of opposites: both are read as the one without `Not`.
    let plain = isOther ? QueryFunction.named(name)?.twin ?? name : name
    let isTrue = plain == name ? leaf.isTrue : !leaf.isTrue
    let admitsNull = nulls == .mayPass && (isOther || !leaf.isTrue)
    func constraint(_ test: ColumnConstraint.Test) -> ColumnConstraint {
      ColumnConstraint(column: column, test: test, admitsNull: admitsNull)
    }
    switch plain {
    case "In" where isTrue:
      let known = values.compactMap(\.self)
      return [constraint(known.count == values.count ? .isOneOf(known) : .anything)]
    case "In": return [constraint(.isNoneOf(values.compactMap(\.self)))]
    case "Between" where isTrue && values.count == 2:
      return zip([BinaryOperator.ge, .le], values).map { op, value in
        constraint(value.map { .compares(op, $0) } ?? .anything)
      }
    default: return [constraint(.holds("\(plain)(\(texts.joined(separator: ",")))", isTrue: isTrue))]
    }
  }
}

extension ComparableValue {
  /// An item of a list of a query function, which is text for columns of all types.
  fileprivate init?(_ literal: Literal?, inListOf type: ColumnType) {
    guard case .string(let text)? = literal,
      let value = ClaimValue.literal(text, comparedWith: type, as: .comparison)
    else { return nil }
    self.init(value, of: type)
  }
}

extension BinaryOperator {
  /// What holds where this does not.
  fileprivate var opposite: BinaryOperator {
    switch self {
    case .eq: .ne
    case .ne: .eq
    case .gt: .le
    case .le: .gt
    case .lt: .ge
    case .ge: .lt
    default: self
    }
  }

  /// The same with its sides changed.
  fileprivate var mirrored: BinaryOperator {
    switch self {
    case .gt: .lt
    case .lt: .gt
    case .ge: .le
    case .le: .ge
    default: self
    }
  }

  /// Which of `lt`, `eq` and `gt` it lets pass.
  fileprivate var orders: [BinaryOperator] {
    switch self {
    case .eq: [.eq]
    case .ne: [.lt, .gt]
    case .lt: [.lt]
    case .le: [.lt, .eq]
    case .gt: [.gt]
    case .ge: [.gt, .eq]
    default: [.lt, .eq, .gt]
    }
  }
}
