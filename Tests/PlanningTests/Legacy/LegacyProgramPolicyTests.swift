import CustomerInsights
import Foundation
import ODataURL
import Policy
import Testing

@testable import Planning

/// What a policy says of plans: what is calculated in the gateway, which values may be asked for, how much at once.
extension LegacyProgramTests {
  // MARK: What is calculated here

  /// A condition and an order must be allowed as if Dataverse calculated them.
  @Test(arguments: [
    ("Customer?$filter=IsMemberOfSegment('S')&$orderby=FullName", nil),
    ("Customer?$filter=IsMemberOfSegment('S')&$orderby=CountryOrRegion", "Customer?$orderby=CountryOrRegion"),
    ("Customer_Measure?$filter=CustomerId eq '4' or T lt 0", nil),
    (
      "Customer_Measure?$filter=startswith(CustomerId,'4') or T lt 0",
      "Customer_Measure?$filter=startswith(CustomerId,'4')"
    ),
    (
      "Customer_Measure?$filter=T lt 0 or not (T gt 5 and CustomerId gt '4')",
      "Customer_Measure?$filter=CustomerId gt '4'"
    ),
    // A member beside a column is one more value of the row, which Dataverse would compare as another column.
    ("Customer_Measure?$filter=CustomerId eq T", "Customer_Measure?$filter=CustomerId eq CustomerId"),
    ("Customer_Measure?$filter=T eq CustomerId", "Customer_Measure?$filter=CustomerId eq CustomerId"),
    ("Customer_Measure?$filter=T gt 1 and CustomerId lt T", "Customer_Measure?$filter=CustomerId lt CustomerId"),
    ("Customer_Measure?$filter=contains(CustomerId,T)", "Customer_Measure?$filter=contains(CustomerId,CustomerId)"),
    (
      "Customer_Measure?$filter=concat(T,CustomerId) eq U",
      "Customer_Measure?$filter=concat(CustomerId,CustomerId) eq CustomerId"
    ),
    ("Customer_Measure?$filter=T gt U or U eq 1", nil),
    ("Customer_Measure?$filter=not (CustomerId eq '4' or T lt 0)", "Customer_Measure?$filter=not (CustomerId eq '4')"),
    ("Customer_Measure?$filter=not (not (CustomerId eq '4' or T lt 0))", nil),
    ("Customer_Measure?$filter=CustomerId in ('4','5') or T lt 0", nil),
    ("Customer_Measure?$orderby=concat(CustomerId,T)", "Customer_Measure?$orderby=concat(CustomerId,CustomerId)"),
    ("Customer_Measure?$orderby=T desc", nil),
    ("Customer_Measure?$orderby=T,CustomerId", "Customer_Measure?$orderby=CustomerId"),
  ])
  func whatIsCalculatedHereIsJudgedAlike(query: String, alone: String?) throws {
    let subject = try Subject()
    guard let alone else { return _ = try subject.plan(query) }
    let refusal = try subject.refusal(query)
    #expect(try refusal.status == 403 && refusal.code == subject.refusal(alone).code, "\(refusal.findings)")
  }

  /// Where the policy lets the column be compared with others of its row, it may be compared with a member.
  @Test(arguments: [
    ("[eq]", FindingRule.operator.rawValue), ("[eq, column]", nil), ("[gt, column]", FindingRule.operator.rawValue),
    ("[]", FindingRule.filterColumn.rawValue),
  ])
  func columnsAreComparedWithMembersWhereTheyMay(operations: String, code: String?) throws {
    let part = """
      msdynci_customerid: { select: true, filter: [eq] }
            msdynci_measures: { select: true }
            msdynci_identifier: { filter: [eq] }
      """
    try #require(Self.policy.contains(part))
    let filter = operations == "[]" ? "" : ", filter: \(operations)"
    let subject = try Subject(
      Self.policy.replacing(
        part,
        with: """
          msdynci_customerid: { select: true\(filter) }
                msdynci_measures: { select: true }
                msdynci_identifier: { filter: [eq] }
          """))
    for query in ["Customer_Measure?$filter=CustomerId eq T", "Customer_Measure?$filter=T eq CustomerId"] {
      guard let code else {
        _ = try subject.plan(query)
        continue
      }
      let refusal = try subject.refusal(query)
      #expect(refusal.code == code && refusal.message.contains("`CustomerId`"), "\(refusal.fullMessage)")
      #expect(!refusal.fullMessage.contains("msdynci_") && refusal.span != .none)
    }
  }

