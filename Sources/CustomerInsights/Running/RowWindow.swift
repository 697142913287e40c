/// Counts the rows of an answer off until it is full.
struct RowWindow {
  /// Rows still to be left out.
  private(set) var skip: Int
  /// Rows that may still come.
  private var room: Int
  private let limit: Int
  /// Where the next page begins, once this one is full.
  private(set) var next: LegacyCursor.Place?
  /// Whether rows that were due have been left to the next page.
  private(set) var isClosed = false

  var isFull: Bool { room == 0 }
  /// Whether a row is shown. A page without one tells clients that there are no rows, whatever link stands below.
  var hasRows: Bool { room < limit }

  init(_ window: LegacyWindow, isFirst: Bool) {
    // A later page begins behind what was left out.
    skip = isFirst ? window.skip : 0
    limit = window.rowLimit
    room = limit
  }

  /// Which rows of a batch are shown.
  mutating func take(_ batch: LegacyRowFeed.Batch) -> Range<Int> {
    let from = min(skip, batch.rows.count)
    skip -= from
    let to = min(from + room, batch.rows.count)
    room -= to - from
    next = to < batch.rows.count ? batch.places[to] : batch.next
    return from..<to
  }

  /// Leaves rows that were taken last to the next page.
  mutating func leave(_ rows: Range<Int>, of batch: LegacyRowFeed.Batch) {
    guard !rows.isEmpty else { return }
    room += rows.count
    next = batch.places[rows.lowerBound]
    isClosed = true
  }
}
