/// One line of the legacy API, as a request and what has to become of it.
struct LegacyRouteRow: Sendable {
  enum Shape: Sendable { case oDataError, apiErrorResult, json }

  /// Where the line stands: a section and what it is about.
  var line: String
  var method = "GET"
  /// `{L}` is the instance on the front of 2020.
  var target: String
  var host = "api.ci.ai.dynamics.com"
  var headers: [String] = []
  var status: Int
  var shape: Shape
  /// Parts of the body.
  var says: [String] = []
  /// Whether the organization is asked.
  var reads = false
  /// The Dataverse query that the answer says replaces the request: behind the service root, or `*` for any.
  var successor: String?

  static func rows(_ line: String, _ target: String, host: String = "api.ci.ai.dynamics.com") -> LegacyRouteRow {
    LegacyRouteRow(
      line: line, target: target, host: host, status: 200, shape: .json, says: [#""@odata.context":"#, #""value":["#],
      reads: true, successor: "*")
  }

  static func answered(
    _ line: String, _ target: String, _ says: [String], successor: String? = nil
  ) -> LegacyRouteRow {
    LegacyRouteRow(line: line, target: target, status: 200, shape: .json, says: says, successor: successor)
  }

  static func refused(
    _ line: String, _ target: String, _ status: Int, _ code: String, _ says: [String] = [],
    shape: Shape = .apiErrorResult, headers: [String] = [], successor: String? = nil
  ) -> LegacyRouteRow {
    LegacyRouteRow(
      line: line, target: target, headers: headers, status: status, shape: shape,
      says: [#""errorCode":"\#(code)""#] + says, successor: successor)
  }

  /// What Dataverse has nothing of.
  static func absent(_ line: String, _ target: String, _ says: String) -> LegacyRouteRow {
    refused(line, target, 501, "notSupported", [says, "https://learn.microsoft.com/"])
  }

  static func write(
    _ line: String, _ method: String, _ target: String, _ says: String, shape: Shape = .apiErrorResult
  ) -> LegacyRouteRow {
    LegacyRouteRow(
      line: line, method: method, target: target, status: 405, shape: shape,
      says: [#""errorCode":"writesRefused""#, "\(method) is refused", says])
  }

  static let all = bases + data + dataWrites + instances + entities + inside + engine + connector + errors

  /// Section 1: any host, three prefixes, any case.
  static let bases: [LegacyRouteRow] = [
    .rows("1 front", "{L}/data/Customer?$top=1"),
    .rows("1 global host", "/api/instances/{I}/data/Customer?$top=2", host: "global.api.ci.ai.dynamics.com"),
    .rows("1 scale unit", "/api/instances/{I}/data/Customer?$top=3", host: "prod-wus-01.api.ci.ai.dynamics.com"),
    .rows("1 scale unit", "/instances/{I}/data/Customer?$top=4", host: "tip.api.ci.ai.dynamics.com:443"),
    .rows("1 form of 2018", "/api/instances/{I}/data/Customer?$top=5", host: "dxt-wus-01.ci.ai.dynamics.com"),
    .rows("1 any case", "/V1/Instances/{I}/Data/customer?$top=6"),
    .rows("1 any case", "/API/INSTANCES/{I}/DATA/CUSTOMER?$top=7"),
    .refused(
      "3.3 unknown instance", "/v1/instances/00000000-0000-4000-8000-0000000000ff/data/Customer", 404,
      "MetaDataNotFound",
      [#""exception":null"#, #""httpStatusCode":404"#, #""exceptionCulprit":"user""#, "Metadata object not found."]),
    .refused(
      "3.3 unknown instance", "/api/instances/00000000-0000-4000-8000-0000000000ff/manage/entities", 404,
      "MetaDataNotFound", [#""exceptionCulprit":"User""#, #""resultSeverity":"Error""#]),
    .refused("3.3 unknown instance", "/v1/instances/abc/manage/entities", 404, "MetaDataNotFound"),
    .refused(
      "3.3 unknown instance", "/v1/instances/00000000-0000-4000-8000-0000000000ff", 404, "MetaDataNotFound"),
    .refused(
      "3.3 unknown instance", "/v1/instances/00000000-0000-4000-8000-0000000000ff/profile/keyring?key=a", 404,
      "MetaDataNotFound"),
  ]

  /// Sections 4.1 and 4.3: forms of the relative path, and what is not a read of rows.
  static let data: [LegacyRouteRow] = [
    .rows("4.1 1.0.2", "{L}/data?relativePath=Customer&$search=%22Ann%22&$select=*&$skip=0&$top=100"),
    .rows("4.1 1.0.2", "{L}/data?forceSearch=true&relativePath=Customer&$top=8"),
    .rows("4.1 1.0.3", "{L}/data?relativePath=Customer&Filter=CustomerId%20eq%20'{customerID}'&Top=10"),
    .rows(
      "4.1 1.0.3",
      "{L}/data?relativePath=Customer&Select=CustomerId&OrderBy=CustomerId&Skip=0&Top=9&SkipNullFilterParameters=true"),
    .rows("4.1 encoded whole", "{L}/data/Customer%3F%24filter%3DCustomerId%20eq%20'{customerID}'"),
    .rows(
      "4.1 encoded whole",
      "{L}/data?relativePath=Customer%3F%24filter%3DCustomerId%20eq%20'{customerID}'%26%24select%3DCity"),
    LegacyRouteRow(
      line: "4.1 key", target: "{L}/data/Customer%28%27{customerID}%27%29", status: 200, shape: .json,
      says: [#""CustomerId":"{customerID}""#], reads: true, successor: "*"),
    LegacyRouteRow(
      line: "4.1 key", target: "/api/instances/{I}/data/Customer(customerId='{customerID}')", status: 200, shape: .json,
      says: [#""CustomerId":"{customerID}""#], reads: true, successor: "*"),
    .refused(
      "4.1 CSV", "{L}/data/Customer", 406, "notAcceptable", ["JSON"], shape: .oDataError, headers: ["Accept: text/csv"]
    ),
    .answered(
      "4.1 root", "{L}/data",
      [
        #"{"@odata.context":"{O}{L}/data/$metadata","value":["#,
        #"{"name":"Customer","kind":"EntitySet","url":"Customer"}"#, #""UnifiedActivity""#, #""Customer_Measure""#,
      ], successor: ""),
    .answered(
      "4.1 root", "/api/instances/{I}/Data/", [#""name":"BrandShareOfVoiceFromMicrosoft""#], successor: ""),
    .refused(
      "4.1 metadata document", "{L}/data/$metadata", 501, "notSupported", ["manage/entities"], shape: .oDataError,
      successor: "$metadata"),
    .refused("4.3 proxy", "{L}/data/Customer?$select=*&proxy=true", 501, "notSupported", ["lake"], shape: .oDataError),
    .refused(
      "4.3 proxy", "{L}/data?relativePath=Customer&proxy=true", 501, "notSupported", ["lake"], shape: .oDataError),
  ]

  /// Section 4.2.
  static let dataWrites: [LegacyRouteRow] = [
    .write(
      "4.2 activity", "POST", "{L}/data/UnifiedActivity?validUntil=2026-12-01T00:00:00Z&caller=x", "a data source",
      shape: .oDataError),
    .write("4.2 activity", "POST", "{L}/data/eCommerce_eCommercePurchases", "a data source", shape: .oDataError),
    .write("4.2 profile", "PATCH", "{L}/data/Customer/{customerID}", "a data source", shape: .oDataError),
    .write("4.1 PUT", "PUT", "{L}/data/Customer", "a data source", shape: .oDataError),
    .write(
      "4.2 activity", "POST", "/api/instances/{I}/data?relativePath=Customer", "a data source", shape: .oDataError),
  ]

  /// Section 5: instances.
  static let instances: [LegacyRouteRow] = [
    .answered(
      "5 GET /instances", "/v1/instances",
      [
        #"[{"instanceId":"{I}","name":"First","instanceType":"production""#, #""scaleUnitUri":"{O}""#,
        #""region":"Europe""#, #""tenantName":"Contoso""#, #""name":"Sandbox""#,
      ]),
    .answered("5 GET /instances", "/api/instances", [#""instanceType":"Production""#]),
    .answered("5 GET /instances", "/instances/", [#""instanceType":"production""#]),
    .answered(
      "5 GET …", "{L}",
      [
        #"{"instanceId":"{I}","name":"First","provisioningState":"active","instanceType":"production""#,
        #""isB2B":true,"isB2C":false,"cdsOrgInfo":{"friendlyName":"First","url":null"#,
      ]),
    .answered("5 GET …", "/api/instances/{I}/", [#""provisioningState":"Active""#]),
    .write("5 DELETE …", "DELETE", "{L}", "Power Platform admin center"),
    .write("5 POST /instances/V2", "POST", "/v1/instances/V2", "Power Platform admin center"),
    .write("5 PATCH …/V2", "PATCH", "{L}/V2", "Power Platform admin center"),
    .write("5 POST /instances/copy", "POST", "/v1/instances/copy", "Power Platform admin center"),
    .write(
      "5 DELETE …/manage/reset", "DELETE", "{L}/manage/reset?instanceManagementOperationScope=all",
      "Power Platform admin center"),
    .write(
      "5 DELETE …/manage/reset [1.0.4]", "DELETE", "{L}/manage/reset/operationScope/all",
      "Power Platform admin center"),
    .write("5 POST /instances/batch", "POST", "/v1/instances/batch", "GET /instances"),
  ]

  private static let definitions = "EntityDefinitions?$select=LogicalName,EntitySetName,DisplayName"

  private static func attributes(_ table: String) -> String {
    "EntityDefinitions(LogicalName='\(table)')/Attributes?$select=LogicalName,AttributeType,DisplayName"
  }

  /// Section 5: entities, search, key rings, and what is fixed.
  static let entities: [LegacyRouteRow] = [
    .answered(
      "5 GET …/manage/entities", "{L}/manage/entities?attributesAnnotations=true&includeQuarantined=false",
      [
        #"{"instanceId":"{I}","dataflowId":null,"datasourceId":null,"dataflowType":"unknown","entities":[{"name":"Customer""#,
        #""name":"UnifiedActivity""#, #""name":"Customer_Measure""#, #""name":"CustomerChurnPrediction""#,
        #""entityType":"profile""#, #""entityType":"enrichment""#,
      ], successor: definitions),
    .answered(
      "5 GET …/manage/entities", "/api/instances/{I}/Manage/Tables", [#""entityType":"UnifiedActivity""#],
      successor: definitions),
    .answered(
      "5 GET …/manage/entities/{entityName}", "{L}/manage/entities/customer",
      [
        #"{"name":"Customer","qualifiedEntityName":"Customer""#, #""entityType":"profile""#,
        #"{"name":"CustomerId","friendlyName":"CustomerId","baseName":"CustomerId","dataType":"Edm.String","semanticType":null,"#
          + #""searchProperties":{"isSearchable":false,"isFilterable":true,"isFacetable":false,"isSortable":true,"facetSpecification":null}}"#,
        #""keys":[[{"name":"CustomerId""#,
      ], successor: attributes("msdynci_customerprofile")),
    // The real-time API's "get the UnifiedActivity format".
    .answered(
      "5 GET …/manage/tables/{name}", "{L}/manage/tables/UnifiedActivity",
      [
        #""entityType":"unifiedActivity""#, #""name":"ActivityTime","friendlyName":"ActivityTime","#,
        "Edm.DateTimeOffset",
      ], successor: attributes("msdynci_unifiedactivity")),
    .answered(
      "5 GET …/manage/tables/{name}", "/api/instances/{I}/manage/tables/customerchurnprediction",
      [#"{"name":"CustomerChurnPrediction""#, #""entityType":"Intelligence""#],
      successor: attributes("msdynci_prediction")),
    .refused("5 GET …/manage/entities/{entityName}", "{L}/manage/entities/Nothing", 404, "entityNotFound"),
    .refused(
      "5 GET …/entitysize", "{L}/manage/entities/Customer/entitysize", 403, "policy.option", ["$count"]),
    .refused("5 GET …/entitysize", "{L}/manage/tables/Nothing/entitysize", 404, "entityNotFound"),
    .answered(
      "5 GET …/manage/search", "{L}/manage/search",
      [
        #"{"entityConfig":[{"qualifiedEntityName":"Customer","attributes":[{"name":"FullName","#,
        #""isSearchable":true"#, #""isSystemGenerated":true"#,
      ]),
    .write("5 PUT …/manage/search", "PUT", "{L}/manage/search", "Segments, measures"),
    LegacyRouteRow(
      line: "5 GET …/profile/keyring",
      target: "{L}/profile/keyring?dataSourceName={keyDataSource}&entityName={keyEntity}&key={keyValue}", status: 200,
      shape: .json, says: [#"{"instanceId":"{I}","customerId":"{keyCustomer}","keyRing":"#], reads: true,
      successor:
        "msdynci_alternatekeys?$select=msdynci_customerid,msdynci_keyring&$filter=msdynci_datasourcename%20eq%20"
        + "'{keyDataSource}'%20and%20msdynci_entityname%20eq%20'{keyEntity}'%20and%20msdynci_alternatevalue%20eq%20"
        + "'{keyValue}'&$top=2"),
    .refused("5 GET …/profile/keyring", "{L}/profile/keyring?dataSourceName=a&key=b", 400, "parameterMissing"),
    LegacyRouteRow(
      line: "5 GET …/profile/keyring", target: "{L}/profile/keyring?dataSourceName=a&entityName=b&key=none",
      status: 404,
      shape: .apiErrorResult, says: [#""errorCode":"keyNotFound""#], reads: true, successor: "*"),
    .absent(
      "5 GET …/profile/activityresponsemetadata", "{L}/profile/activityresponsemetadata?customerId=x",
      "documented nowhere"),
    .answered(
      "5 GET …/profilestore/stateinfo", "{L}/profilestore/stateinfo",
      [#""primaryInfo":{"currentState":"queryable","rowCount":null,"size":null}"#]),
    .answered(
      "5 GET …/profilestore/stateinfo", "/api/instances/{I}/profilestore/stateinfo",
      [#""currentState":"Queryable""#]),
    .answered(
      "5 GET …/rbac/myrole", "{L}/rbac/myrole",
      [#"{"principalId":null,"principalType":"app","roles":["Viewer"],"instanceId":"{I}"}"#]),
  ]

  /// Section 5: what stays inside Customer Insights.
  static let inside: [LegacyRouteRow] =
    [
      .absent("5 GET …/manage/relationships", "{L}/manage/relationships", "Relationships"),
      .absent("5 GET …/{relationshipName}", "{L}/manage/relationships/a", "Relationships"),
      .absent("5 GET …/manage/systemrelationships", "{L}/manage/systemrelationships", "Relationships"),
      .absent("5 GET …/manage/segments", "{L}/manage/segments?numberOfSegments=5", "Definitions of segments"),
      .absent("5 GET …/manage/measures", "{L}/manage/measures?templateSummaryIncluded=true", "measures"),
      .absent("5 GET …/{measureName}", "{L}/manage/measures/a?includeHistoricStats=true", "measures"),
      .absent("5 GET …/manage/datasources", "{L}/manage/datasources", "Data sources"),
      .absent("5 GET …/manage/datasources/v2", "{L}/manage/datasources/v2", "Data sources"),
      .absent("5 GET …/{dataSourceId}", "{L}/manage/datasources/a?includeModel=true", "Data sources"),
      .absent("5 GET …/hierarchies", "{L}/hierarchies", "Hierarchies"),
      .absent("5 GET …/hierarchies", "{L}/hierarchies/a", "Hierarchies"),
      .absent("5 GET …/entitySemanticLabels", "{L}/manage/schema/entitySemanticLabels", "labels"),
      .absent("5 GET …/attributeSemanticLabels", "{L}/manage/schema/attributeSemanticLabels", "labels"),
      .write("5 PUT …/activate", "PUT", "{L}/manage/segments/a/activate", "Segments, measures"),
      .write("5 PUT …/deactivate", "PUT", "{L}/manage/segments/a/deactivate", "Segments, measures"),
      .write("5 DELETE …/datasources", "DELETE", "{L}/manage/datasources/a", "Data sources"),
      .write("5 POST …/hierarchies", "POST", "{L}/hierarchies", "Segments, measures"),
      .write("5 PATCH …/hierarchies", "PATCH", "{L}/hierarchies/a", "Segments, measures"),
      .write("5 DELETE …/hierarchies", "DELETE", "{L}/hierarchies/a", "Segments, measures"),
      .write("5 PATCH …/conflations", "PATCH", "{L}/conflations/1/x", "Segments, measures"),
      .write(
        "5 PATCH …/entityInfo", "PATCH", "{L}/manage/datasources/1/entities/a/entityInfo", "Data sources"),
    ]
    + ["relationships", "segments", "measures"].flatMap { word -> [LegacyRouteRow] in
      [
        .write("5 POST …/\(word)", "POST", "{L}/manage/\(word)", "Segments, measures"),
        .write("5 PUT …/\(word)", "PUT", "{L}/manage/\(word)/a", "Segments, measures"),
        .write("5 DELETE …/\(word)", "DELETE", "{L}/manage/\(word)/a", "Segments, measures"),
      ]
    }

  /// Section 5: profiles of data, roles and jobs.
  static let engine: [LegacyRouteRow] =
    [
      .absent("5 GET …/dataprofile", "{L}/dataprofile/Customer?includeAttributeData=true", "Profiles of source data"),
      .absent("5 GET …/dataprofile", "{L}/dataprofile/Customer/FullName", "Profiles of source data"),
      .absent("5 GET …/rbac/roles", "{L}/rbac/roles", "Roles"),
      .absent("5 GET …/rbac/assignments", "{L}/rbac/assignments", "Roles"),
      .write("5 PUT …/assignment", "PUT", "{L}/rbac/principals/a/assignment", "Roles"),
      .write("5 DELETE …/assignment", "DELETE", "{L}/rbac/principals/a/assignment", "Roles"),
    ]
    + ["workflows", "manage/workflows"].flatMap { base -> [LegacyRouteRow] in
      [
        .absent("5 GET …/jobs", "{L}/\(base)/main/jobs?top=5&includeTasks=true", "processing engine"),
        .absent("5 GET …/jobs/{jobId}", "{L}/\(base)/main/jobs/a", "processing engine"),
        .absent("5 GET …/history", "{L}/\(base)/main/history?top=5", "processing engine"),
        .absent("5 GET …/status", "{L}/\(base)/main/status", "processing engine"),
        .absent("5 GET …/schedules", "{L}/\(base)/main/schedules", "processing engine"),
        .absent("5 GET …/supportedTimezones", "{L}/\(base)/main/schedules/supportedTimezones", "processing engine"),
        .write("5 POST …/jobs", "POST", "{L}/\(base)/main/jobs?operationType=full", "Refreshes"),
        .write("5 POST …/cancel", "POST", "{L}/\(base)/main/jobs/a/cancel", "Refreshes"),
        .write("5 POST …/schedules", "POST", "{L}/\(base)/main/schedules", "Refreshes"),
        .write("5 POST …/schedules/batch", "POST", "{L}/\(base)/main/schedules/batch", "Refreshes"),
      ]
    }

  /// Section 6: what operations of the connectors are in this API. Their own paths are published nowhere.
  static let connector: [LegacyRouteRow] = [
    .answered(
      "6 Get entities", "{L}/manage/tables", [#""name":"Customer""#, #""name":"UnifiedActivity""#],
      successor: definitions),
    .rows(
      "6 Get items",
      "{L}/data/UnifiedActivity?$filter=CustomerId eq '{customerID}' AND ActivityTime gt "
        + "2015-01-01T00:00:00Z&$top=3&$select=Title,ActivityTime"),
    .rows("6 Get items, by a list", "{L}/data/Customer?$filter=CustomerId in ('{customerID}','a')&$select=FullName"),
    .rows("6 Get items, with $skip", "{L}/data/Customer?$skip=2&$top=2&$select=CustomerId"),
    .rows("6 filterable fields", "{L}/data/UnifiedActivity?$filter=ActivityId eq '{customerID}-0'&$select=Title"),
    .rows("6 filterable fields", "{L}/data/Customer_Measure?$filter=CustomerId eq '{customerID}'"),
    .rows("6 filterable fields", "{L}/data/CustomerChurnPrediction?$filter=CustomerId eq '{customerID}'"),
    LegacyRouteRow(
      line: "6 Get item", target: "{L}/data/Customer('{customerID}')?$select=CustomerId", status: 200, shape: .json,
      says: [#""CustomerId":"{customerID}""#], reads: true, successor: "*"),
    .refused("6 Segments of Power Apps", "{L}/data/Segments", 404, "entityNotFound", shape: .oDataError),
    .write("6 Create item", "POST", "{L}/data/UnifiedActivity", "a data source", shape: .oDataError),
    .write("6 Update item", "PATCH", "{L}/data/Customer/{customerID}", "a data source", shape: .oDataError),
    .refused(
      "6 Retrieve partitions", "{L}/data/UnifiedActivity?$select=*&proxy=true", 501, "notSupported", ["lake"],
      shape: .oDataError),
    .refused(
      "6 Retrieve data from a partition", "{L}/data?relativePath=UnifiedActivity&$select=*&proxy=True", 501,
      "notSupported", ["lake"], shape: .oDataError),
    .write("6 Sends the status report", "POST", "{L}/statusreport?reportType=x", "Segments, measures"),
    .refused("6 triggers", "{L}/triggers", 404, "routeNotFound"),
    .write("6 triggers", "POST", "{L}/triggers", "Segments, measures"),
    .write("6 triggers", "DELETE", "{L}/triggers/1", "Segments, measures"),
  ]

  /// What no line has.
  static let errors: [LegacyRouteRow] = [
    .refused("5 none", "{L}/what", 404, "routeNotFound", ["manage/entities"]),
    .refused("5 none", "{L}/manage/segments/a/activate", 501, "notSupported"),
    .refused(
      "3.3 parse", "{L}/data/Customer?$filter=CustomerId%20eq%20'a", 400, "syntax.unterminated-string",
      shape: .oDataError),
    .refused(
      "3.3 policy", "{L}/data/Customer?$filter=Gender%20eq%20'x'", 403, "policy.column.filter", shape: .oDataError),
    .refused(
      "3.3 field", "{L}/manage/entities", 403, "policy.header", headers: ["MSCRMCallerID: x"]),
    .refused("4.1 none", "{L}/data/$metadata/x", 404, "routeNotFound", shape: .oDataError),
    // Paths of neither API, below a base of this one.
    .refused("1 none", "/v1", 404, "route.unknown"),
    .refused("1 none", "/V1/customers?x=instances", 404, "route.unknown"),
    // The row is not there, and the query that looks for it is known.
    LegacyRouteRow(
      line: "7 C10 none", target: "{L}/data/Customer('00000000000000000000000000000000')", status: 404,
      shape: .oDataError, says: [#""errorCode":"entityNotFound""#], reads: true,
      successor: "msdynci_customerprofiles?$filter=msdynci_customerid%20eq%20'00000000000000000000000000000000'"),
  ]
}
