import Foundation
import Testing

/// The queries that the issue of the first release names, in both dialects, compared with the sandbox's own rows.
@Suite struct ReadTests {
  static let root = "/api/data/v9.2/"

  static let queries = [
    "msdynci_customerprofiles",
    "msdynci_customerprofiles?$filter=msdynci_customerid eq '{customerID}'",
    "msdynci_customerprofiles?$filter={alternateKeyColumn} eq '{alternateKeyValue}'",
    "msdynci_customerprofiles?$select=msdynci_fullname&$filter=msdynci_customerid eq '{customerID}'",
    "msdynci_customerprofiles?$filter=msdynci_customerid eq '{customerID}' or msdynci_customerid eq '{secondCustomerID}'",
    "msdynci_customerprofiles?$filter={alternateKeyColumn} eq '{alternateKeyValue}' or {alternateKeyColumn} eq "
      + "'{secondAlternateKeyValue}'",
    "msdynci_customerprofiles?$filter=contains(msdynci_lastname,'string')&$top=10",
    "msdynci_segmentmemberships?$filter=contains(msdynci_segments,'\"{segmentName}\"')&$select=msdynci_customerid",
    "msdynci_segmentmemberships?$filter=contains(msdynci_segments,'\"Loyal_customers\"') and msdynci_customerid eq "
      + "'{loyalID}'&$select=msdynci_customerid",
    "msdynci_segmentmemberships?$filter=msdynci_customerid eq '{loyalID}'&$select=msdynci_segments",
    "msdynci_unifiedactivities?$filter=msdynci_customerid eq '{customerID}'",
    "msdynci_unifiedactivities?$filter=msdynci_customerid eq '{customerID}' and msdynci_activitytime gt "
      + "2017-01-01T00:00:00Z and msdynci_activitytime lt 2026-01-01T00:00:00Z",
    "msdynci_unifiedactivities?$filter=msdynci_customerid eq '{customerID}' and msdynci_activitytype eq '{activityType}'",
    "msdynci_unifiedactivities?$filter=msdynci_customerid eq '{customerID}' and msdynci_activitytypedisplay eq "
      + "'{activityTypeDisplay}'",
    "msdynci_unifiedactivities?$filter=msdynci_customerid eq '{customerID}'&$orderby=msdynci_activitytime asc",
    "msdynci_customermeasures?$filter=msdynci_customerid eq '{customerID}'",
    "msdynci_enrichments?$filter=msdynci_customerid eq '{customerID}' and msdynci_enrichmentprovider eq "
      + "'BrandShareOfVoiceFromMicrosoft'",
    "msdynci_enrichments?$filter=msdynci_customerid eq '{interestID}' and msdynci_enrichmentprovider eq "
      + "'InterestShareOfVoiceFromMicrosoft'",
    "msdynci_predictions?$filter=msdynci_customerid eq '{customerID}' and msdynci_modelprovider eq 'ChurnModel'",
  ]

  let gateway: Gateway

  init() throws { gateway = try Gateway.shared.get() }

