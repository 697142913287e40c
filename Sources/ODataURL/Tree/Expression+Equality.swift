extension Expression: Hashable {
  /// Structural equality from the roots; pools may lie in different orders and hold unused nodes.
  ///
  /// Works off a list of pairs instead of recursing, so that depth cannot overflow the stack.
  public static func == (left: Self, right: Self) -> Bool {
    var pending: [(NodeID, NodeID)] = [(left.root, right.root)]
    while let (a, b) = pending.popLast() {
      guard left[a].matches(right[b], pairing: &pending) else { return false }
    }
    return true
  }

  public func hash(into hasher: inout Hasher) {
    var pending = [root]
    while let id = pending.popLast() {
      self[id].hashHead(into: &hasher)
      pending.append(contentsOf: self[id].children)
    }
  }
}

extension Expression.Node {
  /// The nodes directly below, in source order.
  public var children: [NodeID] {
    switch self {
    case .literal, .variable, .implicit, .alias: []
    case .member(let base, _), .cast(let base, _), .annotation(let base, _): base.map { [$0] } ?? []
    case .not(let base), .negate(let base): [base]
    case .count(let base, let filter, _): filter.map { [base, $0] } ?? [base]
    case .key(let base, let values): [base] + values.map(\.value)
    case .aggregate(let base, let operand, _): operand.map { [base, $0] } ?? [base]
    case .lambda(let base, _, _, let body): body.map { [base, $0] } ?? [base]
    case .call(_, let arguments), .list(let arguments), .array(let arguments): arguments
    case .function(let base, _, let parameters): (base.map { [$0] } ?? []) + parameters.map(\.value)
    case .object(let members): members.map(\.value)
    case .binary(_, let left, let right): [left, right]
    }
  }

  /// The node without its children: equal heads with pairwise equal children are equal trees.
  private var head: Head {
    switch self {
    case .literal(let literal): .literal(literal)
    case .member(let base, let name): .named(0, name, base != nil)
    case .cast(let base, let type): .named(1, type, base != nil)
    case .variable(let name): .named(2, name, false)
    case .alias(let name): .named(3, name, false)
    case .implicit(let variable): .named(4, variable.rawValue, false)
    case .not: .named(6, "", true)
    case .negate: .named(7, "", true)
    case .annotation(let base, let term): .named(8, term, base != nil)
    case .count(_, let filter, let search): .count(filter != nil, search)
    case .lambda(_, let op, let variable, let body): .lambda(op, variable.map(ExactText.init), body != nil)
    case .call(let name, let arguments): .many(0, name, arguments.count, [])
    case .list(let items): .many(1, "", items.count, [])
    case .array(let items): .many(2, "", items.count, [])
    case .function(let base, let name, let parameters):
      .many(base == nil ? 3 : 4, name, parameters.count, parameters.map(\.name))
    case .object(let members): .many(5, "", members.count, members.map(\.name))
    case .key(_, let values): .many(6, "", values.count, values.map(\.name))
    case .aggregate(_, let operand, let steps): .aggregate(operand != nil, steps)
    case .binary(let op, _, _): .binary(op)
    }
  }

  private enum Head: Hashable {
    case literal(Literal)
    case text(UInt8, ExactText, Bool)
    case lambda(LambdaOperator, ExactText?, Bool)
    case texts(UInt8, ExactText, Int, [ExactText])
    case binary(BinaryOperator)
    case count(Bool, SearchExpression?)
    case aggregate(Bool, AggregateSteps)

    static func named(_ kind: UInt8, _ name: String, _ hasBase: Bool) -> Head {
      .text(kind, ExactText(text: name), hasBase)
    }

    static func many(_ kind: UInt8, _ name: String, _ count: Int, _ names: [String]) -> Head {
      .texts(kind, ExactText(text: name), count, names.map(ExactText.init))
    }
  }

  fileprivate func hashHead(into hasher: inout Hasher) { hasher.combine(head) }

  fileprivate func matches(_ other: Self, pairing pending: inout [(NodeID, NodeID)]) -> Bool {
    guard head == other.head else { return false }
    pending.append(contentsOf: zip(children, other.children))
    return true
  }
}
