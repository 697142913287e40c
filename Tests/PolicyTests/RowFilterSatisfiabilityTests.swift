import Dataverse
import ODataURL
import TestSupport
import Testing

@testable import Policy

/// Row filters that no row can meet, and those that every row meets.
@Suite struct RowFilterSatisfiabilityTests {
  private static let table = Table(
    logicalName: "t", entitySetName: "ts", primaryKey: "id", primaryName: "x",
    columns: [
      Column("id", .uniqueIdentifier, displayName: "Id"), Column("x", .text, displayName: "X"),
      Column("y", .text, displayName: "Y"), Column("n", .wholeNumber, displayName: "N"),
      Column("m", .wholeNumber, displayName: "M"), Column("d", .decimal, displayName: "D"),
      Column("b", .boolean, displayName: "B"), Column("day", .dateOnly, displayName: "Day"),
      Column("time", .dateTime, displayName: "Time"), Column("owner", .lookup(target: "u"), displayName: "Owner"),
      Column("tags", .choices, displayName: "Tags"),
    ])

  private static func filter(_ text: String) throws -> RowFilter {
    RowFilter(expression: try Parser(settings: .dataverse).expression(text), claims: [])
  }

  private static let crm = "Microsoft.Dynamics.CRM."

  /// Filters that hold together → the columns that cannot be, `nil` where some row can be.
  @Test(
    arguments: [
      // The same column, two values.
      (["x eq 'a'", "x eq 'b'"], ["x"]), (["x eq 'a'", "x eq 'A '"], nil), (["x eq 'a' and x eq null"], ["x"]),
      (["x eq 'a'", "x ne 'a'"], ["x"]), (["x eq 'a' and x ne 'A'"], ["x"]), (["x ne 'a'", "x ne 'b'"], nil),
      (["x eq 'a' or y eq 'b'", "x eq 'c'"], nil), (["x eq 'a' or y eq 'b'", "x eq 'c'", "y eq 'd'"], ["x", "y"]),
      (["not (x eq 'a') and x eq 'a'"], ["x"]), (["not (x eq 'a' or y eq 'b')", "y eq 'b'"], ["y"]),
      // A collation may not tell marks apart.
      (["x eq 'é'", "x eq 'e'"], nil), (["x eq 'é'", "x ne 'é'"], ["x"]), (["x eq 'É' and x eq 'é'"], nil),
      // Null.
      (["x eq null", "x ne null"], ["x"]), (["x eq null", "contains(x,'a')"], ["x"]),
      (["x eq null", "x ne 'a'"], nil), (["x eq null", "x gt 'a'"], ["x"]),
      (["x eq null", "not contains(x,'a')"], nil),
      (["x eq null", "\(crm)In(PropertyName='x',PropertyValues=['a'])"], ["x"]),
      (["x eq null", "\(crm)NotIn(PropertyName='x',PropertyValues=['a'])"], nil),
      // Ranges.
      (["day gt 2000-01-01 and day lt 1999-01-01"], ["day"]), (["day gt 2000-01-01 and day lt 2000-01-03"], nil),
      (["day gt 2000-02-28 and day lt 2000-02-29"], ["day"]), (["day ge 2000-01-01 and day le 2000-01-01"], nil),
      (["day eq 2000-01-01 and day gt 2000-01-01"], ["day"]), (["day gt 1999-12-31 and day lt 2000-01-02"], nil),
      (["time gt 2000-01-01T00:00:00Z and time lt 2000-01-01"], ["time"]),
      (["time gt 2000-01-01T00:00:00Z and time lt 2000-01-01T00:00:01Z"], nil),
      (["time ge 2000-01-01T02:00:00+02:00 and time lt 2000-01-01T00:00:00Z"], ["time"]),
      (["time eq 2000-01-01T00:00:00.1Z and time ne 2000-01-01T00:00:00.100Z"], ["time"]),
      (["n gt 5 and n lt 6"], ["n"]), (["d gt 5 and d lt 6"], nil), (["n ge 5 and n lt 5"], ["n"]),
      (["n ge 5 and n le 5 and n ne 5"], ["n"]), (["n gt 2 and n lt 4 and n ne 3"], ["n"]),
      (["d gt 5.5 and d lt 5"], ["d"]), (["d gt 5.5 and d lt 5.5"], ["d"]), (["d ge 1.0 and d lt 1"], nil),
      (["n gt 9223372036854775807 and n lt 5"], ["n"]), (["n eq 5 and n gt 5"], ["n"]), (["n eq 5 and n ge 5"], nil),
      (["x gt 'b' and x lt 'a'"], nil), (["x gt 'b' and x lt 'b'"], ["x"]),
      (["b eq true", "b eq false"], ["b"]), (["b ne true and b ne false and b ne null"], ["b"]),
      (["b ne true and b ne false"], nil),
      (
        [
          "_owner_value eq 00000000-0000-0000-0000-000000000001",
          "_owner_value eq 00000000-0000-0000-0000-000000000002",
        ], ["_owner_value"]
      ),
      // Lists.
      (["x eq 'a'", "\(crm)In(PropertyName='x',PropertyValues=['b','c'])"], ["x"]),
      (["x eq 'a'", "\(crm)In(PropertyName='x',PropertyValues=['b','A'])"], nil),
      (["x eq 'a'", "\(crm)NotIn(PropertyName='x',PropertyValues=['b','a'])"], ["x"]),
      (
        ["\(crm)In(PropertyName='x',PropertyValues=['a','b'])", "\(crm)In(PropertyName='x',PropertyValues=['b','c'])"],
        nil
      ),
      (["\(crm)In(PropertyName='x',PropertyValues=['a','b'])", "x ne 'a' and x ne 'b'"], ["x"]),
      (["\(crm)In(PropertyName='n',PropertyValues=['1','2'])", "n gt 2"], ["n"]),
      (["\(crm)In(PropertyName='x',PropertyValues=['a',@v])", "x eq 'c'"], nil),
      (["\(crm)NotIn(PropertyName='x',PropertyValues=['a',@v])", "x eq 'a'"], ["x"]),
      (["\(crm)Between(PropertyName='n',PropertyValues=['1','3'])", "n gt 3"], ["n"]),
      (["\(crm)Between(PropertyName='n',PropertyValues=['3','1'])"], ["n"]),
      (["\(crm)NotBetween(PropertyName='n',PropertyValues=['3','1'])", "n eq 2"], nil),
      // Text in text.
      (["x eq 'Berlin'", "startswith(x,'H')"], ["x"]), (["x eq 'Berlin'", "startswith(x,'b')"], nil),
      (["x eq 'Berlin'", "contains(x,'LIN')"], nil), (["x eq 'Berlin'", "contains(x,'a')"], ["x"]),
      (["x eq 'Berlin'", "endswith(x,'ln')"], ["x"]), (["x eq 'Berlin'", "contains(x,'B%n')"], nil),
      (["x eq 'Berlin'", "not contains(x,'lin')"], ["x"]), (["contains(x,'a')", "not contains(x,'A')"], ["x"]),
      (["x eq 'Zürich'", "contains(x,'u')"], nil), (["contains(x,'a%')", "not contains(x,'a%')"], ["x"]),
      // Values that are not known.
      (["x eq @v", "x ne @v"], ["x"]), (["x eq @v", "x ne @w"], nil), (["x eq @v", "x eq 'a'"], nil),
      (["n gt @v", "n le @v"], ["n"]), (["n ge @v", "n le @v"], nil), (["n ge @v", "n le @v", "n ne @v"], ["n"]),
      (["x eq @v", "x eq null"], ["x"]),
      // Other columns.
      (["x ne x"], ["x"]), (["x gt x"], ["x"]), (["x eq x"], nil), (["not (x ge x)"], ["x"]),
      (["n gt m", "m gt n"], ["m"]), (["n gt m", "m lt n"], nil), (["n ne m", "m eq null"], nil),
      // Opposites of which nothing else is known.
      (
        ["\(crm)EqualUserId(PropertyName='_owner_value')", "\(crm)NotEqualUserId(PropertyName='_owner_value')"],
        ["_owner_value"]
      ),
      (["\(crm)Today(PropertyName='day')", "\(crm)Tomorrow(PropertyName='day')"], nil),
      (
        [
          "\(crm)ContainValues(PropertyName='tags',PropertyValues=['1'])",
          "\(crm)DoesNotContainValues(PropertyName='tags',PropertyValues=['1'])",
        ], ["tags"]
      ),
      (
        [
          "\(crm)ContainValues(PropertyName='tags',PropertyValues=['1'])",
          "\(crm)DoesNotContainValues(PropertyName='tags',PropertyValues=['2'])",
        ], nil
      ),
    ] as [([String], [String]?)])
  func whatNoRowMeets(_ filters: [String], _ columns: [String]?) throws {
    let terms = try #require(RowFilterTerms.joined(try filters.map(Self.filter), of: Self.table))
    #expect(terms.contradictions == columns)
  }

