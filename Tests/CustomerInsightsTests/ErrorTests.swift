import Foundation
import ODataURL
import Policy
import Testing

@testable import CustomerInsights

@Suite struct ErrorTests {
  @Test func dataErrorsHaveTheShapeOfODataError() {
    let error = LegacyError(
      status: 400, errorCode: "c", message: "No \"such\" thing.", remedy: "Do that.", target: "t",
      details: [.init(errorCode: "d", message: "m")], span: Span(start: 3, end: 5))
    #expect(
      String(decoding: error.body(), as: UTF8.self)
        == #"{"errorCode":"c","message":"No \"such\" thing. (at bytes 3–5 of the request target) Do that.","target":"t","#
        + #""details":[{"errorCode":"d","message":"m","target":null}],"innerError":null}"#)
  }

  @Test func otherErrorsHaveTheShapeOfApiErrorResult() {
    let error = LegacyError(status: 501, errorCode: "notSupported", message: "m.", style: .apiErrorResult)
    #expect(
      String(decoding: error.body(), as: UTF8.self)
        == #"{"exception":null,"httpStatusCode":501,"exceptionCulprit":"User","errorCode":"notSupported","#
        + #""resultSeverity":"Error","message":"m.","name":"notSupported","params":{}}"#)
  }

  /// Who is to blame, in the words of each front.
  @Test(
    arguments: [
      (400, "planTooLarge", "user"), (404, "keyNotFound", "user"), (429, "tooManyCalls", "user"),
      (501, "notSupported", "user"), (500, "internal", "system"), (503, "server.busy", "system"),
      (502, "upstream.status", "external"), (503, "upstream.busy", "external"), (504, "upstream.timeout", "external"),
    ])
  func theCulpritIsNamed(status: Int, code: String, culprit: String) {
    for (front, word, severity) in [
      (LegacyRoute.Front.v1, culprit, "error"), (.bare, culprit, "error"),
      (.api, culprit.prefix(1).uppercased() + culprit.dropFirst(), "Error"),
    ] {
      var error = LegacyError(status: status, errorCode: code, message: "m.", style: .apiErrorResult)
      error.front = front
      let body = String(decoding: error.body(), as: UTF8.self)
      #expect(body.contains(#""exceptionCulprit":"\#(word)","#) && body.contains(#""resultSeverity":"\#(severity)","#))
    }
    for (target, front) in [
      ("/V1/instances", LegacyRoute.Front.v1), ("/api/instances?a=/v1", .api), ("/instances/v1", .bare),
      ("?/v1", .bare),
    ] { #expect(LegacyRoute.Front(target: target) == front) }
  }

  @Test func findingsBecomeOneErrorWithDetails() throws {
    let findings = ["a", "b", "c"].map {
      Finding(rule: "policy.\($0)", span: Span(start: 1, end: 2), message: "M\($0).", remedy: "R.")
    }
    let error = LegacyError(findings: findings)
    #expect(error.status == 403 && error.errorCode == "policy.a" && error.message == "Ma.")
    #expect(error.details.map(\.errorCode) == ["policy.b", "policy.c"])
    #expect(error.details.allSatisfy { $0.message.hasSuffix("(at bytes 1–2 of the request target) R.") })
    #expect(LegacyError(findings: []).status == 403)
  }

  /// A method comes from the client: what is no letter of a method does not come back.
  @Test(arguments: ["POST", "<b>", "PATCH\"}{", "\u{202E}PUT", String(repeating: "A", count: 20)])
  func refusedWritesSayWhatToDoInstead(method: String) throws {
    let error = LegacyError.writeRefused(method: method)
    #expect(error.status == 405 && error.errorCode == "writesRefused")
    let body = Data(error.body())
    let json = try #require(try JSONSerialization.jsonObject(with: body) as? [String: Any])
    let message = try #require(json["message"] as? String)
    #expect(message.contains("breaks Customer Insights processing") && message.contains("data source"))
    #expect(!message.contains("<") && !message.contains("\u{202E}"))
  }

  /// A target that does not parse: status and code.
  @Test(
    arguments: [
      ("Customer?$filter=CustomerId eq 'x", 400, "syntax.unterminated-string"),
      ("Customer?$filter=IsMemberOf('x')", 400, "syntax.unknown-function"),
      ("Customer?$filter=", 400, nil),
      (String(repeating: "a", count: 40_000), 414, "syntax.limit-target"),
    ] as [(String, Int, String?)])
  func syntaxErrorsKeepTheirPlace(query: String, status: Int, code: String?) throws {
    let syntax = try #require(throws: SyntaxError.self) { try parsed(query) }
    let error = LegacyError(syntaxError: syntax)
    #expect(error.status == status)
    if let code { #expect(error.errorCode == code) }
    #expect(error.span == syntax.span && error.message == syntax.message)
  }
}
