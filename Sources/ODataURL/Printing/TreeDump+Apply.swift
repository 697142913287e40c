/// `$apply` and `$compute` as S-expressions.
extension TreeDump {
  mutating func compute(_ item: ComputeItem) {
    open("compute " + quoted(item.name))
    expression(item.expression)
    close()
  }

  /// Recurses as deep as transformations nest.
  mutating func transformations(_ transformations: [Transformation]) {
    for transformation in transformations { self.transformation(transformation.kind) }
  }

  private mutating func transformation(_ kind: Transformation.Kind) {
    switch kind {
    case .identity: return leaf("identity")
    case .search(let search):
      open("search")
      self.search(search)
      return close()
    case .top(let count), .skip(let count): return leaf("\(kind.verb) \(count)")
    case .function(let name, let parameters):
      open("function " + quoted(name))
      arguments(parameters)
    case .addnested(let path, _): open("addnested " + quoted(path))
    case .join(let join, let path, let alias, _): open("\(join.rawValue) \(quoted(path)) as \(quoted(alias))")
    case .related(let kinship, _, _, let distance, let keepsStart):
      open(kinship.rawValue + (distance.map { " \($0)" } ?? "") + (keepsStart ? " keep start" : ""))
    case .traverse(_, let traversal, _, _): open("traverse " + traversal.rawValue)
    default: open(kind.verb)
    }
    parts(of: kind)
    close()
  }

  private mutating func parts(of kind: Transformation.Kind) {
    switch kind {
    case .identity, .search, .top, .skip, .function: break
    case .aggregate(let items): for item in items { aggregate(item) }
    case .groupby(let elements, let inner):
      for element in elements { grouping(element.kind) }
      sequence("each", inner)
    case .concat(let sequences): for inner in sequences { sequence("sequence", inner) }
    case .filter(let expression): self.expression(expression)
    case .compute(let items): for item in items { compute(item) }
    case .orderby(let items): for item in items { order(item) }
    case .ranking(_, let amount, let by):
      expression(amount)
      expression(by)
    case .nest(let sets), .addnested(_, let sets):
      for set in sets { sequence("as " + quoted(set.alias), set.transformations) }
    case .join(_, _, _, let inner): transformations(inner)
    case .related(_, let hierarchy, let start, _, _):
      self.hierarchy(hierarchy)
      sequence("start", start)
    case .traverse(let hierarchy, _, let start, let items):
      self.hierarchy(hierarchy)
      sequence("start", start)
      for item in items { order(item) }
    }
  }

  private mutating func sequence(_ head: String, _ inner: [Transformation]) {
    guard !inner.isEmpty else { return }
    open(head)
    transformations(inner)
    close()
  }

  private mutating func order(_ item: OrderItem) {
    open(item.descending ? "desc" : "asc")
    expression(item.expression)
    close()
  }

  private mutating func aggregate(_ item: AggregateItem) {
    let head =
      (item.operand == nil ? "$count" : "value") + text(item.steps) + (item.alias.map { " as " + quoted($0) } ?? "")
    guard let operand = item.operand else { return leaf(head) }
    open(head)
    expression(operand)
    close()
  }

  private mutating func grouping(_ kind: GroupingElement.Kind) {
    switch kind {
    case .property(let path): leaf("by " + quoted(path))
    case .rollup(let paths): leaf("rollup " + paths.map(quoted).joined(separator: " "))
    case .rollupRecursive(let hierarchy, let inner):
      open("rolluprecursive")
      self.hierarchy(hierarchy)
      sequence("start", inner)
      close()
    }
  }

  private mutating func hierarchy(_ hierarchy: Hierarchy) {
    open("hierarchy \(quoted(hierarchy.qualifier)) \(quoted(hierarchy.node))")
    expression(hierarchy.nodes)
    close()
  }

  private func quoted(_ path: [String]) -> String { quoted(path.joined(separator: "/")) }

  /// The clauses, each with a blank in front.
  func text(_ steps: AggregateSteps) -> String {
    (steps.method.map { " with " + $0.name } ?? "")
      + steps.from.map { " from \($0.properties.map(quoted).joined(separator: " ")) with \($0.method.name)" }.joined()
  }
}
