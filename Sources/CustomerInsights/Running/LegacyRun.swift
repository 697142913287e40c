import Dataverse
import JSONStream
import ODataURL

/// Runs a plan: reads, joins, tests, sorts and writes the answer, part by part. Holds a page at a time, or all rows where
/// they must be sorted; both within the limits of the mapping.
///
/// Knows nothing of networks or policies: whoever runs it gives the one function that sends a judged read.
package struct LegacyRun: Sendable {
  /// Sends one read of the plan and reads its answer. Tells ``LegacyRead/hold`` what it holds of it while it comes.
  package typealias Reader = @Sendable (LegacyRead) async throws -> RowPage

  private let prepared: PreparedPlan
  private let context: String
  private let isFirstPage: Bool
  private let nextLink: @Sendable (LegacyCursor) throws -> String
  private let source: LegacyReads
  private var rowWriter: LegacyRowWriter
  private var feed: LegacyRowFeed
  private var window: RowWindow
  /// Knows what stands open.
  private var writer = JSONWriter()
  private var state = State.start
  /// Rows that are expanded together; `nil` for all that a page has.
  private var slice: Int?

  private enum State {
    case start, rows, over
  }

  /// - Parameters:
  ///   - context: the whole `@odata.context` URL.
  ///   - start: where a page that is not the first begins.
  ///   - nextLink: makes the link to the page behind.
  ///   - clock: what the time limit goes by, which begins now.
  ///   - allows: whether a read could be sent that only some runs take.
  package init(
    plan prepared: PreparedPlan, limits: LegacyPlanLimits, context: String, start: LegacyCursor?,
    nextLink: @escaping @Sendable (LegacyCursor) throws -> String,
    clock: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
    allows: @escaping @Sendable (LegacyRead) -> Bool = { _ in true }, read: @escaping Reader
  ) {
    self.prepared = prepared
    self.context = context
    isFirstPage = start == nil
    self.nextLink = nextLink
    // What is sorted here must all be there, whatever of it is shown.
    let leavesOut = start == nil && prepared.plan.window.order == nil && prepared.plan.window.skip > 0
    source = LegacyReads(
      limits: limits, leavesOut: leavesOut ? prepared.plan.leftOut : nil, clock: clock, allows: allows, read: read)
    rowWriter = prepared.writer
    feed = LegacyRowFeed(plan: prepared, reads: source, place: start?.place ?? LegacyCursor.Place())
    window = RowWindow(prepared.plan.window, isFirst: start == nil)
    slice = start?.isCareful == true ? 1 : nil
  }

  /// Whether something was given up for want of time, so that a page may be shorter than the same request would have it
  /// another time: such an answer is not to be kept.
  package var isLate: Bool { source.isLate }

  /// The next part of the answer, UTF-8 JSON, not empty; `nil` behind the last one. Not to be called again behind that or
  /// an error.
  /// - Throws: `LegacyError` for what the caller must be told: no row of this key, limits; `ShapeError`, before the first
  ///   part of a first page, when the service did not give the number of rows that was asked for; what the reader throws.
  package mutating func next() async throws -> [UInt8]? {
    switch state {
    case .start: return try await begin()
    case .rows: return try await goOn()
    case .over: return nil
    }
  }

  private mutating func begin() async throws -> [UInt8] {
    var batch = try await feed.next()
    guard prepared.plan.result == .collection else {
      state = .over
      while let current = batch, current.rows.isEmpty { batch = try await feed.next() }
      return try await entity(batch?.rows.first)
    }
    state = .rows
    // The number may come with a page behind those that have no rows.
    while prepared.plan.shape.hasCount, let current = batch, current.count == nil, current.rows.isEmpty,
      current.next != nil
    { batch = try await feed.next() }
    var out = JSONWriter()
    out.beginObject()
    out.name("@odata.context")
    out.string(context)
    if prepared.plan.shape.hasCount {
      if let count = batch?.count {
        out.name("@odata.count")
        out.raw(count)
      } else if isFirstPage {
        // Without it the client would take what it asked for as not there, and go on with no number.
        throw ShapeError("The number of rows that was asked for is missing.")
      }
    }
    out.name("value")
    out.beginArray()
    return try await add(batch, to: &out)
  }

  private mutating func goOn() async throws -> [UInt8] {
    var out = writer
    // Batches without a row to show are no part.
    while true {
      let part = try await add(try await nextBatch(), to: &out)
      if !part.isEmpty { return part }
    }
  }

  /// - Returns: `nil` behind the last batch; and where a limit of the plan ends the page, which can go on behind a link.
  private mutating func nextBatch() async throws -> LegacyRowFeed.Batch? {
    do {
      return try await feed.next()
    } catch let error as LegacyError
      where error.errorCode == LegacyError.planTooLargeCode && canEndEarly && window.hasRows
    {
      return nil
    }
  }

  /// Writes a batch, and the end of the answer behind the last one.
  private mutating func add(_ batch: LegacyRowFeed.Batch?, to out: inout JSONWriter) async throws -> [UInt8] {
    if let batch { try await write(batch, to: &out) }
    if batch == nil || window.isFull || window.next == nil || window.isClosed {
      out.endArray()
      if canEndEarly, let place = window.next {
        out.name("@odata.nextLink")
        // Where a page came to its full size, the next one may.
        let isCareful = slice != nil && !window.isFull
        out.string(try nextLink(LegacyCursor(place: place, isCareful: isCareful)))
      }
      out.endObject()
      state = .over
    }
    let part = out.take()
    writer = out
    return part
  }

  /// Whether an answer can go on behind a link. One that shows rows then does where so much was read that is not shown
  /// (hidden by the policy, or dropped by a test), or is expanded in what is shown, that a limit of the plan ends it.
  /// Not before: clients that know no links take a page that is short of rows for the last one.
  private var canEndEarly: Bool { prepared.plan.window.top == nil }

  /// Writes what is shown of a batch: all at once, or what of it the limits let be expanded.
  private mutating func write(_ batch: LegacyRowFeed.Batch, to out: inout JSONWriter) async throws {
    let hadRows = window.hasRows
    let toLeaveOut = window.skip
    var rest = window.take(batch)
    if toLeaveOut > 0 {
      source.leaveOut(rest.isEmpty ? nil : toLeaveOut - window.skip, isEnd: window.skip == 0)
    }
    guard canEndEarly, !prepared.plan.expansions.isEmpty else {
      return write(batch.rows[rest], try await expanded(in: batch.rows[rest]), to: &out)
    }
    // Of a single row nothing less can be tried.
    if slice == nil, rest.count > 1 {
      let trial = source.trial()
      do {
        return write(batch.rows[rest], try await expanded(in: batch.rows[rest], within: trial), to: &out)
      } catch is LegacyReads.GivenUp {
        source.release(trial)
        slice = 1
      }
    }
    let first = rest.lowerBound
    while !rest.isEmpty {
      let count = slice ?? 1
      let hasRows = hadRows || rest.lowerBound > first
      let part = rest.prefix(count)
      do {
        write(batch.rows[part], try await expanded(in: batch.rows[part]), to: &out)
      } catch let error as LegacyError where hasRows && error.errorCode == LegacyError.planTooLargeCode {
        // The first rows of the next page have all that a plan may for themselves.
        return window.leave(rest, of: batch)
      }
      rest = part.upperBound..<rest.upperBound
      if slice != nil { slice = count * 2 }
    }
  }

  private mutating func write(
    _ rows: ArraySlice<DataverseRow>, _ expanded: [[[DataverseRow]?]], to out: inout JSONWriter
  ) {
    for (index, row) in rows.enumerated() {
      rowWriter.write(row, expanded: expanded.isEmpty ? [] : expanded[index], into: &out)
    }
  }

  /// What stands in rows; nothing where the plan expands nothing.
  private func expanded(
    in rows: some RandomAccessCollection<DataverseRow>, within trial: LegacyReads.Trial? = nil
  ) async throws -> [[[DataverseRow]?]] {
    guard !prepared.plan.expansions.isEmpty else { return [] }
    do {
      return try await LegacyExpander(plan: prepared, reads: source).expand(rows, within: trial)
    } catch let error as LegacyError
      where error.errorCode == LegacyError.planTooLargeCode && rows.count == 1 && !isLate
    {
      throw prepared.plan.saysWhatIsExpanded(error)
    }
  }

  private mutating func entity(_ row: DataverseRow?) async throws -> [UInt8] {
    guard let row else {
      throw LegacyError(status: 404, errorCode: "entityNotFound", message: "No row has this key.")
    }
    let expanded = try await expanded(in: [row])
    var out = JSONWriter()
    rowWriter.write(row, expanded: expanded.first ?? [], into: &out)
    let body = out.take()
    var head = JSONWriter()
    head.beginObject()
    head.name("@odata.context")
    head.string(context)
    // The row goes on where the head ends; a row that shows nothing is `{}`.
    return head.take() + (body.count > 2 ? [UInt8(ascii: ",")] : []) + body.dropFirst()
  }
}

