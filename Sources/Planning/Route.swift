package import CustomerInsights

/// The dialect a request is written in, and so the shape of its answers and errors.
package enum Dialect: String, Sendable, Hashable {
  case dataverse, legacy
}

/// Where a request target leads. Decided from the path alone, before anything is parsed.
package enum Route: Sendable {
  /// Below `/api/data/v9.2/`: the relative URI starts at this byte of the target.
  case dataverse(offset: Int)
  /// Below `…/instances/{id}/data/`.
  case legacy(LegacyRoute)
  /// A known path that is not served, with the reason in its dialect's error shape.
  case refused(Refusal)

  /// The service root of the Dataverse dialect, on our side and upstream.
  package static let serviceRoot = "/api/data/v9.2/"

  /// Routes a request target in origin-form (RFC 9112, section 3.2.1).
  package static func match(_ target: UnsafeBufferPointer<UInt8>) -> Route {
    if target.starts(with: serviceRoot.utf8) { return .dataverse(offset: serviceRoot.utf8.count) }
    if target.starts(with: "/api/data".utf8) {
      return .refused(
        Refusal(
          dialect: .dataverse, status: 404, code: "route.version",
          message: "Only \(serviceRoot) is served of the Dataverse Web API.",
          remedy: "Send the request to \(serviceRoot){entity set}."))
    }
    switch LegacyRoute.match(target) {
    case .data(let route): return .legacy(route)
    case .unsupported(let error): return .refused(Refusal(legacy: error))
    case .notLegacy:
      return .refused(
        Refusal(
          dialect: .dataverse, status: 404, code: "route.unknown",
          message: "This path belongs to neither of the two APIs served here.",
          remedy: "Use \(serviceRoot){entity set} or /v1/instances/{id}/data/{entity}."))
    }
  }
}
