/// Text of a file, a request or a server that cannot act on the terminal that shows it: control characters and those
/// that turn the direction of writing or show nothing become blanks, one each, so that a caret below stays in place.
package func visibleText(_ text: String) -> String { visibleText(text.unicodeScalars) }

/// The same of part of a text.
package func visibleText(_ scalars: some Sequence<Unicode.Scalar>) -> String {
  var out = ""
  for scalar in scalars {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: out.unicodeScalars.append(" ")
    default: out.unicodeScalars.append(scalar)
    }
  }
  return out
}

/// A count with its noun: `1 row`, `2 rows`.
/// - Parameter many: the plural; the noun with an s when `nil`.
package func counted(_ count: Int, _ one: String, _ many: String? = nil) -> String {
  "\(count) \(count == 1 ? one : many ?? one + "s")"
}
