import Testing

@testable import Comparison

@Suite struct AddressTests {
  static let id = "11111111-2222-3333-4444-555555555555"

  /// Address, instances, request of the corpus → what is asked; `nil` where it has no place.
  static let requests: [(String, [String], String, String?)] = [
    ("http://h:1", [], "/api/data/v9.2/accounts?$top=1", "/api/data/v9.2/accounts?$top=1"),
    ("http://h:1/", [], "/v1/instances/A/data/Customer", "/v1/instances/A/data/Customer"),
    ("http://h/api/data/v9.1/", [], "/api/data/v9.2/accounts?$top=1", "/api/data/v9.1/accounts?$top=1"),
    ("http://h/api/data/v9.2", [], "/v1/instances/A/data/Customer", nil),
    ("http://h/v1/instances/B", [], "/api/instances/A/data/Customer('x')?a", "/v1/instances/B/data/Customer('x')?a"),
    ("http://h/v1/instances/B", [], "/api/data/v9.2/accounts", nil),
    ("http://h/v1/instances/B", [], "/instances", nil),
    ("http://h/v1", [], "/API/Instances/A/data/Customer", "/v1/instances/A/data/Customer"),
    ("http://h/v1", [], "/v1/instances", "/v1/instances"),
    ("http://h/v1", [], "/api/data/v9.2/accounts", nil),
    ("http://h/api", [], "/v1/instances/A/data/x", "/api/instances/A/data/x"),
    ("http://h/api", [], "/api/data/v9.2/accounts", "/api/data/v9.2/accounts"),
    ("http://h/proxy", [], "/v1/instances/A/data/x", "/proxy/v1/instances/A/data/x"),
    ("http://h/proxy/api/data/v9.2", [], "/api/data/v9.2/accounts", "/proxy/api/data/v9.2/accounts"),
    ("http://h", ["B"], "/v1/instances/A/data/x", "/v1/instances/B/data/x"),
    ("http://h", ["a=C", "B"], "/v1/instances/A/data/x", "/v1/instances/C/data/x"),
    ("http://h", ["z=C"], "/v1/instances/A/data/x", "/v1/instances/A/data/x"),
    ("http://h", ["B"], "/v1/instances/\(CorpusTarget.noInstance)/data/x?$top=1", "/v1/instances/B/data/x?$top=1"),
    ("http://h", [], "/v1/instances/\(CorpusTarget.noInstance)/data/x", nil),
    ("http://h", [], "/health?x", "/health?x"),
    ("http://h/v1", [], "/health", nil),
    ("http://h", [], "/x?$filter=a eq 'é#\"'&b=%20%", "/x?$filter=a%20eq%20'%C3%A9%23%22'&b=%20%"),
  ]

  @Test(arguments: requests)
  func requestsFindTheirPlace(address: String, instances: [String], target: String, expected: String?) throws {
    let server = try ServerAddress(address, instances: instances)
    if let expected {
      #expect(try server.target(for: target) == expected)
    } else {
      #expect(throws: ComparisonMistake.self) { try server.target(for: target) }
    }
  }

  @Test(arguments: [
    "", "h", "ftp://h", "http://", "http://h?x", "http://h#x", "http://user@h", "http://h /x", "https:///x", "http://é",
  ])
  func otherAddressesAreMistakes(address: String) {
    #expect(throws: ComparisonMistake.self) { try ServerAddress(address) }
  }

  @Test(arguments: ["", "=", "a=", "=b", "a=b=c", "a/b", "a b", "é"])
  func otherInstancesAreMistakes(instance: String) {
    #expect(throws: ComparisonMistake.self) { try ServerAddress("http://h", instances: [instance]) }
  }

  /// Wherever a link points, only this server is asked.
  @Test(arguments: [
    ("http://h/a/b?$skiptoken=x", "/a/b?$skiptoken=x"), ("https://evil.example/a?b#c", "/a?b%23c"),
    ("HTTPS://evil.example", "/"), ("http://h?x", "/?x"), ("/a/b", "/a/b"), ("?$skiptoken=2", "/d/c?$skiptoken=2"),
    ("next?x", "/d/next?x"), ("//evil.example/a", "//evil.example/a"), ("/a b\r\nX: y", "/a%20b%0D%0AX:%20y"),
  ])
  func linksStayOnTheServer(link: String, target: String) throws {
    #expect(try ServerAddress("http://h").target(ofLink: link, from: "/d/c?$top=1") == target)
  }
}
