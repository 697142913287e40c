import ODataURL
import Policy
import Testing

@Suite struct RequirementTests {
  private static let list = "Microsoft.Dynamics.CRM.In(PropertyName='name',PropertyValues=['a','b'])"

  /// Whether a filter implies equality of `name` or `accountid`.
  @Test(arguments: [
    ("name eq 'a'", true), ("accountid eq 00000000-0000-0000-0000-000000000001", true), (list, true),
    ("name eq null", false), ("name ne 'a'", false), ("contains(name,'a')", false), ("size eq 3", false),
    ("name eq nick", false), ("not (name eq 'a')", false), ("not (not (name eq 'a'))", false),
    ("not (name ne 'a')", false), ("name eq 'a' and size gt 3", true), ("size gt 3 and name eq 'a'", true),
    ("size gt 3 and size eq 4", false), ("name eq 'a' or size gt 3", false), ("name eq 'a' or name eq 'b'", true),
    ("name eq 'a' or accountid eq 00000000-0000-0000-0000-000000000001", true),
    ("size gt 3 and (name eq 'a' or name eq 'b')", true), ("size gt 3 and (name eq 'a' or size eq 4)", false),
    ("(name eq 'a' and size gt 3) or (\(list) and size gt 4)", true),
    ("(name eq 'a' and size gt 3) or (size eq 5 and size gt 4)", false),
    ("name eq 'a' or not (name eq 'b')", false), ("name eq 'a' and not (name eq 'b')", true),
    ("regionid/code eq 'a'", false), ("orders/any(o:o/account/name eq 'a')", false),
    ("orders/any(o:o/title eq 'a') and name eq 'a'", true),
  ])
  func implies(_ filter: String, _ isMet: Bool) throws {
    var tables = shopTables
    tables[0].requires = [["name", "accountid"]]
    let policy = try shopPolicy(tables)
    for query in [
      "accounts?$filter=\(filter)", "accounts/$count?$filter=\(filter)",
      "accounts?$apply=filter(\(filter))/groupby((name))",
    ] {
      let outcome = shopOutcome(query, policy)
      #expect(outcome.hasPrefix("accounts") == isMet, "\(outcome)")
      if !isMet { #expect(outcome.hasPrefix("deny policy.requires["), "\(outcome)") }
    }
  }

  @Test(
    arguments: [
      ("accounts", "deny policy.requires[accounts]"), ("accounts/$count", "deny policy.requires[$count]"),
      ("accounts(name='a')", nil), ("accounts(00000000-0000-0000-0000-000000000001)", "deny policy.requires"),
      ("accounts?$apply=groupby((name))", "deny policy.requires[$apply=groupby((name))]"),
      ("accounts?$apply=filter(size gt 3)/filter(name eq 'a')/groupby((name))", nil),
      ("accounts?$filter=name eq 'a'&$expand=orders", nil), ("orders?$expand=account", nil),
      ("orders?$filter=account/size gt 3", nil),
    ] as [(String, String?)])
  func isAskedOfTheRowsOfThePath(_ query: String, _ denied: String?) throws {
    var tables = shopTables
    tables[0].requires = [["name"]]
    let outcome = shopOutcome(query, try shopPolicy(tables))
    #expect(denied.map { outcome.hasPrefix($0) } ?? !outcome.hasPrefix("deny"), "\(outcome)")
  }

  @Test func eachRequirementHasToBeMet() throws {
    var tables = shopTables
    tables[0].requires = [["name"], ["size", "since"]]
    let policy = try shopPolicy(tables)
    #expect(shopOutcome("accounts?$filter=name eq 'a'", policy) == "deny policy.requires[$filter=name eq 'a']")
    #expect(shopOutcome("accounts?$filter=name eq 'a' and size eq 3", policy).hasPrefix("accounts"))
    #expect(shopOutcome("accounts?$select=name", policy) == "deny policy.requires[accounts] policy.requires[accounts]")
  }
}
