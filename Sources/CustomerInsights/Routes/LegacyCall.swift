/// A request for an operation of the legacy API that is no data read.
package struct LegacyCall: Sendable, Hashable {
  /// Which front the path belongs to; decides the case of some words in answers.
  package var front: LegacyRoute.Front
  /// A GUID, as the client wrote it; `nil` for the list of instances.
  package var instanceID: String?
  /// What answers the operation.
  package var answer: LegacyOperation.Answer
  /// What stands in the path where the operation has names: that of an entity.
  package var arguments: [String]
  /// Query parameters, names in lower case; of two with one name the first counts.
  package var parameters: [String: String]

  /// The shape of its errors.
  package var style: LegacyError.Style {
    switch answer {
    case .dataService, .dataModel: .oDataError
    default: .apiErrorResult
    }
  }

  /// What links to data begin with.
  package var dataPrefix: String { "\(front.rawValue)/instances/\(instanceID?.lowercased() ?? "")/data/" }

  init(
    _ answer: LegacyOperation.Answer, front: LegacyRoute.Front, instanceID: String?, arguments: [String],
    parameters: [(name: String, value: String)]
  ) {
    self.answer = answer
    self.front = front
    self.instanceID = instanceID
    self.arguments = arguments
    self.parameters = Dictionary(
      parameters.map { ($0.name.lowercased(), $0.value) }, uniquingKeysWith: { first, _ in first })
  }
}
