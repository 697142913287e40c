/// Finds which row of one answer is which row of the other.
struct RowMatcher {
  struct Matching {
    /// Indices of rows that belong together, by the left one.
    var pairs: [(left: Int, right: Int)] = []
    var onlyLeft: [Int] = []
    var onlyRight: [Int] = []
    /// The members that name a row; `nil` when rows were matched otherwise.
    var key: [String]?
    /// Whether some pairs stand together for their place alone.
    var usesPlaces = false
  }

  let rules: ComparisonRules
  /// Names to try, the best first.
  private let candidates: [[String]]

  /// - Parameter target: of the request; its entity set tells the name of the primary id.
  init(rules: ComparisonRules, target: String) {
    self.rules = rules
    candidates =
      rules.keys + (RowMatcher.primaryIDs(of: target) + ["ActivityId", "CustomerId"]).map { [$0] }
  }

  /// Whether the items of an array are compared as rows, without order.
  static func ignoresOrder(of items: [JSONValue], _ rules: ComparisonRules) -> Bool {
    !rules.isOrdered && items.allSatisfy(\.isObject)
  }

  /// - Parameter path: names of the members that lead to the rows.
  func match(_ left: [JSONValue], _ right: [JSONValue], path: [String]) -> Matching {
    guard RowMatcher.ignoresOrder(of: left + right, rules) else { return byPlace(left.count, right.count) }
    for names in keys(of: left, right) {
      if let matching = byKey(names, left, right) { return matching }
    }
    return byContent(left, right, path)
  }

  private func byPlace(_ left: Int, _ right: Int) -> Matching {
    let common = min(left, right)
    return Matching(
      pairs: (0..<common).map { ($0, $0) }, onlyLeft: Array(common..<left), onlyRight: Array(common..<right),
      usesPlaces: true)
  }

  // MARK: Keys

  /// `CustomerId` of `Customer`, `accountid` of `accounts`, `msdynci_unifiedactivityid` of `msdynci_unifiedactivities`.
  private static func primaryIDs(of target: String) -> [String] {
    let path = target.prefix { $0 != "?" }
    guard let segment = path.split(separator: "/").last else { return [] }
    let name = segment.prefix { $0 != "(" && $0 != "%" }
    var stems: [Substring] = []
    if name.hasSuffix("ies") { stems.append(name.dropLast(3) + "y") }
    if name.hasSuffix("es") { stems.append(name.dropLast(2)) }
    if name.hasSuffix("s") { stems.append(name.dropLast()) }
    stems.append(name)
    return stems.filter { !$0.isEmpty }.map { "\($0)id" }
  }

  /// Candidates as these rows spell them; behind them whatever else looks like an id.
  private func keys(of left: [JSONValue], _ right: [JSONValue]) -> [[String]] {
    guard case .object(let members)? = left.first ?? right.first else { return [] }
    let names = members.map(\.name)
    var found: [[String]] = []
    for candidate in candidates {
      let spelled = candidate.compactMap { wanted in names.first { ASCIIText.equal($0, wanted) } }
      if spelled.count == candidate.count { found.append(spelled) }
    }
    return found + names.filter { ASCIIText.lowercased($0).suffix(2).elementsEqual("id".utf8) }.map { [$0] }
  }

  private func byKey(_ names: [String], _ left: [JSONValue], _ right: [JSONValue]) -> Matching? {
    guard let leftKeys = keyValues(names, left), let rightKeys = keyValues(names, right) else { return nil }
    var places: [[UInt8]: Int] = [:]
    for (place, key) in rightKeys.enumerated() { places[key] = place }
    guard places.count == right.count, Set(leftKeys).count == left.count else { return nil }
    var matching = Matching(key: names)
    for (place, key) in leftKeys.enumerated() {
      if let other = places.removeValue(forKey: key) {
        matching.pairs.append((place, other))
      } else {
        matching.onlyLeft.append(place)
      }
    }
    matching.onlyRight = places.values.sorted()
    return matching
  }

  /// `nil` unless every row has them all, with a text or a number.
  private func keyValues(_ names: [String], _ rows: [JSONValue]) -> [[UInt8]]? {
    let form = CanonicalForm(rules: rules)
    var keys: [[UInt8]] = []
    for row in rows {
      var key: [UInt8] = []
      for name in names {
        guard let value = RowMatcher.column(name, of: row, rules) else { return nil }
        switch value {
        case .string, .number: key += form.bytes(of: value)
        case .null, .bool, .array, .object: return nil
        }
      }
      keys.append(key)
    }
    return keys
  }

  /// The member of that name, found as the rules find names.
  static func column(_ name: String, of row: JSONValue, _ rules: ComparisonRules) -> JSONValue? {
    if let value = row.member(name) { return value }
    guard rules.ignoresNameCase, case .object(let members) = row else { return nil }
    return members.first { ASCIIText.equal($0.name, name) }?.value
  }

  // MARK: No key

  /// Rows that are wholly the same, wherever they stand; what is left in the order it came.
  private func byContent(_ left: [JSONValue], _ right: [JSONValue], _ path: [String]) -> Matching {
    let form = CanonicalForm(rules: rules)
    var places: [[UInt8]: [Int]] = [:]
    for (place, row) in right.enumerated().reversed() {
      places[form.bytes(of: row, path: path), default: []].append(place)
    }
    var matching = Matching()
    var unmatched: [Int] = []
    for (place, row) in left.enumerated() {
      if let other = places[form.bytes(of: row, path: path)]?.popLast() {
        matching.pairs.append((place, other))
      } else {
        unmatched.append(place)
      }
    }
    let others = places.values.joined().sorted()
    let common = min(unmatched.count, others.count)
    matching.pairs += zip(unmatched, others).map { ($0, $1) }
    matching.pairs.sort { $0.left < $1.left }
    matching.onlyLeft = Array(unmatched[common...])
    matching.onlyRight = Array(others[common...])
    matching.usesPlaces = common > 0
    return matching
  }
}
