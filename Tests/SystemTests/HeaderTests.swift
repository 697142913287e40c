import Foundation
import Testing

/// Header fields and versions of the path, before an organization that records what reaches it.
@Suite(.serialized) struct HeaderTests {
  static let target = "/api/data/v9.2/msdynci_customerprofiles?$select=msdynci_fullname&$top=1"
  static let legacy = "/v1/instances/00000000-0000-4000-8000-000000000001/data/Customer?$top=1&$select=FullName"

  final class Subject: Sendable {
    let organization: FakeOrganization
    let program: Program
    let origin: String

    init(_ more: String = "") throws {
      organization = try FakeOrganization { _ in FakeOrganization.json(#"{"value":[{"msdynci_fullname":"A"}]}"#) }
      (program, origin) = try organization.gateway(
        """
        callers: { anonymous: default }
        instances: ["00000000-0000-4000-8000-000000000001"]
        \(more)
        """)
    }

    deinit {
      program.kill9()
      organization.stop()
    }
  }

  static let shared = Result { try Subject() }

  @Test(arguments: [
    "CallerObjectId: 00000000-0000-0000-0000-000000000001", "callerobjectid: x", "MSCRMCallerID: x",
    "MSCRM.BypassCustomPluginExecution: true", "MSCRM.SuppressDuplicateDetection: false", "mscrm.anything: x",
    "Consistency: Strong",
  ])
  func fieldsWithAMeaningAreRefusedInBothDialects(field: String) throws {
    let subject = try Self.shared.get()
    let before = subject.organization.reads.count
    let response = try HTTPConnection.get(subject.origin, Self.target, headers: [field])
    #expect(response.status == 403, "\(response.text)")
    let error = try #require(try response.json()["error"] as? [String: Any])
    #expect(error["code"] as? String == "policy.header")
    #expect((error["message"] as? String)?.contains("Leave it out") == true)
    #expect(response.headers.filter { $0.name == "odata-version" }.map(\.value) == ["4.0"])
    let legacy = try HTTPConnection.get(subject.origin, Self.legacy, headers: [field])
    #expect(legacy.status == 403, "\(legacy.text)")
    #expect(try legacy.json()["errorCode"] as? String == "policy.header")
    #expect(subject.organization.reads.count == before)
    // Also for a query whose plan and answer are known.
    #expect(try HTTPConnection.get(subject.origin, Self.target).status == 200)
    #expect(try HTTPConnection.get(subject.origin, Self.target, headers: [field]).status == 403)
  }

  /// What the clients that are known send with their reads, and nothing of it travels.
  @Test(arguments: [
    "If-None-Match: null", "Content-Type: application/json", "OData-Version: 4.0", "OData-MaxVersion: 4.0",
    "MaxDataServiceVersion: 3.0", "x-ms-client-request-id: 1", "x-ms-correlation-id: 1", "Accept: application/json",
    "Accept: application/json;odata.metadata=minimal;q=1.0,application/json;odata=minimalmetadata;q=0.9,"
      + "application/atomsvc+xml;q=0.8,application/atom+xml;q=0.8,application/xml;q=0.7,text/plain;q=0.7",
    "Accept: application/json, text/xml, application/xml, */*",
    "Accept: application/json, application/xml, application/text",
    "Accept-Encoding: gzip, deflate, br, zstd", "sec-fetch-mode: cors", "Cookie: a=b", "Authorization: Bearer x",
    "Prefer: odata.track-changes", "Prefer: respond-async, return=minimal", "Content-Length: 0",
  ])
  func whatClientsSendPassesAndStaysHere(field: String) throws {
    let subject = try Self.shared.get()
    // A query of its own, so that the organization sees it.
    let top = field.utf8.reduce(1) { ($0 &* 31 &+ Int($1)) % 400 } + 1
    let target = "/api/data/v9.2/msdynci_customerprofiles?$select=msdynci_fullname&$top=\(top)"
    let response = try HTTPConnection.get(subject.origin, target, headers: [field])
    #expect(response.status == 200, "\(response.text)")
    #expect(response.headers.filter { $0.name == "odata-version" }.map(\.value) == ["4.0"])
    #expect(response["preference-applied"] == nil)
    let seen = try #require(subject.organization.reads.last { $0.line.contains("$top=\(top) ") })
    let sent = seen.headers.map { $0.lowercased() }
    #expect(
      Set(sent.map { $0.prefix { $0 != ":" } }).isSubset(of: [
        "host", "accept", "accept-encoding", "odata-version", "odata-maxversion", "if-none-match", "user-agent",
        "prefer",
      ]), "\(sent)")
    #expect(sent.contains("accept: application/json") && sent.contains("if-none-match: null"))
  }

  @Test(arguments: [
    ("X-HTTP-Method: DELETE", 405), ("X-HTTP-Method-Override: GET", 405), ("X-Http-Method: MERGE", 405),
    ("Transfer-Encoding: chunked", 400), ("Content-Length: 2", 400),
  ])
  func tunnelsAreRefused(field: String, status: Int) throws {
    let subject = try Self.shared.get()
    let before = subject.organization.reads.count
    #expect(try HTTPConnection.get(subject.origin, Self.target, headers: [field]).status == status)
    #expect(subject.organization.reads.count == before)
  }

  @Test func versionsAreAcceptedAsConfiguredAndSentOnAsOne() throws {
    let subject = try Subject("dataverse: { versions: [v9.0, v9.2] }")
    for (index, version) in ["v9.0", "v9.2"].enumerated() {
      let response = try HTTPConnection.get(
        subject.origin, "/api/data/\(version)/msdynci_customerprofiles?$select=msdynci_fullname&$top=\(index + 1)")
      #expect(response.status == 200, "\(response.text)")
      #expect(
        (try response.json()["@odata.context"] as? String)?.hasPrefix("\(subject.origin)/api/data/v9.2/$metadata#")
          == true)
    }
    // The answer to one spelling answers the other.
    let again = try HTTPConnection.get(
      subject.origin, "/api/data/v9.2/msdynci_customerprofiles?$select=msdynci_fullname&$top=1")
    #expect(again["cache-status"]?.contains("hit") == true)
    #expect(subject.organization.reads.count == 2)
    #expect(subject.organization.reads.allSatisfy { $0.line.hasPrefix("GET /api/data/v9.2/") })
    for version in ["v9.1", "v9.3", "v8.2", "V9.2"] {
      let response = try HTTPConnection.get(
        subject.origin, "/api/data/\(version)/msdynci_customerprofiles?$select=msdynci_fullname&$top=1")
      #expect(response.status == 404, "\(version): \(response.text)")
    }
    let refused = try HTTPConnection.get(subject.origin, "/api/data/v9.1/msdynci_customerprofiles")
    #expect(refused.text.contains("route.version") && refused.text.contains("/api/data/v9.0/, /api/data/v9.2/"))
    #expect(subject.organization.reads.count == 2)
  }

  @Test func onlyOneVersionIsUsual() throws {
    let subject = try Self.shared.get()
    for version in ["v9.0", "v9.1", "v8.2"] {
      let response = try HTTPConnection.get(subject.origin, "/api/data/\(version)/msdynci_customerprofiles")
      #expect(response.status == 404)
      #expect(response.text.contains("/api/data/v9.2/"))
    }
  }
}
