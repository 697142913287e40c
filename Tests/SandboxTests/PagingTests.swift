import Foundation
import Testing

@testable import Sandbox

/// Pages: their size, their links, and that a walk meets every row once.
@Suite struct PagingTests {
  private static let made = Result { try Organization(customers: 130, activitiesPerCustomer: 10) }
  private static let activities = "msdynci_unifiedactivities"
  private static let key = "msdynci_unifiedactivityid"

  private static func pages(_ path: String, prefer: [String] = []) async throws -> [[[String: Any]]] {
    let organization = try made.get()
    var pages: [[[String: Any]]] = []
    var next: String? = encoded(path)
    while let target = next {
      let answer = await organization.get(target, prefer: prefer, isEncoded: true)
      try #require(answer.status == 200, "\(target): \(answer.text)")
      pages.append(try answer.rows())
      next = try answer.nextPath()
      try #require(pages.count < 5000)
    }
    return pages
  }

  private static func keys(_ rows: [[String: Any]]) -> [String] { rows.compactMap { $0[key] as? String } }

  @Test func pagesHave500Rows() async throws {
    let pages = try await PagingTests.pages(PagingTests.activities)
    #expect(pages.count > 2)
    #expect(pages.dropLast().allSatisfy { $0.count == 500 })
    #expect((1...500).contains(pages.last?.count ?? 0))
    let keys = PagingTests.keys(pages.flatMap(\.self))
    #expect(Set(keys).count == keys.count)
    #expect(keys == keys.sorted())
  }

  @Test(arguments: [1, 2, 499, 500, 501, 5000])
  func sizesAreHonouredUpTo500(size: Int) async throws {
    let organization = try PagingTests.made.get()
    let answer = await organization.get(PagingTests.activities, prefer: ["odata.maxpagesize=\(size)"])
    #expect(try answer.rows().count == min(size, 500))
    #expect(answer.preferenceApplied == "odata.maxpagesize=\(size)")
    #expect(try answer.nextPath() != nil)
  }

  /// One row fewer than the table, as many, one more: only the first has a second page.
  @Test func theLastPageHasNoLink() async throws {
    let organization = try PagingTests.made.get()
    for (size, counts) in [(129, [129, 1]), (130, [130]), (131, [130]), (65, [65, 65]), (64, [64, 64, 2])] {
      let pages = try await PagingTests.pages("msdynci_customerprofiles", prefer: ["odata.maxpagesize=\(size)"])
      #expect(pages.map(\.count) == counts, "\(size)")
    }
    let none = await organization.get("msdynci_customerprofiles?$filter=msdynci_city eq 'nowhere'&$count=true")
    #expect(try none.rows().isEmpty)
    #expect(try none.nextPath() == nil)
    #expect(try none.json()["@odata.count"] as? Int == 0)
  }

  @Test(arguments: [
    "odata.maxpagesize=0", "odata.maxpagesize=-1", "odata.maxpagesize=x", "odata.maxpagesize=", "maxpagesize=3",
  ])
  func whatIsNoSizeIsNotApplied(prefer: String) async throws {
    let answer = try await PagingTests.made.get().get(PagingTests.activities, prefer: [prefer])
    #expect(try answer.rows().count == 500)
    #expect(answer.preferenceApplied == nil)
  }

  @Test(
    arguments: [
      ("?$select=msdynci_title", 333),
      ("?$select=msdynci_title&$orderby=msdynci_activitytype desc,msdynci_activitytime", 97),
      ("?$orderby=msdynci_externalurl,msdynci_title desc&$select=msdynci_activityid", 250),
      (
        "?$select=msdynci_title&$filter=msdynci_activitytype ne 'WebVisit' and contains(msdynci_title,'e')&$orderby=msdynci_activitytime desc",
        41
      ),
      ("?$select=msdynci_title&$filter=contains(msdynci_title,'50[%25]')&$count=true", 20),
    ])
  func everyRowOnceAndInOrder(query: String, size: Int) async throws {
    let path = PagingTests.activities + query
    let paged = try await PagingTests.pages(path, prefer: ["odata.maxpagesize=\(size)"])
    let whole = try await PagingTests.pages(path)
    #expect(paged.count > 1 && paged.dropLast().allSatisfy { $0.count == size })
    let keys = PagingTests.keys(paged.flatMap(\.self))
    #expect(Set(keys).count == keys.count && !keys.isEmpty)
    #expect(keys == PagingTests.keys(whole.flatMap(\.self)))
  }

  @Test func orderIsWhatWasAsked() async throws {
    let rows = try await PagingTests.made.get().rows(
      "msdynci_customerprofiles?$orderby=msdynci_occupation desc,msdynci_lifetimevalue")
    let expected = rows.sorted { left, right in
      let (a, b) = (left["msdynci_occupation"] as? String, right["msdynci_occupation"] as? String)
      // Null sorts lowest.
      if a != b { return (a?.lowercased() ?? "") > (b?.lowercased() ?? "") }
      let (x, y) = (left["msdynci_lifetimevalue"] as? NSNumber, right["msdynci_lifetimevalue"] as? NSNumber)
      return (x?.doubleValue ?? 0) < (y?.doubleValue ?? 0)
    }
    let names = { (rows: [[String: Any]]) in rows.compactMap { $0["msdynci_customerid"] as? String } }
    #expect(names(rows) == names(expected) && rows.count == 130)
  }

