import CustomerInsights
import ODataURL
import Planning

/// From a request target to the query that a policy judges, by the gateway's own stages before the judge.
struct TargetReader: Sendable {
  private let translator: LegacyTranslator
  private let dataverse = Parser(settings: .dataverse.onLargeStacks)
  private let legacy = Parser(settings: .legacy.onLargeStacks)

  init(mapping: LegacyMapping) { translator = LegacyTranslator(mapping: mapping) }

  struct ReadQuery {
    var dialect: Dialect
    /// As the client wrote it.
    var written: RelativeURI
    /// As it is judged: the reads that answer it, for the legacy dialect. Not empty.
    var judged: [RelativeURI]
  }

  /// - Throws: what the gateway would answer to a target that never gets as far as the policy.
  func read(_ target: String) throws(Refusal) -> ReadQuery {
    let bytes = Array(target.utf8)
    switch bytes.withUnsafeBufferPointer({ Route.match($0) }) {
    case .refused(let refusal): throw refusal
    case .dataverse(let offset):
      let query = try parse(Array(bytes[offset...]), offset: offset, dataverse, .dataverse)
      return ReadQuery(dialect: .dataverse, written: query, judged: [query])
    case .operation(let call):
      do throws(LegacyError) {
        guard let read = try ManagementRead.read(call, translator.mapping) else { throw .answeredHere(call.style) }
        return ReadQuery(dialect: .legacy, written: read.query, judged: [read.query])
      } catch {
        throw Refusal(legacy: error)
      }
    case .legacy(let route):
      let (relative, offset) = route.relativeURI(in: bytes)
      let query = try parse(relative, offset: offset, legacy, .legacy)
      do throws(LegacyError) {
        var firstPage = query
        firstPage.options.skiptoken = nil
        let plan = try translator.translate(firstPage)
        guard var direct = plan.direct?.query else {
          return ReadQuery(dialect: .legacy, written: query, judged: plan.reads)
        }
        direct.options.skiptoken = query.options.skiptoken
        return ReadQuery(dialect: .legacy, written: query, judged: [direct])
      } catch {
        throw Refusal(legacy: error)
      }
    }
  }

  private func parse(
    _ bytes: [UInt8], offset: Int, _ parser: Parser, _ dialect: Dialect
  ) throws(Refusal) -> RelativeURI {
    let result = bytes.withUnsafeBufferPointer { buffer in
      Result { () throws(SyntaxError) in try parser.relativeURI(buffer, offset: offset) }
    }
    switch result {
    case .success(let query): return query
    case .failure(let error): throw Refusal(error, dialect: dialect)
    }
  }
}

/// Paging tokens for tools: every `$skiptoken` counts as one that the gateway gave out for this query.
struct TrustedPagingTokens: PagingTokens {
  func seal(_ token: String, boundTo context: [String]) throws -> String { token }
  // The page size of the first page, which a real token carries in front of the bar, is nobody's here.
  func open(_ sealed: String, boundTo context: [String]) throws -> String { "|\(sealed)" }
}
