import Dataverse
import ODataURL
import Policy
import Testing

private let profile =
  "msdynci_customerid,msdynci_fullname,msdynci_firstname,msdynci_lastname,msdynci_email,msdynci_mobilephone,"
  + "msdynci_gender,msdynci_birthdate,msdynci_city,msdynci_countryorregion,msdynci_postalcode,msdynci_occupation,"
  + "msdynci_lifetimevalue,msdynci_previouscustomerid,msdynci_ecommerce_ecommercecontacts_contactid,"
  + "msdynci_loyalty_loycustomers_loyaltyid"
private let activity =
  "msdynci_activityid,msdynci_customerid,msdynci_activitytime,msdynci_activitytype,msdynci_activitytypedisplay,"
  + "msdynci_activityname,msdynci_title,msdynci_externalurl,msdynci_actualactivityid,msdynci_entityname,"
  + "msdynci_rangeindex,msdynci_semanticdata,msdynci_activityforeignkey"
private let cid = "ce759201f786d590bf2134bff576c369"

@Suite struct ShippedPolicyTests {
  /// Wildcards make no part of a name longer.
  @Test(arguments: [("[%]", true), ("a[_]b", false), ("[%][_][[]", false), ("ab[%]", false), ("[%][%]", true)])
  func partsOfNamesHaveThreeCharacters(_ text: String, _ isRefused: Bool) throws {
    let policy = try Policy.load(
      text: projectText("policies/customer-insights.yaml"), file: "p.yaml", schema: sampleSchema)
    let query =
      "msdynci_customerprofiles?$select=msdynci_customerid&$filter=contains(msdynci_lastname,'\(text.replacing("%", with: "%25"))')"
    #expect(outcome(query, policy).hasPrefix("deny") == isRefused)
  }
  /// The queries of the documentation and of the legacy rows, and what is sent for each.
  @Test(arguments: [
    ("msdynci_customerprofiles", "msdynci_customerprofiles?$select=\(profile)"),
    (
      "msdynci_customerprofiles?$filter=msdynci_customerid eq '\(cid)'",
      "msdynci_customerprofiles?$select=\(profile)&$filter=msdynci_customerid eq '\(cid)'"
    ),
    (
      "msdynci_customerprofiles?$filter=msdynci_loyalty_loycustomers_loyaltyid eq 'L''1'",
      "msdynci_customerprofiles?$select=\(profile)&$filter=msdynci_loyalty_loycustomers_loyaltyid eq 'L''1'"
    ),
    (
      "msdynci_customerprofiles?$select=msdynci_customerid,msdynci_fullname&$filter=msdynci_customerid eq '1'",
      "msdynci_customerprofiles?$select=msdynci_customerid,msdynci_fullname&$filter=msdynci_customerid eq '1'"
    ),
    (
      "msdynci_customerprofiles?$filter=msdynci_customerid eq 'a' or msdynci_customerid eq 'b'",
      "msdynci_customerprofiles?$select=\(profile)&$filter=msdynci_customerid eq 'a' or msdynci_customerid eq 'b'"
    ),
    (
      "msdynci_customerprofiles?$select=msdynci_email&$filter=msdynci_ecommerce_ecommercecontacts_contactid eq 'a' or "
        + "msdynci_ecommerce_ecommercecontacts_contactid eq 'b'",
      "msdynci_customerprofiles?$select=msdynci_email&$filter=msdynci_ecommerce_ecommercecontacts_contactid eq 'a' or "
        + "msdynci_ecommerce_ecommercecontacts_contactid eq 'b'"
    ),
    (
      "msdynci_customerprofiles?$filter=contains(msdynci_lastname,'string')&$top=10",
      "msdynci_customerprofiles?$select=\(profile)&$filter=contains(msdynci_lastname,'string')&$top=10"
    ),
    (
      #"msdynci_segmentmemberships?$filter=contains(msdynci_segments,'"High_Value"')&$select=msdynci_customerid"#,
      #"msdynci_segmentmemberships?$select=msdynci_customerid&$filter=contains(msdynci_segments,'"High_Value"')"#
    ),
    (
      #"msdynci_segmentmemberships?$filter=contains(msdynci_segments,'\"High Value\"')&$select=msdynci_customerid"#,
      #"msdynci_segmentmemberships?$select=msdynci_customerid&$filter=contains(msdynci_segments,'"High Value"')"#
    ),
    (
      #"msdynci_segmentmemberships?$filter=contains(msdynci_segments,@s) and msdynci_customerid eq 'a'"#
        + #"&$select=msdynci_customerid&@s='\"S1\"'"#,
      #"msdynci_segmentmemberships?$select=msdynci_customerid&$filter=contains(msdynci_segments,'"S1"')"#
        + #" and msdynci_customerid eq 'a'"#
    ),
    (
      "msdynci_segmentmemberships?$filter=msdynci_customerid eq 'a'&$select=msdynci_segments",
      "msdynci_segmentmemberships?$select=msdynci_segments&$filter=msdynci_customerid eq 'a'"
    ),
    (
      "msdynci_unifiedactivities?$filter=msdynci_customerid eq 'a'",
      "msdynci_unifiedactivities?$select=\(activity)&$filter=msdynci_customerid eq 'a'"
    ),
    (
      "msdynci_unifiedactivities?$filter=msdynci_customerid eq 'a' and msdynci_activitytime gt 2017-01-01T00:00:00.000Z "
        + "and msdynci_activitytime lt 2020-01-01T00:00:00Z",
      "msdynci_unifiedactivities?$select=\(activity)&$filter=msdynci_customerid eq 'a' and "
        + "msdynci_activitytime gt 2017-01-01T00:00:00Z and msdynci_activitytime lt 2020-01-01T00:00:00Z"
    ),
    (
      "msdynci_unifiedactivities?$filter=msdynci_customerid eq 'a' and msdynci_activitytype eq 'SalesOrderLine'",
      "msdynci_unifiedactivities?$select=\(activity)&$filter=msdynci_customerid eq 'a' and "
        + "msdynci_activitytype eq 'SalesOrderLine'"
    ),
    (
      "msdynci_unifiedactivities?$filter=msdynci_customerid eq 'a' and msdynci_activitytypedisplay eq 'Order'",
      "msdynci_unifiedactivities?$select=\(activity)&$filter=msdynci_customerid eq 'a' and "
        + "msdynci_activitytypedisplay eq 'Order'"
    ),
    (
      "msdynci_unifiedactivities?$filter=msdynci_customerid eq 'a'&$orderby=msdynci_activitytime asc",
      "msdynci_unifiedactivities?$select=\(activity)&$filter=msdynci_customerid eq 'a'&$orderby=msdynci_activitytime"
    ),
    (
      "msdynci_customermeasures?$filter=msdynci_customerid eq 'a'",
      "msdynci_customermeasures?$select=msdynci_customerid,msdynci_measures,msdynci_identifier"
        + "&$filter=msdynci_customerid eq 'a'"
    ),
    (
      "msdynci_enrichments?$filter=msdynci_customerid eq 'a' and "
        + "msdynci_enrichmentprovider eq 'InterestShareOfVoiceFromMicrosoft'",
      "msdynci_enrichments?$select=msdynci_customerid,msdynci_enrichmentprovider,msdynci_enrichmenttype,msdynci_values,"
        + "msdynci_identifier&$filter=msdynci_customerid eq 'a' and "
        + "msdynci_enrichmentprovider eq 'InterestShareOfVoiceFromMicrosoft'"
    ),
    (
      "msdynci_predictions?$filter=msdynci_customerid eq 'a' and msdynci_modelprovider eq 'ChurnModel'"
        + "&$select=msdynci_values",
      "msdynci_predictions?$select=msdynci_values&$filter=msdynci_customerid eq 'a' and "
        + "msdynci_modelprovider eq 'ChurnModel'"
    ),
    (
      "msdynci_predictions?$filter=msdynci_customerid eq 'a' and msdynci_model eq 'Churn1'&$select=msdynci_values",
      "msdynci_predictions?$select=msdynci_values&$filter=msdynci_customerid eq 'a' and msdynci_model eq 'Churn1'"
    ),
    (
      "msdynci_alternatekeys?$filter=msdynci_datasourcename eq 'd' and msdynci_entityname eq 'e' and "
        + "msdynci_alternatevalue eq 'k'&$select=msdynci_customerid,msdynci_keyring",
      "msdynci_alternatekeys?$select=msdynci_customerid,msdynci_keyring&$filter=msdynci_datasourcename eq 'd' and "
        + "msdynci_entityname eq 'e' and msdynci_alternatevalue eq 'k'"
    ),
  ])
  func allowsWhatIsDocumented(_ query: String, _ sent: String) throws {
    #expect(outcome(query, try shippedPolicy()) == "allow \(sent)")
  }

