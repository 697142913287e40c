/// How often something was seen, and when, as far as the log says when.
struct SeenCount: Sendable, Hashable {
  private(set) var count = 0
  private(set) var first: LogInstant?
  private(set) var last: LogInstant?

  mutating func add(_ time: LogInstant?) { add(SeenCount(count: 1, first: time, last: time)) }

  mutating func add(_ other: SeenCount) {
    count += other.count
    first = [first, other.first].compactMap(\.self).min()
    last = [last, other.last].compactMap(\.self).max()
  }

  init() {}

  private init(count: Int, first: LogInstant?, last: LogInstant?) {
    self.count = count
    self.first = first
    self.last = last
  }

  /// `, 2026-11-01T00:00Z to 2026-11-20T10:00Z`; empty when no time is known.
  var times: String {
    guard let first, let last else { return "" }
    return first == last ? ", \(first)" : ", \(first) to \(last)"
  }
}
