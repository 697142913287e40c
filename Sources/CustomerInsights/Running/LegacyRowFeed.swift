import ODataURL

/// The rows of a plan in their order, batch by batch, each with its place, so that a later page can go on there.
struct LegacyRowFeed {
  struct Batch {
    /// Those that passed the plan's tests.
    var rows: [DataverseRow]
    /// Where each of ``rows`` is.
    var places: [LegacyCursor.Place]
    /// Where the batch behind begins; `nil` behind the last one.
    var next: LegacyCursor.Place?
    /// The service's number of all rows.
    var count: [UInt8]?
  }

  private let prepared: PreparedPlan
  private let reads: LegacyReads
  /// Where the next batch begins; `nil` at the end.
  private var place: LegacyCursor.Place?
  /// First pages of lists that were read together.
  private var ahead: [Int: RowPage] = [:]
  private var members: MemberFeed?

  init(plan prepared: PreparedPlan, reads: LegacyReads, place: LegacyCursor.Place) {
    self.prepared = prepared
    self.reads = reads
    self.place = place
    if case .members(let members) = prepared.plan.rows {
      self.members = MemberFeed(
        members: members, reads: reads, place: place,
        wanted: prepared.plan.window.order == nil ? prepared.plan.wantedRows : .max)
    }
  }

  /// - Returns: `nil` behind the last batch. A batch may be empty and others follow it.
  mutating func next() async throws -> Batch? {
    if let order = prepared.plan.window.order { return try await sorted(order) }
    return try await batch()
  }

  /// Everything at once: what is sorted here must all be there. Places count sorted rows.
  private mutating func sorted(_ order: RowOrder) async throws -> Batch? {
    guard let start = place else { return nil }
    place = members == nil ? LegacyCursor.Place() : place
    if members != nil, case .members(let all) = prepared.plan.rows {
      members = MemberFeed(members: all, reads: reads, place: LegacyCursor.Place(), wanted: .max)
    }
    var rows: [DataverseRow] = []
    var count: [UInt8]?
    while let batch = try await batch() {
      rows.append(contentsOf: batch.rows)
      count = count ?? batch.count
    }
    place = nil
    let first = start.offset
    let shown = order.sorted(rows).dropFirst(first)
    return Batch(
      rows: Array(shown), places: shown.indices.map { LegacyCursor.Place(offset: $0) }, next: nil, count: count)
  }

  private mutating func batch() async throws -> Batch? {
    if members != nil { return tested(try await members?.next()) }
    guard let place else { return nil }
    let (page, list) = try await page(at: place)
    var next: LegacyCursor.Place?
    if let token = page.skiptoken {
      // A page that is read again may be shorter than it was: what was shown of it then stands on the next one.
      next = LegacyCursor.Place(
        list: place.list, skiptoken: token, offset: max(0, place.offset - page.rows.count))
    } else if place.list + 1 < list {
      next = LegacyCursor.Place(list: place.list + 1)
    }
    self.place = next
    let rows = page.rows.dropFirst(place.offset)
    return tested(
      Batch(
        rows: Array(rows),
        places: rows.indices.map { LegacyCursor.Place(list: place.list, skiptoken: place.skiptoken, offset: $0) },
        next: next, count: page.count))
  }

  /// - Returns: the page, and the number of lists.
  private mutating func page(at place: LegacyCursor.Place) async throws -> (RowPage, lists: Int) {
    let queries: [RelativeURI]
    switch prepared.plan.rows {
    case .query(let query):
      guard place.list == 0 else { return (RowPage(rows: [], byteCount: 0), 0) }
      let request = LegacyRead(
        query: query, pageSize: prepared.plan.rowPageSize, skiptoken: place.skiptoken, number: 0)
      return (try await reads.page(request), 1)
    case .lists(let lists): queries = lists
    case .members: queries = []
    }
    guard queries.indices.contains(place.list) else { return (RowPage(rows: [], byteCount: 0), 0) }
    if place.skiptoken == nil, let known = ahead.removeValue(forKey: place.list) { return (known, queries.count) }
    let size = prepared.plan.rowPageSize
    if place.skiptoken == nil, queries.count > 1 {
      // As many as the rows that are wanted may take, side by side.
      let wanted =
        prepared.plan.window.order == nil
        ? max(1, (prepared.plan.wantedRows - 1) / max(1, reads.limits.idsPerRead) + 1) : queries.count
      let last = min(queries.count, place.list + min(wanted, reads.limits.concurrency))
      let range = place.list..<last
      let pages = try await reads.each(
        range.map { index in
          { [reads] in try await reads.page(LegacyRead(query: queries[index], pageSize: size, number: index)) }
        })
      for (index, page) in zip(range, pages) { ahead[index] = page }
      if let first = ahead.removeValue(forKey: place.list) { return (first, queries.count) }
    }
    let request = LegacyRead(
      query: queries[place.list], pageSize: size, skiptoken: place.skiptoken, number: place.list)
    return (try await reads.page(request), queries.count)
  }

  /// What the plan's tests let pass.
  private func tested(_ batch: Batch?) -> Batch? {
    guard var batch, prepared.plan.window.looksAtRows else { return batch }
    let passed = batch.rows.indices.filter { prepared.plan.window.passes(batch.rows[$0]) }
    batch.rows = passed.map { batch.rows[$0] }
    batch.places = passed.map { batch.places[$0] }
    return batch
  }
}
