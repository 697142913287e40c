import PolicyTools
import Testing

@testable import Migration
@testable import Planning

@Suite struct MigrationTests {
  static let base = "/v1/instances/11111111-2222-3333-4444-555555555555/data/"

  private func report(_ text: String, liftsLiterals: Bool = false) throws -> MigrationReport {
    let rules = try RuleBook.load(policyFile: nil, mappingFile: nil, schema: RuleBook.offlineSchema)
    var report = MigrationReport(migrator: Migrator(rules: rules), liftsLiterals: liftsLiterals)
    var reader = RecordReader(rules: rules)
    var number = 0
    func take(_ line: RecordedLine) {
      number += 1
      report.add(line, source: "f:\(number)")
    }
    Array(text.utf8).withUnsafeBufferPointer { reader.read($0, take) }
    reader.finish(take)
    return report
  }

  private func outcome(_ target: String, method: String = "GET") throws -> MigrationOutcome {
    let rules = try RuleBook.load(policyFile: nil, mappingFile: nil, schema: RuleBook.offlineSchema)
    var reader = RecordReader(rules: rules)
    var found: RecordedQuery?
    func take(_ line: RecordedLine) {
      if case .query(let query) = line { found = query }
    }
    Array("\(method) \(target)".utf8).withUnsafeBufferPointer { reader.read($0, take) }
    reader.finish(take)
    return Migrator(rules: rules).outcome(of: try #require(found))
  }

  /// Legacy request → Dataverse request.
  @Test(arguments: [
    (
      "Customer?$select=CustomerId&$filter=CustomerId eq 'a'",
      "/api/data/v9.2/msdynci_customerprofiles?$select=msdynci_customerid&$filter=msdynci_customerid%20eq%20'a'"
    ),
    (
      "Customer_Measure?$filter=CustomerId eq 'a'",
      "/api/data/v9.2/msdynci_customermeasures?$select=msdynci_customerid,msdynci_measures,msdynci_identifier&$filter=msdynci_customerid%20eq%20'a'"
    ),
  ])
  func legacyRequestsAreReplaced(old: String, new: String) throws {
    guard case .moves(let plan) = try outcome(Self.base + old) else {
      Issue.record("\(old) does not move")
      return
    }
    #expect(plan.steps.map(\.target) == [new])
    #expect(plan.steps.first?.prefer == "odata.maxpagesize=100")
    #expect(plan.columns["msdynci_customerid"] == "CustomerId")
  }

  @Test func whatCannotMoveHasAReason() throws {
    for (target, method, code) in [
      (Self.base + "Customer?$filter=Emial eq 'x'", "GET", "propertyNotFound"),
      (Self.base + "Customer?$filter=", "GET", "syntax."), (Self.base + "UnifiedActivity", "POST", "writesRefused"),
      (Self.base + "Nothing", "GET", "entityNotFound"),
    ] {
      guard case .cannot(let reason) = try outcome(target, method: method) else {
        Issue.record("\(target) moves")
        continue
      }
      #expect(reason.code.hasPrefix(code), "\(reason.code)")
      #expect(!reason.message.isEmpty)
    }
    #expect(try outcome("/api/data/v9.2/accounts") == .isDataverse)
    #expect(try outcome("/favicon.ico") == .isForeign)
  }

  @Test func reportsAreAsDocumented() throws {
    let report = try report(
      """
      # of the shop
      Customer?$select=CustomerId,Email&$filter=CustomerId eq 'a'
      Customer?$select=CustomerId,Email&$filter=CustomerId eq 'a'
      Customer?$filter=Emial eq 'x'
      Customer_Measure?$select=CustomerId,TotalSpend&$filter=CustomerId eq 'a'
      msdynci_customerprofiles?$top=1
      /favicon.ico
      {"nothing":1}
      """)
    #expect(
      report.text == """
        f:2  2×
          old   GET Customer?$select=CustomerId,Email&$filter=CustomerId eq 'a'
          new   GET /api/data/v9.2/msdynci_customerprofiles?$select=msdynci_customerid,msdynci_email&$filter=msdynci_customerid%20eq%20'a'
                Prefer: odata.maxpagesize=100

        f:4
          old   GET Customer?$filter=Emial eq 'x'
          none  Customer has no property of this name. [propertyNotFound]
          do    Did you mean Email?

        f:5
          old   GET Customer_Measure?$select=CustomerId,TotalSpend&$filter=CustomerId eq 'a'
          new   GET /api/data/v9.2/msdynci_customermeasures?$select=msdynci_customerid,msdynci_measures&$filter=msdynci_customerid%20eq%20'a'
                Prefer: odata.maxpagesize=100
          then  `msdynci_measures` holds JSON, whose members were columns of the old answer: totalspend.

        columns of Customer
          msdynci_customerid → CustomerId
          msdynci_email → Email

        columns of Customer_Measure
          msdynci_customerid → CustomerId

        4 legacy requests: 3 move as they are, 0 move as several reads, 1 cannot
        cannot, propertyNotFound: 1
        requests of Dataverse, left alone: 1
        requests of neither API, left alone: 1
        left out, JSON without `target` or `url`: 1

        """)
    #expect(
      report.json.split(separator: "\n").last.map(String.init)
        == #"{"summary":{"requests":4,"moves":3,"severalReads":0,"cannot":1,"dataverse":1,"foreign":1,"#
        + #""byReason":{"propertyNotFound":1},"leftOut":{"JSON without `target` or `url`":1}}}"#)
    #expect(
      report.json.split(separator: "\n")[1]
        == #"{"source":"f:4","count":1,"method":"GET","old":"Customer?$filter=Emial eq 'x'","result":"cannot","#
        + #""code":"propertyNotFound","message":"Customer has no property of this name.","remedy":"Did you mean Email?"}"#
    )
  }

  @Test func liftedLiteralsAreNowhere() throws {
    let text = (0..<50).map { "Customer?$filter=CustomerId eq 'hidden\($0)'" }.joined(separator: "\n")
    let report = try report("Customer?$filter=FullName eq 'hidden'\n" + text, liftsLiterals: true)
    #expect(report.shown.map(\.count) == [50, 1])
    #expect(report.shown.first?.source == "f:2")
    #expect(!report.text.contains("hidden") && !report.json.contains("hidden"))
    #expect(report.text.contains("  old   GET Customer?$filter=CustomerId eq :string\n"))
    #expect(report.text.contains("&$filter=msdynci_customerid eq :string\n"))
    #expect(report.counts.all == 51)
  }

  /// What a plan of several reads looks like.
  @Test func severalReadsAreNumbered() throws {
    let steps = ["a", "b"].map {
      MigrationStep(target: "/api/data/v9.2/\($0)", shape: $0, prefer: nil, tasks: ["Keep \($0)."])
    }
    let plan = MigrationPlan(steps: steps, entity: "Customer", columns: [:])
    let entry = MigrationReport.Entry(source: "f:1", method: "GET", old: "o", outcome: .moves(plan), count: 1)
    #expect(
      try report("").block(entry) == """
        f:1
          old   GET o
          new 1 GET /api/data/v9.2/a
          then  Keep a.
          new 2 GET /api/data/v9.2/b
          then  Keep b.

        """)
  }

  @Test func hostileLinesAreLeftOut() throws {
    let report = try report(
      "\u{1B}[2J\nCustomer?$filter=FullName eq '\u{1B}[2J'\n{\"url\":\n\(String(repeating: "x", count: 140_000))\n"
        + "POST /v1/instances/x/data/Customer\n")
    #expect(!report.text.contains("\u{1B}"))
    #expect(report.leftOut.values.reduce(0, +) == 2)
  }
}
