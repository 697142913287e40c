import Foundation
import Testing

@Suite struct CacheBehaviourTests {
  static let target = "/api/data/v9.2/msdynci_customerprofiles?$top=3&$select=msdynci_fullname,msdynci_customerid"

  @Test func aSecondRequestIsAHitAndSpellingsShareIt() throws {
    let gateway = try Gateway(["--access-log", "off"], customers: 20)
    let first = try HTTPConnection.get(gateway.origin, Self.target)
    #expect(first["cache-status"] == "Sluice; fwd=uri-miss; stored")
    #expect(first["age"] == nil)
    let before = try gateway.statistics()
    for spelling in [
      Self.target, "/api/data/v9.2/msdynci_customerprofiles?%24select=msdynci_customerid%2Cmsdynci_fullname&%24top=3",
    ] {
      let hit = try HTTPConnection.get(gateway.origin, spelling)
      #expect(hit["cache-status"]?.hasPrefix("Sluice; hit; ttl=") == true, "\(hit["cache-status"] ?? "")")
      #expect(hit["cache-status"]?.hasSuffix("detail=memory") == true)
      #expect(hit["age"] != nil)
      #expect(hit.text == first.text)
    }
    #expect(try gateway.statistics() == before)
  }

  @Test func headAndConditionalRequestsAgreeWithGet() throws {
    let gateway = try Gateway.shared.get()
    let whole = try HTTPConnection.get(gateway.origin, Self.target)
    let head = try HTTPConnection.get(gateway.origin, Self.target, method: "HEAD")
    #expect(head.status == 200 && head.body.isEmpty)
    #expect(head["content-length"] == "\(whole.body.count)")
    let etag = try #require(whole["etag"])
    #expect(head["etag"] == etag)
    for value in [etag, "\"x\", \(etag)", "*", String(etag.dropFirst(2))] {
      let unchanged = try HTTPConnection.get(gateway.origin, Self.target, headers: ["If-None-Match: \(value)"])
      #expect(unchanged.status == 304, "\(value)")
      #expect(unchanged.body.isEmpty && unchanged["content-length"] == nil)
    }
    for value in ["null", "W/\"other\""] {
      let changed = try HTTPConnection.get(gateway.origin, Self.target, headers: ["If-None-Match: \(value)"])
      #expect(changed.status == 200 && changed.text == whole.text)
    }
  }

