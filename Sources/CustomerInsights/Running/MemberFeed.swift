import ODataURL

/// The customers of segments, in the order of the membership table: a page of memberships, then the customers it names,
/// some at a time.
struct MemberFeed {
  private let members: LegacyMembers
  private let reads: LegacyReads
  /// Where the next batch begins; `nil` at the end.
  private var place: LegacyCursor.Place?
  /// Ids of the page at hand that are not read yet, with their rows in it.
  private var pending: [(id: String, offset: Int)] = []
  /// Where the page behind the one at hand is.
  private var nextPage: LegacyCursor.Place?
  private var pageToken: String?
  /// A customer may have several rows: one for each provider of segments.
  private var seen: Set<String> = []
  /// Who is in the segments behind the first one.
  private var others: [Set<String>]?

  init(members: LegacyMembers, reads: LegacyReads, place: LegacyCursor.Place) {
    self.members = members
    self.reads = reads
    self.place = place
  }

  mutating func next() async throws -> LegacyRowFeed.Batch? {
    if pending.isEmpty {
      guard let place else { return nil }
      try await readPage(at: place)
    }
    let part = Array(pending.prefix(reads.limits.idsPerRead))
    pending.removeFirst(part.count)
    let token = pageToken
    let behind = pending.first.map { LegacyCursor.Place(skiptoken: token, offset: $0.offset) } ?? nextPage
    if pending.isEmpty { place = nextPage }
    guard !part.isEmpty else { return LegacyRowFeed.Batch(rows: [], places: [], next: behind, count: nil) }
    let rows = try await reads.all(members.rows.query(ids: part.map(\.id)))
    let byID = Dictionary(grouping: rows) { ($0.string(members.rows.column) ?? "").lowercased() }
    var batch = LegacyRowFeed.Batch(rows: [], places: [], next: behind, count: nil)
    for (id, offset) in part {
      for row in byID[id.lowercased()] ?? [] {
        batch.rows.append(row)
        batch.places.append(LegacyCursor.Place(skiptoken: token, offset: offset))
      }
    }
    return batch
  }

  private mutating func readPage(at place: LegacyCursor.Place) async throws {
    guard let first = members.segments.first else { return }
    let others = try await otherMembers()
    let request = LegacyRead(query: first.query, pageSize: LegacyRead.wholePage, skiptoken: place.skiptoken)
    let page = try await reads.page(request)
    pageToken = place.skiptoken
    nextPage = page.skiptoken.map { LegacyCursor.Place(skiptoken: $0) }
    for (offset, row) in page.rows.enumerated() {
      guard let id = MemberFeed.member(row, of: first.name, members.mapping), seen.insert(id.lowercased()).inserted,
        offset >= place.offset, others.allSatisfy({ $0.contains(id.lowercased()) })
      else { continue }
      pending.append((id, offset))
    }
    if pending.isEmpty { self.place = nextPage }
  }

  private mutating func otherMembers() async throws -> [Set<String>] {
    if let others { return others }
    let (reads, mapping) = (reads, members.mapping)
    let found = try await reads.each(
      members.segments.dropFirst().map { segment in
        {
          let rows = try await reads.all(segment.query)
          return Set(rows.compactMap { MemberFeed.member($0, of: segment.name, mapping)?.lowercased() })
        }
      })
    others = found
    return found
  }

  /// The customer of a membership, if its list really has the segment.
  private static func member(_ row: DataverseRow, of segment: String, _ mapping: SegmentMapping) -> String? {
    guard let list = row[mapping.list], SegmentList.holds(list, segment: segment, member: mapping.member) else {
      return nil
    }
    return row.string(mapping.customer)
  }
}
