/// An answer found in memory. Copying it copies a reference.
package struct CacheHit<Rendering: Sendable>: Sendable {
  /// Its rendering is a ``Box`` of this very type; see ``init(_:)``.
  let entry: MemoryTier.Entry

  final class Box: Sendable {
    let rendering: Rendering
    init(_ rendering: Rendering) { self.rendering = rendering }
  }

  /// For entries to keep.
  static func entry(_ answer: CachedAnswer, rendering: Rendering) -> MemoryTier.Entry {
    MemoryTier.Entry(rendering: Box(rendering), freshness: answer.freshness)
  }

  /// - Parameter entry: made by ``entry(_:rendering:)`` of the same type: an `AnswerCache` puts no other into its memory.
  init(_ entry: MemoryTier.Entry) { self.entry = entry }

  /// The outgoing form of the answer.
  package var rendering: Rendering {
    // Unsafe, because a checked cast costs as much as the look-up itself; right by what `init` asks for.
    unsafeDowncast(entry.rendering, to: Box.self).rendering
  }

  package var freshness: Freshness { entry.freshness }
  /// Unix time in milliseconds.
  package var storedAt: Int64 { entry.freshness.storedAt }
  /// Milliseconds.
  package var timeToLive: Int64 { entry.freshness.timeToLive }
  /// Whole seconds since the answer was made.
  package func age(at now: Int64) -> Int64 { entry.freshness.age(at: now) }
  /// What to say of it in `Cache-Status`.
  package func outcome(at now: Int64) -> CacheOutcome { .hit(.memory, remaining: entry.freshness.remaining(at: now)) }
}
