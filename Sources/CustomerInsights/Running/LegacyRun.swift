import JSONStream
import ODataURL

/// Runs a plan: reads, joins, tests, sorts and writes the answer. Holds a page at a time, or all rows where they must be
/// sorted; both within the limits of the mapping.
///
/// Knows nothing of networks or policies: whoever runs it gives the one function that sends a judged read.
package struct LegacyRun: Sendable {
  /// Sends one read of the plan and reads its answer.
  package typealias Reader = @Sendable (LegacyRead) async throws -> RowPage

  let plan: LegacyPlan
  let limits: LegacyPlanLimits
  let context: String
  let start: LegacyCursor?
  let nextLink: @Sendable (LegacyCursor) throws -> String
  let source: LegacyReads

  /// - Parameters:
  ///   - context: the whole `@odata.context` URL.
  ///   - start: where a page that is not the first begins.
  ///   - nextLink: makes the link to the page behind.
  package init(
    plan: LegacyPlan, limits: LegacyPlanLimits, context: String, start: LegacyCursor?,
    nextLink: @escaping @Sendable (LegacyCursor) throws -> String, read: @escaping Reader
  ) {
    self.plan = plan
    self.limits = limits
    self.context = context
    self.start = start
    self.nextLink = nextLink
    source = LegacyReads(limits: limits, read: read)
  }

  /// Writes the answer in parts.
  /// - Throws: `LegacyError` for what the caller must be told: no row of this key, limits; what the reader and `write`
  ///   throw.
  package func run(into write: (_ part: [UInt8]) async throws -> Void) async throws {
    var rows = LegacyRowFeed(plan: plan, reads: source, place: start?.place ?? LegacyCursor.Place())
    var batch = try await rows.next()
    guard plan.result == .collection else {
      while let current = batch, current.rows.isEmpty { batch = try await rows.next() }
      return try await write(try await entity(batch?.rows.first))
    }
    var out = JSONWriter()
    out.beginObject()
    out.name("@odata.context")
    out.string(context)
    if let count = batch?.count {
      out.name("@odata.count")
      out.raw(count)
    }
    out.name("value")
    out.beginArray()
    var window = Window(plan.window, start)
    let shown = LegacyRowWriter(shape: plan.shape)
    while let current = batch, !window.isFull {
      let part = window.take(current)
      let expanded = try await LegacyExpander(plan: plan, reads: source).expand(part)
      for (row, members) in zip(part, expanded) { shown.write(row, expanded: members, into: &out) }
      try await write(out.take())
      batch = window.isFull ? nil : try await rows.next()
    }
    out.endArray()
    if let place = window.next, window.top != 0 {
      out.name("@odata.nextLink")
      out.string(try nextLink(LegacyCursor(place: place, top: window.top)))
    }
    out.endObject()
    try await write(out.take())
  }

  private func entity(_ row: DataverseRow?) async throws -> [UInt8] {
    guard let row else {
      throw LegacyError(status: 404, errorCode: "entityNotFound", message: "No row has this key.")
    }
    let expanded = try await LegacyExpander(plan: plan, reads: source).expand([row])
    var out = JSONWriter()
    LegacyRowWriter(shape: plan.shape).write(row, expanded: expanded.first ?? [], into: &out)
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
    var skip: Int
    /// Rows that may still come on all pages.
    var top: Int?
    /// Rows that may still come on this page.
    var room: Int
    /// Where the next page begins, once this one is full.
    private(set) var next: LegacyCursor.Place?

    var isFull: Bool { room == 0 }

    init(_ window: LegacyWindow, _ start: LegacyCursor?) {
      top = start.map(\.top) ?? window.top.map { Int(clamping: $0.value) }
      // A plan that sorts counts what earlier pages had as left out.
      skip = start == nil ? window.skip : 0
      room = min(LegacyWindow.page, top ?? LegacyWindow.page)
      if window.top != nil { room = top ?? 0 }
    }

    /// The rows of a batch that are shown.
    mutating func take(_ batch: LegacyRowFeed.Batch) -> [DataverseRow] {
      let from = min(skip, batch.rows.count)
      skip -= from
      let to = min(from + room, batch.rows.count)
      room -= to - from
      top = top.map { $0 - (to - from) }
      next = to < batch.rows.count ? batch.places[to] : batch.next
      return Array(batch.rows[from..<to])
    }
  }
}
