package import CustomerInsights
import ODataURL
import Policy

/// A legacy request that takes more than one read of Dataverse, or more than new names: judged, and ready to run.
package final class LegacyProgram: Sendable {
  /// A read that may be sent.
  package struct Read: Sendable {
    /// Path and query for the upstream, printed from the judged query; begins with `/`.
    package var target: String
    /// `Prefer` to send upstream, made by us.
    package var prefer: String?
    /// What may be taken of the rows that come.
    package var columns: RowColumns
    /// As ``CustomerInsights/LegacyRead/lease``.
    package var lease: ReadLease?
    /// What ``target`` was printed from.
    var query: RelativeURI
    /// Id of the policy rule that allowed it.
    var rule: String

    /// - Parameters:
    ///   - obligations: what became of the query of `read`.
    ///   - columns: what these let be taken of rows.
    ///   - target: where it has been printed already.
    init(_ obligations: Obligations, _ read: LegacyRead, columns: RowColumns, target: String? = nil) {
      self.target = target ?? Route.serviceRoot + obligations.query.printed()
      prefer = obligations.pageSize.map { "odata.maxpagesize=\($0)" }
      self.columns = columns
      lease = read.lease
      query = obligations.query
      rule = obligations.rule
    }
  }

  private let prepared: PreparedPlan
  /// What the reads are and what is done with their rows, as far as the policy lets it.
  package var plan: LegacyPlan { prepared.plan }
  let limits: LegacyPlanLimits
  let context: String
  let start: LegacyCursor?
  let nextLink: @Sendable (LegacyCursor) throws -> String
  let judge: @Sendable (LegacyRead) throws(Refusal) -> Read

  init(
    plan: PreparedPlan, limits: LegacyPlanLimits, context: String, start: LegacyCursor?,
    nextLink: @escaping @Sendable (LegacyCursor) throws -> String,
    judge: @escaping @Sendable (LegacyRead) throws(Refusal) -> Read
  ) {
    prepared = plan
    self.limits = limits
    self.context = context
    self.start = start
    self.nextLink = nextLink
    self.judge = judge
  }

  /// The run of the plan. Each of its reads is judged by the policy as if the client had sent it: what is refused is thrown
  /// as ``Refusal``.
  /// - Parameters:
  ///   - clock: what the time limit of the plan goes by.
  ///   - read: sends a read and reads its answer, of which it takes ``Read/columns`` only. Ends by the deadline of
  ///     ``Read/lease``, and tells it what it holds.
  package func run(
    clock: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
    read: @escaping @Sendable (Read) async throws -> RowPage
  ) -> LegacyRun {
    LegacyRun(
      plan: prepared, limits: limits, context: context, start: start, nextLink: nextLink, clock: clock,
      allows: { [judge] request in
        do throws(Refusal) {
          _ = try judge(request)
          return true
        } catch {
          // What it is refused for is nothing that the client asked for.
          return false
        }
      }, read: { [judge] request in try await read(try judge(request)) })
  }
}
