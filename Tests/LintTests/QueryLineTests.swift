import Testing

@testable import Lint

@Suite struct QueryLineTests {
  static func read(_ text: String) -> QueryLine? {
    QueryLine(file: "f", line: 1, text: text, legacyEntities: ["customer"])
  }

  @Test(arguments: [
    ("/api/data/v9.2/x?$top=1", "/api/data/v9.2/x?$top=1", 0, "GET"),
    ("  GET   /v1/instances/i/data/X ", "/v1/instances/i/data/X", 8, "GET"),
    ("https://org.crm.dynamics.com/api/data/v9.2/x", "/api/data/v9.2/x", 28, "GET"),
    ("HTTPS://h", "/", 9, "GET"),
    ("POST http://h/p", "/p", 13, "POST"),
    ("msdynci_x?$top=1", "/api/data/v9.2/msdynci_x?$top=1", -15, "GET"),
    ("Customer?$top=1", "/v1/instances/00000000-0000-0000-0000-000000000000/data/Customer?$top=1", -56, "GET"),
    ("customer%3Ffilter", "/v1/instances/00000000-0000-0000-0000-000000000000/data/customer%3Ffilter", -56, "GET"),
    ("/a\r", "/a", 0, "GET"),
    ("GET /a?$top=1 HTTP/1.1", "/a?$top=1", 4, "GET"), ("POST https://h/a  HTTP/2.0 ", "/a", 14, "POST"),
    ("GET /a HTTP/1.1x", "/a HTTP/1.1x", 4, "GET"), ("/a HTTP/1.1", "/a HTTP/1.1", 0, "GET"),
    ("GET HTTP/1.1", "/api/data/v9.2/HTTP/1.1", -11, "GET"),
    (
      "data?relativePath=Customer&$top=1",
      "/v1/instances/00000000-0000-0000-0000-000000000000/data?relativePath=Customer&$top=1", -51, "GET"
    ),
    (
      "eCommerce_eCommercePurchases?$top=1",
      "/v1/instances/00000000-0000-0000-0000-000000000000/data/eCommerce_eCommercePurchases?$top=1", -56, "GET"
    ),
    ("EntityDefinitions?$top=1", "/api/data/v9.2/EntityDefinitions?$top=1", -15, "GET"),
  ])
  func linesAreRead(text: String, target: String, offset: Int, method: String) throws {
    let line = try #require(Self.read(text))
    #expect(line.target == target)
    #expect(line.offset == offset)
    #expect(line.method == method)
  }

  @Test(arguments: ["", "   ", "# comment", "\t# comment", "\r"])
  func othersAreNot(text: String) { #expect(Self.read(text) == nil) }
}
