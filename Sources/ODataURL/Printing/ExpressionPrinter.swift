/// Writes expressions in canonical form: one blank round operators, lower-case operators, brackets only where the tree
/// needs them.
///
/// Works off a stack of its own, so that no tree is too deep for it.
struct ExpressionPrinter {
  /// What is still to be written. Holds no text, only where text is: steps are copied a lot.
  private enum Step {
    case syntax(StaticString)
    /// The name that the node holds.
    case name(of: NodeID)
    /// The name of a parameter, key property or member.
    case parameter(of: NodeID, Int)
    case jsonMember(of: NodeID, Int)
    /// An expression on its own: argument, item, lambda body, whole option.
    case node(NodeID)
    /// What stands in front of a `/`.
    case base(NodeID)
    /// An operand of a prefix operator, in brackets where it needs them.
    case operand(NodeID, Side)
    /// The items of a list from one on, with commas between them.
    case items(of: NodeID, from: Int)
    /// An operator and its right operand, in brackets where it needs them.
    case infix(BinaryOperator, NodeID)
    /// `with` and `from` clauses of the node.
    case aggregate(NodeID)
    /// A value in a JSON array or object.
    case json(NodeID)
    /// The search expression of the node.
    case search(of: NodeID)
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

  private init(expression: Expression) {
    self.expression = expression
    // A leaf, or a comparison of two, leaves nothing for later.
    if expression.entries.count > 3 { steps.reserveCapacity(8) }
  }

  private mutating func run(_ root: NodeID, _ output: inout Output) {
    standalone(root, &output)
    while let step = steps.popLast() {
      switch step {
      case .syntax(let text): output.syntax(text)
      case .name(let id): output.text(name(of: id))
      case .parameter(let id, let index): output.text(parameters(of: id)[index].name)
      case .jsonMember(let id, let index): LiteralPrinter.printJSON(parameters(of: id)[index].name, to: &output)
      case .node(let id): standalone(id, &output)
      case .base(let id): node(id, &output)
      case .operand(let id, let side):
        if needsBrackets(id, side) { bracket(id) } else { standalone(id, &output) }
      case .infix(let op, let right):
        output.infix(op)
        if needsBrackets(right, .right(of: op)) {
          bracket(right)
        } else {
          Self.isTight(op) ? node(right, &output) : standalone(right, &output)
        }
      case .items(let id, let index): items(of: id, from: index, &output)
      case .aggregate(let id):
        if case .aggregate(_, _, let steps) = expression[id] { steps.print(to: &output) }
      case .json(let id): json(id, &output)
      case .search(let id):
        if case .count(_, _, let search?) = expression[id] { SearchPrinter.print(search, to: &output) }
      case .delimiter: output.delimiter(ASCII.semicolon)
      }
    }
  }

  private func name(of id: NodeID) -> String {
    switch expression[id] {
    case .member(_, let name), .cast(_, let name), .annotation(_, let name), .lambda(_, _, let name?, _),
      .function(_, let name, _):
      name
    default: ""
    }
  }

  private func parameters(of id: NodeID) -> [NamedParameter] {
    switch expression[id] {
    case .key(_, let parameters), .function(_, _, let parameters), .object(let parameters): parameters
    default: []
    }
  }

  // The last step is the first to be taken: what is written last is pushed first.

  private mutating func bracket(_ id: NodeID) {
    steps.append(.syntax(")"))
    steps.append(.node(id))
    steps.append(.syntax("("))
  }

  /// In front of everything: `base/`.
  private mutating func path(behind base: NodeID?) {
    guard let base else { return }
    steps.append(.syntax("/"))
    steps.append(.base(base))
  }

  /// Goes down the left operands to the one that is written first, and on to the right as long as nothing has to wait.
  private mutating func standalone(_ id: NodeID, _ output: inout Output) {
    var id = id
    var found = plain(id, &output)
    while case .infix(let op, let left, let right) = found {
      let isBracketed = needsBrackets(left, .left(of: op))
      if isBracketed { output.syntax("(") }
      id = left
      found = plain(left, &output)
      if found.isWritten {
        output.infix(op)
        guard !needsBrackets(right, .right(of: op)) else { return bracket(right) }
        if Self.isTight(op) { return node(right, &output) }
        id = right
        found = plain(right, &output)
      } else {
        steps.append(.infix(op, right))
        if isBracketed { steps.append(.syntax(")")) }
      }
    }
    guard case .other = found else { return }
    // A property named `not` would be read as the operator.
    if let name = headName(id), Self.equals(name, "not") {
      output.syntax("(")
      output.text(name)
      output.syntax(")")
    } else {
      single(id, &output)
    }
  }

