import Cache
import Identity
import Planning
import Synchronization

/// Runs plans and waits for their answers as long as these are short.
struct AnswerCollector: Sendable {
  enum Collected: Sendable {
    /// - Parameter isRepeatable: as ``AnswerSource/isRepeatable``.
    case whole(CachedAnswer, isRepeatable: Bool)
    case begun(BegunAnswer)
  }

  var runner: any PlanRunner
  /// Bytes of an answer beyond which it is not waited for.
  var streamFrom: Int
  var clock: @Sendable () -> Int64

  /// - Throws: as ``PlanRunner/run(_:)`` and ``AnswerSource/next()``: nothing of the answer has gone out yet.
  func collect(_ plan: Plan) async throws -> Collected {
    let answer = try await runner.run(plan)
    let begunAt = clock()
    var pieces: [[UInt8]] = []
    var count = 0
    while let piece = try await answer.body.next() {
      pieces.append(piece)
      count += piece.count
      if count > streamFrom {
        return .begun(
          BegunAnswer(contentType: answer.contentType, pieces: pieces, body: answer.body, begunAt: begunAt))
      }
    }
    return .whole(
      AnswerCollector.answer(of: pieces, contentType: answer.contentType, storedAt: clock(), plan: plan),
      isRepeatable: await answer.body.isRepeatable)
  }

  /// A whole answer, as it is kept.
  static func answer(
    of pieces: [[UInt8]], contentType: String, storedAt: Int64, plan: Plan
  ) -> CachedAnswer {
    var body: [UInt8] = []
    body.reserveCapacity(pieces.reduce(0) { $0 + $1.count })
    for piece in pieces { body.append(contentsOf: piece) }
    return CachedAnswer(
      status: 200, contentType: contentType, etag: "W/\"\(ContentHash.hex(of: body).prefix(24))\"", body: body,
      storedAt: storedAt, timeToLive: Int64(plan.timeToLive) * 1000)
  }
}

/// An answer that is too long to be waited for.
struct BegunAnswer: Sendable {
  var contentType: String
  /// What there is of the body.
  var pieces: [[UInt8]]
  /// The rest.
  var body: AnswerBody
  /// Unix milliseconds: since when the answer may be out of date.
  var begunAt: Int64
}

/// Tells those who wait for one flight that its answer is too long to be waited for.
///
/// One of them takes what there is of it. The others make requests of their own: were they to wait until the answer is
/// whole, the slowest reader would hold them up, and were they to read along, the fastest would have to be buffered for.
final class LongAnswer: CachePassage, Sendable {
  private let begun: Mutex<BegunAnswer?>

  init(_ begun: BegunAnswer) { self.begun = Mutex(begun) }

  /// `nil` for all but the first.
  func take() -> BegunAnswer? { begun.withLock { $0.take() } }
}
