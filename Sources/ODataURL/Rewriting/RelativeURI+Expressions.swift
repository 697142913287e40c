extension RelativeURI {
  /// Every expression of the request with its place: those of the path, then those of the options, each list in source
  /// order.
  ///
  /// Holds the literals of keys, function arguments, conditions and alias values. What is no expression is not in it:
  /// `$search`, `$skiptoken`, `$deltatoken`, `$format`, `$top`, `$skip`, ``QueryOptions/unparsed``,
  /// ``QueryOptions/custom``, keys as path segments, and the search in a ``Expression/Node/count(base:filter:search:)``.
  public var expressions: [PlacedExpression] {
    var result: [PlacedExpression] = []
    // The one traversal there is: a second one for reading could miss what this one finds.
    var copy = self
    copy.updateExpressions { result.append(PlacedExpression($0, at: $1)) }
    return result
  }

  /// The request with each of its ``expressions`` changed; spans and everything else stay.
  ///
  /// ```swift
  /// let hidden = request.mapExpressions { expression, _ in
  ///   expression.replacing { _, node in
  ///     if case .literal = node { Expression(.literal(.null)) } else { nil }
  ///   }
  /// }
  /// ```
  /// - Parameter transform: called with each expression and its place, in the order of ``expressions``.
  /// - Throws: what `transform` throws.
  public func mapExpressions<Failure: Error>(
    _ transform: (Expression, ExpressionPlace) throws(Failure) -> Expression
  ) throws(Failure) -> RelativeURI {
    var result = self
    try result.updateExpressions { (expression: inout Expression, place: ExpressionPlace) throws(Failure) in
      expression = try transform(expression, place)
    }
    return result
  }

  private mutating func updateExpressions<Failure: Error>(
    _ update: (inout Expression, ExpressionPlace) throws(Failure) -> Void
  ) throws(Failure) {
    for index in path.indices { try path[index].kind.updateExpressions(segment: index, update) }
    try options.updateExpressions(nesting: [], update)
  }
}

// MARK: - Path

extension PathSegment.Kind {
  fileprivate mutating func updateExpressions<Failure: Error>(
    segment: Int, _ update: (inout Expression, ExpressionPlace) throws(Failure) -> Void
  ) throws(Failure) {
    switch self {
    case .name(let name, var keys):
      try keys?.updateExpressions(segment: segment, update)
      self = .name(name, keys: keys)
    case .qualified(let name, var keys):
      try keys?.updateExpressions(segment: segment, update)
      self = .qualified(name, keys: keys)
    case .function(let name, var parameters, var keys):
      for index in parameters.indices {
        let place = ExpressionPlace(.argument(segment: segment, name: parameters[index].name))
        try update(&parameters[index].value, place)
      }
      try keys?.updateExpressions(segment: segment, update)
      self = .function(name, parameters: parameters, keys: keys)
    case .filter(var condition):
      try update(&condition, ExpressionPlace(.filterSegment(segment: segment)))
      self = .filter(condition)
    case .context(var fragment):
      guard case .path(var path) = fragment.subject else { return }
      for index in path.indices { try path[index].kind.updateExpressions(segment: segment + index, update) }
      fragment.subject = .path(path)
      self = .context(fragment)
    case .keyword, .crossjoin, .key: break
    }
  }
}

extension KeyPredicate {
  fileprivate mutating func updateExpressions<Failure: Error>(
    segment: Int, _ update: (inout Expression, ExpressionPlace) throws(Failure) -> Void
  ) throws(Failure) {
    switch self {
    case .single(var value):
      try update(&value, ExpressionPlace(.key(segment: segment, name: nil)))
      self = .single(value)
    case .compound(var values):
      for index in values.indices {
        try update(&values[index].value, ExpressionPlace(.key(segment: segment, name: values[index].name)))
      }
      self = .compound(values)
    }
  }
}

// MARK: - Options

