import CustomerInsights
import Dataverse
import Planning

/// What replaces management reads of the old API that take no row: Dataverse's own metadata, or nothing, where the gateway
/// answers from its configuration.
enum ManagementReplacement {
  /// - Returns: `nil` for a read that takes rows, which is planned, or refused, like any other.
  static func outcome(of call: LegacyCall, _ mapping: LegacyMapping) -> MigrationOutcome? {
    switch call.answer {
    case .entities:
      return moves(
        call, mapping, "Keep the tables of the entities: \(tables(of: mapping)).",
        "Attributes of each: EntityDefinitions(LogicalName='…')/Attributes.")
    case .entity:
      let entity = call.arguments.first.flatMap { mapping.entity($0) }
      return moves(
        call, mapping,
        entity?.unfold.map {
          "Members of the JSON in `\($0)` were attributes of the old entity; no definition lists them."
        })
    case .dataService: return moves(call, mapping, "The service document lists the entity sets.")
    case .dataModel: return moves(call, mapping, "It describes all tables, in Dataverse's own names.")
    case .instances, .instance:
      return staysHere(
        "It tells of Customer Insights instances, which Dataverse does not know.",
        "Name the organization's URL in the new client's configuration.")
    case .searchConfiguration:
      return staysHere(
        "It tells what the gateway's `$search` looks through, which Dataverse does not have.",
        "Choose columns, and look through them with `contains` in `$filter`.")
    case .role:
      return staysHere(
        "It tells that who calls the gateway may read.", "Leave it out: Dataverse refuses what a caller may not read.")
    case .storeState:
      return staysHere(
        "It tells that rows can be read, which Dataverse has no word for.", "Leave it out, or read a row with $top=1.")
    case .absent(let absence):
      let error = LegacyError.absent(absence)
      return .cannot(.init(code: error.errorCode, message: error.message, remedy: error.remedy))
    case .keyring, .entitySize, .segments, .write: return nil
    }
  }

  private static func moves(_ call: LegacyCall, _ mapping: LegacyMapping, _ tasks: String?...) -> MigrationOutcome {
    guard let query = ManagementSuccessor.query(of: call, mapping) else {
      return .cannot(
        .init(
          code: "entityNotFound", message: "No entity of this name is served.", remedy: "Look for it in the mapping."))
    }
    let target = Route.serviceRoot + query
    return .moves(
      MigrationPlan(
        steps: [MigrationStep(target: target, shape: target, tasks: tasks.compactMap(\.self))], entity: "", columns: [:]
      ))
  }

  private static func staysHere(_ what: String, _ remedy: String) -> MigrationOutcome {
    .cannot(
      .init(
        code: "answeredByGateway", message: "The gateway answers this from its own configuration. \(what)",
        remedy: remedy))
  }

  private static func tables(of mapping: LegacyMapping) -> String {
    var seen: Set<String> = []
    return mapping.entityNames.compactMap { mapping.entity($0)?.table.logicalName }
      .filter { seen.insert($0).inserted }.map { "`\($0)`" }.joined(separator: ", ")
  }
}
