import Dataverse
import Foundation
import ODataURL
import SQLite
import Synchronization
import Testing

@testable import Sandbox

/// Filters against the same filters written in Swift and run over all rows. A condition is `nil` where a null makes it
/// unknown, as in SQL; only rows for which it is true are answered.
@Suite struct FilterTests {
  /// What of a row is compared.
  struct Row: Sendable {
    let key: String
    /// In the case in which text is compared.
    let texts: [String: String]
    /// In hundredths.
    let numbers: [String: Int]

    init(_ members: [String: Any], key: String) {
      self.key = members[key] as? String ?? ""
      texts = members.compactMapValues { ($0 as? String)?.lowercased() }
      numbers = members.compactMapValues { ($0 as? NSNumber).map { Int(($0.doubleValue * 100).rounded()) } }
    }

    func text(_ name: String) -> String? { texts["msdynci_" + name] }
    func number(_ name: String) -> Int? { numbers["msdynci_" + name] }
    func test(_ name: String, _ condition: (String) -> Bool) -> Bool? { text(name).map(condition) }
  }

  struct Case: CustomTestStringConvertible, Sendable {
    var filter: String
    /// Whether some rows, but not all, are to match: what matches nothing proves little.
    var splits: Bool
    var condition: @Sendable (Row) -> Bool?
    var testDescription: String { filter }

    init(_ filter: String, splits: Bool = true, _ condition: @escaping @Sendable (Row) -> Bool?) {
      self.filter = filter
      self.splits = splits
      self.condition = condition
    }
  }

  static func and(_ left: Bool?, _ right: Bool?) -> Bool? {
    left == false || right == false ? false : left == nil || right == nil ? nil : true
  }
  static func or(_ left: Bool?, _ right: Bool?) -> Bool? {
    left == true || right == true ? true : left == nil || right == nil ? nil : false
  }
  static func not(_ value: Bool?) -> Bool? { value.map { !$0 } }

  private static let reads = Mutex<[String: Task<[Row], any Error>]>([:])

  /// All rows of a table, read once for all tests.
  private static func table(_ set: String) async throws -> [Row] {
    let read = reads.withLock { reads in
      if let read = reads[set] { return read }
      let read = Task { try await Organization.shared().allRows(set).map { Row($0, key: singular(set) + "id") } }
      reads[set] = read
      return read
    }
    return try await read.value
  }