  @Test(
    arguments: [
      ("x eq x", ["x"]), ("x ge x", ["x"]), ("x eq null or x ne null", ["x"]), ("x ne 'x' or x eq 'x'", ["x"]),
      ("contains(x,'')", ["x"]), ("contains(x,'%')", ["x"]), ("startswith(x,'')", ["x"]), ("endswith(x,'')", ["x"]),
      ("contains(x,'%%')", ["x"]), ("contains(x,'a')", nil), ("contains(x,'_')", nil),
      ("contains(x,'a') or not contains(x,'a')", ["x"]), ("contains(x,'a') or contains(x,'b')", nil),
      ("x ne 'a' or x ne 'b'", ["x"]), ("x ne 'a' and x ne 'b'", nil), ("x ne null", nil), ("x eq null", nil),
      ("n gt 5 or n le 5", ["n"]), ("n gt 5 or n lt 5", nil), ("n gt 5 or n lt 6", ["n"]), ("d gt 5 or d lt 6", ["d"]),
      ("d gt 6 or d lt 5", nil), ("b eq true or b eq false", ["b"]), ("b eq true", nil),
      ("x eq @v or x ne @v", ["x"]), ("x eq @v or x ne @w", nil), ("x eq y or x ne y", ["x"]),
      ("x eq y or y ne x", ["x"]), ("x eq y", nil),
      ("\(crm)In(PropertyName='x',PropertyValues=['a','b']) or x ne 'a'", ["x"]),
      ("\(crm)In(PropertyName='x',PropertyValues=['a']) or \(crm)NotIn(PropertyName='x',PropertyValues=['a'])", ["x"]),
      ("\(crm)In(PropertyName='x',PropertyValues=['a'])", nil),
      ("\(crm)NotIn(PropertyName='x',PropertyValues=[@v]) or x eq 'a'", nil),
      ("\(crm)EqualUserId(PropertyName='_owner_value')", nil), ("\(crm)Today(PropertyName='day')", nil),
      ("(x eq 'a' or x ne 'a') and (y eq 'a' or y ne 'a')", ["x", "y"]), ("(x eq 'a' or x ne 'a') and y eq 'a'", nil),
      ("x eq 'a' or not (x eq 'a' and y eq 'b')", ["x"]), ("not (x eq 'a' and x eq 'b')", ["x"]),
    ] as [(String, [String]?)])
  func whatEveryRowMeets(_ filter: String, _ columns: [String]?) throws {
    let terms = try #require(RowFilterTerms.hidden(by: try Self.filter(filter), of: Self.table))
    #expect(terms.contradictions == columns)
  }

