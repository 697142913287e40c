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
    // What most conditions are made of goes to the hasher in few large pieces; nodes are looked at where they are, not
    // copied.
    withUnsafeTemporaryAllocation(byteCount: 512, alignment: 8) { buffer in
      var input = HashInput(hasher, buffer)
      entries.withUnsafeBufferPointer { entries in
        // The next of those that wait stands apart from the others: a comparison needs no list.
        var waiting: NodeID?
        var pending: [NodeID] = []
        var next: NodeID? = root
        while let id = next {
          switch entries[checked: id].node {
          case .binary(let op, let left, let right):
            input.combine(op.code)
            if let waiting { pending.append(waiting) }
            waiting = right
            next = left
            continue
          case .member(nil, let name): input.combine(32, name)
          case .literal(.string(let text)): input.combine(3, text)
          case .literal(.dateTimeOffset(let instant)):
            input.combine(UInt8(9))
            input.combine(instant.packed)
            input.combine(instant.time.picoseconds)
          default:
            input.withHasher { entries[checked: id].node.hashHead(into: &$0) }
            if let waiting { pending.append(waiting) }
            entries[checked: id].node.pushChildren(to: &pending)
            waiting = pending.popLast()
          }
          next = waiting
          waiting = pending.popLast()
        }
      }
      hasher = input.hasherOfAll()
    }
  }
}

