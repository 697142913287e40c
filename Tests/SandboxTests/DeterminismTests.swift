import Dataverse
import Foundation
import Testing

@testable import Sandbox

/// The data follow from seed and size alone, and have the shapes that Customer Insights writes.
@Suite struct DeterminismTests {
  private static let sets = Schema.customerInsights(profileColumns: []).tables.map(\.entitySetName)

  private static func dump(_ organization: Organization) async throws -> [String: [UInt8]] {
    var answers: [String: [UInt8]] = [:]
    for set in sets { answers[set] = await organization.get(set, prefer: ["odata.include-annotations=\"*\""]).body }
    return answers
  }

  @Test func theSeedDecides() async throws {
    let first = try Organization(customers: 12, activitiesPerCustomer: 3, seed: 7)
    let again = try Organization(customers: 12, activitiesPerCustomer: 3, seed: 7)
    let other = try Organization(customers: 12, activitiesPerCustomer: 3, seed: 8)
    let (a, b, c) = (
      try await DeterminismTests.dump(first), try await DeterminismTests.dump(again),
      try await DeterminismTests.dump(other)
    )
    #expect(a == b)
    for set in DeterminismTests.sets { #expect(a[set] != c[set], "\(set)") }
    #expect(first.samples == again.samples && first.samples != other.samples)
    for organization in [first, again, other] { await organization.service.stop() }
  }

  /// A larger organization holds the smaller one's customers.
  @Test(arguments: [1, 2, 20])
  func sizesAreHonoured(customers: Int) async throws {
    let organization = try Organization(customers: customers, activitiesPerCustomer: 0)
    let rows = try await organization.rows("msdynci_customerprofiles?$orderby=msdynci_customerid")
    #expect(rows.count == customers)
    #expect(try await organization.rows("msdynci_unifiedactivities").isEmpty)
    #expect(try await organization.rows("msdynci_customermeasures").count == customers)
    let larger = try await Organization.shared().rows("msdynci_customerprofiles")
    let ids = { (rows: [[String: Any]]) in Set(rows.compactMap { $0["msdynci_customerid"] as? String }) }
    #expect(ids(rows).count == customers && ids(rows).isSubset(of: ids(larger)))
    await organization.service.stop()
  }

  @Test func aFileIsMadeAnewAtEveryStart() async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sandbox-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("data.sqlite").path
    for customers in [5, 5, 2] {
      let organization = try Organization(customers: customers, activitiesPerCustomer: 1, database: path)
      #expect(try await organization.rows("msdynci_customerprofiles").count == customers)
      await organization.service.stop()
    }
    #expect(throws: (any Error).self) {
      try Organization(
        customers: 1, activitiesPerCustomer: 0, database: folder.appendingPathComponent("no/data.sqlite").path)
    }
  }

  @Test(arguments: sets)
  func keysAreUniqueAndPointAtCustomers(set: String) async throws {
    let organization = try Organization.shared()
    let customers = Dictionary(
      uniqueKeysWithValues: try await organization.rows("msdynci_customerprofiles").map {
        ("\($0["msdynci_customerid"] ?? "")", "\($0["msdynci_customerprofileid"] ?? "")")
      })
    let rows = try await organization.allRows(set)
    let table = try #require(Schema.customerInsights(profileColumns: []).table(entitySet: set))
    #expect(Set(rows.compactMap { $0[table.primaryKey] as? String }).count == rows.count && !rows.isEmpty)
    #expect(Set(rows.compactMap { $0[table.primaryName] as? String }).count == rows.count)
    for row in rows {
      let customer = try #require((row["msdynci_customerid"] ?? row["msdynci_fk_customerid"]) as? String)
      #expect(customer.wholeMatch(of: /[0-9a-f]{32}/) != nil)
      let profile = try #require(customers[customer], "\(set): a customer that does not exist")
      if table.column("_msdynci_lookupfield_customer_value") != nil {
        #expect(row["_msdynci_lookupfield_customer_value"] as? String == profile)
      }
    }
  }

  private static func parse(_ row: [String: Any], _ column: String) throws -> Any {
    let text = try #require(row["msdynci_" + column] as? String)
    return try JSONSerialization.jsonObject(with: Data(text.utf8))
  }

  @Test func textColumnsHoldTheJSONOfTheirKind() async throws {
    let organization = try Organization.shared()
    for row in try await organization.rows("msdynci_customermeasures") {
      let measures = try #require(try DeterminismTests.parse(row, "measures") as? [String: Any])
      #expect(Set(measures.keys) == ["CustomerId", "TotalSpend", "OrderCount", "AverageBasket", "LastVisit"])
      #expect(measures["CustomerId"] as? String == row["msdynci_customerid"] as? String)
      #expect(measures["TotalSpend"] is NSNumber)
    }
    for row in try await organization.rows("msdynci_segmentmemberships") {
      let object = try #require(try DeterminismTests.parse(row, "segments") as? [String: [String]])
      #expect(object.count == 1)
      let names = try #require(object["Segments"])
      #expect(!names.isEmpty && Set(names).count == names.count && Set(names).isSubset(of: SandboxCatalog.segments))
    }
    for row in try await organization.rows("msdynci_predictions") {
      let values = try #require(try DeterminismTests.parse(row, "values") as? [String: Any])
      // The capital D is the real service's.
      #expect(values["CustomerID"] as? String == row["msdynci_customerid"] as? String)
      let model = row["msdynci_model"] as? String
      #expect(values[model == "CustomerChurnPrediction" ? "ChurnScore" : "PredictedValue"] is NSNumber)
    }
    for row in try await organization.rows("msdynci_enrichments") {
      let values = try #require(try DeterminismTests.parse(row, "values") as? [String: Any])
      #expect(values[row["msdynci_enrichmenttype"] as? String ?? ""] is String)
    }
    for row in try await organization.rows("msdynci_alternatekeys") {
      let ring = try #require(try DeterminismTests.parse(row, "keyring") as? [[String: Any]])
      let own = ring.filter { $0["dataSourceName"] as? String == row["msdynci_datasourcename"] as? String }
      #expect(own.map { $0["preferredKey"] as? String } == [row["msdynci_alternatevalue"] as? String])
    }
    for row in try await organization.allRows("msdynci_unifiedactivities") {
      let values = try #require(try DeterminismTests.parse(row, "semanticdata") as? [String: Any])
      let title = try #require(row["msdynci_title"] as? String)
      #expect(title.hasSuffix(": \(values["Product"] ?? "")"))
      // The sorting index is the activity's time in Unix seconds.
      let time = try Date(try #require(row["msdynci_activitytime"] as? String), strategy: .iso8601)
      #expect(row["msdynci_rangeindex"] as? String == "\(Int(time.timeIntervalSince1970))")
    }
  }

  @Test func samplesFindTheirRows() async throws {
    let organization = try Organization.shared()
    let samples = organization.samples
    let reads = [
      "msdynci_customerprofiles?$filter=msdynci_customerid eq '\(samples.customerID)' and msdynci_lastname eq \(literal(samples.lastName))",
      "msdynci_customerprofiles?$filter=msdynci_customerid eq '\(samples.secondCustomerID)'",
      "msdynci_customerprofiles?$filter=\(samples.alternateKeyColumn) eq '\(samples.secondAlternateKeyValue)'",
      "msdynci_alternatekeys?$filter=msdynci_alternatevalue eq '\(samples.alternateKeyValue)'",
      "msdynci_predictions?$filter=msdynci_model eq '\(samples.model)' and msdynci_modelprovider eq '\(samples.modelProvider)' and msdynci_customerid eq '\(samples.customerID)'",
    ]
    for read in reads { #expect(try await organization.rows(read).count == 1, "\(read)") }
    let activities = try await organization.rows(
      "msdynci_unifiedactivities?$filter=msdynci_activitytype eq '\(samples.activityType)' and msdynci_customerid eq '\(samples.customerID)'"
    )
    #expect(!activities.isEmpty)
    #expect(activities.allSatisfy { $0["msdynci_activitytypedisplay"] as? String == samples.activityTypeDisplay })
    let members = try await organization.rows(
      "msdynci_segmentmemberships?$filter=contains(msdynci_segments,'\"\(samples.segmentName)\"')")
    #expect(!members.isEmpty)
  }
}
