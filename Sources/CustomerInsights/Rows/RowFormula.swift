import ODataURL

/// An expression made ready to be calculated for many rows.
///
/// Names are those of Dataverse properties; paths through the JSON column (``ODataURL/Expression/jsonMember(_:)``) are its
/// members, without case. All nodes are calculated one after the other, children first, so that neither depth nor length
/// of an expression matters to the stack.
struct RowFormula: Sendable {
  /// Functions that are calculated, by their names in the tree.
  enum Function: String, Sendable {
    case contains, startswith, endswith, tolower, toupper, trim, length, concat, indexof, substring
  }

  private enum Step: Sendable {
    case column(Int)
    case member(Int)
    case compare(BinaryOperator, Int, Int)
    case and(Int, Int), or(Int, Int)
    case not(Int)
    case within(Int, [Int])
    case call(Function, [Int])
  }

  /// Literals at their place, `unknown` at all others.
  private var template: [RowValue]
  private var steps: [(place: Int, step: Step)] = []
  /// For each node, whether rows have a say in it.
  private var varies: [Bool]
  private let root: Int
  /// Distinct names of properties.
  private var columns = Names()
  /// The property whose JSON objects have `members`; `nil` where none are named.
  private var unfold: String?
  /// Distinct names of members.
  private var members = Names()
  /// The same, by their places there.
  private var wanted = WantedMembers()

  /// - Parameter expression: has members of one JSON column at most.
  init(_ expression: Expression) {
    root = Int(expression.root.index)
    template = [RowValue](repeating: .unknown, count: expression.nodes.count)
    varies = [Bool](repeating: false, count: expression.nodes.count)
    var isUsed = [Bool](repeating: false, count: expression.nodes.count)
    isUsed[root] = true
    for index in expression.nodes.indices.reversed() where isUsed[index] {
      switch expression.nodes[index] {
      // Nearly all nodes, without a list of what is below them.
      case .literal, .member: continue
      case .binary(_, let left, let right):
        isUsed[Int(left.index)] = true
        isUsed[Int(right.index)] = true
      case let node: for child in node.children { isUsed[Int(child.index)] = true }
      }
    }
    for index in expression.nodes.indices where isUsed[index] {
      switch expression.nodes[index] {
      case .literal(let literal): template[index] = RowValue(literal)
      case .member(base: nil, let name): add(.column(columns.place(of: name).index), at: index, varies: true)
      case .member:
        guard let (column, name) = expression.jsonMember(expression.nodes[index]) else { continue }
        unfold = column
        let place = members.place(of: name)
        if place.isNew { wanted.add(name, place: place.index) }
        add(.member(place.index), at: index, varies: true)
      case .binary(let op, let left, let right) where op.isComparison:
        add(
          .compare(op, Int(left.index), Int(right.index)), at: index,
          varies: varies[Int(left.index)] || varies[Int(right.index)])
      case let node:
        guard let step = RowFormula.step(node, in: expression) else { continue }
        add(step, at: index, varies: node.children.contains { varies[Int($0.index)] })
      }
    }
  }

  /// Names, each once.
  private struct Names: Sendable {
    private(set) var list: [String] = []
    /// Made where there are many.
    private var places: [String: Int] = [:]

    /// Names up to which a look at each of them is cheaper than a dictionary.
    private static let few = 8

    /// Where a name stands in ``list``, into which it is put where it is not there.
    mutating func place(of name: String) -> (index: Int, isNew: Bool) {
      if let known = list.count <= Names.few ? list.firstIndex(of: name) : places[name] { return (known, false) }
      let place = list.count
      list.append(name)
      if list.count > Names.few {
        if places.isEmpty { for (place, name) in list.enumerated() { places[name] = place } }
        places[name] = place
      }
      return (place, true)
    }
  }

  private mutating func add(_ step: Step, at place: Int, varies: Bool) {
    steps.append((place, step))
    self.varies[place] = varies
  }

  /// - Returns: `nil` for what is not calculated here, and so unknown.
  private static func step(_ node: Expression.Node, in expression: Expression) -> Step? {
    switch node {
    case .binary(.and, let left, let right): return .and(Int(left.index), Int(right.index))
    case .binary(.or, let left, let right): return .or(Int(left.index), Int(right.index))
    case .not(let operand): return .not(Int(operand.index))
    case .binary(.in, let left, let right):
      guard case .list(let items) = expression[right] else { return nil }
      return .within(Int(left.index), items.map { Int($0.index) })
    case .call(let name, let arguments):
      guard let function = Function(rawValue: name), function.arity.contains(arguments.count) else { return nil }
      return .call(function, arguments.map { Int($0.index) })
    default: return nil
    }
  }

