package import CustomerInsights

/// A management read of the legacy API: judged, and ready to run.
package struct ManagementProgram: Sendable {
  let read: ManagementRead
  let limits: LegacyPlanLimits
  let judge: @Sendable (LegacyRead) throws(Refusal) -> LegacyProgram.Read

  /// The run of the read. Each request of it is judged by the policy as if the client had sent it: what is refused is
  /// thrown as ``Refusal``.
  /// - Parameters:
  ///   - clock: what the time limit goes by.
  ///   - send: sends a read and reads its answer, of which it takes ``LegacyProgram/Read/columns`` only.
  package func run(
    clock: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
    _ send: @escaping @Sendable (LegacyProgram.Read) async throws -> RowPage
  ) -> ManagementRun {
    ManagementRun(
      read, limits: limits, clock: clock, reader: { [judge] request in try await send(try judge(request)) })
  }
}