  /// Placeholders that are not samples: customers who have a certain row.
  func filled(_ query: String) throws -> String {
    var text = gateway.filled(query)
    for (name, sample) in [
      ("{loyalID}", "msdynci_segmentmemberships?$filter=contains(msdynci_segments,'\"Loyal[_]customers\"')&$top=1"),
      ("{interestID}", "msdynci_enrichments?$filter=msdynci_enrichmenttype eq 'Interest'&$top=1"),
    ] where text.contains(name) {
      let row = try oracle(sample).first
      text = text.replacingOccurrences(of: name, with: try #require(row?["msdynci_customerid"] as? String))
    }
    return text
  }

  /// Rows of the sandbox, asked directly.
  func oracle(_ query: String) throws -> [[String: Any]] {
    try HTTPConnection.get(gateway.sandbox, encoded(Self.root + query)).rows()
  }

  static func describe(_ row: [String: Any]) -> [String: String] { row.mapValues { "\($0)" } }

  @Test(arguments: queries)
  func dataverseQueriesGiveTheSandboxsRows(query: String) throws {
    let query = try filled(query)
    let response = try HTTPConnection.get(gateway.origin, encoded(Self.root + query))
    #expect(response.status == 200, "\(response.text.prefix(400))")
    let rows = try response.rows()
    let expected = try oracle(query)
    #expect(!rows.isEmpty)
    #expect(rows.count == expected.count)
    for (row, whole) in zip(rows, expected) {
      let kept = whole.filter { row.keys.contains($0.key) }
      #expect(Self.describe(row) == Self.describe(kept))
      for name in row.keys where name != "@odata.etag" {
        #expect(name.hasPrefix("msdynci_"), "\(name) is not the caller's to see")
        #expect(!name.contains("@") && !name.hasSuffix("profileid") && !name.contains("lookup"))
      }
      #expect(row.keys.contains { $0.hasPrefix("msdynci_") })
    }
    let context = try #require(try response.json()["@odata.context"] as? String)
    #expect(context.hasPrefix(gateway.origin + Self.root + "$metadata#"))
    #expect(!response.text.contains(gateway.sandbox), "the upstream's address shows")
    #expect(response["odata-version"] == "4.0")
    #expect(response["cache-status"]?.hasPrefix("Sluice; ") == true)
  }

  @Test func theSegmentFilterTakesTheBackslashesOfTheDocumentation() throws {
    let plain = gateway.filled(
      Self.root
        + "msdynci_segmentmemberships?$filter=contains(msdynci_segments,'\"{segmentName}\"')&$select=msdynci_customerid"
    )
    let printed = plain.replacingOccurrences(of: "\"", with: "\\\"")
    let expected = try HTTPConnection.get(gateway.origin, encoded(plain))
    let response = try HTTPConnection.get(gateway.origin, encoded(printed))
    #expect(response.status == 200)
    #expect(response.text == expected.text)
    #expect(try !response.rows().isEmpty)
  }

  // MARK: Legacy

  /// Legacy request → the Dataverse query whose rows it must show. `/…/` in front of the entity is added.
  static let twins: [(String, String)] = [
    ("Customer", "msdynci_customerprofiles?$top=100"),
    (
      "Customer?$filter=CustomerId eq '{customerID}'",
      "msdynci_customerprofiles?$filter=msdynci_customerid eq '{customerID}'"
    ),
    (
      "Customer?$filter=eCommerce_eCommerceContacts_ContactId eq '{alternateKeyValue}'",
      "msdynci_customerprofiles?$filter={alternateKeyColumn} eq '{alternateKeyValue}'"
    ),
    (
      "Customer?$select=CustomerId,FullName&$filter=customerid eq '{customerID}'",
      "msdynci_customerprofiles?$select=msdynci_customerid,msdynci_fullname&$filter=msdynci_customerid eq '{customerID}'"
    ),
    (
      "Customer?$filter=CustomerId in ('{customerID}','{secondCustomerID}')",
      "msdynci_customerprofiles?$filter=msdynci_customerid eq '{customerID}' or msdynci_customerid eq '{secondCustomerID}'"
    ),
    (
      "Customer?$filter=eCommerce_eCommerceContacts_ContactId in ('{alternateKeyValue}','{secondAlternateKeyValue}')",
      "msdynci_customerprofiles?$filter={alternateKeyColumn} eq '{alternateKeyValue}' or {alternateKeyColumn} eq '{secondAlternateKeyValue}'"
    ),
    ("Customer?forceSearch=true&$select=*&$skip=0&$top=7", "msdynci_customerprofiles?$top=7"),
    (
      "Customer?$filter=CustomerId eq ‘{customerID}’",
      "msdynci_customerprofiles?$filter=msdynci_customerid eq '{customerID}'"
    ),
    (
      "Customer?$filter=CustomerId eq '{customerID}' OR CustomerId eq '{secondCustomerID}'",
      "msdynci_customerprofiles?$filter=msdynci_customerid eq '{customerID}' or msdynci_customerid eq '{secondCustomerID}'"
    ),
    (
      "UnifiedActivity?$filter=CustomerId eq '{customerID}'",
      "msdynci_unifiedactivities?$filter=msdynci_customerid eq '{customerID}'"
    ),
    (
      "UnifiedActivity?$filter=CustomerId eq '{customerID}' and ActivityTime gt 2017-01-01T00:00:00.000Z and ActivityTime lt 2026-01-01T00:00:00.000Z",
      "msdynci_unifiedactivities?$filter=msdynci_customerid eq '{customerID}' and msdynci_activitytime gt 2017-01-01T00:00:00Z and msdynci_activitytime lt 2026-01-01T00:00:00Z"
    ),
    (
      "UnifiedActivity?$filter=CustomerId eq '{customerID}' and ActivityType eq '{activityType}'",
      "msdynci_unifiedactivities?$filter=msdynci_customerid eq '{customerID}' and msdynci_activitytype eq '{activityType}'"
    ),
    (
      "UnifiedActivity$filter=CustomerId eq '{customerID}' and ActivityTypeDisplay eq '{activityTypeDisplay}'",
      "msdynci_unifiedactivities?$filter=msdynci_customerid eq '{customerID}' and msdynci_activitytypedisplay eq '{activityTypeDisplay}'"
    ),
    (
      "UnifiedActivity?$filter=CustomerId eq '{customerID}' & $orderby=ActivityTime asc",
      "msdynci_unifiedactivities?$filter=msdynci_customerid eq '{customerID}'&$orderby=msdynci_activitytime asc"
    ),
    (
      "Customer_Measure?$filter=CustomerId eq '{customerID}'",
      "msdynci_customermeasures?$filter=msdynci_customerid eq '{customerID}'"
    ),
    (
      "BrandShareOfVoiceFromMicrosoft?$filter=CustomerId eq '{customerID}'",
      "msdynci_enrichments?$filter=msdynci_customerid eq '{customerID}' and msdynci_enrichmentprovider eq 'BrandShareOfVoiceFromMicrosoft'"
    ),
    (
      "InterestShareOfVoiceFromMicrosoft?$filter=CustomerId eq '{interestID}'",
      "msdynci_enrichments?$filter=msdynci_customerid eq '{interestID}' and msdynci_enrichmentprovider eq 'InterestShareOfVoiceFromMicrosoft'"
    ),
    (
      "CustomerChurnPrediction%3Ffilter%3DCustomerId%20eq%20'{customerID}'",
      "msdynci_predictions?$filter=msdynci_customerid eq '{customerID}' and msdynci_model eq 'CustomerChurnPrediction'"
    ),
  ]

  static let fronts = [
    "/v1/instances/{instanceID}/data/", "/api/instances/{instanceID}/data/", "/V1/Instances/{instanceID}/Data/",
  ]

  /// A Dataverse row as the legacy API showed it, by this test's own reckoning: names without case, JSON taken apart.
  static func legacy(_ row: [String: Any]) -> [String: String] {
    var out: [String: String] = [:]
    for (name, value) in row where name.hasPrefix("msdynci_") {
      let short = String(name.dropFirst("msdynci_".count))
      guard ["measures", "values"].contains(short), let text = value as? String,
        let members = try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
      else {
        out[short] = "\(value)"
        continue
      }
      for (member, value) in members where member.lowercased() != "customerid" { out[member.lowercased()] = "\(value)" }
    }
    return out
  }

  @Test(arguments: twins, fronts)
  func legacyRequestsGiveTheSameRowsInTheOldShape(twin: (String, String), front: String) throws {
    let target = try filled(front + twin.0)
    let response = try HTTPConnection.get(gateway.origin, encoded(target))
    #expect(response.status == 200, "\(response.text.prefix(400))")
    let rows = try response.rows()
    let expected = try oracle(try filled(twin.1))
    #expect(!rows.isEmpty)
    #expect(rows.count == expected.count)
    for (row, whole) in zip(rows, expected) {
      let all = Self.legacy(whole)
      for (name, value) in row {
        #expect(all[name.lowercased()] == "\(value)", "\(name)")
        #expect(
          !name.contains("@") && !name.contains("msdynci") && name.first?.isLowercase == (name.hasPrefix("eCommerce")))
      }
      #expect(row["CustomerId"] != nil)
    }
    let context = try #require(try response.json()["@odata.context"] as? String)
    #expect(context.hasPrefix(gateway.origin + "/"))
    #expect(!response.text.contains(gateway.sandbox) && !response.text.contains("createdon"))
  }

