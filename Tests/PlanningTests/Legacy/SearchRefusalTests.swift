import Foundation
import ODataURL
import Policy
import Testing

@testable import Planning

/// `$search` becomes `contains` on several columns; what is refused of it is told in words about `$search`, once.
@Suite struct SearchRefusalTests {
  private static let root = "/v1/instances/00000000-0000-4000-8000-00000000c15a/data/"
  private static let planner = Result { try QueryPlannerTests.planner() }

  private static func refusal(_ query: String) throws -> Refusal {
    let target = root + query.replacing(" ", with: "%20")
    return try #require(throws: Refusal.self) {
      _ = try planner.get().plan(target, scope: PlanScope(policy: "default", cache: "k"))
    }
  }

  /// The part of the target that a place of the refusal is.
  private static func shown(_ query: String, _ finding: Finding) -> String {
    let bytes = Array((root + query.replacing(" ", with: "%20")).utf8)
    return String(decoding: bytes[Int(finding.span.start)..<Int(finding.span.end)], as: UTF8.self)
  }

  /// Words with fewer characters than the policy wants, alone, beside longer ones, in a phrase, cut by a hyphen, and with
  /// wildcards, which count for nothing; and the options that make a plan of the read.
  @Test(arguments: [
    "ab", "a", "anna ab", "\"ab\"", "\"anna ab\"", "anna-b", "ab OR anna", "a%25", "_a", "ab&$skip=1",
    "ab&$top=200", "ab&$expand=UnifiedActivity", "ab&$count=true", "ab&$filter=IsMemberOfSegment('Loyal')",
  ])
  func shortWordsAreToldOnce(search: String) throws {
    let query = "Customer?$search=\(search)"
    let refusal = try Self.refusal(query)
    #expect(refusal.status == 403 && refusal.dialect == .legacy)
    // `$count` is not among the options of this policy: that is told beside it.
    let found = refusal.findings.filter { $0.rule == FindingRule.literal.rawValue }
    #expect(found.count == 1 && refusal.findings.count == (search.contains("$count") ? 2 : 1))
    let finding = try #require(found.first)
    let option = query.split(separator: "?")[1].split(separator: "&")[0].replacing(" ", with: "%20")
    #expect(Self.shown(query, finding) == option)
    #expect(finding.message.contains("A word of `$search`") && finding.message.contains("too short"))
    #expect(finding.remedy.contains("`$filter` with `eq`") && finding.remedy.contains("at least 3 characters"))
    // Neither what it becomes nor what was looked for.
    for hidden in ["contains", "msdynci", "anna"] {
      #expect(!finding.message.contains(hidden) && !finding.remedy.contains(hidden), "\(hidden)")
    }
  }

  /// The answer as the old clients read it.
  @Test func theBodyIsTheOldOne() throws {
    let refusal = try Self.refusal("Customer?$search=ab")
    let body = try #require(try JSONSerialization.jsonObject(with: Data(refusal.body())) as? [String: Any])
    #expect(body["errorCode"] as? String == "policy.literal")
    let message = try #require(body["message"] as? String)
    #expect(message.contains("A word of `$search`") && message.contains("Look for longer words"))
    #expect(body["details"] as? [[String: Any]] == nil || (body["details"] as? [Any])?.isEmpty == true)
  }

  /// Words that are long enough, each.
  @Test(arguments: ["ann", "anna bob", "\"anna bob\"", "anna-bob", "a_b_c", "\u{E9}\u{E9}\u{E9}"])
  func longWordsPass(search: String) throws {
    let target =
      Self.root + "Customer?$search=" + (search.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")
    _ = try Self.planner.get().plan(target, scope: PlanScope(policy: "default", cache: "k"))
  }

  /// What else is wrong stays as it is, and so do texts that the client writes into `contains` itself.
  @Test func otherFindingsKeepTheirWords() throws {
    let both = try Self.refusal("Customer?$search=ab&$filter=Gender eq 'x' and contains(LastName,'cd')")
    #expect(both.findings.count == 3)
    #expect(both.findings.filter { $0.message.contains("`$search`") }.count == 1)
    #expect(both.findings.contains { $0.rule == FindingRule.filterColumn.rawValue })
    let own = try Self.refusal("Customer?$filter=contains(LastName,'cd')")
    #expect(own.code == FindingRule.literal.rawValue && !own.message.contains("$search"))
  }
}