  /// Behind these no prefix operator can stand, so that `not` can only be a name.
  private static func isTight(_ op: BinaryOperator) -> Bool { op == .has || op == .in }

  /// What ``plain(_:_:)`` has found.
  private enum Found {
    case written
    case infix(BinaryOperator, NodeID, NodeID)
    case other

    var isWritten: Bool { if case .written = self { true } else { false } }
  }

  /// Writes what most operands are, text or a property, where it lies: a node that is switched over elsewhere is copied.
  /// - Returns: whether it was such a node; nothing is written for another.
  private func plain(_ id: NodeID, _ output: inout Output) -> Found {
    expression.entries.withUnsafeBufferPointer { entries in
      switch entries[checked: id].node {
      case .literal(.string(let text)): LiteralPrinter.quoted(text, to: &output)
      case .literal(.integer(let value)): output.text(String(value))
      case .literal(.guid(let guid)): LiteralPrinter.print(guid, to: &output)
      case .literal(.dateTimeOffset(let instant)): LiteralPrinter.print(instant, to: &output)
      case .member(nil, let name) where name.utf8.count != 3: output.text(name)
      case .binary(let op, let left, let right): return .infix(op, left, right)
      default: return .other
      }
      return .written
    }
  }

  private mutating func json(_ id: NodeID, _ output: inout Output) {
    if !jsonText(id, &output) { standalone(id, &output) }
  }

  /// Writes text where it lies, in double quotes.
  /// - Returns: whether it was text; nothing is written for another node.
  private func jsonText(_ id: NodeID, _ output: inout Output) -> Bool {
    expression.entries.withUnsafeBufferPointer { entries in
      guard case .literal(.string(let text)) = entries[checked: id].node else { return false }
      LiteralPrinter.printJSON(text, to: &output)
      return true
    }
  }

  private mutating func node(_ id: NodeID, _ output: inout Output) {
    if case .binary = expression[id] { standalone(id, &output) } else { single(id, &output) }
  }

  /// A node other than an infix operator.
  private mutating func single(_ id: NodeID, _ output: inout Output) {
    switch expression[id] {
    case .literal(let literal): LiteralPrinter.print(literal, to: &output)
    case .member(nil, let name), .cast(nil, let name), .variable(let name): output.text(name)
    case .member(let base, _), .cast(let base, _):
      steps.append(.name(of: id))
      path(behind: base)
    case .implicit(let variable): output.text(variable.rawValue)
    case .alias(let name):
      output.syntax("@")
      output.text(name)
    case .not(let operand):
      output.syntax("not ")
      steps.append(.operand(operand, .underNot))
    case .negate(let operand):
      output.syntax("-")
      steps.append(.operand(operand, .underMinus))
    case .call(let name, let arguments): call(id, name, arguments, &output)
    case .list:
      output.syntax("(")
      steps.append(.syntax(")"))
      items(of: id, from: 0, &output)
    case .array:
      output.syntax("[")
      steps.append(.syntax("]"))
      items(of: id, from: 0, &output)
    case .object(let members): object(id, members, &output)
    default: pathEnd(id)
    }
  }

  /// The last segment of a path, and the path in front of it.
  private mutating func pathEnd(_ id: NodeID) {
    switch expression[id] {
    case .count(let base, nil, nil):
      steps.append(.syntax("$count"))
      path(behind: base)
    case .count(let base, let filter, let search):
      steps.append(.syntax(")"))
      if search != nil {
        steps.append(.search(of: id))
        steps.append(.syntax("$search="))
      }
      if filter != nil, search != nil { steps.append(.delimiter) }
      if let filter {
        steps.append(.node(filter))
        steps.append(.syntax("$filter="))
      }
      steps.append(.syntax("$count("))
      path(behind: base)
    case .key(let base, let values):
      if values.count == 1, values[0].name.isEmpty { bracket(values[0].value) } else { arguments(id, values) }
      steps.append(.base(base))
    case .annotation(let base, _):
      steps.append(.name(of: id))
      steps.append(.syntax("@"))
      path(behind: base)
    case .lambda(let base, let op, let variable, let body):
      steps.append(.syntax(")"))
      if variable != nil, let body {
        steps.append(.node(body))
        steps.append(.syntax(":"))
        steps.append(.name(of: id))
      }
      steps.append(.syntax(op == .any ? "any(" : "all("))
      path(behind: base)
    case .aggregate(let base, let operand, _):
      steps.append(.syntax(")"))
      steps.append(.aggregate(id))
      steps.append(operand.map { .node($0) } ?? .syntax("$count"))
      steps.append(.syntax("aggregate("))
      path(behind: base)
    case .function(let base, _, let parameters):
      arguments(id, parameters)
      steps.append(.name(of: id))
      path(behind: base)
    default: break
    }
  }

