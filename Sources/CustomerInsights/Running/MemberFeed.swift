import ODataURL

/// The customers of segments, in the order of the membership table: a page of memberships, then the customers it names,
/// some at a time.
///
/// A customer may have several rows there, one for each application that publishes segments, and is shown at one of them:
/// the first, where all rows stand on one page, and otherwise the one whose ``SegmentMapping/row`` is the least. Which page
/// is being read makes no difference to that, so no page needs to know what was on the pages before.
struct MemberFeed {
  private struct Member {
    var id: String
    /// As Dataverse compares it.
    var key: FoldedText
    /// Rows of the page in front of its row.
    var offset: Int
    /// What tells its row apart, as it stands.
    var row: [UInt8]?
  }

  private let members: LegacyMembers
  private let reads: LegacyReads
  /// Where the next batch begins; `nil` at the end.
  private var place: LegacyCursor.Place?
  /// Those of the page at hand whose customers are not read yet.
  private var pending: [Member] = []
  /// Where the page behind the one at hand is.
  private var nextPage: LegacyCursor.Place?
  private var pageToken: String?
  /// Whose rows, without their ``Member/row``, this run has met.
  private var seen: Set<FoldedText> = []
  /// The column of ``Member/row``, if it is of use: where what rows customers have may not be read by their ids, none is.
  /// Asked for when there is a second page, since few segments have one.
  private lazy var rowColumn: String? = {
    guard let column = members.row, let first = members.segments.first,
      reads.allows(LegacyRead(query: members.rows(of: first).sample, pageSize: LegacyRead.wholePage))
    else { return nil }
    return column
  }()
  /// Who is in the segments behind the first one.
  private var others: [Set<FoldedText>]?

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
    var batch = LegacyRowFeed.Batch(rows: [], places: [], next: behind, count: nil)
    guard !part.isEmpty else { return batch }
    let (customers, leastRows) = try await customers(of: part)
    for member in part {
      let key = member.key
      if let row = member.row, let least = leastRows[key], row != least { continue }
      for row in customers[key] ?? [] {
        batch.rows.append(row)
        batch.places.append(LegacyCursor.Place(skiptoken: token, offset: member.offset))
      }
    }
    return batch
  }

  /// The customers by their ids, and the least of the rows that each has in the membership table.
  private func customers(
    of part: [Member]
  ) async throws -> (rows: [FoldedText: [DataverseRow]], leastRows: [FoldedText: [UInt8]]) {
    var ids: [String] = []
    var known: Set<FoldedText> = []
    for member in part where known.insert(member.key).inserted { ids.append(member.id) }
    var wanted = [members.rows]
    if part.contains(where: { $0.row != nil }), let first = members.segments.first {
      wanted.append(members.rows(of: first))
    }
    // Whose id cannot be asked for is not shown, as whoever else the policy hides.
    let found = try await reads.each(
      wanted.map { read in { [reads, ids] in try await reads.all(read, ids: ids[...]).rows } })
    var leastRows: [FoldedText: [UInt8]] = [:]
    if let first = members.segments.first, let column = members.row {
      for row in found.dropFirst().joined() {
        guard let id = MemberFeed.member(row, of: first.name, members.mapping), let value = row[column] else {
          continue
        }
        let key = FoldedText(id)
        if let least = leastRows[key], !value.lexicographicallyPrecedes(least) { continue }
        leastRows[key] = value
      }
    }
    let rows = Dictionary(grouping: found.first ?? []) { FoldedText($0.string(members.rows.column) ?? "") }
    return (rows, leastRows)
  }

  private mutating func readPage(at place: LegacyCursor.Place) async throws {
    guard let first = members.segments.first else { return }
    let others = try await otherMembers()
    let request = LegacyRead(
      query: first.query, pageSize: LegacyRead.wholePage, skiptoken: place.skiptoken, number: 0)
    let page = try await reads.page(request)
    pageToken = place.skiptoken
    nextPage = page.skiptoken.map { LegacyCursor.Place(skiptoken: $0) }
    // Where this page is all there is, nobody has a row elsewhere.
    let column = place.skiptoken == nil && page.skiptoken == nil ? nil : rowColumn
    pending.reserveCapacity(page.rows.count)
    for (offset, row) in page.rows.enumerated() {
      guard let id = MemberFeed.member(row, of: first.name, members.mapping) else { continue }
      let mark = column.flatMap { row[$0] }
      let key = FoldedText(id)
      guard mark != nil || seen.insert(key).inserted, offset >= place.offset, others.allSatisfy({ $0.contains(key) })
      else { continue }
      pending.append(Member(id: id, key: key, offset: offset, row: mark))
    }
    if pending.isEmpty { self.place = nextPage }
  }

  private mutating func otherMembers() async throws -> [Set<FoldedText>] {
    if let others { return others }
    let (reads, mapping) = (reads, members.mapping)
    let found = try await reads.each(
      members.segments.enumerated().dropFirst().map { number, segment in
        {
          let rows = try await reads.all(segment.query, number: number)
          return Set(rows.compactMap { MemberFeed.member($0, of: segment.name, mapping).map { FoldedText($0) } })
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
