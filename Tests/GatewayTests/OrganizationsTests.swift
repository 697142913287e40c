import CustomerInsights
import Foundation
import Testing
import Upstream
import YAMLFile

@testable import Gateway

/// The sections `organizations`, `dataverse` and `instances`.
@Suite struct OrganizationsTests {
  static let first = "00000000-0000-4000-8000-00000000000A"
  static let second = "00000000-0000-4000-8000-00000000000b"
  private static let two = """
    organizations:
      one: { url: "https://one.example" }
      two: { url: "https://two.example", policy: two.yaml, schema: two.xml, httpVersion: 1 }
    """

  private static func load(_ text: String, environment: [String: String] = [:]) throws -> Configuration {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("sluice-\(UUID().uuidString).yaml").path
    defer { unlink(path) }
    try Data("version: 1\ncallers: { anonymous: default }\n\(text)\n".utf8).write(to: URL(fileURLWithPath: path))
    return try ConfigurationLoader.load(file: path, environment: environment, flags: ConfigurationFlags())
  }

  private static func complaint(_ text: String, environment: [String: String] = [:]) -> String {
    do {
      _ = try load(text, environment: environment)
      return ""
    } catch {
      return (error as? DiagnosticList)?.rendered() ?? "\(error)"
    }
  }

  @Test func severalAreRead() throws {
    let configuration = try Self.load(
      """
      \(Self.two)
      dataverse: { organization: two }
      policy: all.yaml
      mapping: all-mapping.yaml
      instances:
        \(Self.first):
          organization: one
          mapping: own.yaml
          friendlyName: Contoso
          instanceType: trial
          region: Europe
          azureRegion: westeurope
          scaleUnitId: prod-neu-01
          tenantId: t
          tenantName: Contoso Ltd
          isB2B: true
        \(Self.second): { organization: two }
      """)
    #expect(configuration.organizations.map(\.name) == ["one", "two"])
    #expect(configuration.organizations.map(\.policyFile) == [nil, "two.yaml"])
    #expect(configuration.organizations.map(\.schemaFile) == [nil, "two.xml"])
    #expect(configuration.dataverse.organization == "two")
    guard case .organization(let connection)? = configuration.upstream(of: nil) else {
      Issue.record("no upstream")
      return
    }
    #expect(connection.connection.origin == "https://two.example" && connection.connection.httpVersion == .http1)
    #expect(configuration.upstream(of: "three") == nil)
    var facts = LegacyInstance(id: Self.first, friendlyName: "Contoso", organization: "one")
    #expect(facts.id == Self.first.lowercased())
    facts.instanceType = "trial"
    facts.region = "Europe"
    facts.azureRegion = "westeurope"
    facts.scaleUnitID = "prod-neu-01"
    facts.tenantID = "t"
    facts.tenantName = "Contoso Ltd"
    facts.isB2B = true
    facts.organizationURL = "https://one.example"
    #expect(configuration.instances.map(\.facts.id) == [Self.first.lowercased(), Self.second])
    #expect(configuration.instances[0].facts == facts && configuration.instances[0].mappingFile == "own.yaml")
    #expect(configuration.instances[1].facts.friendlyName == Self.second)
    #expect(configuration.instances[1].mappingFile == nil)
  }

  /// One needs no name, and its instances need not name it.
  @Test func oneIsTheUsual() throws {
    for instances in [
      "instances: [\(Self.first), \(Self.second)]", "instances: { \(Self.first): {}, \(Self.second): {} }",
    ] {
      for source in [
        "upstream: { url: \"https://one.example\" }", "organizations: { default: { url: \"https://one.example\" } }",
      ] {
        let configuration = try Self.load("\(source)\n\(instances)")
        #expect(configuration.organizations.map(\.name) == ["default"])
        #expect(configuration.dataverse.organization == "default")
        #expect(configuration.instances.map(\.facts.organization) == ["default", "default"])
        #expect(configuration.instances[0].facts.organizationURL == "https://one.example")
        let overridden = try Self.load("\(source)\n\(instances)", environment: ["SLUICE_INSTANCES": Self.second])
        #expect(overridden.instances.map(\.facts.id) == [Self.second])
      }
    }
    let sandbox = try Self.load("sandbox: {}\ninstances: [\(Self.first)]")
    #expect(sandbox.organizations.map(\.name) == ["default"])
    #expect(sandbox.instances[0].facts.organizationURL == nil)
  }