  @Test func aRestartFindsItsAnswersOnDisk() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let file = folder.file("cache.sqlite")
    let first = try Gateway(
      ["--access-log", "off", "--cache", file, "--listen", LoopbackAddress.ofItsOwn()], customers: 20)
    let links = try FakeOrganization.links(first)
    let answer = try HTTPConnection.get(first.origin, Self.target)
    first.program.terminate()
    #expect(first.program.wait() == 0)
    let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    let second = try Gateway(["--access-log", "off", "--cache", file, "--listen", first.listen], customers: 20)
    let hit = try HTTPConnection.get(second.origin, Self.target)
    #expect(hit["cache-status"]?.hasSuffix("detail=disk") == true, "\(hit["cache-status"] ?? "")")
    #expect(try hit.json()["value"] as? NSArray == answer.json()["value"] as? NSArray)
    let again = try HTTPConnection.get(second.origin, Self.target)
    #expect(again["cache-status"]?.hasSuffix("detail=memory") == true)
    // A paging link handed out before the restart still opens: its key lies beside the cache.
    let next = try HTTPConnection.get(second.origin, links)
    #expect(next.status == 200, "\(next.text)")
  }

  /// The same file, another organization; and the same organization under another address, which stands in the answers.
  @Test func whatChangedSinceTheFileWasWrittenIsNotServedFromIt() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let file = folder.file("cache.sqlite")
    let first = try Gateway(
      ["--access-log", "off", "--cache", file, "--listen", LoopbackAddress.ofItsOwn()], customers: 20)
    #expect(try HTTPConnection.get(first.origin, Self.target).status == 200)
    let link = try FakeOrganization.links(first)
    first.program.terminate()
    #expect(first.program.wait() == 0)
    for (customers, listen) in [(21, first.listen), (20, "127.0.0.1:0")] {
      let other = try Gateway(["--access-log", "off", "--cache", file, "--listen", listen], customers: customers)
      let answer = try HTTPConnection.get(other.origin, Self.target)
      #expect(answer["cache-status"] == "Sluice; fwd=uri-miss; stored")
      #expect(try (answer.json()["@odata.context"] as? String)?.hasPrefix(other.origin) == true)
      // The key of paging links lies beside the file, and opens those of its own organization only.
      #expect(try HTTPConnection.get(other.origin, link).status == (customers == 20 ? 200 : 403))
      other.program.terminate()
      #expect(other.program.wait() == 0)
    }
  }

  /// What legacy rows show is a matter of the mapping: an answer made with another one is another answer.
  @Test func aNarrowerMappingShowsLessAtOnce() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let file = folder.file("cache.sqlite")
    let target = "/v1/instances/{instanceID}/data/Customer?$top=2"
    var listen = LoopbackAddress.ofItsOwn()
    for (columns, expected) in [("", true), ("columns: [msdynci_customerid]", false)] {
      let mapping = try folder.write(
        "mapping.yaml", "version: 1\nentities:\n  Customer:\n    table: msdynci_customerprofile\n    \(columns)\n")
      let gateway = try Gateway(
        ["--access-log", "off", "--cache", file, "--listen", listen], customers: 20, more: "mapping: \(mapping)")
      listen = gateway.listen
      let rows = try HTTPConnection.get(gateway.origin, gateway.filled(target)).rows()
      #expect(rows.count == 2 && rows.allSatisfy { ($0["Email"] != nil) == expected && $0["CustomerId"] != nil })
      gateway.program.terminate()
      #expect(gateway.program.wait() == 0)
    }
  }

  @Test func aKilledProcessStartsAgainOnItsFile() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let file = folder.file("cache.sqlite")
    var listen = LoopbackAddress.ofItsOwn()
    do {
      let gateway = try Gateway(["--access-log", "off", "--cache", file, "--listen", listen], customers: 20)
      listen = gateway.listen
      #expect(try HTTPConnection.get(gateway.origin, Self.target).status == 200)
      gateway.program.terminate()
      #expect(gateway.program.wait() == 0)
    }
    for round in 0..<3 {
      let gateway = try Gateway(["--access-log", "off", "--cache", file, "--listen", listen], customers: 20)
      let origin = gateway.origin
      let expected = try HTTPConnection.get(origin, Self.target).rows().count
      #expect(expected == 3)
      let done = DispatchGroup()
      for worker in 0..<4 {
        DispatchQueue.global().async(group: done) {
          for number in 0..<400 {
            let top = 1 + (number * 7 + worker + round * 31) % 20
            let target = "/api/data/v9.2/msdynci_customerprofiles?$top=\(top)&$select=msdynci_fullname"
            // The process dies in the middle of this: what counts is that every whole answer was right.
            guard let response = try? HTTPConnection.get(origin, target), response.status == 200 else { return }
            let rows = (try? response.rows().count) ?? -1
            if rows != top { Issue.record("asked for \(top) rows, got \(rows)") }
          }
        }
      }
      usleep(300_000)
      gateway.program.kill9()
      done.wait()
      #expect(gateway.program.wait() == -9)
    }
    let last = try Gateway(["--access-log", "off", "--cache", file, "--listen", listen], customers: 20)
    let hit = try HTTPConnection.get(last.origin, Self.target)
    #expect(hit["cache-status"]?.hasSuffix("detail=disk") == true, "\(hit["cache-status"] ?? "")")
    #expect(try hit.rows().count == 3)
    #expect(!FileManager.default.fileExists(atPath: file + ".corrupt-1"), "the file was not sound")
    last.program.terminate()
    #expect(last.program.wait() == 0)
  }

  @Test func aDamagedFileIsPutAsideAndAnswersFlow() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let file = try folder.write("cache.sqlite", String(repeating: "this is no database. ", count: 500))
    let gateway = try Gateway(["--access-log", "off", "--cache", file], customers: 20)
    #expect(try HTTPConnection.get(gateway.origin, Self.target).rows().count == 3)
    #expect(gateway.program.standardError.contains("\"event\":\"cache\""))
  }
}
