/// Answers on their way to the disk, by key: a later answer replaces an earlier one that was not written yet.
struct WriteQueue {
  enum Advice: Equatable {
    /// A write is due already.
    case wait
    /// It is the first: write within ``delay``.
    case writeSoon
    /// There are enough for a batch.
    case writeNow
    /// The disk is behind; the answer is not taken.
    case full
  }

  /// Milliseconds that an answer waits for others to share a transaction with.
  static let delay = 50
  /// Answers that make a batch.
  static let batch = 64
  /// Bytes that make one.
  static let batchBytes = 4 << 20
  /// Bytes that may wait.
  static let mostBytes = 32 << 20

  private var answers: [CacheKey: CachedAnswer] = [:]
  private(set) var bytes = 0

  var count: Int { answers.count }

  mutating func add(_ answer: CachedAnswer, for key: CacheKey) -> Advice {
    let cost = WriteQueue.cost(answer, key)
    let old = answers[key].map { WriteQueue.cost($0, key) } ?? 0
    // One answer always fits: the limit on answers may be higher than this one.
    guard bytes - old + cost <= WriteQueue.mostBytes || bytes == old else { return .full }
    let before = (count: answers.count, bytes: bytes)
    answers[key] = answer
    bytes += cost - old
    if answers.count >= WriteQueue.batch && before.count < WriteQueue.batch
      || bytes >= WriteQueue.batchBytes && before.bytes < WriteQueue.batchBytes
    {
      return .writeNow
    }
    return before.count == 0 ? .writeSoon : .wait
  }

  func answer(for key: CacheKey) -> CachedAnswer? { answers[key] }

  /// Empties the queue.
  mutating func take() -> [(key: CacheKey, answer: CachedAnswer)] {
    defer {
      answers.removeAll(keepingCapacity: answers.count <= WriteQueue.batch)
      bytes = 0
    }
    return answers.map { ($0.key, $0.value) }
  }

  private static func cost(_ answer: CachedAnswer, _ key: CacheKey) -> Int {
    key.text.utf8.count + answer.byteCount + CacheConfiguration.entryOverhead
  }
}