  @Test(arguments: [
    ("organizations: {}", "No organization is named"),
    ("organizations: { a b: { url: \"https://a.example\" } }", "no name of an organization"),
    ("organizations: { \(String(repeating: "a", count: 65)): { url: \"https://a.example\" } }", "64 characters"),
    ("organizations: { a: {} }", "`url` is missing"),
    ("organizations: { a: { url: \"https://a.example\", customers: 1 } }", "`customers` is not a key"),
    ("organizations: { a: { url: \"https://a.example\", entra: { tenant: t } } }", "`clientId` is missing"),
    ("organizations: { a: { url: \"https://a.example\" } }\nsandbox: {}", "Keep one of"),
    ("organizations: { a: { url: \"https://a.example\" } }\nupstream: { url: \"https://a.example\" }", "Keep one of"),
    ("upstream: { url: \"https://a.example\" }\nsandbox: {}", "Both an organization and the sandbox"),
    ("", "nothing to read from"),
    ("\(two)", "`dataverse.organization` is missing"),
    ("\(two)\ndataverse: { versions: [v9.2] }", "several organizations"),
    ("\(two)\ndataverse: { organization: tow }", "Did you mean `two`?"),
    ("\(two)\ndataverse: { organization: 2 }", "Text is wanted"),
    ("\(two)\ndataverse: { organization: two }", "Nothing is read from `one`"),
    ("\(two)\ndataverse: { organization: two }\ninstances: { \(first): {} }", "`organization` is missing here"),
    ("\(two)\ndataverse: { organization: two }\ninstances: { \(first): { organization: oen } }", "Did you mean `one`?"),
    ("\(two)\ndataverse: { organization: two }\ninstances: [\(first)]", "several organizations"),
    (
      "\(two)\ndataverse: { organization: one }\ninstances: { \(second): { organization: two }, "
        + "\(second.uppercased()): { organization: one } }", "stands twice"
    ),
    ("\(two)\ndataverse: { organization: one }\ninstances: { \(second): { organization: two, maping: x } }", "maping"),
    ("\(two)\ndataverse: { organization: one }\ninstances: { none: { organization: two } }", "not a GUID"),
    ("\(two)\ndataverse: { organization: one }\ninstances: { \(second): two }", "A mapping is wanted"),
    ("sandbox: {}\ninstances: [\(second), \(second.uppercased())]", "stands twice"),
    ("sandbox: {}\ninstances: [none]", "not a GUID"), ("sandbox: {}\ninstances: none", "A mapping is wanted"),
  ])
  func mistakesAreErrors(text: String, complaint: String) {
    let found = Self.complaint(text)
    #expect(found.contains(complaint), "\(found)")
  }

  @Test func variablesAreForOneOrganization() {
    let text = "\(Self.two)\ndataverse: { organization: one }\ninstances: { \(Self.second): { organization: two } }"
    #expect(Self.complaint(text) == "")
    for (name, value) in [
      ("SLUICE_UPSTREAM_URL", "https://x.example"), ("SLUICE_ENTRA_TENANT", "t"), ("SLUICE_INSTANCES", Self.first),
    ] {
      #expect(Self.complaint(text, environment: [name: value]).contains(name), "\(name)")
    }
  }

  /// One for each pair of organization and mapping in use, that of the Web API first.
  @Test func environmentsAreThoseInUse() throws {
    let third = "00000000-0000-4000-8000-00000000000c"
    let configuration = try Self.load(
      """
      \(Self.two)
      dataverse: { organization: two }
      policy: all.yaml
      mapping: all-mapping.yaml
      instances:
        \(Self.first): { organization: one }
        \(Self.second): { organization: one, mapping: own.yaml }
        \(third): { organization: two, mapping: all-mapping.yaml }
      """)
    let plans = EnvironmentPlan.all(of: configuration, more: ["00000000-0000-4000-8000-00000000000D"])
    #expect(plans.map(\.organization) == [1, 0, 0])
    #expect(plans.map(\.policyFile) == ["two.yaml", "all.yaml", "all.yaml"])
    #expect(plans.map(\.mappingFile) == ["all-mapping.yaml", "all-mapping.yaml", "own.yaml"])
    #expect(
      plans.map(\.instances) == [
        ["00000000-0000-4000-8000-00000000000d", third], [Self.first.lowercased()], [Self.second],
      ])
    #expect(EnvironmentPlan.files(of: plans) == ["two.yaml", "all-mapping.yaml", "two.xml", "all.yaml", "own.yaml"])
  }

  @Test(arguments: [
    ("/v1/instances/\(first)/data/Customer", first), ("/api/INSTANCES/\(first.lowercased())?x", first),
    ("/instances/\(second)", second), ("/v1/instances/\(second)/", second), ("/v1/instances", nil),
    ("/v1/instances/", nil),
    ("/v1/instances/none/data", nil), ("/v1/x/instances/\(first)", nil), ("/x?/instances/\(first)", nil), ("", nil),
    ("/api/data/v9.2/instances/\(first)", nil), ("/v1/instances/\(first)x/data", nil),
    ("/v1/instances/0000000g-0000-4000-8000-000000000000", nil),
  ])
  func targetsNameInstances(target: String, id: String?) {
    #expect(LegacyInstance.id(inTarget: target) == id?.lowercased())
  }
}