  @Test func unfoldedRowsHaveOneMemberAMeasure() throws {
    let target = gateway.filled("/v1/instances/{instanceID}/data/Customer_Measure?$filter=CustomerId eq '{customerID}'")
    let row = try #require(try HTTPConnection.get(gateway.origin, encoded(target)).rows().first)
    #expect(Set(row.keys) == ["CustomerId", "TotalSpend", "OrderCount", "AverageBasket", "LastVisit"])
  }

  @Test(arguments: [
    "/v1/instances/{instanceID}/data/Customer", "/api/data/v9.2/msdynci_customerprofiles?$select=msdynci_customerid",
  ])
  func pagesGiveEveryCustomerOnce(first: String) throws {
    let isLegacy = first.contains("instances")
    var target = gateway.filled(first)
    var seen: [String] = []
    var sizes: [Int] = []
    for _ in 0..<20 {
      let response = try HTTPConnection.get(
        gateway.origin, target, headers: isLegacy ? [] : ["Prefer: odata.maxpagesize=100"])
      #expect(response.status == 200, "\(response.text.prefix(300))")
      let rows = try response.rows()
      sizes.append(rows.count)
      seen += rows.compactMap { $0[isLegacy ? "CustomerId" : "msdynci_customerid"] as? String }
      guard let next = try response.json()["@odata.nextLink"] as? String else { break }
      #expect(next.hasPrefix(gateway.origin + "/"))
      #expect(!next.contains("cookie"), "the upstream's token shows")
      target = String(next.dropFirst(gateway.origin.count))
    }
    #expect(sizes == [100, 100, 50])
    #expect(Set(seen).count == 250)
    #expect(seen.count == 250)
  }
}
