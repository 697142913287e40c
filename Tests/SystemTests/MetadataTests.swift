import Foundation
import Testing

/// `sluice metadata` over the sandbox and over organizations that answer as they are told.
@Suite struct MetadataTests {
  private static func pull(_ folder: TemporaryFolder, _ arguments: [String] = [], file: String = "schema.xml") throws
    -> (status: Int32, out: String, errors: String)
  {
    try Program.run(["metadata", "pull", "--sandbox", "-o", folder.file(file)] + arguments)
  }

  @Test func pullWritesAFileThatLintAndDiffRead() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let result = try Self.pull(folder)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors == "")
    #expect(result.out == "\(folder.file("schema.xml")): 9 tables, 225 columns\n")
    let text = try String(contentsOfFile: folder.file("schema.xml"), encoding: .utf8)
    #expect(
      text.contains("<Annotation Term=\"Sluice.V1.DisplayName\" String=\"eCommerce_eCommerceContacts_ContactId\"/>"))
    #expect(text.contains("<NavigationProperty Name=\"msdynci_customer_prediction\""))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["schema.xml"])
    // Again: the same bytes.
    #expect(try Self.pull(folder, file: "again.xml").status == 0)
    #expect(try String(contentsOfFile: folder.file("again.xml"), encoding: .utf8) == text)
    let same = try Program.run(["metadata", "diff", folder.file("schema.xml"), folder.file("again.xml")])
    #expect(same.status == 0)
    #expect(same.out == "0 changes\n")
    let queries = try folder.write(
      "q.txt", "msdynci_customerprofiles?$select=msdynci_fullname&$filter=msdynci_customerid eq 'a'\n")
    let lint = try Program.run(["lint", "--schema", folder.file("schema.xml"), queries])
    #expect(lint.status == 0, "\(lint.out)\(lint.errors)")
    let broken = try folder.write("no.xml", "<a/>")
    let refused = try Program.run(["lint", "--schema", broken, queries])
    #expect(refused.status == 2)
    #expect(
      refused.errors == "sluice: \(broken): The document is no OData 4.0 metadata (an `Edmx` element of version 4.0).\n"
    )
    let explained = try Program.run([
      "explain", "--schema", folder.file("schema.xml"),
      "msdynci_predictions?$select=msdynci_model&$filter=msdynci_customerid eq 'a'",
    ])
    #expect(explained.out.contains("verdict   "))
    #expect(explained.status != 2)
  }

  @Test func pullTakesTheTablesThatAreNamed() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let some = try Self.pull(folder, ["--tables", "msdynci_predictions, msdynci_enrichment,gone"])
    #expect(some.status == 0)
    #expect(some.errors == "sluice: the organization has no table `gone`\n")
    #expect(some.out.hasSuffix(": 2 tables, 44 columns\n"), "\(some.out)")
    let more = try Self.pull(folder, ["--tables", "msdynci_predictions", "--neighbours"])
    #expect(more.out.contains(": 2 tables, "), "\(more.out)")
    let policy = try folder.write("p.yaml", "version: 1\ntables: { msdynci_alternatekey: {} }\n")
    #expect(try Self.pull(folder, ["--policy", policy]).out.contains(": 1 table, "))
    let none = try Self.pull(folder, ["--tables", "gone"])
    #expect(none.status == 2)
    #expect(none.errors == "sluice: The organization has none of these tables: gone.\n")
  }

  @Test func wrongUseIsExplained() throws {
    for (arguments, part) in [
      (["pull", "-o", "x"], "Name the organization"), (["pull", "--sandbox"], "--output"),
      (["pull", "--sandbox", "--url", "https://a.example", "-o", "x"], "exclude each other"),
      (["pull", "--sandbox", "-o", "x", "--tables", ","], "names no table"), (["diff", "a"], "<new>"),
      (["diff", "/nowhere/a", "/nowhere/b"], "/nowhere/a: No such file"),
      (["pull", "--sandbox", "-o", "/nowhere/x"], "/nowhere/x"),
      (["pull", "--url", "http://a.example", "-o", "x"], "https"),
    ] {
      let result = try Program.run(["metadata"] + arguments)
      #expect(result.status == 2, "\(arguments)")
      #expect(result.errors.contains(part), "\(arguments): \(result.errors)")
    }
  }

  /// What an organization answers → what is said.
  @Test(arguments: [
    ("403 Forbidden", "", "refused access (status 403)"), ("404 Not Found", "", "status 404"),
    ("429 Too Many Requests", "", "request limit"), ("200 OK", "<html/>", "no OData 4.0 metadata"),
    ("200 OK", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "document type declaration"),
    (
      "200 OK", "<edmx:Edmx Version='4.0' xmlns:edmx='http://docs.oasis-open.org/odata/ns/edmx'>",
      "ends before it is whole"
    ),
  ])
  func answersThatAreNoMetadata(status: String, body: String, message: String) throws {
    let organization = try FakeOrganization { _ in FakeOrganization.json(body, status: status) }
    defer { organization.stop() }
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let old = try folder.write("schema.xml", "old")
    let result = try Program.run(
      ["metadata", "pull", "--url", organization.origin, "-o", old], environment: ["SLUICE_UPSTREAM_HTTP_VERSION": "1"])
    #expect(result.status == 2)
    #expect(result.errors.contains(message), "\(result.errors)")
    // The old file stays, and nothing lies beside it.
    #expect(try String(contentsOfFile: old, encoding: .utf8) == "old")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["schema.xml"])
  }

  @Test func withoutDefinitionsThereIsStillASchema() throws {
    let csdl = """
      <edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>\
      <Schema Namespace="N" xmlns="http://docs.oasis-open.org/odata/ns/edm"><EntityType Name="a">\
      <Key><PropertyRef Name="id"/></Key><Property Name="id" Type="Edm.Guid"/></EntityType>\
      <EntityContainer Name="C"><EntitySet Name="as" EntityType="N.a"/></EntityContainer></Schema>\
      </edmx:DataServices></edmx:Edmx>
      """
    let organization = try FakeOrganization { line in
      line.contains("$metadata") ? FakeOrganization.json(csdl) : FakeOrganization.json("{}", status: "403 Forbidden")
    }
    defer { organization.stop() }
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let result = try Program.run(
      ["metadata", "pull", "--url", organization.origin, "--tables", "as", "-o", folder.file("s.xml")],
      environment: ["SLUICE_UPSTREAM_HTTP_VERSION": "1"])
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.contains("a has no display names here"))
    #expect(organization.seen.first?.headers.contains { $0.lowercased() == "accept: application/xml" } ?? false)
  }

  @Test func diffTellsWhatBreaks() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    #expect(try Self.pull(folder).status == 0)
    let old = folder.file("schema.xml")
    let text = try String(contentsOfFile: old, encoding: .utf8)
    // The organization renames a column that the policy has not.
    let harmless = try folder.write(
      "harmless.xml",
      text.replacingOccurrences(of: "Name=\"msdynci_lookupfield_customerpid\"", with: "Name=\"msdynci_key\"")
    )
    let queries = try folder.write(
      "q.txt", "msdynci_predictions?$select=msdynci_model&$filter=msdynci_customerid eq 'abc'\n# none\n")
    let same = try Program.run(["metadata", "diff", old, harmless, "--queries", queries])
    #expect(same.status == 0, "\(same.out)\(same.errors)")
    #expect(same.out.contains("removed column msdynci_unifiedactivity.msdynci_lookupfield_customerpid\n"))
    #expect(same.out.contains("added column msdynci_unifiedactivity.msdynci_key: type text\n"))
    #expect(same.out.hasSuffix("2 changes, 0 of 1 queries break\n"), "\(same.out)")
    // It drops one that the policy names.
    let harmful = try folder.write(
      "harmful.xml", text.replacingOccurrences(of: "Name=\"msdynci_model\"", with: "Name=\"msdynci_modelname\""))
    let broken = try Program.run(["metadata", "diff", old, harmful, "--queries", queries])
    #expect(broken.status == 1)
    #expect(broken.out.contains("The policy does not fit the new schema:\n"), "\(broken.out)")
    #expect(broken.out.contains("msdynci_model"))
    let json = try Program.run(["metadata", "diff", old, harmful, "--queries", queries, "--json"])
    #expect(json.status == 1)
    let document = try #require(try JSONSerialization.jsonObject(with: Data(json.out.utf8)) as? [String: Any])
    #expect(document["broken"] as? Bool == true)
    #expect((document["changes"] as? [[String: Any]])?.count == 2)
    #expect((document["policy"] as? [[String: Any]])?.isEmpty == false)
  }

  /// What row filters want of callers decides too: without it nothing is said to stay whole.
  @Test func queriesBehindRowFiltersNeedClaims() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    #expect(try Self.pull(folder).status == 0)
    let schema = folder.file("schema.xml")
    let policy = try folder.write(
      "policy.yaml",
      """
      version: 1
      name: regions
      options: [$select]
      tables:
        msdynci_prediction:
          ttl: 5m
          rowFilter: "msdynci_model eq @caller.region"
          columns: { msdynci_model: { select: true } }
      scopes: { default: {} }

      """)
    let query = "msdynci_predictions?$select=msdynci_model"
    let queries = try folder.write("q.txt", query + "\n")
    let commands = [
      ["metadata", "diff", schema, schema, "--policy", policy, "--queries", queries],
      ["lint", queries, "--policy", policy], ["explain", query, "--policy", policy],
    ]
    for (command, status) in zip(commands, [2, 1, 1] as [Int32]) {
      let blind = try Program.run(command)
      #expect(blind.status == status, "\(command): \(blind.out)\(blind.errors)")
      let seeing = try Program.run(command + ["--claim", "region=EMEA"])
      #expect(seeing.status == 0, "\(command): \(seeing.out)\(seeing.errors)")
    }
    let blind = try Program.run(commands[0])
    #expect(blind.out.contains("cannot be judged without --claim region: \(query)\n"), "\(blind.out)")
  }

  /// An entity set gets another name: the policy, which has logical names, is fine; the query is not.
  @Test func diffTellsWhichQueriesChangeTheirVerdict() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    #expect(try Self.pull(folder).status == 0)
    let old = folder.file("schema.xml")
    let text = try String(contentsOfFile: old, encoding: .utf8)
    let wide = try folder.write(
      "policy.yaml",
      """
      version: 1
      name: narrow
      options: [$select, $filter]
      tables:
        msdynci_prediction:
          ttl: 5m
          columns:
            msdynci_model: { select: true, filter: [eq, contains] }
      scopes: { default: {} }
      """)
    let queries = try folder.write(
      "q.txt",
      "msdynci_predictions?$select=msdynci_model&$filter=msdynci_model eq 'a'\nmsdynci_predictions?$top=1\n")
    let same = try Program.run(["metadata", "diff", old, old, "--policy", wide, "--queries", queries])
    #expect(same.status == 0, "\(same.out)\(same.errors)")
    #expect(same.out == "0 changes, 0 of 2 queries break\n")
    let renamed = try folder.write(
      "new.xml", text.replacingOccurrences(of: "Name=\"msdynci_predictions\"", with: "Name=\"msdynci_forecasts\""))
    let broken = try Program.run(["metadata", "diff", old, renamed, "--policy", wide, "--queries", queries])
    #expect(broken.status == 1, "\(broken.out)\(broken.errors)")
    #expect(broken.out.contains("breaks: msdynci_predictions?$select=msdynci_model"), "\(broken.out)")
    #expect(broken.out.hasSuffix("1 change, 1 of 2 queries break\n"), "\(broken.out)")
  }
}
