extension RelativeURI {
  /// The tree as an indented S-expression, for people; holds the literals of the query.
  public func treeDump() -> String {
    var dump = TreeDump()
    dump.open("uri")
    for segment in path { dump.segment(segment) }
    dump.options(options)
    dump.close()
    return dump.text
  }
}

extension Expression {
  /// The tree as an indented S-expression, for people; holds the literals of the expression.
  public func treeDump() -> String {
    var dump = TreeDump()
    dump.expression(self)
    return dump.text
  }
}

/// Writes one node a line, two blanks deeper for each level; no line is indented further than `deepest` levels, so that
/// the dump of a deep tree stays linear in its size.
struct TreeDump {
  private static let deepest = 40
  private(set) var text = ""
  private var depth = 0

  private mutating func line(_ content: String) {
    if !text.isEmpty {
      text += "\n" + String(repeating: "  ", count: min(depth, Self.deepest))
    }
    text += content
  }

  mutating func open(_ head: String) {
    line("(" + head)
    depth += 1
  }

  mutating func close() {
    depth -= 1
    text += ")"
  }

  mutating func leaf(_ content: String) { line("(" + content + ")") }

  func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      default:
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator:
          result += "\\u{" + String(scalar.value, radix: 16) + "}"
        default: result.unicodeScalars.append(scalar)
        }
      }
    }
    return result + "\""
  }

  mutating func segment(_ segment: PathSegment) {
    switch segment.kind {
    case .name(let name, nil): leaf("name " + quoted(name))
    case .qualified(let name, nil): leaf("qualified " + quoted(name))
    case .keyword(let word): leaf("keyword " + quoted(word))
    case .name(let name, let keys?):
      open("name " + quoted(name))
      self.keys(keys)
      close()
    case .qualified(let name, let keys?):
      open("qualified " + quoted(name))
      self.keys(keys)
      close()
    case .function(let name, let parameters, let keys):
      open("function " + quoted(name))
      arguments(parameters)
      if let keys { self.keys(keys) }
      close()
    case .filter(let condition):
      open("filter")
      expression(condition)
      close()
    case .crossjoin(let sets): leaf("crossjoin " + sets.map(quoted).joined(separator: " "))
    case .key(let text): leaf("key-segment " + quoted(text))
    case .context(let fragment): context(fragment)
    }
  }

  private mutating func keys(_ keys: KeyPredicate) {
    switch keys {
    case .single(let value):
      open("key")
      expression(value)
      close()
    case .compound(let values):
      open("keys")
      arguments(values)
      close()
    }
  }

  mutating func arguments(_ arguments: [FunctionArgument]) {
    for argument in arguments {
      open("= " + argument.name)
      expression(argument.value)
      close()
    }
  }

  mutating func options(_ options: QueryOptions) {
    if let select = options.select {
      let isPlain = select.value.allSatisfy { $0.parameters == nil && $0.options == QueryOptions() }
      if isPlain {
        leaf("select " + select.value.map { quoted($0.path.joined(separator: "/")) }.joined(separator: " "))
      } else {
        open("select")
        for item in select.value { self.item(item) }
        close()
      }
    }
    for item in options.expand?.value ?? [] {
      open("expand " + quoted(item.path.joined(separator: "/")))
      self.options(item.options)
      close()
    }
    if let filter = options.filter {
      open("filter")
      expression(filter.value)
      close()
    }
    for item in options.orderby?.value ?? [] {
      open(item.descending ? "orderby desc" : "orderby asc")
      expression(item.expression)
      close()
    }
    if let top = options.top { leaf("top \(top.value)") }
    if let skip = options.skip { leaf("skip \(skip.value)") }
    if let count = options.count { leaf("count \(count.value)") }
    if let search = options.search {
      open("search")
      self.search(search.value)
      close()
    }
    if let format = options.format { leaf("format " + quoted(format.value)) }
    if let skiptoken = options.skiptoken { leaf("skiptoken " + quoted(skiptoken.value)) }
    if let deltatoken = options.deltatoken { leaf("deltatoken " + quoted(deltatoken.value)) }
    for item in options.compute?.value ?? [] { compute(item) }
    if let apply = options.apply {
      open("apply")
      transformations(apply.value)
      close()
    }
    for option in options.unparsed { leaf("unparsed \(option.name) \(quoted(option.value))") }
    for alias in options.aliases {
      open("alias @" + alias.name)
      expression(alias.value)
      close()
    }
    for option in options.custom { leaf("custom \(quoted(option.name)) \(quoted(option.value))") }
  }

  private mutating func item(_ item: SelectItem) {
    let path = quoted(item.path.joined(separator: "/"))
    if item.parameters == nil, item.options == QueryOptions() { return leaf(path) }
    open("item " + path)
    if let parameters = item.parameters { leaf("parameters " + parameters.map(quoted).joined(separator: " ")) }
    self.options(item.options)
    close()
  }

  // MARK: Search

  private enum SearchStep {
    case node(NodeID)
    case close
  }

  mutating func search(_ search: SearchExpression) {
    var steps: [SearchStep] = [.node(search.root)]
    while let step = steps.popLast() {
      guard case .node(let id) = step else {
        close()
        continue
      }
      switch search[id] {
      case .word(let text): leaf("word " + quoted(text))
      case .phrase(let text): leaf("phrase " + quoted(text))
      case .text(let text): leaf("text " + quoted(text))
      case .not: open("not")
      case .and: open("and")
      case .or: open("or")
      }
      let children = search[id].children
      if !children.isEmpty { steps += [.close] + children.reversed().map { .node($0) } }
    }
  }

  // MARK: Expressions

  private enum Step {
    case node(NodeID)
    case named(String, NodeID)
    case search(SearchExpression)
    case close
  }

  mutating func expression(_ expression: Expression) {
    var steps: [Step] = [.node(expression.root)]
    while let step = steps.popLast() {
      switch step {
      case .close: close()
      case .named(let name, let id):
        open("= " + name)
        steps += [.close, .node(id)]
      case .search(let search):
        open("search")
        self.search(search)
        close()
      case .node(let id): node(expression, id, &steps)
      }
    }
  }

  private mutating func node(_ expression: Expression, _ id: NodeID, _ steps: inout [Step]) {
    let node = expression[id]
    let head = head(node)
    var below: [Step] = node.children.map { .node($0) }
    switch node {
    case .binary(let op, _, _) where op == .and || op == .or:
      below = expression.operands(of: op, below: id).map { .node($0) }
    case .function(let base, _, let parameters):
      below = (base.map { [.node($0)] } ?? []) + parameters.map { .named($0.name, $0.value) }
    case .key(let base, let values):
      below = [.node(base)] + values.map { $0.name.isEmpty ? .node($0.value) : .named($0.name, $0.value) }
    case .count(_, _, let search?): below.append(.search(search))
    case .object(let members): below = members.map { .named(quoted($0.name), $0.value) }
    default: break
    }
    guard !below.isEmpty else { return leaf(head) }
    open(head)
    steps.append(.close)
    steps.append(contentsOf: below.reversed())
  }

  private func head(_ node: Expression.Node) -> String {
    switch node {
    case .literal(let literal): self.literal(literal)
    case .member(_, let name): "member " + quoted(name)
    case .cast(_, let type): "cast " + quoted(type)
    case .count: "$count"
    case .key: "key"
    case .aggregate(_, let operand, let steps): "aggregate" + (operand == nil ? " $count" : "") + text(steps)
    case .annotation(_, let term): "annotation " + quoted(term)
    case .lambda(_, let op, let variable, _): op.rawValue + (variable.map { " " + $0 } ?? "")
    case .variable(let name): "variable " + name
    case .implicit(let variable): variable.rawValue
    case .call(let name, _): "call " + name
    case .function(_, let name, _): "function " + quoted(name)
    case .alias(let name): "@" + name
    case .list: "list"
    case .array: "array"
    case .object: "object"
    case .binary(let op, _, _): op.rawValue
    case .not: "not"
    case .negate: "negate"
    }
  }

  private func literal(_ literal: Literal) -> String {
    switch literal {
    case .null: "null"
    case .boolean(let value): "boolean \(value)"
    case .string(let text): "string " + quoted(text)
    case .integer(let value): "integer \(value)"
    case .decimal(let text): "decimal " + text
    case .double(let text): "double " + text
    case .guid(let guid): "guid " + LiteralPrinter.plain { LiteralPrinter.print(guid, to: &$0) }
    case .date(let date): "date " + LiteralPrinter.plain { LiteralPrinter.print(date, to: &$0) }
    case .dateTimeOffset(let instant):
      "dateTimeOffset " + LiteralPrinter.plain { LiteralPrinter.print(instant, to: &$0) }
    case .timeOfDay(let time): "timeOfDay " + LiteralPrinter.plain { LiteralPrinter.print(time, to: &$0) }
    case .duration(let text): "duration " + text
    case .binary(let bytes): "binary " + String(decoding: LiteralPrinter.base64URL(bytes), as: UTF8.self)
    case .geo(let kind, let text): "\(kind.rawValue) \(quoted(text))"
    case .enumeration(let type, let value): "enumeration \(quoted(type)) \(quoted(value))"
    }
  }
}
