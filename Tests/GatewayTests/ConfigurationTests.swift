import Foundation
import Identity
import Testing
import YAMLFile

@testable import Gateway

@Suite struct ConfigurationTests {
  static let hash = String(repeating: "ab", count: 32)

  static func load(_ text: String, environment: [String: String] = [:]) throws -> Configuration {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("sluice-\(UUID().uuidString).yaml").path
    defer { unlink(path) }
    try Data("version: 1\nsandbox: {}\n\(text)\n".utf8).write(to: URL(fileURLWithPath: path))
    return try ConfigurationLoader.load(file: path, environment: environment, flags: ConfigurationFlags())
  }

  static func complaint(_ text: String) -> String {
    do {
      _ = try load(text)
      return ""
    } catch {
      return (error as? DiagnosticList)?.rendered() ?? "\(error)"
    }
  }

  @Test(
    arguments: [
      ("{}", 262_144, 8_388_608, 1_073_741_824),
      ("{ answer: 64KiB }", 65_536, 65_536, 1_073_741_824),
      ("{ answer: 1MiB, streamFrom: 1MiB, streamed: 1MiB }", 1_048_576, 1_048_576, 1_048_576),
      ("{ streamFrom: 16MiB }", 16_777_216, 16_777_216, 1_073_741_824),
      ("{ streamed: 2MiB }", 262_144, 2_097_152, 2_097_152),
      ("{ answer: 1GiB, streamed: 2GiB }", 262_144, 1_073_741_824, 2_147_483_648),
    ] as [(String, Int, Int, Int)])
  func limitsOfAnswersKeepToOneAnother(limits: String, streamFrom: Int, answer: Int, streamed: Int) throws {
    let read = try Self.load("server: { limits: \(limits) }").server.limits
    #expect(read.streamFromBytes == streamFrom)
    #expect(read.answerBytes == answer)
    #expect(read.streamedBytes == streamed)
  }

  @Test(arguments: [
    ("{ answer: 1MiB, streamFrom: 2MiB }", "streamFrom is at most"),
    ("{ answer: 2MiB, streamed: 1MiB }", "streamed is at least"),
    ("{ streamFrom: 2MiB, streamed: 1MiB }", "streamFrom is at most"),
    ("{ streamFrom: 1 }", "outside"), ("{ streamTo: 1MiB }", "streamTo"),
  ])
  func limitsOfAnswersThatContradictAreRefused(limits: String, message: String) {
    let complaint = Self.complaint("server: { limits: \(limits) }")
    #expect(complaint.contains(message), "\(complaint)")
  }

  @Test func nothingSaidIsTheUsual() throws {
    let configuration = try Self.load("")
    #expect(configuration.dataverse.versions == ["v9.2"])
    #expect(configuration.log.access == .standardError)
    #expect(configuration.log.decisions == .off)
    #expect(configuration.log.literals == .omitted)
    #expect(configuration.callers.anonymousScope == "default" && configuration.callers.anonymousClaims.isEmpty)
  }

  @Test func schemaFileIsRead() throws {
    #expect(try Self.load("").schemaFile == nil)
    #expect(try Self.load("schema: a.xml").schemaFile == "a.xml")
    #expect(try Self.load("schema: a.xml", environment: ["SLUICE_SCHEMA": "b.xml"]).schemaFile == "b.xml")
    let flags = ConfigurationFlags(schema: "c.xml", sandbox: true)
    #expect(
      try ConfigurationLoader.load(file: nil, environment: ["SLUICE_SCHEMA": "b.xml"], flags: flags).schemaFile
        == "c.xml")
  }

  @Test func claimsAreReadForKeysAndForCallersWithout() throws {
    let configuration = try Self.load(
      """
      callers:
        anonymous: { scope: default, claims: { region: none } }
        keys:
          - { id: shop, sha256: \(Self.hash), claims: { region: EMEA, cost_centre: "42" } }
      """)
    #expect(configuration.callers.keys.map(\.claims) == [["region": "EMEA", "cost_centre": "42"]])
    #expect(configuration.callers.anonymousScope == "default")
    #expect(configuration.callers.anonymousClaims == ["region": "none"])
    let overridden = try Self.load(
      "callers: { anonymous: { scope: default, claims: { a: b } } }",
      environment: ["SLUICE_CALLERS_ANONYMOUS": "other"])
    #expect(overridden.callers.anonymousScope == "other" && overridden.callers.anonymousClaims == ["a": "b"])
  }

  static func claims(_ count: Int) -> String {
    "callers: { anonymous: { scope: default, claims: { \((0..<count).map { "c\($0): x" }.joined(separator: ", ")) } } }"
  }

  @Test func claimsHaveLimits() {
    #expect(Self.complaint(Self.claims(32)).isEmpty)
    #expect(Self.complaint(Self.claims(33)).contains("32 claims"))
  }

  @Test(arguments: [
    ("{ region: 42 }", "Text is wanted"), ("{ region: no }", "Text is wanted"), ("{ region: [a] }", "Text is wanted"),
    ("{ \"a-b\": x }", "no name of a claim"), ("{ 1a: x }", "no name of a claim"), ("{ region: \"\" }", "1 to 256"),
    ("{ region: \"a\\tb\" }", "1 to 256"), ("{ region: a, region: b }", "region"), ("[a]", "mapping"),
  ])
  func otherClaimsAreErrors(claims: String, complaint: String) {
    let text = Self.complaint("callers: { anonymous: { scope: default, claims: \(claims) } }")
    #expect(text.contains(complaint), "\(text)")
  }

  @Test func anonymousNeedsAScope() {
    #expect(Self.complaint("callers: { anonymous: { claims: { a: b } } }").contains("`scope` is missing"))
  }

  @Test func versionsAreChosen() throws {
    let configuration = try Self.load("dataverse: { versions: [v9.0, v9.1, v9.2] }")
    #expect(configuration.dataverse.versions == ["v9.0", "v9.1", "v9.2"])
  }

  @Test(arguments: [
    ("[v9.2, v8.2]", "no version that can be accepted"), ("[v9.0]", "`v9.2` is missing"), ("[]", "`v9.2` is missing"),
    ("[9.2]", "Text is wanted"), ("v9.2", "list"), ("[v9.2, v9.2]", "twice"), ("[V9.2]", "no version"),
  ])
  func otherVersionsAreErrors(versions: String, complaint: String) {
    let text = Self.complaint("dataverse: { versions: \(versions) }")
    #expect(text.contains(complaint), "\(text)")
  }

  @Test(arguments: [
    ("{ decisions: stderr }", Configuration.Log.Destination.standardError, Configuration.Log.Literals.omitted),
    ("{ decisions: /x/y, literals: hashed }", .file("/x/y"), .hashed(keyFile: nil)),
    ("{ decisions: \"off\", literals: hashed, literalKeyFile: /k }", .off, .hashed(keyFile: "/k")),
  ])
  func decisionsAreConfigured(
    log: String, decisions: Configuration.Log.Destination, literals: Configuration.Log.Literals
  ) throws {
    let configuration = try Self.load("log: \(log)")
    #expect(configuration.log.decisions == decisions)
    #expect(configuration.log.literals == literals)
  }

  @Test(arguments: [
    ("{ literals: plain }", "`omitted` or `hashed`"), ("{ literalKeyFile: /k }", "nothing to use this key for"),
    ("{ decision: stderr }", "decision"),
  ])
  func otherLogsAreErrors(log: String, complaint: String) {
    let text = Self.complaint("log: \(log)")
    #expect(text.contains(complaint), "\(text)")
  }
}
