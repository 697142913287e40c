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
      let limit = max(1, min(written.count, known.count) / 3)
      guard abs(known.count - written.count) <= limit else { continue }
      let distance = distance(written, known)
      if distance <= limit, distance < best?.distance ?? .max { best = (distance, candidate) }
    }
    return best?.name
  }

  /// Levenshtein distance: insertions, deletions and replacements of one byte.
  private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var row = Array(0...right.count)
    for i in left.indices {
      var diagonal = row[0]
      row[0] = i + 1
      for j in right.indices {
        let replaced = diagonal + (left[i] == right[j] ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(replaced, row[j] + 1, diagonal + 1)
      }
    }
    return row[right.count]
  }
}
