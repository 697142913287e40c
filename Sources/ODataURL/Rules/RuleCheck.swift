/// Whether an expression is what a rule narrower than `commonExpr` asks for, as far as its form tells.
struct RuleCheck {
  let expression: Expression
  /// The span of the whole text: brackets leave no trace in the tree, but the root is then smaller than the text.
  let whole: Span

  /// - Throws: `rule-mismatch`, or `literal-out-of-range` for a number that its type does not hold.
  func check(_ shape: Rule.ExpressionShape) throws(SyntaxError) {
    let root = expression[expression.root]
    switch shape {
    case .any: return
    case .boolean: return try checkBoolean()
    case .literal(let kind): return try checkLiteral(root, kind, inRange: false)
    case .value(let kind): return try checkLiteral(root, kind, inRange: true)
    case .firstMember: try require(isPath(root), "this is not a path")
    case .member: try require(isPath(root) && !headIsVariable, "this is not a path that starts with a name")
    case .propertyPath:
      var isName = false
      if case .member = expression[head] { isName = true }
      try require(isPath(root) && isName, "this is not a path that starts with a property")
    case .root:
      var isRoot = false
      if case .implicit(.root) = expression[head] { isRoot = true }
      try require(isRoot, "this is not a path below $root")
    case .methodCall:
      let name = callee(root)
      try require(name != nil && name != "cast" && name != "isof", "this is not a call of a function of OData")
    case .booleanMethodCall:
      try require(
        callee(root).map { Self.tests.contains($0) } == true, "this is not a call of a function that gives a Boolean")
    case .call(let name): try require(callee(root) == name, "this is not a call of `\(name)`")
    case .function:
      var isFunction = false
      if case .function = root { isFunction = true }
      try require(isFunction, "this is not a call of a function by its qualified name")
    case .not:
      var isNot = false
      if case .not = root { isNot = true }
      try require(isNot, prefix: true, "this is not an expression that `not` applies to as a whole")
    case .negate:
      var isNegate = false
      if case .negate = root { isNegate = true }
      try require(isNegate, prefix: true, "this is not an expression that a minus sign applies to as a whole")
    case .json:
      switch root {
      case .array, .object: try require(true, "")
      default: try require(false, "this is not a JSON array or object")
      }
    case .alias:
      var isAlias = false
      if case .alias = root { isAlias = true }
      try require(isAlias, "this is not a parameter alias")
    case .variable, .memberOrCall, .annotation, .array, .object, .unquoted: try checkPart(root, shape)
    case .implicit:
      var isVariable = false
      if case .implicit = root { isVariable = true }
      try require(isVariable, "this is not $it, $this or $root")
    }
  }

  /// - Parameter prefix: whether the operand may end in a bracket, which its span leaves out.
  private func require(_ isSo: Bool, prefix: Bool = false, _ message: String) throws(SyntaxError) {
    let span = expression.span(of: expression.root)
    guard isSo, span.start == whole.start, prefix || span.end == whole.end else {
      throw SyntaxError(
        code: .ruleMismatch, span: whole, message: isSo ? "the rule has no brackets round the whole" : message)
    }
  }

  // MARK: Paths and calls

  private func isPath(_ node: Expression.Node) -> Bool {
    switch node {
    case .member, .count, .lambda, .variable, .alias, .function, .implicit: true
    // A type alone is no path.
    case .cast(let base, _): base != nil
    default: false
    }
  }

  /// What a path starts with.
  private var head: NodeID {
    var id = expression.root
    while true {
      switch expression[id] {
      case .member(let base?, _), .cast(let base?, _), .count(let base, _, _), .lambda(let base, _, _, _),
        .function(let base?, _, _), .key(let base, _), .annotation(let base?, _), .aggregate(let base, _, _):
        id = base
      default: return id
      }
    }
  }

  private var headIsVariable: Bool {
    switch expression[head] {
    case .variable, .implicit, .alias: true
    default: false
    }
  }

  private func callee(_ node: Expression.Node) -> String? {
    guard case .call(let name, _) = node else { return nil }
    return name
  }

  /// Functions that give a Boolean.
  private static let tests: Set<String> = [
    "contains", "startswith", "endswith", "matchespattern", "hassubset", "hassubsequence", "geo.intersects",
  ]

  /// Functions that never give a Boolean.
  private static let measures: Set<String> = [
    "concat", "indexof", "length", "substring", "tolower", "toupper", "trim", "year", "month", "day", "hour", "minute",
    "second", "fractionalseconds", "totalseconds", "date", "time", "totaloffsetminutes", "mindatetime", "maxdatetime",
    "now", "round", "floor", "ceiling", "geo.distance", "geo.length",
  ]