  /// Of filters with more alternatives than are looked through, nothing is said, at once.
  @Test func manyAlternativesAreNotLookedThrough() throws {
    func chain(_ column: String, _ count: Int) throws -> RowFilter {
      try Self.filter((0..<count).map { "\(column) eq '\($0)'" }.joined(separator: " or "))
    }
    let small = try [chain("x", 16), chain("y", 16)]
    #expect(RowFilterTerms.joined(small, of: Self.table) != nil)
    #expect(RowFilterTerms.joined(try [chain("x", 17), chain("y", 16)], of: Self.table) == nil)
    #expect(RowFilterTerms.joined(try [chain("x", 256)], of: Self.table) != nil)
    #expect(RowFilterTerms.joined(try [chain("x", 257)], of: Self.table) == nil)
    let pairs = (0..<40).map { "(x eq '\($0)' or y eq '\($0)')" }.joined(separator: " and ")
    #expect(RowFilterTerms.joined([try Self.filter(pairs)], of: Self.table) == nil)
  }

  // MARK: Scopes

  /// What a scope adds to its table and to the scopes that it inherits from.
  @Test(
    arguments: [
      ("msdynci_city ne 'Berlin'", "", "9:47"),
      ("Microsoft.Dynamics.CRM.In(PropertyName='msdynci_city',PropertyValues=['Hamburg'])", "", "9:47"),
      ("msdynci_city eq 'Berlin'", "", nil), ("msdynci_gender eq 'f'", "", nil),
      ("msdynci_gender eq 'f'", "msdynci_gender eq 'm'", "10:59"),
      ("msdynci_gender eq 'f'", "msdynci_gender ne null", nil),
      // Said once, of the scope where it begins.
      ("msdynci_city eq 'Hamburg'", "msdynci_gender eq 'm'", "9:47"),
    ] as [(String, String, String?)])
  func scopesAreJoinedWithWhatTheyInherit(_ filter: String, _ inner: String, _ place: String?) throws {
    let text = """
      version: 1
      name: p
      options: [$select]
      tables:
        msdynci_customerprofile:
          { ttl: 1m, rowFilter: "msdynci_city eq 'Berlin'", columns: { msdynci_city: { select: true } } }
      scopes:
        default: {}
        a: { rowFilters: { msdynci_customerprofile: "\(filter)" } }
        \(inner.isEmpty ? "" : "b: { inherit: a, rowFilters: { msdynci_customerprofile: \"\(inner)\" } }")

      """
    let said = renderedMistakes(text)
    guard let place else {
      #expect(said == "")
      return
    }
    #expect(said.hasPrefix("p.yaml:\(place): error: No row can be read: "), "\(said)")
    #expect(said.split(separator: "\n").count { $0.contains(": error: ") } == 1, "\(said)")
  }

