import NIOHTTP1
import Testing

@testable import Gateway

@Suite struct RequestGuardTests {
  static func head(
    _ method: HTTPMethod = .GET, _ uri: String = "/api/data/v9.2/x", _ fields: [(String, String)] = [],
    host: Bool = true, version: HTTPVersion = .http1_1
  ) -> HTTPRequestHead {
    HTTPRequestHead(
      version: version, method: method, uri: uri, headers: HTTPHeaders((host ? [("Host", "h")] : []) + fields))
  }

  @Test(arguments: [HTTPMethod.GET, .HEAD])
  func readsPass(method: HTTPMethod) throws {
    let request = try RequestGuard.admit(Self.head(method), targetBytes: 100)
    #expect(request.target == "/api/data/v9.2/x")
    #expect(request.isHead == (method == .HEAD))
  }

  @Test(arguments: [
    "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "MERGE", "get", "PROPFIND", "QUERY",
  ])
  func everythingElseIsAWrite(method: String) {
    #expect(throws: GuardRefusal(kind: .write(method: method), target: "/api/data/v9.2/x")) {
      try RequestGuard.admit(Self.head(HTTPMethod(rawValue: method)), targetBytes: 100)
    }
  }

  @Test(arguments: ["X-HTTP-Method", "x-http-method-override", "X-METHOD-OVERRIDE", "X-Http-Method"])
  func tunnelledWritesAreWrites(name: String) {
    #expect {
      try RequestGuard.admit(Self.head(.GET, "/x", [(name, "DELETE")]), targetBytes: 100)
    } throws: { error in
      guard case GuardRefusal.Kind.write? = (error as? GuardRefusal)?.kind else { return false }
      return true
    }
  }

  @Test(arguments: [
    ([("Content-Length", "5")], GuardRefusal.Kind.content),
    ([("Content-Length", "00")], .content),
    ([("Transfer-Encoding", "chunked")], .content),
    ([("transfer-encoding", "identity")], .content),
    ([("HOST", "again")], .malformed("Exactly one Host header field is needed.")),
    (
      [("Ocp-Apim-Subscription-Key", "a"), ("ocp-apim-subscription-key", "b")],
      .malformed("The subscription key is given more than once.")
    ),
  ])
  func framingIsChecked(fields: [(String, String)], kind: GuardRefusal.Kind) {
    #expect(throws: GuardRefusal(kind: kind, target: "/x")) {
      try RequestGuard.admit(Self.head(.GET, "/x", fields), targetBytes: 100)
    }
  }

  @Test func hostIsNeededFromHTTP11On() throws {
    #expect(throws: GuardRefusal.self) { try RequestGuard.admit(Self.head(host: false), targetBytes: 100) }
    _ = try RequestGuard.admit(Self.head(host: false, version: .http1_0), targetBytes: 100)
  }

  @Test func anEmptyBodyLengthPasses() throws {
    _ = try RequestGuard.admit(Self.head(.GET, "/x", [("Content-Length", "0")]), targetBytes: 100)
  }

  @Test(arguments: [
    ("http://gateway:8080/a?b", "/a?b"), ("HTTPS://g/a", "/a"), ("http://g", "/"), ("/a//b", "/a//b"),
    ("http://g?x=/a/b", "/?x=/a/b"),
  ])
  func absoluteFormLosesItsAuthority(uri: String, target: String) throws {
    #expect(try RequestGuard.admit(Self.head(.GET, uri), targetBytes: 100).target == target)
  }

  @Test(arguments: ["*", "a", "ftp://x/y", "example.com:443", "?x"])
  func otherFormsAreRefused(uri: String) {
    #expect(throws: GuardRefusal.self) { try RequestGuard.admit(Self.head(.GET, uri), targetBytes: 100) }
  }

  @Test func targetsAreLimited() throws {
    let target = "/" + String(repeating: "a", count: 99)
    _ = try RequestGuard.admit(Self.head(.GET, target), targetBytes: 100)
    #expect(throws: GuardRefusal(kind: .targetTooLong, target: target + "a")) {
      try RequestGuard.admit(Self.head(.GET, target + "a"), targetBytes: 100)
    }
  }

  @Test func meaningfulFieldsAreKept() throws {
    let request = try RequestGuard.admit(
      Self.head(
        .GET, "/x",
        [
          ("PREFER", "a"), ("prefer", "b"), ("If-None-Match", "W/\"1\""), ("Ocp-Apim-Subscription-Key", "k"),
          ("Cookie", "c"),
        ]),
      targetBytes: 100)
    #expect(request.prefer == ["a", "b"])
    #expect(request.ifNoneMatch == ["W/\"1\""])
    #expect(request.subscriptionKey == "k")
  }

  @Test(arguments: [("key", "key"), ("key ", "key"), (" \t key\t", "key"), ("k ey", "k ey"), (" ", ""), ("", "")])
  func blanksAroundAKeyAreNoPartOfIt(sent: String, key: String) throws {
    let head = HTTPRequestHead(
      version: .http1_1, method: .GET, uri: "/a", headers: ["Host": "a", "Ocp-Apim-Subscription-Key": sent])
    #expect(try RequestGuard.admit(head, targetBytes: 100).subscriptionKey == key)
  }
}
