import Foundation
import Testing

@Suite struct CommandTests {
  /// A result that cannot be written must not look like an empty one.
  @Test(arguments: [
    "parse 'a?$top=1'", "parse --json 'a?$top=x'", "lint /dev/null", "explain '/api/data/v9.2/msdynci_predictions'",
  ])
  func resultsThatCannotBeWrittenAreFailures(_ command: String) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "'\(Program.binary)' \(command) > /dev/full"]
    let errors = Pipe()
    process.standardError = errors
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 2)
    #expect(text.hasPrefix("sluice: standard output: "), "\(text)")
  }

  @Test func aPortInUseIsOneSentence() throws {
    let gateway = try Gateway.shared.get()
    let port = try #require(gateway.origin.split(separator: ":").last)
    let result = try Program.run(["serve", "--sandbox", "--listen", "127.0.0.1:\(port)"])
    #expect(result.status == 1)
    #expect(
      result.errors
        == "sluice: Port \(port) on 127.0.0.1 is in use; stop what listens there or choose another with --listen.\n")
  }

  @Test func theSandboxAndLintSayWhyTheyCannotRun() throws {
    let port = try #require(try Gateway.shared.get().origin.split(separator: ":").last)
    let sandbox = try Program.run(["sandbox", "--port", "\(port)", "--customers", "1"])
    #expect(sandbox.status == 1)
    #expect(sandbox.errors == "sluice: Port \(port) is in use; choose another, or 0 for any.\n")
    #expect(try Program.run(["lint"]).status == 2)
    #expect(try Program.run(["lint", "/nowhere.txt"]).status == 2)
  }

  @Test func healthAndReadinessHaveTheirOwnAddress() throws {
    let gateway = try Gateway.shared.get()
    #expect(try HTTPConnection.get(gateway.admin, "/healthz").text == "ok\n")
    #expect(try HTTPConnection.get(gateway.admin, "/readyz").text == "ready\n")
    #expect(try HTTPConnection.get(gateway.admin, "/readyz", method: "POST").status == 405)
    #expect(try HTTPConnection.get(gateway.admin, "/other").status == 404)
    #expect(try HTTPConnection.get(gateway.origin, "/healthz").status == 404)
  }

  /// What a load balancer's TCP probe does, more often than there are places.
  @Test func probesThatOnlyConnectTakeNoPlaceForGood() throws {
    let gateway = try Gateway(["--access-log", "off"], customers: 20)
    for round in 0..<3 {
      for _ in 0..<70 {
        let probe = try HTTPConnection(gateway.admin)
        if round == 1 { try probe.send(raw: "GET /he") }
      }
    }
    let deadline = Date().addingTimeInterval(60)
    while (try? HTTPConnection.get(gateway.admin, "/healthz").text) != "ok\n" {
      guard Date() < deadline else { throw Program.Failure(description: "the admin address answers no more") }
      usleep(20_000)
    }
  }

  /// Configuration → what standard error says, `FILE` for the file's path.
  static let wrong: [(String, [String])] = [
    (
      "version: 1\nsandbox: {}\nserver: { lisen: \"a:1\" }\n",
      ["FILE:3:11: error: `lisen` is not a key of this mapping."]
    ),
    ("version: 2\nsandbox: {}\n", ["FILE:1:10: error:"]),
    (
      "version: 1\nsandbox: {}\nserver: { listen: nowhere }\n",
      ["FILE:3:19: error: This is not an address to listen on."]
    ),
    ("version: 1\nsandbox: {}\nserver: { listen: \"0.0.0.0:1\" }\n", ["A wildcard address is no address for links."]),
    ("version: 1\n", ["There is nothing to read from."]),
    (
      "version: 1\nupstream: { url: \"http://example.com\" }\ncallers: { anonymous: default }\n",
      ["must be an https URL"]
    ),
    ("version: 1\nupstream: { url: \"https://example.com\" }\n", ["Nobody may call this gateway."]),
    (
      "version: 1\nsandbox: {}\ncallers: { keys: [ { id: a, sha256: \"12\" } ] }\n",
      ["FILE:3:20: error: The hash of caller `a` is not a SHA-256"]
    ),
    ("version: 1\nsandbox: { customers: 0 }\nlog: { level: x }\n", ["FILE:2:23: error:", "FILE:3:8: error:"]),
    ("version: 1\nsandbox: {}\nversion: 1\n", ["Repeated in one mapping"]),
    ("version: [\n", ["not YAML"]),
    ("version: 1\nsandbox: {}\ninstances: [ nothing ]\n", ["FILE:3:14: error: An instance id is not a GUID."]),
    (
      "version: 1\nsandbox: {}\ncallers: { anonymous: defualt }\n",
      ["FILE:3:23: error: The policy has no scope `defualt`.", "It has: default"]
    ),
    (
      "version: 1\nupstream:\n  url: https://example.com\n  entra: { tenant: t }\ncallers: { anonymous: default }\n",
      ["FILE:4:10: error: `clientId` is missing here.", "FILE:4:10: error: The client secret is missing here."]
    ),
    (
      "version: 1\nupstream:\n  url: https://example.com\n  entra: { tenant: t, clientId: c, secretFile: /nowhere/s }\n"
        + "callers: { anonymous: default }\n", ["FILE:4:48: error:"]
    ),
    (
      "version: 1\nsandbox: {}\npolicy: /nowhere/policy.yaml\n",
      ["/nowhere/policy.yaml: error: The file cannot be read"]
    ),
  ]

  @Test(arguments: wrong)
  func wrongConfigurationsAreNamedWithTheirPlace(text: String, says: [String]) throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let file = try folder.write("sluice.yaml", text)
    let result = try Program.run(
      ["serve", "--config", file, "--listen", "127.0.0.1:0"].filter {
        !text.contains("listen:") || !["--listen", "127.0.0.1:0"].contains($0)
      })
    #expect(result.status == 1)
    for line in says {
      #expect(result.errors.contains(line.replacingOccurrences(of: "FILE", with: file)), "\(result.errors)")
    }
  }

  @Test func unknownVariablesAndFlagsAreErrors() throws {
    let variable = try Program.run(["serve", "--sandbox"], environment: ["SLUICE_LISTEN": "127.0.0.1:0"])
    #expect(variable.status == 1)
    #expect(variable.errors.contains("environment variable SLUICE_LISTEN"))
    #expect(try Program.run(["serve", "--sandbox", "--nothing"]).status == 2)
    #expect(try Program.run(["serve", "--config", "/nowhere.yaml"]).status == 1)
  }

  @Test func variablesOverrideTheFileAndFlagsOverrideThem() throws {
    let program = try Program(
      ["serve", "--sandbox", "--admin", "127.0.0.1:0"],
      environment: ["SLUICE_SERVER_LISTEN": "127.0.0.1:0", "SLUICE_SERVER_ADMIN": "256.0.0.1:99"])
    _ = try program.address("admin")
    let origin = try program.address("gateway")
    #expect(!origin.hasSuffix(":8080"))
    program.terminate()
    #expect(program.wait() == 0)
  }

  @Test func theExampleConfigurationIsWhole() throws {
    // Everything in it is read before the secret file, which is not there, is missed; that is the only complaint.
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let result = try Program.run(["serve", "--config", root.appendingPathComponent("deploy/sluice.yaml").path])
    #expect(result.status == 1)
    let complaints = result.errors.components(separatedBy: "error:").count - 1
    #expect(complaints == 1 && result.errors.contains("/etc/sluice/client-secret"), "\(result.errors)")
  }

  @Test func theAccessLogHoldsNoLiteral() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let file = folder.file("access.log")
    let gateway = try Gateway(["--access-log", file], customers: 20)
    for target in [
      "/api/data/v9.2/msdynci_customerprofiles?$filter=msdynci_lastname eq 'hiddenliteral'",
      "/api/data/v9.2/msdynci_customerprofiles?$filter=hiddencolumn eq 'hiddenliteral'",
      "/v1/instances/{instanceID}/data/Customer?$filter=CustomerId eq 'hiddenliteral'", "/hiddenpath",
    ] {
      _ = try HTTPConnection.get(
        gateway.origin, encoded(gateway.filled(target)), headers: ["Ocp-Apim-Subscription-Key: hiddenkey"])
    }
    gateway.program.terminate()
    #expect(gateway.program.wait() == 0)
    let text = try String(contentsOfFile: file, encoding: .utf8)
    let lines = text.split(separator: "\n")
    #expect(lines.count == 4)
    for line in lines {
      let json = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      for name in ["time", "id", "method", "dialect", "rule", "status", "bytes", "ms", "cache"] {
        #expect(json[name] != nil)
      }
    }
    for text in [text, gateway.program.standardError] { #expect(!text.contains("hidden"), "\(text)") }
    let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
    #expect(mode == 0o600)
  }

  // MARK: lint and explain

  @Test func lintPointsAtWhatIsWrong() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let clean = try folder.write(
      "clean.txt",
      """
      # clean in every way
      msdynci_customerprofiles?$filter=msdynci_email eq 'a'&$select=msdynci_fullname&$top=1
      https://org.crm.dynamics.com/api/data/v9.2/msdynci_customermeasures?$select=msdynci_customerid&$top=1

      Customer?$filter=Email eq 'a'&$select=FullName
      """)
    let passed = try Program.run(["lint", clean])
    #expect(passed.status == 0, "\(passed.out)")
    #expect(passed.out == "3 queries, 0 findings\n")

    let bad = try folder.write(
      "bad.txt",
      """
      msdynci_customerprofiles?$fliter=msdynci_customerid eq 'a'
      GET /api/data/v9.2/msdynci_customerprofiles?$select=createdon&$top=1
      POST /api/data/v9.2/msdynci_customerprofiles
      """)
    let failed = try Program.run(["lint", bad])
    #expect(failed.status == 1)
    let lines = failed.out.components(separatedBy: "\n")
    #expect(lines[0].hasPrefix("\(bad):1:26: error: "))
    #expect(lines[0].hasSuffix(" [syntax.unknown-option]"))
    #expect(lines[1] == "  msdynci_customerprofiles?$fliter=msdynci_customerid eq 'a'")
    #expect(lines[2] == "  " + String(repeating: " ", count: 25) + "^~~~~~~")
    #expect(failed.out.contains("\(bad):2:53: error: "))
    #expect(failed.out.contains("[policy.column.select]"))
    #expect(failed.out.contains("\(bad):3:1: error: POST is not a read. [guard.write]"))
    #expect(failed.out.hasSuffix("3 queries, 3 errors\n"))

    let missing = try Program.run(["lint", folder.file("missing.txt")])
    #expect(missing.status == 2)
    #expect(missing.errors.contains("missing.txt: No such file or directory"))
    #expect(try Program.run(["lint", "-"], input: "msdynci_customermeasures\n").status == 0)
    #expect(try Program.run(["lint", clean, "--policy", bad]).status == 2)
  }

  /// Advice tells; what makes the exit status 1 is the reader's choice.
  @Test func lintTellsAdviceByItsLevel() throws {
    let queries = """
      msdynci_customerprofiles?$select=msdynci_fullname
      # sluice: ignore DV107
      msdynci_customermeasures?$select=msdynci_customerid
      msdynci_customerprofiles?$select=msdynci_fullname&$top=1&$filter=msdynci_email eq 'a' or msdynci_email eq 'A'

      """
    func lint(_ arguments: String...) throws -> (status: Int32, out: String, errors: String) {
      try Program.run(["lint", "-"] + arguments, input: queries)
    }
    let all = try lint()
    #expect(all.status == 0 && all.out.hasSuffix("3 queries, 1 warning, 1 note\n"), "\(all.out)")
    #expect(
      all.out.hasPrefix(
        """
        -:1:1: warning: Without $top and page size up to 500 rows come at once. [DV107]
          msdynci_customerprofiles?$select=msdynci_fullname
          ^~~~~~~~~~~~~~~~~~~~~~~~
          help: Give $top, or prefer odata.maxpagesize.

        -:4:90: note: Dataverse ignores case: this is the same as another condition. [DV202]
        """), "\(all.out)")
    #expect(try lint("--fail-on", "warning").status == 1)
    #expect(try lint("--fail-on", "warning", "--ignore", "DV107").status == 0)
    #expect(try lint("--fail-on", "note", "--ignore", "DV107").status == 1)
    #expect(try lint("--ignore", "DV107", "--ignore", "DV202").out == "3 queries, 0 findings\n")
    #expect(try lint("--prefer", "odata.maxpagesize=50").out.hasSuffix("3 queries, 1 warning, 1 note\n"))
    let wrong = try lint("--ignore", "DV003")
    #expect(wrong.status == 2 && wrong.errors.contains("`DV003` is none of them"))

    let json = try lint("--format", "json").out
    let object = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    let findings = try #require(object["findings"] as? [[String: Any]])
    #expect(object["queries"] as? Int == 3)
    #expect(findings.map { $0["rule"] as? String } == ["DV107", "DV202"])
    #expect(findings.map { $0["level"] as? String } == ["warning", "note"])
    #expect(findings.map { $0["column"] as? Int } == [1, 90] && findings.map { $0["endColumn"] as? Int } == [25, 110])

    let sarif = try lint("--format", "sarif").out
    let log = try #require(try JSONSerialization.jsonObject(with: Data(sarif.utf8)) as? [String: Any])
    let run = try #require((log["runs"] as? [[String: Any]])?.first)
    let results = try #require(run["results"] as? [[String: Any]])
    #expect(log["version"] as? String == "2.1.0" && run["columnKind"] as? String == "unicodeCodePoints")
    #expect(results.map { $0["ruleId"] as? String } == ["DV107", "DV202"])
    #expect(results.map { $0["level"] as? String } == ["warning", "note"])
    let broken = try Program.run(["lint", "--format", "sarif", "-"], input: "msdynci_customerprofiles?$skip=1\n")
    #expect(broken.status == 1 && broken.out.contains(#""level":"error""#))
  }

  /// What is printed is what the gateway sends.
  @Test func migratePrintsEveryReadThatIsSent() throws {
    let gateway = try Gateway(["--access-log", "off"], customers: 20)
    let old = gateway.filled(
      "Customer?$select=CustomerId&$filter=CustomerId eq '{customerID}'&$expand=Customer_Measure")
    let printed = try Program.run(["migrate", "-"], input: old + "\n")
    #expect(printed.status == 0)
    let requests = printed.out.split(separator: "\n").filter { $0.hasPrefix("  new ") }.map { $0.dropFirst(12) }
    #expect(requests.count == 2, "\(printed.out)")
    let before = try gateway.statistics().requests
    let instance = "/v1/instances/\(gateway.samples["instanceID"] ?? "")/data/"
    let answer = try HTTPConnection.get(gateway.origin, encoded(instance + old)).json()
    #expect(try gateway.statistics().requests - before == requests.count)
    let row = try #require((answer["value"] as? [[String: Any]])?.first)
    let id = try #require(row["CustomerId"] as? String)
    // By hand, as a caller would who follows what was printed.
    var rows: [[String: Any]] = []
    for request in requests {
      let target = request.replacingOccurrences(of: "{id}", with: id)
      let page = try HTTPConnection.get(gateway.sandbox, target).json()
      rows += try #require(page["value"] as? [[String: Any]])
    }
    #expect(rows.map { $0["msdynci_customerid"] as? String } == [id, id])
    let measures = try #require(rows.last?["msdynci_measures"] as? String)
    let members = try #require(try JSONSerialization.jsonObject(with: Data(measures.utf8)) as? [String: Any])
    let shown = try #require(row["Customer_Measure"] as? [String: Any])
    #expect(Set(members.keys).union(["CustomerId"]) == Set(shown.keys))
  }

  @Test func explainTellsEveryStage() throws {
    let result = try Program.run([
      "explain",
      "https://api.ci.ai.dynamics.com/v1/instances/00000000-0000-0000-0000-000000000001/data/"
        + "UnifiedActivity$filter=CustomerId eq 'a' & $orderby=ActivityTime asc",
    ])
    #expect(result.status == 0, "\(result.out)\(result.errors)")
    for line in [
      "dialect   legacy", "msdynci_unifiedactivity.msdynci_customerid: select, filter",
      "msdynci_unifiedactivity.msdynci_activitytime: select, order", "verdict   allow",
      "upstream  GET /api/data/v9.2/msdynci_unifiedactivities?$select=", "$orderby=msdynci_activitytime",
      "Prefer: odata.maxpagesize=100", "cache     60 s; key legacy|",
    ] {
      #expect(result.out.contains(line), "\(line) in\n\(result.out)")
    }
    let expanded = try Program.run([
      "explain", "Customer?$select=CustomerId&$filter=IsMemberOfSegment('A')&$expand=Customer_Measure",
    ])
    #expect(expanded.status == 0, "\(expanded.out)\(expanded.errors)")
    let lines = expanded.out.split(separator: "\n").map(String.init)
    #expect(
      lines.filter { ["read", "verd", "upst", "then"].contains($0.prefix(4)) } == [
        "read 1    once", "verdict   allow (rule default:msdynci_segmentmembership)",
        "upstream  GET /api/data/v9.2/msdynci_segmentmemberships?$select=msdynci_customerid,msdynci_segments,"
          + "msdynci_identifier&$filter=contains(msdynci_segments,'%22A%22')",
        "then      Keep the rows whose list in `msdynci_segments` names the segment: others may have its text in them.",
        "read 2    for each 50 ids in `msdynci_customerid` of read 1, joined by `or`",
        "verdict   allow (rule default:msdynci_customerprofile)",
        "upstream  GET /api/data/v9.2/msdynci_customerprofiles?$select=msdynci_customerid"
          + "&$filter=msdynci_customerid%20eq%20'{id}'",
        "read 3    for each 50 ids in `msdynci_customerid` of read 2, joined by `or`",
        "verdict   allow (rule default:msdynci_customermeasure)",
        "upstream  GET /api/data/v9.2/msdynci_customermeasures?$select=msdynci_customerid,msdynci_measures,"
          + "msdynci_identifier&$filter=msdynci_customerid%20eq%20'{id}'",
        "then      Put the rows into those with the same `msdynci_customerid`, as the object `Customer_Measure`.",
      ], "\(expanded.out)")
    #expect(lines.contains { $0.hasSuffix("(string \"{id}\"))))") }, "\(expanded.out)")
    let refused = try Program.run(["explain", "accounts?$top=1"])
    #expect(refused.status == 1)
    #expect(refused.out.contains("verdict   refuse with 403") && refused.out.contains("[policy.table]"))
    #expect(try Program.run(["explain", " "]).status == 2)
  }
}
