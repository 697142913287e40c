extension LiteralShape {
  /// The PCRE2 pattern as the policy writes it, for whoever compares policies.
  package var patternText: String? { pattern?.text }

  /// Characters of the text of `contains`, `startswith` or `endswith` that narrow what is found: white space, control and
  /// format characters and combining marks do not, since Dataverse may leave them out of a comparison, or nearly every
  /// text has them. Dataverse reads `%` as any text, `_` as any character and `[…]` as one of several: none of these
  /// counts but `[x]`, which stands for `x` alone.
  package static func effectiveLength(of text: String) -> Int {
    // Nearly all texts are letters and digits.
    guard !text.utf8.allSatisfy(\.isLetterOrDigit) else { return text.utf8.count }
    var rest = text.unicodeScalars[...]
    var count = 0
    while let next = rest.popFirst() {
      switch next {
      case "%", "_": continue
      case "[":
        // Without an end it is no text that anybody is known to search for.
        guard let end = rest.firstIndex(of: "]") else { continue }
        if rest[..<end].count == 1, let only = rest.first, only != "^", only.narrows { count += 1 }
        rest = rest[rest.index(after: end)...]
      default: if next.narrows { count += 1 }
      }
    }
    return count
  }
}

extension UInt8 {
  fileprivate var isLetterOrDigit: Bool {
    (0x30...0x39).contains(self) || (0x41...0x5A).contains(self) || (0x61...0x7A).contains(self)
  }
}

extension Unicode.Scalar {
  /// Whether texts with it are fewer than texts without.
  fileprivate var narrows: Bool {
    if isASCII { return value > 0x20 && value != 0x7F }
    guard !properties.isWhitespace, !properties.isDefaultIgnorableCodePoint else { return false }
    switch properties.generalCategory {
    case .control, .format, .unassigned, .nonspacingMark, .spacingMark, .enclosingMark, .lineSeparator,
      .paragraphSeparator, .spaceSeparator:
      return false
    default: return true
    }
  }
}