  @Test func topTakesTheFirstRowsWithoutALink() async throws {
    let organization = try PagingTests.made.get()
    let all = try await PagingTests.pages(PagingTests.activities)
    for top in [0, 1, 7, 499, 500] {
      let answer = await organization.get("\(PagingTests.activities)?$top=\(top)", prefer: ["odata.maxpagesize=3"])
      #expect(PagingTests.keys(try answer.rows()) == Array(PagingTests.keys(all[0]).prefix(top)))
      #expect(try answer.nextPath() == nil)
      #expect(answer.preferenceApplied == nil)
    }
  }

  @Test func countsAreThoseOfTheFilterAndStopAtThePage() async throws {
    let organization = try PagingTests.made.get()
    let filter = "$filter=msdynci_activitytype eq 'WebVisit'"
    let matching = try await PagingTests.pages("\(PagingTests.activities)?\(filter)").flatMap(\.self).count
    #expect((1..<500).contains(matching))
    let some = await organization.get("\(PagingTests.activities)?$count=true&$top=2&\(filter)")
    #expect(try some.json()["@odata.count"] as? Int == matching)
    #expect(try some.rows().count == 2)
    let all = await organization.get("\(PagingTests.activities)?$count=true", prefer: ["odata.maxpagesize=2"])
    #expect(try all.json()["@odata.count"] as? Int == 500)
    let none = await organization.get("\(PagingTests.activities)?$count=false&$top=1")
    #expect(try none.json()["@odata.count"] == nil)
    for (query, count) in [("", 500), ("?\(filter)", matching), ("?$filter=false", 0)] {
      let answer = await organization.get("\(PagingTests.activities)/$count\(query)")
      #expect(answer.body == [0xEF, 0xBB, 0xBF] + Array("\(count)".utf8))
      #expect(answer.contentType == "text/plain")
    }
  }

  /// A link holds the request's own options, unchanged, and one token.
  @Test func linksKeepTheOptions() async throws {
    let organization = try PagingTests.made.get()
    let query =
      "$select=msdynci_activityid&$filter=contains(msdynci_title,%27e%26%27)%20or%20true&$orderby=msdynci_title"
    var next = try await organization.get(
      "\(PagingTests.activities)?\(query)", prefer: ["odata.maxpagesize=10"], isEncoded: true
    ).nextPath()
    for page in 2...4 {
      let link = try #require(next)
      #expect(link.hasPrefix("\(PagingTests.activities)?\(query)&$skiptoken=%3ccookie%20pagenumber%3d%22\(page)%22%20"))
      #expect(link.components(separatedBy: "skiptoken").count == 2)
      next = try await organization.get(link, prefer: ["odata.maxpagesize=10"], isEncoded: true).nextPath()
    }
  }

  @Test func tokensOfOthersAreRefused() async throws {
    let organization = try PagingTests.made.get()
    let prefer = ["odata.maxpagesize=10"]
    let link = try #require(try await organization.get(PagingTests.activities, prefer: prefer).nextPath())
    let token = try #require(link.components(separatedBy: "$skiptoken=").last)
    let good = await organization.get(link, prefer: prefer, isEncoded: true)
    #expect(good.status == 200)
    let foreign: [(path: String, token: String, prefer: [String])] = [
      (PagingTests.activities, token, ["odata.maxpagesize=11"]), (PagingTests.activities, token, []),
      (PagingTests.activities + "?$orderby=msdynci_title", token, prefer),
      (PagingTests.activities + "?$filter=msdynci_activitytype eq 'WebVisit'", token, prefer),
      (PagingTests.activities + "?$top=5", token, prefer), ("msdynci_customerprofiles", token, prefer),
      (PagingTests.activities, token.replacingOccurrences(of: "%222%22", with: "%223%22"), prefer),
      (PagingTests.activities, token.replacingOccurrences(of: "%222%22", with: "%221%22"), prefer),
      (PagingTests.activities, token.replacingOccurrences(of: "%222%22", with: "%22-2%22"), prefer),
      (PagingTests.activities, token.replacingOccurrences(of: "%222%22", with: "%229223372036854775807%22"), prefer),
      (PagingTests.activities, token.replacingOccurrences(of: "cookie", with: "Cookie"), prefer),
      (PagingTests.activities, token + "%20", prefer), (PagingTests.activities, String(token.dropLast(3)), prefer),
      (PagingTests.activities, "", prefer), (PagingTests.activities, "2", prefer),
      (PagingTests.activities, "%27%20or%201%3d1", prefer), (PagingTests.activities, "%22%22%22%22%22%22", prefer),
    ]
    for item in foreign {
      let mark = item.path.contains("?") ? "&" : "?"
      let answer = await organization.get(
        "\(encoded(item.path))\(mark)$skiptoken=\(item.token)", prefer: item.prefer, isEncoded: true)
      #expect(answer.status == 400, "\(item)")
      if answer.status == 400 { #expect(try answer.errorCode() == "0x80060888") }
    }
  }

  @Test func cookiesAreReadAsWritten() throws {
    let cookie = PagingCookie(
      page: 3, first: "00000000-0000-5000-8000-00000000000a", last: "00000000-0000-5000-8000-00000000000b",
      keyColumn: "msdynci_predictionid")
    #expect(PagingCookie(text: cookie.text, keyColumn: "msdynci_predictionid") == cookie)
    #expect(PagingCookie(text: cookie.text, keyColumn: "msdynci_enrichmentid") == nil)
    for byte in cookie.text.utf8.indices {
      var text = Array(cookie.text.utf8)
      let offset = cookie.text.utf8.distance(from: cookie.text.utf8.startIndex, to: byte)
      text[offset] ^= 0x02
      let read = PagingCookie(text: String(decoding: text, as: UTF8.self), keyColumn: "msdynci_predictionid")
      #expect(read != cookie, "byte \(offset)")
    }
  }
}
