import CustomerInsights
import Identity
import NIOCore
import NIOHTTP1
import Planning
import Synchronization

/// What requests of the legacy API get besides their answers.
struct LegacyService: Sendable {
  /// Header lines that every answer has, each with its line end: `Deprecation` (RFC 9745) and `Sunset` (RFC 8594).
  let fields: ByteBuffer
  /// `nil` where callers may call as often as they like.
  let throttle: CallThrottle?
  let refusedWrites: RefusedWrites

  /// - Parameter callers: ids that callers can have.
  init(_ configuration: Configuration.Legacy, callers: Set<String>) {
    var fields = ByteBuffer()
    if let deprecation = configuration.deprecation { fields.writeString("Deprecation: @\(deprecation)\r\n") }
    if let sunset = configuration.sunset { fields.writeString("Sunset: \(HTTPDateCache.format(sunset))\r\n") }
    self.fields = fields
    throttle = CallThrottle(limits: configuration.calls)
    refusedWrites = RefusedWrites(callers: callers)
  }

  /// The header line for the query that replaces one of the legacy API (RFC 5829, section 3.2).
  /// - Parameter successor: a URL without characters that a header field or its angle brackets cannot hold.
  static func link(_ successor: String?) -> ByteBuffer? {
    successor.map { ByteBuffer(string: "Link: <\($0)>; rel=\"successor-version\"\r\n") }
  }
}

/// Counts refused writes of the legacy API by caller, so that those who still write can be found.
final class RefusedWrites: Sendable {
  /// Of requests without a key that is known; no caller has an empty id.
  private static let nobody = ""

  private let counts: Mutex<[String: Int]>

  /// - Parameter callers: that may be counted; the labels of the metric.
  init(callers: Set<String>) {
    counts = Mutex(Dictionary(uniqueKeysWithValues: callers.union([RefusedWrites.nobody]).map { ($0, 0) }))
  }

  /// - Parameter caller: `nil` when it is not known.
  func count(_ caller: String?) { counts.withLock { $0[caller ?? RefusedWrites.nobody]? += 1 } }

  /// Prometheus' text format.
  func rendered() -> String {
    let head = """
      # HELP sluice_legacy_writes_refused_total Writes of the legacy API that were refused; without a caller for unknown keys.
      # TYPE sluice_legacy_writes_refused_total counter

      """
    return head
      + counts.withLock { $0 }.sorted { $0.key < $1.key }.map { caller, count in
        "sluice_legacy_writes_refused_total{caller=\"\(MetricText.escaped(caller))\"} \(count)\n"
      }.joined()
  }
}

extension Pipeline {
  /// Notes a write of the legacy API that the guard has refused.
  /// - Returns: the caller's id, if its key is known.
  func note(refusedWrite head: HTTPHead) -> String? {
    let caller = self.caller(of: head)
    legacy.refusedWrites.count(caller)
    return caller
  }

  /// Header lines that every answer of a dialect has.
  func fields(of dialect: Dialect) -> ByteBuffer? { dialect == .legacy ? legacy.fields : nil }

  /// Why a request of the legacy API has no answer before anybody looks for one: too many calls, or a form that is not
  /// offered.
  func refusal(legacy request: ReadRequest, _ caller: Caller) -> (Refusal, fields: String)? {
    if case .refuse(let seconds)? = legacy.throttle?.arrive(caller.id, at: clock()) {
      let refusal = Refusal(
        dialect: .legacy, status: 429, code: "tooManyRequests", message: "This caller makes more calls than it may.",
        remedy: "Try again in \(seconds) seconds.")
      return (refusal, "Retry-After: \(seconds)\r\n")
    }
    guard request.wantsCSV, LegacyError.Style(target: request.target) == .oDataError else { return nil }
    let refusal = Refusal(
      dialect: .legacy, status: 406, code: "notAcceptable",
      message: "Rows are not offered as CSV; answers are JSON and nothing else.",
      remedy: "Send Accept: application/json.")
    return (refusal, "")
  }
}
