extension YAMLReader {
  /// Reports a mistake inside the text of a scalar, such as an expression in a language of its own.
  ///
  /// The place is exact when the text stands on one line as it is: plain, or in quotes without escapes. Otherwise it is
  /// that of the scalar.
  /// - Parameter offset: into the UTF-8 of the scalar's text.
  package func report(at node: YAMLNode, offset: Int, path: String = "", message: String, help: String? = nil) {
    report(at: place(in: node, offset: offset), path: path, message: message, help: help)
  }

  private func place(in node: YAMLNode, offset: Int) -> YAMLNode {
    guard case .scalar(let text, let isPlain) = node.content, node.line > 0 else { return node }
    let lines = document.text.utf8.split(
      separator: UInt8(ascii: "\n"), maxSplits: node.line, omittingEmptySubsequences: false)
    guard node.line <= lines.count else { return node }
    var rest = String(Substring(lines[node.line - 1])).unicodeScalars.dropFirst(node.column - 1)
    var column = node.column
    if !isPlain {
      guard let quote = rest.popFirst(), quote == "'" || quote == "\"" else { return node }
      column += 1
      guard rest.dropFirst(text.unicodeScalars.count).first == quote else { return node }
    }
    guard rest.starts(with: text.unicodeScalars) else { return node }
    let before = String(decoding: Array(text.utf8.prefix(max(0, offset))), as: UTF8.self)
    return YAMLNode(line: node.line, column: column + before.unicodeScalars.count, content: node.content)
  }
}
