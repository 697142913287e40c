/// A function that OData itself defines (OData URL Conventions 4.01, section 5.1.1.5 to 5.1.1.12).
final class CanonicalFunction: Sendable {
  /// Lower case, as the tree holds it.
  let name: String
  /// As the specification writes it.
  let spelling: String
  let arity: ClosedRange<Int>
  /// Whether the last argument names a type.
  let lastIsType: Bool

  private init(_ spelling: String, _ arity: ClosedRange<Int>, lastIsType: Bool = false) {
    self.spelling = spelling
    self.name = spelling.lowercased()
    self.arity = arity
    self.lastIsType = lastIsType
  }

  /// All but `case`, which has a syntax of its own.
  static let all: [CanonicalFunction] = [
    // Strings and collections.
    CanonicalFunction("contains", 2...2), CanonicalFunction("startswith", 2...2),
    CanonicalFunction("endswith", 2...2), CanonicalFunction("concat", 2...2),
    CanonicalFunction("indexof", 2...2), CanonicalFunction("length", 1...1),
    CanonicalFunction("substring", 2...3), CanonicalFunction("hassubset", 2...2),
    CanonicalFunction("hassubsequence", 2...2), CanonicalFunction("matchesPattern", 2...2),
    CanonicalFunction("tolower", 1...1), CanonicalFunction("toupper", 1...1), CanonicalFunction("trim", 1...1),
    // Dates and times.
    CanonicalFunction("year", 1...1), CanonicalFunction("month", 1...1), CanonicalFunction("day", 1...1),
    CanonicalFunction("hour", 1...1), CanonicalFunction("minute", 1...1), CanonicalFunction("second", 1...1),
    CanonicalFunction("fractionalseconds", 1...1), CanonicalFunction("totalseconds", 1...1),
    CanonicalFunction("date", 1...1), CanonicalFunction("time", 1...1),
    CanonicalFunction("totaloffsetminutes", 1...1), CanonicalFunction("mindatetime", 0...0),
    CanonicalFunction("maxdatetime", 0...0), CanonicalFunction("now", 0...0),
    // Numbers.
    CanonicalFunction("round", 1...1), CanonicalFunction("floor", 1...1), CanonicalFunction("ceiling", 1...1),
    // Types.
    CanonicalFunction("cast", 1...2, lastIsType: true), CanonicalFunction("isof", 1...2, lastIsType: true),
    // Geography and geometry.
    CanonicalFunction("geo.distance", 2...2), CanonicalFunction("geo.intersects", 2...2),
    CanonicalFunction("geo.length", 1...1),
  ]

  /// Those that give a Boolean value (ABNF `boolMethodCallExpr`, `isofExpr`), as the tree names them.
  static let booleans: Set<String> = [
    "contains", "startswith", "endswith", "hassubset", "hassubsequence", "matchespattern", "isof", "geo.intersects",
  ]

  static let spellings = all.map(\.spelling)

  /// The functions by the length of their names.
  private static let byLength: [[CanonicalFunction]] = {
    let longest = all.map(\.name.utf8.count).max() ?? 0
    return (0...longest).map { length in all.filter { $0.name.utf8.count == length } }
  }()

  /// The function that `written` names, in the spelling of the specification or in lower case.
  static func named(_ written: some Collection<UInt8>, ignoringCase: Bool) -> CanonicalFunction? {
    guard written.count < byLength.count else { return nil }
    return byLength[written.count].first { function in
      function.name.utf8.elementsEqual(written) || function.spelling.utf8.elementsEqual(written)
        || (ignoringCase && zip(function.name.utf8, written).allSatisfy { $0 == lowercase($1) })
    }
  }

  /// As the specification writes the function that the tree calls `name`.
  static func spelling(of name: String) -> String {
    name == "matchespattern" ? "matchesPattern" : name
  }
}