extension LegacyPlan {
  /// What is said when a single row with what is expanded in it is more than a plan may read: no filter makes that less,
  /// and what is expanded has pages where it is asked for by itself.
  fileprivate func saysWhatIsExpanded(_ error: LegacyError) -> LegacyError {
    let many = expansions.filter(\.navigation.isCollection)
    let told = many.isEmpty ? expansions : many
    func list(_ parts: [String]) -> String { parts.joined(separator: " and ") }
    let names = list(told.map(\.navigation.name))
    let requests = told.map { expansion in
      let column = expansion.shape.columns[expansion.navigation.column]
      return expansion.shape.entity + (column.map { "?$filter=\($0) eq '…'" } ?? "")
    }
    var error = error
    error.message += " One row of \(shape.entity) alone takes that much, with \(names) in it."
    error.remedy =
      "Leave \(names) out of `$expand`, and ask for \(list(requests)) by itself, which comes in pages."
    return error
  }
}

extension LegacyPlan {
  /// What reads are for whose rows are left out.
  fileprivate var leftOut: LegacyReads.LeftOut {
    switch rows {
    case .query: LegacyReads.LeftOut(count: window.skip, rows: 1, reads: 0)
    case .lists: LegacyReads.LeftOut(count: window.skip, rows: 1, reads: 1)
    case .members(let members):
      // What names them; and who is in the other segments, the customers, and what rows these have.
      LegacyReads.LeftOut(
        count: window.skip, rows: 1 + members.segments.count + members.rows.count,
        reads: members.segments.count + members.rows.count)
    }
  }
}
