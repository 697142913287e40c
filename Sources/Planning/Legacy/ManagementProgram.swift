package import CustomerInsights

/// A management read of the legacy API: judged, and ready to run.
package struct ManagementProgram: Sendable {
  let read: ManagementRead
  let limits: LegacyPlanLimits
  let judge: @Sendable (LegacyRead) throws(Refusal) -> LegacyProgram.Read

  /// The run of the read. Each request of it is judged by the policy as if the client had sent it: what is refused is
  /// thrown as ``Refusal``.
  /// - Parameter send: sends a read and reads its answer, of which it takes ``LegacyProgram/Read/columns`` only.
  package func run(_ send: @escaping @Sendable (LegacyProgram.Read) async throws -> RowPage) -> ManagementRun {
    ManagementRun(read, limits: limits, reader: { [judge] request in try await send(try judge(request)) })
  }
}
