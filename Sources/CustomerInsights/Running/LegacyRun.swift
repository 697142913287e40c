import JSONStream
import ODataURL

/// Runs a plan: reads, joins, tests, sorts and writes the answer, part by part. Holds a page at a time, or all rows where they must be
/// sorted; both within the limits of the mapping.
///
/// Knows nothing of networks or policies: whoever runs it gives the one function that sends a judged read.
package struct LegacyRun: Sendable {
  /// Sends one read of the plan and reads its answer. Tells ``LegacyRead/hold`` what it holds of it while it comes.
  package typealias Reader = @Sendable (LegacyRead) async throws -> RowPage

  private let prepared: PreparedPlan
  private let context: String
  private let nextLink: @Sendable (LegacyCursor) throws -> String
  private let source: LegacyReads
  private var rowWriter: LegacyRowWriter
  private var feed: LegacyRowFeed
  private var window: Window
  /// Knows what stands open.
  private var writer = JSONWriter()
  private var state = State.start

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
    self.nextLink = nextLink
    source = LegacyReads(limits: limits, clock: clock, allows: allows, read: read)
    rowWriter = prepared.writer
    feed = LegacyRowFeed(plan: prepared, reads: source, place: start?.place ?? LegacyCursor.Place())
    window = Window(prepared.plan.window, isFirst: start == nil)
  }

  /// The next part of the answer, UTF-8 JSON, not empty; `nil` behind the last one. Not to be called again behind that or
  /// an error.
  /// - Throws: `LegacyError` for what the caller must be told: no row of this key, limits; what the reader throws.
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
    var out = JSONWriter()
    out.beginObject()
    out.name("@odata.context")
    out.string(context)
    if prepared.plan.shape.hasCount, let count = batch?.count {
      out.name("@odata.count")
      out.raw(count)
    }
    out.name("value")
    out.beginArray()
    return try await add(batch, to: &out)
  }

  private mutating func goOn() async throws -> [UInt8] {
    var out = writer
    // Batches without a row to show are no part.
    while true {
      let part = try await add(try await feed.next(), to: &out)
      if !part.isEmpty { return part }
    }
  }

  /// Writes a batch, and the end of the answer behind the last one.
  private mutating func add(_ batch: LegacyRowFeed.Batch?, to out: inout JSONWriter) async throws -> [UInt8] {
    if let batch {
      let part = window.take(batch)
      let expanded = try await expanded(in: part)
      for (index, row) in part.enumerated() {
        rowWriter.write(row, expanded: expanded.isEmpty ? [] : expanded[index], into: &out)
      }
    }
    if batch == nil || window.isFull || window.next == nil || endsEarly {
      out.endArray()
      if prepared.plan.window.top == nil, let place = window.next {
        out.name("@odata.nextLink")
        out.string(try nextLink(LegacyCursor(place: place)))
      }
      out.endObject()
      state = .over
    }
    let part = out.take()
    writer = out
    return part
  }

  /// Whether the page is cut short of its rows: so much was read that is not shown (hidden by the policy, or dropped by a
  /// test) that a limit could end the answer. Where it can go on behind a link, it does.
  private var endsEarly: Bool { prepared.plan.window.top == nil && window.hasBegun && source.isHalfSpent }

  /// What stands in rows; nothing where the plan expands nothing.
  private func expanded(in rows: [DataverseRow]) async throws -> [[[DataverseRow]?]] {
    guard !prepared.plan.expansions.isEmpty else { return [] }
    return try await LegacyExpander(plan: prepared.plan, reads: source).expand(rows)
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

  /// Counts rows off until the answer is full.
  private struct Window {
    /// Rows still to be left out.
    private var skip: Int
    /// Rows that may still come.
    private var room: Int
    /// Where the next page begins, once this one is full.
    private(set) var next: LegacyCursor.Place?

    var isFull: Bool { room == 0 }
    /// Whether all rows that are left out have been.
    var hasBegun: Bool { skip == 0 }

    init(_ window: LegacyWindow, isFirst: Bool) {
      // A later page begins behind what was left out.
      skip = isFirst ? window.skip : 0
      room = window.rowLimit
    }

    /// The rows of a batch that are shown.
    mutating func take(_ batch: LegacyRowFeed.Batch) -> [DataverseRow] {
      let from = min(skip, batch.rows.count)
      skip -= from
      let to = min(from + room, batch.rows.count)
      room -= to - from
      next = to < batch.rows.count ? batch.places[to] : batch.next
      return Array(batch.rows[from..<to])
    }
  }
}