  // MARK: Booleans

  /// Refuses what cannot be a Boolean whatever its names stand for, also below `and`, `or` and `not`.
  private func checkBoolean() throws(SyntaxError) {
    var pending = [expression.root]
    while let id = pending.popLast() {
      guard canBeBoolean(expression[id]) else {
        throw SyntaxError(
          code: .ruleMismatch, span: expression.span(of: id), message: "this is never true or false, whatever it is for"
        )
      }
      switch expression[id] {
      case .binary(.and, let left, let right), .binary(.or, let left, let right): pending += [right, left]
      case .not(let operand): pending.append(operand)
      default: break
      }
    }
  }

  private func canBeBoolean(_ node: Expression.Node) -> Bool {
    switch node {
    case .literal(.boolean), .literal(.null): true
    case .literal, .count, .list, .array, .object, .negate: false
    case .binary(let op, _, _):
      switch op {
      case .or, .and, .eq, .ne, .gt, .ge, .lt, .le, .has, .in: true
      case .add, .sub, .mul, .div, .divby, .mod: false
      }
    case .call(let name, _): !Self.measures.contains(name)
    default: true
    }
  }

  // MARK: Literals

  private func checkLiteral(
    _ root: Expression.Node, _ kind: LiteralKind, inRange: Bool
  ) throws(SyntaxError) {
    guard case .literal(let literal) = root else {
      throw SyntaxError(
        code: .ruleMismatch, span: whole, message: "this is not a literal; the rule takes \(kind.title)")
    }
    guard kind.admits(literal) else {
      throw SyntaxError(
        code: .ruleMismatch, span: whole, message: "this is \(literal.title); the rule takes \(kind.title)")
    }
    try require(true, "")
    let isHeld: Bool
    var title = kind.title
    switch literal {
    case .integer(let value):
      let digits = String(value.magnitude).utf8.count
      let isInDigits = kind.digits.map { digits <= $0 } ?? true
      isHeld = isInDigits && (kind != .byte || value >= 0) && (!inRange || kind.range?.contains(value) ?? true)
      if isInDigits, inRange, let range = kind.range {
        title = "an integer from \(range.lowerBound) to \(range.upperBound)"
      }
    case .decimal(let text):
      let digits = text.utf8.count - (text.utf8.first == ASCII.minus ? 1 : 0)
      // Without a fraction these are the integers that no Int64 holds.
      isHeld = kind.digits.map { digits <= $0 && !inRange } ?? kind.holds(text)
    case .double(let text): isHeld = ["INF", "-INF", "NaN"].contains(text) || kind.holds(text)
    default: isHeld = true
    }
    guard isHeld else {
      throw SyntaxError(code: .literalOutOfRange, span: whole, message: "the rule takes \(title)")
    }
  }

  // MARK: Parts of paths and literals

  private func checkPart(_ root: Expression.Node, _ shape: Rule.ExpressionShape) throws(SyntaxError) {
    switch (shape, root) {
    case (.variable, .implicit(.it)), (.variable, .implicit(.this)), (.variable, .alias), (.variable, .variable),
      (.variable, .member(base: nil, _)), (.array, .array), (.object, .object):
      try require(true, "")
    case (.memberOrCall, _):
      var isTypeFirst = false
      if case .cast = expression[head] { isTypeFirst = true }
      try require(
        isPath(root) && !headIsVariable && !isTypeFirst, "this is not a path that starts with a member or a call")
    case (.annotation, _):
      var isAnnotation = false
      if case .annotation(base: nil, _) = expression[head] { isAnnotation = true }
      try require(isAnnotation, "this is not a path that starts with an annotation")
    case (.unquoted, .literal(let literal)):
      switch literal {
      case .string, .duration, .binary, .geo, .enumeration:
        try require(false, "a value stands without quotes and prefix")
      default: try require(true, "")
      }
    default: try require(false, "this is not what the rule takes")
    }
  }

  /// The step of a path behind what it starts with; `nil` for anything but a path of two parts at least.
  var firstStep: Expression.Node? {
    var step: Expression.Node?
    var id = expression.root
    while true {
      let node = expression[id]
      switch node {
      case .member(let base?, _), .cast(let base?, _), .count(let base, _, _), .lambda(let base, _, _, _),
        .function(let base?, _, _), .key(let base, _), .annotation(let base?, _), .aggregate(let base, _, _):
        step = node
        id = base
      default: return step
      }
    }
  }

  /// The node of what a path starts with.
  var start: Expression.Node { expression[head] }
}
