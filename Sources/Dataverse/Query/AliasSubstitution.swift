package import ODataURL

/// A query with its parameter aliases replaced by what they stand for, so that what is judged is what is meant.
///
/// Aliases are replaced wherever an expression can stand, in `$expand` and `$apply` too. Where Dataverse takes none
/// ``ServiceRules`` says so.
package struct AliasSubstitution: Sendable {
  /// The query without aliases. Aliases without a value are left in it; ``problems`` names them. May be given another
  /// form that means the same.
  package var query: RelativeURI
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
    var result = query.mapExpressions { expression, place in
      if case .alias = place.kind { expression } else { substituter.expression(expression) }
    }
    result.options.aliases = []
    self.query = result
    problems = substituter.finish(query.options.aliases)
  }
}

extension Expression {
  /// Whether an alias stands in it.
  var usesAliases: Bool { nodes.contains { if case .alias = $0 { true } else { false } } }
}

extension RelativeURI {
  /// Whether an alias stands anywhere.
  fileprivate var usesAliases: Bool {
    if options.filter?.value.usesAliases ?? false { return true }
    if let order = options.orderby?.value, order.contains(where: { $0.expression.usesAliases }) { return true }
    let isFlat = options.expand == nil && options.apply == nil && options.compute == nil
    let isPlainPath = path.allSatisfy {
      switch $0.kind {
      case .name(_, keys: nil), .keyword: true
      default: false
      }
    }
    let items = options.select?.value ?? []
    let isPlainSelect = items.indices.allSatisfy { items[$0].isPlain }
    // Looking at every place takes a copy of the query: only where there is more than what has been looked at.
    guard !isFlat || !isPlainPath || !isPlainSelect else { return false }
    return expressions.contains { $0.expression.usesAliases }
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

  private mutating func report(_ reason: AliasSubstitution.Reason, _ span: Span) {
    problems.append(AliasSubstitution.Problem(reason: reason, span: span))
  }

  mutating func finish(_ aliases: [FunctionArgument]) -> [AliasSubstitution.Problem] {
    for alias in aliases where !used.contains(alias.name) { report(.unused, alias.span) }
    return problems
  }
}
