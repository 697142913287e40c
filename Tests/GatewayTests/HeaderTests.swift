import NIOHTTP1
import Testing

@testable import Gateway

/// Which header fields mean something, and which are nobody's business.
@Suite struct HeaderTests {
  static func admitted(_ fields: [(String, String)]) throws -> ReadRequest {
    try RequestGuard.admit(RequestGuardTests.head(.GET, "/x", fields), targetBytes: 100)
  }

  @Test(arguments: [
    "CallerObjectId", "callerobjectid", "MSCRMCallerID", "MSCRMCALLERID", "MSCRM.BypassCustomPluginExecution",
    "MSCRM.SuppressDuplicateDetection", "mscrm.x", "MSCRM.SolutionUniqueName", "Consistency", "CONSISTENCY",
    "MSCRM.MergeLabels", "MSCRM.Sevent", "MSCRM.Seventeens", "MSCRM.TwentyTwoLetters", "mscrm", "MSCRMSomethingNew",
  ])
  func fieldsWithAMeaningAreNoted(name: String) throws {
    #expect(try Self.admitted([(name, "x")]).meaningfulFields == [name.lowercased()])
  }

  /// What clients send with every read; see the recorded ones of SDKs, Power Query and others.
  @Test(arguments: [
    ("If-None-Match", "null"), ("Content-Type", "application/json"), ("OData-Version", "4.0"),
    ("OData-MaxVersion", "4.0"), ("MaxDataServiceVersion", "3.0"), ("DataServiceVersion", "2.0"),
    ("x-ms-client-request-id", "1"), ("x-ms-correlation-id", "1"), ("Authorization", "Bearer x"), ("Cookie", "a=b"),
    ("Accept", "application/json;odata.metadata=minimal;q=1.0,application/atomsvc+xml;q=0.8"), ("Consistent", "x"),
    ("sec-fetch-mode", "cors"), ("Accept-Encoding", "gzip, br"), ("Caller", "x"), ("X-HTTP", "x"), ("X-MSCRM", "x"),
    ("ms-crm", "x"), ("callerobjectidx", "x"),
  ])
  func othersAreNot(name: String, value: String) throws {
    #expect(try Self.admitted([(name, value)]).meaningfulFields.isEmpty)
  }

  @Test(arguments: ["X-HTTP-Method", "X-HTTP-Method-Override", "x-http-method-anything", "X-Method-Override"])
  func everySpellingOfAnotherMethodIsAWrite(name: String) {
    #expect(throws: GuardRefusal.self) { try Self.admitted([(name, "GET")]) }
  }

  @Test func severalAreAllNoted() throws {
    let request = try Self.admitted([("MSCRM.A", "1"), ("Consistency", "Strong"), ("MSCRM.A", "2")])
    #expect(request.meaningfulFields == ["mscrm.a", "consistency", "mscrm.a"])
  }
}
