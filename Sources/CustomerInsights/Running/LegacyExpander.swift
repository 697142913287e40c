import ODataURL

/// Reads what is expanded in rows: for all of them together, by their ids.
struct LegacyExpander {
  let plan: LegacyPlan
  let reads: LegacyReads

  /// - Returns: for each row what stands in it.
  func expand(_ rows: [DataverseRow]) async throws -> [[ExpandedMember]] {
    guard !plan.expansions.isEmpty, !rows.isEmpty else { return rows.map { _ in [] } }
    var jobs: [@Sendable () async throws -> (Int, [DataverseRow])] = []
    for (index, expansion) in plan.expansions.enumerated() {
      let ids = LegacyExpander.distinct(rows.compactMap { $0.string(expansion.navigation.from) })
      for start in stride(from: 0, to: ids.count, by: reads.limits.idsPerRead) {
        let query = expansion.read.query(ids: ids[start..<min(start + reads.limits.idsPerRead, ids.count)])
        jobs.append { [reads] in (index, try await reads.all(query)) }
      }
    }
    var found: [[FoldedText: [DataverseRow]]] = plan.expansions.map { _ in [:] }
    for (index, rows) in try await reads.each(jobs) {
      let column = plan.expansions[index].read.column
      for row in rows {
        guard let id = row.string(column) else { continue }
        found[index][FoldedText(id), default: []].append(row)
      }
    }
    let writers = plan.expansions.map { LegacyRowWriter(shape: $0.shape) }
    return rows.map { row in
      plan.expansions.indices.map { index in
        let navigation = plan.expansions[index].navigation
        let id = row.string(navigation.from).map { FoldedText($0) }
        return ExpandedMember(
          name: navigation.name, rows: id.flatMap { found[index][$0] } ?? [], writer: writers[index],
          isCollection: navigation.isCollection)
      }
    }
  }

  /// In their order, without case: Dataverse compares ids so.
  private static func distinct(_ ids: [String]) -> [String] {
    var seen: Set<FoldedText> = []
    return ids.filter { seen.insert(FoldedText($0)).inserted }
  }
}