  /// The value of the expression for one row.
  func value(for row: DataverseRow) -> RowValue {
    let columns = columns.list.map { name in row[name].map { RowValue(token: $0, isUnfolded: false) } ?? .unknown }
    let members = members(of: row)
    var values = template
    for (place, step) in steps {
      values[place] =
        switch step {
        case .column(let index): columns[index]
        case .member(let index): members[index]
        case .compare(let op, let left, let right): compare(op, left, right, values)
        case .and(let left, let right): RowFormula.and(values[left].truth, values[right].truth)
        case .or(let left, let right): RowFormula.or(values[left].truth, values[right].truth)
        case .not(let operand): values[operand].truth.map { .bool(!$0) } ?? .unknown
        case .within(let left, let items):
          items.reduce(.bool(false)) { found, item in
            RowFormula.or(found.truth, compare(.eq, left, item, values).truth)
          }
        case .call(let function, let arguments): function.value(arguments.map { values[$0] })
        }
    }
    return values[root]
  }

  // MARK: Members

  private func members(of row: DataverseRow) -> [RowValue] {
    guard let unfold else { return [] }
    // Without its JSON column nobody can tell. One that is null or holds no object has no members.
    let token = row[unfold]
    var values = [RowValue](repeating: token == nil ? .unknown : .null, count: members.list.count)
    guard let token else { return values }
    for (place, value) in wanted.values(inStringToken: token) {
      values[place] = RowValue(token: value, isUnfolded: true)
    }
    return values
  }

  // MARK: Operators

  private func compare(_ op: BinaryOperator, _ left: Int, _ right: Int, _ values: [RowValue]) -> RowValue {
    let relation = values[left].relation(to: values[right], readsTimes: varies[left] && varies[right])
    switch (relation, op) {
    case (.unknown, _): return .unknown
    case (_, .eq): return .bool(relation == .equal)
    case (_, .ne): return .bool(relation != .equal)
    case (.different, _): return .unknown
    case (_, .gt): return .bool(relation == .greater)
    case (_, .ge): return .bool(relation == .greater || relation == .equal)
    case (_, .lt): return .bool(relation == .less)
    case (_, .le): return .bool(relation == .less || relation == .equal)
    default: return .unknown
    }
  }

  private static func and(_ left: Bool?, _ right: Bool?) -> RowValue {
    if left == false || right == false { return .bool(false) }
    return left == nil || right == nil ? .unknown : .bool(true)
  }

  private static func or(_ left: Bool?, _ right: Bool?) -> RowValue {
    if left == true || right == true { return .bool(true) }
    return left == nil || right == nil ? .unknown : .bool(false)
  }
}

extension RowFormula.Function {
  /// How many arguments it takes.
  var arity: ClosedRange<Int> {
    switch self {
    case .tolower, .toupper, .trim, .length: 1...1
    case .contains, .startswith, .endswith, .concat, .indexof: 2...2
    case .substring: 2...3
    }
  }

  /// Whether it asks for a yes or no.
  var isCondition: Bool { self == .contains || self == .startswith || self == .endswith }

  /// - Parameter arguments: as many as the function takes.
  fileprivate func value(_ arguments: [RowValue]) -> RowValue {
    for case .unknown in arguments { return .unknown }
    // Nothing is contained in null, and null gives null; a structure has no text either.
    for argument in arguments {
      switch argument {
      case .null: return isCondition ? .bool(false) : .null
      case .structure: return isCondition ? .bool(false) : .null
      default: continue
      }
    }
    guard let text = arguments.first?.text else { return .unknown }
    switch self {
    case .tolower: return .text(FoldedText(text.string.lowercased()), isUnfolded: false)
    case .toupper: return .text(FoldedText(text.string.uppercased()), isUnfolded: false)
    case .trim: return .text(text.trimmed, isUnfolded: false)
    case .length: return .number(text.utf16Length)
    case .substring:
      let bounds = arguments.dropFirst().map { $0.text.flatMap { Int($0.string) } }
      guard let first = bounds.first, let start = first, !bounds.contains(nil) else { return .unknown }
      let part = text.part(from: start, length: bounds.count > 1 ? bounds[1] : nil)
      return part.map { .text($0, isUnfolded: false) } ?? .unknown
    case .contains, .startswith, .endswith, .concat, .indexof:
      guard arguments.count == 2, let other = arguments[1].text else { return .unknown }
      switch self {
      case .contains: return .bool(text.contains(other))
      case .startswith: return .bool(text.starts(with: other))
      case .endswith: return .bool(text.ends(with: other))
      case .concat: return .text(FoldedText(text.bytes + other.bytes), isUnfolded: false)
      default: return .number(text.firstIndex(of: other) ?? -1)
      }
    }
  }
}
