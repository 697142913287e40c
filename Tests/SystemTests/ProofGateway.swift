import Foundation
import Testing

/// One request and what has to become of it.
struct Exchange: Sendable {
  enum Outcome: Sendable {
    /// Status and code of the refusal. Nothing reaches the organization.
    case refused(Int, String)
    /// What the organization is asked, below the service root and with blanks, and the answer without its context URL.
    case sent(String, prefer: String? = nil, answer: String)
    /// Answered from several reads, each of one of these entity sets and with a `$select`.
    case reads(Set<String>)
    /// What the organization is asked and refuses, and the status and code that its answer becomes.
    case failed(String, Int, String)
    /// Answered by the gateway itself, with this in it. Nothing reaches the organization.
    case answered(String)
  }

  var method = "GET"
  /// Below the service root, or with a `/` in front below the origin; percent-encoded where a request line wants it.
  var target: String
  var headers: [String] = []
  var body = ""
  var outcome: Outcome
}

/// The program with a policy that allows much, before an organization that tells more than it is asked: whatever an answer
/// must not have reads `secret`.
final class ProofGateway: Sendable {
  static let customers = "msdynci_customerprofiles"
  static let customer = "msdynci_customerprofiles(00000000-0000-0000-0000-000000000001)"
  static let activities = "msdynci_unifiedactivities"
  static let formatted = "OData.Community.Display.V1.FormattedValue"

  /// `createdon` and all that is not named is hidden; `msdynci_email` may be compared, but not read.
  static let policy = """
    version: 1
    name: proof
    limits: { expandDepth: 3, urlBytes: 32768, filterLiteralLength: 32768 }
    options: [$select, $expand, $filter, $orderby, $top, $count, $apply, $skiptoken, /$count, key]
    annotations: [\(formatted)]
    tables:
      msdynci_customerprofile:
        ttl: 1m
        alternateKeys: [[msdynci_email]]
        columns:
          msdynci_customerprofileid: { filter: [eq] }
          msdynci_customerid: { select: true, filter: [eq, ne, In, NotIn, not, isNull], order: true }
          msdynci_fullname:
            { type: text, select: true, filter: [eq, contains, startswith, endswith], order: true }
          msdynci_email: { type: text, filter: [eq] }
          msdynci_lifetimevalue: { type: decimal, select: true, filter: [eq, gt] }
          _ownerid_value: { select: true, annotate: false }
        options: [$select, $expand, $filter, $orderby, $top, $count, $skiptoken, /$count, key]
        navigations:
          msdynci_customer_unifiedactivity: { expand: true, filter: true, top: 20 }
          msdynci_customer_enrichment: { expand: true, filter: true, top: 10 }
      msdynci_unifiedactivity:
        ttl: 1m
        alternateKeys: [[msdynci_activityid]]
        apply: [filter, groupby, aggregate]
        columns:
          msdynci_activityid: { select: true, filter: [eq] }
          msdynci_activitytime: { select: true, filter: [gt, Today], order: true, aggregate: [max] }
          msdynci_activitytype: { select: true, filter: [eq], order: true, aggregate: [groupby] }
          msdynci_title: { select: true }
        navigations:
          msdynci_lookupfield_customer: { filter: true, expand: true }
      # A caller sees the open ones alone, wherever the query stands.
      msdynci_enrichment:
        ttl: 1m
        options: [$select, $filter, $top]
        rowFilter: "msdynci_enrichmentprovider eq 'open'"
        columns:
          msdynci_values: { select: true }
          msdynci_enrichmenttype: { select: true, filter: [eq] }
    scopes:
      default: {}
    rules:
      # The limit of the service holds all the same.
      policy.limit.url: { mode: report }

    """

  let organization: FakeOrganization
  let origin: String
  private let program: Program

  /// - Parameter policy: the policy's text; the one that ships when `nil`.
  init(policy: String? = ProofGateway.policy, more: String = "callers: { anonymous: default }") throws {
    organization = try FakeOrganization(ProofGateway.answer)
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    var arguments: [String] = []
    if let policy { arguments = ["--policy", try folder.write("policy.yaml", policy)] }
    (program, origin) = try organization.gateway(more, arguments: arguments)
    // The tables are learnt before the first read is answered.
    _ = try HTTPConnection.get(origin, "/api/data/v9.2/msdynci_customerprofiles?$select=msdynci_customerid&$top=500")
  }

  deinit {
    program.kill9()
    organization.stop()
  }

  private static let row =
    #"{"@odata.etag":"W/\"1\"","msdynci_customerid":"c1","msdynci_fullname@\#(formatted)":"Ann A.","#
    + #""msdynci_fullname@Secret.Term":"secret","msdynci_fullname":"Ann","msdynci_email":"secret","#
    + #""createdon":"secret","_ownerid_value@\#(formatted)":"secret","#
    + #""_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname":"secret","_ownerid_value":null,"#
    + #""_transactioncurrencyid_value":"secret","address1_composite":"secret","#
    + #""msdynci_customer_unifiedactivity":[{"msdynci_title":"t","createdon":"secret"}],"#
    + #""msdynci_customer_enrichment":[{"msdynci_values":"v","msdynci_enrichmentprovider":"secret"}],"#
    + #""msdynci_title":"t","msdynci_activitytype":"buy","msdynci_lookupfield_customer_msdynci_email":"secret","n":3}"#

