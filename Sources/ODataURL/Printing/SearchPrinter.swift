/// Writes search expressions in canonical form: `AND` written out, brackets only where the tree needs them.
enum SearchPrinter {
  private enum Step {
    case syntax(StaticString)
    case node(NodeID)
  }

  /// Works off a stack of its own, so that no tree is too deep for it.
  static func print(_ search: SearchExpression, to output: inout Output) {
    var steps: [Step] = [.node(search.root)]
    while let step = steps.popLast() {
      switch step {
      case .syntax(let text): output.syntax(text)
      case .node(let id):
        switch search[id] {
        case .word(let text): output.text(text)
        case .phrase(let text): phrase(text, to: &output)
        case .text(let text): LiteralPrinter.print(.string(text), to: &output)
        case .not(let operand): steps += part(operand, 3, search) + [.syntax("NOT ")]
        case .and(let left, let right): steps += part(right, 3, search) + [.syntax(" AND ")] + part(left, 2, search)
        case .or(let left, let right): steps += part(right, 2, search) + [.syntax(" OR ")] + part(left, 1, search)
        }
      }
    }
  }

  /// An operand, last step first.
  private static func part(_ id: NodeID, _ least: UInt8, _ search: SearchExpression) -> [Step] {
    let precedence: UInt8 =
      switch search[id] {
      case .or: 1
      case .and: 2
      case .not, .word, .phrase, .text: 3
      }
    return precedence < least ? [.syntax(")"), .node(id), .syntax("(")] : [.node(id)]
  }

  private static func phrase(_ text: String, to output: inout Output) {
    output.syntax("\"")
    for byte in text.utf8 {
      if byte == ASCII.doubleQuote || byte == ASCII.backslash { output.syntax("\\") }
      output.text(CollectionOfOne(byte))
    }
    output.syntax("\"")
  }
}
