package import CustomerInsights
import Dataverse
package import ODataURL
package import Policy

/// Why a request is not sent on: everything needed to answer it in its own dialect and to log it.
package struct Refusal: RefusedRead, Sendable {
  package var dialect: Dialect
  /// HTTP status code.
  package var status: Int
  /// Stable code: a rule id, a syntax error code, or `route.…`.
  package var code: String
  /// One sentence without any literal of the request.
  package var message: String
  /// What would pass.
  package var remedy: String
  /// Where in the request target; ``ODataURL/Span/none`` where no place is to blame.
  package var span: Span
  /// Everything the judge found, the first of which the fields above repeat; empty for other refusals.
  package var findings: [Finding]
  /// As ``Plan/successor``: where it is known although there is no answer.
  package var successor: String?
  private var legacy: LegacyError?
  /// The shape of its body in the legacy dialect, unless it brings its own.
  private var style = LegacyError.Style.oDataError
  /// Whose words of enumerations it has there.
  private var front = LegacyRoute.Front.api

  package init(
    dialect: Dialect, status: Int, code: String, message: String, remedy: String, span: Span = .none,
    findings: [Finding] = []
  ) {
    self.dialect = dialect
    self.status = status
    self.code = code
    self.message = message
    self.remedy = remedy
    self.span = span
    self.findings = findings
  }

  /// A refusal by the legacy dialect itself; keeps its shape (`ODataError` or `ApiErrorResult`).
  package init(legacy error: LegacyError) {
    self.init(
      dialect: .legacy, status: error.status, code: error.errorCode, message: error.message,
      remedy: error.remedy, span: error.span)
    legacy = error
  }

  /// A target that could not be read.
  package init(_ error: SyntaxError, dialect: Dialect) {
    let remedy =
      error.suggestion.map { "Did you mean \($0)?" }
      ?? (error.expected.isEmpty ? "" : "Expected: \(error.expected.joined(separator: ", ")).")
    self.init(
      dialect: dialect, status: error.code == .limitTarget ? 414 : 400, code: "syntax.\(error.code.rawValue)",
      message: error.message, remedy: remedy, span: error.span)
    if dialect == .legacy { legacy = LegacyError(syntaxError: error) }
  }

  /// A query the policy denies; `findings` holds at least one.
  package init(findings: [Finding], dialect: Dialect) {
    let first = findings.first
    self.init(
      dialect: dialect, status: 403, code: first?.rule ?? "policy", message: first?.message ?? "Refused by policy.",
      remedy: first?.remedy ?? "", span: first?.span ?? .none, findings: findings)
  }

  /// A request with a header field that would mean something to Dataverse (whose rights it uses, which logic it skips)
  /// and that the policy does not name among those to ignore.
  /// - Parameter header: its name, one that is known to have a meaning.
  package init(header: String, dialect: Dialect) {
    self.init(
      dialect: dialect, status: 403, code: "policy.header",
      message: "The header field `\(header)` means something to Dataverse, and this gateway sends none such on.",
      remedy: "Leave it out, or have the policy name it under `headers`, so that it is ignored.")
  }

  /// The same in the shape that errors of a legacy operation have.
  package func styled(_ style: LegacyError.Style) -> Refusal {
    var copy = self
    copy.style = style
    return copy
  }

  /// The same in the shape and the words that errors of a request target's legacy operation have. Below a base of the
  /// legacy API a path that neither API has is told in its shape, too.
  package func styled(target: String) -> Refusal {
    var copy = styled(LegacyError.Style(target: target))
    if Dialect(target: target) == .legacy { copy.dialect = .legacy }
    copy.front = LegacyRoute.Front(target: target)
    return copy
  }

  /// The same without places, for a query that does not stand in the request target as it was read.
  var withoutPlaces: Refusal {
    var copy = self
    copy.span = .none
    copy.legacy?.span = .none
    for index in copy.findings.indices { copy.findings[index].span = .none }
    return copy
  }

  /// The error body in the dialect's own shape, UTF-8 JSON.
  package func body() -> [UInt8] {
    switch dialect {
    case .legacy: legacyError.body()
    case .dataverse:
      DataverseError(
        status: status, code: code, message: fullMessage,
        details: findings.dropFirst().map {
          DataverseError.Detail(code: $0.rule, message: Refusal.sentence($0.message, $0.span, $0.remedy))
        }
      ).body()
    }
  }

  /// Message, position and remedy in one line.
  package var fullMessage: String { Refusal.sentence(message, span, remedy) }

  private var legacyError: LegacyError {
    if var legacy {
      legacy.front = front
      return legacy
    }
    var error =
      findings.isEmpty
      ? LegacyError(status: status, errorCode: code, message: message, remedy: remedy, span: span)
      : LegacyError(findings: findings)
    error.style = style
    error.front = front
    return error
  }

  private static func sentence(_ message: String, _ span: Span, _ remedy: String) -> String {
    var text = message
    if span != .none { text += " (at bytes \(span.start)–\(span.end) of the request target)" }
    if !remedy.isEmpty { text += " \(remedy)" }
    return text
  }
}
