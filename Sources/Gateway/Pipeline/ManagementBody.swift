import CustomerInsights
import Planning

/// The body of a management read of the legacy API, in one piece.
struct ManagementBody: AnswerSource {
  private var body: [UInt8]?

  /// - Throws: ``FetchFailure``; `CancellationError`.
  init(_ program: ManagementProgram, fetcher: Fetcher) async throws {
    do {
      body = try await program.run { try await ProgramBody.page($0, fetcher) }.body()
    } catch let error as LegacyError {
      var error = error
      error.style = .apiErrorResult
      throw FetchFailure(Refusal(legacy: error))
    } catch let refusal as Refusal {
      throw FetchFailure(refusal.styled(.apiErrorResult))
    }
  }

  mutating func next() async throws -> [UInt8]? { body.take() }
}
