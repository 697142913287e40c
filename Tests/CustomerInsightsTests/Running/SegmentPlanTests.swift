import Foundation
import JSONStream
import ODataURL
import TestSupport
import Testing

@testable import CustomerInsights

/// Segments beside long lists, beside segments of any size, and ids that stand in two forms.
@Suite struct SegmentPlanTests {
  private static func list(_ values: some Sequence<String>) -> String {
    "(\(values.map { "'\($0)'" }.joined(separator: ",")))"
  }

  private func ids(_ query: String, _ runner: PlanRunner) async throws -> [String] {
    let pages = try await runner.pages("Customer?$select=CustomerId&$filter=\(query)")
    #expect(pages.count < 200)
    return pages.flatMap(\.rows).map { $0["CustomerId"] ?? "" }
  }

  /// Every combination of long lists and segments, against a reckoning without plans.
  @Test(arguments: [20, 500])
  func longListsGoTogether(largestPage: Int) async throws {
    var random = SeededGenerator(seed: 31)
    let world = World(&random, customers: 300, copies: 2)
    let runner = try PlanRunner(TableService(world.tables, largestPage: largestPage))
    let wanted = Set(world.customers.shuffled(using: &random).prefix(130).map(\.id))
    let names = (0..<25).map { "N\($0)" } + (0..<90).map { "nobody\($0)" }
    let named = Set(world.customers.filter { names.contains($0.name) }.map(\.id))
    let (old, young) = (world.members("Old"), world.members("Young_S"))
    let byID = "CustomerId in \(Self.list(wanted.sorted()))"
    let byName = "FullName in \(Self.list(names))"
    for (filter, expected) in [
      ("\(byID) and IsMemberOfSegment('Old')", wanted.intersection(old)),
      ("IsMemberOfSegment('Old') and \(byName)", named.intersection(old)),
      ("\(byID) and \(byName)", wanted.intersection(named)),
      ("\(byName) and IsMemberOfSegment('Old') and \(byID)", wanted.intersection(named).intersection(old)),
      (
        "IsMemberOfSegment('Young_S') and \(byID) and IsMemberOfSegment('Old')",
        wanted.intersection(old).intersection(young)
      ),
    ] {
      let found = try await ids(filter, runner)
      #expect(found.count == Set(found).count && Set(found) == expected && !expected.isEmpty, "\(filter.prefix(60))")
    }
    // No chain is longer than one read may have.
    for read in runner.service.reads {
      let chains = (read.query.options.filter?.value.conjuncts ?? []).map { $0.printed() }
      #expect(chains.allSatisfy { $0.components(separatedBy: " or ").count <= 50 })
    }
  }

  /// Segments by their members: each row of the membership table has all that its customer is in.
  private func runner(
    _ segments: [String: Range<Int>], customers: Int, rows: Int, largestPage: Int = 50
  ) throws -> PlanRunner {
    func row(_ members: [String: String]) -> DataverseRow {
      DataverseRow(members: members.mapValues { JSONText.encode($0) })
    }
    let memberships = (0..<customers).map { number in
      let names = segments.filter { $0.value.contains(number) }.keys.sorted().map { "\"\($0)\"" }
      return row([
        "msdynci_customerid": "c\(number)", "msdynci_identifier": "i\(number)",
        "msdynci_segments": #"{"Segments":[\#(names.joined(separator: ","))]}"#,
      ])
    }
    var limits = LegacyPlanLimits()
    limits.rows = rows
    return try PlanRunner(
      TableService(
        [
          "msdynci_customerprofiles": (0..<customers).map { row(["msdynci_customerid": "c\($0)"]) },
          "msdynci_segmentmemberships": memberships,
        ], largestPage: largestPage), limits: limits)
  }

