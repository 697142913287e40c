import ArgumentParser

/// Values that callers bring for row filters.
struct ClaimOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("A value that callers bring for row filters; may be repeated.", valueName: "name=value"))
  var claim: [String] = []

  func validate() throws {
    for text in claim where text.firstIndex(of: "=") ?? text.startIndex == text.startIndex {
      throw ValidationError("--claim must be name=value.")
    }
  }

  /// By name; of a name that is given twice the last.
  var values: [String: String] {
    var values: [String: String] = [:]
    for text in claim {
      guard let equals = text.firstIndex(of: "=") else { continue }
      values[String(text[..<equals])] = String(text[text.index(after: equals)...])
    }
    return values
  }

  /// What is said of queries that cannot be judged: `--claim region`.
  static func words(missing names: [String]) -> String { names.map { "--claim \($0)" }.joined(separator: " ") }
}
