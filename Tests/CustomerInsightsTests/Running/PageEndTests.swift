import Foundation
import JSONStream
import TestSupport
import Testing

@testable import CustomerInsights

/// Where pages end that cannot have all their rows: never without a row, and never without a way on.
@Suite struct PageEndTests {
  private static func ids(_ pages: [AnswerPage]) -> [String] { pages.flatMap(\.rows).map { $0["CustomerId"] ?? "" } }

  /// What is left out may use up half of what a plan may, exactly or nearly.
  @Test(arguments: [19, 20, 21, 39, 40, 41, 59, 60, 61])
  func skippedRowsLeaveNoEmptyPage(skip: Int) async throws {
    var random = SeededGenerator(seed: 21)
    let world = World(&random, customers: 150)
    var limits = LegacyPlanLimits()
    limits.reads = 4
    let runner = try PlanRunner(TableService(world.tables, largestPage: 20), limits: limits)
    let pages = try await runner.pages("Customer?$select=CustomerId&$skip=\(skip)")
    #expect(Self.ids(pages) == world.customers.dropFirst(skip).map(\.id))
    #expect(pages.allSatisfy { !$0.rows.isEmpty }, "\(pages.map(\.rows.count))")
    limits.reads = 16
    let members = try await PlanRunner(TableService(world.tables, largestPage: 20), limits: limits)
      .pages("Customer?$select=CustomerId&$skip=\(skip)&$filter=IsMemberOfSegment('Old')")
    let old = world.members("Old")
    let inOrder = world.memberships.map(\.customer).filter(old.contains)
    #expect(Self.ids(members) == Array(inOrder.dropFirst(skip)))
    #expect(members.allSatisfy { !$0.rows.isEmpty } || inOrder.count <= skip, "\(members.map(\.rows.count))")
  }

  /// What `$skip` leaves out has a limit of its own: that one, and none of the rows that are shown.
  @Test func skippedRowsTakeNoneOfTheRows() async throws {
    var random = SeededGenerator(seed: 22)
    let world = World(&random, customers: 150)
    var limits = LegacyPlanLimits()
    limits.rows = 20
    let runner = try PlanRunner(TableService(world.tables, largestPage: 10), limits: limits)
    let page = try await runner.page("Customer?$select=CustomerId&$skip=100&$top=10")
    #expect(Self.ids([page]) == world.customers[100..<110].map(\.id))
    await #expect(throws: LegacyError.self) { _ = try await runner.page("Customer?$top=30&$select=CustomerId") }
  }

  // MARK: Expanded rows

  /// Customers with so many activities each.
  private func runner(_ activities: [Int]) throws -> PlanRunner {
    func text(_ value: String) -> [UInt8] { JSONText.encode(value) }
    let customers = activities.indices.map { DataverseRow(members: ["msdynci_customerid": text("c\($0)")]) }
    let rows = activities.enumerated().flatMap { customer, count in
      (0..<count).map {
        DataverseRow(members: ["msdynci_customerid": text("c\(customer)"), "msdynci_title": text("t\($0)")])
      }
    }
    var limits = LegacyPlanLimits()
    limits.rows = 500
    return try PlanRunner(
      TableService(
        ["msdynci_customerprofiles": customers, "msdynci_unifiedactivities": rows], largestPage: 50),
      limits: limits)
  }

  private static let query = "Customer?$select=CustomerId&$expand=UnifiedActivity"

  /// More than one answer can hold, evenly and all at one customer, wherever that one stands.
  @Test(arguments: [
    [Int](repeating: 60, count: 20), [Int](repeating: 200, count: 5), [450, 5, 5, 5], [5, 5, 5, 450],
    [5, 5, 5, 5, 5, 450, 5, 5], [240, 240, 1], [Int](repeating: 24, count: 20),
  ])
  func expandedRowsShrinkThePage(activities: [Int]) async throws {
    let pages = try await runner(activities).pages(Self.query)
    #expect(Self.ids(pages) == activities.indices.map { "c\($0)" })
    #expect(pages.count > 1 || activities.reduce(activities.count, +) <= 500)
    #expect(pages.allSatisfy { !$0.rows.isEmpty })
    for (row, count) in zip(pages.flatMap(\.rows), activities) {
      #expect((row["UnifiedActivity"] ?? "").components(separatedBy: "\"Title\"").count == count + 1)
    }
  }

  /// What an answer can hold is one, in as many reads as before.
  @Test func expandedRowsThatFitAreReadTogether() async throws {
    let runner = try runner([Int](repeating: 10, count: 20))
    let pages = try await runner.pages(Self.query)
    #expect(pages.map(\.rows.count) == [20])
    // One of the customers, and four pages of what they have.
    #expect(runner.service.reads.count == 5)
  }

  /// One customer with more than a plan may read: those before come, and then it is told. So it is where no link leads on.
  @Test func whatNoPageCanHoldIsTold() async throws {
    let runner = try runner([5, 5, 600, 5])
    var page = try await runner.page(Self.query)
    var ids = Self.ids([page])
    let error = try await #require(throws: LegacyError.self) {
      while let next = page.next {
        page = try await runner.page(Self.query, from: next)
        ids += Self.ids([page])
      }
    }
    #expect(ids == ["c0", "c1"] && error.errorCode == "planTooLarge")
    let whole = try await #require(throws: LegacyError.self) {
      _ = try await self.runner([Int](repeating: 60, count: 20)).page(Self.query + "&$top=20")
    }
    #expect(whole.errorCode == "planTooLarge")
  }
}
