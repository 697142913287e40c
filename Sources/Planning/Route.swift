package import CustomerInsights

/// The dialect a request is written in, and so the shape of its answers and errors.
package enum Dialect: String, Sendable, Hashable {
  case dataverse, legacy

  /// The dialect whose error shape a request target in origin-form gets, by its path alone: legacy for whatever stands
  /// below a base of the legacy API, whether or not there is an operation.
  package init(target: String) { self = LegacyRoute.isBelowBase(target) ? .legacy : .dataverse }
}

/// Where a request target leads. Decided from the path alone, before anything is parsed.
package enum Route: Sendable {
  /// `/api/data/v9.2` and below, or another version that is accepted: the relative URI starts at this byte of the target,
  /// or is empty at its end.
  case dataverse(offset: Int)
  /// Below `…/instances/{id}/data/`.
  case legacy(LegacyRoute)
  /// Another operation of the legacy API.
  case operation(LegacyCall)
  /// A known path that is not served, with the reason in its dialect's error shape.
  case refused(Refusal)

  /// The service root of the Dataverse dialect, on our side and upstream, whichever accepted version a client names.
  package static let serviceRoot = "/api/data/v9.2/"

  /// Versions of the Dataverse Web API that can be accepted. They do not differ in anything that passes here.
  package static let knownVersions = ["v9.0", "v9.1", "v9.2"]

  /// Versions that are accepted when nothing else is said.
  package static let usualVersions: Set<String> = ["v9.2"]

  /// Routes a request target in origin-form (RFC 9112, section 3.2.1).
  /// - Parameter versions: those of ``knownVersions`` that paths may name, byte by byte.
  package static func match(
    _ target: UnsafeBufferPointer<UInt8>, versions: Set<String> = Route.usualVersions
  ) -> Route {
    if target.starts(with: base.utf8) {
      let version = target.dropFirst(base.utf8.count).prefix { $0 != slash && $0 != question }
      if versions.contains(where: { version.elementsEqual($0.utf8) }) {
        // The root itself is known with and without a slash at its end: clients write it both ways.
        let isBehindSlash = version.endIndex < target.count && target[version.endIndex] == slash
        return .dataverse(offset: version.endIndex + (isBehindSlash ? 1 : 0))
      }
    }
    if target.starts(with: "/api/data".utf8) { return .refused(otherVersion(than: versions)) }
    switch LegacyRoute.match(target) {
    case .data(let route): return .legacy(route)
    case .operation(let call): return .operation(call)
    case .refused(let error): return .refused(Refusal(legacy: error))
    case .notLegacy:
      return .refused(
        Refusal(
          dialect: .dataverse, status: 404, code: "route.unknown",
          message: "This path belongs to neither of the two APIs served here.",
          remedy: "Use \(serviceRoot){entity set} or /v1/instances/{id}/data/{entity}."))
    }
  }

  private static let base = "/api/data/"
  private static let slash = UInt8(ascii: "/")
  private static let question = UInt8(ascii: "?")

  private static func otherVersion(than versions: Set<String>) -> Refusal {
    let roots = versions.sorted().map { "\(base)\($0)/" }
    return Refusal(
      dialect: .dataverse, status: 404, code: "route.version",
      message:
        "Only \(roots.joined(separator: ", ")) \(roots.count == 1 ? "is" : "are") served of the Dataverse Web API.",
      remedy: "Send the request to \(serviceRoot){entity set}.")
  }
}
