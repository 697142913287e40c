import Foundation
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// Another policy for a gateway that runs.
@Suite struct PolicyReloadTests {
  static let target = "/api/data/v9.2/msdynci_customerprofiles?$select=msdynci_fullname&$top=1"
  static let email = "/api/data/v9.2/msdynci_customerprofiles?$select=msdynci_email&$top=1"

  /// A policy whose callers may select these columns.
  static func policy(_ columns: [String], name: String = "first") -> String {
    let lines = columns.map { "      \($0): { type: text, displayName: \($0), select: true }" }
    return """
      version: 1
      name: \(name)
      options: [$select, $top]
      tables:
        msdynci_customerprofile:
          ttl: 5m
          columns:
            msdynci_customerid: { select: true }
      \(lines.joined(separator: "\n"))
      scopes:
        default: {}

      """
  }

  /// Looks again until it is so, or too late.
  static func eventually(_ isSo: () throws -> Bool) rethrows -> Bool {
    let deadline = Date().addingTimeInterval(120)
    while Date() < deadline {
      if try isSo() { return true }
      usleep(20_000)
    }
    return false
  }

  /// A gateway with a policy file of its own.
  struct Subject {
    let folder: TemporaryFolder
    let file: String
    let gateway: Gateway

    init(_ text: String, arguments: [String] = []) throws {
      folder = try TemporaryFolder()
      file = try folder.write("policy.yaml", text)
      gateway = try Gateway(["--policy", file, "--access-log", "off"] + arguments, customers: 20)
    }

    func status(_ target: String) throws -> Int { try HTTPConnection.get(gateway.origin, target).status }

    func metric(_ name: String) throws -> String? {
      try HTTPConnection.get(gateway.admin, "/metrics").text.split(separator: "\n").first { $0.hasPrefix(name + " ") }
        .map { String($0.dropFirst(name.count + 1)) }
    }

    func reloads(_ result: String) throws -> Int {
      Int(try metric("sluice_policy_reloads_total{result=\"\(result)\"}") ?? "") ?? -1
    }

    /// Another file in the place of the first, as editors do.
    func replace(by text: String) throws {
      let other = try folder.write("policy.new", text)
      #expect(rename(other, file) == 0)
    }

    var log: String { gateway.program.standardError }
  }

