package import ODataURL

/// A query with its parameter aliases replaced by what they stand for, so that what is judged is what is meant.
package struct AliasSubstitution: Sendable {
  /// The query without aliases. Aliases without a value are left in it; ``problems`` names them.
  package let query: RelativeURI
  package let problems: [Problem]

  package struct Problem: Sendable, Hashable {
    package var reason: Reason
    package var span: Span
  }

  package enum Reason: Sendable, Hashable {
    /// Dataverse takes it for null.
    case unassigned
    case unused
    /// The value of an alias names an alias.
    case chained
    /// The same name is given twice.
    case repeated
    /// The query would grow beyond the limit of nodes.
    case tooLarge
  }

  /// - Parameter maximumNodes: most nodes that all expressions together may have afterwards.
  package init(_ query: RelativeURI, maximumNodes: Int) {
    guard !query.options.aliases.isEmpty || query.usesAliases else {
      self.query = query
      problems = []
      return
    }
    var substituter = Substituter(aliases: query.options.aliases, budget: maximumNodes)
    var result = query
    result.path = query.path.map { segment in
      PathSegment(substituter.kind(segment.kind), span: segment.span)
    }
    if let filter = query.options.filter {
      result.options.filter = Spanned(substituter.expression(filter.value), span: filter.span)
    }
    if let orderby = query.options.orderby {
      result.options.orderby = Spanned(
        orderby.value.map {
          OrderItem(substituter.expression($0.expression), descending: $0.descending, span: $0.span)
        }, span: orderby.span)
    }
    result.options.aliases = []
    self.query = result
    problems = substituter.finish(query.options.aliases)
  }
}

extension RelativeURI {
  /// Whether an alias stands in the key, the filter or the order; `$expand` takes none.
  fileprivate var usesAliases: Bool {
    func uses(_ expression: Expression) -> Bool {
      expression.nodes.contains { if case .alias = $0 { true } else { false } }
    }
    if let filter = options.filter, uses(filter.value) { return true }
    if let orderby = options.orderby, orderby.value.contains(where: { uses($0.expression) }) { return true }
    func uses(_ keys: KeyPredicate?) -> Bool {
      switch keys {
      case .single(let value): uses(value)
      case .compound(let values): values.contains { uses($0.value) }
      case nil: false
      }
    }
    return path.contains { segment in
      switch segment.kind {
      case .name(_, let keys), .qualified(_, let keys): uses(keys)
      case .function(_, let parameters, let keys): parameters.contains { uses($0.value) } || uses(keys)
      case .filter(let condition): uses(condition)
      case .keyword, .crossjoin, .key: false
      }
    }
  }
}

private struct Substituter {
  private var values: [String: Expression] = [:]
  private var used: Set<String> = []
  private var problems: [AliasSubstitution.Problem] = []
  private var budget: Int

  init(aliases: [FunctionArgument], budget: Int) {
    self.budget = budget
    for alias in aliases {
      if values.updateValue(alias.value, forKey: alias.name) != nil { report(.repeated, alias.span) }
      for (index, node) in alias.value.nodes.enumerated() {
        if case .alias = node { report(.chained, alias.value.spans[index]) }
      }
    }
  }

  mutating func expression(_ expression: Expression) -> Expression {
    budget -= expression.nodes.count
    var replacements: [String: Expression] = [:]
    var growth = 0
    for (index, node) in expression.nodes.enumerated() {
      guard case .alias(let name) = node else { continue }
      guard let value = values[name] else {
        report(.unassigned, expression.spans[index])
        continue
      }
      used.insert(name)
      replacements[name] = value
      growth += value.nodes.count
    }
    guard !replacements.isEmpty else { return expression }
    budget -= growth
    guard budget >= 0 else {
      report(.tooLarge, expression.span(of: expression.root))
      return expression
    }
    return expression.replacing { _, node in
      if case .alias(let name) = node { replacements[name] } else { nil }
    }
  }

  mutating func kind(_ kind: PathSegment.Kind) -> PathSegment.Kind {
    switch kind {
    case .name(let name, let keys): .name(name, keys: predicate(keys))
    case .qualified(let name, let keys): .qualified(name, keys: predicate(keys))
    case .function(let name, let parameters, let keys):
      .function(name, parameters: arguments(parameters), keys: predicate(keys))
    case .filter(let condition): .filter(expression(condition))
    case .keyword, .crossjoin, .key: kind
    }
  }

  private mutating func predicate(_ keys: KeyPredicate?) -> KeyPredicate? {
    switch keys {
    case .single(let value): .single(expression(value))
    case .compound(let values): .compound(arguments(values))
    case nil: nil
    }
  }

  private mutating func arguments(_ arguments: [FunctionArgument]) -> [FunctionArgument] {
    arguments.map { FunctionArgument(name: $0.name, value: expression($0.value), span: $0.span) }
  }

  private mutating func report(_ reason: AliasSubstitution.Reason, _ span: Span) {
    problems.append(AliasSubstitution.Problem(reason: reason, span: span))
  }

  mutating func finish(_ aliases: [FunctionArgument]) -> [AliasSubstitution.Problem] {
    for alias in aliases where !used.contains(alias.name) { report(.unused, alias.span) }
    return problems
  }
}
