import ODataURL
import Policy
import Testing

/// Paths are as long as the limit `pathDepth` at most, and go through a navigation property no later than its `depth`.
@Suite struct PathDepthTests {
  private static let queries: [(query: String, steps: Int)] = [
    ("orders?$filter=account/name eq 'a'", 1), ("orders?$filter=account/regionid/code eq 'a'", 2),
    ("orders?$apply=filter(account/regionid/code eq 'a')/aggregate($count as n)", 2),
    ("accounts?$apply=groupby((regionid/code))", 1), ("accounts?$filter=orders/any()", 1),
    ("accounts?$filter=orders/any(o:o/lines/any(l:l/sku eq 'a'))", 2),
    ("accounts?$filter=orders/all(o:o/account/regionid/code eq 'a')", 3),
    ("accounts?$expand=orders($filter=account/regionid/code eq 'a')", 2),
  ]

  @Test(arguments: queries.indices) func pathsAreBounded(_ index: Int) throws {
    let (query, steps) = Self.queries[index]
    for limit in 1...4 {
      var limits = PolicyLimits()
      limits.pathDepth = limit
      let outcome = shopOutcome(query, try shopPolicy(shopTables, limits: limits))
      #expect(outcome.hasPrefix("deny policy.limit.path[") == (steps > limit), "\(limit): \(outcome)")
      #expect(outcome.hasPrefix("deny") == (steps > limit), "\(limit): \(outcome)")
    }
    #expect(PolicyLimits().pathDepth == 2)
  }

  @Test func aNavigationPropertyHasADepthOfItsOwn() throws {
    var tables = shopTables
    tables[0].depths = ["regionid": 1]
    let policy = try shopPolicy(tables)
    #expect(!shopOutcome("accounts?$filter=regionid/code eq 'a'", policy).hasPrefix("deny"))
    #expect(shopOutcome("orders?$filter=account/regionid/code eq 'a'", policy).hasPrefix("deny policy.limit.path["))
  }
}
