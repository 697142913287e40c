import CustomerInsights
import Dataverse
import Planning
import Policy
import Upstream

/// The body of an answer that takes several reads, made batch by batch.
struct ProgramBody: AnswerSource {
  private var run: LegacyRun
  /// Made already, so that what is wrong from the start becomes an answer of its own.
  private var first: [UInt8]?
  private let fetcher: Fetcher

  /// - Throws: ``FetchFailure`` when there is no first part; `CancellationError`.
  init(_ program: LegacyProgram, fetcher: Fetcher) async throws {
    self.fetcher = fetcher
    run = program.run { try await ProgramBody.page($0, fetcher) }
    first = try await part()
  }

  mutating func next() async throws -> [UInt8]? {
    if let first {
      self.first = nil
      return first
    }
    return try await part()
  }

  var isRepeatable: Bool { !run.isLate }

  private mutating func part() async throws -> [UInt8]? {
    do {
      return try await run.next()
    } catch let error as LegacyError {
      throw FetchFailure(Refusal(legacy: error))
    } catch let refusal as Refusal {
      throw FetchFailure(refusal)
    } catch let error as ShapeError {
      throw fetcher.misshapen(error)
    }
  }

  /// Sends a read and reads its answer.
  static func page(_ read: LegacyProgram.Read, _ fetcher: Fetcher) async throws -> RowPage {
    fetcher.charge?.read()
    var chunks = try await fetcher.answer(
      read.target, prefer: read.prefer, .collection, by: read.lease?.deadline
    ).makeAsyncIterator()
    var reader = RowPageReader(columns: read.columns)
    do {
      while let chunk = try await chunks.next(isolation: nil) {
        try reader.feed(chunk)
        try read.lease?.hold(rows: reader.rowCount, bytes: reader.byteCount)
      }
      return try reader.finish()
    } catch let error as UpstreamError {
      if error.code == .cancelled { throw CancellationError() }
      throw fetcher.failure(error)
    } catch let error as ShapeError {
      throw fetcher.misshapen(error)
    }
  }
}
