import Foundation
import Testing

/// Reads over several tables and aggregates, from a client's socket to the sandbox and back.
@Suite(.serialized) struct ExpandedReadTests {
  static let policy = """
    version: 1
    name: wide
    options: [$select, $expand, $filter, $orderby, $top, key]
    limits: { expandDepth: 2 }
    tables:
      msdynci_customerprofile:
        ttl: 1m
        columns:
          msdynci_customerid: { select: true, filter: [eq] }
          msdynci_customerprofileid: { select: true, filter: [eq] }
        navigations:
          msdynci_customer_unifiedactivity: { expand: true, top: 3 }
      msdynci_unifiedactivity:
        ttl: 1m
        options: [$select, $expand, $filter, $orderby, $top, $apply, key]
        apply: [filter, groupby, aggregate]
        columns:
          msdynci_unifiedactivityid: { select: true, filter: [eq] }
          msdynci_activitytype: { select: true, filter: [eq], aggregate: [groupby] }
          msdynci_activitytime: { select: true, order: true, aggregate: [min, max] }
        navigations:
          msdynci_lookupfield_customer: { expand: true }
    scopes:
      default: {}

    """

  private static let shared = Result {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    return try Gateway(
      ["--access-log", "off", "--policy", try folder.write("policy.yaml", policy)], customers: 40)
  }

  static let root = "/api/data/v9.2/"

  private func json(_ target: String, _ gateway: Gateway) throws -> [String: Any] {
    let response = try HTTPConnection.get(gateway.origin, Self.root + target.replacingOccurrences(of: " ", with: "%20"))
    #expect(response.status == 200, "\(target): \(response.text)")
    return try response.json()
  }

  @Test func expandedRowsAndPathsGiveTheSame() throws {
    let gateway = try Self.shared.get()
    let activities = "msdynci_customer_unifiedactivity"
    let answer = try json(
      "msdynci_customerprofiles?$top=5&$expand=\(activities)($orderby=msdynci_activitytime desc)", gateway)
    let rows = try #require(answer["value"] as? [[String: Any]])
    #expect(rows.count == 5)
    for row in rows {
      // Neither the tag nor the link beside the rows was asked for, or allowed.
      #expect(
        Set(row.keys).isSubset(of: ["@odata.etag", "msdynci_customerid", "msdynci_customerprofileid", activities]))
      let inner = try #require(row[activities] as? [[String: Any]])
      #expect(inner.count <= 3)
      let key = try #require(row["msdynci_customerprofileid"] as? String)
      let path = try json("msdynci_customerprofiles(\(key))/\(activities)?$orderby=msdynci_activitytime desc", gateway)
      #expect((path["@odata.context"] as? String)?.contains("$metadata#msdynci_unifiedactivities(") == true)
      let behind = try #require(path["value"] as? [[String: Any]])
      #expect(try canonical(behind) == canonical(inner))
      guard let first = behind.first?["msdynci_unifiedactivityid"] as? String else { continue }
      let back = try json("msdynci_unifiedactivities(\(first))/msdynci_lookupfield_customer", gateway)
      #expect(back["msdynci_customerprofileid"] as? String == key && back["msdynci_city"] == nil)
      #expect((back["@odata.context"] as? String)?.hasSuffix("/$entity") == true)
    }
  }

  @Test func nestedLevels() throws {
    let gateway = try Self.shared.get()
    let answer = try json(
      "msdynci_unifiedactivities?$top=3&$select=msdynci_activitytype"
        + "&$expand=msdynci_lookupfield_customer($select=msdynci_customerid)", gateway)
    let rows = try #require(answer["value"] as? [[String: Any]])
    #expect(rows.count == 3)
    for row in rows {
      let customer = try #require(row["msdynci_lookupfield_customer"] as? [String: Any])
      #expect(customer["msdynci_customerid"] is String && customer["msdynci_customerprofileid"] == nil)
    }
  }

  @Test func aggregates() throws {
    let gateway = try Self.shared.get()
    let answer = try json(
      "msdynci_unifiedactivities?$apply=groupby((msdynci_activitytype),aggregate($count as n,msdynci_activitytime with max as last))",
      gateway)
    let groups = try #require(answer["value"] as? [[String: Any]])
    #expect(groups.count > 1)
    #expect(groups.allSatisfy { $0["msdynci_activitytype"] is String && $0["n"] is NSNumber && $0["last"] is String })
    #expect((answer["@odata.context"] as? String)?.hasSuffix("(msdynci_activitytype,last,n)") == true)
  }

  @Test func theRootNeedsNoSlash() throws {
    let gateway = try Self.shared.get()
    let document = try HTTPConnection.get(gateway.origin, "/api/data/v9.2")
    #expect(document.status == 200)
    #expect(document.text == (try HTTPConnection.get(gateway.origin, "/api/data/v9.2/").text))
    #expect(document.text.contains("\"url\":\"msdynci_customerprofiles\""))
  }

  /// Refusals reach nobody upstream.
  @Test func whatIsRefusedIsNotSent() throws {
    let gateway = try Self.shared.get()
    let before = try gateway.statistics()
    let row = "msdynci_customerprofiles(00000000-0000-0000-0000-000000000001)"
    for (target, code) in [
      ("WhoAmI", "DV014"), ("WhoAmI()", "DV014"), ("RetrieveVersion()", "DV014"),
      ("RetrieveTotalRecordCount(EntityNames=['msdynci_prediction'])", "DV014"),
      ("\(row)/msdynci_customer_prediction", "policy.path"), ("\(row)/zzzzzzz_zzzzzzzz_zzzzzzzzzz", "policy.path"),
      ("\(row)/msdynci_customerid", "policy.path"), ("\(row)/msdynci_customerid/$value", "policy.path"),
      ("\(row)/msdynci_customer_unifiedactivity/$ref", "policy.path"),
      ("\(row)/msdynci_customer_unifiedactivity/$count", "policy.path"),
      ("\(row)/msdynci_customer_unifiedactivity?$top=4", "policy.limit.top"),
      ("\(row)/msdynci_customer_unifiedactivity?$select=msdynci_title", "policy.column.select"),
    ] {
      let response = try HTTPConnection.get(gateway.origin, Self.root + target)
      #expect(response.status == 403 && response.text.contains("\"code\":\"\(code)\""), "\(target): \(response.text)")
    }
    #expect(try gateway.statistics() == before)
  }

  /// Rows as text in which members have one order.
  private func canonical(_ rows: [[String: Any]]) throws -> Data {
    // Rows that are expanded have no tag.
    let untagged = rows.map { $0.filter { $0.key != "@odata.etag" } }
    return try JSONSerialization.data(withJSONObject: untagged, options: .sortedKeys)
  }
}
