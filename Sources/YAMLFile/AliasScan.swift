/// Finds the first YAML alias (`*name`) of a text before it is composed.
///
/// Composing compares keys deeply, so that a key which is an alias of aliases of aliases would cost time without
/// bound. Anchors alone do no harm and are refused afterwards, from the composed document.
enum AliasScan {
  /// Line and column, both 1-based, the column in Unicode scalars.
  static func firstAlias(in text: String) -> (line: Int, column: Int)? {
    var line = 1
    var column = 0
    // A token can begin here: at the start of a line, and behind an indicator and blanks.
    var canBegin = true
    var previous: Unicode.Scalar = "\n"
    var quote: Unicode.Scalar?
    var isEscaped = false
    var isComment = false
    var candidate: (line: Int, column: Int)?
    for scalar in text.unicodeScalars {
      if scalar == "\n" {
        (line, column, isComment, canBegin, previous, candidate, isEscaped) = (
          line + 1, 0, false, true, scalar, nil, false
        )
        continue
      }
      column += 1
      defer { previous = scalar }
      if let candidate {
        if !isBlank(scalar) { return candidate }
      }
      candidate = nil
      if isComment { continue }
      if let open = quote {
        if isEscaped {
          isEscaped = false
        } else if scalar == "\\", open == "\"" {
          isEscaped = true
        } else if scalar == open {
          quote = nil
        }
        continue
      }
      switch scalar {
      case " ", "\t", "\r": continue
      case "#" where isBlank(previous) || previous == "\n": isComment = true
      case "'", "\"": if canBegin { quote = scalar }
      case "*": if canBegin { candidate = (line, column) }
      default: break
      }
      canBegin = ":-?,[{".unicodeScalars.contains(scalar)
    }
    return nil
  }

  private static func isBlank(_ scalar: Unicode.Scalar) -> Bool { scalar == " " || scalar == "\t" || scalar == "\r" }
}
