/// How long texts can be that a pattern matches, as far as that is plain to see: a row of characters and classes with
/// quantifiers. Groups, alternatives and anything else are not looked into.
struct PatternLength: Equatable {
  /// In Unicode scalars.
  var least: Int
  /// `nil` when there is no end.
  var most: Int?

  init(least: Int, most: Int?) {
    self.least = least
    self.most = most
  }

  /// - Returns: `nil` when the pattern is not of this simple kind.
  init?(of pattern: String) {
    var rest = Array(pattern.unicodeScalars)[...]
    var least = 0
    var most: Int? = 0
    while !rest.isEmpty {
      guard PatternLength.takeAtom(&rest), let (low, high) = PatternLength.takeQuantifier(&rest) else { return nil }
      least += low
      most = most.flatMap { most in high.map { most + $0 } }
    }
    self.init(least: least, most: most)
  }

  private typealias Scalars = ArraySlice<Unicode.Scalar>

  /// One character or class.
  private static func takeAtom(_ rest: inout Scalars) -> Bool {
    guard let first = rest.popFirst() else { return false }
    switch first {
    case "(", ")", "|", "^", "$", "*", "+", "?", "{", "}", "]": return false
    case "[": return takeClass(&rest)
    case "\\":
      // Of escapes only those of one character: classes, and punctuation for itself.
      guard let escaped = rest.popFirst() else { return false }
      return "dDwWsShHvV".unicodeScalars.contains(escaped) || (escaped.isASCII && !isWord(escaped))
    default: return true
    }
  }

  private static func takeClass(_ rest: inout Scalars) -> Bool {
    if rest.first == "^" { rest = rest.dropFirst() }
    // At the start it stands for itself.
    if rest.first == "]" { rest = rest.dropFirst() }
    while let next = rest.popFirst() {
      switch next {
      case "]": return true
      // `\Q` and `\E` quote, `\x{…}` and its like have more than one character, `[:alpha:]` has brackets.
      case "\\":
        guard let escaped = rest.popFirst(), escaped != "Q", escaped != "E" else { return false }
      case "[": if rest.first == ":" || rest.first == "." || rest.first == "=" { return false }
      default: continue
      }
    }
    return false
  }

  private static func takeQuantifier(_ rest: inout Scalars) -> (Int, Int?)? {
    let bounds: (Int, Int?)
    switch rest.first {
    case "*": bounds = (0, nil)
    case "+": bounds = (1, nil)
    case "?": bounds = (0, 1)
    case "{":
      guard let end = rest.firstIndex(of: "}") else { return nil }
      let parts = rest[rest.index(after: rest.startIndex)..<end]
        .split(separator: ",", omittingEmptySubsequences: false)
        .map { part in String(String.UnicodeScalarView(part)) }
      guard (1...2).contains(parts.count), let low = Int(parts[0]) else { return nil }
      let high = parts.count == 1 ? low : parts[1].isEmpty ? nil : Int(parts[1])
      if parts.count == 2, !parts[1].isEmpty, high == nil { return nil }
      bounds = (low, high)
      rest = rest[end...]
    default: return (1, 1)
    }
    rest = rest.dropFirst()
    // Lazy or possessive.
    if rest.first == "?" || rest.first == "+" { rest = rest.dropFirst() }
    return bounds
  }

  private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || scalar == "_"
  }
}
