/// What bounds a cache, and where it is kept.
package struct CacheConfiguration: Sendable {
  /// Bytes that answers in memory may take: keys, bodies, validators, and ``entryOverhead`` for each.
  /// 0: nothing is kept in memory.
  package var memoryBytes: Int
  /// Answers in memory.
  package var memoryEntries: Int
  /// A longer body is passed on and not stored. Neither is one on disk that would take more than a quarter of the file.
  package var largestAnswerBytes: Int
  /// The SQLite file behind the memory; `nil`: memory only, and everything is gone with the process. Its folder must
  /// exist. The file is readable by its owner only.
  package var file: String?
  /// Bytes of the pages in use in that file; at least ``smallestFileBytes``. Its write-ahead log comes on top: a batch of
  /// writes, about 40 MiB at most.
  package var fileBytes: Int
  /// Told what the operator should know. Called on whatever thread; it must not block.
  package var report: @Sendable (CacheEvent) -> Void

  package static let smallestFileBytes = 1 << 20
  /// What an answer in memory costs beside its key and its own bytes: queue node, table entry, rendered header.
  package static let entryOverhead = 512
  /// Bytes of one named blob (``AnswerCache/setMetadata(_:_:)``).
  package static let largestMetadataBytes = 16 << 20
  /// Named blobs.
  package static let mostMetadata = 256

  package init(
    memoryBytes: Int = 64 << 20, memoryEntries: Int = 100_000, largestAnswerBytes: Int = 8 << 20, file: String? = nil,
    fileBytes: Int = 1 << 30, report: @escaping @Sendable (CacheEvent) -> Void = { _ in }
  ) {
    self.memoryBytes = memoryBytes
    self.memoryEntries = memoryEntries
    self.largestAnswerBytes = largestAnswerBytes
    self.file = file
    self.fileBytes = fileBytes
    self.report = report
  }

  func check() throws(CacheError) {
    let limits = [
      ("memoryBytes", memoryBytes, 0), ("memoryEntries", memoryEntries, 0),
      ("largestAnswerBytes", largestAnswerBytes, 1),
      ("fileBytes", file == nil ? .max : fileBytes, CacheConfiguration.smallestFileBytes),
    ]
    for (name, value, least) in limits where value < least {
      throw .configuration("\(name) is \(value) and must be at least \(least)")
    }
    guard memoryEntries <= Int(Int32.max) else {
      throw .configuration("memoryEntries is \(memoryEntries) and must be at most \(Int32.max)")
    }
  }
}

/// Why a cache cannot be had, or cannot do what was asked.
package enum CacheError: Error, Sendable, Hashable, CustomStringConvertible {
  /// A limit makes no sense.
  case configuration(String)
  /// The file cannot be used at all: its folder is missing or not writable, or the path is not that of a file.
  case unusableFile(String)
  /// The tier on disk was turned off (an event said why), or the cache was closed.
  case fileOff
  /// SQLite failed at this request; an event says whether the tier goes on.
  case file(String)
  /// A named blob is longer than ``CacheConfiguration/largestMetadataBytes``, or there are too many.
  case metadataTooLarge

  package var description: String {
    switch self {
    case .configuration(let reason): "cache configuration: \(reason)"
    case .unusableFile(let reason): "cache file: \(reason)"
    case .fileOff: "the cache file is not in use"
    case .file(let reason): "cache file: \(reason)"
    case .metadataTooLarge: "the blob is too large to be kept beside the cache"
    }
  }
}

/// What happened to the tier on disk.
package enum CacheEvent: Sendable, Hashable, CustomStringConvertible {
  /// The file was not a sound cache of this version; it was renamed and a fresh one made.
  case movedAside(file: String, to: String, reason: String)
  /// No answer is read from or written to the disk any more until a restart.
  case turnedOff(reason: String)
  /// A batch of writes failed and was dropped; the tier goes on.
  case writesDropped(count: Int, reason: String)
  /// A stored answer did not match its checksum and was deleted.
  case tornRow

  package var description: String {
    switch self {
    case .movedAside(let file, let place, let reason):
      "cache file \(file) is not usable (\(reason)); moved to \(place) and started afresh"
    case .turnedOff(let reason): "cache file turned off until the next start: \(reason)"
    case .writesDropped(let count, let reason): "\(count) answers not written to the cache file: \(reason)"
    case .tornRow: "a stored answer did not match its checksum and was deleted"
    }
  }
}

/// Counts since the start, and what is held now.
package struct CacheStatistics: Sendable, Hashable {
  /// Answered from memory.
  package var hits = 0
  /// Answered from the disk.
  package var diskHits = 0
  /// Fetched.
  package var misses = 0
  /// Answered by a fetch that another request had started.
  package var collapsed = 0
  /// Fetches that failed.
  package var failures = 0
  /// Answers stored.
  package var stores = 0
  /// Answers pushed out of memory by others.
  package var evictions = 0
  /// Answers that never reached the disk, because it is slower than they come, or failed.
  package var droppedWrites = 0
  /// Answers in memory.
  package var entries = 0
  /// Bytes in memory, as ``CacheConfiguration/memoryBytes`` counts them.
  package var bytes = 0

  package init() {}
}
