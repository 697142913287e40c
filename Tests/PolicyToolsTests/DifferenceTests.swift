import ODataURL
import Policy
import Testing

@testable import Planning
@testable import PolicyTools

@Suite struct DifferenceTests {
  static func report(
    _ old: String, _ new: String, corpus: String? = nil, scope: String? = nil
  ) throws -> DifferenceReport {
    let (old, new) = (try rules(old), try rules(new))
    var queries: CorpusDifference?
    if let corpus {
      let scopes = scope.map { [$0] } ?? CorpusDifference.commonScopes(old.policy, new.policy)
      var found = CorpusDifference(old: old, new: new, scopes: scopes, claims: ["country": "CH"])
      for line in records(corpus) { found.add(line) }
      queries = found
    }
    return DifferenceReport(PolicyDifference(old: old.policy, new: new.policy, scope: scope), corpus: queries)
  }

  /// A change of the small policy → what is said of it.
  static let changes: [(String, String, [String])] = [
    ("top: 50,", "top: 100,", ["widening   limit top 50 → 100"]),
    ("pageSize: 50", "pageSize: 20", ["narrowing  limit pageSize 50 → 20"]),
    (
      "[$select, $filter, $top]", "[$select, $filter, $top, $count]",
      ["widening   msdynci_enrichment option $count added"]
    ),
    (
      "maxLength: 32", "maxLength: 16",
      ["narrowing  msdynci_customermeasure.msdynci_customerid filter eq maxLength 32 → 16"]
    ),
    (
      "{ maxLength: 32 }", "{ maxLength: 32, minLength: 3 }",
      ["narrowing  msdynci_customermeasure.msdynci_customerid filter eq minLength added: 3"]
    ),
    (
      "{ maxLength: 32 }", "{}",
      ["widening   msdynci_customermeasure.msdynci_customerid filter eq maxLength removed: 32"]
    ),
    (
      "{ maxLength: 32 }", "{ maxLength: 32, pattern: \"[a-z]*\" }",
      ["narrowing  msdynci_customermeasure.msdynci_customerid filter eq pattern added: [a-z]*"]
    ),
    ("ttl: 30s", "ttl: 40s", ["other      msdynci_enrichment ttl 30 s → 40 s"]),
    ("[eq, In, isNull]", "[eq, isNull]", ["narrowing  msdynci_enrichment.msdynci_customerid filter In removed"]),
    ("[eq, In, isNull]", "[eq, In]", ["narrowing  msdynci_enrichment.msdynci_customerid filter isNull removed"]),
    (
      "annotations: [OData.Community.Display.V1.FormattedValue]", "annotations: []",
      ["narrowing  annotation OData.Community.Display.V1.FormattedValue removed"]
    ),
    ("  measures:\n    tables:", "  others:\n    tables:", ["scope measures removed", "scope others added"]),
    ("name: small", "name: small\nmissingSelect: deny", ["narrowing  missingSelect inject removed"]),
    (
      "name: small", "name: small\nrules: { policy.literal: { mode: report } }",
      ["widening   rules policy.literal report added"]
    ),
    ("name: small", "name: small\nrules: { DV101: { mode: deny } }", ["narrowing  rules DV101 deny added"]),
    ("name: small", "name: small\nrules: { DV101: { mode: 'off' } }", ["other      rules DV101 off added"]),
    ("name: small", "name: tiny", ["other      name small → tiny"]),
  ]