  /// Dataverse's names for columns are names of members like any other: they lead to no column, whatever is read of the
  /// row.
  @Test(
    arguments: [
      "$filter=msdynci_customerid eq '1'", "$filter=startswith(msdynci_customerid,'1')",
      "$filter=MSDYNCI_CUSTOMERID ne null", "$filter=contains(msdynci_identifier,'CH')",
      "$filter=msdynci_identifier eq 'CH' or T gt 7", "$filter=contains(msdynci_measures,'T')",
      "$filter=not (msdynci_customerid eq null)", "$filter=CustomerId eq '1' and msdynci_customerid ge '1'",
      "$filter=startswith(concat(msdynci_customerid,T),'17')",
    ], ["", "&$select=T", "&$select=CustomerId", "&$select=msdynci_customerid"])
  func namesOfDataverseAreMembers(options: String, more: String) async throws {
    var answers = Self.everything
    answers["msdynci_customermeasures"] =
      #"{"value":[{"msdynci_customerid":"1","msdynci_identifier":"CH","msdynci_measures":"{\"T\":7}"}]}"#
    let subject = try Subject(answers: answers)
    let answer = try await subject.answer(try subject.plan("Customer_Measure?\(options)\(more)"))
    #expect(answer.hasSuffix(#""value":[]}"#), "\(answer)")
  }

  /// Where there is such a member, it is found, and rows are sorted by it.
  @Test func membersMayHaveNamesOfDataverse() async throws {
    let rows = ["b", "a"].enumerated().map { index, text in
      #"{"msdynci_customerid":"\#(index)","msdynci_measures":"{\"msdynci_customerid\":\"\#(text)\"}"}"#
    }
    let subject = try Subject(answers: ["msdynci_customermeasures": #"{"value":[\#(rows.joined(separator: ","))]}"#])
    func shown(_ query: String) async throws -> [String] {
      try await subject.answer(try subject.plan("Customer_Measure?$select=CustomerId&\(query)"))
        .matches(of: /"CustomerId":"(\d)"/).map { String($0.1) }
    }
    #expect(try await shown("$filter=msdynci_customerid eq 'a'") == ["1"])
    #expect(try await shown("$orderby=msdynci_customerid") == ["1", "0"])
    #expect(try await shown("$orderby=msdynci_identifier") == ["0", "1"])
    // A column has its own permission, beside a member that is called like it.
    #expect(
      try subject.refusal("Customer_Measure?$orderby=msdynci_customerid,CustomerId").code == "policy.column.order")
    #expect(
      try subject.refusal("Customer_Measure?$filter=startswith(concat(CustomerId,msdynci_customerid),'4')").status
        == 403)
  }

  // MARK: Values

