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
    ("/v1/instances/\(id)/data/$metadatas", "/v1", "$metadatas"),
  ])
  func readsAreFound(target: String, front: String, rest: String) throws {
    guard case .data(let route) = Self.match(target) else {
      Issue.record("\(Self.match(target))")
      return
    }
    #expect(route.front.rawValue == front && route.keepsPlaces)
    let (relative, offset) = route.relativeURI(in: Array(target.utf8))
    #expect(String(decoding: relative, as: UTF8.self) == rest)
    #expect(relative == Array(target.utf8.dropFirst(offset)))
    #expect(route.prefix == "\(front)/instances/\(Self.id)/data/")
  }

  /// Query behind `…/data` → relative URI, and whether each of its bytes stands in the target at the same place.
  @Test(arguments: [
    ("?relativePath=Customer", "Customer", true),
    ("/?relativePath=Customer", "Customer", true),
    ("?relativepath=Customer", "Customer", true),
    ("?RELATIVEPATH=Customer&", "Customer", true),
    ("?relativePath=/Customer", "Customer", true),
    ("?relativePath=%2FCustomer", "Customer", true), ("?relativePath=%2fCustomer", "Customer", true),
    ("?relativePath=Customer&Filter=&Top=1&SkipToken=", "Customer?Top=1", false),
    ("?relativePath=Customer&$filter=&Top=1", "Customer?$filter=&Top=1", true),
    ("?relativePath=Customer&$search=abc&$select=*", "Customer?$search=abc&$select=*", true),
    ("?relativePath=Customer&Filter=a%20eq%20'x'&Top=10", "Customer?Filter=a%20eq%20'x'&Top=10", true),
    ("?relativePath=Customer?$filter=a%20eq%201&$top=1", "Customer?$filter=a%20eq%201&$top=1", true),
    ("?relativePath=Customer%28%27x%27%29&forceSearch=true", "Customer%28%27x%27%29?forceSearch=true", true),
    ("?forceSearch=true&relativePath=Customer", "Customer?forceSearch=true", false),
    ("?a=1&b=2&relativePath=Customer&$top=1", "Customer?a=1&b=2&$top=1", false),
    ("?a=1&relativePath=Customer?$top=1", "Customer?$top=1&a=1", false),
    ("?relative%50ath=Customer", "Customer", true),
    ("?relativePath=a&relativePath=b", "a?relativePath=b", true),
  ])
  func theEntityMayStandInAParameter(query: String, rest: String, keepsPlaces: Bool) throws {
    let target = "/v1/instances/\(Self.id)/data\(query)"
    guard case .data(let route) = Self.match(target) else {
      Issue.record("\(Self.match(target))")
      return
    }
    let bytes = Array(target.utf8)
    let (relative, offset) = route.relativeURI(in: bytes)
    #expect(String(decoding: relative, as: UTF8.self) == rest)
    #expect(route.keepsPlaces == keepsPlaces)
    guard keepsPlaces else { return }
    for (index, byte) in relative.enumerated() {
      // The first ampersand has become the question mark that it stands for.
      #expect(byte == bytes[offset + index] || byte == UInt8(ascii: "?") && bytes[offset + index] == UInt8(ascii: "&"))
    }
  }

  /// Path → operation, its arguments, and the front.
  @Test(
    arguments: [
      ("/v1/instances", .instances, [], .v1), ("/api/instances/", .instances, [], .api),
      ("/INSTANCES", .instances, [], .bare), ("/v1/instances?x=1", .instances, [], .v1),
      ("/v1/instances/\(id)", .instance, [], .v1), ("/v1/instances/\(id.uppercased())/", .instance, [], .v1),
      ("/v1/instances/\(id)/data", .dataService, [], .v1), ("/v1/instances/\(id)/data/", .dataService, [], .v1),
      ("/v1/instances/\(id)/Data?x", .dataService, [], .v1),
      ("/v1/instances/\(id)/data/$metadata", .dataModel, [], .v1),
      ("/v1/instances/\(id)/data/%24Metadata?x", .dataModel, [], .v1),
      ("/v1/instances/\(id)/manage/entities", .entities, [], .v1),
      ("/v1/instances/\(id)/Manage/Tables", .entities, [], .v1),
      ("/v1/instances/\(id)/manage/tables/Unified%41ctivity", .entity, ["UnifiedActivity"], .v1),
      ("/v1/instances/\(id)/manage/entities/a%2Fb/entitysize", .entitySize, ["a/b"], .v1),
      ("/v1/instances/\(id)/manage/search", .searchConfiguration, [], .v1),
      ("/v1/instances/\(id)/manage/workflows/main/jobs", .absent(.jobs), ["main"], .v1),
      ("/v1/instances/\(id)/workflows/main/jobs/7", .absent(.jobs), ["main", "7"], .v1),
      ("/v1/instances/\(id)/Profile/KeyRing", .keyring, [], .v1),
    ] as [(String, LegacyOperation.Answer, [String], LegacyRoute.Front)])
  func operationsAreFound(
    target: String, answer: LegacyOperation.Answer, arguments: [String], front: LegacyRoute.Front
  ) {
    guard case .operation(let call) = Self.match(target) else {
      Issue.record("\(Self.match(target))")
      return
    }
    #expect(call.answer == answer && call.arguments == arguments && call.front == front)
    #expect(call.style == (target.lowercased().contains("/data") ? .oDataError : .apiErrorResult))
  }

  @Test func parametersAreDecoded() {
    let target = "/v1/instances/\(Self.id)/profile/keyring?Key=a%2Bb+c%27&key=second&x&y=%zz&entityName=E%C3%A9"
    guard case .operation(let call) = Self.match(target) else {
      Issue.record("\(Self.match(target))")
      return
    }
    #expect(call.parameters == ["key": "a+b c'", "x": "", "entityname": "Eé"])
  }

  @Test(arguments: [
    ("/v1/instances/\(id)/what", 404, "routeNotFound"), ("/v1/instances/\(id)/manage", 404, "routeNotFound"),
    ("/v1/instances/\(id)/manage//entities", 404, "routeNotFound"),
    ("/v1/instances/\(id)/manage/entities/a/b/c", 404, "routeNotFound"),
    ("/v1/instances/\(id)/manage/%zz", 404, "routeNotFound"), ("/v1/instances/\(id)/%FF", 404, "routeNotFound"),
    ("/v1/instances/\(id)/data/$metadata/x", 404, "routeNotFound"),
    ("/v1/instances/\(id)/hierarchies/a/b", 404, "routeNotFound"),
    ("/v1/instances/\(id)/data?relativePath", 400, "relativePathEmpty"),
    ("/v1/instances/\(id)/data?$top=1&relativePath=", 400, "relativePathEmpty"),
    ("/v1/instances/\(id)/data/?relative%50ath=/&$top=1", 400, "relativePathEmpty"),
    ("/v1/instances/\(id)/data?relativePath=%2F", 400, "relativePathEmpty"),
    ("/v1/instances/\(id)/data?$top=5", 400, "relativePathMissing"),
    ("/v1/instances/\(id)/data/?x=1", 400, "relativePathMissing"),
    ("/v1/instances/\(id)/data?%zz=1", 400, "relativePathMissing"),
    // These are only written.
    ("/v1/instances/\(id)/manage/segments/a/activate", 501, "notSupported"),
    ("/v1/instances/\(id)/manage/reset", 501, "notSupported"),
    ("/v1/instances/abc/data/Customer", 404, "MetaDataNotFound"),
    ("/v1/instances/V2", 404, "MetaDataNotFound"),
    ("/v1/instances/\(id)x/data/Customer", 404, "MetaDataNotFound"),
    ("/v1/instances/0000000000004000800000000000c15a/data/Customer", 404, "MetaDataNotFound"),
    ("/v1/instances/00000000-0000-4000-8000-00000000c15g/data/Customer", 404, "MetaDataNotFound"),
    ("/v1/instances/%30000000-0000-4000-8000-00000000c15a/data/Customer", 404, "MetaDataNotFound"),
    ("/v1/instances/../data/Customer", 404, "MetaDataNotFound"),
  ])
  func whatNoReadHasIsRefused(target: String, status: Int, code: String) {
    guard case .refused(let error) = Self.match(target) else {
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

  /// Whatever the target, matching ends and takes nothing from outside of it.
  @Test func anyBytesAreMatched() {
    var random = SplitMix(seed: 7)
    let pieces = [
      "/", "v1", "api", "instances", Self.id, "data", "manage", "entities", "?", "&", "relativePath=", "%", "%2", "=",
      "Customer", "\u{0}", "é", "$metadata", "profile", "keyring",
    ]
    for _ in 0..<5000 {
      let target = (0..<random.below(12)).map { _ in pieces[random.below(pieces.count)] }.joined()
      let bytes = Array(target.utf8)
      guard case .data(let route) = Self.match(target) else { continue }
      let (relative, offset) = route.relativeURI(in: bytes)
      #expect(offset <= bytes.count && relative.count <= bytes.count)
    }
  }

  // MARK: Writes

  /// The service document takes no option; one form is the only one that it has, and what has no value was not given.
  @Test(arguments: ["", "?", "?$format=json", "?$Format=application%2Fjson", "?Filter=&Top=", "?&"])
  func theServiceDocumentHasNoOptions(query: String) {
    guard case .operation(let call) = Self.match("/v1/instances/\(Self.id)/data\(query)") else {
      Issue.record("\(query) is no operation")
      return
    }
    #expect(call.answer == .dataService)
  }

  /// Method and path → what would have been written, whose advice the refusal gives.
  @Test(
    arguments: [
      ("POST", "data/UnifiedActivity?validUntil=2026-01-01", "data source"),
      ("PATCH", "data/Customer/x", "data source"), ("PUT", "data/Customer", "data source"),
      ("POST", "manage/segments", "Segments, measures"), ("PUT", "manage/search", "Segments, measures"),
      ("DELETE", "manage/reset", "Power Platform admin center"), ("DELETE", "manage/datasources/x", "Data sources"),
      ("POST", "Manage/Workflows/main/jobs", "Refreshes"), ("POST", "workflows/main/jobs/1/cancel", "Refreshes"),
      ("PUT", "rbac/principals/x/assignment", "Roles"), ("BREW", "manage/coffee", "Segments, measures"),
    ])
  func refusedWritesSayWhatToDoInstead(method: String, path: String, says: String) {
    let error = LegacyError.writeRefused(method: method, target: "/v1/instances/\(Self.id)/\(path)")
    #expect(error.status == 405 && error.errorCode == "writesRefused")
    #expect(error.message == "This gateway only reads: \(method) is refused.")
    #expect(error.remedy.contains(says), "\(error.remedy)")
    #expect(error.style == (path.hasPrefix("data/") ? .oDataError : .apiErrorResult))
  }

  @Test func everyOperationHasAPathOfItsOwn() {
    let keys = LegacyOperation.all.map { "\($0.method) \($0.path.map { $0.hasPrefix("{") ? "{}" : $0.lowercased() })" }
    #expect(Set(keys).count == keys.count)
    for operation in LegacyOperation.all {
      #expect(LegacyOperation.find(operation.method, operation.path) == operation, "\(operation)")
      if case .write = operation.answer {
        #expect(operation.method != "GET")
      } else {
        #expect(operation.method == "GET")
      }
    }
  }
}

/// SplitMix64.
private struct SplitMix {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func below(_ limit: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
    return Int((value ^ value >> 31) % UInt64(limit))
  }
}
