private let customers = ProofGateway.customers
private let customer = ProofGateway.customer
private let activities = ProofGateway.activities
private let crm = "Microsoft.Dynamics.CRM."

private func refused(
  _ target: String, _ code: String, status: Int = 403, method: String = "GET", headers: [String] = [], body: String = ""
) -> Exchange {
  Exchange(method: method, target: target, headers: headers, body: body, outcome: .refused(status, code))
}

private func sent(
  _ target: String, headers: [String] = [], method: String = "GET", as query: String? = nil, prefer: String? = nil,
  answer: String
) -> Exchange {
  Exchange(
    method: method, target: target, headers: headers,
    outcome: .sent(query ?? target, prefer: prefer, answer: answer))
}

private func failed(_ target: String, _ status: Int, _ code: String) -> Exchange {
  Exchange(target: target, outcome: .failed(target, status, code))
}

private func answered(_ target: String, _ part: String) -> Exchange {
  Exchange(target: target, outcome: .answered(part))
}

private let ann = #"{"value":[{"msdynci_fullname":"Ann"}]}"#
private let title = #"{"value":[{"msdynci_title":"t"}]}"#

/// The ways to read more than was meant, by their ids, with requests that try them and, where the right answer is an
/// allowed read, what is sent in their place. B19 and B31 have more in ``HazardTests``.
let hazards: [(id: String, exchanges: [Exchange])] = [
  // A whole query in an option.
  (
    "B1",
    [
      refused("\(customers)?fetchXml=<fetch><entity name='account'><all-attributes/></entity></fetch>", "DV014"),
      refused("\(customers)?FetchXML=x&$select=msdynci_customerid", "DV014"),
      refused("\(customers)?$top=1&fetch%58ml=x", "DV014"),
    ]
  ),
  // Stored queries.
  (
    "B2",
    [
      refused("\(customers)?savedQuery=00000000-0000-0000-0000-000000000001", "DV014"),
      refused("\(customers)?userQuery=00000000-0000-0000-0000-000000000001&$select=msdynci_customerid", "DV014"),
    ]
  ),
  // Functions that look like sets, and those that do not: what stands in brackets could be a key.
  (
    "B3",
    [
      refused("WhoAmI", "DV014"), refused("WhoAmI()", "DV014"),
      refused("RetrieveDataEncryptionKey", "DV014"),
      refused("RetrieveDataEncryptionKey()", "DV014"),
      refused("ExecuteCosmosSqlQuery(QueryText='select * from c',EntityLogicalName='account')", "DV014"),
      refused("RetrieveTotalRecordCount(EntityNames=@a)?@a=['account']", "DV014"),
      refused("RetrieveRecordChangeHistory(Target=@t)?@t={'@odata.id':'accounts(1)'}", "DV014"),
    ]
  ),
  // Bound functions and type casts.
  (
    "B4",
    [
      refused("\(customer)/\(crm)RetrievePrincipalAccess(Principal=@p)?@p={'@odata.id':'x'}", "DV014"),
      refused("\(customers)/\(crm)X", "DV014"), refused("\(customer)/\(crm)systemuser", "DV014"),
      refused("\(customers)/\(crm)msdynci_customerprofile?$select=createdon", "DV014"),
    ]
  ),
  // Reads with effects.
  (
    "B5",
    [
      refused("CalculateRollupField(Target=@t,FieldName='a')?@t={'@odata.id':'accounts(1)'}", "DV014"),
      refused(
        "IncrementKnowledgeArticleViewCount(Source=@s,ViewDate=2020-01-01T00:00:00Z,Location=1,Count=1)", "DV014"
      ),
      refused("\(customer)/\(crm)new_CustomFunction()", "DV014"),
    ]
  ),
  ("B6", [refused("\(customers)?tag=run", "DV014"), refused("\(customers)?$top=1&TAG=run", "DV014")]),
  (
    "B7",
    [
      refused("\(customers)?UnMaskedData=true", "DV014"),
      refused("\(customer)?$select=msdynci_fullname&unmaskeddata=true", "DV014"),
    ]
  ),
  // Paths that go on.
  (
    "B8",
    [
      refused("\(customer)/ownerid", "policy.path"), refused("\(customer)/msdynci_fullname", "policy.path"),
      refused("\(customer)/msdynci_customer_unifiedactivity/$ref", "policy.path"),
      refused("\(customer)/msdynci_customer_unifiedactivity/$count", "policy.path"),
      refused("systemusers(00000000-0000-0000-0000-000000000001)/user_accounts", "policy.table"),
    ]
  ),
  // Expanded rows have columns and rows of their own.
  (
    "B9",
    [
      refused("\(customers)?$expand=msdynci_customer_prediction", "policy.navigation"),
      refused("\(customers)?$expand=ownerid($select=fullname)", "policy.navigation"),
      refused("\(customers)?$expand=*", "DV007"),
      refused("\(customers)?$expand=msdynci_customer_unifiedactivity/$ref", "DV007"),
      refused("\(customers)?$expand=msdynci_customer_unifiedactivity($select=createdon)", "policy.column.select"),
      refused(
        "\(activities)?$expand=msdynci_lookupfield_customer($select=msdynci_fullname;$expand=ownerid)",
        "policy.navigation"),
      sent(
        "\(customers)?$select=msdynci_fullname&$top=9&$expand=msdynci_customer_unifiedactivity,"
          + "msdynci_customer_enrichment($select=msdynci_values)",
        as: "\(customers)?$select=msdynci_fullname&$expand=msdynci_customer_unifiedactivity("
          + "$select=msdynci_activityid,msdynci_activitytime,msdynci_activitytype,msdynci_title;$top=20),"
          + "msdynci_customer_enrichment($select=msdynci_values;$filter=msdynci_enrichmentprovider eq 'open';$top=10)"
          + "&$top=9",
        answer: #"{"value":[{"msdynci_fullname":"Ann","msdynci_customer_unifiedactivity":"#
          + #"[{"msdynci_title":"t"}],"msdynci_customer_enrichment":[{"msdynci_values":"v"}]}]}"#),
    ]
  ),
  // No $select.
  (
    "B10",
    [
      refused("\(customers)?$select=*", "policy.column.select"),
      refused("\(customers)?$select=msdynci_fullname,*", "policy.column.select"),
      sent(
        "\(activities)?$top=10",
        as: "\(activities)?$select=msdynci_activityid,msdynci_activitytime,msdynci_activitytype,msdynci_title&$top=10",
        answer: #"{"value":[{"msdynci_title":"t","msdynci_activitytype":"buy"}]}"#),
      sent(
        "\(customer)",
        as: "\(customer)?$select=msdynci_customerid,_ownerid_value,msdynci_fullname,msdynci_lifetimevalue",
        answer: #"{"msdynci_customerid":"c1","msdynci_fullname":"Ann","_ownerid_value":null}"#),
    ]
  ),
  // Columns that come unasked.
  ("B11", [sent("\(customers)?$select=msdynci_fullname&$top=11", answer: ann)]),
  // What cannot be read cannot be asked about either.
  (
    "B12",
    [
      refused("\(customers)?$filter=createdon gt 2020-01-01T00:00:00Z", "policy.column.filter"),
      refused("\(customers)?$filter=msdynci_email gt 'm'", "policy.operator"),
      refused("\(customers)?$filter=startswith(msdynci_email,'a')", "policy.function"),
      refused("\(customers)?$orderby=msdynci_email", "policy.column.order"),
      refused("\(customers)?$select=msdynci_email", "policy.column.select"),
      refused("\(customers)/$count?$filter=createdon gt 2020-01-01T00:00:00Z", "policy.column.filter"),
      refused("\(customers)?$count=true&$top=1&$filter=msdynci_email ge 'm'", "policy.operator"),
      refused("\(customers)?$filter=msdynci_fullname eq msdynci_email", "policy.operator"),
      sent("\(customers)/$count?$filter=msdynci_email eq 'a'", answer: "\u{FEFF}7"),
    ]
  ),
  // Ways through conditions.
  (
    "B13",
    [
      refused("\(activities)?$filter=msdynci_lookupfield_customer/createdby/fullname eq 'x'", "policy.navigation"),
      refused(
        "\(activities)?$filter=msdynci_lookupfield_customer/createdon gt 2020-01-01T00:00:00Z", "policy.column.filter"),
      refused(
        "\(customers)?$filter=msdynci_customer_unifiedactivity/any(a:a/createdon gt 2020-01-01T00:00:00Z)",
        "policy.column.filter"),
      refused("\(customers)?$filter=msdynci_customer_prediction/any()", "policy.navigation"),
      sent(
        "\(customers)?$select=msdynci_fullname&$filter=msdynci_customer_enrichment/any(e:e/msdynci_enrichmenttype eq 'x')"
          + "&$top=13",
        as: "\(customers)?$select=msdynci_fullname&$filter=msdynci_customer_enrichment/any("
          + "e:e/msdynci_enrichmenttype eq 'x' and e/msdynci_enrichmentprovider eq 'open')&$top=13", answer: ann),
    ]
  ),
  // Order by a lookup is order by the name of the related row.
  (
    "B14",
    [
      refused("\(customers)?$orderby=_ownerid_value", "policy.column.order"),
      refused("\(customers)?$orderby=ownerid/fullname", "policy.expression"),
      refused("\(activities)?$orderby=msdynci_lookupfield_customer/msdynci_fullname", "policy.expression"),
    ]
  ),
  // Groups show their values.
  (
    "B15",
    [
      refused("\(customers)?$apply=groupby((msdynci_fullname))", "policy.option"),
      refused("\(activities)?$apply=groupby((createdon))", "policy.column.aggregate"),
      refused("\(activities)?$apply=groupby((msdynci_lookupfield_customer/msdynci_email))", "policy.column.aggregate"),
      refused("\(activities)?$apply=aggregate(createdon with max as msdynci_title)", "policy.column.aggregate"),
      refused("\(activities)?$apply=filter(createdon ne null)/aggregate($count as n)", "policy.column.filter"),
      sent(
        "\(activities)?$apply=groupby((msdynci_activitytype),aggregate($count as n))",
        answer: #"{"value":[{"msdynci_activitytype":"buy","n":3}]}"#),
    ]
  ),
  // Aliases are what they stand for.
  (
    "B16",
    [
      refused("\(customers)?$orderby=@a&@a=msdynci_email", "policy.column.order"),
      refused("\(customers)?$filter=@a&@a=createdon ne null", "policy.column.filter"),
      refused("\(customers)?$filter=msdynci_customerid eq @a", "DV016"),
      refused("\(customers)?$top=1&@a='x'", "policy.alias"),
      refused("\(customers)?$filter=msdynci_customerid eq @a&@a=@b&@b='x'", "policy.expression"),
      refused("\(customers)?$filter=msdynci_customerid eq @a&@a='x'&@a='y'", "syntax.repeated-alias", status: 400),
      sent(
        "\(customers)?$select=msdynci_fullname&$filter=msdynci_customerid eq @a&@a='b16'",
        as: "\(customers)?$select=msdynci_fullname&$filter=msdynci_customerid eq 'b16'",
        prefer: "odata.maxpagesize=500", answer: ann),
    ]
  ),
  // A column in a text.
  (
    "B17",
    [
      refused("\(customers)?$filter=\(crm)In(PropertyName='createdby',PropertyValues=['x'])", "policy.column.filter"),
      refused(
        "\(customers)?$filter=\(crm)In(PropertyName=@p,PropertyValues=['x'])&@p='createdby'", "policy.column.filter"),
      refused(
        "\(customers)?$filter=\(crm)In(PropertyName='ownerid/fullname',PropertyValues=['x'])", "policy.column.filter"),
      refused("\(customers)?$filter=\(crm)In(PropertyName=createdby,PropertyValues=['x'])", "DV005"),
      refused("\(customers)?$filter=\(crm)EqualUserId(PropertyName='_ownerid_value')", "policy.column.filter"),
      sent(
        "\(customers)?$select=msdynci_fullname&$filter=\(crm)In(PropertyName='msdynci_customerid',PropertyValues=['b17'])",
        as: "\(customers)?$select=msdynci_fullname&$filter=\(crm)In(PropertyName='msdynci_customerid',"
          + "PropertyValues=%5B%22b17%22%5D)",
        prefer: "odata.maxpagesize=500", answer: ann),
    ]
  ),
  // Annotations tell of other rows.
  (
    "B18",
    [
      sent(
        "\(customers)?$select=msdynci_fullname,_ownerid_value&$top=18",
        headers: ["Prefer: odata.include-annotations=\"*,-OData.Community.*\""],
        answer: #"{"value":[{"msdynci_fullname":"Ann","_ownerid_value":null}]}"#),
      // All that there are is all that the policy names: what the organization gives beyond it is dropped.
      sent(
        "\(customers)?$select=msdynci_fullname,_ownerid_value&$top=17",
        headers: ["Prefer: odata.include-annotations=\"*\""],
        prefer: "odata.include-annotations=\"\(ProofGateway.formatted)\"",
        answer: #"{"value":[{"msdynci_fullname@\#(ProofGateway.formatted)":"Ann A.","msdynci_fullname":"Ann","#
          + #""_ownerid_value":null}]}"#),
      sent(
        "\(customers)?$select=msdynci_fullname,_ownerid_value&$top=18",
        headers: ["Prefer: odata.include-annotations=\"\(ProofGateway.formatted),Microsoft.Dynamics.CRM.*\""],
        prefer: "odata.include-annotations=\"\(ProofGateway.formatted)\"",
        answer: #"{"value":[{"msdynci_fullname@\#(ProofGateway.formatted)":"Ann A.","msdynci_fullname":"Ann","#
          + #""_ownerid_value":null}]}"#),
    ]
  ),
  // Tokens that we did not give out.
  (
    "B19",
    [
      refused(
        "\(customers)?$skiptoken=<cookie pagenumber='2' pagingcookie='%253ccookie%2520page'/>", "policy.paging-token"),
      refused("\(customers)?$select=msdynci_fullname&$skiptoken=last", "policy.paging-token"),
    ]
  ),
  // Feeds of changes take no row filter.
  (
    "B20",
    [
      refused("\(customers)?$deltatoken=919042!08", "policy.option"),
      refused("\(customers)/$count?$deltatoken=919042!08", "policy.option"),
      sent("\(customers)?$select=msdynci_fullname&$top=20", headers: ["Prefer: odata.track-changes"], answer: ann),
    ]
  ),
  // Another identity.
  (
    "B21",
    ["CallerObjectId", "MSCRMCallerID", "callerobjectid"].map {
      refused(
        "\(customers)?$select=msdynci_fullname&$top=21", "policy.header",
        headers: ["\($0): 00000000-0000-0000-0000-000000000001"])
    }
  ),
  // Other rules and sessions.
  (
    "B22",
    [
      refused(
        "\(customers)?$select=msdynci_fullname&$top=22", "policy.header",
        headers: ["MSCRM.BypassCustomPluginExecution: true"]),
      refused("\(customers)?$select=msdynci_fullname&$top=22", "policy.header", headers: ["Consistency: Strong"]),
      sent(
        "\(customers)?$select=msdynci_fullname&$top=22",
        headers: ["Authorization: Bearer x", "Cookie: ARRAffinity=1; ReqClientId=2", "X-Forwarded-For: 10.0.0.1"],
        answer: ann),
    ]
  ),
  // Requests inside a request.
  (
    "B23",
    [
      refused(
        "$batch", "guard.write", status: 405, method: "POST", headers: ["Content-Type: multipart/mixed; boundary=b"],
        body: "--b\r\nContent-Type: application/http\r\n\r\nGET accounts HTTP/1.1\r\n\r\n--b--\r\n"),
      refused("$batch", "DV014"), refused("%24batch", "DV014"),
    ]
  ),
  // A method under the method.
  (
    "B24",
    [
      refused("\(customers)?$top=1", "guard.write", status: 405, headers: ["X-HTTP-Method-Override: DELETE"]),
      refused("\(customers)?$top=1", "guard.write", status: 405, headers: ["X-HTTP-Method: MERGE"]),
      refused("\(customers)?$top=1", "guard.write", status: 405, method: "OPTIONS"),
      refused("\(customers)?$top=1", "guard.content", status: 400, body: "{}"),
      sent("\(customers)?$select=msdynci_fullname&$top=24", method: "HEAD", answer: ""),
    ]
  ),
  // The map of the house shows the rooms that are open.
  (
    "B25",
    [
      answered("$metadata", "<EntitySet Name=\"msdynci_unifiedactivities\""),
      answered("", #"{"name":"msdynci_enrichments","kind":"EntitySet","url":"msdynci_enrichments"}"#),
      answered("EntityDefinitions?$select=LogicalName&$filter=LogicalName eq 'account'", #""value":[]"#),
      refused("EntityDefinitions?$expand=Attributes", "policy.metadata"),
      refused("RelationshipDefinitions", "policy.metadata"), refused("GlobalOptionSetDefinitions", "policy.metadata"),
      refused("RetrieveMetadataChanges(Query=@q)?@q={}", "policy.metadata"),
    ]
  ),
  // Bytes instead of members.
  (
    "B26",
    [
      refused("\(customer)/entityimage/$value", "policy.path"),
      refused("\(customer)/entityimage/$value?size=full", "policy.path"),
      refused("\(customer)/msdynci_fullname/$value", "policy.path"),
      refused("\(customers)?$select=entityimage_url", "policy.column.select"),
    ]
  ),
  // Other doors of the same house.
  (
    "B27",
    [
      refused("/api/search/v1.0/query?search=x", "route.unknown", status: 404),
      refused("/XRMServices/2011/OrganizationData.svc/AccountSet", "route.unknown", status: 404),
      refused("/Image/download.aspx?Entity=account&Attribute=entityimage", "route.unknown", status: 404),
      refused("/api/data/v8.2/accounts", "route.version", status: 404),
      refused("../../../XRMServices/2011/Organization.svc", "syntax.invalid-segment", status: 400),
    ]
  ),
  // Keys are conditions.
  (
    "B28",
    [
      refused("\(customers)(createdon=2020-01-01T00:00:00Z)", "policy.column.filter"),
      refused("\(customers)(msdynci_lifetimevalue=5,createdby='x')", "policy.column.filter"),
      refused("\(activities)(msdynci_title='guess')", "DV013"),
      refused("\(activities)(00000000-0000-0000-0000-000000000001)", "policy.column.filter"),
      sent(
        "\(customers)(msdynci_email='a@b.example')?$select=msdynci_fullname",
        as: "\(customers)(msdynci_email='a@b.example')?$select=msdynci_fullname",
        answer: #"{"msdynci_fullname":"Ann"}"#),
    ]
  ),
  // Errors of the organization tell of it.
  (
    "B29",
    [
      failed("\(customers)?$select=msdynci_fullname&$filter=msdynci_fullname eq 'status-403'", 502, "upstream.access"),
      failed("\(customers)?$select=msdynci_fullname&$filter=msdynci_fullname eq 'status-401'", 502, "upstream.access"),
      failed("\(customers)?$select=msdynci_fullname&$filter=msdynci_fullname eq 'status-404'", 502, "upstream.status"),
      failed("\(customers)?$select=msdynci_fullname&$filter=msdynci_fullname eq 'status-400'", 502, "upstream.status"),
      failed("\(customers)?$select=msdynci_fullname&$filter=msdynci_fullname eq 'status-500'", 502, "upstream.status"),
    ]
  ),
  // One text, two readers; `hostileTargets` has many more.
  (
    "B30",
    [
      refused("\(customers)?%24select=createdon", "policy.column.select"),
      refused("\(customers)?%2524select=createdon", "syntax.unknown-option", status: 400),
      refused("\(customers)?select=createdon", "DV002"),
      refused("\(customers)?$SELECT=createdon", "syntax.unknown-option", status: 400),
      refused("\(customers)?$select=msdynci_fullname&%24select=createdon", "syntax.repeated-option", status: 400),
      refused("\(customers)?partitionId='x'", "DV002"), refused("\(customers)?partitionid='x'", "DV002"),
      refused("\(customers)?$select=createdon%00", "syntax.control-character", status: 400),
      refused("\(customers)?$filter=msdynci_customerid eq '%C0%A7'", "syntax.invalid-utf8", status: 400),
      refused("\(customers)?$filter=msdynci_customerid eq %E2%80%98a%E2%80%99", "syntax.invalid-name", status: 400),
      sent(
        "msdynci%5Fcustomerprofiles/?%24filter=msdynci_fullname+eq+'a%26$select=createdon;b%2B''%0A'"
          + "&$select=msdynci_full%6Eame&$top=30",
        as:
          "\(customers)?$select=msdynci_fullname&$filter=msdynci_fullname eq 'a%26$select%3Dcreatedon%3Bb%2B''%0A'&$top=30",
        answer: ann),
    ]
  ),
  // In `HazardTests`, with a budget.
  ("B31", []),
]
