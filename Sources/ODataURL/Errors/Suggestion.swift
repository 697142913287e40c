/// Finds the legal word nearest to a misspelt one.
enum Suggestion {
  /// The candidate with the smallest edit distance, compared without case, if it is near enough to be meant.
  /// - Parameter word: at most its first 40 bytes count, so that a hostile word costs little.
  static func nearest(to word: some Sequence<UInt8>, among candidates: [String]) -> String? {
    let written = word.prefix(40).map(lowercase)
    guard !written.isEmpty else { return nil }
    var best: (distance: Int, word: String)?
    for candidate in candidates {
      // Words whose lengths differ by more than the distance allowed are not near.
      let (shorter, longer) = (min(written.count, candidate.utf8.count), max(written.count, candidate.utf8.count))
      guard longer - shorter <= max(1, shorter / 3) else { continue }
      let distance = distance(written, candidate.utf8.map(lowercase))
      if distance < best?.distance ?? .max { best = (distance, candidate) }
    }
    guard let best, best.distance <= max(1, min(written.count, best.word.utf8.count) / 3) else { return nil }
    return best.word
  }

  /// Levenshtein distance with adjacent transpositions counted as one (optimal string alignment).
  static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var older = [Int](repeating: 0, count: right.count + 1)
    var previous = Array(0...right.count)
    for i in 0..<left.count {
      var current = [i + 1]
      current.reserveCapacity(right.count + 1)
      for j in 0..<right.count {
        let change = previous[j] + (left[i] == right[j] ? 0 : 1)
        var cost = min(change, previous[j + 1] + 1, current[j] + 1)
        if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] { cost = min(cost, older[j - 1] + 1) }
        current.append(cost)
      }
      older = previous
      previous = current
    }
    return previous[right.count]
  }
}
