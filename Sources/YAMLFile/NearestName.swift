/// Finds the known name nearest to a misspelt one.
package enum NearestName {
  /// The candidate with the smallest edit distance, compared without case, if it is near enough to be meant.
  /// - Parameter name: only its first 80 bytes count, so that a long one costs little.
  package static func nearest(to name: String, among candidates: some Sequence<String>) -> String? {
    let written = Array(name.lowercased().utf8.prefix(80))
    guard !written.isEmpty else { return nil }
    var best: (distance: Int, name: String)?
    for candidate in candidates {
      let known = Array(candidate.lowercased().utf8.prefix(80))
      // A prefix that all names of a family share (`msdynci_`) says nothing about which of them was meant.
      let shared = zip(written, known).prefix { $0 == $1 }
      let prefix = shared.map(\.0).lastIndex(of: UInt8(ascii: "_")).map { $0 + 1 } ?? 0
      let limit = max(1, (min(written.count, known.count) - prefix) / 3)
      guard abs(known.count - written.count) <= limit else { continue }
      let distance = distance(written, known)
      if distance <= limit, distance < best?.distance ?? .max { best = (distance, candidate) }
    }
    return best?.name
  }

  /// Optimal string alignment: insertions, deletions and replacements of one byte, and swaps of neighbours.
  private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for i in left.indices {
      var row = [i + 1]
      row.reserveCapacity(right.count + 1)
      for j in right.indices {
        var cost = min(last[j] + (left[i] == right[j] ? 0 : 1), last[j + 1] + 1, row[j] + 1)
        if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] { cost = min(cost, beforeLast[j - 1] + 1) }
        row.append(cost)
      }
      (beforeLast, last) = (last, row)
    }
    return last[right.count]
  }
}
