/// One request as a client really sends it, and what it gets.
struct ClientShape: Sendable {
  var client: String
  var exchange: Exchange
  /// A part of the answer: what a refusal tells its reader, or what the client looks for.
  var says = ""
}

private let instance = "/v1/instances/00000000-0000-4000-8000-000000000001/data"
private let v92 = "/api/data/v9.2"
private let customers = "msdynci_customerprofiles"
private let key = "Ocp-Apim-Subscription-Key: client-key"
private let metadata = [
  "Accept: application/json", "Content-Type: application/json", "OData-MaxVersion: 4.0", "OData-Version: 4.0",
]

/// Header fields by client.
private let autorest = [
  "User-Agent: python/3.11 msrest/0.7.1 customerinsights/1.0.8", "Accept-Encoding: gzip, deflate",
  "Accept: application/json", "Authorization: Bearer legacy-token", key,
]
private let sdk =
  metadata + [
    "User-Agent: PowerPlatform-Dataverse-Client/1.1.0", "Accept-Encoding: gzip, deflate", "If-None-Match: null",
    "x-ms-client-request-id: 5f0c9d3e-0000-4000-8000-000000000001",
    "x-ms-correlation-id: 5f0c9d3e-0000-4000-8000-000000000002", "Authorization: Bearer token", key,
  ]
private let requests = ["User-Agent: python-requests/2.32", "Accept: */*", "Authorization: Bearer token", key]
private let surf = requests + ["If-None-Match: null", "Prefer: odata.include-annotations=\"*\""]
private let httr = [
  "User-Agent: libcurl/7.88.1 r-curl/5.0.0 httr/1.4.5", "Accept-Encoding: deflate, gzip, br, zstd",
  "Accept: application/json, text/xml, application/xml, */*", "Cookie: ARRAffinity=1", key,
]
private let node = [
  "accept: */*", "accept-language: *", "sec-fetch-mode: cors", "user-agent: node", "accept-encoding: gzip, deflate",
  "ocp-apim-subscription-key: client-key",
]
private let feed = [
  "Accept: application/json;odata.metadata=minimal;q=1.0,application/json;odata=minimalmetadata;q=0.9,"
    + "application/atomsvc+xml;q=0.8,application/atom+xml;q=0.8,application/xml;q=0.7,text/plain;q=0.7",
  "MaxDataServiceVersion: 3.0", "OData-MaxVersion: 4.0", "User-Agent: Microsoft.Data.Mashup", key,
]
private let simple = ["Accept: application/json, application/xml, application/text", key]
private let odata2ts = ["Accept: application/json", "Content-Type: application/json", key]

private let ann = #"{"value":[{"msdynci_fullname":"Ann"}]}"#
private let legacyAnn = #"{"value":[{"FullName":"Ann"}]}"#
private let page = "odata.maxpagesize=500"
private let legacyPage = "odata.maxpagesize=100"

private func sent(
  _ client: String, _ headers: [String], _ target: String, _ query: String, prefer: String? = nil, answer: String = ann
) -> ClientShape {
  ClientShape(
    client: client,
    exchange: Exchange(target: target, headers: headers, outcome: .sent(query, prefer: prefer, answer: answer)))
}

/// What has no counterpart in one Dataverse query.
private func reads(_ client: String, _ headers: [String], _ target: String, _ sets: Set<String>) -> ClientShape {
  ClientShape(client: client, exchange: Exchange(target: target, headers: headers, outcome: .reads(sets)))
}

private func answered(_ client: String, _ headers: [String], _ target: String, _ part: String) -> ClientShape {
  ClientShape(client: client, exchange: Exchange(target: target, headers: headers, outcome: .answered(part)))
}

private func refused(
  _ client: String, _ headers: [String], _ target: String, _ status: Int, _ code: String, _ says: String,
  method: String = "GET", body: String = ""
) -> ClientShape {
  ClientShape(
    client: client,
    exchange: Exchange(method: method, target: target, headers: headers, body: body, outcome: .refused(status, code)),
    says: says)
}

