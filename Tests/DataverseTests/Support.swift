import Dataverse
import ODataURL

/// Tables of every kind that the rules tell apart, with the ways between them.
enum Sample {
  static let schema = Schema(tables: [
    Table(
      logicalName: "account", entitySetName: "accounts", primaryKey: "accountid", primaryName: "name", kind: .standard,
      columns: [
        Column("accountid", .uniqueIdentifier, displayName: "Account"),
        Column("name", .text, displayName: "Name", maxLength: 160),
        Column("code", .text, displayName: "Code", maxLength: 850),
        Column("story", .text, displayName: "Story", maxLength: 851),
        Column("notes", .memo, displayName: "Notes", maxLength: 2000),
        Column("createdon", .dateTime, displayName: "Created On", isSystem: true),
        Column("foundedon", .dateOnly, displayName: "Founded On"),
        Column("size", .wholeNumber, displayName: "Size"),
        Column("revenue", .money, displayName: "Revenue"),
        Column("rate", .decimal, displayName: "Rate"),
        Column("score", .double, displayName: "Score", isComputed: true),
        Column("isactive", .boolean, displayName: "Active"),
        Column("industry", .choice, displayName: "Industry"),
        Column("tags", .choices, displayName: "Tags"),
        Column("logo", .image, displayName: "Logo"),
        Column("primarycontact", .lookup(target: "contact"), displayName: "Primary Contact"),
      ],
      navigations: [
        NavigationProperty("primarycontactid", target: "contact", isCollection: false, lookup: "primarycontact"),
        NavigationProperty("tasks", target: "task", isCollection: true),
        NavigationProperty("lists", target: "list", isCollection: true, isManyToMany: true),
        NavigationProperty("elsewhere", target: "unknown", isCollection: false),
      ],
      alternateKeys: [AlternateKey("code", columns: ["code"])]),
    Table(
      logicalName: "contact", entitySetName: "contacts", primaryKey: "contactid", primaryName: "fullname",
      kind: .standard,
      columns: [
        Column("contactid", .uniqueIdentifier, displayName: "Contact"),
        Column("fullname", .text, displayName: "Full Name", maxLength: 160),
        Column("age", .wholeNumber, displayName: "Age"),
        Column("parent", .lookup(target: "account"), displayName: "Parent"),
      ],
      navigations: [
        NavigationProperty("parentid", target: "account", isCollection: false, lookup: "parent"),
        NavigationProperty("tasks", target: "task", isCollection: true),
      ]),
    Table(
      logicalName: "task", entitySetName: "tasks", primaryKey: "taskid", primaryName: "subject", kind: .elastic,
      columns: [
        Column("taskid", .uniqueIdentifier, displayName: "Task"),
        Column("subject", .text, displayName: "Subject", maxLength: 160),
        Column("due", .dateTime, displayName: "Due"),
        Column("partitionid", .text, displayName: "Partition Id", maxLength: 100, isSystem: true),
        Column("owner", .lookup(target: "contact"), displayName: "Owner"),
      ],
      navigations: [
        NavigationProperty("ownerid", target: "contact", isCollection: false, lookup: "owner"),
        NavigationProperty("steps", target: "task", isCollection: true),
      ]),
    Table(
      logicalName: "list", entitySetName: "lists", primaryKey: "listid", primaryName: "title", kind: .virtual,
      columns: [
        Column("listid", .uniqueIdentifier, displayName: "List"),
        Column("title", .text, displayName: "Title", maxLength: 100),
      ],
      navigations: [NavigationProperty("members", target: "account", isCollection: true, isManyToMany: true)]),
    Table(
      logicalName: "msdynci_prediction", entitySetName: "msdynci_predictions", primaryKey: "msdynci_predictionid",
      primaryName: "msdynci_model", kind: .elastic,
      columns: [
        Column("msdynci_predictionid", .uniqueIdentifier, displayName: "Prediction"),
        Column("msdynci_customerid", .text, displayName: "CustomerId", maxLength: 100),
      ]),
  ])

  /// - Parameter query: what follows the service root; parsed as the gateway does.
  static func resolve(_ query: String) throws -> Resolution {
    let uri = try Parser(settings: .dataverse).relativeURI(query)
    return QueryResolver(schema: schema).resolve(AliasSubstitution(uri, maximumNodes: 1000).query)
  }
}

extension Resolution {
  /// `table.column use path` for every name, depth first: columns in the order in which a level holds them. A name that
  /// is not known ends in `?`.
  var uses: [String] { root.uses }
}

extension Level {
  fileprivate var uses: [String] {
    var result: [String] = []
    if let navigation { result.append(navigation.text("expand")) }
    result += (select ?? []).map { $0.text("select") }
    result += order.map { $0.text("order") }
    for condition in conditions {
      let use =
        switch condition.origin {
        case .key: "key"
        case .filter: "filter"
        case .apply(let transformation): "apply\(transformation)"
        }
      let word =
        switch condition.operation {
        case .comparison(let op): op.rawValue
        case .text(let function): function.rawValue
        case .queryFunction(let name): name
        }
      result.append(
        condition.column.text("\(use) \(condition.isNegated ? "!" : "")\(word) \(condition.values.count)"))
      if let other = condition.other { result.append(other.text("other")) }
    }
    result += navigations.map { $0.text("\($0.isNegated ? "!" : "")\($0.use)") }
    for group in aggregation?.groups ?? [] { result.append(group.column.text("group=\(group.member)")) }
    for output in aggregation?.aggregates ?? [] {
      result.append(output.column.text("\(output.method?.rawValue ?? "?")=\(output.member)"))
    }
    result += (aggregation?.counts ?? []).map { "count=\($0)" }
    return result + expands.flatMap(\.uses)
  }
}

extension ColumnReference {
  fileprivate func text(_ use: String) -> String {
    let place = path.isEmpty ? "" : " " + path.joined(separator: "/")
    return "\(table?.logicalName ?? "?").\(name)\(column == nil ? "?" : "") \(use)\(place)"
  }
}

extension NavigationReference {
  fileprivate func text(_ use: String) -> String {
    let place = path.isEmpty ? "" : " " + path.joined(separator: "/")
    return "\(source?.logicalName ?? "?").\(name)\(navigation == nil ? "?" : "") \(use)\(place)"
  }
}
