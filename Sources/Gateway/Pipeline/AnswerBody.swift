import Planning

/// Makes the answers of plans. The seam between what was planned and how it is read: one request to the organization, or
/// many.
protocol PlanRunner: Sendable {
  /// Sends what the plan needs before the answer's first byte can be told.
  /// - Throws: ``FetchFailure`` while it can still be an answer of its own, or `CancellationError`.
  func run(_ plan: Plan) async throws -> PlanAnswer
}

/// An answer whose head is known, and whose body is made piece by piece.
struct PlanAnswer: Sendable {
  var contentType: String
  var body: AnswerBody
}

/// Makes the body of one answer in the caller's dialect.
protocol AnswerSource: Sendable {
  /// The next piece, not empty; `nil` behind the last one of a whole answer. Not called again behind that or an error.
  ///
  /// Nothing is made ahead of this call beyond a bounded buffer: whoever takes slowly holds up whoever makes. Its task is
  /// cancelled when the client has gone.
  /// - Throws: ``FetchFailure`` when the answer is not whole; `CancellationError`.
  mutating func next() async throws -> [UInt8]?

  /// Whether another request may be given the same, once the answer is whole. Not where what it shows came of how slow
  /// the organization was just then.
  var isRepeatable: Bool { get }
}

extension AnswerSource {
  var isRepeatable: Bool { true }
}

/// The body of an answer, for one reader at a time; it may pass from task to task. When the last reference goes, what was
/// not read is given up.
actor AnswerBody {
  private enum State {
    case ready(any AnswerSource)
    case busy
    case over(isRepeatable: Bool)
    case failed(any Error)
  }

  private var state: State

  init(_ source: some AnswerSource) { state = .ready(source) }

  /// As ``AnswerSource/isRepeatable``; never before the answer is whole.
  var isRepeatable: Bool { if case .over(let isRepeatable) = state { isRepeatable } else { false } }

  /// As ``AnswerSource/next()``; after an error the same error again, so that a cut answer never looks whole.
  func next() async throws -> [UInt8]? {
    // Moved out while it works, so that its buffers are not copied.
    var current = State.busy
    swap(&current, &state)
    switch current {
    case .ready(var source):
      current = .busy
      do {
        let piece = try await source.next()
        state = piece == nil ? .over(isRepeatable: source.isRepeatable) : .ready(source)
        return piece
      } catch {
        state = .failed(error)
        throw error
      }
    case .busy:
      throw FetchFailure(status: 500, code: "internal", message: "The request could not be completed.")
    case .over(let isRepeatable):
      state = .over(isRepeatable: isRepeatable)
      return nil
    case .failed(let error):
      state = .failed(error)
      throw error
    }
  }
}
