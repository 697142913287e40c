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

  /// Management read → what replaces it: Dataverse's own metadata, or a reason.
  @Test(
    arguments: [
      ("manage/entities", "/api/data/v9.2/EntityDefinitions?$select=LogicalName,EntitySetName,DisplayName"),
      (
        "manage/tables/customer",
        "/api/data/v9.2/EntityDefinitions(LogicalName='msdynci_customerprofile')/Attributes?$select=LogicalName,"
          + "AttributeType,DisplayName"
      ),
      ("data", "/api/data/v9.2/"), ("data/$metadata", "/api/data/v9.2/$metadata"),
      ("manage/entities/Nothing", "entityNotFound"), ("manage/search", "answeredByGateway"), ("", "answeredByGateway"),
      ("rbac/myrole", "answeredByGateway"), ("profilestore/stateinfo", "answeredByGateway"),
      ("manage/measures", "notSupported"), ("manage/segments", "notSupported"),
      (
        "profile/keyring?dataSourceName=a&entityName=b&key=c",
        "/api/data/v9.2/msdynci_alternatekeys?$select=msdynci_customerid,msdynci_keyring&$filter="
          + "msdynci_datasourcename%20eq%20'a'%20and%20msdynci_entityname%20eq%20'b'%20and%20"
          + "msdynci_alternatevalue%20eq%20'c'&$top=2"
      ),
    ])
  func managementReadsAreReplaced(path: String, replacement: String) throws {
    let target = "/v1/instances/11111111-2222-3333-4444-555555555555" + (path.isEmpty ? "" : "/\(path)")
    switch try outcome(target) {
    case .moves(let plan): #expect(plan.steps.map(\.target) == [replacement])
    case .cannot(let reason):
      #expect(reason.code == replacement && !reason.message.isEmpty && !reason.remedy.isEmpty)
      #expect(!reason.message.contains("takes no query"))
    case .isContinuation, .isDataverse, .isForeign: Issue.record("\(path) is left alone")
    }
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
          then  `msdynci_measures` holds JSON, whose members were columns of the old answer: TotalSpend.

        columns of Customer
          msdynci_customerid → CustomerId
          msdynci_email → Email

        columns of Customer_Measure
          msdynci_customerid → CustomerId

        4 legacy requests: 2 move as they are, 1 move with work in the client, 0 move as several reads, 1 cannot
        cannot, propertyNotFound: 1
        requests of Dataverse, left alone: 1
        requests of neither API, left alone: 1
        left out, JSON without `target` or `url`: 1

        """)
    #expect(
      report.json.split(separator: "\n").last.map(String.init)
        == #"{"summary":{"requests":4,"moves":2,"movesWithWork":1,"severalReads":0,"cannot":1,"furtherPages":0,"dataverse":1,"foreign":1,"#
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

  /// Every read of a plan, and what is done between them.
  @Test func severalReadsAreToldOneByOne() throws {
    #expect(
      try report("Customer?$select=CustomerId&$filter=City eq 'X'&$skip=3&$expand=Customer_Measure").text == """
        f:1
          old   GET Customer?$select=CustomerId&$filter=City eq 'X'&$skip=3&$expand=Customer_Measure
          new 1 GET /api/data/v9.2/msdynci_customerprofiles?$select=msdynci_customerid&$filter=msdynci_city%20eq%20'X'
                Prefer: odata.maxpagesize=103
          then  Leave out as many rows as `$skip` said, which Dataverse does not have.
          new 2 GET /api/data/v9.2/msdynci_customermeasures?$select=msdynci_customerid,msdynci_measures,msdynci_identifier&$filter=msdynci_customerid%20eq%20'{id}'
                Prefer: odata.maxpagesize=500
          for   each 50 ids in `msdynci_customerid` of new 1, joined by `or`
          then  Put the rows into those with the same `msdynci_customerid`, as the object `Customer_Measure`.
          then  `msdynci_measures` holds JSON, whose members were columns of the old answer.

        columns of Customer
          msdynci_customerid → CustomerId

        columns of Customer_Measure
          msdynci_customerid → CustomerId

        1 legacy request: 0 move as they are, 0 move with work in the client, 1 move as several reads, 0 cannot

        """)
    #expect(
      try report(
        "Customer?$select=FullName&$filter=IsMemberOfSegment('A_1') and IsMemberOfSegment('B')&$orderby=FullName&$top=5"
      ).text.hasPrefix(
        """
        f:1
          old   GET Customer?$select=FullName&$filter=IsMemberOfSegment('A_1') and IsMemberOfSegment('B')&$orderby=FullName&$top=5
          new 1 GET /api/data/v9.2/msdynci_segmentmemberships?$select=msdynci_customerid,msdynci_segments,msdynci_identifier&$filter=contains(msdynci_segments,'%22A%5B_%5D1%22')
                Prefer: odata.maxpagesize=500
          then  Keep the rows whose list in `msdynci_segments` names the segment: others may have its text in them.
          new 2 GET /api/data/v9.2/msdynci_segmentmemberships?$select=msdynci_customerid,msdynci_segments&$filter=contains(msdynci_segments,'%22B%22')
                Prefer: odata.maxpagesize=500
          then  Keep the rows whose list in `msdynci_segments` names the segment: others may have its text in them.
          then  Keep the ids that reads 1 and 2 all give.
          new 3 GET /api/data/v9.2/msdynci_customerprofiles?$select=msdynci_fullname,msdynci_customerid&$filter=msdynci_customerid%20eq%20'{id}'
                Prefer: odata.maxpagesize=500
          for   each 50 ids in `msdynci_customerid` of new 1 and 2, joined by `or`
          then  Read all pages, and put the rows into the order of `$orderby`.
          then  Take as many rows as `$top` said, from page to page.

        """))
  }

  /// What is done with the rows of one read.
  @Test(arguments: [
    ("Customer('a')?$select=FullName", "Take the first row; without one the answer was 404."),
    (
      "Customer_Measure?$select=CustomerId&$filter=TotalSpend gt 5",
      "Keep the rows that pass the old `$filter` and `$search`: Dataverse cannot tell exactly."
    ),
    ("Customer_Measure?$orderby=TotalSpend", "Read all pages, and put the rows into the order of `$orderby`."),
    ("Customer?$top=250", "Take as many rows as `$top` said, from page to page."),
  ])
  func tasksOfOneReadAreTold(old: String, task: String) throws {
    guard case .moves(let plan) = try outcome(Self.base + old) else {
      Issue.record("\(old) does not move")
      return
    }
    #expect(plan.steps.count == 1 && plan.isOneRead)
    #expect(plan.steps.first?.tasks.first == task)
    #expect(plan.steps.first?.repetition == nil)
  }

  @Test func severalReadsAsJSON() throws {
    #expect(
      try report("Customer?$select=CustomerId&$filter=CustomerId eq 'a'&$expand=Customer_Measure").json
        .split(separator: "\n").first.map(String.init)
        == #"{"source":"f:1","count":1,"method":"GET","#
        + #""old":"Customer?$select=CustomerId&$filter=CustomerId eq 'a'&$expand=Customer_Measure","#
        + #""result":"severalReads","steps":[{"request":"/api/data/v9.2/msdynci_customerprofiles"#
        + #"?$select=msdynci_customerid&$filter=msdynci_customerid%20eq%20'a'","prefer":"odata.maxpagesize=100","#
        + #""then":[]},{"request":"/api/data/v9.2/msdynci_customermeasures"#
        + #"?$select=msdynci_customerid,msdynci_measures,msdynci_identifier&$filter=msdynci_customerid%20eq%20'{id}'","#
        + #""prefer":"odata.maxpagesize=500","#
        + #""forEach":{"column":"msdynci_customerid","steps":[1],"idsPerRequest":50},"#
        + #""then":["Put the rows into those with the same `msdynci_customerid`, as the object `Customer_Measure`.","#
        + #""`msdynci_measures` holds JSON, whose members were columns of the old answer."]}],"entity":"Customer","#
        + #""columns":{"msdynci_customerid":"CustomerId"},"#
        + #""expanded":{"Customer_Measure":{"msdynci_customerid":"CustomerId"}}}"#)
  }

  /// A list that is too long for one read takes several, and how many is for its literals to say.
  @Test func longListsAreOneStepWithoutLiterals() throws {
    func list(_ count: Int) -> String {
      let ids = (0..<count).map { "'hidden-\($0)'" }.joined(separator: ",")
      return "Customer?$select=CustomerId&$filter=CustomerId in (\(ids))&$expand=Customer_Measure"
    }
    let whole = try report(list(120))
    guard case .moves(let plan)? = whole.entries.first?.outcome else {
      Issue.record("a list does not move")
      return
    }
    #expect(plan.steps.map(\.isPart) == [true, true, true, false])
    #expect(plan.steps.dropLast().map(\.tasks) == [[], [], ["Put the rows of all parts of the list together."]])
    #expect(plan.steps[3].repetition?.reads == 1...3)
    #expect(whole.text.contains("'hidden-100'") && whole.text.contains("of new 1 to 3, joined"))

    let lifted = try report("\(list(60))\n\(list(120))\n\(list(50))", liftsLiterals: true)
    #expect(lifted.shown.map(\.count) == [2, 1])
    #expect(!lifted.text.contains("hidden") && !lifted.json.contains("hidden"))
    #expect(lifted.counts.asSeveralReads == 3)
    #expect(
      lifted.text.hasPrefix(
        """
        f:1  2×
          old   GET Customer?$select=CustomerId&$expand=Customer_Measure&$filter=CustomerId in (:string)
          new 1 GET /api/data/v9.2/msdynci_customerprofiles?$select=msdynci_customerid&$filter=msdynci_customerid eq :string
                Prefer: odata.maxpagesize=100
          for   each part of the list of values
          then  Put the rows of all parts of the list together.
          new 2 GET
        """), "\(lifted.text)")
    #expect(lifted.text.contains("  for   each 50 ids in `msdynci_customerid` of new 1, joined by `or`\n"))
    #expect(lifted.json.contains(#""forEach":{"part":"list"}"#))
  }

  @Test func hostileLinesAreLeftOut() throws {
    let report = try report(
      "\u{1B}[2J\nCustomer?$filter=FullName eq '\u{1B}[2J'\n{\"url\":\n\(String(repeating: "x", count: 140_000))\n"
        + "POST /v1/instances/x/data/Customer\n")
    #expect(!report.text.contains("\u{1B}"))
    #expect(report.leftOut.values.reduce(0, +) == 2)
  }

  /// What stands in a path, or where a value should, without quotes: ids and addresses that no report shows.
  @Test(arguments: [
    ("PATCH \(base)Customer/topsecret4e8f62b2", "PATCH /v1/instances/{id}/data/Customer/{row}"),
    ("PATCH \(base)customer/4e8f62b2ff89e5456c999ec637bee195", "PATCH /v1/instances/{id}/data/Customer/{row}"),
    ("POST \(base)UnifiedActivity?x=topsecret", "POST /v1/instances/{id}/data/UnifiedActivity"),
    ("GET \(base)Customer/jane.topsecret@example.com", "GET /v1/instances/{id}/data/Customer/{row}"),
    ("GET \(base)Customer/topsecret", "GET Customer/:name"),
    ("GET \(base)jane.topsecret@example.com", "GET /v1/instances/{id}/data/{entity}"),
    ("Customer$filter=Email eq 'topsecret", "GET /v1/instances/{id}/data/Customer"),
    ("GET \(base)Customer;email='topsecret'", "GET /v1/instances/{id}/data/Customer"),
    (
      "PUT \(root)manage/segments/topsecret/activate", "PUT /v1/instances/{id}/manage/segments/{name}/activate"
    ),
    (
      "DELETE \(root)rbac/principals/topsecret/assignment",
      "DELETE /v1/instances/{id}/rbac/principals/{principal}/assignment"
    ),
    ("GET \(root)manage/entities/Customer/entitysize", "GET /v1/instances/{id}/manage/entities/Customer/entitysize"),
    ("GET \(root)manage/topsecret/topsecret", "GET /v1/instances/{id}/…"),
    ("Customer?$filter=IsMemberOfSegment(topsecret)", "GET Customer?$filter=IsMemberOfSegment(:string)"),
    ("Customer?$filter=Email eq topsecret", "GET Customer?$filter=Email eq :name"),
    ("Customer?$filter=Email in (topsecret,'a')", "GET Customer?$filter=Email in (:name)"),
    ("Customer?$filter=contains(Email,topsecret)", "GET Customer?$filter=contains(Email,:name)"),
    ("Customer(topsecret)", "GET /v1/instances/{id}/data/Customer"),
    (
      "Customer?$orderby=ae8f62b2ff89e5456c999ec637bee195", "GET Customer?$orderby=:name"
    ),
  ])
  func whatAClientFilledInIsNowhere(line: String, old: String) throws {
    let report = try report(line, liftsLiterals: true)
    #expect(report.shown.map { "\($0.method) \($0.old)".lowercased() } == [old.lowercased()])
    for text in [report.text, report.json] {
      for secret in ["topsecret", "jane", "4e8f62", "ae8f62"] { #expect(!text.contains(secret), "\(text)") }
    }
  }

  private static let root = "/v1/instances/11111111-2222-3333-4444-555555555555/"

  @Test func requestsOfOneOperationAreOneEntry() throws {
    let lines = (0..<20).map { "PATCH \(Self.base)Customer/4e8f62b2ff89e5456c999ec637bee1\($0 + 10)" }
    let report = try report(lines.joined(separator: "\n"), liftsLiterals: true)
    #expect(report.shown.map(\.count) == [20])
  }

  /// A further page of a request that moves is no request of its own; of one that does not, it does not either.
  @Test func furtherPagesAreCountedApart() throws {
    let report = try report(
      """
      Customer?$filter=City eq 'X'
      Customer?$filter=City eq 'X'&$skiptoken=abc
      Customer?$skip=3&$skiptoken=def
      Customer?$filter=Emial eq 'X'&$skiptoken=abc
      """)
    #expect(report.continuations == 2)
    #expect(report.counts.all == 2 && report.counts.cannot == ["propertyNotFound": 1])
    #expect(report.text.contains("further pages of such requests ($skiptoken), left out: 2\n"))
    #expect(report.json.contains(#""furtherPages":2"#))
  }

  /// One read whose answer the caller has to work on is no request that moves as it is.
  @Test func workInTheClientIsCountedApart() throws {
    let report = try report(
      """
      Customer?$top=5
      Customer_Measure?$filter=TotalSpend gt 5
      Customer?$skip=3
      Customer?$expand=UnifiedActivity
      """)
    #expect(report.counts.asTheyAre == 1 && report.counts.withWork == 2 && report.counts.asSeveralReads == 1)
    #expect(report.json.contains(#""result":"movesWithWork""#))
    #expect(report.json.contains(#""moves":1,"movesWithWork":2,"severalReads":1"#))
  }
}
