import Foundation
import Testing

/// `sluice compare` as a user runs it, between real servers.
@Suite struct CompareCommandTests {
  private func corpus(_ text: String, _ body: (String) throws -> Void) throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    try body(try folder.write("corpus.txt", text))
  }

  private func compare(
    _ left: String, _ right: String, _ file: String, _ more: [String] = [], environment: [String: String] = [:]
  ) throws -> (status: Int32, out: String, errors: String) {
    try Program.run(
      ["compare", "--left", left, "--right", right, "--corpus", file] + more, environment: environment)
  }

  /// The Dataverse dialect through the gateway against what lies behind it, page by page.
  @Test func theGatewayAnswersAsTheOrganizationDoes() throws {
    let gateway = try Gateway.shared.get()
    // Dataverse adds the primary id to whatever is asked for; the gateway gives what was asked for.
    let ids = ["--ignore", "msdynci_unifiedactivityid", "--ignore", "msdynci_customerprofileid"]
    let text = gateway.filled(
      """
      # what a back end asks
      msdynci_customerprofiles?$select=msdynci_customerid,msdynci_fullname&$filter=msdynci_customerid eq '{customerID}'
      msdynci_unifiedactivities?$select=msdynci_activityid,msdynci_activitytime&$orderby=msdynci_activitytime desc&$top=20
      """)
    try corpus(text) { file in
      let result = try compare(gateway.origin, gateway.sandbox, file, ["--all"] + ids)
      #expect(result.out.hasSuffix("2 queries: 2 same, 0 with differences, 0 not compared\n"), "\(result.out)")
      #expect(result.status == 0, "\(result.errors)")
    }
    // Pages of different sizes on the two sides.
    try corpus("/api/data/v9.2/msdynci_customerprofiles?$select=msdynci_customerid,msdynci_city\n") { file in
      let result = try compare(
        gateway.origin, gateway.sandbox + "/api/data/v9.2", file,
        ["--json", "--left-header", "Prefer: odata.maxpagesize=60"] + ids)
      #expect(result.status == 0, "\(result.out)\(result.errors)")
      #expect(result.out.contains(#""left":{"status":200,"pages":5,"rows":250}"#), "\(result.out)")
    }
  }

  @Test func twoServersThatDifferAreToldApart() throws {
    let left = try FakeOrganization { line in
      line.contains("page2")
        ? FakeOrganization.json(#"{"value":[{"CustomerId":"b","Name":"hiddenB"}]}"#)
        : FakeOrganization.json(
          #"{"@odata.context":"left","value":[{"CustomerId":"a","Name":"hiddenA"}],"@odata.nextLink":"/page2?x"}"#)
    }
    let right = try FakeOrganization { _ in
      FakeOrganization.json(
        #"{"@odata.context":"right","value":[{"CustomerId":"b","Name":"other"},{"CustomerId":"a","Name":"hiddenA"}]}"#)
    }
    defer {
      left.stop()
      right.stop()
    }
    let text = """
      GET /v1/instances/11111111-2222-3333-4444-555555555555/data/Customer?$filter=Name eq 'hidden literal'
      GET /v1/instances/11111111-2222-3333-4444-555555555555/data/Customer?$filter=Name eq 'hidden literal'
      POST /v1/instances/11111111-2222-3333-4444-555555555555/data/Customer
      """
    try corpus(text) { file in
      let secret = ["SLUICE_TEST_KEY": "hidden-key"]
      let options = ["--left-header-env", "X-Key=SLUICE_TEST_KEY", "--right-instance", "abc"]
      let result = try compare(left.origin, right.origin, file, options, environment: secret)
      #expect(result.status == 1, "\(result.errors)")
      #expect(
        result.out == """
          \(file):1: 1 difference: Customer?$filter=Name eq :string
            left   status 200, 2 rows on 2 pages
            right  status 200, 2 rows on 1 page
            value[1→0]/Name: another value (text)
          1 query: 0 same, 1 with differences, 0 not compared
          repeated, asked once: 1
          left out, not a GET: 1

          """)
      #expect(!(result.out + result.errors).contains("hidden"))
      #expect(left.seen.allSatisfy { $0.line.hasPrefix("GET /") && $0.headers.contains("X-Key: hidden-key") })
      #expect(left.seen.map { $0.line.contains("/page2?x") } == [false, true])
      #expect(right.seen.allSatisfy { !$0.headers.contains { $0.hasPrefix("X-Key") } })
      #expect(
        right.seen.map(\.line) == [
          "GET /v1/instances/abc/data/Customer?$filter=Name%20eq%20'hidden%20literal' HTTP/1.1"
        ])
      let shown = try compare(left.origin, right.origin, file, options + ["--show-values"], environment: secret)
      #expect(shown.out.contains(#"value[1→0 CustomerId="b"]/Name: "hiddenB" and "other""#), "\(shown.out)")
      #expect(try compare(left.origin, right.origin, file, ["--ignore", "Name"]).status == 0)
      let first = try compare(left.origin, right.origin, file, ["--pages", "1"])
      #expect(first.status == 0)
      #expect(first.out.contains("; 1 only in part\n"))
    }
  }

  @Test func whatCannotBeComparedIsNotTheSame() throws {
    let good = try FakeOrganization { _ in FakeOrganization.json(#"{"value":[]}"#) }
    let busy = try FakeOrganization { _ in
      FakeOrganization.json("{}", status: "429 Too Many Requests", fields: "Retry-After: 0\r\n")
    }
    let large = try FakeOrganization { _ in
      FakeOrganization.json("[\"\(String(repeating: "x", count: 1_200_000))\"]")
    }
    let broken = try FakeOrganization { line in
      line.contains("dup") ? FakeOrganization.json(#"{"value":[],"value":[]}"#) : FakeOrganization.json("{\"value\":")
    }
    defer { for server in [good, busy, large, broken] { server.stop() } }
    try corpus("/a\n") { file in
      let throttled = try compare(good.origin, busy.origin, file, ["--retries", "1"])
      #expect(throttled.status == 2)
      #expect(throttled.out.contains("  right: The server is asked too often (status 429)"), "\(throttled.out)")
      #expect(busy.seen.count == 2)
      let huge = try compare(large.origin, good.origin, file, ["--body-megabytes", "1"])
      #expect(huge.status == 2)
      #expect(huge.out.contains("  left:  The answer is larger than --body-megabytes allows.\n"), "\(huge.out)")
      let refused = try compare("http://127.0.0.1:1", good.origin, file)
      #expect(refused.status == 2)
      #expect(refused.out.contains("1 query: 0 same, 0 with differences, 1 not compared\n"), "\(refused.out)")
    }
    try corpus("/a\n/dup\n") { file in
      #expect(try compare(broken.origin, broken.origin, file).status == 0)
      let result = try compare(broken.origin, good.origin, file)
      #expect(result.status == 1)
      #expect(result.out.contains("2 queries: 0 same, 2 with differences, 0 not compared\n"), "\(result.out)")
    }
  }

  /// Options → what standard error says.
  @Test func mistakesAreNamed() throws {
    let local = "http://127.0.0.1:1"
    try corpus("/a\n") { file in
      for (arguments, says) in [
        (
          ["--left", "http://example.com", "--right", local], "--left: The organization's address must be an https URL"
        ),
        (["--left", "nowhere", "--right", local], "--left: An address begins with https://"),
        (["--left", local, "--right", "\(local)?x"], "--right: An address has scheme, host, port and path only."),
        (["--left", local, "--right", local, "--left-header", "hidden"], "A header field is written as"),
        (["--left", local, "--right", local, "--left-header", "A B: hidden"], "name is no such name"),
        (["--left", local, "--right", local, "--right-header", "A: hidden\n"], "holds a byte that it must not"),
        (["--left", local, "--right", local, "--left-header-env", "A=SLUICE_NOT_SET"], "SLUICE_NOT_SET is not set"),
        (["--left", local, "--right", local, "--ignore", "a//b"], "A member to ignore is a name"),
        (["--left", local, "--right", local, "--concurrency", "0"], "--concurrency must be 1 to 32."),
        (["--left", local], "--right"),
      ] {
        let result = try Program.run(["compare", "--corpus", file] + arguments)
        #expect(result.status == 2, "\(arguments)")
        #expect(result.errors.contains(says), "\(result.errors)")
        #expect(!result.errors.contains("hidden"))
      }
      #expect(try compare(local, local, "/nowhere.txt").status == 2)
    }
    try corpus("# nothing\n") { file in
      let result = try compare(local, local, file)
      #expect(result.status == 2)
      #expect(result.errors == "sluice: the corpus has no request to compare\n")
    }
  }
}

/// `sluice migrate` as a user runs it.
@Suite struct MigrateCommandTests {
  @Test func oldRequestsAndTheirNewOnes() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let file = try folder.write(
      "queries.txt", "Customer?$select=CustomerId&$filter=CustomerId eq 'hidden'\nCustomer?$filter=Emial eq 'hidden'\n")
    let result = try Program.run(["migrate", file])
    #expect(result.status == 1, "\(result.errors)")
    #expect(result.out.contains("  old   GET Customer?$select=CustomerId&$filter=CustomerId eq 'hidden'\n"))
    #expect(
      result.out.contains(
        "  new   GET /api/data/v9.2/msdynci_customerprofiles?$select=msdynci_customerid&$filter=msdynci_customerid%20eq%20'hidden'\n"
      ))
    #expect(
      result.out.hasSuffix(
        "2 legacy requests: 1 move as they are, 0 move with work in the client, 0 move as several reads, "
          + "1 cannot\ncannot, propertyNotFound: 1\n"))
    let lifted = try Program.run(["migrate", "--lift-literals", "--json", file])
    #expect(lifted.status == 1)
    #expect(!lifted.out.contains("hidden"))
    for line in lifted.out.split(separator: "\n") {
      #expect(try JSONSerialization.jsonObject(with: Data(line.utf8)) is [String: Any])
    }
    // What migrate prints is what the gateway sends.
    let explained = try Program.run(["explain", "Customer?$select=CustomerId&$filter=CustomerId eq 'hidden'"])
    let new = try #require(result.out.split(separator: "\n").first { $0.hasPrefix("  new   ") })
    #expect(explained.out.contains("upstream  \(new.dropFirst(8))\n"))
    #expect(try Program.run(["migrate", "-"], input: "Customer?$top=1\n").status == 0)
    #expect(try Program.run(["migrate", "-"], input: "").out.hasPrefix("0 legacy requests: "))
    #expect(try Program.run(["migrate", "/nowhere.txt"]).status == 2)
    #expect(try Program.run(["migrate"]).status == 2)
    #expect(try Program.run(["migrate", file, "--policy", "/nowhere.yaml"]).status == 2)
  }
}
