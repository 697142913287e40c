/// Which annotations a caller asked for (OData Protocol 4.01, section 8.2.8.4, `include-annotations`).
enum AnnotationChoice {
  /// Whether a list of `Term`, `Namespace.*`, `*`, and the same with `-` in front, includes a term. What names the term
  /// more closely decides; of two that name it alike, the one that leaves it out.
  ///
  /// Tags of rows are no annotations that are chosen by a pattern: they have to be named.
  static func includes(_ term: String, _ choices: [String]) -> Bool {
    var closest = (bytes: -1, isIncluded: false)
    for choice in choices {
      let isIncluded = choice.utf8.first != UInt8(ascii: "-")
      let pattern = isIncluded ? choice[...] : choice.dropFirst()
      guard let bytes = closeness(of: pattern, to: term), bytes >= closest.bytes else { continue }
      closest = (bytes, isIncluded && (bytes > closest.bytes || closest.isIncluded))
    }
    return closest.isIncluded
  }

  /// Bytes of the term that a pattern names; `nil` when it is not among those that it matches.
  private static func closeness(of pattern: Substring, to term: String) -> Int? {
    if pattern == term { return term.utf8.count + 1 }
    guard term != JudgingManner.tagTerm, pattern.utf8.last == UInt8(ascii: "*") else { return nil }
    let namespace = pattern.dropLast()
    guard namespace.isEmpty || namespace.utf8.last == UInt8(ascii: "."), term.hasPrefix(namespace) else { return nil }
    return namespace.utf8.count
  }
}