  // MARK: Property

  /// A condition with its three-valued meaning.
  private indirect enum Formula {
    case x(String, String?), n(String, Int?), xs(Bool, [String]), has(String)
    case and(Formula, Formula), or(Formula, Formula), not(Formula)

    var text: String {
      switch self {
      case .x(let op, let value): "x \(op) \(value.map { "'\($0)'" } ?? "null")"
      case .n(let op, let value): "n \(op) \(value.map(String.init) ?? "null")"
      case .xs(let isIn, let values):
        "\(crm)\(isIn ? "In" : "NotIn")(PropertyName='x',PropertyValues=[\(values.map { "'\($0)'" }.joined(separator: ","))])"
      case .has(let part): "contains(x,'\(part)')"
      case .and(let left, let right): "(\(left.text) and \(right.text))"
      case .or(let left, let right): "(\(left.text) or \(right.text))"
      case .not(let operand): "not (\(operand.text))"
      }
    }

    private static func compare<Value: Comparable>(
      _ value: Value?, _ op: String, _ other: Value?, _ nullsDiffer: Bool
    ) -> Bool? {
      guard let other else { return (value == nil) == (op == "eq") }
      guard let value else { return op == "ne" && nullsDiffer ? true : nil }
      return switch op {
      case "eq": value == other
      case "ne": value != other
      case "gt": value > other
      case "ge": value >= other
      case "lt": value < other
      default: value <= other
      }
    }

    /// - Parameter nullsDiffer: a null is not equal to any value.
    func holds(_ x: String?, _ n: Int?, nullsDiffer: Bool) -> Bool? {
      switch self {
      case .x(let op, let value): return Formula.compare(x, op, value, nullsDiffer)
      case .n(let op, let value): return Formula.compare(n, op, value, nullsDiffer)
      case .xs(let isIn, let values):
        guard let x else { return !isIn && nullsDiffer ? true : nil }
        return values.contains(x) == isIn
      case .has(let part): return x.map { part.isEmpty || $0.contains(part) }
      case .and(let left, let right):
        let both = [left, right].map { $0.holds(x, n, nullsDiffer: nullsDiffer) }
        return both.contains(false) ? false : both.contains(nil) ? nil : true
      case .or(let left, let right):
        let both = [left, right].map { $0.holds(x, n, nullsDiffer: nullsDiffer) }
        return both.contains(true) ? true : both.contains(nil) ? nil : false
      case .not(let operand): return operand.holds(x, n, nullsDiffer: nullsDiffer).map { !$0 }
      }
    }

    static func random(_ numbers: inout SeededGenerator, depth: Int) -> Formula {
      let equality = ["eq", "ne"]
      guard depth > 0, numbers.chance(70) else {
        switch numbers.below(5) {
        case 0: return .x(numbers.pick(equality), numbers.chance(20) ? nil : numbers.pick(["a", "b", "ab"]))
        case 1: return .n(numbers.pick(equality), numbers.chance(30) ? nil : numbers.below(3))
        case 2: return .xs(numbers.chance(50), numbers.chance(50) ? ["a"] : ["a", "ab"])
        case 3: return .has(numbers.pick(["a", "b", ""]))
        default: return .n(numbers.pick(["gt", "ge", "lt", "le"]), numbers.below(3))
        }
      }
      let left = random(&numbers, depth: depth - 1)
      switch numbers.below(5) {
      // Dataverse takes no `not` before query functions; the check bears them.
      case 0: return .not(left)
      case 1, 2: return .and(left, random(&numbers, depth: depth - 1))
      default: return .or(left, random(&numbers, depth: depth - 1))
      }
    }
  }

