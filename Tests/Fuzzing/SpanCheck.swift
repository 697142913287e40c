/// Every span of a tree lies within the text that it was read from, and every child stands before its parent.
struct SpanCheck {
  let low: Int32
  let high: Int32

  func span(_ span: Span, _ what: StaticString) {
    guard span.start >= low, span.start <= span.end, span.end <= high else {
      fail("tree span", "\(what) \(span.start)..<\(span.end) of \(low)..<\(high)")
    }
  }
  func search(_ search: SearchExpression) {
    for node in search.spans { span(node, "search node") }
  }
  func expression(_ expression: Expression) {
    if expression.nodes.count != expression.spans.count { fail("span count") }
    for (index, node) in expression.nodes.enumerated() {
      span(expression.spans[index], "node")
      for child in node.children where Int(child.index) >= index || child.index < 0 { fail("child order") }
      if case .count(_, _, let search?) = node { self.search(search) }
      if case .aggregate(_, _, let steps) = node { self.steps(steps) }
    }
  }
  func steps(_ steps: AggregateSteps) { for from in steps.from { span(from.span, "from") } }
  func arguments(_ arguments: [FunctionArgument]) {
    for argument in arguments {
      span(argument.span, "argument")
      expression(argument.value)
    }
  }
  func keys(_ keys: KeyPredicate?) {
    switch keys {
    case nil: break
    case .single(let value): expression(value)
    case .compound(let values): arguments(values)
    }
  }
  func uri(_ uri: RelativeURI) {
    path(uri.path)
    options(uri.options)
  }
  func path(_ path: [PathSegment]) {
    for segment in path {
      span(segment.span, "segment")
      switch segment.kind {
      case .name(_, let keys), .qualified(_, let keys): self.keys(keys)
      case .function(_, let parameters, let keys):
        arguments(parameters)
        self.keys(keys)
      case .filter(let condition): expression(condition)
      case .context(let fragment):
        if case .path(let inner) = fragment.subject { self.path(inner) }
        items(fragment.select)
      case .keyword, .crossjoin, .key: break
      }
    }
  }
  func items(_ items: [ContextItem]?) {
    for item in items ?? [] {
      span(item.span, "context item")
      self.items(item.select)
    }
  }
  func options(_ options: QueryOptions) {
    if let select = options.select {
      span(select.span, "select")
      for item in select.value {
        span(item.span, "select item")
        self.options(item.options)
      }
    }
    if let expand = options.expand {
      span(expand.span, "expand")
      for item in expand.value {
        span(item.span, "expand item")
        self.options(item.options)
      }
    }
    if let filter = options.filter {
      span(filter.span, "filter")
      expression(filter.value)
    }
    if let orderby = options.orderby {
      span(orderby.span, "orderby")
      order(orderby.value)
    }
    if let top = options.top { span(top.span, "top") }
    if let skip = options.skip { span(skip.span, "skip") }
    if let count = options.count { span(count.span, "count") }
    if let search = options.search {
      span(search.span, "search")
      self.search(search.value)
    }
    if let format = options.format { span(format.span, "format") }
    if let skiptoken = options.skiptoken { span(skiptoken.span, "skiptoken") }
    if let deltatoken = options.deltatoken { span(deltatoken.span, "deltatoken") }
    if let compute = options.compute {
      span(compute.span, "compute")
      self.compute(compute.value)
    }
    if let apply = options.apply {
      span(apply.span, "apply")
      transformations(apply.value)
    }
    for option in options.unparsed { span(option.span, "unparsed") }
    for option in options.custom { span(option.span, "custom") }
    arguments(options.aliases)
  }
  func order(_ items: [OrderItem]) {
    for item in items {
      span(item.span, "order item")
      expression(item.expression)
    }
  }
  func compute(_ items: [ComputeItem]) {
    for item in items {
      span(item.span, "compute item")
      expression(item.expression)
    }
  }
  func hierarchy(_ hierarchy: Hierarchy) {
    span(hierarchy.span, "hierarchy")
    expression(hierarchy.nodes)
  }
  func nested(_ sets: [NestedSet]) {
    for set in sets {
      span(set.span, "nested set")
      transformations(set.transformations)
    }
  }
  func transformations(_ items: [Transformation]) {
    for item in items {
      span(item.span, "transformation")
      switch item.kind {
      case .aggregate(let items):
        for item in items {
          span(item.span, "aggregate item")
          if let operand = item.operand { expression(operand) }
          steps(item.steps)
        }
      case .groupby(let elements, let inner):
        for element in elements {
          span(element.span, "grouping element")
          if case .rollupRecursive(let hierarchy, let inner) = element.kind {
            self.hierarchy(hierarchy)
            transformations(inner)
          }
        }
        transformations(inner)
      case .concat(let sequences): for sequence in sequences { transformations(sequence) }
      case .filter(let condition): expression(condition)
      case .compute(let items): compute(items)
      case .search(let search): self.search(search)
      case .orderby(let items): order(items)
      case .ranking(_, let amount, let by):
        expression(amount)
        expression(by)
      case .nest(let sets): nested(sets)
      case .addnested(_, let sets): nested(sets)
      case .join(_, _, _, let inner): transformations(inner)
      case .related(_, let hierarchy, let start, _, _):
        self.hierarchy(hierarchy)
        transformations(start)
      case .traverse(let hierarchy, _, let start, let items):
        self.hierarchy(hierarchy)
        transformations(start)
        order(items)
      case .function(_, let parameters): arguments(parameters)
      case .identity, .top, .skip: break
      }
    }
  }
}
