extension RelativeURI {
  /// The same request in a form that is equal for more requests that mean the same; made for cache keys.
  ///
  /// Operands of `and` and `or` are flattened, sorted and freed of duplicate conditions; `$select` is sorted and freed of
  /// duplicates; aliases are sorted by name. `$orderby`, `$expand` and the text of literals stay as they are. Applying it
  /// again changes nothing.
  public func normalized() -> RelativeURI {
    RelativeURI(
      path: path.map { segment in
        guard case .filter(let condition) = segment.kind else { return segment }
        return PathSegment(.filter(condition.normalized()), span: segment.span)
      }, options: options.normalized())
  }
}

extension QueryOptions {
  /// Recurses into `$expand`, which the parser nests no deeper than ``Limits/depth``.
  fileprivate func normalized() -> QueryOptions {
    var result = self
    if let select {
      var items: [SelectItem] = []
      // Byte by byte, here and below: `==` takes different spellings of one accented letter for equal.
      let texts = select.value.map { item in
        var item = item
        item.options = item.options.normalized()
        var output = Output(isEncoded: false)
        item.print(to: &output)
        return (text: output.bytes, item: item)
      }
      var last: [UInt8]?
      for (text, item) in texts.sorted(by: { $0.text.lexicographicallyPrecedes($1.text) }) where text != last {
        items.append(item)
        last = text
      }
      result.select = Spanned(items, span: select.span)
    }
    if let filter { result.filter = Spanned(filter.value.normalized(), span: filter.span) }
    if let orderby {
      result.orderby = Spanned(
        orderby.value.map { OrderItem($0.expression.normalized(), descending: $0.descending, span: $0.span) },
        span: orderby.span)
    }
    if let expand {
      result.expand = Spanned(
        expand.value.map { ExpandItem($0.path, options: $0.options.normalized(), span: $0.span) }, span: expand.span)
    }
    if let compute {
      result.compute = Spanned(
        compute.value.map { ComputeItem($0.expression.normalized(), as: $0.name, span: $0.span) }, span: compute.span)
    }
    if let apply { result.apply = Spanned(apply.value.map { $0.normalized() }, span: apply.span) }
    result.aliases =
      aliases
      .map { FunctionArgument(name: $0.name, value: $0.value.normalized(), span: $0.span) }
      .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    return result
  }
}

extension Expression {
  /// The operands of a chain of one associative operator, from left to right, however it is bracketed.
  func operands(of op: BinaryOperator, below id: NodeID) -> [NodeID] {
    var result: [NodeID] = []
    var pending = [id]
    while let next = pending.popLast() {
      if case .binary(op, let left, let right) = self[next] {
        pending.append(right)
        pending.append(left)
      } else {
        result.append(next)
      }
    }
    return result
  }

  /// The expression with the operands of every `and` and `or` flattened, sorted by their canonical text, and freed of
  /// duplicates that are Boolean by their form. Others stay: alone, such an operand could mean something where the
  /// service refuses the chain.
  func normalized() -> Expression {
    let inner = chainLinks()
    var rewriter = Rewriter(source: self)
    for index in nodes.indices {
      let id = NodeID(index: index)
      if inner[index] == .isLink || inner[index] == .isUnused { continue }
      if case .binary(let op, _, _) = self[id], op == .and || op == .or {
        rewriter.chain(op, id)
      } else {
        rewriter.copy(id)
      }
    }
    return rewriter.result
  }

  private enum Use { case isUnused, isUsed, isLink }

  /// Which nodes the root reaches, and which of them are links inside a chain of their own operator.
  private func chainLinks() -> [Use] {
    var uses = [Use](repeating: .isUnused, count: nodes.count)
    uses[Int(root.index)] = .isUsed
    // Children stand before their parents.
    for index in nodes.indices.reversed() where uses[index] != .isUnused {
      for child in nodes[index].children {
        var use = Use.isUsed
        if case .binary(let outer, _, _) = nodes[index], outer == .and || outer == .or,
          case .binary(outer, _, _) = self[child]
        {
          use = .isLink
        }
        uses[Int(child.index)] = use
      }
    }
    return uses
  }

  private struct Rewriter {
    let source: Expression
    var result: Expression
    /// Where each node of the source is in the result.
    var moved: [NodeID]

    init(source: Expression) {
      self.source = source
      result = Expression(entries: [], root: NodeID(index: 0))
      moved = [NodeID](repeating: NodeID(index: 0), count: source.nodes.count)
    }

    mutating func copy(_ id: NodeID) {
      place(id, result.append(source[id].mappingChildren { moved[Int($0.index)] }, span: source.span(of: id)))
    }

    mutating func chain(_ op: BinaryOperator, _ id: NodeID) {
      // Their texts stand one behind the other in one piece of memory.
      var output = Output(isEncoded: false)
      var operands: [(text: Range<Int>, id: NodeID)] = []
      var end = 0
      for operand in source.operands(of: op, below: id) {
        let target = moved[Int(operand.index)]
        ExpressionPrinter.print(result, target, to: &output)
        let start = end
        end = output.withBytes { $0.count }
        operands.append((start..<end, target))
      }
      let texts = output.bytes
      operands.sort { texts[$0.text].lexicographicallyPrecedes(texts[$1.text]) }
      var chain = operands[0].id
      for index in operands.indices.dropFirst() {
        let (previous, next) = (operands[index - 1], operands[index])
        if texts[previous.text] == texts[next.text], result[next.id].isBoolean { continue }
        chain = result.append(.binary(op, chain, next.id), span: source.span(of: id))
      }
      place(id, chain)
    }

    private mutating func place(_ id: NodeID, _ target: NodeID) {
      moved[Int(id.index)] = target
      if id == source.root { result.root = target }
    }
  }
}

extension Expression.Node {
  /// Whether the node gives a Boolean value (or none) wherever a service takes it at all, whatever the schema is.
  fileprivate var isBoolean: Bool {
    switch self {
    case .literal(.boolean), .lambda, .not: true
    case .binary(let op, _, _): op.isBoolean
    case .call(let name, _): CanonicalFunction.booleans.contains(name)
    default: false
    }
  }
}

extension BinaryOperator {
  fileprivate var isBoolean: Bool {
    switch self {
    case .or, .and, .eq, .ne, .gt, .ge, .lt, .le, .has, .in: true
    case .add, .sub, .mul, .div, .divby, .mod: false
    }
  }
}
