import Cache
import Identity
import NIOCore
import Planning
import Policy
import Synchronization

/// Answers about tables and columns that the planner makes itself, in the form that goes on the wire. Whole documents
/// are kept: they are large, and the same for everybody in a scope. Bounded by the policy: two for each scope of an
/// environment.
final class LocalAnswers: Sendable {
  private struct Key: Hashable {
    var environment: Int
    var scope: String
    var document: MetadataDocument
  }

  private struct Kept {
    /// Of the rules that the answers were made by.
    var generation = 0
    var answers: [Key: RenderedAnswer] = [:]
  }

  private let kept = Mutex(Kept())

  /// - Parameters:
  ///   - environment: whose tables it tells of.
  ///   - scope: of the policy.
  ///   - generation: of the rules that `answer` was made by; it only grows.
  func rendered(
    _ answer: MetadataAnswer, environment: Int, scope: String, generation: Int, now: Int64
  ) -> RenderedAnswer {
    guard let document = answer.document else { return LocalAnswers.render(answer, now) }
    let key = Key(environment: environment, scope: scope, document: document)
    let known = kept.withLock { $0.generation == generation ? $0.answers[key] : nil }
    if let known { return known }
    let new = LocalAnswers.render(answer, now)
    kept.withLock { kept in
      guard generation >= kept.generation else { return }
      if generation > kept.generation { kept = Kept(generation: generation) }
      kept.answers[key] = new
    }
    return new
  }

  private static func render(_ answer: MetadataAnswer, _ now: Int64) -> RenderedAnswer {
    RenderedAnswer(
      CachedAnswer(
        status: 200, contentType: answer.contentType, etag: "W/\"\(ContentHash.hex(of: answer.body).prefix(24))\"",
        body: answer.body, storedAt: now, timeToLive: 0))
  }
}

extension Answer {
  /// An answer that nothing was sent for; 304 when the caller has it already.
  /// - Parameter successor: of the legacy API's, the query that replaces the request.
  init(local rendered: RenderedAnswer, request: ReadRequest, dialect: Dialect, successor: String?) {
    let unchanged = rendered.etag.map { Answer.matches($0, request.ifNoneMatch) } ?? false
    status = unchanged ? 304 : 200
    fields = rendered.fields
    body = unchanged ? ByteBuffer() : rendered.body
    cacheStatus = "Sluice; hit; detail=metadata"
    age = nil
    link = LegacyService.link(successor)
    note = AnswerNote(dialect: dialect, table: nil, rule: AnswerNote.metadataRule)
  }
}

extension AnswerNote {
  /// The rule of logs for answers about tables and columns.
  static let metadataRule = "metadata"
}