private func refusedWrite(
  _ client: String, _ headers: [String], _ method: String, _ target: String, _ code: String = "guard.write",
  body: String = "{}"
) -> ClientShape {
  refused(
    client, headers, target, 405, code, "breaks Customer Insights processing", method: method, body: body)
}

/// Every client that is known, with the requests that it was seen to send.
let clientShapes: [ClientShape] = [
  // customerinsights 1.0.8: option names raw, values encoded, a path encoded whole.
  sent(
    "customerinsights", autorest,
    "\(instance)/Customer?$filter=CustomerId%20eq%20%27ci1%27&$select=FullName&forceSearch=false&proxy=false",
    "\(customers)?$select=msdynci_fullname&$filter=msdynci_customerid eq 'ci1'", prefer: legacyPage, answer: legacyAnn),
  sent(
    "customerinsights", autorest,
    "\(instance)/Customer%3F%24filter%3DCustomerId%20eq%20%27ci2%27%26%24select%3DFullName",
    "\(customers)?$select=msdynci_fullname&$filter=msdynci_customerid eq 'ci2'", prefer: legacyPage, answer: legacyAnn),
  refused("customerinsights", autorest, "\(instance)/Customer%2F%24count", 403, "policy.option", "cannot be counted"),
  reads("customerinsights", autorest, "\(instance)/Customer?$search=term&$top=10", [customers]),
  refusedWrite(
    "customerinsights", autorest, "POST", "\(instance)/UnifiedActivity", "writesRefused", body: #""{\"a\":1}""#),
  refusedWrite("customerinsights", autorest, "PATCH", "\(instance)/Customer/x", "writesRefused"),
  refusedWrite("customerinsights", autorest, "DELETE", "\(instance)/Customer/x", "writesRefused", body: ""),
  // The legacy samples in C# and Node, and the documentation's examples with their slips.
  reads(
    "legacy samples", node, "\(instance)/Customer?$expand=UnifiedActivity,Customer_Measure",
    [customers, "msdynci_unifiedactivities", "msdynci_customermeasures"]),
  reads("legacy samples", node, "\(instance)/Customer?$search=%22term%22&forceSearch=true", [customers]),
  reads(
    "legacy samples", node, "\(instance)/UnifiedActivity?$select=*&$skip=100&$top=100", ["msdynci_unifiedactivities"]),
  sent(
    "legacy samples", node, "\(instance)/UnifiedActivity?$select=Title&$skip=0&$top=100",
    "msdynci_unifiedactivities?$select=msdynci_title&$top=100", answer: #"{"value":[{"Title":"t"}]}"#),
  sent(
    "legacy examples", node, "\(instance)/Customer?$filter=customerid%20eq%20'le1'&$select=FullName",
    "\(customers)?$select=msdynci_fullname&$filter=msdynci_customerid eq 'le1'", prefer: legacyPage, answer: legacyAnn),
  sent(
    "legacy examples", node, "\(instance)/Customer?$filter=CustomerId%20in%20('le2','le3')&$select=FullName",
    "\(customers)?$select=msdynci_fullname&$filter=msdynci_customerid eq 'le2' or msdynci_customerid eq 'le3'",
    prefer: legacyPage, answer: legacyAnn),
  sent(
    "legacy examples", node,
    "\(instance)/Customer?$filter=CustomerId%20eq%20'le4'%20&%20$orderby=FullName&select=FullName",
    "\(customers)?$select=msdynci_fullname&$filter=msdynci_customerid eq 'le4'&$orderby=msdynci_fullname",
    prefer: legacyPage, answer: legacyAnn),
  sent(
    "legacy examples", node,
    "\(instance)/Customer?$filter=CustomerId%20eq%20%E2%80%98le5%E2%80%99%20OR%20LastName%20eq%20'a'&$select=FullName",
    "\(customers)?$select=msdynci_fullname&$filter=msdynci_customerid eq 'le5' or msdynci_lastname eq 'a'",
    prefer: legacyPage, answer: legacyAnn),
  reads("legacy examples", node, "\(instance)/Customer?$top=10&$skip=0&$search=%22string%22", [customers]),
  reads(
    "legacy examples", node, "\(instance)/Customer?$filter=IsMemberOfSegment('X')",
    ["msdynci_segmentmemberships"]),
  reads(
    "legacy examples", node, "\(instance)/Customer?$top=1&IsMemberOfSegment('Y')",
    ["msdynci_segmentmemberships"]),
  // PowerPlatform-Dataverse-Client 1.1.0: a look-up first, `$` encoded, `+` for blanks.
  answered(
    "PowerPlatform-Dataverse-Client", sdk,
    "\(v92)/EntityDefinitions?%24select=LogicalName%2CEntitySetName%2CPrimaryIdAttribute"
      + "&%24filter=LogicalName+eq+%27msdynci_customerprofile%27",
    #""EntitySetName":"msdynci_customerprofiles","PrimaryIdAttribute":"msdynci_customerprofileid""#),
  sent(
    "PowerPlatform-Dataverse-Client",
    sdk + ["Prefer: odata.maxpagesize=50,odata.include-annotations=\"OData.Community.Display.V1.FormattedValue\""],
    "\(v92)/\(customers)?%24select=msdynci_fullname&%24filter=msdynci_customerid+eq+%27pp1%27",
    "\(customers)?$select=msdynci_fullname&$filter=msdynci_customerid eq 'pp1'", prefer: "odata.maxpagesize=50"),
  refused(
    "PowerPlatform-Dataverse-Client", sdk,
    "\(v92)/\(customers)?%24filter=Microsoft.Dynamics.CRM.In%28PropertyName%3D%27msdynci_customerid%27%2C"
      + "PropertyValues%3D%5B%22a%22%5D%29", 403, "policy.function", "`In` is not allowed on `msdynci_customerid`"),
  refused(
    "PowerPlatform-Dataverse-Client", sdk, "\(v92)?sql=SELECT+TOP+1+name+FROM+account", 403, "policy.metadata", ""),
  refused(
    "PowerPlatform-Dataverse-Client", sdk, "\(v92)/\(customers)?fetchXml=%3Cfetch%2F%3E", 403, "DV014",
    "Write it with $select and $filter"),
  refusedWrite(
    "PowerPlatform-Dataverse-Client", sdk, "POST", "\(v92)/\(customers)/Microsoft.Dynamics.CRM.CreateMultiple"),
  refusedWrite("PowerPlatform-Dataverse-Client", sdk, "POST", "\(v92)/$batch"),
  refusedWrite("PowerPlatform-Dataverse-Client", sdk, "POST", "\(v92)/EntityDefinitions"),
  refusedWrite("PowerPlatform-Dataverse-Client", sdk + ["If-Match: *"], "PATCH", "\(v92)/\(customers)(1)"),
  refusedWrite("PowerPlatform-Dataverse-Client", sdk + ["If-Match: *"], "DELETE", "\(v92)/\(customers)(1)", body: ""),
  // dataverse-api 1.4.3: five look-ups first.
  answered(
    "dataverse-api", requests,
    "\(v92)/EntityDefinitions(LogicalName='msdynci_prediction')?$select=LogicalName,EntitySetName,PrimaryIdAttribute",
    #""EntitySetName":"msdynci_predictions""#),
  refused(
    "dataverse-api", requests, "\(v92)/EntityDefinitions(LogicalName='msdynci_prediction')/Keys", 403,
    "policy.metadata",
    ""),
  refused(
    "dataverse-api", requests, "\(v92)/EntityDefinitions(LogicalName='msdynci_prediction')/OneToManyRelationships", 403,
    "policy.metadata", ""),
  refused(
    "dataverse-api", requests, "\(v92)/EntityDefinitions(LogicalName='msdynci_prediction')/ManyToOneRelationships", 403,
    "policy.metadata", ""),
  refused(
    "dataverse-api", requests, "\(v92)/sdkmessagefilters?$select=sdkmessagefilterid&$expand=sdkmessageid($select=name)",
    403, "policy.table", "Allowed: "),
  // dataverse-rest-api 0.4.5: the query as its user wrote it.
  sent(
    "dataverse-rest-api", requests,
    "\(v92)/\(customers)?$select=msdynci_fullname&$filter=msdynci_customerid%20eq%20'dr1'&$top=3",
    "\(customers)?$select=msdynci_fullname&$filter=msdynci_customerid eq 'dr1'&$top=3"),
  refusedWrite("dataverse-rest-api", requests + ["If-Match: *"], "PATCH", "\(v92)/\(customers)(1)"),
  // dynamics365crm-python 1.0.2: v9.0.
  sent(
    "dynamics365crm-python", requests,
    "/api/data/v9.0/\(customers)?%24select=msdynci_fullname&%24filter=msdynci_customerid+eq+%27dc1%27&%24top=5",
    "\(customers)?$select=msdynci_fullname&$filter=msdynci_customerid eq 'dc1'&$top=5"),
  refusedWrite("dynamics365crm-python", requests, "POST", "/api/data/v9.0/\(customers)"),
  // surfdataverse 4.2.2: all annotations, all definitions.
  sent(
    "surfdataverse", surf, "\(v92)/\(customers)?$select=msdynci_fullname&$filter=msdynci_customerid eq 'su1'",
    "\(customers)?$select=msdynci_fullname&$filter=msdynci_customerid eq 'su1'", prefer: page),
  answered("surfdataverse", surf, "\(v92)/EntityDefinitions", #""LogicalName":"msdynci_unifiedactivity""#),
  refused("surfdataverse", surf, "\(v92)/GlobalOptionSetDefinitions", 403, "policy.metadata", ""),
  refused("surfdataverse", surf, "\(v92)/RelationshipDefinitions", 403, "policy.metadata", ""),
  // python-odata 0.8.1: reflection, filters in brackets.
  answered("python-odata", requests, "\(v92)/$metadata", "<EntitySet Name=\"msdynci_customerprofiles\""),
  sent(
    "python-odata", requests,
    "\(v92)/\(customers)?%24select=msdynci_fullname&%24filter=(msdynci_customerid%20eq%20'po1')%20or%20"
      + "(msdynci_customerid%20eq%20'po2')",
    "\(customers)?$select=msdynci_fullname&$filter=msdynci_customerid eq 'po1' or msdynci_customerid eq 'po2'",
    prefer: page),
  refused("python-odata", requests, "\(v92)/\(customers)/$count", 403, "policy.option", "cannot be counted"),
  refused(
    "python-odata", requests, "\(v92)/\(customers)?%24apply=groupby((msdynci_gender))", 403, "policy.option",
    "Allowed: "),
  refused("python-odata", requests, "\(v92)/\(customers)?%24skip=10", 403, "DV001", "Follow @odata.nextLink"),
  refused(
    "python-odata", requests, "\(v92)/\(customers)('00000000-0000-0000-0000-000000000001')", 403, "policy.option",
    "Use $filter"),
  refusedWrite(
    "python-odata", requests, "PATCH", "\(v92)/\(customers)('00000000-0000-0000-0000-000000000001')"),
  // pyodata 1.12.1: OData 2; its first request is answered, and version 4 is what it gets.
  answered("pyodata", requests, "\(v92)/$metadata", "<edmx:Edmx Version=\"4.0\""),
  // msal 1.39.0 asks its authority, which this is not.
  refused(
    "msal", requests, "/tenant/v2.0/.well-known/openid-configuration", 404, "route.unknown", "neither of the two APIs"),
  refusedWrite("msal", requests, "POST", "/tenant/oauth2/v2.0/token", body: "grant_type=client_credentials"),
  // httr, curl, and fetch of Node.
  sent(
    "httr", httr,
    "\(v92)/\(customers)?%24select=msdynci_fullname%2Cmsdynci_fullname&%24filter=msdynci_customerid%20eq%20'hr1'",
    "\(customers)?$select=msdynci_fullname&$filter=msdynci_customerid eq 'hr1'", prefer: page),
  sent(
    "curl", ["User-Agent: curl/7.88.1", "Accept: */*", key],
    "\(v92)/\(customers)?$select=msdynci_fullname&$filter=msdynci_email+eq+'a%2Bb'",
    "\(customers)?$select=msdynci_fullname&$filter=msdynci_email eq 'a%2Bb'", prefer: page),
  sent(
    "fetch", node, "\(v92)/\(customers)?$select=msdynci_fullname&$filter=msdynci_customerid+eq+%27fe1%27",
    "\(customers)?$select=msdynci_fullname&$filter=msdynci_customerid eq 'fe1'", prefer: page),
  // Power Query and Excel.
  answered("Power Query", feed, "\(v92)/", #""url":"msdynci_customerprofiles""#),
  sent(
    "Power Query", feed, "\(v92)/\(customers)?$select=msdynci_fullname&$top=100&$orderby=msdynci_fullname",
    "\(customers)?$select=msdynci_fullname&$orderby=msdynci_fullname&$top=100"),
  refused(
    "Power Query", feed, "\(v92)/\(customers)?$select=msdynci_fullname&$top=1000", 403, "policy.limit.top",
    "Use $top=500"),
  refusedWrite("Power Query", feed, "POST", "\(v92)/$batch"),
  // Simple.OData.Client.
  answered("Simple.OData.Client", ["Accept: application/xml", key], "\(v92)/$metadata", "<edmx:Edmx"),
  sent(
    "Simple.OData.Client", simple,
    "\(v92)/\(customers)?$filter=msdynci_customerid%20eq%20'so1'&$select=msdynci_fullname",
    "\(customers)?$select=msdynci_fullname&$filter=msdynci_customerid eq 'so1'", prefer: page),
  // odata2ts.
  sent(
    "odata2ts", odata2ts, "\(v92)/\(customers)?$select=msdynci_fullname&$filter=msdynci_customerid%20eq%20'ts1'",
    "\(customers)?$select=msdynci_fullname&$filter=msdynci_customerid eq 'ts1'", prefer: page),
  refusedWrite(
    "odata2ts", ["Accept: application/json", "Content-Type: text/plain", key], "POST", "\(v92)/\(customers)/$query",
    body: "$select=msdynci_fullname"),
  refusedWrite("odata2ts", odata2ts + ["X-Http-Method: MERGE"], "POST", "\(v92)/\(customers)(1)"),
  // As Dataverse documents itself.
  refused(
    "Dataverse documentation", sdk, "\(v92)/\(customers)?$filter=msdynci_customerid in ('a','b')", 403, "DV003",
    "Microsoft.Dynamics.CRM.In"),
  refused(
    "Dataverse documentation", sdk, "\(v92)/\(customers)?$Select=msdynci_fullname", 400, "syntax.unknown-option",
    "$select"),
  sent(
    "Dataverse documentation", sdk + ["Prefer: odata.maxpagesize=50"],
    "\(v92)/\(customers)?$select=msdynci_fullname&$top=2",
    "\(customers)?$select=msdynci_fullname&$top=2"),
  sent(
    "Dataverse documentation", sdk,
    "\(v92)/msdynci_segmentmemberships?$select=msdynci_customerid&$filter=contains(msdynci_segments,'\\%22Male_under_40\\%22')",
    "msdynci_segmentmemberships?$select=msdynci_customerid&$filter=contains(msdynci_segments,'%22Male_under_40%22')",
    prefer: page, answer: #"{"value":[{"msdynci_customerid":"c1"}]}"#),
  sent(
    "Dataverse documentation", sdk,
    "\(v92)/\(customers)?$select=msdynci_fullname&$filter=@c eq @v&@c=msdynci_customerid&@v='dd1'",
    "\(customers)?$select=msdynci_fullname&$filter=msdynci_customerid eq 'dd1'", prefer: page),
]
