import ODataURL

/// Reads what is expanded in rows: for all of them together, by their ids.
struct LegacyExpander {
  let plan: PreparedPlan
  let reads: LegacyReads

  /// The rows that belong to the rows of one page, by the ids that both have.
  private struct Found {
    /// For each row its id, if it has one.
    var ids: [FoldedText?]
    var rows: [FoldedText: [DataverseRow]] = [:]
    var refused: Set<FoldedText> = []
    /// Whether several reads give the rows.
    var isInParts = false
  }

  /// - Parameter trial: what the reads may spend, as in ``LegacyReads/page(_:within:)``.
  /// - Returns: for each row, what stands in it of each expansion; nothing where the plan has none. `nil` in a row with an
  ///   id that the policy does not let be asked for, which has no such member: neither that there is something nor that
  ///   there is nothing would be known.
  func expand(
    _ rows: some RandomAccessCollection<DataverseRow>, within trial: LegacyReads.Trial? = nil
  ) async throws -> [[[DataverseRow]?]] {
    let count = plan.plan.expansions.count
    guard count > 0, !rows.isEmpty else { return [] }
    var jobs: [@Sendable () async throws -> (Int, ArraySlice<String>, LegacyReads.IDRows)] = []
    var found: [Found] = []
    for index in 0..<count {
      // An expansion is looked at where it is: it has many parts, and each would be counted for a copy.
      let (from, form) = (plan.plan.expansions[index].navigation.from, plan.plan.expansions[index].read.form)
      let texts = rows.map { $0.string(from) }
      found.append(Found(ids: texts.map { $0.map { CustomerID.key($0, as: form) } }))
      let ids = LegacyExpander.distinct(texts, found[index].ids)
      found[index].isInParts = ids.count > reads.limits.idsPerRead
      for start in stride(from: 0, to: ids.count, by: reads.limits.idsPerRead) {
        let part = ids[start..<min(start + reads.limits.idsPerRead, ids.count)]
        jobs.append { [reads, plan] in
          (index, part, try await reads.all(plan.plan.expansions[index].read, ids: part, within: trial))
        }
      }
    }
    for (index, ids, part) in try await reads.each(jobs) {
      let (column, form) = (plan.plan.expansions[index].read.column, plan.plan.expansions[index].read.form)
      for id in part.refused { found[index].refused.insert(CustomerID.key(id, as: form)) }
      // A collation may find rows of an id in another part, which come there as well. Of ids that nobody has here nothing
      // is looked up.
      let wanted = found[index].isInParts ? Set(ids.map { CustomerID.key($0, as: form) }) : nil
      for row in part.rows {
        guard let id = row.string(column).map({ CustomerID.key($0, as: form) }), wanted?.contains(id) ?? true else {
          continue
        }
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
