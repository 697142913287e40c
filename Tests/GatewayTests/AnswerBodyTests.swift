import Testing

@testable import Gateway

/// Bodies that are made piece by piece.
@Suite struct AnswerBodyTests {
  /// Gives some pieces, then ends or fails.
  private struct Pieces: AnswerSource {
    var left: [[UInt8]]
    var failure: FetchFailure?

    mutating func next() async throws -> [UInt8]? {
      guard left.isEmpty else { return left.removeFirst() }
      if let failure { throw failure }
      return nil
    }
  }

  @Test func aWholeBodyEndsAndStaysEnded() async throws {
    let body = AnswerBody(Pieces(left: [[1], [2, 3]], failure: nil))
    #expect(try await body.next() == [1])
    #expect(try await body.next() == [2, 3])
    for _ in 0..<3 { #expect(try await body.next() == nil) }
  }

  /// Whoever asks again must not be told that the answer is over.
  @Test func aCutBodyNeverLooksWhole() async throws {
    let failure = FetchFailure(status: 502, code: "upstream.cut", message: "cut")
    let body = AnswerBody(Pieces(left: [[1]], failure: failure))
    #expect(try await body.next() == [1])
    for _ in 0..<3 {
      let error = await #expect(throws: FetchFailure.self) { try await body.next() }
      #expect(error?.code == "upstream.cut")
    }
  }
}