  /// Names and values in brackets.
  private mutating func arguments(_ id: NodeID, _ parameters: [NamedParameter]) {
    steps.append(.syntax(")"))
    for index in parameters.indices.reversed() {
      steps.append(.node(parameters[index].value))
      steps.append(.syntax("="))
      steps.append(.parameter(of: id, index))
      if index > 0 { steps.append(.syntax(",")) }
    }
    steps.append(.syntax("("))
  }

  private mutating func object(_ id: NodeID, _ members: [NamedParameter], _ output: inout Output) {
    output.syntax("{")
    steps.append(.syntax("}"))
    for index in members.indices.reversed() {
      steps.append(.json(members[index].value))
      steps.append(.syntax(":"))
      steps.append(.jsonMember(of: id, index))
      if index > 0 { steps.append(.syntax(",")) }
    }
  }

  /// The items of a list or an array, or the arguments of a call, up to the first that something has to wait for.
  private mutating func items(of id: NodeID, from start: Int, _ output: inout Output) {
    let (items, isJSON) =
      switch expression[id] {
      case .list(let items), .call(_, let items): (items, false)
      case .array(let items): (items, true)
      default: ([], false)
      }
    for index in start..<max(start, items.count) {
      if index > 0 { output.syntax(",") }
      let item = items[index]
      if isJSON ? jsonText(item, &output) : plain(item, &output).isWritten { continue }
      steps.append(.items(of: id, from: index + 1))
      steps.append(isJSON ? .json(item) : .node(item))
      return
    }
  }

  private mutating func call(_ id: NodeID, _ name: String, _ arguments: [NodeID], _ output: inout Output) {
    output.text(CanonicalFunction.spelling(of: name))
    output.syntax("(")
    steps.append(.syntax(")"))
    guard name == "case" else { return items(of: id, from: 0, &output) }
    for index in stride(from: arguments.count & ~1, to: 0, by: -2) {
      // Blanks round the colon, which might be taken for that of a time of day.
      steps.append(.node(arguments[index - 1]))
      steps.append(.syntax(" : "))
      steps.append(.node(arguments[index - 2]))
      if index > 2 { steps.append(.syntax(",")) }
    }
  }
}

// MARK: - Brackets

extension ExpressionPrinter {
  private func precedence(_ id: NodeID) -> UInt8 {
    // Where it lies, not copied.
    expression.entries.withUnsafeBufferPointer { entries in
      switch entries[checked: id].node {
      case .binary(let op, _, _): op.precedence
      case .not, .negate: Precedence.unary
      default: Precedence.primary
      }
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
      case .function(nil, let name, _): return name
      default: return headName(id)
      }
    }
  }

  private static func equals(_ name: String, _ word: String) -> Bool {
    name.utf8.count == word.utf8.count && zip(name.utf8, word.utf8).allSatisfy { lowercase($0) == $1 }
  }
}

extension Output {
  /// Appends an operator with the blanks round it.
  fileprivate mutating func infix(_ op: BinaryOperator) {
    switch op {
    case .or: raw(" or ", encoded: "%20or%20")
    case .and: raw(" and ", encoded: "%20and%20")
    case .eq: raw(" eq ", encoded: "%20eq%20")
    case .ne: raw(" ne ", encoded: "%20ne%20")
    case .gt: raw(" gt ", encoded: "%20gt%20")
    case .ge: raw(" ge ", encoded: "%20ge%20")
    case .lt: raw(" lt ", encoded: "%20lt%20")
    case .le: raw(" le ", encoded: "%20le%20")
    case .add: raw(" add ", encoded: "%20add%20")
    case .sub: raw(" sub ", encoded: "%20sub%20")
    case .mul: raw(" mul ", encoded: "%20mul%20")
    case .div: raw(" div ", encoded: "%20div%20")
    case .divby: raw(" divby ", encoded: "%20divby%20")
    case .mod: raw(" mod ", encoded: "%20mod%20")
    case .has: raw(" has ", encoded: "%20has%20")
    case .in: raw(" in ", encoded: "%20in%20")
    }
  }
}
