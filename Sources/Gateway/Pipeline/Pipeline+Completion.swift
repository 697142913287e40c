import Cache
import CustomerInsights
import NIOCore
import Planning

/// Takes an answer that goes out while it is made.
protocol AnswerWriter: Sendable {
  /// Sends the head.
  /// - Returns: whether the body is wanted: not for HEAD, and not when the client has gone.
  func begin(_ head: Answer) async -> Bool
  /// Sends a piece of the body; returns when there is room for the next one.
  /// - Returns: `false` when the client has gone.
  func write(_ piece: [UInt8]) async -> Bool
  /// The answer is over.
  /// - Parameter failure: why it is not whole; the client is then shown that it is cut.
  func end(_ failure: FetchFailure?) async
}

extension Pipeline {
  /// Disk tier, then one flight to the upstream for all who wait for the same key.
  /// - Parameter writer: takes the answer if it is a long one.
  /// - Returns: any other answer; `nil` when `writer` has had it.
  func complete(_ pending: PendingRequest, to writer: some AnswerWriter) async -> Answer? {
    let plan = pending.planned.plan
    let budget = pending.planned.organization.budget
    let collector = collector(for: pending)
    if case .refuse(let seconds) = budget.arrive(pending.caller, at: clock()) {
      let failure = FetchFailure(
        status: 429, code: "budget.caller", message: "This caller asks more than its share.", retryAfter: seconds)
      return Answer(failure.refusal(for: pending), extraFields: failure.fields)
    }
    // A long answer is under way until its last byte is out.
    defer { budget.leave(pending.caller) }
    let epoch = cache.currentEpoch
    do {
      do {
        let (freshness, rendered, outcome) = try await cache.answer(for: pending.planned.key) {
          switch try await collector.collect(plan) {
          case .whole(let answer, let isRepeatable): return (answer, storable: plan.timeToLive > 0 && isRepeatable)
          case .begun(let begun): throw LongAnswer(begun)
          }
        }
        return Answer(
          rendered, request: pending.request, cacheStatus: outcome.cacheStatus(name: "Sluice"),
          age: outcome.isHit ? freshness.age(at: clock()) : nil, planned: pending.planned)
      } catch let long as LongAnswer {
        if let begun = long.take() {
          await stream(begun, pending, since: epoch, to: writer)
          return nil
        }
        return try await completeAlone(pending, since: epoch, to: writer)
      }
    } catch let failure as FetchFailure {
      return Answer(
        failure.refusal(for: pending), extraFields: failure.fields,
        cacheStatus: "Sluice; fwd=uri-miss; detail=\(failure.code)")
    } catch {
      let failure = FetchFailure(status: 500, code: "internal", message: "The request could not be completed.")
      return Answer(failure.refusal(for: pending))
    }
  }

  private func collector(for pending: PendingRequest) -> AnswerCollector {
    let organization = pending.planned.organization
    var fetcher = organization.fetcher
    fetcher.charge = ReadCharge { [clock, caller = pending.caller] in
      organization.budget.charge(caller, at: clock())
    }
    return AnswerCollector(runner: fetcher, streamFrom: limits.streamFromBytes, clock: clock)
  }

  /// For those who waited for a long answer that somebody else has now.
  private func completeAlone(
    _ pending: PendingRequest, since epoch: CacheEpoch, to writer: some AnswerWriter
  ) async throws -> Answer? {
    let plan = pending.planned.plan
    switch try await collector(for: pending).collect(plan) {
    case .begun(let begun):
      await stream(begun, pending, since: epoch, to: writer)
      return nil
    case .whole(let answer, let isRepeatable):
      let stored = plan.timeToLive > 0 && isRepeatable && cache.store(answer, for: pending.planned.key, since: epoch)
      return Answer(
        RenderedAnswer(answer), request: pending.request,
        cacheStatus: CacheOutcome.miss(stored: stored).cacheStatus(name: "Sluice"), age: nil,
        planned: pending.planned)
    }
  }

  /// Sends a long answer while it comes, and stores it if it turns out to be one that is kept.
  private func stream(
    _ begun: BegunAnswer, _ pending: PendingRequest, since epoch: CacheEpoch, to writer: some AnswerWriter
  ) async {
    let plan = pending.planned.plan
    guard await writer.begin(Answer(streamed: begun.contentType, planned: pending.planned)) else { return }
    var kept = KeptPieces(limit: plan.timeToLive > 0 ? limits.answerBytes : 0)
    do {
      for piece in begun.pieces {
        kept.append(piece)
        guard await writer.write(piece) else { return }
      }
      while let piece = try await begun.body.next() {
        kept.append(piece)
        guard await writer.write(piece) else { return }
      }
    } catch let failure as FetchFailure {
      return await writer.end(failure)
    } catch {
      return await writer.end(
        FetchFailure(status: 500, code: "internal", message: "The request could not be completed."))
    }
    if let pieces = kept.pieces, await begun.body.isRepeatable {
      let answer = AnswerCollector.answer(
        of: pieces, contentType: begun.contentType, storedAt: begun.begunAt, plan: plan)
      cache.store(answer, for: pending.planned.key, since: epoch)
    }
    // Behind the storing: whoever has seen the end finds the answer in the cache.
    await writer.end(nil)
  }
}

extension FetchFailure {
  /// In the shape that the client of the request looks for, with what replaces the request: it is known, whatever became
  /// of the answer.
  fileprivate func refusal(for pending: PendingRequest) -> Refusal {
    var refusal = refusal(dialect: pending.planned.plan.dialect).styled(target: pending.request.target)
    refusal.successor = pending.planned.plan.successor
    return refusal
  }
}

/// What has gone out of a long answer, as long as it may still be kept.
private struct KeptPieces {
  /// `nil` when there was too much.
  private(set) var pieces: [[UInt8]]?
  private var room: Int

  init(limit: Int) {
    pieces = limit > 0 ? [] : nil
    room = limit
  }

  mutating func append(_ piece: [UInt8]) {
    room -= piece.count
    if room < 0 { pieces = nil } else { pieces?.append(piece) }
  }
}
