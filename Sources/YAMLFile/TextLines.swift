/// Finds the characters of a text by the places that the YAML parser tells.
struct TextLines {
  private let scalars: [Unicode.Scalar]
  /// Where in ``scalars`` each line begins.
  private var starts = [0]

  init(_ text: String) {
    scalars = Array(text.unicodeScalars)
    for index in scalars.indices {
      switch scalars[index] {
      case "\r" where index + 1 < scalars.count && scalars[index + 1] == "\n": continue
      // The breaks of YAML 1.1, by which the parser counts.
      case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}": starts.append(index + 1)
      default: continue
      }
    }
  }

  /// Both 1-based, the column in Unicode scalars; `nil` where there is nothing.
  func scalar(line: Int, column: Int) -> Unicode.Scalar? {
    guard starts.indices.contains(line - 1), column > 0 else { return nil }
    let index = starts[line - 1] + column - 1
    return scalars.indices.contains(index) ? scalars[index] : nil
  }
}
