import Foundation
import Testing

/// What is checked is what is sent: spellings that readers take differently are refused before anything is sent, and what
/// passes is sent in our spelling.
@Suite(.serialized) struct HostileTests {
  /// One organization and one gateway for all rows; nobody else asks them.
  private static let shared = Result {
    let organization = try FakeOrganization { line in
      FakeOrganization.json(line.contains("EntityDefinitions") ? "{}" : #"{"value":[]}"#)
    }
    return (organization, try organization.gateway())
  }

  @Test(arguments: hostileTargets)
  func isRefusedAndNothingIsSent(_ row: (target: String, status: Int, code: String)) throws {
    let (organization, gateway) = try Self.shared.get()
    let before = organization.reads.count
    let target = "/api/data/v9.2/" + row.target.replacing("{set}", with: "msdynci_customerprofiles")
    let response = try HTTPConnection.get(gateway.origin, target)
    #expect(response.status == row.status, "\(response.text)")
    let error = try #require(try response.json()["error"] as? [String: Any])
    #expect(error["code"] as? String == row.code, "\(error)")
    #expect(organization.reads.count == before, "\(organization.reads.last?.line ?? "")")
  }

  /// Unusual spellings of allowed reads → what is sent.
  @Test(arguments: [
    ("{set}?%24select=msdynci_fullname%2Cmsdynci_email&%24top=1", "$select=msdynci_fullname,msdynci_email&$top=1"),
    ("{set}?$select=msdynci_full%6eame&$top=2", "$select=msdynci_fullname&$top=2"),
    (
      "{set}?$filter=msdynci_customerid+eq+%27a%27&$select=msdynci_email&$top=3",
      "$select=msdynci_email&$filter=msdynci_customerid%20eq%20'a'&$top=3"
    ),
    ("{set}/?$select=msdynci_email&$top=4", "$select=msdynci_email&$top=4"),
    (
      "{set}?$top=5&$filter=msdynci_lastname%20eq%20'a%26b%2Bc%23d%25e'&$select=msdynci_email",
      "$select=msdynci_email&$filter=msdynci_lastname%20eq%20'a%26b%2Bc%23d%25e'&$top=5"
    ),
    (
      "{set}?$filter=(((msdynci_customerid%20eq%20'a')))&$select=msdynci_email&$top=6",
      "$select=msdynci_email&$filter=msdynci_customerid%20eq%20'a'&$top=6"
    ),
    (
      "{set}?@a='x'&$filter=msdynci_customerid%20eq%20@a&$select=msdynci_email&$top=7",
      "$select=msdynci_email&$filter=msdynci_customerid%20eq%20'x'&$top=7"
    ),
    ("msdynci%5Fcustomerprofiles?$select=msdynci_email&$top=8", "$select=msdynci_email&$top=8"),
  ])
  func isSentInOurSpelling(_ target: String, _ query: String) throws {
    let (organization, gateway) = try Self.shared.get()
    let target = "/api/data/v9.2/" + target.replacing("{set}", with: "msdynci_customerprofiles")
    let response = try HTTPConnection.get(gateway.origin, target)
    #expect(response.status == 200, "\(response.text)")
    #expect(
      organization.reads.last?.line == "GET /api/data/v9.2/msdynci_customerprofiles?\(query) HTTP/1.1",
      "\(organization.reads.last?.line ?? "")")
  }
}
