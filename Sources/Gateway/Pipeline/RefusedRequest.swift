import CustomerInsights
import NIOHTTP1
import Planning

typealias HTTPHead = HTTPRequestHead

/// A request that the guard refused, ready to be answered.
struct RefusedRequest: Error, Sendable {
  var refusal: Refusal
  /// Header lines beside the usual ones.
  var fields: String
  /// Whether what follows on the connection can no longer be trusted.
  var closes: Bool

  init(_ error: GuardRefusal) {
    let dialect = Dialect(path: error.target)
    fields = ""
    closes = true
    switch error.kind {
    case .write(let method):
      fields = "Allow: GET, HEAD\r\n"
      refusal = RefusedRequest.writeRefused(method: method, dialect: dialect)
    case .content:
      refusal = Refusal(
        dialect: dialect, status: 400, code: "guard.content", message: "A read carries no content.",
        remedy: "Send GET or HEAD without a body.")
    case .targetTooLong:
      refusal = Refusal(
        dialect: dialect, status: 414, code: "guard.target", message: "The request target is too long.",
        remedy: "Split the query, for example into several lists of ids.")
    case .malformed(let message):
      refusal = Refusal(dialect: dialect, status: 400, code: "guard.framing", message: message, remedy: "")
    }
  }

  private static func writeRefused(method: String, dialect: Dialect) -> Refusal {
    let error = LegacyError.writeRefused(method: method)
    switch dialect {
    case .legacy: return Refusal(legacy: error)
    case .dataverse:
      return Refusal(
        dialect: .dataverse, status: 405, code: "guard.write", message: error.message, remedy: "")
    }
  }
}

extension Dialect {
  /// The dialect whose error shape a path gets: legacy for anything with an `instances` segment.
  init(path: String) {
    let path = path.prefix { $0 != "?" }.lowercased()
    self =
      path.hasPrefix("/v1/") || path.hasPrefix("/api/instances") || path.hasPrefix("/instances") ? .legacy : .dataverse
  }
}
