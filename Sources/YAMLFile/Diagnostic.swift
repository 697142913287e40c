import Terminal

/// One mistake in a file, and where it stands.
package struct Diagnostic: Error, Sendable, Hashable {
  /// The file as it was named by whoever asked for it.
  package var file: String
  /// 1-based; 0 when the file as a whole is to blame (it cannot be read, it is too large).
  package var line: Int
  /// 1-based, in Unicode scalars; 0 as above.
  package var column: Int
  /// Keys from the root to the value, joined by dots, indices in brackets: `tables.msdynci_alternatekey.ttl`.
  package var path: String
  /// What is wrong, one sentence.
  package var message: String
  /// What would be right.
  package var help: String?

  package init(file: String, line: Int, column: Int, path: String, message: String, help: String? = nil) {
    self.file = file
    self.line = line
    self.column = column
    self.path = path
    self.message = message
    self.help = help
  }

  /// Characters of a source line that are shown.
  private static let window = 160

  /// `file:line:column: error: message`, then the source line and a caret below the place, then the help.
  /// - Parameter source: text of the file; without it only the sentences are given.
  package func rendered(source: String?) -> String {
    let place = line > 0 ? "\(file):\(line):\(column)" : file
    var out = "\(place): error: \(message)\n"
    if line > 0, let source, let text = Diagnostic.line(line, of: source) {
      let scalars = Array(text.unicodeScalars)
      let position = min(max(0, column - 1), scalars.count)
      let from = position > Diagnostic.window - 20 ? position - 40 : 0
      let to = min(scalars.count, from + Diagnostic.window)
      let head = from > 0 ? "…" : ""
      let tail = to < scalars.count ? "…" : ""
      out += "  \(head)\(visibleText(scalars[from..<to]))\(tail)\n"
      out += "  \(String(repeating: " ", count: head.count + position - from))^\n"
    }
    if let help { out += "  help: \(help)\n" }
    return out
  }

  private static func line(_ number: Int, of source: String) -> String? {
    let lines = source.utf8.split(
      separator: UInt8(ascii: "\n"), maxSplits: number, omittingEmptySubsequences: false)
    return number <= lines.count ? String(Substring(lines[number - 1])) : nil
  }
}

/// Every mistake found in one file, in the order of the text.
package struct DiagnosticList: Error, Sendable {
  /// Most that one file reports; the rest is counted in ``omitted``.
  package static let most = 100

  /// Never empty.
  package let diagnostics: [Diagnostic]
  /// How many more there were.
  package let omitted: Int
  private let source: String?

  /// - Parameters:
  ///   - diagnostics: at least one; sorted here.
  ///   - source: text of the file, for source lines in ``rendered()``.
  package init(_ diagnostics: [Diagnostic], source: String?) {
    // Stable: mistakes at one place stay in the order in which they were found.
    let sorted = diagnostics.enumerated().sorted {
      ($0.element.line, $0.element.column, $0.offset) < ($1.element.line, $1.element.column, $1.offset)
    }
    self.diagnostics = sorted.prefix(DiagnosticList.most).map(\.element)
    omitted = max(0, sorted.count - DiagnosticList.most)
    self.source = source
  }

  /// All of them, one after the other, for a terminal.
  package func rendered() -> String {
    var out = diagnostics.map { $0.rendered(source: source) }.joined()
    if omitted > 0 { out += "and \(omitted) more errors\n" }
    return out
  }
}

extension DiagnosticList: CustomStringConvertible {
  package var description: String { rendered() }
}
