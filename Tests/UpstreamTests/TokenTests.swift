import Foundation
import Synchronization
import Testing

@testable import Upstream

@Suite struct TokenTests {
  static func source(_ server: LoopbackServer, _ clock: ManualClock) throws -> EntraTokenSource {
    try EntraTokenSource(
      EntraConfiguration(
        authority: server.origin, tenant: "tenant-1", clientID: "client 1", secret: Secret("s3cret&+ü"),
        scope: "https://org/.default", caFile: LoopbackServer.certificate("ca")), clock: clock.now)
  }

  static func authority(_ answer: @escaping @Sendable (Int) -> [LoopbackServer.Step]) async throws -> LoopbackServer {
    let count = Counter()
    return try await LoopbackServer(identity: LoopbackServer.identity("localhost")) { _ in answer(count.next()) }
  }

  final class Counter: Sendable {
    private let value = Mutex(0)
    func next() -> Int {
      value.withLock {
        $0 += 1
        return $0
      }
    }
  }

  static func token(_ number: Int, seconds: Int = 3600) -> [LoopbackServer.Step] {
    LoopbackServer.ok("{\"token_type\":\"Bearer\",\"expires_in\":\(seconds),\"access_token\":\"token-\(number)\"}")
  }

  @Test func oneRequestServesAllWhoWait() async throws {
    let server = try await Self.authority { Self.token($0) }
    let clock = ManualClock()
    let source = try Self.source(server, clock)
    let tokens = try await withThrowingTaskGroup(of: String.self) { group in
      for _ in 0..<100 { group.addTask { try await source.bearer() } }
      return try await group.reduce(into: Set<String>()) { $0.insert($1) }
    }
    #expect(tokens == ["token-1"])
    #expect(server.heads.count == 1)
    let request = try #require(server.heads.first)
    #expect(request.hasPrefix("POST /tenant-1/oauth2/v2.0/token HTTP/1.1\r\n"))
    #expect(
      request.hasSuffix(
        "grant_type=client_credentials&client_id=client%201&client_secret=s3cret%26%2B%C3%BC&scope=https%3A%2F%2Forg%2F.default"
      ))
    await source.shutdown()
    try await server.stop()
  }

  @Test func tokensAreRenewedBeforeTheyEnd() async throws {
    let server = try await Self.authority { Self.token($0) }
    let clock = ManualClock()
    let source = try Self.source(server, clock)
    #expect(try await source.bearer() == "token-1")
    clock.advance(seconds: 3299)
    #expect(try await source.bearer() == "token-1")
    #expect(server.heads.count == 1)
    clock.advance(seconds: 2)
    // The old one serves on while the new one is fetched.
    let during = try await source.bearer()
    #expect(during == "token-1" || during == "token-2")
    #expect(await eventually { (try? await source.bearer()) == "token-2" })
    #expect(server.heads.count == 2)
    clock.advance(seconds: 4000)
    #expect(try await source.bearer() == "token-3")
    await source.shutdown()
    try await server.stop()
  }

  @Test func aRefusedTokenIsReplacedOnce() async throws {
    let server = try await Self.authority { Self.token($0) }
    let source = try Self.source(server, ManualClock())
    let first = try await source.bearer()
    for _ in 0..<5 { await source.invalidate(token: first) }
    #expect(try await source.bearer() == "token-2")
    await source.invalidate(token: first)
    #expect(try await source.bearer() == "token-2")
    await source.shutdown()
    try await server.stop()
  }

  @Test(arguments: [
    LoopbackServer.ok(
      "{\"error\":\"invalid_client\",\"error_codes\":[7000215],\"error_description\":\"hidden s3cret\"}",
      status: "401 Unauthorized"),
    LoopbackServer.ok("<html>hidden</html>", status: "500 Internal Server Error"),
    LoopbackServer.ok("{\"access_token\":\"\"}"),
    LoopbackServer.ok("{\"access_token\":\"hidden\\r\\nX: y\"}"), [.close],
  ])
  func failuresAreToldWithoutSecrets(steps: [LoopbackServer.Step]) async throws {
    let server = try await Self.authority { _ in steps }
    let clock = ManualClock()
    let source = try Self.source(server, clock)
    for _ in 0..<3 {
      do throws(TokenError) {
        _ = try await source.bearer()
        Issue.record("a token came of it")
      } catch {
        #expect(!error.description.contains("hidden") && !error.description.contains("s3cret"))
      }
    }
    #expect(server.heads.count == 1, "no pause after a failure")
    clock.advance(seconds: 2)
    _ = try? await source.bearer()
    #expect(server.heads.count == 2, "no try after the pause")
    await source.shutdown()
    try await server.stop()
  }

  @Test func aTokenThatIsStillGoodOutlastsItsAuthority() async throws {
    let server = try await Self.authority { $0 == 1 ? Self.token($0) : [.close] }
    let clock = ManualClock()
    let source = try Self.source(server, clock)
    #expect(try await source.bearer() == "token-1")
    clock.advance(seconds: 3400)
    for _ in 0..<5 { #expect(try await source.bearer() == "token-1") }
    clock.advance(seconds: 500)
    await #expect(throws: TokenError.self) { try await source.bearer() }
    await source.shutdown()
    try await server.stop()
  }

  @Test(arguments: ["http://login.example", "https://login.example/path", ""])
  func authoritiesAreChecked(authority: String) {
    let configuration = EntraConfiguration(
      authority: authority, tenant: "t", clientID: "c", secret: Secret("s"), scope: "x")
    #expect(throws: UpstreamError.self) { try configuration.validate() }
  }

  @Test(arguments: ["", "a/b", "..", "a?b", "a b"])
  func tenantsAreChecked(tenant: String) {
    let configuration = EntraConfiguration(
      authority: "https://login.example", tenant: tenant, clientID: "c", secret: Secret("s"), scope: "x")
    #expect(throws: UpstreamError.self) { try configuration.validate() }
  }

  @Test func secretsShowNowhere() {
    let secret = Secret("hidden")
    var dumped = ""
    dump(secret, to: &dumped)
    for text in [
      "\(secret)", String(reflecting: secret), String(describing: [secret]), dumped,
      "\(Mirror(reflecting: secret).children.count)",
    ] {
      #expect(!text.contains("hidden"))
    }
  }

  @Test(
    arguments: [
      (0o600, "abc\n", "abc"), (0o400, "abc\r\n", "abc"), (0o600, " a b ", " a b "), (0o644, "abc", nil),
      (0o600, "", nil),
      (0o600, "\n", nil), (0o600, String(repeating: "a", count: 65_537), nil),
    ] as [(Int, String, String?)])
  func secretFilesAreReadWithCare(mode: Int, text: String, value: String?) throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("secret-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    _ = FileManager.default.createFile(atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: mode])
    if let value {
      #expect(try Secret(fromFile: path).value == value)
    } else {
      #expect(throws: SecretError.self) { try Secret(fromFile: path) }
    }
  }
}
