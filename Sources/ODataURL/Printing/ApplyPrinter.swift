/// Writes `$apply` and `$compute` in canonical form: no blanks but those round words.
extension Transformation {
  /// Appends transformations with `/` between them. Recurses as deep as they nest.
  static func print(_ transformations: [Transformation], to output: inout Output) {
    for (index, transformation) in transformations.enumerated() {
      if index > 0 { output.syntax("/") }
      transformation.kind.print(to: &output)
    }
  }
}

extension Transformation.Kind {
  /// The name before the bracket.
  var verb: String {
    switch self {
    case .aggregate: "aggregate"
    case .groupby: "groupby"
    case .concat: "concat"
    case .identity: "identity"
    case .filter: "filter"
    case .compute: "compute"
    case .search: "search"
    case .orderby: "orderby"
    case .top: "top"
    case .skip: "skip"
    case .ranking(let ranking, _, _): ranking.rawValue
    case .nest: "nest"
    case .addnested: "addnested"
    case .join(let join, _, _, _): join.rawValue
    case .related(let kinship, _, _, _, _): kinship.rawValue
    case .traverse: "traverse"
    case .function(let name, _): name
    }
  }

  fileprivate func print(to output: inout Output) {
    output.text(verb)
    if case .identity = self { return }
    output.syntax("(")
    arguments(to: &output)
    output.syntax(")")
  }

  private func arguments(to output: inout Output) {
    switch self {
    case .identity: break
    case .aggregate(let items): QueryOptions.list(items, to: &output) { $0.print(to: &$1) }
    case .groupby(let elements, let inner):
      output.syntax("(")
      QueryOptions.list(elements, to: &output) { $0.kind.print(to: &$1) }
      output.syntax(")")
      Self.optional(inner, to: &output)
    case .concat(let sequences): QueryOptions.list(sequences, to: &output) { Transformation.print($0, to: &$1) }
    case .filter(let expression): ExpressionPrinter.print(expression, to: &output)
    case .compute(let items): QueryOptions.list(items, to: &output) { $0.print(to: &$1) }
    case .search(let search): SearchPrinter.print(search, to: &output)
    case .orderby(let items): QueryOptions.list(items, to: &output) { $0.print(to: &$1) }
    case .top(let count), .skip(let count): output.text(String(count))
    case .ranking(_, let amount, let by):
      ExpressionPrinter.print(amount, to: &output)
      output.syntax(",")
      ExpressionPrinter.print(by, to: &output)
    case .nest(let sets): QueryOptions.list(sets, to: &output) { $0.print(to: &$1) }
    case .addnested(let path, let sets):
      QueryOptions.path(path, to: &output)
      output.syntax(",")
      QueryOptions.list(sets, to: &output) { $0.print(to: &$1) }
    case .join(_, let path, let alias, let inner):
      QueryOptions.path(path, to: &output)
      output.syntax(" as ")
      output.text(alias)
      Self.optional(inner, to: &output)
    case .related(_, let hierarchy, let start, let distance, let keepsStart):
      hierarchy.print(to: &output)
      output.syntax(",")
      Transformation.print(start, to: &output)
      if let distance {
        output.syntax(",")
        output.text(String(distance))
      }
      if keepsStart { output.syntax(",keep start") }
    case .traverse(let hierarchy, let traversal, let start, let order):
      hierarchy.print(to: &output)
      output.syntax(",")
      output.text(traversal.rawValue)
      Self.optional(start, to: &output)
      Self.siblings(order, mayBeTakenForTransformation: start.isEmpty, to: &output)
    case .function(_, let parameters):
      QueryOptions.list(parameters, to: &output) { parameter, output in
        output.text(parameter.name)
        output.syntax("=")
        ExpressionPrinter.print(parameter.value, to: &output)
      }
    }
  }

  /// Transformations behind a comma, if there are any.
  fileprivate static func optional(_ transformations: [Transformation], to output: inout Output) {
    guard !transformations.isEmpty else { return }
    output.syntax(",")
    Transformation.print(transformations, to: &output)
  }

  /// The order of siblings. An expression that would be read as the transformations that it may follow is in brackets.
  private static func siblings(
    _ items: [OrderItem], mayBeTakenForTransformation isFirst: Bool, to output: inout Output
  ) {
    for (index, item) in items.enumerated() {
      output.syntax(",")
      if index == 0, isFirst, item.expression.startsLikeTransformation {
        output.syntax("(")
        ExpressionPrinter.print(item.expression, to: &output)
        output.syntax(")")
        if item.descending { output.syntax(" desc") }
      } else {
        item.print(to: &output)
      }
    }
  }
}

extension Expression {
  /// Whether the text of the expression, with a comma behind it, would be read as a transformation.
  fileprivate var startsLikeTransformation: Bool {
    var output = Output(isEncoded: false)
    ExpressionPrinter.print(self, to: &output)
    output.syntax(",")
    return output.withBytes { Reader.isTransformation($0[...]) }
  }
}

extension OrderItem {
  /// Appends the item; ascending is not written.
  func print(to output: inout Output) {
    ExpressionPrinter.print(expression, to: &output)
    if descending { output.syntax(" desc") }
  }
}

extension ComputeItem {
  func print(to output: inout Output) {
    ExpressionPrinter.print(expression, to: &output)
    output.syntax(" as ")
    output.text(name)
  }
}

extension AggregateItem {
  fileprivate func print(to output: inout Output) {
    if let operand { ExpressionPrinter.print(operand, to: &output) } else { output.syntax("$count") }
    steps.print(to: &output)
    if let alias {
      output.syntax(" as ")
      output.text(alias)
    }
  }
}

extension AggregateSteps {
  /// Appends the clauses, each with a blank in front.
  func print(to output: inout Output) {
    if let method {
      output.syntax(" with ")
      output.text(method.name)
    }
    for clause in from {
      output.syntax(" from ")
      QueryOptions.list(clause.properties, to: &output) { QueryOptions.path($0, to: &$1) }
      output.syntax(" with ")
      output.text(clause.method.name)
    }
  }
}

extension GroupingElement.Kind {
  fileprivate func print(to output: inout Output) {
    switch self {
    case .property(let path): QueryOptions.path(path, to: &output)
    case .rollup(let paths):
      output.syntax("rollup(")
      QueryOptions.list(paths, to: &output) { QueryOptions.path($0, to: &$1) }
      output.syntax(")")
    case .rollupRecursive(let hierarchy, let inner):
      output.syntax("rolluprecursive(")
      hierarchy.print(to: &output)
      Transformation.Kind.optional(inner, to: &output)
      output.syntax(")")
    }
  }
}

extension NestedSet {
  fileprivate func print(to output: inout Output) {
    Transformation.print(transformations, to: &output)
    output.syntax(" as ")
    output.text(alias)
  }
}

extension Hierarchy {
  fileprivate func print(to output: inout Output) {
    ExpressionPrinter.print(nodes, to: &output)
    output.syntax(",")
    output.text(qualifier)
    output.syntax(",")
    QueryOptions.path(node, to: &output)
  }
}
