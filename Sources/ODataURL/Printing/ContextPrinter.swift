extension ContextFragment {
  /// Prints the fragment with its number sign.
  func print(to output: inout Output) {
    output.delimiter(ASCII.hash)
    switch subject {
    case .references(false): output.syntax("$ref")
    case .references(true): output.syntax("Collection($ref)")
    case .type(let name, let isCollection):
      if isCollection { output.syntax("Collection(") }
      output.text(name)
      if isCollection { output.syntax(")") }
    case .path(let path):
      for (index, segment) in path.enumerated() {
        if index > 0 { output.delimiter(ASCII.slash) }
        RelativeURI.print(segment, to: &output)
      }
    }
    if let select { Self.print(select, to: &output) }
    if let suffix {
      output.delimiter(ASCII.slash)
      output.text(suffix.rawValue)
    }
  }

  private static func print(_ items: [ContextItem], to output: inout Output) {
    output.syntax("(")
    for (index, item) in items.enumerated() {
      if index > 0 { output.syntax(",") }
      QueryOptions.path(item.path, to: &output)
      if item.isExpanded { output.delimiter(ASCII.plus) }
      if let select = item.select { print(select, to: &output) }
    }
    output.syntax(")")
  }
}

extension TreeDump {
  mutating func context(_ fragment: ContextFragment) {
    open("context")
    switch fragment.subject {
    case .references(let isCollection): leaf(isCollection ? "references" : "reference")
    case .type(let name, let isCollection): leaf((isCollection ? "types " : "type ") + quoted(name))
    case .path(let path): for segment in path { self.segment(segment) }
    }
    if let select = fragment.select { items(select) }
    if let suffix = fragment.suffix { leaf("suffix " + quoted(suffix.rawValue)) }
    close()
  }

  private mutating func items(_ items: [ContextItem]) {
    open("select")
    for item in items {
      let name = (item.isExpanded ? "expanded " : "item ") + quoted(item.path.joined(separator: "/"))
      if let select = item.select {
        open(name)
        self.items(select)
        close()
      } else {
        leaf(name)
      }
    }
    close()
  }
}