  @Sendable private static func answer(_ line: String) -> String {
    if line.contains("EntityDefinitions") { return FakeOrganization.json("{}") }
    if let status = line.firstMatch(of: /'status-(\d+)'/) {
      return FakeOrganization.json(
        #"{"error":{"code":"0x8004-secret","message":"The secret plug-in failed on createdon."}}"#,
        status: "\(status.1) Secret")
    }
    if line.contains("/$count?") {
      return "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 4\r\nConnection: close\r\n\r\n\u{FEFF}7"
    }
    if line.contains("msdynci_customerprofiles(") {
      return FakeOrganization.json(#"{"@odata.context":"http://secret.example/$metadata#s","# + row.dropFirst())
    }
    let link =
      line.contains("$orderby=msdynci_customerid")
      ? #""@odata.nextLink":"http://secret.example/x?$skiptoken=%3Ccookie%20secret%253d%3E","# : ""
    return FakeOrganization.json(
      #"{"@odata.context":"http://secret.example/$metadata#secret","@Secret.Term":"secret","@odata.count":5,\#(link)"#
        + #""value":[\#(row)]}"#)
  }

  /// A target as it stands in a request line.
  static func target(_ target: String) -> String {
    encoded(target.hasPrefix("/") ? target : "/api/data/v9.2/" + target)
  }

  /// Sends a request and compares everything that came of it.
  @discardableResult
  func prove(_ exchange: Exchange, _ id: String) throws -> HTTPConnection.Response {
    let before = organization.seen.count
    let connection = try HTTPConnection(origin)
    try connection.send(
      exchange.method, ProofGateway.target(exchange.target), headers: exchange.headers + ["Connection: close"],
      body: exchange.body)
    let response = try connection.response(isHead: exchange.method == "HEAD")
    let what: Comment = "\(id): \(exchange.method) \(exchange.target) → \(response.status) \(response.text.prefix(600))"
    let sent = organization.seen.dropFirst(before)
    let told = response.text + response.headers.map { "\($0.name): \($0.value)" }.joined(separator: "\n")
    let hidden = if case .reads = exchange.outcome { "createdon" } else { "secret" }
    #expect(!told.contains(hidden), what)
    switch exchange.outcome {
    case .refused(let status, let code):
      #expect(response.status == status, what)
      #expect(ProofGateway.code(of: response) == code, what)
      #expect(sent.isEmpty, "\(id): \(sent.first?.line ?? "")")
    case .answered(let part):
      #expect(response.status == 200, what)
      #expect(response.text.contains(part), what)
      #expect(sent.isEmpty, "\(id): \(sent.first?.line ?? "")")
    case .sent(let query, let prefer, let answer):
      #expect(response.status == 200, what)
      #expect(response.text.replacing(/"@odata.context":"[^"]*",?/, with: "") == answer, what)
      try expect(sent, query, prefer, id)
    case .reads(let sets):
      #expect(response.status == 200, what)
      let asked = sent.compactMap { $0.line.firstMatch(of: #/^GET /api/data/v9\.2/(\w+)\?\$select=/#)?.1 }
      #expect(asked.count == sent.count && Set(asked.map(String.init)) == sets, "\(id): \(sent.map(\.line))")
    case .failed(let query, let status, let code):
      #expect(response.status == status, what)
      #expect(ProofGateway.code(of: response) == code, what)
      try expect(sent, query, "odata.maxpagesize=500", id)
    }
    return response
  }

  /// Exactly one request, in our spelling and with our fields.
  private func expect(
    _ sent: ArraySlice<FakeOrganization.Seen>, _ query: String, _ prefer: String?, _ id: String
  ) throws {
    #expect(sent.count == 1, "\(id): \(sent.map(\.line))")
    let request = try #require(sent.first, "\(id): nothing was sent")
    #expect(request.line == "GET /api/data/v9.2/\(query.replacing(" ", with: "%20")) HTTP/1.1", "\(id)")
    let fields = request.headers.map { $0.split(separator: ":", maxSplits: 1).map(String.init) }
    let names = Set(fields.map { $0[0].lowercased() })
    #expect(
      names.isSubset(of: [
        "host", "accept", "accept-encoding", "odata-version", "odata-maxversion", "if-none-match", "user-agent",
        "prefer",
      ]), "\(id): \(names)")
    #expect(request.headers.first { $0.lowercased().hasPrefix("prefer:") } == prefer.map { "Prefer: \($0)" }, "\(id)")
  }

  /// The code of an error in the shape of either API.
  static func code(of response: HTTPConnection.Response) -> String? {
    guard let object = try? response.json() else { return nil }
    return (object["error"] as? [String: Any])?["code"] as? String ?? object["errorCode"] as? String
  }
}

/// Ids of test functions in a file of tests: completeness is read off what is there.
func testFunctions(_ pattern: some RegexComponent<(Substring, Substring)>, file: String) throws -> Set<String> {
  Set(try String(contentsOfFile: file, encoding: .utf8).matches(of: pattern).map { String($0.output.1) })
}