  /// A segment that no plan can read whole, beside small ones and others like it, in any order.
  @Test(arguments: ["Few", "Big", "Large", "Few,Big", "Big,Few", "Big,Large", "Large,Big", "Big,Few,Large", "None,Big"])
  func segmentsOfAnySizeGoTogether(names: String) async throws {
    let segments = ["Few": 380..<400, "Big": 0..<400, "Large": 190..<400, "None": 0..<0]
    let runner = try runner(segments, customers: 400, rows: 400)
    let names = names.split(separator: ",").map(String.init)
    let expected = names.compactMap { segments[$0] }.map(Set.init).reduce(Set(0..<400)) { $0.intersection($1) }
    let filter = names.map { "IsMemberOfSegment('\($0)')" }.joined(separator: " and ")
    let found = try await ids(filter, runner)
    #expect(found.count == Set(found).count && Set(found) == Set(expected.map { "c\($0)" }))
  }

  /// Customers are read some at a time, as many reads at once as the answer may take.
  @Test func customersAreReadSideBySide() async throws {
    let runner = try runner(["S": 0..<160], customers: 160, rows: 5000, largestPage: 500)
    #expect(try await runner.page("Customer?$filter=IsMemberOfSegment('S')").rows.count == 100)
    #expect(runner.service.mostInFlight == 2 && runner.service.reads.count == 3)
    let one = try self.runner(["S": 0..<40], customers: 160, rows: 5000)
    #expect(try await one.page("Customer?$filter=IsMemberOfSegment('S')").rows.count == 40)
    #expect(one.service.reads.count == 2)
  }

  // MARK: Forms of ids

  private static let (digits, dashes) = (
    "ce759201f786d590bf2134bff576c369", "CE759201-f786-d590-bf21-34bff576c369"
  )

  /// The same id in another form in the other table, and an id that is nobody's.
  @Test(arguments: [(digits, dashes), (dashes, digits), (digits, digits), (dashes, dashes)])
  func idsAreJoinedInWhateverForm(own: String, other: String) async throws {
    let form = own == Self.digits ? "digits" : "dashes"
    let nobody = "00000000f786d590bf2134bff576c369"
    func activity(_ id: String) -> DataverseRow {
      row(["msdynci_customerid": "\"\(id)\"", "msdynci_title": #""t""#])
    }
    // The form of a column is that of all tables: what is expanded goes from a column of another one.
    var runner = try PlanRunner(
      TableService([
        "msdynci_customerprofiles": [row(["msdynci_customerid": #""c""#, "msdynci_fullname": "\"\(other)\""])],
        "msdynci_unifiedactivities": [activity(own), activity(nobody)],
      ]))
    runner.mapping = try shippedMapping(
      [
        ("msdynci_customerid: digits", "msdynci_customerid: \(form)"),
        ("from: msdynci_customerid", "from: msdynci_fullname"),
      ]
    )
    #expect(
      try await runner.answer("Customer?$select=CustomerId&$expand=UnifiedActivity")
        == #"{"@odata.context":"c","value":[{"CustomerId":"c","UnifiedActivity":[{"CustomerId":"\#(Self.digitsOf(own))","#
        + #""Title":"t"}]}]}"#)
    // Memberships as they stand, whatever the file says.
    let membership = row(["msdynci_customerid": "\"\(other)\"", "msdynci_segments": #""{\"Segments\":[\"S\",\"T\"]}""#])
    var members = try PlanRunner(
      TableService([
        "msdynci_customerprofiles": [row(["msdynci_customerid": "\"\(own)\""])],
        "msdynci_segmentmemberships": [membership],
      ]))
    members.mapping = try shippedMapping("msdynci_customerid: digits", "msdynci_customerid: \(form)")
    for filter in ["IsMemberOfSegment('S')", "IsMemberOfSegment('S') and IsMemberOfSegment('T')"] {
      #expect(
        try await members.answer("Customer?$select=CustomerId&$filter=\(filter)")
          == #"{"@odata.context":"c","value":[{"CustomerId":"\#(Self.digitsOf(own))"}]}"#)
    }
  }

  /// As rows show an id.
  private static func digitsOf(_ id: String) -> String { id.replacing("-", with: "") }
}
