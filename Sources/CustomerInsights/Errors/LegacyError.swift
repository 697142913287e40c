package import ODataURL
package import Policy
import JSONStream

/// An error in one of the two shapes of the Customer Insights API.
package struct LegacyError: Error, Sendable, Hashable {
  /// The shape of its body. The official clients have a class for each (`ODataError`, `ApiErrorResult`).
  package enum Style: Sendable, Hashable {
    /// Of operations under `data`.
    case oDataError
    /// Of everything else.
    case apiErrorResult

    /// That of a request target's operation, from its path alone.
    package init(target: String) {
      let segments = target.utf8.prefix { $0 != UInt8(ascii: "?") }.split(separator: UInt8(ascii: "/")).prefix(4)
        .map { String(Substring($0)).lowercased() }
      let id = segments.firstIndex(of: "instances").map { $0 + 1 } ?? 0
      self = segments.count > id + 1 && segments[id + 1] == "data" ? .oDataError : .apiErrorResult
    }
  }

  /// HTTP status code. The official clients return, instead of raise, the error of a status that they list for an
  /// operation (400, 401, 404, 500, 503); what a caller must not overlook has one that they do not list (403, 405, 501).
  package var status: Int
  /// Stable, in camel case, or the id of a policy rule: what clients may compare. `errorCode` of both shapes.
  package var errorCode: String
  /// One sentence or two without any literal of the request.
  package var message: String
  /// What would pass; may be empty.
  package var remedy: String
  /// What of the request it is about, by its name: a parameter. No text of the client's; `nil` where it is about no one
  /// thing. In an ``Style/oDataError`` only.
  package var target: String?
  /// What else is wrong, beside what `message` says; in an ``Style/oDataError`` only.
  package var details: [Detail]
  /// Where in the request target, in bytes; ``ODataURL/Span/none`` where no place is to blame. Stands behind the message.
  package var span: Span
  /// The shape of ``body()``.
  package var style: Style
  /// A page that says more, where there is one.
  package var documentation: String?
  /// Whose words of enumerations an ``Style/apiErrorResult`` has.
  package var front = LegacyRoute.Front.api

  /// One of several things that are wrong.
  package struct Detail: Sendable, Hashable {
    /// As ``LegacyError/errorCode``.
    package var errorCode: String
    /// Message, place and remedy in one line, without any literal of the request.
    package var message: String
    /// As ``LegacyError/target``.
    package var target: String?

    /// A detail; ``LegacyError/sentence(_:_:_:)`` makes its message.
    package init(errorCode: String, message: String, target: String? = nil) {
      self.errorCode = errorCode
      self.message = message
      self.target = target
    }
  }

  /// An error in words of the gateway's own.
  /// - Parameters:
  ///   - status: of HTTP, 400…599.
  ///   - message: a sentence or two, with their full stops.
  package init(
    status: Int, errorCode: String, message: String, remedy: String = "", target: String? = nil,
    details: [Detail] = [], span: Span = .none, style: Style = .oDataError
  ) {
    self.status = status
    self.errorCode = errorCode
    self.message = message
    self.remedy = remedy
    self.target = target
    self.details = details
    self.span = span
    self.style = style
  }

  /// A query that the policy denies.
  package init(findings: [Finding]) {
    let others = findings.dropFirst().map { finding in
      Detail(errorCode: finding.rule, message: LegacyError.sentence(finding.message, finding.span, finding.remedy))
    }
    let first = findings.first
    self.init(
      status: 403, errorCode: first?.rule ?? "policy", message: first?.message ?? "Refused by policy.",
      remedy: first?.remedy ?? "", details: others, span: first?.span ?? .none)
  }

  /// A target that could not be read.
  package init(syntaxError error: SyntaxError) {
    let remedy =
      error.suggestion.map { "Did you mean \($0)?" }
      ?? (error.expected.isEmpty ? "" : "Expected: \(error.expected.joined(separator: ", ")).")
    self.init(
      status: error.code == .limitTarget ? 414 : 400, errorCode: "syntax.\(error.code.rawValue)",
      message: error.message, remedy: remedy, span: error.span)
  }

  /// Message, position and remedy in one line.
  package static func sentence(_ message: String, _ span: Span, _ remedy: String) -> String {
    var text = message
    if span != .none { text += " (at bytes \(span.start)–\(span.end) of the request target)" }
    if !remedy.isEmpty { text += " \(remedy)" }
    return text
  }

  /// UTF-8 JSON. `errorCode` and `message` stand at the top level, where the official clients look.
  package func body() -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    switch style {
    case .oDataError:
      json.name("errorCode")
      json.string(errorCode)
      json.name("message")
      json.string(LegacyError.sentence(message, span, remedy))
      json.name("target")
      if let target { json.string(target) } else { json.null() }
      json.name("details")
      json.beginArray()
      for detail in details {
        json.beginObject()
        json.name("errorCode")
        json.string(detail.errorCode)
        json.name("message")
        json.string(detail.message)
        json.name("target")
        if let target = detail.target { json.string(target) } else { json.null() }
        json.endObject()
      }
      json.endArray()
      json.name("innerError")
      json.null()
    case .apiErrorResult:
      let words = ManagementWords(front: front)
      json.name("exception")
      json.null()
      json.name("httpStatusCode")
      json.integer(status)
      json.name("exceptionCulprit")
      json.string(words.word(culprit))
      json.name("errorCode")
      json.string(errorCode)
      json.name("resultSeverity")
      json.string(words.word("error"))
      json.name("message")
      json.string(LegacyError.sentence(message, span, remedy))
      json.name("name")
      json.string(errorCode)
      json.name("params")
      json.beginObject()
      if let documentation {
        json.name("documentation")
        json.string(documentation)
      }
      json.endObject()
    }
    json.endObject()
    return json.take()
  }

  /// Who must do something about it: what is asked, the service behind this one, or this one.
  private var culprit: String {
    guard status >= 500, status != 501 else { return "user" }
    return errorCode.hasPrefix("upstream.") ? "external" : "system"
  }
}
