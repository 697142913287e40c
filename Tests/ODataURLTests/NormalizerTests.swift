import Foundation
import ODataURL
import TestSupport
import Testing

struct NormalizerTests {
  @Test(arguments: [
    ("a?$filter=c or b or a", "a?$filter=a%20or%20b%20or%20c"),
    ("a?$filter=c or (b or (a or not c)) or not c", "a?$filter=a%20or%20b%20or%20c%20or%20not%20c"),
    ("a?$filter=b eq 1 and b eq 1", "a?$filter=b%20eq%201"),
    ("a?$filter=b/any(c:c) and (contains(b,'c') and b/any(c:c))", "a?$filter=b/any(c:c)%20and%20contains(b,'c')"),
    ("a?$filter=isof(N.T) or isof(N.T) or true or true", "a?$filter=isof(N.T)%20or%20true"),
    // What may be no condition: alone it could mean something where the service refuses the chain.
    ("a?$filter=b and b", "a?$filter=b%20and%20b"), ("a?$orderby=b and b", "a?$orderby=b%20and%20b"),
    ("a?$filter=b eq (c or c)", "a?$filter=b%20eq%20(c%20or%20c)"),
    ("a?$compute=b and b as c", "a?$compute=b%20and%20b%20as%20c"),
    ("a?$filter=b eq (tolower(c) or tolower(c))", "a?$filter=b%20eq%20(tolower(c)%20or%20tolower(c))"),
    ("a?$filter=b eq ((c add 1) or (c add 1))", "a?$filter=b%20eq%20(c%20add%201%20or%20c%20add%201)"),
    ("a?$filter=b eq ('c' or 'c')", "a?$filter=b%20eq%20('c'%20or%20'c')"),
    ("a?$filter=b eq (N.f() or N.f())", "a?$filter=b%20eq%20(N.f()%20or%20N.f())"),
    ("a?$filter=(b or a) and (a or b)", "a?$filter=a%20or%20b"),
    ("a?$filter=c and (b or a)", "a?$filter=(a%20or%20b)%20and%20c"),
    ("a?$filter=not (b and a)", "a?$filter=not%20(a%20and%20b)"),
    ("a?$filter=x/any(y:y/c or y/b)", "a?$filter=x/any(y:y/b%20or%20y/c)"),
    ("a?$filter=b eq 'X' or b eq 'x'", "a?$filter=b%20eq%20'X'%20or%20b%20eq%20'x'"),
    ("a?$filter=(b sub a) eq 1", "a?$filter=b%20sub%20a%20eq%201"),
    ("a?$select=c,b,c,a/d", "a?$select=a/d,b,c"),
    ("a?$orderby=c,b", "a?$orderby=c,b"),
    ("a?$expand=c($select=y,x;$filter=q and p),b", "a?$expand=c($select=x,y;$filter=p%20and%20q),b"),
    ("a?@q=1&@p=2", "a?@p=2&@q=1"),
    ("a?@p=c and b", "a?@p=b%20and%20c"),
    ("a?y=1&x=2", "a?y=1&x=2"),
    ("a?$filter=b in (2,1)", "a?$filter=b%20in%20(2,1)"),
  ])
  func normalForms(_ target: String, _ expected: String) throws {
    let normalized = try Parser().relativeURI(target).normalized()
    #expect(normalized.printed() == expected)
    #expect(normalized.normalized() == normalized)
    #expect(try Parser().relativeURI(expected) == normalized)
  }