  private static func check(_ item: Case, in set: String) async throws {
    let organization = try Organization.shared()
    let all = try await table(set)
    let key = singular(set) + "id"
    let expected = all.filter { item.condition($0) == true }.map(\.key)
    // Wildcards and the plus of an offset must arrive as they are.
    let query = item.filter.map { $0 == "%" ? "%25" : $0 == "+" ? "%2B" : String($0) }.joined()
    let found = try await organization.allRows("\(set)?$filter=\(query)&$select=\(key)").compactMap {
      $0[key] as? String
    }
    #expect(Set(found) == Set(expected) && found.count == expected.count, "\(found.count) not \(expected.count)")
    if item.splits { #expect(!expected.isEmpty && expected.count < all.count, "\(expected.count) of \(all.count)") }
    let count = await organization.get("\(set)/$count?$filter=\(query)")
    #expect(count.text == "\u{FEFF}\(min(500, expected.count))")
  }

  private static func singular(_ set: String) -> String {
    set.hasSuffix("ies") ? set.dropLast(3) + "y" : String(set.dropLast())
  }

  static let comparisons: [Case] = [
    Case("msdynci_gender eq 'Male'") { $0.test("gender") { $0 == "male" } },
    Case("msdynci_gender eq 'mALE'") { $0.test("gender") { $0 == "male" } },
    Case("'Male' eq msdynci_gender") { $0.test("gender") { $0 == "male" } },
    Case("msdynci_gender ne 'Male'") { $0.test("gender") { $0 != "male" } },
    Case("msdynci_occupation ne 'Nurse'") { $0.test("occupation") { $0 != "nurse" } },
    Case("not (msdynci_occupation eq 'Nurse')") { $0.test("occupation") { $0 != "nurse" } },
    Case("msdynci_occupation eq null") { $0.text("occupation") == nil },
    Case("msdynci_occupation ne null") { $0.text("occupation") != nil },
    Case("null eq msdynci_occupation") { $0.text("occupation") == nil },
    Case("msdynci_occupation eq @none") { $0.text("occupation") == nil },
    Case("msdynci_city gt 'KYOTO'") { $0.test("city") { $0 > "kyoto" } },
    Case("msdynci_city ge 'kyoto'") { $0.test("city") { $0 >= "kyoto" } },
    Case("msdynci_city lt 'Kyoto'") { $0.test("city") { $0 < "kyoto" } },
    Case("msdynci_city le 'Kyoto'") { $0.test("city") { $0 <= "kyoto" } },
    Case("'Kyoto' gt msdynci_city") { $0.test("city") { $0 < "kyoto" } },
    Case("msdynci_city eq 'MALMÖ' or msdynci_city eq 'são paulo'") {
      $0.test("city") { $0 == "malmö" || $0 == "são paulo" }
    },
    Case("msdynci_lifetimevalue gt 5000") { $0.number("lifetimevalue").map { $0 > 500_000 } },
    Case("msdynci_lifetimevalue le 5000.5") { $0.number("lifetimevalue").map { $0 <= 500_050 } },
    Case("5e3 lt msdynci_lifetimevalue") { $0.number("lifetimevalue").map { $0 > 500_000 } },
    Case("msdynci_lifetimevalue lt -1", splits: false) { $0.number("lifetimevalue").map { $0 < -100 } },
    Case("msdynci_birthdate ge 1970-01-01") { $0.test("birthdate") { $0 >= "1970-01-01" } },
    Case("msdynci_birthdate lt 1970-01-01T00:00:00Z") { $0.test("birthdate") { $0 < "1970-01-01" } },
    Case("msdynci_firstname eq msdynci_lastname", splits: false) { row in
      row.test("firstname") { $0 == row.text("lastname") }
    },
    Case("msdynci_firstname lt msdynci_lastname") { row in
      row.text("lastname").flatMap { last in row.test("firstname") { $0 < last } }
    },
    Case("true", splits: false) { _ in true }, Case("false", splits: false) { _ in false },
  ]

  static let combinations: [Case] = [
    Case("msdynci_gender eq 'Male' and msdynci_occupation eq 'Nurse' or msdynci_city eq 'Berlin'") {
      or(
        and($0.test("gender") { $0 == "male" }, $0.test("occupation") { $0 == "nurse" }),
        $0.test("city") { $0 == "berlin" })
    },
    Case("msdynci_gender eq 'Male' and (msdynci_occupation eq 'Nurse' or msdynci_city eq 'Berlin')", splits: false) {
      and(
        $0.test("gender") { $0 == "male" },
        or($0.test("occupation") { $0 == "nurse" }, $0.test("city") { $0 == "berlin" }))
    },
    Case("msdynci_city eq 'Berlin' or msdynci_gender eq 'Male' and msdynci_lifetimevalue gt 3000") { row in
      or(
        row.test("city") { $0 == "berlin" },
        and(row.test("gender") { $0 == "male" }, row.number("lifetimevalue").map { $0 > 300_000 }))
    },
    Case("not (msdynci_occupation eq 'Nurse' or msdynci_gender eq 'Male')") {
      not(or($0.test("occupation") { $0 == "nurse" }, $0.test("gender") { $0 == "male" }))
    },
    Case("not (msdynci_occupation eq 'Nurse' and msdynci_gender eq 'Male')") {
      not(and($0.test("occupation") { $0 == "nurse" }, $0.test("gender") { $0 == "male" }))
    },
    Case("not contains(msdynci_email,'an') and msdynci_gender ne 'Male'") {
      and(not($0.test("email") { $0.contains("an") }), $0.test("gender") { $0 != "male" })
    },
    Case("not (not (msdynci_email eq null))") { $0.text("email") == nil },
    Case("msdynci_city eq 'a' or msdynci_city eq 'b' or msdynci_city eq 'Lyon' or msdynci_city eq 'c'") {
      $0.test("city") { $0 == "lyon" }
    },
    Case("Microsoft.Dynamics.CRM.In(PropertyName='msdynci_city',PropertyValues=['LYON','Malmö'])") {
      $0.test("city") { $0 == "lyon" || $0 == "malmö" }
    },
    Case("Microsoft.Dynamics.CRM.NotIn(PropertyName='msdynci_occupation',PropertyValues=['Nurse','Baker'])") {
      $0.test("occupation") { $0 != "nurse" && $0 != "baker" }
    },
    Case("Microsoft.Dynamics.CRM.Between(PropertyName='msdynci_lifetimevalue',PropertyValues=['1000','5000.5'])") {
      $0.number("lifetimevalue").map { (100_000...500_050).contains($0) }
    },
    Case(
      "Microsoft.Dynamics.CRM.NotBetween(PropertyName='msdynci_birthdate',PropertyValues=['1950-01-01','1980-01-01'])"
    ) {
      $0.test("birthdate") { !("1950-01-01"..."1980-01-01").contains($0) }
    },
  ]

  static let texts: [Case] = [
    Case("contains(msdynci_lastname,'ÜLL')", splits: false) { $0.test("lastname") { $0.contains("üll") } },
    Case("contains(msdynci_city,'o')") { $0.test("city") { $0.contains("o") } },
    Case("contains(msdynci_city,'')", splits: false) { $0.test("city") { _ in true } },
    Case("startswith(msdynci_city,'L')") { $0.test("city") { $0.hasPrefix("l") } },
    Case("endswith(msdynci_city,'N')") { $0.test("city") { $0.hasSuffix("n") } },
    Case("contains(msdynci_occupation,'e')") { $0.test("occupation") { $0.contains("e") } },
    Case("not contains(msdynci_occupation,'e')") { not($0.test("occupation") { $0.contains("e") }) },
    Case("not startswith(msdynci_occupation,'t')") { not($0.test("occupation") { $0.hasPrefix("t") }) },
    Case("not endswith(msdynci_occupation,'r')") { not($0.test("occupation") { $0.hasSuffix("r") }) },
    Case("contains(msdynci_city,'l%n')") { $0.test("city") { $0.wholeMatch(of: /.*l.*n.*/) != nil } },
    Case("startswith(msdynci_city,'_y')") { $0.test("city") { $0.wholeMatch(of: /.y.*/) != nil } },
    Case("startswith(msdynci_city,'[k-m]')") { $0.test("city") { $0.wholeMatch(of: /[k-m].*/) != nil } },
    Case("startswith(msdynci_city,'[K-M]')") { $0.test("city") { $0.wholeMatch(of: /[k-m].*/) != nil } },
    Case("startswith(msdynci_city,'[bk]')") { $0.test("city") { $0.wholeMatch(of: /[bk].*/) != nil } },
    Case("startswith(msdynci_city,'[^k-m]')") { $0.test("city") { $0.wholeMatch(of: /[^k-m].*/) != nil } },
    Case("endswith(msdynci_city,'_n')") { $0.test("city") { $0.wholeMatch(of: /.*.n/) != nil } },
    Case("endswith(msdynci_city,'%o')") { $0.test("city") { $0.hasSuffix("o") } },
    Case("contains(msdynci_city,'a[^a-z]p')", splits: false) { $0.test("city") { $0.contains("a p") } },
    Case("contains(msdynci_city,'[')", splits: false) { $0.test("city") { $0.contains("[") } },
  ]

  @Test(arguments: comparisons) func comparison(item: Case) async throws {
    try await FilterTests.check(item, in: "msdynci_customerprofiles")
  }

  @Test(arguments: combinations) func combination(item: Case) async throws {
    try await FilterTests.check(item, in: "msdynci_customerprofiles")
  }

  @Test(arguments: texts) func textFunction(item: Case) async throws {
    try await FilterTests.check(item, in: "msdynci_customerprofiles")
  }

  /// The titles hold `50%`, `[blue]` and `Filter_paper`: a wildcard is itself inside brackets only.
  @Test(
    arguments: [
      Case("contains(msdynci_title,'50[%]')") { $0.test("title") { $0.contains("50%") } },
      Case("endswith(msdynci_title,'[%]')") { $0.test("title") { $0.hasSuffix("%") } },
      Case("contains(msdynci_title,'[[]blue]')") { $0.test("title") { $0.contains("[blue]") } },
      Case("contains(msdynci_title,'[blue]')", splits: false) { $0.test("title") { $0.contains(/[blue]/) } },
      Case("endswith(msdynci_title,'ter[_]paper')") { $0.test("title") { $0.hasSuffix("ter_paper") } },
      Case("endswith(msdynci_title,'g_in_er')") { $0.test("title") { $0.hasSuffix("grinder") } },
      Case("contains(msdynci_semanticdata,'\"quantity\":3')") {
        $0.test("semanticdata") { $0.contains("\"quantity\":3") }
      },
      Case("msdynci_externalurl ne null") { $0.text("externalurl") != nil },
      Case("msdynci_activitytype eq 'webvisit'") { $0.test("activitytype") { $0 == "webvisit" } },
      Case("msdynci_activitytime ge 2020-02-29T00:00:00Z") { $0.test("activitytime") { $0 >= "2020-02-29t00:00:00z" } },
      Case("msdynci_activitytime lt 2020-03-01T01:00:00+02:00") {
        $0.test("activitytime") { $0 < "2020-02-29t23:00:00z" }
      },
      Case("msdynci_activitytime ge 2019-12-31T23:30:00-01:00") {
        $0.test("activitytime") { $0 >= "2020-01-01t00:30:00z" }
      },
      Case("msdynci_activitytime gt 2021-01-01") { $0.test("activitytime") { $0 > "2021-01-01t00:00:00z" } },
    ])
  func activities(item: Case) async throws {
    try await FilterTests.check(item, in: "msdynci_unifiedactivities")
  }

  /// Every stored number compares with itself as it is printed.
  @Test func decimalsAreExact() async throws {
    let organization = try Organization.shared()
    let values = try await FilterTests.table("msdynci_customerprofiles").compactMap { $0.number("lifetimevalue") }
    #expect(values.count == Organization.customers)
    for value in values {
      let printed = Digits.hundredths(value)
      for (op, count) in [
        ("eq", values.filter { $0 == value }.count), ("gt", values.filter { $0 > value }.count),
        ("lt", values.filter { $0 < value }.count),
      ] {
        let answer = await organization.get(
          "msdynci_customerprofiles/$count?$filter=msdynci_lifetimevalue \(op) \(printed)")
        #expect(answer.text == "\u{FEFF}\(count)", "\(op) \(printed)")
      }
    }
  }

  @Test(
    arguments: [
      ("createdon le 2026-01-05", "2026-01-05T00:00:00Z"), ("createdon eq 2026-01-05T03:00Z", "2026-01-05T03:00:00Z"),
      ("createdon eq 2026-01-01T01:30:00+02:00", "2025-12-31T23:30:00Z"),
      ("createdon eq 2024-02-28T23:30:00-01:00", "2024-02-29T00:30:00Z"),
      ("createdon eq 2025-02-28T23:30:00-01:00", "2025-03-01T00:30:00Z"),
      ("createdon eq 2100-03-01T00:00:00+00:01", "2100-02-28T23:59:00Z"),
      ("createdon gt 2026-01-05T03:00:00.250Z", "2026-01-05T03:00:00Z.25"),
    ])
  func instants(filter: String, bound: String) throws {
    let schema = Schema.customerInsights(profileColumns: [])
    let table = try #require(schema.table(named: "msdynci_customerprofile"))
    let compiled = try FilterCompiler(table: table, aliases: [:]).compile(
      Parser(settings: .dataverse).expression(filter))
    #expect(compiled.values == [.text(bound)])
  }

  static let hostile = [
    "' or 1 eq 1 or ''='", "'; DROP TABLE msdynci_customerprofile; --", "\"; --", "') OR 1=1 --", "/* */", "\\'", "?1",
    ":a", "@a", "$a", "\u{0}", "a\u{0}b", "\u{1}\u{1F}\u{7F}", "é", "e\u{301}", "İ", "ß", "山川", "😀", "\u{202E}abc",
    String(repeating: "'", count: 500), String(repeating: "%", count: 500), "%%%%a%%%%b%%%%c",
  ]

  /// Whatever a literal says, it is compared and never run: no row holds it, all rows survive it, its SQL does not vary.
  @Test(arguments: hostile) func literalsAreData(text: String) async throws {
    let organization = try Organization.shared()
    for condition in [
      "msdynci_lastname eq \(literal(text))", "msdynci_customerid eq \(literal(text))",
      "contains(msdynci_fullname,\(literal("#" + text)))", "msdynci_lastname eq @p&@p=\(literal(text))",
      "Microsoft.Dynamics.CRM.In(PropertyName='msdynci_city',PropertyValues=[\(literal(text))])",
    ] {
      let packed = condition.split(separator: " ").joined(separator: "%20")
      let answer = await organization.get("msdynci_customerprofiles?$filter=\(packed)", isEncoded: true)
      // A literal may be refused (U+0000), but only as bad input.
      #expect([200, 400].contains(answer.status), "\(answer.text)")
      if answer.status == 200 {
        #expect(try answer.rows().count == 0)
      } else {
        #expect(try answer.errorCode() == "0x80060888")
        #expect(text.unicodeScalars.contains { $0.value < 0x20 } || condition.contains("CRM.In"), "\(answer.text)")
      }
    }
    let count = await organization.get("msdynci_customerprofiles/$count")
    #expect(count.text == "\u{FEFF}\(Organization.customers)")
  }

  @Test func quotesInDataAreFound() async throws {
    let organization = try Organization.shared()
    let rows = try await organization.rows("msdynci_customerprofiles")
    let quoted = rows.filter { ($0["msdynci_lastname"] as? String) == "O'Brien" }.count
    let found = try await organization.rows("msdynci_customerprofiles?$filter=msdynci_lastname eq 'o''brien'")
    #expect(quoted > 0 && found.count == quoted)
  }

  @Test(
    arguments: [
      ("a%c", "abc", true), ("a%c", "ac", true), ("a%c", "acb", false), ("%a%b%", "xxaxxbxx", true), ("", "", true),
      ("", "a", false), ("%", "", true), ("_", "", false), ("_", "é", true), ("_", "ab", false), ("[a-c]x", "bx", true),
      ("[a-c]x", "dx", false), ("[^a-c]x", "dx", true), ("[^a-c]x", "ax", false), ("[a-]", "-", true),
      ("[-a]", "-", true),
      ("[c-a]", "-", true), ("[c-a]", "b", false), ("[%]", "%", true), ("[%]", "a", false), ("[_]", "a", false),
      ("[[]", "[", true), ("[abc", "[abc", true), ("[]", "[]", true), ("[^]", "[^]", true), ("]", "]", true),
      ("a%%b", "ab", true), ("%ab", "aab", true), ("%aab", "aaab", true), ("a_%", "a", false), ("*", "a", false),
    ])
  func wildcards(pattern: String, text: String, matches: Bool) {
    #expect(WildcardPattern(pattern).matches(text) == matches)
  }
}
