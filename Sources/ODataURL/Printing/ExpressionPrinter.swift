/// Writes expressions in canonical form: one blank round operators, lower-case operators, brackets only where the tree
/// needs them.
///
/// Works off a stack of its own, so that no tree is too deep for it.
struct ExpressionPrinter {
  private enum Step {
    case syntax(StaticString)
    case text(String)
    case jsonText(String)
    /// An expression on its own: argument, item, lambda body, whole option.
    case node(NodeID)
    /// What stands in front of a `/`.
    case base(NodeID)
    /// An operand, in brackets where it needs them.
    case operand(NodeID, Side)
    /// `with` and `from` clauses.
    case aggregate(AggregateSteps)
    /// A value in a JSON array or object.
    case json(NodeID)
    case search(SearchExpression)
    /// `;` between options.
    case delimiter
  }

  private enum Side {
    case left(of: BinaryOperator)
    case right(of: BinaryOperator)
    case underNot
    case underMinus
  }

  private let expression: Expression
  private var steps: [Step] = []

  /// Appends the expression, or the part of it below `id`.
  static func print(_ expression: Expression, _ id: NodeID? = nil, to output: inout Output) {
    var printer = ExpressionPrinter(expression: expression)
    printer.run(id ?? expression.root, &output)
  }

  private init(expression: Expression) { self.expression = expression }

  private mutating func run(_ root: NodeID, _ output: inout Output) {
    steps.append(.node(root))
    while let step = steps.popLast() {
      switch step {
      case .syntax(let text): output.syntax(text)
      case .text(let text): output.text(text)
      case .jsonText(let text): LiteralPrinter.printJSON(text, to: &output)
      case .node(let id): standalone(id, &output)
      case .base(let id): node(id, &output)
      case .operand(let id, let side):
        if needsBrackets(id, side) { bracket(id) } else { isTight(side) ? node(id, &output) : standalone(id, &output) }
      case .aggregate(let steps): steps.print(to: &output)
      case .json(let id): json(id, &output)
      case .search(let search): SearchPrinter.print(search, to: &output)
      case .delimiter: output.delimiter(ASCII.semicolon)
      }
    }
  }

  private mutating func push(_ new: [Step]) { steps.append(contentsOf: new.reversed()) }

  private mutating func bracket(_ id: NodeID) { push([.syntax("("), .node(id), .syntax(")")]) }

  private mutating func standalone(_ id: NodeID, _ output: inout Output) {
    // A property named `not` would be read as the operator.
    if let name = headName(id), Self.equals(name, "not") {
      output.syntax("(")
      output.text(name)
      output.syntax(")")
    } else {
      node(id, &output)
    }
  }

  private mutating func json(_ id: NodeID, _ output: inout Output) {
    if case .literal(.string(let text)) = expression[id] {
      LiteralPrinter.printJSON(text, to: &output)
    } else {
      standalone(id, &output)
    }
  }

  private mutating func node(_ id: NodeID, _ output: inout Output) {
    switch expression[id] {
    case .literal(let literal): LiteralPrinter.print(literal, to: &output)
    case .member(let base, let name), .cast(let base, let name):
      if let base { push([.base(base), .syntax("/"), .text(name)]) } else { output.text(name) }
    case .variable(let name): output.text(name)
    case .implicit(let variable): output.text(variable.rawValue)
    case .alias(let name):
      output.syntax("@")
      output.text(name)
    case .count(let base, nil, nil): push([.base(base), .syntax("/$count")])
    case .count(let base, let filter, let search):
      var new: [Step] = [.base(base), .syntax("/$count(")]
      if let filter { new += [.syntax("$filter="), .node(filter)] }
      if filter != nil, search != nil { new.append(.delimiter) }
      if let search { new += [.syntax("$search="), .search(search)] }
      push(new + [.syntax(")")])
    case .key(let base, let values):
      if values.count == 1, values[0].name.isEmpty {
        push([.base(base), .syntax("("), .node(values[0].value), .syntax(")")])
      } else {
        list([.base(base), .syntax("(")], values.map { [.text($0.name), .syntax("="), .node($0.value)] }, ")")
      }
    case .annotation(let base, let term):
      push((base.map { [.base($0), .syntax("/")] } ?? []) + [.syntax("@"), .text(term)])
    case .lambda(let base, let op, let variable, let body):
      var new: [Step] = [.base(base), .syntax(op == .any ? "/any(" : "/all(")]
      if let variable, let body { new += [.text(variable), .syntax(":"), .node(body)] }
      push(new + [.syntax(")")])
    case .aggregate(let base, let operand, let steps):
      push([
        .base(base), .syntax("/aggregate("), operand.map { .node($0) } ?? .syntax("$count"), .aggregate(steps),
        .syntax(")"),
      ])
    case .call("case", let arguments):
      // Blanks round the colon, which might be taken for that of a time of day.
      let pairs = stride(from: 0, to: arguments.count - 1, by: 2).map { index -> [Step] in
        [.node(arguments[index]), .syntax(" : "), .node(arguments[index + 1])]
      }
      list([.syntax("case(")], pairs, ")")
    case .call(let name, let arguments):
      list([.text(CanonicalFunction.spelling(of: name)), .syntax("(")], arguments.map { [.node($0)] }, ")")
    case .function(let base, let name, let parameters):
      let start: [Step] = (base.map { [.base($0), .syntax("/")] } ?? []) + [.text(name), .syntax("(")]
      list(start, parameters.map { [.text($0.name), .syntax("="), .node($0.value)] }, ")")
    case .list(let items): list([.syntax("(")], items.map { [.node($0)] }, ")")
    case .array(let items): list([.syntax("[")], items.map { [.json($0)] }, "]")
    case .object(let members):
      list([.syntax("{")], members.map { [.jsonText($0.name), .syntax(":"), .json($0.value)] }, "}")
    case .binary(let op, let left, let right):
      push([
        .operand(left, .left(of: op)), .syntax(" "), .text(op.rawValue), .syntax(" "), .operand(right, .right(of: op)),
      ])
    case .not(let operand): push([.syntax("not "), .operand(operand, .underNot)])
    case .negate(let operand): push([.syntax("-"), .operand(operand, .underMinus)])
    }
  }

