extension RelativeURI {
  /// The canonical target, percent-encoded and ready for a request line, without leading slash.
  ///
  /// One spelling for one meaning: options in a fixed order and with their `$`, operators in lower case, brackets only
  /// where they are needed, literals in canonical form. Reading it back gives an equal tree, under any settings that
  /// have its constructs; a custom option is one only where its name is none of a system option.
  public func printed() -> String {
    var output = Output(isEncoded: true, reserving: 512)
    var context: ContextFragment?
    path.withUnsafeBufferPointer { path in
      for index in path.indices {
        // What most segments are is written where it lies; a segment that is handed on is copied.
        switch path[index].kind {
        case .context(let fragment): context = fragment
        case .name(let name, nil):
          if index > 0 { output.delimiter(ASCII.slash) }
          output.text(name)
        default:
          if index > 0 { output.delimiter(ASCII.slash) }
          Self.print(path[index], to: &output)
        }
      }
    }
    var separator = ASCII.question
    options.print(to: &output) { output in
      output.delimiter(separator)
      separator = ASCII.ampersand
    }
    context?.print(to: &output)
    return output.string
  }

  static func print(_ segment: PathSegment, to output: inout Output) {
    output.encodesSlash = true
    switch segment.kind {
    case .name(let name, let keys), .qualified(let name, let keys):
      output.text(name)
      print(keys, to: &output)
    case .function(let name, let parameters, let keys):
      output.text(name)
      print(parameters, to: &output)
      print(keys, to: &output)
    case .keyword(let keyword), .key(let keyword):
      output.text(keyword)
    case .filter(let condition):
      output.syntax("$filter(")
      ExpressionPrinter.print(condition, to: &output)
      output.syntax(")")
    case .crossjoin(let sets):
      output.syntax("$crossjoin(")
      for (index, name) in sets.enumerated() {
        if index > 0 { output.syntax(",") }
        output.text(name)
      }
      output.syntax(")")
    case .context(let fragment): fragment.print(to: &output)
    }
    output.encodesSlash = false
  }

  private static func print(_ keys: KeyPredicate?, to output: inout Output) {
    switch keys {
    case nil: break
    case .single(let value):
      output.syntax("(")
      ExpressionPrinter.print(value, to: &output)
      output.syntax(")")
    case .compound(let values): print(values, to: &output)
    }
  }

  private static func print(_ arguments: [FunctionArgument], to output: inout Output) {
    output.syntax("(")
    for (index, argument) in arguments.enumerated() {
      if index > 0 { output.syntax(",") }
      output.text(argument.name)
      output.syntax("=")
      ExpressionPrinter.print(argument.value, to: &output)
    }
    output.syntax(")")
  }
}

extension Expression {
  /// The canonical text, not percent-encoded. Reading it back with ``Parser/expression(_:)`` gives an equal tree.
  public func printed() -> String {
    var output = Output(isEncoded: false)
    ExpressionPrinter.print(self, to: &output)
    return output.string
  }
}

extension QueryOptions {
  /// Appends the options in their fixed order, calling `begin` before each.
  func print(to output: inout Output, begin: (inout Output) -> Void) {
    if let select {
      begin(&output)
      output.plain("$select=")
      Self.list(select.value, to: &output) { $0.print(to: &$1) }
    }
    if let expand {
      begin(&output)
      output.plain("$expand=")
      Self.list(expand.value, to: &output) { $0.print(to: &$1) }
    }
    if let filter {
      begin(&output)
      output.plain("$filter=")
      ExpressionPrinter.print(filter.value, to: &output)
    }
    if let orderby {
      begin(&output)
      output.plain("$orderby=")
      Self.list(orderby.value, to: &output) { item, output in
        ExpressionPrinter.print(item.expression, to: &output)
        if item.descending { output.syntax(" desc") }
      }
    }
    printValues(to: &output, begin: begin)
  }

  private func printValues(to output: inout Output, begin: (inout Output) -> Void) {
    if let top { Self.print("$top", String(top.value), to: &output, begin: begin) }
    if let skip { Self.print("$skip", String(skip.value), to: &output, begin: begin) }
    if let count { Self.print("$count", String(count.value), to: &output, begin: begin) }
    if let search {
      begin(&output)
      output.syntax("$search=")
      SearchPrinter.print(search.value, to: &output)
    }
    if let format { Self.print("$format", format.value, to: &output, begin: begin) }
    if let skiptoken { Self.print("$skiptoken", skiptoken.value, to: &output, begin: begin) }
    if let deltatoken { Self.print("$deltatoken", deltatoken.value, to: &output, begin: begin) }
    if let compute {
      begin(&output)
      output.syntax("$compute=")
      Self.list(compute.value, to: &output) { $0.print(to: &$1) }
    }
    if let apply {
      begin(&output)
      output.syntax("$apply=")
      Transformation.print(apply.value, to: &output)
    }
    for option in unparsed { Self.print(option.name, option.value, to: &output, begin: begin) }
    for alias in aliases {
      begin(&output)
      output.syntax("@")
      output.text(alias.name)
      output.syntax("=")
      ExpressionPrinter.print(alias.value, to: &output)
    }
    for option in custom { Self.print(option.name, option.value, to: &output, begin: begin) }
  }

  private static func print(
    _ name: String, _ value: String, to output: inout Output, begin: (inout Output) -> Void
  ) {
    begin(&output)
    output.text(name)
    output.syntax("=")
    output.text(value)
  }

  static func path(_ path: [String], to output: inout Output) {
    for (index, name) in path.enumerated() {
      if index > 0 { output.syntax("/") }
      output.text(name)
    }
  }

  static func list<Item>(
    _ items: [Item], to output: inout Output, print: (Item, inout Output) -> Void
  ) {
    for (index, item) in items.enumerated() {
      if index > 0 { output.syntax(",") }
      print(item, &output)
    }
  }
}

extension ExpandItem {
  fileprivate func print(to output: inout Output) {
    QueryOptions.path(path, to: &output)
    options.printInBrackets(to: &output)
  }
}

extension SelectItem {
  func print(to output: inout Output) {
    if let name { output.text(name) } else { QueryOptions.path(path, to: &output) }
    if let parameters {
      output.syntax("(")
      for (index, name) in parameters.enumerated() {
        if index > 0 { output.syntax(",") }
        output.text(name)
      }
      output.syntax(")")
    }
    if hasOptions { options.printInBrackets(to: &output) }
  }
}

extension QueryOptions {
  fileprivate func printInBrackets(to output: inout Output) {
    var isFirst = true
    print(to: &output) { output in
      if isFirst { output.syntax("(") } else { output.delimiter(ASCII.semicolon) }
      isFirst = false
    }
    if !isFirst { output.syntax(")") }
  }
}
