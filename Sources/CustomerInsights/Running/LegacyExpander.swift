import ODataURL

/// Reads what is expanded in rows: for all of them together, by their ids.
struct LegacyExpander {
  let plan: LegacyPlan
  let reads: LegacyReads

  /// - Returns: for each row what stands in it. A row with an id that the policy does not let be asked for has no such
  ///   member: neither that there is something nor that there is nothing would be known.
  func expand(_ rows: [DataverseRow]) async throws -> [[ExpandedMember]] {
    guard !plan.expansions.isEmpty, !rows.isEmpty else { return rows.map { _ in [] } }
    var jobs: [@Sendable () async throws -> (Int, ArraySlice<String>, LegacyReads.IDRows)] = []
    for (index, expansion) in plan.expansions.enumerated() {
      let ids = LegacyExpander.distinct(rows.compactMap { $0.string(expansion.navigation.from) })
      for start in stride(from: 0, to: ids.count, by: reads.limits.idsPerRead) {
        let part = ids[start..<min(start + reads.limits.idsPerRead, ids.count)]
        jobs.append { [reads] in (index, part, try await reads.all(expansion.read, ids: part)) }
      }
    }
    var found: [[FoldedText: [DataverseRow]]] = plan.expansions.map { _ in [:] }
    var refused: [Set<FoldedText>] = plan.expansions.map { _ in [] }
    for (index, ids, part) in try await reads.each(jobs) {
      let column = plan.expansions[index].read.column
      refused[index].formUnion(part.refused)
      // A collation may find rows of an id in another part, which come there as well.
      let wanted = Set(ids.map { FoldedText($0) })
      for row in part.rows {
        guard let id = row.string(column).map({ FoldedText($0) }), wanted.contains(id) else { continue }
        found[index][id, default: []].append(row)
      }
    }
    let writers = plan.expansions.map { $0.writer ?? LegacyRowWriter(shape: $0.shape) }
    return rows.map { row in
      plan.expansions.indices.compactMap { index in
        let navigation = plan.expansions[index].navigation
        let id = row.string(navigation.from).map { FoldedText($0) }
        if let id, refused[index].contains(id) { return nil }
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