  private mutating func list(_ start: [Step], _ items: [[Step]], _ end: StaticString) {
    var new = start
    for (index, item) in items.enumerated() {
      if index > 0 { new.append(.syntax(",")) }
      new += item
    }
    push(new + [.syntax(end)])
  }
}

// MARK: - Brackets

extension ExpressionPrinter {
  private func precedence(_ id: NodeID) -> UInt8 {
    switch expression[id] {
    case .binary(let op, _, _): op.precedence
    case .not, .negate: Precedence.unary
    default: Precedence.primary
    }
  }

  private func needsBrackets(_ id: NodeID, _ side: Side) -> Bool {
    switch side {
    case .left(let op): precedence(id) < op.precedence
    case .right(let op): precedence(id) <= op.precedence
    case .underNot: precedence(id) < Precedence.unary || startsWithOperatorWord(id)
    case .underMinus: precedence(id) < Precedence.unary || startsLikeNumber(id)
    }
  }

  /// Whether no prefix operator can stand here, so that `not` can only be a name.
  private func isTight(_ side: Side) -> Bool {
    if case .right(.has) = side { return true }
    if case .right(.in) = side { return true }
    return false
  }

  /// The node whose text comes first when `id` is printed without brackets round it or its parts.
  private func leftmost(_ id: NodeID) -> NodeID {
    var id = id
    while case .binary(_, let left, _) = expression[id] { id = left }
    return id
  }

  /// The name of a member, cast or variable that stands alone.
  private func headName(_ id: NodeID) -> String? {
    switch expression[id] {
    case .member(nil, let name), .variable(let name): name
    default: nil
    }
  }

  /// `not eq has x` would be read as a comparison of a property named `not`.
  private func startsWithOperatorWord(_ id: NodeID) -> Bool {
    guard let name = headName(leftmost(id)) else { return false }
    return BinaryOperator.allCases.contains { Self.equals(name, $0.rawValue) }
  }

  /// A minus sign before these would be read as the sign of a literal.
  private func startsLikeNumber(_ id: NodeID) -> Bool {
    switch expression[leftmost(id)] {
    case .literal(.string), .literal(.null), .literal(.boolean), .literal(.duration), .literal(.binary),
      .literal(.enumeration), .literal(.geo):
      return false
    case .literal(.integer(let value)): return value >= 0
    case .literal(.decimal(let text)), .literal(.double(let text)): return text.utf8.first != ASCII.minus
    case .literal: return true
    default: return pathHead(leftmost(id)) == "INF"
    }
  }

  private func pathHead(_ id: NodeID) -> String? {
    var id = id
    while true {
      switch expression[id] {
      case .member(let base?, _), .cast(let base?, _), .count(let base, _, _), .lambda(let base, _, _, _),
        .function(let base?, _, _), .key(let base, _), .annotation(let base?, _), .aggregate(let base, _, _):
        id = base
      default: return headName(id)
      }
    }
  }

  private static func equals(_ name: String, _ word: String) -> Bool {
    name.utf8.count == word.utf8.count && zip(name.utf8, word.utf8).allSatisfy { lowercase($0) == $1 }
  }
}