extension QueryOptions {
  /// Recurses as deep as items nest; the parser nests them no deeper than ``Limits/depth``.
  fileprivate mutating func updateExpressions<Failure: Error>(
    nesting: [ExpressionPlace.Nesting], _ update: (inout Expression, ExpressionPlace) throws(Failure) -> Void
  ) throws(Failure) {
    if var items = compute {
      for index in items.value.indices {
        let place = ExpressionPlace(.compute(name: items.value[index].name), nesting: nesting)
        try update(&items.value[index].expression, place)
      }
      compute = items
    }
    if var transformations = apply {
      for index in transformations.value.indices {
        try transformations.value[index].kind.updateExpressions {
          (expression: inout Expression, role: ExpressionPlace.ApplyRole) throws(Failure) in
          try update(&expression, ExpressionPlace(.apply(transformation: index, role), nesting: nesting))
        }
      }
      apply = transformations
    }
    if var condition = filter {
      try update(&condition.value, ExpressionPlace(.filter, nesting: nesting))
      filter = condition
    }
    if var items = orderby {
      for index in items.value.indices {
        try update(&items.value[index].expression, ExpressionPlace(.orderby(item: index), nesting: nesting))
      }
      orderby = items
    }
    if var items = select {
      for index in items.value.indices {
        let inner = nesting + [.select(items.value[index].path)]
        try items.value[index].options.updateExpressions(nesting: inner, update)
      }
      select = items
    }
    if var items = expand {
      for index in items.value.indices {
        let inner = nesting + [.expand(items.value[index].path)]
        try items.value[index].options.updateExpressions(nesting: inner, update)
      }
      expand = items
    }
    for index in aliases.indices {
      try update(&aliases[index].value, ExpressionPlace(.alias(name: aliases[index].name), nesting: nesting))
    }
  }
}

// MARK: - $apply

extension Transformation.Kind {
  fileprivate typealias Role = ExpressionPlace.ApplyRole

  /// Recurses as deep as transformations nest; the parser nests them no deeper than ``Limits/depth``.
  fileprivate mutating func updateExpressions<Failure: Error>(
    _ update: (inout Expression, Role) throws(Failure) -> Void
  ) throws(Failure) {
    switch self {
    case .identity, .search, .top, .skip: break
    case .aggregate(var items):
      for index in items.indices {
        guard var operand = items[index].operand else { continue }
        try update(&operand, .aggregate)
        items[index].operand = operand
      }
      self = .aggregate(items)
    case .groupby(var elements, var inner):
      for index in elements.indices { try elements[index].kind.updateExpressions(update) }
      try Self.updateExpressions(&inner, update)
      self = .groupby(elements, inner)
    case .concat(var sequences):
      for index in sequences.indices { try Self.updateExpressions(&sequences[index], update) }
      self = .concat(sequences)
    case .filter(var condition):
      try update(&condition, .filter)
      self = .filter(condition)
    case .compute(var items):
      for index in items.indices { try update(&items[index].expression, .compute(name: items[index].name)) }
      self = .compute(items)
    case .orderby(var items):
      for index in items.indices { try update(&items[index].expression, .orderby) }
      self = .orderby(items)
    case .ranking(let ranking, var amount, var value):
      try update(&amount, .rankingAmount)
      try update(&value, .rankingValue)
      self = .ranking(ranking, amount: amount, by: value)
    case .nest(var sets):
      for index in sets.indices { try Self.updateExpressions(&sets[index].transformations, update) }
      self = .nest(sets)
    case .addnested(let path, var sets):
      for index in sets.indices { try Self.updateExpressions(&sets[index].transformations, update) }
      self = .addnested(path: path, sets)
    case .join(let join, let path, let alias, var inner):
      try Self.updateExpressions(&inner, update)
      self = .join(join, path: path, alias: alias, inner)
    case .related(let kinship, var hierarchy, var start, let distance, let keepsStart):
      try update(&hierarchy.nodes, .hierarchy)
      try Self.updateExpressions(&start, update)
      self = .related(kinship, hierarchy, start: start, distance: distance, keepsStart: keepsStart)
    case .traverse(var hierarchy, let traversal, var start, var order):
      try update(&hierarchy.nodes, .hierarchy)
      try Self.updateExpressions(&start, update)
      for index in order.indices { try update(&order[index].expression, .orderby) }
      self = .traverse(hierarchy, traversal, start, order: order)
    case .function(let name, var parameters):
      for index in parameters.indices { try update(&parameters[index].value, .argument(name: parameters[index].name)) }
      self = .function(name, parameters: parameters)
    }
  }

  fileprivate static func updateExpressions<Failure: Error>(
    _ sequence: inout [Transformation], _ update: (inout Expression, Role) throws(Failure) -> Void
  ) throws(Failure) {
    for index in sequence.indices { try sequence[index].kind.updateExpressions(update) }
  }
}

extension GroupingElement.Kind {
  fileprivate mutating func updateExpressions<Failure: Error>(
    _ update: (inout Expression, ExpressionPlace.ApplyRole) throws(Failure) -> Void
  ) throws(Failure) {
    switch self {
    case .property, .rollup: break
    case .rollupRecursive(var hierarchy, var inner):
      try update(&hierarchy.nodes, .hierarchy)
      try Transformation.Kind.updateExpressions(&inner, update)
      self = .rollupRecursive(hierarchy, inner)
    }
  }
}