  /// What no number of Dataverse can be is told before it is asked, at its place.
  @Test(arguments: [
    "LifeTimeValue eq NaN", "LifeTimeValue gt -INF", "LifeTimeValue in (1,INF)",
    "LifeTimeValue in (\((0..<60).map(String.init).joined(separator: ",")),NaN)", "INF ge LifeTimeValue",
    "NaN eq LifeTimeValue", "not (-INF lt LifeTimeValue)", "LifeTimeValue eq 1 or NaN ne LifeTimeValue",
    "INF in (LifeTimeValue,1)", "contains(FullName,INF)", "FullName eq 'a' and INF eq INF",
  ])
  func numbersAreFinite(filter: String) throws {
    let policy = Self.policy.replacing(
      "      msdynci_email:",
      with: "      msdynci_lifetimevalue:\n        { type: decimal, displayName: LifeTimeValue, select: true, "
        + "filter: [eq, gt, ge, lt] }\n      msdynci_email:")
    let subject = try Subject(policy)
    for query in [
      "Customer?$filter=\(filter)", "Customer?$filter=\(filter)&$skip=1",
      "/api/data/v9.2/msdynci_customerprofiles?$filter=msdynci_lifetimevalue eq INF",
      "/api/data/v9.2/msdynci_customerprofiles?$filter=INF eq msdynci_lifetimevalue",
    ] {
      let refusal = try subject.refusal(query)
      #expect(refusal.status == 403 && refusal.code == "DV008" && refusal.span != .none, "\(refusal.fullMessage)")
      let words = ["neither INF nor NaN among", "this literal is of another type."]
      #expect(words.contains { refusal.message.contains($0) }, "\(refusal.message)")
      #expect(query.hasPrefix("/") || !refusal.fullMessage.contains("msdynci_"))
    }
    _ = try subject.plan("Customer?$filter=LifeTimeValue lt 1e300 and LifeTimeValue in (1,2.5)")
  }

  // MARK: Limits of the policy

  /// Pages of a plan are as long as those of a single read.
  @Test(arguments: [2, 37, 100, 400])
  func thePageSizeOfThePolicyHolds(size: Int) async throws {
    let rows = (0..<size).map { #"{"msdynci_customerid":"\#($0)","msdynci_fullname":"n"}"# }.joined(separator: ",")
    let page = #"{"value":[\#(rows)],"@odata.nextLink":"https://o/x?$skiptoken=2"}"#
    let subject = try Subject(
      Self.policy + "limits: { pageSize: \(size) }\n",
      answers: ["msdynci_customerprofiles": page, "msdynci_customerprofiles+": page])
    let shown = min(size, 100)
    #expect(try subject.plan("Customer?$select=FullName").prefer == "odata.maxpagesize=\(shown)")
    func count(_ query: String) async throws -> Int {
      let answer = try await subject.answer(try subject.plan("Customer?$select=FullName&" + query))
      #expect(answer.contains("@odata.nextLink") != query.contains("$top"))
      return answer.matches(of: /"FullName"/).count
    }
    #expect(try await count("$skip=1") == shown)
    #expect(try await count("$filter=contains(FullName,'n') or contains(FullName,'_')&$skip=2") == shown)
    if size > 2 { #expect(try await count("$skip=1&$top=150") == 150) }
    #expect(subject.sent.allSatisfy { $0.prefer == "odata.maxpagesize=\(min(size, 151))" || size > 100 })
  }

  /// Rows that come page by page are as many as if they had been asked for at once.
  @Test(arguments: [
    "Customer?$skip=1&$top=", "Customer?$filter=IsMemberOfSegment('S')&$top=", "Customer?$top=",
  ])
  func theTopOfThePolicyHolds(query: String) throws {
    let subject = try Subject(Self.policy + "limits: { top: 150 }\n")
    _ = try subject.plan(query + "150")
    for top in ["151", "9223372036854775807"] {
      #expect(try subject.refusal(query + top).code == FindingRule.topLimit.rawValue)
    }
  }

  /// The gateway puts no more ids together than the policy lets stand side by side, and is not refused for it later.
  @Test(arguments: [1, 2, 50])
  func idsComeInChainsThatPass(width: Int) async throws {
    let subject = try Subject(Self.policy + "limits: { orWidth: \(width) }\n", answers: Self.everything)
    let answer = try await subject.answer(try subject.plan("Customer?$select=FullName&$expand=Customer_Measure"))
    #expect(answer.contains("A_1") && answer.contains("A1"))
    let measures = subject.sent.filter { $0.query.hasPrefix("msdynci_customermeasures") }
    #expect(measures.count == (width == 1 ? 2 : 1))
  }
}
