import ODataURL

/// Reads what is expanded in rows: for all of them together, by their ids.
struct LegacyExpander {
  let plan: LegacyPlan
  let reads: LegacyReads

  /// The rows that belong to the rows of one page, by the ids that both have.
  private struct Found {
    /// For each row its id, if it has one.
    var ids: [FoldedText?]
    var rows: [FoldedText: [DataverseRow]] = [:]
    var refused: Set<FoldedText> = []
  }

  /// - Parameter trial: what the reads may spend, as in ``LegacyReads/page(_:within:)``.
  /// - Returns: for each row, what stands in it of each expansion; nothing where the plan has none. `nil` in a row with an
  ///   id that the policy does not let be asked for, which has no such member: neither that there is something nor that
  ///   there is nothing would be known.
  func expand(
    _ rows: some RandomAccessCollection<DataverseRow>, within trial: LegacyReads.Trial? = nil
  ) async throws -> [[[DataverseRow]?]] {
    guard !plan.expansions.isEmpty, !rows.isEmpty else { return [] }
    var jobs: [@Sendable () async throws -> (Int, ArraySlice<String>, LegacyReads.IDRows)] = []
    var found: [Found] = []
    for (index, expansion) in plan.expansions.enumerated() {
      let texts = rows.map { $0.string(expansion.navigation.from) }
      found.append(Found(ids: texts.map { $0.map { expansion.read.key($0) } }))
      let ids = LegacyExpander.distinct(texts, found[index].ids)
      for start in stride(from: 0, to: ids.count, by: reads.limits.idsPerRead) {
        let part = ids[start..<min(start + reads.limits.idsPerRead, ids.count)]
        jobs.append { [reads] in (index, part, try await reads.all(expansion.read, ids: part, within: trial)) }
      }
    }
    for (index, ids, part) in try await reads.each(jobs) {
      let read = plan.expansions[index].read
      found[index].refused.formUnion(part.refused.map(read.key))
      // A collation may find rows of an id in another part, which come there as well.
      let wanted = Set(ids.map(read.key))
      for row in part.rows {
        guard let id = row.string(read.column).map(read.key), wanted.contains(id) else { continue }
        found[index].rows[id, default: []].append(row)
      }
    }
    return (0..<rows.count).map { row in
      found.map { found in
        guard let id = found.ids[row] else { return [] }
        return found.refused.contains(id) ? nil : found.rows[id] ?? []
      }
    }
  }

  /// In their order, without case: Dataverse compares ids so.
  private static func distinct(_ texts: [String?], _ ids: [FoldedText?]) -> [String] {
    if texts.count == 1 { return texts.compactMap(\.self) }
    var seen: Set<FoldedText> = []
    return zip(texts, ids).compactMap { text, id in id.map { seen.insert($0).inserted } == true ? text : nil }
  }
}
