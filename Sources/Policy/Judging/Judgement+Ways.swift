import Dataverse
import ODataURL

/// Checks on the ways that conditions and `$apply` go to other tables.
extension Judgement {
  /// - Returns: whether all may be gone.
  mutating func checkWays(_ level: Level, _ rule: TableRule, _ options: QueryOptions) -> Bool {
    let denied = deniedWays.count
    for reference in level.navigations {
      guard let source = target(of: reference.path, from: rule, allowsCollections: true) else {
        // Said of the way to there.
        if deniedWays.count == denied { denyWay("This way", reference.span, rule) }
        continue
      }
      guard reference.navigation != nil, let target = target(of: reference.name, from: source) else {
        denyWay("`\(reference.name)`", reference.span, source)
        continue
      }
      touch(target, reference.span)
      checkDepth(reference, source)
    }
    // Else all paths are resolved, and their steps are those above.
    if !obscurities.isEmpty {
      if let filter = options.filter, !filter.value.isFlat { checkSteps(filter.value, rule) }
      for transformation in options.apply?.value ?? [] { checkSteps(transformation, rule) }
    }
    return deniedWays.count == denied
  }

  /// Whether a step of a path is no further from the rows than it may be. Of a path that is too long, the first step too
  /// many is told.
  private mutating func checkDepth(_ reference: NavigationReference, _ source: TableRule) {
    let step = reference.path.count + 1
    if step == scope.limits.pathDepth + 1 {
      deny(
        .pathLimit, reference.span,
        "The path to `\(reference.name)` has \(step) steps; the limit `pathDepth` is \(scope.limits.pathDepth).",
        "Start from a table that is nearer.", about: source)
    } else if let depth = source.navigations[reference.name]?.depth, step > depth {
      deny(
        .pathLimit, reference.span,
        "`\(reference.name)` stands \(step) steps from the rows; its `depth` is \(depth).",
        "Start from a table that is nearer.", about: source)
    }
  }

  /// The rule of the table at the end of a path of navigation properties that conditions may go through.
  func target(of path: [String], from rule: TableRule, allowsCollections: Bool) -> TableRule? {
    var current = rule
    for name in path {
      guard let next = target(of: name, from: current),
        allowsCollections || current.navigations[name]?.navigation.isCollection == false
      else { return nil }
      current = next
    }
    return current
  }

  private func target(of name: String, from rule: TableRule) -> TableRule? {
    guard let way = rule.navigations[name], way.isFilterable else { return nil }
    return scope.table(named: way.navigation.target)
  }

  // MARK: Steps of paths that cannot be resolved

  /// Refuses the first step of each path that may not be made, also where the whole cannot be resolved: a path through a
  /// collection is an obscurity, and would else tell that the collection exists.
  private mutating func checkSteps(_ expression: Expression, _ rule: TableRule) {
    for node in expression.nodes {
      let end: NodeID
      switch node {
      case .member(let base?, _), .lambda(let base, _, _, _), .count(let base, _, _): end = base
      default: continue
      }
      checkSteps(Judgement.steps(end, expression).map { ($0, expression.span(of: $1)) }, rule)
    }
  }

  /// The names of a path that begins at the rows themselves; none of any other.
  private static func steps(_ end: NodeID, _ expression: Expression) -> [(name: String, node: NodeID)] {
    var steps: [(name: String, node: NodeID)] = []
    var next: NodeID? = end
    while let id = next {
      guard case .member(let base, let name) = expression[id] else { return [] }
      steps.append((name, id))
      next = base
    }
    return steps.reversed()
  }

  private mutating func checkSteps(_ transformation: Transformation, _ rule: TableRule) {
    switch transformation.kind {
    case .filter(let condition): if !condition.isFlat { checkSteps(condition, rule) }
    case .groupby(let elements, let inner):
      for element in elements {
        guard case .property(let path) = element.kind else { continue }
        checkSteps(path.dropLast().map { ($0, element.span) }, rule)
      }
      for transformation in inner { checkSteps(transformation, rule) }
    case .aggregate(let items):
      for item in items {
        guard let operand = item.operand else { continue }
        let span = operand.span(of: operand.root)
        checkSteps(Judgement.steps(operand.root, operand).dropLast().map { ($0.name, span) }, rule)
      }
    default: return
    }
  }

  private mutating func checkSteps(_ steps: [(name: String, span: Span)], _ rule: TableRule) {
    var current = rule
    for step in steps {
      guard let next = target(of: step.name, from: current) else {
        if !deniedWays.contains(step.span) { denyWay("`\(step.name)`", step.span, current) }
        return
      }
      current = next
    }
  }

  // MARK: Refusals

  /// Says the same of navigation properties that are not allowed and of those that do not exist.
  mutating func denyWay(_ what: String, _ span: Span, _ rule: TableRule, isExpand: Bool = false) {
    deniedWays.append(span)
    let names = rule.navigations.values.filter { way in
      (isExpand ? way.isExpandable : way.isFilterable) && scope.table(named: way.navigation.target) != nil
    }.map(\.navigation.name).sorted()
    deny(
      .navigation, span,
      "\(what) of \(rule.table.entitySetName) cannot be \(isExpand ? "expanded" : "followed in a condition") here.",
      "Allowed: \(Judgement.list(names)).", about: rule)
  }

  /// Whether a part of the query holds a way that was refused: what else is wrong with the part would tell more.
  func holdsDeniedWay(_ obscurity: Obscurity) -> Bool {
    switch obscurity.reason {
    case .comparison, .function, .path, .bareOperand, .apply:
      deniedWays.contains { $0 != .none && $0.isInside(obscurity.span) }
    default: false
    }
  }
}