  /// Never said of a filter that some row meets, or that hides one without a null; and said of many.
  @Test func whatIsSaidIsTrue() throws {
    var numbers = SeededGenerator(seed: 7)
    var impossible = 0
    var empty = 0
    for _ in 0..<3_000 {
      let formula = Formula.random(&numbers, depth: 3)
      let filter = try Self.filter(formula.text)
      let xs: [String?] = [nil, "a", "b", "ab", "ba", "c"]
      let ns: [Int?] = [nil, -1, 0, 1, 2, 3]
      if RowFilterTerms.joined([filter], of: Self.table)?.contradictions != nil {
        impossible += 1
        let isMet = xs.contains { x in
          ns.contains { n in [true, false].contains { formula.holds(x, n, nullsDiffer: $0) == true } }
        }
        #expect(!isMet, "\(formula.text)")
      }
      if RowFilterTerms.hidden(by: filter, of: Self.table)?.contradictions != nil {
        empty += 1
        let isMetByAll = xs.dropFirst().allSatisfy { x in
          ns.dropFirst().allSatisfy { formula.holds(x, $0, nullsDiffer: false) == true }
        }
        #expect(isMetByAll, "\(formula.text)")
      }
    }
    #expect(impossible > 100 && empty > 100, "\(impossible) \(empty)")
  }
}
