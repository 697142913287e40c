import Testing

@testable import Sandbox

/// What the service does not take is refused with its status and code; nothing is ever read as something else.
@Suite struct RefusalTests {
  static let profiles = "msdynci_customerprofiles"
  static let parse = "0x80060888"
  static let unknown = "0x8006088a"

  @Test(
    arguments: [
      ("$skip=10", 501, unknown), ("$search=Anna", 501, unknown), ("$format=json", 400, parse),
      ("$deltatoken=1", 400, parse), ("$apply=aggregate($count as n)&$top=1", 501, unknown),
      ("$apply=compute(1 as x)", 501, unknown),
      ("$apply=aggregate(msdynci_city with countdistinct as n)", 501, unknown),
      ("$apply=aggregate(msdynci_city with sum as n)", 400, parse), ("$apply=groupby((nothing))", 400, parse),
      ("$apply=groupby((createdon))", 400, parse), ("$apply=groupby((a/b))", 501, unknown),
      ("$apply=filter(msdynci_city eq 'a')", 501, unknown),
      ("$apply=groupby((msdynci_city))/filter(1 eq 1)", 501, unknown),
      ("$apply=aggregate(msdynci_lifetimevalue with sum as n,$count as n)", 400, parse),
      ("$compute=1 as x", 501, unknown),
      ("fetchXml=<fetch/>", 501, unknown),
      ("savedQuery=00000000-0000-0000-0000-000000000001", 501, unknown),
      ("userQuery=00000000-0000-0000-0000-000000000001", 501, unknown),
      ("UnMaskedData=true", 400, parse), ("tag=x", 400, parse), ("api-version=1", 400, parse), ("filter=x", 400, parse),
      ("$Filter=msdynci_city eq 'a'", nil, nil),
      ("$select", 400, parse), ("$top=abc", 400, parse),
      ("$top=-1", 400, parse), ("$count=maybe", 400, parse), ("$top=1&$top=2", 400, parse),
      ("$expand=msdynci_lookupfield_customer", 400, parse), ("$expand=*", 400, parse),
      ("$expand=msdynci_customer_prediction/$ref", 501, unknown),
      ("$expand=msdynci_customer_prediction($count=true)", 400, parse),
      ("$expand=msdynci_customer_prediction($skip=1)", 501, unknown),
      ("$expand=msdynci_customer_prediction($select=nothing)", 400, parse),
      ("$expand=msdynci_customer_prediction,msdynci_customer_prediction", 400, parse),
      ("$expand=a($expand=b($top=1))", 400, parse), ("$expand=a($expand=b;$top=1)", 400, parse),
      ("$expand=a($expand=b;$orderby=c)", 400, parse), ("$expand=a($expand=b($orderby=c))", 400, parse),
    ] as [(String, Int?, String?)])
  func options(option: String, status: Int?, code: String?) async throws {
    let answer = try await Organization.shared().get("\(RefusalTests.profiles)?\(option)")
    if let status { #expect(answer.status == status, "\(answer.text)") }
    #expect([400, 501].contains(answer.status))
    let found = try answer.errorCode()
    if let code { #expect(found == code, "\(answer.text)") }
  }

  @Test(
    arguments: [
      ("msdynci_city in ('Berlin','Lyon')", 501, unknown),
      ("msdynci_lifetimevalue add 1 eq 2", 501, unknown), ("msdynci_lifetimevalue sub 1 eq 2", 501, unknown),
      ("msdynci_lifetimevalue mul 2 gt 2", 501, unknown), ("msdynci_lifetimevalue div 2 gt 2", 501, unknown),
      ("msdynci_lifetimevalue mod 2 eq 0", 501, unknown), ("-msdynci_lifetimevalue lt 0", 501, unknown),
      ("tolower(msdynci_city) eq 'berlin'", 501, unknown), ("toupper(msdynci_city) eq 'B'", 501, unknown),
      ("length(msdynci_city) gt 3", 501, unknown), ("trim(msdynci_city) eq 'a'", 501, unknown),
      ("indexof(msdynci_city,'a') eq 1", 501, unknown), ("concat(msdynci_city,'a') eq 'a'", 501, unknown),
      ("substring(msdynci_city,1) eq 'a'", 501, unknown), ("year(createdon) eq 2026", 501, unknown),
      ("date(createdon) eq 2026-01-05", 501, unknown), ("createdon lt now()", 501, unknown),
      ("round(msdynci_lifetimevalue) eq 1", 501, unknown), ("matchesPattern(msdynci_city,'a')", 501, unknown),
      ("x/any(o:o/y eq 1)", 501, unknown),
      ("createdby/fullname eq 'x'", 501, unknown),
      ("Microsoft.Dynamics.CRM.Today(PropertyName='createdon')", 501, unknown),
      ("Microsoft.Dynamics.CRM.EqualUserId(PropertyName='_ownerid_value')", 501, unknown),
      ("not Microsoft.Dynamics.CRM.In(PropertyName='msdynci_city',PropertyValues=['a'])", 400, parse),
      ("Microsoft.Dynamics.CRM.In(PropertyName='nope',PropertyValues=['a'])", 400, parse),
      ("Microsoft.Dynamics.CRM.In(PropertyName='msdynci_city',PropertyValues=[])", 400, parse),
      ("Microsoft.Dynamics.CRM.Between(PropertyName='msdynci_city',PropertyValues=['a'])", 400, parse),
      ("Microsoft.Dynamics.CRM.Between(PropertyName='msdynci_city',PropertyValues=['a','b','c'])", 400, parse),
      ("Microsoft.Dynamics.CRM.In(PropertyName='msdynci_lifetimevalue',PropertyValues=['x'])", 400, parse),
      ("Other.In(PropertyName='msdynci_city',PropertyValues=['a'])", 400, parse),
      ("nope eq 1", 400, parse), ("MSDYNCI_CITY eq 'a'", 400, parse), ("ownerid eq 'a'", 400, parse),
      ("msdynci_city eq 1", 400, parse), ("msdynci_lifetimevalue eq 'a'", 400, parse),
      ("msdynci_birthdate eq '2000-01-01'", 400, parse), ("_ownerid_value eq 'x'", 400, parse),
      ("versionnumber eq 1.5", 400, parse), ("msdynci_city eq msdynci_lifetimevalue", 400, parse),
      ("msdynci_city gt null", 400, parse), ("1 eq 1", 400, parse), ("msdynci_city", 400, parse),
      ("contains('a',msdynci_city)", 400, parse), ("contains(msdynci_lifetimevalue,'1')", 400, parse),
      ("contains(msdynci_city,1)", 400, parse), ("contains(msdynci_city)", 400, parse),
      ("startswith(msdynci_city,'%a')", 400, parse), ("endswith(msdynci_city,'a%')", 400, parse),
      ("msdynci_city eq 'O'Brien'", 400, parse), ("msdynci_city eq 'open", 400, parse),
      ("(msdynci_city eq 'a'", 400, parse),
      ("msdynci_city EQ 'a'", 400, parse), ("msdynci_city eq \u{2018}a\u{2019}", 400, parse), ("", 400, parse),
      ("msdynci_customerprofileid eq guid'00000000-0000-0000-0000-000000000001'", 400, parse),
      ("msdynci_city eq 'a'; DROP TABLE msdynci_customerprofile", 400, parse),
    ])
  func filters(filter: String, status: Int, code: String) async throws {
    // A wildcard must arrive as such.
    let query = filter.split(separator: "%", omittingEmptySubsequences: false).joined(separator: "%25")
    for path in [RefusalTests.profiles, "\(RefusalTests.profiles)/$count"] {
      let answer = try await Organization.shared().get("\(path)?$filter=\(query)")
      #expect(answer.status == status, "\(answer.text)")
      #expect(try answer.errorCode() == code, "\(answer.text)")
    }
  }

  @Test(
    arguments: [
      ("accounts", 404, unknown), ("MSDYNCI_CUSTOMERPROFILES", 404, unknown),
      ("msdynci_customerprofile", 404, unknown), ("sqlite_master", 404, unknown), ("WhoAmI()", 404, unknown),
      ("WhoAmI", 404, unknown), ("$crossjoin(a,b)", nil, nil), ("$all", 404, unknown), ("$batch", 404, unknown),
      ("$metadata#accounts", 404, unknown),
      ("msdynci_customerprofiles?$select=nope", 400, parse),
      ("msdynci_customerprofiles?$select=msdynci_city/x", 400, parse),
      ("msdynci_unifiedactivities?$select=msdynci_lookupfield_customer", 400, parse),
      ("msdynci_unifiedactivities?$select=msdynci_activitytimestamp", 400, parse),
      ("msdynci_customerprofiles?$orderby=nope", 400, parse),
      ("msdynci_customerprofiles?$orderby=tolower(msdynci_city)", 501, unknown),
      ("msdynci_customerprofiles?$orderby=_ownerid_value", 501, unknown),
      ("msdynci_customerprofiles('a')", 400, parse), ("msdynci_customerprofiles(1)", 400, parse),
      ("msdynci_customerprofiles(msdynci_customerid='a')", 400, parse),
      ("msdynci_customerprofiles(partitionid='CustomerInsights')", 400, parse),
      ("msdynci_customerprofiles(00000000-0000-0000-0000-000000000000)", 404, "0x80040217"),
      ("msdynci_customerprofiles(00000000-0000-0000-0000-000000000000)/msdynci_city", 501, unknown),
      ("msdynci_customerprofiles(00000000-0000-0000-0000-000000000000)?$top=1", 400, parse),
      ("msdynci_customerprofiles(00000000-0000-0000-0000-000000000000)?$filter=msdynci_city eq 'a'", 400, parse),
      ("msdynci_customerprofiles(00000000-0000-0000-0000-000000000000)?$orderby=msdynci_city", 400, parse),
      ("msdynci_customerprofiles(00000000-0000-0000-0000-000000000000)?$count=true", 400, parse),
      ("msdynci_customerprofiles/$ref", 501, unknown), ("msdynci_customerprofiles/$count/$count", 400, parse),
      ("EntityDefinitions(LogicalName='account')", 404, parse), ("EntityDefinitions(1)", 404, parse),
      ("EntityDefinitions(LogicalName='msdynci_prediction')/Keys", 501, unknown),
      ("EntityDefinitions?$filter=contains(LogicalName,'a')", 501, unknown),
    ] as [(String, Int?, String?)])
  func paths(path: String, status: Int?, code: String?) async throws {
    let answer = try await Organization.shared().get(path)
    if let status { #expect(answer.status == status, "\(answer.text)") }
    #expect([400, 404, 501].contains(answer.status))
    let found = try answer.errorCode()
    if let code { #expect(found == code, "\(answer.text)") }
  }

  @Test(arguments: [
    "/", "/api/data", "/api/data/v9.3/msdynci_customerprofiles", "/api/data/v8.2/$metadata", "/sandbox", "*",
  ])
  func otherRoots(target: String) async throws {
    let answer = try await Organization.shared().service.answer(
      SandboxRequest(method: "GET", target: target, prefer: [], ifNoneMatch: nil, tunnels: false),
      origin: Organization.origin)
    #expect(answer.status == 404)
    #expect(try answer.errorCode() == RefusalTests.unknown)
  }

  @Test(arguments: ["v9.0", "v9.1", "v9.2"])
  func versionsThatAreServed(version: String) async throws {
    let answer = try await Organization.shared().service.answer(
      SandboxRequest(
        method: "GET", target: "/api/data/\(version)/msdynci_customerprofiles?$top=1", prefer: [], ifNoneMatch: nil,
        tunnels: false), origin: Organization.origin)
    #expect(answer.status == 200)
    #expect(try answer.rows().count == 1)
  }

  @Test func aTargetHas32768Bytes() async throws {
    let organization = try Organization.shared()
    let start = "msdynci_customerprofiles?$filter=msdynci_city eq '"
    let room = 32_768 - "/api/data/v9.2/".utf8.count - encoded(start).utf8.count - 1
    let fits = await organization.get(start + String(repeating: "a", count: room) + "'")
    #expect(fits.status == 200, "\(fits.text)")
    let tooLong = await organization.get(start + String(repeating: "a", count: room + 1) + "'")
    #expect(tooLong.status == 414)
    _ = try tooLong.errorCode()
  }

  /// Long chains are compiled, deep nesting is refused; neither ends in a server error.
  @Test func longAndDeepFilters() async throws {
    let organization = try Organization.shared()
    let term = "msdynci_city eq 'a'"
    let long = Array(repeating: term, count: 1100).joined(separator: " or ") + " or msdynci_city eq 'Berlin'"
    let packed = long.split(separator: " ").joined(separator: "+")
    let chain = await organization.get("msdynci_customerprofiles?$filter=\(packed)")
    let plain = await organization.get("msdynci_customerprofiles?$filter=msdynci_city eq 'Berlin'")
    #expect(chain.status == 200, "\(chain.text.prefix(200))")
    if chain.status == 200 { #expect(try chain.rows().count == plain.rows().count) }
    for (count, status) in [(20, 200), (500, 400)] {
      let text = String(repeating: "not(", count: count) + term + String(repeating: ")", count: count)
      let answer = await organization.get("msdynci_customerprofiles?$filter=\(text)")
      #expect(answer.status == status, "\(count): \(answer.text.prefix(200))")
    }
  }

  /// A write is refused whatever it says, and counted; a read is not.
  @Test func writesAreRefusedAndCounted() async throws {
    let organization = try Organization(customers: 2, activitiesPerCustomer: 0)
    let verbs = ["POST", "PATCH", "PUT", "DELETE", "MERGE", "OPTIONS", "TRACE", "get", "GETX", ""]
    let paths = ["msdynci_customerprofiles", "$batch", "nope", "msdynci_customerprofiles/$count", "$metadata"]
    for verb in verbs {
      for path in paths {
        let answer = await organization.get(path, method: verb)
        #expect(answer.status == 405, "\(verb) \(path)")
        #expect(try answer.errorCode() == RefusalTests.unknown)
      }
    }
    let refused = organization.service.statistics
    #expect(refused.writesRefused == verbs.count * paths.count)
    #expect(refused.requests == 0 && refused.reads.isEmpty && refused.lines.isEmpty)
    for method in ["GET", "HEAD"] {
      let read = await organization.get("msdynci_customerprofiles?$top=1", method: method)
      #expect(read.status == 200)
    }
    let tunnelled = await organization.service.answer(
      SandboxRequest(
        method: "GET", target: "/api/data/v9.2/msdynci_customerprofiles", prefer: [], ifNoneMatch: nil, tunnels: true),
      origin: Organization.origin)
    #expect(tunnelled.status == 405)
    let all = organization.service.statistics
    #expect(all.writesRefused == refused.writesRefused + 1)
    #expect(all.requests == 2 && all.reads == ["msdynci_customerprofiles": 2])
    #expect(all.lines.map { $0.split(separator: " ").first } == ["GET", "HEAD"])
    #expect(try await organization.rows("msdynci_customerprofiles").count == 2)
    await organization.service.stop()
  }

  @Test func theLastRequestLinesAreKept() async throws {
    let organization = try Organization(customers: 1, activitiesPerCustomer: 0)
    let kept = SandboxStatistics.kept
    for number in 0..<kept + 1 { _ = await organization.get("nope\(number)") }
    let seen = organization.service.statistics
    #expect(seen.requests == kept + 1 && seen.lines.count == kept)
    #expect(seen.lines.first?.hasSuffix("nope1") == true && seen.lines.last?.hasSuffix("nope\(kept)") == true)
    await organization.service.stop()
  }
}
