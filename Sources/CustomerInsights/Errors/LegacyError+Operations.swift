/// What operations are refused with.
extension LegacyError {
  /// An instance that this gateway does not answer for; the words are those of the service.
  package static func unknownInstance() -> LegacyError {
    LegacyError(
      status: 404, errorCode: "MetaDataNotFound",
      message: "Metadata object not found. This gateway does not answer for this instance id.", style: .apiErrorResult)
  }

  /// A path that no operation has.
  static func unknownPath(_ style: Style = .apiErrorResult) -> LegacyError {
    LegacyError(
      status: 404, errorCode: "routeNotFound",
      message: "No operation of the Customer Insights API has this path.",
      remedy: "Rows are read under /instances/{id}/data/{entity}; /instances/{id}/manage/entities lists the entities.",
      style: style)
  }

  /// `…/data?relativePath=` with nothing behind the sign, or without the sign.
  static func relativePathEmpty() -> LegacyError {
    LegacyError(
      status: 400, errorCode: "relativePathEmpty", message: "The parameter relativePath has no value.",
      remedy: "Name an entity: relativePath=Customer.", target: "relativePath")
  }

  /// `…/data?$top=5`: options, and no entity that they could be for.
  static func relativePathMissing() -> LegacyError {
    LegacyError(
      status: 400, errorCode: "relativePathMissing", message: "The options are for no entity.",
      remedy: "Name one: /data/Customer?…, or relativePath=Customer. Without options the path lists the entities.",
      target: "relativePath")
  }

  /// A path that has operations, none of which reads.
  static func onlyWritten() -> LegacyError {
    LegacyError(
      status: 501, errorCode: "notSupported", message: "Nothing is read at this path; what it changes is not served.",
      remedy: "Make the change in Customer Insights - Data.", style: .apiErrorResult)
  }

  /// For tools that ask for the Dataverse query of an operation that takes none.
  package static func answeredHere(_ style: Style) -> LegacyError {
    LegacyError(
      status: 501, errorCode: "notSupported", message: "This operation takes no query of Dataverse.",
      remedy: "The gateway answers it itself.", style: style)
  }

  /// What Dataverse has nothing to answer with.
  package static func absent(_ absence: LegacyAbsence) -> LegacyError {
    var error = LegacyError(
      status: 501, errorCode: "notSupported", message: absence.reason,
      remedy: "\(absence.remedy) See \(vendorPage)", style: .apiErrorResult)
    error.documentation = vendorPage
    return error
  }

  /// Where the vendor says what of Customer Insights there is in Dataverse.
  package static let vendorPage = "https://learn.microsoft.com/dynamics365/customer-insights/data/dv-odata"

  /// `…/data/$metadata`.
  package static func dataModelAbsent() -> LegacyError {
    LegacyError(
      status: 501, errorCode: "notSupported",
      message: "There is no metadata document in the names of the Customer Insights API.",
      remedy: "…/manage/entities describes the entities with their attributes; the $metadata document of the Dataverse "
        + "tables is at /api/data/v9.2/$metadata.")
  }

  /// A method that is not a read.
  /// - Parameter target: in origin-form; tells what to say instead.
  package static func writeRefused(method: String, target: String = "") -> LegacyError {
    let write = LegacyRoute.write(method, Array(target.utf8))
    let style = target.isEmpty ? .oDataError : Style(target: target)
    let shown = method.filter { $0.isASCII && ($0.isLetter || $0 == "-" || $0 == " ") }
    return LegacyError(
      status: 405, errorCode: "writesRefused", message: "This gateway only reads: \(shown) is refused.",
      remedy: (write ?? (style == .oDataError ? .rows : .definitions)).advice, style: style)
  }
}

extension LegacyAbsence {
  /// One sentence.
  fileprivate var reason: String {
    switch self {
    case .jobs:
      "Jobs, schedules and their history belong to the processing engine of Customer Insights, which does not publish "
        + "them to Dataverse."
    case .measures:
      "Definitions of measures stay inside Customer Insights; Dataverse has their values alone."
    case .relationships: "Relationships between source tables stay inside Customer Insights."
    case .dataSources: "Data sources and their tables stay inside Customer Insights."
    case .hierarchies: "Hierarchies stay inside Customer Insights."
    case .roles:
      "Roles of Customer Insights mean nothing here: who may read what is for the policy of this gateway to say."
    case .profiling: "Profiles of source data stay inside Customer Insights."
    case .labels: "Semantic labels stay inside Customer Insights."
    case .activityCounts: "The form of this answer is documented nowhere, so that none is made up."
    }
  }

  /// What to do instead.
  fileprivate var remedy: String {
    switch self {
    case .jobs: "Look at the status page of Customer Insights - Data."
    case .measures: "Read the values under /data/Customer_Measure."
    case .relationships, .dataSources, .hierarchies, .profiling, .labels: "Look them up in Customer Insights - Data."
    case .roles: "Ask the operator of this gateway."
    case .activityCounts: "Read the customer's rows under /data/UnifiedActivity and count them by ActivityType."
    }
  }
}

extension LegacyWrite {
  /// Why not, and what to do instead.
  fileprivate var advice: String {
    switch self {
    case .rows:
      "Writing to the Customer Insights tables in Dataverse breaks Customer Insights processing, which owns and rewrites "
        + "them. Bring the data in through a data source of Customer Insights instead; its next refresh carries it into "
        + "these tables."
    case .definitions:
      "Segments, measures, relationships and what describes them belong to Customer Insights, and no write to Dataverse "
        + "changes them. Change them in Customer Insights - Data."
    case .instances:
      "Environments are made, changed and removed in Customer Insights - Data and in the Power Platform admin center."
    case .dataSources: "Data sources are changed in Customer Insights - Data."
    case .jobs: "Refreshes are started and planned in Customer Insights - Data, on its status and schedule pages."
    case .roles:
      "Roles are given in Customer Insights - Data; who may read here is in the configuration of this gateway."
    case .instanceBatch: "Read GET /instances, which lists all instances of this gateway, or GET /instances/{id}."
    }
  }
}
