import CustomerInsights
import Planning
import Policy
import Upstream

/// The body of a legacy answer that one read gives. Pages without rows in front of it are passed over: old clients take
/// one for the end, whatever link stands in it.
struct LegacyBody: AnswerSource {
  private var page: ShapedBody<LegacyShaper>
  /// As it is before an answer.
  private let shaper: LegacyShaper
  private var further: FurtherPages.Run
  private let fetcher: Fetcher

  /// - Parameters:
  ///   - first: the answer to the first read.
  ///   - further: the pages behind it.
  init(_ first: UpstreamBody, shaper: LegacyShaper, further: FurtherPages.Run, fetcher: Fetcher) {
    page = ShapedBody(first, shaper: shaper, fetcher: fetcher)
    self.shaper = shaper
    self.further = further
    self.fetcher = fetcher
    // What the request was let go with; further reads are charged.
    fetcher.charge?.read()
  }

  mutating func next() async throws -> [UInt8]? {
    while true {
      if let piece = try await page.next() { return piece }
      guard let skiptoken = page.shaper.passed else { return nil }
      try Task.checkCancellation()
      let read = try read(skiptoken)
      fetcher.charge?.read()
      let body = try await fetcher.answer(read.target, prefer: read.prefer, .collection)
      page = ShapedBody(body, shaper: shaper.behind(page.shaper), fetcher: fetcher)
    }
  }

  private mutating func read(_ skiptoken: String) throws(FetchFailure) -> LegacyProgram.Read {
    do throws(Refusal) {
      return try further.next(skiptoken)
    } catch {
      throw FetchFailure(error)
    }
  }
}
