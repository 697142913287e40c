import Foundation
import Testing

@testable import Sandbox

/// One row by its key, and the annotations of rows.
@Suite struct SingleRowTests {
  private static let set = "msdynci_customerprofiles"
  private static let key = "msdynci_customerprofileid"
  private static let formatted = "@OData.Community.Display.V1.FormattedValue"

  private static func first() async throws -> (organization: Organization, row: [String: Any], key: String) {
    let organization = try Organization.shared()
    let row = try #require(try await organization.rows("\(set)?$top=1").first)
    return (organization, row, try #require(row[key] as? String))
  }

  @Test func aKeyFindsItsRow() async throws {
    let (organization, row, key) = try await SingleRowTests.first()
    for path in [
      "(\(key))", "(\(key.uppercased()))", "(\(SingleRowTests.key)=\(key))",
      "(\(SingleRowTests.key)=\(key),partitionid='CustomerInsights')",
    ] {
      let answer = await organization.get(SingleRowTests.set + path)
      #expect(answer.status == 200, "\(path): \(answer.text)")
      var object = try answer.json()
      #expect(
        object.removeValue(forKey: "@odata.context") as? String
          == "\(Organization.origin)/api/data/v9.2/$metadata#\(SingleRowTests.set)/$entity")
      #expect(object as NSDictionary == row as NSDictionary)
      #expect(answer.etag == row["@odata.etag"] as? String)
    }
  }

  @Test(arguments: ["$select=msdynci_city", "$select=msdynci_city,versionnumber", "$select=*", "$select=versionnumber"])
  func selectedColumnsAndTheKey(select: String) async throws {
    let (organization, row, key) = try await SingleRowTests.first()
    let names = select.dropFirst("$select=".count).split(separator: ",").map(String.init)
    let expected =
      names == ["*"] ? Set(row.keys) : Set(names + [SingleRowTests.key, "@odata.etag"])
    let found = try await organization.get("\(SingleRowTests.set)(\(key))?\(select)").json()
    #expect(Set(found.keys).subtracting(["@odata.context"]) == expected)
    let page = try await organization.rows("\(SingleRowTests.set)?\(select)&$top=1")
    #expect(page.map { Set($0.keys) } == [expected])
    for name in expected { #expect("\(found[name] ?? "")" == "\(row[name] ?? "")", "\(name)") }
  }

  @Test func everyColumnIsThere() async throws {
    let (_, row, _) = try await SingleRowTests.first()
    #expect(row["msdynci_previouscustomerid"] != nil)
    #expect(row["_ownerid_value"] as? String == "5a7f0000-0000-5000-8000-0000000000aa")
    #expect(row["ownerid"] == nil)
    #expect(row["partitionid"] as? String == "CustomerInsights")
  }

  @Test func anUnknownKeyIsAnError() async throws {
    let organization = try Organization.shared()
    let answer = await organization.get("\(SingleRowTests.set)(11111111-1111-1111-1111-111111111111)")
    #expect(answer.status == 404)
    #expect(try answer.errorCode() == "0x80040217")
    #expect(answer.etag == nil)
  }

  @Test func aTagThatMatchesIsEnough() async throws {
    let (organization, row, key) = try await SingleRowTests.first()
    let path = "\(SingleRowTests.set)(\(key))"
    let tag = try #require(row["@odata.etag"] as? String)
    #expect(tag.wholeMatch(of: /W\/"[0-9]+"/) != nil)
    let same = await organization.get(path, ifNoneMatch: tag)
    #expect(same.status == 304 && same.body.isEmpty && same.etag == tag)
    for other in ["W/\"1\"", "null", "", String(tag.dropFirst(2))] {
      let answer = await organization.get(path, ifNoneMatch: other)
      #expect(answer.status == 200 && !answer.body.isEmpty, "\(other)")
    }
    let annotated = await organization.get(path, prefer: ["odata.include-annotations=\"*\""], ifNoneMatch: tag)
    #expect(annotated.status == 200)
    let page = await organization.get(SingleRowTests.set, ifNoneMatch: tag)
    #expect(page.status == 200 && page.etag == nil)
  }

  @Test(
    arguments: [
      ("odata.include-annotations=\"*\"", true, true),
      ("odata.include-annotations=\"OData.Community.Display.V1.FormattedValue\"", true, false),
      ("odata.include-annotations=OData.Community.Display.V1.FormattedValue", true, false),
      ("odata.include-annotations=\"OData.Community.*\"", true, false),
      ("odata.include-annotations=\"Microsoft.Dynamics.CRM.*\"", false, true),
      ("odata.include-annotations=\"Microsoft.Dynamics.CRM.lookuplogicalname,OData.Community.*\"", true, true),
      ("odata.include-annotations=\"Other.*\"", false, false),
    ])
  func annotationsAsAsked(prefer: String, formats: Bool, lookups: Bool) async throws {
    let organization = try Organization.shared()
    let answer = await organization.get("msdynci_unifiedactivities?$top=20", prefer: [prefer])
    let applied = try #require(answer.preferenceApplied)
    #expect(applied.filter { $0 != "\"" } == prefer.filter { $0 != "\"" })
    for row in try answer.rows() {
      let time = try #require(row["msdynci_activitytime"] as? String)
      let shown = row["msdynci_activitytime" + SingleRowTests.formatted] as? String
      #expect(shown == (formats ? time.replacing("T", with: " ").replacing("Z", with: "") : nil))
      let target = row["_msdynci_lookupfield_customer_value@Microsoft.Dynamics.CRM.lookuplogicalname"] as? String
      #expect(target == (lookups ? "msdynci_customerprofile" : nil))
      #expect(row["msdynci_title" + SingleRowTests.formatted] == nil)
      #expect(row["_owningteam_value" + SingleRowTests.formatted] == nil)
    }
    // An annotation precedes its property.
    if formats {
      let before = try #require(answer.text.range(of: "\"msdynci_activitytime@OData"))
      let after = try #require(answer.text.range(of: "\"msdynci_activitytime\":"))
      #expect(before.lowerBound < after.lowerBound)
    }
  }

  @Test func bothPreferencesAreApplied() async throws {
    let organization = try Organization.shared()
    for prefer in [
      ["odata.maxpagesize=2,odata.include-annotations=\"*\""], ["odata.include-annotations=\"*\"; odata.maxpagesize=2"],
      ["odata.maxpagesize=2", "odata.include-annotations=\"*\""],
    ] {
      let answer = await organization.get(SingleRowTests.set, prefer: prefer)
      #expect(try answer.rows().count == 2)
      #expect(answer.preferenceApplied == "odata.maxpagesize=2,odata.include-annotations=\"*\"")
      #expect(try answer.rows().first?["msdynci_lifetimevalue" + SingleRowTests.formatted] is String)
    }
    #expect(await organization.get(SingleRowTests.set).preferenceApplied == nil)
  }
}
