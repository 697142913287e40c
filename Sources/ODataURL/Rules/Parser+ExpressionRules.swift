/// Rules that are expressions, or become one when something is put round them.
extension Parser {
  func expression(_ text: RuleText, _ form: Rule.Form) throws(SyntaxError) -> Parsed {
    switch form {
    case .lambda(let op):
      let (expression, whole) = try wrappedExpression(text, "$it/")
      guard case .lambda(let base, op, _, _) = expression[expression.root],
        case .implicit(.it) = expression[base], expression.span(of: expression.root) == whole
      else { throw mismatch(whole, "this is not `\(op.rawValue)(…)` without a collection in front") }
      return Parsed(expression, without: "$it/")
    case .list:
      let (expression, whole) = try wrappedExpression(text, "$it in ")
      guard case .binary(.in, _, let list) = expression[expression.root], case .list = expression[list],
        expression.span(of: list) == whole
      else { throw mismatch(whole, "this is not a list in brackets") }
      return Parsed(expression, without: "$it%20in%20", shown: list)
    case .parameters:
      let (expression, whole) = try wrappedExpression(text, "f.f")
      guard case .function(base: nil, _, _) = expression[expression.root],
        expression.span(of: expression.root) == whole
      else { throw mismatch(whole, "this is not a list of parameters in brackets") }
      return Parsed(expression, without: "f.f").unwrapped()
    case .parameter:
      let (expression, whole) = try wrappedExpression(text, "f.f(", ")")
      guard case .function(base: nil, _, let parameters) = expression[expression.root], parameters.count == 1,
        expression.span(of: expression.root) == whole
      else { throw mismatch(whole, "this is not one parameter with its value") }
      return Parsed(expression, without: "f.f(", ")").unwrapped()
    case .jsonString:
      let (expression, whole) = try wrappedExpression(text, "[", "]")
      guard case .array(let items) = expression[expression.root], items.count == 1,
        case .literal(.string) = expression[items[0]],
        try text.decoded(plusAsSpace: false).bytes.first == ASCII.doubleQuote
      else { throw mismatch(whole, "this is not text in double quotes") }
      return Parsed(expression, without: "%5B", "%5D", shown: items[0])
    case .expression(let shape):
      let (expression, whole) = try wrappedExpression(text)
      try RuleCheck(expression: expression, whole: whole).check(shape)
      if shape.isUnsigned,
        try text.decoded(plusAsSpace: false).bytes.contains(where: { $0 == ASCII.plus || $0 == ASCII.minus })
      {
        throw mismatch(whole, "the rule takes \(LiteralKind.byte.title)")
      }
      return Parsed(expression)
    default:
      throw mismatch(text.span, "this is not an expression")
    }
  }

  /// Literals without their type or without their quotes, and those that the tree may hold in several ways.
  func literal(_ text: RuleText, _ form: Rule.Form) throws(SyntaxError) -> Parsed {
    switch form {
    case .enumeration:
      let first = try text.decoded(plusAsSpace: false).bytes.first
      guard first == ASCII.quote else { return try expression(text, .expression(.literal(.enumeration))) }
      return try bare(text, .enumeration, prefix: "e.e", suffix: "")
    case .duration:
      let isBare = try text.decoded(plusAsSpace: false).bytes.first == ASCII.quote
      let (expression, whole) = try wrappedExpression(text, isBare ? "duration" : "")
      try RuleCheck(expression: expression, whole: whole).check(.literal(.duration))
      return Parsed(expression)
    case .bare(let kind):
      let decoded = try text.decoded(plusAsSpace: plusAsSpace)
      if let quote = decoded.bytes.firstIndex(of: ASCII.quote) {
        throw mismatch(decoded.span(quote..<quote + 1), "the value stands without quotes here")
      }
      switch kind {
      case .duration:
        if decoded.bytes.first == ASCII.plus {
          throw SyntaxError(code: .invalidLiteral, span: decoded.span(0..<1), message: "a duration has no plus sign")
        }
        return try bare(text, kind, prefix: "duration'", suffix: "'")
      case .binary: return try bare(text, kind, prefix: "binary'", suffix: "'")
      default: return try bare(text, kind, prefix: "e.e'", suffix: "'")
      }
    case .geographic(let space, let shape):
      let (expression, whole) = try wrappedExpression(text)
      guard case .literal = expression[expression.root], expression.span(of: expression.root) == whole,
        Self.isGeographic(try text.decoded(plusAsSpace: false).bytes, space, shape)
      else { throw mismatch(whole, "this is not a \(space) literal of the form that the rule has") }
      return Parsed(expression)
    default:
      throw mismatch(text.span, "this is not a literal")
    }
  }

  var plusAsSpace: Bool { settings.leniencies.contains(.plusAsSpace) }

  private func bare(
    _ text: RuleText, _ kind: LiteralKind, prefix: String, suffix: String
  ) throws(SyntaxError) -> Parsed {
    let (expression, whole) = try wrappedExpression(text, prefix, suffix)
    try RuleCheck(expression: expression, whole: whole).check(.literal(kind))
    let parsed = Parsed(expression, without: prefix, suffix)
    guard case .literal(.enumeration(_, let value)) = expression[expression.root] else { return parsed }
    let untyped = Expression(.literal(.enumeration(type: "", value: value)))
    return Parsed(canonical: parsed.canonical, tree: untyped.treeDump())
  }

  /// Reads the text, with something put round it, as an expression.
  /// - Returns: the expression, and the span of the whole without blanks round it.
  func wrappedExpression(
    _ text: RuleText, _ prefix: String = "", _ suffix: String = ""
  ) throws(SyntaxError) -> (Expression, whole: Span) {
    try wholeExpression(text.decoded(plusAsSpace: plusAsSpace).wrapped(prefix, suffix))
  }

  /// Reads decoded text as an expression; returns it and its span without blanks round it.
  func wholeExpression(_ wrapped: RawText) throws(SyntaxError) -> (Expression, whole: Span) {
    var reader = Reader(settings: settings, wrapped)
    try reader.openDecoded(wrapped, 0..<wrapped.bytes.count)
    reader.skipLenientBlanks()
    let start = reader.at
    let expression = try reader.expression()
    let whole = reader.span(from: start)
    reader.skipLenientBlanks()
    guard reader.isAtEnd else { throw reader.unexpectedAfterOperand(expected: "an operator or the end") }
    return (expression, whole)
  }

  /// Whether a sound literal is of a space (`geography` or `geometry`) and of a shape, `nil` for any shape.
  private static func isGeographic(_ bytes: [UInt8], _ space: String, _ shape: String?) -> Bool {
    let text = bytes.map(lowercase)
    guard text.starts(with: (space + "'").utf8) else { return false }
    guard let shape else { return true }
    guard let semicolon = text.firstIndex(of: ASCII.semicolon) else { return false }
    let rest = text[(semicolon + 1)...]
    return rest.starts(with: (shape + "(").utf8)
      || (shape == "collection" && rest.starts(with: "geometrycollection(".utf8))
  }
}
