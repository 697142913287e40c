import Testing

@testable import CustomerInsights

@Suite struct RouteTests {
  static let id = "00000000-0000-4000-8000-00000000c15a"

  static func match(_ target: String) -> LegacyRouteMatch {
    Array(target.utf8).withUnsafeBufferPointer { LegacyRoute.match($0) }
  }

  /// Target → the front it stands on and the relative URI behind it.
  @Test(arguments: [
    ("/v1/instances/\(id)/data/Customer", "/v1", "Customer"),
    ("/api/instances/\(id)/data/Customer?$top=1", "/api", "Customer?$top=1"),
    ("/instances/\(id)/data/Customer", "", "Customer"),
    ("/V1/INSTANCES/\(id)/DATA/Customer", "/v1", "Customer"),
    ("/Api/Instances/\(id.uppercased())/Data/x/y?z", "/api", "x/y?z"),
    ("/v1/instances/\(id)/data/Customer%3F%24top%3D1", "/v1", "Customer%3F%24top%3D1"),
    ("/v1/instances/\(id)/data//", "/v1", "/"),
  ])
  func readsAreFound(target: String, front: String, rest: String) throws {
    guard case .data(let route) = Self.match(target) else {
      Issue.record("\(Self.match(target))")
      return
    }
    #expect(route.front.rawValue == front)
    #expect(String(decoding: Array(target.utf8)[route.target], as: UTF8.self) == rest)
    #expect(route.prefix == "\(front)/instances/\(Self.id)/data/")
  }

  @Test(arguments: [
    ("/v1/instances", 501, "notSupported"), ("/v1/instances/", 501, "notSupported"),
    ("/v1/instances/\(id)", 501, "notSupported"), ("/v1/instances/\(id)/manage/segments", 501, "notSupported"),
    ("/v1/instances/\(id)/Profile/keyring", 501, "notSupported"), ("/v1/instances/\(id)/what", 404, "routeNotFound"),
    ("/v1/instances/\(id)/data", 501, "notSupported"), ("/v1/instances/\(id)/data/", 501, "notSupported"),
    ("/v1/instances/\(id)/data?relativePath=Customer", 501, "notSupported"),
    ("/v1/instances/abc/data/Customer", 404, "MetaDataNotFound"),
    ("/v1/instances/\(id)x/data/Customer", 404, "MetaDataNotFound"),
    ("/v1/instances/0000000000004000800000000000c15a/data/Customer", 404, "MetaDataNotFound"),
    ("/v1/instances/00000000-0000-4000-8000-00000000c15g/data/Customer", 404, "MetaDataNotFound"),
    ("/v1/instances/%30000000-0000-4000-8000-00000000c15a/data/Customer", 404, "MetaDataNotFound"),
    ("/v1/instances/../data/Customer", 404, "MetaDataNotFound"),
  ])
  func theRestOfTheAPIIsKnownAndRefused(target: String, status: Int, code: String) {
    guard case .unsupported(let error) = Self.match(target) else {
      Issue.record("\(Self.match(target))")
      return
    }
    #expect(error.status == status && error.errorCode == code)
  }

  @Test(arguments: [
    "", "/", "/v1", "/api", "/api/data/v9.2/x", "/v2/instances/\(id)/data/x", "/v1/instance/\(id)/data/x",
    "//v1/instances/\(id)/data/x", "/v1%2Finstances/\(id)/data/x", "/v\u{B9}/instances/\(id)/data/x", "?v1/instances",
  ])
  func otherTargetsAreNotLegacy(target: String) { #expect(Self.match(target) == .notLegacy) }
}