  @Test func allowsAHundredIdsAndNoMore() throws {
    let policy = try shippedPolicy()
    func query(_ count: Int) -> String {
      let ids = (0..<count).map { "msdynci_customerid eq '\(cid)\($0)'" }
      return "msdynci_customerprofiles?$filter=\(ids.joined(separator: " or "))"
    }
    #expect(outcome(query(100), policy).hasPrefix("allow "))
    #expect(try denied(query(101), policy).map(\.rule) == ["policy.limit.or"])
  }

  @Test(arguments: [
    ("msdynci_customerprofiles", "msdynci_customerprofile", 300),
    ("msdynci_unifiedactivities", "msdynci_unifiedactivity", 60),
    ("msdynci_customermeasures", "msdynci_customermeasure", 600), ("msdynci_enrichments", "msdynci_enrichment", 600),
    ("msdynci_predictions", "msdynci_prediction", 600),
    ("msdynci_segmentmemberships", "msdynci_segmentmembership", 600),
    ("msdynci_alternatekeys", "msdynci_alternatekey", 600),
  ])
  func setsTimesToLive(_ set: String, _ table: String, _ seconds: Int) throws {
    let obligations = try #require(try allowed(set, shippedPolicy(), JudgeRequest(scope: "default")))
    #expect(obligations.timeToLive == seconds && obligations.table == table)
    #expect(obligations.rule == "default:\(table)" && obligations.result == .collection && obligations.pageSize == 500)
    // Nothing of the system's and no row key leaves.
    let columns = try #require(sampleSchema.table(named: table))
    #expect(
      obligations.members.names.all.allSatisfy { name in
        guard let column = columns.column(name) else { return false }
        return !column.isSystem && column.type != .uniqueIdentifier
      })
  }

  /// With the columns that an organization itself describes: no lengths, no date-only.
  @Test func loadsWithAndWithoutTheTenantsColumns() throws {
    let text = try shippedPolicyText()
    let bare = Schema.customerInsights(profileColumns: [])
    let live = bare.replacingColumns(
      ofTable: "msdynci_customerprofile",
      with: [Column("msdynci_customerid", .text, displayName: "CustomerId")]
        + Schema.sampleProfileColumns.map {
          Column($0.logicalName, $0.type == .dateOnly ? .dateTime : $0.type, displayName: "Live\($0.displayName)")
        })
    for schema in [bare, live, sampleSchema] {
      let policy = try Policy.load(text: text, file: "p.yaml", schema: schema)
      #expect(policy.scopes.map(\.name) == ["default"] && policy.tables.count == 9)
      let table = try #require(policy.schema.table(named: "msdynci_customerprofile"))
      #expect(table.column("msdynci_birthdate")?.type == .dateOnly)
      let name = table.column("msdynci_fullname")?.displayName
      #expect(name == (schema.version == live.version ? "LiveFullName" : "FullName"))
    }
  }
}
