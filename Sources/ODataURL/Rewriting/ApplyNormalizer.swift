extension Transformation {
  /// The transformation with its conditions normalised; the order of everything in it counts and stays.
  ///
  /// Recurses as deep as transformations nest.
  func normalized() -> Transformation { Transformation(kind.normalized(), span: span) }
}

extension Transformation.Kind {
  fileprivate func normalized() -> Self {
    switch self {
    case .filter(let expression): .filter(expression.normalized())
    case .groupby(let elements, let inner): .groupby(elements.map { $0.normalized() }, Self.normalized(inner))
    case .concat(let sequences): .concat(sequences.map(Self.normalized))
    case .nest(let sets): .nest(sets.map { $0.normalized() })
    case .addnested(let path, let sets): .addnested(path: path, sets.map { $0.normalized() })
    case .join(let join, let path, let alias, let inner):
      .join(join, path: path, alias: alias, Self.normalized(inner))
    case .related(let kinship, let hierarchy, let start, let distance, let keepsStart):
      .related(
        kinship, hierarchy, start: Self.normalized(start), distance: distance, keepsStart: keepsStart)
    case .traverse(let hierarchy, let traversal, let start, let order):
      .traverse(hierarchy, traversal, Self.normalized(start), order: order)
    case .aggregate, .identity, .compute, .search, .orderby, .top, .skip, .ranking, .function: self
    }
  }

  fileprivate static func normalized(_ inner: [Transformation]) -> [Transformation] { inner.map { $0.normalized() } }
}

extension NestedSet {
  fileprivate func normalized() -> NestedSet {
    NestedSet(Transformation.Kind.normalized(transformations), as: alias, span: span)
  }
}

extension GroupingElement {
  fileprivate func normalized() -> GroupingElement {
    guard case .rollupRecursive(let hierarchy, let inner) = kind else { return self }
    return GroupingElement(.rollupRecursive(hierarchy, Transformation.Kind.normalized(inner)), span: span)
  }
}
