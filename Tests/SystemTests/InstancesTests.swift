import Foundation
import Testing

/// One gateway before several organizations: each legacy instance is answered from its own, whatever is cached, linked
/// to or throttled at another.
@Suite struct InstancesTests {
  static let first = "00000000-0000-4000-8000-00000000000A"
  static let second = "00000000-0000-4000-8000-00000000000b"
  /// Of the first organization, with a mapping of its own.
  static let third = "00000000-0000-4000-8000-00000000000c"

  static func target(_ instance: String, _ query: String = "$select=CustomerId,FullName") -> String {
    "/v1/instances/\(instance)/data/Customer?\(query)"
  }

  static let dataverse = "/api/data/v9.2/msdynci_customerprofiles?$select=msdynci_customerid,msdynci_fullname"

  /// An organization with one customer, who is named after it, a page to follow, and an authority of its own.
  static func organization(_ name: String) throws -> FakeOrganization {
    try FakeOrganization { line in
      if line.hasPrefix("POST /tenant-\(name)/") {
        return FakeOrganization.json(
          #"{"token_type":"Bearer","expires_in":3600,"access_token":"token-of-\#(name)"}"#)
      }
      guard line.hasPrefix("GET /api/data/v9.2/msdynci_") else { return FakeOrganization.json("{}") }
      return FakeOrganization.json(
        #"{"value":[{"msdynci_customerid":"1","msdynci_fullname":"\#(name)"}],"#
          + #""@odata.nextLink":"http://\#(name)/x?$skiptoken=%3Ccookie%3E"}"#)
    }
  }

  static let narrow = """
    version: 1
    entities: { Customer: { table: msdynci_customerprofile, columns: [msdynci_customerid] } }

    """

  /// Two organizations, three instances.
  final class Subject {
    let folder: TemporaryFolder
    let organizations: [FakeOrganization]
    let program: Program
    let origin: String
    let admin: String

    init(
      _ organizations: [FakeOrganization], folder: TemporaryFolder? = nil, listen: String = "127.0.0.1:0",
      entra: Bool = false, more: [String] = ["", ""]
    ) throws {
      self.folder = try folder ?? TemporaryFolder()
      self.organizations = organizations
      let mapping = try self.folder.write("narrow.yaml", InstancesTests.narrow)
      func section(_ index: Int, _ name: String) -> String {
        let origin = organizations[index].origin
        let credentials =
          "entra: { tenant: tenant-\(name), clientId: c, secretEnvironment: TEST_SECRET, authority: \"\(origin)\" }"
        return "{ url: \"\(origin)\", httpVersion: 1, \(entra ? credentials + "," : "") \(more[index]) }"
      }
      let file = try self.folder.write(
        "sluice.yaml",
        """
        version: 1
        server: { listen: "\(listen)", admin: "127.0.0.1:0" }
        organizations:
          one: \(section(0, "one"))
          two: \(section(1, "two"))
        dataverse: { organization: two }
        instances:
          \(InstancesTests.first): { organization: one, friendlyName: First, region: Europe }
          \(InstancesTests.second): { organization: two }
          \(InstancesTests.third): { organization: one, mapping: \(mapping) }
        callers: { anonymous: default }
        cache: { file: \(self.folder.file("cache.sqlite")) }
        log: { access: "off" }
        """)
      program = try Program(["serve", "--config", file], environment: ["TEST_SECRET": "s"])
      admin = try program.address("admin")
      origin = try program.address("gateway")
    }

    deinit { program.kill9() }

    func get(_ target: String) throws -> HTTPConnection.Response { try HTTPConnection.get(origin, target) }

    func names(_ target: String) throws -> [String] {
      let response = try get(target)
      #expect(response.status == 200, "\(response.text)")
      return try response.rows().compactMap { ($0["FullName"] ?? $0["msdynci_fullname"]) as? String }
    }

    var reads: [Int] { organizations.map(\.reads.count) }

    func stop() {
      program.terminate()
      #expect(program.wait() == 0)
    }
  }

  private func pair() throws -> [FakeOrganization] {
    [try Self.organization("one"), try Self.organization("two")]
  }

  @Test func eachInstanceIsAnsweredFromItsOrganization() throws {
    let organizations = try pair()
    defer { for organization in organizations { organization.stop() } }
    let subject = try Subject(organizations)
    defer { subject.folder.remove() }
    for round in 1...2 {
      #expect(try subject.names(Self.target(Self.first)) == ["one"])
      #expect(try subject.names(Self.target(Self.second)) == ["two"])
      #expect(try subject.names(Self.dataverse) == ["two"])
      #expect(subject.reads == [1, 2], "in round \(round) of what is cached")
    }
    // An instance is one in any case, and in every spelling of the path.
    #expect(try subject.names("/API/Instances/\(Self.first.lowercased())/Data/Customer?$select=FullName") == ["one"])
    #expect(try subject.names("/instances/\(Self.second.uppercased())/data/Customer?$select=FullName") == ["two"])
    let reads = subject.reads
    for target in [Self.target("00000000-0000-4000-8000-00000000000d"), Self.target("none")] {
      let response = try subject.get(target)
      #expect(response.status == 404)
      #expect(try response.json()["errorCode"] as? String == "MetaDataNotFound")
    }
    #expect(subject.reads == reads)
    subject.stop()
  }

  /// What replaces a request is asked where that organization's Dataverse is served: here for one, at the other itself.
  @Test func answersTellWhereTheirSuccessorIs() throws {
    let organizations = try pair()
    defer { for organization in organizations { organization.stop() } }
    let subject = try Subject(organizations)
    defer { subject.folder.remove() }
    for (instance, origin, url) in [
      (Self.first, organizations[0].origin, organizations[0].origin),
      (Self.second, subject.origin, organizations[1].origin),
    ] {
      let response = try subject.get(Self.target(instance, "$select=FullName"))
      #expect(
        response["link"] == "<\(origin)/api/data/v9.2/msdynci_customerprofiles?$select=msdynci_fullname>; "
          + "rel=\"successor-version\"")
      let described = try subject.get("/v1/instances/\(instance)").json()
      #expect(described["instanceId"] as? String == instance.lowercased())
      #expect((described["cdsOrgInfo"] as? [String: Any])?["url"] as? String == url)
    }
    let list = try JSONSerialization.jsonObject(with: Data(try subject.get("/instances").body)) as? [[String: Any]]
    #expect(list?.map { $0["instanceId"] as? String } == [Self.first, Self.second, Self.third].map { $0.lowercased() })
    #expect(list?.map { $0["name"] as? String }.first == "First")
    // Each has the entities of its own mapping.
    let narrow = try subject.get("/v1/instances/\(Self.third)/manage/entities").json()["entities"] as? [[String: Any]]
    #expect(narrow?.map { $0["name"] as? String } == ["Customer"])
    subject.stop()
  }

  /// What one run put on disk for one organization is nothing to another that has its name, or its place, in the next.
  @Test func answersOnDiskAreNeverAnothersAnswers() throws {
    let organizations = try pair()
    defer { for organization in organizations { organization.stop() } }
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let before = try Subject(organizations, folder: folder, listen: LoopbackAddress.ofItsOwn())
    let listen = String(before.origin.dropFirst("http://".count))
    #expect(try before.names(Self.target(Self.first)) == ["one"])
    #expect(try before.names(Self.target(Self.second)) == ["two"])
    let link = try #require(try before.get(Self.target(Self.first)).json()["@odata.nextLink"] as? String)
    before.stop()
    // The same once more: from the disk.
    let again = try Subject(organizations, folder: folder, listen: listen)
    #expect(try again.names(Self.target(Self.first)) == ["one"] && again.reads == [1, 1])
    again.stop()
    let swapped = try Subject(organizations.reversed(), folder: folder, listen: listen)
    #expect(try swapped.names(Self.target(Self.first)) == ["two"])
    #expect(try swapped.names(Self.target(Self.second)) == ["one"])
    #expect(swapped.reads == [2, 2])
    #expect(try swapped.get(String(link.dropFirst(swapped.origin.count))).status != 200)
    #expect(swapped.reads == [2, 2])
    swapped.stop()
  }

  @Test func pagingTokensOpenForTheirOrganizationAlone() throws {
    let organizations = try pair()
    defer { for organization in organizations { organization.stop() } }
    let subject = try Subject(organizations)
    defer { subject.folder.remove() }
    let links = try [Self.first, Self.second].map { instance in
      let link = try #require(try subject.get(Self.target(instance)).json()["@odata.nextLink"] as? String)
      return String(link.dropFirst(subject.origin.count))
    }
    func moved(_ link: String, from: String, to: String) -> String {
      link.replacingOccurrences(of: from.lowercased(), with: to.lowercased())
    }
    let reads = subject.reads
    for strange in [
      moved(links[0], from: Self.first, to: Self.second), moved(links[1], from: Self.second, to: Self.first),
    ] {
      #expect([400, 403].contains(try subject.get(strange).status), "\(strange)")
    }
    #expect(subject.reads == reads)
    for link in links { #expect(try subject.get(link).status == 200, "\(link)") }
    #expect(subject.organizations.allSatisfy { $0.reads.last?.line.contains("%3Ccookie%3E") == true })
    subject.stop()
  }

  @Test func accessTokensGoToTheirOrganizationAlone() throws {
    let organizations = try pair()
    defer { for organization in organizations { organization.stop() } }
    let subject = try Subject(organizations, entra: true)
    defer { subject.folder.remove() }
    #expect(try subject.names(Self.target(Self.first)) == ["one"])
    #expect(try subject.names(Self.target(Self.second)) == ["two"])
    for (organization, name) in zip(organizations, ["one", "two"]) {
      let reads = organization.seen.filter { $0.line.hasPrefix("GET") }
      #expect(!reads.isEmpty)
      for request in reads {
        let fields = request.headers.filter { $0.lowercased().hasPrefix("authorization") }
        #expect(fields == ["Authorization: Bearer token-of-\(name)"])
      }
    }
    subject.stop()
  }

  @Test func anInstanceCanHaveAMappingOfItsOwn() throws {
    let organizations = try pair()
    defer { for organization in organizations { organization.stop() } }
    let subject = try Subject(organizations)
    defer { subject.folder.remove() }
    func members(_ instance: String) throws -> Set<String> {
      Set(try subject.get(Self.target(instance, "$top=1")).rows().first?.keys.map { $0 } ?? [])
    }
    #expect(try members(Self.first) == ["CustomerId", "FullName"])
    #expect(try members(Self.third) == ["CustomerId"])
    #expect(try subject.get("/v1/instances/\(Self.third)/data/UnifiedActivity").status == 404)
    // And another while it runs, without a word to the others.
    let wide = Self.narrow.replacingOccurrences(
      of: "[msdynci_customerid]", with: "[msdynci_customerid, msdynci_fullname]")
    _ = try subject.folder.write("narrow.yaml", wide)
    #expect(try PolicyReloadTests.eventually { try members(Self.third) == ["CustomerId", "FullName"] })
    #expect(try members(Self.first) == ["CustomerId", "FullName"])
    // A broken one is refused, and the one that was there stays.
    _ = try subject.folder.write("narrow.yaml", "version: 1\nentities: { Customer: { table: nothing } }\n")
    #expect(
      PolicyReloadTests.eventually { subject.program.standardError.contains("\"event\":\"policy-reload-refused\"") })
    #expect(try members(Self.third) == ["CustomerId", "FullName"])
    subject.stop()
  }

  @Test func policiesAndMetricsAreThoseOfTheOrganization() throws {
    let organizations = try pair()
    defer { for organization in organizations { organization.stop() } }
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let policy = try folder.write(
      "two.yaml",
      """
      version: 1
      name: strict
      options: [$select, $skiptoken]
      annotations: []
      tables: { msdynci_customerprofile: { ttl: 1m, columns: { msdynci_customerid: { select: true } } } }
      scopes: { default: {} }

      """)
    let mapping = "version: 1\nentities: { Customer: { table: msdynci_customerprofile } }\n"
    let file = try folder.write(
      "sluice.yaml",
      """
      version: 1
      server: { listen: "127.0.0.1:0", admin: "127.0.0.1:0" }
      organizations:
        one: { url: "\(organizations[0].origin)", httpVersion: 1 }
        two: { url: "\(organizations[1].origin)", httpVersion: 1, policy: \(policy) }
      mapping: \(try folder.write("mapping.yaml", mapping))
      dataverse: { organization: one }
      instances: { \(Self.second): { organization: two }, \(Self.first): { organization: one } }
      callers: { anonymous: default }
      log: { access: "off" }
      """)
    let program = try Program(["serve", "--config", file])
    defer { program.kill9() }
    let admin = try program.address("admin")
    let origin = try program.address("gateway")
    #expect(try HTTPConnection.get(origin, Self.target(Self.first)).status == 200)
    let filter = "$select=CustomerId&$filter=CustomerId%20eq%20'1'"
    #expect(try HTTPConnection.get(origin, Self.target(Self.first, filter)).status == 200)
    #expect(try HTTPConnection.get(origin, Self.target(Self.second, filter)).status == 403)
    #expect(try HTTPConnection.get(origin, Self.target(Self.second, "$select=CustomerId")).status == 200)
    let metrics = try HTTPConnection.get(admin, "/metrics").text.split(separator: "\n")
    #expect(metrics.contains { $0.hasPrefix("sluice_policy_info{name=\"strict\"") && $0.contains("\"two\"") })
    #expect(
      metrics.contains { $0.hasPrefix("sluice_policy_info{name=\"customer-insights\"") && $0.contains("\"one\"") })
    for (index, name) in ["one", "two"].enumerated() {
      #expect(
        metrics.contains(
          "sluice_upstream_requests_total{organization=\"\(name)\",result=\"answered\"} \(organizations[index].seen.count)"
        ), "\(metrics)")
    }
  }

  /// An organization that is busy, or gone, is no matter of the others'.
  @Test func oneOrganizationsTroubleIsNotAnothers() throws {
    let busy = try FakeOrganization { line in
      line.contains("EntityDefinitions")
        ? FakeOrganization.json("{}")
        : FakeOrganization.json("{}", status: "429 Too Many Requests", fields: "Retry-After: 600\r\n")
    }
    let sound = try Self.organization("two")
    defer {
      busy.stop()
      sound.stop()
    }
    let subject = try Subject([busy, sound])
    defer { subject.folder.remove() }
    #expect(try subject.get(Self.target(Self.first)).status == 503)
    #expect(try subject.names(Self.target(Self.second)) == ["two"])
    #expect(try subject.get(Self.target(Self.first, "$top=2")).status == 503)
    #expect(try subject.names(Self.target(Self.second, "$top=2")) == ["two"])
    #expect(subject.reads == [1, 2])
    let metrics = try HTTPConnection.get(subject.admin, "/metrics").text
    #expect(metrics.contains("sluice_upstream_requests_total{organization=\"one\",result=\"failed\"} 1"))
    #expect(metrics.contains("sluice_upstream_requests_total{organization=\"two\",result=\"failed\"} 0"))
    subject.stop()
  }

  /// Two whole sandboxes with other customers.
  @Test func sandboxesBehindOneGateway() throws {
    let programs = try ["11", "12"].map { seed in
      try Program(["sandbox", "--customers", "20", "--seed", seed])
    }
    defer { for program in programs { program.kill9() } }
    let sandboxes = try programs.map { try $0.address("sandbox") }
    let customers = try sandboxes.map { sandbox in
      try #require(try HTTPConnection.get(sandbox, "/sandbox/samples").json()["customerID"] as? String)
    }
    #expect(customers[0] != customers[1])
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let file = try folder.write(
      "sluice.yaml",
      """
      version: 1
      server: { listen: "127.0.0.1:0" }
      organizations: { one: { url: "\(sandboxes[0])" }, two: { url: "\(sandboxes[1])" } }
      dataverse: { organization: one }
      instances: { \(Self.first): { organization: one }, \(Self.second): { organization: two } }
      callers: { anonymous: default }
      log: { access: "off" }
      """)
    let program = try Program(["serve", "--config", file])
    defer { program.kill9() }
    let origin = try program.address("gateway")
    for _ in 1...2 {
      for (place, instance) in [Self.first, Self.second].enumerated() {
        for (owner, customer) in customers.enumerated() {
          let target = Self.target(instance, "$filter=CustomerId%20eq%20'\(customer)'&$select=CustomerId")
          let rows = try HTTPConnection.get(origin, target).rows()
          #expect(rows.count == (owner == place ? 1 : 0), "\(place) \(owner)")
        }
      }
    }
  }
}