  /// Equal as strings of Swift, different on the wire and perhaps for the service.
  @Test(arguments: [
    ("a?$filter=b eq 'é' or b eq 'e\u{301}'", 2), ("a?$filter=b eq 'e\u{301}' or b eq 'é' or b eq 'é'", 2),
    ("a?$filter=contains(b,'\u{212B}') and contains(b,'\u{C5}')", 2),
  ])
  func accentsAreNotMerged(target: String, operands: Int) throws {
    let printed = try Parser().relativeURI(target).normalized().printed()
    #expect(
      printed.components(separatedBy: "(b,'").count + printed.components(separatedBy: "%20eq%20").count - 2 == operands)
  }

  /// Same meaning, one form.
  @Test func spellingsMeet() throws {
    let parser = Parser(settings: .legacy)
    let forms = try [
      "Customer?$filter=A eq 'x' and B gt 2017-01-01T00:00:00.000Z&$select=B,A",
      "Customer?select=A%2CB&filter=B+gt+2017-01-01T00:00Z+AND+A+eq+'x'",
      "Customer%3F%24filter%3D(A%20eq%20'x')%20and%20(B%20gt%202017-01-01T00%3A00%3A00Z)%26%24select%3DA%2CB%2CA",
    ].map { try parser.relativeURI($0).normalized() }
    #expect(Set(forms).count == 1)
    #expect(Set(forms.map { $0.printed() }).count == 1)
  }

  /// Random conditions over four comparisons, each true, false or null: the normal form is true, false and null where the
  /// condition is, and conditions of one normal form agree everywhere.
  @Test func normalFormsKeepTheirMeaning() {
    var random = SeededGenerator(seed: 7)
    var tables: [ODataURL.Expression: [Bool?]] = [:]
    var shared = 0
    for _ in 0..<4_000 {
      let condition = Condition.random(&random, depth: 4)
      let normal = RelativeURI(options: QueryOptions(filter: Spanned(condition))).normalized().options.filter?.value
      let (table, normalTable) = (Condition.table(condition), normal.map(Condition.table))
      #expect(normalTable == table, "\(condition.printed())")
      guard let normal else { continue }
      if let known = tables[normal] {
        shared += 1
        #expect(known == table, "\(condition.printed())")
      }
      tables[normal] = table
    }
    // Otherwise nothing has been compared.
    #expect(shared > 200)
  }

  @Test(arguments: Corpus.all)
  func corpus(_ target: String) throws {
    let parser = Parser(settings: .dataverse)
    let normalized = try parser.relativeURI(target).normalized()
    #expect(normalized.normalized() == normalized)
    #expect(try parser.relativeURI(normalized.printed()) == normalized)
  }
}

/// Conditions of `and`, `or`, `not` and four comparisons, in the three-valued logic of OData URL Conventions, section
/// 5.1.1.1.
private enum Condition {
  static let atoms = ["a", "b", "c", "d"]

  static func random(_ random: inout SeededGenerator, depth: Int) -> ODataURL.Expression {
    guard depth > 0, random.below(5) > 0 else {
      let name = ODataURL.Expression(.member(base: nil, name: atoms[random.below(atoms.count)]))
      return name.joined(with: ODataURL.Expression(.literal(.integer(1))), by: .eq)
    }
    if random.below(4) == 0 {
      var inner = Self.random(&random, depth: depth - 1)
      inner.root = inner.append(.not(inner.root))
      return inner
    }
    let left = Self.random(&random, depth: depth - 1)
    return left.joined(with: Self.random(&random, depth: depth - 1), by: random.below(2) == 0 ? .and : .or)
  }

  /// What the condition is for each way of the comparisons to be true, false or null.
  static func table(_ condition: ODataURL.Expression) -> [Bool?] {
    (0..<81).map { way in
      var rest = way
      var values: [String: Bool?] = [:]
      for atom in atoms {
        values[atom] = [true, false, nil][rest % 3]
        rest /= 3
      }
      return value(of: condition.root, in: condition, values)
    }
  }

  private static func value(of id: NodeID, in condition: ODataURL.Expression, _ values: [String: Bool?]) -> Bool? {
    switch condition[id] {
    case .binary(.eq, let left, _):
      if case .member(nil, let name) = condition[left] { return values[name] ?? nil }
      return nil
    case .binary(.and, let left, let right):
      let both = [left, right].map { value(of: $0, in: condition, values) }
      return both.contains(false) ? false : both.contains(nil) ? nil : true
    case .binary(.or, let left, let right):
      let both = [left, right].map { value(of: $0, in: condition, values) }
      return both.contains(true) ? true : both.contains(nil) ? nil : false
    case .not(let operand): return value(of: operand, in: condition, values).map { !$0 }
    default: return nil
    }
  }
}