  @Test func anotherFileInItsPlaceIsLoaded() throws {
    let subject = try Subject(Self.policy(["msdynci_fullname"]))
    defer { subject.folder.remove() }
    #expect(try subject.status(Self.target) == 200)
    #expect(try subject.status(Self.email) == 403)
    #expect(try subject.reloads("ok") == 0)
    let before = try #require(try subject.metric("sluice_policy_loaded_timestamp_seconds").flatMap(Double.init))
    try subject.replace(by: Self.policy(["msdynci_email"], name: "second"))
    #expect(try Self.eventually { try subject.status(Self.email) == 200 })
    // What was cached under the old rules, and allowed by them, is out of reach.
    #expect(try subject.status(Self.target) == 403)
    #expect(try Self.eventually { try subject.reloads("ok") == 1 })
    #expect(try subject.reloads("refused") == 0)
    let metrics = try HTTPConnection.get(subject.gateway.admin, "/metrics")
    #expect(metrics["content-type"]?.hasPrefix("text/plain; version=0.0.4") == true)
    #expect(metrics.text.contains("sluice_policy_info{name=\"second\",version=\""))
    #expect(try #require(try subject.metric("sluice_policy_loaded_timestamp_seconds").flatMap(Double.init)) > before)
    #expect(Self.eventually { subject.log.contains("\"event\":\"policy-reloaded\"") })
    let line = try #require(subject.log.split(separator: "\n").first { $0.contains("policy-reloaded") })
    #expect(
      line.contains("\"policy\":\"second\"") && line.contains("\"from\":\"") && line.contains("\"trigger\":\"file\""))
  }

  @Test func aFileWrittenToInPlaceIsLoaded() throws {
    let subject = try Subject(Self.policy(["msdynci_fullname"]))
    defer { subject.folder.remove() }
    _ = try subject.folder.write("policy.yaml", Self.policy(["msdynci_fullname", "msdynci_email"]))
    #expect(try Self.eventually { try subject.status(Self.email) == 200 })
    #expect(try subject.status(Self.target) == 200)
  }

  @Test func answersOfTheOldPolicyAreNotServedUnderTheNew() throws {
    let subject = try Subject(Self.policy(["msdynci_fullname"]))
    defer { subject.folder.remove() }
    func read() throws -> String? { try HTTPConnection.get(subject.gateway.origin, Self.target)["cache-status"] }
    _ = try read()
    #expect(try read()?.contains("hit") == true)
    // The same columns: only the text differs, and with it the version.
    try subject.replace(by: Self.policy(["msdynci_fullname"]) + "# reviewed\n")
    #expect(try Self.eventually { try subject.reloads("ok") == 1 })
    #expect(try read()?.contains("hit") == false)
    #expect(try read()?.contains("hit") == true)
  }

  @Test func hangupLoadsAndDoesNotKill() throws {
    let subject = try Subject(Self.policy(["msdynci_fullname"]))
    defer { subject.folder.remove() }
    #expect(kill(subject.gateway.program.identifier, SIGHUP) == 0)
    // Nothing changed, and it is loaded all the same.
    #expect(try Self.eventually { try subject.reloads("ok") == 1 })
    #expect(try subject.status(Self.target) == 200)
    #expect(Self.eventually { subject.log.contains("\"trigger\":\"SIGHUP\"") })
    #expect(subject.gateway.program.isRunning)
  }

  @Test func hangupWithoutAFileSaysSo() throws {
    let gateway = try Gateway(["--access-log", "off"], customers: 20)
    #expect(kill(gateway.program.identifier, SIGHUP) == 0)
    #expect(Self.eventually { gateway.program.standardError.contains("\"event\":\"policy-reload-nothing\"") })
    #expect(try HTTPConnection.get(gateway.origin, Self.target).status == 200)
  }

  /// Broken in form, in what it names, in what callers need of it, and gone.
  @Test(
    arguments: [
      ("version: 1\nname: [\n", "error"),
      (policy(["msdynci_email"]).replacingOccurrences(of: "ttl", with: "tll"), "tll"),
      (policy(["msdynci_email"]).replacingOccurrences(of: "default:", with: "other:"), "no scope `default`"),
      (nil, "cannot be read"),
    ] as [(String?, String)])
  func aBrokenFileIsRefusedAndTheOldOneStays(text: String?, complaint: String) throws {
    let subject = try Subject(Self.policy(["msdynci_fullname"]))
    defer { subject.folder.remove() }
    let version = try HTTPConnection.get(subject.gateway.admin, "/metrics").text.split(separator: "\n")
      .first { $0.hasPrefix("sluice_policy_info") }
    if let text { try subject.replace(by: text) } else { #expect(unlink(subject.file) == 0) }
    #expect(try Self.eventually { try subject.reloads("refused") == 1 })
    #expect(try subject.reloads("ok") == 0)
    #expect(try subject.status(Self.target) == 200)
    #expect(try subject.status(Self.email) == 403)
    let metrics = try HTTPConnection.get(subject.gateway.admin, "/metrics").text
    #expect(metrics.split(separator: "\n").first { $0.hasPrefix("sluice_policy_info") } == version)
    #expect(Self.eventually { subject.log.contains("\"event\":\"policy-reload-refused\"") })
    let line = try #require(subject.log.split(separator: "\n").first { $0.contains("policy-reload-refused") })
    #expect(line.contains("diagnostics") && line.contains(complaint), "\(line)")
    // And it is mended as it was broken.
    try subject.replace(by: Self.policy(["msdynci_email"]))
    #expect(try Self.eventually { try subject.status(Self.email) == 200 })
  }

  /// While policies change under load, each answer is by one of them whole.
  @Test func everyAnswerIsByOneOfThePolicies() throws {
    let subject = try Subject(Self.policy(["msdynci_fullname"]))
    defer { subject.folder.remove() }
    let both =
      "/api/data/v9.2/msdynci_customerprofiles?$select=msdynci_customerid,msdynci_fullname,msdynci_email&$top=1"
    let connection = try HTTPConnection(subject.gateway.origin)
    var loaded = 0
    for round in 1...3 {
      try subject.replace(by: Self.policy([round.isMultiple(of: 2) ? "msdynci_fullname" : "msdynci_email"]))
      let isLoaded = try Self.eventually {
        try connection.send("GET", both)
        let response = try connection.response()
        #expect(response.status == 403, "no policy allows both columns")
        #expect(try response.json()["error"] != nil)
        return try subject.reloads("ok") > loaded
      }
      #expect(isLoaded)
      loaded = try subject.reloads("ok")
    }
  }
}
