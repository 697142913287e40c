import Foundation
import Testing

/// Tables that not every organization has: served where they are, and no mistake where they are not.
@Suite struct OptionalTableTests {
  private static let instance = "00000000-0000-4000-8000-000000000001"

  private static func organization(hasContacts: Bool) throws -> FakeOrganization {
    try FakeOrganization { line in
      if line.contains("EntityDefinitions") {
        return !hasContacts && line.contains("contactprofile")
          ? FakeOrganization.json("{}", status: "404 Not Found") : FakeOrganization.json("{}")
      }
      return FakeOrganization.json(#"{"value":[{"msdynci_contactid":"k1","msdynci_customerid":"c1"}]}"#)
    }
  }

  @Test(arguments: [true, false])
  func areServedWhereTheyAre(hasContacts: Bool) throws {
    let organization = try Self.organization(hasContacts: hasContacts)
    defer { organization.stop() }
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let more = """
      callers: { anonymous: default }
      instances: [\(Self.instance)]
      cache: { file: \(folder.file("cache.sqlite")) }
      """
    func check(_ origin: String) throws {
      let legacy = try HTTPConnection.get(
        origin, "/v1/instances/\(Self.instance)/data/ContactProfile?$select=ContactId,CustomerId")
      let table = try HTTPConnection.get(origin, "/api/data/v9.2/msdynci_contactprofiles?$select=msdynci_contactid")
      #expect(legacy.status == (hasContacts ? 200 : 404), "\(legacy.text)")
      #expect(table.status == (hasContacts ? 200 : 403), "\(table.text)")
      if hasContacts {
        #expect(try legacy.rows().first?["ContactId"] as? String == "k1")
      } else {
        #expect(try legacy.json()["errorCode"] as? String == "entityNotFound")
      }
    }
    let (program, origin) = try organization.gateway(more)
    try check(origin)
    program.terminate()
    #expect(program.wait() == 0)
    #expect(organization.reads.count == (hasContacts ? 2 : 0))
    guard !hasContacts else { return }
    // What was not there is remembered as well as what was.
    organization.stop()
    let (again, later) = try organization.gateway(more)
    defer { again.kill9() }
    try check(later)
  }
}
