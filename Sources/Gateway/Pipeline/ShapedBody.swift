import CustomerInsights
import Planning
import Upstream

/// The body of one upstream answer, shaped chunk by chunk as it comes; nothing is taken from the upstream ahead of use.
struct ShapedBody<Shaper: ChunkShaper>: AnswerSource {
  private var chunks: UpstreamBody.Iterator
  private(set) var shaper: Shaper
  private var isOver = false
  private let fetcher: Fetcher

  init(_ body: UpstreamBody, shaper: Shaper, fetcher: Fetcher) {
    chunks = body.makeAsyncIterator()
    self.shaper = shaper
    self.fetcher = fetcher
  }

  mutating func next() async throws -> [UInt8]? {
    while !isOver {
      let chunk: [UInt8]?
      do throws(UpstreamError) {
        chunk = try await chunks.next(isolation: nil)
      } catch {
        if error.code == .cancelled { throw CancellationError() }
        throw fetcher.failure(error)
      }
      isOver = chunk == nil
      let piece: [UInt8]
      do {
        if let chunk { piece = try shaper.take(chunk) } else { piece = try shaper.end() }
      } catch {
        throw fetcher.misshapen(error)
      }
      if !piece.isEmpty { return piece }
    }
    return nil
  }
}

/// Upstream bytes in, client bytes out; both dialects' shapers have this form.
protocol ChunkShaper: Sendable {
  mutating func take(_ chunk: [UInt8]) throws -> [UInt8]
  mutating func end() throws -> [UInt8]
}

extension DataverseShaper: ChunkShaper {
  mutating func take(_ chunk: [UInt8]) throws -> [UInt8] { try feed(chunk) }
  mutating func end() throws -> [UInt8] { try finish() }
}

extension LegacyShaper: ChunkShaper {
  mutating func take(_ chunk: [UInt8]) throws -> [UInt8] { try feed(chunk) }
  mutating func end() throws -> [UInt8] { try finish() }
}
