import CustomerInsights
import Dataverse
import Foundation
import ODataURL
import Testing

@testable import Planning
@testable import Policy

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// Policies made of rules, not of YAML, and what is served for them.
enum Served {
  static let origin = "http://gate.example"
  static let root = "/api/data/v9.2/"
  static let schema = Schema.customerInsights(profileColumns: Schema.sampleProfileColumns)

  static func policy(
    _ scopes: [ScopeRule], metadata: Set<MetadataDocument> = Set(MetadataDocument.allCases)
  ) -> Policy {
    Policy(
      name: "test", version: "0123456789abcdef", schema: schema, limits: PolicyLimits(), annotations: [],
      metadata: metadata, tables: scopes.first?.tables ?? [], scopes: scopes)
  }

  /// What ships with the program, read once.
  static let shipped = Result {
    try RuleBook.load(policyFile: nil, mappingFile: nil, schema: RuleBook.offlineSchema)
  }

  static func planner(_ policy: Policy) throws -> QueryPlanner {
    QueryPlanner(
      policy: policy, mapping: try shipped.get().mapping, instances: .any, origin: origin, tokens: OpenTokens())
  }

  /// A scope that is small and has one of everything.
  static func narrowScope() throws -> ScopeRule {
    let activity = try #require(schema.table(named: "msdynci_unifiedactivity"))
    let profile = try #require(schema.table(named: "msdynci_customerprofile"))
    func rule(_ table: Table, _ name: String, _ change: (inout ColumnRule) -> Void) throws -> ColumnRule {
      var rule = ColumnRule(column: try #require(table.column(name)))
      change(&rule)
      return rule
    }
    let toCustomer = try #require(activity.navigation("msdynci_lookupfield_customer"))
    let toActivities = try #require(profile.navigation("msdynci_customer_unifiedactivity"))
    // Its table is not in the scope.
    let toMeasures = try #require(profile.navigation("msdynci_customer_customermeasure"))
    return ScopeRule(
      name: "narrow",
      tables: [
        TableRule(
          table: activity, timeToLive: 0,
          options: [.select, .filter, .orderby, .top, .expand, .apply, .count, .countSegment, .key],
          columns: [
            try rule(activity, "msdynci_activityid") { $0.isSelectable = true },
            try rule(activity, "msdynci_customerid") { $0.operations = [.comparison(.eq): LiteralShape()] },
            try rule(activity, "msdynci_activitytime") {
              $0.isSelectable = true
              $0.isOrderable = true
              $0.operations = Dictionary(
                uniqueKeysWithValues: [.eq, .gt, .ge, .lt, .le].map { (.comparison($0), LiteralShape()) })
            },
            try rule(activity, "msdynci_activitytype") { $0.isGroupable = true },
            try rule(activity, "msdynci_unifiedactivityid") { $0.operations = [.comparison(.eq): LiteralShape()] },
            try rule(activity, "_msdynci_lookupfield_customer_value") { $0.isSelectable = true },
            // Named, but for nothing.
            try rule(activity, "msdynci_title") { _ in },
          ],
          navigations: [
            "msdynci_lookupfield_customer": NavigationRule(toCustomer, isExpandable: true, isFilterable: true)
          ],
          transformations: [.groupby, .filter],
          requirements: [
            Requirement(columns: ["msdynci_customerid"]),
            Requirement(columns: ["msdynci_activitytime", "msdynci_unifiedactivityid", "msdynci_title"]),
          ]),
        TableRule(
          table: profile, timeToLive: 0, options: [.countSegment],
          columns: [try rule(profile, "msdynci_lastname") { $0.operations = [.text(.contains): LiteralShape()] }],
          navigations: [
            "msdynci_customer_unifiedactivity": NavigationRule(toActivities, isExpandable: true, isFilterable: false),
            "msdynci_customer_customermeasure": NavigationRule(toMeasures, isExpandable: true, isFilterable: true),
          ]),
      ], limits: PolicyLimits())
  }

  static let narrow = PlanScope(policy: "narrow", cache: "a")

  private static let narrowOne = Result { try planner(policy([narrowScope()])) }

  static func narrowPlanner() throws -> QueryPlanner { try narrowOne.get() }

  static func answer(_ planner: QueryPlanner, _ target: String, _ scope: PlanScope = narrow) throws -> String {
    let answer = try #require(try planner.metadata(root + target.replacing(" ", with: "%20"), scope: scope))
    return String(decoding: answer.body, as: UTF8.self)
  }

  /// What becomes of a target in one line: `answer`, `rows`, or status and code of the refusal.
  static func outcome(_ planner: QueryPlanner, _ target: String, _ scope: PlanScope = narrow) -> String {
    do throws(Refusal) {
      return try planner.metadata(root + target.replacing(" ", with: "%20"), scope: scope) == nil ? "rows" : "answer"
    } catch {
      return "\(error.status) \(error.code)"
    }
  }

  static func values(_ text: String) throws -> [[String: Any]] {
    let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    return try #require(object?["value"] as? [[String: Any]])
  }
}

/// An element of an XML document, read by a parser that knows nothing of us.
final class XMLElement {
  let name: String
  let attributes: [String: String]
  var children: [XMLElement] = []
  var text = ""

  init(_ name: String, _ attributes: [String: String]) {
    self.name = name
    self.attributes = attributes
  }

  func all(_ name: String) -> [XMLElement] {
    children.flatMap { ($0.name == name ? [$0] : []) + $0.all(name) }
  }

  func child(_ name: String, _ key: String, _ value: String) -> XMLElement? {
    children.first { $0.name == name && $0.attributes[key] == value }
  }

  subscript(attribute: String) -> String { attributes[attribute] ?? "" }

  static func parse(_ text: String) throws -> XMLElement {
    let reader = Reader()
    let parser = XMLParser(data: Data(text.utf8))
    parser.delegate = reader
    try #require(parser.parse(), "\(parser.parserError.map { "\($0)" } ?? "")")
    return try #require(reader.root.children.first)
  }

  private final class Reader: NSObject, XMLParserDelegate {
    let root = XMLElement("", [:])
    private lazy var open = [root]

    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
      attributes: [String: String]
    ) {
      let element = XMLElement(name, attributes)
      open.last?.children.append(element)
      open.append(element)
    }

    func parser(_ parser: XMLParser, didEndElement: String, namespaceURI: String?, qualifiedName: String?) {
      open.removeLast()
    }

    func parser(_ parser: XMLParser, foundCharacters text: String) { open.last?.text += text }
  }
}
