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
  /// A write in the legacy dialect, one that another method tunnels included; OPTIONS and TRACE change nothing and are none.
  var isLegacyWrite = false

  init(_ error: GuardRefusal) {
    let dialect = Dialect(target: error.target)
    fields = ""
    closes = true
    switch error.kind {
    case .write(let method):
      fields = "Allow: GET, HEAD\r\n"
      refusal = RefusedRequest.writeRefused(method: method, target: error.target, dialect: dialect)
      isLegacyWrite = dialect == .legacy && method != "OPTIONS" && method != "TRACE"
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
    refusal = refusal.styled(target: error.target)
  }

  /// A request that never became one: its head is no HTTP, or too large.
  /// - Parameter undecoded: its target in origin-form as far as it is known, which tells the dialect; `nil` where nothing
  ///   of it could be read. The client is then no client of the legacy API that anybody knows.
  init(undecoded target: String?, isTooLarge: Bool) {
    fields = ""
    closes = true
    refusal = Refusal(
      dialect: target.map { Dialect(target: $0) } ?? .dataverse, status: isTooLarge ? 431 : 400,
      code: isTooLarge ? "guard.header" : "guard.framing",
      message: isTooLarge ? "The header section is too large." : "This is not a valid HTTP/1.1 request.", remedy: ""
    ).styled(target: target ?? "")
  }

  private static func writeRefused(method: String, target: String, dialect: Dialect) -> Refusal {
    switch dialect {
    case .legacy: return Refusal(legacy: LegacyError.writeRefused(method: method, target: target))
    case .dataverse:
      let error = LegacyError.writeRefused(method: method)
      return Refusal(
        dialect: .dataverse, status: 405, code: "guard.write", message: error.message, remedy: error.remedy)
    }
  }
}
