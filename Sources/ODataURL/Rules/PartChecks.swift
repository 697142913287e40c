/// Whether a tree is of the form that a rule for a part asks for.
extension Rule.SegmentShape {
  /// - Parameters:
  ///   - path: the segments of the text.
  ///   - keys: the key that the text begins with.
  func admits(_ path: [PathSegment.Kind], keys: KeyPredicate?) -> Bool {
    switch self {
    case .collection: return keys != nil || (path.first.map { Self.followsCollection($0) } ?? false)
    case .single:
      guard keys == nil, let first = path.first else { return false }
      return !Self.isWord(first, ["$count", "$each", "$query"]) && !Self.isFilter(first)
    case .collectionPath:
      guard keys == nil, let first = path.first else { return false }
      return Self.isWord(first, ["$count"]) || Self.isFilter(first) || Self.isOperation(first)
    case .valuePath:
      guard keys == nil, let first = path.first else { return false }
      return Self.isWord(first, ["$value"]) || Self.isOperation(first)
    case .navigation:
      guard keys == nil, let first = path.first else { return false }
      if case .name = first { return true }
      return Self.isOperation(first)
    case .boundOperation: return keys == nil && (path.first.map { Self.isOperation($0) } ?? false)
    case .filter: return keys == nil && path.count == 1 && Self.isFilter(path[0])
    case .keyword(let word): return keys == nil && path.count == 1 && Self.isWord(path[0], [word])
    case .property:
      guard keys == nil, case .name? = path.first else { return false }
      return true
    case .keys: return keys == nil && !path.isEmpty && path.allSatisfy { Self.isKey($0) }
    case .key: return keys == nil && path.count == 1 && Self.isKey(path[0])
    case .crossjoin:
      guard path.count == 1, case .crossjoin = path[0] else { return false }
      return true
    case .name:
      guard path.count == 1, case .name(_, keys: nil) = path[0] else { return false }
      return true
    case .call:
      guard path.count == 1 else { return false }
      switch path[0] {
      case .function(_, _, nil), .name(_, keys: .compound): return true
      default: return false
      }
    }
  }

  private static func isWord(_ kind: PathSegment.Kind, _ words: [String]) -> Bool {
    guard case .keyword(let word) = kind else { return false }
    return words.contains(word)
  }

  private static func isFilter(_ kind: PathSegment.Kind) -> Bool {
    guard case .filter = kind else { return false }
    return true
  }

  /// A call, or the name of an action or a type: which of the two only a schema tells.
  private static func isOperation(_ kind: PathSegment.Kind) -> Bool {
    switch kind {
    case .qualified(_, keys: nil): true
    case .function(let name, _, _): name.utf8.contains(ASCII.dot)
    default: false
    }
  }

  private static func followsCollection(_ kind: PathSegment.Kind) -> Bool {
    switch kind {
    case .qualified: true
    default: isOperation(kind) || isFilter(kind) || isWord(kind, ["$count", "$ref", "$each"])
    }
  }

  /// A key, or a name that may be one.
  private static func isKey(_ kind: PathSegment.Kind) -> Bool {
    switch kind {
    case .key, .name(_, keys: nil), .qualified(_, keys: nil): true
    default: false
    }
  }
}

extension Rule.ApplyShape {
  func admits(_ kind: Transformation.Kind) -> Bool {
    switch (self, kind) {
    case (.any, _): true
    case (.custom, .function): true
    case (.verb(let verb), _):
      if case .function = kind { false } else { kind.verb == verb }
    case (.preserving, .related(_, _, _, nil, false)): true
    case (.aggregateItem, .aggregate(let items)): items.count == 1
    case (.method, .aggregate(let items)):
      items.count == 1 && items[0].isOfX && items[0].alias == "y" && items[0].steps.method != nil
        && items[0].steps.from.isEmpty
    case (.from, .aggregate(let items)):
      items.count == 1 && items[0].isOfX && items[0].alias == "y" && items[0].steps.method == .sum
        && items[0].steps.from.count == 1
    case (.alias, .aggregate(let items)):
      items.count == 1 && items[0].isOfX && items[0].alias != nil && items[0].steps.method == .sum
        && items[0].steps.from.isEmpty
    case (.grouping(let grouping), .groupby(let elements, let inner)):
      elements.count == 1 && inner.isEmpty && grouping.admits(elements[0].kind)
    default: false
    }
  }
}

extension Rule.Grouping {
  fileprivate func admits(_ kind: GroupingElement.Kind) -> Bool {
    switch (self, kind) {
    case (.any, _), (.property, .property), (.rollup, .rollup), (.recursive, .rollupRecursive): true
    default: false
    }
  }
}

extension AggregateItem {
  /// Whether the operand is the name that prefixes of parts have.
  fileprivate var isOfX: Bool {
    guard let operand, case .member(base: nil, "x") = operand[operand.root] else { return false }
    return true
  }
}

extension Expression {
  /// The operator whose left operand is what the text begins with.
  var leadingOperator: BinaryOperator? {
    var id = root
    while case .binary(let op, let left, _) = self[id] {
      if case .implicit(.it) = self[left], left == NodeID(index: 0) { return op }
      id = left
    }
    return nil
  }
}

extension SearchExpression {
  enum Infix { case and, or }

  /// The operator whose left operand is what the text begins with.
  var leadingOperator: Infix? {
    var id = root
    while true {
      switch self[id] {
      case .and(let left, _):
        if left == NodeID(index: 0), case .word("x") = self[left] { return .and }
        id = left
      case .or(let left, _):
        if left == NodeID(index: 0), case .word("x") = self[left] { return .or }
        id = left
      default: return nil
      }
    }
  }
}

extension QueryOptions {
  /// How many options there are, custom ones left out, and the bits of those of the system.
  var given: (count: Int, bits: UInt32) {
    var options: [SystemOption] = []
    if select != nil { options.append(.select) }
    if expand != nil { options.append(.expand) }
    if filter != nil { options.append(.filter) }
    if orderby != nil { options.append(.orderby) }
    if top != nil { options.append(.top) }
    if skip != nil { options.append(.skip) }
    if count != nil { options.append(.count) }
    if search != nil { options.append(.search) }
    if format != nil { options.append(.format) }
    if skiptoken != nil { options.append(.skiptoken) }
    if deltatoken != nil { options.append(.deltatoken) }
    if compute != nil { options.append(.compute) }
    if apply != nil { options.append(.apply) }
    options += unparsed.compactMap { SystemOption(rawValue: $0.name) }
    return (options.count + aliases.count, options.reduce(0) { $0 | $1.bit })
  }
}
