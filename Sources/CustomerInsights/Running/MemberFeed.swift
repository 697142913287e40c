import ODataURL

/// The customers of segments, in the order of the membership table: a page of memberships, then the customers it names,
/// some at a time.
///
/// Of several segments one is read page by page: the first that one page holds whole, or else the first. Of another one
/// that one page holds, that page says who is in it; of a larger one, its rows for the customers at hand do.
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

  /// How it is known who is in a segment.
  private enum Roll {
    case known(Set<FoldedText>)
    /// By asking for the customers at hand.
    case asked
  }

  private let members: LegacyMembers
  /// How the customers' rows have their ids, if these are ids of customers.
  private let form: CustomerID.Form?
  private let reads: LegacyReads
  /// Reads of customers that the answer may take at one time.
  private let width: Int
  /// Where the next batch begins; `nil` at the end.
  private var place: LegacyCursor.Place?
  /// Those of the page at hand whose customers are not read yet.
  private var pending: [Member] = []
  /// Where the page at hand is, and the one behind it.
  private var page = LegacyCursor.Place()
  private var nextPage: LegacyCursor.Place?
  /// Whose rows, without their ``Member/row``, this run has met.
  private var seen: Set<FoldedText> = []
  /// The column of ``Member/row``, if it is of use: where what rows customers have may not be read by their ids, none is.
  /// Asked for when there is a second page, since few segments have one.
  private lazy var rowColumn: String? = {
    guard let column = members.row, let first = members.segments.first, asks(first) else { return nil }
    return column
  }()
  /// Who is in the segments besides the one that is read page by page, by their places in ``LegacyMembers/segments``.
  private var rolls: [Int: Roll]?

  /// - Parameter wanted: rows that the answer has at most; so many customers are read at one time, as far as the limits
  ///   allow.
  init(members: LegacyMembers, reads: LegacyReads, place: LegacyCursor.Place, wanted: Int) {
    self.members = members
    form = members.rows.first?.form
    self.reads = reads
    self.place = place
    let ids = max(1, reads.limits.idsPerRead)
    width = max(1, min(reads.limits.concurrency, (max(1, wanted) - 1) / ids + 1))
  }

  /// Customers that are read together: as many as the answer may take, unless that were a large part of all reads.
  private var batchSize: Int {
    let readsOfPart = MemberFeed.usualPages * (members.rows.count + members.segments.count)
    return max(1, reads.limits.idsPerRead) * max(1, min(width, reads.limits.reads / readsOfPart))
  }

  /// Pages of a read by ids that are reckoned with.
  private static let usualPages = 8

  mutating func next() async throws -> LegacyRowFeed.Batch? {
    if pending.isEmpty {
      guard let place else { return nil }
      try await readPage(at: place)
    }
    var part = Array(pending.prefix(batchSize))
    pending.removeFirst(part.count)
    let behind = pending.first.map { place(of: $0) } ?? nextPage
    if pending.isEmpty { place = nextPage }
    var batch = LegacyRowFeed.Batch(rows: [], places: [], next: behind, count: nil)
    guard !part.isEmpty else { return batch }
    // Few may be in all segments: of them alone the rest is read.
    let rolls = rollReads
    if !rolls.isEmpty {
      let found = try await details(of: part, rolls).rolls
      part.removeAll { member in !found.allSatisfy { $0.contains(member.key) } }
    }
    guard !part.isEmpty else { return batch }
    let found = try await details(of: part, rowReads(part))
    for member in part {
      if let row = member.row, let least = found.leastRows[member.key], row != least { continue }
      for row in found.customers[member.key] ?? [] {
        batch.rows.append(row)
        batch.places.append(place(of: member))
      }
    }
    return batch
  }

  private func place(of member: Member) -> LegacyCursor.Place {
    LegacyCursor.Place(list: page.list, skiptoken: page.skiptoken, offset: member.offset)
  }

  // MARK: Customers

  /// What is read about some customers.
  private struct Details {
    var customers: [FoldedText: [DataverseRow]] = [:]
    /// The least of the rows that each has in the segment that is read page by page.
    var leastRows: [FoldedText: [UInt8]] = [:]
    /// Who of them is in each of the segments that are asked.
    var rolls: [Set<FoldedText>] = []
  }

  /// What one read is for.
  private enum Subject: Sendable {
    case customers, leastRows
    /// By its place in ``Details/rolls``.
    case roll(Int, segment: String)
  }

  private func details(of part: [Member], _ wanted: [(subject: Subject, read: LegacyIDRead)]) async throws -> Details {
    var ids: [String] = []
    var known: Set<FoldedText> = []
    for member in part where part.count == 1 || known.insert(member.key).inserted { ids.append(member.id) }
    var found = Details()
    found.rolls = wanted.compactMap { if case .roll = $0.subject { [] } else { nil } }
    var jobs: [@Sendable () async throws -> (Subject, ArraySlice<String>, [DataverseRow])] = []
    for start in stride(from: 0, to: ids.count, by: max(1, reads.limits.idsPerRead)) {
      let ids = ids[start..<min(start + max(1, reads.limits.idsPerRead), ids.count)]
      for (subject, read) in wanted {
        // Whose id cannot be asked for is not shown, as whoever else the policy hides.
        jobs.append { [reads] in (subject, ids, try await reads.all(read, ids: ids).rows) }
      }
    }
    let isInParts = ids.count > max(1, reads.limits.idsPerRead)
    for (subject, ids, rows) in try await reads.each(jobs) {
      add(rows, about: isInParts ? ids : nil, to: &found, subject)
    }
    return found
  }

  /// Who is in the segments that are asked.
  private var rollReads: [(subject: Subject, read: LegacyIDRead)] {
    let asked = members.segments.enumerated().filter { index, _ in
      if case .asked = rolls?[index] { true } else { false }
    }
    return asked.enumerated().map { place, segment in
      (.roll(place, segment: segment.element.name), members.rows(of: segment.element))
    }
  }

  /// The customers, and their rows in the segment that is read page by page, if these must be told apart.
  private func rowReads(_ part: [Member]) -> [(subject: Subject, read: LegacyIDRead)] {
    var reads: [(subject: Subject, read: LegacyIDRead)] = members.rows.map { (subject: .customers, read: $0) }
    if part.contains(where: { $0.row != nil }), let first = members.segments.first {
      reads.append((subject: .leastRows, read: members.rows(of: first)))
    }
    return reads
  }

  /// - Parameter ids: those of the part that the rows are of; `nil` where it is the only one.
  private func add(
    _ rows: [DataverseRow], about ids: ArraySlice<String>?, to found: inout Details, _ subject: Subject
  ) {
    switch subject {
    case .customers:
      // A collation may find rows of an id in another part, which come there as well.
      let wanted = ids.map { Set($0.map(key)) }
      let column = members.rows[0].column
      for row in rows {
        guard let id = row.string(column).map(key), wanted?.contains(id) ?? true else { continue }
        found.customers[id, default: []].append(row)
      }
    case .leastRows:
      guard let first = members.segments.first, let column = members.row else { return }
      for row in rows {
        guard let id = member(row, of: first.name), let value = row[column] else { continue }
        let key = key(id)
        if let least = found.leastRows[key], !value.lexicographicallyPrecedes(least) { continue }
        found.leastRows[key] = value
      }
    case .roll(let index, let segment): found.rolls[index].formUnion(keys(rows, of: segment))
    }
  }

  // MARK: Memberships

  private mutating func readPage(at start: LegacyCursor.Place) async throws {
    var (place, page) = (start, RowPage(rows: [], byteCount: 0))
    if rolls == nil {
      (place, page) = try await open(at: start)
    } else {
      page = try await read(start)
    }
    guard let segment = segment(of: place.list) else { return self.place = nil }
    self.page = LegacyCursor.Place(list: place.list, skiptoken: place.skiptoken)
    nextPage = page.skiptoken.map { token in
      // A page that is read again may be shorter than it was: what was shown of it then stands on the next one.
      LegacyCursor.Place(list: place.list, skiptoken: token, offset: max(0, place.offset - page.rows.count))
    }
    if nextPage == nil, segment == 0, place.list + 1 < members.segments[0].queries.count {
      nextPage = LegacyCursor.Place(list: place.list + 1)
    }
    // Where this page is all there is, nobody has a row elsewhere.
    let column = place.skiptoken == nil && page.skiptoken == nil ? nil : rowColumn
    let others = (rolls ?? [:]).values.compactMap { if case .known(let keys) = $0 { keys } else { nil } }
    pending.reserveCapacity(page.rows.count)
    for (offset, row) in page.rows.enumerated() {
      guard let id = member(row, of: members.segments[segment].name) else { continue }
      let mark = column.flatMap { row[$0] }
      let key = key(id)
      guard mark != nil || seen.insert(key).inserted, offset >= place.offset, others.allSatisfy({ $0.contains(key) })
      else { continue }
      pending.append(Member(id: id, key: key, offset: offset, row: mark))
    }
    if pending.isEmpty { self.place = nextPage }
  }

  /// Reads the page that is asked for, and the first ones of the other segments beside it.
  /// - Returns: the page, and where it is: at the very start, that of another segment may be the better one to begin with.
  private mutating func open(at place: LegacyCursor.Place) async throws -> (LegacyCursor.Place, RowPage) {
    guard let own = segment(of: place.list) else { return (place, RowPage(rows: [], byteCount: 0)) }
    var found: [Int: Roll] = [:]
    let segments = members.segments
    // Who is in a list is asked for, whatever the segments are.
    guard segments.count > 1, segments[0].parts.isEmpty else {
      let page = try await read(place)
      for index in segments.indices where index != own { found[index] = try await roll(segments[index], index, nil) }
      rolls = found
      return (place, page)
    }
    let places = segments.indices.map { $0 == own ? place : LegacyCursor.Place(list: $0) }
    let requests = places.map { request($0) }
    let pages = try await reads.each(requests.map { request in { [reads] in try await reads.page(request) } })
    let isWhole = zip(places, pages).map { $0.skiptoken == nil && $1.skiptoken == nil }
    let chosen = place == LegacyCursor.Place() ? isWhole.firstIndex(of: true) ?? own : own
    for index in segments.indices where index != chosen {
      found[index] = try await roll(segments[index], index, pages[index])
    }
    rolls = found
    return (places[chosen], pages[chosen])
  }

  /// - Parameter first: the first page of the segment, if it is read.
  private func roll(_ segment: LegacyMembers.Segment, _ index: Int, _ first: RowPage?) async throws -> Roll {
    if let first, first.skiptoken == nil { return .known(keys(first.rows, of: segment.name)) }
    if asks(segment) { return .asked }
    let request = request(LegacyCursor.Place(list: members.segments[0].queries.count - 1 + index))
    let page = if let first { first } else { try await reads.page(request) }
    return .known(keys(try await reads.all(request, behind: page), of: segment.name))
  }

  private func read(_ place: LegacyCursor.Place) async throws -> RowPage {
    guard segment(of: place.list) != nil else { return RowPage(rows: [], byteCount: 0) }
    return try await reads.page(request(place))
  }

  private func request(_ place: LegacyCursor.Place) -> LegacyRead {
    LegacyRead(
      query: members.queries[place.list], pageSize: LegacyRead.wholePage, skiptoken: place.skiptoken,
      number: place.list)
  }

  /// Which segment one of ``LegacyMembers/queries`` reads; `nil` for none of them.
  private func segment(of query: Int) -> Int? {
    let parts = members.segments.first?.queries.count ?? 0
    let index = query < parts ? 0 : query - parts + 1
    return query >= 0 && members.segments.indices.contains(index) ? index : nil
  }

  // MARK: Rows

  /// Whether what rows a segment has for customers may be read by their ids.
  private func asks(_ segment: LegacyMembers.Segment) -> Bool {
    reads.allows(LegacyRead(query: members.rows(of: segment).sample, pageSize: LegacyRead.wholePage))
  }

  private func key(_ id: String) -> FoldedText { CustomerID.key(id, as: form) }

  /// Who is in a segment by these rows.
  private func keys(_ rows: [DataverseRow], of segment: String) -> Set<FoldedText> {
    Set(rows.compactMap { member($0, of: segment).map(key) })
  }

  /// The customer of a membership, if its list really has the segment.
  private func member(_ row: DataverseRow, of segment: String) -> String? {
    guard let list = row[members.mapping.list],
      SegmentList.holds(list, segment: segment, member: members.mapping.member)
    else { return nil }
    return row.string(members.mapping.customer)
  }
}
