import ODataURL

/// Makes parts of filters.
enum LegacyFilter {
  /// `column eq a or column eq b …`; `nil` without values. Dataverse has no `in`.
  static func anyOf(_ column: String, _ values: some Collection<Literal>, span: Span = .none) -> Expression? {
    guard let first = values.first else { return nil }
    var chain = Expression(.member(base: nil, name: column), span: span)
    func test(_ name: NodeID, _ value: Literal) -> NodeID {
      let literal = chain.append(.literal(value), span: span)
      return chain.append(.binary(.eq, name, literal), span: span)
    }
    chain.root = test(chain.root, first)
    for value in values.dropFirst() {
      let name = chain.append(.member(base: nil, name: column), span: span)
      chain.root = chain.append(.binary(.or, chain.root, test(name, value)), span: span)
    }
    return chain
  }

  /// `contains(column,'text')`
  static func contains(_ column: String, _ text: String, span: Span = .none) -> Expression {
    var call = Expression(.member(base: nil, name: column), span: span)
    let literal = call.append(.literal(.string(text)), span: span)
    call.root = call.append(.call(name: "contains", arguments: [call.root, literal]), span: span)
    return call
  }

  static func all(_ parts: [Expression]) -> Expression? {
    guard let first = parts.first else { return nil }
    return parts.dropFirst().reduce(first) { $0.joined(with: $1, by: .and) }
  }

  static func any(_ parts: [Expression]) -> Expression? {
    guard let first = parts.first else { return nil }
    return parts.dropFirst().reduce(first) { $0.joined(with: $1, by: .or) }
  }
}

extension Expression {
  /// The operands of the `and`s at the top, in their order, each as this expression with another root.
  var conjuncts: [Expression] {
    guard case .binary(.and, _, _) = self[root] else { return [self] }
    var parts: [Expression] = []
    walk { id, node in
      if case .binary(.and, _, _) = node { return .continue }
      var part = self
      part.root = id
      parts.append(part)
      return .skipChildren
    }
    return parts
  }

  var span: Span { span(of: root) }

  /// The column and the values of `column in (…)` and `column eq value`.
  var alternatives: (column: String, values: [Literal])? {
    guard case .binary(let op, let left, let right) = self[root], case .member(base: nil, let name) = self[left] else {
      return nil
    }
    switch (op, self[right]) {
    case (.eq, .literal(let value)): return (name, [value])
    case (.in, .list(let items)):
      var values: [Literal] = []
      for item in items {
        guard case .literal(let value) = self[item] else { return nil }
        values.append(value)
      }
      return (name, values)
    default: return nil
    }
  }
}

/// `_`, `%` and `[` inside the text that `contains`, `startswith` and `endswith` look for, which Dataverse takes for
/// wildcards of SQL's `LIKE`.
enum WildcardText {
  static func isPlain(_ text: String) -> Bool { !text.utf8.contains { isWildcard($0) } }

  private static func isWildcard(_ byte: UInt8) -> Bool { byte == 0x5F || byte == 0x25 || byte == 0x5B }

  /// Each of them in brackets, where it stands for itself.
  static func bracketed(_ text: String) -> String {
    guard !isPlain(text) else { return text }
    var result: [UInt8] = []
    result.reserveCapacity(text.utf8.count + 16)
    for byte in text.utf8 {
      if isWildcard(byte) {
        result.append(UInt8(ascii: "["))
        result.append(byte)
        result.append(UInt8(ascii: "]"))
      } else {
        result.append(byte)
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// The functions whose last argument it is.
  static let functions: Set<String> = ["contains", "startswith", "endswith"]

  /// The expression with brackets around the wildcards; `nil` when it has none.
  static func bracketed(_ expression: Expression) -> Expression? {
    var found: Set<Int32> = []
    expression.walk { _, node in
      if case .call(let name, let arguments) = node, functions.contains(name), let last = arguments.last,
        case .literal(.string(let text)) = expression[last], !isPlain(text)
      {
        found.insert(last.index)
      }
      return .continue
    }
    guard !found.isEmpty else { return nil }
    return expression.replacing { id, node in
      guard found.contains(id.index), case .literal(.string(let text)) = node else { return nil }
      return Expression(.literal(.string(bracketed(text))), span: expression.span(of: id))
    }
  }
}
