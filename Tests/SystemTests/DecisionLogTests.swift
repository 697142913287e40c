import Foundation
import Testing

/// What the decision log tells, and what it never does.
@Suite struct DecisionLogTests {
  static let instance = "00000000-0000-4000-8000-000000000001"

  final class Subject: Sendable {
    let organization: FakeOrganization
    let program: Program
    let origin: String
    let folder: TemporaryFolder
    let file: String

    init(_ log: String = "", policy: String? = nil, callers: String = "{ anonymous: default }") throws {
      organization = try FakeOrganization { line in
        FakeOrganization.json(
          "{\"value\":[{\"msdynci_fullname\":\"\(line.replacingOccurrences(of: "\"", with: ""))\"}]}")
      }
      folder = try TemporaryFolder()
      file = folder.file("decisions.jsonl")
      var arguments: [String] = []
      if let policy { arguments = ["--policy", try folder.write("policy.yaml", policy)] }
      let configuration = try folder.write(
        "sluice.yaml",
        """
        version: 1
        server: { listen: "127.0.0.1:0" }
        upstream: { url: "\(organization.origin)", httpVersion: 1 }
        instances: ["\(DecisionLogTests.instance)"]
        callers: \(callers)
        log: { access: "off", decisions: "\(file)"\(log) }
        """)
      program = try Program(["serve", "--config", configuration] + arguments)
      origin = try program.address("gateway")
    }

    deinit {
      program.kill9()
      organization.stop()
      folder.remove()
    }

    var text: String { (try? String(contentsOfFile: file, encoding: .utf8)) ?? "" }

    /// The line of a response, found by the id that both have.
    func line(of response: HTTPConnection.Response) throws -> String {
      let id = try #require(response["x-request-id"])
      var found: Substring?
      _ = PolicyReloadTests.eventually {
        found = text.split(separator: "\n").first { $0.contains("\"id\":\"\(id)\"") }
        return found != nil
      }
      return String(try #require(found, "no decision \(id) in \(text)"))
    }

    /// Without what differs from run to run.
    func normalized(_ line: String) -> String {
      line.replacing(/"time":"[0-9T:.Z-]{24}"/, with: "\"time\":\"T\"").replacing(
        /"id":"[0-9a-f]+"/, with: "\"id\":\"I\""
      )
      .replacing(/"version":"[0-9a-f]{16}"/, with: "\"version\":\"V\"")
      .replacing(/"shape":"[0-9a-f]{16}"/, with: "\"shape\":\"S\"")
    }
  }

  static let shared = Result { try Subject() }
  static let start = #"{"time":"T","id":"I","policy":"customer-insights","version":"V","#
  static let reads = "/api/data/v9.2/msdynci_customerprofiles"

  static let golden: [(method: String, target: String, field: String, line: String)] = [
    (
      "GET", "\(reads)?$select=msdynci_fullname&$top=1", "X: y",
      #""dialect":"dataverse","verdict":"allow","caller":"anonymous","scope":"default","table":"msdynci_customerprofile","rule":"default:msdynci_customerprofile","shape":"S"}"#
    ),
    (
      "GET", "\(reads)?$filter=msdynci_lastname eq 'x'", "X: y",
      #""dialect":"dataverse","verdict":"allow","caller":"anonymous","scope":"default","table":"msdynci_customerprofile","rule":"default:msdynci_customerprofile","obligations":["select","pageSize"],"shape":"S"}"#
    ),
    (
      "GET", "/v1/instances/\(instance)/data/Customer?$filter=LastName eq 'x'&$select=FullName", "X: y",
      #""dialect":"legacy","verdict":"allow","caller":"anonymous","scope":"default","table":"msdynci_customerprofile","rule":"default:msdynci_customerprofile","obligations":["pageSize"],"shape":"S"}"#
    ),
    (
      "GET", "\(reads)?$select=msdynci_secret,msdynci_other&$top=1", "X: y",
      #""dialect":"dataverse","verdict":"deny","caller":"anonymous","scope":"default","rule":"policy.column.select","rules":[{"id":"policy.column.select","severity":"error","table":"msdynci_customerprofile"}],"shape":"S"}"#
    ),
    (
      "GET", "\(reads)?$select=msdynci_mobilephone,msdynci_birthdate&$orderby=msdynci_birthdate", "X: y",
      #""dialect":"dataverse","verdict":"deny","caller":"anonymous","scope":"default","rule":"policy.column.order","rules":[{"id":"policy.column.order","severity":"error","table":"msdynci_customerprofile","column":"msdynci_birthdate"}],"shape":"S"}"#
    ),
    (
      "GET", "\(reads)?$filter=msdynci_lastname eq 'x", "X: y",
      #""dialect":"dataverse","verdict":"deny","caller":"anonymous","scope":"default","rule":"syntax.unterminated-string"}"#
    ),
    (
      "GET", "/nothing", "X: y",
      #""dialect":"dataverse","verdict":"deny","caller":"anonymous","scope":"default","rule":"route.unknown"}"#
    ),
    (
      "GET", "/api/data/v8.2/x", "X: y",
      #""dialect":"dataverse","verdict":"deny","caller":"anonymous","scope":"default","rule":"route.version"}"#
    ),
    (
      "GET", "\(reads)?$select=msdynci_fullname&$top=1", "MSCRMCallerID: x",
      #""dialect":"dataverse","verdict":"deny","caller":"anonymous","scope":"default","rule":"policy.header","shape":"S"}"#
    ),
    (
      "GET", reads, "Ocp-Apim-Subscription-Key: wrong",
      #""dialect":"dataverse","verdict":"deny","rule":"identity.subscription-key"}"#
    ),
    ("DELETE", reads, "X: y", #""dialect":"dataverse","verdict":"deny","rule":"guard.write"}"#),
    (
      "POST", "/v1/instances/\(instance)/data/Customer", "X: y",
      #""dialect":"legacy","verdict":"deny","rule":"writesRefused"}"#
    ),
    ("GET", reads, "Transfer-Encoding: chunked", #""dialect":"dataverse","verdict":"deny","rule":"guard.content"}"#),
    (
      "GET", "/" + String(repeating: "y", count: 33_000), "X: y",
      #""dialect":"dataverse","verdict":"deny","rule":"guard.target"}"#
    ),
  ]

  @Test(arguments: golden.indices)
  func everyDecisionIsOneLine(row: Int) throws {
    let subject = try Self.shared.get()
    let (method, target, field, line) = Self.golden[row]
    let response = try HTTPConnection.get(subject.origin, encoded(target), method: method, headers: [field])
    #expect(subject.normalized(try subject.line(of: response)) == Self.start + line)
  }

  @Test func whatIsNoHTTPIsADecisionToo() throws {
    let subject = try Self.shared.get()
    let connection = try HTTPConnection(subject.origin)
    try connection.send(raw: "NONSENSE\r\n\r\n")
    let line = try subject.line(of: try connection.response())
    #expect(subject.normalized(line) == Self.start + #""dialect":"dataverse","verdict":"deny","rule":"guard.framing"}"#)
  }

  @Test func hitsAndMissesAreDecisionsOfOneShape() throws {
    let subject = try Self.shared.get()
    var shapes: Set<Substring> = []
    var statuses: [Bool] = []
    for name in ["a", "b", "b"] {
      let response = try HTTPConnection.get(
        subject.origin, "\(Self.reads)?$select=msdynci_fullname&$filter=msdynci_email%20eq%20'\(name)'")
      statuses.append(response["cache-status"]?.contains("hit") == true)
      let line = try subject.line(of: response)
      #expect(!line.contains("literals"))
      shapes.insert(try #require(line.firstMatch(of: /"shape":"([0-9a-f]{16})"/)).1)
    }
    #expect(statuses == [false, false, true])
    #expect(shapes.count == 1)
  }

  @Test func theFileIsItsOwnersAlone() throws {
    let subject = try Self.shared.get()
    _ = try subject.line(of: try HTTPConnection.get(subject.origin, "/nothing"))
    let mode = try FileManager.default.attributesOfItem(atPath: subject.file)[.posixPermissions] as? Int
    #expect(mode == 0o600)
  }

  /// In names, values, paths and fields, allowed and refused: the log holds nothing of it.
  @Test(arguments: [false, true]) func noLiteralIsEverInIt(isHashed: Bool) throws {
    let subject = try isHashed ? Subject(", literals: hashed") : Self.shared.get()
    let marker = "MarkerZ9"
    let targets = [
      "\(Self.reads)?$filter=msdynci_lastname eq '\(marker)'", "\(Self.reads)?$filter=msdynci_lastname eq \(marker)",
      "\(Self.reads)?$filter=contains(msdynci_lastname,'\(marker)')",
      "\(Self.reads)?$filter=contains(msdynci_lastname,'\(marker)",
      "\(Self.reads)?$select=\(marker)", "\(Self.reads)?$orderby=\(marker)", "\(Self.reads)?\(marker)=1",
      "\(Self.reads)?tag=\(marker)", "\(Self.reads)('\(marker)')", "\(Self.reads)(msdynci_customerid='\(marker)')",
      "\(Self.reads)?$skiptoken=\(marker)", "\(Self.reads)?$search=\(marker)", "\(Self.reads)?$expand=\(marker)",
      "\(Self.reads)?$filter=msdynci_lastname eq @p&@p='\(marker)'", "/\(marker)", "/api/data/v9.2/\(marker)",
      "\(Self.reads)?$filter=Microsoft.Dynamics.CRM.In(PropertyName='\(marker)',PropertyValues=['\(marker)'])",
      "/api/data/\(marker)/x", "/v1/instances/\(Self.instance)/data/Customer?$filter=LastName eq '\(marker)'",
      "/v1/instances/\(Self.instance)/data/\(marker)", "/v1/instances/\(marker)/data/Customer",
      "/v1/instances/\(Self.instance)/\(marker)", "\(Self.reads)?$apply=filter(msdynci_lastname eq '\(marker)')",
    ]
    var last: HTTPConnection.Response?
    for target in targets {
      for field in ["X-\(marker): \(marker)", "MSCRM.\(marker): \(marker)", "Ocp-Apim-Subscription-Key: \(marker)"] {
        last = try HTTPConnection.get(subject.origin, encoded(target), headers: [field])
      }
    }
    _ = try subject.line(of: try #require(last))
    let text = subject.text
    #expect(text.split(separator: "\n").count >= targets.count * 3)
    #expect(!text.lowercased().contains(marker.lowercased()))
    for line in text.split(separator: "\n") {
      #expect((try? JSONSerialization.jsonObject(with: Data(line.utf8))) is [String: Any], "\(line)")
    }
  }

  @Test func hashedLiteralsTellEqualityAndNothingElse() throws {
    let subject = try Subject(", literals: hashed")
    func marks(_ filter: String) throws -> [String] {
      let target = "\(Self.reads)?$select=msdynci_fullname&$filter=\(filter)"
      let line = try subject.line(of: try HTTPConnection.get(subject.origin, encoded(target)))
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      return object?["literals"] as? [String] ?? []
    }
    let first = try marks("msdynci_lastname eq 'Abe' and msdynci_email eq 'a@b'")
    let second = try marks("msdynci_email eq 'c@d' and msdynci_lastname eq 'Abe'")
    #expect(first.count == 2 && second.count == 2)
    #expect(first[0] == second[1] && first[1] != second[0])
    #expect((first + second).allSatisfy { $0.count == 16 && $0.allSatisfy(\.isHexDigit) })
    let many = try marks((0..<70).map { "msdynci_email eq 'e\($0)'" }.joined(separator: " or "))
    #expect(many.count == 64)
    #expect(subject.text.contains("\"moreLiterals\":6"))
  }

  /// With the key in a file, marks of one run and of the next can be compared.
  @Test func aKeyFileOutlivesTheProcess() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let key = folder.file("literals.key")
    var marks: Set<String> = []
    for _ in 1...2 {
      let subject = try Subject(", literals: hashed, literalKeyFile: \"\(key)\"")
      let line = try subject.line(
        of: try HTTPConnection.get(subject.origin, "\(Self.reads)?$filter=msdynci_email%20eq%20'a'"))
      marks.insert(String(try #require(line.firstMatch(of: /"literals":\["([0-9a-f]{16})"\]/)).1))
    }
    #expect(marks.count == 1)
    let mode = try FileManager.default.attributesOfItem(atPath: key)[.posixPermissions] as? Int
    #expect(mode == 0o600)
  }
}
