import Foundation
import Testing

@testable import Sandbox

/// `$expand`, paths along navigation properties, and `$apply`, each checked against reads of the tables by themselves.
@Suite struct ExpandTests {
  static let profiles = "msdynci_customerprofiles"
  static let activities = "msdynci_customer_unifiedactivity"
  static let lookup = "msdynci_lookupfield_customer"

  private func ids(_ rows: [[String: Any]], _ name: String) -> [String] { rows.compactMap { $0[name] as? String } }

  @Test func collectionsHoldTheRowsThatPointHere() async throws {
    let organization = try Organization.shared()
    let rows = try await organization.rows(
      "\(Self.profiles)?$select=msdynci_customerid&$expand=\(Self.activities)($select=msdynci_activityid)")
    #expect(rows.count == Organization.customers)
    let all = try await organization.allRows(
      "msdynci_unifiedactivities?$select=msdynci_activityid,msdynci_customerid")
    for row in rows {
      let inner = try #require(row[Self.activities] as? [[String: Any]])
      let expected = all.filter { $0["msdynci_customerid"] as? String == row["msdynci_customerid"] as? String }
      #expect(ids(inner, "msdynci_activityid").sorted() == ids(expected, "msdynci_activityid").sorted())
      #expect(inner.allSatisfy { $0["msdynci_unifiedactivityid"] is String && $0["msdynci_title"] == nil })
      let key = try #require(row["msdynci_customerprofileid"] as? String)
      let link = try #require(row["\(Self.activities)@odata.nextLink"] as? String)
      #expect(
        link.hasPrefix("\(Organization.origin)/api/data/v9.2/\(Self.profiles)(\(key))/\(Self.activities)?$select="))
    }
    #expect(rows.contains { ($0[Self.activities] as? [Any])?.isEmpty == false })
  }

  @Test func optionsInsideAreHeeded() async throws {
    let organization = try Organization.shared()
    let inside =
      "$select=msdynci_activitytime,msdynci_activitytype;$filter=msdynci_activitytype eq 'SalesOrderLine';"
      + "$orderby=msdynci_activitytime desc;$top=2"
    let rows = try await organization.rows(
      "\(Self.profiles)?$select=msdynci_customerid&$top=30&$expand=\(Self.activities)(\(inside))")
    var seen = 0
    for row in rows {
      let inner = try #require(row[Self.activities] as? [[String: Any]])
      seen += inner.count
      #expect(inner.count <= 2 && inner.allSatisfy { $0["msdynci_activitytype"] as? String == "SalesOrderLine" })
      let times = ids(inner, "msdynci_activitytime")
      #expect(times == times.sorted(by: >))
    }
    #expect(seen > 30)
  }

  @Test func singleRowsAndNestedLevels() async throws {
    let organization = try Organization.shared()
    let nested = "$select=msdynci_customerid;$expand=msdynci_customer_prediction($select=msdynci_model)"
    let rows = try await organization.rows(
      "msdynci_unifiedactivities?$select=msdynci_customerid&$top=40&$expand=\(Self.lookup)(\(nested))")
    #expect(rows.count == 40)
    for row in rows {
      let customer = try #require(row[Self.lookup] as? [String: Any])
      #expect(customer["msdynci_customerid"] as? String == row["msdynci_customerid"] as? String)
      let predictions = try #require(customer["msdynci_customer_prediction"] as? [[String: Any]])
      #expect(predictions.allSatisfy { $0["msdynci_model"] is String })
      #expect(customer["msdynci_customer_prediction@odata.nextLink"] == nil)
    }
    let answer = await organization.get(
      "msdynci_unifiedactivities?$select=msdynci_title&$top=1&$expand=\(Self.lookup)($select=msdynci_city)")
    #expect(
      try (answer.json()["@odata.context"] as? String)?
        .hasSuffix("$metadata#msdynci_unifiedactivities(msdynci_title,\(Self.lookup)(msdynci_city))") == true)
  }

  @Test func pagesKeepTheirExpansions() async throws {
    let organization = try Organization.shared()
    let query = "\(Self.profiles)?$select=msdynci_customerid&$expand=msdynci_customer_alternatekey($top=1)"
    let paged = try await organization.allRows(query, prefer: ["odata.maxpagesize=7"])
    let whole = try await organization.allRows(query)
    #expect(paged.count == Organization.customers)
    func keys(_ rows: [[String: Any]]) -> [String] {
      rows.flatMap { ids(($0["msdynci_customer_alternatekey"] as? [[String: Any]]) ?? [], "msdynci_alternatekeyid") }
    }
    #expect(keys(paged) == keys(whole) && keys(whole).count == Organization.customers)
  }

  @Test func pathsGoOnFromARow() async throws {
    let organization = try Organization.shared()
    let row = try #require(try await organization.rows("\(Self.profiles)?$top=1").first)
    let key = try #require(row["msdynci_customerprofileid"] as? String)
    let path = "\(Self.profiles)(\(key))/\(Self.activities)"
    let all = try await organization.allRows(path)
    let expected = try await organization.allRows(
      "msdynci_unifiedactivities?$filter=_\(Self.lookup)_value eq \(key)")
    #expect(ids(all, "msdynci_activityid") == ids(expected, "msdynci_activityid") && !all.isEmpty)
    #expect(try await organization.rows("\(path)?$top=1&$filter=msdynci_activityid ne 'x'").count == 1)
    let activity = try #require(all.first?["msdynci_unifiedactivityid"] as? String)
    let back = await organization.get("msdynci_unifiedactivities(\(activity))/\(Self.lookup)?$select=msdynci_city")
    #expect(back.status == 200)
    #expect(try back.json()["msdynci_customerprofileid"] as? String == key)
    for (target, status) in [
      ("\(Self.profiles)(\(activity))/\(Self.activities)", 404), ("\(Self.profiles)(\(key))/nothing", 501),
      ("msdynci_unifiedactivities(\(activity))/\(Self.lookup)?$top=1", 400), ("\(path)/$count", 501),
    ] {
      #expect(await organization.get(target).status == status, "\(target)")
    }
  }

  @Test func aggregatesWhatRowsSay() async throws {
    let organization = try Organization.shared()
    let value = "msdynci_lifetimevalue"
    let all = try await organization.allRows("\(Self.profiles)?$select=msdynci_city,\(value)")
    func values(_ city: String?) -> [Double] {
      all.filter { city == nil || $0["msdynci_city"] as? String == city }.compactMap {
        ($0[value] as? NSNumber)?.doubleValue
      }
    }
    let sums =
      "\(value) with sum as s,\(value) with average as a,\(value) with min as l,\(value) with max as h,$count as n"
    func matches(_ row: [String: Any], _ values: [Double]) -> Bool {
      func number(_ name: String) -> Double { (row[name] as? NSNumber)?.doubleValue ?? -1 }
      let sum = values.reduce(0, +)
      return abs(number("s") - sum) < 0.01 && abs(number("a") - sum / Double(values.count)) < 0.01
        && number("l") == values.min() && number("h") == values.max() && Int(number("n")) == values.count
    }
    let whole = try await organization.rows("\(Self.profiles)?$apply=aggregate(\(sums))")
    #expect(whole.count == 1 && matches(whole[0], values(nil)))
    let groups = try await organization.rows("\(Self.profiles)?$apply=groupby((msdynci_city),aggregate(\(sums)))")
    #expect(Set(ids(groups, "msdynci_city")) == Set(ids(all, "msdynci_city")) && groups.count > 3)
    for group in groups { #expect(matches(group, values(group["msdynci_city"] as? String))) }
    let filtered = try await organization.rows(
      "\(Self.profiles)?$apply=filter(msdynci_city eq 'Berlin')/filter(\(value) gt 0)/groupby((msdynci_city))")
    #expect(ids(filtered, "msdynci_city") == ["Berlin"])
    let none = try await organization.rows("\(Self.profiles)?$apply=filter(msdynci_city eq 'x')/aggregate(\(sums))")
    #expect(none.count == 1 && none[0]["s"] is NSNull && (none[0]["n"] as? NSNumber)?.intValue == 0)
  }
}
