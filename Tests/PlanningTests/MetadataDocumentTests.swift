import Dataverse
import Foundation
import ODataURL
import Testing

@testable import Planning
@testable import Policy

/// What the documents say.
@Suite struct MetadataDocumentTests {
  // MARK: Golden

  @Test func serviceDocumentOfTheNarrowScope() throws {
    let text = try Served.answer(try Served.narrowPlanner(), "")
    #expect(
      text == """
        {"@odata.context":"http://gate.example/api/data/v9.2/$metadata","value":[\
        {"name":"msdynci_unifiedactivities","kind":"EntitySet","url":"msdynci_unifiedactivities"},\
        {"name":"msdynci_customerprofiles","kind":"EntitySet","url":"msdynci_customerprofiles"}]}
        """)
  }

  @Test func definitionsOfTheNarrowScope() throws {
    let planner = try Served.narrowPlanner()
    let select = "$select=LogicalName,EntitySetName,PrimaryIdAttribute,PrimaryNameAttribute"
    #expect(
      try Served.answer(planner, "EntityDefinitions?\(select)&$filter=LogicalName eq 'msdynci_unifiedactivity'") == """
        {"@odata.context":"http://gate.example/api/data/v9.2/$metadata#EntityDefinitions(LogicalName,EntitySetName,\
        PrimaryIdAttribute,PrimaryNameAttribute)","value":[{"MetadataId":"f57744cf-a597-8422-b106-154a185b63e0",\
        "LogicalName":"msdynci_unifiedactivity","EntitySetName":"msdynci_unifiedactivities",\
        "PrimaryIdAttribute":"msdynci_unifiedactivityid","PrimaryNameAttribute":"msdynci_activityid"}]}
        """)
    // A primary name that has no use is not told.
    let profile = try Served.answer(planner, "EntityDefinitions(LogicalName='msdynci_customerprofile')?\(select)")
    #expect(profile.hasSuffix(#""PrimaryIdAttribute":"msdynci_customerprofileid","PrimaryNameAttribute":null}"#))
    #expect(profile.contains(#""http://gate.example/api/data/v9.2/$metadata#EntityDefinitions(LogicalName,"#))
    #expect(profile.contains(#"PrimaryNameAttribute)/$entity""#))
    let columns = try Served.values(
      try Served.answer(
        planner,
        "EntityDefinitions(LogicalName='msdynci_unifiedactivity')/Attributes?$select=LogicalName,AttributeType,IsPrimaryId,IsValidForRead"
      ))
    let lines = columns.map { column in
      ["LogicalName", "AttributeType", "@odata.type", "IsPrimaryId", "IsValidForRead"]
        .map { (column[$0] as? Bool).map(String.init) ?? "\(column[$0] ?? "-")" }.joined(separator: " ")
        .replacing("#Microsoft.Dynamics.CRM.", with: "")
    }
    #expect(
      lines == [
        "msdynci_activityid String StringAttributeMetadata false true",
        "msdynci_customerid String StringAttributeMetadata false false",
        "msdynci_activitytime DateTime DateTimeAttributeMetadata false true",
        "msdynci_activitytype String StringAttributeMetadata false false",
        "msdynci_unifiedactivityid Uniqueidentifier UniqueIdentifierAttributeMetadata true false",
        "msdynci_lookupfield_customer Lookup LookupAttributeMetadata false true",
      ])
    #expect(columns.allSatisfy { Set($0.keys).isSubset(of: Self.selected) })
  }

  private static let selected: Set<String> = [
    "@odata.type", "MetadataId", "LogicalName", "AttributeType", "IsPrimaryId", "IsValidForRead",
  ]

  @Test func csdlOfTheNarrowScope() throws {
    let document = try XMLElement.parse(try Served.answer(try Served.narrowPlanner(), "$metadata"))
    #expect(CSDLOutline.lines(document).joined(separator: "\n") == Self.narrowOutline)
  }

  private static let narrowOutline = """
    type msdynci_unifiedactivity key msdynci_unifiedactivityid
      msdynci_activityid Edm.String Read "Uses: select."
      msdynci_customerid Edm.String None "Uses: filter (eq)."
      msdynci_activitytime Edm.DateTimeOffset Read "Uses: select; filter (eq, ge, gt, le, lt); order."
      msdynci_activitytype Edm.String None "Uses: aggregate (groupby)."
      msdynci_unifiedactivityid Edm.Guid None "Uses: filter (eq)."
      _msdynci_lookupfield_customer_value Edm.Guid Read "Uses: select."
      -> msdynci_lookupfield_customer mscrm.msdynci_customerprofile
    type msdynci_customerprofile key msdynci_customerprofileid
      msdynci_lastname Edm.String None "Uses: filter (contains)."
      msdynci_customerprofileid Edm.Guid None "Uses: none."
      -> msdynci_customer_unifiedactivity Collection(mscrm.msdynci_unifiedactivity)
    set msdynci_unifiedactivities Microsoft.Dynamics.CRM.msdynci_unifiedactivity
      msdynci_lookupfield_customer -> msdynci_customerprofiles
      FilterRestrictions Filterable=true RequiresFilter=true RequiredProperties=[msdynci_customerid] \
    NonFilterableProperties=[msdynci_activityid,msdynci_activitytype,_msdynci_lookupfield_customer_value] \
    FilterExpressionRestrictions=[{Property=msdynci_customerid AllowedExpressions=MultiValue},\
    {Property=msdynci_activitytime AllowedExpressions=MultiRange},\
    {Property=msdynci_unifiedactivityid AllowedExpressions=MultiValue}]
      SortRestrictions Sortable=true NonSortableProperties=[msdynci_activityid,msdynci_customerid,\
    msdynci_activitytype,msdynci_unifiedactivityid,_msdynci_lookupfield_customer_value]
      SelectSupport Supported=true
      ExpandRestrictions Expandable=false
      NavigationRestrictions Navigability=None
      CountRestrictions Countable=true
      TopSupported true
      SkipSupported false
      SearchRestrictions Searchable=false
      ReadRestrictions Readable=true ReadByKeyRestrictions={Readable=true}
      InsertRestrictions Insertable=false
      UpdateRestrictions Updatable=false
      DeleteRestrictions Deletable=false
      ChangeTracking Supported=false
      ApplySupported Transformations=[filter,groupby] Rollup=None PropertyRestrictions=true \
    GroupableProperties=[msdynci_activitytype]
      LongDescription A query has to name one of these by equality: msdynci_activitytime, msdynci_unifiedactivityid.
    set msdynci_customerprofiles Microsoft.Dynamics.CRM.msdynci_customerprofile
      msdynci_customer_unifiedactivity -> msdynci_unifiedactivities
      FilterRestrictions Filterable=false
      SortRestrictions Sortable=false
      SelectSupport Supported=false
      ExpandRestrictions Expandable=false
      NavigationRestrictions Navigability=None RestrictedProperties=[{NavigationProperty=\
    msdynci_customer_unifiedactivity FilterRestrictions={Filterable=false}}]
      CountRestrictions Countable=false
      TopSupported false
      SkipSupported false
      SearchRestrictions Searchable=false
      ReadRestrictions Readable=false ReadByKeyRestrictions={Readable=false}
      InsertRestrictions Insertable=false
      UpdateRestrictions Updatable=false
      DeleteRestrictions Deletable=false
      ChangeTracking Supported=false
    container BatchSupported=false AsynchronousRequestsSupported=false CrossJoinSupported=false \
    QuerySegmentSupported=false KeyAsSegmentSupported=false
    """

  /// A row filter stands in the way of a single row and of keys, but not of a collection.
  @Test func rowFiltersTakeWaysAway() throws {
    let filter = RowFilter(expression: try Parser(settings: .dataverse).expression("msdynci_title eq 'x'"), claims: [])
    for filters in [[], [filter]] {
      let rules = try ["msdynci_customerprofile", "msdynci_unifiedactivity"].map { name in
        let table = try #require(Served.schema.table(named: name))
        var key = ColumnRule(column: try #require(table.column(table.primaryKey)))
        key.isSelectable = true
        key.operations = [.comparison(.eq): LiteralShape()]
        return TableRule(
          table: table, timeToLive: 0, options: [.expand, .key], columns: [key],
          navigations: Dictionary(
            uniqueKeysWithValues: table.navigations.map {
              ($0.name, NavigationRule($0, isExpandable: true, isFilterable: true))
            }), rowFilters: filters)
      }
      let planner = try Served.planner(
        Served.policy([ScopeRule(name: "narrow", tables: rules, limits: PolicyLimits())]))
      let lines = CSDLOutline.lines(try XMLElement.parse(try Served.answer(planner, "$metadata")))
      let expands = lines.filter { $0.hasPrefix("  ExpandRestrictions") }
      let expandable = "  ExpandRestrictions Expandable=true NonExpandableProperties=[] MaxLevels=1"
      #expect(expands == [expandable, filters.isEmpty ? expandable : "  ExpandRestrictions Expandable=false"])
      let reads = lines.filter { $0.hasPrefix("  ReadRestrictions") }
      #expect(
        reads
          == Array(
            repeating: "  ReadRestrictions Readable=true ReadByKeyRestrictions={Readable=\(filters.isEmpty)}", count: 2)
      )
    }
  }

  /// The shipped policy: its tables, and of each the columns with what they are for.
  @Test func documentsOfTheShippedPolicy() throws {
    let book = try Served.shipped.get()
    let planner = try Served.planner(book.policy)
    let scope = PlanScope(policy: "default", cache: "a")
    let sets = try Served.values(try Served.answer(planner, "", scope)).compactMap { $0["name"] as? String }
    #expect(
      sets == [
        "msdynci_customerprofiles", "msdynci_alternatekeys", "msdynci_unifiedactivities", "msdynci_customermeasures",
        "msdynci_enrichments", "msdynci_predictions", "msdynci_segmentmemberships",
        "msdynci_unifiedcontactprofiles", "msdynci_contactprofiles",
      ])
    let document = try XMLElement.parse(try Served.answer(planner, "$metadata", scope))
    CSDLCheck.expectSound(document)
    let keys = CSDLOutline.lines(document).filter { $0.hasPrefix("type ") }
    #expect(keys.contains("type msdynci_alternatekey key msdynci_alternatekeyid"))
    let outline = CSDLOutline.lines(document)
    let start = try #require(outline.firstIndex(of: "type msdynci_alternatekey key msdynci_alternatekeyid"))
    #expect(
      Array(outline[start...].prefix(7)) == [
        "type msdynci_alternatekey key msdynci_alternatekeyid",
        #"  msdynci_datasourcename Edm.String Read "Uses: select; filter (eq).""#,
        #"  msdynci_entityname Edm.String Read "Uses: select; filter (eq).""#,
        #"  msdynci_alternatevalue Edm.String Read "Uses: select; filter (eq).""#,
        #"  msdynci_keyring Edm.String Read "Uses: select.""#,
        #"  msdynci_customerid Edm.String Read "Uses: select.""#,
        #"  msdynci_alternatekeyid Edm.Guid None "Uses: none.""#,
      ])
    let set = try #require(outline.firstIndex { $0.hasPrefix("set msdynci_alternatekeys ") })
    #expect(
      Array(outline[(set + 1)...].prefix(6)) == [
        "  FilterRestrictions Filterable=true NonFilterableProperties=[msdynci_keyring,msdynci_customerid,"
          + "msdynci_alternatekeyid] FilterExpressionRestrictions=[{Property=msdynci_datasourcename "
          + "AllowedExpressions=MultiValue},{Property=msdynci_entityname AllowedExpressions=MultiValue},"
          + "{Property=msdynci_alternatevalue AllowedExpressions=MultiValue}]",
        "  SortRestrictions Sortable=false", "  SelectSupport Supported=true", "  ExpandRestrictions Expandable=false",
        "  NavigationRestrictions Navigability=None", "  CountRestrictions Countable=false",
      ])
  }

  /// The gateway's own reader of Dataverse's definitions takes what the gateway serves.
  @Test func ourOwnReaderReadsTheDefinitions() throws {
    let book = try Served.shipped.get()
    let planner = try Served.planner(book.policy)
    for rule in try #require(book.policy.scope("default")).tables {
      let text = try Served.answer(
        planner, "EntityDefinitions(LogicalName='\(rule.table.logicalName)')/Attributes",
        PlanScope(policy: "default", cache: "a"))
      let read = try EntityDefinitions(Array(text.utf8)).columns
      #expect(read.map(\.logicalName) == rule.columns.map(\.column.logicalName))
      #expect(read.map(\.displayName) == rule.columns.map(\.column.displayName))
    }
  }

  // MARK: Words of the vocabulary

  static let words: [([String], Int, String?)] = [
    (["eq"], 100, "MultiValue"), (["eq"], 1, "SingleValue"), (["In"], 100, "MultiValue"),
    (["eq", "ne", "contains"], 100, "MultiValue"), (["contains"], 100, "SearchExpression"),
    (["contains", "startswith", "endswith"], 100, "SearchExpression"), (["ge", "le"], 100, "SingleRange"),
    (["eq", "ge", "le"], 100, "SingleRange"), (["gt"], 100, "SingleRange"),
    (["eq", "gt", "ge", "lt", "le"], 100, "MultiRange"),
    (["eq", "gt", "ge", "lt", "le", "contains"], 100, "MultiRange"),
    (["eq", "gt", "ge", "lt", "le", "contains", "startswith", "endswith"], 100, "MultiRangeOrSearchExpression"),
    (["ne"], 100, nil), (["Today"], 100, nil), ([], 100, nil),
  ]

  @Test(arguments: words)
  func conditionsHaveTheNearestWord(operations: [String], orWidth: Int, expected: String?) throws {
    var rule = ColumnRule(column: Column("a", .text, displayName: "A"))
    for word in operations { rule.operations[try #require(Condition.Operation(word: word))] = LiteralShape() }
    var limits = PolicyLimits()
    limits.orWidth = orWidth
    #expect(Capabilities.expressions(rule, limits) == expected)
  }
}

/// A CSDL document in lines that a person can read.
enum CSDLOutline {
  static func lines(_ document: XMLElement) -> [String] {
    var lines: [String] = []
    for type in document.all("EntityType") {
      lines.append("type \(type["Name"]) key \(type.all("PropertyRef").map { $0["Name"] }.joined(separator: ","))")
      for property in type.children where property.name == "Property" {
        let permission = property.child("Annotation", "Term", "Org.OData.Core.V1.Permissions")?["EnumMember"] ?? ""
        let uses = property.child("Annotation", "Term", "Org.OData.Core.V1.LongDescription")?["String"] ?? ""
        lines.append("  \(property["Name"]) \(property["Type"]) \(last(permission)) \"\(uses)\"")
      }
      for property in type.children where property.name == "NavigationProperty" {
        lines.append("  -> \(property["Name"]) \(property["Type"])")
      }
    }
    for set in document.all("EntitySet") {
      lines.append("set \(set["Name"]) \(set["EntityType"])")
      for binding in set.children where binding.name == "NavigationPropertyBinding" {
        lines.append("  \(binding["Path"]) -> \(binding["Target"])")
      }
      for annotation in set.children where annotation.name == "Annotation" {
        lines.append("  \(annotation["Term"].split(separator: ".").last ?? "") \(value(annotation, isTop: true))")
      }
    }
    for container in document.all("EntityContainer") {
      let terms = container.children.filter { $0.name == "Annotation" }
        .map { "\($0["Term"].split(separator: ".").last ?? "")=\(value($0))" }
      lines.append("container \(terms.joined(separator: " "))")
    }
    return lines
  }

  private static func last(_ path: String) -> String { String(path.split(separator: "/").last ?? "") }

  private static func value(_ element: XMLElement, isTop: Bool = false) -> String {
    for name in ["Bool", "String", "Int", "PropertyPath", "NavigationPropertyPath", "EnumMember"] {
      if let text = element.attributes[name] { return name == "EnumMember" ? last(text) : text }
    }
    guard let child = element.children.first else { return element.text }
    switch child.name {
    case "Record":
      let properties = child.children.map { "\($0["Property"])=\(value($0))" }.joined(separator: " ")
      return isTop ? properties : "{\(properties)}"
    case "Collection":
      let items = child.children.map { $0.name == "Record" ? value(wrapped($0)) : $0.text }
      return "[\(items.joined(separator: ","))]"
    default: return child.text
    }
  }

  private static func wrapped(_ element: XMLElement) -> XMLElement {
    let outer = XMLElement("", [:])
    outer.children = [element]
    return outer
  }
}
