import Foundation
import Testing

/// Callers that bring claims, and the row filters that come of them.
@Suite struct ClaimsTests {
  static let policy = """
    version: 1
    name: regional
    options: [$select, $filter, $top]
    headers: [CallerObjectId, MSCRM.SuppressDuplicateDetection]
    prefer: [odata.include-annotations]
    rules:
      policy.literal: { mode: report }
    tables:
      msdynci_customerprofile:
        ttl: 5m
        rowFilter: "msdynci_region eq @caller.region"
        columns:
          msdynci_customerid: { select: true }
          msdynci_fullname: { type: text, displayName: FullName, select: true, filter: { eq: { minLength: 3 } } }
          msdynci_region: { type: text, displayName: Region, filter: [eq] }
    scopes:
      default: {}

    """
  static let target = "/api/data/v9.2/msdynci_customerprofiles?$select=msdynci_fullname&$top=1"

  /// Rows whose name is the filter that they were read with.
  static func subject() throws -> DecisionLogTests.Subject {
    func hash(_ key: String) throws -> String {
      try Program.run(["hash-key"], input: key).out.trimmingCharacters(in: .whitespacesAndNewlines)
    }
    return try DecisionLogTests.Subject(
      policy: policy,
      callers: """
        { anonymous: default, keys: [
            { id: shop, sha256: "\(try hash("emea"))", claims: { region: EMEA } },
            { id: shop, sha256: "\(try hash("apac"))", claims: { region: APAC } },
            { id: odd, sha256: "\(try hash("odd"))", claims: { region: "a' or 'b' ne 'c&$top=9" } } ] }
        """)
  }

  static func read(
    _ subject: DecisionLogTests.Subject, key: String, _ target: String = target, _ more: [String] = []
  ) throws -> HTTPConnection.Response {
    try HTTPConnection.get(
      subject.origin, encoded(target), headers: ["Ocp-Apim-Subscription-Key: \(key)"] + more)
  }

  @Test func callersOfOneCacheScopeGetTheRowsOfTheirClaims() throws {
    let subject = try Self.subject()
    for round in 1...2 {
      for (key, region) in [("emea", "EMEA"), ("apac", "APAC")] {
        let response = try Self.read(subject, key: key)
        #expect(response.status == 200, "\(response.text)")
        #expect(response["cache-status"]?.contains("hit") == (round == 2))
        let name = try #require(try response.rows().first?["msdynci_fullname"] as? String)
        #expect(name.contains("msdynci_region%20eq%20'\(region)'"), "\(name)")
      }
    }
    #expect(subject.organization.reads.count == 2)
    // On one connection that changes its key, too.
    let connection = try HTTPConnection(subject.origin)
    for (key, region) in [("emea", "EMEA"), ("apac", "APAC"), ("emea", "EMEA")] {
      try connection.send("GET", Self.target, headers: ["Ocp-Apim-Subscription-Key: \(key)"])
      #expect(try connection.response().text.contains("'\(region)'"))
    }
  }

  @Test func aClaimIsAValueWhateverItHolds() throws {
    let subject = try Self.subject()
    #expect(try Self.read(subject, key: "odd").status == 200)
    let line = try #require(subject.organization.reads.last?.line)
    #expect(line.contains("'a''%20or%20''b''%20ne%20''c%26$top%3D9'"), "\(line)")
    #expect(line.contains("$top=1"))
  }

  @Test func whoLacksTheClaimIsRefused() throws {
    let subject = try Self.subject()
    let response = try HTTPConnection.get(subject.origin, Self.target)
    #expect(response.status == 403)
    #expect(response.text.contains("policy.row-filter"))
    #expect(subject.organization.reads.isEmpty)
  }

  @Test func theLogTellsOfFiltersAndOfWhatOnlyReports() throws {
    let subject = try Self.subject()
    let allowed = try subject.line(of: try Self.read(subject, key: "emea"))
    #expect(
      subject.normalized(allowed)
        == #"{"time":"T","id":"I","policy":"regional","version":"V","dialect":"dataverse","verdict":"allow","caller":"shop","scope":"default","table":"msdynci_customerprofile","rule":"default:msdynci_customerprofile","obligations":["rowFilter msdynci_customerprofile"],"shape":"S"}"#
    )
    let short = "/api/data/v9.2/msdynci_customerprofiles?$filter=msdynci_fullname eq 'ab'"
    let reported = try Self.read(subject, key: "emea", short)
    #expect(reported.status == 200)
    #expect(
      subject.normalized(try subject.line(of: reported))
        == #"{"time":"T","id":"I","policy":"regional","version":"V","dialect":"dataverse","verdict":"report","caller":"shop","scope":"default","table":"msdynci_customerprofile","rule":"default:msdynci_customerprofile","report":true,"would":"deny","rules":[{"id":"policy.literal","severity":"report","table":"msdynci_customerprofile","column":"msdynci_fullname"}],"obligations":["select","pageSize","rowFilter msdynci_customerprofile"],"shape":"S"}"#
    )
    #expect(!subject.text.contains("EMEA"), "a claim is in the log")
  }

  /// Named in the policy, a field is ignored, which is not to say that it is sent.
  @Test func fieldsThatThePolicyNamesAreIgnored() throws {
    let subject = try Self.subject()
    let fields = ["CALLEROBJECTID: x", "MSCRM.SuppressDuplicateDetection: true"]
    #expect(try Self.read(subject, key: "emea", Self.target, fields).status == 200)
    let sent = try #require(subject.organization.reads.last).headers.map { $0.lowercased() }
    #expect(!sent.contains { $0.hasPrefix("callerobjectid") || $0.hasPrefix("mscrm") })
    for field in ["MSCRM.BypassCustomPluginExecution: true", "MSCRMCallerID: x", "Consistency: Strong"] {
      #expect(try Self.read(subject, key: "emea", Self.target, fields + [field]).status == 403)
    }
  }

  @Test func preferencesThatThePolicyDoesNotNameAreIgnored() throws {
    let subject = try Self.subject()
    let target = "/api/data/v9.2/msdynci_customerprofiles?$select=msdynci_fullname"
    let response = try Self.read(subject, key: "emea", target, ["Prefer: odata.maxpagesize=7"])
    #expect(response.status == 200 && response["preference-applied"] == nil)
    #expect(subject.organization.reads.last?.headers.contains("Prefer: odata.maxpagesize=500") == true)
  }
}