extension DateTimeOffset {
  /// All but the picoseconds, the same for the same values and, but for what is no point in time, different for others.
  fileprivate var packed: UInt64 {
    let day = UInt64(UInt32(bitPattern: date.year)) << 32 | UInt64(date.month) << 28 ^ UInt64(date.day) << 23
    let time = UInt64(time.hour) << 18 ^ UInt64(time.minute) << 12 ^ UInt64(time.second) << 6
    return day ^ time ^ UInt64(UInt16(bitPattern: offsetMinutes)) << 40
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

  /// Adds the nodes directly below, without a list of their own for each node.
  fileprivate func pushChildren(to pending: inout [NodeID]) {
    switch self {
    case .literal, .variable, .implicit, .alias: break
    case .member(let base, _), .cast(let base, _): if let base { pending.append(base) }
    case .binary(_, let left, let right):
      pending.append(right)
      pending.append(left)
    default: pending.append(contentsOf: children)
    }
  }

  /// Takes in the node without its children: its kind, its texts, and how many children of which role it has.
  fileprivate func hashHead(into hasher: inout Hasher) {
    switch self {
    case .literal(let literal): literal.hash(into: &hasher)
    case .member(let base, let name): Self.hash(base == nil ? 32 : 33, name, &hasher)
    case .cast(let base, let type): Self.hash(base == nil ? 34 : 35, type, &hasher)
    case .annotation(let base, let term): Self.hash(base == nil ? 36 : 37, term, &hasher)
    case .variable(let name): Self.hash(38, name, &hasher)
    case .alias(let name): Self.hash(39, name, &hasher)
    case .implicit(let variable): Self.hash(40, variable.rawValue, &hasher)
    case .not: hasher.combine(UInt8(41))
    case .negate: hasher.combine(UInt8(42))
    case .binary(let op, _, _): hasher.combine(op.code)
    case .call(let name, let arguments): Self.hash(43, name, arguments.count, &hasher)
    case .list(let items): Self.hash(44, "", items.count, &hasher)
    case .array(let items): Self.hash(45, "", items.count, &hasher)
    case .function(let base, let name, let parameters):
      Self.hash(base == nil ? 46 : 47, name, parameters.count, &hasher)
      for parameter in parameters { hasher.combine(bytesOf: parameter.name) }
    case .object(let members):
      Self.hash(48, "", members.count, &hasher)
      for member in members { hasher.combine(bytesOf: member.name) }
    case .key(_, let values):
      Self.hash(49, "", values.count, &hasher)
      for value in values { hasher.combine(bytesOf: value.name) }
    case .lambda(_, let op, let variable, let body):
      Self.hash(op == .any ? 50 : 51, variable ?? "", body == nil ? 0 : 1, &hasher)
    case .count(_, let filter, let search):
      hasher.combine(UInt8(filter == nil ? 52 : 53))
      hasher.combine(search)
    case .aggregate(_, let operand, let steps):
      hasher.combine(UInt8(operand == nil ? 54 : 55))
      hasher.combine(steps)
    }
  }

  private static func hash(_ kind: UInt8, _ name: String, _ hasher: inout Hasher) {
    hasher.combine(kind)
    hasher.combine(bytesOf: name)
  }

  private static func hash(_ kind: UInt8, _ name: String, _ count: Int, _ hasher: inout Hasher) {
    hash(kind, name, &hasher)
    hasher.combine(count)
  }

  /// Whether the two are equal but for their children, which are added to `pending` in pairs.
  fileprivate func matches(_ other: Self, pairing pending: inout [(NodeID, NodeID)]) -> Bool {
    switch (self, other) {
    case (.literal(let left), .literal(let right)): return left == right
    case (.variable(let left), .variable(let right)), (.alias(let left), .alias(let right)):
      return isSame(left, right)
    case (.implicit(let left), .implicit(let right)): return left == right
    case (.member(let left, let name), .member(let right, let other)),
      (.cast(let left, let name), .cast(let right, let other)),
      (.annotation(let left, let name), .annotation(let right, let other)):
      return isSame(name, other) && Self.pair(left, right, &pending)
    case (.not(let left), .not(let right)), (.negate(let left), .negate(let right)):
      return Self.pair(left, right, &pending)
    case (.binary(let op, let left, let right), .binary(let otherOp, let otherLeft, let otherRight)):
      return op == otherOp && Self.pair(right, otherRight, &pending) && Self.pair(left, otherLeft, &pending)
    case (.call(let name, let left), .call(let other, let right)):
      return isSame(name, other) && Self.pair(left, right, &pending)
    case (.list(let left), .list(let right)), (.array(let left), .array(let right)):
      return Self.pair(left, right, &pending)
    case (.function(let left, let name, let values), .function(let right, let other, let otherValues)):
      return isSame(name, other) && Self.pair(left, right, &pending) && Self.pair(values, otherValues, &pending)
    case (.object(let left), .object(let right)): return Self.pair(left, right, &pending)
    case (.key(let left, let values), .key(let right, let others)):
      return Self.pair(left, right, &pending) && Self.pair(values, others, &pending)
    case (.lambda(let left, let op, let variable, let body), .lambda(let right, let other, let name, let otherBody)):
      return op == other && isSame(variable, name) && Self.pair(left, right, &pending)
        && Self.pair(body, otherBody, &pending)
    case (.count(let left, let filter, let search), .count(let right, let otherFilter, let otherSearch)):
      return search == otherSearch && Self.pair(left, right, &pending) && Self.pair(filter, otherFilter, &pending)
    case (.aggregate(let left, let operand, let steps), .aggregate(let right, let other, let otherSteps)):
      return steps == otherSteps && Self.pair(left, right, &pending) && Self.pair(operand, other, &pending)
    default: return false
    }
  }

  private static func pair(_ left: NodeID?, _ right: NodeID?, _ pending: inout [(NodeID, NodeID)]) -> Bool {
    guard let left, let right else { return left == nil && right == nil }
    pending.append((left, right))
    return true
  }

  private static func pair(_ left: [NodeID], _ right: [NodeID], _ pending: inout [(NodeID, NodeID)]) -> Bool {
    guard left.count == right.count else { return false }
    pending.append(contentsOf: zip(left, right))
    return true
  }

  private static func pair(
    _ left: [NamedParameter], _ right: [NamedParameter], _ pending: inout [(NodeID, NodeID)]
  ) -> Bool {
    guard left.count == right.count else { return false }
    for (left, right) in zip(left, right) {
      guard isSame(left.name, right.name) else { return false }
      pending.append((left.value, right.value))
    }
    return true
  }
}

extension BinaryOperator {
  /// A number for the hash; that of the raw value would be the hash of a text.
  fileprivate var code: UInt8 {
    switch self {
    case .or: 64
    case .and: 65
    case .eq: 66
    case .ne: 67
    case .gt: 68
    case .ge: 69
    case .lt: 70
    case .le: 71
    case .add: 72
    case .sub: 73
    case .mul: 74
    case .div: 75
    case .divby: 76
    case .mod: 77
    case .has: 78
    case .in: 79
    }
  }
}
