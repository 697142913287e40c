extension LiteralShape {
  /// The PCRE2 pattern as the policy writes it, for whoever compares policies.
  package var patternText: String? { pattern?.text }

  /// Characters of the text of `contains`, `startswith` or `endswith` that a row has to have: Dataverse reads `%` as any
  /// text, `_` as any character and `[…]` as one of several. None of these counts but `[x]`, which stands for `x` alone.
  package static func effectiveLength(of text: String) -> Int {
    // Nearly all texts have none.
    guard text.utf8.contains(where: { $0 == 0x25 || $0 == 0x5F || $0 == 0x5B }) else {
      return text.unicodeScalars.count
    }
    var rest = text.unicodeScalars[...]
    var count = 0
    while let next = rest.popFirst() {
      switch next {
      case "%", "_": continue
      case "[":
        // Without an end it is no text that anybody is known to search for.
        guard let end = rest.firstIndex(of: "]") else { continue }
        if rest[..<end].count == 1, rest.first != "^" { count += 1 }
        rest = rest[rest.index(after: end)...]
      default: count += 1
      }
    }
    return count
  }
}