  @Test(arguments: changes) func changesHaveADirection(from: String, to: String, says: [String]) throws {
    try #require(smallPolicy.contains(from))
    let text = try Self.report(smallPolicy, smallPolicy.replacing(from, with: to)).text
    for line in says { #expect(text.contains(line), "\(text)") }
  }

  /// What widens one way narrows the other, for every change there is.
  @Test(arguments: changes) func theOtherWayRoundIsTheOtherDirection(from: String, to: String, says: [String]) throws {
    let new = smallPolicy.replacing(from, with: to)
    func directions(_ old: String, _ new: String) throws -> [ChangeDirection] {
      try PolicyDifference(old: rules(old).policy, new: rules(new).policy).changes.map(\.direction)
    }
    let there = try directions(smallPolicy, new)
    let back = try directions(new, smallPolicy)
    #expect(there.count { $0 == .widening } == back.count { $0 == .narrowing })
    #expect(there.count { $0 == .narrowing } == back.count { $0 == .widening })
    #expect(there.count { $0 == .other } == back.count { $0 == .other })
  }

  static let corpus = """
    # recorded
    msdynci_customermeasures?$select=msdynci_measures&$filter=msdynci_customerid eq 'hidden1'
    msdynci_customermeasures?$select=msdynci_measures&$filter=msdynci_customerid eq 'hidden2'
    msdynci_enrichments?$filter=msdynci_customerid eq 'hidden3'
    msdynci_enrichments?$top=60
    accounts?$top=1
    POST /api/data/v9.2/accounts
    msdynci_enrichments?$filter=(
    {"nothing":1}

    """

  @Test func recordedQueriesAreGroupedByShape() throws {
    let new = smallPolicy.replacing("top: 50, pageSize: 50", with: "top: 60, pageSize: 40")
      .replacing("msdynci_values: { select: true }", with: "msdynci_enrichmenttype: { select: true }")
      .replacing("filter: { eq: { maxLength: 32 } }", with: "filter: { eq: { maxLength: 3 } }")
    let report = try Self.report(smallPolicy, new, corpus: Self.corpus, scope: "default")
    #expect(
      report.text == """
        policy: 7 changes
          narrowing  limit pageSize 50 → 40
          widening   limit top 50 → 60
          narrowing  msdynci_customermeasure.msdynci_customerid filter eq maxLength 32 → 3
          widening   msdynci_enrichment.msdynci_enrichmenttype select added
          widening   msdynci_enrichment.msdynci_enrichmenttype annotate added
          narrowing  msdynci_enrichment.msdynci_values select removed
          narrowing  msdynci_enrichment.msdynci_values annotate removed
        queries: 7 queries of 4 shapes; 3 of them changed
          2 queries refused before any policy is asked
          1 line without a query
          narrowing  2×  msdynci_customermeasures?$select=msdynci_measures&$filter=msdynci_customerid eq :string  \
        (scope default)
            narrowing: is refused by policy.literal
          widening   1×  msdynci_enrichments?$filter=msdynci_customerid eq :string  (scope default)
            widening: answers gain msdynci_enrichmenttype
            narrowing: answers lose msdynci_values
            narrowing: rows of an answer: 50 → 40
            other: is sent as
              msdynci_enrichments?$select=msdynci_customerid,msdynci_values&$filter=msdynci_customerid eq :string
           →  msdynci_enrichments?$select=msdynci_customerid,msdynci_enrichmenttype&$filter=msdynci_customerid eq :string
          widening   1×  msdynci_enrichments?$top=:integer  (scope default)
            widening: passes; was refused by policy.limit.top
        changes: widening, narrowing, other

        """)
    #expect(!report.text.contains("hidden"))
  }

  /// A decision log has hashes of shapes; queries of the same shape tell which they are.
  @Test func decisionsAreCountedByShape() throws {
    let query = "msdynci_enrichments?$top=60"
    let shape = QueryShape(
      try Parser(settings: .dataverse).relativeURI(query), dialect: .dataverse)
    let log = """
      \(query)
      {"time":"2026-11-21T09:51:02Z","verdict":"deny","shape":"\(shape.hash)"}
      {"time":"2026-11-21T09:51:03Z","verdict":"deny","shape":"\(shape.hash)"}
      {"time":"2026-11-21T09:51:04Z","verdict":"allow","shape":"0000000000000000"}

      """
    let report = try Self.report(smallPolicy, smallPolicy.replacing("top: 50", with: "top: 60"), corpus: log)
    #expect(report.text.contains("  3 decisions, 1 of shapes that no query here has\n"))
    #expect(report.text.contains("    2 decisions of shape \(shape.hash)\n"))
  }

  @Test func rowFiltersThatComeAndGoAreTold() throws {
    let filtered = smallPolicy.replacing(
      "ttl: 30s", with: "ttl: 30s\n    rowFilter: \"msdynci_enrichmenttype eq @caller.country\"")
    let query = "msdynci_enrichments?$select=msdynci_values\n"
    let there = try Self.report(smallPolicy, filtered, corpus: query)
    #expect(there.directions == [.narrowing, .other])
    #expect(
      there.text.contains(
        "narrowing: with the row filter msdynci_enrichment: msdynci_enrichmenttype eq @caller.country"))
    let back = try Self.report(filtered, smallPolicy, corpus: query)
    #expect(back.directions == [.widening, .other])
    #expect(back.text.contains("widening: without the row filter"))
  }

  /// One condition more narrows, wherever the row filter has it; without a value of the caller nothing is known.
  @Test func conditionsOfRowFiltersAreComparedOneByOne() throws {
    let filtered = smallPolicy.replacing(
      "ttl: 30s", with: "ttl: 30s\n    rowFilter: \"msdynci_enrichmenttype eq @caller.region\"")
    let narrower = filtered.replacing("@caller.region", with: "@caller.region and msdynci_enrichmenttype ne 'x'")
    let query = "msdynci_enrichments?$select=msdynci_values\n"
    #expect(try Self.report(filtered, narrower).directions == [.narrowing])
    #expect(try Self.report(narrower, filtered).directions == [.widening])
    let blind = try Self.report(filtered, narrower, corpus: query)
    #expect(blind.text.contains("  1 query cannot be judged without --claim region\n"))
  }

  @Test func thePolicyItselfIsNoChange() throws {
    let report = try Self.report(smallPolicy, smallPolicy, corpus: Self.corpus)
    #expect(report.directions.isEmpty)
    #expect(report.text.hasSuffix("changes: none\n"))
  }
}
