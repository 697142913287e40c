import Testing

@testable import Planning

@Suite struct VersionTests {
  static func route(_ target: String, _ versions: Set<String>) -> Route {
    Array(target.utf8).withUnsafeBufferPointer { Route.match($0, versions: versions) }
  }

  @Test(
    arguments: [
      ("/api/data/v9.2/accounts", ["v9.2"], 15), ("/api/data/v9.0/accounts", ["v9.0", "v9.1", "v9.2"], 15),
      ("/api/data/v9.1/", ["v9.1", "v9.2"], 15), ("/api/data/v9.2/?x", ["v9.2"], 15),
      ("/api/data/v9.2", ["v9.2"], 14), ("/api/data/v9.2?x=/", ["v9.2"], 14), ("/api/data/v9.0", ["v9.0", "v9.2"], 14),
    ] as [(String, Set<String>, Int)])
  func acceptedVersionsRoute(target: String, versions: Set<String>, offset: Int) {
    guard case .dataverse(let found) = Self.route(target, versions) else {
      Issue.record("not routed")
      return
    }
    #expect(found == offset)
  }

  @Test(arguments: [
    "/api/data/v9.0/accounts", "/api/data/v9.3/accounts", "/api/data/v8.2/accounts", "/api/data/v9.0", "/api/data/",
    "/api/data", "/api/data/V9.2/accounts", "/api/data/V9.2", "/api/data/v9.0?x=/", "/api/data/v9.20/accounts",
    "/api/data/v9/accounts",
    "/api/data//v9.2/accounts", "/api/data/v9.2%2Faccounts", "/api/data/%769.2/accounts", "/api/dataX/v9.2/a",
  ])
  func othersAreRefused(target: String) {
    guard case .refused(let refusal) = Self.route(target, ["v9.1", "v9.2"]) else {
      Issue.record("routed")
      return
    }
    #expect(refusal.status == 404 && refusal.code == "route.version")
    #expect(refusal.message.contains("/api/data/v9.1/, /api/data/v9.2/ are served"))
  }
}
